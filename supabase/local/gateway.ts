/** The one port of the API, as on a hosted project: REST, Auth, Storage and Realtime behind it. */
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';

export interface Service {
	fetch(request: Request): Promise<Response>;
}

export interface GatewayOptions {
	/** On 127.0.0.1 only. */
	port: number;
	api: Service;
	realtime: Service & { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };
	log: (line: string) => void;
}

/** Any origin may call, as on hosted: what it may do depends on the token it brings, never on a cookie. */
const corsHeaders = {
	'access-control-allow-origin': '*',
	'access-control-expose-headers':
		'content-range, content-location, content-profile, location, x-total-count, x-supabase-api-version',
};

/** Serves until stop(), which ends requests under way; the WebSockets are Realtime's, and end with it. */
export async function startGateway(options: GatewayOptions): Promise<{ stop(): Promise<void> }> {
	const { api, realtime, log, port } = options;
	const answer = async (request: Request): Promise<Response> => {
		if (request.method === 'OPTIONS') return answerPreflight(request);
		const { pathname } = new URL(request.url);
		try {
			const service = pathname.startsWith('/realtime/v1/') ? realtime : api;
			return withCors(await service.fetch(request));
		} catch (error) {
			log(
				`API: ${request.method} ${pathname} failed: ${error instanceof Error ? error.name : 'unknown error'}`,
			);
			return withCors(Response.json({ message: 'Internal server error' }, { status: 500 }));
		}
	};
	const listener = getRequestListener(answer, { overrideGlobalObjects: false });
	const server = createServer((request, response) => void listener(request, response));
	server.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head));
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	return {
		async stop() {
			server.close(); // not waited for: it would wait for the WebSockets, which are closed after this
			server.closeAllConnections();
		},
	};
}

function answerPreflight(request: Request): Response {
	return new Response(null, {
		status: 204,
		headers: {
			...corsHeaders,
			'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
			'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
			'access-control-max-age': '3600',
			vary: 'access-control-request-headers',
		},
	});
}

function withCors(response: Response): Response {
	const headers = new Headers(response.headers);
	for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
	headers.delete('access-control-allow-credentials');
	return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
