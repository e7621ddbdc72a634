import type { HandleClientError } from '@sveltejs/kit';
import { m } from '$lib/paraglide/messages';

/** A network failure while navigating gets its own sentence; anything else an id that a report can quote. */
export const handleError: HandleClientError = ({ error, status }) => {
	if (status === 404) return { message: m.error_not_found() };
	if (!navigator.onLine) return { message: m.error_offline() };
	console.error(error);
	return { message: m.error_unexpected(), errorId: crypto.randomUUID() };
};
