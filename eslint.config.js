import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** The direction of imports: routes → lib/<feature> → lib/db, lib/realtime → supabase-js; lib/ui imports nothing of ours. */
const features = ['chat', 'inbox', 'appointments', 'attachments', 'notifications', 'account', 'admin'];
const supabase = {
	group: ['@supabase/*'],
	message: 'Only lib/db, lib/realtime and lib/server know Supabase.',
};
const localStack = {
	group: ['**/supabase/local/**'],
	message: 'The app knows nothing of the embedded stack.',
};
const routes = { group: ['**/routes/**'], message: 'lib does not import from routes.' };
const featureFolders = {
	group: features.map((name) => `$lib/${name}/**`),
	message: 'lib/db and lib/realtime know no feature.',
};
const restrict = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
/** A client by its own name, as a property (`locals.supabase`) or as what a function returns. */
const ofClient = (path) =>
	`:matches(${['name', 'property.name', 'callee.name'].map((name) => `[${path}.${name}=/supabase|client/i]`)})`;
const dataAccess = {
	'no-restricted-syntax': [
		'error',
		{
			selector: `CallExpression[callee.property.name=/^(from|rpc)$/]${ofClient('callee.object')}`,
			message: 'Only lib/db reads and writes the database.',
		},
		{
			selector: `MemberExpression[property.name='storage']${ofClient('object')}`,
			message: 'Only lib/db touches files.',
		},
		{ selector: 'SvelteMustacheTag[kind=raw]', message: 'Never {@html}: text stays text.' },
	],
};

export default ts.config(
	{
		ignores: [
			'node_modules/',
			'build/',
			'.svelte-kit/',
			'src/lib/paraglide/',
			'src/lib/db/types.ts',
			'supabase/.temp/',
			'test-results/',
		],
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'no-undef': 'off', // TypeScript knows better
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			// Our classes keep bookkeeping in plain maps on purpose: only what a page draws is state.
			'svelte/prefer-svelte-reactivity': 'off',
			eqeqeq: ['error', 'always', { null: 'ignore' }],
		},
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } },
	},
	{ files: ['src/**'], rules: { ...restrict(supabase, localStack), ...dataAccess } },
	{ files: ['src/lib/**'], rules: restrict(supabase, localStack, routes) },
	{
		files: ['src/lib/ui/**'],
		rules: restrict(supabase, localStack, routes, {
			group: ['$lib/**', '../**'],
			message: 'lib/ui imports nothing of ours.',
		}),
	},
	{ files: ['src/lib/server/**'], rules: restrict(localStack, routes) },
	{
		files: ['src/lib/db/**', 'src/lib/realtime/**'],
		rules: { ...restrict(localStack, routes, featureFolders), 'no-restricted-syntax': 'off' },
	},
);
