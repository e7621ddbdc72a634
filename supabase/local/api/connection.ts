import type { Kysely } from 'kysely';
import { createPostgresConnection, PostgresConnection } from '@supabase/lite/postgres';
import {
	answerDatabaseError,
	keepGrants,
	keepServedSchemas,
	postgresOptions,
	systemPostgresOptions,
} from './adaptations.ts';
import { openSession, runAs, type Caller, type Session } from './session.ts';

type ConnectionContext = NonNullable<Parameters<PostgresConnection['withContext']>[2]>;
type RequestVars = Parameters<PostgresConnection['withContext']>[0];
type Introspection = Awaited<ReturnType<PostgresConnection['introspect']>>;

const requestPoolSize = 12;
const systemPoolSize = 4;

/**
 * The database as the API sees it, over three pools:
 * - *system* (inherited `this.kysely`): Auth's and Storage's own tables, as `authenticator`;
 * - *requests*: everything a client asks for. Its sessions rest in the role `anon`, and each request runs in one
 *   transaction whose role and claims are local to it, so a statement that somehow ran outside of one could do no
 *   more than an anonymous caller;
 * - *catalogue*: reads the schema, as the owner of the tables, because `information_schema` hides from everybody
 *   else what they hold no grant on.
 */
export class ApiConnection extends PostgresConnection {
	#requests: PostgresConnection;
	#openRequestPool: () => PostgresConnection;
	#catalogue: PostgresConnection;
	#schema: Promise<Introspection> | undefined;
	#retired = new Set<PostgresConnection>();
	#opening = new Set<Promise<unknown>>();

	/**
	 * @param dbUrl login role `authenticator`
	 * @param catalogUrl login role `postgres`; used for nothing but introspection
	 */
	constructor(dbUrl: string, catalogUrl: string) {
		super({ url: dbUrl, postgresOptions: systemPostgresOptions({ max: systemPoolSize }) });

		keepGrants(this);
		this.#openRequestPool = () =>
			createPostgresConnection({
				url: dbUrl,
				postgresOptions: postgresOptions({ max: requestPoolSize, connection: { role: 'anon' } }),
			});
		this.#requests = this.#openRequestPool();
		this.#catalogue = createPostgresConnection({
			url: catalogUrl,
			postgresOptions: postgresOptions({ max: 1, idle_timeout: 10 }),
		});
	}

	override introspect(options?: { useCache?: boolean }): Promise<Introspection> {
		if (options?.useCache !== true) return this.#readSchema();
		this.#schema ??= this.#readSchema().catch((error: unknown) => {
			this.#schema = undefined;
			throw error;
		});
		return this.#schema;
	}

	/**
	 * Reads the schema again and renews the request pool: a prepared statement from before a migration would fail
	 * with "cached plan must not change result type". Requests under way finish on the old pool, which is not told to
	 * end while any of them waits for a connection: postgres.js would forget that one.
	 */
	async reloadSchema(): Promise<void> {
		const schema = await this.#readSchema();
		this.#schema = Promise.resolve(schema);
		const old = this.#requests;
		this.#requests = this.#openRequestPool();
		this.#retired.add(old);
		void Promise.allSettled(this.#opening)
			.then(() => old.driver.end({ timeout: 10 }))
			.finally(() => this.#retired.delete(old));
	}

	/** Calls back on every `notify pgrst`, as PostgREST does, with the payload (`reload schema`). */
	async listen(onNotification: (payload: string) => void): Promise<void> {
		await this.driver.listen('pgrst', onNotification);
	}

	override async withContext<T>(
		vars: RequestVars,
		work: (db: Kysely<unknown>) => Promise<T>,
		options?: ConnectionContext,
	): Promise<T> {
		if (!vars) throw new Error('A request without a caller must not reach the database.');
		if (options?.transaction) return super.withContext(vars, work, options);
		const caller = readCaller(vars);
		try {
			return await runAs(await this.#openSession(), caller, work, options);
		} catch (error) {
			// For REST the result is the response itself, so a refusal can be answered here (see adaptations.ts).
			const answer = 'storage' in vars ? undefined : answerDatabaseError(error, caller.role);
			if (!answer) throw error;
			return answer as T;
		}
	}

	override async close(): Promise<void> {
		const soon = { timeout: 2 };
		const pools = [this, this.#requests, this.#catalogue, ...this.#retired];
		await Promise.all(pools.map(({ driver }) => driver.end(soon)));
	}

	#openSession(): Promise<Session> {
		const opening = openSession(this.#requests.driver);
		this.#opening.add(opening);
		return opening.finally(() => this.#opening.delete(opening));
	}

	async #readSchema(attempts = 3): Promise<Introspection> {
		const schema = keepServedSchemas(await this.#catalogue.introspect());
		// It answers with an empty schema when a query failed, which happens when a table is dropped just then.
		// Postgres always knows time zones.
		if (schema.timezones?.length) return schema;
		if (attempts === 1) throw new Error('a query of the catalogue failed.');
		await new Promise((resolve) => setTimeout(resolve, 100));
		return this.#readSchema(attempts - 1);
	}
}

function readCaller(vars: NonNullable<RequestVars>): Caller {
	const auth = (vars.auth ?? {}) as { role?: unknown; jwt?: unknown };
	const storage = (vars.storage ?? {}) as { operation?: unknown };
	const claims = auth.jwt && typeof auth.jwt === 'object' ? (auth.jwt as Record<string, unknown>) : null;
	return {
		role: typeof auth.role === 'string' && auth.role !== '' ? auth.role : 'anon',
		claims: claims ? JSON.stringify(claims) : '',
		storageOperation: typeof storage.operation === 'string' ? storage.operation : '',
	};
}
