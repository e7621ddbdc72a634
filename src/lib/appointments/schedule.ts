import type { Appointment } from '$lib/db/appointments';

export interface Schedule {
	/** Asked and not yet answered, the soonest first. */
	waiting: Appointment[];
	/** Accepted: what keeps a conversation open, the soonest first. */
	accepted: Appointment[];
	/** Declined, cancelled or completed, the latest first. */
	past: Appointment[];
}

/** Sorts appointments by what can still be done about them. */
export function scheduleOf(appointments: Appointment[]): Schedule {
	const soonestFirst = appointments.toSorted((a, b) => a.starts_at.localeCompare(b.starts_at));
	const settled = (appointment: Appointment) => !['requested', 'accepted'].includes(appointment.status);
	return {
		waiting: soonestFirst.filter(({ status }) => status === 'requested'),
		accepted: soonestFirst.filter(({ status }) => status === 'accepted'),
		past: soonestFirst.filter(settled).reverse(),
	};
}

/** "Mon 24 Nov, 10:30–11:00" on the wall clock of `timeZone`. */
export function formatSlot(
	startsAt: string,
	endsAt: string,
	view: { timeZone: string; locale: string },
): string {
	const [start, end] = [new Date(startsAt), new Date(endsAt)];
	const { timeZone, locale } = view;
	const isThisYear = new Date().getUTCFullYear() === start.getUTCFullYear();
	const day = new Intl.DateTimeFormat(locale, {
		timeZone,
		weekday: 'short',
		day: 'numeric',
		month: 'short',
		year: isThisYear ? undefined : 'numeric',
	}).format(start);
	const clock = new Intl.DateTimeFormat(locale, {
		timeZone,
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
	});
	return `${day}, ${clock.format(start)}–${clock.format(end)}`;
}
