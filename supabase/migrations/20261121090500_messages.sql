-- Messages. The insert policy is where the rule is enforced.

create table public.messages (
	id uuid primary key,
	conversation_id uuid not null references public.conversations (id),
	patient_id uuid not null,
	doctor_id uuid,
	seq bigint not null,
	rev bigint not null,
	sender_id uuid,
	kind text not null default 'text',
	body text not null,
	reply_to uuid,
	sent_at timestamptz not null default clock_timestamp(),
	edited_at timestamptz,
	withdrawn_at timestamptz,
	patient_total bigint not null,
	doctor_total bigint not null,
	constraint messages_place unique (conversation_id, seq),
	constraint messages_in_conversation unique (conversation_id, id),
	constraint messages_reply_stays_inside
		foreign key (conversation_id, reply_to) references public.messages (conversation_id, id),
	constraint messages_kind_known check (kind in ('text', 'image', 'file', 'voice', 'system')),
	constraint messages_system_has_no_sender check ((kind = 'system') = (sender_id is null)),
	constraint messages_sender_is_member check (sender_id in (patient_id, doctor_id)),
	constraint messages_body_short check (char_length(body) <= 8000)
);
comment on table public.messages is 'What was said, in order of seq.';
comment on column public.messages.id is 'Made by the client (UUIDv7), so that sending again is not sending twice.';
comment on column public.messages.patient_id is
	'Stamped from the conversation, with doctor_id, and never changed: a policy compares columns of the row itself. No foreign key, the conversation holds it.';
comment on column public.messages.seq is 'The place in the conversation: 1, 2, 3 … without gaps.';
comment on column public.messages.rev is 'The conversation''s rev at the last change of this message.';
comment on column public.messages.body is 'For kind system a code, whose words are in the app''s catalogue.';
comment on column public.messages.patient_total is 'How many messages the patient had sent up to and with this one. read_mark is copied from here.';
comment on column public.messages.doctor_total is 'How many messages the doctor had sent up to and with this one.';

-- Words of people stay out of the planner's statistics, as names do.
alter table public.messages alter column body set statistics 0;

create index messages_changes on public.messages (conversation_id, rev);
create index messages_replies on public.messages (conversation_id, reply_to) where reply_to is not null;

revoke all on public.messages from public, anon, authenticated, service_role;
grant select on public.messages to authenticated, service_role;
grant select, insert on public.messages to bedside_writer;
alter table public.messages enable row level security;

create policy "Patient and doctor read their messages" on public.messages
	for select to authenticated using ((select auth.uid()) in (patient_id, doctor_id));
create policy "Functions read the caller's messages" on public.messages
	for select to bedside_writer using ((select private.caller_id()) in (patient_id, doctor_id));
create policy "Messages are written while care is open" on public.messages
	for insert to bedside_writer
	with check (
		kind = 'system'
		or (sender_id = (select private.caller_id()) and private.care_is_open(patient_id, doctor_id))
	);
