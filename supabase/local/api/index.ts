import { App, setExperimental, SmtpEmailDriver } from '@supabase/lite';
import { restSkipsSessionLookup } from './adaptations.ts';
import { readConfig } from '../config.ts';
import { ApiConnection } from './connection.ts';
import { createMailer, followPkceLink, withMailRequest } from './email-links.ts';
import { createFileStore } from './file-store.ts';
import { serveStorage } from './storage-adaptations.ts';

export { createSystemTables } from './system-tables.ts';

export interface ApiOptions {
	/** Login role `authenticator`: may become anon, authenticated and service_role; inherits the admins of auth and storage. */
	dbUrl: string;
	/** Login role `postgres`, the owner of the tables. Reads the catalogue, nothing else. */
	catalogUrl: string;
	jwtSecret: string;
	publishableKey: string;
	secretKey: string;
	/** Where clients reach this API; links in mails start with it. */
	apiUrl: string;
	siteUrl: string;
	redirectUrls: string[];
	smtp: { host: string; port: number };
	storageDir: string;
	log: (line: string) => void;
}

export interface Api {
	/** Serves /rest/v1, /auth/v1 and /storage/v1. */
	fetch(request: Request): Promise<Response>;
	/** Reads the schema again, without interrupting requests. Also runs by itself on `notify pgrst, 'reload schema'`. */
	reloadSchema(): Promise<void>;
	close(): Promise<void>;
}

const services = ['/rest/v1', '/auth/v1', '/storage/v1'];

/** REST, Auth and Storage of the embedded stack: `@supabase/lite` on our Postgres, with its gaps mended. */
export async function createApi(options: ApiOptions): Promise<Api> {
	process.env.DO_NOT_TRACK = '1';
	// lite hashes in JavaScript on this thread: the usual 10 would hold up everybody for 100 ms at each sign-in.
	process.env.LITE_AUTH_BCRYPT_COST ??= '8';
	const connection = new ApiConnection(options.dbUrl, options.catalogUrl);
	try {
		return await serveFrom(connection, options);
	} catch (error) {
		await connection.close();
		throw error;
	}
}

async function serveFrom(connection: ApiConnection, options: ApiOptions): Promise<Api> {
	const config = readConfig();
	const app = new App({
		connection,
		api: { enabled: true, schemas: ['public'], max_rows: config.maxRows },
		auth: {
			enabled: true,
			jwt_secret: options.jwtSecret,
			publishable_key: options.publishableKey,
			secret_key: options.secretKey,
			site_url: options.siteUrl,
			additional_redirect_urls: options.redirectUrls,
			jwt_expiry: config.jwtExpiry,
			enable_refresh_token_rotation: true,
			refresh_token_reuse_interval: config.refreshTokenReuseInterval,
			minimum_password_length: config.minimumPasswordLength,
			email: { enable_signup: true, enable_confirmations: config.enableConfirmations },
		},
		storage: { enabled: true, file_size_limit: config.fileSizeLimit },
		studio: { enabled: false },
		db: { driver: 'postgres', migrations: { enabled: false } },
		options: { server: { admin: false, disableStudio: true, middlewares: [restSkipsSessionLookup] } },
	});
	const postman = new SmtpEmailDriver({ ...options.smtp, from: 'Bedside <no-reply@bedside.test>' });
	app._mailer = createMailer(postman, connection.driver, options.apiUrl, options.siteUrl);
	app._storageAdapter = createFileStore(options.storageDir);
	await app.init();
	// After init(), which would otherwise print that the feature is experimental; it is asked for on each request.
	setExperimental('storage', true);
	await connection.introspect({ useCache: true });

	let isClosed = false;
	const reloadSchema = coalesce(() => connection.reloadSchema());
	await connection.listen((payload) => {
		if (isClosed || (payload !== '' && payload !== 'reload schema')) return;
		reloadSchema().catch((error: unknown) => {
			if (!isClosed) options.log(`The API could not read the schema again: ${String(error)}`);
		});
	});

	const handle = async (request: Request): Promise<Response> => app.fetch(request);
	return {
		async fetch(request) {
			const { pathname } = new URL(request.url);
			if (pathname.startsWith('/rest/v1/')) return handle(request);
			if (pathname.startsWith('/storage/v1/')) return serveStorage(request, options, handle);
			if (pathname.startsWith('/auth/v1/'))
				return withMailRequest(request, (mailing) => followPkceLink(mailing, connection.driver, handle));
			return Response.json(
				{ message: `Nothing is served here, but at ${services.join(', ')}.` },
				{ status: 404 },
			);
		},
		reloadSchema,
		close() {
			isClosed = true;
			return connection.close();
		},
	};
}

/** Calls that come while one is under way share the one that follows it. */
function coalesce(work: () => Promise<void>): () => Promise<void> {
	let running: Promise<void> | undefined;
	let next: Promise<void> | undefined;
	const start = (): Promise<void> => {
		next = undefined;
		running = work().finally(() => (running = undefined));
		return running;
	};
	return () => (running ? (next ??= running.then(start, start)) : start());
}
