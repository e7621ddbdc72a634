/** The static checks: `npm run check` and `npm run lint`, and the first step of `npm test`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run } from './app.ts';
import { missingPlatformPackages } from './lockfile.ts';

/** Types of the app and of the local stack, and a lockfile that serves every platform. */
export async function checkProject(): Promise<void> {
	const missing = missingPlatformPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
	if (missing.length > 0)
		throw new Error(
			`package-lock.json names platform packages that it does not contain: ${missing.join(', ')}. Pin a version whose packages are all published.`,
		);
	await compileMessages();
	await run(bin('@sveltejs/kit/svelte-kit.js'), ['sync'], 'svelte-kit sync failed');
	await run(
		bin('svelte-check/bin/svelte-check'),
		['--tsconfig', './tsconfig.json', '--fail-on-warnings'],
		'the app has type errors',
	);
	await run(
		bin('typescript/bin/tsc'),
		['--noEmit', '-p', 'supabase/tsconfig.json'],
		'the local stack or the tests have type errors',
	);
}

export async function lintProject(): Promise<void> {
	await run(bin('eslint/bin/eslint.js'), ['.', '--max-warnings', '0'], 'the linter has findings');
	await run(
		bin('prettier/bin/prettier.cjs'),
		['--check', '--log-level', 'warn', '.'],
		'run "npm run format"',
	);
}

/** Makes src/lib/paraglide from the message catalogue, as the Vite plugin does for a build. */
export function compileMessages(): Promise<void> {
	return run(
		bin('@inlang/paraglide-js/bin/run.js'),
		[
			'compile',
			'--project',
			'./project.inlang',
			'--outdir',
			'./src/lib/paraglide',
			'--strategy',
			'cookie',
			'baseLocale',
			'--silent',
		],
		'the message catalogue could not be compiled',
	);
}
