import { randomUUID } from 'node:crypto';
import { encodeMessage, isObject, type ServerFrame, type Version } from './codec.ts';
import { ChannelPresence, type PresenceHost } from './channel-presence.ts';
import type { Context } from './context.ts';
import type { Outgoing, Topic } from './hub.ts';
import { acceptPostgresChanges, postgresChangesError, readJoinRequest, type JoinRequest } from './join.ts';
import { Permissions } from './permissions.ts';
import { canNoLongerRead, cannotRead, JoinError, joinReason, shutdownReason } from './refusals.ts';
import { encodeStored, readReplay, type Stored } from './replay.ts';
import type { Socket } from './socket.ts';
import { TokenWatch } from './token-watch.ts';
import { isApiKey, type Claims } from './token.ts';

export const TOPIC_PREFIX = 'realtime:';

/** One topic joined on one socket, from the join to its end. */
export class Channel implements PresenceHost {
	/** With its prefix. */
	readonly topic: string;
	readonly version: Version;
	readonly #name: string;
	readonly #joinRef: string | null;
	readonly #context: Context;
	readonly #socket: Socket;
	readonly #request: JoinRequest;
	readonly #watch: TokenWatch;
	readonly #presence: ChannelPresence;
	#permissions: Permissions | null = null;
	#members: Topic | null = null;
	#replayed: ReadonlySet<string> = new Set();
	#usesPresence: boolean;
	#stopWaiting: (() => void) | undefined;
	#hasEnded = false;

	/** `payload` is that of the `phx_join`. */
	constructor(
		context: Context,
		socket: Socket,
		{ topic, joinRef, payload }: { topic: string; joinRef: string | null; payload: unknown },
	) {
		this.#context = context;
		this.#socket = socket;
		this.#joinRef = joinRef;
		this.#request = readJoinRequest(payload, randomUUID);
		this.topic = topic;
		this.version = socket.version;
		this.#name = topic.slice(TOPIC_PREFIX.length);
		this.#usesPresence = this.#request.presence.isEnabled;
		const { limits, tokens } = context;
		this.#presence = new ChannelPresence(context, this, this.#request.presence.key);
		const { accessToken } = this.#request;
		const token = accessToken !== null && !isApiKey(accessToken) ? accessToken : socket.token;
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
		let stored: Stored[];
		try {
			this.#permissions = await this.#authorize(await this.#watch.check());
			stored = await this.#readReplay();
		} catch (error) {
			this.end();
			throw new JoinError(joinReason(error, this.#name), { cause: error });
		}
		if (this.#hasEnded || !this.#socket.isOpen) return this.end();
		this.#members = this.#context.hub.join(this.#name, this.#request.isPrivate, this);
		this.reply(ref, 'ok', { postgres_changes: acceptPostgresChanges(this.#request.postgresChanges) });
		this.#replayed = new Set(stored.map(({ id }) => id));
		for (const broadcast of stored) this.#sendStored(broadcast);
		if (this.#request.replicationReady) this.#announceReplication();
		for (const change of this.#request.postgresChanges) {
			this.#system('postgres_changes', 'error', postgresChangesError(change));
		}
		if (this.#usesPresence && this.readsPresence) this.#presence.sendState();
	}

	get readsBroadcasts(): boolean {
		return this.#permissions?.canRead('broadcast') ?? false;
	}

	get readsPresence(): boolean {
		return this.#permissions?.canRead('presence') ?? false;
	}

	get members(): Topic | null {
		return this.#members;
	}

	wasReplayed(id: string): boolean {
		return this.#replayed.has(id);
	}

	receiveBroadcast(frame: ServerFrame): void {
		this.#socket.send(frame);
		const { messages } = this.#context.rates;
		messages.add();
		if (messages.isExceeded()) this.shutDown('Too many messages per second');
	}

	receivePresence(frame: ServerFrame): void {
		this.#socket.send(frame);
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
		if (await this.#presence.handle(ref, payload)) this.#usesPresence = true;
	}

	async mayTrack(): Promise<boolean> {
		const known = this.#permissions?.canWrite('presence') ?? null;
		return known ?? this.#ask((permissions) => permissions.askWrite('presence'));
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

	/** Sends an event of this join, which another join of the same topic does not mistake for its own. */
	push(event: string, payload: unknown): void {
		this.#send(null, event, payload);
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
		this.#finish('phx_close');
	}

	/** Ends the channel after an error of our own; the client joins again. */
	crash(): void {
		this.#finish('phx_error');
	}

	/** Ends the channel without a word: its socket is gone, or it never joined. */
	end(): void {
		this.#hasEnded = true;
		this.#watch.stop();
		this.#stopWaiting?.();
		this.#members = null;
		this.#context.hub.leave(this.#name, this.#request.isPrivate, this);
	}

	#finish(event: 'phx_close' | 'phx_error'): void {
		if (this.#hasEnded) return;
		this.end();
		this.#send(this.#joinRef, event, {});
		this.#socket.drop(this);
	}

	async #authorize(claims: Claims): Promise<Permissions> {
		if (this.#context.privateOnly && !this.#request.isPrivate) {
			throw new JoinError('PrivateOnly: This project only allows private channels');
		}
		const caller = { claims, headers: this.#socket.headers };
		const { authorization } = this.#context;
		const permissions = new Permissions(authorization, caller, this.#name, this.#request.isPrivate);
		await permissions.askRead(this.#usesPresence);
		if (!permissions.canRead('broadcast') && !permissions.canRead('presence')) {
			throw new JoinError(`Unauthorized: ${cannotRead(this.#name)}`);
		}
		return permissions;
	}

	async #readReplay(): Promise<Stored[]> {
		const { replay, isPrivate } = this.#request;
		if (!replay) return [];
		if (!isPrivate) throw new JoinError('UnableToReplayMessages: Replay is not allowed for public channels');
		if (!this.readsBroadcasts) throw new JoinError(`Unauthorized: ${cannotRead(this.#name)}`);
		return readReplay(this.#context.pool, this.#name, replay);
	}

	#sendStored(stored: Stored): void {
		const frame = encodeStored(this.version, this.topic, this.#joinRef, stored);
		if (frame) this.#socket.send(frame);
	}

	#announceReplication(): void {
		const { replication, limits } = this.#context;
		this.#stopWaiting = replication.awaitReady(limits.replicationReadyMs, {
			onReady: () => this.#system('system', 'ok', 'Replication connection established'),
			onTimeout: () => this.shutDown('Replication connection was not established in time'),
		});
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

	/** A policy that raises refuses. */
	async #ask(question: (permissions: Permissions) => Promise<boolean>): Promise<boolean> {
		try {
			return this.#permissions !== null && (await question(this.#permissions));
		} catch (error) {
			this.#context.log(`Realtime: ${joinReason(error, this.#name)}`);
			return false;
		}
	}

	#system(extension: 'system' | 'postgres_changes', status: 'ok' | 'error', message: string): void {
		this.push('system', { extension, status, message, channel: this.#name });
	}

	#send(ref: string | null, event: string, payload: unknown): void {
		const message = { joinRef: this.#joinRef, ref, topic: this.topic, event, payload };
		this.#socket.send(encodeMessage(this.version, message));
	}
}
