import pg from 'pg';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, inject, it } from 'vitest';

let postgres: pg.Client;
const notices: string[] = [];

beforeAll(async () => {
	postgres = new pg.Client(inject('stack').dbUrl);
	postgres.on('notice', (notice) => notices.push(`${notice.severity}: ${notice.message}`));
	await postgres.connect();
});
beforeEach(async () => {
	notices.length = 0;
	await postgres.query('begin');
});
afterEach(() => postgres.query('rollback'));
afterAll(() => postgres.end());

async function value(sql: string): Promise<unknown> {
	const { rows } = await postgres.query({ text: sql, rowMode: 'array' });
	return rows[0]?.[0];
}

describe('the cluster', () => {
	it.each([
		['fsync', 'on'],
		['synchronous_commit', 'on'],
		['full_page_writes', 'on'],
		['wal_level', 'logical'],
		['server_encoding', 'UTF8'],
		['listen_addresses', '127.0.0.1'],
		['TimeZone', 'UTC'],
	])('runs with %s = %s', async (name, expected) => {
		expect(await value(`select current_setting('${name}')`)).toBe(expected);
	});

	it('is PostgreSQL 17, as hosted projects are', async () => {
		expect(await value('show server_version_num')).toMatch(/^17\d{4}$/);
	});

	it('knows the letters of every language and sorts Vietnamese', async () => {
		expect(await value(`select lower('ÁĐỖ')`)).toBe('áđỗ');
		const sorted = `select string_agg(w, ' ' order by w collate "vi-x-icu") from unnest('{ă,b,a,đ,d,â,e}'::text[]) w`;
		expect(await value(sorted)).toBe('a ă â b d đ e');
	});
});

describe('the roles', () => {
	it('postgres runs migrations and is no superuser', async () => {
		const { rows } = await postgres.query(
			`select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user`,
		);
		expect(rows).toEqual([{ rolsuper: false, rolcreatedb: true, rolcreaterole: true, rolbypassrls: true }]);
	});

	it('only supabase_admin is a superuser', async () => {
		expect(await value(`select array_agg(rolname::text) from pg_roles where rolsuper`)).toEqual([
			'supabase_admin',
		]);
	});

	it('the API roles never log in', async () => {
		const names = `array['anon', 'authenticated', 'service_role']`;
		expect(await value(`select bool_or(rolcanlogin) from pg_roles where rolname = any (${names})`)).toBe(
			false,
		);
	});

	it('a new table is reachable for nobody until a migration grants it', async () => {
		await postgres.query('create table public.t (id int)');
		for (const role of ['anon', 'authenticated', 'service_role'])
			expect(
				await value(`select has_table_privilege('${role}', 'public.t', 'select, insert, update, delete')`),
			).toBe(false);
	});

	it('auth.uid(), auth.role(), auth.email() and auth.jwt() read the token', async () => {
		const claims = { sub: '00000000-0000-4000-8000-000000000001', role: 'authenticated', email: 'a@b.test' };
		await postgres.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify(claims)]);
		expect(await value('select auth.uid()')).toBe(claims.sub);
		expect(await value('select auth.role()')).toBe(claims.role);
		expect(await value('select auth.email()')).toBe(claims.email);
		expect(await value('select auth.jwt()')).toEqual(claims);
		await postgres.query(`select set_config('request.jwt.claims', '', true)`);
		expect(await value('select auth.uid()')).toBeNull();
	});
});

describe('realtime.messages', () => {
	it('has the partitions of yesterday to three days ahead', async () => {
		const days = [-1, 0, 1, 2, 3].map((offset) =>
			new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '_'),
		);
		const names = await value(
			`select array_agg(inhrelid::regclass::text) from pg_inherits where inhparent = 'realtime.messages'::regclass`,
		);
		expect(names).toEqual(expect.arrayContaining(days.map((day) => `realtime.messages_${day}`)));
	});

	it('is published with its partitions, under row security, for its own admin', async () => {
		expect(
			await value(`select count(*) > 4 from pg_publication_tables
				where pubname = 'supabase_realtime_messages_publication' and schemaname = 'realtime'`),
		).toBe(true);
		const { rows } = await postgres.query(
			`select relrowsecurity, relowner::regrole::text as owner from pg_class where oid = 'realtime.messages'::regclass`,
		);
		expect(rows).toEqual([{ relrowsecurity: true, owner: 'supabase_realtime_admin' }]);
	});

	it('receives what a definer sends, with the row’s id in the payload', async () => {
		await postgres.query(`create function public.t() returns void language sql security definer set search_path = ''
			as $$ select realtime.send('{"a": 1}', 'happened', 'topic:1') $$;
			grant execute on function public.t() to authenticated; set local role authenticated; select public.t(); reset role`);
		const { rows } = await postgres.query(`select * from realtime.messages where topic = 'topic:1'`);
		expect(rows).toHaveLength(1);
		expect(rows[0]).toMatchObject({ event: 'happened', extension: 'broadcast', private: true });
		expect(rows[0].payload).toEqual({ a: 1, id: rows[0].id });
		expect(notices).toEqual([]);
	});

	it('keeps the id that a payload brings', async () => {
		await postgres.query(`select realtime.send('{"id": "mine"}', 'happened', 'topic:2')`);
		expect(await value(`select payload from realtime.messages where topic = 'topic:2'`)).toEqual({
			id: 'mine',
		});
	});

	it('refuses a caller without a policy with a warning, and the transaction goes on', async () => {
		await postgres.query(
			`set local role authenticated; select realtime.send('{}', 'happened', 'topic:3'); reset role`,
		);
		expect(notices).toEqual([
			expect.stringMatching(/^WARNING: WarnSendingBroadcastMessage: .*row-level security/),
		]);
		expect(await value(`select count(*)::int from realtime.messages where topic = 'topic:3'`)).toBe(0);
	});

	it('takes bytes and changes of rows', async () => {
		await postgres.query(`select realtime.send_binary('\\x00ff', 'happened', 'topic:4')`);
		expect(await value(`select binary_payload from realtime.messages where topic = 'topic:4'`)).toEqual(
			Buffer.from([0, 255]),
		);
		await postgres.query(`create table public.t (id int); insert into public.t values (1);
			select realtime.broadcast_changes('topic:5', 'INSERT', 'INSERT', 't', 'public', t, null) from public.t`);
		expect(await value(`select payload - 'id' from realtime.messages where topic = 'topic:5'`)).toEqual({
			record: { id: 1 },
			old_record: null,
			operation: 'INSERT',
			table: 't',
			schema: 'public',
		});
	});
});
