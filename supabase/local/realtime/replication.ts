import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogicalReplicationService, PgoutputPlugin, type Pgoutput } from 'pg-logical-replication';
import type { Client } from 'pg';
import type { Broadcast } from './codec.ts';

/** A row of `realtime.messages` that has just been committed. */
export interface StoredBroadcast {
	id: string;
	/** Without prefix. */
	topic: string;
	isPrivate: boolean;
	broadcast: Broadcast;
}

export interface ReplicationOptions {
	/** A role with REPLICATION that may read `realtime.messages`. */
	url: string;
	onBroadcast: (row: StoredBroadcast) => void;
	log: (line: string) => void;
}

const PUBLICATION = 'supabase_realtime_messages_publication';
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;
const ACKNOWLEDGE_SECONDS = 5;
/** The binary form of jsonb is this version number and then its text. */
const JSONB_VERSION = 1;

/**
 * Follows the rows that `realtime.send` writes, through logical replication, from commit to {@link StoredBroadcast}
 * without polling.
 *
 * The slot is temporary and lives and dies with its connection, as hosted's does: what is written while there is no
 * connection is never seen. A lost connection is made again, after 50 ms and then with doubling pauses up to 5 s.
 */
export class Replication {
	readonly #options: ReplicationOptions;
	readonly #waiting = new Set<() => void>();
	readonly #stopping = new AbortController();
	#connection: LogicalReplicationService | null = null;
	#running: Promise<void> | null = null;
	#isReady = false;
	#lastFailure = 'no answer';

	constructor(options: ReplicationOptions) {
		this.#options = options;
	}

	/** Starts, and answers once rows arrive. Throws, and has stopped, when they do not within `patienceMs`. */
	async start(patienceMs: number): Promise<void> {
		this.#running ??= this.#run();
		const ready = await new Promise<boolean>((resolve) => {
			this.awaitReady(patienceMs, { onReady: () => resolve(true), onTimeout: () => resolve(false) });
		});
		if (ready) return;
		await this.stop();
		throw new Error(`Realtime cannot follow the database: ${this.#lastFailure}.`);
	}

	/** Calls back once rows arrive, or after `patienceMs` if they do not. The answer takes the request back. */
	awaitReady(patienceMs: number, on: { onReady: () => void; onTimeout: () => void }): () => void {
		if (this.#isReady) {
			on.onReady();
			return () => undefined;
		}
		const finish = (callback: () => void) => () => {
			cancel();
			callback();
		};
		const ready = finish(on.onReady);
		const timer = setTimeout(finish(on.onTimeout), patienceMs);
		const cancel = () => {
			clearTimeout(timer);
			this.#waiting.delete(ready);
		};
		this.#waiting.add(ready);
		return cancel;
	}

	async stop(): Promise<void> {
		this.#stopping.abort();
		this.#waiting.clear();
		await this.#connection?.destroy();
		await this.#running;
	}

	async #run(): Promise<void> {
		const { signal } = this.#stopping;
		let pause = FIRST_RETRY_MS;
		while (!signal.aborted) {
			const reason = await this.#follow(() => (pause = FIRST_RETRY_MS));
			this.#isReady = false;
			if (signal.aborted) return;
			this.#lastFailure = reason;
			this.#options.log(`Realtime: replication ended (${reason}), trying again in ${pause} ms.`);
			await sleep(pause, undefined, { signal }).catch(() => undefined);
			pause = Math.min(pause * 2, LAST_RETRY_MS);
		}
	}

	/** One connection, from its start to its end; the answer says why it ended. */
	async #follow(onStart: () => void): Promise<string> {
		const connection = new LogicalReplicationService(
			{
				connectionString: this.#options.url,
				application_name: 'realtime_replication_connection',
				keepAlive: true,
			},
			{ acknowledge: { auto: false, timeoutSeconds: ACKNOWLEDGE_SECONDS } },
		);
		this.#connection = connection;
		let failure: Error | undefined;
		connection.on('error', (error) => {
			failure = error;
		});
		connection.on('start', () => {
			onStart();
			this.#becomeReady();
		});
		connection.on('heartbeat', (lsn, _timestamp, wantsAnswer) => {
			if (wantsAnswer) void connection.acknowledge(lsn);
		});
		connection.on('data', (_lsn, message: Pgoutput.Message) => this.#receive(message));
		const slot = `supabase_realtime_messages_${randomBytes(6).toString('hex')}`;
		try {
			await connection.subscribe(new TemporarySlot(), slot);
		} catch (error) {
			failure ??= error as Error;
		}
		await connection.destroy().catch(() => undefined);
		return failure?.message ?? 'connection closed';
	}

	#becomeReady(): void {
		this.#isReady = true;
		const waiting = [...this.#waiting];
		this.#waiting.clear();
		for (const callback of waiting) callback();
	}

	/** An error here would end the process: it comes from a row that anybody may have written. */
	#receive(message: Pgoutput.Message): void {
		if (message.tag !== 'insert' || !isMessages(message.relation)) return;
		try {
			const row = readRow(message.new);
			if (row) this.#options.onBroadcast(row);
			else this.#options.log('Realtime: UnableToBroadcastChanges: a row lacks event, topic or payload.');
		} catch (error) {
			this.#options.log(`Realtime: UnableToBroadcastChanges: ${(error as Error).message}`);
		}
	}
}

/**
 * Makes the slot on the connection that uses it, and asks for values in binary, so that JSON is never parsed.
 * Replication commands are upper case because their grammar knows no other.
 */
class TemporarySlot extends PgoutputPlugin {
	constructor() {
		super({ protoVersion: 2, publicationNames: [PUBLICATION] });
	}

	override async start(client: Client, slot: string): Promise<void> {
		await client.query(`CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
		const options = `proto_version '2', publication_names '${PUBLICATION}', binary 'true'`;
		await client.query(`START_REPLICATION SLOT ${slot} LOGICAL 0/0 (${options})`);
	}
}

/** A row arrives under the name of its partition, such as `messages_2026_11_20`. */
function isMessages({ schema, name }: Pgoutput.MessageRelation): boolean {
	return schema === 'realtime' && name.startsWith('messages');
}

function readRow(row: Record<string, unknown>): StoredBroadcast | null {
	const [id, topic, event, isPrivate, payload, binary] = [
		row.id,
		row.topic,
		row.event,
		row.private,
		row.payload,
		row.binary_payload,
	].map((value) => (Buffer.isBuffer(value) ? value : null));
	if (!id || !topic || !event || !isPrivate) return null;
	const body = binary ?? (payload?.[0] === JSONB_VERSION ? payload.subarray(1) : null);
	if (!body) return null;
	const uuid = formatUuid(id);
	return {
		id: uuid,
		topic: topic.toString(),
		isPrivate: isPrivate[0] === 1,
		broadcast: { event: event.toString(), encoding: binary ? 'binary' : 'json', body, meta: { id: uuid } },
	};
}

function formatUuid(bytes: Buffer): string {
	return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
