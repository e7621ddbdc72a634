/** The folder of the database cluster: where it is, whom it belongs to, how it is made and deleted. */
import { createHash } from 'node:crypto';
import {
	chmodSync,
	cpSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { chown } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StackError } from '../errors.ts';
import { type Account, canEnter, chooseAccount, rootStateDir } from './binaries.ts';

// initdb itself writes PG_VERSION first and the rest after it.
const marker = 'bedside-cluster';
const rootClusters = join(rootStateDir, 'clusters');

/** Where the cluster of this data directory is, or will be. */
export function clusterFolder(dataDir: string): string {
	const folder = join(dataDir, 'postgres');
	return existsSync(folder) ? realpathSync(folder) : folder;
}

/** The account that runs the server: root leaves an existing cluster to whom it belongs. */
export function accountOf(dataDir: string): Account {
	const { uid, gid } = lstatSync(clusterFolder(dataDir), { throwIfNoEntry: false }) ?? {};
	return process.getuid?.() === 0 && uid ? { uid, gid } : chooseAccount();
}

/** True once initdb has made the cluster to its end. */
export function isInitialised(cluster: string): boolean {
	return existsSync(join(cluster, marker));
}

/** To be called when initdb is through. */
export function markInitialised(cluster: string): void {
	writeFileSync(join(cluster, marker), '');
}

/** Removes what an interrupted initdb left, which would not go on from there. */
export function clearUnfinished(cluster: string): void {
	for (const name of readdirSync(cluster)) rmSync(join(cluster, name), { recursive: true, force: true });
}

/**
 * Gives the cluster a folder that the account can reach and owns, and returns its path. It is `<dataDir>/postgres`;
 * where root's data directory is closed to that account, a link there to a folder below /var/lib/bedside.
 */
export async function prepareCluster(dataDir: string, account: Account): Promise<string> {
	mkdirSync(dataDir, { recursive: true });
	const folder = join(dataDir, 'postgres');
	if (account.uid === undefined) {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		assertOwn(folder);
		return realpathSync(folder);
	}
	if (!isLink(folder) && !canEnter(dataDir, account)) moveBelowRootState(folder, dataDir);
	sweepRootState();
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const cluster = realpathSync(folder);
	await giveTo(cluster, account);
	return cluster;
}

/** Deletes the cluster, also where it lives outside the data directory. The server must be stopped. */
export function eraseCluster(dataDir: string): void {
	const cluster = clusterFolder(dataDir);
	const isOutside = dirname(dirname(cluster)) === rootClusters;
	rmSync(isOutside ? dirname(cluster) : cluster, { recursive: true, force: true });
	rmSync(join(dataDir, 'postgres'), { recursive: true, force: true });
}

function isLink(path: string): boolean {
	return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function moveBelowRootState(folder: string, dataDir: string): void {
	const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
	const target = join(rootClusters, name, 'postgres');
	rmSync(join(rootClusters, name), { recursive: true, force: true });
	mkdirSync(target, { recursive: true, mode: 0o755 });
	writeFileSync(join(rootClusters, name, 'link'), folder);
	if (existsSync(folder)) cpSync(folder, target, { recursive: true, verbatimSymlinks: true });
	rmSync(folder, { recursive: true, force: true });
	for (const path of [rootStateDir, rootClusters, join(rootClusters, name)]) chmodSync(path, 0o755);
	chmodSync(target, 0o700);
	symlinkSync(target, folder);
}

/** Deletes clusters whose link is gone: somebody deleted a data directory with `rm`. */
function sweepRootState(): void {
	if (!existsSync(rootClusters)) return;
	for (const name of readdirSync(rootClusters)) {
		const link = join(rootClusters, name, 'link');
		if (existsSync(link) && !isLink(readFileSync(link, 'utf8')))
			rmSync(join(rootClusters, name), { recursive: true, force: true });
	}
}

function assertOwn(folder: string): void {
	const owner = lstatSync(realpathSync(folder)).uid;
	if (process.getuid && owner !== process.getuid())
		throw new StackError(
			`${folder} belongs to another account: the stack ran as root or as somebody else before. Run it as that account, or set BEDSIDE_DATA_DIR to another folder.`,
		);
}

async function giveTo(folder: string, { uid, gid }: Account): Promise<void> {
	if (uid === undefined || gid === undefined || lstatSync(folder).uid === uid) return;
	await chown(folder, uid, gid);
	for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
		if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), uid, gid);
}
