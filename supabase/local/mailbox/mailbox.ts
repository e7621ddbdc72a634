import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { contentSecurityPolicy, page } from './page.ts';

/** A mail that was caught. */
export interface Mail {
	id: number;
	/** Lower case. */
	to: string[];
	from: string;
	subject: string;
	/** ISO 8601, when it arrived. */
	receivedAt: string;
	text: string;
	html: string;
}

export interface MailboxOptions {
	smtpPort: number;
	webPort: number;
	log: (line: string) => void;
}

export interface Mailbox {
	/** The page that shows the mails. */
	url: string;
	smtpUrl: string;
	stop(): Promise<void>;
}

const kept = 200;
const largestMail = 5 * 1024 * 1024;

/**
 * Catches every mail of the embedded stack, and delivers none. Keeps the last 200 in memory; listens on 127.0.0.1.
 * `GET /` is a page, `GET /api/messages?to=<address>` answers `{ messages: Mail[] }` newest first,
 * `DELETE /api/messages` forgets all.
 */
export async function startMailbox(options: MailboxOptions): Promise<Mailbox> {
	const mails: Mail[] = [];
	let lastId = 0;

	const receive = async (stream: SMTPServerDataStream, recipients: string[]): Promise<void> => {
		const chunks: Buffer[] = [];
		for await (const chunk of stream) chunks.push(chunk as Buffer);
		if (stream.sizeExceeded) throw Object.assign(new Error('The mail is too large.'), { responseCode: 552 });
		const parsed = await PostalMime.parse(Buffer.concat(chunks));
		mails.unshift({
			id: ++lastId,
			to: recipients.map((address) => address.toLowerCase()),
			from: parsed.from?.address ?? '',
			subject: parsed.subject ?? '',
			receivedAt: new Date().toISOString(),
			text: parsed.text ?? '',
			html: parsed.html ?? '',
		});
		mails.length = Math.min(mails.length, kept);
	};

	const smtp = new SMTPServer({
		authOptional: true,
		disableReverseLookup: true,
		disabledCommands: ['AUTH', 'STARTTLS'],
		size: largestMail,
		onData(stream, session, done) {
			receive(
				stream,
				session.envelope.rcptTo.map(({ address }) => address),
			).then(() => done(), done);
		},
	});
	smtp.on('error', (error) => options.log(`mailbox: ${error.message}`));

	const web = createServer((request, response) => answer(request, response, mails));
	await listen(smtp.server, options.smtpPort);
	try {
		await listen(web, options.webPort);
	} catch (error) {
		await new Promise<void>((done) => smtp.close(done));
		throw error;
	}
	const portOf = (server: Server): number => (server.address() as AddressInfo).port;
	return {
		url: `http://127.0.0.1:${portOf(web)}`,
		smtpUrl: `smtp://127.0.0.1:${portOf(smtp.server)}`,
		async stop() {
			web.closeAllConnections();
			await Promise.all([
				new Promise<void>((done) => smtp.close(done)),
				new Promise<void>((done) => void web.close(() => done())),
			]);
		},
	};
}

function answer(request: IncomingMessage, response: ServerResponse, mails: Mail[]): void {
	// `//[` and the like are no address: a throw here would end the stack.
	const url = URL.parse(request.url ?? '/', 'http://mailbox') ?? new URL('http://mailbox/not-found');
	const to = url.searchParams.get('to')?.toLowerCase();
	const shown = to ? mails.filter((mail) => mail.to.includes(to)) : mails;
	response.setHeader('Cache-Control', 'no-store');
	response.setHeader('X-Content-Type-Options', 'nosniff');
	if (!isLocal(request)) {
		response.writeHead(403).end('The mailbox answers to this machine only.');
	} else if (url.pathname === '/' && request.method === 'GET') {
		response.setHeader('Content-Type', 'text/html; charset=utf-8');
		response.setHeader('Content-Security-Policy', contentSecurityPolicy);
		response.end(page(shown, Number(url.searchParams.get('mail')) || shown[0]?.id));
	} else if (url.pathname === '/api/messages' && request.method === 'GET') {
		response.setHeader('Content-Type', 'application/json');
		response.end(JSON.stringify({ messages: shown }));
	} else if (url.pathname === '/api/messages' && request.method === 'DELETE') {
		mails.length = 0;
		response.writeHead(204).end();
	} else {
		response.writeHead(404).end('Not found');
	}
}

/** A page elsewhere whose name was made to resolve to this machine must not read the mails. */
function isLocal(request: IncomingMessage): boolean {
	const host = (request.headers.host ?? '').replace(/:\d+$/, '');
	return host === '127.0.0.1' || host === 'localhost' || host === '[::1]';
}

function listen(server: Server, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => {
			server.off('error', reject);
			resolve();
		});
	});
}
