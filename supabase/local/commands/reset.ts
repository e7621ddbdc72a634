/** `npm run reset`: erases the local database, files and keys. The next start makes a fresh demo clinic. */
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runUntilStopped } from '../console.ts';
import { StackError } from '../errors.ts';
import { eraseCluster } from '../postgres/cluster.ts';
import { stopLeftBehind } from '../postgres/server.ts';
import { openSecrets, readSettings } from '../settings.ts';
import { readStatus } from '../status.ts';

await runUntilStopped(async (log) => {
	const { dataDir } = readSettings();
	if (readStatus(dataDir))
		throw new StackError('Bedside is running on this data. Stop it (Ctrl-C in its window), then reset.');
	await stopLeftBehind({ dataDir, password: readPassword(dataDir), log });
	eraseCluster(dataDir);
	// By name: BEDSIDE_DATA_DIR may be a folder that holds other things, too.
	for (const name of ['storage', 'app.log', 'status.json', 'secrets.env'])
		rmSync(join(dataDir, name), { recursive: true, force: true });
	if (readdirSync(dataDir).length === 0) rmdirSync(dataDir);
	console.log('The local database, files and keys are erased. "npm start" makes a fresh demo clinic.');
	return 0;
});

/** Empty where the keys are lost, which is a reason to reset. */
function readPassword(dataDir: string): string {
	try {
		return openSecrets(dataDir).databasePassword;
	} catch (error) {
		if (error instanceof StackError) return '';
		throw error;
	}
}
