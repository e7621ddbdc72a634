import { expect, test } from 'vitest';
import { answerDatabaseError, statusOf, toIsoTimestamp, toJsonNumber } from './adaptations.ts';
import { unwrapUpload } from './storage-adaptations.ts';

test('timestamps are printed as JSON has them', () => {
	const printed = {
		'2026-11-20 23:52:56.68+00': '2026-11-20T23:52:56.68+00:00',
		'2026-11-20 23:52:56+00': '2026-11-20T23:52:56+00:00',
		'2026-11-20 23:52:56.123456+05:30': '2026-11-20T23:52:56.123456+05:30',
		'2026-11-20 23:52:56.1': '2026-11-20T23:52:56.1',
		infinity: 'infinity',
		'0044-03-15 12:00:00+00 BC': '0044-03-15T12:00:00+00:00 BC',
	};
	for (const [given, wanted] of Object.entries(printed)) expect(toIsoTimestamp(given)).toBe(wanted);
});

test('numbers are numbers, and what is none stays as it is', () => {
	expect(['1.50', '-0.1', '7', 'NaN', 'Infinity'].map(toJsonNumber)).toEqual([
		1.5,
		-0.1,
		7,
		'NaN',
		'Infinity',
	]);
});

test('an SQLSTATE has the status that PostgREST gives it', () => {
	expect(statusOf('42501', 'anon')).toBe(401);
	expect(statusOf('42501', 'authenticated')).toBe(403);
	const statuses = {
		PT403: 403,
		PT404: 404,
		'23505': 409,
		'23514': 400,
		P0001: 400,
		'40001': 500,
		'57014': 500,
		'53300': 503,
	};
	for (const [state, status] of Object.entries(statuses))
		expect(statusOf(state, 'authenticated'), state).toBe(status);
});

test('only errors of the database and of its connections are answered here', async () => {
	const lost = answerDatabaseError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'anon');
	expect(lost?.status).toBe(503);
	expect(await lost?.json()).toMatchObject({ code: 'PGRST000', details: null, hint: null });
	expect(answerDatabaseError(new Error('x'), 'anon')).toBeUndefined();
	expect(answerDatabaseError(Object.assign(new Error('x'), { code: 'EPIPE' }), 'anon')).toBeUndefined();
});

test('a request that is no multipart upload passes untouched', async () => {
	const request = new Request('http://api/storage/v1/object/bucket/a.txt', { method: 'POST', body: 'text' });
	expect(await unwrapUpload(request)).toBe(request);
});
