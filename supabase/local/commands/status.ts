/** `npm run status`: where the running stack is. With `--json` one line for scripts. */
import { runUntilStopped } from '../console.ts';
import { StackError } from '../errors.ts';
import { readSettings } from '../settings.ts';
import { readStatus } from '../status.ts';

await runUntilStopped(async () => {
	const status = readStatus(readSettings().dataDir);
	if (!status) throw new StackError('Bedside is not running here. Start it with "npm start".');
	const { pid, ...shown } = status;
	if (process.argv.includes('--json')) console.log(JSON.stringify(shown));
	else
		for (const [name, value] of Object.entries({ ...shown, pid })) console.log(`${name.padEnd(15)} ${value}`);
	return 0;
});
