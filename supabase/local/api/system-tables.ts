import { getAuthSchemaSql, getStorageSchemaSql } from '@supabase/lite';
import postgres from 'postgres';

/**
 * Makes the tables of Auth and Storage, which a hosted project has before its first migration. Idempotent.
 *
 * @param adminUrl the cluster's superuser
 */
export async function createSystemTables(adminUrl: string): Promise<void> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
	try {
		await sql.begin(async (transaction) => {
			await transaction.unsafe(getAuthSchemaSql());
			await transaction.unsafe(getStorageSchemaSql());
		});
	} finally {
		await sql.end();
	}
}
