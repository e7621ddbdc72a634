import { fail, redirect } from '@sveltejs/kit';
import { classifyAuthError, explainAuthProblem, statusOfAuthProblem } from '$lib/account/auth-errors';
import { NewPassword } from '$lib/account/credentials';
import { parseForm } from '$lib/server/form';
import type { Actions, PageServerLoad } from './$types';

/** Only with the session that the mailed link opened. */
export const load: PageServerLoad = ({ locals }) => {
	if (!locals.userId) redirect(303, '/sign-in?notice=link_expired');
};

export const actions: Actions = {
	default: async ({ request, locals }) => {
		if (!locals.userId) redirect(303, '/sign-in?notice=link_expired');
		const { values, errors } = parseForm(await request.formData(), NewPassword);
		if (errors) return fail(400, { errors });
		const { error } = await locals.supabase.auth.updateUser({ password: values.password });
		if (error) {
			const problem = classifyAuthError(error);
			return fail(statusOfAuthProblem(problem), { message: explainAuthProblem(problem) });
		}
		// Whoever knew the old password may still hold a session elsewhere.
		await locals.supabase.auth.signOut({ scope: 'others' });
		redirect(303, '/conversations');
	},
};
