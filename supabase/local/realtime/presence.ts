/** One appearance of a key: what its client tracked, and the server's mark on it. */
export type Meta = Record<string, unknown> & { phx_ref: string; phx_ref_prev?: string };

/** As the wire has it: for each key all its appearances, one for each channel that tracks it. */
export type PresenceEntries = Record<string, { metas: Meta[] }>;

export interface PresenceDiff {
	joins: PresenceEntries;
	leaves: PresenceEntries;
}

/**
 * Who is present on one topic. Pure state: every change answers with the diff that the others must hear, or null when
 * there is nothing to tell.
 *
 * An appearance belongs to an owner (a joined channel), which has at most one. Two owners may share a key: a person
 * with two tabs is one key with two metas.
 */
export class Presence<Owner extends object> {
	readonly #entries = new Map<Owner, { key: string; payload: string; meta: Meta }>();
	readonly #makeRef: () => string;

	/** `makeRef` makes the `phx_ref` of each appearance; it must never repeat one. */
	constructor(makeRef: () => string) {
		this.#makeRef = makeRef;
	}

	get size(): number {
		return this.#entries.size;
	}

	/**
	 * Lets `owner` appear under `key`. Tracking again replaces: the diff then has the new appearance, which names the
	 * old one in `phx_ref_prev`, as a join and the old one as a leave. An equal payload changes nothing.
	 */
	track(owner: Owner, key: string, payload: Record<string, unknown>): PresenceDiff | null {
		const before = this.#entries.get(owner);
		const serialized = JSON.stringify(payload);
		if (before?.payload === serialized) return null;
		const meta: Meta = { ...payload, phx_ref: this.#makeRef() };
		if (before) meta.phx_ref_prev = before.meta.phx_ref;
		this.#entries.set(owner, { key, payload: serialized, meta });
		return { joins: entry(key, meta), leaves: before ? entry(before.key, before.meta) : emptyEntries() };
	}

	/** Takes `owner`'s appearance away. */
	untrack(owner: Owner): PresenceDiff | null {
		const before = this.#entries.get(owner);
		if (!before) return null;
		this.#entries.delete(owner);
		return { joins: emptyEntries(), leaves: entry(before.key, before.meta) };
	}

	/** Everybody, for one who has just joined. */
	state(): PresenceEntries {
		const state = emptyEntries();
		for (const { key, meta } of this.#entries.values()) (state[key] ??= { metas: [] }).metas.push(meta);
		return state;
	}
}

function entry(key: string, meta: Meta): PresenceEntries {
	const entries = emptyEntries();
	entries[key] = { metas: [meta] };
	return entries;
}

/** Keys are chosen by clients: without a prototype, `__proto__` and `constructor` are names like any other. */
function emptyEntries(): PresenceEntries {
	return Object.create(null) as PresenceEntries;
}
