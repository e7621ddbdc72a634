import { fail } from '@sveltejs/kit';
import { classifyAuthError, explainAuthProblem, statusOfAuthProblem } from '$lib/account/auth-errors';
import { ForgottenPassword } from '$lib/account/credentials';
import { parseForm, typed } from '$lib/server/form';
import type { Actions } from './$types';

export const actions: Actions = {
	default: async ({ request, locals, url }) => {
		const form = await request.formData();
		const email = typed(form, 'email');
		const { values, errors } = parseForm(form, ForgottenPassword);
		if (errors) return fail(400, { email, errors });
		const { error } = await locals.supabase.auth.resetPasswordForEmail(values.email, {
			redirectTo: `${url.origin}/auth/confirm?next=/reset-password`,
		});
		const problem = error && classifyAuthError(error);
		if (problem === 'unavailable' || problem === 'too_fast') {
			return fail(statusOfAuthProblem(problem), { email, message: explainAuthProblem(problem) });
		}
		// The same answer whether or not there is an account: who has one is nobody else's business.
		return { sentTo: values.email };
	},
};
