/** The lockfile must serve every platform: a platform package it names but does not contain breaks `npm ci` elsewhere. */

interface Lockfile {
	packages: Record<string, { optionalDependencies?: Record<string, string> }>;
}

/**
 * Optional packages that the lockfile names without an entry for them, as `dependent → package`.
 * Follows Node's resolution: the dependent's own node_modules first, then each folder above it.
 */
export function missingPlatformPackages(lockfile: Lockfile): string[] {
	const missing: string[] = [];
	for (const [path, entry] of Object.entries(lockfile.packages))
		for (const name of Object.keys(entry.optionalDependencies ?? {}))
			if (!resolves(lockfile, path, name)) missing.push(`${path || 'the project'} → ${name}`);
	return missing;
}

function resolves(lockfile: Lockfile, from: string, name: string): boolean {
	const folders = from.split('/node_modules/');
	return (
		folders.some((_, index) => {
			const folder = folders.slice(0, folders.length - index).join('/node_modules/');
			return `${folder}/node_modules/${name}` in lockfile.packages;
		}) || `node_modules/${name}` in lockfile.packages
	);
}
