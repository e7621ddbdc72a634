import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

/** The role that runs migrations; each test is rolled back. */
let postgres: pg.Client;

beforeAll(async () => {
	postgres = new pg.Client(inject('stack').dbUrl);
	await postgres.connect();
});
afterAll(() => postgres.end());

async function run(sql: string): Promise<void> {
	await postgres.query('begin');
	try {
		await postgres.query(sql);
	} finally {
		await postgres.query('rollback');
	}
}

describe('a migration may', () => {
	const handler = `create function public.on_test() returns trigger language plpgsql as 'begin return new; end';`;
	const onUsers = 'after insert on auth.users for each row execute function public.on_test()';

	it.each([
		['create a policy on realtime.messages', 'create policy t on realtime.messages for select using (true)'],
		['create a policy on storage.objects', 'create policy t on storage.objects for select using (true)'],
		['create a policy on storage.buckets', 'create policy t on storage.buckets for select using (true)'],
		[
			'alter, rename and drop such a policy',
			`create policy t on storage.objects for select using (true);
			alter policy t on storage.objects using (false);
			alter policy t on storage.objects rename to u;
			drop policy u on storage.objects`,
		],
		['add a trigger to auth.users', `${handler} create trigger t ${onUsers}`],
		[
			'drop that trigger, also with its function',
			`${handler} create trigger t ${onUsers}; drop trigger t on auth.users;
			create trigger t ${onUsers}; drop function public.on_test() cascade`,
		],
		[
			'refer to auth.users with a foreign key, and drop the table again',
			`create table public.t (id uuid primary key references auth.users on delete cascade); drop table public.t`,
		],
		['make a bucket', `insert into storage.buckets (id, name) values ('t', 't')`],
		[
			'make a role and a schema',
			'create role t_role nologin; create schema t_schema; grant usage on schema t_schema to t_role',
		],
		[
			'publish a table',
			'create table public.t (id int primary key); alter publication supabase_realtime add table public.t',
		],
		['create a trusted extension', 'create extension if not exists citext with schema extensions'],
	])('%s', async (_, sql) => {
		await expect(run(sql)).resolves.toBeUndefined();
	});
});

describe('a migration may not', () => {
	const suppress = 'for each row execute function suppress_redundant_updates_trigger()';

	it.each([
		'create table auth.t (id int)',
		'create table storage.t (id int)',
		'create table realtime.t (id int)',
		'create table public.t () inherits (storage.buckets)',
		`create table public.t partition of realtime.messages for values from ('2000-01-01') to ('2000-01-02')`,
		'create view auth.t as select 1',
		'create type storage.t as enum ()',
		'create sequence auth.t',
		'create extension citext with schema auth',
		'create function realtime.t() returns int language sql as $$select 1$$',
		'create function auth.t() returns int language sql as $$select 1$$',
		`create or replace function auth.uid() returns uuid language sql as $$select null::uuid$$`,
		'alter table realtime.messages add column t int',
		'alter table realtime.messages disable row level security',
		'alter table storage.objects enable row level security',
		'alter table auth.users add column t int',
		'alter table auth.users disable trigger all',
		'alter table realtime.messages rename column topic to t',
		'alter table realtime.messages owner to postgres',
		'alter table storage.objects set schema public',
		'alter function auth.uid() set schema public',
		'alter schema realtime owner to postgres',
		'create index on storage.objects (name)',
		'create statistics public.t on bucket_id, name from storage.objects',
		'create rule t as on insert to storage.objects do nothing',
		`create trigger t before insert on storage.objects ${suppress}`,
		`create trigger t before insert on realtime.messages ${suppress}`,
		'create policy t on auth.users for select using (true)',
		`create policy t on realtime.messages for select using (true); comment on policy t on realtime.messages is 't'`,
		`comment on table realtime.messages is 't'`,
		'alter publication supabase_realtime add table realtime.messages',
		'drop table realtime.messages cascade',
		'drop table auth.users cascade',
		'drop function auth.uid() cascade',
		'drop schema realtime cascade',
		'drop owned by supabase_realtime_admin cascade',
		'truncate realtime.messages',
		'truncate storage.objects',
		'truncate auth.users cascade',
		'grant insert on realtime.messages to public',
		'grant select (topic) on realtime.messages to public',
		'grant select on auth.users to anon',
		'revoke select on storage.objects from anon',
		'revoke execute on function auth.uid() from anon',
		'set role supabase_realtime_admin',
		'set role supabase_admin',
		'alter role postgres superuser',
		'drop event trigger embedded_refuse_changes',
		'alter default privileges for role supabase_admin in schema public revoke all on tables from anon',
		'select embedded.rotate_realtime_messages()',
	])('%s', async (sql) => {
		await expect(run(sql)).rejects.toMatchObject({ code: '42501' });
	});
});

it('without the event triggers the owner’s rights that postgres borrows would do: the refusals above are theirs', async () => {
	const admin = new pg.Client(inject('stack').adminDbUrl);
	await admin.connect();
	try {
		await admin.query('begin; alter event trigger embedded_refuse_changes disable; set local role postgres');
		await expect(admin.query(`comment on table storage.objects is 't'`)).resolves.toBeDefined();
	} finally {
		await admin.query('rollback');
		await admin.end();
	}
});
