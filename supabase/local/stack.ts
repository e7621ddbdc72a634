/** The embedded stack: everything a hosted project offers that Bedside uses, on this machine. */
import { join } from 'node:path';
import { createApi, createSystemTables } from './api/index.ts';
import type { StackError } from './errors.ts';
import { startGateway } from './gateway.ts';
import { startMailbox } from './mailbox/mailbox.ts';
import { pushMigrations } from './migrations.ts';
import { checkPort, explainListening } from './ports.ts';
import { bootstrapPlatform, rotateRealtimeMessages, sealPlatform } from './postgres/bootstrap.ts';
import { type Postgres, type PostgresOptions, startPostgres, stopLeftBehind } from './postgres/server.ts';
import type { Limits } from './realtime/limits.ts';
import { createRealtime } from './realtime/server.ts';
import { openSecrets, type Settings } from './settings.ts';
import { writeStatus } from './status.ts';

export interface StackOptions {
	settings: Settings;
	/** Seeds the demo clinic when the database has none yet. Default: true. */
	seed?: boolean;
	log?: (line: string) => void;
	/** Changes to hosted's limits of Realtime, for a measurement that must exceed one. */
	limits?: Partial<Limits>;
	/** Called when the database ends without having been asked to; the rest of the stack is of no use then. */
	onLost?: (error: StackError) => void;
}

export interface Stack {
	/** Where the app belongs; the stack does not serve it. */
	appUrl: string;
	apiUrl: string;
	/** As `postgres`, which is no superuser. */
	dbUrl: string;
	/** As `supabase_admin`, the superuser. */
	adminDbUrl: string;
	mailUrl: string;
	smtpUrl: string;
	publishableKey: string;
	secretKey: string;
	jwtSecret: string;
	/** Stops everything, last started first. Calling it again does nothing. */
	stop(): Promise<void>;
}

/** Hourly, so that a machine that slept over midnight is not long without the day's partition. */
const rotationInterval = 60 * 60 * 1_000;

/**
 * Starts everything and resolves when it serves: database, platform objects, the tables of Auth and Storage,
 * migrations, seed, then the services. Throws a StackError when a port is taken or a step fails, with nothing left
 * running.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
	const { settings, seed = true, log = () => {}, limits, onLost } = options;
	const { dataDir, ports } = settings;
	const undos: (() => Promise<void> | void)[] = [];
	let stopped: Promise<void> | undefined;
	const stop = () => (stopped ??= undoAll(undos));

	try {
		const { databasePassword, ...keys } = openSecrets(dataDir);
		await stopLeftBehind({ dataDir, password: databasePassword, log });
		for (const name of ['app', 'api', 'db', 'mail', 'smtp'] as const) await checkPort(name, ports[name]);

		const database = { dataDir, port: ports.db, password: databasePassword, log, onLost };
		const postgres = await startDatabase({ ...database, seed });
		undos.push(postgres.stop);
		const adminDbUrl = postgres.url('supabase_admin');
		const dbUrl = postgres.url('postgres');
		const rotation = setInterval(() => {
			rotateRealtimeMessages(adminDbUrl).catch((error: unknown) =>
				log(`The partitions of realtime.messages could not be made: ${String(error)}`),
			);
		}, rotationInterval);
		rotation.unref();
		undos.push(() => clearInterval(rotation));

		const mailbox = await startMailbox({ smtpPort: ports.smtp, webPort: ports.mail, log });
		undos.push(mailbox.stop);
		const appUrl = `http://localhost:${ports.app}`;
		const apiUrl = `http://127.0.0.1:${ports.api}`;
		const api = await createApi({
			...keys,
			dbUrl: postgres.url('authenticator'),
			catalogUrl: dbUrl,
			apiUrl,
			siteUrl: appUrl,
			redirectUrls: [`${appUrl}/**`, `http://127.0.0.1:${ports.app}/**`],
			smtp: { host: '127.0.0.1', port: ports.smtp },
			storageDir: join(dataDir, 'storage'),
			log,
		});
		undos.push(api.close);
		const realtime = await createRealtime({ ...keys, adminUrl: adminDbUrl, log, limits });
		undos.push(realtime.stop);
		const gateway = await startGateway({ port: ports.api, api, realtime, log });
		undos.push(gateway.stop);

		const stack: Stack = {
			...keys,
			appUrl,
			apiUrl,
			dbUrl,
			adminDbUrl,
			mailUrl: mailbox.url,
			smtpUrl: `smtp://127.0.0.1:${ports.smtp}`,
			stop,
		};
		const { dbUrl: db, mailUrl: mail, publishableKey, secretKey } = stack;
		undos.push(writeStatus(dataDir, { app: appUrl, api: apiUrl, db, mail, publishableKey, secretKey }));
		log('The embedded stack answers. It is for development, demos and tests, not for production.');
		return stack;
	} catch (error) {
		await stop().catch(() => {}); // what failed first is what the person must know
		throw explainListening(error, ports);
	}
}

/**
 * The database alone, as Bedside's services find it: platform objects, the tables of Auth and Storage, migrations and,
 * where asked for, the seed.
 */
export async function startDatabase(options: PostgresOptions & { seed: boolean }): Promise<Postgres> {
	const { password, seed, log } = options;
	const postgres = await startPostgres(options);
	try {
		const adminUrl = postgres.url('supabase_admin');
		await bootstrapPlatform(adminUrl, password);
		await createSystemTables(adminUrl);
		await sealPlatform(adminUrl);
		await pushMigrations({ dbUrl: postgres.url('postgres'), seed, log });
		return postgres;
	} catch (error) {
		await postgres.stop();
		throw error;
	}
}

/** Undoes everything, last first; a failure does not keep the rest from being undone. */
async function undoAll(undos: (() => Promise<void> | void)[]): Promise<void> {
	const failures: unknown[] = [];
	for (const undo of undos.reverse())
		try {
			await undo();
		} catch (error) {
			failures.push(error);
		}
	if (failures.length > 0) throw new AggregateError(failures, 'The stack did not stop cleanly.');
}
