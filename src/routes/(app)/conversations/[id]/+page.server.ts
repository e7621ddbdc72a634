import { error, fail, redirect } from '@sveltejs/kit';
import { createMessageId, isUuid } from '$lib/chat/message-id';
import type { ThreadStart } from '$lib/chat/thread.svelte';
import { failureWords } from '$lib/chat/words';
import { APPOINTMENTS } from '$lib/appointments/limits';
import * as appointments from '$lib/db/appointments';
import * as conversations from '$lib/db/conversations';
import { DbError } from '$lib/db/errors';
import * as messages from '$lib/db/messages';
import { m } from '$lib/paraglide/messages';
import { requireUser } from '$lib/server/require-user';
import type { Actions, PageServerLoad } from './$types';

/** The newest page of a thread, or the one before `?before=<seq>` for readers without a script. */
export const load: PageServerLoad = async ({ params, locals, url, depends }) => {
	depends(APPOINTMENTS);
	const { supabase } = locals;
	const userId = requireUser(locals);
	// A malformed id, an unknown one and somebody else's get one and the same answer.
	if (!isUuid(params.id)) error(404, m.error_not_found());
	const asked = Number(url.searchParams.get('before'));
	const before = Number.isSafeInteger(asked) && asked > 0 ? asked : undefined;
	const [conversation, head] = await Promise.all([
		conversations.one(supabase, params.id, userId),
		readHead(supabase, params.id),
	]);
	if (!conversation?.other || !head) error(404, m.error_not_found());
	// The head came first, so no change can fall between it and the page.
	const [rows, appointment] = await Promise.all([
		messages.list(supabase, params.id, before),
		appointments.nextAccepted(supabase, [userId, conversation.other.id]),
	]);
	const { members, rev, last_seq, epoch, care_open } = head;
	const start: ThreadStart = {
		conversationId: conversation.id,
		meId: userId,
		otherId: conversation.other.id,
		head: { rev, last_seq, epoch, care_open },
		members,
		messages: rows,
	};
	return {
		start,
		before,
		other: conversation.other,
		appointmentAt: appointment?.starts_at ?? null,
		formId: createMessageId(),
	};
};

export const actions: Actions = {
	/** Sends without a script; the id in the form makes a second press the same send. */
	send: async ({ params, locals, request }) => {
		const form = await request.formData();
		const id = String(form.get('id') ?? '');
		const body = String(form.get('body') ?? '').trim();
		if (!isUuid(params.id) || !isUuid(id)) error(404, m.error_not_found());
		try {
			await messages.send(locals.supabase, { id, conversationId: params.id, body, replyTo: null });
		} catch (refusal) {
			if (!(refusal instanceof DbError)) throw refusal;
			if (refusal.status === 404) error(404, m.error_not_found());
			const reason = refusal.isTransient ? 'other' : refusal.hint;
			return fail(refusal.status || 503, { body, message: failureWords(reason) });
		}
		redirect(303, `/conversations/${params.id}`);
	},
};

async function readHead(client: App.Locals['supabase'], id: string): Promise<messages.Changes | null> {
	try {
		// Asked from beyond every rev, the answer is the head and the receipts alone.
		return await messages.changesSince(client, id, Number.MAX_SAFE_INTEGER, 1);
	} catch (refusal) {
		if (refusal instanceof DbError && refusal.status === 404) return null;
		throw refusal;
	}
}
