import { error } from '@sveltejs/kit';
import * as profiles from '$lib/db/profiles';
import { m } from '$lib/paraglide/messages';
import type { PageServerLoad } from './$types';

/** For admins; to everybody else this page does not exist. */
export const load: PageServerLoad = async ({ locals, parent, url }) => {
	const { me } = await parent();
	if (me.role !== 'admin') error(404, m.error_not_found());
	const search = url.searchParams.get('q')?.trim().slice(0, 100) ?? '';
	return { search, people: await profiles.list(locals.supabase, { search }) };
};
