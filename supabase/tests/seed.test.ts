/** The demo clinic obeys the same invariants as what the functions write. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Transaction, owner, trying } from './actors.ts';

const seed = readFileSync(new URL('../seed.sql', import.meta.url), 'utf8');

// The stack has run it before; here again, which must change nothing.
beforeAll(() => owner.unsafe(seed).simple());

const person = (email: string) =>
	owner`
	select p.id, p.role, p.display_name from public.profiles p join auth.users u on u.id = p.id
	where u.email = ${email}`.then(([row]) => row);

async function accepted(email: string): Promise<string[]> {
	const rows = await owner`
		select d.email from public.appointments a
		join auth.users p on p.id = a.patient_id join auth.users d on d.id = a.doctor_id
		where a.status = 'accepted' and (p.email = ${email} or d.email = ${email})
		order by d.email`;
	return rows.map((row) => row.email as string);
}

describe('the demo clinic', () => {
	test('has the people of the contract', async () => {
		expect(await person('admin@bedside.test')).toMatchObject({ role: 'admin' });
		expect(await person('doctor1@bedside.test')).toMatchObject({
			role: 'doctor',
			display_name: 'Dr. Amara Osei',
		});
		expect(await person('doctor2@bedside.test')).toMatchObject({
			role: 'doctor',
			display_name: 'Dr. Linh Tran',
		});
		expect(await person('doctor3@bedside.test')).toMatchObject({
			role: 'doctor',
			display_name: 'Dr. Tomás Silva',
		});
		for (const nr of [1, 2, 3, 4, 5, 6, 7, 8])
			expect(await person(`patient${nr}@bedside.test`)).toMatchObject({ role: 'patient' });
	});

	test('has everybody sign in with the same password', async () => {
		const users = await owner`
			select email from auth.users
			where email like '%@bedside.test' and encrypted_password = extensions.crypt('bedside-demo-1', encrypted_password)
				and email_confirmed_at is not null
				and exists (select from auth.identities i where i.user_id = users.id and i.provider = 'email')`;
		expect(users).toHaveLength(12);
	});

	test('has the appointments of the contract', async () => {
		expect(await accepted('patient1@bedside.test')).toEqual(['doctor1@bedside.test', 'doctor2@bedside.test']);
		expect(await accepted('doctor3@bedside.test')).toEqual([]);
		const eighth = await person('patient8@bedside.test');
		expect(
			await owner`select from public.appointments where patient_id = ${eighth?.id as string}`,
		).toHaveLength(0);
	});

	test('keeps what people did since, when it is run again', async () => {
		const snapshot = (transaction: Transaction) => transaction`
			select md5(string_agg(line, '' order by line)) as sum from (
				select m::text as line from public.messages m where id::text like '019b0000-%'
				union all select c::text from public.conversations c where id::text like 'e0000000-%'
				union all select m::text from public.conversation_members m where conversation_id::text like 'e0000000-%'
				union all select a::text from public.appointments a where id::text like 'a0000000-%'
				union all select p::text from public.profiles p where id::text like '_0000000-%'
			) lines`;
		const [before, after] = await trying(async (transaction) => {
			await transaction`update public.conversations set last_seq = last_seq + 1, rev = rev + 1, waiting_since = now()
				where id::text like 'e0000000-%'`;
			await transaction`update public.appointments set status = 'cancelled' where id::text like 'a0000000-%' and status = 'requested'`;
			await transaction`update public.profiles set display_name = 'Renamed' where id::text like 'b0000000-%'`;
			const first = await snapshot(transaction);
			await transaction.unsafe(seed).simple();
			return [first, await snapshot(transaction)];
		});
		expect(after).toEqual(before);
	});
});

test('its conversations are consistent: seq, rev, totals, members, marks, waiting and epoch', async () => {
	const wrong = await owner`
		with counted as (
			select m.*,
				row_number() over w as place,
				count(*) filter (where m.sender_id = m.patient_id) over w as patients,
				count(*) filter (where m.sender_id = m.doctor_id) over w as doctors,
				lag(m.sent_at) over w as earlier
			from public.messages m
			window w as (partition by m.conversation_id order by m.seq)
		), summed as (
			select conversation_id, max(seq) as last_seq, max(rev) as rev, max(patients) as patients, max(doctors) as doctors,
				max(sent_at) as last_at, count(*) filter (where body = 'care_closed' and kind = 'system') as closings,
				bool_or(seq <> place or patients <> patient_total or doctors <> doctor_total or sent_at < earlier) as is_wrong
			from counted group by conversation_id
		)
		select c.id from public.conversations c
		left join summed s on s.conversation_id = c.id
		where c.id::text like 'e0000000-%' and (
			s is null or s.is_wrong
			or (c.last_seq, c.patient_total, c.doctor_total) is distinct from (s.last_seq, s.patients, s.doctors)
			or c.rev < s.rev or c.last_message_at <> s.last_at or c.epoch <> 1 + s.closings
			or (select array_agg(user_id order by user_id) from public.conversation_members where conversation_id = c.id)
				is distinct from (select array_agg(id order by id) from unnest(array[c.patient_id, c.doctor_id]) id)
			or exists (
				select from public.conversation_members member
				left join public.messages last on last.conversation_id = c.id and last.seq = member.read_seq
				where member.conversation_id = c.id and (
					member.delivered_seq > c.last_seq
					or member.read_mark <> coalesce(
						case member.user_id when c.patient_id then last.doctor_total else last.patient_total end, 0
					)
				)
			)
			or (c.waiting_since is not null) is distinct from (
				private.care_is_open(c.patient_id, c.doctor_id) and (
					select sender_id = patient_id from public.messages
					where conversation_id = c.id and kind <> 'system' order by seq desc limit 1
				)
			)
			or private.care_is_open(c.patient_id, c.doctor_id) = (
				select body = 'care_closed' from public.messages where conversation_id = c.id order by seq desc limit 1
			)
		)`;
	expect([...wrong]).toEqual([]);
});
