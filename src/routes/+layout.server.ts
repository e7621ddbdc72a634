import { getLocale } from '$lib/paraglide/runtime';
import type { LayoutServerLoad } from './$types';

/** How dates are written in each language of the catalogue. */
const DATE_LOCALES = { en: 'en-GB' } as const;

export const load: LayoutServerLoad = ({ locals, depends }) => {
	depends('app:time-zone');
	return { timeZone: locals.timeZone, theme: locals.theme, locale: DATE_LOCALES[getLocale()] };
};
