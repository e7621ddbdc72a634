import { AuthorizationError, type Caller } from './authorization.ts';
import { isObject } from './codec.ts';
import type { Context } from './context.ts';
import { joinReason } from './refusals.ts';
import type { Claims } from './token.ts';

const BASE = '/realtime/v1/api';
const SINGLE = /^\/broadcast\/([^/]+)\/events\/([^/]+)$/;

const CORS = {
	'access-control-allow-origin': '*',
	'access-control-allow-headers': 'authorization, x-client-info, apikey, content-type',
	'access-control-allow-methods': 'GET, POST, OPTIONS',
};

/** An answer other than the expected one. */
class Refusal extends Error {
	override name = 'Refusal';
	readonly status: number;
	readonly body: unknown;

	constructor(status: number, body: unknown) {
		super(`HTTP ${status}`);
		this.status = status;
		this.body = body;
	}
}

interface BatchMessage {
	topic: string;
	event: string;
	payload: Record<string, unknown>;
	isPrivate: boolean;
	id: string | null;
}

/** Serves `/realtime/v1/api/*`: broadcasts by those who hold no socket. */
export class HttpApi {
	readonly #context: Context;

	constructor(context: Context) {
		this.#context = context;
	}

	/**
	 * `POST broadcast` with `{messages: [{topic, event, payload, private?, id?}]}`, `POST
	 * broadcast/<topic>/events/<event>?private=true` with the payload as body, and `GET ping`. Accepted is 202 with no
	 * body. Topics come without prefix.
	 */
	async fetch(request: Request): Promise<Response> {
		if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: CORS });
		try {
			return await this.#answer(request);
		} catch (error) {
			if (error instanceof Refusal) return json(error.status, error.body);
			this.#context.log(`Realtime: UnknownErrorOnController: ${(error as Error).message}`);
			return json(500, { message: 'Unable to authorize broadcast' });
		}
	}

	async #answer(request: Request): Promise<Response> {
		const url = new URL(request.url);
		const path = url.pathname.startsWith(BASE) ? url.pathname.slice(BASE.length) : '';
		if (path === '/ping' && request.method === 'GET') return json(200, { message: 'Success' });
		const single = SINGLE.exec(path);
		if (request.method !== 'POST' || !(single || path === '/broadcast'))
			throw new Refusal(404, { message: 'not found' });
		const caller = await this.#authenticate(request);
		if (single) {
			const [, topic = '', event = ''] = single;
			const isPrivate = url.searchParams.get('private') === 'true';
			await this.#broadcastOne(request, caller, { topic: decode(topic), event: decode(event), isPrivate });
		} else {
			await this.#broadcastBatch(request, caller);
		}
		return new Response(null, { status: 202, headers: CORS });
	}

	async #authenticate(request: Request): Promise<Caller> {
		const bearer = /^bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
		const token = bearer ?? request.headers.get('apikey');
		let claims: Claims;
		try {
			claims = await this.#context.tokens.verify(token ?? '');
		} catch {
			throw new Refusal(401, { message: 'Unauthorized' });
		}
		return { claims, headers: Object.fromEntries(request.headers) };
	}

	async #broadcastOne(
		request: Request,
		caller: Caller,
		{ topic, event, isPrivate }: { topic: string; event: string; isPrivate: boolean },
	): Promise<void> {
		const encoding = encodingOf(request);
		const body = await this.#read(request);
		if (encoding === 'json' && !isJson(body)) throw new Refusal(422, { message: 'Payload must be JSON' });
		if (body.length > this.#context.limits.payloadBytes) {
			throw new Refusal(422, { message: 'Payload size exceeds tenant limit' });
		}
		const { messages } = this.#context.rates;
		if (messages.isExceeded()) throw new Refusal(429, { message: 'You have exceeded your rate limit' });
		if (isPrivate && !(await this.#mayWrite(caller, topic)))
			throw new Refusal(403, { message: 'Unauthorized' });
		messages.add();
		this.#context.hub.broadcast(topic, isPrivate, {
			kind: 'broadcast',
			broadcast: { event, encoding, body },
		});
	}

	/** What the caller may not write is accepted and dropped, as on hosted. */
	async #broadcastBatch(request: Request, caller: Caller): Promise<void> {
		const batch = this.#readBatch(await this.#read(request));
		const { messages } = this.#context.rates;
		if (messages.isExceeded()) throw new Refusal(429, { message: 'You have exceeded your rate limit' });
		if (messages.wouldExceed(batch.length)) {
			throw new Refusal(429, { message: 'Too many messages to broadcast, please reduce the batch size' });
		}
		const allowed = new Map<string, boolean>();
		for (const { topic, event, payload, isPrivate, id } of batch) {
			if (isPrivate && !allowed.has(topic)) allowed.set(topic, await this.#mayWrite(caller, topic));
			if (isPrivate && !allowed.get(topic)) continue;
			messages.add();
			const message = { payload, event, type: 'broadcast', ...(id !== null && { meta: { id } }) };
			this.#context.hub.broadcast(topic, isPrivate, { kind: 'message', payload: message });
		}
	}

	#readBatch(body: Buffer): BatchMessage[] {
		const json = parse(body);
		const messages = isObject(json) ? json.messages : undefined;
		if (!Array.isArray(messages)) throw new Refusal(422, { errors: { messages: ["can't be blank"] } });
		const problems = messages.map((message) => this.#problemsOf(message));
		if (problems.some((problem) => Object.keys(problem).length > 0)) {
			throw new Refusal(422, { errors: { messages: problems } });
		}
		return (messages as Record<string, unknown>[]).map(
			({ topic, event, payload, private: isPrivate, id }) => ({
				topic: topic as string,
				event: event as string,
				payload: payload as Record<string, unknown>,
				isPrivate: isPrivate === true || isPrivate === 'true',
				id: typeof id === 'string' ? id : null,
			}),
		);
	}

	#problemsOf(message: unknown): Record<string, string[]> {
		const problems: Record<string, string[]> = {};
		const { topic, event, payload } = isObject(message) ? message : {};
		if (typeof topic !== 'string' || topic === '') problems.topic = ["can't be blank"];
		if (typeof event !== 'string' || event === '') problems.event = ["can't be blank"];
		if (!isObject(payload)) problems.payload = [payload === undefined ? "can't be blank" : 'is invalid'];
		else if (Buffer.byteLength(JSON.stringify(payload)) > this.#context.limits.payloadBytes) {
			problems.payload = ['Payload size exceeds tenant limit'];
		}
		return problems;
	}

	async #mayWrite(caller: Caller, topic: string): Promise<boolean> {
		try {
			return (await this.#context.authorization.mayWrite(caller, topic)).has('broadcast');
		} catch (error) {
			if (!(error instanceof AuthorizationError)) throw error;
			this.#context.log(`Realtime: ${joinReason(error, topic)}`);
			return false;
		}
	}

	/** The body, as far as it may be held in memory. */
	async #read(request: Request): Promise<Buffer> {
		const chunks: Uint8Array[] = [];
		let bytes = 0;
		for await (const chunk of request.body ?? []) {
			bytes += chunk.length;
			if (bytes > this.#context.limits.requestBytes)
				throw new Refusal(413, { message: 'Request Entity Too Large' });
			chunks.push(chunk);
		}
		return Buffer.concat(chunks);
	}
}

function encodingOf(request: Request): 'json' | 'binary' {
	const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
	if (type === undefined || type === 'application/json') return 'json';
	if (type === 'application/octet-stream') return 'binary';
	throw new Refusal(415, {
		error: 'Unsupported Media Type. Use application/json or application/octet-stream',
	});
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		throw new Refusal(422, { message: 'Topic and event must be URL-encoded UTF-8' });
	}
}

function parse(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString());
	} catch {
		return undefined;
	}
}

function isJson(body: Buffer): boolean {
	return parse(body) !== undefined;
}

function json(status: number, body: unknown): Response {
	return Response.json(body, { status, headers: CORS });
}
