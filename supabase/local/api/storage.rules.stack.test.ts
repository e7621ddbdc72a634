/** Who may do what with a file: the policies decide, each operation by the statements that it stands for. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { connect, openClient, signUp } from './fixtures.ts';

const { apiUrl, publishableKey, secretKey, dbUrl } = inject('stack');
const bucket = `rules-${randomUUID()}`;
const server = openClient(apiUrl, secretKey);
const text = (words: string) => new Blob([words], { type: 'text/plain' });

let owner: Sql;
let person: SupabaseClient;

/** Lets signed-in people do just this in the bucket. */
async function allow(...commands: ('select' | 'insert' | 'update' | 'delete')[]) {
	for (const command of ['select', 'insert', 'update', 'delete'] as const) {
		await owner.unsafe(`drop policy if exists "${bucket} ${command}" on storage.objects`);
		const clause = command === 'insert' ? 'with check' : 'using';
		if (commands.includes(command))
			await owner.unsafe(
				`create policy "${bucket} ${command}" on storage.objects for ${command} to authenticated ${clause} (bucket_id = '${bucket}')`,
			);
	}
}

const as = (client: SupabaseClient) => client.storage.from(bucket);
const stored = async (path: string) => (await (await as(server).download(path)).data?.text()) ?? null;

beforeAll(async () => {
	owner = connect(dbUrl);
	const { error } = await server.storage.createBucket(bucket, { public: false });
	if (error) throw error;
	person = (await signUp(apiUrl, publishableKey)).client;
});
beforeEach(async () => {
	await allow();
	await as(server).upload('there.txt', text('there'), { upsert: true });
});
afterAll(async () => {
	await allow();
	await owner.end();
	await server.storage.emptyBucket(bucket);
	await server.storage.deleteBucket(bucket);
});

describe('without a policy', () => {
	test('nothing is to be seen, and nothing can be done', async () => {
		const files = as(person);
		const refused = { statusCode: '403', message: 'new row violates row-level security policy' };
		const missing = { statusCode: '404', code: 'NoSuchKey', message: 'Object not found' };
		expect((await files.upload('new.txt', text('new'))).error).toMatchObject(refused);
		expect((await files.upload('there.txt', text('new'), { upsert: true })).error).toMatchObject(refused);
		expect((await files.update('there.txt', text('new'))).error).toMatchObject(refused);
		expect((await files.createSignedUploadUrl('new.txt')).error).toMatchObject(refused);
		expect((await files.info('there.txt')).error).toMatchObject(missing);
		expect((await files.move('there.txt', 'moved.txt')).error).toMatchObject(missing);
		expect((await files.copy('there.txt', 'copied.txt')).error).toMatchObject(missing);
		expect((await files.createSignedUrl('there.txt', 60)).error).toMatchObject(missing);
		expect((await files.exists('there.txt')).data).toBe(false);
		expect(await files.list()).toEqual({ data: [], error: null });
		expect(await files.remove(['there.txt'])).toEqual({ data: [], error: null });
		const many = await files.createSignedUrls(['there.txt', 'none.txt'], 60);
		expect(many.data?.map(({ error, signedUrl }) => [error, signedUrl])).toEqual(
			Array(2).fill(['Either the object does not exist or you do not have access to it', null]),
		);
		expect(await stored('there.txt')).toBe('there');
	});
});

describe('with the policy for', () => {
	test('insert alone, a new file goes in, an upsert does not', async () => {
		await allow('insert');
		const path = `${randomUUID()}.txt`;
		expect((await as(person).upload(path, text('in'))).error).toBeNull();
		expect((await as(person).upload(path, text('again'))).error).toMatchObject({
			statusCode: '409',
			message: 'The resource already exists',
		});
		expect((await as(person).upload(path, text('again'), { upsert: true })).error).toMatchObject({
			statusCode: '403',
		});
		expect(await stored(path)).toBe('in');
	});

	test('insert, update and select, an upsert replaces', async () => {
		await allow('insert', 'update', 'select');
		expect((await as(person).upload('there.txt', text('other'), { upsert: true })).error).toBeNull();
		expect(await stored('there.txt')).toBe('other');
	});

	test('select, a file is read, signed, described and listed, but neither moved nor removed', async () => {
		await allow('select');
		const files = as(person);
		expect(await (await files.download('there.txt')).data?.text()).toBe('there');
		expect((await files.info('there.txt')).data).toMatchObject({ size: 5, contentType: 'text/plain' });
		expect((await files.exists('there.txt')).data).toBe(true);
		expect((await files.list()).data?.map(({ name }) => name)).toContain('there.txt');
		const signed = await files.createSignedUrls(['there.txt', 'none.txt'], 60);
		expect(await (await fetch(String(signed.data![0]!.signedUrl))).text()).toBe('there');
		expect(signed.data![1]).toMatchObject({ signedUrl: null, error: expect.any(String) });
		expect((await files.move('there.txt', 'moved.txt')).error).toMatchObject({ statusCode: '403' });
		expect((await files.copy('there.txt', 'copied.txt')).error).toMatchObject({ statusCode: '403' });
		expect((await files.remove(['there.txt'])).data).toEqual([]);
		expect(await stored('there.txt')).toBe('there');
	});

	test('select, update, insert and delete, a file is copied, moved and removed', async () => {
		await allow('select', 'update', 'insert', 'delete');
		const files = as(person);
		const [copy, moved] = [`${randomUUID()}/copy.txt`, `${randomUUID()}/moved.txt`];
		expect(await files.copy('there.txt', copy)).toEqual({ data: { path: `${bucket}/${copy}` }, error: null });
		expect((await files.move(copy, moved)).error).toBeNull();
		expect([await stored(copy), await stored(moved)]).toEqual([null, 'there']);
		expect((await files.remove([moved, 'none.txt'])).data).toMatchObject([{ name: moved }]);
		expect((await files.exists(moved)).data).toBe(false);
	});
});

describe('bytes', () => {
	test('a Node stream and a web stream arrive whole, an ArrayBuffer too', async () => {
		const bodies = {
			'node.txt': Readable.from([Buffer.from('no'), Buffer.from('de')]),
			'web.txt': new Blob(['web']).stream(),
			'buffer.txt': new TextEncoder().encode('buffer').buffer,
		};
		for (const [name, body] of Object.entries(bodies)) {
			const { error } = await as(server).upload(name, body, { contentType: 'text/plain', upsert: true });
			expect(error, name).toBeNull();
			expect(await stored(name)).toBe(name.replace('.txt', ''));
		}
	});

	test('a signed URL may have a name with spaces and signs', async () => {
		const path = 'a folder/b & (c) +.txt';
		await as(server).upload(path, text('any'), { upsert: true });
		const one = await as(server).createSignedUrl(path, 60);
		const many = await as(server).createSignedUrls([path], 60);
		for (const url of [one.data!.signedUrl, many.data![0]!.signedUrl])
			expect(await (await fetch(String(url))).text()).toBe('any');
	});

	test('a part is served of a signed URL, and a name to save it by', async () => {
		const { data } = await as(server).createSignedUrl('there.txt', 60, { download: 'á.txt' });
		const part = await fetch(data!.signedUrl, { headers: { range: 'bytes=1-2' } });
		expect([part.status, await part.text()]).toEqual([206, 'he']);
		expect(part.headers.get('content-disposition')).toContain('attachment');
	});
});
