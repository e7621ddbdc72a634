/** A day without a partition, as hosted may have when its Realtime did not run. On a stack of its own. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePair, type Pair, type Person } from '../../../tests/people.ts';
import { startTestStack } from '../../../tests/stack.ts';
import { rotateRealtimeMessages } from '../postgres/bootstrap.ts';
import type { Stack } from '../stack.ts';
import { Arrivals, subscribe } from './testing.ts';

let stack: Stack;
let pair: Pair;
let admin: pg.Client;
let epoch: number;

beforeAll(async () => {
	stack = await startTestStack();
	pair = await makePair(stack);
	const { data } = await pair.doctor.client.from('conversations').select('epoch').single();
	epoch = Number(data?.epoch);
	admin = new pg.Client({ connectionString: stack.adminDbUrl });
	await admin.connect();
}, 60_000);
afterAll(async () => {
	await admin.end();
	await stack.stop();
}, 30_000);

function channelOf(person: Person) {
	const topic = `conversation:${pair.conversationId}:${epoch}`;
	const channel = person.client.channel(topic, { config: { private: true } });
	const heard = new Arrivals<unknown>();
	channel.on('broadcast', { event: 'message_changed' }, ({ payload }) => heard.add(payload.body));
	return { channel, heard };
}

async function say(body: string): Promise<void> {
	const conversation = pair.conversationId;
	const { error } = await pair.patient.client.rpc('send_message', {
		conversation,
		id: crypto.randomUUID(),
		body,
	});
	expect(error).toBeNull();
}

it('loses live messages with a warning, refuses joins, and keeps every message for who asks', async () => {
	const { doctor, patient, conversationId: conversation } = pair;
	await doctor.client.realtime.setAuth();
	const { channel, heard } = channelOf(doctor);
	expect(await subscribe(channel)).toMatchObject({ status: 'SUBSCRIBED' });
	await say('before');
	expect(await heard.next()).toBe('before');
	const { data: known } = await doctor.client.rpc('changes_since', { conversation, rev: 0 });

	const { rows } = await admin.query<{ today: string }>(
		`select to_char(now() at time zone 'utc', '"realtime.messages_"YYYY_MM_DD') as today`,
	);
	await admin.query(`drop table ${rows[0]?.today}`);
	await say('meanwhile');

	const warnings: string[] = [];
	admin.on('notice', ({ severity, message }) => warnings.push(`${severity}: ${message}`));
	await admin.query(`select realtime.send('{}', 'any', 'any', true)`);
	expect(warnings).toEqual([
		'WARNING: WarnSendingBroadcastMessage: no partition of relation "messages" found for row',
	]);

	await patient.client.realtime.setAuth();
	const late = channelOf(patient);
	expect(await subscribe(late.channel)).toEqual({
		status: 'CHANNEL_ERROR',
		reason: expect.stringContaining(
			'MissingPartition: Realtime was unable to find the expected messages partition',
		) as string,
	});
	await patient.client.removeChannel(late.channel);

	// What the app asks after every join, on focus, and when a rev is missing.
	const { rev } = known as unknown as { rev: number };
	const { data: caughtUp } = await doctor.client.rpc('changes_since', { conversation, rev });
	expect(caughtUp).toMatchObject({ messages: [{ body: 'meanwhile' }], more: false });

	await rotateRealtimeMessages(stack.adminDbUrl);
	await say('after');
	expect(await heard.next()).toBe('after');
	expect(heard.all).toEqual(['before', 'after']);
	const again = channelOf(patient);
	expect(await subscribe(again.channel)).toMatchObject({ status: 'SUBSCRIBED' });
	for (const { client } of [doctor, patient]) await client.realtime.disconnect();
});
