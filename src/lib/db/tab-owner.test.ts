import { describe, expect, it } from 'vitest';
import { subjectOf, TabOwner } from './tab-owner';

const url = 'http://127.0.0.1:54321/rest/v1/rpc/send_message';
const tokenOf = (sub: string) =>
	`head.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.signature`;
const as = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

function makeOwner(status = 200) {
	const sent: string[] = [];
	let doubts = 0;
	const owner = new TabOwner(async (input) => {
		sent.push(String(input));
		return new Response(null, { status });
	});
	const end = owner.claim('patient', () => doubts++);
	return { owner, sent, end, doubts: () => doubts };
}

describe('subjectOf', () => {
	it('reads the person of a token, and nobody from a key or nonsense', () => {
		expect(subjectOf(`Bearer ${tokenOf('ñandú')}`)).not.toBeNull();
		expect(subjectOf(`Bearer ${tokenOf('patient')}`)).toBe('patient');
		for (const other of [null, '', 'Bearer sb_publishable_key', 'Bearer a.b.c', 'Basic x'])
			expect(subjectOf(other)).toBeNull();
	});
});

describe('TabOwner', () => {
	it('sends what carries the token of its person', async () => {
		const { owner, sent, doubts } = makeOwner();
		await owner.fetch(url, as(tokenOf('patient')));
		expect([sent, doubts()]).toEqual([[url], 0]);
	});

	it('does not send as somebody else, or as nobody, and asks for the session to be looked at', async () => {
		const { owner, sent, doubts } = makeOwner();
		await expect(owner.fetch(url, as(tokenOf('doctor')))).rejects.toThrow();
		await expect(owner.fetch(url, as('sb_publishable_key'))).rejects.toThrow();
		expect([sent, doubts()]).toEqual([[], 2]);
	});

	it('doubts a session that is refused', async () => {
		const { owner, doubts } = makeOwner(401);
		await owner.fetch(url, as(tokenOf('patient')));
		expect(doubts()).toBe(1);
	});

	it('lets Auth make and renew sessions, and anybody pass when it is nobody’s tab', async () => {
		const { owner, sent, end } = makeOwner();
		await owner.fetch('http://127.0.0.1:54321/auth/v1/token', as('sb_publishable_key'));
		end();
		await owner.fetch(url, as(tokenOf('doctor')));
		expect(sent).toHaveLength(2);
	});
});
