/** How measurements are told: percentiles on the screen, and the scoreboard's rows in docs/bench/latest.json. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../supabase/local/app.ts';

const file = join(root, 'docs/bench/latest.json');

export interface Spread {
	p50: number;
	p95: number;
	p99: number;
	runs: number;
}

/** Percentiles of a list of durations in milliseconds (nearest rank). */
export function spreadOf(durations: number[]): Spread {
	const sorted = durations.toSorted((a, b) => a - b);
	const rank = (share: number) =>
		round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
	return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), runs: sorted.length };
}

export function print(name: string, { p50, p95, p99, runs }: Spread): void {
	console.log(`${name.padEnd(62)} p50 ${pad(p50)}  p95 ${pad(p95)}  p99 ${pad(p99)} ms   (${runs})`);
}

/** How many times as long as the baseline. */
export function ratiosOf(ours: Spread, baseline: Spread): Omit<Spread, 'runs'> {
	const ratio = (rank: 'p50' | 'p95' | 'p99') => round(ours[rank] / baseline[rank]);
	return { p50: ratio('p50'), p95: ratio('p95'), p99: ratio('p99') };
}

export interface Figure {
	value: unknown;
	unit: string;
	baseline: unknown;
	target: unknown;
	ok: boolean | null;
	runs: number;
}

/** Writes rows of the scoreboard; the others stay as they are. */
export function record(figures: Record<string, Figure>): void {
	const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
		cwd: root,
		encoding: 'utf8',
	}).trim();
	const rows: Record<string, unknown> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
	for (const [id, figure] of Object.entries(figures))
		rows[id] = { ...figure, at: new Date().toISOString(), commit };
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, `${JSON.stringify(rows, null, '\t')}\n`);
}

const round = (value: number) => Math.round(value * 100) / 100;
const pad = (value: number) => value.toFixed(2).padStart(7);
