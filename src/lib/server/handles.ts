import type { Handle } from '@sveltejs/kit';
import { randomUUID } from 'node:crypto';
import { THEME_COOKIE, parseTheme, themeColorTags } from '$lib/account/theme';
import { ZONE_COOKIE, parseTimeZone } from '$lib/account/time-zone';
import { supabaseAddress } from '$lib/db/client';
import { m } from '$lib/paraglide/messages';
import { getTextDirection } from '$lib/paraglide/runtime';
import { paraglideMiddleware } from '$lib/paraglide/server';
import { describeError, log } from './log';
import { redirectFromHook, refuse } from './respond';
import { signInPath } from './safe-next';
import { secure } from './security-headers';
import { createRequestSupabase } from './supabase';

const REQUEST_ID = /^[\w-]{8,64}$/;
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Gives the request an id (a proxy's, if it looks like one) and logs one line of ids when it is answered. */
export const trackRequest: Handle = async ({ event, resolve }) => {
	const given = event.request.headers.get('x-request-id') ?? '';
	event.locals.requestId = REQUEST_ID.test(given) ? given : randomUUID();
	const startedAt = performance.now();
	const response = await resolve(event);
	response.headers.set('X-Request-Id', event.locals.requestId);
	log({
		event: 'request',
		requestId: event.locals.requestId,
		method: event.request.method,
		route: event.route.id,
		status: response.status,
		ms: Math.round(performance.now() - startedAt),
		userId: event.locals.userId,
	});
	return response;
};

/**
 * Secures every answer. What a later hook throws would leave SvelteKit without these headers, so it is answered here,
 * in plain text: by then there is no page to draw it on.
 */
export const secureAnswers: Handle = async ({ event, resolve }) => {
	let response: Response;
	try {
		response = await resolve(event);
	} catch (error) {
		log({
			event: 'failure',
			requestId: event.locals.requestId,
			errorId: event.locals.requestId,
			...describeError(error),
		});
		response = new Response(`${m.error_unexpected()} (${event.locals.requestId})`, { status: 500 });
	}
	secure(response.headers, { supabaseUrl: supabaseAddress().url, isHttps: event.url.protocol === 'https:' });
	return response;
};

/** Refuses writes that another site's page started; SvelteKit's own check covers form posts only. */
export const refuseCrossOrigin: Handle = ({ event, resolve }) => {
	const origin = event.request.headers.get('origin');
	const isForeign =
		(origin !== null && origin !== event.url.origin) ||
		event.request.headers.get('sec-fetch-site') === 'cross-site';
	if (isForeign && !SAFE_METHODS.includes(event.request.method)) {
		return refuse(event, 403, 'cross_origin', m.error_cross_origin());
	}
	return resolve(event);
};

/** Language, direction and theme are in the first byte of the page, so nothing flashes or shifts. */
export const personalise: Handle = ({ event, resolve }) => {
	event.locals.theme = parseTheme(event.cookies.get(THEME_COOKIE));
	event.locals.timeZone = parseTimeZone(event.cookies.get(ZONE_COOKIE));
	return paraglideMiddleware(event.request, ({ locale }) => {
		return resolve(event, {
			transformPageChunk: ({ html }) =>
				html
					.replace('%bedside.lang%', locale)
					.replace('%bedside.dir%', getTextDirection(locale))
					.replace('%bedside.theme%', event.locals.theme)
					.replace('%bedside.theme_color%', themeColorTags(event.locals.theme)),
		});
	});
};

/**
 * Settles who this is before anything answers: `getClaims()` verifies the token (a session read from a cookie proves
 * nothing) and may refresh it, which is why it must come before the response. Pages of `(app)` are for signed-in people.
 */
export const authenticate: Handle = async ({ event, resolve }) => {
	const supabase = createRequestSupabase(event);
	event.locals.supabase = supabase.client;
	const { data, error } = await supabase.client.auth.getClaims();
	event.locals.userId = data?.claims.sub ?? null;
	event.locals.authUnavailable = error !== null && (!error.status || error.status >= 500);

	const isGuarded = event.route.id?.startsWith('/(app)') ?? false;
	let response: Response;
	if (isGuarded && !event.locals.userId && !event.locals.authUnavailable) {
		response = redirectFromHook(event, signInPath(event.url));
		for (const cookie of supabase.setCookieHeaders) response.headers.append('Set-Cookie', cookie);
	} else {
		response = await resolve(event, {
			// supabase-js reads these two from answers that a load fetched.
			filterSerializedResponseHeaders: (name) =>
				name === 'content-range' || name === 'x-supabase-api-version',
		});
	}
	for (const [name, value] of Object.entries(supabase.cacheHeaders)) response.headers.set(name, value);
	// A signed-in page holds health data: the back button and shared caches must ask again.
	if (isGuarded && !response.headers.has('Cache-Control'))
		response.headers.set('Cache-Control', 'private, no-store');
	return response;
};
