import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, eventually, openClient, signUp, type Person } from './fixtures.ts';

const { apiUrl, publishableKey, secretKey, dbUrl } = inject('stack');
const mark = randomUUID().slice(0, 8);
const pets = `pets_${mark}`;
const toys = `toys_${mark}`;

let owner: Sql;
let ann: Person;
let bob: Person;
const anon = openClient(apiUrl, publishableKey);
const server = openClient(apiUrl, secretKey);

beforeAll(async () => {
	owner = connect(dbUrl);
	await owner.unsafe(`
		create table public.${pets} (
			id bigint generated always as identity primary key,
			owner_id uuid not null default auth.uid(),
			name text not null check (name <> ''),
			total bigint not null default 5000000000,
			born_at timestamptz not null default '2026-01-02 03:04:05.6+00'
		);
		create table public.${toys} (
			id uuid primary key default gen_random_uuid(),
			pet_id bigint not null references public.${pets} on delete cascade,
			name text not null,
			bought_at timestamptz not null default '2026-01-02 03:04:05.6+00'
		);
		alter table public.${pets} enable row level security;
		alter table public.${toys} enable row level security;
		revoke all on public.${pets}, public.${toys} from anon, authenticated, service_role;
		grant select, insert, update, delete on public.${pets} to authenticated;
		grant select, insert on public.${toys} to authenticated;
		grant all on public.${pets}, public.${toys} to service_role;
		create policy "Own pets" on public.${pets} to authenticated using (owner_id = (select auth.uid()));
		create policy "Toys of own pets" on public.${toys} to authenticated
			using (exists (select from public.${pets} p where p.id = pet_id));
		create function public.first_${pets}() returns public.${pets} language sql stable
			as 'select * from public.${pets} order by id limit 1';
		create function public.all_${pets}() returns setof public.${pets} language sql stable
			as 'select * from public.${pets} order by id';
		create function public.nothing_${pets}() returns void language sql as 'select 1';
		create function public.json_${pets}() returns jsonb language sql stable
			as $$ select jsonb_build_object('list', jsonb_build_array(1, null), 'at', now()) $$;
		create function public.args_${pets}(ids uuid[], note text default 'none', more uuid[] default null) returns text
			language sql immutable as $$ select cardinality(ids) || ' ' || note || ' ' || coalesce(cardinality(more), -1) $$;
		create function public.row_${pets}(at timestamptz) returns table (at timestamptz, total bigint) language sql immutable
			as 'select at, 5000000000';
		create function public.refuse_${pets}() returns void language plpgsql as $$
			begin raise exception 'Care is closed.' using errcode = 'PT403', hint = 'care_closed', detail = 'why'; end $$;
		create function public.who_${pets}() returns jsonb language sql stable as $$
			select jsonb_build_object('role', current_user, 'sub', auth.uid(),
				'claims', current_setting('request.jwt.claims', true)) $$;
		create function public.refuse_rows() returns trigger language plpgsql as $$
			begin raise exception 'Too fast.' using errcode = 'PT429', hint = 'too_fast'; end $$;
		alter function public.refuse_rows() rename to refuse_${mark};
		create trigger refuse before update on public.${pets} for each row
			when (new.name = 'fast') execute function public.refuse_${mark}();
	`);
	[ann, bob] = await Promise.all([signUp(apiUrl, publishableKey), signUp(apiUrl, publishableKey)]);
	await eventually(
		() => ann.client.from(toys).select(),
		({ error }) => !error,
	);
});

afterAll(async () => {
	await owner.unsafe(`
		drop table if exists public.${toys}, public.${pets} cascade;
		drop function if exists public.nothing_${pets}, public.json_${pets}, public.args_${pets}, public.row_${pets},
			public.refuse_${pets}, public.who_${pets}, public.refuse_${mark};
	`);
	await owner.end();
});

describe('who asks', () => {
	test('each caller sees what the policies give them', async () => {
		const made = await ann.client.from(pets).insert({ name: 'rex' }).select().single();
		expect(made.data).toMatchObject({ owner_id: ann.id, name: 'rex', total: 5_000_000_000 });
		expect(made.data?.born_at).toBe('2026-01-02T03:04:05.6+00:00');
		expect((await bob.client.from(pets).select()).data).toEqual([]);
		expect((await bob.client.from(pets).insert({ name: 'x', owner_id: ann.id })).error?.code).toBe('42501');
		expect((await server.from(pets).select().eq('owner_id', ann.id)).data).toHaveLength(1);
		const refused = await anon.from(pets).select();
		expect(refused).toMatchObject({ status: 401, error: { code: '42501' } });
	});

	test('many at once are never mistaken for one another', async () => {
		const callers = [
			{ client: ann.client, role: 'authenticated', sub: ann.id },
			{ client: bob.client, role: 'authenticated', sub: bob.id },
			{ client: anon, role: 'anon', sub: null },
			{ client: server, role: 'service_role', sub: null },
		];
		await Promise.all(
			Array.from({ length: 200 }, async (_, at) => {
				const { client, role, sub } = callers[at % callers.length]!;
				if (at % 7 === 0) await client.rpc(`refuse_${pets}`);
				const { data } = await client.rpc(`who_${pets}`);
				expect(data).toMatchObject({ role, sub });
				expect(JSON.parse(data.claims).role).toBe(role);
			}),
		);
	});

	test('the schemas of the platform are not exposed', async () => {
		for (const schema of ['auth', 'storage', 'private', 'realtime'])
			expect((await server.schema(schema).from('users').select()).error?.code, schema).toBe('PGRST106');
	});
});

describe('functions', () => {
	test('answer with an object, a list, a value or nothing, by what they return', async () => {
		await ann.client.from(pets).insert({ name: 'kit' });
		expect((await ann.client.rpc(`first_${pets}`)).data).toMatchObject({ name: 'rex', total: 5_000_000_000 });
		expect((await ann.client.rpc(`first_${pets}`)).data.born_at).toBe('2026-01-02T03:04:05.6+00:00');
		const list = await ann.client.rpc(`all_${pets}`).select('name').order('name');
		expect(list.data).toEqual([{ name: 'kit' }, { name: 'rex' }]);
		expect(await ann.client.rpc(`nothing_${pets}`)).toMatchObject({ status: 204, data: null, error: null });
		expect((await ann.client.rpc(`json_${pets}`)).data).toMatchObject({ list: [1, null] });
		const at = '2026-01-02T03:04:05.123456+00:00';
		expect((await ann.client.rpc(`row_${pets}`, { at })).data).toEqual([{ at, total: 5_000_000_000 }]);
		expect((await ann.client.rpc(`first_${pets}`, undefined, { get: true })).data).toMatchObject({
			name: 'rex',
		});
	});

	test('take lists of ids, defaults and nulls', async () => {
		const ids = [randomUUID(), randomUUID()];
		const call = async (args: object) => (await anon.rpc(`args_${pets}`, args)).data;
		expect(await call({ ids })).toBe('2 none -1');
		expect(await call({ ids: [], note: 'a "b" {c}', more: null })).toBe('0 a "b" {c} -1');
		expect(await call({ ids, more: ids })).toBe('2 none 2');
		expect((await anon.rpc(`args_${pets}`, {})).error).toMatchObject({ code: 'PGRST202' });
	});

	test('and tables refuse with the status, code and hint that SQL raises', async () => {
		expect(await ann.client.rpc(`refuse_${pets}`)).toMatchObject({
			status: 403,
			error: { code: 'PT403', message: 'Care is closed.', hint: 'care_closed', details: 'why' },
		});
		expect(await ann.client.from(pets).update({ name: 'fast' }).eq('name', 'rex')).toMatchObject({
			status: 429,
			error: { code: 'PT429', hint: 'too_fast' },
		});
		expect(await ann.client.from(pets).insert({ name: '' })).toMatchObject({
			status: 400,
			error: { code: '23514' },
		});
	});
});

describe('tables', () => {
	test('embed, count, page and filter', async () => {
		const { data: rex } = await ann.client.from(pets).select('id').eq('name', 'rex').single();
		await ann.client.from(toys).insert([
			{ pet_id: rex?.id, name: 'ball' },
			{ pet_id: rex?.id, name: 'rope' },
		]);
		const embedded = await ann.client
			.from(pets)
			.select(`name, ${toys}(name, bought_at)`)
			.eq('name', 'rex')
			.single();
		expect(embedded.data).toEqual({
			name: 'rex',
			[toys]: [
				{ name: 'ball', bought_at: '2026-01-02T03:04:05.6+00:00' },
				{ name: 'rope', bought_at: '2026-01-02T03:04:05.6+00:00' },
			],
		});
		const back = await ann.client
			.from(toys)
			.select(`name, pet:${pets}!inner(name, total)`)
			.eq('pet.name', 'rex')
			.limit(1);
		expect(back.data).toEqual([{ name: 'ball', pet: { name: 'rex', total: 5_000_000_000 } }]);
		expect(await ann.client.from(toys).select('*', { count: 'exact', head: true })).toMatchObject({
			count: 2,
			data: null,
		});
		const page = await ann.client
			.from(toys)
			.select('name', { count: 'exact' })
			.order('name', { ascending: false })
			.range(0, 0);
		expect(page).toMatchObject({ count: 2, data: [{ name: 'rope' }] });
		const either = await ann.client
			.from(toys)
			.select('name')
			.or('name.eq.ball,name.ilike.*OP*')
			.in('pet_id', [rex?.id]);
		expect(either.data).toHaveLength(2);
		expect((await ann.client.from(toys).select().eq('id', randomUUID()).maybeSingle()).data).toBeNull();
	});

	test('know a migration at once, also where statements were prepared before it', async () => {
		await ann.client.from(pets).select();
		await owner.unsafe(`alter table public.${pets} add column colour text not null default 'brown'`);
		const { data } = await eventually(
			() => ann.client.from(pets).select(),
			({ data }) => data?.[0]?.colour !== undefined,
		);
		expect(data?.[0]).toMatchObject({ colour: 'brown' });
		const answers = await Promise.all(
			Array.from({ length: 40 }, () => ann.client.from(pets).select('name, colour')),
		);
		for (const { error } of answers) expect(error).toBeNull();
	});
});
