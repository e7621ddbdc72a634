import { invalidate } from '$app/navigation';
import { askWhileVisible } from '$lib/realtime/poll';
import { APPOINTMENTS } from './limits';

/** How often a visible page asks again, should a live event be lost. */
const HEALING_INTERVAL = 15_000;

/** Reads the appointments on the page again; for when `appointment_changed` arrives on the user's channel. */
export function refreshAppointments(): Promise<void> {
	return invalidate(APPOINTMENTS);
}

/** Keeps what depends on appointments fresh while the page is visible, without trusting the socket. Returns how to stop. */
export function healAppointments(): () => void {
	return askWhileVisible(() => void refreshAppointments(), HEALING_INTERVAL);
}
