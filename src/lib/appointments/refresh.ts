import { invalidate } from '$app/navigation';

/** What every page that shows appointments depends on. */
export const APPOINTMENTS = 'app:appointments';

/** Reads the appointments on the page again; call it when `appointment_changed` arrives on the user's channel. */
export function refreshAppointments(): Promise<void> {
	return invalidate(APPOINTMENTS);
}
