/** Nothing is lost, doubled or reordered: one message, many tries, many writers. */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test, vi } from 'vitest';
import {
	type Care,
	type Message,
	as,
	call,
	callIn,
	conversationOf,
	makeCare,
	makeDoctor,
	makePatient,
	messagesOf,
	owner,
	refusalOf,
	send,
} from './actors.ts';

const many = (count: number) => Array.from({ length: count }, (_, index) => index);
const cancel = (care: Care) => call(care.doctor, 'cancel_appointment', { appointment: care.appointment });

describe('the same id again', () => {
	test('with the same content returns the same row and changes nothing', async () => {
		const care = await makeCare();
		const id = randomUUID();
		const first = await send(care.patient, care.conversation, 'Once', id);
		const before = await conversationOf(care);
		expect(await send(care.patient, care.conversation, 'Once', id)).toEqual(first);
		expect(await conversationOf(care)).toEqual(before);
	});

	test('with other content, another sender or another conversation is id_reused', async () => {
		const care = await makeCare();
		const other = await makeCare({ patient: care.patient });
		const id = randomUUID();
		const sent = await send(care.patient, care.conversation, 'Once', id);
		const reply = { conversation: care.conversation, id, body: 'Once', reply_to: sent.id };
		expect(await refusalOf(send(care.patient, care.conversation, 'Twice', id))).toBe('PT409 id_reused');
		expect(await refusalOf(send(care.doctor, care.conversation, 'Once', id))).toBe('PT409 id_reused');
		expect(await refusalOf(send(care.patient, other.conversation, 'Once', id))).toBe('PT409 id_reused');
		expect(await refusalOf(call(care.patient, 'send_message', reply))).toBe('PT409 id_reused');
	});

	test('in a conversation of strangers tells nothing but that it is taken', async () => {
		const [care, strangers] = [await makeCare(), await makeCare()];
		const sent = await send(strangers.patient, strangers.conversation, 'A secret');
		expect(await refusalOf(send(care.patient, care.conversation, 'A secret', sent.id))).toBe(
			'PT409 id_reused',
		);
	});

	test('returns the row also after care has closed', async () => {
		const care = await makeCare();
		const sent = await send(care.patient, care.conversation, 'Once');
		await cancel(care);
		expect(await send(care.patient, care.conversation, 'Once', sent.id)).toEqual(sent);
		expect(await refusalOf(send(care.patient, care.conversation, 'Once'))).toBe('PT403 care_closed');
	});

	test('twenty times at once is one message', async () => {
		const care = await makeCare();
		const id = randomUUID();
		const rows = await Promise.all(many(20).map(() => send(care.patient, care.conversation, 'Once', id)));
		expect(new Set(rows.map((row) => row.seq))).toEqual(new Set([2]));
		expect(await messagesOf(care)).toHaveLength(2);
		expect(await conversationOf(care)).toMatchObject({ last_seq: 2, rev: 2, patient_total: 1 });
	});
});

describe('a message', () => {
	test('has something in it and is not longer than 8,000 characters', async () => {
		const care = await makeCare();
		const body = (text: string | null) =>
			refusalOf(
				call(care.patient, 'send_message', { conversation: care.conversation, id: randomUUID(), body: text }),
			);
		for (const empty of ['', ' ', '\n\t ', null]) expect(await body(empty)).toBe('PT400 empty');
		expect(await body('ê'.repeat(8000))).toBe('allowed');
		expect(await body('ê'.repeat(8001))).toBe('PT400 too_long');
		expect((await conversationOf(care)).last_seq).toBe(2);
	});

	test('keeps its text to the letter', async () => {
		const care = await makeCare();
		const body = '  Chào bác sĩ 👩‍⚕️\n\n<b>"quoted"</b> \\ %s \u202e ';
		expect((await send(care.patient, care.conversation, body)).body).toBe(body);
	});

	test('replies only to a message of its own conversation', async () => {
		const care = await makeCare();
		const elsewhere = await makeCare({ patient: care.patient });
		const reply = (to: string) =>
			call<Message>(care.patient, 'send_message', {
				conversation: care.conversation,
				id: randomUUID(),
				body: 'A reply',
				reply_to: to,
			});
		const [here, there] = [
			await send(care.doctor, care.conversation),
			await send(elsewhere.doctor, elsewhere.conversation),
		];
		expect(await reply(here.id)).toMatchObject({ reply_to: here.id });
		expect(await refusalOf(reply(there.id))).toBe('PT404 not_a_member');
		expect(await refusalOf(reply(randomUUID()))).toBe('PT404 not_a_member');
	});

	test('goes to a conversation of the sender; a foreign one and none at all are refused alike', async () => {
		const care = await makeCare();
		for (const stranger of [await makePatient(), await makeDoctor()]) {
			expect(await refusalOf(send(stranger, care.conversation))).toBe('PT404 not_a_member');
			expect(await refusalOf(send(stranger, randomUUID()))).toBe('PT404 not_a_member');
		}
	});

	test('brings no attachments yet', async () => {
		const care = await makeCare();
		const parameters = { conversation: care.conversation, id: randomUUID(), body: 'A photo' };
		const attempt = call(care.patient, 'send_message', { ...parameters, attachments: [randomUUID()] });
		expect(await refusalOf(attempt)).toBe('PT400 bad_attachment');
	});

	test('sets the doctor waiting until the doctor writes', async () => {
		const care = await makeCare();
		await send(care.patient, care.conversation);
		const since = (await conversationOf(care)).waiting_since;
		expect(since).not.toBeNull();
		await send(care.patient, care.conversation, 'Are you there?');
		expect((await conversationOf(care)).waiting_since).toEqual(since);
		await send(care.doctor, care.conversation);
		expect((await conversationOf(care)).waiting_since).toBeNull();
	});
});

describe('eight writers at once', () => {
	test('leave seq and rev without gaps, in commit order, and totals that add up', async () => {
		const care = await makeCare();
		const sendMany = async (writer: number) => {
			for (const round of many(25))
				await send(writer % 2 ? care.patient : care.doctor, care.conversation, `${writer}/${round}`);
		};
		await Promise.all(many(8).map(sendMany));
		const messages = await messagesOf(care);
		expect(messages.map((message) => message.seq)).toEqual(many(201).map((index) => index + 1));
		expect(messages.map((message) => message.rev)).toEqual(many(201).map((index) => index + 1));
		expect(await conversationOf(care)).toMatchObject({
			last_seq: 201,
			rev: 201,
			patient_total: 100,
			doctor_total: 100,
		});
		const [wrong] = await owner<[{ count: number }]>`
			select count(*) from (
				select m.*, lag(m.sent_at) over w as earlier,
					count(*) filter (where sender_id = m.patient_id) over w as patients,
					count(*) filter (where sender_id = m.doctor_id) over w as doctors
				from public.messages m where conversation_id = ${care.conversation}
				window w as (order by seq)
			) m where patients <> patient_total or doctors <> doctor_total or sent_at < earlier`;
		expect(wrong.count).toBe(0);
	});

	test('a writer whose transaction is rolled back leaves no gap', async () => {
		const care = await makeCare();
		await Promise.all(
			many(30).map((index) =>
				index % 3
					? send(care.patient, care.conversation, `${index}`)
					: refusalOf(send(care.patient, care.conversation, ' ')),
			),
		);
		expect((await messagesOf(care)).map((message) => message.seq)).toEqual(
			many(21).map((index) => index + 1),
		);
	});
});

describe('a send that races the cancellation', () => {
	test('never commits after it, in 300 races', { timeout: 120_000 }, async () => {
		const [patient, doctor] = [await makePatient(), await makeDoctor()];
		let refused = 0;
		for (const _ of many(75)) {
			const care = await makeCare({ patient, doctor });
			const before = (await conversationOf(care)).last_seq;
			const sends = many(4).map((index) => refusalOf(send(index % 2 ? patient : doctor, care.conversation)));
			const [, ...outcomes] = await Promise.all([cancel(care), ...sends]);
			expect(new Set([...outcomes, 'allowed', 'PT403 care_closed']).size).toBe(2);
			refused += outcomes.filter((outcome) => outcome !== 'allowed').length;
			const after = (await messagesOf(care)).slice(before);
			expect(after.at(-1)?.body).toBe('care_closed');
		}
		// Else the races were none.
		expect(refused).toBeGreaterThan(0);
		expect(refused).toBeLessThan(300);
	});

	test('would commit after it, were the check stable: that reads the snapshot from before the wait', async () => {
		await owner.unsafe(`
			create schema if not exists stable_check;
			create or replace function stable_check.care_is_open(patient uuid, doctor uuid) returns boolean
				language sql stable security definer set search_path = '' as $$
				select exists (
					select from public.appointments a
					where a.patient_id = patient and a.doctor_id = doctor and a.status = 'accepted'
				);
			$$;`);

		/** Lock, wait, check and insert in one statement, with one or the other check. */
		async function sendWhileCancelling(check: 'private' | 'stable_check'): Promise<number> {
			const care = await makeCare();
			const sender = await owner.reserve();
			const [{ pid }] = await sender<[{ pid: number }]>`select pg_backend_pid() as pid`;
			let sending: Promise<unknown> = Promise.resolve();
			await as(care.doctor, async (transaction) => {
				await callIn(transaction, 'cancel_appointment', { appointment: care.appointment });
				sending = sender
					.unsafe(
						`with conversation as (
							update public.conversations set last_seq = last_seq + 1, rev = rev + 1 where id = $1 returning *
						)
						insert into public.messages
							(id, conversation_id, patient_id, doctor_id, seq, rev, sender_id, body, patient_total, doctor_total)
						select gen_random_uuid(), id, patient_id, doctor_id, last_seq, rev, patient_id, 'Late', 0, 0
						from conversation where ${check}.care_is_open(patient_id, doctor_id)`,
						[care.conversation],
					)
					.execute();
				await vi.waitUntil(async () => {
					const [{ waits }] = await owner<[{ waits: boolean }]>`
						select cardinality(pg_blocking_pids(${pid})) > 0 as waits`;
					return waits;
				}, 10_000);
			});
			await sending;
			sender.release();
			const closing = (await messagesOf(care)).findIndex((message) => message.body === 'care_closed');
			return (await messagesOf(care)).length - closing - 1;
		}
		expect(await sendWhileCancelling('stable_check')).toBe(1);
		expect(await sendWhileCancelling('private')).toBe(0);
	});
});

afterAll(() => owner.unsafe('drop schema if exists stable_check cascade'));
