import { error, redirect } from '@sveltejs/kit';
import { m } from '$lib/paraglide/messages';

/**
 * The id of who is signed in, for a load of `(app)`. The hook has turned everybody else away, except where Auth did
 * not answer: then nobody knows, and the page says so.
 */
export function requireUser(locals: App.Locals): string {
	if (locals.authUnavailable) error(503, m.error_unavailable());
	if (!locals.userId) redirect(303, '/sign-in');
	return locals.userId;
}
