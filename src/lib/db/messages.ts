import { z } from 'zod/mini';
import type { Client } from './client';
import { unwrap } from './errors';

/** A counter of the protocol (seq, rev, epoch): a bigint in Postgres, well below 2^53 in any conversation. */
export const Counter = z.int().check(z.nonnegative());
const Timestamp = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))));

/** One row of `messages`, the same from REST, from a function and on the wire of the live channel. */
export const Message = z.object({
	id: z.guid(),
	conversation_id: z.guid(),
	seq: z.int().check(z.positive()),
	rev: z.int().check(z.positive()),
	sender_id: z.nullable(z.guid()),
	kind: z.string(),
	body: z.string(),
	reply_to: z.nullable(z.guid()),
	sent_at: Timestamp,
	edited_at: z.nullable(Timestamp),
	withdrawn_at: z.nullable(Timestamp),
});
export type Message = z.infer<typeof Message>;

/** How far one member has had and read a conversation. It has no rev: it only ever moves forward. */
export const Receipt = z.object({
	user_id: z.guid(),
	delivered_seq: Counter,
	delivered_at: z.nullable(Timestamp),
	read_seq: Counter,
	read_at: z.nullable(Timestamp),
});
export type Receipt = z.infer<typeof Receipt>;

/** What a conversation says about itself: how far it is, which live topics are its own, whether care is open. */
export const Head = z.object({ rev: Counter, last_seq: Counter, epoch: Counter, care_open: z.boolean() });
export type Head = z.infer<typeof Head>;

/** One answer of `changes_since`: the head, every receipt, and the messages changed since a rev, by rev. */
export const Changes = z.extend(Head, {
	members: z.array(Receipt),
	messages: z.array(Message),
	more: z.boolean(),
});
export type Changes = z.infer<typeof Changes>;

/** What a send needs; the id is made by the client once and kept through every retry. */
export interface Draft {
	id: string;
	conversationId: string;
	body: string;
	replyTo: string | null;
}

/** Messages are read in pages of this many. */
export const pageSize = 50;

/** A send or read that takes longer counts as unanswered; the next try settles what became of it. */
const answerWithin = 15_000;

/** A page of at most 50 messages, oldest first: the newest ones, or those before a seq. */
export async function list(client: Client, conversationId: string, beforeSeq?: number): Promise<Message[]> {
	let query = client.from('messages').select('*').eq('conversation_id', conversationId);
	if (beforeSeq !== undefined) query = query.lt('seq', beforeSeq);
	const rows = unwrap(
		await query
			.order('seq', { ascending: false })
			.limit(pageSize)
			.abortSignal(AbortSignal.timeout(answerWithin)),
	);
	return rows.map((row) => z.parse(Message, row)).reverse();
}

/**
 * Sends once: the same draft again returns the same row, whatever became of the first answer.
 * @throws DbError `care_closed`, `blocked`, `suspended` (403), `not_a_member` (404), `id_reused` (409),
 * `too_long`, `empty` (400), `too_fast` (429)
 */
export async function send(client: Client, draft: Draft): Promise<Message> {
	const { id, conversationId: conversation, body, replyTo: reply_to } = draft;
	const args = { conversation, id, body, ...(reply_to ? { reply_to } : {}) };
	return z.parse(
		Message,
		unwrap(await client.rpc('send_message', args).abortSignal(AbortSignal.timeout(answerWithin))),
	);
}

/**
 * Everything that changed in a conversation since a rev, in one snapshot.
 * @throws DbError `not_a_member` (404)
 */
export async function changesSince(
	client: Client,
	conversation: string,
	rev: number,
	page_size = 100,
): Promise<Changes> {
	const answer = client.rpc('changes_since', { conversation, rev, page_size });
	return z.parse(Changes, unwrap(await answer.abortSignal(AbortSignal.timeout(answerWithin))));
}

/** Moves the caller's reading mark forward to a seq; a lower one changes nothing. */
export async function markRead(client: Client, conversation: string, seq: number): Promise<Receipt> {
	return z.parse(Receipt, unwrap(await client.rpc('mark_read', { conversation, seq })));
}

/** Tells that this client has every message up to a seq; a lower one changes nothing. */
export async function markDelivered(client: Client, conversation: string, seq: number): Promise<Receipt> {
	return z.parse(Receipt, unwrap(await client.rpc('mark_delivered', { conversation, seq })));
}
