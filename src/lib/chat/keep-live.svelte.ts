import { untrack } from 'svelte';
import { askWhileVisible } from '$lib/realtime/poll';
import type { Activity } from '$lib/realtime/live';
import type { Chat } from './chat';
import type { Thread } from './thread.svelte';

/** How often the table is asked while the live connection stands, and while it does not. */
export const askEvery = { live: 15_000, fallback: 3_000 };

/**
 * Ties a thread to the world for as long as the component that calls this stands: its two live topics, which
 * follow the epoch and end with care, and the table, asked after every join, on every return to the page and
 * by the clock. Returns how to tell that this person is typing.
 */
export function keepLive(thread: Thread, chat: Chat): { tellTyping: () => void } {
	const { live } = chat;
	let activity: Activity | null = null;

	$effect(() => {
		chat.thread = thread;
		return () => {
			if (chat.thread === thread) chat.thread = null;
			thread.dispose();
		};
	});

	$effect(() => {
		if (!thread.careOpen) return;
		const { conversationId, epoch } = thread;
		return untrack(() =>
			live.openConversation(conversationId, epoch, {
				onJoined: () => void thread.catchUp(),
				onMessage: (row) => thread.hear({ type: 'row', row }),
				onReceipt: (receipt) => thread.hear({ type: 'receipt', receipt }),
			}),
		);
	});

	$effect(() => {
		if (!thread.careOpen) return;
		const { conversationId, epoch, meId } = thread;
		const opened = untrack(() =>
			live.openActivity(conversationId, epoch, meId, {
				onTyping: ({ user_id }) => thread.hearTyping(user_id),
				onPresent: (userIds) => thread.hearPresent(userIds),
			}),
		);
		activity = opened;
		return () => {
			activity = null;
			opened.leave();
			thread.hearPresent(new Set());
		};
	});

	$effect(() =>
		askWhileVisible(() => void thread.catchUp(), live.connection.isLive ? askEvery.live : askEvery.fallback),
	);

	return { tellTyping: () => activity?.tellTyping() };
}
