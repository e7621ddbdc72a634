/** `npm run check`: types of everything, and a lockfile that serves every platform. */
import { checkProject } from '../checks.ts';
import { sentenceOf } from '../console.ts';

await checkProject().catch((error) => {
	console.error(sentenceOf(error));
	process.exit(1);
});
