import { z } from 'zod/mini';
import type { Client } from './client';
import { unwrap } from './errors';
import { Counter, Head } from './messages';
import * as profiles from './profiles';

/** One line of the list of conversations: the other person, the last words, and why it matters now. */
export interface Conversation {
	id: string;
	kind: string;
	other_id: string | null;
	other_name: string | null;
	other_role: string | null;
	other_avatar_path: string | null;
	other_specialty: string | null;
	other_last_seen_at: string | null;
	rev: number;
	last_seq: number;
	epoch: number;
	care_open: boolean;
	last_message_id: string | null;
	last_message_kind: string | null;
	last_message_body: string | null;
	last_message_sender_id: string | null;
	last_message_at: string | null;
	unread: number;
	waiting_since: string | null;
	my_read_seq: number;
	other_read_seq: number;
	other_delivered_seq: number;
	cursor: string;
}

export type ConversationFilter = 'all' | 'unread' | 'waiting';

/** Which page of the list: `before` is the `cursor` of the last line had. */
export interface ConversationQuery {
	filter?: ConversationFilter;
	search?: string;
	before?: string;
	pageSize?: number;
}

/** The list is read in pages of this many. */
export const pageSize = 20;

/** A page of the caller's conversations, the most recent first. */
export async function list(client: Client, query: ConversationQuery = {}): Promise<Conversation[]> {
	const { filter = 'all', search, before } = query;
	return unwrap(
		await client.rpc('list_conversations', {
			filter,
			page_size: query.pageSize ?? pageSize,
			...(search ? { search } : {}),
			...(before ? { before } : {}),
		}),
	);
}

/** One conversation of the caller, with the other person; null when there is none with this id. */
export async function one(
	client: Client,
	id: string,
	callerId: string,
): Promise<{ id: string; kind: string; other: profiles.Profile | null } | null> {
	const rows = unwrap(
		await client.from('conversations').select('id, kind, patient_id, doctor_id').eq('id', id).limit(1),
	);
	const [row] = rows;
	if (!row) return null;
	const otherId = row.patient_id === callerId ? row.doctor_id : row.patient_id;
	const other = otherId ? await profiles.find(client, otherId) : null;
	return { id: row.id, kind: row.kind, other };
}

/**
 * The one conversation with a person, made or found.
 * @throws DbError `care_closed`, `blocked` (403)
 */
export async function start(client: Client, userId: string): Promise<{ id: string }> {
	return unwrap(await client.rpc('start_conversation', { with_user: userId }));
}

const PulseLine = z.extend(Head, { id: z.guid(), other_last_seen_at: z.nullable(z.string()) });
const Pulse = z.object({
	conversations: z.array(PulseLine),
	unread_messages: Counter,
	unread_notifications: Counter,
});
export type Pulse = z.infer<typeof Pulse>;

/** How far up to 50 conversations are, and the two unread totals; marks the caller as seen. */
export async function pulse(client: Client, conversations: string[]): Promise<Pulse> {
	return z.parse(Pulse, unwrap(await client.rpc('pulse', { conversations: conversations.slice(0, 50) })));
}
