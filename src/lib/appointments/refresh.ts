import { invalidate } from '$app/navigation';
import { APPOINTMENTS } from './limits';

/** How often a visible page asks again, should a live event be lost. */
const HEALING_INTERVAL = 15_000;

/** Reads the appointments on the page again; for when `appointment_changed` arrives on the user's channel. */
export function refreshAppointments(): Promise<void> {
	return invalidate(APPOINTMENTS);
}

/**
 * Keeps what depends on appointments fresh while the page is visible, without trusting the socket. Returns the function
 * that ends it, so that it can be an effect.
 */
export function healAppointments(): () => void {
	const heal = () => {
		if (document.visibilityState === 'visible') void refreshAppointments();
	};
	const timer = setInterval(heal, HEALING_INTERVAL);
	document.addEventListener('visibilitychange', heal);
	return () => {
		clearInterval(timer);
		document.removeEventListener('visibilitychange', heal);
	};
}
