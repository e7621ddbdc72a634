/** The log-ins that `npm start` offers on its own demo clinic. */
export const DEMO_PASSWORD = 'bedside-demo-1';
export const DEMO_PEOPLE = ['patient1', 'doctor1', 'admin'] as const;
export type DemoPerson = (typeof DEMO_PEOPLE)[number];

/** On the embedded stack only: its start sets the flag, no other environment has it. */
export function isDemo(env: Record<string, string | undefined>): boolean {
	return env.BEDSIDE_DEMO === '1';
}

/** The e-mail address of a demo person, or null for any other name and wherever there is no demo. */
export function demoEmail(person: unknown, env: Record<string, string | undefined>): string | null {
	const known = DEMO_PEOPLE.find((name) => name === person);
	return known && isDemo(env) ? `${known}@bedside.test` : null;
}
