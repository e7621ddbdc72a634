import type { Client } from './client';
import { unwrap } from './errors';
import * as profiles from './profiles';
import type { Database } from './types';

type Row = Database['public']['Tables']['doctors']['Row'];

/**
 * A doctor of the directory: the practice and the person in one. `reply_within` is an interval as Postgres writes it,
 * such as `04:00:00` or `1 day`.
 */
export interface Doctor extends Pick<
	Row,
	'profile_id' | 'specialty' | 'bio' | 'languages' | 'accepting' | 'reply_within'
> {
	display_name: string;
	last_seen_at: string | null;
}

const columns = 'profile_id, specialty, bio, languages, accepting, reply_within';

/** The directory, by name. Doctors whose profile the caller may not see are left out. */
export async function list(client: Client): Promise<Doctor[]> {
	const rows = unwrap(await client.from('doctors').select(columns).limit(500));
	const people = await profiles.byIds(
		client,
		rows.map((row) => row.profile_id),
	);
	return rows
		.flatMap((row) => {
			const person = people.get(row.profile_id);
			return person ? [{ ...row, display_name: person.display_name, last_seen_at: person.last_seen_at }] : [];
		})
		.sort((a, b) => a.display_name.localeCompare(b.display_name));
}
