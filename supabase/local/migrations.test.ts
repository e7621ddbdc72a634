import { expect, it } from 'vitest';
import { readFailure } from './migrations.ts';

it('a failed push is told by its SQL error, without the statement', () => {
	const message =
		'ERROR: type "intt" does not exist (SQLSTATE 42704)\n\nHint: …\nAt statement: 1\ncreate table public.t (id intt)';
	const answer = `${JSON.stringify({ type: 'error', error: { code: 'X', message } })}\n`;
	expect(readFailure(answer)).toBe('ERROR: type "intt" does not exist (SQLSTATE 42704)');
});

it('an answer without an error has no failure', () => {
	expect(readFailure('')).toBeUndefined();
	expect(readFailure('not json\n{"type":"result","data":{}}\n')).toBeUndefined();
});
