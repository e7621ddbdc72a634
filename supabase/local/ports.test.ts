import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { checkPort } from './ports.ts';

it('a taken port is told in one sentence that names the setting', async () => {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address() as AddressInfo;
	await expect(checkPort('db', port)).rejects.toThrow(
		`Port ${port} for Postgres is taken. Stop the program that uses it, or set BEDSIDE_DB_PORT to a free port.`,
	);
	await new Promise((resolve) => server.close(resolve));
	await expect(checkPort('db', port)).resolves.toBeUndefined();
});
