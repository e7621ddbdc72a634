/** P2 and P2b: from Postgres, and from one supabase-js to another. */
import { randomUUID } from 'node:crypto';
import { connect } from 'socket.io-client';
import postgres from 'postgres';
import { type Pair, makePatient } from '../people.ts';
import type { StackAddress } from '../stack.ts';
import { type Spread, print, ratiosOf, record, spreadOf } from './figures.ts';

/** Realtime closes channels above 500 messages a second, here as on hosted: a measurement stays well below. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 8));

/** `of` resolves with the time of arrival that `note` takes down for that key. */
export function arrivals(): { note(key: string): void; of(key: string): Promise<number> } {
	const waiting = new Map<string, (at: number) => void>();
	return {
		note: (key) => waiting.get(key)?.(performance.now()),
		of: (key) => new Promise((resolve) => waiting.set(key, resolve)),
	};
}

/** Joins a private topic; the answer leaves all topics of that client. */
export async function subscribe(
	client: Pair['patient']['client'],
	topic: string,
	event: string,
	onPayload: (payload: Record<string, unknown>) => void,
) {
	await client.realtime.setAuth();
	const channel = client.channel(topic, { config: { private: true } });
	channel.on('broadcast', { event }, ({ payload }) => onPayload(payload));
	await new Promise<void>((resolve, reject) =>
		channel.subscribe((status, error) => {
			if (status === 'SUBSCRIBED') resolve();
			else if (status !== 'CLOSED') reject(error ?? new Error(`joining ${topic}: ${status}`));
		}),
	);
	return () => client.removeAllChannels();
}

export async function benchCommitToSocket(stack: StackAddress): Promise<void> {
	const listener = await makePatient(stack);
	const arrived = arrivals();
	const leave = await subscribe(listener.client, `user:${listener.id}`, 'bench', (payload) =>
		arrived.note(String(payload.key)),
	);
	const sql = postgres(stack.adminDbUrl, { max: 1 });
	const toSocket: number[] = [];
	const commits: number[] = [];
	for (let i = 0; i < 1_050; i++) {
		await rest();
		const key = String(i);
		const arrival = arrived.of(key);
		const connection = await sql.reserve();
		await connection`begin`;
		await connection`select realtime.send(${sql.json({ key })}, 'bench', ${`user:${listener.id}`}, true)`;
		const before = performance.now();
		await connection`commit`;
		const committed = performance.now();
		connection.release();
		const at = await arrival;
		if (i < 50) continue; // warm-up
		commits.push(committed - before);
		toSocket.push(at - before);
	}
	await sql.end();
	await leave();
	const spread = spreadOf(toSocket);
	print('P2   COMMIT sent → text on the peer’s socket', spread);
	print('       of which the commit itself (fsync)', spreadOf(commits));
	const target = { p50: 5, p95: 20, p99: 50 };
	record({
		P2: {
			value: spread,
			unit: 'ms',
			baseline: 'Supabase published 46 / 132 / 159',
			target,
			ok: spread.p50 <= 5 && spread.p95 <= 20 && spread.p99 <= 50,
			runs: spread.runs,
		},
	});
}

const sends = 500;
const warmUps = 50;

export async function benchSendToSocket(
	{ patient, doctor, conversationId }: Pair,
	baselinePort: number,
): Promise<void> {
	const { data } = await doctor.client
		.from('conversations')
		.select('epoch')
		.eq('id', conversationId)
		.single();
	const arrived = arrivals();
	const topic = `conversation:${conversationId}:${data?.epoch}`;
	const leave = await subscribe(doctor.client, topic, 'message_changed', ({ id }) =>
		arrived.note(String(id)),
	);
	const ours = await timeSends(arrived, async (id, body) => {
		const { error } = await patient.client.rpc('send_message', { conversation: conversationId, id, body });
		if (error) throw error;
	});
	await leave();
	const bare = await socketIoBaseline(baselinePort);
	const polled = await pollingBaseline(patient, doctor, conversationId);

	print('P2b  send_message by supabase-js → the peer’s socket, 1 pair', ours.toSocket);
	print('       of which the answer to the sender', ours.answer);
	print('       baseline: bare Socket.IO + pg', bare.toSocket);
	print('       baseline: the peer polls every 3 s', polled);
	const ratios = ratiosOf(ours.toSocket, bare.toSocket);
	console.log(`       ours ÷ bare Socket.IO: ${ratios.p50} × / ${ratios.p95} × / ${ratios.p99} ×`);
	record({
		P2b: {
			value: { ours: ours.toSocket, ratios },
			unit: 'ms; ratio to bare Socket.IO',
			baseline: { socketIo: bare.toSocket, polling: polled },
			target: '≤ 2 × bare Socket.IO',
			ok: ratios.p50 <= 2 && ratios.p95 <= 2,
			runs: sends,
		},
	});
}

/** Sends one message at a time, the next when the last has arrived. */
async function timeSends(
	arrived: ReturnType<typeof arrivals>,
	send: (id: string, body: string) => Promise<void>,
): Promise<{ toSocket: Spread; answer: Spread }> {
	const toSocket: number[] = [];
	const answer: number[] = [];
	for (let i = 0; i < warmUps + sends; i++) {
		await rest();
		const id = randomUUID();
		const arrival = arrived.of(id);
		const before = performance.now();
		await send(id, `Message ${i} of a measurement.`);
		const answered = performance.now();
		const at = await arrival;
		if (i < warmUps) continue;
		answer.push(answered - before);
		toSocket.push(at - before);
	}
	return { toSocket: spreadOf(toSocket), answer: spreadOf(answer) };
}

async function socketIoBaseline(port: number) {
	const conversation = randomUUID();
	const arrived = arrivals();
	const open = async () => {
		const socket = connect(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
		await socket.emitWithAck('join', conversation);
		return socket;
	};
	const [sender, peer] = [await open(), await open()];
	peer.on('message', ({ id }: { id: string }) => arrived.note(id));
	const spread = await timeSends(arrived, (id, body) => sender.emitWithAck('send', conversation, id, body));
	sender.disconnect();
	peer.disconnect();
	return spread;
}

/** What the peer would see without live channels: a poll of the table every 3 s (10 messages at random moments). */
async function pollingBaseline(patient: Pair['patient'], doctor: Pair['doctor'], conversationId: string) {
	const seen = new Map<string, (at: number) => void>();
	const timer = setInterval(async () => {
		const { data } = await doctor.client
			.from('messages')
			.select('id')
			.eq('conversation_id', conversationId)
			.order('seq', { ascending: false })
			.limit(5);
		for (const row of data ?? []) seen.get(row.id)?.(performance.now());
	}, 3_000);
	const durations: number[] = [];
	for (let i = 0; i < 10; i++) {
		await new Promise((resolve) => setTimeout(resolve, Math.random() * 3_000));
		const id = randomUUID();
		const arrival = new Promise<number>((resolve) => seen.set(id, resolve));
		const before = performance.now();
		await patient.client.rpc('send_message', { conversation: conversationId, id, body: 'Polled.' });
		durations.push((await arrival) - before);
	}
	clearInterval(timer);
	return spreadOf(durations);
}

/** Where the time of one send goes: an empty HTTP answer, an empty statement, the function in Postgres. */
export async function benchParts(stack: StackAddress, { patient, conversationId }: Pair): Promise<void> {
	const time = async (runs: number, work: (i: number) => PromiseLike<unknown>) => {
		const durations: number[] = [];
		for (let i = 0; i < runs + 20; i++) {
			const before = performance.now();
			await work(i);
			if (i >= 20) durations.push(performance.now() - before);
		}
		return spreadOf(durations);
	};
	const gateway = await time(200, () => fetch(`${stack.apiUrl}/rest/v1/`));
	print('part an HTTP answer of the gateway without SQL (no key: 401)', gateway);
	const rpc = await time(200, () => patient.client.rpc('pulse', { conversations: [] }));
	print('part RPC by supabase-js that does next to nothing (pulse of none)', rpc);

	const sql = postgres(stack.adminDbUrl, { max: 1 });
	const claims = JSON.stringify({ sub: patient.id, role: 'authenticated' });
	const inPostgres = await time(300, (i) =>
		sql.begin(async (tx) => {
			await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`;
			await tx`select public.send_message(${conversationId}::uuid, ${randomUUID()}::uuid, ${`Part ${i}`})`;
		}),
	);
	print('part the same send in Postgres alone (4 round trips, one commit)', inPostgres);
	const roundTrip = await time(300, () => sql`select 1`);
	print('part an empty round trip to Postgres', roundTrip);
	await sql.end();
	record({
		RPC: {
			value: { rpc, gateway, sendInPostgres: inPostgres, roundTrip },
			unit: 'ms',
			baseline: '@supabase/lite alone: 9 to 13 / 18 to 25',
			target: { p50: 4, p95: 10 },
			ok: rpc.p50 <= 4 && rpc.p95 <= 10,
			runs: rpc.runs,
		},
	});
}
