/** Starts and stops the PostgreSQL server of the embedded stack. */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { endWithCommand } from '../children.ts';
import { StackError } from '../errors.ts';
import { checkPort } from '../ports.ts';
import { type Account, type Binaries, findBinaries } from './binaries.ts';
import {
	accountOf,
	clearUnfinished,
	clusterFolder,
	isInitialised,
	markInitialised,
	prepareCluster,
} from './cluster.ts';
import { serverConfiguration } from './configuration.ts';

export interface PostgresOptions {
	dataDir: string;
	/** On 127.0.0.1 only. */
	port: number;
	/** Of the superuser `supabase_admin`; url() uses it for every role. */
	password: string;
	log: (line: string) => void;
	/** Called when the server ends without stop(): somebody killed it, or it gave up. */
	onLost?: (error: StackError) => void;
}

export interface Postgres {
	/** A connection URL for a role; the database is `postgres` unless named. */
	url(role: string, database?: string): string;
	/** Ends all sessions and stops the server. Calling it again does nothing. */
	stop(): Promise<void>;
}

/** How a running stack shows that it holds its database; a server without that session was left by a killed parent. */
const keeperName = 'bedside-stack';

/**
 * Makes the cluster when there is none, starts it and waits until it takes connections. A server that a killed parent
 * left behind on this data directory is stopped first; one that a running stack holds is left alone.
 * Throws a StackError then, for a taken port, and for a server that does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
	const { dataDir, port, password, log } = options;
	const binaries = findBinaries(accountOf(dataDir));
	await stopLeftBehind(options);
	await checkPort('db', port);

	const cluster = await prepareCluster(dataDir, binaries.account);
	if (!isInitialised(cluster)) {
		log('Making the database cluster …');
		clearUnfinished(cluster);
		await initialise(cluster, binaries, password);
		markInitialised(cluster);
	}

	// Reached when the process ends without stop(); only synchronous work is possible there. A signal goes directly,
	// because a second Ctrl-C would end a pg_ctl that is to send it.
	const stopAtExit = () => {
		if (process.platform === 'win32') spawnSync(binaries.pgCtl, ['stop', '-D', cluster, '-m', 'fast', '-W']);
		else signalServer(cluster);
	};
	process.once('exit', stopAtExit);
	try {
		await start(cluster, binaries, port);
	} catch (error) {
		process.removeListener('exit', stopAtExit);
		throw error;
	}

	const url = (role: string, database = 'postgres') =>
		`postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
	const keeper = new pg.Client({ connectionString: url('supabase_admin'), application_name: keeperName });
	// The server ends this session when it stops, which is no failure.
	keeper.on('error', () => {});
	let stopped: Promise<void> | undefined;
	const stop = () =>
		(stopped ??= (async () => {
			await keeper.end().catch(() => {});
			await stopServer(cluster, binaries);
			process.removeListener('exit', stopAtExit);
		})());
	try {
		await keeper.connect();
	} catch (error) {
		await stop();
		const reason = error instanceof Error ? error.message : String(error);
		throw new StackError(
			`The database in ${dataDir} refuses its own password (${reason}). Put its secrets.env back, or start afresh with "npm run reset".`,
		);
	}
	keeper.once('end', () => {
		if (stopped) return;
		const log = join(cluster, 'server.log');
		options.onLost?.(
			new StackError(
				`Postgres has stopped unexpectedly. Start again: the data is kept. (Its log is ${log}.)`,
			),
		);
	});
	log(`Postgres answers on port ${port}.`);
	return { url, stop };
}

/**
 * Stops a server that a killed parent left running on this data directory, so that its port is free again.
 * Throws a StackError when a running stack holds the directory.
 */
export async function stopLeftBehind(
	options: Pick<PostgresOptions, 'dataDir' | 'password' | 'log'>,
): Promise<void> {
	const cluster = clusterFolder(options.dataDir);
	const pidFile = join(cluster, 'postmaster.pid');
	if (!existsSync(pidFile)) return;
	const binaries = findBinaries(accountOf(options.dataDir));
	if ((await control(['status', '-D', cluster], binaries)).failed) return;

	// Lines of postmaster.pid: process, data directory, start time, port, …
	const [pid = '?', , , port = ''] = readFileSync(pidFile, 'utf8').split('\n');
	if (await isHeld(Number(port), options.password))
		throw new StackError(
			`Bedside runs already on ${options.dataDir} (its Postgres is process ${pid} on port ${port}). Stop it first, or set BEDSIDE_DATA_DIR to another folder.`,
		);
	options.log(`Stopping a Postgres (process ${pid}) that an interrupted run left behind …`);
	if ((await stopServer(cluster, binaries)).failed)
		throw new StackError(
			`Postgres process ${pid}, left behind by an interrupted run, does not stop. End it, then start again.`,
		);
}

async function isHeld(port: number, password: string): Promise<boolean> {
	const client = new pg.Client({
		host: '127.0.0.1',
		port,
		user: 'supabase_admin',
		password,
		database: 'postgres',
		connectionTimeoutMillis: 5_000,
	});
	client.on('error', () => {});
	try {
		await client.connect();
		const held = await client.query('select from pg_stat_activity where application_name = $1', [keeperName]);
		return Boolean(held.rowCount);
	} catch {
		// Nobody can log in, so nobody works with it.
		return false;
	} finally {
		await client.end().catch(() => {});
	}
}

async function initialise(cluster: string, binaries: Binaries, password: string): Promise<void> {
	const { account } = binaries;
	const folder = mkdtempSync(join(tmpdir(), 'bedside-'));
	const passwordFile = join(folder, 'password');
	const forget = () => rmSync(folder, { recursive: true, force: true });
	process.once('exit', forget);
	try {
		writeFileSync(passwordFile, password, { mode: 0o600 });
		if (account.uid !== undefined && account.gid !== undefined)
			for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid);
		const answer = await execute(
			binaries.initdb,
			[
				`--pgdata=${cluster}`,
				'--username=supabase_admin',
				'--auth=scram-sha-256',
				`--pwfile=${passwordFile}`,
				'--encoding=UTF8',
				'--locale-provider=builtin',
				'--builtin-locale=C.UTF-8',
				'--locale=C',
			],
			account,
		);
		if (answer.failed)
			throw new StackError(`Making the database cluster in ${cluster} failed: ${lastLine(answer.output)}`);
	} finally {
		process.removeListener('exit', forget);
		forget();
	}
}

async function start(cluster: string, binaries: Binaries, port: number): Promise<void> {
	writeFileSync(join(cluster, 'postgresql.conf'), serverConfiguration(port));
	const logFile = join(cluster, 'server.log');
	if (existsSync(logFile)) renameSync(logFile, join(cluster, 'server.previous.log'));
	// pg_ctl gives the server a session of its own: Ctrl-C reaches this process alone, which stops things in order.
	const answer = await control(['start', '-D', cluster, '-l', logFile, '-w', '-t', '60', '-s'], binaries);
	if (!answer.failed) return;
	const reason = existsSync(logFile) ? readFileSync(logFile, 'utf8') : answer.output;
	throw new StackError(`Postgres does not start: ${lastLine(reason)} (The whole log is ${logFile}.)`);
}

async function stopServer(cluster: string, binaries: Binaries) {
	return control(['stop', '-D', cluster, '-m', 'fast', '-w', '-t', '60', '-s'], binaries);
}

/** SIGINT asks a server for a fast shutdown. */
function signalServer(cluster: string): void {
	try {
		const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
		process.kill(pid, 'SIGINT');
	} catch {
		// It is gone already.
	}
}

function control(programArguments: string[], binaries: Binaries) {
	return execute(binaries.pgCtl, programArguments, binaries.account, true);
}

function inAccount(account: Account) {
	// Messages in English whatever the machine speaks; a working folder that every account can enter.
	return {
		...account,
		cwd: '/',
		env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, LC_ALL: 'C' },
	};
}

/** @param detached Out of reach of Ctrl-C, which a terminal sends to everything that runs in it. */
function execute(program: string, programArguments: string[], account: Account, detached = false) {
	const options = { ...inAccount(account), detached: detached && process.platform !== 'win32' };
	return new Promise<{ failed: boolean; output: string }>((resolve) => {
		const child = spawn(program, programArguments, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		if (!detached) endWithCommand(child);
		let output = '';
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding('utf8').on('data', (text: string) => (output += text));
		child.once('error', (error) => resolve({ failed: true, output: error.message }));
		child.once('close', (code) => resolve({ failed: code !== 0, output }));
	});
}

function lastLine(text: string): string {
	const lines = text.trim().split('\n');
	return lines.findLast((line) => /\b(FATAL|PANIC|error):/i.test(line)) ?? lines.at(-1) ?? 'no reason given';
}
