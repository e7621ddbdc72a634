import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import type { Sql } from 'postgres';
import { type inject, vi } from 'vitest';
import { connect, urlFor } from './fixtures.ts';
import { createFileStore } from './file-store.ts';
import { type Api, createApi, createSystemTables } from './index.ts';

export type Server = { fetch(request: Request): Response | Promise<Response> };

export interface GapLab {
	/** `@supabase/lite` as it comes, connected as the superuser. */
	lite: App;
	/** Our API on the same database. */
	mended: Api;
	/** The superuser in that database. */
	admin: Sql;
	/** What was printed to the console, and the mails that lite sent. */
	printed: unknown[][];
	ask(server: Server, method: string, path: string, body?: unknown, headers?: HeadersInit): Promise<Answer>;
	close(): Promise<void>;
}

interface Answer {
	status: number;
	body: ReturnType<typeof JSON.parse>;
}

/**
 * Lite alone and lite mended, side by side in a database of their own: lite alone changes the grants of a whole
 * database.
 */
export async function openGapLab(stack: ReturnType<typeof inject<'stack'>>, tables: string): Promise<GapLab> {
	const { jwtSecret, publishableKey, secretKey } = stack;
	const database = `lite_${randomUUID().slice(0, 8)}`;
	const adminUrl = urlFor(stack.adminDbUrl, 'supabase_admin', database);
	const cluster = connect(stack.adminDbUrl);
	await cluster.unsafe(`create database ${database}`);
	const admin = connect(adminUrl);
	await createSystemTables(adminUrl);
	await admin.unsafe(`
		grant usage on schema public, auth, storage to anon, authenticated, service_role;
		grant usage on schema auth to supabase_auth_admin;
		grant usage on schema storage to supabase_storage_admin;
		grant all on all tables in schema auth to supabase_auth_admin;
		alter table storage.buckets owner to supabase_storage_admin;
		alter table storage.objects owner to supabase_storage_admin;
		grant all on all tables in schema storage to service_role;
		${tables}
	`);
	const folder = await mkdtemp(join(tmpdir(), 'bedside-lite-'));
	const printed: unknown[][] = [];
	for (const method of ['error', 'warn', 'log', 'info'] as const)
		vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void printed.push(words));

	const lite = new App({
		connection: createPostgresConnection({ url: adminUrl, postgresOptions: { max: 2 } }),
		api: { enabled: true, schemas: ['public'] },
		auth: {
			enabled: true,
			jwt_secret: jwtSecret,
			publishable_key: publishableKey,
			secret_key: secretKey,
			site_url: stack.appUrl,
		},
		storage: { enabled: true },
		studio: { enabled: false },
		options: { drivers: { email: { send: async (mail) => void printed.push([mail.text]) } } },
	});
	lite._storageAdapter = createFileStore(folder);
	const mended = await createApi({
		jwtSecret,
		publishableKey,
		secretKey,
		dbUrl: urlFor(stack.dbUrl, 'authenticator', database),
		catalogUrl: adminUrl,
		apiUrl: stack.apiUrl,
		siteUrl: stack.appUrl,
		redirectUrls: [`${stack.appUrl}/**`],
		smtp: { host: '127.0.0.1', port: Number(new URL(stack.smtpUrl).port) },
		storageDir: folder,
		log: () => {},
	});
	return {
		lite,
		mended,
		admin,
		printed,
		async ask(server, method, path, body, headers = {}) {
			const response = await server.fetch(
				new Request(`${stack.apiUrl}${path}`, {
					method,
					headers: { apikey: publishableKey, 'content-type': 'application/json', ...headers },
					body: body === undefined ? null : JSON.stringify(body),
				}),
			);
			const text = await response.text();
			return { status: response.status, body: text ? JSON.parse(text) : null };
		},
		async close() {
			vi.restoreAllMocks();
			await mended.close();
			await lite.connection.close();
			await admin.end();
			await cluster.unsafe(`drop database if exists ${database} with (force)`);
			await cluster.end();
			await rm(folder, { recursive: true, force: true });
		},
	};
}
