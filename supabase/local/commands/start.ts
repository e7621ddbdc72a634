/** `npm start`: the whole product on this machine, built for production, with the demo clinic. */
import { buildApp, serveApp } from '../app.ts';
import { printWelcome, runUntilStopped } from '../console.ts';
import { readSettings } from '../settings.ts';
import { startStack } from '../stack.ts';

await runUntilStopped(async (log, onStop) => {
	const settings = readSettings();
	const built = buildApp(log);
	built.catch(() => {}); // awaited below, once the stack can be stopped properly
	const stack = await startStack({ settings, log });
	onStop(() => stack.stop());
	await built;
	const app = await serveApp({ stack, port: settings.ports.app, demo: true, log });
	onStop(() => app.stop());
	printWelcome(stack);
});
