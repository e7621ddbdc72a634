import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecrets, readSettings } from './settings.ts';

describe('the settings', () => {
	it('are the documented ports and folder when nothing is set', () => {
		const { dataDir, ports } = readSettings({});
		expect(ports).toEqual({ app: 3000, api: 54321, db: 54322, mail: 54324, smtp: 54325 });
		expect(dataDir).toMatch(/supabase[\\/]\.temp$/);
	});

	it('take every port and the folder from the environment', () => {
		const env = {
			PORT: '4000',
			BEDSIDE_API_PORT: '4001',
			BEDSIDE_DB_PORT: '4002',
			BEDSIDE_MAIL_PORT: '4003',
			BEDSIDE_SMTP_PORT: '4004',
			BEDSIDE_DATA_DIR: '/srv/bedside data',
		};
		expect(readSettings(env)).toEqual({
			dataDir: '/srv/bedside data',
			ports: { app: 4000, api: 4001, db: 4002, mail: 4003, smtp: 4004 },
		});
	});

	it.each(['x', '0', '65536', '1.5', '-1'])('name the variable that holds no port: %s', (value) => {
		expect(() => readSettings({ BEDSIDE_DB_PORT: value })).toThrow(/BEDSIDE_DB_PORT must be a port number/);
	});

	it('name two variables that ask for the same port', () => {
		expect(() => readSettings({ PORT: '54321' })).toThrow('PORT and BEDSIDE_API_PORT are both 54321');
	});
});

describe('the secrets', () => {
	let dataDir: string;
	beforeEach(() => {
		dataDir = mkdtempSync(join(tmpdir(), 'bedside-secrets-'));
	});
	afterEach(() => rmSync(dataDir, { recursive: true }));

	it('are made once and stay', () => {
		const first = openSecrets(dataDir);
		expect(first.publishableKey).toMatch(/^sb_publishable_[\w-]{32}$/);
		expect(first.secretKey).toMatch(/^sb_secret_[\w-]{32}$/);
		expect(openSecrets(dataDir)).toEqual(first);
	});

	it('differ from one data directory to the next', () => {
		const other = openSecrets(join(dataDir, 'other'));
		expect(other.jwtSecret).not.toBe(openSecrets(dataDir).jwtSecret);
	});

	it.skipIf(process.platform === 'win32')('are readable for their owner only', () => {
		openSecrets(dataDir);
		expect(statSync(join(dataDir, 'secrets.env')).mode & 0o777).toBe(0o600);
	});

	it('that lost a line are told with the remedy', () => {
		writeFileSync(join(dataDir, 'secrets.env'), 'JWT_SECRET=x\n');
		expect(() => openSecrets(dataDir)).toThrow(/has no PUBLISHABLE_KEY.*npm run reset/);
	});
});
