/** What the tests of this folder share: people with tokens, policies that go by the token, raw sockets. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import { SignJWT } from 'jose';
import pg from 'pg';
import { inject } from 'vitest';
import { WebSocket } from 'ws';
import type { Limits } from './limits.ts';
import { createRealtime } from './server.ts';

/** What the test policies let a token do on the topics of its test. */
export type Permission = `${'read' | 'write'}:${'broadcast' | 'presence'}`;
export const EVERYTHING: Permission[] = [
	'read:broadcast',
	'write:broadcast',
	'read:presence',
	'write:presence',
];

export interface TestPolicies {
	/** A topic name under the policies of this test. */
	topic(): string;
	/** As role postgres. */
	db: pg.Client;
	drop(): Promise<void>;
}

/**
 * Makes policies for topics of one prefix: a caller may do what its token's claim `may` lists. A topic that ends in
 * `:raises` makes the policy raise.
 */
export async function createPolicies(): Promise<TestPolicies> {
	const prefix = `test-${randomUUID()}`;
	const db = new pg.Client({ connectionString: inject('stack').dbUrl });
	await db.connect();
	const rule = (verb: string) =>
		`realtime.topic() like '${prefix}%' and (select auth.jwt()) -> 'may' ? ('${verb}:' || extension)
		and (case when realtime.topic() like '%:raises' then 1 / (length(topic) - length(topic)) else 1 end) = 1`;
	await db.query(`create policy "${prefix} reads" on realtime.messages for select to authenticated
		using (${rule('read')})`);
	await db.query(`create policy "${prefix} writes" on realtime.messages for insert to authenticated
		with check (${rule('write')})`);
	return {
		topic: () => `${prefix}:${randomUUID()}`,
		db,
		async drop() {
			await db.query(`drop policy "${prefix} reads" on realtime.messages`);
			await db.query(`drop policy "${prefix} writes" on realtime.messages`);
			await db.end();
		},
	};
}

/** A signed access token; `seconds` from now it expires. */
export function mintToken(
	may: Permission[] = EVERYTHING,
	seconds = 3600,
	claims: object = {},
): Promise<string> {
	return new SignJWT({ role: 'authenticated', sub: randomUUID(), may, jti: randomUUID(), ...claims })
		.setProtectedHeader({ alg: 'HS256' })
		.setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
		.sign(new TextEncoder().encode(inject('stack').jwtSecret));
}

/** The unmodified client, holding a token with these permissions. */
export async function createPerson(may: Permission[] = EVERYTHING, apiUrl = inject('stack').apiUrl) {
	const token = await mintToken(may);
	const client = createClient(apiUrl, inject('stack').publishableKey, { accessToken: async () => token });
	await client.realtime.setAuth();
	return client;
}

/** Ends everything that a client holds open. */
export async function leave(...clients: SupabaseClient[]): Promise<void> {
	await Promise.all(clients.map((client) => client.realtime.disconnect()));
}

/** Joins; answers with the first status and its reason. */
export function subscribe(channel: RealtimeChannel): Promise<{ status: string; reason: string | undefined }> {
	return new Promise((resolve) => {
		channel.subscribe((status, error) => resolve({ status, reason: error?.message }));
	});
}

/** Joins; throws when that fails. */
export async function join(channel: RealtimeChannel): Promise<RealtimeChannel> {
	const { status, reason } = await subscribe(channel);
	if (status !== 'SUBSCRIBED') throw new Error(`${status}: ${reason}`);
	return channel;
}

/** Waits for the answer to a heartbeat: what is not there by then was never sent. */
export async function settle({ socket }: RealtimeChannel): Promise<void> {
	await new Promise<void>((resolve) => {
		socket.onHeartbeat((status) => {
			if (status === 'ok') resolve();
		});
		void socket.sendHeartbeat();
	});
}

/** Things that arrive one after the other; `next` waits for the one that was not taken yet. */
export class Arrivals<T> {
	readonly all: T[] = [];
	#taken = 0;
	#wake: (() => void) | undefined;

	readonly add = (item: T): void => {
		this.all.push(item);
		this.#wake?.();
	};

	async next(matches: (item: T) => boolean = () => true): Promise<T> {
		const deadline = Date.now() + 5_000;
		for (;;) {
			while (this.#taken < this.all.length) {
				const item = this.all[this.#taken++] as T;
				if (matches(item)) return item;
			}
			const remaining = deadline - Date.now();
			if (remaining <= 0)
				throw new Error(`Nothing arrived; before: ${JSON.stringify(this.all).slice(0, 500)}`);
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, remaining);
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}
}

/** The broadcasts that a channel receives. */
export function broadcastsOf(channel: RealtimeChannel) {
	const arrivals = new Arrivals<{ event: string; payload: unknown; meta?: { id: string } }>();
	channel.on('broadcast', { event: '*' }, (message) => arrivals.add(message as never));
	return arrivals;
}

export type Frame = [string | null, string | null, string, string, Record<string, unknown>];

/** A socket without the client's library, to see frames as they are. */
export class RawSocket {
	readonly ws: WebSocket;
	/** Text frames, parsed. */
	readonly frames = new Arrivals<Frame>();
	/** Binary frames. */
	readonly binary = new Arrivals<Buffer>();
	readonly closed: Promise<{ code: number }>;

	constructor(ws: WebSocket) {
		this.ws = ws;
		ws.on('message', (data: Buffer, isBinary) => {
			if (isBinary) this.binary.add(data);
			else this.frames.add(JSON.parse(data.toString()) as Frame);
		});
		this.closed = new Promise((resolve) => ws.on('close', (code) => resolve({ code })));
	}

	/** Opens a socket with a key or token; throws the HTTP status and body of a refusal. */
	static async open({
		apiUrl = inject('stack').apiUrl,
		apikey = inject('stack').publishableKey,
		vsn = '2.0.0',
	} = {}) {
		const query = new URLSearchParams({ apikey, vsn });
		const ws = new WebSocket(`${apiUrl.replace(/^http/, 'ws')}/realtime/v1/websocket?${query}`);
		const socket = new RawSocket(ws);
		await new Promise<void>((resolve, reject) => {
			ws.on('open', resolve);
			ws.on('error', reject);
			ws.on('unexpected-response', (_request, response) => {
				let body = '';
				response.on('data', (chunk: Buffer) => (body += chunk.toString()));
				response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
			});
		});
		return socket;
	}

	send(...frame: [string | null, string | null, string, string, unknown]): void {
		this.ws.send(JSON.stringify(frame));
	}

	/** Waits for the answer to a heartbeat: what is not there by then was never sent. */
	async settle(): Promise<void> {
		this.send(null, 'settle', 'phoenix', 'heartbeat', {});
		await this.frames.next((frame) => frame[1] === 'settle');
	}

	/** Joins a topic, given without prefix, and answers with the reply's payload. */
	async join(topic: string, config: object = {}, accessToken?: string, ref = '1') {
		this.send(ref, ref, `realtime:${topic}`, 'phx_join', { config, access_token: accessToken });
		const reply = await this.frames.next((frame) => frame[3] === 'phx_reply' && frame[1] === ref);
		return reply[4] as { status: string; response: { reason?: string; postgres_changes?: unknown[] } };
	}
}

/**
 * A Realtime server of the test's own on the stack's database, with other limits. Its connections to the database bear
 * `name`.
 */
export async function serveRealtime(
	limits: Partial<Limits> = {},
	{ privateOnly = false, name = 'realtime' } = {},
) {
	const { adminDbUrl, jwtSecret, publishableKey, secretKey } = inject('stack');
	const adminUrl = new URL(adminDbUrl);
	adminUrl.searchParams.set('application_name', name);
	const lines: string[] = [];
	const log = (line: string) => lines.push(line);
	const keys = { jwtSecret, publishableKey, secretKey };
	const realtime = await createRealtime({ ...keys, adminUrl: adminUrl.href, limits, privateOnly, log });
	const server = createServer(getRequestListener((request) => realtime.fetch(request)));
	server.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		lines,
		async stop() {
			await realtime.stop();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** How many connections to the stack's database bear that name, by kind. */
export async function connectionsOf(name: string): Promise<Record<string, number>> {
	const admin = new pg.Client({ connectionString: inject('stack').adminDbUrl });
	await admin.connect();
	const { rows } = await admin.query<{ kind: string; count: number }>(
		`select backend_type as kind, count(*)::int as count from pg_stat_activity
		where application_name = $1 group by backend_type`,
		[name],
	);
	await admin.end();
	return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}
