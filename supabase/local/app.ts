/** Builds and serves the SvelteKit app against a running stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from './console.ts';
import type { Stack } from './stack.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const buildFolder = join(root, 'build');
const hashFile = join(buildFolder, '.source-hash');
const sources = [
	'src',
	'static',
	'messages',
	'project.inlang/settings.json',
	'svelte.config.js',
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
	log: Log;
}

/** Builds the app for production unless sources, configuration and lockfile are those of the last build. */
export async function buildApp(log: Log): Promise<void> {
	const hash = hashSources();
	if (existsSync(hashFile) && readFileSync(hashFile, 'utf8') === hash)
		return log('The app is built already.');
	log('Building the app …');
	await run(
		join(root, 'node_modules/vite/bin/vite.js'),
		['build', '--logLevel', 'warn'],
		'Building the app failed: see the lines above.',
	);
	writeFileSync(hashFile, hash);
	log('The app is built.');
}

/** Serves the production build on its own Node process. */
export async function serveApp(options: ServeOptions): Promise<RunningApp> {
	const url = `http://localhost:${options.port}`;
	return serve([join(buildFolder, 'index.js')], url, options, {
		HOST: '127.0.0.1',
		PORT: String(options.port),
		ORIGIN: url,
		NODE_ENV: 'production',
		SHUTDOWN_TIMEOUT: '1',
	});
}

/** Serves the sources through Vite. */
export async function serveWithVite(options: ServeOptions): Promise<RunningApp> {
	const arguments_ = ['dev', '--host', '127.0.0.1', '--port', String(options.port), '--strictPort'];
	return serve(
		[join(root, 'node_modules/vite/bin/vite.js'), ...arguments_],
		`http://localhost:${options.port}`,
		options,
		{},
	);
}

async function serve(
	command: string[],
	url: string,
	options: ServeOptions,
	environment: NodeJS.ProcessEnv,
): Promise<RunningApp> {
	const child = spawn(process.execPath, command, {
		cwd: root,
		stdio: ['ignore', 'inherit', 'inherit'],
		env: {
			...process.env,
			...environment,
			PUBLIC_SUPABASE_URL: options.stack.apiUrl,
			PUBLIC_SUPABASE_PUBLISHABLE_KEY: options.stack.publishableKey,
			SUPABASE_SECRET_KEY: options.stack.secretKey,
			BEDSIDE_DEMO: options.demo ? '1' : '',
		},
	});
	const stop = () => stopChild(child);
	try {
		await untilItAnswers(`http://127.0.0.1:${options.port}/api/health`, child);
	} catch (error) {
		await stop();
		throw error;
	}
	options.log(`The app answers on ${url}.`);
	return { url, stop };
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
	const deadline = Date.now() + 60_000;
	while (Date.now() < deadline) {
		if (child.exitCode !== null)
			throw new Error('The app stopped as soon as it started: see the lines above.');
		const answer = await fetch(url).catch(() => null);
		if (answer?.ok) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`The app did not answer on ${url} within a minute.`);
}

function stopChild(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
	return new Promise((resolve) => {
		const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
		child.once('exit', () => {
			clearTimeout(force);
			resolve();
		});
		child.kill('SIGTERM');
	});
}

/** Runs a JavaScript program of the project to its end; rejects with `sentence` when it fails. */
export function run(
	program: string,
	programArguments: string[],
	sentence: string,
	environment: NodeJS.ProcessEnv = {},
): Promise<void> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [program, ...programArguments], {
			cwd: root,
			stdio: ['ignore', 'inherit', 'inherit'],
			env: { ...process.env, ...environment },
		});
		child.once('error', reject);
		child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(sentence))));
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
