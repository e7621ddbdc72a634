/** The programs that a command has started, so that a stop reaches them whoever was sent the signal. */
import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();
let isStopping = false;

/**
 * Ends the program when the command stops: its step then fails and cleans up after itself, as for any other failure.
 * For programs that may be ended at any moment; pg_ctl is none of them.
 */
export function endWithCommand<Child extends ChildProcess>(child: Child): Child {
	running.add(child);
	child.once('exit', () => running.delete(child));
	if (isStopping) child.kill();
	return child;
}

/** Ends the programs that run, and from now on each one that a step still starts. */
export function endChildren(): void {
	isStopping = true;
	for (const child of running) child.kill();
}

/** True from the moment that the command is asked to stop. */
export function isCommandStopping(): boolean {
	return isStopping;
}
