import { describe, expect, it } from 'vitest';
import { CallWindow, RateCounter } from './limits.ts';

function createClock() {
	let now = 1_000_000;
	return {
		now: () => now,
		advance: (seconds: number) => {
			now += seconds * 1000;
		},
	};
}

describe('a rate', () => {
	it('counts a second only when it is over', () => {
		const clock = createClock();
		const rate = new RateCounter(10, clock.now);
		rate.add(100);
		expect(rate.isExceeded()).toBe(false);
		clock.advance(1);
		expect(rate.average()).toBe(100);
		expect(rate.isExceeded()).toBe(true);
	});

	it('averages over the seconds since the first event', () => {
		const clock = createClock();
		const rate = new RateCounter(10, clock.now);
		rate.add(30);
		clock.advance(3);
		expect(rate.average()).toBe(10);
		expect(rate.isExceeded()).toBe(true);
		clock.advance(1);
		expect(rate.isExceeded()).toBe(false);
	});

	it('forgets what is older than a minute', () => {
		const clock = createClock();
		const rate = new RateCounter(10, clock.now);
		rate.add(6000);
		clock.advance(30);
		rate.add(60);
		expect(rate.average()).toBe(200);
		clock.advance(31);
		expect(rate.average()).toBe(1);
		clock.advance(60);
		expect(rate.average()).toBe(0);
		rate.add(20);
		clock.advance(1);
		expect(rate.average()).toBe(20);
	});

	it('foresees a batch that would be too much', () => {
		const clock = createClock();
		const rate = new RateCounter(10, clock.now);
		rate.add(4);
		clock.advance(1);
		expect(rate.wouldExceed(6)).toBe(false);
		expect(rate.wouldExceed(7)).toBe(true);
	});
});

describe('a window of calls', () => {
	it('refuses one call too many, and none in the next window', () => {
		const clock = createClock();
		const calls = new CallWindow(2, 30_000, clock.now);
		expect([calls.take(), calls.take(), calls.take()]).toEqual([true, true, false]);
		clock.advance(30);
		expect(calls.take()).toBe(false);
		clock.advance(1);
		expect(calls.take()).toBe(true);
	});
});
