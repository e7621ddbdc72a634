import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	AppointmentChanged,
	ConversationChanged,
	MessageChanged,
	readPayload,
	ReceiptChanged,
	Typing,
} from './payloads';

const schemas = [MessageChanged, ReceiptChanged, ConversationChanged, AppointmentChanged, Typing];
const id = '00000000-0000-4000-8000-00000000000c';
const row = {
	id,
	conversation_id: id,
	patient_id: id,
	doctor_id: id,
	seq: 3,
	rev: 5,
	sender_id: null,
	kind: 'system',
	body: 'care_closed',
	reply_to: null,
	sent_at: '2026-11-20T23:52:56.68+00:00',
	edited_at: null,
	withdrawn_at: null,
	patient_total: 1,
	doctor_total: 1,
	attachments: [],
};

describe('payloads of live events', () => {
	it('are read whatever else a newer server adds to them', () => {
		expect(readPayload(MessageChanged, { ...row, colour: 'green' })).toMatchObject({ id, seq: 3, rev: 5 });
		expect(
			readPayload(ConversationChanged, { id, rev: 1, last_seq: 1, epoch: 1, care_open: true }),
		).not.toBeNull();
	});

	it('are ignored, never thrown on, when they are anything else', () => {
		fc.assert(
			fc.property(fc.anything(), fc.constantFrom(...schemas), (payload, schema) => {
				expect(readPayload(schema, payload)).toBeNull();
			}),
		);
	});

	it.each([
		['no row at all', null],
		['a seq that is no number', { ...row, seq: '3' }],
		['a seq below 1', { ...row, seq: 0 }],
		['a rev past every safe integer', { ...row, rev: 2 ** 60 }],
		['a time that no clock shows', { ...row, sent_at: 'yesterday' }],
		['a body that is markup in disguise', { ...row, body: { html: '<b>' } }],
		['an id that is no uuid', { ...row, id: '../../etc' }],
	])('are ignored with %s', (_what, payload) => {
		expect(readPayload(MessageChanged, payload)).toBeNull();
	});
});
