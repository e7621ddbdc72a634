/** How long an appointment may be asked for, in minutes. */
export const DURATIONS = [20, 30, 45, 60] as const;
/** Characters of a reason; the database holds the same line. */
export const REASON_MAX = 500;
/** What every page that shows appointments depends on; invalidate it when `appointment_changed` arrives. */
export const APPOINTMENTS = 'app:appointments';
