/** Minutes of an interval as Postgres writes it (`04:00:00`, `1 day 02:30:00`), or null when it holds months or years. */
export function parseInterval(interval: string): number | null {
	const match = /^(?:(\d+) days? ?)?(?:(\d+):(\d{2}):\d{2}(?:\.\d+)?)?$/.exec(interval);
	if (!match || match[0] === '') return null;
	const [days, hours, minutes] = [match[1], match[2], match[3]].map((part) => Number(part ?? 0));
	return ((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0);
}

/** "4 hours", "1 day": the largest unit that tells it whole, in the reader's language. */
export function formatMinutes(minutes: number, locale: string): string {
	const [value, unit] =
		minutes % 1440 === 0
			? [minutes / 1440, 'day']
			: minutes % 60 === 0
				? [minutes / 60, 'hour']
				: [minutes, 'minute'];
	return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}
