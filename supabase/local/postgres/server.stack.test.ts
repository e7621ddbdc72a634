import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { clusterFolder, eraseCluster } from './cluster.ts';
import { type Postgres, startPostgres } from './server.ts';

// A folder that is closed to other accounts, as under /root, with a space in its path.
const folder = mkdtempSync(join(tmpdir(), 'bedside-server-'));
const dataDir = join(folder, 'data of a clinic');
const password = 'only-for-this-test';
const lines: string[] = [];
const log = (line: string) => void lines.push(line);
let port: number;
let running: Postgres | undefined;

beforeAll(async () => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	({ port } = server.address() as AddressInfo);
	await new Promise((resolve) => server.close(resolve));
});
afterEach(async () => {
	await running?.stop();
	running = undefined;
	lines.length = 0;
});
afterAll(() => {
	eraseCluster(dataDir);
	rmSync(folder, { recursive: true });
});

async function start(onLost?: (error: Error) => void): Promise<Postgres> {
	running = await startPostgres({ dataDir, port, password, log, onLost });
	return running;
}

async function value(server: Postgres, sql: string): Promise<unknown> {
	const client = new pg.Client(server.url('supabase_admin'));
	await client.connect();
	try {
		const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
		return rows[0]?.[0];
	} finally {
		await client.end();
	}
}

/** Starts the server from another process, which then ends as told. */
async function startElsewhere(ending: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
	const module = new URL('./server.ts', import.meta.url).href;
	const options = JSON.stringify({ dataDir, port, password });
	const program = `const { startPostgres } = await import(${JSON.stringify(module)});
		const server = await startPostgres({ ...${options}, log() {} }); ${ending}`;
	const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, ...env },
	});
	await once(child, 'exit');
}

it('makes a UTF-8 cluster in any folder, whatever language the machine speaks', async () => {
	await startElsewhere('await server.stop();', { LANG: 'POSIX', LC_ALL: 'POSIX' });
	const server = await start();
	expect(await value(server, `select lower('Á')`)).toBe('á');
	expect(await value(server, 'show server_encoding')).toBe('UTF8');
	expect(lines).not.toContain('Making the database cluster …');
});

it('keeps the data, and stops what a killed parent left behind', async () => {
	await value(await start(), 'create table kept (id int)');
	await running?.stop();
	await startElsewhere(`process.kill(process.pid, 'SIGKILL');`);
	expect(existsSync(join(clusterFolder(dataDir), 'postmaster.pid'))).toBe(true);

	const server = await start();
	expect(lines).toContainEqual(expect.stringContaining('that an interrupted run left behind'));
	expect(await value(server, `select to_regclass('kept') is not null`)).toBe(true);
});

it('stops with a process that forgot to stop it', async () => {
	await startElsewhere('process.exit(0);');
	const pidFile = join(clusterFolder(dataDir), 'postmaster.pid');
	const deadline = Date.now() + 10_000;
	while (existsSync(pidFile) && Date.now() < deadline)
		await new Promise((resolve) => setTimeout(resolve, 50));
	expect(existsSync(pidFile)).toBe(false);
});

it('tells when somebody else ends it', async () => {
	const { promise: lost, resolve: onLost } = Promise.withResolvers<Error>();
	await start(onLost);
	const [pid] = readFileSync(join(clusterFolder(dataDir), 'postmaster.pid'), 'utf8').split('\n');
	process.kill(Number(pid), 'SIGKILL');
	expect((await lost).message).toMatch(/stopped unexpectedly/);
});

it('leaves alone what a running stack holds, and says so', async () => {
	const server = await start();
	await expect(startPostgres({ dataDir, port, password, log })).rejects.toThrow(
		/Bedside runs already on .*BEDSIDE_DATA_DIR/,
	);
	expect(await value(server, 'select 1')).toBe(1);
});

it('tells a taken port and leaves nothing running', async () => {
	const other = createServer().listen(port, '127.0.0.1');
	await once(other, 'listening');
	await expect(start()).rejects.toThrow(`Port ${port} for Postgres is taken`);
	await new Promise((resolve) => other.close(resolve));
	expect(existsSync(join(clusterFolder(dataDir), 'postmaster.pid'))).toBe(false);
});

it('tells a password that is not the database’s, and stops again', async () => {
	await expect(startPostgres({ dataDir, port, password: 'another', log })).rejects.toThrow(/secrets\.env/);
	expect(existsSync(join(clusterFolder(dataDir), 'postmaster.pid'))).toBe(false);
});

it('writes nothing of a failed statement into its log', async () => {
	const server = await start();
	await value(server, 'create table told (word text primary key)');
	for (const statement of [
		`insert into told values ('a secret'), ('a secret')`,
		`select 'a secret'::int`,
		`do $$ begin raise warning 'a secret'; raise exception 'a secret'; end $$`,
	])
		await expect(value(server, statement)).rejects.toThrow();
	const text = readFileSync(join(clusterFolder(dataDir), 'server.log'), 'utf8');
	expect(text).toContain('ready to accept connections');
	expect(text).not.toContain('secret');
});
