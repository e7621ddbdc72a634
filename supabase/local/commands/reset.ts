/** `npm run reset`: erases the local database, files and keys. The next start makes a fresh demo clinic. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eraseCluster } from '../postgres/cluster.ts';
import { readSettings } from '../settings.ts';

const { dataDir } = readSettings();
const status = join(dataDir, 'status.json');
const postmaster = join(dataDir, 'postgres', 'postmaster.pid');

if (
	isRunning(status, (text) => Number(JSON.parse(text).pid)) ||
	isRunning(postmaster, (text) => Number(text.split('\n')[0]))
) {
	console.error('Bedside is running on this data. Stop it (Ctrl-C in its window), then reset.');
	process.exit(1);
}
eraseCluster(dataDir);
rmSync(dataDir, { recursive: true, force: true });
console.log('The local database, files and keys are erased. "npm start" makes a fresh demo clinic.');

function isRunning(file: string, pidIn: (text: string) => number): boolean {
	if (!existsSync(file)) return false;
	try {
		process.kill(pidIn(readFileSync(file, 'utf8')), 0);
		return true;
	} catch {
		return false;
	}
}
