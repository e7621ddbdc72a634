import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	Arrivals,
	createPerson,
	createPolicies,
	EVERYTHING,
	join,
	leave,
	mintToken,
	RawSocket,
	type Permission,
	type TestPolicies,
} from './testing.ts';

let policies: TestPolicies;
beforeAll(async () => {
	policies = await createPolicies();
});
afterAll(() => policies.drop());

type State = Record<string, { at: string }[]>;

/** Joins with an eye on presence; `states` has the state after each change that is heard. */
async function appear(topic: string, key: string, may: Permission[] = EVERYTHING) {
	const client: SupabaseClient = await createPerson(may);
	const channel: RealtimeChannel = client.channel(topic, { config: { private: true, presence: { key } } });
	const states = new Arrivals<State>();
	channel.on('presence', { event: 'sync' }, () =>
		states.add(structuredClone(channel.presenceState()) as never),
	);
	await join(channel);
	return { client, channel, states };
}

const withKeys =
	(...keys: string[]) =>
	(state: State) =>
		Object.keys(state).sort().join() === keys.join();

describe('presence', () => {
	it('shows who is there to one who joins, and who comes and goes to the rest', async () => {
		const topic = policies.topic();
		const anna = await appear(topic, 'anna');
		expect(await anna.channel.track({ at: 'thread' })).toBe('ok');
		await anna.states.next(withKeys('anna'));
		const ben = await appear(topic, 'ben');
		expect(await ben.states.next(withKeys('anna'))).toMatchObject({ anna: [{ at: 'thread' }] });
		await ben.channel.track({ at: 'list' });
		expect(await anna.states.next(withKeys('anna', 'ben'))).toMatchObject({ ben: [{ at: 'list' }] });
		await ben.channel.untrack();
		await anna.states.next(withKeys('anna'));
		await ben.channel.track({ at: 'list' });
		await anna.states.next(withKeys('anna', 'ben'));
		await ben.channel.unsubscribe();
		await anna.states.next(withKeys('anna'));
		await leave(anna.client, ben.client);
	});

	it('replaces what was tracked before', async () => {
		const topic = policies.topic();
		const [anna, ben] = [await appear(topic, 'anna'), await appear(topic, 'ben')];
		await anna.channel.track({ at: 'list' });
		await anna.channel.track({ at: 'thread' });
		await ben.states.next((state) => state.anna?.[0]?.at === 'thread');
		expect(ben.channel.presenceState()).toMatchObject({ anna: [{ at: 'thread' }] });
		expect(ben.channel.presenceState().anna).toHaveLength(1);
		await leave(anna.client, ben.client);
	});

	it('ends at once when the connection breaks', async () => {
		const topic = policies.topic();
		const anna = await appear(topic, 'anna');
		const socket = await RawSocket.open();
		const config = { private: true, presence: { key: 'ben', enabled: true } };
		await socket.join(topic, config, await mintToken());
		socket.send('1', '2', `realtime:${topic}`, 'presence', { type: 'presence', event: 'track', payload: {} });
		await anna.states.next(withKeys('ben'));
		socket.ws.terminate();
		await anna.states.next(withKeys());
		await leave(anna.client);
	});

	it('is sent as frames of these shapes', async () => {
		const topic = policies.topic();
		const socket = await RawSocket.open();
		await socket.join(topic, { private: true, presence: { key: 'anna', enabled: true } }, await mintToken());
		expect(await socket.frames.next()).toEqual(['1', null, `realtime:${topic}`, 'presence_state', {}]);
		const track = (payload: object) =>
			socket.send('1', '2', `realtime:${topic}`, 'presence', { type: 'presence', event: 'TRACK', payload });
		const change = () => socket.frames.next((frame) => frame[3] === 'presence_diff');
		track({ at: 1 });
		const [joinRef, ref, , , first] = await change();
		expect([joinRef, ref]).toEqual([null, null]);
		const phx_ref: unknown = expect.any(String);
		expect(first).toEqual({ joins: { anna: { metas: [{ phx_ref, at: 1 }] } }, leaves: {} });
		track({ at: 2 });
		const second = (await change())[4];
		const before = (first.joins as { anna: { metas: { phx_ref: string }[] } }).anna.metas[0]?.phx_ref;
		expect(second).toEqual({
			joins: { anna: { metas: [{ phx_ref, phx_ref_prev: before, at: 2 }] } },
			leaves: { anna: { metas: [{ phx_ref: before, at: 1 }] } },
		});
		socket.ws.close();
	});
});

describe('without the right', () => {
	it('to read it, nobody is seen', async () => {
		const topic = policies.topic();
		const anna = await appear(topic, 'anna');
		const socket = await RawSocket.open();
		const config = { private: true, presence: { key: 'ben', enabled: true } };
		await socket.join(topic, config, await mintToken(['read:broadcast', 'write:presence']));
		await anna.channel.track({ at: 'thread' });
		await anna.states.next(withKeys('anna'));
		socket.send('1', '2', `realtime:${topic}`, 'presence', { type: 'presence', event: 'track', payload: {} });
		await anna.states.next(withKeys('anna', 'ben'));
		await socket.settle();
		expect(socket.frames.all.filter(([, , , event]) => event.startsWith('presence'))).toEqual([]);
		socket.ws.close();
		await leave(anna.client);
	});

	it('to write it, tracking is an error and shows nobody', async () => {
		const topic = policies.topic();
		const anna = await appear(topic, 'anna');
		const mute = await appear(topic, 'ben', ['read:broadcast', 'read:presence']);
		expect(await mute.channel.track({ at: 'thread' })).toBe('error');
		expect(anna.channel.presenceState()).toEqual({});
		await leave(anna.client, mute.client);
	});

	it('a payload that is no object is an error that says so', async () => {
		const topic = policies.topic();
		const socket = await RawSocket.open();
		await socket.join(topic);
		socket.send('1', '2', `realtime:${topic}`, 'presence', { event: 'track', payload: 'text' });
		expect((await socket.frames.next())[4]).toEqual({
			status: 'error',
			response: { reason: 'Presence track payload must be a map' },
		});
		socket.ws.close();
	});
});

/** Where JSON.stringify gives up lies between: a payload just short of it could be told, and not told again deeper. */
it.each([101, 4_000, 4_390, 5_000, 100_000])(
	'a payload nested %i levels deep is refused, and harms no later join',
	async (depth) => {
		const topic = policies.topic();
		const [socket, joiner] = [await RawSocket.open(), await RawSocket.open()];
		const config = { presence: { key: 'anna', enabled: true } };
		await socket.join(topic, config);
		const track = (ref: string, payload: string) =>
			socket.ws.send(`["1","${ref}","realtime:${topic}","presence",{"event":"track","payload":${payload}}]`);
		track('2', '{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
		const [, , , , refused] = await socket.frames.next((frame) => frame[1] === '2');
		const reason = 'Presence track payload is nested too deeply';
		expect(refused).toEqual({ status: 'error', response: { reason } });
		track('3', '{"a":'.repeat(100) + '1' + '}'.repeat(100));
		expect((await socket.frames.next((frame) => frame[1] === '3'))[4]).toMatchObject({ status: 'ok' });
		await joiner.join(topic, config);
		expect(await joiner.frames.next()).toMatchObject({ 3: 'presence_state', 4: { anna: {} } });
		for (const { ws } of [socket, joiner]) ws.close();
	},
);

it('the sixth call in half a minute closes the channel', async () => {
	const topic = policies.topic();
	const anna = await appear(topic, 'anna');
	const closed = new Promise<void>((resolve) =>
		anna.channel.on('system', {}, ({ message }) => {
			if (message === 'Client presence rate limit exceeded') resolve();
		}),
	);
	for (let n = 0; n < 5; n++) expect(await anna.channel.track({ n })).toBe('ok');
	void anna.channel.track({ n: 5 });
	await closed;
	expect(anna.channel.state).not.toBe('errored');
	await leave(anna.client);
});
