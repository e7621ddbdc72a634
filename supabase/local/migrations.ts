/** Migrations and seed by the real tool: what runs here is what runs against a hosted project. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { endWithCommand } from './children.ts';
import { StackError } from './errors.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = fileURLToPath(new URL('../../node_modules/supabase/dist/supabase.js', import.meta.url));

export interface PushOptions {
	/** As `postgres`, the role that owns what migrations make. */
	dbUrl: string;
	/**
	 * Runs supabase/seed.sql after the migrations, once for each database: the CLI keeps its hash in
	 * supabase_migrations.seed_files. A seed that was edited later is noted there and not run again.
	 */
	seed: boolean;
	log: (line: string) => void;
	/** The project folder, for tests. */
	workdir?: string;
}

/** Applies the migrations that the database does not have yet. Rejects with a StackError that tells the SQL error. */
export async function pushMigrations({ dbUrl, seed, log, workdir = root }: PushOptions): Promise<void> {
	const url = new URL(dbUrl);
	url.searchParams.set('sslmode', 'disable');
	// In the environment, not in the arguments, which every account of the machine may list.
	const PGPASSWORD = decodeURIComponent(url.password);
	url.password = '';
	const flags = ['--yes', '--output-format', 'stream-json', '--agent', 'no', '--workdir', workdir];
	const child = endWithCommand(
		spawn(
			process.execPath,
			[program, 'db', 'push', '--db-url', url.href, ...(seed ? ['--include-seed'] : []), ...flags],
			{
				stdio: ['ignore', 'pipe', 'pipe'],
				env: { ...process.env, PGPASSWORD, DO_NOT_TRACK: '1', NO_COLOR: '1' },
			},
		),
	);

	let step = 'The migrations';
	const unread: string[] = [];
	createInterface({ input: child.stderr }).on('line', (line) => {
		const [, migration] = /^Applying migration (\S+?)\.*$/.exec(line) ?? [];
		if (migration) {
			step = `Migration ${migration}`;
			log(`Applying ${migration} …`);
		} else if (/^Seeding data from/.test(line)) {
			step = 'The seed';
			log('Seeding the demo clinic …');
		} else unread.push(line);
	});
	let answer = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));

	const code = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	if (code === 0) return;
	const reason = readFailure(answer) ?? unread.findLast((line) => line.trim()) ?? `exit code ${code}`;
	throw new StackError(`${step} failed: ${reason}`);
}

/** The message of the CLI's last error event, on one line and without the statement that it quotes. */
export function readFailure(answer: string): string | undefined {
	for (const line of answer.trim().split('\n').reverse()) {
		try {
			const event: unknown = JSON.parse(line);
			const message = messageIn(event);
			if (message)
				return message
					.split(/\n+(?:Hint:|At statement:)/)[0]
					?.trim()
					.replace(/\s*\n\s*/g, ' ');
		} catch {
			// Not an event.
		}
	}
	return undefined;
}

function messageIn(event: unknown): string | undefined {
	if (typeof event !== 'object' || event === null || !('error' in event)) return undefined;
	const { error } = event;
	if (typeof error !== 'object' || error === null || !('message' in error)) return undefined;
	return typeof error.message === 'string' ? error.message : undefined;
}
