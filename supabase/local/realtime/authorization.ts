import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Claims } from './token.ts';

/** Whom the policies see. */
export interface Caller {
	claims: Claims;
	/** What policies find in `request.headers`. */
	headers: Record<string, string>;
}

export type Extension = 'broadcast' | 'presence';

const EXTENSIONS: readonly Extension[] = ['broadcast', 'presence'];

/** The policies gave no answer. A join is then refused, a write dropped. */
export class AuthorizationError extends Error {
	override name = 'AuthorizationError';
	readonly code: 'RlsPolicyError' | 'QueryCanceled' | 'MissingPartition' | 'UnableToConnectToProject';

	constructor(code: AuthorizationError['code'], cause: unknown) {
		super(cause instanceof Error ? cause.message : String(cause), { cause });
		this.code = code;
	}
}

/**
 * Asks the row-level security policies on `realtime.messages` what a caller may do on a topic, as hosted Realtime
 * does: with probe rows, in a transaction that is always rolled back.
 *
 * The pool must log in as a role that may insert past the policies and become any API role.
 */
export class Authorization {
	readonly #pool: pg.Pool;

	constructor(pool: pg.Pool) {
		this.#pool = pool;
	}

	/**
	 * Which extensions the caller may read: probe rows are written as the server's own role, then looked for as the
	 * caller. `topic` is without prefix.
	 */
	async mayRead(caller: Caller, topic: string, extensions: readonly Extension[]): Promise<Set<Extension>> {
		return this.#inDoomedTransaction(async (client) => {
			const probes = new Map(extensions.map((extension) => [randomUUID() as string, extension]));
			await client.query({
				name: 'realtime_insert_probes',
				text: `insert into realtime.messages (id, topic, extension)
					select probe.id, $1, probe.extension from unnest($2::uuid[], $3::text[]) as probe (id, extension)`,
				values: [topic, [...probes.keys()], [...probes.values()]],
			});
			await become(client, caller, topic);
			const visible = await client.query<{ id: string }>({
				name: 'realtime_find_probes',
				text: 'select id from realtime.messages where id = any ($1::uuid[])',
				values: [[...probes.keys()]],
			});
			return new Set(visible.rows.flatMap(({ id }) => probes.get(id) ?? []));
		});
	}

	/** Which extensions the caller may write: an insert for each, as the caller. */
	async mayWrite(caller: Caller, topic: string): Promise<Set<Extension>> {
		return this.#inDoomedTransaction(async (client) => {
			await become(client, caller, topic);
			const allowed = new Set<Extension>();
			for (const extension of EXTENSIONS) {
				await client.query('savepoint probe');
				try {
					await client.query({
						name: 'realtime_try_write',
						text: 'insert into realtime.messages (topic, extension) values ($1, $2)',
						values: [topic, extension],
					});
					allowed.add(extension);
				} catch (error) {
					if (sqlState(error) !== '42501') throw error;
					await client.query('rollback to savepoint probe');
				}
			}
			return allowed;
		});
	}

	async #inDoomedTransaction<T>(ask: (client: pg.PoolClient) => Promise<T>): Promise<T> {
		let client: pg.PoolClient;
		try {
			client = await this.#pool.connect();
		} catch (error) {
			throw new AuthorizationError('UnableToConnectToProject', error);
		}
		let brokenBy: Error | undefined;
		try {
			await client.query('begin');
			return await ask(client);
		} catch (error) {
			throw refusal(error);
		} finally {
			await client.query('rollback').catch((error: Error) => {
				brokenBy = error;
			});
			client.release(brokenBy);
		}
	}
}

/** From here to the rollback the transaction is the caller's. Values travel as parameters, so no claim can inject. */
async function become(client: pg.PoolClient, { claims, headers }: Caller, topic: string): Promise<void> {
	await client.query({
		name: 'realtime_become',
		text: `select set_config('role', $1, true), set_config('realtime.topic', $2, true),
			set_config('request.jwt.claims', $3, true), set_config('request.jwt.claim.sub', $4, true),
			set_config('request.jwt.claim.role', $1, true), set_config('request.headers', $5, true)`,
		values: [claims.role, topic, JSON.stringify(claims), claims.sub ?? '', JSON.stringify(headers)],
	});
}

function refusal(error: unknown): AuthorizationError {
	const state = sqlState(error);
	if (state === undefined) return new AuthorizationError('UnableToConnectToProject', error);
	if (state === '57014') return new AuthorizationError('QueryCanceled', error);
	if (state === '23514' && isMissingPartition(error))
		return new AuthorizationError('MissingPartition', error);
	return new AuthorizationError('RlsPolicyError', error);
}

function isMissingPartition(error: unknown): boolean {
	const { schema, table } = error as { schema?: string; table?: string };
	return schema === 'realtime' && table === 'messages';
}

function sqlState(error: unknown): string | undefined {
	const code = (error as { code?: unknown }).code;
	return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
