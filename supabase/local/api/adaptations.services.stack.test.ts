/**
 * Each gap of `@supabase/lite` twice: as lite has it alone ("gap"), and mended. A gap that closes upstream turns its
 * test red, and the adaptation can go.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type GapLab, openGapLab, type Server } from './gap-lab.ts';

const stack = inject('stack');
const { publishableKey, secretKey } = stack;

let lab: GapLab;
let lite: GapLab['lite'];
let mended: GapLab['mended'];
let admin: GapLab['admin'];
let ask: GapLab['ask'];
let printed: GapLab['printed'];

beforeAll(async () => {
	lab = await openGapLab(
		stack,
		`insert into storage.buckets (id, name, public) values ('files', 'files', true)`,
	);
	({ lite, mended, admin, ask, printed } = lab);
});
afterEach(() => void (printed.length = 0));
afterAll(() => lab.close());

describe('uploads of storage-js', () => {
	const upload = (server: Server, key: string, method = 'POST') => {
		const form = new FormData();
		form.append('cacheControl', '60');
		form.append('', new Blob(['some text'], { type: 'text/plain' }));
		const headers = { apikey: secretKey };
		const url = `${stack.apiUrl}/storage/v1/object/files/${key}`;
		return server.fetch(new Request(url, { method, headers, body: form }));
	};
	const download = async (server: Server, key: string) =>
		server.fetch(new Request(`${stack.apiUrl}/storage/v1/object/public/files/${key}`));

	test('gap: the nameless part is not found, and an update stores the envelope', async () => {
		expect(await (await upload(lite, 'gap.txt')).json()).toMatchObject({
			message: 'Missing file in multipart upload',
		});
		await upload(lite, 'gap.txt', 'PUT');
		expect(await (await download(lite, 'gap.txt')).text()).toContain('Content-Disposition');
	});

	test('arrive as they were sent', async () => {
		for (const method of ['POST', 'PUT']) {
			expect((await upload(mended, 'whole.txt', method)).status).toBe(200);
			const file = await download(mended, 'whole.txt');
			expect([...file.headers]).toEqual(expect.arrayContaining([['content-type', 'text/plain']]));
			expect(file.headers.get('cache-control')).toBe('max-age=60');
			expect(await file.text()).toBe('some text');
		}
	});

	const withKey = async (server: Server, apikey?: string) =>
		(
			await server.fetch(
				new Request(`${stack.apiUrl}/storage/v1/bucket`, { headers: apikey ? { apikey } : {} }),
			)
		).status;

	test('gap: a wrong key or none is served', async () => {
		expect([await withKey(lite, 'sb_publishable_wrong'), await withKey(lite)]).toEqual([200, 200]);
	});

	test('need a key', async () => {
		expect([await withKey(mended, 'sb_publishable_wrong'), await withKey(mended)]).toEqual([401, 401]);
		expect(await withKey(mended, publishableKey)).toBe(200);
	});
});

describe('signed URLs', () => {
	const sign = async (server: Server) => {
		const key = `${randomUUID()}.txt`;
		await admin`insert into storage.objects (bucket_id, name) values ('files', ${key})`;
		const path = `/storage/v1/object/sign/files/${key}`;
		return (await ask(server, 'POST', path, { expiresIn: 60 }, { apikey: secretKey })).body;
	};

	test('gap: have another name and a longer path than storage-js reads', async () => {
		expect(await sign(lite)).toEqual({ signedUrl: expect.stringMatching(/^\/storage\/v1\/object\/sign\//) });
	});

	test('have the name and the path that storage-js reads', async () => {
		expect(await sign(mended)).toMatchObject({ signedURL: expect.stringMatching(/^\/object\/sign\//) });
	});
});

describe('links in mails', () => {
	test('gap: they lead to the site instead of the API, and forget where to go on', async () => {
		const email = `${randomUUID()}@bedside.test`;
		await ask(lite, 'POST', '/auth/v1/signup', { email, password: 'a-long-enough-password' });
		const redirect = encodeURIComponent(`${stack.appUrl}/new-password`);
		await ask(lite, 'POST', `/auth/v1/recover?redirect_to=${redirect}`, {
			email,
			code_challenge: 'x'.repeat(43),
			code_challenge_method: 's256',
		});
		const link = new URL(/https?:\S+/.exec(String(printed.at(-1)))?.[0] ?? 'none:');
		expect(link.origin).toBe(new URL(stack.appUrl).origin);
		expect(link.searchParams.get('redirect_to')).toBe(stack.appUrl);
		expect(link.searchParams.get('token')).not.toMatch(/^pkce_/);
	});
});

describe('what a person says at sign-up', () => {
	const metadataAfterSignUp = async (server: Server) => {
		const email = `${randomUUID()}@people.test`;
		const body = { email, password: 'a-long-enough-password', data: { display_name: 'Hà' } };
		expect((await ask(server, 'POST', '/auth/v1/signup', body)).status).toBe(200);
		const [user] = await admin`
			select jsonb_typeof(raw_user_meta_data) as type, raw_user_meta_data ->> 'display_name' as name
			from auth.users where email = ${email}`;
		return { ...user };
	};

	test('gap: is stored as one JSON string', async () => {
		expect(await metadataAfterSignUp(lite)).toEqual({ type: 'string', name: null });
	});

	test('is stored as an object', async () => {
		expect(await metadataAfterSignUp(mended)).toEqual({ type: 'object', name: 'Hà' });
	});
});
