import { describe, expect, it } from 'vitest';
import { parseTheme, themeColorTags } from './theme';

describe('theme', () => {
	it('keeps a known choice and follows the system otherwise', () => {
		expect(parseTheme('dark')).toBe('dark');
		expect(parseTheme('light')).toBe('light');
		for (const value of [undefined, null, '', 'neon', '"><script>', 1])
			expect(parseTheme(value)).toBe('system');
	});

	it('colours the browser chrome by the choice, or by both schemes', () => {
		expect(themeColorTags('dark')).toBe('<meta name="theme-color" content="#171c1a" />');
		expect(themeColorTags('system').match(/prefers-color-scheme: (light|dark)/g)).toHaveLength(2);
	});
});
