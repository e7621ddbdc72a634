/**
 * `npm run bench`: how long a message takes, and where the time goes.
 *   P2   commit in Postgres → the peer's socket (1,000 rows by realtime.send)
 *   P2b  send_message by supabase-js → the peer's socket, one pair (500), beside bare Socket.IO and beside polling
 *   P2c  the same by 50 pairs at once, a message a second each, beside bare Socket.IO
 *   sockets  200 idle and 200 chatting sockets: memory, CPU, delivery; 10,000 connects: what they leave behind
 *   P3   Enter key → text in the other browser (100), and → the sender's own bubble
 * In P2, P2b and P3 every message is sent when the one before has arrived: latency, not throughput. Stack, baseline and app are
 * processes of their own, as in real use.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { buildApp, serveApp } from '../../supabase/local/app.ts';
import { log, runUntilStopped } from '../../supabase/local/console.ts';
import { ensureChromium } from '../chromium.ts';
import { makePair } from '../people.ts';
import type { StackAddress } from '../stack.ts';
import { benchBrowsers } from './browsers.ts';
import { benchConnects } from './connects.ts';
import { benchChatting, benchPairs, makePairs } from './crowd.ts';
import { benchCommitToSocket, benchParts, benchSendToSocket } from './sockets.ts';

await runUntilStopped(async (_, onStop) => {
	ensureChromium(log);
	const build = await buildApp(log);
	const stackProcess = await startProcess<StackAddress>('stack-process.ts', [], onStop);
	const stack = stackProcess.ready;
	const { ready: baselinePort } = await startProcess<number>(
		'baseline-socketio.ts',
		[stack.adminDbUrl],
		onStop,
	);
	const pair = await makePair(stack);

	console.log();
	await benchCommitToSocket(stack);
	await benchSendToSocket(pair, baselinePort);
	await benchParts(stack, pair);
	const pairs = await makePairs(stack, 100);
	await benchPairs(pairs.slice(0, 50), baselinePort);
	await benchChatting(stackProcess.child, pairs);
	await benchConnects(stackProcess.child, stack);
	const port = Number(new URL(stack.appUrl).port);
	const logFile = process.platform === 'win32' ? 'NUL' : '/dev/null';
	const app = await serveApp({ stack, build, port, demo: false, logFile, log: () => {} });
	onStop(() => app.stop());
	await benchBrowsers(stack, await makePair(stack));
	return 0;
});

/** Starts a program of this folder; resolves with it and its first message, and ends it on stop. */
async function startProcess<Ready>(
	file: string,
	programArguments: string[],
	onStop: (undo: () => Promise<void>) => void,
): Promise<{ ready: Ready; child: ChildProcess }> {
	const child = fork(join(import.meta.dirname, file), programArguments);
	onStop(async () => {
		if (child.exitCode !== null) return;
		const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
		if (child.connected) child.disconnect();
		await ended;
	});
	return new Promise((resolve, reject) => {
		child.once('message', (ready) => resolve({ ready: ready as Ready, child }));
		child.once('exit', () => reject(new Error(`${file} ended before it was ready.`)));
	});
}
