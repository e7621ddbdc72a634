-- What every later migration stands on: the schema that the API never sees, the role that owns
-- the functions which write, and the two ways those functions speak: who calls, and "no".
-- Helpers on the way of a send are PL/pgSQL: PostgreSQL keeps their plans; an SQL function with a fixed search path
-- is planned anew on each call.

create schema if not exists extensions;
create extension if not exists btree_gist with schema extensions;
create extension if not exists unaccent with schema extensions;

create schema private;
comment on schema private is
	'Helpers and definers. Not exposed by the API, and no API role holds USAGE: public wrappers and policies bind their functions when they are created.';
revoke all on schema private from public, anon, authenticated, service_role;

-- Owns the definers that write. It owns no table and does not bypass row security, so the policies
-- bind inside the functions as well. It cannot log in.
do $$
begin
	if not exists (select from pg_catalog.pg_roles where rolname = 'bedside_writer') then
		create role bedside_writer nologin;
	end if;
end;
$$;
grant bedside_writer to current_user with inherit true, set true;
grant usage on schema public to bedside_writer;
-- CREATE is what `alter function … owner to bedside_writer` asks of the new owner.
grant usage, create on schema private to bedside_writer;

create function private.caller_id() returns uuid
	language plpgsql stable security invoker set search_path = '' as $$
begin
	return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
end;
$$;
comment on function private.caller_id() is
	'Who calls, from the verified token. auth.uid() says the same, but a hosted postgres cannot give bedside_writer usage of schema auth.';
revoke all on function private.caller_id() from public, anon, authenticated, service_role;
alter function private.caller_id() owner to bedside_writer;

create function private.refuse(code text) returns void
	language plpgsql volatile security invoker set search_path = '' as $$
declare
	status text;
	sentence text;
begin
	select r.status, r.sentence into status, sentence
	from (values
		('care_closed', 'PT403', 'There is no accepted appointment between these two people.'),
		('suspended', 'PT403', 'This account is suspended.'),
		('blocked', 'PT403', 'One of the two has blocked the other.'),
		('not_a_member', 'PT404', 'No such thing, or not yours.'),
		('id_reused', 'PT409', 'That id already belongs to a message with other content.'),
		('slot_taken', 'PT409', 'The doctor already has an accepted appointment at that time.'),
		('wrong_state', 'PT409', 'The appointment cannot make that move from where it is.'),
		('empty', 'PT400', 'There is nothing to send.'),
		('too_long', 'PT400', 'That is longer than allowed.'),
		('bad_time', 'PT400', 'An appointment ends after it starts, in the next two years, and lasts at most a day.'),
		('bad_attachment', 'PT400', 'An attachment cannot be used.'),
		('too_fast', 'PT429', 'Too many calls in a short time.')
	) as r (code, status, sentence)
	where r.code = refuse.code;
	raise exception using errcode = coalesce(status, 'PT500'), message = coalesce(sentence, 'Unknown refusal.'), hint = code;
end;
$$;
comment on function private.refuse(text) is
	'Raises one of the refusals of the contract. SQLSTATE PTnnn becomes HTTP status nnn, the hint is the stable code that clients read.';
revoke all on function private.refuse(text) from public, anon, authenticated, service_role;
alter function private.refuse(text) owner to bedside_writer;
