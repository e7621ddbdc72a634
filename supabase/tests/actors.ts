/** Acts on the database as a person does through the API: in their role, with their token's claims. */
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';

export type Sql = postgres.Sql<{ bigint: number }>;
export type Transaction = postgres.TransactionSql<{ bigint: number }>;
export type Value = string | number | boolean | null | Date | string[];

export interface Person {
	id: string;
}

export interface Care {
	patient: Person;
	doctor: Person;
	appointment: string;
	conversation: string;
}

export interface Appointment {
	id: string;
	status: string;
	status_reason: string | null;
}

export interface Conversation {
	id: string;
	last_seq: number;
	rev: number;
	epoch: number;
	patient_total: number;
	doctor_total: number;
	waiting_since: Date | null;
}

export interface Message {
	id: string;
	conversation_id: string;
	seq: number;
	rev: number;
	sender_id: string | null;
	kind: string;
	body: string;
}

export interface Member {
	user_id: string;
	delivered_seq: number;
	read_seq: number;
	read_mark: number;
}

export interface Changes {
	rev: number;
	last_seq: number;
	epoch: number;
	care_open: boolean;
	members: Member[];
	messages: Message[];
	more: boolean;
}

/** Role `postgres`: owns the tables and passes by row security. Arranges and looks, is never what is tested. */
export const owner: Sql = postgres(inject('stack').dbUrl, {
	max: 16,
	onnotice: () => undefined,
	types: {
		bigint: { to: 20, from: [20], serialize: String, parse: Number },
		// Lets a test hand in times that JavaScript has no Date for, such as 'infinity'.
		date: {
			to: 1184,
			from: [1082, 1114, 1184],
			serialize: (time: Date | string) => (time instanceof Date ? time.toISOString() : time),
			parse: (text: string) => new Date(text),
		},
	},
});

/** The roles that a request from outside can have. */
export const apiRoles = ['anon', 'authenticated', 'service_role'];

/** What happens in one request of this person. `null` is somebody who has not signed in. */
export async function as<T>(
	person: Person | null,
	work: (transaction: Transaction) => Promise<T>,
	from: Sql = owner,
): Promise<T> {
	const result = await from.begin(async (transaction) => {
		await become(transaction, person);
		return { value: await work(transaction) };
	});
	return result.value;
}

/** The rest of this transaction happens as that person. */
export async function become(transaction: Transaction, person: Person | null): Promise<void> {
	const role = person ? 'authenticated' : 'anon';
	const claims = JSON.stringify(person ? { sub: person.id, role } : { role });
	await transaction`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`;
}

/** Calls a public function as this person and returns its first row. */
export async function call<T>(
	person: Person | null,
	name: string,
	parameters: Record<string, Value> = {},
): Promise<T> {
	return as(person, (transaction) => callIn<T>(transaction, name, parameters));
}

/** The same within a transaction that goes on. */
export async function callIn<T>(
	transaction: Transaction,
	name: string,
	parameters: Record<string, Value>,
): Promise<T> {
	return (await rowsOf<T>(transaction, name, parameters))[0] as T;
}

export async function rowsOf<T>(
	transaction: Transaction,
	name: string,
	parameters: Record<string, Value>,
): Promise<T[]> {
	const named = Object.keys(parameters).map((key, index) => `${key} => $${index + 1}`);
	const rows = await transaction.unsafe(
		`select * from public.${name}(${named.join(', ')})`,
		Object.values(parameters),
	);
	return [...rows] as T[];
}

/** How a call was refused, such as `PT403 care_closed`; or the bare SQLSTATE when the refusal is Postgres' own. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
	try {
		await attempt;
	} catch (error) {
		if (error instanceof postgres.PostgresError) return [error.code, error.hint].filter(Boolean).join(' ');
		throw error;
	}
	return 'allowed';
}

/** Runs in a transaction that is always rolled back: for looking at what would happen. */
export async function trying<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
	const rollback = new Error('rolled back on purpose');
	let result: { value: T } | undefined;
	await owner
		.begin(async (transaction) => {
			result = { value: await work(transaction) };
			throw rollback;
		})
		.catch((error: unknown) => {
			if (error !== rollback) throw error;
		});
	return (result as { value: T }).value;
}

/** Signs somebody up, as Auth does: a row in auth.users, the rest is the trigger's. */
export async function makePatient(
	metadata: Record<string, unknown> = { display_name: 'Test Patient' },
): Promise<Person> {
	const id = randomUUID();
	await owner`insert into auth.users (id, email, raw_user_meta_data)
		values (${id}, ${`${id}@people.test`}, ${owner.json(metadata as postgres.JSONValue)})`;
	return { id };
}

export async function makeDoctor(name = 'Dr. Test Doctor'): Promise<Person> {
	const doctor = await makePatient({ display_name: name });
	await owner`update public.profiles set role = 'doctor' where id = ${doctor.id}`;
	await owner`insert into public.doctors (profile_id, specialty) values (${doctor.id}, 'General practice')`;
	return doctor;
}

export async function makeAdmin(): Promise<Person> {
	const admin = await makePatient({ display_name: 'Test Admin' });
	await owner`update public.profiles set role = 'admin' where id = ${admin.id}`;
	return admin;
}

export async function suspend(person: Person): Promise<void> {
	await owner`update public.profiles set suspended_at = now() where id = ${person.id}`;
}

let slots = 0;

/** A time that no other appointment of these tests takes. */
export function freeSlot(): { starts_at: string; ends_at: string } {
	const start = Date.now() + 24 * 3_600_000 + slots++ * 3_600_000;
	return { starts_at: new Date(start).toISOString(), ends_at: new Date(start + 1_800_000).toISOString() };
}

export async function request(patient: Person, doctor: Person, slot = freeSlot()): Promise<string> {
	const appointment = await call<Appointment>(patient, 'request_appointment', { doctor: doctor.id, ...slot });
	return appointment.id;
}

export async function accept(doctor: Person, appointment: string): Promise<Appointment> {
	return call(doctor, 'answer_appointment', { appointment, accept: true });
}

/** A patient and a doctor with one accepted appointment. The conversation has one line, the system's. */
export async function makeCare(people: { patient?: Person; doctor?: Person } = {}): Promise<Care> {
	const patient = people.patient ?? (await makePatient());
	const doctor = people.doctor ?? (await makeDoctor());
	const appointment = await request(patient, doctor);
	await accept(doctor, appointment);
	const conversation = await call<Conversation>(patient, 'start_conversation', { with_user: doctor.id });
	return { patient, doctor, appointment, conversation: conversation.id };
}

export async function send(
	person: Person,
	conversation: string,
	body = 'Hello',
	id: string = randomUUID(),
): Promise<Message> {
	return call(person, 'send_message', { conversation, id, body });
}

export async function conversationOf(care: Care): Promise<Conversation> {
	const [row] = await owner<
		Conversation[]
	>`select * from public.conversations where id = ${care.conversation}`;
	return row as Conversation;
}

export async function messagesOf(care: Care): Promise<Message[]> {
	return owner<
		Message[]
	>`select * from public.messages where conversation_id = ${care.conversation} order by seq`;
}
