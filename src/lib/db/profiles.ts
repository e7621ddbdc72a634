import type { Client } from './client';
import { unwrap } from './errors';

export type Role = 'patient' | 'doctor' | 'admin';

/** A person as others may see them. */
export interface Profile {
	id: string;
	role: Role;
	display_name: string;
	avatar_path: string | null;
	locale: string;
	time_zone: string;
	theme: string;
	last_seen_at: string | null;
	suspended_at: string | null;
}

const columns = 'id, role, display_name, avatar_path, locale, time_zone, theme, last_seen_at, suspended_at';

/** The profile with this id, or null when there is none that the caller may see. */
export async function find(client: Client, id: string): Promise<Profile | null> {
	const rows: Profile[] = unwrap(await client.from('profiles').select(columns).eq('id', id).limit(1));
	return rows[0] ?? null;
}

/** The profiles with these ids that the caller may see, by id. */
export async function byIds(client: Client, ids: Iterable<string>): Promise<Map<string, Profile>> {
	const wanted = [...new Set(ids)];
	if (wanted.length === 0) return new Map();
	const rows: Profile[] = unwrap(await client.from('profiles').select(columns).in('id', wanted));
	return new Map(rows.map((row) => [row.id, row]));
}

/** The first profiles that the caller may see, by name. */
export async function list(client: Client, pageSize = 200): Promise<Profile[]> {
	return unwrap(await client.from('profiles').select(columns).order('display_name').limit(pageSize));
}

/** Changes what a person may change of their own profile. */
export async function update(
	client: Client,
	id: string,
	change: Partial<Pick<Profile, 'display_name' | 'time_zone' | 'theme'>>,
): Promise<void> {
	unwrap(await client.from('profiles').update(change).eq('id', id).select('id'));
}
