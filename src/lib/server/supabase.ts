import { createServerClient } from '@supabase/ssr';
import type { RequestEvent } from '@sveltejs/kit';
import { supabaseAddress, type Client } from '$lib/db/client';
import type { Database } from '$lib/db/types';

/** A cookie that Auth wanted written while this request ran, as a ready `Set-Cookie` value. */
export interface RequestSupabase {
	client: Client;
	setCookieHeaders: string[];
	/** no-store and the like: a response that sets a session must never be cached. */
	cacheHeaders: Record<string, string>;
}

/** One client for one request; the session lives in the request's cookies. */
export function createRequestSupabase(event: RequestEvent): RequestSupabase {
	const { url, key } = supabaseAddress();
	const request: Omit<RequestSupabase, 'client'> = { setCookieHeaders: [], cacheHeaders: {} };
	const client = createServerClient<Database>(url, key, {
		cookieOptions: { secure: event.url.protocol === 'https:', sameSite: 'lax', path: '/' },
		cookies: {
			getAll: () => event.cookies.getAll(),
			setAll: (cookies, headers) => {
				for (const { name, value, options } of cookies) {
					const settings = { ...options, path: options.path ?? '/' };
					event.cookies.set(name, value, settings);
					request.setCookieHeaders.push(event.cookies.serialize(name, value, settings));
				}
				Object.assign(request.cacheHeaders, headers);
			},
		},
	});
	return { client, ...request };
}
