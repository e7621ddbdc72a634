/** How Storage answers: errors, lists, copies, what is known of an object, and its bytes (see `storage-adaptations.ts`). */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export type Handle = (request: Request) => Promise<Response>;

const codes: Record<string, string> = {
	'Bucket not found': 'NoSuchBucket',
	'Object not found': 'NoSuchKey',
	'The resource already exists': 'KeyAlreadyExists',
	'new row violates row-level security policy': 'AccessDenied',
};
const codesOfErrors: Record<string, string> = {
	invalid_mime_type: 'InvalidMimeType',
	'Payload too large': 'EntityTooLarge',
	'Invalid key': 'InvalidKey',
	InvalidJWT: 'InvalidJWT',
};

/**
 * Gap: errors have no `code`, so storage-js cannot tell that an object is missing (`exists`), and two messages tell the
 * limits of the bucket.
 */
export async function nameError(response: Response): Promise<Response> {
	if (!response.headers.get('content-type')?.startsWith('application/json')) return response;
	const body = (await response.json()) as { message?: string; error?: string };
	const message = body.message?.replace(/( is not supported)\. Supported: .*$| of \d+ bytes$/s, '$1');
	const code = codes[message ?? ''] ?? codesOfErrors[body.error ?? ''];
	return Response.json(
		{ ...body, ...(code && { code }), ...(message && { message }) },
		{ status: response.status },
	);
}

interface ListQuery {
	prefix?: string;
	limit?: number;
	offset?: number;
	search?: string;
	sortBy?: { column?: string; order?: string };
}

interface StoredObject {
	id: string;
	name: string;
	bucket_id: string;
	version: string | null;
	created_at: string;
	updated_at: string;
	last_accessed_at: string;
	metadata: {
		size?: number;
		mimetype?: string;
		cacheControl?: string;
		eTag?: string;
		lastModified?: string;
	} | null;
	user_metadata: object | null;
}

/**
 * Gap: a list holds every object whose whole path begins with the prefix. On a hosted project it holds one folder:
 * first the folders in it, then its files, by the names they have there; `search` is the beginning of such a name.
 * lite is asked for all that the caller may see below the prefix, and the folder is made of that.
 */
export async function listFolder(request: Request, handle: Handle): Promise<Response> {
	const query = (await request.json()) as ListQuery;
	const prefix = query.prefix ? query.prefix.replace(/\/*$/, '/') : '';
	const response = await handle(replaceBody(request, { prefix: prefix.includes('\\') ? '' : prefix }));
	if (!response.ok) return nameError(response);
	const objects = (await response.json()) as StoredObject[];
	const { limit = 100, offset = 0 } = query;
	return Response.json(folderOf(objects, prefix, query).slice(offset, offset + limit));
}

const nothingKnown = { id: null, updated_at: null, created_at: null, last_accessed_at: null, metadata: null };
const sortable = ['name', 'updated_at', 'created_at', 'last_accessed_at'] as const;

function folderOf(objects: StoredObject[], prefix: string, { search = '', sortBy }: ListQuery): object[] {
	const folders = new Set<string>();
	const files: Omit<StoredObject, 'bucket_id' | 'version' | 'user_metadata'>[] = [];
	for (const { id, name: path, updated_at, created_at, last_accessed_at, metadata } of objects) {
		const name = path.slice(prefix.length);
		if (!path.startsWith(prefix) || !name.toLowerCase().startsWith(search.toLowerCase())) continue;
		const [first = '', ...deeper] = name.split('/');
		if (deeper.length) folders.add(first);
		else files.push({ name, id, updated_at, created_at, last_accessed_at, metadata });
	}
	const column = sortable.find((one) => one === sortBy?.column) ?? 'name';
	const sign = sortBy?.order === 'desc' ? -1 : 1;
	files.sort((a, b) => sign * (a[column] < b[column] ? -1 : 1));
	return [...[...folders].sort().map((name) => ({ name, ...nothingKnown })), ...files];
}

/**
 * Gap: a request to sign many paths is taken for one to sign the path "". Each is signed by itself; what may not be
 * read is answered in its place.
 */
export async function signMany(request: Request, handle: Handle): Promise<Response> {
	const { expiresIn, paths } = (await request.json()) as { expiresIn: number; paths: string[] };
	const sign = async (path: string) => {
		const url = `${request.url}/${encodeURI(path)}`;
		// An address would take `..` for another folder and `?` for its end.
		const isName = path.split('/').every((segment) => !/^\.*$|[?#]/.test(segment));
		const response = isName && (await handle(replaceBody(request, { expiresIn }, url)));
		if (response && response.ok) return { error: null, path, ...((await response.json()) as object) };
		if (response && response.status !== 400) throw response;
		const error = 'Either the object does not exist or you do not have access to it';
		return { error, path, signedURL: null };
	};
	try {
		return Response.json(await Promise.all(paths.map(sign)));
	} catch (refusal) {
		if (refusal instanceof Response) return nameError(refusal);
		throw refusal;
	}
}

/** Gap: a copy is answered with `key`. storage-js reads `Key`, which begins with the bucket. */
export async function nameCopy(request: Request, handle: Handle): Promise<Response> {
	const body = (await request.json()) as { bucketId?: string; destinationBucket?: string };
	const response = await handle(replaceBody(request, body));
	if (!response.ok) return nameError(response);
	const { key } = (await response.json()) as { key: string };
	return Response.json({ Key: `${body.destinationBucket ?? body.bucketId}/${key}` });
}

function replaceBody(request: Request, body: object, url = request.url): Request {
	const headers = new Headers(request.headers);
	headers.delete('content-length');
	return new Request(url, { method: request.method, headers, body: JSON.stringify(body) });
}

/** Gap: what is known of an object comes as its row in the database. */
export async function describeObject(response: Response): Promise<Response> {
	const { id, name, version, bucket_id, created_at, metadata, user_metadata } =
		(await response.json()) as StoredObject;
	return Response.json({
		id,
		name,
		version,
		bucket_id,
		size: metadata?.size,
		content_type: metadata?.mimetype,
		cache_control: metadata?.cacheControl,
		etag: metadata?.eTag,
		metadata: user_metadata,
		last_modified: metadata?.lastModified,
		created_at,
	});
}

/** Gap: `Range` is announced and answered with the whole object. */
export function servePart(request: Request, response: Response): Response {
	const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? [];
	const size = Number(response.headers.get('content-length'));
	if ((!from && !to) || !response.body || !size) return response;
	const start = from ? Number(from) : Math.max(0, size - Number(to));
	const end = from && to ? Math.min(Number(to), size - 1) : size - 1;
	const headers = new Headers(response.headers);
	if (start > end) {
		void response.body.cancel();
		const error = {
			statusCode: '416',
			code: 'InvalidRange',
			error: 'invalid_range',
			message: 'invalid range provided',
		};
		return Response.json(error, { status: 416, headers: { 'content-range': `bytes */${size}` } });
	}
	headers.set('content-range', `bytes ${start}-${end}/${size}`);
	headers.set('content-length', String(end - start + 1));
	const part = Readable.from(partOf(response.body as ReadableStream<Uint8Array>, start, end));
	return new Response(Readable.toWeb(part) as BodyInit, { status: 206, headers });
}

async function* partOf(body: ReadableStream<Uint8Array>, start: number, end: number) {
	let at = 0;
	for await (const chunk of body) {
		const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at));
		if (part.length) yield part;
		at += chunk.length;
		if (at > end) return;
	}
}

/** Gap: `?download` is ignored, and the browser shows the file instead of saving it. */
export function offerDownload(request: Request, response: Response): Response {
	const name = new URL(request.url).searchParams.get('download');
	if (name === null) return response;
	const encoded = encodeURIComponent(name);
	const headers = new Headers(response.headers);
	headers.set(
		'content-disposition',
		name ? `attachment; filename=${encoded}; filename*=UTF-8''${encoded};` : 'attachment;',
	);
	return new Response(response.body, { status: response.status, headers });
}
