/** Where one of my messages is on its way to the other person. */
export type Delivery = 'queued' | 'sending' | 'failed' | 'sent' | 'delivered' | 'read';

const allowed: Record<Delivery, readonly Delivery[]> = {
	queued: ['sending'],
	sending: ['sent', 'failed'],
	failed: ['queued'],
	sent: ['delivered'],
	delivered: ['read'],
	read: [],
};

/** The next state, if the table allows the step; any other step is a broken invariant and throws. */
export function advance(from: Delivery, to: Delivery): Delivery {
	if (!allowed[from].includes(to)) throw new Error(`A message cannot go from ${from} to ${to}`);
	return to;
}

/** How far the other person has had and read a conversation, by seq. */
export interface Reach {
	delivered_seq: number;
	read_seq: number;
}

/** What a stored message of mine has reached; reading implies having received. */
export function deliveryOf(seq: number, other: Reach | undefined): Delivery {
	if (other && seq <= other.read_seq) return 'read';
	if (other && seq <= other.delivered_seq) return 'delivered';
	return 'sent';
}
