/**
 * The way in for every command: `node supabase/local/run.mjs <command> [arguments]`.
 *
 * Runs on the Node that the machine has (20 or newer) with built-ins only, installs the dependencies when the
 * lockfile asks for others than those installed, then hands over to `commands/<command>.ts` under the project's
 * own Node 24, which runs TypeScript without a build.
 */
import { spawn, spawnSync } from 'node:child_process';
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

function installDependencies() {
	console.log('Installing dependencies (about a minute the first time) …');
	const began = Date.now();
	const dots = spawn(
		process.execPath,
		['-e', `setInterval(() => process.stdout.write('  … still installing\\n'), 15000)`],
		{ stdio: 'inherit' },
	);
	const install = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: root,
		stdio: 'inherit',
		shell: process.platform === 'win32',
	});
	dots.kill();
	if (install.status !== 0)
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
if (!isInstalled()) installDependencies();

const child = spawn(node24, ['--disable-warning=ExperimentalWarning', program, ...rest], {
	cwd: root,
	stdio: 'inherit',
	env: {
		...process.env,
		DO_NOT_TRACK: '1',
		PATH: `${join(root, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
	},
});
// A terminal sends Ctrl-C to the child as well; a signal sent to this process alone is passed on. Commands stop once, however often they are asked.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
