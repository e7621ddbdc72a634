import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { checkPort, explainListening } from './ports.ts';

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

it('a port that is taken after the check is told in the same sentence', () => {
	const ports = { app: 1, api: 2, db: 3, mail: 4, smtp: 5 };
	const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', syscall: 'listen', port: 4 });
	expect(explainListening(taken, ports)).toMatchObject({
		name: 'StackError',
		message: expect.stringContaining('set BEDSIDE_MAIL_PORT'),
	});
	const other = new Error('other');
	expect(explainListening(other, ports)).toBe(other);
});
