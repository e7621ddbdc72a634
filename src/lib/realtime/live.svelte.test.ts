import type { Client } from '$lib/db/client';
import { describe, expect, it, vi } from 'vitest';
import { Live } from './live';

/** What supabase-js does with topics: one channel a topic, gone only when the server has answered its leaving. */
class Socket {
	readonly channels = new Map<string, { topic: string; hear: (status: string) => void }>();
	readonly joins: string[] = [];
	/** How to let the leaving channels go. */
	readonly answers: (() => void)[] = [];

	readonly client = {
		auth: { getSession: async () => ({ data: { session: {} } }) },
		realtime: { setAuth: async () => {}, isConnected: () => true },
		channel: (topic: string) => {
			if (this.channels.has(topic)) throw new Error(`${topic} is still leaving`);
			const channel = {
				topic,
				state: 'joined',
				hear: (_: string) => {},
				on: () => channel,
				subscribe: (hear: (status: string) => void) => {
					this.joins.push(topic);
					channel.hear = hear;
				},
			};
			this.channels.set(topic, channel);
			return channel;
		},
		removeChannel: (channel: { topic: string }) =>
			new Promise<void>((resolve) =>
				this.answers.push(() => {
					this.channels.delete(channel.topic);
					resolve();
				}),
			),
	} as unknown as Client;
}

const events = { onJoined: () => {}, onConversation: () => {}, onAppointment: () => {} };
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('the live side of a tab', () => {
	it('joins a topic again only when it is free, however often it was left meanwhile', async () => {
		const socket = new Socket();
		const live = new Live(() => socket.client);
		const leaveFirst = live.openUser('1', events);
		await settle();
		leaveFirst();
		live.openUser('1', events)();
		await settle();
		live.openUser('1', events);
		await settle();
		expect(socket.joins).toEqual(['user:1']);
		socket.answers[0]?.();
		await settle();
		expect(socket.joins).toEqual(['user:1', 'user:1']);
	});

	it('leaves a channel in peace that came back by itself before its turn to be made anew', async () => {
		vi.useFakeTimers();
		const socket = new Socket();
		new Live(() => socket.client).openUser('1', events);
		await vi.advanceTimersByTimeAsync(0);
		const channel = socket.channels.get('user:1');
		channel?.hear('TIMED_OUT');
		channel?.hear('SUBSCRIBED');
		await vi.advanceTimersByTimeAsync(60_000);
		vi.useRealTimers();
		expect([socket.joins, socket.answers]).toEqual([['user:1'], []]);
	});
});
