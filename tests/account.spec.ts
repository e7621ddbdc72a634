import { freePorts } from './stack.ts';
import { desktop, expect, stack, test } from './bedside.ts';
import { makePatient, password } from './people.ts';
import { buildApp, serveApp } from '../supabase/local/app.ts';

test.describe('accounts', () => {
	test('signing up makes a patient, whatever the request says', async ({ page }) => {
		await page.goto(`${stack.appUrl}/sign-up`);
		await page.getByLabel('Name').fill('Maria Nova');
		await page.getByLabel('Email').fill(`${crypto.randomUUID()}@people.test`);
		await page.getByLabel('Password').fill(password);
		await page.getByRole('button', { name: 'Create account' }).click();
		await page.waitForURL(/\/conversations/);
		await expect(page.getByRole('link', { name: /Doctors/ }).first()).toBeVisible();
	});

	test('a wrong password is said in place, and says nothing about who has an account', async ({ page }) => {
		const person = await makePatient(stack);
		const sentences: string[] = [];
		for (const email of [person.email, `${crypto.randomUUID()}@people.test`]) {
			await page.goto(`${stack.appUrl}/sign-in`);
			await page.getByLabel('Email').fill(email);
			await page.getByLabel('Password').fill('not-the-password');
			await page.getByRole('button', { name: 'Sign in', exact: true }).click();
			sentences.push(await page.getByRole('alert').innerText());
		}
		expect(sentences[0]).toBe(sentences[1]);
	});

	test('a forgotten password is replaced through the mailbox', async ({ page, request, browser }) => {
		const person = await makePatient(stack);
		await page.goto(`${stack.appUrl}/forgot-password`);
		await page.getByLabel('Email').fill(person.email);
		await page.getByRole('button', { name: /Send/ }).click();
		await expect(page.getByRole('status').or(page.getByRole('alert')).first()).toBeVisible();

		const mail = await expect
			.poll(
				async () =>
					(await (await request.get(`${stack.mailUrl}/api/messages?to=${person.email}`)).json()).messages[0],
			)
			.toBeTruthy()
			.then(
				async () =>
					(await (await request.get(`${stack.mailUrl}/api/messages?to=${person.email}`)).json()).messages[0],
			);
		const link = /https?:\/\/[^\s"<>]+/.exec(String(mail.text ?? mail.html).replaceAll('&amp;', '&'))?.[0];
		expect(link).toBeTruthy();
		await page.goto(String(link));
		await page
			.getByLabel(/New password/)
			.first()
			.fill('another-long-password');
		await page.getByRole('button', { name: /password/i }).click();
		await page.waitForURL(/\/(conversations|sign-in)/);

		const elsewhere = await (await browser.newContext(desktop)).newPage();
		await elsewhere.goto(`${stack.appUrl}/sign-in`);
		await elsewhere.getByLabel('Email').fill(person.email);
		await elsewhere.getByLabel('Password').fill('another-long-password');
		await elsewhere.getByRole('button', { name: 'Sign in', exact: true }).click();
		await elsewhere.waitForURL(/\/conversations/);
		await elsewhere.context().close();
	});

	test('signing out closes every page behind it', async ({ openAs }) => {
		const person = await makePatient(stack);
		const page = await openAs(person, '/settings');
		await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
		await page.waitForURL(/\/sign-in/);
		await page.goto(`${stack.appUrl}/conversations`);
		await expect(page).toHaveURL(/\/sign-in/);
	});

	test('the demo log-ins are on the embedded stack only', async ({ browser }) => {
		const here = await (await browser.newContext(desktop)).newPage();
		await here.goto(`${stack.appUrl}/sign-in`);
		await here.getByRole('button', { name: /Continue as.*patient1/i }).click();
		await here.waitForURL(/\/conversations/);

		const [port = 0] = await freePorts(1);
		const elsewhere = await serveApp({
			stack,
			build: await buildApp(() => {}),
			port,
			demo: false,
			log: () => {},
		});
		try {
			const page = await (await browser.newContext(desktop)).newPage();
			await page.goto(`${elsewhere.url}/sign-in`);
			await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
			await expect(page.getByRole('button', { name: /Continue as/i })).toHaveCount(0);
			const asked = await page.request.post(`${elsewhere.url}/sign-in?/demo`, {
				headers: { origin: elsewhere.url },
				form: { person: 'patient1' },
			});
			// SvelteKit answers a script's form post with 200 and the status in the body, a browser's with the page.
			expect(asked.status() === 404 || (await asked.json()).status === 404).toBe(true);
			const cookies = await page.context().cookies();
			expect(cookies.filter(({ name }) => name.startsWith('sb-'))).toEqual([]);
			await page.context().close();
		} finally {
			await elsewhere.stop();
			await here.context().close();
		}
	});
});
