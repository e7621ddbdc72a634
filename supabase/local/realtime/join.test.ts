import { expect, it } from 'vitest';
import { acceptPostgresChanges, readJoinRequest } from './join.ts';

const defaults = {
	isPrivate: false,
	ack: false,
	self: false,
	presence: { isEnabled: false, key: 'made' },
	replicationReady: false,
	replay: null,
	postgresChanges: [],
	accessToken: null,
};

const read = (payload: unknown) => readJoinRequest(payload, () => 'made');

it.each([undefined, null, 7, 'text', [], {}, { config: null }, { config: { broadcast: 1, presence: [] } }])(
	'takes the defaults for %j',
	(payload) => {
		expect(read(payload)).toEqual(defaults);
	},
);

it('reads what a client asks for', () => {
	const config = {
		broadcast: { ack: true, self: true, replication_ready: true, replay: { since: 1, limit: 2 } },
		presence: { key: 'anna', enabled: true },
		postgres_changes: [{ event: '*', schema: 'public' }, null],
		private: true,
	};
	expect(read({ config, access_token: 'token' })).toEqual({
		isPrivate: true,
		ack: true,
		self: true,
		presence: { isEnabled: true, key: 'anna' },
		replicationReady: true,
		replay: { since: 1, limit: 2 },
		postgresChanges: [{ event: '*', schema: 'public' }],
		accessToken: 'token',
	});
});

it.each([
	['true', true],
	['True', true],
	['TRUE', true],
	['false', false],
	['yes', false],
	[1, false],
])('reads the boolean %j as %j', (value, expected) => {
	expect(read({ config: { private: value } }).isPrivate).toBe(expected);
});

it('makes a key for a client that names an empty one', () => {
	expect(read({ config: { presence: { key: '' } } }).presence.key).toBe('made');
});

it('numbers bindings in their order, equal ones alike', () => {
	const change = { event: 'INSERT', schema: 'public', table: 'a' };
	const [first, second, third] = acceptPostgresChanges([change, { ...change, table: 'b' }, change]);
	expect(first).toEqual({ ...change, id: expect.any(Number) });
	expect(second?.id).not.toBe(first?.id);
	expect(third).toEqual(first);
});
