/** P3: what people see, in two real browsers. */
import { chromium } from '@playwright/test';
import { chromiumLaunch } from '../chromium.ts';
import type { Pair } from '../people.ts';
import type { StackAddress } from '../stack.ts';
import { print, record, spreadOf } from './figures.ts';

export async function benchBrowsers(stack: StackAddress, pair: Pair): Promise<void> {
	const browser = await chromium.launch(chromiumLaunch());
	const open = async (person: Pair['patient']) => {
		const page = await (await browser.newContext()).newPage();
		await page.goto(`${stack.appUrl}/sign-in`);
		await page.getByLabel('Email').fill(person.email);
		await page.getByLabel('Password').fill(person.password);
		await page.getByRole('button', { name: 'Sign in', exact: true }).click();
		await page.waitForURL(/\/conversations/);
		await page.goto(`${stack.appUrl}/conversations/${pair.conversationId}`);
		await page.getByRole('status', { name: 'Connection' }).filter({ hasText: 'Connected' }).waitFor();
		// Both pages run on this machine's clock: the first frame whose document holds the text is noted there.
		await page.evaluate(() => {
			const shown = ((window as unknown as { shown: Record<string, number> }).shown = {});
			const log = document.querySelector('[role=log]') as HTMLElement;
			new MutationObserver(() => {
				for (const [word] of log.innerText.matchAll(/bench-\d+-/g))
					(shown as Record<string, number>)[word] ??= Date.now();
			}).observe(log, { childList: true, subtree: true, characterData: true });
		});
		return page;
	};
	const [patient, doctor] = [await open(pair.patient), await open(pair.doctor)];
	const box = patient.getByRole('textbox', { name: 'Message' });
	const across: number[] = [];
	const own: number[] = [];
	for (let i = 0; i < 105; i++) {
		const word = `bench-${i}-`;
		await box.fill(word);
		const pressed = await box.evaluate((element) => {
			const at = performance.timeOrigin + performance.now();
			element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
			return at;
		});
		const shownIn = (page: typeof patient) =>
			page
				.waitForFunction((key) => (window as unknown as { shown: Record<string, number> }).shown[key], word, {
					polling: 5,
				})
				.then((handle) => handle.jsonValue());
		const [there, here] = await Promise.all([shownIn(doctor), shownIn(patient)]);
		if (i < 5) continue;
		across.push(Number(there) - pressed);
		own.push(Number(here) - pressed);
	}
	await browser.close();
	const spread = spreadOf(across);
	const ownSpread = spreadOf(own);
	print('P3   Enter → text in the other browser’s document', spread);
	print('       Enter → the sender’s own bubble', ownSpread);
	record({
		P3: {
			value: { other: spread, own: ownSpread },
			unit: 'ms',
			baseline: 'Slack ≈ 500, Zulip send ≈ 40',
			target: { p50: 40, p95: 100, own: 32 },
			ok: spread.p50 <= 40 && spread.p95 <= 100 && ownSpread.p95 <= 32,
			runs: spread.runs,
		},
	});
}
