/**
 * `npm run types`: writes src/lib/db/types.ts from the migrations, on a throw-away database or, inside `npm test`, on
 * the one that the tests use. With `--check` it writes nothing and fails when the file is stale.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../tests/stack.ts';
import { log, runUntilStopped } from '../console.ts';
import { eraseCluster } from '../postgres/cluster.ts';
import { startDatabase } from '../stack.ts';
import { checkTypes, writeTypes } from '../types.ts';

await runUntilStopped(async (_, onStop) => {
	const given = process.env.BEDSIDE_TEST_STACK;
	const dbUrl = given ? (JSON.parse(given) as { dbUrl: string }).dbUrl : await startThrowAway(onStop);
	if (process.argv.includes('--check')) {
		if (!(await checkTypes(dbUrl)))
			throw new Error('src/lib/db/types.ts is stale. Run "npm run types" and commit it.');
		log('src/lib/db/types.ts is what the database says.');
	} else {
		const written = await writeTypes(dbUrl);
		log(written ? 'src/lib/db/types.ts is written.' : 'src/lib/db/types.ts was right already.');
	}
	return 0;
});

async function startThrowAway(onStop: (undo: () => Promise<void>) => void): Promise<string> {
	const dataDir = mkdtempSync(join(tmpdir(), 'bedside-types-'));
	onStop(async () => {
		eraseCluster(dataDir);
		rmSync(dataDir, { recursive: true, force: true });
	});
	const [port = 0] = await freePorts(1);
	const postgres = await startDatabase({
		dataDir,
		port,
		password: 'throw-away',
		seed: false,
		log: () => {},
	});
	onStop(postgres.stop);
	return postgres.url('postgres');
}
