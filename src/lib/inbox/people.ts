import * as appointments from '$lib/db/appointments';
import type { Client } from '$lib/db/client';

/** Somebody to write to. */
export interface Person {
	id: string;
	name: string;
}

/** Everybody with whom the caller has an accepted appointment, each once, by name. */
export async function listInCare(client: Client, callerId: string): Promise<Person[]> {
	const accepted = (await appointments.list(client, callerId)).filter(({ status }) => status === 'accepted');
	const people = new Map(accepted.map(({ other }) => [other.id, other]));
	return [...people.values()].sort((a, b) => a.name.localeCompare(b.name));
}
