-- One row for each person who can sign in.

create table public.profiles (
	id uuid primary key references auth.users (id) on delete cascade,
	role text not null default 'patient',
	display_name text not null,
	avatar_path text,
	locale text not null default 'en',
	time_zone text not null default 'UTC',
	theme text not null default 'system',
	last_seen_at timestamptz,
	suspended_at timestamptz,
	created_at timestamptz not null default now(),
	constraint profiles_role_known check (role in ('patient', 'doctor', 'admin')),
	-- A name is all that people know each other by: nothing in it turns or hides text, and there is something to see.
	-- Joiners (U+200C, U+200D) and wide spaces belong in some names, but make none.
	constraint profiles_display_name_neat check (
		char_length(display_name) between 1 and 80
		and display_name = btrim(display_name, U&' \00A0\200C\200D\3000')
		and display_name
			!~ '[[:cntrl:]\u00ad\u061c\u115f\u1160\u180e\u2000-\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]'
	),
	constraint profiles_avatar_path_short check (char_length(avatar_path) <= 200),
	constraint profiles_locale_shape check (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
	constraint profiles_time_zone_shape check (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
	constraint profiles_theme_known check (theme in ('system', 'light', 'dark'))
);
comment on table public.profiles is 'One row for each person who can sign in. Made at sign-up, always as a patient.';
comment on column public.profiles.role is 'A doctor or an admin is made only by an invitation from an admin; no client can change it.';
comment on column public.profiles.last_seen_at is 'Moved by pulse(), to within a few seconds.';
comment on column public.profiles.suspended_at is 'While set, every write is refused with 403 suspended and no live topic opens.';

-- Names stay out of the planner's statistics: its estimates, which the API shows as planned counts, know the rows of
-- everybody, and two of them (display_name=lt.…) tell whether a hidden name lies between.
alter table public.profiles alter column display_name set statistics 0;

revoke all on public.profiles from public, anon, authenticated, service_role;
grant select on public.profiles to authenticated, service_role;
-- The only columns of this schema that a client may change directly.
grant update (display_name, locale, time_zone, theme) on public.profiles to authenticated;
grant select, insert on public.profiles to bedside_writer;
grant update (last_seen_at) on public.profiles to bedside_writer;
alter table public.profiles enable row level security;

create policy "Functions read profiles" on public.profiles
	for select to bedside_writer using (true);
create policy "Sign-up makes patients only" on public.profiles
	for insert to bedside_writer with check (role = 'patient');
create policy "Functions note that the caller was seen" on public.profiles
	for update to bedside_writer using (id = (select private.caller_id()));

create function private.is_admin() returns boolean
	language sql stable security definer set search_path = '' as $$
	select exists (
		select from public.profiles p
		where p.id = private.caller_id() and p.role = 'admin' and p.suspended_at is null
	);
$$;
comment on function private.is_admin() is
	'Whether the caller is an admin. A definer, because a policy on profiles that reads profiles would ask itself.';
revoke all on function private.is_admin() from public, anon, authenticated, service_role;
grant execute on function private.is_admin() to authenticated;
alter function private.is_admin() owner to bedside_writer;

-- Widened to a doctor's patients where appointments are made.
create policy "People read themselves and the doctors, admins read all" on public.profiles
	for select to authenticated
	using (id = (select auth.uid()) or role = 'doctor' or (select private.is_admin()));
create policy "People change their own profile" on public.profiles
	for update to authenticated
	using (id = (select auth.uid()) and suspended_at is null)
	with check (id = (select auth.uid()));

create function private.refuse_suspended(person uuid) returns void
	language plpgsql volatile security invoker set search_path = '' as $$
begin
	if not exists (select from public.profiles p where p.id = person and p.suspended_at is null) then
		perform private.refuse('suspended');
	end if;
end;
$$;
comment on function private.refuse_suspended(uuid) is
	'Raises 403 suspended. Volatile and called after the lock, so that it sees a suspension which committed meanwhile.';
revoke all on function private.refuse_suspended(uuid) from public, anon, authenticated, service_role;
alter function private.refuse_suspended(uuid) owner to bedside_writer;

create function private.create_profile() returns trigger
	language plpgsql security definer set search_path = '' as $$
declare
	given text := coalesce(
		new.raw_user_meta_data ->> 'display_name',
		new.raw_user_meta_data ->> 'full_name',
		new.raw_user_meta_data ->> 'name'
	);
	edge constant text := U&' \00A0\200C\200D\3000';
	neat text := regexp_replace(
		coalesce(given, ''),
		'[[:cntrl:][:space:]\u00ad\u061c\u115f\u1160\u180e\u2000-\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]+',
		' ', 'g'
	);
begin
	neat := btrim(left(btrim(neat, edge), 80), edge);
	insert into public.profiles (id, display_name)
	values (new.id, coalesce(nullif(neat, ''), nullif(left(split_part(new.email, '@', 1), 80), ''), 'Patient'))
	on conflict (id) do nothing;
	return new;
end;
$$;
comment on function private.create_profile() is
	'Runs at sign-up. A definer, because Auth''s own role has no business in our tables. Of the metadata, which the person wrote, only the name is used.';
revoke all on function private.create_profile() from public, anon, authenticated, service_role;
alter function private.create_profile() owner to bedside_writer;

create trigger create_profile after insert on auth.users
	for each row execute function private.create_profile();
