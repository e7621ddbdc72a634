export interface TimeView {
	timeZone: string;
	locale: string;
}

const DAY = 24 * 60 * 60_000;

/** Whole calendar days between two instants as a wall calendar in `timeZone` counts them. */
function daysBetween(earlier: Date, later: Date, timeZone: string): number {
	const day = new Intl.DateTimeFormat('en-CA', {
		timeZone,
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
	});
	return Math.round((Date.parse(day.format(later)) - Date.parse(day.format(earlier))) / DAY);
}

function capitalise(text: string, locale: string): string {
	return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** As a list shows it: the time today, "Yesterday", a weekday within a week, then a date. */
export function formatListTime(at: Date, now: Date, { timeZone, locale }: TimeView): string {
	const format = (options: Intl.DateTimeFormatOptions) =>
		new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(at);
	const days = daysBetween(at, now, timeZone);
	if (days <= 0 && now.getTime() - at.getTime() > -DAY)
		return format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
	if (days === 1)
		return capitalise(new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-1, 'day'), locale);
	if (days > 0 && days < 7) return format({ weekday: 'short' });
	const isThisYear =
		format({ year: 'numeric' }) ===
		new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric' }).format(now);
	return format(
		isThisYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' },
	);
}

/** In full, for the title and for screen readers: weekday, date and time. */
export function formatFullTime(at: Date, { timeZone, locale }: TimeView): string {
	return new Intl.DateTimeFormat(locale, {
		timeZone,
		dateStyle: 'full',
		timeStyle: 'short',
		hourCycle: 'h23',
	} as Intl.DateTimeFormatOptions).format(at);
}
