import { z } from 'zod';
import { dayInZone, instantInZone } from '$lib/account/time-zone';
import { m } from '$lib/paraglide/messages';
import { DURATIONS, REASON_MAX } from './limits';

/** The form that asks for an appointment; the time is the asker's wall clock. */
export const AppointmentWish = z.object({
	doctor: z.guid({ error: () => m.appointment_doctor_missing() }),
	date: z.string().min(1, { error: () => m.appointment_date_missing() }),
	time: z.string().min(1, { error: () => m.appointment_time_missing() }),
	minutes: z.coerce.number().refine((value) => DURATIONS.some((minutes) => minutes === value)),
	reason: z
		.string()
		.trim()
		.max(REASON_MAX, { error: () => m.appointment_refused_too_long() })
		.optional(),
});
export type AppointmentWish = z.infer<typeof AppointmentWish>;

export type Slot = { startsAt: Date; endsAt: Date; error?: undefined } | { error: string };

/** The instants of a wish, or why there are none: the clock skips that time, or it has passed. */
export function slotOf(wish: AppointmentWish, timeZone: string, now: Date): Slot {
	const startsAt = instantInZone(wish.date, wish.time, timeZone);
	if (!startsAt) return { error: m.appointment_time_skipped() };
	if (startsAt <= now) return { error: m.appointment_time_past() };
	return { startsAt, endsAt: new Date(startsAt.getTime() + wish.minutes * 60_000) };
}

/** The first day that can be asked for, where the asker is. */
export function firstDay(timeZone: string, now: Date): string {
	return dayInZone(now, timeZone);
}
