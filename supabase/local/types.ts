/** `src/lib/db/types.ts`: what the database says its tables and functions are. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generateTypescript, introspect, sortGeneratorMetadata } from '@supabase/postgrest-typegen';
import pg from 'pg';
import { format, resolveConfig } from 'prettier';

export const typesFile = fileURLToPath(new URL('../../src/lib/db/types.ts', import.meta.url));

/** The types of schema `public`, the same text for the same schema. It is the generator of `supabase gen types`. */
export async function generateTypes(dbUrl: string): Promise<string> {
	const pool = new pg.Pool({ connectionString: dbUrl });
	try {
		const metadata = await introspect(pool, { includedSchemas: ['public'] });
		const style = await resolveConfig(typesFile);
		return await generateTypescript(sortGeneratorMetadata(metadata), {
			detectOneToOneRelationships: true,
			format: (code) => format(`// Written by "npm run types".\n${code}`, { ...style, parser: 'typescript' }),
		});
	} finally {
		await pool.end();
	}
}

/** Writes the file; false when it was right already. */
export async function writeTypes(dbUrl: string): Promise<boolean> {
	const types = await generateTypes(dbUrl);
	if (isCurrent(types)) return false;
	writeFileSync(typesFile, types);
	return true;
}

/** False when the committed file is not what the database says. */
export async function checkTypes(dbUrl: string): Promise<boolean> {
	return isCurrent(await generateTypes(dbUrl));
}

function isCurrent(types: string): boolean {
	return existsSync(typesFile) && readFileSync(typesFile, 'utf8') === types;
}
