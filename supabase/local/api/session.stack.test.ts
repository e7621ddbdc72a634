import { sql as statement } from 'kysely';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, eventually, urlFor } from './fixtures.ts';
import { openSession, runAs, type Caller } from './session.ts';

const stack = inject('stack');
const ann: Caller = { role: 'authenticated', claims: '{"sub":"ann"}', storageOperation: '' };
const anon: Caller = { role: 'anon', claims: '', storageOperation: '' };

let admin: Sql;
let pool: Sql;

beforeAll(() => {
	admin = connect(stack.adminDbUrl);
	// One connection, so that every request gets the one that the last request had.
	pool = postgres(urlFor(stack.dbUrl, 'authenticator'), { max: 1, connection: { role: 'anon' } });
});
afterAll(() => Promise.all([admin.end(), pool.end({ timeout: 1 })]));

async function whoAmI(db: Parameters<Parameters<typeof runAs>[2]>[0]) {
	const { rows } = await statement<{ role: string; claims: string | null; pid: number }>`
		select current_user as role, current_setting('request.jwt.claims', true) as claims, pg_backend_pid() as pid
	`.execute(db);
	return rows[0]!;
}

const outside = async () =>
	(await pool<{ role: string; pid: number }[]>`select current_user as role, pg_backend_pid() as pid`)[0];

describe('one pooled connection serves many callers', () => {
	test('a request runs as its caller, and nothing of that is left for the next', async () => {
		const first = await runAs(await openSession(pool), ann, whoAmI);
		expect(first).toMatchObject({ role: 'authenticated', claims: '{"sub":"ann"}' });
		expect(await outside()).toMatchObject({ role: 'anon', pid: first.pid });
		expect(await runAs(await openSession(pool), anon, whoAmI)).toMatchObject({ role: 'anon', claims: '' });
	});

	test('a failed request leaves nothing either', async () => {
		const failing = runAs(await openSession(pool), ann, (db) => statement`select 1 / 0`.execute(db));
		await expect(failing).rejects.toThrow('division by zero');
		expect(await outside()).toMatchObject({ role: 'anon' });
	});

	test('a role that the API may not take runs no statement at all', async () => {
		let ran = false;
		const asOwner = runAs(await openSession(pool), { ...ann, role: 'postgres' }, async () => (ran = true));
		await expect(asOwner).rejects.toThrow('permission denied to set role');
		expect(ran).toBe(false);
		expect(await outside()).toMatchObject({ role: 'anon' });
	});

	test('a forced rollback and a refused answer change nothing', async () => {
		const table = `api_session_${Date.now()}`;
		await admin.unsafe(
			`create table public.${table} (id int); grant all on public.${table} to authenticated`,
		);
		try {
			const insert = (answer: unknown) => async (db: Parameters<typeof whoAmI>[0]) => {
				await statement`insert into public.${statement.ref(table)} values (1)`.execute(db);
				return answer;
			};
			await runAs(await openSession(pool), ann, insert('fine'), { forceRollback: true });
			await runAs(await openSession(pool), ann, insert(new Response(null, { status: 406 })));
			expect(await admin.unsafe(`select * from public.${table}`)).toHaveLength(0);
			await runAs(await openSession(pool), ann, insert(new Response(null, { status: 201 })));
			expect(await admin.unsafe(`select * from public.${table}`)).toHaveLength(1);
		} finally {
			await admin.unsafe(`drop table public.${table}`);
		}
	});
});

describe('a connection that is lost in the middle of a request', () => {
	/** Ends the backend of whoever holds the pool's connection, and waits until the pool has noticed. */
	async function kill(pid: number) {
		await admin`select pg_terminate_backend(${pid})`;
		const isGone = (rows: readonly unknown[]) => rows.length === 0;
		await eventually(() => admin`select from pg_stat_activity where pid = ${pid}`, isGone);
		await new Promise((resolve) => setTimeout(resolve, 300));
	}

	test('refuses the rest of its request, and the next caller keeps to itself', async () => {
		const others: Awaited<ReturnType<typeof whoAmI>>[] = [];
		const interrupted = runAs(await openSession(pool), ann, async (db) => {
			await kill((await whoAmI(db)).pid);
			await runAs(await openSession(pool), anon, async (other) => {
				others.push(await whoAmI(other));
				await expect(whoAmI(db)).rejects.toThrow('connection was lost');
				others.push(await whoAmI(other));
			});
		});
		await expect(interrupted).rejects.toThrow('connection was lost');
		expect(others.map(({ role }) => role)).toEqual(['anon', 'anon']);
	});

	test('would otherwise go on inside the transaction of the next caller', async () => {
		const bare = await pool.reserve();
		const [{ pid } = { pid: 0 }] = await bare<{ pid: number }[]>`select pg_backend_pid() as pid`;
		await kill(pid);
		await runAs(await openSession(pool), ann, async () => {
			expect((await bare`select current_user as role`)[0]).toEqual({ role: 'authenticated' });
		});
	});
});
