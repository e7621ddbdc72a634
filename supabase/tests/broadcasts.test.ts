/** What the database says on the live topics, and to whom. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
	type Care,
	type Message,
	type Person,
	become,
	call,
	makeCare,
	makeDoctor,
	makePatient,
	owner,
	request,
	send,
	suspend,
} from './actors.ts';

const cancel = (care: Care) => call(care.doctor, 'cancel_appointment', { appointment: care.appointment });

interface Event {
	topic: string;
	event: string;
	payload: Record<string, unknown>;
}

/** What the database has said on the topics of this pair, while `work` ran. */
async function eventsOf(
	pair: { patient: Person; doctor: Person; conversation?: string },
	work: () => Promise<unknown>,
): Promise<Event[]> {
	const heard = async () => owner<(Event & { id: string })[]>`
		select id, topic, event, payload from realtime.messages
		where private and extension = 'broadcast' and (
			topic in (${`user:${pair.patient.id}`}, ${`user:${pair.doctor.id}`})
			or topic like ${`conversation:${pair.conversation ?? 'none'}:%`}
			or topic like ${`activity:${pair.conversation ?? 'none'}:%`}
		)
		order by topic, event`;
	const before = new Set((await heard()).map((event) => event.id));
	await work();
	return (await heard())
		.filter((event) => !before.has(event.id))
		.map(({ topic, event, payload }) => ({ topic, event, payload }));
}

const appointmentKeys = ['doctor_id', 'ends_at', 'id', 'patient_id', 'starts_at', 'status'];
const keysOf = (event: Event | undefined) =>
	Object.keys(event?.payload ?? {})
		.filter((key) => appointmentKeys.includes(key) || key !== 'id')
		.sort();
const summary = (events: Event[]) => events.map(({ topic, event }) => `${event} on ${topic}`);

describe('the database', () => {
	test('tells both of a request, with the fields of the contract', async () => {
		const [patient, doctor] = [await makePatient(), await makeDoctor()];
		let appointment = '';
		const events = await eventsOf({ patient, doctor }, async () => {
			appointment = await request(patient, doctor);
		});
		expect(summary(events)).toEqual(
			[`appointment_changed on user:${patient.id}`, `appointment_changed on user:${doctor.id}`].sort(byTopic),
		);
		expect(keysOf(events[0])).toEqual(appointmentKeys);
		expect(events[0]?.payload).toMatchObject({
			id: appointment,
			patient_id: patient.id,
			doctor_id: doctor.id,
			status: 'requested',
		});
	});

	test('sends a message as the row with its attachments, and its news to both people', async () => {
		const care = await makeCare();
		let sent: Message | undefined;
		const events = await eventsOf(care, async () => {
			sent = await send(care.patient, care.conversation, 'Live');
		});
		expect(summary(events)).toEqual([
			`message_changed on conversation:${care.conversation}:1`,
			...userTopics(care).map((topic) => `conversation_changed on ${topic}`),
		]);
		const [row] = await owner<[{ row: Record<string, unknown> }]>`
			select to_jsonb(m) as row from public.messages m where id = ${sent?.id ?? ''}`;
		expect(events[0]?.payload).toEqual({ ...row.row, attachments: [] });
		const news = { id: care.conversation, rev: 2, last_seq: 2, epoch: 1, care_open: true };
		expect(events.slice(1).map((event) => event.payload)).toEqual([news, news]);
	});

	test('says nothing twice when a message is sent twice, and nothing when it is refused', async () => {
		const care = await makeCare();
		const sent = await send(care.patient, care.conversation, 'Once');
		const events = await eventsOf(care, async () => {
			await send(care.patient, care.conversation, 'Once', sent.id);
			await send(care.patient, care.conversation, ' ').catch(() => undefined);
		});
		expect(events).toEqual([]);
	});

	test('sends a receipt, and tells the reader what is read', async () => {
		const care = await makeCare();
		await send(care.doctor, care.conversation);
		const delivered = await eventsOf(care, () =>
			call(care.patient, 'mark_delivered', { conversation: care.conversation, seq: 2 }),
		);
		expect(summary(delivered)).toEqual([`receipt_changed on conversation:${care.conversation}:1`]);
		const read = await eventsOf(care, () =>
			call(care.patient, 'mark_read', { conversation: care.conversation, seq: 2 }),
		);
		expect(summary(read)).toEqual([
			`receipt_changed on conversation:${care.conversation}:1`,
			`conversation_changed on user:${care.patient.id}`,
		]);
		const { id, ...receipt } = read[0]?.payload ?? {};
		expect(id).toBeTypeOf('string');
		expect(receipt).toEqual({
			conversation_id: care.conversation,
			user_id: care.patient.id,
			delivered_seq: 2,
			delivered_at: delivered[0]?.payload.delivered_at,
			read_seq: 2,
			read_at: expect.any(String),
		});
		const again = await eventsOf(care, () =>
			call(care.patient, 'mark_read', { conversation: care.conversation, seq: 1 }),
		);
		expect(again).toEqual([]);
	});

	test("tells of the end of care on the people's own topics only", async () => {
		const care = await makeCare();
		const events = await eventsOf(care, () => cancel(care));
		expect(summary(events).sort()).toEqual(
			userTopics(care)
				.flatMap((topic) => [`appointment_changed on ${topic}`, `conversation_changed on ${topic}`])
				.sort(),
		);
		expect(events.find((event) => event.event === 'conversation_changed')?.payload).toEqual({
			id: care.conversation,
			rev: 2,
			last_seq: 2,
			epoch: 2,
			care_open: false,
		});
		const afterwards = await eventsOf(care, () =>
			call(care.patient, 'mark_read', { conversation: care.conversation, seq: 2 }),
		);
		expect(summary(afterwards)).toEqual([`conversation_changed on user:${care.patient.id}`]);
	});

	test('tells of the opening line when an appointment is accepted', async () => {
		const care = await makeCare();
		const second = await request(care.patient, care.doctor);
		const events = await eventsOf(care, () =>
			call(care.doctor, 'answer_appointment', { appointment: second, accept: true }),
		);
		expect(summary(events).sort()).toEqual(
			[
				`message_changed on conversation:${care.conversation}:1`,
				...userTopics(care).flatMap((topic) => [
					`appointment_changed on ${topic}`,
					`conversation_changed on ${topic}`,
				]),
			].sort(),
		);
	});

	test('sends nothing to the topic of a suspended person', async () => {
		const care = await makeCare();
		await suspend(care.patient);
		const events = await eventsOf(care, () => send(care.doctor, care.conversation));
		expect(summary(events)).toEqual([
			`message_changed on conversation:${care.conversation}:1`,
			`conversation_changed on user:${care.doctor.id}`,
		]);
	});

	test('lets no person send on a topic by calling realtime.send()', async () => {
		const care = await makeCare();
		const events = await eventsOf(care, () =>
			owner.begin(async (transaction) => {
				await become(transaction, care.patient);
				for (const topic of [`conversation:${care.conversation}:1`, `user:${care.doctor.id}`])
					await transaction`select realtime.send(${owner.json({ id: randomUUID() })}, 'message_changed', ${topic}, true)`;
			}),
		);
		expect(events).toEqual([]);
	});
});

function byTopic(a: string, b: string): number {
	return a < b ? -1 : 1;
}

function userTopics(care: Care): string[] {
	return [`user:${care.patient.id}`, `user:${care.doctor.id}`].sort(byTopic);
}
