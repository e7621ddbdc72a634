import { redirect } from '@sveltejs/kit';
import { safeNext } from '$lib/server/safe-next';
import type { RequestHandler } from './$types';

const OTP_TYPES = ['signup', 'invite', 'magiclink', 'recovery', 'email_change', 'email'] as const;

/** Where mailed links land: they carry a code of this browser's own request, or a token that works in any browser. */
export const GET: RequestHandler = async ({ url, locals }) => {
	const { auth } = locals.supabase;
	const code = url.searchParams.get('code');
	const tokenHash = url.searchParams.get('token_hash');
	const type = OTP_TYPES.find((known) => known === url.searchParams.get('type'));
	const isRecovery = type === 'recovery';

	let isConfirmed = false;
	if (code) isConfirmed = !(await auth.exchangeCodeForSession(code)).error;
	else if (tokenHash && type) isConfirmed = !(await auth.verifyOtp({ token_hash: tokenHash, type })).error;
	if (!isConfirmed) redirect(303, '/sign-in?notice=link_expired');
	redirect(303, isRecovery ? '/reset-password' : safeNext(url.searchParams.get('next')));
};
