import { fail, redirect, type RequestEvent } from '@sveltejs/kit';
import { APPOINTMENTS } from '$lib/appointments/limits';
import { explainRefusal } from '$lib/appointments/refusals';
import { scheduleOf } from '$lib/appointments/schedule';
import * as appointments from '$lib/db/appointments';
import type { Client } from '$lib/db/client';
import * as conversations from '$lib/db/conversations';
import { typed } from '$lib/server/form';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent, depends }) => {
	depends(APPOINTMENTS);
	const { me } = await parent();
	return { schedule: scheduleOf(await appointments.list(locals.supabase, me.id)) };
};

/** A move of the status machine as a form action: the row says why when it is refused. */
function move(make: (client: Client, id: string, reason: string | undefined) => Promise<unknown>) {
	return async ({ request, locals }: RequestEvent) => {
		const form = await request.formData();
		const id = typed(form, 'appointment');
		try {
			await make(locals.supabase, id, typed(form, 'reason').trim() || undefined);
		} catch (error) {
			const { status, message } = explainRefusal(error);
			return fail(status, { id, message });
		}
		return { id };
	};
}

export const actions: Actions = {
	accept: move((client, id) => appointments.answer(client, id, true)),
	decline: move((client, id, reason) => appointments.answer(client, id, false, reason)),
	cancel: move((client, id, reason) => appointments.cancel(client, id, reason)),

	write: async ({ request, locals }) => {
		const form = await request.formData();
		let conversation: { id: string };
		try {
			conversation = await conversations.start(locals.supabase, typed(form, 'person'));
		} catch (error) {
			const { status, message } = explainRefusal(error);
			return fail(status, { id: typed(form, 'appointment'), message });
		}
		redirect(303, `/conversations/${conversation.id}`);
	},
};
