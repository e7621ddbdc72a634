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

export interface Answer {
	command: string;
	count: number;
	rows: object[];
}

/** One pooled connection for the length of one request. Statements are answered in the order they were asked in. */
export interface Session {
	query(sql: string, parameters?: readonly unknown[]): Promise<Answer>;
	release(): void;
}

/**
 * Takes a connection out of the pool.
 *
 * When its socket closes, postgres.js reconnects the connection object for whoever waits next while this holder
 * still has it: its next statement would run inside a stranger's transaction, as that stranger. So a session that
 * lost its socket refuses every further statement and never goes back to the pool by our hand. It also forgets the
 * statements that were still to be sent, so the loss itself answers them.
 */
export async function openSession(pool: Sql): Promise<Session> {
	const reserved = await reserve(pool);
	const loss = Promise.withResolvers<never>();
	loss.promise.catch(() => undefined);
	let lost = false;
	const watch = (connection: { onclose: (() => void) | null }): true => {
		connection.onclose = () => {
			lost = true;
			loss.reject(new Error('The database connection was lost during the request.'));
		};
		return true;
	};
	return {
		async query(sql, parameters = []) {
			if (lost) return loss.promise;
			const options = { prepare: true, onexecute: watch };
			const asked = reserved.unsafe(sql, [...parameters] as never[], options);
			const result = await Promise.race([asked, loss.promise]);
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
 * transaction-local. The commit or rollback is sent when every statement is answered, and is acknowledged before the
 * session returns to the pool.
 */
export async function runAs<T>(
	session: Session,
	caller: Caller,
	work: (db: Kysely<unknown>) => Promise<T>,
	scope: RequestScope = {},
): Promise<T> {
	const transaction = beginAs(session, caller, scope.rpc);
	try {
		const result = await work(bindKysely(transaction));
		await transaction.opened;
		const isKept = !scope.forceRollback && !isRefusal(result);
		const { command } = await session.query(isKept ? 'commit' : 'rollback');
		// Postgres answers so when a statement failed, even if `work` made light of it.
		if (isKept && command === 'ROLLBACK') throw new Error('The transaction could not be committed.');
		session.release();
		return result;
	} catch (error) {
		// A session whose rollback fails is in an unknown state and is not given back.
		await session.query('rollback').then(session.release, () => undefined);
		throw error;
	}
}

interface Transaction {
	/** Settles when the server has said that the transaction runs as the caller, or why it does not. */
	opened: Promise<unknown>;
	query(sql: string, parameters: readonly unknown[]): Promise<Answer>;
}

const readStatus = `select current_setting('response.status', true) as status, current_setting('response.headers', true) as headers`;
const asksStatus = /^\s*select\s+current_setting\('response\.status', true\) as status,/i;

/**
 * Begins a transaction as the caller without waiting: its first statement travels with `begin` and the settings, one
 * round trip in all. Postgres takes them in order, and when it refuses the role the transaction is aborted and refuses
 * everything but its end: so no statement runs as somebody else. The end is never sent along, because postgres.js
 * sends some failed statements again, behind whatever was sent by then.
 *
 * What a function says of its answer (`response.status`) is read along with the call, as lite asks for it next.
 */
function beginAs(session: Session, caller: Caller, rpc: RequestScope['rpc']): Transaction {
	const settings = requestSettings(caller, rpc);
	const assignments = settings.map((_, at) => `set_config($${at * 2 + 1}, $${at * 2 + 2}, true)`);
	const opened = Promise.all([
		session.query(rpc?.readOnly ? 'begin read only' : 'begin'),
		session.query(`select ${assignments.join(', ')}`, settings.flat()),
	]);
	opened.catch(() => undefined);
	let isFirst = true;
	let status: Promise<Answer> | undefined;
	return {
		opened,
		async query(sql, parameters) {
			if (status && asksStatus.test(sql)) return status;
			if (!parameters.every(canFollow)) await opened;
			const answer = session.query(sql, parameters);
			answer.catch(() => undefined);
			status = rpc && isFirst ? session.query(readStatus) : undefined;
			status?.catch(() => undefined);
			isFirst = false;
			await opened; // first, because its error is the cause of what follows
			return answer;
		},
	};
}

/**
 * A value that postgres.js cannot fail to write. When it fails, it blames the statement under way instead, and takes
 * each answer for that of the statement before: such a value is sent only when no answer is outstanding.
 */
function canFollow(value: unknown): boolean {
	if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
	return value === null || ['string', 'number', 'boolean'].includes(typeof value);
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

/** The query builder in one transaction. */
function bindKysely(transaction: Transaction): Kysely<unknown> {
	const connection: DatabaseConnection = {
		async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
			const { command, count, rows } = await transaction.query(query.sql, query.parameters);
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
