import { invalidate } from '$app/navigation';
import { APPOINTMENTS } from './limits';

/** Reads the appointments on the page again; call it when `appointment_changed` arrives on the user's channel. */
export function refreshAppointments(): Promise<void> {
	return invalidate(APPOINTMENTS);
}
