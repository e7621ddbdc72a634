/**
 * Each gap of `@supabase/lite` twice: as lite has it alone ("gap"), and mended. A gap that closes upstream turns its
 * test red, and the adaptation can go. All of it in a database of its own, for lite alone changes grants.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import type { Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { connect, urlFor } from './fixtures.ts';
import { type Api, createApi, createSystemTables } from './index.ts';
import { createFileStore } from './file-store.ts';

const stack = inject('stack');
const { jwtSecret, publishableKey, secretKey } = stack;
const database = `lite_${randomUUID().slice(0, 8)}`;
const adminUrl = urlFor(stack.adminDbUrl, 'supabase_admin', database);
const smtp = { host: '127.0.0.1', port: Number(new URL(stack.smtpUrl).port) };

let cluster: Sql;
let admin: Sql;
let folder: string;
let lite: App;
let mended: Api;
const printed: unknown[][] = [];

beforeAll(async () => {
	cluster = connect(stack.adminDbUrl);
	await cluster.unsafe(`create database ${database}`);
	admin = connect(adminUrl);
	await createSystemTables(adminUrl);
	await admin.unsafe(`
		grant usage on schema public, auth, storage to anon, authenticated, service_role;
		grant all on all tables in schema auth to supabase_auth_admin;
		alter table storage.buckets owner to supabase_storage_admin;
		alter table storage.objects owner to supabase_storage_admin;
		grant all on all tables in schema storage to service_role;
		grant usage on schema auth to supabase_auth_admin;
		grant usage on schema storage to supabase_storage_admin;
		insert into storage.buckets (id, name, public) values ('files', 'files', true);
		create table pets (
			id bigint generated always as identity primary key,
			name text unique check (name <> ''),
			price numeric not null default 1.50,
			photo bytea not null default '\\x00ff',
			born_at timestamptz not null default '2026-01-02 03:04:05.6+00',
			seen_at timestamp not null default '2026-01-02 03:04:05.678901'
		);
		grant all on pets to anon;
		create function a_pet() returns pets language sql stable as 'select * from pets order by id limit 1';
		create function murmur() returns int language plpgsql as $$ begin raise notice 'murmur'; return 1; end $$;
		create function refuse(state text) returns void language plpgsql as
			$$ begin raise exception 'no' using errcode = state, hint = 'a_hint', detail = 'a detail'; end $$;
		create table secrets (id int);
		alter table secrets enable row level security;
	`);
	folder = await mkdtemp(join(tmpdir(), 'bedside-lite-'));
	const connection = createPostgresConnection({ url: adminUrl, postgresOptions: { max: 2 } });
	lite = new App({
		connection,
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
		options: { drivers: { email: { send: (mail) => Promise.resolve(void printed.push([mail.text])) } } },
	});
	lite._storageAdapter = createFileStore(folder);
	for (const method of ['error', 'warn', 'log', 'info'] as const)
		vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void printed.push(words));
	mended = await createApi({
		jwtSecret,
		publishableKey,
		secretKey,
		dbUrl: urlFor(stack.dbUrl, 'authenticator', database),
		catalogUrl: adminUrl,
		apiUrl: stack.apiUrl,
		siteUrl: stack.appUrl,
		redirectUrls: [`${stack.appUrl}/**`],
		smtp,
		storageDir: folder,
		log: () => {},
	});
});

afterEach(() => void (printed.length = 0));

afterAll(async () => {
	vi.restoreAllMocks();
	await mended?.close();
	await lite?.connection.close();
	await admin?.end();
	await cluster.unsafe(`drop database if exists ${database} with (force)`);
	await cluster.end();
	await rm(folder, { recursive: true, force: true });
});

type Server = { fetch(request: Request): Response | Promise<Response> };

async function ask(server: Server, method: string, path: string, body?: unknown, headers: HeadersInit = {}) {
	const response = await server.fetch(
		new Request(`${stack.apiUrl}${path}`, {
			method,
			headers: { apikey: publishableKey, 'content-type': 'application/json', ...headers },
			body: body === undefined ? null : JSON.stringify(body),
		}),
	);
	const text = await response.text();
	return { status: response.status, body: text ? JSON.parse(text) : null };
}

const representation = { prefer: 'return=representation' };
const insertPet = async (server: Server) =>
	(await ask(server, 'POST', '/rest/v1/pets', { name: randomUUID() }, representation)).body[0];
const call = (server: Server, name: string, body: object = {}) =>
	ask(server, 'POST', `/rest/v1/rpc/${name}`, body);

describe('values', () => {
	test('gap: timestamps, numbers and bytes come as Postgres or Node prints them', async () => {
		const pet = await insertPet(lite);
		expect(pet).toMatchObject({ born_at: '2026-01-02 03:04:05.6+00', seen_at: '2026-01-02 03:04:05.678901' });
		expect(pet).toMatchObject({ price: '1.50', photo: { type: 'Buffer' } });
		expect((await call(lite, 'a_pet')).body).toMatchObject({ born_at: '2026-01-02 03:04:05.6+00' });
	});

	test('come as PostgREST gives them', async () => {
		const pet = await insertPet(mended);
		expect(pet).toMatchObject({
			born_at: '2026-01-02T03:04:05.6+00:00',
			seen_at: '2026-01-02T03:04:05.678901',
		});
		expect(pet).toMatchObject({ price: 1.5, photo: '\\x00ff', id: expect.any(Number) });
		expect((await call(mended, 'a_pet')).body).toMatchObject({ born_at: '2026-01-02T03:04:05.6+00:00' });
		const written = await ask(mended, 'POST', '/rest/v1/pets', { photo: '\\x0102' }, representation);
		expect(written.body[0].photo).toBe('\\x0102');
	});
});

describe('what is printed', () => {
	test('gap: notices are, and refused rows', async () => {
		await call(lite, 'murmur');
		expect(JSON.stringify(printed)).toContain('murmur');
		await ask(lite, 'POST', '/rest/v1/pets', { name: 'private words', price: null });
		expect(JSON.stringify(printed)).toContain('private words');
	});

	test('is nothing', async () => {
		await call(mended, 'murmur');
		await ask(mended, 'POST', '/rest/v1/pets', { name: 'private words', price: null });
		await call(mended, 'refuse', { state: 'PT403' });
		expect(printed).toEqual([]);
	});
});

describe('grants', () => {
	test('gap: lite alone gives every table with row security to anon', async () => {
		expect((await ask(lite, 'GET', '/rest/v1/secrets')).status).toBe(200);
		await admin`revoke all on secrets from anon, authenticated, service_role`;
	});

	test('stay as the migrations left them', async () => {
		expect(await ask(mended, 'GET', '/rest/v1/secrets')).toMatchObject({
			status: 401,
			body: { code: '42501' },
		});
	});
});

describe('errors of the database', () => {
	const mistakes = {
		P0001: 400,
		'23P01': 400,
		'23514': 400,
		'28000': 403,
	};

	test('gap: many become 500 with the code SUP', async () => {
		for (const state of Object.keys(mistakes))
			expect(await call(lite, 'refuse', { state }), state).toMatchObject({
				status: 500,
				body: { code: 'SUP' },
			});
		expect((await call(lite, 'refuse', { state: '23505' })).body.hint).toBeNull();
	});

	test('have the status and the shape of PostgREST', async () => {
		const all = {
			...mistakes,
			'23505': 409,
			PT400: 400,
			PT403: 403,
			PT404: 404,
			PT409: 409,
			PT429: 429,
			'42501': 401,
		};
		for (const [state, status] of Object.entries(all))
			expect(await call(mended, 'refuse', { state }), state).toEqual({
				status,
				body: { code: state, message: 'no', details: 'a detail', hint: 'a_hint' },
			});
	});

	const raisePrices = async (server: Server) => {
		await admin`insert into pets (name) values (${randomUUID()}), (${randomUUID()})`;
		await admin`update pets set price = 2`;
		const one = { ...representation, accept: 'application/vnd.pgrst.object+json' };
		expect((await ask(server, 'PATCH', '/rest/v1/pets?id=gt.0', { price: 3 }, one)).status).toBe(406);
		return (await admin`select from pets where price = 3`).length;
	};

	test('gap: a change that single() refuses is kept', async () => {
		expect(await raisePrices(lite)).toBeGreaterThan(0);
	});

	test('a change that single() refuses is undone', async () => {
		expect(await raisePrices(mended)).toBe(0);
	});
});

describe('a REST request with a token', () => {
	/** Whether the request is answered while nobody can read the sessions. */
	const isAnsweredWithoutSessions = async (server: Server) => {
		const email = `${randomUUID()}@bedside.test`;
		const session = await ask(mended, 'POST', '/auth/v1/signup', {
			email,
			password: 'a-long-enough-password',
		});
		const authorization = `Bearer ${session.body.access_token}`;
		let isAnswered = false;
		let wasAnswered = false;
		let answer: Promise<unknown> = Promise.resolve();
		await admin.begin(async (locked) => {
			await locked`lock table auth.users, auth.sessions in access exclusive mode`;
			answer = ask(server, 'GET', '/rest/v1/pets', undefined, { authorization }).then(
				() => (isAnswered = true),
			);
			await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 500))]);
			wasAnswered = isAnswered;
		});
		await answer;
		return wasAnswered;
	};

	test('gap: looks for its user and session', async () => {
		expect(await isAnsweredWithoutSessions(lite)).toBe(false);
	});

	test('is trusted by its signature, as PostgREST does', async () => {
		expect(await isAnsweredWithoutSessions(mended)).toBe(true);
	});
});

describe('uploads of storage-js', () => {
	const upload = (server: Server, key: string, method = 'POST') => {
		const form = new FormData();
		form.append('cacheControl', '60');
		form.append('', new Blob(['some text'], { type: 'text/plain' }));
		const headers = { apikey: secretKey };
		const url = `${stack.apiUrl}/storage/v1/object/files/${key}`;
		return server.fetch(new Request(url, { method, headers, body: form }));
	};
	const download = async (server: Server, key: string) =>
		server.fetch(new Request(`${stack.apiUrl}/storage/v1/object/public/files/${key}`));

	test('gap: the nameless part is not found, and an update stores the envelope', async () => {
		expect(await (await upload(lite, 'gap.txt')).json()).toMatchObject({
			message: 'Missing file in multipart upload',
		});
		await upload(lite, 'gap.txt', 'PUT');
		expect(await (await download(lite, 'gap.txt')).text()).toContain('Content-Disposition');
	});

	test('arrive as they were sent', async () => {
		for (const method of ['POST', 'PUT']) {
			expect((await upload(mended, 'whole.txt', method)).status).toBe(200);
			const file = await download(mended, 'whole.txt');
			expect([...file.headers]).toEqual(expect.arrayContaining([['content-type', 'text/plain']]));
			expect(file.headers.get('cache-control')).toBe('max-age=60');
			expect(await file.text()).toBe('some text');
		}
	});

	const withKey = async (server: Server, apikey?: string) =>
		(
			await server.fetch(
				new Request(`${stack.apiUrl}/storage/v1/bucket`, { headers: apikey ? { apikey } : {} }),
			)
		).status;

	test('gap: a wrong key or none is served', async () => {
		expect([await withKey(lite, 'sb_publishable_wrong'), await withKey(lite)]).toEqual([200, 200]);
	});

	test('need a key', async () => {
		expect([await withKey(mended, 'sb_publishable_wrong'), await withKey(mended)]).toEqual([401, 401]);
		expect(await withKey(mended, publishableKey)).toBe(200);
	});
});

describe('signed URLs', () => {
	const sign = async (server: Server) => {
		const key = `${randomUUID()}.txt`;
		await admin`insert into storage.objects (bucket_id, name) values ('files', ${key})`;
		const path = `/storage/v1/object/sign/files/${key}`;
		return (await ask(server, 'POST', path, { expiresIn: 60 }, { apikey: secretKey })).body;
	};

	test('gap: have another name and a longer path than storage-js reads', async () => {
		expect(await sign(lite)).toEqual({ signedUrl: expect.stringMatching(/^\/storage\/v1\/object\/sign\//) });
	});

	test('have the name and the path that storage-js reads', async () => {
		expect(await sign(mended)).toMatchObject({ signedURL: expect.stringMatching(/^\/object\/sign\//) });
	});
});

describe('links in mails', () => {
	test('gap: they lead to the site instead of the API, and forget where to go on', async () => {
		const email = `${randomUUID()}@bedside.test`;
		await ask(lite, 'POST', '/auth/v1/signup', { email, password: 'a-long-enough-password' });
		const redirect = encodeURIComponent(`${stack.appUrl}/new-password`);
		await ask(lite, 'POST', `/auth/v1/recover?redirect_to=${redirect}`, {
			email,
			code_challenge: 'x'.repeat(43),
			code_challenge_method: 's256',
		});
		const link = new URL(/https?:\S+/.exec(String(printed.at(-1)))?.[0] ?? 'none:');
		expect(link.origin).toBe(new URL(stack.appUrl).origin);
		expect(link.searchParams.get('redirect_to')).toBe(stack.appUrl);
		expect(link.searchParams.get('token')).not.toMatch(/^pkce_/);
	});
});
