/** How the commands talk to the person who runs them: progress lines, one sentence when something fails, one clean stop. */
import type { Stack } from './stack.ts';

export type Log = (line: string) => void;

const began = Date.now();

/** Prints one progress line with the seconds since the command began. */
export function log(line: string): void {
	console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s  ${line}`);
}

/**
 * Runs `begin`, then waits for Ctrl-C (or SIGTERM) and undoes what was registered with `onStop`, last first.
 * A `begin` that returns an exit code stops at once with it. A failure prints its sentence, undoes what had been
 * done so far and exits with code 1.
 */
export async function runUntilStopped(
	begin: (log: Log, onStop: (undo: () => Promise<void>) => void) => Promise<number | void>,
): Promise<void> {
	const undos: (() => Promise<void>)[] = [];
	let stopping: Promise<void> | undefined;
	const stop = (exitCode: number) =>
		(stopping ??= (async () => {
			for (const undo of undos.reverse()) await undo().catch((error) => log(sentenceOf(error)));
			process.exit(exitCode);
		})());

	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.on(signal, () => {
			if (!stopping) log('Stopping …');
			void stop(0);
		});

	try {
		const exitCode = await begin(log, (undo) => undos.push(undo));
		if (exitCode !== undefined) await stop(exitCode);
	} catch (error) {
		if (!stopping) console.error(`\n${sentenceOf(error)}`);
		await stop(1);
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
