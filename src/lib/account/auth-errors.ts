import { m } from '$lib/paraglide/messages';

/** The parts of supabase-js's AuthError that decide what a person is told. */
interface AuthFailure {
	status?: number;
	code?: string;
}

export type AuthProblem =
	| 'unavailable'
	| 'too_fast'
	| 'wrong_credentials'
	| 'unconfirmed'
	| 'weak_password'
	| 'same_password'
	| 'link_expired'
	| 'refused';

const PROBLEMS: Record<string, AuthProblem> = {
	invalid_credentials: 'wrong_credentials',
	user_not_found: 'wrong_credentials',
	email_not_confirmed: 'unconfirmed',
	weak_password: 'weak_password',
	same_password: 'same_password',
	otp_expired: 'link_expired',
	flow_state_expired: 'link_expired',
	flow_state_not_found: 'link_expired',
	over_request_rate_limit: 'too_fast',
	over_email_send_rate_limit: 'too_fast',
};

/** Sorts a failure of Auth by what the person can do about it. */
export function classifyAuthError({ status, code }: AuthFailure): AuthProblem {
	if (status === 429) return 'too_fast';
	if (!status || status >= 500) return 'unavailable';
	return PROBLEMS[code ?? ''] ?? 'refused';
}

const SENTENCES: Record<AuthProblem, () => string> = {
	unavailable: m.account_unavailable,
	too_fast: m.account_too_fast,
	wrong_credentials: m.account_wrong_credentials,
	unconfirmed: m.account_unconfirmed,
	weak_password: m.account_password_weak,
	same_password: m.account_password_same,
	link_expired: m.account_link_expired,
	refused: m.account_refused,
};

export function explainAuthProblem(problem: AuthProblem): string {
	return SENTENCES[problem]();
}

/** 400 for what the person can mend, 429 and 503 for what time mends. */
export function statusOfAuthProblem(problem: AuthProblem): number {
	return problem === 'unavailable' ? 503 : problem === 'too_fast' ? 429 : 400;
}
