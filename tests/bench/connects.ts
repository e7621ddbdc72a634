/** What 10,000 connections leave behind in the stack's process and in Postgres: nothing that grows. */
import type { ChildProcess } from 'node:child_process';
import postgres from 'postgres';
import { WebSocket } from 'ws';
import { makePatient } from '../people.ts';
import type { StackAddress } from '../stack.ts';
import { record } from './figures.ts';
import { askUsage, megabytes } from './usage.ts';

const connects = 10_000;
const atOnce = 20;
/** Until pools, caches and compiled code have their size. */
const warmUps = 1_000;

export async function benchConnects(stackProcess: ChildProcess, stack: StackAddress): Promise<void> {
	const patient = await makePatient(stack);
	const { data } = await patient.client.auth.getSession();
	const join = JSON.stringify([
		'1',
		'1',
		`realtime:user:${patient.id}`,
		'phx_join',
		{ config: { private: true }, access_token: data.session?.access_token },
	]);
	const query = new URLSearchParams({ apikey: stack.publishableKey, vsn: '2.0.0' });
	const address = `${stack.apiUrl.replace(/^http/, 'ws')}/realtime/v1/websocket?${query}`;
	const connectAndCut = () =>
		new Promise<void>((resolve, reject) => {
			const ws = new WebSocket(address);
			ws.once('error', reject);
			ws.once('open', () => ws.send(join));
			ws.once('message', (reply: Buffer) => {
				if (!reply.includes('"status":"ok"')) reject(new Error(reply.toString()));
				ws.terminate();
			});
			ws.once('close', () => resolve());
		});
	const connectTimes = async (times: number) => {
		let left = times;
		const worker = async () => {
			while (left-- > 0) await connectAndCut();
		};
		await Promise.all(Array.from({ length: atOnce }, worker));
		await new Promise((resolve) => setTimeout(resolve, 1_000)); // the last ones are noticed
	};

	const sql = postgres(stack.adminDbUrl, { max: 1 });
	const look = async () => {
		const { rss, heapUsed, handles } = await askUsage(stackProcess);
		const [row] = await sql`select count(*)::int as backends from pg_stat_activity
			where backend_type in ('client backend', 'walsender')`;
		return { heapMB: megabytes(heapUsed), rssMB: megabytes(rss), handles, backends: Number(row?.backends) };
	};
	await connectTimes(warmUps);
	const before = await look();
	const began = performance.now();
	await connectTimes(connects);
	const seconds = Math.round((performance.now() - began) / 1_000);
	const after = await look();
	await sql.end();
	// RSS is told, not judged: the allocator keeps what it once had, and five times as many connects end there, too.
	console.log(`connects 10,000, each joins a private channel and is cut (${seconds} s)`);
	for (const [when, { heapMB, rssMB, handles, backends }] of Object.entries({ before, after }))
		console.log(
			`         ${when.padEnd(7)} heap ${heapMB} MB, RSS ${rssMB} MB, ${handles} handles, ${backends} connections to Postgres`,
		);
	record({
		connects: {
			value: { before, after, seconds },
			unit: 'MB; count',
			baseline: null,
			target: 'no growth but noise: heap + 5 MB, handles and connections + 2',
			ok:
				after.heapMB - before.heapMB <= 5 &&
				after.handles - before.handles <= 2 &&
				after.backends - before.backends <= 2,
			runs: connects,
		},
	});
}
