import type { Changes, Head, Message, Receipt } from '$lib/db/messages';
import { bubbleOfEntry, bubbleOfRow, type Bubble } from './bubble';
import { Mark } from './mark';
import type { Outbox } from './outbox.svelte';
import {
	contiguousRows,
	hasGap,
	isBehind,
	openThread,
	reduce,
	type ThreadEvent,
	type ThreadState,
} from './thread';

/** What a thread needs of the world; nothing of it knows Supabase. */
export interface ThreadPorts {
	changesSince: (rev: number) => Promise<Changes>;
	olderPage: (beforeSeq: number) => Promise<Message[]>;
	markRead: (seq: number) => Promise<Receipt>;
	markDelivered: (seq: number) => Promise<Receipt>;
	outbox: Outbox;
}

/** A cold load: the head was read before the page of messages. */
export interface ThreadStart {
	conversationId: string;
	meId: string;
	otherId: string | null;
	head: Head;
	members: Receipt[];
	messages: Message[];
}

/** How long a hint may be early before the table is asked: its predecessor is mostly just behind it. */
const graceForGap = 100;
/** The `user:` topic tells of a change that the thread's own topic brings at the same time. */
const graceForHint = 500;
/** Receiving is told late, so that reading at once needs one call and not two. */
const graceForDelivered = 400;
/** Typing is told every 2 s while it lasts. */
const typingLasts = 3_000;

/** One open conversation: what it shows, and what its person may do in it. */
export class Thread {
	readonly conversationId: string;
	readonly meId: string;
	readonly otherId: string | null;
	/** The first message that was unread when the thread was opened. */
	readonly newFromSeq: number | null;

	#state = $state.raw<ThreadState>() as ThreadState;
	#isLoadingOlder = $state(false);
	#isOtherTyping = $state(false);
	#present = $state.raw<ReadonlySet<string>>(new Set());

	readonly #ports: ThreadPorts;
	readonly #read: Mark;
	readonly #delivered: Mark;
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
	readonly #stopListening: () => void;
	#isDisposed = false;
	#isCatchingUp = false;
	#mustCatchUpAgain = false;

	readonly #rows = $derived.by(() => contiguousRows(this.#state));

	readonly careOpen: boolean = $derived.by(() => this.#state.head.care_open);
	/** Part of the names of its live topics. */
	readonly epoch: number = $derived.by(() => this.#state.head.epoch);
	readonly firstSeq: number = $derived.by(() => this.#state.firstSeq);
	readonly lastSeq: number = $derived.by(() => this.#rows.at(-1)?.seq ?? 0);
	readonly hasOlder: boolean = $derived.by(() => this.#state.firstSeq > 1);
	/** How far this person has read, by the table's word. */
	readonly myReadSeq: number = $derived.by(() => this.#state.receipts.get(this.meId)?.read_seq ?? 0);

	/** What to show, in order: the rows by seq, then what waits in the outbox. */
	readonly bubbles: readonly Bubble[] = $derived.by(() => {
		const other = this.otherId ? this.#state.receipts.get(this.otherId) : undefined;
		const waiting = this.#ports.outbox.of(this.conversationId);
		const unsaved = waiting.filter((entry) => !this.#state.rows.has(entry.id));
		return [
			...this.#rows.map((row) => bubbleOfRow(row, this.meId, other)),
			...unsaved.map((entry) => bubbleOfEntry(entry, this.meId)),
		];
	});

	constructor(start: ThreadStart, ports: ThreadPorts) {
		this.conversationId = start.conversationId;
		this.meId = start.meId;
		this.otherId = start.otherId;
		this.#ports = ports;
		this.#state = openThread(start.head, start.members, start.messages);
		const mine = this.#state.receipts.get(start.meId);
		const unread = start.messages.find(
			(row) => row.seq > (mine?.read_seq ?? 0) && row.sender_id !== null && row.sender_id !== start.meId,
		);
		this.newFromSeq = unread?.seq ?? null;
		const hearReceipt = (receipt: Receipt) => this.hear({ type: 'receipt', receipt });
		this.#read = new Mark(mine?.read_seq ?? 0, (seq) => ports.markRead(seq).then(hearReceipt));
		this.#delivered = new Mark(mine?.delivered_seq ?? 0, (seq) => ports.markDelivered(seq).then(hearReceipt));
		this.#stopListening = ports.outbox.onSent((row) => {
			if (row.conversation_id === this.conversationId) this.hear({ type: 'row', row });
		});
	}

	get isLoadingOlder(): boolean {
		return this.#isLoadingOlder;
	}

	get isOtherTyping(): boolean {
		return this.#isOtherTyping;
	}

	/** Whether the other person has this thread open now. */
	get isOtherHere(): boolean {
		return this.otherId !== null && this.#present.has(this.otherId);
	}

	/** Writes a message: its bubble stands at once. */
	post(body: string): void {
		this.#ports.outbox.post(this.conversationId, body);
	}

	retry(id: string): void {
		this.#ports.outbox.retry(id);
	}

	discard(id: string): void {
		this.#ports.outbox.discard(id);
	}

	/** Takes in what came by any way; asks the table when something is missing. */
	hear(event: ThreadEvent): void {
		if (this.#isDisposed) return;
		const before = this.#state;
		this.#state = reduce(before, event);
		if (event.type === 'row') this.#settle([event.row]);
		if (event.type === 'changes') {
			this.#settle(event.changes.messages);
			// A mark that failed is made up for, now that the table answers again.
			void this.#read.reach(0);
		}
		if (event.type === 'receipt' || event.type === 'changes') this.#noteMyMarks();
		const hasMoved = this.epoch !== before.head.epoch || this.careOpen !== before.head.care_open;
		if (event.type === 'head' && hasMoved) void this.catchUp();
		else if (isBehind(this.#state)) this.#catchUpIn(hasGap(this.#state) ? graceForGap : graceForHint);
	}

	/** Brings everything that changed since the cursor; calls while one runs lead to one more. */
	async catchUp(): Promise<void> {
		this.#mustCatchUpAgain = true;
		if (this.#isCatchingUp) return;
		this.#isCatchingUp = true;
		try {
			while (this.#mustCatchUpAgain && !this.#isDisposed) {
				this.#mustCatchUpAgain = false;
				const changes = await this.#ports.changesSince(this.#state.rev);
				this.hear({ type: 'changes', changes });
				if (changes.more) this.#mustCatchUpAgain = true;
			}
		} catch {
			// Unreachable for now: the next join, return or tick asks again.
		} finally {
			this.#isCatchingUp = false;
			this.#mustCatchUpAgain = false;
		}
	}

	/** Loads the page before the oldest message shown. */
	async loadOlder(): Promise<void> {
		if (this.#isLoadingOlder || !this.hasOlder) return;
		this.#isLoadingOlder = true;
		try {
			this.hear({ type: 'older', rows: await this.#ports.olderPage(this.#state.firstSeq) });
		} catch {
			// The reader is still at the top: scrolling or the button asks again.
		} finally {
			this.#isLoadingOlder = false;
		}
	}

	/** The newest message is on screen in a visible page: it is read. */
	see(): void {
		const last = this.#rows.findLast((row) => row.sender_id !== this.meId);
		if (last) void this.#read.reach(last.seq);
	}

	hearTyping(userId: string): void {
		if (userId !== this.otherId) return;
		this.#isOtherTyping = true;
		this.#after(typingLasts, 'typing', () => (this.#isOtherTyping = false));
	}

	hearPresent(userIds: ReadonlySet<string>): void {
		this.#present = userIds;
		if (!this.isOtherHere) this.#isOtherTyping = false;
	}

	/** Stops listening and forgets its timers; what waits in the outbox goes on. */
	dispose(): void {
		this.#isDisposed = true;
		this.#stopListening();
		for (const timer of this.#timers.values()) clearTimeout(timer);
	}

	#settle(rows: readonly Message[]): void {
		for (const row of rows) {
			if (row.sender_id === this.meId) this.#ports.outbox.confirm(row.id);
			if (row.sender_id === this.otherId) this.#isOtherTyping = false;
		}
		const theirs = this.#rows.findLast((row) => row.sender_id !== this.meId);
		if (!theirs) return;
		this.#after(graceForDelivered, 'delivered', () => {
			if (this.#read.wanted < theirs.seq) void this.#delivered.reach(theirs.seq);
		});
	}

	#noteMyMarks(): void {
		const mine = this.#state.receipts.get(this.meId);
		if (!mine) return;
		this.#read.note(mine.read_seq);
		this.#delivered.note(mine.delivered_seq);
	}

	#catchUpIn(wait: number): void {
		if (this.#timers.has('catch up')) return;
		this.#after(wait, 'catch up', () => {
			if (isBehind(this.#state)) void this.catchUp();
		});
	}

	#after(wait: number, what: string, act: () => void): void {
		clearTimeout(this.#timers.get(what));
		const timer = setTimeout(() => {
			this.#timers.delete(what);
			act();
		}, wait);
		this.#timers.set(what, timer);
	}
}
