-- Appointments, the moves that they can make, and the rule that hangs on them.

create table public.appointments (
	id uuid primary key default gen_random_uuid(),
	patient_id uuid not null references public.profiles (id),
	doctor_id uuid not null references public.doctors (profile_id),
	status text not null default 'requested',
	starts_at timestamptz not null,
	ends_at timestamptz not null,
	reason text,
	status_reason text,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint appointments_status_known
		check (status in ('requested', 'accepted', 'declined', 'cancelled', 'completed')),
	constraint appointments_two_people check (patient_id <> doctor_id),
	constraint appointments_ends_after_start check (ends_at > starts_at),
	constraint appointments_reason_short check (char_length(reason) <= 500),
	constraint appointments_status_reason_short check (char_length(status_reason) <= 500),
	constraint appointments_no_double_booking
		exclude using gist (doctor_id with =, tstzrange(starts_at, ends_at) with &&)
		where (status = 'accepted')
);
comment on table public.appointments is 'Who asked whom for which time, and what became of it. An accepted one opens care.';
comment on column public.appointments.reason is 'Why the patient asks.';
comment on column public.appointments.status_reason is 'What was said with the last move.';

-- Words of people stay out of the planner's statistics, as names do.
alter table public.appointments
	alter column reason set statistics 0,
	alter column status_reason set statistics 0;

create index appointments_patient on public.appointments (patient_id, starts_at);
create index appointments_doctor on public.appointments (doctor_id, starts_at);
create index appointments_in_care on public.appointments (patient_id, doctor_id) where status = 'accepted';

revoke all on public.appointments from public, anon, authenticated, service_role;
grant select on public.appointments to authenticated, service_role;
grant select, insert on public.appointments to bedside_writer;
grant update (status, status_reason, updated_at) on public.appointments to bedside_writer;
alter table public.appointments enable row level security;

create policy "Patient and doctor read their appointments" on public.appointments
	for select to authenticated using ((select auth.uid()) in (patient_id, doctor_id));
create policy "Functions read appointments" on public.appointments
	for select to bedside_writer using (true);
create policy "Patients ask for themselves" on public.appointments
	for insert to bedside_writer
	with check (patient_id = (select private.caller_id()) and status = 'requested');
create policy "Patient and doctor move their appointments" on public.appointments
	for update to bedside_writer using ((select private.caller_id()) in (patient_id, doctor_id));

alter policy "People read themselves and the doctors, admins read all" on public.profiles
	using (
		id = (select auth.uid())
		or role = 'doctor'
		or (select private.is_admin())
		or exists (
			select from public.appointments a
			where a.patient_id = profiles.id and a.doctor_id = (select auth.uid())
		)
	);
alter policy "People read themselves and the doctors, admins read all" on public.profiles
	rename to "People read themselves, their doctors and their patients";

-- The status machine. A move that is not here does not happen, whoever asks.
create table private.appointment_moves (
	from_status text not null,
	to_status text not null,
	sides text[] not null,
	primary key (from_status, to_status)
);
comment on table private.appointment_moves is 'The moves an appointment can make, and which side may make each.';
insert into private.appointment_moves (from_status, to_status, sides) values
	('requested', 'accepted', '{doctor}'),
	('requested', 'declined', '{doctor}'),
	('requested', 'cancelled', '{patient,doctor}'),
	('accepted', 'completed', '{doctor}'),
	('accepted', 'cancelled', '{patient,doctor}');
revoke all on private.appointment_moves from public, anon, authenticated, service_role;
grant select on private.appointment_moves to bedside_writer;
alter table private.appointment_moves enable row level security;
create policy "Functions read the moves" on private.appointment_moves
	for select to bedside_writer using (true);

create function private.check_appointment_move() returns trigger
	language plpgsql security definer set search_path = '' as $$
begin
	if not exists (
		select from private.appointment_moves m
		where m.from_status = old.status and m.to_status = new.status
	) then
		perform private.refuse('wrong_state');
	end if;
	return new;
end;
$$;
comment on function private.check_appointment_move() is
	'Holds every update to the status machine. A definer, so that it also binds roles which cannot read the moves.';
revoke all on function private.check_appointment_move() from public, anon, authenticated, service_role;
alter function private.check_appointment_move() owner to bedside_writer;

create trigger check_appointment_move before update of status on public.appointments
	for each row execute function private.check_appointment_move();

create function private.care_is_open(patient uuid, doctor uuid) returns boolean
	language plpgsql volatile security definer set search_path = '' as $$
begin
	return exists (
		select from public.appointments a
		where a.patient_id = patient and a.doctor_id = doctor and a.status = 'accepted'
	);
end;
$$;
comment on function private.care_is_open(uuid, uuid) is
	'THE RULE: true while an accepted appointment exists, also when its time has passed. Volatile, so that it sees what committed while its caller waited for a lock; a stable check would read the snapshot from before. A definer, so that it answers alike for whoever a policy asks.';
revoke all on function private.care_is_open(uuid, uuid) from public, anon, authenticated, service_role;
alter function private.care_is_open(uuid, uuid) owner to bedside_writer;
