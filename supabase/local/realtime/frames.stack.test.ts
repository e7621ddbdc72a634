import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPolicies, EVERYTHING, mintToken, RawSocket, type TestPolicies } from './testing.ts';

let policies: TestPolicies;
beforeAll(async () => {
	policies = await createPolicies();
});
afterAll(() => policies.drop());

describe('the upgrade', () => {
	it('takes either key, or a token', async () => {
		for (const apikey of [inject('stack').publishableKey, inject('stack').secretKey, await mintToken()]) {
			(await RawSocket.open({ apikey })).ws.close();
		}
	});

	it.each([
		['no key', () => '', '401 {"error":"API key is missing"}'],
		[
			'a key of another project',
			() => 'sb_publishable_other',
			'401 {"error":"The token provided is not a valid JWT"}',
		],
		['an expired token', () => mintToken(EVERYTHING, -1), '401 {"error":"Token has expired"}'],
		[
			'a token without role',
			() => mintToken([], 60, { role: undefined }),
			'401 {"error":"Fields `role` and `exp` are required in JWT"}',
		],
	])('with %s is refused', async (_title, apikey, answer) => {
		await expect(RawSocket.open({ apikey: await apikey() })).rejects.toThrow(answer);
	});

	it('for a version that nobody speaks is refused', async () => {
		await expect(RawSocket.open({ vsn: '3.0.0' })).rejects.toThrow('403');
	});

	it.each(['//[', 'http://[bad'])('for %s, which is no address, is refused', async (target) => {
		const socket = connect(Number(new URL(inject('stack').apiUrl).port), '127.0.0.1');
		socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
		expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
	});
});

describe('a frame', () => {
	it('of the heartbeat is answered', async () => {
		const socket = await RawSocket.open();
		socket.send(null, '7', 'phoenix', 'heartbeat', {});
		expect(await socket.frames.next()).toEqual([
			null,
			'7',
			'phoenix',
			'phx_reply',
			{ status: 'ok', response: {} },
		]);
		socket.ws.close();
	});

	it('of the heartbeat is answered in 1.0.0', async () => {
		const socket = await RawSocket.open({ vsn: '1.0.0' });
		socket.ws.send(JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '7' }));
		expect(await socket.frames.next()).toEqual({
			topic: 'phoenix',
			event: 'phx_reply',
			payload: { status: 'ok', response: {} },
			ref: '7',
		});
		socket.ws.close();
	});

	it('for a topic that was not joined is an error, except to leave it', async () => {
		const socket = await RawSocket.open();
		socket.send('1', '2', 'realtime:other', 'broadcast', { event: 'e', payload: {} });
		const unmatched = { status: 'error', response: { reason: 'unmatched topic' } };
		expect(await socket.frames.next()).toEqual([null, '2', 'realtime:other', 'phx_reply', unmatched]);
		socket.send('1', '3', 'realtime:other', 'phx_leave', {});
		expect((await socket.frames.next())[4]).toEqual({ status: 'ok', response: {} });
		socket.send('4', '4', 'lobby', 'phx_join', {});
		expect((await socket.frames.next())[4]).toEqual(unmatched);
		socket.ws.close();
	});

	it('with the ref of an earlier join is answered with that of the present one', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		await socket.join(topic, { broadcast: { ack: true } }, undefined, '5');
		socket.send('1', '6', `realtime:${topic}`, 'broadcast', { type: 'broadcast', event: 'e', payload: {} });
		expect(await socket.frames.next()).toEqual([
			'5',
			'6',
			`realtime:${topic}`,
			'phx_reply',
			{ status: 'ok', response: {} },
		]);
		socket.ws.close();
	});

	it('of an event that nobody knows is passed over', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		await socket.join(topic);
		socket.send('1', '2', `realtime:${topic}`, 'whatever', {});
		await socket.settle();
		expect(socket.frames.all).toHaveLength(2);
		socket.ws.close();
	});

	it('that joins without a name says so', async () => {
		const socket = await RawSocket.open();
		expect((await socket.join('')).response.reason).toBe('TopicNameRequired: You must provide a topic name');
		socket.ws.close();
	});

	it('that joins with a wrong configuration gets the defaults', async () => {
		const socket = await RawSocket.open();
		const config = { private: 'maybe', broadcast: 'loud', presence: 7, postgres_changes: 'all' };
		expect(await socket.join(policies.topic(), config)).toEqual({
			status: 'ok',
			response: { postgres_changes: [] },
		});
		socket.ws.close();
	});

	it.each(['not json', '{}', '[1]', Buffer.from([9, 9, 9]), Buffer.from([3, 255, 255, 255, 255, 255, 1])])(
		'that is malformed, such as %j, closes its socket and no other',
		async (frame) => {
			const [socket, other] = [await RawSocket.open(), await RawSocket.open()];
			socket.ws.send(frame);
			expect((await socket.closed).code).toBe(1011);
			await other.settle();
			other.ws.close();
		},
	);

	it('of more than 5 MB closes its socket', async () => {
		const socket = await RawSocket.open();
		socket.ws.send('x'.repeat(5_000_001));
		expect((await socket.closed).code).toBe(1009);
	});

	it('of almost 5 MB is read', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		await socket.join(topic, { broadcast: { ack: true } });
		const payload = { type: 'broadcast', event: 'e', payload: { text: 'x'.repeat(4_999_000) } };
		socket.send('1', '2', `realtime:${topic}`, 'broadcast', payload);
		const refused = { status: 'error', response: { error: 'payload_size_exceeded' } };
		expect((await socket.frames.next())[4]).toEqual(refused);
		socket.ws.close();
	});

	it('nested too deeply to be written again is left out, and its topic goes on', async () => {
		const [sender, peer] = [await RawSocket.open(), await RawSocket.open()];
		const topic = policies.topic();
		for (const socket of [sender, peer]) await socket.join(topic);
		const nested = '['.repeat(100_000) + ']'.repeat(100_000);
		for (const inner of [nested, '1'])
			sender.ws.send(`["1","2","realtime:${topic}","broadcast",{"event":"e","payload":${inner}}]`);
		expect((await peer.frames.next())[4]).toEqual({ event: 'e', payload: 1 });
		for (const { ws } of [sender, peer]) ws.close();
	});

	it('whose broadcast is no object is an error of the channel, which may be joined again', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		await socket.join(topic);
		socket.send('1', '2', `realtime:${topic}`, 'broadcast', 'text');
		expect(await socket.frames.next()).toEqual(['1', '1', `realtime:${topic}`, 'phx_error', {}]);
		expect(await socket.join(topic, {}, undefined, '3')).toMatchObject({ status: 'ok' });
		socket.ws.close();
	});
});

it('a join for Postgres Changes echoes its bindings, and hears that the table is not published', async () => {
	const socket = await RawSocket.open();
	const topic = policies.topic();
	const changes = [
		{ event: 'INSERT', schema: 'public', table: 'messages' },
		{ event: '*', schema: 'public', table: 'profiles' },
	];
	const { response } = await socket.join(topic, { postgres_changes: changes });
	const id: unknown = expect.any(Number);
	expect(response.postgres_changes).toEqual(changes.map((change) => ({ ...change, id })));
	expect(await socket.frames.next()).toEqual([
		'1',
		null,
		`realtime:${topic}`,
		'system',
		{
			extension: 'postgres_changes',
			status: 'error',
			message:
				'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [event: INSERT, schema: public, table: messages, filters: [], select: nil]',
			channel: topic,
		},
	]);
	socket.ws.close();
});
