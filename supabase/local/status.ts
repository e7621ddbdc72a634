/** `<dataDir>/status.json`: where a running stack is, for `npm run status`, `npm run reset` and scripts. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Addresses and keys, by the names that `npm run status -- --json` prints. */
export interface Status {
	app: string;
	api: string;
	db: string;
	mail: string;
	publishableKey: string;
	secretKey: string;
}

const fileIn = (dataDir: string) => join(dataDir, 'status.json');

/** Tells other programs where the stack of this process is; the returned function takes it back. */
export function writeStatus(dataDir: string, status: Status): () => void {
	const file = fileIn(dataDir);
	const takeBack = () => rmSync(file, { force: true });
	takeBack(); // an older file would keep its own mode
	writeFileSync(file, JSON.stringify({ ...status, pid: process.pid }), { mode: 0o600 });
	return takeBack;
}

/** The stack that runs on this data directory; null when none does, also where a killed one left its file. */
export function readStatus(dataDir: string): (Status & { pid: number }) | null {
	try {
		const status = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as Status & { pid: number };
		return isAlive(status.pid) ? status : null;
	} catch (error) {
		if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw error;
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
	}
}
