/** Nobody talks without care: who may write in which state of the appointment. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
	type Appointment,
	type Care,
	type Conversation,
	type Message,
	type Person,
	accept,
	call,
	conversationOf,
	freeSlot,
	makeAdmin,
	makeCare,
	makeDoctor,
	makePatient,
	messagesOf,
	owner,
	refusalOf,
	request,
	send,
	suspend,
} from './actors.ts';

const start = (person: Person | null, withUser: Person) =>
	refusalOf(call(person, 'start_conversation', { with_user: withUser.id }));
const cancel = (person: Person | null, appointment: string) =>
	call<Appointment>(person, 'cancel_appointment', { appointment });
const answer = (person: Person | null, appointment: string, yes: boolean | null) =>
	call<Appointment>(person, 'answer_appointment', { appointment, accept: yes });
const complete = (person: Person | null, appointment: string) =>
	call<Appointment>(person, 'complete_appointment', { appointment });

/** Moves of the doctor that lead to each state. */
const ways: Record<string, (doctor: Person, appointment: string) => Promise<unknown>> = {
	requested: async () => undefined,
	accepted: (doctor, appointment) => answer(doctor, appointment, true),
	declined: (doctor, appointment) => answer(doctor, appointment, false),
	cancelled: (doctor, appointment) => cancel(doctor, appointment),
	'accepted, then cancelled': async (doctor, appointment) => {
		await answer(doctor, appointment, true);
		await cancel(doctor, appointment);
	},
	completed: async (doctor, appointment) => {
		await answer(doctor, appointment, true);
		await complete(doctor, appointment);
	},
};

describe.each(Object.keys(ways))('with an appointment that is %s', (state) => {
	async function arrange() {
		const patient = await makePatient();
		const doctor = await makeDoctor();
		const appointment = await request(patient, doctor);
		await ways[state]?.(doctor, appointment);
		return { patient, doctor, appointment };
	}
	const isOpen = state === 'accepted';
	const hasConversation = isOpen || state === 'accepted, then cancelled' || state === 'completed';

	test('only its two people start or write, and only while it is accepted', async () => {
		const { patient, doctor } = await arrange();
		const others = [await makePatient(), await makeDoctor(), await makeAdmin()];
		expect(await start(patient, doctor)).toBe(isOpen ? 'allowed' : 'PT403 care_closed');
		expect(await start(doctor, patient)).toBe(isOpen ? 'allowed' : 'PT403 care_closed');
		for (const other of others) {
			expect(await start(other, doctor)).toBe('PT403 care_closed');
			expect(await start(other, patient)).toBe('PT403 care_closed');
		}
		expect(await start(null, doctor)).toBe('42501');

		const conversations = await owner<
			Conversation[]
		>`select * from public.conversations where patient_id = ${patient.id}`;
		expect(conversations).toHaveLength(hasConversation ? 1 : 0);
		for (const { id } of conversations) {
			expect(await refusalOf(send(patient, id))).toBe(isOpen ? 'allowed' : 'PT403 care_closed');
			expect(await refusalOf(send(doctor, id))).toBe(isOpen ? 'allowed' : 'PT403 care_closed');
			for (const other of others) expect(await refusalOf(send(other, id))).toBe('PT404 not_a_member');
			expect(
				await refusalOf(call(null, 'send_message', { conversation: id, id: randomUUID(), body: 'Hi' })),
			).toBe('42501');
		}
	});

	test('each move is made by the side that may make it, from where it may be made', async () => {
		const { patient, doctor, appointment } = await arrange();
		const strangers = [await makePatient(), await makeDoctor(), await makeAdmin()];
		for (const person of [...strangers, patient]) {
			expect(await refusalOf(answer(person, appointment, true))).toBe('PT404 not_a_member');
			expect(await refusalOf(answer(person, appointment, false))).toBe('PT404 not_a_member');
			expect(await refusalOf(complete(person, appointment))).toBe('PT404 not_a_member');
		}
		for (const stranger of strangers)
			expect(await refusalOf(cancel(stranger, appointment))).toBe('PT404 not_a_member');
		for (const attempt of [cancel, complete])
			expect(await refusalOf(attempt(null, appointment))).toBe('42501');

		// No answer is not a "no".
		expect(await refusalOf(answer(doctor, appointment, null))).toBe('PT404 not_a_member');

		if (state !== 'requested') {
			expect(await refusalOf(answer(doctor, appointment, true))).toBe('PT409 wrong_state');
			expect(await refusalOf(answer(doctor, appointment, false))).toBe('PT409 wrong_state');
		}
		if (state !== 'accepted')
			expect(await refusalOf(complete(doctor, appointment))).toBe('PT409 wrong_state');
		const callable = state === 'requested' || state === 'accepted';
		expect(await refusalOf(cancel(patient, appointment))).toBe(callable ? 'allowed' : 'PT409 wrong_state');
	});
});

describe('care', () => {
	async function lines(care: Care): Promise<string[]> {
		return (await messagesOf(care)).filter((line) => line.kind === 'system').map((line) => line.body);
	}

	test('opens with a line of the system and closes with one, which moves the epoch', async () => {
		const care = await makeCare();
		expect(await conversationOf(care)).toMatchObject({ epoch: 1, last_seq: 1, rev: 1, patient_total: 0 });
		await send(care.patient, care.conversation);
		expect((await conversationOf(care)).waiting_since).not.toBeNull();
		await cancel(care.patient, care.appointment);
		expect(await lines(care)).toEqual(['appointment_accepted', 'care_closed']);
		expect(await conversationOf(care)).toMatchObject({ epoch: 2, last_seq: 3, rev: 3, waiting_since: null });
	});

	test('stays open until the last accepted appointment is gone, and opens again on the next', async () => {
		const care = await makeCare();
		const second = await request(care.patient, care.doctor);
		await accept(care.doctor, second);
		await cancel(care.doctor, care.appointment);
		expect(await conversationOf(care)).toMatchObject({ epoch: 1 });
		await send(care.doctor, care.conversation);
		await complete(care.doctor, second);
		expect(await conversationOf(care)).toMatchObject({ epoch: 2 });
		const third = await request(care.patient, care.doctor);
		await accept(care.doctor, third);
		expect(await conversationOf(care)).toMatchObject({ epoch: 2 });
		await send(care.patient, care.conversation);
		expect(await lines(care)).toEqual([
			'appointment_accepted',
			'appointment_accepted',
			'care_closed',
			'appointment_accepted',
		]);
	});

	test('stays open when the time of the appointment has passed', async () => {
		const care = await makeCare();
		await owner`update public.appointments
			set starts_at = now() - interval '40 days', ends_at = now() - interval '40 days' + interval '1 hour'
			where id = ${care.appointment}`;
		await expect(send(care.patient, care.conversation)).resolves.toMatchObject({ seq: 2 });
	});

	test('history stays readable to both after it has closed', async () => {
		const care = await makeCare();
		const sent = await send(care.patient, care.conversation, 'Before the end');
		await cancel(care.doctor, care.appointment);
		for (const person of [care.patient, care.doctor]) {
			const changes = await call<{ changes_since: { messages: Message[]; care_open: boolean } }>(
				person,
				'changes_since',
				{ conversation: care.conversation, rev: 0 },
			);
			expect(changes.changes_since.messages.map((message) => message.id)).toContain(sent.id);
			expect(changes.changes_since.care_open).toBe(false);
		}
	});

	test('a suspended person writes nothing', async () => {
		const care = await makeCare();
		const other = await makeDoctor();
		await suspend(care.patient);
		const { patient, conversation, appointment } = care;
		expect(await refusalOf(send(patient, conversation))).toBe('PT403 suspended');
		expect(await refusalOf(cancel(patient, appointment))).toBe('PT403 suspended');
		expect(await refusalOf(request(patient, other))).toBe('PT403 suspended');
		expect(await start(patient, care.doctor)).toBe('PT403 suspended');
		expect(await refusalOf(call(patient, 'mark_read', { conversation, seq: 1 }))).toBe('PT403 suspended');
		expect(await refusalOf(call(patient, 'mark_delivered', { conversation, seq: 1 }))).toBe(
			'PT403 suspended',
		);
		expect(await refusalOf(call(patient, 'pulse', { conversations: [] }))).toBe('PT403 suspended');
	});
});

describe('a request for an appointment', () => {
	test('comes from a patient and goes to a doctor who takes requests', async () => {
		const [patient, doctor, admin] = [await makePatient(), await makeDoctor(), await makeAdmin()];
		expect(await refusalOf(request(doctor, await makeDoctor()))).toBe('PT404 not_a_member');
		expect(await refusalOf(request(admin, doctor))).toBe('PT404 not_a_member');
		expect(await refusalOf(request(patient, await makePatient()))).toBe('PT404 not_a_member');
		expect(await refusalOf(request(patient, { id: randomUUID() }))).toBe('PT404 not_a_member');
		await owner`update public.doctors set accepting = false where profile_id = ${doctor.id}`;
		expect(await refusalOf(request(patient, doctor))).toBe('PT409 wrong_state');
	});

	test('is for a time that ends after it starts, in the next two years, within a day', async () => {
		const [patient, doctor] = [await makePatient(), await makeDoctor()];
		const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
		for (const [from, to] of [
			[at(2), at(1)],
			[at(2), at(2)],
			[at(-3), at(-2)],
			[at(1), at(30)],
			['-infinity', at(1)],
			[at(1), 'infinity'],
			// Past what JavaScript has a Date for: one request must not break the doctor's page.
			['200000-01-01 10:00Z', '200000-01-01 10:20Z'],
			[at(2 * 366 * 24), at(2 * 366 * 24 + 1)],
		] as const)
			expect(await refusalOf(request(patient, doctor, { starts_at: from, ends_at: to }))).toBe(
				'PT400 bad_time',
			);
		const tooMuch = { doctor: doctor.id, ...freeSlot(), reason: 'x'.repeat(501) };
		expect(await refusalOf(call(patient, 'request_appointment', tooMuch))).toBe('PT400 too_long');
	});

	test('is accepted only when the doctor has no other accepted one at that time', async () => {
		const doctor = await makeDoctor();
		const [one, two] = [await makePatient(), await makePatient()];
		const slot = freeSlot();
		const first = await request(one, doctor, slot);
		const second = await request(two, doctor, slot);
		await accept(doctor, first);
		expect(await refusalOf(accept(doctor, second))).toBe('PT409 slot_taken');
		await cancel(one, first);
		expect(await refusalOf(accept(doctor, second))).toBe('allowed');
		// The next one may start when this one ends.
		const next = {
			starts_at: slot.ends_at,
			ends_at: new Date(Date.parse(slot.ends_at) + 60_000).toISOString(),
		};
		expect(await refusalOf(accept(doctor, await request(one, doctor, next)))).toBe('allowed');
	});
});
