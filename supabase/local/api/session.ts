import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import type { ReservedSql, Sql } from 'postgres';
import { isRefusal } from './adaptations.ts';

/** Who asks: the role and the claims of the token, and what Storage is doing (its policies may ask). */
export interface Caller {
	role: string;
	/** JSON, as in the token. */
	claims: string;
	storageOperation: string;
}

/** What a request says of itself, as PostgREST shows it to functions (`request.method`, `request.headers` …). */
export interface RequestScope {
	forceRollback?: boolean;
	rpc?: { method: string; path: string; readOnly: boolean; requestHeaders?: Record<string, string> };
}

/** One pooled connection for the length of one request. */
export interface Session {
	query(
		sql: string,
		parameters?: readonly unknown[],
	): Promise<{ command: string; count: number; rows: object[] }>;
	release(): void;
}

/**
 * Takes a connection out of the pool.
 *
 * When its socket closes, postgres.js reconnects the connection object for whoever waits next while this holder
 * still has it: its next statement would run inside a stranger's transaction, as that stranger. So a session that
 * lost its socket refuses every further statement and never goes back to the pool by our hand.
 */
export async function openSession(pool: Sql): Promise<Session> {
	const reserved = await reserve(pool);
	let lost = false;
	const watch = (connection: { onclose: (() => void) | null }): true => {
		connection.onclose = () => (lost = true);
		return true;
	};
	return {
		async query(sql, parameters = []) {
			if (lost) throw new Error('The database connection was lost during the request.');
			const options = { prepare: true, onexecute: watch };
			const result = await reserved.unsafe(sql, [...parameters] as never[], options);
			return { command: result.command, count: result.count, rows: [...result] };
		},
		release() {
			if (!lost) reserved.release();
		},
	};
}

const longestWait = 10_000;

/** The pool is exhausted; PostgREST's code and words. */
export class PoolTimeout extends Error {
	readonly code = 'PGRST003';

	constructor() {
		super('Timed out acquiring connection from connection pool.');
	}
}

/** postgres.js forgets who waits for a connection that closes just then, so nobody waits without end. */
async function reserve(pool: Sql): Promise<ReservedSql> {
	const reserved = pool.reserve();
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise<never>((_, reject) => {
		timer = setTimeout(() => {
			reserved.then((late) => late.release()).catch(() => undefined);
			reject(new PoolTimeout());
		}, longestWait);
	});
	return Promise.race([reserved, timeout]).finally(() => clearTimeout(timer));
}

/**
 * Runs `work` in one transaction as the caller, and gives the session back. Everything that says who asks is
 * transaction-local and acknowledged by the server before the first statement of the request is sent; the commit or
 * rollback is acknowledged before the session returns to the pool.
 */
export async function runAs<T>(
	session: Session,
	caller: Caller,
	work: (db: Kysely<unknown>) => Promise<T>,
	scope: RequestScope = {},
): Promise<T> {
	const settings = requestSettings(caller, scope.rpc);
	const assignments = settings.map((_, at) => `set_config($${at * 2 + 1}, $${at * 2 + 2}, true)`);
	try {
		// Sent together, in this order: one round trip.
		const opened = await Promise.allSettled([
			session.query(scope.rpc?.readOnly ? 'begin read only' : 'begin'),
			session.query(`select ${assignments.join(', ')}`, settings.flat()),
		]);
		for (const step of opened) if (step.status === 'rejected') throw step.reason;
		const result = await work(bindKysely(session));
		await session.query(scope.forceRollback || isRefusal(result) ? 'rollback' : 'commit');
		session.release();
		return result;
	} catch (error) {
		// A session whose rollback fails is in an unknown state and is not given back.
		await session.query('rollback').then(session.release, () => undefined);
		throw error;
	}
}

function requestSettings(caller: Caller, rpc: RequestScope['rpc']): [name: string, value: string][] {
	return [
		['role', caller.role],
		['request.jwt.claims', caller.claims],
		['storage.operation', caller.storageOperation],
		['response.status', ''],
		['response.headers', ''],
		['request.method', rpc?.method ?? ''],
		['request.path', rpc?.path ?? ''],
		['request.headers', JSON.stringify(rpc?.requestHeaders ?? {})],
	];
}

const countedCommands = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** The query builder on one session. */
function bindKysely(session: Session): Kysely<unknown> {
	const connection: DatabaseConnection = {
		async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
			const { command, count, rows } = await session.query(query.sql, query.parameters);
			const counted = countedCommands.has(command) ? { numAffectedRows: BigInt(count) } : {};
			return { rows: rows as R[], ...counted };
		},
		streamQuery() {
			throw new Error('The API reads its answers whole.');
		},
	};
	const nothing = (): Promise<void> => Promise.resolve();
	const driver: Driver = {
		init: nothing,
		acquireConnection: () => Promise.resolve(connection),
		beginTransaction: () => Promise.reject(new Error('A request is one transaction already.')),
		commitTransaction: nothing,
		rollbackTransaction: nothing,
		releaseConnection: nothing,
		destroy: nothing,
	};
	const dialect: Dialect = {
		createAdapter: () => new PostgresAdapter(),
		createDriver: () => driver,
		createIntrospector: (db) => new PostgresIntrospector(db),
		createQueryCompiler: () => new PostgresQueryCompiler(),
	};
	return new Kysely({ dialect });
}
