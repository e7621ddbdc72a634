/**
 * `npm run bench`: how long a message takes, and where the time goes.
 *   P2   commit in Postgres → the peer's socket (1,000 rows by realtime.send)
 *   P2b  send_message by supabase-js → the peer's socket, one pair (500), with polling every 3 s as its baseline
 *   P3   Enter key → text in the other browser (100), and → the sender's own bubble
 * Every message is sent when the one before has arrived: latency, not throughput.
 */
import { chromium } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { buildApp, serveApp } from '../../supabase/local/app.ts';
import { log, runUntilStopped } from '../../supabase/local/console.ts';
import { chromiumLaunch, ensureChromium } from '../chromium.ts';
import { type Pair, makePair, makePatient } from '../people.ts';
import { type StackAddress, addressOf, startTestStack } from '../stack.ts';
import { print, record, spreadOf } from './figures.ts';

await runUntilStopped(async (_, onStop) => {
	ensureChromium(log);
	const build = await buildApp(log);
	const running = await startTestStack(log);
	onStop(() => running.stop());
	const stack = addressOf(running);
	const pair = await makePair(stack);

	console.log();
	await benchCommitToSocket(stack);
	await benchSendToSocket(stack, pair);
	await benchParts(stack, pair);
	const app = await serveApp({
		stack,
		build,
		port: Number(new URL(stack.appUrl).port),
		demo: false,
		log: () => {},
	});
	onStop(() => app.stop());
	await benchBrowsers(stack, await makePair(stack));
	return 0;
});

/** Resolves with the arrival time of the broadcast for which `isIt` answers true. */
function arrivals(): { note(key: string): void; of(key: string): Promise<number> } {
	const waiting = new Map<string, (at: number) => void>();
	return {
		note: (key) => waiting.get(key)?.(performance.now()),
		of: (key) => new Promise((resolve) => waiting.set(key, resolve)),
	};
}

async function subscribe(
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

async function benchCommitToSocket(stack: StackAddress): Promise<void> {
	const listener = await makePatient(stack);
	const arrived = arrivals();
	const leave = await subscribe(listener.client, `user:${listener.id}`, 'bench', (payload) =>
		arrived.note(String(payload.key)),
	);
	const sql = postgres(stack.adminDbUrl, { max: 1 });
	const toSocket: number[] = [];
	const commits: number[] = [];
	for (let i = 0; i < 1_050; i++) {
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

async function benchSendToSocket(
	stack: StackAddress,
	{ patient, doctor, conversationId }: Pair,
): Promise<void> {
	const { data } = await doctor.client
		.from('conversations')
		.select('epoch')
		.eq('id', conversationId)
		.single();
	const arrived = arrivals();
	const leave = await subscribe(
		doctor.client,
		`conversation:${conversationId}:${data?.epoch}`,
		'message_changed',
		(payload) => arrived.note(String(payload.id)),
	);
	const toSocket: number[] = [];
	const answers: number[] = [];
	for (let i = 0; i < 520; i++) {
		const id = randomUUID();
		const arrival = arrived.of(id);
		const before = performance.now();
		const { error } = await patient.client.rpc('send_message', {
			conversation: conversationId,
			id,
			body: `Message ${i} of a measurement.`,
		});
		if (error) throw error;
		const answered = performance.now();
		const at = await arrival;
		if (i < 20) continue;
		answers.push(answered - before);
		toSocket.push(at - before);
	}
	await leave();
	const polled = await pollingBaseline(patient, doctor, conversationId);
	const spread = spreadOf(toSocket);
	print('P2b  send_message by supabase-js → the peer’s socket, 1 pair', spread);
	print('       of which the answer to the sender', spreadOf(answers));
	print('       baseline: the peer polls every 3 s', polled);
	record({
		P2b: {
			value: spread,
			unit: 'ms',
			baseline: { polling: polled },
			target: '≤ 2 × bare Socket.IO + pg (its baseline server is not built yet)',
			ok: null,
			runs: spread.runs,
		},
	});
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
async function benchParts(stack: StackAddress, { patient, conversationId }: Pair): Promise<void> {
	const time = async (runs: number, work: (i: number) => PromiseLike<unknown>) => {
		const durations: number[] = [];
		for (let i = 0; i < runs + 20; i++) {
			const before = performance.now();
			await work(i);
			if (i >= 20) durations.push(performance.now() - before);
		}
		return spreadOf(durations);
	};
	print(
		'part an HTTP answer of the gateway without SQL (no key: 401)',
		await time(200, () => fetch(`${stack.apiUrl}/rest/v1/`)),
	);
	print(
		'part RPC by supabase-js that does next to nothing (pulse of none)',
		await time(200, () => patient.client.rpc('pulse', { conversations: [] })),
	);

	const sql = postgres(stack.adminDbUrl, { max: 1 });
	const claims = JSON.stringify({ sub: patient.id, role: 'authenticated' });
	const inPostgres = await time(300, (i) =>
		sql.begin(async (tx) => {
			await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`;
			await tx`select public.send_message(${conversationId}::uuid, ${randomUUID()}::uuid, ${`Part ${i}`})`;
		}),
	);
	print('part the same send in Postgres alone (4 round trips, one commit)', inPostgres);
	print('part an empty round trip to Postgres', await time(300, () => sql`select 1`));
	await sql.end();
}

async function benchBrowsers(stack: StackAddress, pair: Pair): Promise<void> {
	const browser = await chromium.launch(chromiumLaunch());
	const open = async (person: Pair['patient']) => {
		const page = await (await browser.newContext()).newPage();
		await page.goto(`${stack.appUrl}/sign-in`);
		await page.getByLabel('Email').fill(person.email);
		await page.getByLabel('Password').fill(person.password);
		await page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await page.waitForURL(/\/conversations/);
		await page.goto(`${stack.appUrl}/conversations/${pair.conversationId}`);
		await page.getByRole('status', { name: 'Connection' }).filter({ hasText: 'Connected' }).waitFor();
		// Both pages run on this machine's clock: the first frame whose document holds the text is noted there.
		await page.evaluate(() => {
			const shown = ((window as unknown as { shown: Record<string, number> }).shown = {});
			const log = document.querySelector('[role=log]') as HTMLElement;
			new MutationObserver(() => {
				for (const [word] of log.innerText.matchAll(/bench-\d+-/g))
					(shown as Record<string, number>)[word] ??= Date.now();
			}).observe(log, { childList: true, subtree: true, characterData: true });
		});
		return page;
	};
	const [patient, doctor] = [await open(pair.patient), await open(pair.doctor)];
	const box = patient.getByRole('textbox', { name: 'Message' });
	const across: number[] = [];
	const own: number[] = [];
	for (let i = 0; i < 105; i++) {
		const word = `bench-${i}-`;
		await box.fill(word);
		const pressed = await box.evaluate((element) => {
			const at = performance.timeOrigin + performance.now();
			element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
			return at;
		});
		const shownIn = (page: typeof patient) =>
			page
				.waitForFunction((key) => (window as unknown as { shown: Record<string, number> }).shown[key], word, {
					polling: 5,
				})
				.then((handle) => handle.jsonValue());
		const [there, here] = await Promise.all([shownIn(doctor), shownIn(patient)]);
		if (i < 5) continue;
		across.push(Number(there) - pressed);
		own.push(Number(here) - pressed);
	}
	await browser.close();
	const spread = spreadOf(across);
	const ownSpread = spreadOf(own);
	print('P3   Enter → text in the other browser’s document', spread);
	print('       Enter → the sender’s own bubble', ownSpread);
	record({
		P3: {
			value: { other: spread, own: ownSpread },
			unit: 'ms',
			baseline: 'Slack ≈ 500, Zulip send ≈ 40',
			target: { p50: 40, p95: 100, own: 32 },
			ok: spread.p50 <= 40 && spread.p95 <= 100 && ownSpread.p95 <= 32,
			runs: spread.runs,
		},
	});
}
