/** `npm run status`: where the running stack is. With `--json` one line for scripts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings } from '../settings.ts';

const file = join(readSettings().dataDir, 'status.json');
const status: Record<string, unknown> | null = existsSync(file)
	? JSON.parse(readFileSync(file, 'utf8'))
	: null;

if (!status || !isAlive(Number(status.pid))) {
	console.error('Bedside is not running here. Start it with "npm start".');
	process.exit(1);
}
const { pid, ...shown } = status;
if (process.argv.includes('--json')) console.log(JSON.stringify(shown));
else
	for (const [name, value] of Object.entries({ ...shown, pid })) console.log(`${name.padEnd(15)} ${value}`);

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
