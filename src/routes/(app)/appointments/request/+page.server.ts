import { fail, redirect } from '@sveltejs/kit';
import { explainRefusal } from '$lib/appointments/refusals';
import { AppointmentWish, firstDay, slotOf } from '$lib/appointments/wish';
import * as appointments from '$lib/db/appointments';
import * as doctors from '$lib/db/doctors';
import { parseForm, typed, type FieldErrors } from '$lib/server/form';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, parent, url }) => {
	const { me } = await parent();
	if (me.role !== 'patient') redirect(303, '/appointments');
	const all = await doctors.list(locals.supabase);
	return {
		doctors: all.filter(({ accepting }) => accepting),
		chosen: url.searchParams.get('doctor') ?? '',
		firstDay: firstDay(locals.timeZone, new Date()),
	};
};

export const actions: Actions = {
	default: async ({ request, locals }) => {
		const form = await request.formData();
		const given = {
			doctor: typed(form, 'doctor'),
			date: typed(form, 'date'),
			time: typed(form, 'time'),
			minutes: typed(form, 'minutes'),
			reason: typed(form, 'reason'),
		};
		const { values, errors } = parseForm(form, AppointmentWish);
		if (errors) return fail(400, { given, errors });
		const slot = slotOf(values, locals.timeZone, new Date());
		if (slot.error !== undefined) {
			const late: FieldErrors<AppointmentWish> = { time: slot.error };
			return fail(400, { given, errors: late });
		}
		try {
			await appointments.request(locals.supabase, {
				doctorId: values.doctor,
				startsAt: slot.startsAt,
				endsAt: slot.endsAt,
				reason: values.reason,
			});
		} catch (error) {
			const { status, message } = explainRefusal(error);
			return fail(status, { given, message });
		}
		redirect(303, '/appointments');
	},
};
