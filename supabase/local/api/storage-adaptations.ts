/** What Storage of `@supabase/lite` 0.10 answers otherwise than a hosted project; as in `adaptations.ts`, one function for each gap. */
import type { ReadableStream } from 'node:stream/web';
import {
	type Handle,
	describeObject,
	listFolder,
	nameCopy,
	nameError,
	offerDownload,
	servePart,
	signMany,
} from './storage-answers.ts';

interface Keys {
	publishableKey: string;
	secretKey: string;
}

/** Serves a request to Storage through lite, with its gaps mended. */
export async function serveStorage(request: Request, keys: Keys, handle: Handle): Promise<Response> {
	const refusal = storageRefusal(request, keys);
	if (refusal) return refusal;
	const asked = usePlainPath(request);
	const { pathname } = new URL(asked.url);
	if (asked.method === 'POST' && pathname.startsWith('/storage/v1/object/list/'))
		return listFolder(asked, handle);
	if (asked.method === 'POST' && pathname === '/storage/v1/object/copy') return nameCopy(asked, handle);
	if (asked.method === 'POST' && /^\/storage\/v1\/object\/sign\/[^/]+$/.test(pathname))
		return signMany(asked, async (one) => renameSignedUrls(one, await handle(one)));
	const response = await handle(await measureUpload(await unwrapUpload(asked)));
	if (!response.ok) return nameError(response);
	if (asked.method === 'GET' && pathname.startsWith('/storage/v1/object/info/'))
		return describeObject(response);
	if (asked.method === 'GET') return offerDownload(asked, servePart(asked, response));
	return renameSignedUrls(asked, response);
}

/**
 * Gap: Storage serves a request with a wrong key, or with none, as anon. The hosted gateway wants a key for everything
 * but public objects and signed URLs.
 */
export function storageRefusal(
	request: Request,
	keys: { publishableKey: string; secretKey: string },
): Response | undefined {
	const url = new URL(request.url);
	if (request.method === 'OPTIONS' || publicStorage.test(url.pathname)) return;
	if (signedStorage.test(url.pathname) && url.searchParams.has('token')) return;
	const key = request.headers.get('apikey');
	if (key === keys.publishableKey || key === keys.secretKey) return;
	const message = key ? 'Invalid API key' : 'No API key found in request';
	return Response.json({ message }, { status: 401, headers: { 'Access-Control-Allow-Origin': '*' } });
}

/**
 * Gap: a multipart upload must name its part `file`, and an update by multipart stores the envelope. storage-js sends
 * the file in a part without a name, beside `cacheControl` and `metadata`. Becomes a raw body with headers.
 */
export async function unwrapUpload(request: Request): Promise<Request> {
	const isMultipart = request.headers.get('content-type')?.startsWith('multipart/form-data');
	const { pathname } = new URL(request.url);
	if (!isMultipart || !pathname.startsWith('/storage/v1/object/')) return request;
	const form = await request.formData();
	const file = form.get('') ?? form.get('file');
	if (!(file instanceof Blob)) return new Request(request, { body: new Uint8Array() });
	const headers = new Headers(request.headers);
	headers.set('content-type', file.type || 'application/octet-stream');
	headers.set('content-length', String(file.size));
	const cacheControl = form.get('cacheControl');
	if (typeof cacheControl === 'string') headers.set('cache-control', `max-age=${cacheControl}`);
	const metadata = form.get('metadata');
	if (typeof metadata === 'string') headers.set('x-metadata', Buffer.from(metadata).toString('base64'));
	return new Request(request.url, { method: request.method, headers, body: await file.arrayBuffer() });
}

const publicStorage = /^\/storage\/v1\/(status$|object\/public\/)/;
const signedStorage = /^\/storage\/v1\/object\/(upload\/)?sign\//;

interface SignedUrl {
	signedUrl?: string;
}

/**
 * Gap: signed URLs are answered as `signedUrl` with the whole path. storage-js reads `signedURL`, and `url` for an
 * upload, and puts the service's address before it.
 */
export async function renameSignedUrls(request: Request, response: Response): Promise<Response> {
	const isSigning = request.method === 'POST' && signedStorage.test(new URL(request.url).pathname);
	if (!isSigning || !response.ok) return response;
	const rename = ({ signedUrl, ...rest }: SignedUrl) => {
		const url = signedUrl?.replace(/^\/storage\/v1/, '') || null;
		return { ...rest, signedURL: url, url };
	};
	const body = (await response.json()) as SignedUrl | SignedUrl[];
	const renamed = Array.isArray(body) ? body.map(rename) : rename(body);
	return Response.json(renamed, { status: response.status });
}

/** Gap: `/object/authenticated/…`, the long name of `/object/…`, is taken for a bucket; likewise below `info`. */
export function usePlainPath(request: Request): Request {
	const url = new URL(request.url);
	const plain = url.pathname.replace(
		/^\/storage\/v1\/object\/(info\/authenticated|info\/public|authenticated)\//,
		(_, name: string) => `/storage/v1/object/${name.startsWith('info') ? 'info/' : ''}`,
	);
	if (plain === url.pathname) return request;
	url.pathname = plain;
	return new Request(url, request);
}

/** What a hosted project takes at most on its free plan; the bucket's own limit is lite's to check. */
const longestStream = 50 * 1024 * 1024;

/**
 * Gap: the limits of size trust the length that the request declares, so a stream, which declares none, has no limit
 * and its row no size. Becomes bytes with their length.
 */
export async function measureUpload(request: Request): Promise<Request> {
	const { pathname } = new URL(request.url);
	const isUpload = /^\/storage\/v1\/object\/(upload\/sign\/|(?!list\/|sign\/|upload\/|move$)[^/]+\/)/.test(
		pathname,
	);
	if (!request.body || !isUpload || request.headers.has('content-length')) return request;
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of request.body as ReadableStream<Uint8Array>) {
		length += chunk.length;
		if (length > longestStream) break; // lite refuses by the length alone
		chunks.push(chunk);
	}
	const headers = new Headers(request.headers);
	headers.set('content-length', String(length));
	return new Request(request.url, { method: request.method, headers, body: Buffer.concat(chunks) });
}
