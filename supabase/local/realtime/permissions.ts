import type { Authorization, Caller, Extension } from './authorization.ts';

/**
 * What one channel may do, remembered for as long as its token stays the same. Reading is asked at join, writing when
 * it is first tried. What changes in the tables meanwhile is not noticed: only a new token asks again.
 */
export class Permissions {
	readonly #authorization: Authorization;
	readonly #caller: Caller;
	readonly #topic: string;
	readonly #isPrivate: boolean;
	#reads = new Set<Extension>();
	#hasAskedPresence = false;
	#writes: Set<Extension> | null = null;

	constructor(authorization: Authorization, caller: Caller, topic: string, isPrivate: boolean) {
		this.#authorization = authorization;
		this.#caller = caller;
		this.#topic = topic;
		this.#isPrivate = isPrivate;
	}

	/** Public channels never meet a policy. */
	canRead(extension: Extension): boolean {
		return !this.#isPrivate || this.#reads.has(extension);
	}

	/** Asks what may be read; presence only when the channel uses it. */
	async askRead(withPresence: boolean): Promise<void> {
		if (!this.#isPrivate) return;
		const extensions: Extension[] = withPresence ? ['broadcast', 'presence'] : ['broadcast'];
		this.#reads = await this.#authorization.mayRead(this.#caller, this.#topic, extensions);
		this.#hasAskedPresence = withPresence;
	}

	/** True or false when it is known, null when {@link askWrite} has to ask. */
	canWrite(extension: Extension): boolean | null {
		if (!this.#isPrivate) return true;
		return this.#writes?.has(extension) ?? null;
	}

	/** Asks what may be written, and, before presence is first used, whether it may be read. */
	async askWrite(extension: Extension): Promise<boolean> {
		if (extension === 'presence' && !this.#hasAskedPresence) await this.askRead(true);
		this.#writes = await this.#authorization.mayWrite(this.#caller, this.#topic);
		return this.#writes.has(extension);
	}

	/** True when something that could be read under these permissions cannot be read under the new ones. */
	isRevokedBy(next: Permissions): boolean {
		return [...this.#reads].some((extension) => !next.canRead(extension));
	}
}
