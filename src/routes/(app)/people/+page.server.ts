import { redirect } from '@sveltejs/kit';
import { APPOINTMENTS } from '$lib/appointments/limits';
import * as conversations from '$lib/db/conversations';
import * as doctors from '$lib/db/doctors';
import { typed } from '$lib/server/form';
import type { Actions, PageServerLoad } from './$types';

const PAGE_SIZE = 50;

/** Doctors see the patients they share a conversation with, patients the directory; admins have a page of their own. */
export const load: PageServerLoad = async ({ locals, parent, url, depends }) => {
	depends(APPOINTMENTS);
	const { me } = await parent();
	if (me.role === 'admin') redirect(303, '/admin');
	const isDoctor = me.role === 'doctor';
	const before = url.searchParams.get('before') ?? undefined;
	const [shared, directory] = await Promise.all([
		conversations.list(locals.supabase, isDoctor ? { before, pageSize: PAGE_SIZE } : { pageSize: PAGE_SIZE }),
		isDoctor ? [] : doctors.list(locals.supabase),
	]);
	const last = shared.at(-1);
	return {
		patients: isDoctor ? shared : [],
		nextPage: isDoctor && shared.length === PAGE_SIZE ? (last?.cursor ?? null) : null,
		doctors: directory.map((doctor) => {
			const conversation = shared.find(({ other_id }) => other_id === doctor.profile_id);
			return {
				...doctor,
				conversationId: conversation?.id ?? null,
				isInCare: conversation?.care_open ?? false,
			};
		}),
	};
};

export const actions: Actions = {
	/** Posted, because a patient's name has no place in an address: histories and proxies keep those. */
	search: async ({ request, locals }) => {
		const search = typed(await request.formData(), 'q')
			.trim()
			.slice(0, 100);
		if (!search) redirect(303, '/people');
		return { search, patients: await conversations.list(locals.supabase, { search, pageSize: PAGE_SIZE }) };
	},
};
