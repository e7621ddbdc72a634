/**
 * The two wire formats of Realtime, as pure functions.
 *
 * - 1.0.0: one JSON object `{topic, event, payload, ref, join_ref}` in a text frame. What the server sends carries no
 *   join_ref.
 * - 2.0.0: a JSON array `[join_ref, ref, topic, event, payload]` in a text frame; and two binary frames for
 *   broadcasts, whose header holds the byte lengths of the UTF-8 fields that follow it:
 *
 *       client to server   3, join_ref, ref, topic, event, metadata, encoding | fields | payload
 *       server to client   4,                topic, event, metadata, encoding | fields | payload
 *
 *   Encoding 1 means that the payload is JSON, 0 that it is plain bytes.
 */
export type Version = '1.0.0' | '2.0.0';

/** A text message of either format. */
export interface Message {
	joinRef: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: unknown;
}

/** What a binary frame carries: the payload stays in its bytes, nobody on the server needs to look into it. */
export interface Broadcast {
	event: string;
	encoding: 'json' | 'binary';
	body: Buffer;
	meta?: Record<string, unknown>;
}

/** A frame from a client: an ordinary message, or a broadcast that came as binary. */
export type ClientFrame =
	| { kind: 'message'; message: Message }
	| { kind: 'broadcast'; joinRef: string | null; ref: string | null; topic: string; broadcast: Broadcast };

/** A frame ready to be written to a socket. */
export interface ServerFrame {
	bytes: Buffer;
	isBinary: boolean;
}

/** The bytes are no frame of this protocol. */
export class MalformedFrame extends Error {
	override name = 'MalformedFrame';
}

/** A length field of a binary frame is one byte. */
export const MAX_FIELD_BYTES = 255;

const KIND_PUSH = 3;
const KIND_BROADCAST = 4;
const PUSH_HEADER = 7;
const BROADCAST_HEADER = 5;
const JSON_ENCODING = 1;
const BINARY_ENCODING = 0;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads one frame from a client, or throws {@link MalformedFrame}; never anything else. */
export function decodeClientFrame(version: Version, bytes: Buffer, isBinary: boolean): ClientFrame {
	if (isBinary) {
		if (version === '1.0.0') throw new MalformedFrame('1.0.0 has no binary frames');
		return decodePush(bytes);
	}
	const json = parseJson(text(bytes));
	return { kind: 'message', message: version === '1.0.0' ? messageOfObject(json) : messageOfArray(json) };
}

/** Writes a message that the server sends in a text frame. */
export function encodeMessage(version: Version, message: Message): ServerFrame {
	const { joinRef, ref, topic, event, payload } = message;
	const json =
		version === '1.0.0'
			? JSON.stringify({ topic, event, payload, ref })
			: JSON.stringify([joinRef, ref, topic, event, payload]);
	return { bytes: Buffer.from(json), isBinary: false };
}

/**
 * Writes a broadcast for receivers of one format. 1.0.0 has no place for plain bytes: the answer is then null, and
 * also when a payload that calls itself JSON is none.
 * Throws a RangeError when topic, event or metadata do not fit into the 255 bytes that 2.0.0 has for each.
 */
export function encodeBroadcast(version: Version, topic: string, broadcast: Broadcast): ServerFrame | null {
	if (version === '2.0.0') return { bytes: encodeBinaryBroadcast(topic, broadcast), isBinary: true };
	if (broadcast.encoding === 'binary') return null;
	let payload: unknown;
	try {
		payload = JSON.parse(broadcast.body.toString());
	} catch {
		return null;
	}
	const { event, meta } = broadcast;
	const message = { type: 'broadcast', event, payload, ...(meta && { meta }) };
	return encodeMessage(version, { joinRef: null, ref: null, topic, event: 'broadcast', payload: message });
}

function encodeBinaryBroadcast(topic: string, { event, encoding, body, meta }: Broadcast): Buffer {
	const fields = [topic, event, meta ? JSON.stringify(meta) : ''];
	const lengths = fields.map((field) => Buffer.byteLength(field));
	if (lengths.some((length) => length > MAX_FIELD_BYTES)) {
		throw new RangeError(
			`A broadcast's topic, event and metadata hold at most ${MAX_FIELD_BYTES} bytes each.`,
		);
	}
	const frame = Buffer.allocUnsafe(
		BROADCAST_HEADER + lengths.reduce((sum, length) => sum + length, body.length),
	);
	let offset = 0;
	frame[offset++] = KIND_BROADCAST;
	for (const length of lengths) frame[offset++] = length;
	frame[offset++] = encoding === 'json' ? JSON_ENCODING : BINARY_ENCODING;
	for (const field of fields) offset += frame.write(field, offset);
	body.copy(frame, offset);
	return frame;
}

function decodePush(frame: Buffer): ClientFrame {
	if (frame.length < PUSH_HEADER || frame[0] !== KIND_PUSH) throw new MalformedFrame('unknown binary frame');
	let offset = PUSH_HEADER;
	const field = (lengthAt: number): string => {
		const end = offset + (frame[lengthAt] ?? 0);
		if (end > frame.length) throw new MalformedFrame('a field is longer than its frame');
		const value = text(frame.subarray(offset, end));
		offset = end;
		return value;
	};
	const joinRef = field(1) || null;
	const ref = field(2) || null;
	const topic = field(3);
	const event = field(4);
	const metadata = field(5);
	const meta = metadata === '' ? undefined : parseJson(metadata);
	if (meta !== undefined && !isObject(meta)) throw new MalformedFrame('metadata must be an object');
	const broadcast: Broadcast = {
		event,
		encoding: frame[6] === BINARY_ENCODING ? 'binary' : 'json',
		body: frame.subarray(offset),
	};
	if (meta) broadcast.meta = meta;
	return { kind: 'broadcast', joinRef, ref, topic, broadcast };
}

function messageOfArray(json: unknown): Message {
	if (!Array.isArray(json) || json.length < 5) throw new MalformedFrame('expected an array of five');
	return message(json[0], json[1], json[2], json[3], json[4]);
}

function messageOfObject(json: unknown): Message {
	if (!isObject(json)) throw new MalformedFrame('expected an object');
	return message(json.join_ref, json.ref, json.topic, json.event, json.payload);
}

function message(joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: unknown): Message {
	if (typeof topic !== 'string' || typeof event !== 'string') {
		throw new MalformedFrame('topic and event must be strings');
	}
	return { joinRef: reference(joinRef), ref: reference(ref), topic, event, payload };
}

function reference(value: unknown): string | null {
	if (value === undefined || value === null) return null;
	if (typeof value === 'string' || typeof value === 'number') return String(value);
	throw new MalformedFrame('a ref must be a string');
}

function text(bytes: Buffer): string {
	try {
		return utf8.decode(bytes);
	} catch {
		throw new MalformedFrame('text must be UTF-8');
	}
}

function parseJson(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch {
		throw new MalformedFrame('expected JSON');
	}
}

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
