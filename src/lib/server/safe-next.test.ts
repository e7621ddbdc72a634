import { describe, expect, it } from 'vitest';
import { safeNext, signInPath } from './safe-next';

describe('where sign-in leads', () => {
	it('returns to a path of this site with its query', () => {
		expect(safeNext('/appointments?doctor=1')).toBe('/appointments?doctor=1');
		expect(safeNext('/conversations/0198-a')).toBe('/conversations/0198-a');
	});

	it('never leaves this site', () => {
		const hostile = [
			'https://evil.test',
			'//evil.test',
			'/\\evil.test',
			'\\\\evil.test',
			'/\t/evil.test',
			'/\n/evil.test',
			'javascript:alert(1)',
			'evil.test',
			'/..//evil.test',
			'/.//evil.test',
			'',
			' /x',
			null,
			undefined,
		];
		for (const next of hostile) expect(safeNext(next), String(next)).toBe('/conversations');
	});

	it('drops the fragment, which no server ever sees', () => {
		expect(safeNext('/people#a')).toBe('/people');
	});

	it('remembers the page that asked, except home', () => {
		expect(signInPath(new URL('http://x/appointments?doctor=1'))).toBe(
			'/sign-in?next=%2Fappointments%3Fdoctor%3D1',
		);
		expect(signInPath(new URL('http://x/conversations'))).toBe('/sign-in');
	});
});
