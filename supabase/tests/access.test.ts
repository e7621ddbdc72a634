/** What the API's roles may do at all, read from the catalogue, so that a new table or function cannot be forgotten. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
	type Care,
	type Person,
	apiRoles,
	as,
	become,
	callIn,
	makeAdmin,
	makeCare,
	makeDoctor,
	makePatient,
	owner,
	refusalOf,
	request,
	send,
	trying,
} from './actors.ts';

const tables = (
	await owner<{ name: string }[]>`
		select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
		order by relname`
).map(({ name }) => name);

/** Everything that a stranger would like to see: a conversation, an open request, receipts. */
async function makeClinic(): Promise<Care> {
	const care = await makeCare();
	await send(care.patient, care.conversation, 'Between the two of us');
	await request(care.patient, await makeDoctor());
	return care;
}

/** How many rows about this pair that person sees, by table. */
async function seen(person: Person | null, care: Care): Promise<Record<string, number | string>> {
	const counts: Record<string, number | string> = {};
	const about: Record<string, string> = {
		appointments: 'patient_id = $1',
		conversation_members: 'user_id in ($1, $2)',
		conversations: 'patient_id = $1',
		doctors: 'profile_id = $2',
		messages: 'patient_id = $1',
		profiles: 'id in ($1, $2)',
	};
	for (const table of tables) {
		const which = about[table];
		if (!which) throw new Error(`Say here which rows of "${table}" are about a pair.`);
		const outcome = await refusalOf(
			as(person, async (transaction) => {
				const [row] = await transaction.unsafe(
					`select count(*) from public.${table} where ${which} and ($1::uuid, $2::uuid) is not null`,
					[care.patient.id, care.doctor.id],
				);
				counts[table] = row?.count as number;
			}),
		);
		if (outcome !== 'allowed') counts[table] = outcome;
	}
	return counts;
}

describe('reading', () => {
	test('the two people see what is theirs', async () => {
		const care = await makeClinic();
		expect(await seen(care.patient, care)).toEqual({
			appointments: 2,
			conversation_members: 1,
			conversations: 1,
			doctors: 1,
			messages: 2,
			profiles: 2,
		});
		expect(await seen(care.doctor, care)).toEqual({
			appointments: 1,
			conversation_members: 1,
			conversations: 1,
			doctors: 1,
			messages: 2,
			profiles: 2,
		});
	});

	test('a stranger sees the directory of doctors and nothing else', async () => {
		const care = await makeClinic();
		const nothing = { appointments: 0, conversation_members: 0, conversations: 0, messages: 0 };
		for (const stranger of [await makePatient(), await makeDoctor()])
			expect(await seen(stranger, care)).toEqual({ ...nothing, doctors: 1, profiles: 1 });
		expect(await seen(await makeAdmin(), care)).toEqual({ ...nothing, doctors: 1, profiles: 2 });
	});

	test('who has not signed in sees nothing at all', async () => {
		const care = await makeClinic();
		const refused = Object.fromEntries(tables.map((table) => [table, '42501']));
		expect(await seen(null, care)).toEqual(refused);
	});

	test('a patient sees neither other patients nor other people of the same doctor', async () => {
		const doctor = await makeDoctor();
		const [one, two] = [await makeCare({ doctor }), await makeCare({ doctor })];
		const visible = await as(
			one.patient,
			(transaction) =>
				transaction`select id from public.profiles where id in (${one.patient.id}, ${two.patient.id}, ${doctor.id})`,
		);
		expect(visible.map((row) => row.id as string).sort()).toEqual([one.patient.id, doctor.id].sort());
	});

	test('bites: each of these policies, loosened, lets a stranger see', async () => {
		const care = await makeClinic();
		const stranger = await makePatient();
		const policies = await owner<{ table: string; name: string }[]>`
			select tablename as table, policyname as name from pg_policies
			where schemaname = 'public' and cmd = 'SELECT' and roles = '{authenticated}' and tablename <> 'doctors'`;
		expect(policies.map((policy) => policy.table).sort()).toEqual(
			tables.filter((table) => table !== 'doctors'),
		);
		for (const { table, name } of policies) {
			const count = await trying(async (transaction) => {
				await transaction.unsafe(`alter policy "${name}" on public.${table} using (true)`);
				await become(transaction, stranger);
				const column = { profiles: 'id', conversation_members: 'user_id' }[table] ?? 'patient_id';
				const [row] = await transaction.unsafe(`select count(*) from public.${table} where ${column} = $1`, [
					care.patient.id,
				]);
				return row?.count as number;
			});
			expect([table, count > 0]).toEqual([table, true]);
		}
	});

	test('bites: without the policy on messages the rule does not hold', async () => {
		const care = await makeCare();
		await as(care.doctor, (transaction) =>
			callIn(transaction, 'cancel_appointment', { appointment: care.appointment }),
		);
		const late = { conversation: care.conversation, id: randomUUID(), body: 'Late' };
		const attempt = (loosened: boolean) =>
			trying(async (transaction) => {
				if (loosened)
					await transaction`alter policy "Messages are written while care is open" on public.messages with check (true)`;
				await become(transaction, care.patient);
				return callIn(transaction, 'send_message', late);
			});
		expect(await refusalOf(attempt(false))).toBe('PT403 care_closed');
		expect(await refusalOf(attempt(true))).toBe('allowed');
	});
});

describe('writing', () => {
	test('no API role may write a table, but for four columns of the own profile', async () => {
		const granted = await owner`
			select c.relname as table, r.role, p.privilege
			from pg_class c,
				unnest(${apiRoles}::text[]) r (role),
				unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']) p (privilege)
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
				and has_table_privilege(r.role, c.oid, p.privilege)`;
		expect([...granted]).toEqual([]);
		const columns = await owner`
			select c.relname || '.' || a.attname as name, r.role
			from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
				unnest(${apiRoles}::text[]) r (role), unnest(array['INSERT', 'UPDATE', 'REFERENCES']) p (privilege)
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
				and has_column_privilege(r.role, c.oid, a.attnum, p.privilege)
			order by 1`;
		expect([...columns]).toEqual(
			['display_name', 'locale', 'theme', 'time_zone'].map((name) => ({
				name: `profiles.${name}`,
				role: 'authenticated',
			})),
		);
	});

	test('no name and nothing that people wrote is in the statistics, whose estimates everybody is shown', async () => {
		await makeClinic();
		await owner`analyze public.profiles, public.messages, public.appointments`;
		const known = await owner`
			select tablename, attname from pg_stats
			where schemaname = 'public' and attname in ('display_name', 'body', 'reason', 'status_reason')`;
		expect([...known]).toEqual([]);
		const some = await owner`select from pg_stats where schemaname = 'public' and tablename = 'messages'`;
		expect(some.length).toBeGreaterThan(0);
	});

	test('people change four fields of their own profile and nothing of another', async () => {
		const [person, other] = [await makePatient(), await makePatient()];
		const update = (set: string, id: string) =>
			as(person, (transaction) =>
				transaction.unsafe(`update public.profiles set ${set} where id = $1 returning id`, [id]),
			);
		expect(
			await update(
				`display_name = 'Hà', locale = 'vi', time_zone = 'Asia/Ho_Chi_Minh', theme = 'dark'`,
				person.id,
			),
		).toHaveLength(1);
		expect(await update(`display_name = 'Mallory'`, other.id)).toHaveLength(0);
		for (const forbidden of [
			`role = 'admin'`,
			`role = 'doctor'`,
			'suspended_at = null',
			'last_seen_at = now()',
			`avatar_path = 'x'`,
		])
			expect(await refusalOf(update(forbidden, person.id))).toBe('42501');
		for (const wrong of [
			`display_name = ''`,
			`display_name = ' x'`,
			`display_name = U&'\\202Ex'`, // turns the text around it
			`display_name = U&'\\200B'`, // cannot be seen
			`display_name = U&'\\00A0\\200D'`,
			`display_name = repeat('x', 81)`,
			`theme = 'pink'`,
			`time_zone = ''`,
			`locale = '<b>'`,
		])
			expect(await refusalOf(update(wrong, person.id))).toBe('23514');
	});
});
