-- Who may join and write which topic, and how the database speaks on them.

create function private.topic_scope(topic text) returns text
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	parts text[] := regexp_match(
		topic,
		'^(conversation|activity):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):(0|[1-9][0-9]{0,8})$'
	);
begin
	if caller is null
		or not exists (select from public.profiles p where p.id = caller and p.suspended_at is null)
	then
		return null;
	end if;
	if topic = 'user:' || caller::text then
		return 'user';
	end if;
	if parts is not null and exists (
		select from public.conversations c
		where c.id = parts[2]::uuid
			and c.epoch = parts[3]::integer
			and caller in (c.patient_id, c.doctor_id)
			and private.care_is_open(c.patient_id, c.doctor_id)
	) then
		return parts[1];
	end if;
	return null;
end;
$$;
comment on function private.topic_scope(text) is
	'conversation, activity or user when the caller may hear that topic now, else null. An anchored pattern stands before every cast, so no crafted topic raises. A definer, because Realtime asks as a person who may not read care decisions of others.';
revoke all on function private.topic_scope(text) from public, anon, authenticated, service_role;
grant execute on function private.topic_scope(text) to authenticated;
alter function private.topic_scope(text) owner to bedside_writer;

create policy "People hear the topics that are theirs" on realtime.messages
	for select to authenticated
	using (
		case private.topic_scope(topic)
			when 'activity' then extension in ('broadcast', 'presence')
			when 'conversation' then extension = 'broadcast'
			when 'user' then extension = 'broadcast'
			else false
		end
	);
create policy "Members write on activity topics only" on realtime.messages
	for insert to authenticated
	with check (extension in ('broadcast', 'presence') and private.topic_scope(topic) = 'activity');

-- Owned by the migrating role, not by bedside_writer: realtime.send() inserts as whoever calls it, a hosted
-- postgres may insert there and cannot grant that to others, and without it the event is lost with a warning.
create function private.broadcast(topic text, event text, payload jsonb) returns void
	language plpgsql volatile security definer set search_path = '' as $$
begin
	perform realtime.send(payload, event, topic, true);
end;
$$;
comment on function private.broadcast(text, text, jsonb) is
	'Sends one event on a private topic when the transaction commits. A definer, so that no API role needs to write on a topic that carries messages.';
revoke all on function private.broadcast(text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.broadcast(text, text, jsonb) to bedside_writer;

create function private.broadcast_to_people(people uuid[], event text, payload jsonb) returns void
	language plpgsql volatile security invoker set search_path = '' as $$
begin
	perform private.broadcast('user:' || p.id::text, event, payload)
	from public.profiles p
	where p.id = any (people) and p.suspended_at is null;
end;
$$;
comment on function private.broadcast_to_people(uuid[], text, jsonb) is
	'Sends one event on the user: topics of these people, nothing to the suspended.';
revoke all on function private.broadcast_to_people(uuid[], text, jsonb) from public, anon, authenticated, service_role;
alter function private.broadcast_to_people(uuid[], text, jsonb) owner to bedside_writer;

create function private.conversation_topic(conversation public.conversations) returns text
	language plpgsql immutable security invoker set search_path = '' as $$
begin
	return 'conversation:' || conversation.id::text || ':' || conversation.epoch::text;
end;
$$;
comment on function private.conversation_topic(public.conversations) is
	'The topic that carries the messages of a conversation in its present epoch; topic_scope() reads the same form.';
revoke all on function private.conversation_topic(public.conversations) from public, anon, authenticated, service_role;
alter function private.conversation_topic(public.conversations) owner to bedside_writer;

create function private.message_payload(message public.messages) returns jsonb
	language plpgsql stable security invoker set search_path = '' as $$
begin
	return to_jsonb(message) || '{"attachments": []}';
end;
$$;
comment on function private.message_payload(public.messages) is
	'A message as clients get it, live and by changes_since(): the row with its attachments.';
revoke all on function private.message_payload(public.messages) from public, anon, authenticated, service_role;
alter function private.message_payload(public.messages) owner to bedside_writer;

create function private.announce_conversation(conversation public.conversations, care_open boolean, people uuid[])
	returns void
	language plpgsql volatile security invoker set search_path = '' as $$
begin
	perform private.broadcast_to_people(people, 'conversation_changed', jsonb_build_object(
		'id', conversation.id,
		'rev', conversation.rev,
		'last_seq', conversation.last_seq,
		'epoch', conversation.epoch,
		'care_open', care_open
	));
end;
$$;
comment on function private.announce_conversation(public.conversations, boolean, uuid[]) is
	'Tells these people where a conversation stands: counters only, no words.';
revoke all on function private.announce_conversation(public.conversations, boolean, uuid[]) from public, anon, authenticated, service_role;
alter function private.announce_conversation(public.conversations, boolean, uuid[]) owner to bedside_writer;

create function private.announce_appointment(appointment public.appointments) returns void
	language plpgsql volatile security invoker set search_path = '' as $$
begin
	perform private.broadcast_to_people(
		array[appointment.patient_id, appointment.doctor_id],
		'appointment_changed',
		jsonb_build_object(
			'id', appointment.id,
			'patient_id', appointment.patient_id,
			'doctor_id', appointment.doctor_id,
			'status', appointment.status,
			'starts_at', appointment.starts_at,
			'ends_at', appointment.ends_at
		)
	);
end;
$$;
comment on function private.announce_appointment(public.appointments) is
	'Tells both people of an appointment where it stands, without what was written in it.';
revoke all on function private.announce_appointment(public.appointments) from public, anon, authenticated, service_role;
alter function private.announce_appointment(public.appointments) owner to bedside_writer;
