import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingPlatformPackages } from './lockfile.ts';

describe('the lockfile', () => {
	it('has an entry for every platform package that it names', () => {
		const lockfile = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
		expect(missingPlatformPackages(lockfile)).toEqual([]);
	});

	it('is reported when a platform package has no entry', () => {
		const lockfile = {
			packages: {
				'': {},
				'node_modules/tool': { optionalDependencies: { '@tool/linux': '1.0.0', '@tool/windows': '1.0.0' } },
				'node_modules/@tool/linux': {},
			},
		};
		expect(missingPlatformPackages(lockfile)).toEqual(['node_modules/tool → @tool/windows']);
	});

	it('is complete when a nested folder or one above holds the package', () => {
		const lockfile = {
			packages: {
				'node_modules/a/node_modules/b': { optionalDependencies: { near: '1', above: '1', top: '1' } },
				'node_modules/a/node_modules/b/node_modules/near': {},
				'node_modules/a/node_modules/above': {},
				'node_modules/top': {},
			},
		};
		expect(missingPlatformPackages(lockfile)).toEqual([]);
	});
});
