import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Changes, Head, Message, Receipt } from '$lib/db/messages';
import { contiguousRows, hasGap, isBehind, openThread, reduce, type ThreadState } from './thread';

const patient = '00000000-0000-4000-8000-00000000000a';
const doctor = '00000000-0000-4000-8000-00000000000b';
const conversation = '00000000-0000-4000-8000-00000000000c';

function idOf(seq: number): string {
	return `00000000-0000-7000-8000-${String(seq).padStart(12, '0')}`;
}

function message(seq: number, rev: number, body = `message ${seq}`): Message {
	return {
		id: idOf(seq),
		conversation_id: conversation,
		seq,
		rev,
		sender_id: seq % 2 ? patient : doctor,
		kind: 'text',
		body,
		reply_to: null,
		sent_at: '2026-11-20T10:00:00+00:00',
		edited_at: null,
		withdrawn_at: null,
	};
}

function receipt(userId: string, deliveredSeq: number, readSeq: number): Receipt {
	return {
		user_id: userId,
		delivered_seq: deliveredSeq,
		delivered_at: null,
		read_seq: readSeq,
		read_at: null,
	};
}

/** A conversation as the database keeps it: seq and rev without gaps, a hint for every change. */
class Table {
	rows = new Map<string, Message>();
	head: Head = { rev: 0, last_seq: 0, epoch: 1, care_open: true };
	receipts = new Map<string, Receipt>();
	hints: Message[] = [];

	change(kind: number): void {
		const rev = ++this.head.rev;
		const seq =
			kind === 0 || this.head.last_seq === 0 ? ++this.head.last_seq : 1 + (kind % this.head.last_seq);
		const row = message(seq, rev, `rev ${rev}`);
		this.rows.set(row.id, row);
		this.hints.push(row);
		this.receipts.set(doctor, receipt(doctor, seq, Math.max(0, seq - 1)));
	}

	changesSince(rev: number, pageSize: number): Changes {
		const later = [...this.rows.values()].filter((row) => row.rev > rev).sort((a, b) => a.rev - b.rev);
		return {
			...this.head,
			members: [...this.receipts.values()],
			messages: later.slice(0, pageSize),
			more: later.length > pageSize,
		};
	}

	/** The page of at most `size` rows before a seq, oldest first. */
	page(beforeSeq: number, size: number): Message[] {
		const rows = [...this.rows.values()].filter((row) => row.seq < beforeSeq).sort((a, b) => a.seq - b.seq);
		return rows.slice(-size);
	}

	coldLoad(size = Infinity): ThreadState {
		return openThread({ ...this.head }, [...this.receipts.values()], this.page(Infinity, size));
	}
}

function catchUp(state: ThreadState, table: Table, pageSize: number): ThreadState {
	for (;;) {
		const changes = table.changesSince(state.rev, pageSize);
		state = reduce(state, { type: 'changes', changes });
		if (!changes.more) return state;
	}
}

describe('a thread', () => {
	it('ends equal to a cold load after hints lost, doubled and reordered, pages and partial catch-ups', () => {
		const step = fc.oneof(
			{ weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), n: fc.nat(8) }) },
			{ weight: 4, arbitrary: fc.record({ do: fc.constant('hint' as const), n: fc.nat(1000) }) },
			{ weight: 1, arbitrary: fc.record({ do: fc.constant('ask' as const), n: fc.nat(4) }) },
			{ weight: 1, arbitrary: fc.record({ do: fc.constant('answer' as const), n: fc.nat(4) }) },
			{ weight: 1, arbitrary: fc.record({ do: fc.constant('older' as const), n: fc.nat(4) }) },
		);
		fc.assert(
			fc.property(
				fc.nat(12),
				fc.array(step, { maxLength: 60 }),
				fc.integer({ min: 1, max: 5 }),
				(old, steps, size) => {
					const table = new Table();
					for (let n = 0; n < old; n++) table.change(n % 3);
					let state = table.coldLoad(size);
					const onTheWay: Changes[] = [];
					let page: Message[] = [];
					for (const { do: what, n } of steps) {
						if (what === 'change') table.change(n);
						if (what === 'ask') onTheWay.push(table.changesSince(state.rev, size));
						if (what === 'answer' && onTheWay[n])
							state = reduce(state, { type: 'changes', changes: onTheWay[n] });
						if (what === 'older') {
							state = reduce(state, { type: 'older', rows: page });
							page = table.page(state.firstSeq, size);
						}
						const row = what === 'hint' ? table.hints[n % Math.max(1, table.hints.length)] : undefined;
						if (row) state = reduce(state, { type: 'row', row });
						expect(contiguousRows(state).map((shown) => shown.seq)).toEqual(
							contiguousRows(state).map((_, index) => state.firstSeq + index),
						);
					}
					state = catchUp(state, table, size);
					const cold = table.coldLoad();
					expect(contiguousRows(state)).toEqual(
						contiguousRows(cold).filter((row) => row.seq >= state.firstSeq),
					);
					expect(state.rev).toBe(table.head.rev);
					expect(state.head).toEqual(table.head);
					expect(isBehind(state)).toBe(false);
				},
			),
			{ numRuns: 1000 },
		);
	});

	it('takes the direct successor of its cursor without asking again', () => {
		const state = reduce(
			openThread({ rev: 4, last_seq: 4, epoch: 1, care_open: true }, [], [message(4, 4)]),
			{
				type: 'row',
				row: message(5, 5),
			},
		);
		expect([state.rev, hasGap(state)]).toEqual([5, false]);
	});

	it('sees a gap when a live rev is not the cursor + 1, and hides what lies behind a hole', () => {
		const opened = openThread({ rev: 4, last_seq: 4, epoch: 1, care_open: true }, [], [message(4, 4)]);
		const state = reduce(opened, { type: 'row', row: message(6, 6) });
		expect([state.rev, hasGap(state)]).toEqual([4, true]);
		expect(contiguousRows(state).map((row) => row.seq)).toEqual([4]);

		const healed = reduce(state, { type: 'row', row: message(5, 5) });
		expect([healed.rev, hasGap(healed)]).toEqual([6, false]);
		expect(contiguousRows(healed).map((row) => row.seq)).toEqual([4, 5, 6]);
	});

	it('never lets a receipt move back, whatever order the two marks arrive in', () => {
		const steps = fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { minLength: 1 });
		fc.assert(
			fc.property(steps, (marks) => {
				let state = openThread({ rev: 0, last_seq: 0, epoch: 1, care_open: true }, [], []);
				for (const [delivered, read] of marks) {
					state = reduce(state, { type: 'receipt', receipt: receipt(doctor, delivered, read) });
				}
				const last = state.receipts.get(doctor);
				expect(last?.delivered_seq ?? 0).toBe(Math.max(...marks.map(([delivered]) => delivered)));
				expect(last?.read_seq ?? 0).toBe(Math.max(...marks.map(([, read]) => read)));
			}),
		);
	});

	it('obeys a closing with a new epoch, and no late word of the old one', () => {
		const opened = openThread({ rev: 7, last_seq: 7, epoch: 1, care_open: true }, [], [message(7, 7)]);
		const closed = reduce(opened, {
			type: 'head',
			head: { rev: 8, last_seq: 8, epoch: 2, care_open: false },
		});
		expect(closed.head.care_open).toBe(false);
		expect(isBehind(closed)).toBe(true);
		const late = reduce(closed, { type: 'head', head: { rev: 7, last_seq: 7, epoch: 1, care_open: true } });
		expect(late.head).toEqual(closed.head);
	});
});
