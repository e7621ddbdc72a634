import { describe, expect, it } from 'vitest';
import { formatFullTime, formatListTime } from './relative-time';

const now = new Date('2026-11-20T15:00:00Z');
const view = { timeZone: 'Europe/Lisbon', locale: 'en-GB' };
const shown = (at: string) => formatListTime(new Date(at), now, view);

describe('a time in a list', () => {
	it('is a clock time today, then yesterday, a weekday, a date', () => {
		expect(shown('2026-11-20T10:12:00Z')).toBe('10:12');
		expect(shown('2026-11-19T23:50:00Z')).toBe('Yesterday');
		expect(shown('2026-11-17T09:00:00Z')).toBe('Tue');
		expect(shown('2026-11-02T09:00:00Z')).toBe('2 Nov');
		expect(shown('2025-11-02T09:00:00Z')).toBe('2 Nov 2025');
	});

	it("counts days by the reader's calendar", () => {
		const hanoi = { timeZone: 'Asia/Ho_Chi_Minh', locale: 'en-GB' };
		expect(formatListTime(new Date('2026-11-19T18:00:00Z'), now, hanoi)).toBe('01:00');
	});

	it("is a clock time when the sender's clock runs a little ahead", () => {
		expect(shown('2026-11-20T15:00:30Z')).toBe('15:00');
	});

	it('is told in full on demand', () => {
		expect(formatFullTime(new Date('2026-11-20T10:12:00Z'), view)).toMatch(/Friday.*20 November 2026.*10:12/);
	});
});
