import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { freePorts } from '../../tests/stack.ts';
import { eraseCluster } from './postgres/cluster.ts';
import type { Settings } from './settings.ts';
import { type Stack, startStack } from './stack.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'bedside-stack-'));
let settings: Settings;
let stack: Stack;

beforeAll(async () => {
	const [app = 0, api = 0, db = 0, mail = 0, smtp = 0] = await freePorts(5);
	settings = { dataDir, ports: { app, api, db, mail, smtp } };
	stack = await startStack({ settings, seed: false });
});
afterAll(async () => {
	await stack.stop();
	eraseCluster(dataDir);
	rmSync(dataDir, { recursive: true });
});

it('says where it is in a file for its owner only', () => {
	const file = join(dataDir, 'status.json');
	expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
		app: stack.appUrl,
		api: stack.apiUrl,
		db: stack.dbUrl,
		mail: stack.mailUrl,
		publishableKey: stack.publishableKey,
		secretKey: stack.secretKey,
		pid: process.pid,
	});
	if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('seeds nothing when told so', async () => {
	const client = createClient(stack.apiUrl, stack.secretKey);
	const { data, error } = await client.from('profiles').select('id');
	expect(error).toBeNull();
	expect(data).toEqual([]);
});

it('refuses a second start on the same data and goes on', async () => {
	const [app = 0, api = 0, db = 0, mail = 0, smtp = 0] = await freePorts(5);
	await expect(startStack({ settings: { dataDir, ports: { app, api, db, mail, smtp } } })).rejects.toThrow(
		/Bedside runs already/,
	);
	expect(existsSync(join(dataDir, 'status.json'))).toBe(true);
});

it('the API knows a table that a later migration makes, without a restart', async () => {
	const client = createClient(stack.apiUrl, stack.secretKey);
	expect((await client.from('wards').select()).error).not.toBeNull();
	const postgres = new pg.Client(stack.dbUrl);
	await postgres.connect();
	await postgres.query('create table public.wards (name text); grant select on public.wards to service_role');
	await postgres.end();
	await vi.waitFor(async () => expect((await client.from('wards').select()).data).toEqual([]), 5_000);
});

it('any origin may call the API, and the preflight says so', async () => {
	const answer = await fetch(`${inject('stack').apiUrl}/rest/v1/profiles`, {
		method: 'OPTIONS',
		headers: {
			origin: 'http://localhost:3000',
			'access-control-request-method': 'POST',
			'access-control-request-headers': 'apikey, authorization, content-profile',
		},
	});
	expect(answer.status).toBe(204);
	expect(answer.headers.get('access-control-allow-origin')).toBe('*');
	expect(answer.headers.get('access-control-allow-headers')).toBe('apikey, authorization, content-profile');
	const refused = await fetch(`${inject('stack').apiUrl}/rest/v1/profiles`, {
		headers: { origin: 'http://x.test' },
	});
	expect(refused.headers.get('access-control-allow-origin')).toBe('*');
	expect(refused.status).toBe(401);
});

it('tells which port is taken, whichever it is, and leaves nothing running', async () => {
	const variables = { api: 'BEDSIDE_API_PORT', mail: 'BEDSIDE_MAIL_PORT', smtp: 'BEDSIDE_SMTP_PORT' };
	const otherDir = mkdtempSync(join(tmpdir(), 'bedside-ports-'));
	const [app = 0, api = 0, db = 0, mail = 0, smtp = 0] = await freePorts(5);
	const ports = { app, api, db, mail, smtp };
	for (const [name, variable] of Object.entries(variables)) {
		const other: Server = createServer().listen(ports[name as keyof typeof variables], '127.0.0.1');
		await once(other, 'listening');
		await expect(startStack({ settings: { dataDir: otherDir, ports } })).rejects.toThrow(variable);
		await new Promise((resolve) => other.close(resolve));
	}
	expect(await freePorts(1)).toHaveLength(1);
	expect(existsSync(join(otherDir, 'status.json'))).toBe(false);
	eraseCluster(otherDir);
	rmSync(otherDir, { recursive: true });
});

// Ends the stack of this file, so it is the last test.
it('stops while a browser still holds its socket', async () => {
	const { realtime } = createClient(stack.apiUrl, stack.publishableKey);
	await new Promise<void>((resolve) =>
		realtime.channel('open').subscribe((status) => status === 'SUBSCRIBED' && resolve()),
	);
	await stack.stop();
	expect(existsSync(join(dataDir, 'status.json'))).toBe(false);
	realtime.disconnect();
});
