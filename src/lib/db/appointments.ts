import type { Client } from './client';
import { unwrap } from './errors';
import * as profiles from './profiles';
import type { Database } from './types';

export type AppointmentStatus = 'requested' | 'accepted' | 'declined' | 'cancelled' | 'completed';

type Row = Database['public']['Tables']['appointments']['Row'];

/** `reason` is why the patient asks, `status_reason` what was said with the last move. */
export interface AppointmentRow extends Omit<Row, 'created_at' | 'updated_at'> {
	status: AppointmentStatus;
}

/** An appointment as one of its two people sees it. */
export interface Appointment extends AppointmentRow {
	other: { id: string; name: string };
}

/** The database holds statuses as checked text, which the generated types know as string. */
type Known = { status: AppointmentStatus };

const columns = 'id, patient_id, doctor_id, status, starts_at, ends_at, reason, status_reason';

/** The caller's appointments, the latest first, each with the other person. */
export async function list(client: Client, userId: string): Promise<Appointment[]> {
	const query = client
		.from('appointments')
		.select(columns)
		.order('starts_at', { ascending: false })
		.limit(200);
	const rows = unwrap(await query.overrideTypes<Known[]>());
	const otherId = (row: AppointmentRow) => (row.patient_id === userId ? row.doctor_id : row.patient_id);
	const people = await profiles.byIds(client, rows.map(otherId));
	return rows.map((row) => {
		const id = otherId(row);
		return { ...row, other: { id, name: people.get(id)?.display_name ?? '' } };
	});
}

/** The accepted appointment of two people that is now or next; the last one when all are over, null without any. */
export async function nextAccepted(client: Client, people: [string, string]): Promise<AppointmentRow | null> {
	const rows = unwrap(
		await client
			.from('appointments')
			.select(columns)
			.eq('status', 'accepted')
			.in('patient_id', people)
			.in('doctor_id', people)
			.order('ends_at')
			.limit(50)
			.overrideTypes<Known[]>(),
	);
	return rows.find((row) => Date.parse(row.ends_at) > Date.now()) ?? rows.at(-1) ?? null;
}

/**
 * Asks a doctor for an appointment.
 * @throws DbError `slot_taken` (409), `wrong_state` (409: the doctor takes no requests), `too_long` (400)
 */
export async function request(
	client: Client,
	wish: { doctorId: string; startsAt: Date; endsAt: Date; reason?: string },
): Promise<AppointmentRow> {
	const asked = client.rpc('request_appointment', {
		doctor: wish.doctorId,
		starts_at: wish.startsAt.toISOString(),
		ends_at: wish.endsAt.toISOString(),
		...(wish.reason ? { reason: wish.reason } : {}),
	});
	return unwrap(await asked.overrideTypes<Known>());
}

/**
 * The doctor's answer; accepting opens the conversation.
 * @throws DbError `slot_taken`, `wrong_state` (409)
 */
export async function answer(
	client: Client,
	id: string,
	accept: boolean,
	reason?: string,
): Promise<AppointmentRow> {
	const given = { appointment: id, accept, ...(reason ? { reason } : {}) };
	return unwrap(await client.rpc('answer_appointment', given).overrideTypes<Known>());
}

/**
 * Cancels a request or an accepted appointment; the last one closes the conversation for writing.
 * @throws DbError `wrong_state` (409)
 */
export async function cancel(client: Client, id: string, reason?: string): Promise<AppointmentRow> {
	const given = { appointment: id, ...(reason ? { reason } : {}) };
	return unwrap(await client.rpc('cancel_appointment', given).overrideTypes<Known>());
}
