/**
 * Each gap of Storage in `@supabase/lite` twice: as lite has it alone ("gap"), and mended. See
 * `adaptations.services.stack.test.ts` for uploads and signed URLs.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type GapLab, openGapLab, type Server } from './gap-lab.ts';

const stack = inject('stack');
const apikey = stack.secretKey;

let lab: GapLab;
let lite: Server;
let mended: Server;
beforeAll(async () => {
	lab = await openGapLab(
		stack,
		`insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
		 values ('files', 'files', false, 20, '{text/plain}')`,
	);
	({ lite, mended } = lab);
	for (const name of ['b.txt', 'folder/c.txt', 'folder/deep/d.txt', 'a.txt'])
		await put(mended, name, 'some text');
});
afterAll(() => lab.close());

const send = async (server: Server, method: string, path: string, init: RequestInit = {}) =>
	server.fetch(
		new Request(`${stack.apiUrl}/storage/v1/object/${path}`, {
			method,
			...init,
			headers: { apikey, 'content-type': 'text/plain', ...(init.headers as Record<string, string>) },
		}),
	);
const put = (server: Server, name: string, body: BodyInit, headers: HeadersInit = {}) =>
	send(server, 'POST', `files/${name}`, { body, headers: { 'content-length': '9', ...(headers as object) } });
const ask = async (server: Server, method: string, path: string, body?: object) =>
	(await lab.ask(server, method, `/storage/v1/object/${path}`, body, { apikey })).body;

describe('a list', () => {
	const names = async (server: Server, query: object) =>
		(await ask(server, 'POST', 'list/files', query)).map(({ name }: { name: string }) => name);

	test('gap: holds whole paths, at every depth', async () => {
		expect(await names(lite, { prefix: 'folder' })).toEqual(['folder/c.txt', 'folder/deep/d.txt']);
	});

	test('holds one folder: folders first, then files', async () => {
		expect(await names(mended, { prefix: '' })).toEqual(['folder', 'a.txt', 'b.txt']);
		expect(await names(mended, { prefix: 'folder' })).toEqual(['deep', 'c.txt']);
		expect(await names(mended, { prefix: 'fold' })).toEqual([]);
		expect(await names(mended, { sortBy: { column: 'name', order: 'desc' }, limit: 1, offset: 1 })).toEqual([
			'b.txt',
		]);
		expect(await names(mended, { prefix: 'folder/', search: 'C' })).toEqual(['c.txt']);
	});
});

describe('an error', () => {
	const upload = async (server: Server, type: string, length: string) =>
		(await put(server, 'e.txt', 'x', { 'content-type': type, 'content-length': length })).json();

	test('gap: has no code', async () => {
		expect(await ask(lite, 'GET', 'files/none.txt')).not.toHaveProperty('code');
		expect((await upload(lite, 'text/html', '1')).message).toContain('Supported:');
	});

	test('has the code that storage-js reads', async () => {
		expect(await ask(mended, 'GET', 'files/none.txt')).toEqual({
			statusCode: '404',
			code: 'NoSuchKey',
			error: 'not_found',
			message: 'Object not found',
		});
		expect(await upload(mended, 'text/html', '1')).toMatchObject({
			statusCode: '415',
			code: 'InvalidMimeType',
			message: 'mime type text/html is not supported',
		});
		expect(await upload(mended, 'text/plain', '21')).toMatchObject({
			code: 'EntityTooLarge',
			message: 'The object exceeded the maximum allowed size',
		});
	});
});

describe('an object', () => {
	test('gap: its long name is another bucket, its range is all of it, nothing makes it a download', async () => {
		expect(await ask(lite, 'GET', 'authenticated/files/a.txt')).toMatchObject({ statusCode: '404' });
		const part = await send(lite, 'GET', 'files/a.txt?download=', { headers: { range: 'bytes=0-3' } });
		expect(part.status).toBe(200);
		expect(part.headers.has('content-disposition')).toBe(false);
		expect(await part.text()).toBe('some text');
	});

	test('is served in part, as a download, by its long name', async () => {
		const get = async (range: string) => {
			const part = await send(mended, 'GET', 'authenticated/files/a.txt', { headers: { range } });
			return [part.status, part.headers.get('content-range'), part.status === 206 ? await part.text() : null];
		};
		expect(await get('bytes=0-3')).toEqual([206, 'bytes 0-3/9', 'some']);
		expect(await get('bytes=5-')).toEqual([206, 'bytes 5-8/9', 'text']);
		expect(await get('bytes=-2')).toEqual([206, 'bytes 7-8/9', 'xt']);
		expect(await get('bytes=9-')).toEqual([416, 'bytes */9', null]);
		const saved = await send(mended, 'GET', 'files/a.txt?download=%C3%A1.txt');
		expect(saved.headers.get('content-disposition')).toContain(`filename*=UTF-8''%C3%A1.txt`);
	});

	test('gap: what is known of it is its row, and its copy is a key without bucket', async () => {
		expect(await ask(lite, 'GET', 'info/files/a.txt')).toHaveProperty('httpMetadata');
		const body = { bucketId: 'files', sourceKey: 'a.txt', destinationKey: 'gap.txt' };
		expect(await ask(lite, 'POST', 'copy', body)).toEqual({ key: 'gap.txt' });
	});

	test('is described and copied in the words of storage-js', async () => {
		expect(await ask(mended, 'GET', 'info/files/a.txt')).toMatchObject({
			name: 'a.txt',
			bucket_id: 'files',
			size: 9,
			content_type: 'text/plain',
			etag: expect.any(String),
			last_modified: expect.any(String),
		});
		const body = { bucketId: 'files', sourceKey: 'a.txt', destinationKey: 'copies/a.txt' };
		expect(await ask(mended, 'POST', 'copy', body)).toEqual({ Key: 'files/copies/a.txt' });
	});
});

describe('many paths to sign', () => {
	const body = { expiresIn: 60, paths: ['a.txt', 'folder/c.txt', '../files/a.txt', 'none.txt'] };

	test('gap: are taken for one without a name', async () => {
		expect(await ask(lite, 'POST', 'sign/files', body)).toMatchObject({ error: 'not_found' });
	});

	test('are signed one by one', async () => {
		const signed = await ask(mended, 'POST', 'sign/files', body);
		expect(signed.map(({ path }: { path: string }) => path)).toEqual(body.paths);
		expect(signed.map(({ error }: { error: string | null }) => error === null)).toEqual([
			true,
			true,
			false,
			false,
		]);
		expect(signed[1].signedURL).toMatch(/^\/object\/sign\/files\/folder\/c\.txt\?token=/);
	});
});

describe('a stream', () => {
	const stream = (server: Server, name: string, size: number) => {
		const body = new Blob(['x'.repeat(size)]).stream();
		return send(server, 'POST', `files/${name}`, { body, duplex: 'half' } as RequestInit);
	};

	test('gap: is stored whatever its size', async () => {
		expect((await stream(lite, 'gap-stream.txt', 21)).status).toBe(200);
	});

	test('is measured', async () => {
		expect(await (await stream(mended, 'long.txt', 21)).json()).toMatchObject({ code: 'EntityTooLarge' });
		expect((await stream(mended, 'stream.txt', 20)).status).toBe(200);
		expect(await (await send(mended, 'GET', 'files/stream.txt')).text()).toBe('x'.repeat(20));
	});
});
