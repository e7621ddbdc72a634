/** A stack for tests: free ports, a throw-away folder, the demo clinic. It runs beside whatever else runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eraseCluster } from '../supabase/local/postgres/cluster.ts';
import type { Limits } from '../supabase/local/realtime/limits.ts';
import { type Stack, startStack } from '../supabase/local/stack.ts';

/** What a test needs to reach the stack; plain data, so that it crosses processes. */
export type StackAddress = Omit<Stack, 'stop'>;

export function addressOf(stack: Stack): StackAddress {
	const { appUrl, apiUrl, dbUrl, adminDbUrl, mailUrl, smtpUrl, publishableKey, secretKey, jwtSecret } = stack;
	return { appUrl, apiUrl, dbUrl, adminDbUrl, mailUrl, smtpUrl, publishableKey, secretKey, jwtSecret };
}

export async function startTestStack(
	log: (line: string) => void = () => {},
	limits?: Partial<Limits>,
): Promise<Stack> {
	const dataDir = mkdtempSync(join(tmpdir(), 'bedside-test-'));
	const [app = 0, api = 0, db = 0, mail = 0, smtp = 0] = await freePorts(5);
	const erase = () => {
		eraseCluster(dataDir);
		rmSync(dataDir, { recursive: true, force: true });
	};
	const settings = { dataDir, ports: { app, api, db, mail, smtp } };
	const stack = await startStack({ settings, log, limits }).catch((error: unknown) => {
		erase();
		throw error;
	});
	return {
		...stack,
		async stop() {
			await stack.stop();
			erase();
		},
	};
}

/** Ports that nothing listens on; held together until all are known, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
	const servers = await Promise.all(
		Array.from({ length: count }, async () => {
			const server = createServer();
			await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
			return server;
		}),
	);
	const ports = servers.map((server) => (server.address() as { port: number }).port);
	await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	return ports;
}
