/**
 * The way in for every command: `node supabase/local/run.mjs <command> [arguments]`.
 *
 * Runs on the Node that the machine has (20 or newer) with built-ins only, installs the dependencies when the
 * lockfile asks for others than those installed, then hands over to `commands/<command>.ts` under the project's
 * own Node 24, which runs TypeScript without a build.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const marker = join(root, 'node_modules', '.bedside-lockfile');
const node24 = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

function fail(sentence) {
	console.error(`\n${sentence}`);
	process.exit(1);
}

function lockfileHash() {
	return createHash('sha256')
		.update(readFileSync(join(root, 'package-lock.json')))
		.digest('hex');
}

/** True when node_modules was installed from the lockfile as it is now. */
function isInstalled() {
	return existsSync(node24) && existsSync(marker) && readFileSync(marker, 'utf8') === lockfileHash();
}

/**
 * Runs a program to its end and resolves with its exit code. Passes on the signals that would end this process alone,
 * and ends the program when npm is gone: a SIGTERM to npm kills the shell between npm and this process, and no more.
 */
function run(program, programArguments, options) {
	const child = spawn(program, programArguments, { cwd: root, ...options });
	const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, () => child.kill(signal)]);
	for (const [signal, handler] of handlers) process.on(signal, handler);
	const shell = process.ppid;
	const watch = setInterval(() => {
		if (process.env.npm_lifecycle_event && process.ppid !== shell) child.kill('SIGTERM');
	}, 500);
	return new Promise((resolve) => {
		child.once('error', () => resolve(1));
		child.once('exit', (code) => resolve(code ?? 1));
	}).finally(() => {
		clearInterval(watch);
		for (const [signal, handler] of handlers) process.off(signal, handler);
	});
}

async function installDependencies() {
	console.log('Installing dependencies (about a minute the first time) …');
	const began = Date.now();
	const dots = setInterval(() => console.log('  … still installing'), 15_000);
	const code = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	clearInterval(dots);
	if (code !== 0)
		fail(
			'Installing the dependencies failed. Check that the npm registry can be reached, then run this again.',
		);
	if (!existsSync(node24))
		fail(
			'Node 24 is missing after the installation: its install script did not run. Remove "ignore-scripts" from your npm settings, delete node_modules and run this again.',
		);
	writeFileSync(marker, lockfileHash());
	console.log(`Dependencies installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

const [command = '', ...rest] = process.argv.slice(2);
const program = join(here, 'commands', `${command}.ts`);
if (!/^[a-z]+$/.test(command) || !existsSync(program)) fail(`There is no command "${command}".`);
const major = Number(process.versions.node.split('.')[0]);
if (major < 20)
	fail(`Bedside needs Node 20 or newer; this is ${process.version}. Install it from nodejs.org.`);
if (!isInstalled()) await installDependencies();

const code = await run(node24, ['--disable-warning=ExperimentalWarning', program, ...rest], {
	stdio: ['inherit', 'inherit', 'inherit', 'ipc'], // so that the command notices when this process is killed
	env: {
		...process.env,
		DO_NOT_TRACK: '1',
		PATH: `${join(root, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
	},
});
process.exit(code);
