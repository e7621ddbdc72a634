/**
 * What hosted Realtime refuses, as named options. The defaults are hosted's own numbers, so that an app that
 * trips over a limit does so on a developer's machine first.
 */
export interface Limits {
	/** Sockets that hold at least one channel. More joins answer "Too many connected users". */
	connections: number;
	/** Channels on one socket. */
	channelsPerConnection: number;
	/** Joins a second over all sockets, as an average of up to a minute. Above it the socket is closed. */
	joinsPerSecond: number;
	/** Broadcasts a second, counted once for the sender and once for each receiver, as an average of up to a minute. */
	messagesPerSecond: number;
	/** Presence changes a second over all sockets, as an average of up to a minute. */
	presencePerSecond: number;
	/** `track` and `untrack` calls of one channel in a window; one more closes that channel. */
	presenceCallsPerWindow: number;
	presenceWindowMs: number;
	/** Largest broadcast or presence payload. */
	payloadBytes: number;
	/** Largest WebSocket frame that is read at all. A larger one closes the socket with 1009. */
	frameBytes: number;
	/** Largest HTTP body that is read at all. */
	requestBytes: number;
	/** What may wait in memory for one slow reader before its socket is cut. */
	sendBufferBytes: number;
	/** A socket from which nothing was heard for so long is closed. Clients send a heartbeat every 25 s. */
	idleSocketMs: number;
	/** A socket that holds no channel for so long is closed. */
	channellessSocketMs: number;
	/** A channel's token is looked at again after so long, or at its expiry if that is sooner. */
	tokenCheckMs: number;
	/** Hosted holds back a failed join for 5 s. Off here, because it only makes tests slow. */
	joinErrorDelayMs: number;
	/** A channel that asked to hear when replication runs is closed when it does not run within this time. */
	replicationReadyMs: number;
}

/**
 * Rates of hosted's Pro plan with the payload of its smallest plan: 256 kB and the 500 bytes of padding that the
 * server grants. Numbers from the public limits page and from the server's defaults.
 */
export const HOSTED_LIMITS: Limits = {
	connections: 500,
	channelsPerConnection: 100,
	joinsPerSecond: 500,
	messagesPerSecond: 500,
	presencePerSecond: 50,
	presenceCallsPerWindow: 5,
	presenceWindowMs: 30_000,
	payloadBytes: 256_500,
	frameBytes: 5_000_000,
	requestBytes: 8_000_000,
	sendBufferBytes: 8_000_000,
	idleSocketMs: 60_000,
	channellessSocketMs: 600_000,
	tokenCheckMs: 300_000,
	joinErrorDelayMs: 0,
	replicationReadyMs: 60_000,
};

/** How many seconds an average looks back, as hosted's counters do. */
const WINDOW_SECONDS = 60;

/**
 * An average per second over the whole seconds since the first event, at most a minute of them. A short burst is
 * therefore forgiven, steady overload is not. A counter that was idle for the whole window starts afresh.
 */
export class RateCounter {
	readonly #limit: number;
	readonly #now: () => number;
	readonly #buckets = new Map<number, number>();
	#sum = 0;
	#firstSecond = 0;
	#lastSecond = 0;

	/** `now` is a clock in milliseconds. */
	constructor(limit: number, now: () => number = Date.now) {
		this.#limit = limit;
		this.#now = now;
	}

	/** Counts `events` in the second that is running. */
	add(events = 1): void {
		const second = this.#advance();
		this.#buckets.set(second, (this.#buckets.get(second) ?? 0) + events);
		this.#sum += events;
	}

	/** Events a second, over the seconds that are complete. */
	average(): number {
		const second = this.#advance();
		const complete = this.#sum - (this.#buckets.get(second) ?? 0);
		return complete / Math.max(1, second - this.#firstSecond);
	}

	/** True from the moment the average reaches the limit until it is below again. */
	isExceeded(): boolean {
		return this.average() >= this.#limit;
	}

	/** True when `events` more would bring the average over the limit. */
	wouldExceed(events: number): boolean {
		return this.average() + events > this.#limit;
	}

	#advance(): number {
		const second = Math.floor(this.#now() / 1000);
		if (second === this.#lastSecond) return second;
		const oldest = second - WINDOW_SECONDS;
		for (const [at, events] of this.#buckets) {
			if (at >= oldest) break;
			this.#buckets.delete(at);
			this.#sum -= events;
		}
		this.#firstSecond = this.#buckets.size === 0 ? second : Math.max(this.#firstSecond, oldest);
		this.#lastSecond = second;
		return second;
	}
}

/** Counts calls in windows that start with the first call after the last window ended. */
export class CallWindow {
	readonly #calls: number;
	readonly #windowMs: number;
	readonly #now: () => number;
	#endsAt = -Infinity;
	#used = 0;

	constructor(calls: number, windowMs: number, now: () => number = Date.now) {
		this.#calls = calls;
		this.#windowMs = windowMs;
		this.#now = now;
	}

	/** Takes one call; false when the window has none left. */
	take(): boolean {
		const now = this.#now();
		if (now > this.#endsAt) {
			this.#endsAt = now + this.#windowMs;
			this.#used = 0;
		}
		if (this.#used >= this.#calls) return false;
		this.#used++;
		return true;
	}
}
