import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createThrottle } from './throttle';

it('typing is told at once and then at most once every 2 seconds, however fast the keys', () => {
	fc.assert(
		fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (pauses) => {
			let time = 0;
			const mayTell = createThrottle(2_000, () => time);
			const told: number[] = [];
			for (const pause of pauses) {
				if (mayTell()) told.push(time);
				time += pause;
			}
			expect(told[0]).toBe(0);
			for (const [index, at] of told.slice(1).entries())
				expect(at - told[index]!).toBeGreaterThanOrEqual(2_000);
		}),
	);
});
