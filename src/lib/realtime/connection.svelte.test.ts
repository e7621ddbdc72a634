import { describe, expect, it } from 'vitest';
import { Connection } from './connection.svelte';

describe('the connection status', () => {
	it('is connecting until a channel is joined, and live then', () => {
		const connection = new Connection();
		connection.note('user:1', 'joining');
		expect(connection.status).toBe('connecting');
		connection.note('user:1', 'joined');
		expect(connection.status).toBe('live');
	});

	it('stays live while another thread joins, and reconnects when a channel is lost', () => {
		const connection = new Connection();
		connection.note('user:1', 'joined');
		connection.note('conversation:1:1', 'joining');
		expect(connection.status).toBe('live');
		connection.note('conversation:1:1', 'lost');
		expect(connection.status).toBe('reconnecting');
		connection.note('conversation:1:1', null);
		expect(connection.status).toBe('live');
	});

	it('is not live when the first join is refused', () => {
		const connection = new Connection();
		connection.note('user:1', 'lost');
		expect([connection.status, connection.isLive]).toEqual(['connecting', false]);
	});
});
