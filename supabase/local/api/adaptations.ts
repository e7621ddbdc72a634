/**
 * Everything in which `@supabase/lite` 0.10 differs from what a hosted project answers, mended from outside, one
 * function for each gap; Storage (`storage-adaptations.ts`) and the links in mails (`email-links.ts`) have files of their own. Each has a test in
 * `adaptations.*.stack.test.ts` that also shows the gap itself: it fails when upstream mends it, and then the
 * function can go.
 */
import type { createPostgresConnection } from '@supabase/lite/postgres';

type PostgresOptions = NonNullable<Parameters<typeof createPostgresConnection>[0]['postgresOptions']>;

/** Gap: `timestamptz` and `timestamp` outside of SQL-built JSON come as Postgres prints them. PostgREST: ISO 8601. */
export function toIsoTimestamp(printed: string): string {
	return printed.replace(
		/^(\S+) (\d\d:\d\d:[\d.]+)([+-]\d\d)?(:\d\d)?/,
		(_, date: string, time: string, hours?: string, minutes = ':00') =>
			`${date}T${time}${hours ? hours + minutes : ''}`,
	);
}

/** Gap: `numeric` comes as a string where trailing zeros would be lost. PostgREST: a JSON number. */
export function toJsonNumber(printed: string): number | string {
	const value = Number(printed);
	return Number.isFinite(value) ? value : printed;
}

/** Gap: whatever is not `true` itself goes in as false, also "yes" and "t". PostgREST: PostgreSQL reads it, or refuses. */
function fromBoolean(value: unknown): string {
	return String(value);
}

/** Gap: every NOTICE is printed to the console. */
function ignoreNotice(): void {}

/** Options of a connection pool with the adaptations that live in the driver. */
export function postgresOptions(options: PostgresOptions): PostgresOptions {
	const asPrinted = (printed: string) => printed;
	return {
		max_lifetime: null, // a connection that ends may take a waiting request with it (session.ts)
		...options,
		onnotice: ignoreNotice,
		types: {
			// Gap: `bytea` comes as Node prints a Buffer, and goes in as the bytes of its own notation.
			bool: { to: 16, from: [16], serialize: fromBoolean, parse: (printed: string) => printed === 't' },
			bytea: { to: 17, from: [17], serialize: String, parse: asPrinted },
			numeric: { to: 1700, from: [1700], serialize: String, parse: toJsonNumber },
			timestamp: { to: 1114, from: [1114], serialize: String, parse: toIsoTimestamp },
			timestamptz: { to: 1184, from: [1184], serialize: String, parse: toIsoTimestamp },
		},
	};
}

/**
 * Gap: Auth hands its JSON columns over as text, which the driver turns into JSON once more: a person's metadata
 * becomes one JSON string, in which no trigger finds a name. For the pool of Auth and Storage.
 */
export function systemPostgresOptions(options: PostgresOptions): PostgresOptions {
	const { types, ...rest } = postgresOptions(options);
	const serialize = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
	const jsonb = { to: 3802, from: [3802], serialize, parse: JSON.parse };
	return { ...rest, types: { ...types, jsonb } };
}

/**
 * Gap: the first request grants `all` on every table that has row security, in every schema, to anon and
 * authenticated, and creates roles. A hosted project grants what its migrations grant.
 */
export function keepGrants(connection: object): void {
	Object.assign(connection, { rlsState: 'active' });
}

interface DatabaseError {
	code: string;
	message: string;
	detail?: string;
	hint?: string;
}

/** PostgREST's HTTP status for an SQLSTATE (docs.postgrest.org, "Errors"). */
export function statusOf(sqlState: string, role: string): number {
	const raised = /^PT(\d{3})$/.exec(sqlState);
	if (raised) return Number(raised[1]);
	const exact: Record<string, number> = {
		'23503': 409,
		'23505': 409,
		'25006': 405,
		'42883': 404,
		'42P01': 404,
		'42P17': 500,
		'42501': role === 'anon' ? 401 : 403,
		'53400': 500,
		P0001: 400,
	};
	const ofClass: Record<string, number> = {
		'08': 503,
		'09': 500,
		'0L': 403,
		'0P': 403,
		'25': 500,
		'28': 403,
		'2D': 500,
		'38': 500,
		'39': 500,
		'3B': 500,
		'40': 500,
		'53': 503,
		'54': 500,
		'55': 500,
		'57': 500,
		'58': 500,
		F0: 500,
		HV: 500,
		P0: 500,
		XX: 500,
	};
	return exact[sqlState] ?? ofClass[sqlState.slice(0, 2)] ?? 400;
}

/**
 * Gap: a violated check or exclusion constraint, a plain `raise exception` and others become 500 with the code `SUP`,
 * a duplicate key loses its hint, and each error is printed with its details, which hold the row.
 * PostgREST's answer for an error of the database; undefined for any other error, which lite knows how to answer.
 */
export function answerDatabaseError(error: unknown, role: string): Response | undefined {
	if (!(error instanceof Error) || !('code' in error)) return undefined;
	const { code, message, detail = null, hint = null } = error as DatabaseError;
	const answer = (status: number, body: object) =>
		Response.json({ code, details: detail, hint, message, ...body }, { status });
	if (error.name === 'PostgresError') return answer(statusOf(code, role), {});
	if (code === 'PGRST003') return answer(504, {});
	if (!/^(CONNECT|ECONN)/.test(code)) return undefined;
	return answer(503, { code: 'PGRST000', message: 'Database connection error. Retrying the connection.' });
}

/** Gap: a change that is answered with an error, such as `single()` over two rows, is kept. PostgREST undoes it. */
export function isRefusal(result: unknown): boolean {
	return result instanceof Response && result.status >= 400;
}

const servedSchemas = ['public', 'auth', 'storage'];

/**
 * Gap: the columns of an embedded table are found by its name alone, in any schema, so `realtime.messages` stands in for
 * `public.messages`. Leaves in the catalogue what is served.
 */
export function keepServedSchemas<Catalogue extends object>(catalogue: Catalogue): Catalogue {
	const isServed = (entry: { schema?: string }) => !entry.schema || servedSchemas.includes(entry.schema);
	const lists = Object.entries(catalogue).map(([name, list]: [string, unknown]) => [
		name,
		Array.isArray(list) ? list.filter(isServed) : list,
	]);
	return Object.fromEntries(lists) as Catalogue;
}

type Middleware = (
	context: {
		req: { path: string; header(name: string): string | undefined };
		set(name: string, value: string): void;
	},
	next: () => Promise<void>,
) => Promise<void>;

/**
 * Gap: each REST request with a user's token looks up user and session in `auth`, two round trips whose result it does
 * not use. PostgREST checks the signature alone. The placeholders only fill the place that the lookup would fill: the
 * token is verified after this, and who asks is read from its claims (`readCaller`), never from here.
 */
export const restSkipsSessionLookup: Middleware = async (context, next) => {
	if (context.req.path.startsWith('/rest/v1/')) {
		context.set('userId', 'not-looked-up');
		context.set('sessionId', 'not-looked-up');
	}
	await next();
};
