import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Limits } from './limits.ts';
import { mintToken, RawSocket, serveRealtime } from './testing.ts';

/** Sockets on a server of the test's own. */
async function serve(limits: Partial<Limits>) {
	const { apiUrl, stop } = await serveRealtime(limits);
	onTestFinished(stop);
	return { apiUrl, open: (options = {}) => RawSocket.open({ apiUrl, ...options }) };
}

const reason = (reply: { response: { reason?: string } }) => reply.response.reason;

it('a socket holds so many channels', async () => {
	const { open } = await serve({ channelsPerConnection: 2 });
	const socket = await open();
	await socket.join('a', {}, undefined, '1');
	await socket.join('b', {}, undefined, '2');
	expect(reason(await socket.join('c', {}, undefined, '3'))).toBe(
		'ChannelRateLimitReached: Too many channels',
	);
	socket.send('1', '4', 'realtime:a', 'phx_leave', {});
	expect(await socket.join('c', {}, undefined, '5')).toMatchObject({ status: 'ok' });
});

it('so many users may be connected, and one who goes makes room', async () => {
	const { open } = await serve({ connections: 1 });
	const [first, second] = [await open(), await open()];
	await first.join('a');
	expect(reason(await second.join('a'))).toBe('ConnectionRateLimitReached: Too many connected users');
	await expect(open()).rejects.toThrow('429 {"error":"Too many connected users"}');
	first.ws.terminate();
	await expect.poll(() => open().then((socket) => socket.join('a'), String)).toMatchObject({ status: 'ok' });
});

it('joining too often closes the socket', async () => {
	const { open } = await serve({ joinsPerSecond: 2 });
	const socket = await open();
	let reply = await socket.join('a');
	for (let ref = 2; reply.status === 'ok'; ref++) {
		await sleep(10);
		reply = await socket.join('a', {}, undefined, `${ref}`);
	}
	expect(reason(reply)).toBe('ClientJoinRateLimitReached: Too many joins per second');
	expect((await socket.closed).code).toBe(1001);
	await expect(open()).rejects.toThrow('429 {"error":"Too many joins per second"}');
});

it('too many messages close the channels that receive them', async () => {
	const { open } = await serve({ messagesPerSecond: 10 });
	const socket = await open();
	await socket.join('a', { broadcast: { self: true } });
	const payload = { type: 'broadcast', event: 'e', payload: {} };
	const sending = setInterval(() => socket.send('1', '2', 'realtime:a', 'broadcast', payload), 10);
	const [, , , , message] = await socket.frames.next((frame) => frame[3] === 'system');
	clearInterval(sending);
	expect(message).toMatchObject({ status: 'error', message: 'Too many messages per second', channel: 'a' });
	expect((await socket.frames.next())[3]).toBe('phx_close');
});

it('too many messages over HTTP are refused', async () => {
	const { apiUrl } = await serve({ messagesPerSecond: 3 });
	const headers = { authorization: `Bearer ${await mintToken()}`, 'content-type': 'application/json' };
	const post = (count: number) => {
		const messages = Array.from({ length: count }, () => ({ topic: 'a', event: 'e', payload: {} }));
		const body = JSON.stringify({ messages });
		return fetch(`${apiUrl}/realtime/v1/api/broadcast`, { method: 'POST', headers, body });
	};
	const large = await post(4);
	expect([large.status, await large.json()]).toEqual([
		429,
		{ message: 'Too many messages to broadcast, please reduce the batch size' },
	]);
	const answer = async () => (await post(1)).text();
	const exceeded = '{"message":"You have exceeded your rate limit"}';
	await expect.poll(answer, { interval: 10, timeout: 5000 }).toBe(exceeded);
});

it('a track payload that is too large closes the channel', async () => {
	const { open } = await serve({ payloadBytes: 100 });
	const socket = await open();
	await socket.join('a');
	const payload = { text: 'x'.repeat(100) };
	socket.send('1', '2', 'realtime:a', 'presence', { type: 'presence', event: 'track', payload });
	expect((await socket.frames.next())[4]).toMatchObject({ message: 'Track message size exceeded' });
});

it('a failed join is held back when the option says so', async () => {
	const { open } = await serve({ joinErrorDelayMs: 200 });
	const socket = await open();
	const before = Date.now();
	expect(await socket.join('a', { private: true })).toMatchObject({ status: 'error' });
	expect(Date.now() - before).toBeGreaterThanOrEqual(199);
});

it('a socket that is not heard is cut, one that beats is not', async () => {
	const { open } = await serve({ idleSocketMs: 1500 });
	const [silent, alive] = [await open(), await open()];
	const beat = setInterval(() => alive.send(null, '1', 'phoenix', 'heartbeat', {}), 300);
	expect((await silent.closed).code).toBe(1006);
	clearInterval(beat);
	expect(alive.ws.readyState).toBe(alive.ws.OPEN);
});

it('a socket without channels is closed after a while', async () => {
	const { open } = await serve({ channellessSocketMs: 500 });
	const [idle, busy] = [await open(), await open()];
	await busy.join('a');
	expect((await idle.closed).code).toBe(1000);
	expect(busy.ws.readyState).toBe(busy.ws.OPEN);
});

it('one who reads too slowly is cut, and the others hear everything', async () => {
	const { open } = await serve({ sendBufferBytes: 2_000_000, messagesPerSecond: Infinity });
	const [slow, quick, sender] = [await open(), await open(), await open()];
	await slow.join('a');
	await quick.join('a');
	await sender.join('a');
	slow.ws.pause();
	const payload = { type: 'broadcast', event: 'e', payload: { text: 'x'.repeat(200_000) } };
	for (let n = 0; n < 60; n++) {
		sender.send('1', '2', 'realtime:a', 'broadcast', payload);
		await quick.frames.next((frame) => frame[3] === 'broadcast');
	}
	slow.ws.resume();
	expect((await slow.closed).code).toBe(1006);
	expect(slow.frames.all.length).toBeLessThan(60);
});
