import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** Ends this browser's session. A plain post and a full page, so that nothing of it stays in memory. */
export const POST: RequestHandler = async ({ locals }) => {
	await locals.supabase.auth.signOut({ scope: 'local' });
	redirect(303, '/sign-in?notice=signed_out');
};
