import { request } from 'node:http';
import { SmtpEmailDriver } from '@supabase/lite';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Mail, type Mailbox, startMailbox } from './mailbox.ts';

let mailbox: Mailbox;
let postman: SmtpEmailDriver;

beforeAll(async () => {
	mailbox = await startMailbox({ smtpPort: 0, webPort: 0, log: () => {} });
	const { port } = new URL(mailbox.smtpUrl);
	postman = new SmtpEmailDriver({ host: '127.0.0.1', port: Number(port), from: 'clinic@bedside.test' });
});
afterEach(() => fetch(`${mailbox.url}/api/messages`, { method: 'DELETE' }));
afterAll(() => mailbox.stop());

const list = async (query = ''): Promise<Mail[]> => {
	const answer = await fetch(`${mailbox.url}/api/messages${query}`);
	return ((await answer.json()) as { messages: Mail[] }).messages;
};
const send = (to: string, subject: string, text = 'Hello', html?: string) =>
	postman.send({ to, subject, text, ...(html ? { html } : {}) });

test('a mail is caught, newest first, and found by its address', async () => {
	await send('Ann@bedside.test', 'First', 'Chào bạn, é ✓');
	await send('bob@bedside.test', 'Second');
	expect((await list()).map(({ subject }) => subject)).toEqual(['Second', 'First']);
	expect(await list('?to=ann%40BEDSIDE.test')).toMatchObject([
		{ subject: 'First', from: 'clinic@bedside.test', to: ['ann@bedside.test'], text: 'Chào bạn, é ✓\n' },
	]);
	expect(await list('?to=nobody@bedside.test')).toEqual([]);
});

test('the last 200 are kept, until they are deleted', async () => {
	await send('ann@bedside.test', 'The oldest');
	await Promise.all(Array.from({ length: 200 }, () => send('ann@bedside.test', 'One of many')));
	const mails = await list();
	expect(mails).toHaveLength(200);
	expect(mails.map(({ subject }) => subject)).not.toContain('The oldest');
	expect((await fetch(`${mailbox.url}/api/messages`, { method: 'DELETE' })).status).toBe(204);
	expect(await list()).toEqual([]);
});

test('the page shows a mail without letting it act', async () => {
	const attack = '<script>alert(1)</script>';
	await send(
		'ann@bedside.test',
		attack,
		`Go to https://bedside.test/?a=1&b=2 ${attack}`,
		`<p>"Hello"</p>${attack}`,
	);
	const page = await fetch(mailbox.url);
	const html = await page.text();
	expect(html).not.toContain('<script');
	expect(html).toContain('<a href="https://bedside.test/?a=1&amp;b=2">');
	expect(html).toMatch(
		/<iframe title="HTML of the mail" sandbox="allow-popups[a-z -]*" srcdoc="[^"]*&lt;script&gt;/,
	);
	expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('a page elsewhere whose name was pointed at this machine reads nothing', async () => {
	const { port } = new URL(mailbox.url);
	const status = await new Promise((resolve, reject) => {
		request({ port, host: '127.0.0.1', path: '/api/messages', headers: { host: 'elsewhere.example' } })
			.on('response', (response) => resolve(response.resume().statusCode))
			.on('error', reject)
			.end();
	});
	expect(status).toBe(403);
});

test('an address that is none is not found, and ends nothing', async () => {
	const { port } = new URL(mailbox.url);
	const status = await new Promise((resolve, reject) => {
		request({ port, host: '127.0.0.1', path: '//[' })
			.on('response', (response) => resolve(response.resume().statusCode))
			.on('error', reject)
			.end();
	});
	expect(status).toBe(404);
});
