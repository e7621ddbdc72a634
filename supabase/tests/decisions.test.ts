/** Decisions on care that are made twice or at once. */
import { expect, test } from 'vitest';
import {
	type Appointment,
	type Care,
	type Conversation,
	accept,
	call,
	conversationOf,
	freeSlot,
	makeCare,
	makeDoctor,
	makePatient,
	messagesOf,
	owner,
	refusalOf,
	request,
	send,
} from './actors.ts';

const many = (count: number) => Array.from({ length: count }, (_, index) => index);
const tally = (outcomes: string[]) =>
	Object.fromEntries(
		Object.entries(Object.groupBy(outcomes, (it) => it)).map(([key, list]) => [key, list?.length]),
	);
const cancel = (care: Care, appointment = care.appointment, by = care.doctor) =>
	call<Appointment>(by, 'cancel_appointment', { appointment });

test('accepting ten times at once opens one conversation with one line', async () => {
	const [patient, doctor] = [await makePatient(), await makeDoctor()];
	const appointment = await request(patient, doctor);
	const outcomes = await Promise.all(many(10).map(() => refusalOf(accept(doctor, appointment))));
	expect(tally(outcomes)).toEqual({ allowed: 1, 'PT409 wrong_state': 9 });
	const conversations = await owner<
		Conversation[]
	>`select * from public.conversations where patient_id = ${patient.id}`;
	expect(conversations).toMatchObject([{ last_seq: 1, rev: 1, epoch: 1 }]);
});

test('accepting two appointments of a new pair at once opens one conversation', async () => {
	for (const _ of many(20)) {
		const [patient, doctor] = [await makePatient(), await makeDoctor()];
		const appointments = await Promise.all([request(patient, doctor), request(patient, doctor)]);
		await Promise.all(appointments.map((appointment) => accept(doctor, appointment)));
		const conversations = await owner<
			Conversation[]
		>`select * from public.conversations where patient_id = ${patient.id}`;
		expect(conversations).toMatchObject([{ last_seq: 2, rev: 2 }]);
	}
});

test('fifty starts at once, from both sides, find one conversation with two members', async () => {
	const [patient, doctor] = [await makePatient(), await makeDoctor()];
	const slot = freeSlot();
	await owner`insert into public.appointments (patient_id, doctor_id, status, starts_at, ends_at)
		values (${patient.id}, ${doctor.id}, 'accepted', ${slot.starts_at}, ${slot.ends_at})`;
	const rows = await Promise.all(
		many(50).map((index) =>
			call<Conversation>(index % 2 ? patient : doctor, 'start_conversation', {
				with_user: index % 2 ? doctor.id : patient.id,
			}),
		),
	);
	expect(new Set(rows.map((row) => row.id)).size).toBe(1);
	const [members] = await owner<[{ count: number }]>`
		select count(*) from public.conversation_members where conversation_id = ${rows[0]?.id ?? ''}`;
	expect(members.count).toBe(2);
});

test(
	'two accepted appointments cancelled at once close care and move the epoch once',
	{ timeout: 120_000 },
	async () => {
		for (const _ of many(30)) {
			const care = await makeCare();
			const second = await request(care.patient, care.doctor);
			await accept(care.doctor, second);
			await Promise.all([cancel(care), cancel(care, second, care.patient)]);
			expect(await conversationOf(care)).toMatchObject({ epoch: 2 });
			expect((await messagesOf(care)).filter((line) => line.body === 'care_closed')).toHaveLength(1);
		}
	},
);

test('a doctor who accepts many overlapping requests at once takes one and deadlocks with none', async () => {
	const doctor = await makeDoctor();
	const slot = freeSlot();
	const requests = await Promise.all(many(10).map(async () => request(await makePatient(), doctor, slot)));
	const outcomes = await Promise.all(requests.map((appointment) => refusalOf(accept(doctor, appointment))));
	expect(tally(outcomes)).toEqual({ allowed: 1, 'PT409 slot_taken': 9 });
});

test('sends, receipts, acceptances and cancellations of one pair go on beside each other without a deadlock', async () => {
	const care = await makeCare();
	const { patient, doctor, conversation } = care;
	const outcomes = await Promise.all([
		...many(60).map((index) => refusalOf(send(index % 2 ? patient : doctor, conversation))),
		...many(40).map((index) =>
			refusalOf(call(index % 2 ? patient : doctor, 'mark_read', { conversation, seq: index })),
		),
		...many(20).map(async () => {
			const appointment = await request(patient, doctor);
			const accepted = await refusalOf(accept(doctor, appointment));
			return `${accepted}, ${await refusalOf(cancel(care, appointment, patient))}`;
		}),
		refusalOf(cancel(care)),
	]);
	for (const outcome of outcomes) expect(outcome).toMatch(/^(allowed|allowed, allowed|PT403 care_closed)$/);
	const { last_seq, rev, epoch } = await conversationOf(care);
	const lines = await messagesOf(care);
	expect(lines.map((line) => line.seq)).toEqual(many(last_seq).map((index) => index + 1));
	expect(rev).toBe(last_seq);
	expect(epoch).toBe(1 + lines.filter((line) => line.body === 'care_closed').length);
	expect(lines.at(-1)?.body).toBe('care_closed');
});
