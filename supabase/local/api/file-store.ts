import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { App } from '@supabase/lite';

type StorageAdapter = NonNullable<App['_storageAdapter']>;
type Metadata = Awaited<ReturnType<StorageAdapter['headObject']>>;

/** The first line of a stored file, before the bytes themselves. */
interface Header {
	mimetype: string;
	cacheControl: string;
	eTag: string;
}

const longestHeader = 4096;

/**
 * Storage's files in a folder, one file for each object: a line of JSON, then the bytes. The name is a digest of
 * bucket and key, so no key names a path, and `a` and `a/b` can both exist. A file appears whole or not at all: it is
 * written aside, flushed and renamed.
 */
export function createFileStore(folder: string): StorageAdapter {
	const root = resolve(folder);
	const pathOf = (bucket: string, key: string): string => {
		const digest = createHash('sha256').update(`${bucket}\0${key}`).digest('hex');
		return join(root, digest.slice(0, 2), digest);
	};
	const remove = (bucket: string, key: string): Promise<void> => rm(pathOf(bucket, key), { force: true });

	return {
		driver: root,

		async getObject(bucket, key, _version, request) {
			const path = pathOf(bucket, key);
			const { metadata, start } = await readHeader(path);
			if (request?.ifNoneMatch === metadata.eTag) return { httpStatusCode: 304, metadata };
			const body = Readable.toWeb(createReadStream(path, { start }));
			return { httpStatusCode: 200, metadata, body };
		},

		async uploadObject(bucket, key, _version, body, mimetype, cacheControl) {
			const path = pathOf(bucket, key);
			const header: Header = { mimetype, cacheControl, eTag: `"${randomUUID()}"` };
			const line = Buffer.from(`${JSON.stringify(header)}\n`);
			if (line.length > longestHeader) throw new Error('The media type of the upload is too long.');
			const bytes =
				body instanceof Uint8Array ? [body] : Readable.fromWeb(body as ReadableStream<Uint8Array>);
			await replaceFile(path, async (aside) => {
				await pipeline(async function* () {
					yield line;
					yield* bytes;
				}, createWriteStream(aside));
			});
			return (await readHeader(path)).metadata;
		},

		deleteObject: remove,

		async deleteObjects(bucket, keys) {
			for (const key of keys) await remove(bucket, key);
		},

		async copyObject(fromBucket, fromKey, _version, bucket, key) {
			const path = pathOf(bucket, key);
			await replaceFile(path, (aside) => copyFile(pathOf(fromBucket, fromKey), aside));
			const { eTag, lastModified } = (await readHeader(path)).metadata;
			return { httpStatusCode: 200, eTag, lastModified };
		},

		headObject: async (bucket, key) => (await readHeader(pathOf(bucket, key))).metadata,

		privateAssetUrl: () => Promise.reject(new Error('Images are not transformed on the embedded stack.')),
	};
}

async function readHeader(path: string): Promise<{ metadata: Metadata; start: number }> {
	const file = await open(path, 'r');
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(longestHeader), 0, longestHeader, 0);
		const end = buffer.subarray(0, bytesRead).indexOf('\n');
		const header = JSON.parse(buffer.toString('utf8', 0, end)) as Header;
		const { size, mtime } = await file.stat();
		const length = size - end - 1;
		return {
			metadata: { ...header, size: length, contentLength: length, lastModified: mtime },
			start: end + 1,
		};
	} finally {
		await file.close();
	}
}

async function replaceFile(path: string, write: (aside: string) => Promise<void>): Promise<void> {
	await mkdir(dirname(path), { recursive: true, mode: 0o700 });
	const aside = `${path}.${randomUUID()}`;
	try {
		await write(aside);
		const file = await open(aside, 'r+');
		await file.sync().finally(() => file.close());
		await rename(aside, path);
	} catch (error) {
		await rm(aside, { force: true });
		throw error;
	}
}
