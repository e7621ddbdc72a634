import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	broadcastsOf,
	createPerson,
	createPolicies,
	join,
	leave,
	RawSocket,
	settle,
	type TestPolicies,
} from './testing.ts';

let policies: TestPolicies;
beforeAll(async () => {
	policies = await createPolicies();
});
afterAll(() => policies.drop());

const isPrivate = { config: { private: true } };

/** Two people on one private topic. */
async function createPair(broadcast: { ack?: boolean; self?: boolean } = {}) {
	const topic = policies.topic();
	const [anna, ben] = [await createPerson(), await createPerson()];
	const sender = anna.channel(topic, { config: { private: true, broadcast } });
	const receiver = ben.channel(topic, isPrivate);
	const echoes = broadcastsOf(sender);
	const heard = broadcastsOf(receiver);
	await join(sender);
	await join(receiver);
	return { topic, sender, echoes, heard, end: () => leave(anna, ben) };
}

describe('a broadcast', () => {
	it('reaches the others on the topic, not its sender', async () => {
		const { sender, echoes, heard, end } = await createPair();
		const payload = { text: 'Olá, Ánh 👩‍⚕️', list: [1, null, { a: true }] };
		expect(await sender.send({ type: 'broadcast', event: 'typing', payload })).toBe('ok');
		expect(await heard.next()).toEqual({ type: 'broadcast', event: 'typing', payload });
		await settle(sender);
		expect(echoes.all).toEqual([]);
		await end();
	});

	it('carries plain bytes', async () => {
		const { sender, heard, end } = await createPair();
		const payload = new Uint8Array([0, 255, 3, 128]).buffer;
		await sender.send({ type: 'broadcast', event: 'bytes', payload });
		const { payload: received } = await heard.next();
		expect(new Uint8Array(received as ArrayBuffer)).toEqual(new Uint8Array([0, 255, 3, 128]));
		await end();
	});

	it('comes back to a sender that asked for it', async () => {
		const { sender, echoes, end } = await createPair({ self: true });
		await sender.send({ type: 'broadcast', event: 'mine', payload: { n: 1 } });
		expect(await echoes.next()).toMatchObject({ event: 'mine', payload: { n: 1 } });
		await end();
	});

	it('is acknowledged when the sender asked for it', async () => {
		const { sender, heard, end } = await createPair({ ack: true });
		expect(await sender.send({ type: 'broadcast', event: 'e', payload: {} }, { timeout: 2000 })).toBe('ok');
		expect(await heard.next()).toMatchObject({ event: 'e' });
		await end();
	});

	it('that is too large is an error when acknowledged, and goes nowhere', async () => {
		const { sender, heard, end } = await createPair({ ack: true });
		const payload = { text: 'x'.repeat(256_500) };
		expect(await sender.send({ type: 'broadcast', event: 'big', payload })).toBe('error');
		expect(await sender.send({ type: 'broadcast', event: 'small', payload: {} })).toBe('ok');
		expect(await heard.next()).toMatchObject({ event: 'small' });
		await end();
	});

	it('stays in the order of sending', async () => {
		const { sender, heard, end } = await createPair();
		for (let n = 0; n < 100; n++) void sender.send({ type: 'broadcast', event: 'n', payload: { n } });
		for (let n = 0; n < 100; n++) expect(await heard.next()).toMatchObject({ payload: { n } });
		await end();
	});
});

describe('a broadcast that the policies refuse', () => {
	it('is dropped without a word, and an acknowledgement never comes', async () => {
		const topic = policies.topic();
		const [reader, listener] = [await createPerson(['read:broadcast']), await createPerson()];
		const channel = await join(
			reader.channel(topic, { config: { private: true, broadcast: { ack: true } } }),
		);
		const listening = listener.channel(topic, isPrivate);
		const heard = broadcastsOf(listening);
		await join(listening);
		const denied = { type: 'broadcast', event: 'denied', payload: {} } as const;
		expect(await channel.send(denied, { timeout: 300 })).toBe('timed out');
		expect(channel.state).toBe('joined');
		await settle(listening);
		expect(heard.all).toEqual([]);
		await leave(reader, listener);
	});

	it('is not received by one who may only read presence', async () => {
		const { topic, sender, heard, end } = await createPair();
		const watcher = await createPerson(['read:presence']);
		const watching = watcher.channel(topic, { config: { private: true, presence: { enabled: true } } });
		const seen = broadcastsOf(watching);
		await join(watching);
		await sender.send({ type: 'broadcast', event: 'e', payload: {} });
		await heard.next();
		await settle(watching);
		expect(seen.all).toEqual([]);
		await end();
		await leave(watcher);
	});
});

it('a public and a private topic of one name are two topics', async () => {
	const { topic, sender, heard, end } = await createPair();
	const outsider = await createPerson([]);
	const outside = outsider.channel(topic);
	const seen = broadcastsOf(outside);
	await join(outside);
	await outside.send({ type: 'broadcast', event: 'from outside', payload: {} });
	await sender.send({ type: 'broadcast', event: 'from inside', payload: {} });
	expect(await heard.next()).toMatchObject({ event: 'from inside' });
	await settle(outside);
	expect(seen.all).toEqual([]);
	await end();
	await leave(outsider);
});

describe('between the two serializers', () => {
	async function createMixed() {
		const topic = policies.topic();
		const old = await RawSocket.open({ vsn: '1.0.0' });
		const recent = await RawSocket.open();
		const object = (event: string, ref: string, payload: unknown) =>
			old.ws.send(JSON.stringify({ topic: `realtime:${topic}`, event, ref, join_ref: '1', payload }));
		object('phx_join', '1', {});
		await old.frames.next();
		await recent.join(topic);
		const end = () => [old, recent].forEach(({ ws }) => ws.close());
		return { topic: `realtime:${topic}`, old, recent, object, end };
	}

	it('text goes through as it came', async () => {
		const { topic, recent, object, end } = await createMixed();
		const payload = { type: 'broadcast', event: 'e', payload: { a: 1 }, extra: true };
		object('broadcast', '2', payload);
		expect(await recent.frames.next((frame) => frame[3] === 'broadcast')).toEqual([
			null,
			null,
			topic,
			'broadcast',
			payload,
		]);
		end();
	});

	it('a binary broadcast becomes JSON for 1.0.0, and plain bytes are left out', async () => {
		const { topic, old, recent, end } = await createMixed();
		const push = (encoding: number, payload: string) =>
			recent.ws.send(
				Buffer.concat([
					Buffer.from([3, 1, 1, topic.length, 1, 0, encoding]),
					Buffer.from(`12${topic}e${payload}`),
				]),
			);
		push(0, 'plain');
		push(1, '{"a":1}');
		expect(await old.frames.next()).toEqual({
			topic,
			event: 'broadcast',
			payload: { type: 'broadcast', event: 'e', payload: { a: 1 } },
			ref: null,
		});
		end();
	});
});
