import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

/** Runs a command whose `begin` is given, and sends it SIGTERM when it has printed "now". */
async function interrupt(begin: string): Promise<{ code: number; output: string }> {
	const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
	const program = `import { runUntilStopped } from ${module('./console.ts')};
		import { run } from ${module('./app.ts')};
		await runUntilStopped(${begin});`;
	const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
		stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
	});
	let output = '';
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		output += text;
		if (text.includes('now')) child.kill('SIGTERM');
	});
	const [code] = await once(child, 'close');
	return { code, output };
}

it('a command that runs is stopped with success, last started first', async () => {
	const answer = await interrupt(`async (log, onStop) => {
		onStop(async () => console.log('first'));
		onStop(async () => console.log('second'));
		setTimeout(() => console.log('now'), 100);
	}`);
	expect(answer.code).toBe(0);
	expect(answer.output).toMatch(/Stopping …\nsecond\nfirst\n$/);
});

it('a command that is interrupted in a step ends the step’s program, lets it clean up and is no success', async () => {
	const answer = await interrupt(`async (log, onStop) => {
		onStop(async () => console.log('undone'));
		try {
			await run('-e', ['console.log("now"); setInterval(() => {}, 1000)'], 'failed');
		} finally {
			console.log('cleaned up');
		}
		return 0;
	}`);
	expect(answer.code).toBe(130);
	expect(answer.output).toMatch(/Stopping …\ncleaned up\nundone\n$/);
});

it('a failure that is told later is one sentence, and is no success', async () => {
	const answer = await interrupt(`async (log, onStop, onLost) => {
		console.error = (line) => console.log(line);
		onStop(async () => console.log('undone'));
		setTimeout(() => onLost(new Error('It has stopped.')), 50);
	}`);
	expect(answer).toEqual({ code: 1, output: '\nIt has stopped.\nundone\n' });
});
