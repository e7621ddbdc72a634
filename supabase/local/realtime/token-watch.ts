import { nowInSeconds, type Claims, type TokenVerifier } from './token.ts';

/** The token that a channel goes by, looked at again in time to notice that it has expired. */
export class TokenWatch {
	readonly #verifier: TokenVerifier;
	readonly #checkMs: number;
	readonly #onRefused: (error: unknown) => void;
	#token: string;
	#timer: NodeJS.Timeout | undefined;
	#isStopped = false;

	/** `onRefused` hears the {@link TokenError} of a later look; `checkMs` is the longest time between two looks. */
	constructor(
		verifier: TokenVerifier,
		token: string,
		options: { checkMs: number; onRefused: (error: unknown) => void },
	) {
		this.#verifier = verifier;
		this.#token = token;
		this.#checkMs = options.checkMs;
		this.#onRefused = options.onRefused;
	}

	get token(): string {
		return this.#token;
	}

	/** Verifies the token, or the one that takes its place, and goes on watching it. */
	async check(token = this.#token): Promise<Claims> {
		this.#token = token;
		const claims = await this.#verifier.verify(token);
		if (this.#isStopped) return claims;
		clearTimeout(this.#timer);
		const remainingMs = (claims.exp - nowInSeconds()) * 1000;
		this.#timer = setTimeout(() => this.#lookAgain(), Math.min(this.#checkMs, remainingMs));
		return claims;
	}

	stop(): void {
		this.#isStopped = true;
		clearTimeout(this.#timer);
	}

	#lookAgain(): void {
		this.check().catch(this.#onRefused);
	}
}
