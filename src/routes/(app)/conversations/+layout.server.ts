import { error } from '@sveltejs/kit';
import * as conversations from '$lib/db/conversations';
import { m } from '$lib/paraglide/messages';
import type { LayoutServerLoad } from './$types';

/** The first page of the list and the unread total; from then on the inbox keeps itself up to date. */
export const load: LayoutServerLoad = async ({ locals, parent }) => {
	const { me } = await parent();
	if (me.suspended_at) error(403, m.account_suspended_title());
	const [page, pulse] = await Promise.all([
		conversations.list(locals.supabase),
		conversations.pulse(locals.supabase, []),
	]);
	return { inbox: { conversations: page, unread: pulse.unread_messages, now: new Date() } };
};
