import { getLocale } from '$lib/paraglide/runtime';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals, depends }) => {
	depends('app:time-zone');
	return { timeZone: locals.timeZone, theme: locals.theme, locale: getLocale() };
};
