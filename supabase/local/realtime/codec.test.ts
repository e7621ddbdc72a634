import { createClient } from '@supabase/supabase-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	decodeClientFrame,
	encodeBroadcast,
	encodeMessage,
	MalformedFrame,
	type Message,
	type Version,
} from './codec.ts';

/** The client's own serializer: what it writes we must read, and the other way round. */
const client = createClient('http://localhost', 'sb_publishable_test').realtime;

interface ClientMessage {
	join_ref: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: unknown;
}

function writtenByClient(message: ClientMessage): string | ArrayBuffer {
	let written: string | ArrayBuffer = '';
	client.encode(message as never, (frame: string | ArrayBuffer) => {
		written = frame;
	});
	return written;
}

function readByClient(bytes: Buffer, isBinary: boolean): ClientMessage {
	let read: unknown;
	const frame = isBinary ? new Uint8Array(bytes).buffer : bytes.toString();
	client.decode(frame as never, (message: unknown) => {
		read = message;
	});
	return read as ClientMessage;
}

/** Text of at most 255 bytes, with every width of character that UTF-8 has. */
const field = fc
	.string({ unit: 'grapheme', maxLength: 255 })
	.filter((text) => text.isWellFormed() && Buffer.byteLength(text) <= 255);
const name = field.filter((text) => text !== '');
const ref = fc.option(fc.stringMatching(/^[0-9]{1,12}$/));
const json = fc
	.jsonValue()
	.filter((value) => value !== null)
	.map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('binary broadcasts from a client', () => {
	it('are read as the client wrote them', () => {
		fc.assert(
			fc.property(ref, ref, name, field, json, (joinRef, messageRef, topic, event, payload) => {
				const written = writtenByClient({
					join_ref: joinRef,
					ref: messageRef,
					topic,
					event: 'broadcast',
					payload: { type: 'broadcast', event, payload },
				});
				const frame = decodeClientFrame('2.0.0', Buffer.from(written as ArrayBuffer), true);
				if (frame.kind !== 'broadcast') throw new Error('expected a broadcast');
				expect(frame).toMatchObject({ joinRef, ref: messageRef, topic });
				expect(frame.broadcast).toMatchObject({ event, encoding: 'json' });
				expect(JSON.parse(frame.broadcast.body.toString())).toEqual(payload);
			}),
		);
	});

	it('keep plain bytes untouched', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
				const payload = { type: 'broadcast', event: 'e', payload: new Uint8Array(bytes).buffer };
				const written = writtenByClient({ join_ref: '1', ref: '2', topic: 't', event: 'broadcast', payload });
				const frame = decodeClientFrame('2.0.0', Buffer.from(written as ArrayBuffer), true);
				expect(frame).toMatchObject({ broadcast: { encoding: 'binary', body: Buffer.from(bytes) } });
			}),
		);
	});

	it('carry their metadata', () => {
		const payload = { type: 'broadcast', event: 'e', payload: {}, persist: true };
		const written = writtenByClient({ join_ref: '1', ref: '2', topic: 't', event: 'broadcast', payload });
		const frame = decodeClientFrame('2.0.0', Buffer.from(written as ArrayBuffer), true);
		expect(frame).toMatchObject({ broadcast: { meta: { persist: true } } });
	});

	it('match the golden frame', () => {
		const golden = Buffer.from('\x03\x01\x02\x01\x02\x00\x01' + '742té{}');
		expect(decodeClientFrame('2.0.0', golden, true)).toEqual({
			kind: 'broadcast',
			joinRef: '7',
			ref: '42',
			topic: 't',
			broadcast: { event: 'é', encoding: 'json', body: Buffer.from('{}') },
		});
	});

	it('are refused when a length cuts a character in two', () => {
		const cut = Buffer.from('\x03\x01\x02\x01\x01\x00\x01' + '742té{}');
		expect(() => decodeClientFrame('2.0.0', cut, true)).toThrow(MalformedFrame);
	});
});

describe('binary broadcasts to a client', () => {
	it('are read by the client as they were meant', () => {
		const meta = fc.option(fc.record({ id: fc.uuid() }), { nil: undefined });
		fc.assert(
			fc.property(name, field, json, meta, (topic, event, payload, meta) => {
				const body = Buffer.from(JSON.stringify(payload));
				const frame = encodeBroadcast('2.0.0', topic, {
					event,
					encoding: 'json',
					body,
					...(meta && { meta }),
				});
				const read = readByClient(frame?.bytes ?? Buffer.alloc(0), true);
				expect(read).toEqual({
					join_ref: null,
					ref: null,
					topic,
					event: 'broadcast',
					payload: { type: 'broadcast', event, payload, ...(meta && { meta }) },
				});
			}),
		);
	});

	it.each(['a', 'é', '中', '👩'])(
		'hold fields of up to 255 bytes made of %s, and not one more',
		(character) => {
			const width = Buffer.byteLength(character);
			const full = character.repeat(Math.floor(255 / width)) + 'x'.repeat(255 % width);
			const body = Buffer.from('{}');
			const frame = encodeBroadcast('2.0.0', full, { event: full, encoding: 'json', body });
			expect(readByClient(frame?.bytes ?? Buffer.alloc(0), true)).toMatchObject({
				topic: full,
				payload: { event: full },
			});
			const broadcast = { event: 'e', encoding: 'json', body } as const;
			expect(() => encodeBroadcast('2.0.0', full + 'x', broadcast)).toThrow(RangeError);
			expect(() => encodeBroadcast('2.0.0', 't', { ...broadcast, event: full + 'x' })).toThrow(RangeError);
		},
	);

	it('become JSON for 1.0.0, which has no place for bytes', () => {
		const broadcast = {
			event: 'e',
			encoding: 'json',
			body: Buffer.from('{"a":1}'),
			meta: { id: 'x' },
		} as const;
		expect(JSON.parse(encodeBroadcast('1.0.0', 't', broadcast)?.bytes.toString() ?? '')).toEqual({
			topic: 't',
			event: 'broadcast',
			payload: { type: 'broadcast', event: 'e', payload: { a: 1 }, meta: { id: 'x' } },
			ref: null,
		});
		expect(encodeBroadcast('1.0.0', 't', { ...broadcast, encoding: 'binary' })).toBeNull();
		expect(encodeBroadcast('1.0.0', 't', { ...broadcast, body: Buffer.from('{') })).toBeNull();
	});
});

describe('text messages', () => {
	it('go both ways in 2.0.0', () => {
		fc.assert(
			fc.property(ref, ref, name, name, json, (joinRef, messageRef, topic, event, payload) => {
				const sent = { join_ref: joinRef, ref: messageRef, topic, event: `phx_${event}`, payload };
				const frame = decodeClientFrame('2.0.0', Buffer.from(writtenByClient(sent) as string), false);
				if (frame.kind !== 'message') throw new Error('expected a message');
				expect(frame.message).toEqual({ joinRef, ref: messageRef, topic, event: `phx_${event}`, payload });
				expect(readByClient(encodeMessage('2.0.0', frame.message).bytes, false)).toEqual(sent);
			}),
		);
	});

	it('are objects in 1.0.0, where the server names no join_ref', () => {
		const message: Message = { joinRef: '1', ref: '2', topic: 't', event: 'e', payload: { a: 1 } };
		const sent = { join_ref: '1', ref: '2', topic: 't', event: 'e', payload: { a: 1 } };
		const frame = decodeClientFrame('1.0.0', Buffer.from(JSON.stringify(sent)), false);
		expect(frame).toEqual({ kind: 'message', message });
		const { join_ref: _, ...expected } = sent;
		expect(JSON.parse(encodeMessage('1.0.0', message).bytes.toString())).toEqual(expected);
	});
});

describe('hostile frames', () => {
	const versions: Version[] = ['1.0.0', '2.0.0'];

	it('are read or refused, whatever bytes they hold', () => {
		const bytes = fc.uint8Array({ maxLength: 300 });
		fc.assert(
			fc.property(fc.constantFrom(...versions), bytes, fc.boolean(), (version, bytes, isBinary) => {
				expect(isReadOrRefused(version, Buffer.from(bytes), isBinary)).toBe(true);
			}),
			{ numRuns: 2000 },
		);
	});

	it('with lengths beyond their end are refused', () => {
		const lengths = fc.tuple(...Array.from({ length: 5 }, () => fc.integer({ min: 0, max: 255 })));
		fc.assert(
			fc.property(lengths, fc.nat(1300), (lengths, size) => {
				const frame = Buffer.concat([Buffer.from([3, ...lengths, 1]), Buffer.alloc(size, 0x61)]);
				const needed = lengths.reduce((sum, length) => sum + length, 0);
				if (needed > size) expect(() => decodeClientFrame('2.0.0', frame, true)).toThrow(MalformedFrame);
				else expect(isReadOrRefused('2.0.0', frame, true)).toBe(true);
			}),
		);
	});

	it.each([
		'',
		'null',
		'1',
		'"text"',
		'[]',
		'[1,2,3,4]',
		'[null,null,1,"e",{}]',
		'[{},null,"t","e",{}]',
		'{',
	])('such as %j in 2.0.0 are refused', (text) => {
		expect(() => decodeClientFrame('2.0.0', Buffer.from(text), false)).toThrow(MalformedFrame);
	});

	it('in 1.0.0 are refused when they are binary or no object', () => {
		expect(() => decodeClientFrame('1.0.0', Buffer.from('{}'), true)).toThrow(MalformedFrame);
		expect(() => decodeClientFrame('1.0.0', Buffer.from('[]'), false)).toThrow(MalformedFrame);
	});

	function isReadOrRefused(version: Version, bytes: Buffer, isBinary: boolean): boolean {
		try {
			return Boolean(decodeClientFrame(version, bytes, isBinary));
		} catch (error) {
			return error instanceof MalformedFrame;
		}
	}
});
