import { createHash } from 'node:crypto';
import { isObject } from './codec.ts';

/** What a client asks for in the payload of `phx_join`, with hosted's defaults for all that is absent or wrong. */
export interface JoinRequest {
	isPrivate: boolean;
	/** Answer each broadcast. */
	ack: boolean;
	/** Send the client its own broadcasts. */
	self: boolean;
	presence: { isEnabled: boolean; key: string };
	/** Wants a system message once broadcasts from the database can arrive. */
	replicationReady: boolean;
	/** Wants the newest stored messages; unchecked, because a wrong value is an error of its own. */
	replay: Record<string, unknown> | null;
	postgresChanges: Record<string, unknown>[];
	/** The user's token, if one came with the join. */
	accessToken: string | null;
}

/**
 * Reads a join payload. As on hosted a wrong value never fails the join: its default is taken. Booleans may come as
 * the strings "true" and "false" in any case. `makeKey` makes the presence key of a client that names none.
 */
export function readJoinRequest(payload: unknown, makeKey: () => string): JoinRequest {
	const join = object(payload);
	const config = object(join.config);
	const broadcast = object(config.broadcast);
	const presence = object(config.presence);
	const changes = Array.isArray(config.postgres_changes) ? config.postgres_changes : [];
	const key = presence.key;
	return {
		isPrivate: boolean(config.private),
		ack: boolean(broadcast.ack),
		self: boolean(broadcast.self),
		presence: {
			isEnabled: boolean(presence.enabled),
			key: (typeof key === 'string' || typeof key === 'number') && key !== '' ? String(key) : makeKey(),
		},
		replicationReady: boolean(broadcast.replication_ready),
		replay: isObject(broadcast.replay) ? broadcast.replay : null,
		postgresChanges: changes.filter(isObject),
		accessToken: token(join.user_token) ?? token(join.access_token),
	};
}

/** The bindings as the reply must list them: in the order of the request, each with a number of its own. */
export function acceptPostgresChanges(changes: Record<string, unknown>[]): Record<string, unknown>[] {
	return changes.map((change) => {
		const digest = createHash('sha1').update(JSON.stringify(change)).digest();
		return { ...change, id: digest.readUInt32BE(0) >>> 5 };
	});
}

/**
 * What hosted says about a table outside the publication `supabase_realtime`. This server has no Postgres Changes at
 * all, so it says so for every table.
 */
export function postgresChangesError(change: Record<string, unknown>): string {
	const { event = '*', schema = 'public', table = '*' } = change;
	return (
		'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given ' +
		`connect parameters: [event: ${event}, schema: ${schema}, table: ${table}, filters: [], select: nil]`
	);
}

function object(value: unknown): Record<string, unknown> {
	return isObject(value) ? value : {};
}

function boolean(value: unknown): boolean {
	return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function token(value: unknown): string | null {
	return typeof value === 'string' ? value : null;
}
