import type { z } from 'zod/mini';
import type { RealtimeChannel } from '@supabase/supabase-js';
import type { Client } from '$lib/db/client';
import { KeptChannel, type ChannelOptions } from './channel';
import { Connection } from './connection.svelte';
import {
	AppointmentChanged,
	ConversationChanged,
	MessageChanged,
	readPayload,
	ReceiptChanged,
	Typing,
} from './payloads';
import { createThrottle } from './throttle';

export interface UserEvents {
	onJoined: () => void;
	onConversation: (change: ConversationChanged) => void;
	onAppointment: (change: AppointmentChanged) => void;
}

export interface ConversationEvents {
	onJoined: () => void;
	onMessage: (row: MessageChanged) => void;
	onReceipt: (receipt: ReceiptChanged) => void;
}

export interface ActivityEvents {
	onTyping: (typing: Typing) => void;
	/** The ids of everybody who has the thread open now, this person included. */
	onPresent: (userIds: ReadonlySet<string>) => void;
}

export interface Activity {
	/** Tells the others that this person is writing, at most once every 2 seconds. */
	tellTyping: () => void;
	leave: () => void;
}

/** Realtime closes a channel that is too chatty; typing passes this often at most. */
export const typingInterval = 2_000;

/**
 * The live side of one tab: one `user:` topic, and the two topics of the thread that is open. The only place
 * that knows topics and events. Whoever opens a topic gets the function that leaves it.
 */
export class Live {
	readonly connection: Connection;
	readonly #client: () => Client;
	/** Topics on their way out: joining one again before it is free would get the leaving channel back. */
	readonly #leaving = new Map<string, Promise<void>>();

	/** @param client called when the first topic is opened, so that a Live may be made on the server */
	constructor(client: () => Client) {
		this.#client = client;
		this.connection = new Connection();
	}

	openUser(userId: string, events: UserEvents): () => void {
		const { leave } = this.#open(`user:${userId}`, {
			bind: (channel) => {
				listen(channel, 'conversation_changed', ConversationChanged, events.onConversation);
				listen(channel, 'appointment_changed', AppointmentChanged, events.onAppointment);
			},
			onJoined: events.onJoined,
		});
		return leave;
	}

	openConversation(id: string, epoch: number, events: ConversationEvents): () => void {
		const { leave } = this.#open(`conversation:${id}:${epoch}`, {
			bind: (channel) => {
				listen(channel, 'message_changed', MessageChanged, events.onMessage);
				listen(channel, 'receipt_changed', ReceiptChanged, events.onReceipt);
			},
			onJoined: events.onJoined,
		});
		return leave;
	}

	openActivity(id: string, epoch: number, userId: string, events: ActivityEvents): Activity {
		const { channel, leave } = this.#open(`activity:${id}:${epoch}`, {
			presenceKey: userId,
			bind: (channel) => {
				listen(channel, 'typing', Typing, events.onTyping);
				channel.on('presence', { event: 'sync' }, () =>
					events.onPresent(new Set(Object.keys(channel.presenceState()))),
				);
			},
			onJoined: (channel) => void channel.track({}),
		});
		const mayTell = createThrottle(typingInterval);
		const tellTyping = () => {
			if (mayTell()) channel.broadcast('typing', { user_id: userId });
		};
		return { tellTyping, leave };
	}

	#open(topic: string, options: ChannelOptions): { channel: KeptChannel; leave: () => void } {
		const channel = new KeptChannel(this.#client(), this.connection, topic, options);
		const free = this.#leaving.get(topic) ?? Promise.resolve();
		void free.then(() => channel.join());
		const leave = () => {
			// One that leaves before its turn to join must not call the topic free while an earlier one is still going.
			const left = Promise.allSettled([free, channel.leave()]).then(() => {
				if (this.#leaving.get(topic) === left) this.#leaving.delete(topic);
			});
			this.#leaving.set(topic, left);
		};
		return { channel, leave };
	}
}

/** Hears one event of a channel; payloads that are not what they should be are dropped. */
function listen<S extends z.ZodMiniType>(
	channel: RealtimeChannel,
	event: string,
	schema: S,
	hear: (payload: z.infer<S>) => void,
): void {
	channel.on('broadcast', { event }, (message: { payload?: unknown }) => {
		const payload = readPayload(schema, message.payload);
		if (payload !== null) hear(payload);
	});
}
