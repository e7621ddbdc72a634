import { error, redirect } from '@sveltejs/kit';
import * as profiles from '$lib/db/profiles';
import { m } from '$lib/paraglide/messages';
import { typed } from '$lib/server/form';
import type { Actions, PageServerLoad } from './$types';

/** For admins; to everybody else this page does not exist. */
export const load: PageServerLoad = async ({ locals, parent }) => {
	const { me } = await parent();
	if (me.role !== 'admin') error(404, m.error_not_found());
	return { people: await profiles.list(locals.supabase) };
};

export const actions: Actions = {
	/** Posted, so that no name stands in an address; row security decides what the caller may find. */
	search: async ({ request, locals }) => {
		const search = typed(await request.formData(), 'q')
			.trim()
			.slice(0, 100);
		if (!search) redirect(303, '/admin');
		return { search, people: await profiles.list(locals.supabase, { search }) };
	},
};
