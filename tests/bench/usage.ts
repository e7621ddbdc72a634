/** What the stack's process uses, asked of it over IPC: Postgres, the baseline and the clients are other processes. */
import type { ChildProcess } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Usage {
	/** Bytes, after a garbage collection. */
	rss: number;
	heapUsed: number;
	/** Microseconds of CPU since the process began. */
	cpu: number;
	/** Sockets, timers and the like that are open. */
	handles: number;
}

/** In the measured process: answers every message of the parent with the usage of the moment. */
export function answerUsage(): void {
	setFlagsFromString('--expose-gc');
	const collectGarbage = runInNewContext('gc') as () => void;
	process.on('message', () => {
		const { user, system } = process.cpuUsage();
		collectGarbage();
		const { rss, heapUsed } = process.memoryUsage();
		const handles = process.getActiveResourcesInfo().length;
		process.send?.({ rss, heapUsed, cpu: user + system, handles } satisfies Usage);
	});
}

/** In the parent. */
export function askUsage(child: ChildProcess): Promise<Usage> {
	return new Promise((resolve, reject) => {
		const onExit = () => reject(new Error('The measured process has ended.'));
		child.once('exit', onExit);
		child.once('message', (usage) => {
			child.off('exit', onExit);
			resolve(usage as Usage);
		});
		child.send('usage');
	});
}

/** Runs `work`; answers with the share of one core that the process took meanwhile, in percent, and its last usage. */
export async function measure(
	child: ChildProcess,
	work: () => Promise<unknown>,
): Promise<Usage & { cpuShare: number }> {
	const before = await askUsage(child);
	const began = performance.now();
	await work();
	const milliseconds = performance.now() - began;
	const after = await askUsage(child);
	return { ...after, cpuShare: Math.round((after.cpu - before.cpu) / 10 / milliseconds) };
}

export const megabytes = (bytes: number) => Math.round(bytes / 100_000) / 10;
