import { expect, it } from 'vitest';
import { parseToml, readConfig } from './config.ts';

it('the embedded services follow supabase/config.toml', () => {
	expect(readConfig()).toMatchObject({
		minimumPasswordLength: 10,
		enableConfirmations: false,
		fileSizeLimit: '25MiB',
	});
});

it('a missing key is told by its name', () => {
	expect(() => readConfig('[api]\nmax_rows = 1000\n')).toThrow('must set auth.jwt_expiry to a number');
});

it('tables, comments and the four kinds of value are read, and anything else is told by its line', () => {
	const text = '# a file\na = 1\n[b.c]\nd = "x # y"\n\ne = ["1", "2"]\nf = true\n';
	expect(Object.fromEntries(parseToml(text))).toEqual({
		a: 1,
		'b.c.d': 'x # y',
		'b.c.e': ['1', '2'],
		'b.c.f': true,
	});
	expect(() => parseToml("a = 1\nb = 'x'")).toThrow('line 2');
});
