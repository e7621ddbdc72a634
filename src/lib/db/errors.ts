/**
 * A refusal or failure of the database API, in the shape that every caller may rely on.
 *
 * `status` is the HTTP status, 0 when no answer came (network down, timeout): then nobody knows whether
 * the statement ran. `code` is the SQLSTATE or PostgREST's own code, `hint` our stable word for it
 * (`care_closed`, `not_a_member` …). The message is for logs of ids only, never for people.
 */
export class DbError extends Error {
	readonly code: string;
	readonly status: number;
	readonly hint: string | null;

	constructor(status: number, code: string, hint: string | null, message: string) {
		super(message);
		this.name = 'DbError';
		this.status = status;
		this.code = code;
		this.hint = hint;
	}

	/**
	 * Whether the same call may succeed later unchanged: no answer, a server's failure, an expired token
	 * that a refresh heals, or a limit. Every other 4xx is a decision that repeating does not alter.
	 */
	get isTransient(): boolean {
		return this.status === 0 || this.status >= 500 || [401, 408, 425, 429].includes(this.status);
	}
}

/** What supabase-js answers to a query or rpc. */
interface Answer<T> {
	data: T | null;
	error: { message: string; code?: string; hint?: string | null } | null;
	status: number;
}

/** The rows of an answer, or the DbError that it carries. */
export function unwrap<T>(answer: Answer<T>): T {
	const { data, error, status } = answer;
	if (error) throw new DbError(status, error.code ?? '', error.hint || null, error.message);
	if (data === null) throw new DbError(status, 'no_rows', null, 'The answer holds no rows');
	return data;
}
