import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readStatus, writeStatus } from './status.ts';

const status = { app: 'a', api: 'b', db: 'c', mail: 'd', publishableKey: 'e', secretKey: 'f' };
let dataDir: string;
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'bedside-status-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

it('a running stack is found until it takes its file back', () => {
	expect(readStatus(dataDir)).toBeNull();
	const takeBack = writeStatus(dataDir, status);
	expect(readStatus(dataDir)).toEqual({ ...status, pid: process.pid });
	takeBack();
	expect(readStatus(dataDir)).toBeNull();
});

it.each([
	[
		'of a process that was killed',
		JSON.stringify({ ...status, pid: spawnSync(process.execPath, ['-v']).pid }),
	],
	['that was not written to its end', '{"app":'],
])('a file %s is no running stack', (_, text) => {
	writeFileSync(join(dataDir, 'status.json'), text);
	expect(readStatus(dataDir)).toBeNull();
});
