-- Refuses in auth, storage and realtime what a hosted project refuses. Everybody but a superuser may there
--   create, alter and drop policies on realtime.messages, storage.objects and storage.buckets,
--   create, alter and drop triggers on auth.users, and refer to its rows with foreign keys,
-- and nothing else: no table, function, column, index, grant, comment. One thing escapes, because PostgreSQL has no event
-- for it: REASSIGN OWNED. The next start gives such objects back.

-- Who gave the command. These functions run as their owner, so current_user would not say it.
create or replace function embedded.is_exempt() returns boolean language sql stable set search_path = '' as $$
	select rolsuper from pg_catalog.pg_roles
	where rolname = case current_setting('role') when 'none' then session_user else current_setting('role')::name end
$$;

create or replace function embedded.is_sealed(schema_name text) returns boolean language sql immutable set search_path = '' as $$
	select coalesce(schema_name in ('auth', 'storage', 'realtime'), false)
$$;

create or replace function embedded.may_change(object_type text, schema_name text, table_name text, object_name text)
returns boolean language sql immutable set search_path = '' as $$
	select case object_type
		when 'policy' then
			(schema_name, table_name) in (('realtime', 'messages'), ('storage', 'objects'), ('storage', 'buckets'))
		when 'trigger' then
			(schema_name, table_name) = ('auth', 'users')
			-- Foreign keys bring triggers of their own to the table that they refer to.
			or object_name like 'RI\_ConstraintTrigger\_%'
		else false
	end
$$;

create or replace function embedded.refuse(object_identity text) returns void language plpgsql set search_path = '' as $$
begin
	raise exception 'must be owner of %', object_identity using
		errcode = '42501',
		hint = 'Hosted projects refuse this too. In auth, storage and realtime a migration may only change policies on '
			'realtime.messages, storage.objects and storage.buckets, and triggers on auth.users.';
end
$$;

create or replace function embedded.refuse_changes() returns event_trigger
language plpgsql security definer set search_path = '' as $$
declare
	command record;
	tables oid[];
	owning record;
begin
	if embedded.is_exempt() then
		return;
	end if;
	for command in select * from pg_event_trigger_ddl_commands() where objid is not null loop
		if embedded.is_sealed(command.schema_name) then
			perform embedded.refuse(command.object_identity);
		end if;
		if command.classid = 'pg_catalog.pg_namespace'::regclass and embedded.is_sealed(command.object_identity) then
			perform embedded.refuse('schema ' || command.object_identity);
		end if;
		-- Policies, triggers, rules, statistics and publications hang on a table; partitions and children on a parent.
		select array_agg(refobjid) into tables from (
			select refobjid from pg_catalog.pg_depend
			where classid = command.classid and objid = command.objid and deptype in ('a', 'i')
				and refclassid = 'pg_catalog.pg_class'::regclass
			union
			select inhparent from pg_catalog.pg_inherits
			where command.classid = 'pg_catalog.pg_class'::regclass and inhrelid = command.objid
		) as tables_of_the_object;
		for owning in
			select nspname, relname from pg_catalog.pg_class
			join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
			where pg_class.oid = any (tables)
		loop
			if embedded.is_sealed(owning.nspname) and (
				command.command_tag = 'COMMENT'
				or not embedded.may_change(command.object_type, owning.nspname, owning.relname, command.object_identity)
			) then
				perform embedded.refuse(command.object_identity);
			end if;
		end loop;
	end loop;
end
$$;

create or replace function embedded.refuse_drops() returns event_trigger
language plpgsql security definer set search_path = '' as $$
declare
	dropped record;
begin
	if embedded.is_exempt() then
		return;
	end if;
	for dropped in
		select * from pg_event_trigger_dropped_objects()
		where embedded.is_sealed(coalesce(schema_name, address_names[1])) and not is_temporary
	loop
		if not embedded.may_change(
			dropped.object_type, dropped.address_names[1], dropped.address_names[2], dropped.address_names[3]
		) then
			perform embedded.refuse(dropped.object_identity);
		end if;
	end loop;
end
$$;

-- PostgreSQL does not tell an event trigger what a GRANT was about, nor where an object was before SET SCHEMA, so owners
-- and grants are compared before and after.
create or replace function embedded.state_of_sealed() returns text language sql stable set search_path = '' as $$
	with sealed as materialized (select * from pg_catalog.pg_namespace where embedded.is_sealed(nspname))
	select md5(string_agg(line, ' ' order by line)) from (
		select format('%s %s %s', oid, nspowner, nspacl) from sealed
		union all
		select format('%s %s %s', pg_class.oid, relowner, relacl) from pg_catalog.pg_class
		where relnamespace = any (array(select oid from sealed))
		union all
		select format('%s %s %s', attrelid, attnum, attacl) from pg_catalog.pg_attribute
		where attacl is not null
			and attrelid in (select oid from pg_catalog.pg_class where relnamespace = any (array(select oid from sealed)))
		union all
		select format('%s %s %s', oid, proowner, proacl) from pg_catalog.pg_proc
		where pronamespace = any (array(select oid from sealed))
		union all
		select format('%s %s %s', oid, typowner, typacl) from pg_catalog.pg_type
		where typnamespace = any (array(select oid from sealed))
	) as lines (line)
$$;

create or replace function embedded.remember_state() returns event_trigger
language plpgsql security definer set search_path = '' as $$
begin
	if embedded.is_exempt() then
		return;
	end if;
	perform set_config('embedded.state_of_sealed', embedded.state_of_sealed(), true);
end
$$;

create or replace function embedded.refuse_other_state() returns event_trigger
language plpgsql security definer set search_path = '' as $$
begin
	if not embedded.is_exempt()
		and current_setting('embedded.state_of_sealed', true) is distinct from embedded.state_of_sealed() then
		perform embedded.refuse('an object in auth, storage or realtime');
	end if;
end
$$;

-- As on hosted: whatever serves the API reads the schema again after a migration.
create or replace function embedded.reload_api() returns event_trigger language plpgsql set search_path = '' as $$
begin
	notify pgrst, 'reload schema';
end
$$;

drop event trigger if exists embedded_refuse_changes;
create event trigger embedded_refuse_changes on ddl_command_end execute function embedded.refuse_changes();
drop event trigger if exists embedded_refuse_drops;
create event trigger embedded_refuse_drops on sql_drop execute function embedded.refuse_drops();
drop event trigger if exists embedded_remember_state;
create event trigger embedded_remember_state on ddl_command_start
	when tag in (
		'GRANT', 'REVOKE', 'DROP OWNED', 'ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER SEQUENCE',
		'ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'ALTER AGGREGATE', 'ALTER TYPE', 'ALTER DOMAIN'
	)
	execute function embedded.remember_state();
drop event trigger if exists embedded_refuse_other_state;
create event trigger embedded_refuse_other_state on ddl_command_end
	when tag in (
		'GRANT', 'REVOKE', 'DROP OWNED', 'ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER SEQUENCE',
		'ALTER FUNCTION', 'ALTER PROCEDURE', 'ALTER ROUTINE', 'ALTER AGGREGATE', 'ALTER TYPE', 'ALTER DOMAIN'
	)
	execute function embedded.refuse_other_state();
drop event trigger if exists pgrst_ddl_watch;
create event trigger pgrst_ddl_watch on ddl_command_end execute function embedded.reload_api();
drop event trigger if exists pgrst_drop_watch;
create event trigger pgrst_drop_watch on sql_drop execute function embedded.reload_api();
