import { m } from '$lib/paraglide/messages';
import type { ConnectionStatus } from '$lib/realtime/connection.svelte';
import type { Delivery } from './delivery';

/** What a delivery state is called to its sender. */
export function deliveryWords(delivery: Delivery, isOnline = true): string {
	switch (delivery) {
		case 'queued':
			return isOnline ? m.chat_status_queued() : m.chat_status_offline();
		case 'sending':
			return m.chat_status_sending();
		case 'failed':
			return m.chat_status_failed();
		case 'sent':
			return m.chat_status_sent();
		case 'delivered':
			return m.chat_status_delivered();
		case 'read':
			return m.chat_status_read();
	}
}

const failures: Record<string, () => string> = {
	unreachable: m.chat_failed_unreachable,
	care_closed: m.chat_failed_care_closed,
	blocked: m.chat_failed_blocked,
	suspended: m.chat_failed_suspended,
	too_long: m.chat_failed_too_long,
	empty: m.chat_failed_empty,
	not_a_member: m.chat_failed_not_a_member,
};

/** Why a message was not sent, as a sentence. */
export function failureWords(reason: string | null): string {
	return (failures[reason ?? ''] ?? m.chat_failed_other)();
}

/** What the database's own lines say, to this reader. */
export function systemWords(code: string, reader: { isDoctor: boolean; otherName: string }): string {
	const { isDoctor, otherName: name } = reader;
	switch (code) {
		case 'appointment_accepted':
			return isDoctor ? m.chat_system_accepted_by_me() : m.chat_system_accepted({ name });
		case 'care_closed':
			return m.chat_system_care_closed();
		default:
			return m.chat_system_other();
	}
}

/** The live connection in words. */
export function connectionWords(status: ConnectionStatus): string {
	switch (status) {
		case 'connecting':
			return m.chat_connection_connecting();
		case 'live':
			return m.chat_connection_live();
		case 'reconnecting':
			return m.chat_connection_reconnecting();
		case 'offline':
			return m.chat_connection_offline();
	}
}
