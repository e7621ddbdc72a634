import type { Conversation } from '$lib/db/conversations';

/**
 * The list after its first `size` lines were read again: they replace what they cover, whatever moved or left; older
 * lines below them stay.
 */
export function mergeFresh(
	known: readonly Conversation[],
	fresh: readonly Conversation[],
	size: number,
): Conversation[] {
	const last = fresh.at(-1);
	if (fresh.length < size || !last) return [...fresh];
	const ids = new Set(fresh.map((row) => row.id));
	return [...fresh, ...known.filter((row) => !ids.has(row.id) && isOlder(row, last))];
}

function isOlder(row: Conversation, than: Conversation): boolean {
	return Date.parse(row.last_message_at ?? '') <= Date.parse(than.last_message_at ?? '');
}
