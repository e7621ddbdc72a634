import type { Draft, Message } from '$lib/db/messages';
import { DbError } from '$lib/db/errors';
import { advance, type Delivery } from './delivery';
import { createMessageId } from './message-id';

/** One of my messages that the database has not confirmed yet. */
export interface Outgoing extends Draft {
	/** When it was written, by this device's clock; the row brings the database's time. */
	writtenAt: string;
	delivery: Extract<Delivery, 'queued' | 'sending' | 'failed'>;
	/** Why it failed: a hint of the contract, or `unreachable` when no answer came and it tries again by itself. */
	reason: string | null;
	tries: number;
}

export interface OutboxPorts {
	send: (draft: Draft) => Promise<Message>;
	isOnline: () => boolean;
	/** Where to tell of a refusal that this client did not foresee; it is told ids and hints only. */
	log?: (error: unknown) => void;
}

const firstRetry = 1_000;
const longestRetry = 30_000;

/**
 * Everything written and not yet confirmed, in the order it was written. One message of a conversation is on
 * its way at a time, so the database sees them in that order; each keeps its id through every try, so a lost
 * answer cannot double it. No answer: it fails in place and tries again with back-off. A refusal parks it
 * until Retry or Discard, and the ones behind it go on.
 */
export class Outbox {
	#entries = $state.raw<readonly Outgoing[]>([]);
	readonly #ports: OutboxPorts;
	readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
	readonly #listeners = new Set<(row: Message) => void>();
	#isDisposed = false;

	constructor(ports: OutboxPorts) {
		this.#ports = ports;
	}

	/** What waits in one conversation, oldest first. */
	of(conversationId: string): readonly Outgoing[] {
		return this.#entries.filter((entry) => entry.conversationId === conversationId);
	}

	/** Queues a message; the returned id is the message's for good. */
	post(conversationId: string, body: string, replyTo: string | null = null): string {
		const id = createMessageId();
		const writtenAt = new Date().toISOString();
		const entry: Outgoing = {
			id,
			conversationId,
			body,
			replyTo,
			writtenAt,
			delivery: 'queued',
			reason: null,
			tries: 0,
		};
		this.#entries = [...this.#entries, entry];
		void this.#sendNext(conversationId);
		return id;
	}

	/** Tries a failed message again, now and with its old id. */
	retry(id: string): void {
		const entry = this.#find(id);
		if (entry?.delivery !== 'failed') return;
		this.#update(id, { delivery: advance('failed', 'queued') as 'queued', reason: null });
		this.#stopTimer(entry.conversationId);
		void this.#sendNext(entry.conversationId);
	}

	/** Gives up a message that the database refused. */
	discard(id: string): void {
		const entry = this.#find(id);
		if (entry?.delivery !== 'failed') return;
		this.#remove(id);
		void this.#sendNext(entry.conversationId);
	}

	/** The row was seen, by whatever way: it is sent, even when the answer to the send never comes. */
	confirm(id: string): void {
		const entry = this.#find(id);
		if (!entry) return;
		this.#remove(id);
		void this.#sendNext(entry.conversationId);
	}

	/** The network is back: whatever waits for its next try goes now. */
	wake(): void {
		for (const entry of this.#entries) {
			if (entry.reason === 'unreachable') this.retry(entry.id);
			else void this.#sendNext(entry.conversationId);
		}
	}

	/** Tells each confirmed row; returns how to stop listening. */
	onSent(listener: (row: Message) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	dispose(): void {
		this.#isDisposed = true;
		for (const timer of this.#timers.values()) clearTimeout(timer);
		this.#listeners.clear();
	}

	async #sendNext(conversationId: string): Promise<void> {
		const waiting = this.of(conversationId);
		// A retry may stand before the one that is on its way.
		if (waiting.some((entry) => entry.delivery === 'sending')) return;
		// A message that only lacks an answer keeps its turn; one that was refused lets the others pass.
		const next = waiting.find((entry) => entry.delivery !== 'failed' || entry.reason === 'unreachable');
		if (next?.delivery !== 'queued' || this.#isDisposed || !this.#ports.isOnline()) return;
		const { id, body, replyTo } = next;
		this.#update(id, { delivery: advance('queued', 'sending') as 'sending', tries: next.tries + 1 });
		try {
			const row = await this.#ports.send({ id, conversationId, body, replyTo });
			for (const listener of this.#listeners) listener(row);
			this.confirm(id);
		} catch (error) {
			this.#fail(id, error);
		}
		await this.#sendNext(conversationId);
	}

	#fail(id: string, error: unknown): void {
		const entry = this.#find(id);
		if (!entry) return;
		const isTransient = error instanceof DbError && error.isTransient;
		const refusal = error instanceof DbError ? (error.hint ?? 'refused') : 'refused';
		if (!(error instanceof DbError)) this.#ports.log?.(error);
		const reason = isTransient ? 'unreachable' : refusal;
		this.#update(id, { delivery: advance(entry.delivery, 'failed') as 'failed', reason });
		if (isTransient && !this.#isDisposed) this.#retryLater(entry);
	}

	#retryLater(entry: Outgoing): void {
		const wait = Math.min(longestRetry, firstRetry * 2 ** (entry.tries - 1)) * (0.75 + Math.random() / 2);
		this.#stopTimer(entry.conversationId);
		this.#timers.set(
			entry.conversationId,
			setTimeout(() => this.retry(entry.id), wait),
		);
	}

	#stopTimer(conversationId: string): void {
		clearTimeout(this.#timers.get(conversationId));
		this.#timers.delete(conversationId);
	}

	#find(id: string): Outgoing | undefined {
		return this.#entries.find((entry) => entry.id === id);
	}

	#update(id: string, change: Partial<Outgoing>): void {
		this.#entries = this.#entries.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
	}

	#remove(id: string): void {
		this.#entries = this.#entries.filter((entry) => entry.id !== id);
	}
}
