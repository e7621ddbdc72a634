/** Tells a taken port before anything is started on it. */
import { createServer } from 'node:net';
import { StackError } from './errors.ts';
import { portSettings } from './settings.ts';

/** Rejects with a StackError that names the setting when something listens on the port already. */
export async function checkPort(name: keyof typeof portSettings, port: number): Promise<void> {
	const { variable, title } = portSettings[name];
	await new Promise<void>((resolve, reject) => {
		const probe = createServer();
		probe.once('error', (error: NodeJS.ErrnoException) => {
			const reason =
				error.code === 'EADDRINUSE'
					? `is taken. Stop the program that uses it, or set ${variable} to a free port`
					: `cannot be used (${error.code ?? error.message}). Set ${variable} to another port`;
			reject(new StackError(`Port ${port} for ${title} ${reason}.`));
		});
		probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve()));
	});
}
