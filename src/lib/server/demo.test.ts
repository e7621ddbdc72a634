import { describe, expect, it } from 'vitest';
import { demoEmail, isDemo } from './demo';

describe('the one-click demo log-ins', () => {
	it('exist only where the embedded stack says so', () => {
		expect(isDemo({ BEDSIDE_DEMO: '1' })).toBe(true);
		for (const BEDSIDE_DEMO of [undefined, '', '0', 'true', 'yes']) {
			expect(isDemo({ BEDSIDE_DEMO })).toBe(false);
			expect(demoEmail('patient1', { BEDSIDE_DEMO })).toBeNull();
		}
	});

	it('open no other account', () => {
		const env = { BEDSIDE_DEMO: '1' };
		expect(demoEmail('doctor1', env)).toBe('doctor1@bedside.test');
		for (const name of ['doctor9', 'root', '', null, 'patient1@bedside.test'])
			expect(demoEmail(name, env)).toBeNull();
	});
});
