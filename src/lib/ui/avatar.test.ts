import { describe, expect, it } from 'vitest';
import { colourIndex, initials } from './avatar';

describe('an avatar', () => {
	it('shows the first letters of the first and last name', () => {
		expect(initials('Dr. Amara Osei')).toBe('AO');
		expect(initials('Nguyễn Thu Hà')).toBe('NH');
		expect(initials('érica')).toBe('É');
		expect(initials('  ')).toBe('?');
	});

	it('keeps its colour', () => {
		expect(colourIndex('0198-a')).toBe(colourIndex('0198-a'));
		const seen = new Set(Array.from({ length: 50 }, (_, i) => colourIndex(`person-${i}`)));
		expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
	});
});
