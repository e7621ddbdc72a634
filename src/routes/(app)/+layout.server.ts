import { error, redirect } from '@sveltejs/kit';
import { m } from '$lib/paraglide/messages';
import * as profiles from '$lib/db/profiles';
import type { LayoutServerLoad } from './$types';

/** Who is signed in. The hook has turned everybody else away; this holds where Auth itself does not answer. */
export const load: LayoutServerLoad = async ({ locals, depends }) => {
	depends('app:me');
	if (locals.authUnavailable) error(503, m.error_unavailable());
	if (!locals.userId) redirect(303, '/sign-in');
	const me = await profiles.find(locals.supabase, locals.userId);
	if (!me) {
		// A session without a person: the account was deleted, or the demo clinic was reset.
		await locals.supabase.auth.signOut({ scope: 'local' });
		redirect(303, '/sign-in');
	}
	return { me };
};
