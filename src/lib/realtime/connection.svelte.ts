export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'offline';
type ChannelState = 'joining' | 'joined' | 'lost';

/** What people are told about the live connection: the sum of the channels this tab wants. */
export class Connection {
	/** Kept beside the state, so that noting a channel inside an effect does not make the effect depend on all. */
	readonly #noted = new Map<string, ChannelState>();
	#channels = $state.raw<readonly ChannelState[]>([]);
	#isOnline = $state(true);
	#wasLive = $state(false);

	readonly status: ConnectionStatus = $derived.by(() => {
		if (!this.#isOnline) return 'offline';
		const states = this.#channels;
		// A further thread that is just joining is no loss: the tab stays live while nothing is lost.
		if (!states.includes('lost') && (this.#wasLive || states.includes('joined'))) return 'live';
		return this.#wasLive ? 'reconnecting' : 'connecting';
	});

	/** Whether live events can be expected; without them the page asks more often. */
	get isLive(): boolean {
		return this.status === 'live';
	}

	get isOnline(): boolean {
		return this.#isOnline;
	}

	/** Notes how a channel is doing, or with null that it is no longer wanted. */
	note(topic: string, state: ChannelState | null): void {
		if (state) this.#noted.set(topic, state);
		else this.#noted.delete(topic);
		this.#channels = [...this.#noted.values()];
		if (state === 'joined') this.#wasLive = true;
	}

	/** Follows the browser's word on the network; returns how to stop. */
	followNetwork(onOnline: () => void): () => void {
		const read = () => {
			this.#isOnline = navigator.onLine;
			if (this.#isOnline) onOnline();
		};
		this.#isOnline = navigator.onLine;
		window.addEventListener('online', read);
		window.addEventListener('offline', read);
		return () => {
			window.removeEventListener('online', read);
			window.removeEventListener('offline', read);
		};
	}
}
