import { describe, expect, it } from 'vitest';
import { dayInZone, instantInZone, parseTimeZone } from './time-zone';

const at = (date: string, time: string, zone: string) =>
	instantInZone(date, time, zone)?.toISOString() ?? null;

describe('a time chosen on a wall clock', () => {
	it('is read in the zone of the person who chose it', () => {
		expect(at('2026-11-24', '10:30', 'UTC')).toBe('2026-11-24T10:30:00.000Z');
		expect(at('2026-11-24', '10:30', 'Asia/Ho_Chi_Minh')).toBe('2026-11-24T03:30:00.000Z');
		expect(at('2026-11-24', '10:30', 'America/Sao_Paulo')).toBe('2026-11-24T13:30:00.000Z');
		expect(at('2026-11-24', '10:30', 'Asia/Kathmandu')).toBe('2026-11-24T04:45:00.000Z');
	});

	it('follows daylight saving', () => {
		expect(at('2026-07-01', '09:00', 'Europe/Lisbon')).toBe('2026-07-01T08:00:00.000Z');
		expect(at('2026-12-01', '09:00', 'Europe/Lisbon')).toBe('2026-12-01T09:00:00.000Z');
		expect(at('2026-03-29', '00:59', 'Europe/Lisbon')).toBe('2026-03-29T00:59:00.000Z');
		expect(at('2026-03-29', '02:00', 'Europe/Lisbon')).toBe('2026-03-29T01:00:00.000Z');
	});

	it('does not exist in the hour that clocks skip', () => {
		expect(at('2026-03-29', '01:30', 'Europe/Lisbon')).toBeNull();
		expect(at('2026-03-08', '02:30', 'America/New_York')).toBeNull();
	});

	it('is the first of the two when clocks go back', () => {
		expect(at('2026-11-01', '01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
		expect(at('2026-10-25', '01:30', 'Europe/Lisbon')).toBe('2026-10-25T00:30:00.000Z');
	});

	it('is refused when malformed', () => {
		for (const [date, time] of [
			['2026-02-30', '10:00'],
			['2026-11-24', '25:00'],
			['24.11.2026', '10:00'],
			['', ''],
		]) {
			expect(at(date ?? '', time ?? '', 'UTC')).toBeNull();
		}
	});
});

describe('a time zone', () => {
	it('is a known one, or UTC', () => {
		expect(parseTimeZone('Europe/Lisbon')).toBe('Europe/Lisbon');
		for (const zone of [undefined, '', 'Mars/Olympus', '../etc']) expect(parseTimeZone(zone)).toBe('UTC');
	});

	it('decides which day it is', () => {
		const instant = new Date('2026-11-24T22:30:00Z');
		expect(dayInZone(instant, 'Asia/Ho_Chi_Minh')).toBe('2026-11-25');
		expect(dayInZone(instant, 'America/Sao_Paulo')).toBe('2026-11-24');
	});
});
