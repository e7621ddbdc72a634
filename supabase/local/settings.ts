/** Where the embedded stack listens and keeps its files, and the keys that it makes for itself. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from './errors.ts';

export interface Settings {
	/** Absolute path. Everything that the stack writes is below it. */
	dataDir: string;
	ports: { app: number; api: number; db: number; mail: number; smtp: number };
}

/** Made on first start, kept readable for their owner only, never committed. */
export interface Secrets {
	/** Signs the access tokens (HS256). */
	jwtSecret: string;
	/** `sb_publishable_…`: what a browser holds; speaks as `anon` until somebody signs in. */
	publishableKey: string;
	/** `sb_secret_…`: speaks as `service_role`; servers only. */
	secretKey: string;
	/** Of every role that may log in to the database, as on a local Supabase. */
	databasePassword: string;
}

/** The environment variable that moves each port. */
export const portSettings = {
	app: { variable: 'PORT', standard: 3000, title: 'the app' },
	api: { variable: 'BEDSIDE_API_PORT', standard: 54321, title: 'the API' },
	db: { variable: 'BEDSIDE_DB_PORT', standard: 54322, title: 'Postgres' },
	mail: { variable: 'BEDSIDE_MAIL_PORT', standard: 54324, title: 'the mailbox' },
	smtp: { variable: 'BEDSIDE_SMTP_PORT', standard: 54325, title: 'the SMTP server' },
} as const;

export type PortName = keyof typeof portSettings;

const standardDataDir = fileURLToPath(new URL('../.temp', import.meta.url));

/** Reads the settings from environment variables; throws a StackError that names a variable it cannot use. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
	const port = (name: PortName) => {
		const { variable, standard } = portSettings[name];
		const value = env[variable];
		if (!value) return standard;
		const number = Number(value);
		if (!Number.isInteger(number) || number < 1 || number > 65_535)
			throw new StackError(`${variable} must be a port number from 1 to 65535, but it is "${value}".`);
		return number;
	};
	const ports = {
		app: port('app'),
		api: port('api'),
		db: port('db'),
		mail: port('mail'),
		smtp: port('smtp'),
	};

	const variableOf = new Map<number, string>();
	for (const name of Object.keys(portSettings) as PortName[]) {
		const { variable } = portSettings[name];
		const other = variableOf.get(ports[name]);
		if (other)
			throw new StackError(`${other} and ${variable} are both ${ports[name]}. Give them different ports.`);
		variableOf.set(ports[name], variable);
	}
	return { dataDir: resolve(env.BEDSIDE_DATA_DIR || standardDataDir), ports };
}

const secretNames = {
	jwtSecret: 'JWT_SECRET',
	publishableKey: 'PUBLISHABLE_KEY',
	secretKey: 'SECRET_KEY',
	databasePassword: 'DATABASE_PASSWORD',
} as const satisfies Record<keyof Secrets, string>;

/** Reads `<dataDir>/secrets.env`, or makes it. */
export function openSecrets(dataDir: string): Secrets {
	const file = join(dataDir, 'secrets.env');
	if (existsSync(file)) return parseSecrets(readFileSync(file, 'utf8'), file);
	const random = (bytes: number) => randomBytes(bytes).toString('base64url');
	const secrets: Secrets = {
		jwtSecret: random(48),
		publishableKey: `sb_publishable_${random(24)}`,
		secretKey: `sb_secret_${random(24)}`,
		// Goes into connection URLs, so it has no character that would need escaping there.
		databasePassword: randomBytes(18).toString('hex'),
	};
	const lines = (Object.keys(secretNames) as (keyof Secrets)[]).map(
		(key) => `${secretNames[key]}=${secrets[key]}\n`,
	);
	mkdirSync(dataDir, { recursive: true });
	writeFileSync(file, lines.join(''), { mode: 0o600, flag: 'wx' });
	return secrets;
}

function parseSecrets(text: string, file: string): Secrets {
	const values = new Map(
		text.split('\n').map((line) => {
			const [name = '', ...rest] = line.split('=');
			return [name, rest.join('=').trim()] as const;
		}),
	);
	const read = (key: keyof Secrets) => {
		const value = values.get(secretNames[key]);
		if (value) return value;
		throw new StackError(
			`${file} has no ${secretNames[key]}. Put it back, or start afresh with "npm run reset".`,
		);
	};
	return {
		jwtSecret: read('jwtSecret'),
		publishableKey: read('publishableKey'),
		secretKey: read('secretKey'),
		databasePassword: read('databasePassword'),
	};
}
