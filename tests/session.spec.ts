/** What a page does when the session, the account or the network goes away under it. */
import type { Page } from '@playwright/test';
import postgres from 'postgres';
import { composer, expect, messageWith, stack, test, thread, whenConnected, write } from './bedside.ts';
import type { Person } from './people.ts';

async function signOutIn(page: Page): Promise<void> {
	await page.goto(`${stack.appUrl}/settings`);
	await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
	await page.waitForURL(/\/sign-in/);
}

/** A page asks the table every 15 s. */
const soon = { timeout: 30_000 };

async function signInAs(page: Page, person: Person): Promise<void> {
	await page.getByLabel('Email').fill(person.email);
	await page.getByLabel('Password').fill(person.password);
	await page.getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.waitForURL(/\/conversations/);
}

test('a tab left open never writes as the person who signed in next in the same browser', async ({
	pair,
	openAs,
}) => {
	const tab = await openAs(pair.patient, `/conversations/${pair.conversationId}`);
	await whenConnected(tab);
	const nextTab = await tab.context().newPage();
	await signOutIn(nextTab);
	await signInAs(nextTab, pair.doctor);

	await tab.bringToFront();
	// What the stale page does depends on whether it has noticed yet; what must not happen does not.
	await write(tab, 'Written by the patient.').catch(() => {});
	await expect(tab.getByRole('heading', { name: 'Test Patient' })).toBeVisible();
	const { data } = await pair.patient.client
		.from('messages')
		.select('id')
		.eq('conversation_id', pair.conversationId)
		.eq('sender_id', pair.doctor.id);
	expect(data).toEqual([]);
});

test('signing out in one tab takes the messages off the other', async ({ pair, openAs }) => {
	const tab = await openAs(pair.patient, `/conversations/${pair.conversationId}`);
	await whenConnected(tab);
	await signOutIn(await tab.context().newPage());
	await expect(tab).toHaveURL(/\/sign-in\?next=/, soon);
	await expect(thread(tab)).toBeHidden();
});

test('a suspended person is told so, on the open page and on a fresh one', async ({ pair, openAs }) => {
	const path = `/conversations/${pair.conversationId}`;
	const page = await openAs(pair.patient, path);
	await whenConnected(page);
	const sql = postgres(stack.adminDbUrl, { max: 1 });
	await sql`update public.profiles set suspended_at = now() where id = ${pair.patient.id}`;
	await sql.end();
	await expect(page.getByRole('heading', { name: 'Your account is paused' })).toBeVisible(soon);
	const answer = await page.goto(`${stack.appUrl}${path}`);
	expect(answer?.status()).toBe(403);
	await expect(page.getByRole('heading', { name: 'Your account is paused' })).toBeVisible();
});

test('leaving a thread offline keeps the page and what waits to be sent', async ({ pair, openAs }) => {
	const page = await openAs(pair.patient, `/conversations/${pair.conversationId}`);
	await whenConnected(page);
	await page.context().setOffline(true);
	await write(page, 'Written in a tunnel.');
	await page.getByRole('link', { name: 'Appointments' }).click();
	await expect(page.getByRole('alert')).toContainText('You are offline');
	await expect(messageWith(page, 'Written in a tunnel.')).toBeVisible();

	await page.context().setOffline(false);
	await expect(messageWith(page, 'Written in a tunnel.')).toHaveAccessibleName(/Sent|Delivered/);
	await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a text that is too long stays in the box, whole, and says by how much', async ({ pair, openAs }) => {
	const page = await openAs(pair.patient, `/conversations/${pair.conversationId}`);
	await whenConnected(page);
	await write(page, 'é'.repeat(8012));
	await expect(page.getByText('Too long by 12 characters')).toBeVisible();
	await expect(composer(page)).toHaveValue('é'.repeat(8012));
	await expect(thread(page).getByRole('article')).toHaveCount(0);
	await write(page, '🫀'.repeat(8000));
	await expect(thread(page).getByRole('article')).toHaveAccessibleName(/Sent|Delivered/);
});
