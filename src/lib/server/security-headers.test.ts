import { describe, expect, it } from 'vitest';
import { CLOSED_POLICY, SECURITY_HEADERS, allowConnections, secure } from './security-headers';

const supabaseUrl = 'https://abc.supabase.co/ignored/path';
const pagePolicy = "default-src 'self'; connect-src 'self'; script-src 'self' 'nonce-r4nd0m'";

describe('security headers', () => {
	it('stand on every answer', () => {
		const headers = new Headers();
		secure(headers, { supabaseUrl, isHttps: false });
		for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(headers.get(name)).toBe(value);
		expect(headers.get('Content-Security-Policy')).toBe(CLOSED_POLICY);
	});

	it('open connect-src to Supabase over http and websocket, and to nothing else', () => {
		const headers = new Headers({ 'Content-Security-Policy': pagePolicy });
		secure(headers, { supabaseUrl, isHttps: true });
		expect(headers.get('Content-Security-Policy')).toBe(
			"default-src 'self'; connect-src 'self' https://abc.supabase.co wss://abc.supabase.co; script-src 'self' 'nonce-r4nd0m'",
		);
	});

	it('leave a policy without connect-src as it is', () => {
		expect(allowConnections("default-src 'none'", ['https://a.test'])).toBe("default-src 'none'");
	});

	it('promise https only where https is spoken', () => {
		const plain = new Headers();
		secure(plain, { supabaseUrl, isHttps: false });
		expect(plain.has('Strict-Transport-Security')).toBe(false);
		const encrypted = new Headers();
		secure(encrypted, { supabaseUrl, isHttps: true });
		expect(encrypted.get('Strict-Transport-Security')).toContain('max-age=');
	});

	it('keep a stricter header that a route has set', () => {
		const headers = new Headers({ 'Referrer-Policy': 'no-referrer' });
		secure(headers, { supabaseUrl, isHttps: false });
		expect(headers.get('Referrer-Policy')).toBe('no-referrer');
	});
});
