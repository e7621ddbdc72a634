/** `npm run screenshots`: every screen of the demo clinic, phone and desktop, light and dark, into docs/screens/. */
import { type Browser, type BrowserContextOptions, chromium } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp, root, serveApp } from '../supabase/local/app.ts';
import { log, runUntilStopped } from '../supabase/local/console.ts';
import { chromiumLaunch, ensureChromium } from './chromium.ts';
import { startTestStack } from './stack.ts';

const folder = join(root, 'docs/screens');
const devices = {
	desktop: { viewport: { width: 1440, height: 900 } },
	phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
} satisfies Record<string, BrowserContextOptions>;
/** Who, on what device, sees which pages; `first` stands for the first conversation in the list. */
const visits = [
	{ who: null, device: 'desktop', paths: ['/sign-in', '/sign-up'] },
	{ who: null, device: 'phone', paths: ['/sign-in', '/forgot-password'] },
	{
		who: 'doctor1',
		device: 'desktop',
		paths: ['first', '/conversations', '/appointments', '/people', '/settings', '/nowhere'],
	},
	{ who: 'doctor1', device: 'phone', paths: ['/conversations', 'first'] },
	{
		who: 'patient1',
		device: 'phone',
		paths: ['/conversations', 'first', '/appointments', '/people', '/settings'],
	},
	{ who: 'patient1', device: 'desktop', paths: ['first', '/appointments'] },
	{ who: 'patient8', device: 'phone', paths: ['/conversations'] },
] as const;

await runUntilStopped(async (_, onStop) => {
	ensureChromium(log);
	const build = await buildApp(log);
	const stack = await startTestStack(log);
	onStop(() => stack.stop());
	const app = await serveApp({ stack, build, port: Number(new URL(stack.appUrl).port), demo: true, log });
	onStop(() => app.stop());
	const browser = await chromium.launch(chromiumLaunch());
	mkdirSync(folder, { recursive: true });
	for (const visit of visits)
		for (const colorScheme of ['light', 'dark'] as const)
			await photograph(browser, app.url, visit, colorScheme);
	await browser.close();
	log(`The pictures are in ${folder}.`);
	return 0;
});

async function photograph(
	browser: Browser,
	url: string,
	visit: (typeof visits)[number],
	colorScheme: 'light' | 'dark',
) {
	const context = await browser.newContext({
		...devices[visit.device],
		colorScheme,
		locale: 'en-GB',
		timezoneId: 'Europe/Lisbon',
	});
	const page = await context.newPage();
	if (visit.who) {
		await page.goto(`${url}/sign-in`);
		await page.getByLabel('Email').fill(`${visit.who}@bedside.test`);
		await page.getByLabel('Password').fill('bedside-demo-1');
		await page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await page.waitForURL(/\/conversations/);
	}
	for (const path of visit.paths) {
		if (path === 'first') {
			await page.goto(`${url}/conversations`);
			await page.getByRole('list', { name: 'Conversations' }).getByRole('link').first().click();
			await page.getByRole('status', { name: 'Connection' }).filter({ hasText: 'Connected' }).waitFor();
		} else await page.goto(`${url}${path}`);
		await page.evaluate(() => document.fonts.ready);
		await page.waitForLoadState('networkidle');
		const name = [
			path === 'first' ? 'thread' : path.slice(1) || 'home',
			visit.who ?? 'guest',
			visit.device,
			colorScheme,
		].join('-');
		await page.screenshot({ path: join(folder, `${name}.png`) });
		log(name);
	}
	await context.close();
}
