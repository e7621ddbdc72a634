/** Serves the production build for the browser tests on the stack that `npm test` started, or on one of their own. */
import { buildApp, serveApp } from '../supabase/local/app.ts';
import { type StackAddress, addressOf, startTestStack } from './stack.ts';

export default async function setup() {
	const log = (line: string) => console.log(line);
	const build = await buildApp(log);
	const given = process.env.BEDSIDE_TEST_STACK;
	const own = given ? null : await startTestStack(log);
	const stack: StackAddress = own ? addressOf(own) : JSON.parse(given ?? '');
	const app = await serveApp({ stack, build, port: Number(new URL(stack.appUrl).port), demo: true, log });
	process.env.BEDSIDE_TEST_STACK = JSON.stringify(stack);
	return async () => {
		await app.stop();
		await own?.stop();
	};
}
