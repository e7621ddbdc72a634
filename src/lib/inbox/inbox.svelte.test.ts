import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Conversation, ConversationQuery } from '$lib/db/conversations';
import { Inbox } from './inbox.svelte';

const me = '00000000-0000-4000-8000-00000000000a';
const now = new Date('2026-11-21T10:00:00Z');

function line(n: number, change: Partial<Conversation> = {}): Conversation {
	return {
		id: `c${n}`,
		kind: 'care',
		other_id: `p${n}`,
		other_name: `Person ${n}`,
		other_role: 'patient',
		other_avatar_path: null,
		other_specialty: null,
		other_last_seen_at: null,
		rev: 1,
		last_seq: 1,
		epoch: 1,
		care_open: true,
		last_message_id: null,
		last_message_kind: 'text',
		last_message_body: 'words',
		last_message_sender_id: `p${n}`,
		last_message_at: new Date(now.getTime() - n * 60_000).toISOString(),
		unread: 0,
		waiting_since: null,
		my_read_seq: 0,
		other_read_seq: 0,
		other_delivered_seq: 0,
		cursor: `${n}`,
		...change,
	};
}

/** The lines as the database holds them, and an inbox that starts from the first page. */
function open(table: Conversation[]) {
	const asked: ConversationQuery[] = [];
	const delivered: string[] = [];
	const inbox = new Inbox(me, {
		list: async (query) => {
			asked.push(query);
			const sorted = table.toSorted((a, b) =>
				(b.last_message_at ?? '').localeCompare(a.last_message_at ?? ''),
			);
			const from = query.before ? sorted.findIndex((row) => row.cursor === query.before) + 1 : 0;
			return sorted
				.filter((row) => query.filter !== 'unread' || row.unread > 0)
				.filter((row) => row.other_name?.includes(query.search ?? ''))
				.slice(from, from + (query.pageSize ?? 20));
		},
		pulse: async (ids) => ({
			conversations: table.filter((row) => ids.includes(row.id)),
			unread_messages: table.reduce((sum, row) => sum + row.unread, 0),
			unread_notifications: 0,
		}),
		markDelivered: async (id, seq) => delivered.push(`${id} ${seq}`),
		showUnread: () => {},
	});
	inbox.seed({ conversations: table.slice(0, 20), unread: 0, now });
	const change = (index: number, to: Partial<Conversation>) => {
		const row = { ...table[index]!, rev: table[index]!.rev + 1, ...to };
		table[index] = row;
		return row;
	};
	return { inbox, asked, delivered, change, names: () => inbox.rows.map((row) => row.id) };
}

beforeEach(() => void vi.useFakeTimers({ now }));
afterEach(() => void vi.useRealTimers());

describe('the inbox', () => {
	it('brings a conversation that changed to the top with its new words, and counts them', async () => {
		const { inbox, change, names, delivered } = open([line(1), line(2), line(3)]);
		inbox.hear(
			change(2, { last_message_body: 'new', last_seq: 2, unread: 1, last_message_at: now.toISOString() }),
		);
		await vi.advanceTimersByTimeAsync(500);
		expect(names()).toEqual(['c3', 'c1', 'c2']);
		expect(inbox.rows[0]).toMatchObject({ last_message_body: 'new', unread: 1 });
		expect([inbox.unread, delivered]).toEqual([1, ['c3 2']]);
	});

	it('reads the list once for many changes at a time, and not at all for what it knows', async () => {
		const { inbox, asked, change } = open([line(1), line(2), line(3)]);
		inbox.hear(line(1));
		for (let n = 0; n < 10; n++) inbox.hear(change(n % 3, {}));
		await vi.advanceTimersByTimeAsync(500);
		expect(asked).toHaveLength(1);
	});

	it('keeps up with changes that never pause', async () => {
		const { inbox, change, asked } = open([line(1), line(2)]);
		for (let n = 0; n < 50; n++) {
			inbox.hear(change(0, { last_message_body: `${n}` }));
			await vi.advanceTimersByTimeAsync(20);
		}
		expect(Number(inbox.find('c1')?.last_message_body)).toBeGreaterThan(40);
		expect(asked.length).toBeLessThan(20);
	});

	it('heals by the pulse what no hint told', async () => {
		const { inbox, change } = open([line(1), line(2)]);
		change(1, { care_open: false, other_last_seen_at: now.toISOString() });
		await inbox.pulse();
		await vi.advanceTimersByTimeAsync(500);
		expect(inbox.find('c2')).toMatchObject({ care_open: false });
		expect([inbox.isActive(inbox.find('c2')!), inbox.isActive(inbox.find('c1')!)]).toEqual([true, false]);
	});

	it('finds a conversation that no hint told of, within a minute', async () => {
		const table = [line(1)];
		const { inbox, names } = open(table);
		table.push(line(2));
		for (let n = 0; n < 4; n++) {
			await inbox.pulse();
			await vi.advanceTimersByTimeAsync(15_000);
		}
		expect(names()).toEqual(['c1', 'c2']);
	});

	it('shows nothing as unread that was read here, also when an older answer says so', async () => {
		const { inbox, change } = open([line(1), line(2)]);
		const changed = change(0, { last_seq: 2, unread: 1 });
		inbox.hear(changed);
		inbox.noteRead('c1', 2);
		await vi.advanceTimersByTimeAsync(500);
		expect(inbox.find('c1')?.unread).toBe(0);
	});

	it('shows at once what was read on another screen, though it moves no rev', async () => {
		const { inbox, change } = open([line(1), line(2)]);
		const unread = change(0, { last_seq: 2, unread: 1 });
		inbox.hear(unread);
		await vi.advanceTimersByTimeAsync(500);
		expect([inbox.unread, inbox.find('c1')?.unread]).toEqual([1, 1]);
		change(0, { rev: unread.rev, unread: 0 });
		inbox.hear(unread);
		await vi.advanceTimersByTimeAsync(500);
		expect([inbox.unread, inbox.find('c1')?.unread]).toEqual([0, 0]);
	});

	it('pages by cursor without a gap or a double while others change', async () => {
		const { inbox, change, names } = open(Array.from({ length: 45 }, (_, n) => line(n)));
		await inbox.loadMore();
		inbox.hear(change(44, { last_message_at: new Date(now.getTime() + 1_000).toISOString() }));
		await vi.advanceTimersByTimeAsync(500);
		await inbox.loadMore();
		expect(new Set(names())).toEqual(new Set(Array.from({ length: 45 }, (_, n) => `c${n}`)));
		expect(names()).toHaveLength(45);
		expect(inbox.hasMore).toBe(false);
	});

	it('asks the server once the typing of a search pauses, and ignores a late answer to an earlier question', async () => {
		const { inbox, asked, names } = open([line(1), line(2), line(12)]);
		for (const text of ['P', 'Pe', 'Person 1']) inbox.searchFor(text);
		await vi.advanceTimersByTimeAsync(500);
		expect(asked.map((query) => query.search)).toEqual(['Person 1']);
		expect(names()).toEqual(['c1', 'c12']);
	});
});
