/** What clients rebuild their state from: the list, the changes and the pulse. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
	type Care,
	type Changes,
	type Member,
	type Person,
	as,
	call,
	makeCare,
	makeDoctor,
	makePatient,
	messagesOf,
	owner,
	refusalOf,
	rowsOf,
	send,
} from './actors.ts';

interface Row {
	id: string;
	other_id: string;
	other_name: string;
	other_role: string;
	other_specialty: string | null;
	rev: number;
	last_seq: number;
	care_open: boolean;
	last_message_body: string;
	last_message_kind: string;
	last_message_sender_id: string | null;
	unread: number;
	waiting_since: Date | null;
	my_read_seq: number;
	other_read_seq: number;
	other_delivered_seq: number;
	cursor: string;
}

const list = (person: Person, parameters: Record<string, string | number | null> = {}) =>
	as(person, (transaction) => rowsOf<Row>(transaction, 'list_conversations', parameters));

async function changes(
	person: Person,
	conversation: string,
	rev: number,
	pageSize?: number,
): Promise<Changes> {
	const parameters = { conversation, rev, ...(pageSize && { page_size: pageSize }) };
	return (await call<{ changes_since: Changes }>(person, 'changes_since', parameters)).changes_since;
}

describe('changes_since', () => {
	test('answers with everything that a client needs, in one snapshot', async () => {
		const { patient, doctor, conversation } = await makeCare();
		await send(patient, conversation);
		await call(doctor, 'mark_read', { conversation, seq: 2 });
		const answer = await changes(patient, conversation, 0);
		expect(answer).toMatchObject({ rev: 2, last_seq: 2, epoch: 1, care_open: true, more: false });
		expect(answer.messages.map((message) => message.rev)).toEqual([1, 2]);
		expect(answer.messages[1]).toMatchObject({ sender_id: patient.id, attachments: [], patient_total: 1 });
		const receipts = Object.fromEntries(
			answer.members.map((member: Member) => [member.user_id, member.read_seq]),
		);
		expect(receipts).toEqual({ [patient.id]: 0, [doctor.id]: 2 });
		expect((await changes(patient, conversation, 2)).messages).toEqual([]);
	});

	test('pages, and says whether there is more', async () => {
		const { patient, conversation } = await makeCare();
		for (const _ of Array.from({ length: 6 })) await send(patient, conversation);
		const first = await changes(patient, conversation, 0, 3);
		expect(first).toMatchObject({ rev: 7, more: true });
		expect(first.messages.map((message) => message.rev)).toEqual([1, 2, 3]);
		const second = await changes(patient, conversation, 3, 4);
		expect(second.more).toBe(false);
		expect(second.messages.map((message) => message.rev)).toEqual([4, 5, 6, 7]);
		expect((await changes(patient, conversation, 0, -1)).messages).toHaveLength(1);
	});

	test('is refused alike for a foreign conversation and for none', async () => {
		const { conversation } = await makeCare();
		for (const stranger of [await makePatient(), await makeDoctor()])
			for (const id of [conversation, randomUUID()])
				expect(await refusalOf(changes(stranger, id, 0))).toBe('PT404 not_a_member');
	});

	test('lets a follower who pages beside eight writers miss nothing', async () => {
		const care = await makeCare();
		const { patient, doctor, conversation } = care;
		let isWriting = true;
		const writing = Promise.all(
			Array.from({ length: 8 }, async (_, writer) => {
				for (const round of Array.from({ length: 30 }).keys())
					await send(writer % 2 ? patient : doctor, conversation, `${writer}/${round}`);
			}),
		).then(() => (isWriting = false));
		const seen: number[] = [];
		for (let cursor = 0, isLast = false; !isLast;) {
			isLast = !isWriting;
			for (let more = true; more;) {
				const page = await changes(patient, conversation, cursor, 7);
				seen.push(...page.messages.map((message) => message.seq));
				more = page.more;
				cursor = more ? (page.messages.at(-1)?.rev ?? cursor) : page.rev;
			}
		}
		await writing;
		expect(seen).toEqual((await messagesOf(care)).map((message) => message.seq));
		expect(seen).toHaveLength(241);
	});
});

describe('list_conversations', () => {
	/** A doctor with three patients: Ana waits longest, Bé has written last, Çelik is answered. */
	async function makeInbox() {
		const doctor = await makeDoctor('Dr. Inbox');
		const cares: Record<string, Care> = {};
		for (const name of ['Ana Sá', 'Bé Nguyễn Đức', 'Çelik'])
			cares[name] = await makeCare({ doctor, patient: await makePatient({ display_name: name }) });
		const [ana, be, celik] = Object.values(cares) as [Care, Care, Care];
		await send(ana.patient, ana.conversation, 'First');
		await send(celik.patient, celik.conversation, 'Question');
		await send(celik.doctor, celik.conversation, 'Answer');
		await send(be.patient, be.conversation, 'Last');
		await send(be.patient, be.conversation, 'Very last');
		return { doctor, ana, be, celik };
	}
	const names = (rows: Row[]) => rows.map((row) => row.other_name.split(' ')[0]);

	test('shows each side the other, the last message and what is unread', async () => {
		const { doctor, be } = await makeInbox();
		await call(doctor, 'mark_delivered', { conversation: be.conversation, seq: 3 });
		const [mine] = await list(be.patient);
		expect(mine).toMatchObject({
			id: be.conversation,
			kind: 'care',
			other_id: doctor.id,
			other_name: 'Dr. Inbox',
			other_role: 'doctor',
			other_specialty: 'General practice',
			rev: 3,
			last_seq: 3,
			epoch: 1,
			care_open: true,
			last_message_kind: 'text',
			last_message_body: 'Very last',
			last_message_sender_id: be.patient.id,
			unread: 0,
			my_read_seq: 0,
			other_read_seq: 0,
			other_delivered_seq: 3,
		});
		const [theirs] = await list(doctor);
		expect(theirs).toMatchObject({
			other_id: be.patient.id,
			other_role: 'patient',
			other_specialty: null,
			unread: 2,
		});
		expect(theirs?.waiting_since).not.toBeNull();
	});

	test('filters and sorts', async () => {
		const { doctor, be } = await makeInbox();
		expect(names(await list(doctor))).toEqual(['Bé', 'Çelik', 'Ana']);
		expect(names(await list(doctor, { sort: 'waiting' }))).toEqual(['Ana', 'Bé', 'Çelik']);
		expect(names(await list(doctor, { filter: 'waiting' }))).toEqual(['Bé', 'Ana']);
		await call(doctor, 'mark_read', { conversation: be.conversation, seq: 3 });
		expect(names(await list(doctor, { sort: 'unread' }))).toEqual(['Çelik', 'Ana', 'Bé']);
		expect(names(await list(doctor, { filter: 'unread' }))).toEqual(['Çelik', 'Ana']);
		expect(await refusalOf(list(doctor, { filter: 'secret' }))).toBe('22023');
		expect(await refusalOf(list(doctor, { before: 'nonsense' }))).toBe('22023');
	});

	test('finds a person by any part of the name, without case and accents', async () => {
		const { doctor } = await makeInbox();
		for (const [search, found] of [
			['duc', ['Bé']],
			['NGUYEN', ['Bé']],
			['çel', ['Çelik']],
			[' sa ', ['Ana']],
			['%', []],
			['_', []],
			['', ['Bé', 'Çelik', 'Ana']],
		] as const)
			expect([search, names(await list(doctor, { search }))]).toEqual([search, found]);
	});

	test('pages by its cursor through every sort, each row once', async () => {
		const { doctor } = await makeInbox();
		for (const sort of ['recent', 'unread', 'waiting']) {
			const whole = await list(doctor, { sort });
			const paged: Row[] = [];
			for (let before: string | null = null; ;) {
				const page: Row[] = await list(doctor, { sort, before, page_size: 1 });
				if (!page[0]) break;
				paged.push(page[0]);
				before = page[0].cursor;
			}
			expect(paged).toEqual(whole);
		}
	});

	test('shows a stranger nothing, and a conversation whose care has closed as closed', async () => {
		const care = await makeCare();
		expect(await list(await makePatient())).toEqual([]);
		await call(care.doctor, 'complete_appointment', { appointment: care.appointment });
		expect(await list(care.patient)).toMatchObject([{ care_open: false, last_message_kind: 'system' }]);
	});
});

describe('pulse', () => {
	const pulse = async (person: Person, conversations: string[]) =>
		(
			await call<{
				pulse: {
					conversations: { id: string; other_last_seen_at: string | null }[];
					unread_messages: number;
				};
			}>(person, 'pulse', { conversations })
		).pulse;

	test("tells of the caller's conversations, leaves out the others, and marks the caller as seen", async () => {
		const [care, foreign] = [await makeCare(), await makeCare()];
		await send(care.doctor, care.conversation);
		const before = await pulse(care.patient, [care.conversation, foreign.conversation, randomUUID()]);
		expect(before).toEqual({
			conversations: [
				{ id: care.conversation, rev: 2, last_seq: 2, epoch: 1, care_open: true, other_last_seen_at: null },
			],
			unread_messages: 1,
			unread_notifications: 0,
		});
		await pulse(care.doctor, []);
		const after = await pulse(care.patient, [care.conversation]);
		expect(after.conversations[0]?.other_last_seen_at).toBeTypeOf('string');
		const [profile] = await owner`select last_seen_at from public.profiles where id = ${care.patient.id}`;
		expect(profile?.last_seen_at).toBeInstanceOf(Date);
	});

	test('takes at most fifty ids', async () => {
		const patient = await makePatient();
		const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
		expect(await refusalOf(pulse(patient, ids(50)))).toBe('allowed');
		expect(await refusalOf(pulse(patient, ids(51)))).toBe('PT400 too_long');
	});
});
