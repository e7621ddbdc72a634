/** For every answer, whatever it carries. Plain data, so that any server in front can send the same. */
export const SECURITY_HEADERS = {
	'X-Content-Type-Options': 'nosniff',
	// `same-origin`, not `no-referrer`: the latter turns the Origin of a plain form post into `null`, which the CSRF check refuses.
	'Referrer-Policy': 'same-origin',
	'X-Frame-Options': 'DENY',
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Cross-Origin-Resource-Policy': 'same-origin',
	'Permissions-Policy': 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=()',
} as const;

/** What a page-less answer (redirect, JSON, error text) may do when a browser opens it: nothing. */
export const CLOSED_POLICY =
	"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The http(s) and ws(s) origins of a Supabase URL, as `connect-src` sources. */
export function supabaseSources(supabaseUrl: string): string[] {
	const url = new URL(supabaseUrl);
	return [url.origin, url.origin.replace(/^http/, 'ws')];
}

/** SvelteKit's page policy with exactly these sources added to `connect-src`; nothing else is widened. */
export function allowConnections(policy: string, sources: string[]): string {
	return policy
		.split(/;\s*/)
		.map((directive) =>
			directive.startsWith('connect-src ') ? [directive, ...sources].join(' ') : directive,
		)
		.join('; ');
}

/**
 * Puts the security headers on an answer, in place: a page keeps the policy that SvelteKit made, completed; any
 * other answer without one gets the closed policy.
 */
export function secure(
	headers: Headers,
	{ supabaseUrl, isHttps }: { supabaseUrl: string; isHttps: boolean },
): void {
	for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
		if (!headers.has(name)) headers.set(name, value);
	}
	const policy = headers.get('Content-Security-Policy');
	headers.set(
		'Content-Security-Policy',
		policy ? allowConnections(policy, supabaseSources(supabaseUrl)) : CLOSED_POLICY,
	);
	if (isHttps) headers.set('Strict-Transport-Security', 'max-age=63072000');
}
