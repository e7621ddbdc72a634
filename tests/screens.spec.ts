import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { desktop, expect, phone, stack, test, thread, whenConnected } from './bedside.ts';

const publicPaths = ['/sign-in', '/sign-up', '/forgot-password', '/nowhere'];
const signedInPaths = ['/conversations', '/appointments', '/people', '/settings', '/nowhere'];
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

async function expectNoViolations(page: Page, where: string) {
	const { violations } = await new AxeBuilder({ page }).withTags(wcag).analyze();
	expect(
		violations.map(
			({ id, nodes }) => `${where}: ${id} ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
		),
	).toEqual([]);
}

for (const [size, device] of [
	['desktop', desktop],
	['phone', phone],
] as const)
	for (const colorScheme of ['light', 'dark'] as const)
		test(`axe finds nothing on any page: ${size}, ${colorScheme}`, async ({ pair, openAs, browser }) => {
			const guest = await (await browser.newContext({ ...device, colorScheme })).newPage();
			for (const path of publicPaths) {
				await guest.goto(`${stack.appUrl}${path}`);
				await expectNoViolations(guest, path);
			}
			await guest.context().close();

			await pair.patient.client.rpc('send_message', {
				conversation: pair.conversationId,
				id: crypto.randomUUID(),
				body: 'Hello',
			});
			for (const person of [pair.patient, pair.doctor]) {
				const page = await openAs(person, '/conversations', { ...device, colorScheme });
				for (const path of [...signedInPaths, `/conversations/${pair.conversationId}`]) {
					await page.goto(`${stack.appUrl}${path}`);
					if (path.includes(pair.conversationId)) await whenConnected(page);
					await expectNoViolations(page, path);
				}
			}
		});

test('nothing scrolls sideways at 320 pixels', async ({ pair, openAs }) => {
	const page = await openAs(pair.patient, '/conversations', { viewport: { width: 320, height: 640 } });
	for (const path of [...signedInPaths, ...publicPaths, `/conversations/${pair.conversationId}`]) {
		await page.goto(`${stack.appUrl}${path}`);
		expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
	}
});

test('every page keeps to its content security policy, and says so with every security header', async ({
	pair,
	openAs,
}) => {
	const page = await openAs(pair.doctor);
	const complaints: string[] = [];
	page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
	page.on('pageerror', (error) => complaints.push(String(error)));
	for (const path of [
		'/conversations',
		'/appointments',
		'/people',
		'/settings',
		`/conversations/${pair.conversationId}`,
	]) {
		const answer = await page.goto(`${stack.appUrl}${path}`);
		const headers = answer?.headers() ?? {};
		expect(headers['content-security-policy'], path).toMatch(/script-src [^;]*'nonce-/);
		expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
		expect(headers['x-content-type-options']).toBe('nosniff');
		expect(headers['x-frame-options']).toBe('DENY');
		expect(headers['referrer-policy']).toBeTruthy();
		expect(headers['permissions-policy']).toBeTruthy();
	}
	await expect(thread(page)).toBeVisible();
	await whenConnected(page);
	expect(complaints).toEqual([]);
});

test('files, errors and refusals carry the security headers too', async ({ page, request }) => {
	await page.goto(`${stack.appUrl}/sign-in`);
	const script = await page.locator('link[rel=modulepreload]').first().getAttribute('href');
	const answers = [
		await request.get(new URL(String(script), `${stack.appUrl}/sign-in`).href),
		await request.get(`${stack.appUrl}/favicon.svg`),
		await request.get(`${stack.appUrl}/api/health`),
		await request.get(`${stack.appUrl}/nowhere`),
		await request.get(`${stack.appUrl}/conversations`, { maxRedirects: 0 }),
		await request.post(`${stack.appUrl}/sign-in`, {
			headers: { origin: 'https://elsewhere.example' },
			form: {},
		}),
	];
	expect(answers.map((answer) => answer.status())).toEqual([200, 200, 200, 404, 303, 403]);
	for (const answer of answers) {
		const headers = answer.headers();
		expect(headers['content-security-policy'], answer.url()).toContain("frame-ancestors 'none'");
		expect(headers['x-content-type-options'], answer.url()).toBe('nosniff');
		expect(headers['x-frame-options'], answer.url()).toBe('DENY');
	}
});

test('a form posted from another site is refused', async ({ request }) => {
	const answer = await request.post(`${stack.appUrl}/sign-in`, {
		headers: { origin: 'https://elsewhere.example' },
		form: { email: 'patient1@bedside.test', password: 'bedside-demo-1' },
	});
	expect(answer.status()).toBe(403);
});
