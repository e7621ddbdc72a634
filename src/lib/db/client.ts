import { env } from '$env/dynamic/public';
import { createBrowserClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import { TabOwner } from './tab-owner';
import type { Database } from './types';

/** A Supabase client that acts as one person: from the request on the server, from the tab in the browser. */
export type Client = SupabaseClient<Database>;

/** Where Supabase is; read at run time, so one build serves every environment. Throws a sentence when unset. */
export function supabaseAddress(): { url: string; key: string } {
	const url = env.PUBLIC_SUPABASE_URL;
	const key = env.PUBLIC_SUPABASE_PUBLISHABLE_KEY;
	if (!url || !key)
		throw new Error('Set PUBLIC_SUPABASE_URL and PUBLIC_SUPABASE_PUBLISHABLE_KEY before starting the app.');
	return { url, key };
}

/** Whom this tab belongs to; nobody before sign-in. */
export const tabOwner = new TabOwner((input, init) => fetch(input, init));

let browserClient: Client | undefined;

/** The tab's one client; shares the session with the server through cookies. Call it only in the browser. */
export function createBrowserSupabase(): Client {
	if (typeof document === 'undefined') throw new Error('createBrowserSupabase() was called on the server.');
	const { url, key } = supabaseAddress();
	return (browserClient ??= createBrowserClient<Database>(url, key, { global: { fetch: tabOwner.fetch } }));
}
