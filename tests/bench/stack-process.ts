/** A stack in a process of its own, as `npm start` has it, so that a measurement does not share its event loop. */
import { addressOf, startTestStack } from '../stack.ts';
import { answerUsage } from './usage.ts';

/** Hosted's limits but for one: the 10,000 connects come faster than it lets anybody join. */
const stack = await startTestStack(() => {}, { joinsPerSecond: Infinity });
process.once('disconnect', async () => {
	await stack.stop();
	process.exit(0);
});
answerUsage();
process.send?.(addressOf(stack));
