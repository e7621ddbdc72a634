-- Conversations and the two people in each.

create table public.conversations (
	id uuid primary key default gen_random_uuid(),
	kind text not null default 'care',
	patient_id uuid not null references public.profiles (id),
	doctor_id uuid references public.doctors (profile_id),
	last_seq bigint not null default 0,
	rev bigint not null default 0,
	epoch integer not null default 1,
	patient_total bigint not null default 0,
	doctor_total bigint not null default 0,
	last_message_at timestamptz not null default now(),
	waiting_since timestamptz,
	created_at timestamptz not null default now(),
	constraint conversations_kind_known check (kind in ('care', 'notes')),
	constraint conversations_care_has_doctor check ((kind = 'care') = (doctor_id is not null)),
	constraint conversations_two_people check (patient_id <> doctor_id),
	constraint conversations_one_per_pair unique (patient_id, doctor_id)
);
comment on table public.conversations is
	'One per patient and doctor. Its row lock orders everything that happens in it.';
comment on column public.conversations.kind is 'care: a patient and a doctor. notes: a thread with oneself, the owner in patient_id.';
comment on column public.conversations.last_seq is 'The seq of the last message: 1, 2, 3 … without gaps, taken under the row lock.';
comment on column public.conversations.rev is 'Up by one with every change in the conversation, under the row lock, so in commit order.';
comment on column public.conversations.epoch is 'Part of the live topics'' names. Goes up when care closes, so that nobody may join what comes next.';
comment on column public.conversations.patient_total is 'How many messages the patient has sent, system lines not counted.';
comment on column public.conversations.doctor_total is 'How many messages the doctor has sent, system lines not counted.';
comment on column public.conversations.waiting_since is 'Since when the patient waits for an answer; null when the doctor wrote last or care is closed.';

create unique index conversations_one_notebook on public.conversations (patient_id) where kind = 'notes';
create index conversations_of_patient on public.conversations (patient_id, last_message_at desc, id desc);
create index conversations_of_doctor on public.conversations (doctor_id, last_message_at desc, id desc);

revoke all on public.conversations from public, anon, authenticated, service_role;
grant select on public.conversations to authenticated, service_role;
grant select, insert on public.conversations to bedside_writer;
grant update (last_seq, rev, epoch, patient_total, doctor_total, last_message_at, waiting_since)
	on public.conversations to bedside_writer;
alter table public.conversations enable row level security;

create policy "Patient and doctor read their conversations" on public.conversations
	for select to authenticated using ((select auth.uid()) in (patient_id, doctor_id));
create policy "Functions read conversations" on public.conversations
	for select to bedside_writer using (true);
create policy "Conversations are made while care is open" on public.conversations
	for insert to bedside_writer
	with check (kind = 'care' and private.care_is_open(patient_id, doctor_id));
create policy "Functions count in the caller's conversations" on public.conversations
	for update to bedside_writer using ((select private.caller_id()) in (patient_id, doctor_id));

create table public.conversation_members (
	user_id uuid not null references public.profiles (id),
	conversation_id uuid not null references public.conversations (id),
	delivered_seq bigint not null default 0,
	delivered_at timestamptz,
	read_seq bigint not null default 0,
	read_at timestamptz,
	read_mark bigint not null default 0,
	archived_at timestamptz,
	pinned_at timestamptz,
	muted_until timestamptz,
	primary key (user_id, conversation_id),
	constraint conversation_members_read_is_delivered check (0 <= read_seq and read_seq <= delivered_seq)
);
comment on table public.conversation_members is
	'How far each person has received and read, and how they keep the conversation. Each sees only their own row; the other''s receipt comes by changes_since() and receipt_changed.';
comment on column public.conversation_members.read_mark is
	'The other side''s total at read_seq. Unread = the other side''s total in the conversation − read_mark.';

create index conversation_members_conversation on public.conversation_members (conversation_id);

revoke all on public.conversation_members from public, anon, authenticated, service_role;
grant select on public.conversation_members to authenticated, service_role;
grant select, insert on public.conversation_members to bedside_writer;
grant update (delivered_seq, delivered_at, read_seq, read_at, read_mark)
	on public.conversation_members to bedside_writer;
alter table public.conversation_members enable row level security;

create policy "Members read their own row" on public.conversation_members
	for select to authenticated using (user_id = (select auth.uid()));
create policy "Functions read members" on public.conversation_members
	for select to bedside_writer using (true);
create policy "Only the two people of a conversation become members" on public.conversation_members
	for insert to bedside_writer
	with check (
		exists (
			select from public.conversations c
			where c.id = conversation_id and user_id in (c.patient_id, c.doctor_id)
		)
	);
create policy "Functions move the caller's own receipt" on public.conversation_members
	for update to bedside_writer using (user_id = (select private.caller_id()));
