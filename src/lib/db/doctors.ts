import type { Client } from './client';
import { unwrap } from './errors';
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

// The key is named, because people and doctors are also related by appointments and conversations.
const columns =
	'profile_id, specialty, bio, languages, accepting, reply_within, person:profiles!doctors_profile_id_fkey!inner(display_name, last_seen_at)';

/** The directory, by name. Doctors whose profile the caller may not see are left out. */
export async function list(client: Client): Promise<Doctor[]> {
	const rows = unwrap(await client.from('doctors').select(columns).limit(500));
	return rows
		.map(({ person, ...doctor }) => ({ ...doctor, ...person }))
		.sort((a, b) => a.display_name.localeCompare(b.display_name));
}
