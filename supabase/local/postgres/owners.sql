-- The tables that Auth and Storage made, with the owners and grants of a hosted project.
do $$
declare
	schema_name text;
	admin text;
	item record;
begin
	foreach schema_name in array array['auth', 'storage'] loop
		admin := format('supabase_%s_admin', schema_name);
		for item in
			select oid, relkind from pg_class
			where relnamespace = schema_name::regnamespace and relkind in ('r', 'p', 'v')
				and relowner <> admin::regrole
		loop
			execute format('alter table %s owner to %I', item.oid::regclass, admin);
		end loop;
		for item in
			select oid from pg_proc where pronamespace = schema_name::regnamespace and proowner <> admin::regrole
		loop
			execute format('alter routine %s owner to %I', item.oid::regprocedure, admin);
		end loop;
		for item in
			select oid from pg_class
			where relnamespace = schema_name::regnamespace and relkind = 'r' and not relrowsecurity
		loop
			execute format('alter table %s enable row level security', item.oid::regclass);
		end loop;
		execute format(
			'grant select, insert, update, delete, references, trigger on all tables in schema %I to postgres',
			schema_name
		);
		-- A member of the owner could truncate otherwise.
		execute format('revoke truncate on all tables in schema %I from postgres, %I', schema_name, admin);
	end loop;
end
$$;

-- Row security decides on files, so every API role may ask.
grant select, insert, update, delete on storage.objects, storage.buckets to anon, authenticated, service_role;

-- Only a member of the owner may change policies and drop triggers; seal.sql takes back everything else that comes
-- with it. (On hosted the extension supautils lends exactly this much.)
grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres
	with inherit true, set false, admin false;
