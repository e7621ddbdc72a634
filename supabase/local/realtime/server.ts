import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { WebSocketServer } from 'ws';
import { Authorization } from './authorization.ts';
import type { Version } from './codec.ts';
import { createRates, type Context } from './context.ts';
import { HttpApi } from './http.ts';
import { Hub } from './hub.ts';
import { HOSTED_LIMITS, type Limits } from './limits.ts';
import { Replication } from './replication.ts';
import { Socket } from './socket.ts';
import { TokenError, TokenVerifier } from './token.ts';

export interface RealtimeOptions {
	/** A role that may replicate, insert past the policies on `realtime.messages` and become any API role. */
	adminUrl: string;
	jwtSecret: string;
	publishableKey: string;
	secretKey: string;
	log: (line: string) => void;
	/** Changes to hosted's limits. */
	limits?: Partial<Limits>;
	/** Refuse public channels, as a hosted project may be set to. */
	privateOnly?: boolean;
}

export interface RealtimeServer {
	/** Serves `/realtime/v1/websocket`; refuses any other upgrade. */
	handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
	/** Serves `/realtime/v1/api/*`. */
	fetch(request: Request): Promise<Response>;
	stop(): Promise<void>;
}

const PATH = '/realtime/v1/websocket';
/** Authorisation takes a few milliseconds a join: these serve hundreds of joins a second. */
const POOL_SIZE = 4;
const POLICY_TIMEOUT_MS = 5_000;
const START_MS = 15_000;
const SWEEP_MS = 1_000;
const CLOSING_MS = 500;

/**
 * A Realtime server that speaks hosted Supabase's protocol, for one database and one process. Answers once broadcasts
 * from the database arrive.
 */
export async function createRealtime(options: RealtimeOptions): Promise<RealtimeServer> {
	const { adminUrl } = options;
	// Topics are chosen by clients and must not break a line of the log.
	const log = (line: string) => options.log(line.replace(/\p{Cc}/gu, ' '));
	const limits = { ...HOSTED_LIMITS, ...options.limits };
	const pool = new pg.Pool({
		connectionString: adminUrl,
		max: POOL_SIZE,
		application_name: 'realtime_authorization',
		statement_timeout: POLICY_TIMEOUT_MS,
		allowExitOnIdle: true,
	});
	// A connection lost while it is in use fails its query; without a listener it would end the process, too.
	pool.on('connect', (client) => client.on('error', () => undefined));
	pool.on('error', (error) => log(`Realtime: an idle database connection failed: ${error.message}`));
	const hub = new Hub();
	const rates = createRates(limits);
	const replication = new Replication({
		url: adminUrl,
		log,
		onBroadcast: ({ topic, isPrivate, broadcast }) => {
			if (broadcast.body.length > limits.payloadBytes) throw new RangeError('payload_size_exceeded');
			if (rates.messages.isExceeded()) throw new RangeError('too_many_requests');
			rates.messages.add();
			hub.broadcast(topic, isPrivate, { kind: 'broadcast', broadcast });
		},
	});
	const context: Context = {
		hub,
		authorization: new Authorization(pool),
		pool,
		tokens: new TokenVerifier(options),
		replication,
		limits,
		privateOnly: options.privateOnly ?? false,
		rates,
		connected: new Set(),
		log,
	};
	const http = new HttpApi(context);
	const upgrades = new Upgrades(context);
	await replication.start(START_MS).catch(async (error: unknown) => {
		await Promise.all([upgrades.stop(), pool.end()]);
		throw error;
	});
	return {
		handleUpgrade: (request, socket, head) => void upgrades.accept(request, socket, head),
		fetch: (request) => http.fetch(request),
		async stop() {
			await upgrades.stop();
			await replication.stop();
			await pool.end();
		},
	};
}

/** The open sockets, and the door to them. */
class Upgrades {
	readonly #context: Context;
	readonly #wss: WebSocketServer;
	readonly #sockets = new Set<Socket>();
	readonly #sweeper: NodeJS.Timeout;

	constructor(context: Context) {
		this.#context = context;
		this.#wss = new WebSocketServer({
			noServer: true,
			clientTracking: false,
			perMessageDeflate: false,
			maxPayload: context.limits.frameBytes,
		});
		this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
	}

	async accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
		const cut = () => socket.destroy();
		socket.on('error', cut);
		// `//[` and the like are no address: a throw here would end the process.
		const url = URL.parse(request.url ?? '/', 'http://localhost');
		if (url?.pathname !== PATH) return refuse(socket, 404, 'Not found');
		const version = versionOf(url.searchParams.get('vsn'));
		if (!version) return refuse(socket, 403, 'Unsupported protocol version');
		const key = request.headers['x-api-key'];
		const token = typeof key === 'string' ? key : url.searchParams.get('apikey');
		if (!token) return refuse(socket, 401, 'API key is missing');
		try {
			await this.#context.tokens.verify(token);
		} catch (error) {
			const message = error instanceof TokenError ? error.upgradeMessage : 'Error connecting to Realtime';
			return refuse(socket, error instanceof TokenError ? 401 : 500, message);
		}
		const { connected, limits, rates } = this.#context;
		if (connected.size >= limits.connections) return refuse(socket, 429, 'Too many connected users');
		if (rates.joins.isExceeded()) return refuse(socket, 429, 'Too many joins per second');
		if (socket.destroyed) return;
		socket.off('error', cut);
		this.#wss.handleUpgrade(request, socket, head, (ws) => {
			const connection = new Socket(this.#context, ws, { version, token, headers: extraHeaders(request) });
			this.#sockets.add(connection);
			ws.on('close', () => this.#sockets.delete(connection));
		});
	}

	/** Lets clients know that they should come back, then cuts those that do not answer. */
	async stop(): Promise<void> {
		clearInterval(this.#sweeper);
		for (const socket of this.#sockets) socket.shutDown();
		const end = Date.now() + CLOSING_MS;
		while (this.#sockets.size > 0 && Date.now() < end)
			await new Promise((resolve) => setTimeout(resolve, 10));
		for (const socket of this.#sockets) socket.terminate();
		this.#wss.close();
	}

	#sweep(): void {
		const now = Date.now();
		for (const socket of this.#sockets) socket.closeIfIdle(now);
	}
}

/** A client that names no version gets Phoenix's default. */
function versionOf(vsn: string | null): Version | null {
	if (vsn === null || vsn.startsWith('1.')) return '1.0.0';
	return vsn.startsWith('2.') ? '2.0.0' : null;
}

/** Policies see these in `request.headers`. */
function extraHeaders(request: IncomingMessage): Record<string, string> {
	const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('x-'));
	return Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
}

function refuse(socket: Duplex, status: number, error: string): void {
	const body = JSON.stringify({ error });
	socket.end(
		`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
			`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
		() => socket.destroy(),
	);
}
