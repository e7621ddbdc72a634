import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, deliveryOf, type Delivery } from './delivery';

const states: Delivery[] = ['queued', 'sending', 'failed', 'sent', 'delivered', 'read'];
const steps = [
	'queued>sending',
	'sending>sent',
	'sending>failed',
	'failed>queued',
	'sent>delivered',
	'delivered>read',
];

describe('delivery of a message', () => {
	it('takes the six allowed steps and throws on every other one', () => {
		for (const from of states) {
			for (const to of states) {
				if (steps.includes(`${from}>${to}`)) expect(advance(from, to)).toBe(to);
				else expect(() => advance(from, to), `${from} → ${to}`).toThrow(`from ${from} to ${to}`);
			}
		}
	});

	it('only moves forward as receipts grow', () => {
		const rank = (seq: number, read: number, delivered: number) =>
			states.indexOf(deliveryOf(seq, { read_seq: read, delivered_seq: Math.max(read, delivered) }));
		fc.assert(
			fc.property(
				fc.nat(50),
				fc.nat(50),
				fc.nat(50),
				fc.nat(50),
				fc.nat(50),
				(seq, read, delivered, more, yet) => {
					expect(rank(seq, read + more, delivered + yet)).toBeGreaterThanOrEqual(rank(seq, read, delivered));
				},
			),
		);
	});

	it('is sent while nothing is known of the other person', () => {
		expect(deliveryOf(3, undefined)).toBe('sent');
	});
});
