import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import pg from 'pg';
import {
	Arrivals,
	broadcastsOf,
	createPerson,
	createPolicies,
	EVERYTHING,
	join,
	leave,
	mintToken,
	RawSocket,
	serveRealtime,
	type TestPolicies,
} from './testing.ts';

let policies: TestPolicies;
beforeAll(async () => {
	policies = await createPolicies();
});
afterAll(() => policies.drop());

const send = (topic: string, event: string, payload: object = {}, isPrivate = true) =>
	policies.db.query('select realtime.send($1, $2, $3, $4)', [payload, event, topic, isPrivate]);

/** One listener on a private topic. */
async function listen(apiUrl?: string) {
	const topic = policies.topic();
	const person = await createPerson(EVERYTHING, apiUrl);
	const channel = person.channel(topic, { config: { private: true } });
	const heard = broadcastsOf(channel);
	await join(channel);
	return { topic, heard, channel, end: () => leave(person) };
}

describe('a message sent by the database', () => {
	it('arrives with its id once the transaction has committed', async () => {
		const { topic, heard, end } = await listen();
		await policies.db.query('begin');
		await send(topic, 'changed', { text: 'Ánh', n: 1.5 });
		expect(heard.all).toEqual([]);
		await policies.db.query('commit');
		const { event, payload, meta } = await heard.next();
		expect(event).toBe('changed');
		expect(payload).toEqual({ text: 'Ánh', n: 1.5, id: meta?.id });
		expect(meta?.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
		await end();
	});

	it('never arrives when the transaction rolls back', async () => {
		const { topic, heard, end } = await listen();
		await policies.db.query('begin');
		await send(topic, 'never');
		await policies.db.query('rollback');
		await send(topic, 'after');
		expect(await heard.next()).toMatchObject({ event: 'after' });
		await end();
	});

	it('arrives in the order of the transaction', async () => {
		const { topic, heard, end } = await listen();
		await policies.db.query(
			`select realtime.send(jsonb_build_object('n', n), 'n', $1, true) from generate_series(0, 49) as n`,
			[topic],
		);
		for (let n = 0; n < 50; n++) expect(await heard.next()).toMatchObject({ payload: { n } });
		await end();
	});

	it('goes to the public or the private topic, as it says', async () => {
		const { topic, heard, end } = await listen();
		const outsider = await createPerson([]);
		const outside = outsider.channel(topic);
		const seen = broadcastsOf(outside);
		await join(outside);
		await send(topic, 'public', {}, false);
		await send(topic, 'private');
		expect(await heard.next()).toMatchObject({ event: 'private' });
		expect(await seen.next()).toMatchObject({ event: 'public' });
		expect([heard.all.length, seen.all.length]).toEqual([1, 1]);
		await end();
		await leave(outsider);
	});

	it('may be plain bytes', async () => {
		const { topic, heard, end } = await listen();
		await policies.db.query(`select realtime.send_binary('\\x00ff03', 'bytes', $1)`, [topic]);
		const { payload } = await heard.next();
		expect(new Uint8Array(payload as ArrayBuffer)).toEqual(new Uint8Array([0, 255, 3]));
		await end();
	});

	it('is left out, and harms nothing, when it fits no frame or has no event', async () => {
		const { topic, heard, end } = await listen();
		await send(topic, 'e'.repeat(256));
		await send(topic, 'large', { text: 'x'.repeat(256_500) });
		await policies.db.query(
			`insert into realtime.messages (topic, extension, private) values ($1, 'broadcast', true)`,
			[topic],
		);
		await send(topic, 'fine');
		expect(await heard.next()).toMatchObject({ event: 'fine' });
		await end();
	});
});

describe('replay', () => {
	async function joinWithReplay(topic: string, replay: object, config: object = { private: true }) {
		const socket = await RawSocket.open();
		const reply = await socket.join(topic, { ...config, broadcast: { replay } }, await mintToken());
		return { socket, reply };
	}

	it('sends the newest stored messages, oldest first, marked as replayed', async () => {
		const topic = policies.topic();
		for (let n = 0; n < 4; n++) await send(topic, 'n', { n });
		await send(topic, 'public', {}, false);
		const { socket } = await joinWithReplay(topic, { since: Date.now() - 60_000, limit: 3 });
		for (let n = 1; n < 4; n++) {
			const [joinRef, , , event, message] = await socket.frames.next();
			expect([joinRef, event]).toEqual(['1', 'broadcast']);
			const meta = { replayed: true, id: expect.any(String) as unknown };
			expect(message).toMatchObject({ type: 'broadcast', event: 'n', payload: { n }, meta });
		}
		socket.ws.close();
	});

	it('sends at most 25, and nothing from before', async () => {
		const topic = policies.topic();
		await policies.db.query(
			`select realtime.send(jsonb_build_object('n', n), 'n', $1, true) from generate_series(1, 30) as n`,
			[topic],
		);
		const { socket } = await joinWithReplay(topic, { since: Date.now() - 60_000, limit: 1000 });
		await socket.settle();
		expect(socket.frames.all.filter((frame) => frame[3] === 'broadcast')).toHaveLength(25);
		const late = await joinWithReplay(topic, { since: Date.now() + 60_000 });
		await late.socket.settle();
		expect(late.socket.frames.all).toHaveLength(2);
		for (const { ws } of [socket, late.socket]) ws.close();
	});

	it.each([{}, { since: 'yesterday' }, { since: 1.5 }, { since: 1e17 }, { since: 1, limit: 'all' }])(
		'refuses %j',
		async (replay) => {
			const { socket, reply } = await joinWithReplay(policies.topic(), replay);
			expect(reply.response.reason).toBe('UnableToReplayMessages: Replay params are not valid');
			socket.ws.close();
		},
	);

	it('is for private topics', async () => {
		const { socket, reply } = await joinWithReplay(policies.topic(), { since: 1 }, {});
		expect(reply.response.reason).toBe('UnableToReplayMessages: Replay is not allowed for public channels');
		socket.ws.close();
	});
});

describe('the replication connection', () => {
	it('comes back by itself, and what was written meanwhile is never sent', async () => {
		const admin = new pg.Client({ connectionString: inject('stack').adminDbUrl });
		await admin.connect();
		const walSenders = async () => {
			const { rows } = await admin.query<{ pid: number }>('select pid from pg_stat_replication');
			return rows.map(({ pid }) => pid);
		};
		const others = await walSenders();
		const own = await serveRealtime();
		const { topic, heard, channel, end } = await listen(own.apiUrl);
		const [walSender] = (await walSenders()).filter((pid) => !others.includes(pid));
		// A new slot waits for transactions that are open: what commits before this one ends is in no slot.
		await admin.query('begin');
		await admin.query('select pg_current_xact_id()');
		await admin.query('select pg_terminate_backend($1, 5000)', [walSender]);
		await send(topic, 'missed');
		await admin.query('commit');
		await expect
			.poll(async () => {
				await send(topic, 'back');
				return heard.all.length;
			})
			.toBeGreaterThan(0);
		expect(heard.all.map(({ event }) => event)).not.toContain('missed');
		expect(channel.state).toBe('joined');
		expect(own.lines.join()).toContain('replication ended');
		await end();
		await own.stop();
		await admin.end();
	});

	it('is announced to a channel that asked', async () => {
		const person = await createPerson();
		const config = { private: true, broadcast: { replication_ready: true } } as object;
		const channel = person.channel(policies.topic(), { config });
		const messages = new Arrivals<unknown>();
		channel.on('system', {}, messages.add);
		await join(channel);
		expect(await messages.next()).toMatchObject({
			status: 'ok',
			message: 'Replication connection established',
		});
		await leave(person);
	});
});
