import type { WebSocket } from 'ws';
import { Channel, TOPIC_PREFIX } from './channel.ts';
import {
	decodeClientFrame,
	encodeMessage,
	isObject,
	type ClientFrame,
	type Message,
	type ServerFrame,
	type Version,
} from './codec.ts';
import type { Context } from './context.ts';
import { JoinError } from './refusals.ts';

/** Codes of RFC 6455 with which the server closes. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
const SERVICE_RESTART = 1012;

interface Received {
	frame: ClientFrame;
	bytes: number;
}

/**
 * One WebSocket: reads frames, routes them to its channels, writes theirs.
 *
 * Frames are handled one after the other, as they came. While one waits for the database the socket is not read, so a
 * client that sends faster than it is served is held back by TCP and fills no memory.
 */
export class Socket {
	readonly version: Version;
	/** The token or key that the socket was opened with. */
	readonly token: string;
	/** The `x-` headers of the upgrade. */
	readonly headers: Record<string, string>;
	readonly #context: Context;
	readonly #ws: WebSocket;
	readonly #channels = new Map<string, Channel>();
	readonly #waiting: Received[] = [];
	#isBusy = false;
	#lastHeardAt = Date.now();
	#lastChannelAt = Date.now();

	constructor(
		context: Context,
		ws: WebSocket,
		opening: { version: Version; token: string; headers: Record<string, string> },
	) {
		this.#context = context;
		this.#ws = ws;
		this.version = opening.version;
		this.token = opening.token;
		this.headers = opening.headers;
		ws.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
		ws.on('ping', () => (this.#lastHeardAt = Date.now()));
		ws.on('close', () => this.#end());
		// A protocol error or a reset connection; 'close' follows.
		ws.on('error', () => undefined);
	}

	get isOpen(): boolean {
		return this.#ws.readyState === this.#ws.OPEN;
	}

	/** Writes a frame. A reader so slow that its frames pile up beyond the limit loses the connection. */
	send(frame: ServerFrame): void {
		if (!this.isOpen) return;
		this.#ws.send(frame.bytes, { binary: frame.isBinary, compress: false });
		if (this.#ws.bufferedAmount > this.#context.limits.sendBufferBytes) {
			this.#context.log('Realtime: a socket was cut because it reads too slowly.');
			this.#ws.terminate();
		}
	}

	/** A channel has ended by itself. */
	drop(channel: Channel): void {
		if (this.#channels.get(channel.topic) !== channel) return;
		this.#channels.delete(channel.topic);
		this.#lastChannelAt = Date.now();
	}

	/** Closes when nothing was heard for too long, or when no channel is open for too long. */
	closeIfIdle(now: number): void {
		const { idleSocketMs, channellessSocketMs } = this.#context.limits;
		if (now - this.#lastHeardAt >= idleSocketMs) this.#ws.terminate();
		else if (this.#channels.size === 0 && now - this.#lastChannelAt >= channellessSocketMs)
			this.close(NORMAL);
	}

	close(code = GOING_AWAY): void {
		this.#ws.close(code);
	}

	/** The server stops: tells every channel, and closes so that the client connects and joins again. */
	shutDown(): void {
		const payload = { extension: 'system', status: 'ok', message: 'Server requested disconnect' };
		for (const topic of this.#channels.keys())
			this.send(encodeMessage(this.version, { joinRef: null, ref: null, topic, event: 'system', payload }));
		this.close(SERVICE_RESTART);
	}

	/** Cuts the connection without a closing handshake. */
	terminate(): void {
		this.#ws.terminate();
	}

	#receive(data: Buffer, isBinary: boolean): void {
		this.#lastHeardAt = Date.now();
		let frame: ClientFrame;
		try {
			frame = decodeClientFrame(this.version, data, isBinary);
		} catch (error) {
			this.#context.log(`Realtime: MalformedWebSocketMessage: ${(error as Error).message}`);
			return this.close(INTERNAL_ERROR);
		}
		const received = { frame, bytes: data.length };
		if (this.#isBusy) this.#waiting.push(received);
		else this.#handle(received);
	}

	#handle(received: Received): void {
		const pending = this.#route(received);
		if (!pending) return;
		this.#isBusy = true;
		this.#ws.pause();
		void this.#handleRest(pending);
	}

	async #handleRest(pending: Promise<void>): Promise<void> {
		await pending;
		for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#route(next);
		this.#isBusy = false;
		this.#ws.resume();
	}

	/** An error that nobody expected ends its channel, never the process. */
	#route(received: Received): void | Promise<void> {
		const crash = (error: unknown) => {
			const { topic } = received.frame.kind === 'message' ? received.frame.message : received.frame;
			this.#context.log(`Realtime: UnknownErrorOnChannel: ${(error as Error).message}`);
			this.#channels.get(topic)?.crash();
		};
		try {
			const { frame, bytes } = received;
			return frame.kind === 'message'
				? this.#routeMessage(frame.message, bytes)?.catch(crash)
				: this.#routeBroadcast(frame)?.catch(crash);
		} catch (error) {
			crash(error);
		}
	}

	#routeBroadcast(frame: ClientFrame & { kind: 'broadcast' }): undefined | Promise<void> {
		const { ref, topic, broadcast } = frame;
		const channel = this.#channels.get(topic);
		if (!channel) return void this.#replyUnmatched(ref, topic);
		const { event, encoding, body } = broadcast;
		const outgoing = { kind: 'broadcast', broadcast: { event, encoding, body } } as const;
		return channel.broadcast(ref, outgoing, body.length) ?? undefined;
	}

	#routeMessage(message: Message, bytes: number): undefined | Promise<void> {
		const { ref, topic, event, payload } = message;
		if (topic === 'phoenix') return void this.#heartbeat(message);
		if (event === 'phx_join') return this.#join(message);
		const channel = this.#channels.get(topic);
		if (event === 'phx_leave') return void this.#leave(channel, message);
		if (!channel) return void this.#replyUnmatched(ref, topic);
		switch (event) {
			case 'broadcast':
				if (!isObject(payload)) return void channel.crash();
				return channel.broadcast(ref, { kind: 'message', payload }, bytes) ?? undefined;
			case 'presence':
				return channel.presence(ref, payload);
			case 'access_token':
				return channel.renewToken(payload);
			default:
				// Any other event is counted against the rate and otherwise ignored.
				return void this.#context.rates.messages.add();
		}
	}

	#heartbeat({ ref, topic, event }: Message): void {
		if (event === 'heartbeat') this.#reply(null, ref, topic, 'ok', {});
		else this.#replyUnmatched(ref, topic);
	}

	/** A second join of a topic closes the first before anything else happens. */
	async #join({ joinRef, ref, topic, payload }: Message): Promise<void> {
		if (!topic.startsWith(TOPIC_PREFIX)) return this.#replyUnmatched(ref, topic);
		this.#channels.get(topic)?.close();
		try {
			this.#checkLimits(topic);
			const channel = new Channel(this.#context, this, { topic, joinRef, payload });
			this.#channels.set(topic, channel);
			await channel.join(ref);
			if (this.isOpen) this.#context.connected.add(this);
		} catch (error) {
			if (!(error instanceof JoinError)) throw error;
			this.#channels.delete(topic);
			this.#context.log(`Realtime: ${error.message}`);
			await this.#holdBack();
			this.#reply(joinRef, ref, topic, 'error', { reason: error.message });
			if (error.message.startsWith('ClientJoinRateLimitReached')) this.close(GOING_AWAY);
		} finally {
			this.#lastChannelAt = Date.now();
		}
	}

	#checkLimits(topic: string): void {
		const { limits, rates, connected } = this.#context;
		if (topic === TOPIC_PREFIX) throw new JoinError('TopicNameRequired: You must provide a topic name');
		if (!connected.has(this) && connected.size >= limits.connections) {
			throw new JoinError('ConnectionRateLimitReached: Too many connected users');
		}
		if (rates.joins.isExceeded())
			throw new JoinError('ClientJoinRateLimitReached: Too many joins per second');
		rates.joins.add();
		if (this.#channels.size >= limits.channelsPerConnection) {
			throw new JoinError('ChannelRateLimitReached: Too many channels');
		}
	}

	async #holdBack(): Promise<void> {
		const { joinErrorDelayMs } = this.#context.limits;
		if (joinErrorDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, joinErrorDelayMs));
	}

	/** Leaving what was never joined is fine too. */
	#leave(channel: Channel | undefined, { joinRef, ref, topic }: Message): void {
		if (!channel) return this.#reply(joinRef, ref, topic, 'ok', {});
		channel.reply(ref, 'ok', {});
		channel.close();
	}

	#replyUnmatched(ref: string | null, topic: string): void {
		this.#reply(null, ref, topic, 'error', { reason: 'unmatched topic' });
	}

	#reply(
		joinRef: string | null,
		ref: string | null,
		topic: string,
		status: 'ok' | 'error',
		response: object,
	): void {
		const message = { joinRef, ref, topic, event: 'phx_reply', payload: { status, response } };
		this.send(encodeMessage(this.version, message));
	}

	#end(): void {
		for (const channel of this.#channels.values()) channel.end();
		this.#channels.clear();
		this.#waiting.length = 0;
		this.#context.connected.delete(this);
	}
}
