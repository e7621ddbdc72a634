/**
 * Each gap of `@supabase/lite` twice: as lite has it alone ("gap"), and mended. A gap that closes upstream turns its
 * test red, and the adaptation can go.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type GapLab, openGapLab, type Server } from './gap-lab.ts';

const stack = inject('stack');

let lab: GapLab;
let lite: GapLab['lite'];
let mended: GapLab['mended'];
let admin: GapLab['admin'];
let ask: GapLab['ask'];
let printed: GapLab['printed'];

beforeAll(async () => {
	lab = await openGapLab(
		stack,
		`
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
		create function agree(given boolean) returns boolean language sql stable as 'select given';
		create function murmur() returns int language plpgsql as $$ begin raise notice 'murmur'; return 1; end $$;
		create function refuse(state text) returns void language plpgsql as
			$$ begin raise exception 'no' using errcode = state, hint = 'a_hint', detail = 'a detail'; end $$;
		create table tags (pet_id bigint references pets, word text);
		create schema realtime;
		create table realtime.tags (topic text);
		grant select on tags to anon;
		create table secrets (id int);
		alter table secrets enable row level security;
	`,
	);
	({ lite, mended, admin, ask, printed } = lab);
});
afterEach(() => void (printed.length = 0));
afterAll(() => lab.close());

const representation = { prefer: 'return=representation' };
const insertPet = async (server: Server) =>
	(await ask(server, 'POST', '/rest/v1/pets', { name: randomUUID() }, representation)).body[0];
const call = (server: Server, name: string, body: object = {}) =>
	ask(server, 'POST', `/rest/v1/rpc/${name}`, body);

describe('an embedded table', () => {
	const embed = (server: Server) => ask(server, 'GET', '/rest/v1/pets?select=id,tags(*)');

	test('gap: is taken for one of the same name in another schema', async () => {
		expect((await embed(lite)).body.message).toMatch(/topic"? does not exist/);
	});

	test('is that of its own schema', async () => {
		const { id } = await insertPet(mended);
		await admin`insert into tags values (${id}, 'old')`;
		expect((await embed(mended)).body).toContainEqual({ id, tags: [{ pet_id: id, word: 'old' }] });
	});
});

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

	test('gap: a boolean in words is false', async () => {
		for (const given of ['yes', 't', 'perhaps'])
			expect(await call(lite, 'agree', { given })).toMatchObject({ status: 200, body: false });
	});

	test('of booleans may come in words, as PostgreSQL reads them', async () => {
		for (const given of [true, 'yes', 't']) expect((await call(mended, 'agree', { given })).body).toBe(true);
		for (const given of [false, 'no']) expect((await call(mended, 'agree', { given })).body).toBe(false);
		expect((await call(mended, 'agree', { given: null })).body).toBeNull();
		expect((await call(mended, 'agree', { given: 'perhaps' })).status).toBe(400);
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
			await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 2000))]);
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
