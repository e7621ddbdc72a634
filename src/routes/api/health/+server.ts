import { json } from '@sveltejs/kit';

/** Whether this process answers; it asks nobody else. */
export function GET(): Response {
	return json({ data: { ok: true } }, { headers: { 'Cache-Control': 'no-store' } });
}
