import { describe, expect, it } from 'vitest';
import { formatMinutes, parseInterval } from './duration';

describe('how soon a doctor usually answers', () => {
	it('is read from what Postgres writes', () => {
		expect(parseInterval('04:00:00')).toBe(240);
		expect(parseInterval('1 day')).toBe(1440);
		expect(parseInterval('2 days 01:30:00')).toBe(2970);
		for (const odd of ['', '1 mon', 'soon']) expect(parseInterval(odd)).toBeNull();
	});

	it('is told in the largest whole unit', () => {
		expect(formatMinutes(240, 'en')).toBe('4 hours');
		expect(formatMinutes(1440, 'en')).toBe('1 day');
		expect(formatMinutes(90, 'en')).toBe('90 minutes');
	});
});
