import { SignJWT } from 'jose';
import { describe, expect, inject, test } from 'vitest';
import { connect, openClient, password, signUp } from './fixtures.ts';

const stack = inject('stack');
const { apiUrl, publishableKey, secretKey, jwtSecret } = stack;
const newPassword = 'another-long-enough-password';

/** The link in the newest mail to this address. */
async function followableLink(email: string): Promise<URL> {
	const answer = await fetch(`${stack.mailUrl}/api/messages?to=${encodeURIComponent(email)}`);
	const { messages } = (await answer.json()) as { messages: { text: string }[] };
	return new URL(/https?:\S+/.exec(messages[0]?.text ?? '')?.[0] ?? 'no-mail:');
}

const follow = async (link: URL): Promise<URL> => {
	const answer = await fetch(link, { redirect: 'manual' });
	expect(answer.status).toBe(303);
	return new URL(answer.headers.get('location') ?? 'nowhere:');
};

describe('a person with a password', () => {
	test('signs up, signs in, refreshes and signs out', async () => {
		const { email, id, client } = await signUp(apiUrl, publishableKey);
		expect((await client.auth.signOut()).error).toBeNull();
		const { data, error } = await client.auth.signInWithPassword({ email: email.toUpperCase(), password });
		expect(error).toBeNull();
		expect(data.session).toMatchObject({ expires_in: 3600, user: { id, email } });
		const refreshed = await client.auth.refreshSession();
		expect(refreshed.data.session?.refresh_token).not.toBe(data.session?.refresh_token);
		expect((await client.auth.getUser()).data.user?.id).toBe(id);
		expect((await client.auth.getClaims()).data?.claims).toMatchObject({
			sub: id,
			role: 'authenticated',
			aud: 'authenticated',
		});
		const signedOut = refreshed.data.session!;
		await client.auth.signOut();
		const late = await openClient(apiUrl, publishableKey).auth.setSession(signedOut);
		expect(late.error?.name).toBe('AuthSessionMissingError');
		const { error: refused } = await client.auth.refreshSession(signedOut);
		expect(refused?.code).toBe('refresh_token_not_found');
	});

	test('is refused with a wrong password, a weak one, and an address that is taken', async () => {
		const { email, client } = await signUp(apiUrl, publishableKey);
		const wrong = await client.auth.signInWithPassword({ email, password: 'not-the-password' });
		expect(wrong.error).toMatchObject({ status: 400, code: 'invalid_credentials' });
		const unknown = await client.auth.signInWithPassword({ email: `x${email}`, password });
		expect(unknown.error).toMatchObject({ status: 400, code: 'invalid_credentials' });
		expect((await client.auth.signUp({ email: `y${email}`, password: 'short' })).error?.code).toBe(
			'weak_password',
		);
		expect((await client.auth.signUp({ email, password })).error?.code).toBe('user_already_exists');
	});
});

describe('a forgotten password', () => {
	test('is replaced through the mail, by code exchange (PKCE)', async () => {
		const { email, id } = await signUp(apiUrl, publishableKey);
		const browser = openClient(apiUrl, publishableKey, 'pkce');
		const redirectTo = `${stack.appUrl}/auth/confirm?next=/settings`;
		expect((await browser.auth.resetPasswordForEmail(email, { redirectTo })).error).toBeNull();
		const link = await followableLink(email);
		expect(link.origin).toBe(new URL(apiUrl).origin);
		const target = await follow(link);
		expect(`${target.origin}${target.pathname}`).toBe(`${stack.appUrl}/auth/confirm`);
		expect(target.searchParams.get('next')).toBe('/settings');
		expect(target.hash).toBe('');
		const code = target.searchParams.get('code') ?? '';

		const thief = openClient(apiUrl, publishableKey);
		const stolen = await thief.auth.exchangeCodeForSession(code);
		expect(stolen.error).not.toBeNull();

		const exchanged = await browser.auth.exchangeCodeForSession(code);
		expect(exchanged.error).toBeNull();
		expect(exchanged.data.user?.id).toBe(id);
		expect((await browser.auth.updateUser({ password: newPassword })).error).toBeNull();
		expect((await thief.auth.signInWithPassword({ email, password })).error?.code).toBe(
			'invalid_credentials',
		);
		expect((await thief.auth.signInWithPassword({ email, password: newPassword })).error).toBeNull();
		expect((await browser.auth.exchangeCodeForSession(code)).error).not.toBeNull();

		const again = await follow(link);
		expect(again.searchParams.get('error_code')).toBe('otp_expired');
		expect(again.searchParams.get('code')).toBeNull();
	});

	test('hands no token to the site where the address to go on to has a fragment', async () => {
		const { email } = await signUp(apiUrl, publishableKey);
		const redirectTo = `${stack.appUrl}/auth/confirm#part`;
		await openClient(apiUrl, publishableKey, 'pkce').auth.resetPasswordForEmail(email, { redirectTo });
		const target = await follow(await followableLink(email));
		expect(target.searchParams.get('code')).toBeTruthy();
		expect(target.href).not.toContain('access_token');
	});

	test('leaves no session behind when its link is followed, only when its code is exchanged', async () => {
		const { email, id } = await signUp(apiUrl, publishableKey);
		const admin = connect(stack.adminDbUrl);
		try {
			const sessions = async () => (await admin`select from auth.sessions where user_id = ${id}`).length;
			expect(await sessions()).toBe(1);
			await openClient(apiUrl, publishableKey, 'pkce').auth.resetPasswordForEmail(email);
			const target = await follow(await followableLink(email));
			expect(target.origin).toBe(new URL(stack.appUrl).origin);
			expect(target.searchParams.get('code')).toBeTruthy();
			expect(await sessions()).toBe(1);
		} finally {
			await admin.end();
		}
	});

	test.each(['pkce', 'implicit'] as const)('is replaced by the token hash of a %s mail', async (flow) => {
		const { email, id } = await signUp(apiUrl, publishableKey);
		await openClient(apiUrl, publishableKey, flow).auth.resetPasswordForEmail(email);
		const token_hash = (await followableLink(email)).searchParams.get('token') ?? '';
		const server = openClient(apiUrl, publishableKey);
		const { data, error } = await server.auth.verifyOtp({ token_hash, type: 'recovery' });
		expect(error).toBeNull();
		expect(data.user?.id).toBe(id);
		expect((await server.auth.updateUser({ password: newPassword })).error).toBeNull();
		expect((await server.auth.verifyOtp({ token_hash, type: 'recovery' })).error?.code).toBe('otp_expired');
	});

	test('never leads to a foreign site, and says nothing of who has an account', async () => {
		const { email, client } = await signUp(apiUrl, publishableKey);
		await client.auth.resetPasswordForEmail(email, { redirectTo: 'https://elsewhere.example/steal' });
		expect((await follow(await followableLink(email))).origin).toBe(new URL(stack.appUrl).origin);
		expect((await client.auth.resetPasswordForEmail(`nobody-${email}`)).error).toBeNull();
	});
});

describe('keys and tokens', () => {
	const get = async (headers: HeadersInit, path = '/rest/v1/rpc/nothing') =>
		(await fetch(`${apiUrl}${path}`, { headers })).status;
	const sign = (secret: string, claims: object, expires = '1h') =>
		new SignJWT({ role: 'authenticated', sub: crypto.randomUUID(), ...claims })
			.setProtectedHeader({ alg: 'HS256' })
			.setExpirationTime(expires)
			.sign(new TextEncoder().encode(secret));

	test('no key and a wrong key are 401 on every service', async () => {
		for (const path of ['/rest/v1/nothing', '/auth/v1/user', '/auth/v1/settings', '/storage/v1/bucket'])
			for (const headers of [{}, { apikey: 'sb_publishable_wrong' }] as HeadersInit[])
				expect(await get(headers, path), path).toBe(401);
	});

	test('an account of the machine itself gets no privilege without a key', async () => {
		for (const path of ['/_system/config', '/_system/info', '/_system/introspect', '/', '/studio'])
			expect(await get({}, path), path).toBe(404);
	});

	test('only tokens signed by this stack count', async () => {
		const as = (token: string) => get({ apikey: publishableKey, authorization: `Bearer ${token}` });
		expect(await as(await sign(jwtSecret, {}))).toBe(404);
		expect(await as(await sign('some-other-secret-some-other-secret', {}))).toBe(401);
		expect(await as(await sign(jwtSecret, {}, '-1s'))).toBe(401);
		const unsigned = [{ alg: 'none' }, { role: 'service_role', sub: 'x' }].map((part) =>
			Buffer.from(JSON.stringify(part)).toString('base64url'),
		);
		expect(await as(`${unsigned.join('.')}.x`)).toBe(401);
	});

	test('the secret key is refused from a browser', async () => {
		expect(await get({ apikey: secretKey, 'user-agent': 'Mozilla/5.0' })).toBe(401);
	});
});
