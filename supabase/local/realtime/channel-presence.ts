import { isObject } from './codec.ts';
import type { Context } from './context.ts';
import type { Subscriber, Topic } from './hub.ts';
import { CallWindow } from './limits.ts';

/**
 * Levels of nesting in a payload. JSON.stringify overflows the stack some thousands of levels deep; a payload just short
 * of that could be tracked, and would then break every later join, whose presence_state holds it a little deeper.
 */
const MAX_DEPTH = 100;

/** The channel whose client tracks itself. */
export interface PresenceHost extends Subscriber {
	/** The members of its topic while it is joined. */
	readonly members: Topic | null;
	/** Whether the policies let the client appear; asked at its first try. */
	mayTrack(): Promise<boolean>;
	reply(ref: string | null, status: 'ok' | 'error', response: unknown): void;
	push(event: string, payload: unknown): void;
	shutDown(message: string): void;
}

/** The presence of one channel: what its client tracks, and how often. */
export class ChannelPresence {
	readonly #context: Context;
	readonly #host: PresenceHost;
	readonly #key: string;
	readonly #calls: CallWindow;

	/** `key` groups the appearances of one client, such as a user's id. */
	constructor(context: Context, host: PresenceHost, key: string) {
		this.#context = context;
		this.#host = host;
		this.#key = key;
		this.#calls = new CallWindow(context.limits.presenceCallsPerWindow, context.limits.presenceWindowMs);
	}

	/** Shows the client who is there. */
	sendState(): void {
		const { members } = this.#host;
		if (members && this.#count()) this.#host.push('presence_state', members.presence.state());
	}

	/** Serves `track` and `untrack`. True when the client appears from now on. */
	async handle(ref: string | null, payload: unknown): Promise<boolean> {
		const host = this.#host;
		const call = isObject(payload) ? payload : {};
		if (typeof call.event !== 'string') host.reply(ref, 'ok', {});
		else if (!this.#calls.take()) host.shutDown('Client presence rate limit exceeded');
		else {
			const event = call.event.toLowerCase();
			if (event === 'untrack') this.#untrack(ref);
			else if (event === 'track' && (await host.mayTrack()))
				return this.#track(ref, call.payload === undefined ? {} : call.payload);
			else host.reply(ref, 'error', {});
		}
		return false;
	}

	#track(ref: string | null, meta: unknown): boolean {
		const host = this.#host;
		if (!isObject(meta)) {
			host.reply(ref, 'error', { reason: 'Presence track payload must be a map' });
			return false;
		}
		if (isDeeperThan(MAX_DEPTH, meta)) {
			host.reply(ref, 'error', { reason: 'Presence track payload is nested too deeply' });
			return false;
		}
		if (Buffer.byteLength(JSON.stringify(meta)) > this.#context.limits.payloadBytes) {
			host.shutDown('Track message size exceeded');
			return false;
		}
		const { members } = host;
		if (!members || !this.#count()) return false;
		const diff = members.presence.track(host, this.#key, meta);
		host.reply(ref, 'ok', {});
		if (diff) members.announce(diff);
		return true;
	}

	#untrack(ref: string | null): void {
		const { members } = this.#host;
		const diff = members?.presence.untrack(this.#host);
		this.#host.reply(ref, 'ok', {});
		if (diff) members?.announce(diff);
	}

	/** False when this was one presence message too many, which closes the channel. */
	#count(): boolean {
		const { presence } = this.#context.rates;
		if (presence.isExceeded()) {
			this.#host.shutDown('Too many presence messages per second');
			return false;
		}
		presence.add();
		return true;
	}
}

function isDeeperThan(levels: number, value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}
