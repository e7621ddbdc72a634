/** What the tests of the API share: clients, people, and a place in the database to try things in. */
import { randomUUID } from 'node:crypto';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import postgres, { type Sql } from 'postgres';

export interface Person {
	id: string;
	email: string;
	client: SupabaseClient;
}

export const password = 'a-long-enough-password';

/** An unmodified supabase-js client that keeps its session in memory. */
export function openClient(
	apiUrl: string,
	key: string,
	flowType: 'implicit' | 'pkce' = 'implicit',
): SupabaseClient {
	return createClient(apiUrl, key, {
		auth: { persistSession: flowType === 'pkce', storage: memory(), autoRefreshToken: false, flowType },
	});
}

/** A signed-up person whom no test has met before. */
export async function signUp(apiUrl: string, key: string): Promise<Person> {
	const client = openClient(apiUrl, key);
	const email = `${randomUUID()}@bedside.test`;
	const { data, error } = await client.auth.signUp({ email, password });
	if (error) throw error;
	return { id: data.user?.id ?? '', email, client };
}

export function connect(url: string): Sql {
	return postgres(url, { max: 2, onnotice: () => undefined });
}

/** The same server and password, another role or database. */
export function urlFor(url: string, role: string, database?: string): string {
	const other = new URL(url);
	other.username = role;
	if (database) other.pathname = `/${database}`;
	return other.toString();
}

/** Asks again until the answer satisfies, for things that happen a moment later; at most five seconds. */
export async function eventually<T>(ask: () => PromiseLike<T>, isGood: (answer: T) => boolean): Promise<T> {
	const end = Date.now() + 5000;
	for (;;) {
		const answer = await ask();
		if (isGood(answer) || Date.now() > end) return answer;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

function memory() {
	const items = new Map<string, string>();
	return {
		getItem: (key: string) => items.get(key) ?? null,
		setItem: (key: string, value: string) => void items.set(key, value),
		removeItem: (key: string) => void items.delete(key),
	};
}
