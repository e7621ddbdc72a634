/** What must not harm the server, or wear it out: much of everything, peers that vanish, an end and a new beginning. */
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { connectionsOf, createPolicies, mintToken, RawSocket, serveRealtime } from './testing.ts';

it('a thousand joins and leaves take no connection to the database with them', async () => {
	const policies = await createPolicies();
	onTestFinished(() => policies.drop());
	const name = 'a-thousand-joins';
	const own = await serveRealtime({ joinsPerSecond: Infinity }, { name });
	onTestFinished(own.stop);
	const socket = await RawSocket.open(own);
	const token = await mintToken();
	const joinAndLeave = async (ref: string) => {
		const topic = policies.topic();
		expect(await socket.join(topic, { private: true }, token, ref)).toMatchObject({ status: 'ok' });
		socket.send(ref, `${ref}l`, `realtime:${topic}`, 'phx_leave', {});
		const closed = await socket.frames.next((frame) => frame[3] === 'phx_close');
		expect(closed).toEqual([ref, ref, `realtime:${topic}`, 'phx_close', {}]);
	};
	await joinAndLeave('0');
	const before = await connectionsOf(name);
	expect(before).toMatchObject({ walsender: 1 });
	for (let n = 1; n <= 1_000; n++) await joinAndLeave(`${n}`);
	expect(await connectionsOf(name)).toEqual(before);
	socket.ws.close();
});

it('many sockets that join at once share a few connections to the database, and none is left at the end', async () => {
	const policies = await createPolicies();
	onTestFinished(() => policies.drop());
	const name = 'many-sockets';
	const own = await serveRealtime({}, { name });
	const token = await mintToken();
	const sockets = await Promise.all(Array.from({ length: 50 }, () => RawSocket.open(own)));
	await Promise.all(sockets.map((socket) => socket.join(policies.topic(), { private: true }, token)));
	const during = await connectionsOf(name);
	expect(during.walsender).toBe(1);
	expect(during['client backend']).toBeLessThanOrEqual(4);
	for (const { ws } of sockets) ws.terminate();
	await own.stop();
	await expect.poll(() => connectionsOf(name)).toEqual({});
});

it('a peer that is gone without a word is cut, and no longer present', async () => {
	const own = await serveRealtime({ idleSocketMs: 1_500 });
	onTestFinished(own.stop);
	const [witness, gone] = [await RawSocket.open(own), await RawSocket.open(own)];
	const beat = setInterval(() => witness.send(null, 'beat', 'phoenix', 'heartbeat', {}), 300);
	onTestFinished(() => clearInterval(beat));
	await witness.join('a', { presence: { key: 'witness', enabled: true } });
	await gone.join('a', { presence: { key: 'gone', enabled: true } });
	gone.send('1', '2', 'realtime:a', 'presence', { type: 'presence', event: 'track', payload: {} });
	const change = () => witness.frames.next((frame) => frame[3] === 'presence_diff');
	expect(await change()).toMatchObject({ 4: { joins: { gone: {} } } });
	// As after a pulled cable: neither reads nor writes, and answers no close.
	gone.ws.pause();
	expect(await change()).toMatchObject({ 4: { leaves: { gone: {} } } });
	expect(witness.ws.readyState).toBe(witness.ws.OPEN);
	gone.ws.terminate();
	witness.ws.close();
});

it.each(['1.0.0', '2.0.0'])('a server that stops says so to every channel (%s)', async (vsn) => {
	const own = await serveRealtime();
	const socket = await RawSocket.open({ ...own, vsn });
	const join = { topic: 'realtime:a', event: 'phx_join', payload: {}, ref: '1', join_ref: '1' };
	const text = vsn === '1.0.0' ? join : ['1', '1', 'realtime:a', 'phx_join', {}];
	socket.ws.send(JSON.stringify(text));
	await socket.frames.next();
	await own.stop();
	const payload = { extension: 'system', status: 'ok', message: 'Server requested disconnect' };
	expect(await socket.frames.next()).toEqual(
		vsn === '1.0.0'
			? { topic: 'realtime:a', event: 'system', payload, ref: null }
			: [null, null, 'realtime:a', 'system', payload],
	);
	expect((await socket.closed).code).toBe(1012);
	expect(socket.frames.all).toHaveLength(2); // no phx_close: the client must join again
});

it('a message that was replayed is not sent again when its live copy comes late', async ({ skip }) => {
	skip(process.platform === 'win32', 'Windows cannot hold a process');
	const policies = await createPolicies();
	onTestFinished(() => policies.drop());
	const name = 'held-replication';
	const own = await serveRealtime({}, { name });
	onTestFinished(own.stop);
	const admin = new pg.Client({ connectionString: inject('stack').adminDbUrl });
	await admin.connect();
	onTestFinished(() => admin.end());
	const { rows } = await admin.query<{ pid: number }>(
		`select pid from pg_stat_activity where application_name = $1 and backend_type = 'walsender'`,
		[name],
	);
	const walSender = Number(rows[0]?.pid);
	const topic = policies.topic();
	const send = (n: number) => policies.db.query(`select realtime.send($1, 'n', $2, true)`, [{ n }, topic]);
	const [replaying, live] = [await RawSocket.open(own), await RawSocket.open(own)];
	await live.join(topic, { private: true }, await mintToken());

	process.kill(walSender, 'SIGSTOP');
	try {
		await send(1);
		const config = { private: true, broadcast: { replay: { since: Date.now() - 60_000 } } };
		await replaying.join(topic, config, await mintToken());
		const replayed = await replaying.frames.next();
		expect(replayed[4]).toMatchObject({ payload: { n: 1 }, meta: { replayed: true } });
	} finally {
		process.kill(walSender, 'SIGCONT');
	}
	await send(2);
	const numberOf = (frame: Buffer) => /"n": ?(\d)/.exec(frame.toString())?.[1];
	expect([numberOf(await live.binary.next()), numberOf(await live.binary.next())]).toEqual(['1', '2']);
	expect(numberOf(await replaying.binary.next())).toBe('2');
	expect(replaying.binary.all).toHaveLength(1);
	for (const { ws } of [replaying, live]) ws.close();
});
