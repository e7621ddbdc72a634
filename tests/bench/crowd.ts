/** P2c and the sockets: many people at once, each at the pace of a person. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'socket.io-client';
import { type Pair, type Person, makePair } from '../people.ts';
import type { StackAddress } from '../stack.ts';
import { print, ratiosOf, record, spreadOf } from './figures.ts';
import { arrivals, subscribe } from './sockets.ts';
import { measure, megabytes } from './usage.ts';

/** Pairs in care of each other, a few at a time: a sign-up hashes a password. */
export async function makePairs(stack: StackAddress, count: number): Promise<Pair[]> {
	const pairs: Pair[] = [];
	while (pairs.length < count)
		pairs.push(
			...(await Promise.all(
				Array.from({ length: Math.min(4, count - pairs.length) }, () => makePair(stack)),
			)),
		);
	return pairs;
}

/** 50 pairs, one message a second each, for 20 s. Hosted's limit of 500 broadcasts a second is far. */
export async function benchPairs(pairs: Pair[], baselinePort: number): Promise<void> {
	const arrived = arrivals();
	const leaves = await Promise.all(
		pairs.map(async ({ doctor, conversationId }) =>
			subscribe(doctor.client, await topicOf(doctor, conversationId), 'message_changed', ({ id }) =>
				arrived.note(String(id)),
			),
		),
	);
	const senders = pairs.map(({ patient, conversationId }) => (id: string) => {
		return send(patient, conversationId, id);
	});
	const ours = spreadOf(await atPace(senders, arrived, { everyMs: 1_000, rounds: 22 }));
	await Promise.all(leaves.map((leave) => leave()));
	const bare = spreadOf(await socketIoPairs(baselinePort, pairs.length));

	print('P2c  send_message → the peer’s socket, 50 pairs, 1 message/s each', ours);
	print('       baseline: bare Socket.IO + pg', bare);
	const ratios = ratiosOf(ours, bare);
	console.log(`       ours ÷ bare Socket.IO: ${ratios.p50} × / ${ratios.p95} × / ${ratios.p99} ×`);
	record({
		P2c: {
			value: { ours, ratios },
			unit: 'ms; ratio to bare Socket.IO',
			baseline: { socketIo: bare },
			target: '≤ 2 × bare Socket.IO',
			ok: ratios.p50 <= 2 && ratios.p95 <= 2,
			runs: ours.runs,
		},
	});
}

async function socketIoPairs(port: number, count: number): Promise<number[]> {
	const arrived = arrivals();
	const sockets = await Promise.all(
		Array.from({ length: count }, async () => {
			const conversation = randomUUID();
			const open = async () => {
				// Each its own connection: by default the clients of one process share one.
				const socket = connect(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
				await socket.emitWithAck('join', conversation);
				return socket;
			};
			const [sender, peer] = [await open(), await open()];
			peer.on('message', ({ id }: { id: string }) => arrived.note(id));
			return { conversation, sender, peer };
		}),
	);
	const senders = sockets.map(({ conversation, sender }) => (id: string) => {
		return sender.emitWithAck('send', conversation, id, 'One message of many.');
	});
	const durations = await atPace(senders, arrived, { everyMs: 1_000, rounds: 22 });
	for (const { sender, peer } of sockets) {
		sender.disconnect();
		peer.disconnect();
	}
	return durations;
}

/**
 * 200 people, each on one socket with the three channels that the app joins: silent for 10 s, then each with a message
 * every 4 s for 24 s. A message counts seven times against hosted's 500 broadcasts a second (three rows, four
 * receivers), so this is 350: as busy as a project may be.
 */
export async function benchChatting(stackProcess: ChildProcess, pairs: Pair[]): Promise<void> {
	const none = await measure(stackProcess, () => sleep(3_000));
	const arrived = arrivals();
	const people = pairs.flatMap(({ patient, doctor, conversationId }) =>
		[patient, doctor].map((person) => ({ person, conversationId })),
	);
	const leaves: (() => Promise<unknown>)[] = [];
	for (const { person, conversationId } of people) {
		const topic = await topicOf(person, conversationId);
		// A message reaches its sender, too; the other side's copy is the one that is timed.
		await subscribe(person.client, topic, 'message_changed', ({ id, sender_id }) => {
			if (sender_id !== person.id) arrived.note(String(id));
		});
		await subscribe(person.client, topic.replace('conversation', 'activity'), 'typing', () => {});
		leaves.push(await subscribe(person.client, `user:${person.id}`, 'conversation_changed', () => {}));
	}
	const idle = await measure(stackProcess, () => sleep(10_000));
	const senders = people.map(({ person, conversationId }) => (id: string) => {
		return send(person, conversationId, id);
	});
	let durations: number[] = [];
	const chatting = await measure(stackProcess, async () => {
		durations = await atPace(senders, arrived, { everyMs: 4_000, rounds: 6 });
	});
	await Promise.all(leaves.map((leave) => leave()));
	await Promise.all(people.map(({ person }) => person.client.realtime.disconnect()));

	const spread = spreadOf(durations);
	const tell = (name: string, { rss, heapUsed, cpuShare }: typeof idle) => {
		const memory = `RSS ${megabytes(rss)} MB, heap ${megabytes(heapUsed)} MB`;
		console.log(`${name.padEnd(62)} ${memory}, ${cpuShare} % of a core`);
		return { rssMB: megabytes(rss), heapMB: megabytes(heapUsed), cpuPercent: cpuShare };
	};
	const value = {
		none: tell('sockets  none: the stack’s process', none),
		idle: tell('         200 idle (3 private channels each)', idle),
		chatting: tell('         200 chatting (50 messages a second in all)', chatting),
		delivery: spread,
	};
	print('         send_message → the peer’s socket meanwhile', spread);
	record({
		sockets: { value, unit: 'MB; %; ms', baseline: null, target: null, ok: null, runs: spread.runs },
	});
}

async function topicOf({ client }: Person, conversationId: string): Promise<string> {
	const { data, error } = await client
		.from('conversations')
		.select('epoch')
		.eq('id', conversationId)
		.single();
	if (error) throw error;
	return `conversation:${conversationId}:${data.epoch}`;
}

async function send({ client }: Person, conversation: string, id: string): Promise<void> {
	const { error } = await client.rpc('send_message', { conversation, id, body: 'One message of many.' });
	if (error) throw error;
}

/**
 * Lets every sender send once a round, the senders spread evenly over it, whether or not earlier messages have arrived.
 * Answers with the durations from send to arrival, without those of the first tenth.
 */
async function atPace(
	senders: ((id: string) => Promise<unknown>)[],
	arrived: ReturnType<typeof arrivals>,
	{ everyMs, rounds }: { everyMs: number; rounds: number },
): Promise<number[]> {
	const began = performance.now();
	const all = Array.from({ length: rounds * senders.length }, async (_, i) => {
		await sleep(Math.max(0, began + (i * everyMs) / senders.length - performance.now()));
		const id = randomUUID();
		const arrival = arrived.of(id);
		const before = performance.now();
		await senders[i % senders.length]?.(id);
		return (await arrival) - before;
	});
	const durations = await Promise.all(all);
	return durations.slice(Math.ceil(durations.length / 10));
}
