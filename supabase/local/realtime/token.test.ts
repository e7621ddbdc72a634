import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { TokenVerifier } from './token.ts';

const jwtSecret = 'a secret that is long enough for HMAC with SHA-256';
const verifier = new TokenVerifier({
	jwtSecret,
	publishableKey: 'sb_publishable_1',
	secretKey: 'sb_secret_1',
});
const now = () => Math.floor(Date.now() / 1000);

function sign(claims: Record<string, unknown>, secret = jwtSecret, alg = 'HS256') {
	return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

it('knows the claims of a signed token', async () => {
	const claims = { role: 'authenticated', sub: 'anna', exp: now() + 60 };
	expect(await verifier.verify(await sign(claims))).toEqual(claims);
	expect(await verifier.verify(await sign(claims, jwtSecret, 'HS512'))).toEqual(claims);
});

it('lets the two keys stand for their roles', async () => {
	expect(await verifier.verify('sb_publishable_1')).toMatchObject({ role: 'anon' });
	expect(await verifier.verify('sb_secret_1')).toMatchObject({ role: 'service_role' });
});

describe('refuses', () => {
	it('a token past its time, and says for how long', async () => {
		await expect(verifier.verify(await sign({ role: 'anon', exp: now() - 5 }))).rejects.toMatchObject({
			code: 'InvalidJWTToken',
			message: expect.stringMatching(/^Token has expired [5-7] seconds ago$/),
			upgradeMessage: 'Token has expired',
		});
	});

	it.each([{ role: 'anon' }, { exp: now() + 60 }, { role: 7, exp: now() + 60 }])(
		'claims such as %j',
		async (claims) => {
			await expect(verifier.verify(await sign(claims))).rejects.toMatchObject({
				code: 'InvalidJWTToken',
				message: 'Fields `role` and `exp` are required in JWT',
			});
		},
	);

	it('the signature of another secret', async () => {
		const token = await sign({ role: 'service_role', exp: now() + 60 }, 'another secret that is long enough');
		await expect(verifier.verify(token)).rejects.toMatchObject({
			code: 'JwtSignatureError',
			message: 'Failed to validate JWT signature',
		});
	});

	it.each(['', 'sb_publishable_other', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYW5vbiJ9.'])(
		'what is no token: %j',
		async (token) => {
			await expect(verifier.verify(token)).rejects.toMatchObject({
				name: 'TokenError',
				code: expect.stringMatching(/^(MalformedJWT|JwtSignerError)$/),
			});
		},
	);
});
