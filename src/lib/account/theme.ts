export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const THEME_COOKIE = 'theme';

/** The surface colour of each scheme, for the browser's own chrome; the same values as --surface in app.css. */
const SURFACE = { light: '#fffefb', dark: '#171c1a' };

/** Anything unknown (no cookie, an edited cookie) follows the system. */
export function parseTheme(value: unknown): Theme {
	return THEMES.find((theme) => theme === value) ?? 'system';
}

/** The `theme-color` tags of app.html for this choice. */
export function themeColorTags(theme: Theme): string {
	if (theme !== 'system') return `<meta name="theme-color" content="${SURFACE[theme]}" />`;
	return (['light', 'dark'] as const)
		.map(
			(scheme) =>
				`<meta name="theme-color" media="(prefers-color-scheme: ${scheme})" content="${SURFACE[scheme]}" />`,
		)
		.join('');
}
