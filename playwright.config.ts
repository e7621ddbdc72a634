import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './tests/chromium.ts';

/** Browser tests run against the production build that `npm test` serves on BEDSIDE_TEST_STACK. */
export default defineConfig({
	testDir: 'tests',
	testMatch: '**/*.spec.ts',
	fullyParallel: false,
	workers: 1,
	forbidOnly: Boolean(process.env.CI),
	retries: 0,
	timeout: 60_000,
	expect: { timeout: 10_000 },
	globalSetup: './tests/browser.setup.ts',
	reporter: process.env.BEDSIDE_TEST_REPORT
		? [['list'], ['json', { outputFile: process.env.BEDSIDE_TEST_REPORT }]]
		: 'list',
	outputDir: 'test-results',
	use: {
		browserName: 'chromium',
		launchOptions: chromiumLaunch(),
		locale: 'en-GB',
		timezoneId: 'Europe/Lisbon',
		trace: 'retain-on-failure',
		screenshot: 'only-on-failure',
	},
});
