export const ZONE_COOKIE = 'time_zone';

/** A known IANA zone, or UTC. */
export function parseTimeZone(value: string | null | undefined): string {
	if (!value) return 'UTC';
	try {
		return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
	} catch {
		return 'UTC';
	}
}

/** Minutes that `zone` is ahead of UTC at `instant`. */
function offsetMinutes(instant: Date, zone: string): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone: zone,
		timeZoneName: 'longOffset',
	}).formatToParts(instant);
	const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
	const match = /^GMT([+-])(\d{2}):(\d{2})/.exec(name);
	if (!match) return 0;
	return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

/**
 * The instant at which a wall clock in `zone` shows `date` (YYYY-MM-DD) and `time` (HH:mm).
 *
 * Null when there is none: the values are malformed, or clocks jump over that time. When clocks go back and show it
 * twice, the first one.
 */
export function instantInZone(date: string, time: string, zone: string): Date | null {
	if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !/^\d{2}:\d{2}$/.test(time)) return null;
	const wall = Date.parse(`${date}T${time}:00Z`);
	if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(`${date}T${time}`)) return null;
	// A zone's offsets a day before and after include the one that holds here.
	const day = 24 * 60 * 60_000;
	const offsets = [wall - day, wall + day].map((at) => offsetMinutes(new Date(at), zone));
	const instants = offsets
		.map((offset) => new Date(wall - offset * 60_000))
		.filter((instant) => instant.getTime() + offsetMinutes(instant, zone) * 60_000 === wall)
		.sort((a, b) => a.getTime() - b.getTime());
	return instants[0] ?? null;
}

/** The calendar day (YYYY-MM-DD) of an instant in a zone. */
export function dayInZone(instant: Date, zone: string): string {
	const parts = new Intl.DateTimeFormat('en-CA', {
		timeZone: zone,
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
	});
	return parts.format(instant);
}
