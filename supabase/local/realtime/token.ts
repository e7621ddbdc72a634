import { errors, jwtVerify } from 'jose';

/** A verified caller: `role` is the database role that policies run as. */
export interface Claims {
	role: string;
	/** Seconds since the epoch. */
	exp: number;
	sub?: string;
	[claim: string]: unknown;
}

/** Why a token was refused, in the words of hosted Realtime. */
export class TokenError extends Error {
	override name = 'TokenError';
	/** The code before the colon of a join error. */
	readonly code: 'InvalidJWTToken' | 'MalformedJWT' | 'JwtSignatureError' | 'JwtSignerError';
	/** What the HTTP answer to a refused upgrade says. */
	readonly upgradeMessage: string;

	constructor(code: TokenError['code'], message: string, upgradeMessage = message) {
		super(message);
		this.code = code;
		this.upgradeMessage = upgradeMessage;
	}
}

const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'];
const TEN_YEARS = 10 * 365 * 24 * 3600;

/** Turns API keys and JWTs into claims. */
export class TokenVerifier {
	readonly #secret: Uint8Array;
	readonly #keys: ReadonlyMap<string, string>;

	constructor(secrets: { jwtSecret: string; publishableKey: string; secretKey: string }) {
		this.#secret = new TextEncoder().encode(secrets.jwtSecret);
		this.#keys = new Map([
			[secrets.publishableKey, 'anon'],
			[secrets.secretKey, 'service_role'],
		]);
	}

	/**
	 * The claims behind `token`, or a {@link TokenError}. The two opaque keys of the stack stand for the roles `anon`
	 * and `service_role`, which on hosted the gateway does before Realtime sees the request.
	 */
	async verify(token: string): Promise<Claims> {
		const role = this.#keys.get(token);
		if (role) return { iss: 'supabase', role, exp: nowInSeconds() + TEN_YEARS };
		const payload = await this.#verifySignature(token);
		const { role: claimedRole, exp } = payload;
		if (typeof claimedRole !== 'string' || typeof exp !== 'number') {
			throw new TokenError('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT');
		}
		return { ...payload, role: claimedRole, exp };
	}

	async #verifySignature(token: string): Promise<Record<string, unknown> & { sub?: string }> {
		try {
			return (await jwtVerify(token, this.#secret, { algorithms: HMAC_ALGORITHMS })).payload;
		} catch (error) {
			throw refusal(error);
		}
	}
}

/** An opaque key is no user's token: Realtime goes on with the one that the socket was opened with. */
export function isApiKey(token: string): boolean {
	return token.startsWith('sb_');
}

/** The sentence for a token that is past its time; `exp` in seconds since the epoch. */
export function expiredMessage(exp: number): string {
	return `Token has expired ${Math.max(0, nowInSeconds() - Math.round(exp))} seconds ago`;
}

export function nowInSeconds(): number {
	return Math.floor(Date.now() / 1000);
}

function refusal(error: unknown): TokenError {
	if (error instanceof errors.JWTExpired) {
		return new TokenError('InvalidJWTToken', expiredMessage(error.payload.exp ?? 0), 'Token has expired');
	}
	if (error instanceof errors.JWSSignatureVerificationFailed) {
		return new TokenError('JwtSignatureError', 'Failed to validate JWT signature');
	}
	if (error instanceof errors.JOSEAlgNotAllowed) {
		const message = 'Failed to generate JWT signer, check your JWT secret or JWKS configuration';
		return new TokenError('JwtSignerError', message);
	}
	return new TokenError('MalformedJWT', 'The token provided is not a valid JWT');
}
