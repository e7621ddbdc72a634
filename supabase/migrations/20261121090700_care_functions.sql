-- The functions that decide on care. Whatever can change care locks in one order, so that two decisions
-- neither deadlock nor overlook each other: the doctor, then the conversation, then the appointment.
-- The doctor's row stands in for a conversation that does not exist yet, and makes two acceptances for
-- one doctor wait for each other instead of deadlocking inside the exclusion constraint.
-- A send locks only the conversation, and no appointment.

create function private.lock_care(patient uuid, doctor uuid) returns public.conversations
	language plpgsql volatile security invoker set search_path = '' as $$
declare
	conversation public.conversations;
begin
	perform from public.doctors d where d.profile_id = doctor for no key update;
	select * into conversation from public.conversations c
	where c.patient_id = patient and c.doctor_id = doctor
	for no key update;
	return conversation;
end;
$$;
comment on function private.lock_care(uuid, uuid) is
	'Takes the first two locks of the order and returns the conversation of the pair, all null when there is none.';
revoke all on function private.lock_care(uuid, uuid) from public, anon, authenticated, service_role;
alter function private.lock_care(uuid, uuid) owner to bedside_writer;

create function private.open_conversation(patient uuid, doctor uuid) returns public.conversations
	language plpgsql volatile security invoker set search_path = '' as $$
declare
	conversation public.conversations;
begin
	insert into public.conversations (patient_id, doctor_id)
	values (patient, doctor)
	returning * into conversation;
	insert into public.conversation_members (user_id, conversation_id)
	values (patient, conversation.id), (doctor, conversation.id);
	return conversation;
end;
$$;
comment on function private.open_conversation(uuid, uuid) is
	'Makes the conversation of a pair with its two members. Call it after lock_care() has found none.';
revoke all on function private.open_conversation(uuid, uuid) from public, anon, authenticated, service_role;
alter function private.open_conversation(uuid, uuid) owner to bedside_writer;

create function private.add_system_line(conversation uuid, code text) returns public.messages
	language plpgsql volatile security invoker set search_path = '' as $$
declare
	line public.messages;
begin
	with counted as (
		update public.conversations c
		set last_seq = c.last_seq + 1, rev = c.rev + 1, last_message_at = clock_timestamp()
		where c.id = add_system_line.conversation
		returning *
	)
	insert into public.messages
		(id, conversation_id, patient_id, doctor_id, seq, rev, kind, body, sent_at, patient_total, doctor_total)
	select gen_random_uuid(), c.id, c.patient_id, c.doctor_id, c.last_seq, c.rev, 'system', code,
		c.last_message_at, c.patient_total, c.doctor_total
	from counted c
	returning * into line;
	return line;
end;
$$;
comment on function private.add_system_line(uuid, text) is
	'Adds a typed line of the database''s own. It takes a place and a rev, and counts as nobody''s message.';
revoke all on function private.add_system_line(uuid, text) from public, anon, authenticated, service_role;
alter function private.add_system_line(uuid, text) owner to bedside_writer;

create function private.neat_reason(reason text) returns text
	language plpgsql volatile security invoker set search_path = '' as $$
begin
	if char_length(btrim(reason)) > 500 then
		perform private.refuse('too_long');
	end if;
	return nullif(btrim(reason), '');
end;
$$;
comment on function private.neat_reason(text) is
	'A reason without the spaces around it; null when nothing is left, 400 too_long past 500 characters.';
revoke all on function private.neat_reason(text) from public, anon, authenticated, service_role;
alter function private.neat_reason(text) owner to bedside_writer;

create function private.request_appointment(doctor uuid, starts_at timestamptz, ends_at timestamptz, reason text)
	returns public.appointments
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	is_accepting boolean;
	appointment public.appointments;
begin
	perform private.refuse_suspended(caller);
	select d.accepting into is_accepting
	from public.doctors d
	join public.profiles p on p.id = d.profile_id and p.suspended_at is null
	where d.profile_id = doctor
		and exists (select from public.profiles me where me.id = caller and me.role = 'patient');
	if not found then
		perform private.refuse('not_a_member');
	elsif not is_accepting then
		perform private.refuse('wrong_state');
	elsif (
		ends_at > starts_at and ends_at > now() and ends_at - starts_at <= interval '1 day'
		and starts_at < now() + interval '2 years'
	) is not true then
		perform private.refuse('bad_time');
	end if;

	insert into public.appointments (patient_id, doctor_id, starts_at, ends_at, reason)
	values (caller, doctor, starts_at, ends_at, private.neat_reason(reason))
	returning * into appointment;
	perform private.announce_appointment(appointment);
	return appointment;
end;
$$;
comment on function private.request_appointment(uuid, timestamptz, timestamptz, text) is
	'A definer, because no client role may insert appointments.';
revoke all on function private.request_appointment(uuid, timestamptz, timestamptz, text) from public, anon, authenticated, service_role;
grant execute on function private.request_appointment(uuid, timestamptz, timestamptz, text) to authenticated;
alter function private.request_appointment(uuid, timestamptz, timestamptz, text) owner to bedside_writer;

create function private.move_appointment(target uuid, next_status text, given_reason text)
	returns public.appointments
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	appointment public.appointments;
	conversation public.conversations;
	line public.messages;
	was_open boolean;
	is_open boolean;
begin
	-- The two people of an appointment never change, so they may be read before the lock.
	select * into appointment from public.appointments a
	where a.id = target and caller in (a.patient_id, a.doctor_id);
	if not found or not exists (
		select from private.appointment_moves m
		where m.to_status = next_status
			and case caller when appointment.doctor_id then 'doctor' else 'patient' end = any (m.sides)
	) then
		perform private.refuse('not_a_member');
	end if;

	conversation := private.lock_care(appointment.patient_id, appointment.doctor_id);
	perform from public.appointments a where a.id = target for no key update;
	perform private.refuse_suspended(caller);
	was_open := private.care_is_open(appointment.patient_id, appointment.doctor_id);
	begin
		update public.appointments a
		set status = next_status, status_reason = private.neat_reason(given_reason), updated_at = clock_timestamp()
		where a.id = target
		returning * into appointment;
	exception when exclusion_violation then
		perform private.refuse('slot_taken');
	end;
	is_open := private.care_is_open(appointment.patient_id, appointment.doctor_id);

	if next_status = 'accepted' then
		if conversation.id is null then
			conversation := private.open_conversation(appointment.patient_id, appointment.doctor_id);
		end if;
		line := private.add_system_line(conversation.id, 'appointment_accepted');
	elsif was_open and not is_open then
		line := private.add_system_line(conversation.id, 'care_closed');
		update public.conversations c set epoch = c.epoch + 1, waiting_since = null where c.id = conversation.id;
	end if;

	if line.id is not null then
		select * into conversation from public.conversations c where c.id = conversation.id;
		if is_open then
			perform private.broadcast(
				private.conversation_topic(conversation), 'message_changed', private.message_payload(line)
			);
		end if;
		perform private.announce_conversation(
			conversation, is_open, array[conversation.patient_id, conversation.doctor_id]
		);
	end if;
	perform private.announce_appointment(appointment);
	return appointment;
end;
$$;
comment on function private.move_appointment(uuid, text, text) is
	'Makes one move of the status machine, opens or closes care with it, and tells both. A definer, because no client role may update appointments. When care closes, the closing line goes to nobody''s old topic: it travels as conversation_changed.';
revoke all on function private.move_appointment(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function private.move_appointment(uuid, text, text) to authenticated;
alter function private.move_appointment(uuid, text, text) owner to bedside_writer;

create function private.start_conversation(with_user uuid) returns public.conversations
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	caller_role text;
	patient uuid;
	doctor uuid;
	conversation public.conversations;
begin
	select p.role into caller_role from public.profiles p where p.id = caller;
	patient := case caller_role when 'patient' then caller else with_user end;
	doctor := case caller_role when 'doctor' then caller else with_user end;

	conversation := private.lock_care(patient, doctor);
	perform private.refuse_suspended(caller);
	if caller not in (patient, doctor) or private.care_is_open(patient, doctor) is not true then
		-- The same for a stranger and for nobody at all.
		perform private.refuse('care_closed');
	end if;
	if conversation.id is null then
		conversation := private.open_conversation(patient, doctor);
		perform private.announce_conversation(conversation, true, array[patient, doctor]);
	end if;
	return conversation;
end;
$$;
comment on function private.start_conversation(uuid) is
	'Makes or finds the one conversation of a pair. A definer, because no client role may insert conversations.';
revoke all on function private.start_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.start_conversation(uuid) to authenticated;
alter function private.start_conversation(uuid) owner to bedside_writer;

-- What clients call. The bodies are bound here, once, so that callers need no usage of schema private.

create function public.request_appointment(doctor uuid, starts_at timestamptz, ends_at timestamptz, reason text default null)
	returns public.appointments
	language sql volatile security invoker set search_path = ''
	return private.request_appointment(doctor, starts_at, ends_at, reason);
comment on function public.request_appointment(uuid, timestamptz, timestamptz, text) is
	'A patient asks a doctor for a time. 404 not_a_member, 409 wrong_state when the doctor takes no requests, 400 bad_time, 400 too_long.';
revoke all on function public.request_appointment(uuid, timestamptz, timestamptz, text) from public, anon, authenticated, service_role;
grant execute on function public.request_appointment(uuid, timestamptz, timestamptz, text) to authenticated;

create function public.answer_appointment(appointment uuid, accept boolean, reason text default null)
	returns public.appointments
	language sql volatile security invoker set search_path = ''
	return private.move_appointment(
		appointment, case accept when true then 'accepted' when false then 'declined' end, reason
	);
comment on function public.answer_appointment(uuid, boolean, text) is
	'The doctor accepts, which opens the conversation, or declines. 404 not_a_member, 409 wrong_state, 409 slot_taken.';
revoke all on function public.answer_appointment(uuid, boolean, text) from public, anon, authenticated, service_role;
grant execute on function public.answer_appointment(uuid, boolean, text) to authenticated;

create function public.cancel_appointment(appointment uuid, reason text default null)
	returns public.appointments
	language sql volatile security invoker set search_path = ''
	return private.move_appointment(appointment, 'cancelled', reason);
comment on function public.cancel_appointment(uuid, text) is
	'Either side calls off what is requested or accepted; care closes with the last accepted one. 404 not_a_member, 409 wrong_state.';
revoke all on function public.cancel_appointment(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.cancel_appointment(uuid, text) to authenticated;

create function public.complete_appointment(appointment uuid)
	returns public.appointments
	language sql volatile security invoker set search_path = ''
	return private.move_appointment(appointment, 'completed', null);
comment on function public.complete_appointment(uuid) is
	'The doctor ends care for this appointment. 404 not_a_member, 409 wrong_state.';
revoke all on function public.complete_appointment(uuid) from public, anon, authenticated, service_role;
grant execute on function public.complete_appointment(uuid) to authenticated;

create function public.start_conversation(with_user uuid)
	returns public.conversations
	language sql volatile security invoker set search_path = ''
	return private.start_conversation(with_user);
comment on function public.start_conversation(uuid) is
	'The one conversation with that person, made or found. 403 care_closed without an accepted appointment, whoever that person is.';
revoke all on function public.start_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function public.start_conversation(uuid) to authenticated;
