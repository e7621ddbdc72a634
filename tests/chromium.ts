/** Finds the Chromium that the browser tests drive. */
import { chromium, type LaunchOptions } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const systemNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const systemPlaces = [
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser's program: Playwright's own where it is installed, else the system's; null where there is neither. */
export function findChromium(): string | null {
	const own = chromium.executablePath();
	if (existsSync(own)) return own;
	const onPath = (process.env.PATH ?? '')
		.split(delimiter)
		.flatMap((folder) => systemNames.map((name) => join(folder, name)));
	return [...onPath, ...systemPlaces].find((place) => existsSync(place)) ?? null;
}

/** Launch options for every test. Chromium has no sandbox as root; the rest keeps it from calling out. */
export function chromiumLaunch(): LaunchOptions {
	const isRoot = process.getuid?.() === 0;
	return {
		executablePath: findChromium() ?? undefined,
		args: [
			...(isRoot ? ['--no-sandbox'] : []),
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	};
}

/**
 * Makes sure that there is a browser: what is there, else Playwright's download, else Debian's package where we may install it.
 * Throws one sentence that says what to do.
 */
export function ensureChromium(log: (line: string) => void): void {
	if (findChromium()) return;
	log('Installing a browser for the tests …');
	const playwright = join(import.meta.dirname, '..', 'node_modules', '@playwright', 'test', 'cli.js');
	spawnSync(process.execPath, [playwright, 'install', 'chromium-headless-shell', 'chromium'], {
		stdio: 'ignore',
		timeout: 180_000,
	});
	if (findChromium()) return;
	if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		log('Playwright’s own browser could not be had; installing Debian’s chromium …');
		spawnSync(
			'sh',
			['-c', 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium'],
			{
				stdio: 'ignore',
				timeout: 300_000,
			},
		);
	}
	if (!findChromium())
		throw new Error(
			'The browser tests need Chromium: run "npx playwright install chromium" or install your system’s chromium package, then run npm test again.',
		);
}
