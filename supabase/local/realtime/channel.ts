import { randomUUID } from 'node:crypto';
import type { Caller } from './authorization.ts';
import {
	encodeBroadcast,
	encodeMessage,
	isObject,
	type Broadcast,
	type ServerFrame,
	type Version,
} from './codec.ts';
import type { Context } from './context.ts';
import type { Outgoing, Subscriber, Topic } from './hub.ts';
import { acceptPostgresChanges, postgresChangesError, readJoinRequest, type JoinRequest } from './join.ts';
import { CallWindow } from './limits.ts';
import { Permissions } from './permissions.ts';
import { canNoLongerRead, cannotRead, JoinError, joinReason, shutdownReason } from './refusals.ts';
import { readReplay } from './replay.ts';
import { TokenWatch } from './token-watch.ts';
import { isApiKey, type Claims } from './token.ts';

export const TOPIC_PREFIX = 'realtime:';

/** The socket that a channel lives on. */
export interface Connection {
	readonly version: Version;
	readonly isOpen: boolean;
	/** The token or key that the socket was opened with. */
	readonly token: string;
	/** The `x-` headers of the upgrade. */
	readonly headers: Caller['headers'];
	send(frame: ServerFrame): void;
	/** The channel has ended by itself. */
	drop(channel: Channel): void;
}

/** One topic joined on one socket, from the join to its end. */
export class Channel implements Subscriber {
	/** With its prefix. */
	readonly topic: string;
	readonly version: Version;
	readonly #name: string;
	readonly #joinRef: string | null;
	readonly #context: Context;
	readonly #connection: Connection;
	readonly #request: JoinRequest;
	readonly #watch: TokenWatch;
	readonly #presenceCalls: CallWindow;
	#permissions: Permissions | null = null;
	#members: Topic | null = null;
	#replayed: ReadonlySet<string> = new Set();
	#usesPresence: boolean;
	#stopWaiting: (() => void) | undefined;
	#hasEnded = false;

	constructor(
		context: Context,
		connection: Connection,
		join: { topic: string; joinRef: string | null; payload: unknown },
	) {
		this.#context = context;
		this.#connection = connection;
		this.#joinRef = join.joinRef;
		this.#request = readJoinRequest(join.payload, randomUUID);
		this.topic = join.topic;
		this.version = connection.version;
		this.#name = join.topic.slice(TOPIC_PREFIX.length);
		this.#usesPresence = this.#request.presence.isEnabled;
		const { limits, tokens } = context;
		this.#presenceCalls = new CallWindow(limits.presenceCallsPerWindow, limits.presenceWindowMs);
		const { accessToken } = this.#request;
		const token = accessToken !== null && !isApiKey(accessToken) ? accessToken : connection.token;
		this.#watch = new TokenWatch(tokens, token, {
			checkMs: limits.tokenCheckMs,
			onRefused: (error) => this.shutDown(shutdownReason(error, this.#name)),
		});
	}

	/**
	 * Checks token and policies, answers the push `ref`, and receives from then on. Throws a {@link JoinError}, without
	 * having answered, when the join is refused. What follows the answer comes in hosted's order.
	 */
	async join(ref: string | null): Promise<void> {
		let stored: (Broadcast & { id: string })[];
		try {
			this.#permissions = await this.#authorize(await this.#watch.check());
			stored = await this.#readReplay();
		} catch (error) {
			this.end();
			throw new JoinError(joinReason(error, this.#name), { cause: error });
		}
		if (!this.#connection.isOpen) return this.end();
		this.#members = this.#context.hub.join(this.#name, this.#request.isPrivate, this);
		this.reply(ref, 'ok', { postgres_changes: acceptPostgresChanges(this.#request.postgresChanges) });
		this.#replayed = new Set(stored.map(({ id }) => id));
		for (const broadcast of stored) this.#sendStored(broadcast);
		if (this.#request.replicationReady) this.#announceReplication();
		for (const change of this.#request.postgresChanges) {
			this.#system('postgres_changes', 'error', postgresChangesError(change));
		}
		if (this.#usesPresence && this.readsPresence) this.#sendPresenceState();
	}

	get readsBroadcasts(): boolean {
		return this.#permissions?.canRead('broadcast') ?? false;
	}

	get readsPresence(): boolean {
		return this.#permissions?.canRead('presence') ?? false;
	}

	wasReplayed(id: string): boolean {
		return this.#replayed.has(id);
	}

	receiveBroadcast(frame: ServerFrame): void {
		this.#connection.send(frame);
		const { messages } = this.#context.rates;
		messages.add();
		if (messages.isExceeded()) this.shutDown('Too many messages per second');
	}

	receivePresence(frame: ServerFrame): void {
		this.#connection.send(frame);
		this.#context.rates.presence.add();
	}

	/** A broadcast of `bytes` by this client. One that the policies refuse gets no answer at all, as on hosted. */
	broadcast(ref: string | null, outgoing: Outgoing, bytes: number): void | Promise<void> {
		const allowed = this.#permissions?.canWrite('broadcast');
		if (allowed) this.#broadcastAllowed(ref, outgoing, bytes);
		else if (allowed === null) return this.#askThenBroadcast(ref, outgoing, bytes);
	}

	/** `track` and `untrack`. */
	async presence(ref: string | null, payload: unknown): Promise<void> {
		if (!isObject(payload) || typeof payload.event !== 'string') return this.reply(ref, 'ok', {});
		if (!this.#presenceCalls.take()) return this.shutDown('Client presence rate limit exceeded');
		const event = payload.event.toLowerCase();
		if (event === 'untrack') return this.#untrack(ref);
		const allowed = event === 'track' && (await this.#mayTrack());
		if (!allowed) return this.reply(ref, 'error', {});
		this.#track(ref, payload.payload === undefined ? {} : payload.payload);
	}

	/** A new token of the same client: silence when it is good, the end of the channel when it is not. */
	async renewToken(payload: unknown): Promise<void> {
		const token = isObject(payload) ? payload.access_token : undefined;
		if (typeof token !== 'string' || isApiKey(token) || token === this.#watch.token) return;
		try {
			const permissions = await this.#authorize(await this.#watch.check(token));
			if (this.#permissions?.isRevokedBy(permissions)) return this.shutDown(canNoLongerRead(this.#name));
			this.#permissions = permissions;
		} catch (error) {
			const refusal = error instanceof JoinError ? cannotRead(this.#name) : shutdownReason(error, this.#name);
			this.shutDown(refusal);
		}
	}

	/** Answers the push `ref`. */
	reply(ref: string | null, status: 'ok' | 'error', response: unknown): void {
		this.#send(ref, 'phx_reply', { status, response });
	}

	/** Tells the client why, then closes. */
	shutDown(message: string): void {
		if (this.#hasEnded) return;
		this.#context.log(`Realtime: ChannelShutdown: ${message}`);
		this.#system('system', 'error', message);
		this.close();
	}

	/** Ends the channel and says so; the client does not join again by itself. */
	close(): void {
		if (this.#hasEnded) return;
		this.end();
		this.#send(this.#joinRef, 'phx_close', {});
		this.#connection.drop(this);
	}

	/** Ends the channel after an error of our own; the client joins again. */
	crash(): void {
		if (this.#hasEnded) return;
		this.end();
		this.#send(this.#joinRef, 'phx_error', {});
		this.#connection.drop(this);
	}

	/** Ends the channel without a word: its socket is gone, or it never joined. */
	end(): void {
		this.#hasEnded = true;
		this.#watch.stop();
		this.#stopWaiting?.();
		this.#members = null;
		this.#context.hub.leave(this.#name, this.#request.isPrivate, this);
	}

	async #authorize(claims: Claims): Promise<Permissions> {
		const caller = { claims, headers: this.#connection.headers };
		const { authorization } = this.#context;
		const permissions = new Permissions(authorization, caller, this.#name, this.#request.isPrivate);
		await permissions.askRead(this.#usesPresence);
		if (!permissions.canRead('broadcast') && !permissions.canRead('presence')) {
			throw new JoinError(`Unauthorized: ${cannotRead(this.#name)}`);
		}
		return permissions;
	}

	async #readReplay(): Promise<(Broadcast & { id: string })[]> {
		const { replay, isPrivate } = this.#request;
		if (!replay) return [];
		if (!isPrivate) throw new JoinError('UnableToReplayMessages: Replay is not allowed for public channels');
		if (!this.readsBroadcasts) throw new JoinError(`Unauthorized: ${cannotRead(this.#name)}`);
		return readReplay(this.#context.pool, this.#name, replay);
	}

	/** Stored JSON goes as a text message with the join's ref; plain bytes have only the binary frame. */
	#sendStored(stored: Broadcast): void {
		const { event, meta, encoding, body } = stored;
		if (encoding === 'json') {
			const payload: unknown = JSON.parse(body.toString());
			return this.#send(null, 'broadcast', { event, payload, type: 'broadcast', meta });
		}
		const frame = encodeBroadcast(this.version, this.topic, stored);
		if (frame) this.#connection.send(frame);
	}

	#sendPresenceState(): void {
		if (!this.#members || !this.#countPresence()) return;
		this.#send(null, 'presence_state', this.#members.presence.state());
	}

	#announceReplication(): void {
		const timer = setTimeout(() => {
			this.shutDown('Replication connection was not established in time');
		}, this.#context.limits.replicationReadyMs);
		const forget = this.#context.replication.whenReady(() => {
			clearTimeout(timer);
			this.#system('system', 'ok', 'Replication connection established');
		});
		this.#stopWaiting = () => {
			clearTimeout(timer);
			forget();
		};
	}

	async #askThenBroadcast(ref: string | null, outgoing: Outgoing, bytes: number): Promise<void> {
		const allowed = await this.#ask((permissions) => permissions.askWrite('broadcast'));
		if (allowed) this.#broadcastAllowed(ref, outgoing, bytes);
	}

	#broadcastAllowed(ref: string | null, outgoing: Outgoing, bytes: number): void {
		this.#context.rates.messages.add();
		const { ack, self } = this.#request;
		if (bytes > this.#context.limits.payloadBytes) {
			if (ack) this.reply(ref, 'error', { error: 'payload_size_exceeded' });
			return;
		}
		this.#members?.broadcast(outgoing, self ? undefined : this);
		if (ack) this.reply(ref, 'ok', {});
	}

	async #mayTrack(): Promise<boolean> {
		const known = this.#permissions?.canWrite('presence') ?? null;
		return known ?? this.#ask((permissions) => permissions.askWrite('presence'));
	}

	/** A policy that raises refuses. */
	async #ask(question: (permissions: Permissions) => Promise<boolean>): Promise<boolean> {
		try {
			return this.#permissions !== null && (await question(this.#permissions));
		} catch (error) {
			this.#context.log(`Realtime: ${joinReason(error, this.#name)}`);
			return false;
		}
	}

	#track(ref: string | null, meta: unknown): void {
		if (!isObject(meta)) return this.reply(ref, 'error', { reason: 'Presence track payload must be a map' });
		if (Buffer.byteLength(JSON.stringify(meta)) > this.#context.limits.payloadBytes) {
			return this.shutDown('Track message size exceeded');
		}
		if (!this.#members || !this.#countPresence()) return;
		this.#usesPresence = true;
		const diff = this.#members.presence.track(this, this.#request.presence.key, meta);
		this.reply(ref, 'ok', {});
		if (diff) this.#members.announce(diff);
	}

	#untrack(ref: string | null): void {
		const diff = this.#members?.presence.untrack(this);
		this.reply(ref, 'ok', {});
		if (diff) this.#members?.announce(diff);
	}

	/** False when this was one presence change too many, which closes the channel. */
	#countPresence(): boolean {
		const { presence } = this.#context.rates;
		if (presence.isExceeded()) {
			this.shutDown('Too many presence messages per second');
			return false;
		}
		presence.add();
		return true;
	}

	#system(extension: 'system' | 'postgres_changes', status: 'ok' | 'error', message: string): void {
		this.#send(null, 'system', { extension, status, message, channel: this.#name });
	}

	#send(ref: string | null, event: string, payload: unknown): void {
		const message = { joinRef: this.#joinRef, ref, topic: this.topic, event, payload };
		this.#connection.send(encodeMessage(this.version, message));
	}
}
