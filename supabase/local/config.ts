/** Reads supabase/config.toml, so that the embedded stack, the CLI and Docker follow the same file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StackError } from './errors.ts';

type Value = string | number | boolean | string[];

/** What the embedded services take from the file; ports and addresses come from the settings. */
export interface Config {
	maxRows: number;
	jwtExpiry: number;
	refreshTokenReuseInterval: number;
	minimumPasswordLength: number;
	enableConfirmations: boolean;
	fileSizeLimit: string;
}

const file = fileURLToPath(new URL('../config.toml', import.meta.url));

export function readConfig(text = readFileSync(file, 'utf8')): Config {
	const values = parseToml(text);
	function read(key: string, type: 'number'): number;
	function read(key: string, type: 'string'): string;
	function read(key: string, type: 'boolean'): boolean;
	function read(key: string, type: string): Value {
		const value = values.get(key);
		if (typeof value === type && value !== undefined) return value;
		throw new StackError(`supabase/config.toml must set ${key} to a ${type}.`);
	}
	return {
		maxRows: read('api.max_rows', 'number'),
		jwtExpiry: read('auth.jwt_expiry', 'number'),
		refreshTokenReuseInterval: read('auth.refresh_token_reuse_interval', 'number'),
		minimumPasswordLength: read('auth.minimum_password_length', 'number'),
		enableConfirmations: read('auth.email.enable_confirmations', 'boolean'),
		fileSizeLimit: read('storage.file_size_limit', 'string'),
	};
}

/**
 * The part of TOML that this file uses: tables, and on one line each strings, numbers, booleans and lists of strings,
 * all of which JSON writes the same way. Keys are joined with dots.
 */
export function parseToml(text: string): Map<string, Value> {
	const values = new Map<string, Value>();
	let table = '';
	for (const [index, line] of text.split('\n').entries()) {
		const bare = line.trim();
		if (!bare || bare.startsWith('#')) continue;
		const header = /^\[([\w.]+)\]$/.exec(bare)?.[1];
		const [, key, value] = /^(\w+)\s*=\s*(.+)$/.exec(bare) ?? [];
		if (header) table = `${header}.`;
		else
			try {
				values.set(table + key, JSON.parse(value ?? '') as Value);
			} catch {
				throw new StackError(
					`supabase/config.toml, line ${index + 1}, is more TOML than the embedded stack reads.`,
				);
			}
	}
	return values;
}
