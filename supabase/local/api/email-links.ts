import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Sql } from 'postgres';
import type { App, EmailDriver } from '@supabase/lite';

type Mailer = NonNullable<App['_mailer']>;

/** What the client asked for with the mail: where its link leads, and its half of the PKCE exchange. */
interface MailRequest {
	redirectTo: string | null;
	codeChallenge: string | undefined;
	codeChallengeMethod: string;
}

const mailRequests = new AsyncLocalStorage<MailRequest>();
const mailingPaths = new Set([
	'/auth/v1/recover',
	'/auth/v1/otp',
	'/auth/v1/magiclink',
	'/auth/v1/signup',
	'/auth/v1/resend',
	'/auth/v1/user',
]);
const pkcePrefix = 'pkce_';

/**
 * Gap: the links in Auth's mails point at the site instead of the API, always lead back to the site's front page, and
 * know no PKCE, which `@supabase/ssr` uses. Runs `handle` so that the mails it sends know what the client asked for.
 */
export async function withMailRequest(
	request: Request,
	handle: (request: Request) => Promise<Response>,
): Promise<Response> {
	const url = new URL(request.url);
	if (request.method === 'GET' || !mailingPaths.has(url.pathname)) return handle(request);
	const body = (await request
		.clone()
		.json()
		.catch(() => ({}))) as Record<string, unknown>;
	const codeChallenge = typeof body.code_challenge === 'string' ? body.code_challenge : undefined;
	const mail: MailRequest = {
		redirectTo: url.searchParams.get('redirect_to'),
		codeChallenge,
		codeChallengeMethod: String(body.code_challenge_method ?? 's256').toLowerCase(),
	};
	return mailRequests.run(mail, () => handle(request));
}

/**
 * Writes Auth's mails with links as GoTrue makes them: `<api>/auth/v1/verify?token=…&type=…&redirect_to=…`. The token
 * also serves as `token_hash` for `verifyOtp`. A PKCE request leaves its challenge in `auth.flow_state`.
 */
export function createMailer(driver: EmailDriver, sql: Sql, apiUrl: string, siteUrl: string): Mailer {
	const send = async (
		to: string,
		type: string,
		tokenHash: string,
		otp: string,
		userId?: string,
	): Promise<void> => {
		const request = mailRequests.getStore();
		let token = tokenHash;
		if (request?.codeChallenge && userId) {
			token = pkcePrefix + tokenHash;
			await sql`insert into auth.flow_state
				(id, user_id, authentication_method, provider_type, code_challenge, code_challenge_method)
				values (${randomUUID()}, ${userId}, ${type}, 'email', ${request.codeChallenge}, ${request.codeChallengeMethod})`;
		}
		const link = new URL('/auth/v1/verify', apiUrl);
		link.searchParams.set('token', token);
		link.searchParams.set('type', type);
		link.searchParams.set('redirect_to', request?.redirectTo || siteUrl);
		const { subject, sentence } = mails[type] ?? { subject: 'Your link', sentence: 'Follow this link' };
		const text = `${sentence}:\n${link}\n\nOr enter this code: ${otp}\n`;
		const href = link.toString().replaceAll('&', '&amp;');
		const html = `<p>${sentence}:</p><p><a href="${href}">${subject}</a></p><p>Or enter this code: <strong>${otp}</strong></p>`;
		await driver.send({ to, subject, text, html });
	};
	return {
		sendConfirmation: (to, hash, otp, meta) => send(to, 'signup', hash, otp, meta?.userId),
		sendRecovery: (to, hash, otp, meta) => send(to, 'recovery', hash, otp, meta?.userId),
		sendMagicLink: (to, hash, otp, meta) => send(to, 'magiclink', hash, otp, meta?.userId),
		sendEmailChange: (to, hash, otp, meta) => send(to, 'email_change', hash, otp, meta?.userId),
		sendReauthentication: (to, otp) =>
			driver.send({ to, subject: 'Your code', text: `Enter this code to go on: ${otp}\n` }),
	};
}

const mails: Record<string, { subject: string; sentence: string }> = {
	signup: { subject: 'Confirm your address', sentence: 'Follow this link to confirm your address' },
	recovery: { subject: 'Set a new password', sentence: 'Follow this link to set a new password' },
	magiclink: { subject: 'Sign in', sentence: 'Follow this link to sign in' },
	email_change: {
		subject: 'Confirm your new address',
		sentence: 'Follow this link to confirm your new address',
	},
};

/**
 * A followed PKCE link: Auth verifies the token, the session it opens is closed again, and the client is sent back
 * with a code that only the holder of the verifier can exchange. Any other request passes.
 */
export async function followPkceLink(
	request: Request,
	sql: Sql,
	handle: (request: Request) => Promise<Response>,
): Promise<Response> {
	const url = new URL(request.url);
	if (url.pathname !== '/auth/v1/verify') return handle(request);
	if (request.method === 'POST') return handle(await withoutPkcePrefix(request));
	const token = url.searchParams.get('token') ?? '';
	if (request.method !== 'GET' || !token.startsWith(pkcePrefix)) return handle(request);
	url.searchParams.set('token', token.slice(pkcePrefix.length));
	const answer = await handle(new Request(url, { headers: request.headers }));
	const location = answer.headers.get('location');
	if (!location) return answer;
	// What Auth answers comes after the last #: the address that the client asked for may hold one of its own.
	const [, place = location, answered = ''] = /^(.*)#(.*)$/.exec(location) ?? [];
	const target = new URL(place);
	const fragment = new URLSearchParams(answered);
	target.hash = '';
	const accessToken = fragment.get('access_token');
	if (accessToken) {
		const claims = decodeJwt<{ session_id: string }>(accessToken);
		await sql`delete from auth.sessions where id = ${claims.session_id}`;
		const code = await issueCode(sql, claims.sub ?? '', url.searchParams.get('type') ?? '');
		if (code) target.searchParams.set('code', code);
	} else {
		for (const [name, value] of fragment) target.searchParams.set(name, value);
	}
	return new Response(null, { status: 303, headers: { location: target.toString() } });
}

async function issueCode(sql: Sql, userId: string, type: string): Promise<string | undefined> {
	// The code's five minutes count from created_at.
	const [flow] = await sql<{ auth_code: string }[]>`update auth.flow_state
		set auth_code = ${randomUUID()}, auth_code_issued_at = now(), created_at = now(), updated_at = now()
		where id = (
			select id from auth.flow_state
			where user_id = ${userId} and authentication_method = ${type} and auth_code is null
			order by created_at desc limit 1
		)
		returning auth_code`;
	return flow?.auth_code;
}

async function withoutPkcePrefix(request: Request): Promise<Request> {
	const text = await request.text();
	return new Request(request.url, {
		method: 'POST',
		headers: request.headers,
		body: text.replace(/("token_hash"\s*:\s*")pkce_/, '$1'),
	});
}
