import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
	broadcastsOf,
	createPerson,
	createPolicies,
	join,
	leave,
	mintToken,
	type TestPolicies,
} from './testing.ts';

let policies: TestPolicies;
beforeAll(async () => {
	policies = await createPolicies();
});
afterAll(() => policies.drop());

const url = (path: string) => `${inject('stack').apiUrl}/realtime/v1/api/${path}`;

async function post(path: string, body: BodyInit, headers: Record<string, string> = {}) {
	const json = { 'content-type': 'application/json', apikey: inject('stack').publishableKey };
	return fetch(url(path), { method: 'POST', body, headers: { ...json, ...headers } });
}

const postBatch = (messages: unknown, headers?: Record<string, string>) =>
	post('broadcast', JSON.stringify({ messages }), headers);

const bearer = async (...parameters: Parameters<typeof mintToken>) => ({
	authorization: `Bearer ${await mintToken(...parameters)}`,
});

async function listen(isPrivate = true) {
	const topic = policies.topic();
	const person = await createPerson();
	const channel = person.channel(topic, { config: { private: isPrivate } });
	const heard = broadcastsOf(channel);
	await join(channel);
	return { topic, heard, end: () => leave(person) };
}

it('answers a ping', async () => {
	const answer = await fetch(url('ping'));
	expect([answer.status, await answer.json()]).toEqual([200, { message: 'Success' }]);
});

it('knows no other path', async () => {
	expect((await post('elsewhere', '{}')).status).toBe(404);
});

describe('a batch', () => {
	it('is accepted with an empty answer, and arrives', async () => {
		const { topic, heard, end } = await listen(false);
		const answer = await postBatch([
			{ topic, event: 'first', payload: { a: 1 } },
			{ topic, event: 'second', payload: {}, id: 'an-id' },
		]);
		expect([answer.status, await answer.text()]).toEqual([202, '']);
		expect(await heard.next()).toEqual({ type: 'broadcast', event: 'first', payload: { a: 1 } });
		expect(await heard.next()).toEqual({
			type: 'broadcast',
			event: 'second',
			payload: {},
			meta: { id: 'an-id' },
		});
		await end();
	});

	it('to a private topic arrives when the policies allow it, and is dropped silently when not', async () => {
		const { topic, heard, end } = await listen();
		const message = (event: string) => [{ topic, event, payload: {}, private: true }];
		expect((await postBatch(message('denied'), await bearer(['read:broadcast']))).status).toBe(202);
		expect((await postBatch(message('denied'))).status).toBe(202);
		expect((await postBatch(message('allowed'), await bearer())).status).toBe(202);
		expect(await heard.next()).toMatchObject({ event: 'allowed' });
		expect((await postBatch(message('service'), { apikey: inject('stack').secretKey })).status).toBe(202);
		expect(await heard.next()).toMatchObject({ event: 'service' });
		await end();
	});

	it('comes from a client that sends before it has joined', async () => {
		const { topic, heard, end } = await listen();
		const person = await createPerson();
		const channel = person.channel(topic, { config: { private: true } });
		expect(await channel.send({ type: 'broadcast', event: 'early', payload: {} })).toBe('ok');
		expect(await heard.next()).toMatchObject({ event: 'early' });
		await end();
		await leave(person);
	});

	it.each([
		['nothing', undefined],
		['no list', {}],
		['no topic', [{ event: 'e', payload: {} }]],
		['no event', [{ topic: 't', payload: {} }]],
		['a payload that is no object', [{ topic: 't', event: 'e', payload: 'text' }]],
		['a payload that is too large', [{ topic: 't', event: 'e', payload: { text: 'x'.repeat(256_500) } }]],
	])('with %s is refused', async (_title, messages) => {
		expect((await postBatch(messages)).status).toBe(422);
	});
});

describe('one message', () => {
	it('arrives from the client that sends it over HTTP', async () => {
		const { topic, heard, end } = await listen();
		const person = await createPerson();
		const channel = person.channel(topic, { config: { private: true } });
		expect(await channel.httpSend('über/event', { a: 1 })).toEqual({ success: true });
		expect(await heard.next()).toEqual({ type: 'broadcast', event: 'über/event', payload: { a: 1 } });
		await channel.httpSend('bytes', new Uint8Array([1, 2, 255]));
		const { payload } = await heard.next();
		expect(new Uint8Array(payload as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 255]));
		await end();
		await leave(person);
	});

	it('is refused when the policies say so', async () => {
		const answer = await post(`broadcast/${policies.topic()}/events/e?private=true`, '{}', await bearer([]));
		expect([answer.status, await answer.json()]).toEqual([403, { message: 'Unauthorized' }]);
	});

	it.each([
		[415, '<a/>', { 'content-type': 'text/xml' }],
		[422, '{', {}],
		[422, `"${'x'.repeat(256_500)}"`, {}],
	])('is refused with %i', async (status, body, headers: Record<string, string>) => {
		expect((await post(`broadcast/${policies.topic()}/events/e`, body, headers)).status).toBe(status);
	});

	it('whose body is beyond reason is not even read', async () => {
		expect((await post('broadcast/t/events/e', 'x'.repeat(8_000_001))).status).toBe(413);
	});
});

it.each([
	['no key', { apikey: '' }],
	['a wrong key', { apikey: 'sb_secret_wrong' }],
	['a bad token', { authorization: 'Bearer nonsense' }],
])('refuses a request with %s', async (_title, headers) => {
	const answer = await postBatch([], headers as Record<string, string>);
	expect([answer.status, await answer.json()]).toEqual([401, { message: 'Unauthorized' }]);
});
