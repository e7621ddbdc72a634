/** `npm start`: the whole product on this machine, built for production, with the demo clinic. */
import { join } from 'node:path';
import { buildApp, serveApp } from '../app.ts';
import { printWelcome, runUntilStopped } from '../console.ts';
import { readSettings } from '../settings.ts';
import { startStack } from '../stack.ts';

await runUntilStopped(async (log, onStop, onLost) => {
	const settings = readSettings();
	const built = buildApp(log);
	built.catch(() => {}); // awaited below, once the stack can be stopped properly
	const stack = await startStack({ settings, log, onLost });
	onStop(() => stack.stop());
	const logFile = join(settings.dataDir, 'app.log');
	const app = await serveApp({
		stack,
		build: await built,
		port: settings.ports.app,
		demo: true,
		logFile,
		log,
		onLost,
	});
	onStop(() => app.stop());
	printWelcome(stack);
});
