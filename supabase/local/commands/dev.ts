/** `npm run dev`: the same as `npm start`, served by Vite so that changes show at once. */
import { serveWithVite } from '../app.ts';
import { printWelcome, runUntilStopped } from '../console.ts';
import { readSettings } from '../settings.ts';
import { startStack } from '../stack.ts';

await runUntilStopped(async (log, onStop, onLost) => {
	const settings = readSettings();
	const stack = await startStack({ settings, log, onLost });
	onStop(() => stack.stop());
	const app = await serveWithVite({ stack, port: settings.ports.app, demo: true, log, onLost });
	onStop(() => app.stop());
	printWelcome(stack);
});
