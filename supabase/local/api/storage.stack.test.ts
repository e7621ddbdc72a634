import { randomBytes, randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, openClient, signUp, type Person } from './fixtures.ts';

const { apiUrl, publishableKey, secretKey, dbUrl } = inject('stack');
const bucket = `files-${randomUUID()}`;
const server = openClient(apiUrl, secretKey);

let owner: Sql;
let ann: Person;
let bob: Person;

beforeAll(async () => {
	owner = connect(dbUrl);
	const { error } = await server.storage.createBucket(bucket, {
		public: false,
		fileSizeLimit: 1000,
		allowedMimeTypes: ['text/plain', 'image/png'],
	});
	if (error) throw error;
	await owner.unsafe(`
		create policy "${bucket} read" on storage.objects for select to authenticated
			using (bucket_id = '${bucket}' and (storage.foldername(name))[1] = (select auth.uid())::text);
		create policy "${bucket} write" on storage.objects for insert to authenticated
			with check (bucket_id = '${bucket}' and (storage.foldername(name))[1] = (select auth.uid())::text);
	`);
	[ann, bob] = await Promise.all([signUp(apiUrl, publishableKey), signUp(apiUrl, publishableKey)]);
});

afterAll(async () => {
	await owner.unsafe(`
		drop policy if exists "${bucket} read" on storage.objects;
		drop policy if exists "${bucket} write" on storage.objects;
	`);
	await owner.end();
	expect((await server.storage.emptyBucket(bucket)).error).toBeNull();
	expect((await server.storage.deleteBucket(bucket)).error).toBeNull();
});

const files = (person: Pick<Person, 'client'>) => person.client.storage.from(bucket);

describe('files through storage-js', () => {
	test('a browser Blob and a Buffer come back as they went', async () => {
		const text = await files(ann).upload(
			`${ann.id}/á note.txt`,
			new Blob(['hello'], { type: 'text/plain' }),
			{ cacheControl: '7' },
		);
		expect(text.error).toBeNull();
		const note = await files(ann).download(`${ann.id}/á note.txt`);
		expect(note.data?.type).toBe('text/plain');
		expect(await note.data?.text()).toBe('hello');
		const bytes = randomBytes(500);
		expect(
			(await files(ann).upload(`${ann.id}/p.png`, bytes, { contentType: 'image/png' })).error,
		).toBeNull();
		const image = await files(ann).download(`${ann.id}/p.png`);
		expect(image.data?.type).toBe('image/png');
		expect(Buffer.from(await image.data!.arrayBuffer())).toEqual(bytes);
		const listed = await files(ann).list(ann.id);
		expect(listed.error).toBeNull();
		expect(JSON.stringify(listed.data)).toContain('p.png');
	});

	test('the policies decide who reads and who writes', async () => {
		const path = `${ann.id}/private.txt`;
		const file = new Blob(['private'], { type: 'text/plain' });
		expect((await files(ann).upload(path, file)).error).toBeNull();
		expect((await files(bob).download(path)).error).not.toBeNull();
		expect((await files(bob).upload(`${ann.id}/forged.txt`, file)).error?.message).toContain(
			'row-level security',
		);
		expect((await files({ client: openClient(apiUrl, publishableKey) }).download(path)).error).not.toBeNull();
		expect((await files(bob).createSignedUrl(path, 60)).error).not.toBeNull();
		expect(await (await files({ client: server }).download(path)).data?.text()).toBe('private');
		await files(bob).remove([path]);
		expect((await files(ann).download(path)).error).toBeNull();
	});

	test('a name is taken once, unless upsert is asked for', async () => {
		const path = `${ann.id}/once.txt`;
		const file = (text: string) => new Blob([text], { type: 'text/plain' });
		await files({ client: server }).upload(path, file('first'));
		expect((await files({ client: server }).upload(path, file('second'))).error).toMatchObject({
			statusCode: '409',
		});
		expect((await files({ client: server }).upload(path, file('third'), { upsert: true })).error).toBeNull();
		expect(await (await files(ann).download(path)).data?.text()).toBe('third');
		expect((await files({ client: server }).update(path, file('fourth'))).error).toBeNull();
		expect(await (await files(ann).download(path)).data?.text()).toBe('fourth');
	});

	test('a bucket refuses what is too large or of another type', async () => {
		const upload = (size: number, type: string) =>
			files({ client: server }).upload(`${ann.id}/${randomUUID()}`, new Blob([randomBytes(size)], { type }));
		expect((await upload(1001, 'text/plain')).error).toMatchObject({ statusCode: '413' });
		expect((await upload(10, 'text/html')).error).toMatchObject({ statusCode: '415' });
	});

	test('a signed URL serves one file without a session', async () => {
		const path = `${ann.id}/signed.txt`;
		await files(ann).upload(path, new Blob(['signed'], { type: 'text/plain' }));
		const { data } = await files(ann).createSignedUrl(path, 60);
		expect(await (await fetch(data!.signedUrl)).text()).toBe('signed');
		const other = data!.signedUrl.replace('signed.txt', 'private.txt');
		expect((await fetch(other)).ok).toBe(false);

		const upload = await files(ann).createSignedUploadUrl(`${ann.id}/later.txt`);
		const { path: laterPath, token } = upload.data!;
		const file = new Blob(['later'], { type: 'text/plain' });
		const stranger = files({ client: openClient(apiUrl, publishableKey) });
		expect((await stranger.uploadToSignedUrl(laterPath, token, file)).error).toBeNull();
		expect(await (await files(ann).download(laterPath)).data?.text()).toBe('later');
	});
});
