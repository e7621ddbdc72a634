import type { RealtimeChannel } from '@supabase/supabase-js';
import type { Client } from '$lib/db/client';
import type { Connection } from './connection.svelte';

export interface ChannelOptions {
	/** Adds the listeners; called for every channel made, before it joins. */
	bind: (channel: RealtimeChannel) => void;
	/** After every join and rejoin: whatever was said before it went unheard. */
	onJoined: (channel: RealtimeChannel) => void;
	presenceKey?: string;
}

const retryAfter = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * One private topic, kept joined until it is left.
 *
 * A join needs the person's token first (subscribing without waiting joins as anon and is refused for good).
 * A dropped socket is realtime-js's to reopen, with its channels. A channel that the server refused or closed
 * (expired token, crashed channel, moved epoch) is not: it is made anew, with a fresh token and back-off.
 */
export class KeptChannel {
	readonly #client: Client;
	readonly #connection: Connection;
	readonly #topic: string;
	readonly #options: ChannelOptions;
	#channel: RealtimeChannel | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#failures = 0;
	#isLeft = false;

	constructor(client: Client, connection: Connection, topic: string, options: ChannelOptions) {
		this.#client = client;
		this.#connection = connection;
		this.#topic = topic;
		this.#options = options;
		connection.note(topic, 'joining');
	}

	/** Joins, and joins again whenever that is needed. */
	async join(): Promise<void> {
		const hasToken = await this.#authorize().catch(() => false);
		if (this.#isLeft) return;
		if (!hasToken) return this.#tryLater();
		const { bind, presenceKey } = this.#options;
		const presence = presenceKey ? { presence: { key: presenceKey } } : {};
		const channel = this.#client.channel(this.#topic, { config: { private: true, ...presence } });
		this.#channel = channel;
		bind(channel);
		channel.subscribe((status) => {
			if (channel === this.#channel) this.#hear(channel, status);
		});
	}

	/** Sends on the channel if it is joined, else does nothing. */
	broadcast(event: string, payload: Record<string, unknown>): void {
		if (this.#channel?.state === 'joined') void this.#channel.send({ type: 'broadcast', event, payload });
	}

	/** Leaves for good. Resolves when the topic is free to be joined again. */
	async leave(): Promise<void> {
		this.#isLeft = true;
		clearTimeout(this.#timer);
		this.#connection.note(this.#topic, null);
		await this.#drop();
	}

	#hear(channel: RealtimeChannel, status: string): void {
		if (status === 'SUBSCRIBED') {
			this.#failures = 0;
			clearTimeout(this.#timer);
			this.#connection.note(this.#topic, 'joined');
			this.#options.onJoined(channel);
			return;
		}
		this.#connection.note(this.#topic, 'lost');
		const isSocketDown = status === 'CHANNEL_ERROR' && !this.#client.realtime.isConnected();
		if (!isSocketDown) this.#tryLater();
	}

	#tryLater(): void {
		const wait = retryAfter[Math.min(this.#failures++, retryAfter.length - 1)]!;
		this.#connection.note(this.#topic, 'lost');
		clearTimeout(this.#timer);
		this.#timer = setTimeout(
			async () => {
				await this.#drop();
				if (!this.#isLeft) await this.join();
			},
			wait * (0.75 + Math.random() / 2),
		);
	}

	/** Hands the person's token to the socket. The second failure in a row no longer trusts the one at hand. */
	async #authorize(): Promise<boolean> {
		const { auth, realtime } = this.#client;
		const { data } = this.#failures > 1 ? await auth.refreshSession() : await auth.getSession();
		if (!data.session) return false;
		await realtime.setAuth();
		return true;
	}

	async #drop(): Promise<void> {
		const channel = this.#channel;
		this.#channel = null;
		if (channel) await this.#client.removeChannel(channel);
	}
}
