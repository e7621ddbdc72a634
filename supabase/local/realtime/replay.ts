import type pg from 'pg';
import { encodeBroadcast, encodeMessage, type Broadcast, type ServerFrame, type Version } from './codec.ts';

/** At most so many messages are replayed, whatever the client asks. */
const MAX_REPLAYED = 25;

/** A broadcast that the database has kept. */
export interface Stored extends Broadcast {
	id: string;
}

/** `since` or `limit` is no integer, or `since` no date. */
export class ReplayError extends Error {
	override name = 'ReplayError';
}

/**
 * The newest stored broadcasts of a private topic since a moment, oldest first. `since` is in milliseconds; a limit
 * outside 1 to 25 is moved into it. Only what came through the database is stored.
 */
export async function readReplay(
	pool: pg.Pool,
	topic: string,
	{ since, limit }: Record<string, unknown>,
): Promise<Stored[]> {
	const count = limit ?? MAX_REPLAYED;
	if (!isDate(since) || !Number.isInteger(count)) throw new ReplayError('Replay params are not valid');
	const { rows } = await pool.query<{ id: string; event: string; payload: string; binary_payload: Buffer }>(
		`select id, event, payload::text as payload, binary_payload from realtime.messages
		where topic = $1 and private and extension = 'broadcast'
			and inserted_at >= to_timestamp($2::float8 / 1000) at time zone 'utc'
			and inserted_at < (now() at time zone 'utc') + interval '1 minute'
		order by inserted_at desc limit $3`,
		[topic, since, Math.min(Math.max(count as number, 1), MAX_REPLAYED)],
	);
	return rows
		.filter(({ event, payload, binary_payload }) => event !== null && (payload ?? binary_payload) !== null)
		.reverse()
		.map(({ id, event, payload, binary_payload }) => ({
			id,
			event,
			encoding: binary_payload ? 'binary' : 'json',
			body: binary_payload ?? Buffer.from(payload),
			meta: { replayed: true, id },
		}));
}

/**
 * Writes a replayed broadcast: JSON in a text frame of the join `joinRef`, plain bytes in the binary frame that alone
 * can hold them, and null where the format has none.
 */
export function encodeStored(
	version: Version,
	topic: string,
	joinRef: string | null,
	stored: Stored,
): ServerFrame | null {
	const { event, meta, encoding, body } = stored;
	if (encoding === 'binary') return encodeBroadcast(version, topic, stored);
	const payload = { event, payload: JSON.parse(body.toString()) as unknown, type: 'broadcast', meta };
	return encodeMessage(version, { joinRef, ref: null, topic, event: 'broadcast', payload });
}

function isDate(since: unknown): since is number {
	return Number.isInteger(since) && Math.abs(since as number) <= 8.64e15;
}
