/** `npm run lint`: the layout's import rules, the linters and the format. */
import { sentenceOf } from '../console.ts';
import { lintProject } from '../checks.ts';

await lintProject().catch((error) => {
	console.error(sentenceOf(error));
	process.exit(1);
});
