/** Makes an empty cluster into what a hosted Supabase project has before its first migration. */
import { readFileSync } from 'node:fs';
import pg from 'pg';

/** Roles that log in with the database password, as on a local Supabase. */
const loginRoles = ['postgres', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin'];

/**
 * Roles, schemas, grants and the realtime objects. Comes before the tables of Auth and Storage. Running it again
 * changes nothing, except that it makes the partitions of realtime.messages that the date asks for.
 * @param adminUrl as supabase_admin
 */
export async function bootstrapPlatform(adminUrl: string, password: string): Promise<void> {
	await runFiles(adminUrl, ['embedded.sql', 'roles.sql', 'schemas.sql', 'realtime.sql'], async (client) => {
		for (const role of loginRoles)
			await client.query(`alter role ${role} password ${client.escapeLiteral(password)}`);
	});
}

/**
 * Gives the tables that Auth and Storage made to their own roles, grants what hosted grants, and from then on refuses
 * what hosted refuses. Running it again changes nothing.
 */
export async function sealPlatform(adminUrl: string): Promise<void> {
	await runFiles(adminUrl, ['owners.sql', 'seal.sql']);
}

/** Makes the partitions of the coming days and drops those of which Realtime has forgotten the messages. */
export async function rotateRealtimeMessages(adminUrl: string): Promise<void> {
	await withClient(adminUrl, (client) => client.query('select embedded.rotate_realtime_messages()'));
}

async function runFiles(
	adminUrl: string,
	files: string[],
	afterwards: (client: pg.Client) => Promise<void> = async () => {},
): Promise<void> {
	await withClient(adminUrl, async (client) => {
		// All or nothing, and one start at a time.
		await client.query('begin');
		await client.query(`select pg_advisory_xact_lock(hashtext('bedside-platform'))`);
		for (const file of files) await client.query(readFileSync(new URL(file, import.meta.url), 'utf8'));
		await afterwards(client);
		await client.query('commit');
	});
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
	const client = new pg.Client({ connectionString: url });
	client.on('error', () => {});
	await client.connect();
	try {
		return await work(client);
	} finally {
		await client.end();
	}
}
