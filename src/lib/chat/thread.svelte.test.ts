import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DbError } from '$lib/db/errors';
import type { Changes, Head, Message, Receipt } from '$lib/db/messages';
import { Outbox } from './outbox.svelte';
import { Thread } from './thread.svelte';

const me = '00000000-0000-4000-8000-00000000000a';
const other = '00000000-0000-4000-8000-00000000000b';
const conversation = '00000000-0000-4000-8000-00000000000c';

/** A conversation in memory that answers as the database does. */
class Table {
	rows: Message[] = [];
	head: Head = { rev: 0, last_seq: 0, epoch: 1, care_open: true };
	receipts = new Map<string, Receipt>();
	calls: string[] = [];

	say(senderId: string, body: string, id: string = crypto.randomUUID()): Message {
		const known = this.rows.find((row) => row.id === id);
		if (known) return known;
		const seq = ++this.head.last_seq;
		const row: Message = {
			id,
			conversation_id: conversation,
			seq,
			rev: ++this.head.rev,
			sender_id: senderId,
			kind: 'text',
			body,
			reply_to: null,
			sent_at: '2026-11-20T10:00:00+00:00',
			edited_at: null,
			withdrawn_at: null,
		};
		this.rows.push(row);
		return row;
	}

	mark(userId: string, delivered: number, read: number): Receipt {
		const receipt = {
			user_id: userId,
			delivered_seq: delivered,
			delivered_at: null,
			read_seq: read,
			read_at: null,
		};
		this.receipts.set(userId, receipt);
		return receipt;
	}

	async changesSince(rev: number, pageSize = 100): Promise<Changes> {
		this.calls.push(`changes since ${rev}`);
		const later = this.rows.filter((row) => row.rev > rev);
		const messages = later.slice(0, pageSize);
		return {
			...this.head,
			members: [...this.receipts.values()],
			messages,
			more: later.length > pageSize,
		};
	}
}

function open(table: Table, send?: (body: string, id: string) => Promise<Message>) {
	const outbox = new Outbox({
		isOnline: () => true,
		send: async ({ body, id }) => (send ? send(body, id) : table.say(me, body, id)),
	});
	const thread = new Thread(
		{
			conversationId: conversation,
			meId: me,
			otherId: other,
			head: { ...table.head },
			members: [...table.receipts.values()],
			messages: table.rows.slice(-50),
		},
		{
			outbox,
			changesSince: (rev) => table.changesSince(rev),
			olderPage: async (before) => table.rows.filter((row) => row.seq < before).slice(-50),
			markRead: async (seq) => (table.calls.push(`read ${seq}`), table.mark(me, seq, seq)),
			markDelivered: async (seq) => (table.calls.push(`delivered ${seq}`), table.mark(me, seq, 0)),
		},
	);
	const shown = () => thread.bubbles.map(({ body, delivery }) => (delivery ? `${body}: ${delivery}` : body));
	return { thread, shown };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a thread', () => {
	it('shows my message at once, and once, whether its row or its answer comes first', async () => {
		const table = new Table();
		let answer = () => {};
		const { thread, shown } = open(table, (body, id) => {
			const row = table.say(me, body, id);
			return new Promise((resolve) => (answer = () => resolve(row)));
		});
		thread.post('Good morning');
		expect(shown()).toEqual(['Good morning: sending']);
		thread.hear({ type: 'row', row: table.rows[0]! });
		expect(shown()).toEqual(['Good morning: sent']);
		answer();
		await vi.advanceTimersByTimeAsync(1_000);
		expect(shown()).toEqual(['Good morning: sent']);
	});

	it('keeps a refused message in place with its reason', async () => {
		const { thread } = open(new Table(), async () => {
			throw new DbError(403, 'PT403', 'care_closed', 'refused');
		});
		thread.post('Too late');
		await vi.advanceTimersByTimeAsync(1);
		expect(thread.bubbles).toMatchObject([{ body: 'Too late', delivery: 'failed', reason: 'care_closed' }]);
	});

	it('asks the table when a live message shows that one before it was lost', async () => {
		const table = new Table();
		const { thread, shown } = open(table);
		table.say(other, 'lost on the way');
		thread.hear({ type: 'row', row: table.say(other, 'heard') });
		expect(shown()).toEqual([]);
		await vi.advanceTimersByTimeAsync(1_000);
		expect(shown()).toEqual(['lost on the way', 'heard']);
		expect(table.calls.filter((call) => call.startsWith('changes'))).toEqual(['changes since 0']);
	});

	it('asks the table for a change that only a hint told of, also when another gap closed meanwhile', async () => {
		const table = new Table();
		const { thread, shown } = open(table);
		const [first, second] = [table.say(other, 'one'), table.say(other, 'two')];
		thread.hear({ type: 'row', row: second });
		table.say(other, 'lost');
		thread.hear({ type: 'head', head: { ...table.head } });
		thread.hear({ type: 'row', row: first });
		await vi.advanceTimersByTimeAsync(1_000);
		expect(shown()).toEqual(['one', 'two', 'lost']);
	});

	it('asks no further once it is closed in the middle of a long catch-up', async () => {
		const table = new Table();
		const { thread } = open(table);
		for (let n = 0; n < 250; n++) table.say(other, `${n}`);
		const caughtUp = thread.catchUp();
		thread.dispose();
		await caughtUp;
		expect(table.calls).toEqual(['changes since 0']);
	});

	it('asks nobody while live messages come one after the other', async () => {
		const table = new Table();
		const { thread, shown } = open(table);
		const [first, second] = [table.say(other, 'one'), table.say(other, 'two')];
		thread.hear({ type: 'row', row: second });
		thread.hear({ type: 'row', row: first });
		thread.hear({ type: 'head', head: { ...table.head } });
		await vi.advanceTimersByTimeAsync(1_000);
		expect(shown()).toEqual(['one', 'two']);
		expect(table.calls.filter((call) => call.startsWith('changes'))).toEqual([]);
	});

	it('closes when care closes, and asks for the closing line', async () => {
		const table = new Table();
		const { thread } = open(table);
		table.say(other, 'the last word');
		Object.assign(table.head, { rev: 2, epoch: 2, care_open: false });
		thread.hear({ type: 'head', head: { ...table.head } });
		expect([thread.careOpen, thread.epoch]).toEqual([false, 2]);
		await vi.advanceTimersByTimeAsync(0);
		expect(thread.bubbles.map((bubble) => bubble.body)).toEqual(['the last word']);
	});

	it('tells delivered by itself, read only when told that it was seen, and neither twice', async () => {
		const table = new Table();
		const { thread } = open(table);
		thread.hear({ type: 'row', row: table.say(other, 'hello') });
		await vi.advanceTimersByTimeAsync(1_000);
		expect(table.calls).toEqual(['delivered 1']);
		thread.see();
		thread.see();
		await vi.advanceTimersByTimeAsync(1_000);
		expect(table.calls).toEqual(['delivered 1', 'read 1']);
	});

	it("moves my messages to delivered and read as the other's receipts come", () => {
		const table = new Table();
		for (const body of ['one', 'two', 'three']) table.say(me, body);
		const { thread, shown } = open(table);
		thread.hear({ type: 'receipt', receipt: table.mark(other, 2, 1) });
		expect(shown()).toEqual(['one: read', 'two: delivered', 'three: sent']);
	});

	it('loads older pages above what it shows, up to the first message', async () => {
		const table = new Table();
		for (let n = 1; n <= 120; n++) table.say(n % 2 ? me : other, `${n}`);
		const { thread } = open(table);
		expect([thread.bubbles.length, thread.hasOlder]).toEqual([50, true]);
		await thread.loadOlder();
		await thread.loadOlder();
		await thread.loadOlder();
		expect(thread.bubbles.map((bubble) => bubble.body)).toEqual(
			Array.from({ length: 120 }, (_, n) => `${n + 1}`),
		);
		expect(thread.hasOlder).toBe(false);
	});

	it('knows what was new when it was opened', () => {
		const table = new Table();
		for (const body of ['one', 'two', 'three']) table.say(other, body);
		table.mark(me, 1, 1);
		expect(open(table).thread.newFromSeq).toBe(2);
	});

	it('forgets that somebody types 3 seconds after the last word of it, or when the message comes', () => {
		const table = new Table();
		const { thread } = open(table);
		thread.hearTyping(other);
		vi.advanceTimersByTime(2_900);
		expect(thread.isOtherTyping).toBe(true);
		vi.advanceTimersByTime(200);
		expect(thread.isOtherTyping).toBe(false);
		thread.hearTyping(other);
		thread.hear({ type: 'row', row: table.say(other, 'done') });
		expect(thread.isOtherTyping).toBe(false);
		thread.hearTyping(me);
		expect(thread.isOtherTyping).toBe(false);
	});
});
