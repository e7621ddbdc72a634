/** The person whose token an `Authorization` header carries; null where it carries a key or nothing. */
export function subjectOf(authorization: string | null): string | null {
	const payload = /^Bearer [^.]+\.([^.]+)\./.exec(authorization ?? '')?.[1];
	if (!payload) return null;
	try {
		const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
		const isWithSubject = typeof claims === 'object' && claims !== null && 'sub' in claims;
		return isWithSubject && typeof claims.sub === 'string' ? claims.sub : null;
	} catch {
		return null;
	}
}

/**
 * Whom a tab belongs to. All tabs of a browser share one session, so somebody may sign out, or another person sign in,
 * in the next one. A tab that still shows the first person must then neither read nor write as the second: a request
 * that would not carry its own person's token is not sent.
 */
export class TabOwner {
	readonly #fetch: typeof fetch;
	#id: string | null = null;
	#onDoubt: () => void = () => {};

	constructor(send: typeof fetch) {
		this.#fetch = send;
	}

	/**
	 * From now on the tab acts as this person only; returns how to end that.
	 * @param onDoubt called when the shared session is not theirs any more, or was refused
	 */
	claim(id: string, onDoubt: () => void): () => void {
		this.#id = id;
		this.#onDoubt = onDoubt;
		return () => {
			if (this.#id === id) this.#id = null;
		};
	}

	/** Sends what is the owner's own; Auth's requests pass, since they are what makes and renews a session. */
	readonly fetch: typeof fetch = async (input, init) => {
		const url = new URL(input instanceof Request ? input.url : input);
		if (this.#id === null || url.pathname.startsWith('/auth/v1/')) return this.#fetch(input, init);
		if (subjectOf(new Headers(init?.headers).get('Authorization')) !== this.#id) {
			this.#onDoubt();
			throw new Error('The session of this browser is not this tab’s any more');
		}
		const response = await this.#fetch(input, init);
		if (response.status === 401) this.#onDoubt();
		return response;
	};
}
