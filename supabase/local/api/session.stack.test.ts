import { type Kysely, sql as statement } from 'kysely';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, eventually, urlFor } from './fixtures.ts';
import { openSession, runAs, type Caller, type Session } from './session.ts';

const stack = inject('stack');
const ann: Caller = { role: 'authenticated', claims: '{"sub":"ann"}', storageOperation: '' };
const anon: Caller = { role: 'anon', claims: '', storageOperation: '' };

let admin: Sql;
let pool: Sql;

beforeAll(() => {
	admin = connect(stack.adminDbUrl);
	// One connection, so that every request gets the one that the last request had.
	pool = postgres(urlFor(stack.dbUrl, 'authenticator'), {
		max: 1,
		connection: { role: 'anon' },
		onnotice: () => undefined,
	});
});
afterAll(() => Promise.all([admin.end(), pool.end({ timeout: 1 })]));

async function whoAmI(db: Kysely<unknown>) {
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
		// A sequence keeps its value through a rollback, so it shows whether the statement ran.
		const sequence = `api_session_${Date.now()}`;
		await admin.unsafe(`create sequence ${sequence}; grant all on ${sequence} to public`);
		const count = (db: Kysely<unknown>) => statement`select nextval(${sequence}::regclass)`.execute(db);
		const runs = async () =>
			(await admin.unsafe(`select is_called from ${sequence}`))[0]?.is_called as boolean;
		const asOwner = async (work: (db: Kysely<unknown>) => Promise<unknown>) =>
			runAs(await openSession(pool), { ...ann, role: 'postgres' }, work);
		try {
			for (const attempt of ['new to the connection', 'prepared']) {
				await expect(asOwner(count), attempt).rejects.toThrow('permission denied to set role');
				await expect(asOwner(() => Promise.resolve())).rejects.toThrow('permission denied to set role');
				expect(await runs(), attempt).toBe(false);
				await runAs(await openSession(pool), ann, count, { forceRollback: true });
				expect(await runs()).toBe(true);
				await admin.unsafe(`alter sequence ${sequence} restart`);
			}
			expect(await outside()).toMatchObject({ role: 'anon' });
		} finally {
			await admin.unsafe(`drop sequence ${sequence}`);
		}
	});

	test('a forced rollback and a refused answer change nothing', async () => {
		const table = `api_session_${Date.now()}`;
		await admin.unsafe(
			`create table public.${table} (id int); grant all on public.${table} to authenticated`,
		);
		try {
			const insert = (answer: unknown) => async (db: Kysely<unknown>) => {
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

describe('round trips', () => {
	/** A session that notes what is sent, and where everything sent so far has been answered. */
	async function record(): Promise<{ session: Session; trips: string[][] }> {
		const session = await openSession(pool);
		const trips: string[][] = [];
		let outstanding = 0;
		return {
			trips,
			session: {
				release: () => session.release(),
				query(sql, parameters) {
					if (outstanding++ === 0) trips.push([]);
					trips.at(-1)?.push(sql.split(/[\s(]/, 2).join(' '));
					return session.query(sql, parameters).finally(() => outstanding--);
				},
			},
		};
	}
	const rpc = { method: 'POST', path: '/rpc/example', readOnly: false };
	const status = statement`
		SELECT current_setting('response.status', true) AS status,
		       current_setting('response.headers', true) AS headers`;
	const call = (db: Kysely<unknown>) =>
		statement`select set_config('response.status', ${'201'}, true)`.execute(db);

	test('a function is called in two: caller, call and its status; then commit', async () => {
		const { session, trips } = await record();
		const { rows } = await runAs(session, ann, async (db) => (await call(db), status.execute(db)), { rpc });
		expect(rows).toEqual([{ status: '201', headers: '' }]);
		expect(trips).toEqual([
			['begin', 'select set_config', 'select set_config', 'select current_setting'],
			['commit'],
		]);
	});

	test('a status that a later statement may change is asked for again', async () => {
		const { session } = await record();
		const work = async (db: Kysely<unknown>) => {
			await whoAmI(db);
			await call(db);
			return status.execute(db);
		};
		expect((await runAs(session, ann, work, { rpc })).rows).toMatchObject([{ status: '201' }]);
	});

	test('a statement that fails is not committed, nor is what came before it', async () => {
		for (const sent of ['unprepared', 'prepared']) {
			const { session, trips } = await record();
			const failing = runAs(session, ann, (db) => statement`select 1 / ${0}::int`.execute(db), { rpc });
			await expect(failing, sent).rejects.toThrow('division by zero');
			expect(trips.flat().at(-1), sent).toBe('rollback');
			expect(trips.flat(), sent).not.toContain('commit');
		}
		const { session } = await record();
		const careless = runAs(session, ann, async (db) => {
			await statement`select 1 / 0`.execute(db).catch(() => undefined);
			return new Response(null, { status: 201 });
		});
		await expect(careless).rejects.toThrow('could not be committed');
	});

	test('a value that cannot be written does not shift the answers', async () => {
		const circular: unknown[] = [];
		circular.push(circular);
		const echo = (value: unknown) => async (db: Kysely<unknown>) =>
			(await statement<{ value: unknown }>`select ${value}::jsonb as value, ${'x'} as x`.execute(db)).rows[0];
		const run = async (value: unknown) => runAs(await openSession(pool), ann, echo(value), { rpc });
		expect(await run('known')).toEqual({ value: 'known', x: 'x' });
		for (const bad of [undefined, 1n, circular, { circular }]) await expect(run(bad)).rejects.toThrow();
		expect(await run({ a: 1 })).toEqual({ value: { a: 1 }, x: 'x' });
		expect(await runAs(await openSession(pool), anon, whoAmI)).toMatchObject({ role: 'anon', claims: '' });
	});

	test('a prepared statement that no longer fits runs as nobody else', async () => {
		const view = `api_session_${Date.now()}`;
		const define = (columns: string) =>
			admin.unsafe(`drop view if exists ${view}; create view ${view} as select ${columns};
				grant select on ${view} to anon, authenticated`);
		// postgres.js prepares what has a parameter.
		const read = async () =>
			runAs(await openSession(pool), ann, (db) =>
				statement`select * from ${statement.ref(view)} where ${'a'} = 'a'`.execute(db),
			);
		await define('current_user::text as reader');
		try {
			expect((await read()).rows).toEqual([{ reader: 'authenticated' }]);
			await define('1 as another, current_user::text as reader');
			await expect(read()).rejects.toThrow('cached plan must not change result type');
			expect((await read()).rows).toEqual([{ another: 1, reader: 'authenticated' }]);
		} finally {
			await admin.unsafe(`drop view if exists ${view}`);
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

	test('answers what was still waiting to be sent', async () => {
		const another = postgres(urlFor(stack.dbUrl, 'authenticator'), { max: 1 });
		const session = await openSession(another);
		const { rows } = await session.query('select pg_backend_pid() as pid');
		const sleeping = session.query('select pg_sleep($1)', ['10']);
		const waiting = session.query('select 1');
		const refused = Promise.allSettled([sleeping, waiting]);
		await kill((rows[0] as { pid: number }).pid);
		expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
		await another.end({ timeout: 1 });
	});

	test('would otherwise go on inside the transaction of the next caller', async () => {
		const bare = await pool.reserve();
		const [{ pid } = { pid: 0 }] = await bare<{ pid: number }[]>`select pg_backend_pid() as pid`;
		await kill(pid);
		await runAs(await openSession(pool), ann, async (db) => {
			await whoAmI(db);
			expect((await bare`select current_user as role`)[0]).toEqual({ role: 'authenticated' });
		});
	});
});
