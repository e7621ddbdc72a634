import type { Client } from './client';
import { unwrap } from './errors';
import type { Database } from './types';

export type Role = 'patient' | 'doctor' | 'admin';

type Row = Database['public']['Tables']['profiles']['Row'];

/** A person as others may see them. */
export interface Profile extends Omit<Row, 'created_at'> {
	role: Role;
}

const columns = 'id, role, display_name, avatar_path, locale, time_zone, theme, last_seen_at, suspended_at';

/** The profile with this id, or null when there is none that the caller may see. */
export async function find(client: Client, id: string): Promise<Profile | null> {
	const query = client.from('profiles').select(columns).eq('id', id).limit(1);
	return unwrap(await query.overrideTypes<{ role: Role }[]>())[0] ?? null;
}

/** The profiles with these ids that the caller may see, by id. */
export async function byIds(client: Client, ids: Iterable<string>): Promise<Map<string, Profile>> {
	const wanted = [...new Set(ids)];
	if (wanted.length === 0) return new Map();
	const query = client.from('profiles').select(columns).in('id', wanted);
	const rows = unwrap(await query.overrideTypes<{ role: Role }[]>());
	return new Map(rows.map((row) => [row.id, row]));
}

/** The first profiles that the caller may see, by name; with a search those whose name contains it. */
export async function list(client: Client, { search = '', pageSize = 100 } = {}): Promise<Profile[]> {
	const query = client.from('profiles').select(columns).order('display_name').limit(pageSize);
	// What a pattern gives a meaning to is meant literally here.
	if (search) query.ilike('display_name', `%${search.replace(/[\\%_*]/g, '\\$&')}%`);
	return unwrap(await query.overrideTypes<{ role: Role }[]>());
}

/** Changes what a person may change of their own profile. */
export async function update(
	client: Client,
	id: string,
	change: Partial<Pick<Profile, 'display_name' | 'time_zone' | 'theme'>>,
): Promise<void> {
	unwrap(await client.from('profiles').update(change).eq('id', id).select('id'));
}
