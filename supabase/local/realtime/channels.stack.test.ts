import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
	Arrivals,
	createPerson,
	createPolicies,
	EVERYTHING,
	join,
	leave,
	mintToken,
	RawSocket,
	serveRealtime,
	subscribe,
	type TestPolicies,
} from './testing.ts';

let policies: TestPolicies;
beforeAll(async () => {
	policies = await createPolicies();
});
afterAll(() => policies.drop());

const isPrivate = { config: { private: true } };

describe('joining', () => {
	it('a private topic succeeds when a policy lets the caller read', async () => {
		const person = await createPerson(['read:broadcast']);
		expect(await subscribe(person.channel(policies.topic(), isPrivate))).toMatchObject({
			status: 'SUBSCRIBED',
		});
		await leave(person);
	});

	it('a private topic succeeds for one who may only read presence', async () => {
		const person = await createPerson(['read:presence']);
		const config = { private: true, presence: { enabled: true } };
		expect(await subscribe(person.channel(policies.topic(), { config }))).toMatchObject({
			status: 'SUBSCRIBED',
		});
		await leave(person);
	});

	it('a public topic meets no policy', async () => {
		const person = await createPerson([]);
		expect(await subscribe(person.channel(policies.topic()))).toMatchObject({ status: 'SUBSCRIBED' });
		await leave(person);
	});

	it.each([
		['nobody may read', (topic: string) => topic],
		['no policy knows', () => 'unheard-of'],
		['a policy raises on', (topic: string) => `${topic}:raises`],
	])('a topic that %s gets one and the same refusal', async (_title, name) => {
		const topic = name(policies.topic());
		const person = await createPerson(topic.endsWith(':raises') ? EVERYTHING : []);
		expect(await subscribe(person.channel(topic, isPrivate))).toEqual({
			status: 'CHANNEL_ERROR',
			reason: `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`,
		});
		await leave(person);
	});

	it('runs the policies as the role of the token, so the key alone reads nothing', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		expect(await socket.join(topic, { private: true })).toMatchObject({ status: 'error' });
		socket.ws.close();
	});

	it('as service_role passes every policy', async () => {
		const socket = await RawSocket.open({ apikey: inject('stack').secretKey });
		expect(await socket.join(policies.topic(), { private: true })).toMatchObject({ status: 'ok' });
		socket.ws.close();
	});

	it.each([
		[
			'past its time',
			() => mintToken(EVERYTHING, -5),
			/^InvalidJWTToken: Token has expired [5-9] seconds ago$/,
		],
		[
			'without a role',
			() => mintToken([], 60, { role: undefined }),
			/^InvalidJWTToken: Fields `role` and `exp`/,
		],
		[
			'that is none',
			() => Promise.resolve('nonsense'),
			/^MalformedJWT: The token provided is not a valid JWT$/,
		],
		['of another secret', forge, /^JwtSignatureError: Failed to validate JWT signature$/],
		['for a role that does not exist', () => mintToken([], 60, { role: 'nobody' }), /^Unauthorized: /],
		[
			'with a role that is SQL',
			() => mintToken([], 60, { role: `anon'; drop table x; --` }),
			/^Unauthorized: /,
		],
	])('with a token %s is refused', async (_title, token, reason) => {
		const socket = await RawSocket.open();
		const reply = await socket.join(policies.topic(), { private: true }, await token());
		expect(reply.status).toBe('error');
		expect(reply.response.reason).toMatch(reason);
		socket.ws.close();
	});

	it('a public topic is refused where only private ones are allowed', async () => {
		const own = await serveRealtime({}, { privateOnly: true });
		const socket = await RawSocket.open({ apiUrl: own.apiUrl });
		const { response } = await socket.join(policies.topic());
		expect(response.reason).toBe('PrivateOnly: This project only allows private channels');
		expect(await socket.join(policies.topic(), { private: true }, await mintToken(), '2')).toMatchObject({
			status: 'ok',
		});
		await own.stop();
	});

	it('twice closes the first join before the second', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		await socket.join(topic, {}, undefined, '1');
		await socket.join(topic, {}, undefined, '2');
		expect(socket.frames.all.slice(1)).toEqual([
			['1', '1', `realtime:${topic}`, 'phx_close', {}],
			['2', '2', `realtime:${topic}`, 'phx_reply', { status: 'ok', response: { postgres_changes: [] } }],
		]);
		socket.ws.close();
	});
});

it('leaving answers, then closes', async () => {
	const socket = await RawSocket.open();
	const topic = policies.topic();
	await socket.join(topic);
	socket.send('1', '9', `realtime:${topic}`, 'phx_leave', {});
	await socket.frames.next((frame) => frame[3] === 'phx_close');
	expect(socket.frames.all.slice(1)).toEqual([
		['1', '9', `realtime:${topic}`, 'phx_reply', { status: 'ok', response: {} }],
		['1', '1', `realtime:${topic}`, 'phx_close', {}],
	]);
	socket.ws.close();
});

describe('a token sent later', () => {
	async function joined(may = EVERYTHING) {
		const person = await createPerson(may);
		const messages = new Arrivals<{ status: string; message: string }>();
		const states = new Arrivals<string>();
		const topic = policies.topic();
		const config = { private: true, presence: { enabled: true } };
		const channel = person.channel(topic, { config });
		channel.on('system', {}, (message) => messages.add(message as never));
		await new Promise((resolve) => channel.subscribe((state) => resolve(states.add(state))));
		return { person, topic, channel, messages, states };
	}

	it('closes the channel when it may no longer read', async () => {
		const { person, topic, messages, states } = await joined();
		await person.realtime.setAuth(await mintToken([]));
		expect(await messages.next()).toMatchObject({
			extension: 'system',
			status: 'error',
			message: `You do not have permissions to read from this Channel topic: ${topic}`,
			channel: topic,
		});
		await states.next((state) => state === 'CLOSED');
		await leave(person);
	});

	it('closes the channel when one of two kinds can no longer be read', async () => {
		const { person, topic, messages, states } = await joined();
		await person.realtime.setAuth(await mintToken(['read:presence']));
		const message = `You no longer have permission to read from this Channel topic: ${topic}`;
		expect(await messages.next()).toMatchObject({ message });
		await states.next((state) => state === 'CLOSED');
		await leave(person);
	});

	it('closes the channel when it is bad', async () => {
		const { person, messages } = await joined();
		await person.realtime.setAuth(await forge());
		expect(await messages.next()).toMatchObject({ message: 'Failed to validate JWT signature' });
		await leave(person);
	});

	it('is silent when it is good, and asks again before the next write', async () => {
		const { person, topic, messages, channel } = await joined();
		const listener = await createPerson();
		const heard = new Arrivals<unknown>();
		const other = listener.channel(topic, isPrivate).on('broadcast', { event: '*' }, heard.add);
		await join(other);
		await channel.send({ type: 'broadcast', event: 'first', payload: {} });
		expect(await heard.next()).toMatchObject({ event: 'first' });
		await person.realtime.setAuth(await mintToken(['read:broadcast', 'read:presence']));
		await channel.send({ type: 'broadcast', event: 'denied', payload: {} });
		await person.realtime.setAuth(await mintToken());
		await channel.send({ type: 'broadcast', event: 'second', payload: {} });
		expect(await heard.next()).toMatchObject({ event: 'second' });
		expect(messages.all).toEqual([]);
		await leave(person, listener);
	});

	it('is nothing new when it is the same, an API key or null', async () => {
		const socket = await RawSocket.open();
		const topic = policies.topic();
		const token = await mintToken();
		await socket.join(topic, { private: true }, token);
		for (const access_token of [token, inject('stack').publishableKey, null]) {
			socket.send('1', '2', `realtime:${topic}`, 'access_token', { access_token });
		}
		await socket.settle();
		expect(socket.frames.all).toHaveLength(2);
		socket.ws.close();
	});
});

it('an expired token closes the channel', async () => {
	const socket = await RawSocket.open();
	const topic = policies.topic();
	await socket.join(topic, { private: true }, await mintToken(EVERYTHING, 2));
	const [, , , event, payload] = await socket.frames.next();
	expect(event).toBe('system');
	expect(payload.message).toMatch(/^Token has expired \d seconds ago$/);
	expect(await socket.frames.next()).toEqual(['1', '1', `realtime:${topic}`, 'phx_close', {}]);
	socket.ws.close();
});

/** A token that looks right but was signed by somebody else. */
async function forge(): Promise<string> {
	const [header, payload] = (await mintToken()).split('.');
	return `${header}.${payload}.${'A'.repeat(43)}`;
}
