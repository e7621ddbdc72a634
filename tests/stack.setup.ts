/** Gives the tests a stack: the one that `npm test` started, else one of their own in a throw-away folder. */
import type { TestProject } from 'vitest/node';
import { type StackAddress, addressOf, startTestStack } from './stack.ts';

declare module 'vitest' {
	export interface ProvidedContext {
		stack: StackAddress;
	}
}

let own: ReturnType<typeof startTestStack> | undefined;
let users = 0;

export default async function setup(project: TestProject) {
	users++;
	const given = process.env.BEDSIDE_TEST_STACK;
	project.provide(
		'stack',
		given ? (JSON.parse(given) as StackAddress) : addressOf(await (own ??= startTestStack())),
	);
	return async () => {
		if (--users === 0 && own) await (await own).stop();
	};
}
