/** Tells a taken port before anything is started on it. */
import { createServer } from 'node:net';
import { StackError } from './errors.ts';
import { type PortName, portSettings } from './settings.ts';

/** Rejects with a StackError that names the setting when something listens on the port already. */
export async function checkPort(name: PortName, port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const probe = createServer();
		probe.once('error', (error) => reject(explainPort(error, name, port)));
		probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve()));
	});
}

/** What to tell of a failure to listen. */
export function explainPort(error: Error & { code?: string }, name: PortName, port: number): StackError {
	const { variable, title } = portSettings[name];
	const reason =
		error.code === 'EADDRINUSE'
			? `is taken. Stop the program that uses it, or set ${variable} to a free port`
			: `cannot be used (${error.code ?? error.message}). Set ${variable} to another port`;
	return new StackError(`Port ${port} for ${title} ${reason}.`);
}

/** An error from listening on one of the ports becomes its sentence; any other stays. (Ports get taken after a check, too.) */
export function explainListening(error: unknown, ports: Record<PortName, number>): unknown {
	if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen' || !('port' in error))
		return error;
	const name = (Object.keys(ports) as PortName[]).find((candidate) => ports[candidate] === error.port);
	return name ? explainPort(error, name, ports[name]) : error;
}
