/** Fresh people for every test, made through the product's own doors: sign-up, request, answer. */
import { type SupabaseClient, createClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import type { Database } from '../src/lib/db/types.ts';
import type { StackAddress } from './stack.ts';

export const password = 'a-long-enough-password';

export interface Person {
	id: string;
	name: string;
	email: string;
	password: string;
	/** Signed in as this person, with the unmodified supabase-js. */
	client: SupabaseClient<Database>;
}

export interface Pair {
	patient: Person;
	doctor: Person;
	appointmentId: string;
	conversationId: string;
}

export function anonymousClient(stack: StackAddress): SupabaseClient<Database> {
	return createClient<Database>(stack.apiUrl, stack.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false },
	});
}

/** Signs somebody up as the sign-up page does: always a patient. */
export async function makePatient(stack: StackAddress, name = 'Test Patient'): Promise<Person> {
	const email = `${randomUUID()}@people.test`;
	const client = anonymousClient(stack);
	const { data, error } = await client.auth.signUp({
		email,
		password,
		options: { data: { display_name: name } },
	});
	if (error || !data.user) throw error ?? new Error('sign-up returned no user');
	return { id: data.user.id, name, email, password, client };
}

/** A patient made a doctor by the owner of the database, as an administrator would. */
export async function makeDoctor(stack: StackAddress, name = 'Dr. Test Doctor'): Promise<Person> {
	const doctor = await makePatient(stack, name);
	const sql = postgres(stack.adminDbUrl, { max: 1 });
	await sql`update public.profiles set role = 'doctor' where id = ${doctor.id}`;
	await sql`insert into public.doctors (profile_id, specialty) values (${doctor.id}, 'General practice')`;
	await sql.end();
	return doctor;
}

let slots = 0;

/** Asks for an appointment at a time that no other test uses. Returns its id. */
export async function requestAppointment(patient: Person, doctor: Person): Promise<string> {
	const startsAt = new Date(Date.now() + 24 * 3600_000 + slots++ * 3600_000);
	const { data, error } = await patient.client.rpc('request_appointment', {
		doctor: doctor.id,
		starts_at: startsAt.toISOString(),
		ends_at: new Date(startsAt.getTime() + 30 * 60_000).toISOString(),
		reason: 'A test',
	});
	if (error) throw error;
	return data.id;
}

/** A patient and a doctor in care of each other: asked, accepted, conversation open. */
export async function makePair(
	stack: StackAddress,
	names: { patient?: string; doctor?: string } = {},
): Promise<Pair> {
	const [patient, doctor] = await Promise.all([
		makePatient(stack, names.patient),
		makeDoctor(stack, names.doctor),
	]);
	const appointmentId = await requestAppointment(patient, doctor);
	const answered = await doctor.client.rpc('answer_appointment', {
		appointment: appointmentId,
		accept: true,
	});
	if (answered.error) throw answered.error;
	const started = await patient.client.rpc('start_conversation', { with_user: doctor.id });
	if (started.error) throw started.error;
	return { patient, doctor, appointmentId, conversationId: started.data.id };
}
