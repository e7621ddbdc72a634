import { describe, expect, it } from 'vitest';
import { layOut, tellDelivery, type View } from './lines';
import type { Bubble } from './bubble';

const view: View = {
	timeZone: 'Asia/Ho_Chi_Minh',
	locale: 'en-GB',
	now: new Date('2026-11-21T03:00:00Z'),
	newFromSeq: null,
	words: { today: 'Today', yesterday: 'Yesterday' },
};

function bubble(
	seq: number,
	at: string,
	senderId: string | null = 'me',
	delivery: Bubble['delivery'] = null,
): Bubble {
	return { id: `m${seq}`, seq, senderId, body: `body ${seq}`, at, delivery, reason: null };
}

describe('the lines of a thread', () => {
	it("divide days as the reader's own calendar does", () => {
		const lines = layOut(
			[
				bubble(1, '2025-01-02T05:00:00Z'),
				bubble(2, '2026-11-12T16:59:00Z'),
				bubble(3, '2026-11-20T16:59:00Z'),
				bubble(4, '2026-11-20T17:00:00Z'),
			],
			view,
		);
		const days = lines.flatMap((line) => (line.type === 'day' ? [line.label] : []));
		expect(days).toEqual(['2 January 2025', 'Thursday 12 November', 'Yesterday', 'Today']);
		expect(lines.flatMap((line) => (line.type === 'bubble' ? [line.time] : []))).toEqual([
			'12:00',
			'23:59',
			'23:59',
			'00:00',
		]);
	});

	it('group what one person wrote within five minutes', () => {
		const lines = layOut(
			[
				bubble(1, '2026-11-21T01:00:00Z'),
				bubble(2, '2026-11-21T01:01:00Z'),
				bubble(3, '2026-11-21T01:02:00Z', 'them'),
				bubble(4, '2026-11-21T01:20:00Z', 'them'),
			],
			view,
		);
		const ends = lines.flatMap((line) => (line.type === 'bubble' ? [[line.isFirst, line.isLast]] : []));
		expect(ends).toEqual([
			[true, false],
			[false, true],
			[true, true],
			[true, true],
		]);
	});

	it('put one divider before what was new, and lines of the system between bubbles', () => {
		const lines = layOut(
			[
				bubble(1, '2026-11-21T01:00:00Z', null),
				bubble(2, '2026-11-21T01:00:10Z', 'them'),
				bubble(3, '2026-11-21T01:00:20Z', 'them'),
			],
			{ ...view, newFromSeq: 3 },
		);
		expect(lines.map((line) => line.type)).toEqual(['day', 'system', 'bubble', 'new', 'bubble']);
	});

	it('tell each state of delivery once, at the last message that reached it', () => {
		const at = view.now.toISOString();
		const thread = [
			bubble(1, at, 'me', 'read'),
			bubble(2, at, 'me', 'read'),
			bubble(3, at, 'them'),
			bubble(4, at, 'me', 'delivered'),
			bubble(5, at, 'me', 'sent'),
		];
		expect([...tellDelivery(thread)]).toEqual(['m2', 'm4', 'm5']);
	});
});
