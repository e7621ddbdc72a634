/** Which functions the API has, what stays out of reach, and what sign-up makes of a person. */
import { describe, expect, test } from 'vitest';
import { type Person, apiRoles, as, makePatient, owner, refusalOf } from './actors.ts';

describe('functions', () => {
	test('of the API are these, for those who have signed in', async () => {
		const functions = await owner<{ name: string; definer: boolean; roles: string[] }[]>`
			select p.proname as name, p.prosecdef as definer,
				array(select role from unnest(${apiRoles}::text[]) role where has_function_privilege(role, p.oid, 'EXECUTE')) as roles
			from pg_proc p
			where p.pronamespace = 'public'::regnamespace
			order by p.proname`;
		expect(functions.map((entry) => entry.name)).toEqual([
			'answer_appointment',
			'cancel_appointment',
			'changes_since',
			'complete_appointment',
			'list_conversations',
			'mark_delivered',
			'mark_read',
			'pulse',
			'request_appointment',
			'send_message',
			'start_conversation',
		]);
		for (const entry of functions) expect(entry).toMatchObject({ definer: false, roles: ['authenticated'] });
	});

	test('each say what they are for', async () => {
		const silent = await owner`
			select p.proname as name from pg_proc p
			where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and obj_description(p.oid, 'pg_proc') is null`;
		expect([...silent]).toEqual([]);
	});

	test('of schema private are out of reach, and the API roles have no usage of it', async () => {
		const [usage] = await owner<[{ roles: string[] }]>`
			select array(select role from unnest(${apiRoles}::text[]) role where has_schema_privilege(role, 'private', 'USAGE')) as roles`;
		expect(usage.roles).toEqual([]);
		const members = await owner`
			select pg_get_userbyid(member) as name from pg_auth_members where roleid = 'bedside_writer'::regrole`;
		expect(new Set(members.map(({ name }) => name as string))).toEqual(new Set(['postgres']));
		const patient = await makePatient();
		for (const statement of [
			`select private.care_is_open(gen_random_uuid(), gen_random_uuid())`,
			`select private.send_message(gen_random_uuid(), gen_random_uuid(), 'x', null, null)`,
			`select private.broadcast('user:x', 'x', '{}')`,
			`select * from private.appointment_moves`,
		])
			for (const person of [patient, null])
				expect([
					statement,
					await refusalOf(as(person, (transaction) => transaction.unsafe(statement))),
				]).toEqual([statement, '42501']);
	});

	test('that run as their owner live in private, say why, fix their search path, and belong to whom they should', async () => {
		const definers = await owner<
			{ name: string; schema: string; owner: string; comment: string | null; path: boolean }[]
		>`
			select p.proname as name, n.nspname as schema, pg_get_userbyid(p.proowner) as owner,
				obj_description(p.oid, 'pg_proc') as comment, coalesce('search_path=""' = any (p.proconfig), false) as path
			from pg_proc p join pg_namespace n on n.oid = p.pronamespace
			where p.prosecdef and n.nspname in ('public', 'private') order by p.proname`;
		for (const definer of definers) {
			expect(definer).toMatchObject({ schema: 'private', path: true });
			expect(definer.comment, definer.name).toMatch(/definer/i);
			expect(definer.owner, definer.name).toBe(definer.name === 'broadcast' ? 'postgres' : 'bedside_writer');
		}
		expect(definers.map((definer) => definer.name)).toEqual([
			'broadcast',
			'care_is_open',
			'changes_since',
			'check_appointment_move',
			'create_profile',
			'is_admin',
			'list_conversations',
			'move_appointment',
			'move_receipt',
			'pulse',
			'request_appointment',
			'send_message',
			'start_conversation',
			'topic_scope',
		]);
	});

	test('that write belong to a role which owns no table and is bound by row security', async () => {
		const [role] = await owner`
			select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole,
				(select count(*) from pg_class where relowner = r.oid) as owned
			from pg_roles r where rolname = 'bedside_writer'`;
		expect(role).toEqual({
			rolsuper: false,
			rolbypassrls: false,
			rolcanlogin: false,
			rolcreaterole: false,
			owned: 0,
		});
		const open = await owner`
			select relname from pg_class
			where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind = 'r' and not relrowsecurity`;
		expect([...open]).toEqual([]);
	});
});

describe('signing up', () => {
	const profileOf = async (person: Person) =>
		(await owner`select role, display_name from public.profiles where id = ${person.id}`)[0];

	test('makes a patient, whatever the metadata says', async () => {
		const person = await makePatient({
			display_name: 'Eve',
			role: 'admin',
			is_admin: true,
			suspended_at: null,
		});
		expect(await profileOf(person)).toEqual({ role: 'patient', display_name: 'Eve' });
	});

	test('takes a name in any state and never fails for it', async () => {
		const names: [unknown, RegExp][] = [
			['  Nguyễn \n Thu\tHà  ', /^Nguyễn Thu Hà$/],
			['x'.repeat(500), /^x{80}$/],
			[`${'x'.repeat(79)} y`, /^x{79}$/],
			['', /^[0-9a-f-]{36}$/],
			['\u0007', /^[0-9a-f-]{36}$/],
			['\u202e\u200b\u00a0\u3000\u200d', /^[0-9a-f-]{36}$/],
			['\u202eieso .rD', /^ieso \.rD$/],
			['نیم\u200cروز 山田\u3000太郎', /^نیم\u200cروز 山田\s太郎$/],
			[{ first: 'A' }, /^\{"first": "A"\}$/],
			[null, /^[0-9a-f-]{36}$/],
			[17, /^17$/],
		];
		for (const [given, kept] of names)
			expect((await profileOf(await makePatient({ display_name: given })))?.display_name).toMatch(kept);
		expect((await profileOf(await makePatient({})))?.display_name).toMatch(/^[0-9a-f-]{36}$/);
	});
});
