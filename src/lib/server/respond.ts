import { json, type RequestEvent } from '@sveltejs/kit';

/**
 * A redirect made in a hook, in the form that the caller understands: a navigation, SvelteKit's data request, or an
 * enhanced form. Returned rather than thrown, so that the hooks around it still put their headers on.
 */
export function redirectFromHook(event: RequestEvent, location: string): Response {
	if (event.isDataRequest) return json({ type: 'redirect', location });
	const isEnhancedForm = event.request.headers.get('x-sveltekit-action') === 'true';
	if (isEnhancedForm) return json({ type: 'redirect', status: 303, location });
	return new Response(null, { status: 303, headers: { location } });
}

/** The envelope of our own API: `{error: {code, message, requestId}}`. */
export function refuse(event: RequestEvent, status: number, code: string, message: string): Response {
	return json({ error: { code, message, requestId: event.locals.requestId } }, { status });
}
