import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const alias = { $lib: fileURLToPath(new URL('src/lib', import.meta.url)) };

/**
 * `unit` needs nothing; `client` compiles runes for the browser ($effect never runs otherwise);
 * `stack` and `database` talk to a real stack of their own (tests/stack.setup.ts).
 */
export default defineConfig({
	test: {
		projects: [
			{
				resolve: { alias },
				test: {
					name: 'unit',
					include: ['src/**/*.test.ts', 'supabase/local/**/*.test.ts', 'tests/**/*.test.ts'],
					exclude: ['**/*.svelte.test.ts', '**/*.stack.test.ts'],
				},
			},
			{
				plugins: [svelte({ configFile: false })],
				resolve: { alias, conditions: ['browser'] },
				test: { name: 'client', include: ['src/**/*.svelte.test.ts'] },
			},
			{
				test: {
					name: 'stack',
					include: ['supabase/local/**/*.stack.test.ts'],
					globalSetup: ['tests/stack.setup.ts'],
					testTimeout: 20_000,
					hookTimeout: 30_000,
				},
			},
			{
				test: {
					name: 'database',
					include: ['supabase/tests/**/*.test.ts'],
					globalSetup: ['tests/stack.setup.ts'],
					testTimeout: 30_000,
					hookTimeout: 30_000,
				},
			},
		],
	},
});
