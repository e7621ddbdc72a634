import {
	composer,
	expect,
	messageWith,
	phone,
	stack,
	test,
	thread,
	whenConnected,
	write,
} from './bedside.ts';

test.describe('a patient and a doctor talk', () => {
	test('a message arrives on the other side by the live channel, both ways, without a reload', async ({
		pair,
		openAs,
	}) => {
		const path = `/conversations/${pair.conversationId}`;
		const doctor = await openAs(pair.doctor, path);
		const patient = await openAs(pair.patient, path, phone);
		await whenConnected(doctor);
		await whenConnected(patient);
		// Without the table to heal from, only the socket can have brought it.
		for (const page of [doctor, patient])
			await page.route('**/rest/v1/rpc/changes_since*', (route) => route.abort());

		await write(patient, 'Good morning, doctor.');
		await expect(messageWith(doctor, 'Good morning, doctor.')).toBeVisible();
		await write(doctor, 'Good morning! How are you?');
		await expect(messageWith(patient, 'Good morning! How are you?')).toBeVisible();
	});

	test('a message is shown once to its sender, at once, and ends as read', async ({ pair, openAs }) => {
		const path = `/conversations/${pair.conversationId}`;
		const patient = await openAs(pair.patient, path);
		await whenConnected(patient);
		await write(patient, 'Only once, please.');
		await expect(messageWith(patient, 'Only once, please.')).toHaveCount(1);
		await expect(messageWith(patient, 'Only once, please.')).toHaveAccessibleName(/Sent|Delivered/);

		const doctor = await openAs(pair.doctor, path);
		await expect(messageWith(doctor, 'Only once, please.')).toBeVisible();
		await expect(messageWith(patient, 'Only once, please.')).toHaveAccessibleName(/Read/);
		await expect(messageWith(patient, 'Only once, please.')).toHaveCount(1);
	});

	test('a reload keeps everything in its order', async ({ pair, openAs }) => {
		const patient = await openAs(pair.patient, `/conversations/${pair.conversationId}`);
		await whenConnected(patient);
		for (const word of ['One', 'Two', 'Three']) {
			await write(patient, word);
			await expect(messageWith(patient, word)).toHaveAccessibleName(/Sent/);
		}
		await patient.reload();
		await expect(thread(patient).getByRole('article')).toHaveCount(3);
		await expect(thread(patient).getByRole('article')).toContainText(['One', 'Two', 'Three']);
	});

	test('the list shows the last words and what is unread, live', async ({ pair, openAs }) => {
		const doctor = await openAs(pair.doctor, '/conversations');
		const list = doctor.getByRole('list', { name: 'Conversations' });
		await expect(list.getByRole('listitem')).toHaveCount(1);
		const patient = await openAs(pair.patient, `/conversations/${pair.conversationId}`);
		await whenConnected(patient);
		await write(patient, 'Are you there?');
		await expect(list.getByRole('listitem').first()).toContainText('Are you there?');
		await expect(list.getByRole('listitem').first()).toContainText(/1/);
		await expect(doctor).toHaveTitle(/\(1\)/);
		await list.getByRole('link').first().click();
		await expect(messageWith(doctor, 'Are you there?')).toBeVisible();
		await expect(doctor).not.toHaveTitle(/\(1\)/);
	});

	test('each sees the other online in the thread, and typing', async ({ pair, openAs }) => {
		const path = `/conversations/${pair.conversationId}`;
		const doctor = await openAs(pair.doctor, path);
		const patient = await openAs(pair.patient, path);
		await whenConnected(doctor);
		await whenConnected(patient);
		await expect(doctor.getByText('Online')).toBeVisible();
		await composer(patient).pressSequentially('I am wri', { delay: 20 });
		await expect(doctor.getByText(/is typing/)).toBeVisible();
		await expect(doctor.getByText(/is typing/)).toBeHidden();
		await patient.context().close();
		await expect(doctor.getByText('Online')).toBeHidden();
	});

	test('the thread reads before any script runs', async ({ pair, openAs }) => {
		const { error } = await pair.patient.client.rpc('send_message', {
			conversation: pair.conversationId,
			id: crypto.randomUUID(),
			body: 'Plain HTML is enough to read this.',
		});
		expect(error).toBeNull();
		const doctor = await openAs(pair.doctor, `/conversations/${pair.conversationId}`, {
			javaScriptEnabled: false,
		});
		await expect(messageWith(doctor, 'Plain HTML is enough to read this.')).toBeVisible();
		expect(doctor.url()).toBe(`${stack.appUrl}/conversations/${pair.conversationId}`);
	});
});
