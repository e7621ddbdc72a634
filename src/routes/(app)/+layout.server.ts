import { redirect } from '@sveltejs/kit';
import * as profiles from '$lib/db/profiles';
import { requireUser } from '$lib/server/require-user';
import type { LayoutServerLoad } from './$types';

/** Who is signed in. The hook has turned everybody else away; this holds where Auth itself does not answer. */
export const load: LayoutServerLoad = async ({ locals, depends }) => {
	depends('app:me');
	const me = await profiles.find(locals.supabase, requireUser(locals));
	if (!me) {
		// A session without a person: the account was deleted, or the demo clinic was reset.
		await locals.supabase.auth.signOut({ scope: 'local' });
		redirect(303, '/sign-in');
	}
	return { me };
};
