import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DbError } from '$lib/db/errors';
import type { Draft, Message } from '$lib/db/messages';
import { Outbox } from './outbox.svelte';

const conversation = '00000000-0000-4000-8000-00000000000c';
const unreachable = () => new DbError(0, '', null, 'TypeError: Failed to fetch');

function rowOf(draft: Draft, seq: number): Message {
	return {
		id: draft.id,
		conversation_id: draft.conversationId,
		seq,
		rev: seq,
		sender_id: '00000000-0000-4000-8000-00000000000a',
		kind: 'text',
		body: draft.body,
		reply_to: null,
		sent_at: '2026-11-20T10:00:00+00:00',
		edited_at: null,
		withdrawn_at: null,
	};
}

/** A database that stores what arrives, once for each id, and answers as the test says. */
function openOutbox(answer: (draft: Draft, attempt: number) => void = () => {}) {
	const stored: Message[] = [];
	const attempts: string[] = [];
	let isOnline = true;
	const outbox = new Outbox({
		isOnline: () => isOnline,
		send: async (draft) => {
			attempts.push(draft.id);
			await Promise.resolve();
			answer(draft, attempts.filter((id) => id === draft.id).length);
			const known = stored.find((row) => row.id === draft.id);
			if (!known) stored.push(rowOf(draft, stored.length + 1));
			return known ?? stored.at(-1)!;
		},
	});
	return { outbox, stored, attempts, setOnline: (to: boolean) => (isOnline = to) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the outbox', () => {
	it('sends one at a time, in the order written', async () => {
		const { outbox, stored } = openOutbox();
		for (let n = 0; n < 20; n++) outbox.post(conversation, `${n}`);
		expect(
			outbox
				.of(conversation)
				.map((entry) => entry.delivery)
				.slice(0, 3),
		).toEqual(['sending', 'queued', 'queued']);
		await vi.runAllTimersAsync();
		expect(stored.map((row) => row.body)).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
		expect(outbox.of(conversation)).toEqual([]);
	});

	it('an unacknowledged message becomes failed, not lost', async () => {
		const { outbox } = openOutbox(() => {
			throw unreachable();
		});
		const id = outbox.post(conversation, 'Is the rash still growing?');
		await vi.advanceTimersByTimeAsync(1);
		expect(outbox.of(conversation)).toMatchObject([{ id, delivery: 'failed', reason: 'unreachable' }]);
		outbox.dispose();
	});

	it('retry keeps the id, so an answer lost after the commit doubles nothing', async () => {
		const stored: string[] = [];
		const { outbox, attempts } = openOutbox((draft, attempt) => {
			if (!stored.includes(draft.id)) stored.push(draft.id);
			if (attempt === 1) throw unreachable();
		});
		const id = outbox.post(conversation, 'once');
		await vi.advanceTimersByTimeAsync(1);
		outbox.retry(id);
		await vi.advanceTimersByTimeAsync(1);
		expect(attempts).toEqual([id, id]);
		expect(stored).toEqual([id]);
		expect(outbox.of(conversation)).toEqual([]);
	});

	it('tries again by itself while there is no answer, and keeps the order meanwhile', async () => {
		let isDown = true;
		const { outbox, stored } = openOutbox(() => {
			if (isDown) throw unreachable();
		});
		outbox.post(conversation, 'first');
		outbox.post(conversation, 'second');
		await vi.advanceTimersByTimeAsync(20_000);
		expect(stored).toEqual([]);
		isDown = false;
		await vi.advanceTimersByTimeAsync(60_000);
		expect(stored.map((row) => row.body)).toEqual(['first', 'second']);
	});

	it('parks a refused message with its reason, and lets the next ones pass', async () => {
		const { outbox, stored, attempts } = openOutbox((draft) => {
			if (draft.body === 'too long') throw new DbError(400, 'PT400', 'too_long', 'refused');
		});
		const id = outbox.post(conversation, 'too long');
		outbox.post(conversation, 'short');
		await vi.advanceTimersByTimeAsync(120_000);
		expect(outbox.of(conversation)).toMatchObject([{ id, delivery: 'failed', reason: 'too_long' }]);
		expect(stored.map((row) => row.body)).toEqual(['short']);
		expect(attempts.filter((tried) => tried === id)).toHaveLength(1);
		outbox.discard(id);
		expect(outbox.of(conversation)).toEqual([]);
	});

	it('keeps to one at a time when an older message is tried again beside a newer one on its way', async () => {
		let isRefused = true;
		const { outbox, stored } = openOutbox((draft) => {
			if (draft.body === 'older' && isRefused) throw new DbError(403, 'PT403', 'care_closed', 'refused');
		});
		const older = outbox.post(conversation, 'older');
		await vi.advanceTimersByTimeAsync(1);
		isRefused = false;
		outbox.post(conversation, 'newer');
		outbox.retry(older);
		expect(outbox.of(conversation).map((entry) => entry.delivery)).toEqual(['queued', 'sending']);
		await vi.advanceTimersByTimeAsync(1);
		expect(stored.map((row) => row.body)).toEqual(['newer', 'older']);
	});

	it('waits while offline and goes on when woken', async () => {
		const { outbox, stored, setOnline } = openOutbox();
		setOnline(false);
		outbox.post(conversation, 'later');
		await vi.advanceTimersByTimeAsync(60_000);
		expect(outbox.of(conversation)).toMatchObject([{ delivery: 'queued' }]);
		setOnline(true);
		outbox.wake();
		await vi.advanceTimersByTimeAsync(1);
		expect(stored.map((row) => row.body)).toEqual(['later']);
	});

	it('is content with the row arriving live before the answer', async () => {
		const { outbox, attempts } = openOutbox();
		const id = outbox.post(conversation, 'echo');
		outbox.confirm(id);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(outbox.of(conversation)).toEqual([]);
		expect(attempts).toEqual([id]);
	});
});
