-- The roles of a hosted project. The cluster's superuser is supabase_admin; `postgres`, which runs the migrations, is none.
-- The API roles never log in; `authenticator` does and takes their place for one transaction.
do $$
declare
	wanted record;
begin
	for wanted in
		select * from (values
			('postgres', 'login nosuperuser createdb createrole replication bypassrls'),
			('anon', 'nologin noinherit'),
			('authenticated', 'nologin noinherit'),
			('service_role', 'nologin noinherit bypassrls'),
			('authenticator', 'login noinherit'),
			('supabase_auth_admin', 'login noinherit createrole'),
			('supabase_storage_admin', 'login noinherit createrole'),
			('supabase_realtime_admin', 'nologin noinherit')
		) as roles (name, attributes)
	loop
		if not exists (select from pg_roles where rolname = wanted.name) then
			execute format('create role %I', wanted.name);
		end if;
		execute format('alter role %I with %s', wanted.name, wanted.attributes);
	end loop;
end
$$;

grant anon, authenticated, service_role to postgres;
grant anon, authenticated, service_role to authenticator with inherit false, set true;
-- Auth and Storage speak through the API's one connection here; on hosted each has a connection of its own.
grant supabase_auth_admin, supabase_storage_admin to authenticator with inherit true, set false;
grant anon, authenticated, service_role to supabase_storage_admin;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_storage_admin set search_path = storage;

alter database postgres owner to postgres;
