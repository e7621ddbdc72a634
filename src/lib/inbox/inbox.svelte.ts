import type { Conversation, ConversationFilter, ConversationQuery, Pulse } from '$lib/db/conversations';
import type { Head } from '$lib/db/messages';
import { mergeFresh } from './merge';

/** What the list of conversations needs of the world. */
export interface InboxPorts {
	list: (query: ConversationQuery) => Promise<Conversation[]>;
	pulse: (ids: string[]) => Promise<Pulse>;
	markDelivered: (id: string, seq: number) => Promise<unknown>;
	/** Tells the unread total to whoever shows it elsewhere. */
	showUnread: (total: number) => void;
}

/** A page of the list as the server rendered it. */
export interface InboxStart {
	conversations: Conversation[];
	unread: number;
	now: Date;
}

const pageSize = 20;
/** One request brings at most this many lines up to date; further ones come with their own change. */
const longestRefresh = 50;
const graceForRefresh = 80;
/** A conversation that is new shows in no pulse, so every fourth one reads the list as well. */
const lookEvery = 4;
const graceForSearch = 200;
/** Somebody who was heard of within a minute counts as there. */
const activeFor = 60_000;

/** The list of conversations: its lines, what is unread, and who is there. */
export class Inbox {
	#rows = $state.raw<readonly Conversation[]>([]);
	#unread = $state(0);
	#now = $state.raw(new Date());
	#filter = $state<ConversationFilter>('all');
	#search = $state('');
	#hasMore = $state(false);
	#isLoading = $state(false);
	#isSeeded = false;
	#pulses = 0;
	#isRefreshing = false;
	#mustRefresh = false;

	readonly #meId: string;
	readonly #ports: InboxPorts;
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
	/** How far this client has read and received, which a list that was asked for earlier may not know. */
	readonly #readUpTo = new Map<string, number>();
	readonly #deliveredUpTo = new Map<string, number>();
	/** The question that the lines answer; an answer to an earlier one comes too late. */
	#question = 0;

	constructor(meId: string, ports: InboxPorts) {
		this.#meId = meId;
		this.#ports = ports;
	}

	get rows(): readonly Conversation[] {
		return this.#rows;
	}

	get unread(): number {
		return this.#unread;
	}

	/** The time of the last word from the server's side of things; what "now" means in the list. */
	get now(): Date {
		return this.#now;
	}

	get filter(): ConversationFilter {
		return this.#filter;
	}

	get search(): string {
		return this.#search;
	}

	get hasMore(): boolean {
		return this.#hasMore;
	}

	get isLoading(): boolean {
		return this.#isLoading;
	}

	/** Whether a person was here within the last minute. */
	isActive(row: Conversation): boolean {
		return (
			row.other_last_seen_at !== null && this.#now.getTime() - Date.parse(row.other_last_seen_at) < activeFor
		);
	}

	find(id: string): Conversation | undefined {
		return this.#rows.find((row) => row.id === id);
	}

	/** Starts from the first page that the server rendered. */
	seed({ conversations, unread, now }: InboxStart): void {
		this.#question++;
		this.#filter = 'all';
		this.#search = '';
		this.#isSeeded = true;
		this.#now = now;
		this.#hasMore = conversations.length === pageSize;
		this.#rows = conversations.map((row) => this.#withoutRead(row));
		this.#showUnread(unread);
	}

	filterBy(filter: ConversationFilter): void {
		this.#filter = filter;
		void this.#ask();
	}

	searchFor(text: string): void {
		this.#search = text;
		this.#after(graceForSearch, 'search', () => void this.#ask());
	}

	/** A conversation changed: its line is read again, with whatever changed meanwhile. */
	hear(change: { id: string } & Head): void {
		// Reading moves no rev: one that is told again may mean that I have read on another screen.
		if (!this.#isKnown(change) || this.find(change.id)?.unread) this.#refreshSoon();
	}

	/** I have read a conversation up to here, in this tab. */
	noteRead(id: string, seq: number): void {
		if (seq <= (this.#readUpTo.get(id) ?? 0)) return;
		this.#readUpTo.set(id, seq);
		const row = this.find(id);
		if (!row || row.unread === 0 || row.last_seq > seq) return;
		this.#showUnread(Math.max(0, this.#unread - row.unread));
		this.#rows = this.#rows.map((line) => (line.id === id ? { ...line, unread: 0 } : line));
		this.#after(graceForRefresh, 'pulse', () => void this.pulse());
	}

	/** Brings the lines had up to date in one request; calls while one runs lead to one more. */
	async refresh(): Promise<void> {
		this.#mustRefresh = true;
		if (this.#isRefreshing) return;
		this.#isRefreshing = true;
		while (this.#mustRefresh) {
			this.#mustRefresh = false;
			const question = this.#question;
			const size = Math.min(Math.max(this.#rows.length, pageSize), longestRefresh);
			const fresh = this.#isSeeded ? await this.#ports.list(this.#query(size)).catch(() => null) : null;
			if (fresh && question === this.#question) this.#merge(fresh, size);
			await this.#takePulse();
		}
		this.#isRefreshing = false;
	}

	/** Asks how the lines shown are doing; what differs is read again. Heals every hint that was lost. */
	async pulse(): Promise<void> {
		const unreadBefore = this.#unread;
		const lines = await this.#takePulse();
		// Reading in another tab changes no rev, only the total.
		const isTimeToLook = ++this.#pulses % lookEvery === 0 || this.#unread !== unreadBefore;
		if (isTimeToLook || !lines.every((line) => this.#isKnown(line))) this.#refreshSoon();
	}

	/** The next page of the list. */
	async loadMore(): Promise<void> {
		const before = this.#rows.at(-1)?.cursor;
		if (!this.#hasMore || this.#isLoading || !before) return;
		const question = this.#question;
		this.#isLoading = true;
		const page = await this.#ports.list({ ...this.#query(pageSize), before }).catch(() => null);
		this.#isLoading = false;
		if (!page || question !== this.#question) return;
		this.#hasMore = page.length === pageSize;
		this.#rows = [...this.#rows, ...page.filter((row) => !this.find(row.id))];
	}

	dispose(): void {
		for (const timer of this.#timers.values()) clearTimeout(timer);
	}

	async #ask(): Promise<void> {
		const question = ++this.#question;
		this.#isLoading = true;
		const rows = await this.#ports.list(this.#query(pageSize)).catch(() => null);
		if (question !== this.#question) return;
		this.#isLoading = false;
		if (!rows) return;
		this.#hasMore = rows.length === pageSize;
		this.#rows = rows.map((row) => this.#withoutRead(row));
	}

	async #takePulse(): Promise<Pulse['conversations']> {
		const ids = this.#rows.slice(0, longestRefresh).map((row) => row.id);
		const answer = await this.#ports.pulse(ids).catch(() => null);
		if (!answer) return [];
		this.#now = new Date();
		this.#showUnread(answer.unread_messages);
		const lines = new Map(answer.conversations.map((line) => [line.id, line]));
		this.#rows = this.#rows.map((row) => {
			const seenAt = lines.get(row.id)?.other_last_seen_at ?? row.other_last_seen_at;
			return seenAt === row.other_last_seen_at ? row : { ...row, other_last_seen_at: seenAt };
		});
		return answer.conversations;
	}

	#isKnown(change: { id: string } & Head): boolean {
		const known = this.find(change.id);
		return known !== undefined && known.rev >= change.rev && known.care_open === change.care_open;
	}

	/** Not put off by further changes: a busy clinic would never see any. */
	#refreshSoon(): void {
		if (!this.#timers.has('refresh')) this.#after(graceForRefresh, 'refresh', () => void this.refresh());
	}

	#query(size: number): ConversationQuery {
		return { filter: this.#filter, search: this.#search.trim(), pageSize: size };
	}

	#merge(fresh: readonly Conversation[], size: number): void {
		if (fresh.length < size) this.#hasMore = false;
		this.#rows = mergeFresh(this.#rows, fresh, size).map((row) => this.#withoutRead(row));
		void this.#tellDelivered();
	}

	/** What the list shows of the other's words, this client has received. */
	async #tellDelivered(): Promise<void> {
		for (const { id, unread, last_seq, last_message_sender_id } of this.#rows) {
			if (unread === 0 || last_message_sender_id === this.#meId) continue;
			if (last_seq <= (this.#deliveredUpTo.get(id) ?? 0)) continue;
			this.#deliveredUpTo.set(id, last_seq);
			await this.#ports.markDelivered(id, last_seq).catch(() => this.#deliveredUpTo.delete(id));
		}
	}

	#withoutRead(row: Conversation): Conversation {
		return row.last_seq <= (this.#readUpTo.get(row.id) ?? -1) ? { ...row, unread: 0 } : row;
	}

	#showUnread(total: number): void {
		this.#unread = total;
		this.#ports.showUnread(total);
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
