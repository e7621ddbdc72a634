import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileStore } from './file-store.ts';

let folder: string;
let store: ReturnType<typeof createFileStore>;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'bedside-files-'));
	store = createFileStore(join(folder, 'files'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const put = (key: string, text: string | ReadableStream<Uint8Array>) => {
	const body = typeof text === 'string' ? Buffer.from(text) : text;
	return store.uploadObject('bucket', key, undefined, body, 'text/plain', 'max-age=60');
};
const read = async (key: string, bucket = 'bucket') => {
	const { body } = await store.getObject(bucket, key, undefined);
	return new Response(body as ReadableStream).text();
};

test('a file keeps its bytes, its type and its caching', async () => {
	const text = 'first line\nsecond line\n';
	expect(await put('a.txt', text)).toMatchObject({ mimetype: 'text/plain', size: text.length });
	expect(await read('a.txt')).toBe(text);
	const { eTag } = await store.headObject('bucket', 'a.txt', undefined);
	expect(await store.getObject('bucket', 'a.txt', undefined, { ifNoneMatch: eTag })).toMatchObject({
		httpStatusCode: 304,
		metadata: { cacheControl: 'max-age=60', contentLength: text.length },
	});
	await put('empty', '');
	expect(await read('empty')).toBe('');
});

test('a name is only a name', async () => {
	for (const key of [
		'../../escaped.txt',
		'/etc/escaped',
		'a.txt/b.txt',
		'a\\..\\b',
		'..',
		'x'.repeat(1000),
	]) {
		await put(key, key);
		expect(await read(key)).toBe(key);
	}
	expect(await readdir(folder)).toEqual(['files']);
});

test('an upload that breaks off leaves the file as it was, and nothing aside', async () => {
	await put('whole.txt', 'whole');
	const broken = new ReadableStream<Uint8Array>({
		start(controller) {
			controller.enqueue(Buffer.from('half'));
			setTimeout(() => controller.error(new Error('the network went away')), 10);
		},
	});
	await expect(put('whole.txt', broken)).rejects.toThrow('the network went away');
	expect(await read('whole.txt')).toBe('whole');
	const names = await readdir(join(folder, 'files'), { recursive: true });
	expect(names.filter((name) => /\.[0-9a-f-]{36}$/.test(name))).toEqual([]);
});

test('files are copied and removed', async () => {
	await put('one.txt', 'one');
	await store.copyObject('bucket', 'one.txt', undefined, 'other', 'two.txt', undefined);
	await store.deleteObject('bucket', 'one.txt', undefined);
	await store.deleteObjects('bucket', ['one.txt', 'never-there.txt']);
	expect(await read('two.txt', 'other')).toBe('one');
	await expect(read('one.txt')).rejects.toThrow('ENOENT');
});
