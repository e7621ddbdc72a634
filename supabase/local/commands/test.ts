/**
 * `npm test`: every test, on a stack of its own in a throw-away folder, so that it runs beside `npm start`.
 * Static checks, unit and database tests, the real stack, then real browsers. The last line counts them all.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from '../../../tests/chromium.ts';
import { addressOf, startTestStack } from '../../../tests/stack.ts';
import { bin, buildApp, root, run } from '../app.ts';
import { isCommandStopping } from '../children.ts';
import { log, runUntilStopped, sentenceOf } from '../console.ts';
import { checkProject, lintProject } from '../checks.ts';

const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs one step; a failure is counted and told, and the later steps still run. */
async function step(name: string, work: () => Promise<void> | void): Promise<void> {
	if (isCommandStopping()) return;
	log(name);
	try {
		await work();
	} catch (error) {
		totals.failed++;
		if (!isCommandStopping()) console.error(`✗ ${name}: ${sentenceOf(error)}`);
	}
}

await runUntilStopped(async (_, onStop) => {
	const reports = mkdtempSync(join(tmpdir(), 'bedside-reports-'));
	onStop(async () => rmSync(reports, { recursive: true, force: true }));

	await step('Types, components and lockfile', () => checkProject());
	await step('Lint and format', () => lintProject());
	await step('A browser for the tests', () => ensureChromium(log));

	const stack = await startTestStack(log);
	onStop(() => stack.stop());
	const environment = { BEDSIDE_TEST_STACK: JSON.stringify(addressOf(stack)) };

	await step('src/lib/db/types.ts is what the database says', () =>
		run(
			join(root, 'supabase/local/commands/types.ts'),
			['--check'],
			'run "npm run types" and commit the result',
			{ environment },
		),
	);
	await step('Unit, stack and database tests', async () => {
		const report = join(reports, 'vitest.json');
		const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
		await run(bin('vitest/vitest.mjs'), ['run', ...reporters], 'some tests failed', { environment }).catch(
			() => {},
		);
		const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(
			readFileSync(report, 'utf8'),
		);
		totals.passed += numPassedTests;
		totals.failed += numFailedTests;
		totals.skipped += numPendingTests;
		if (!success && numFailedTests === 0) throw new Error('a test file could not be run');
	});
	await step('The production build', async () => void (await buildApp(log)));
	await step('Browser tests', async () => {
		const report = join(reports, 'playwright.json');
		await run(bin('@playwright/test/cli.js'), ['test'], 'some tests failed', {
			environment: { ...environment, BEDSIDE_TEST_REPORT: report },
		}).catch(() => {});
		const { stats, errors } = JSON.parse(readFileSync(report, 'utf8'));
		totals.passed += stats.expected;
		totals.failed += stats.unexpected + stats.flaky;
		totals.skipped += stats.skipped;
		if (errors.length > 0) throw new Error('the browser tests could not all be run');
	});

	console.log(`\nTests: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
	return totals.failed > 0 || totals.passed === 0 ? 1 : 0;
});
