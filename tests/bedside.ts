/** The fixtures of the browser tests: people, their browsers, and the names that the interface promises (design.md). */
import { type Browser, type BrowserContextOptions, type Page, test as base, expect } from '@playwright/test';
import { type Pair, type Person, makePair } from './people.ts';
import type { StackAddress } from './stack.ts';

export { expect };

export const stack: StackAddress = JSON.parse(process.env.BEDSIDE_TEST_STACK ?? '{}');

export const desktop = { viewport: { width: 1440, height: 900 } } as const;
export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;

interface Fixtures {
	/** A patient and a doctor of this test alone, in care of each other. */
	pair: Pair;
	/** A browser of its own for a person, signed in through the sign-in page. */
	openAs: (
		person: Pick<Person, 'email' | 'password'>,
		path?: string,
		options?: BrowserContextOptions,
	) => Promise<Page>;
}

export const test = base.extend<Fixtures>({
	// eslint-disable-next-line no-empty-pattern
	pair: async ({}, use) => use(await makePair(stack)),
	openAs: async ({ browser }, use) => {
		const pages: Page[] = [];
		await use(async (person, path = '/conversations', options = desktop) => {
			const page = await signIn(browser, person, options);
			pages.push(page);
			await page.goto(`${stack.appUrl}${path}`);
			return page;
		});
		await Promise.all(pages.map((page) => page.context().close()));
	},
});

async function signIn(
	browser: Browser,
	person: Pick<Person, 'email' | 'password'>,
	options: BrowserContextOptions,
): Promise<Page> {
	const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Lisbon', ...options });
	const page = await context.newPage();
	await page.goto(`${stack.appUrl}/sign-in`);
	await page.getByLabel('Email').fill(person.email);
	await page.getByLabel('Password').fill(person.password);
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.waitForURL(/\/conversations/);
	return page;
}

export const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
export const composer = (page: Page) => page.getByRole('textbox', { name: 'Message' });
export const messageWith = (page: Page, text: string) =>
	thread(page).getByRole('article').filter({ hasText: text });

/** Waits until the thread's live channels are joined. */
export const whenConnected = (page: Page) =>
	expect(page.getByRole('status', { name: 'Connection' })).toHaveText('Connected');

/** Writes and sends as a person does: into the box, then Enter. */
export async function write(page: Page, text: string): Promise<void> {
	await composer(page).fill(text);
	await composer(page).press('Enter');
}
