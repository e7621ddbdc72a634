/**
 * The pure core of a thread: what one conversation is known to hold, as a function of what was heard.
 *
 * The table is the truth and live events are hints that may be lost, doubled or reordered. So `rev` is a
 * cursor with one meaning: every change up to it is in `rows`. Only two things move it: a live change that is
 * its direct successor, and an answer of `changes_since`, which is asked from the cursor and is whole.
 */
import type { Changes, Head, Message, Receipt } from '$lib/db/messages';

export interface ThreadState {
	/** Every row heard of, by id, each in its highest rev. */
	readonly rows: ReadonlyMap<string, Message>;
	/** The cursor. */
	readonly rev: number;
	/** Revs heard beyond the cursor, waiting for the ones before them. */
	readonly ahead: ReadonlySet<number>;
	readonly head: Head;
	readonly receipts: ReadonlyMap<string, Receipt>;
	/** Seq of the oldest row shown; everything from here up is loaded, below it are older pages. */
	readonly firstSeq: number;
}

export type ThreadEvent =
	| { type: 'row'; row: Message }
	| { type: 'receipt'; receipt: Receipt }
	| { type: 'head'; head: Head }
	| { type: 'changes'; changes: Changes }
	| { type: 'older'; rows: readonly Message[] };

/** A thread from a cold load: a head read in the same statement as, or before, the newest page of rows. */
export function openThread(head: Head, receipts: readonly Receipt[], rows: readonly Message[]): ThreadState {
	return {
		rows: mergeRows(new Map(), rows),
		rev: head.rev,
		ahead: new Set(),
		head,
		receipts: receipts.reduce(mergeReceipt, new Map<string, Receipt>()),
		firstSeq: rows[0]?.seq ?? 1,
	};
}

/** The state after one event. Every event may come at any time, any number of times. */
export function reduce(state: ThreadState, event: ThreadEvent): ThreadState {
	switch (event.type) {
		case 'row': {
			const rows = mergeRows(state.rows, [event.row]);
			return { ...state, rows, ...moveCursor(state.rev, new Set(state.ahead).add(event.row.rev)) };
		}
		case 'receipt':
			return { ...state, receipts: mergeReceipt(state.receipts, event.receipt) };
		case 'head':
			return { ...state, head: laterHead(state.head, event.head) };
		case 'changes':
			return mergeChanges(state, event.changes);
		case 'older':
			return {
				...state,
				rows: mergeRows(state.rows, event.rows),
				firstSeq: Math.min(state.firstSeq, event.rows[0]?.seq ?? state.firstSeq),
			};
	}
}

/** The rows to show, by seq: from the oldest loaded up to the first hole, which the next catch-up fills. */
export function contiguousRows(state: ThreadState): Message[] {
	const sorted = [...state.rows.values()]
		.filter((row) => row.seq >= state.firstSeq)
		.sort((a, b) => a.seq - b.seq);
	const hole = sorted.findIndex((row, index) => row.seq !== state.firstSeq + index);
	return hole === -1 ? sorted : sorted.slice(0, hole);
}

/** Whether a live change arrived whose predecessor did not: only `changes_since` can tell what is missing. */
export function hasGap(state: ThreadState): boolean {
	return state.ahead.size > 0;
}

/** Whether the conversation is known to have moved past the cursor. */
export function isBehind(state: ThreadState): boolean {
	return hasGap(state) || state.head.rev > state.rev;
}

function mergeChanges(state: ThreadState, changes: Changes): ThreadState {
	const { messages } = changes;
	const reached = changes.more ? (messages.at(-1)?.rev ?? state.rev) : changes.rev;
	return {
		...state,
		rows: mergeRows(state.rows, messages),
		receipts: changes.members.reduce(mergeReceipt, state.receipts),
		head: laterHead(state.head, changes),
		...moveCursor(Math.max(state.rev, reached), state.ahead),
	};
}

function mergeRows(
	known: ReadonlyMap<string, Message>,
	rows: readonly Message[],
): ReadonlyMap<string, Message> {
	const news = rows.filter((row) => row.rev > (known.get(row.id)?.rev ?? 0));
	if (news.length === 0) return known;
	const merged = new Map(known);
	for (const row of news) if (row.rev > (merged.get(row.id)?.rev ?? 0)) merged.set(row.id, row);
	return merged;
}

function moveCursor(from: number, heard: ReadonlySet<number>): { rev: number; ahead: ReadonlySet<number> } {
	let rev = from;
	while (heard.has(rev + 1)) rev++;
	return { rev, ahead: new Set([...heard].filter((later) => later > rev)) };
}

/** The epoch only ever goes up, and within one epoch the rev does; an older word changes nothing. */
function laterHead(known: Head, heard: Head): Head {
	const isOlder = heard.epoch < known.epoch || (heard.epoch === known.epoch && heard.rev < known.rev);
	if (isOlder) return known;
	const { rev, last_seq, epoch, care_open } = heard;
	return {
		rev: Math.max(rev, known.rev),
		last_seq: Math.max(last_seq, known.last_seq),
		epoch,
		care_open,
	};
}

function mergeReceipt(known: ReadonlyMap<string, Receipt>, heard: Receipt): ReadonlyMap<string, Receipt> {
	const before = known.get(heard.user_id);
	if (before && heard.delivered_seq <= before.delivered_seq && heard.read_seq <= before.read_seq)
		return known;
	const delivered = before && before.delivered_seq >= heard.delivered_seq ? before : heard;
	const read = before && before.read_seq >= heard.read_seq ? before : heard;
	return new Map(known).set(heard.user_id, {
		user_id: heard.user_id,
		delivered_seq: delivered.delivered_seq,
		delivered_at: delivered.delivered_at,
		read_seq: read.read_seq,
		read_at: read.read_at,
	});
}
