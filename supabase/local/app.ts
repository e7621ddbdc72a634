/** Builds and serves the SvelteKit app against a running stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithCommand, isCommandStopping } from './children.ts';
import type { Log } from './console.ts';
import type { Stack } from './stack.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
/** A program of a package in node_modules. */
export const bin = (path: string) => join(root, 'node_modules', path);
/** One folder a build, named by what it was built from, so that a new build never pulls files from under a running app. */
const buildsFolder = join(root, '.svelte-kit', 'builds');
const keptBuilds = 2;
const sources = [
	'src',
	'static',
	'messages',
	'project.inlang/settings.json',
	'svelte.config.js',
	'server.js',
	'vite.config.ts',
	'tsconfig.json',
	'package-lock.json',
];

export interface RunningApp {
	url: string;
	stop(): Promise<void>;
}

interface ServeOptions {
	stack: Pick<Stack, 'apiUrl' | 'publishableKey' | 'secretKey'>;
	/** 127.0.0.1 only. */
	port: number;
	/** Offers the demo log-ins on the sign-in page; the app has them only where this says so. */
	demo: boolean;
	/** Where the app's own log goes (ids only, a line a request); without it to the console. */
	logFile?: string;
	log: Log;
	/** Called when the app ends without stop(). */
	onLost?: (error: Error) => void;
}

/** Builds the app for production unless sources, configuration and lockfile were built before. Returns the folder. */
export async function buildApp(log: Log): Promise<string> {
	const folder = join(buildsFolder, hashSources());
	if (existsSync(join(folder, 'complete'))) {
		log('The app is built already.');
		return folder;
	}
	log('Building the app …');
	rmSync(folder, { recursive: true, force: true });
	await run(bin('vite/bin/vite.js'), ['build', '--logLevel', 'warn'], 'Building the app failed.', {
		environment: { BEDSIDE_BUILD_DIR: folder },
		output: 'when it fails',
	});
	writeFileSync(join(folder, 'complete'), '');
	forgetOldBuilds();
	log('The app is built.');
	return folder;
}

function forgetOldBuilds(): void {
	const age = (name: string) => statSync(join(buildsFolder, name)).mtimeMs;
	const newestFirst = readdirSync(buildsFolder).sort((a, b) => age(b) - age(a));
	for (const name of newestFirst.slice(keptBuilds))
		rmSync(join(buildsFolder, name), { recursive: true, force: true });
}

/** Serves a production build on its own Node process. */
export async function serveApp(options: ServeOptions & { build: string }): Promise<RunningApp> {
	const url = `http://localhost:${options.port}`;
	return serve([join(root, 'server.js')], url, options, {
		BEDSIDE_BUILD_DIR: options.build,
		HOST: '127.0.0.1',
		PORT: String(options.port),
		ORIGIN: url,
		NODE_ENV: 'production',
	});
}

/** Serves the sources through Vite. */
export async function serveWithVite(options: ServeOptions): Promise<RunningApp> {
	const arguments_ = ['dev', '--host', '127.0.0.1', '--port', String(options.port), '--strictPort'];
	const endsWithParent = ['--import', new URL('end-with-parent.mjs', import.meta.url).href];
	const command = [...endsWithParent, bin('vite/bin/vite.js'), ...arguments_];
	return serve(command, `http://localhost:${options.port}`, options, {});
}

async function serve(
	command: string[],
	url: string,
	options: ServeOptions,
	environment: NodeJS.ProcessEnv,
): Promise<RunningApp> {
	const output = options.logFile ? openSync(options.logFile, 'a', 0o600) : 'inherit';
	const child = endWithCommand(
		spawn(process.execPath, command, {
			cwd: root,
			stdio: ['ignore', output, output, 'ipc'], // server.js stops when this process is killed
			env: {
				...process.env,
				...environment,
				PUBLIC_SUPABASE_URL: options.stack.apiUrl,
				PUBLIC_SUPABASE_PUBLISHABLE_KEY: options.stack.publishableKey,
				SUPABASE_SECRET_KEY: options.stack.secretKey,
				BEDSIDE_DEMO: options.demo ? '1' : '',
			},
		}),
	);
	let isStopping = false;
	const stop = () => {
		isStopping = true;
		return stopChild(child);
	};
	const where = options.logFile ? `in ${options.logFile}` : 'above';
	try {
		await untilItAnswers(`http://127.0.0.1:${options.port}/api/health`, child, where);
	} catch (error) {
		await stop();
		throw error;
	}
	child.once('exit', () => {
		if (!isStopping)
			options.onLost?.(
				new Error(`The app has stopped unexpectedly: see the lines ${where}. Start it again.`),
			);
	});
	options.log(`The app answers on ${url}.`);
	return { url, stop };
}

async function untilItAnswers(url: string, child: ChildProcess, where: string): Promise<void> {
	const deadline = Date.now() + 60_000;
	while (Date.now() < deadline) {
		if (hasEnded(child)) throw new Error(`The app stopped as soon as it started: see the lines ${where}.`);
		const answer = await fetch(url).catch(() => null);
		if (answer?.ok) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`The app did not answer on ${url} within a minute: see the lines ${where}.`);
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

function stopChild(child: ChildProcess): Promise<void> {
	if (hasEnded(child)) return Promise.resolve();
	return new Promise((resolve) => {
		const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
		child.once('exit', () => {
			clearTimeout(force);
			resolve();
		});
		child.kill('SIGTERM');
	});
}

interface RunOptions {
	environment?: NodeJS.ProcessEnv;
	/** Default: always. */
	output?: 'always' | 'when it fails';
}

/** Runs a JavaScript program of the project to its end; rejects with `sentence` when it fails. */
export function run(
	program: string,
	programArguments: string[],
	sentence: string,
	{ environment = {}, output = 'always' }: RunOptions = {},
): Promise<void> {
	return new Promise((resolve, reject) => {
		const child = endWithCommand(
			spawn(process.execPath, [program, ...programArguments], {
				cwd: root,
				stdio: output === 'always' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
				env: { ...process.env, ...environment },
			}),
		);
		const held: Buffer[] = [];
		child.stdout?.on('data', (chunk: Buffer) => held.push(chunk));
		child.stderr?.on('data', (chunk: Buffer) => held.push(chunk));
		child.once('error', reject);
		child.once('close', (code) => {
			if (code === 0) return resolve();
			if (!isCommandStopping()) process.stderr.write(Buffer.concat(held));
			reject(new Error(sentence));
		});
	});
}

function hashSources(): string {
	const hash = createHash('sha256').update(process.version);
	const visit = (path: string) => {
		const absolute = join(root, path);
		if (path === 'src/lib/paraglide' || !existsSync(absolute)) return;
		if (statSync(absolute).isDirectory())
			for (const name of readdirSync(absolute).sort()) visit(`${path}/${name}`);
		else hash.update(path).update('\0').update(readFileSync(absolute)).update('\0');
	};
	sources.forEach(visit);
	return hash.digest('hex');
}
