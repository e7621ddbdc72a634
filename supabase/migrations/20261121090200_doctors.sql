-- The directory of doctors, which every signed-in person may read to ask for an appointment.

create table public.doctors (
	profile_id uuid primary key references public.profiles (id) on delete cascade,
	specialty text not null,
	bio text not null default '',
	languages text[] not null default '{en}',
	accepting boolean not null default true,
	reply_within interval,
	office_hours jsonb not null default '[]',
	away daterange,
	constraint doctors_specialty_short check (char_length(specialty) between 1 and 80),
	constraint doctors_bio_short check (char_length(bio) <= 2000),
	constraint doctors_languages_few check (cardinality(languages) between 1 and 12),
	constraint doctors_reply_within_positive check (reply_within > interval '0'),
	constraint doctors_office_hours_list check (jsonb_typeof(office_hours) = 'array')
);
comment on table public.doctors is 'What patients may know of a doctor. The name is in profiles.';
comment on column public.doctors.accepting is 'Whether the doctor takes new requests for appointments.';
comment on column public.doctors.office_hours is
	'[{"day": 1, "from": "09:00", "to": "17:00"}, …], day 1 is Monday, in the time zone of the doctor''s profile.';

revoke all on public.doctors from public, anon, authenticated, service_role;
grant select on public.doctors to authenticated, service_role;
grant select on public.doctors to bedside_writer;
-- Enough to lock the row; the policy below lets no change through.
grant update (accepting) on public.doctors to bedside_writer;
alter table public.doctors enable row level security;

create policy "Everyone signed in reads the directory" on public.doctors
	for select to authenticated using (true);
create policy "Functions read doctors" on public.doctors
	for select to bedside_writer using (true);
create policy "Functions lock a doctor and change nothing" on public.doctors
	for update to bedside_writer using (true) with check (false);
