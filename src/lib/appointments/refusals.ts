import { DbError } from '$lib/db/errors';
import { m } from '$lib/paraglide/messages';

const SENTENCES: Record<string, () => string> = {
	slot_taken: m.appointment_refused_slot_taken,
	wrong_state: m.appointment_refused_wrong_state,
	bad_time: m.appointment_refused_bad_time,
	too_long: m.appointment_refused_too_long,
	too_fast: m.appointment_refused_too_fast,
	suspended: m.account_suspended_title,
	care_closed: m.appointment_refused_care_closed,
	not_a_member: m.appointment_refused_not_found,
};

/** What a refused or unreachable call is told as, with its HTTP status. Anything unexpected is thrown on. */
export function explainRefusal(error: unknown): { status: number; message: string } {
	if (!(error instanceof DbError)) throw error;
	const sentence = SENTENCES[error.hint ?? ''];
	if (sentence) return { status: error.status, message: sentence() };
	if (error.isTransient) return { status: 503, message: m.error_unavailable() };
	throw error;
}
