/**
 * The baseline of P2b: a bare Socket.IO server on the same Postgres, as one would write it in a weekend. One statement
 * numbers and stores the message, then the room hears it and the sender gets an answer. No accounts, no rule, no
 * receipts. Runs as a process of its own; prints its port to the parent.
 */
import { createServer } from 'node:http';
import pg from 'pg';
import { Server } from 'socket.io';

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
await pool.query(`
	create schema if not exists baseline;
	create table if not exists baseline.conversations (id uuid primary key, last_seq bigint not null default 0);
	create table if not exists baseline.messages (
		id uuid primary key,
		conversation_id uuid not null references baseline.conversations (id),
		seq bigint not null,
		body text not null,
		sent_at timestamptz not null default clock_timestamp(),
		unique (conversation_id, seq)
	);
`);

const http = createServer();
const io = new Server(http, { transports: ['websocket'] });
io.on('connection', (socket) => {
	socket.on('join', async (conversation: string, done: () => void) => {
		await pool.query('insert into baseline.conversations (id) values ($1) on conflict do nothing', [
			conversation,
		]);
		await socket.join(conversation);
		done();
	});
	socket.on('send', async (conversation: string, id: string, body: string, done: (row: unknown) => void) => {
		const { rows } = await pool.query({
			name: 'send',
			text: `with counted as (
					update baseline.conversations set last_seq = last_seq + 1 where id = $1 returning last_seq
				)
				insert into baseline.messages (id, conversation_id, seq, body)
				select $2, $1, last_seq, $3 from counted returning *`,
			values: [conversation, id, body],
		});
		socket.to(conversation).emit('message', rows[0]);
		done(rows[0]);
	});
});
http.listen(0, '127.0.0.1', () => process.send?.((http.address() as { port: number }).port));
process.once('disconnect', () => process.exit(0));
