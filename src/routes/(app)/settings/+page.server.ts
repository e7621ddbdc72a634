import { fail } from '@sveltejs/kit';
import { DisplayName } from '$lib/account/credentials';
import { THEME_COOKIE, parseTheme } from '$lib/account/theme';
import * as profiles from '$lib/db/profiles';
import { parseForm, typed } from '$lib/server/form';
import type { Actions } from './$types';

const YEAR = 365 * 24 * 60 * 60;

export const actions: Actions = {
	name: async ({ request, locals }) => {
		const form = await request.formData();
		const { values, errors } = parseForm(form, DisplayName);
		if (errors) return fail(400, { name: typed(form, 'name'), errors });
		if (locals.userId) await profiles.update(locals.supabase, locals.userId, { display_name: values.name });
		return { saved: 'name' as const };
	},

	// The cookie is what pages are drawn by, also before anybody is signed in; the profile carries it to other devices.
	theme: async ({ request, locals, cookies, url }) => {
		const theme = parseTheme((await request.formData()).get('theme'));
		const secure = url.protocol === 'https:';
		cookies.set(THEME_COOKIE, theme, { path: '/', maxAge: YEAR, sameSite: 'lax', httpOnly: true, secure });
		locals.theme = theme;
		if (locals.userId) await profiles.update(locals.supabase, locals.userId, { theme });
		return { saved: 'theme' as const };
	},
};
