import type { Message } from '$lib/db/messages';
import { deliveryOf, type Delivery, type Reach } from './delivery';
import type { Outgoing } from './outbox.svelte';

/** One message as the thread shows it, whether a row or still on its way. */
export interface Bubble {
	id: string;
	/** Null while it has no place in the table yet. */
	seq: number | null;
	/** Null for a line of the system, whose body is then a code. */
	senderId: string | null;
	body: string;
	at: string;
	/** Only for what I wrote. */
	delivery: Delivery | null;
	/** Why it failed. */
	reason: string | null;
}

export function bubbleOfRow(row: Message, meId: string, other: Reach | undefined): Bubble {
	const { id, seq, sender_id: senderId, body, sent_at: at } = row;
	const delivery = senderId === meId ? deliveryOf(seq, other) : null;
	return { id, seq, senderId, body, at, delivery, reason: null };
}

export function bubbleOfEntry(entry: Outgoing, meId: string): Bubble {
	const { id, body, writtenAt: at, delivery, reason } = entry;
	return { id, seq: null, senderId: meId, body, at, delivery, reason };
}
