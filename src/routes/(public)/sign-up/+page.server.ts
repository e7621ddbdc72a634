import { fail, redirect } from '@sveltejs/kit';
import { classifyAuthError, explainAuthProblem, statusOfAuthProblem } from '$lib/account/auth-errors';
import { SignUp } from '$lib/account/credentials';
import { parseForm, typed } from '$lib/server/form';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
	if (locals.userId) redirect(303, '/conversations');
};

export const actions: Actions = {
	// Always a patient: the database makes the profile and reads only the name from what is sent here.
	default: async ({ request, locals, url }) => {
		const form = await request.formData();
		const given = { name: typed(form, 'name'), email: typed(form, 'email') };
		const { values, errors } = parseForm(form, SignUp);
		if (errors) return fail(400, { ...given, errors });
		const { data, error } = await locals.supabase.auth.signUp({
			email: values.email,
			password: values.password,
			options: { data: { display_name: values.name }, emailRedirectTo: `${url.origin}/auth/confirm` },
		});
		if (error) {
			const problem = classifyAuthError(error);
			return fail(statusOfAuthProblem(problem), { ...given, message: explainAuthProblem(problem) });
		}
		if (data.session) redirect(303, '/conversations');
		return { sentTo: values.email };
	},
};
