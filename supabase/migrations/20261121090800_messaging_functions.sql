-- Sending a message, and the receipts of the other side.

create function private.send_message(target uuid, message_id uuid, new_body text, replied uuid, attached uuid[])
	returns public.messages
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	conversation public.conversations;
	message public.messages;
begin
	-- 1. Lock first, look later: from here on no decision on care and no other send happens beside this one.
	select * into conversation from public.conversations c
	where c.id = target and caller in (c.patient_id, c.doctor_id)
	for no key update;
	if not found then
		perform private.refuse('not_a_member');
	end if;
	perform private.refuse_suspended(caller);

	-- 2. Idempotency before the rule: what was sent once is answered, even when care has closed since.
	select * into message from public.messages m where m.id = message_id;
	if found then
		if message.sender_id is distinct from caller
			or message.conversation_id <> target
			or message.body is distinct from new_body
			or message.reply_to is distinct from replied
			or cardinality(attached) > 0
		then
			perform private.refuse('id_reused');
		end if;
		return message;
	end if;

	if cardinality(attached) > 0 then
		perform private.refuse('bad_attachment');
	elsif coalesce(new_body, '') !~ '\S' then
		perform private.refuse('empty');
	elsif char_length(new_body) > 8000 then
		perform private.refuse('too_long');
	end if;

	-- 3. Count and insert. The policy on messages asks the rule.
	update public.conversations c
	set last_seq = c.last_seq + 1,
		rev = c.rev + 1,
		patient_total = c.patient_total + (caller = c.patient_id)::integer,
		doctor_total = c.doctor_total + (caller = c.doctor_id)::integer,
		last_message_at = clock_timestamp(),
		waiting_since = case when caller = c.patient_id then coalesce(c.waiting_since, clock_timestamp()) end
	where c.id = target
	returning * into conversation;
	begin
		insert into public.messages
			(id, conversation_id, patient_id, doctor_id, seq, rev, sender_id, body, reply_to, sent_at, patient_total, doctor_total)
		values (
			message_id, target, conversation.patient_id, conversation.doctor_id, conversation.last_seq, conversation.rev,
			caller, new_body, replied, conversation.last_message_at, conversation.patient_total, conversation.doctor_total
		)
		returning * into message;
	exception
		when insufficient_privilege then
			perform private.refuse('care_closed');
		when unique_violation then
			perform private.refuse('id_reused');
		when foreign_key_violation then
			-- The message replied to is not in this conversation, or nowhere.
			perform private.refuse('not_a_member');
	end;

	perform private.broadcast(
		private.conversation_topic(conversation), 'message_changed', private.message_payload(message)
	);
	perform private.announce_conversation(
		conversation, true, array[conversation.patient_id, conversation.doctor_id]
	);
	return message;
end;
$$;
comment on function private.send_message(uuid, uuid, text, uuid, uuid[]) is
	'Sends once. A definer, because no client role may insert messages; as bedside_writer it is bound by the policy that asks private.care_is_open().';
revoke all on function private.send_message(uuid, uuid, text, uuid, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.send_message(uuid, uuid, text, uuid, uuid[]) to authenticated;
alter function private.send_message(uuid, uuid, text, uuid, uuid[]) owner to bedside_writer;

create function private.move_receipt(target uuid, up_to bigint, as_read boolean)
	returns public.conversation_members
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	conversation public.conversations;
	member public.conversation_members;
	mark bigint;
	care_open boolean;
begin
	-- Shared with other readers; it keeps the epoch still until the receipt is out.
	select * into conversation from public.conversations c
	where c.id = target and caller in (c.patient_id, c.doctor_id)
	for share;
	if not found then
		perform private.refuse('not_a_member');
	end if;
	perform private.refuse_suspended(caller);
	select * into member from public.conversation_members m
	where m.user_id = caller and m.conversation_id = target
	for no key update;

	-- least() passes over a null, which must not mean "everything".
	up_to := least(coalesce(up_to, 0), conversation.last_seq);
	if up_to <= (case when as_read then member.read_seq else member.delivered_seq end) then
		return member;
	end if;
	mark := member.read_mark;
	if as_read then
		select case caller when conversation.patient_id then m.doctor_total else m.patient_total end into mark
		from public.messages m
		where m.conversation_id = target and m.seq = up_to;
	end if;
	update public.conversation_members m
	set delivered_at = case when up_to > m.delivered_seq then clock_timestamp() else m.delivered_at end,
		delivered_seq = greatest(m.delivered_seq, up_to),
		read_at = case when as_read then clock_timestamp() else m.read_at end,
		read_seq = case when as_read then up_to else m.read_seq end,
		read_mark = mark
	where m.user_id = caller and m.conversation_id = target
	returning * into member;

	care_open := private.care_is_open(conversation.patient_id, conversation.doctor_id);
	if care_open then
		perform private.broadcast(private.conversation_topic(conversation), 'receipt_changed', jsonb_build_object(
			'conversation_id', target,
			'user_id', caller,
			'delivered_seq', member.delivered_seq,
			'delivered_at', member.delivered_at,
			'read_seq', member.read_seq,
			'read_at', member.read_at
		));
	end if;
	if as_read then
		-- The reader's other screens hold the list, not this thread.
		perform private.announce_conversation(conversation, care_open, array[caller]);
	end if;
	return member;
end;
$$;
comment on function private.move_receipt(uuid, bigint, boolean) is
	'Moves the caller''s receipt forwards, never back. A definer, because no client role may update members. Closed care keeps its history readable, so reading still counts, and nothing of it goes live.';
revoke all on function private.move_receipt(uuid, bigint, boolean) from public, anon, authenticated, service_role;
grant execute on function private.move_receipt(uuid, bigint, boolean) to authenticated;
alter function private.move_receipt(uuid, bigint, boolean) owner to bedside_writer;

-- Bodies are RETURN, not BEGIN ATOMIC: `supabase db push` takes the END in "send" for the end of such a body.

create function public.send_message(
	conversation uuid, id uuid, body text, reply_to uuid default null, attachments uuid[] default null
)
	returns public.messages
	language sql volatile security invoker set search_path = ''
	return private.send_message(conversation, id, body, reply_to, attachments);
comment on function public.send_message(uuid, uuid, text, uuid, uuid[]) is
	'Sends once and returns the row; the same id with the same content returns it again. 404 not_a_member, 403 care_closed, 409 id_reused, 400 empty, 400 too_long (8,000 characters).';
revoke all on function public.send_message(uuid, uuid, text, uuid, uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.send_message(uuid, uuid, text, uuid, uuid[]) to authenticated;

create function public.mark_delivered(conversation uuid, seq bigint)
	returns public.conversation_members
	language sql volatile security invoker set search_path = ''
	return private.move_receipt(conversation, seq, false);
comment on function public.mark_delivered(uuid, bigint) is
	'The caller''s devices have every message up to seq. Only ever forwards. Returns the caller''s row. 404 not_a_member.';
revoke all on function public.mark_delivered(uuid, bigint) from public, anon, authenticated, service_role;
grant execute on function public.mark_delivered(uuid, bigint) to authenticated;

create function public.mark_read(conversation uuid, seq bigint)
	returns public.conversation_members
	language sql volatile security invoker set search_path = ''
	return private.move_receipt(conversation, seq, true);
comment on function public.mark_read(uuid, bigint) is
	'The caller has read every message up to seq. Only ever forwards. Returns the caller''s row. 404 not_a_member.';
revoke all on function public.mark_read(uuid, bigint) from public, anon, authenticated, service_role;
grant execute on function public.mark_read(uuid, bigint) to authenticated;
