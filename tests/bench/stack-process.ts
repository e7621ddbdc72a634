/** A stack in a process of its own, as `npm start` has it, so that a measurement does not share its event loop. */
import { addressOf, startTestStack } from '../stack.ts';

const stack = await startTestStack();
process.once('disconnect', async () => {
	await stack.stop();
	process.exit(0);
});
process.send?.(addressOf(stack));
