/** How the commands talk to the person who runs them: progress lines, one sentence when something fails, one clean stop. */
import { endChildren } from './children.ts';
import type { Stack } from './stack.ts';

export type Log = (line: string) => void;

const began = Date.now();

/** Prints one progress line with the seconds since the command began. */
export function log(line: string): void {
	console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${line}`);
}

/** An interrupted step gets this long to fail and clean up after itself. */
const longestStepEnd = 20_000;
/** As shells tell of a command that Ctrl-C ended. */
const interrupted = 130;

/**
 * Runs `begin`, then waits for Ctrl-C (or SIGTERM, or the end of the parent) and undoes what was registered with
 * `onStop`, last first. A `begin` that returns an exit code stops at once with it. A failure of `begin`, or one told
 * later with `onLost`, prints its sentence, undoes what had been done so far and exits with code 1. A command that is
 * interrupted before it was through never exits with 0: nobody may take its tests for passed.
 */
export async function runUntilStopped(
	begin: (
		log: Log,
		onStop: (undo: () => Promise<void>) => void,
		onLost: (error: Error) => void,
	) => Promise<number | void>,
): Promise<void> {
	const undos: (() => Promise<void>)[] = [];
	let hasBegun = false;
	let beginning: Promise<number | void> | undefined;
	let stopping: Promise<void> | undefined;
	const stop = (exitCode: number) =>
		(stopping ??= (async () => {
			endChildren();
			const tooLong = new Promise((resolve) => setTimeout(resolve, longestStepEnd).unref());
			await Promise.race([beginning?.catch(() => {}), tooLong]);
			for (const undo of undos.reverse()) await undo().catch((error) => log(sentenceOf(error)));
			process.exit(exitCode);
		})());
	const fail = (error: unknown) => {
		if (!stopping) console.error(`\n${sentenceOf(error)}`);
		void stop(1);
	};

	const askToStop = () => {
		if (!stopping) log('Stopping …');
		void stop(hasBegun ? 0 : interrupted);
	};
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, askToStop);
	process.once('disconnect', askToStop); // run.mjs was killed

	try {
		beginning = begin(log, (undo) => undos.push(undo), fail);
		const exitCode = await beginning;
		hasBegun = true;
		if (exitCode !== undefined) await stop(exitCode);
	} catch (error) {
		fail(error);
	}
}

/** What a person should read of an error: its message; the stack too when BEDSIDE_DEBUG is set. */
export function sentenceOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return process.env.BEDSIDE_DEBUG ? (error.stack ?? error.message) : error.message;
}

/** The last lines of a successful start. */
export function printWelcome(stack: Stack): void {
	console.log(`
  Bedside is ready. This embedded stack is for development, demos and tests, not for production.

    Open ${stack.appUrl} and continue as patient1,
    and a private window of it as doctor1. (Every demo password is bedside-demo-1.)

    Mail     ${stack.mailUrl}
    API      ${stack.apiUrl}
    Postgres npm run --silent status -- --json

  Ctrl-C stops everything; the data stays. "npm run reset" erases it.
`);
}
