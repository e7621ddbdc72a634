import { createContext } from 'svelte';

/** The unread totals that the navigation shows; the inbox keeps them up to date. */
export class UnreadTotals {
	messages = $state(0);
}

/** Handed down by the layout of the signed-in pages. */
export const [getUnreadTotals, setUnreadTotals] = createContext<UnreadTotals>();
