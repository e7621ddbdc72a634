import { createClient } from '@supabase/supabase-js';
import { composer, expect, messageWith, stack, test, whenConnected, write } from './bedside.ts';
import { makeDoctor, makePatient, requestAppointment } from './people.ts';

test.describe('the appointment rule in the app', () => {
	test('patient8, who has no appointment, has nobody to write to and is told what to do', async ({
		openAs,
	}) => {
		const patient = await openAs({ email: 'patient8@bedside.test', password: 'bedside-demo-1' });
		await expect(patient.getByRole('list', { name: 'Conversations' }).getByRole('listitem')).toHaveCount(0);
		await expect(
			patient
				.getByRole('main')
				.getByRole('link', { name: /appointment/i })
				.first(),
		).toBeVisible();
		await expect(composer(patient)).toBeHidden();
	});

	test('cancelling the appointment closes the composer on both sides without a reload', async ({
		pair,
		openAs,
	}) => {
		const path = `/conversations/${pair.conversationId}`;
		const doctor = await openAs(pair.doctor, path);
		const patient = await openAs(pair.patient, path);
		await whenConnected(doctor);
		await whenConnected(patient);
		await write(patient, 'Before the end.');
		await expect(messageWith(doctor, 'Before the end.')).toBeVisible();

		const cancelled = await pair.patient.client.rpc('cancel_appointment', {
			appointment: pair.appointmentId,
		});
		expect(cancelled.error).toBeNull();
		for (const page of [doctor, patient]) {
			await expect(composer(page)).toBeHidden();
			await expect(messageWith(page, 'Before the end.')).toBeVisible();
		}
		const refused = await pair.patient.client.rpc('send_message', {
			conversation: pair.conversationId,
			id: crypto.randomUUID(),
			body: 'After the end.',
		});
		expect(refused.error?.hint).toBe('care_closed');
	});

	test('asking in the app and accepting in the app opens the conversation, and it opens live', async ({
		openAs,
	}) => {
		const [patient, doctor] = await Promise.all([
			makePatient(stack, 'Ana Lima'),
			makeDoctor(stack, 'Dr. Rui Nunes'),
		]);
		const patientPage = await openAs(patient, '/conversations');
		await requestAppointment(patient, doctor);
		const doctorPage = await openAs(doctor, '/appointments');
		await doctorPage
			.getByRole('button', { name: /^Accept/ })
			.first()
			.click();
		const row = patientPage
			.getByRole('list', { name: 'Conversations' })
			.getByRole('listitem')
			.filter({ hasText: 'Dr. Rui Nunes' });
		await expect(row).toBeVisible();
		await row.getByRole('link').click();
		await whenConnected(patientPage);
		await write(patientPage, 'Thank you for accepting.');
		await expect(messageWith(patientPage, 'Thank you for accepting.')).toHaveAccessibleName(/Sent|Delivered/);
	});

	test('a stranger who knows every id gets 404, no rows, no join and no file', async ({ pair, openAs }) => {
		const stranger = await makePatient(stack, 'A Stranger');
		const sent = await pair.patient.client.rpc('send_message', {
			conversation: pair.conversationId,
			id: crypto.randomUUID(),
			body: 'Between the two of us.',
		});
		expect(sent.error).toBeNull();

		const page = await openAs(stranger);
		const answer = await page.goto(`${stack.appUrl}/conversations/${pair.conversationId}`);
		expect(answer?.status()).toBe(404);
		expect(await page.content()).not.toContain('Between the two of us.');
		const missing = await page.goto(`${stack.appUrl}/conversations/${crypto.randomUUID()}`);
		expect(missing?.status()).toBe(404);

		for (const table of ['conversations', 'conversation_members', 'messages', 'appointments'] as const) {
			const { data, error } = await stranger.client.from(table).select('*');
			expect(error).toBeNull();
			expect(data).toEqual([]);
		}
		for (const topic of [
			`conversation:${pair.conversationId}:1`,
			`activity:${pair.conversationId}:1`,
			`user:${pair.patient.id}`,
		]) {
			await stranger.client.realtime.setAuth();
			const channel = stranger.client.channel(topic, { config: { private: true } });
			const status = await new Promise((resolve) =>
				channel.subscribe((state) => state !== 'CLOSED' && resolve(state)),
			);
			expect(status, topic).toBe('CHANNEL_ERROR');
			await stranger.client.removeChannel(channel);
		}
		// A real file in a real private bucket: its owner's key reads it, so only the policies keep the stranger out.
		const owner = createClient(stack.apiUrl, stack.secretKey, { auth: { persistSession: false } });
		const bucket = `files-${crypto.randomUUID()}`;
		const path = `${pair.conversationId}/photo.txt`;
		expect((await owner.storage.createBucket(bucket, { public: false })).error).toBeNull();
		expect((await owner.storage.from(bucket).upload(path, new Blob(['A file of theirs.']))).error).toBeNull();
		expect(await (await owner.storage.from(bucket).download(path)).data?.text()).toBe('A file of theirs.');
		const files = stranger.client.storage.from(bucket);
		expect((await files.download(path)).data).toBeNull();
		expect((await files.createSignedUrl(path, 60)).data).toBeNull();
		expect((await files.list(pair.conversationId)).data ?? []).toEqual([]);
		expect((await files.upload(`${pair.conversationId}/mine.txt`, new Blob(['x']))).error).not.toBeNull();
		await stranger.client.removeAllChannels();
	});
});
