/** Who may join and write which topic, asked as Realtime asks. */
import postgres from 'postgres';
import { afterAll, describe, expect, inject, test } from 'vitest';
import {
	type Care,
	type Person,
	become,
	call,
	makeAdmin,
	makeCare,
	makeDoctor,
	makePatient,
	refusalOf,
	suspend,
	trying,
} from './actors.ts';

const platform = postgres(inject('stack').adminDbUrl, { max: 4, onnotice: () => undefined });
afterAll(() => platform.end());

const cancel = (care: Care) => call(care.doctor, 'cancel_appointment', { appointment: care.appointment });

/** What Realtime finds when it puts probe rows through the policies and rolls them back. */
async function permissions(person: Person | null, topic: string): Promise<string> {
	const rollback = new Error('rolled back on purpose');
	const found: string[] = [];
	const asPerson = async (transaction: postgres.TransactionSql) => {
		await become(transaction as never, person);
		await transaction`select set_config('realtime.topic', ${topic}, true)`;
	};
	await platform
		.begin(async (transaction) => {
			const probes = await transaction<{ id: string; extension: string }[]>`
				insert into realtime.messages (topic, extension)
				values (${topic}, 'broadcast'), (${topic}, 'presence') returning id, extension`;
			await asPerson(transaction);
			const seen = await transaction<{ id: string }[]>`
				select id from realtime.messages where id = any (${probes.map((probe) => probe.id)}::uuid[])`;
			for (const { id, extension } of probes)
				if (seen.some((row) => row.id === id)) found.push(`read ${extension}`);
			for (const { extension } of probes)
				await transaction
					.savepoint(
						(nested) =>
							nested`insert into realtime.messages (topic, extension) values (${topic}, ${extension})`,
					)
					.then(() => found.push(`write ${extension}`))
					.catch((error: unknown) => {
						if (!(error instanceof postgres.PostgresError) || error.code !== '42501') throw error;
					});
			throw rollback;
		})
		.catch((error: unknown) => {
			if (error !== rollback) throw error;
		});
	return found.join(', ') || 'nothing';
}

const activity = 'read broadcast, read presence, write broadcast, write presence';

describe('a topic', () => {
	test('of a conversation is heard by its two people and written by nobody', async () => {
		const care = await makeCare();
		const topic = `conversation:${care.conversation}:1`;
		for (const member of [care.patient, care.doctor])
			expect(await permissions(member, topic)).toBe('read broadcast');
		for (const stranger of [await makePatient(), await makeDoctor(), await makeAdmin(), null])
			expect(await permissions(stranger, topic)).toBe('nothing');
	});

	test('of activity is heard and written by the two', async () => {
		const care = await makeCare();
		const topic = `activity:${care.conversation}:1`;
		for (const member of [care.patient, care.doctor]) expect(await permissions(member, topic)).toBe(activity);
		for (const stranger of [await makePatient(), await makeDoctor(), await makeAdmin(), null])
			expect(await permissions(stranger, topic)).toBe('nothing');
	});

	test('of a person is heard by that person and written by nobody', async () => {
		const care = await makeCare();
		expect(await permissions(care.patient, `user:${care.patient.id}`)).toBe('read broadcast');
		for (const other of [care.doctor, await makeAdmin(), null])
			expect(await permissions(other, `user:${care.patient.id}`)).toBe('nothing');
	});

	test('is dead for everybody once care has closed, the old epoch and the new', async () => {
		const care = await makeCare();
		await cancel(care);
		for (const member of [care.patient, care.doctor])
			for (const kind of ['conversation', 'activity'])
				for (const epoch of [1, 2])
					expect(await permissions(member, `${kind}:${care.conversation}:${epoch}`)).toBe('nothing');
		await makeCare(care);
		expect(await permissions(care.patient, `activity:${care.conversation}:1`)).toBe('nothing');
		expect(await permissions(care.patient, `activity:${care.conversation}:2`)).toBe(activity);
	});

	test('is dead for the suspended, their own too', async () => {
		const care = await makeCare();
		await suspend(care.patient);
		for (const topic of [
			`conversation:${care.conversation}:1`,
			`activity:${care.conversation}:1`,
			`user:${care.patient.id}`,
		])
			expect(await permissions(care.patient, topic)).toBe('nothing');
		expect(await permissions(care.doctor, `activity:${care.conversation}:1`)).toBe(activity);
	});

	test('with a crafted name gives nothing and raises nothing', async () => {
		const care = await makeCare();
		const id = care.conversation;
		for (const topic of [
			'',
			':',
			'conversation',
			'conversation::',
			`conversation:${id}`,
			`conversation:${id}:`,
			`conversation:${id}:01`,
			`conversation:${id}:-1`,
			`conversation:${id}:1.0`,
			`conversation:${id}:1 `,
			`conversation:${id}:1\n`,
			`\nconversation:${id}:1`,
			`conversation:${id}:1:1`,
			`conversation:${id}:99999999999999999999`,
			`conversation:${id}:999999999`,
			`conversation:${id.toUpperCase()}:1`,
			`conversation:{${id}}:1`,
			`conversation:${id.replaceAll('-', '')}:1`,
			`Conversation:${id}:1`,
			`xconversation:${id}:1`,
			`conversation:not-a-uuid:1`,
			`activity:${id}:0`,
			`activity:${id}:%`,
			`activity:${id}:1'; select 1; --`,
			`user:`,
			`user:${care.patient.id.toUpperCase()}`,
			`user:${care.patient.id} `,
			`user:%`,
			`notes:${id}:1`,
			'x'.repeat(10_000),
		])
			expect([topic, await permissions(care.patient, topic)]).toEqual([topic, 'nothing']);
	});

	test('bites: with a looser policy a member could forge messages on the topic that carries them', async () => {
		const care = await makeCare();
		const topic = `conversation:${care.conversation}:1`;
		const forge = (policy: string) =>
			trying(async (transaction) => {
				if (policy) await transaction.unsafe(policy);
				await become(transaction, care.patient);
				await transaction`insert into realtime.messages (topic, extension) values (${topic}, 'broadcast')`;
			});
		expect(await refusalOf(forge(''))).toBe('42501');
		const looser = `alter policy "Members write on activity topics only" on realtime.messages
			with check (private.topic_scope(topic) is not null)`;
		expect(await refusalOf(forge(looser))).toBe('allowed');
	});
});
