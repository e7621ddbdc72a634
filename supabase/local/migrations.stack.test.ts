import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { pushMigrations } from './migrations.ts';

// A database of its own in the running cluster, and a small project to push to it.
const database = `migrations_${process.pid}`;
const workdir = mkdtempSync(join(tmpdir(), 'bedside migrations-'));
const lines: string[] = [];
const dbUrl = () => Object.assign(new URL(inject('stack').dbUrl), { pathname: `/${database}` }).href;
const push = () => pushMigrations({ dbUrl: dbUrl(), seed: true, log: (line) => lines.push(line), workdir });
const write = (file: string, sql: string) => writeFileSync(join(workdir, 'supabase', file), sql);

async function query(url: string, sql: string): Promise<pg.QueryResult> {
	const client = new pg.Client(url);
	await client.connect();
	try {
		return await client.query(sql);
	} finally {
		await client.end();
	}
}

beforeAll(async () => {
	await query(inject('stack').dbUrl, `create database ${database}`);
	mkdirSync(join(workdir, 'supabase', 'migrations'), { recursive: true });
	copyFileSync(
		fileURLToPath(new URL('../config.toml', import.meta.url)),
		join(workdir, 'supabase', 'config.toml'),
	);
	write('migrations/20260101000000_rooms.sql', 'create table public.rooms (name text primary key);');
	write('seed.sql', `insert into public.rooms values ('one');`);
});
beforeEach(() => void lines.splice(0));
afterAll(async () => {
	await query(inject('stack').dbUrl, `drop database ${database} with (force)`);
	rmSync(workdir, { recursive: true });
});

it('migrations and seed are applied, and told line by line', async () => {
	await push();
	expect(lines).toEqual(['Applying 20260101000000_rooms.sql …', 'Seeding the demo clinic …']);
});

it('a second push applies and seeds nothing', async () => {
	await push();
	expect(lines).toEqual([]);
	expect((await query(dbUrl(), 'select * from rooms')).rows).toEqual([{ name: 'one' }]);
});

it('a seed that was edited does not touch a database that is seeded', async () => {
	write('seed.sql', `insert into public.rooms values ('one'), ('two');`);
	await push();
	expect((await query(dbUrl(), 'select * from rooms')).rows).toEqual([{ name: 'one' }]);
});

it('a failing migration is named with its SQL error and leaves nothing of itself', async () => {
	write(
		'migrations/20260102000000_beds.sql',
		'create table public.beds (id int); create table public.x (id intt);',
	);
	await expect(push()).rejects.toThrow(
		'Migration 20260102000000_beds.sql failed: ERROR: type "intt" does not exist (SQLSTATE 42704)',
	);
	expect((await query(dbUrl(), `select to_regclass('public.beds') as beds`)).rows).toEqual([{ beds: null }]);
});
