import { env } from '$env/dynamic/private';
import { error, fail, redirect } from '@sveltejs/kit';
import { classifyAuthError, explainAuthProblem, statusOfAuthProblem } from '$lib/account/auth-errors';
import { SignIn } from '$lib/account/credentials';
import { m } from '$lib/paraglide/messages';
import { DEMO_PASSWORD, DEMO_PEOPLE, demoEmail, isDemo } from '$lib/server/demo';
import { parseForm, typed } from '$lib/server/form';
import { safeNext } from '$lib/server/safe-next';
import type { Actions, PageServerLoad } from './$types';

/** Words for what led here, by the `notice` of the address; anything else shows nothing. */
const NOTICES: Record<string, () => string> = {
	link_expired: m.account_link_expired,
	signed_out: m.account_signed_out,
};

export const load: PageServerLoad = ({ locals, url }) => {
	const next = safeNext(url.searchParams.get('next'));
	if (locals.userId) redirect(303, next);
	return {
		next,
		notice: NOTICES[url.searchParams.get('notice') ?? '']?.() ?? null,
		demoPeople: isDemo(env) ? DEMO_PEOPLE : [],
	};
};

export const actions: Actions = {
	password: async ({ request, locals }) => {
		const form = await request.formData();
		const email = typed(form, 'email');
		const { values, errors } = parseForm(form, SignIn);
		if (errors) return fail(400, { email, errors });
		const signedIn = await locals.supabase.auth.signInWithPassword(values);
		if (signedIn.error) {
			const problem = classifyAuthError(signedIn.error);
			return fail(statusOfAuthProblem(problem), { email, message: explainAuthProblem(problem) });
		}
		redirect(303, safeNext(typed(form, 'next')));
	},

	demo: async ({ request, locals }) => {
		const form = await request.formData();
		const email = demoEmail(form.get('person'), env);
		if (!email) error(404, m.error_not_found());
		const signedIn = await locals.supabase.auth.signInWithPassword({ email, password: DEMO_PASSWORD });
		if (signedIn.error) {
			const problem = classifyAuthError(signedIn.error);
			return fail(statusOfAuthProblem(problem), { email: '', message: explainAuthProblem(problem) });
		}
		redirect(303, safeNext(typed(form, 'next')));
	},
};
