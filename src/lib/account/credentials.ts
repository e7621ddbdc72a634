import { z } from 'zod';
import { m } from '$lib/paraglide/messages';

import { PASSWORD_MIN } from './password';
// bcrypt, which Auth stores passwords with, reads no further.
const PASSWORD_MAX = 72;

const email = z
	.string()
	.trim()
	.toLowerCase()
	.pipe(z.email({ error: () => m.account_email_invalid() }).max(254));
const name = z
	.string()
	.trim()
	.min(1, { error: () => m.account_name_missing() })
	.max(80, { error: () => m.account_name_too_long() });
const newPassword = z
	.string()
	.min(PASSWORD_MIN, { error: () => m.account_password_too_short({ count: PASSWORD_MIN }) })
	.refine((value) => new TextEncoder().encode(value).length <= PASSWORD_MAX, {
		error: () => m.account_password_too_long({ count: PASSWORD_MAX }),
	});

export const SignIn = z.object({
	email,
	password: z.string().min(1, { error: () => m.account_password_missing() }),
});
export const SignUp = z.object({ name, email, password: newPassword });
export const ForgottenPassword = z.object({ email });
export const NewPassword = z.object({ password: newPassword });
export const DisplayName = z.object({ name });
