import { createContext } from 'svelte';
import type { Live } from '$lib/realtime/live';
import type { Outbox } from './outbox.svelte';
import type { Thread } from './thread.svelte';

/** What lives as long as the person stays in the app, whichever page is open. */
export interface Chat {
	readonly live: Live;
	readonly outbox: Outbox;
	/** What was typed and not sent, by conversation. */
	readonly drafts: Map<string, string>;
	/** The thread that is open, if one is. */
	thread: Thread | null;
}

export const [getChat, setChat] = createContext<Chat>();
