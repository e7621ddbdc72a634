/** Names and words of messages stay out of addresses and titles, which histories, proxies and shared screens show. */
import { expect, phone, stack, test, whenConnected } from './bedside.ts';
import { makePair } from './people.ts';

test('searching for a patient leaves the name out of the address', async ({ openAs }) => {
	const pair = await makePair(stack, { patient: 'Zuleika Unmistakable' });
	const page = await openAs(pair.doctor, '/people');
	for (const [search, count] of [
		['Zuleika', 1],
		['Nobody at all', 0],
	] as const) {
		await page.getByRole('searchbox').fill(search);
		await page.getByRole('button', { name: 'Search' }).click();
		await expect(page.getByRole('list', { name: 'Patients' }).getByRole('listitem')).toHaveCount(count);
		await expect(page).toHaveURL(`${stack.appUrl}/people`);
	}
	await page.getByRole('link', { name: 'Show all' }).click();
	await expect(page.getByRole('list', { name: 'Patients' }).getByRole('listitem')).toHaveCount(1);
});

test('every page has one first heading and no name in its title', async ({ pair, openAs }) => {
	const page = await openAs(pair.patient, '/conversations', phone);
	for (const path of [
		'/conversations',
		'/appointments',
		'/people',
		'/settings',
		`/conversations/${pair.conversationId}`,
	]) {
		await page.goto(`${stack.appUrl}${path}`);
		await expect(page.getByRole('heading', { level: 1 }), path).toHaveCount(1);
		expect(await page.title()).not.toMatch(/Test (Patient|Doctor)/);
	}
	await whenConnected(page);
});
