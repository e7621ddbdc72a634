-- Broadcast from the database: realtime.send() writes a row, the Realtime server reads it from the WAL and delivers it.
-- Row security on this table says who may join a private channel (select) and who may send on it (insert).
create table if not exists realtime.messages (
	topic text not null,
	extension text not null,
	payload jsonb,
	event text,
	private boolean default false,
	updated_at timestamp not null default now(),
	inserted_at timestamp not null default now(),
	id uuid not null default gen_random_uuid(),
	binary_payload bytea,
	primary key (id, inserted_at),
	constraint messages_payload_exclusive check (payload is null or binary_payload is null)
) partition by range (inserted_at);

alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;
create index if not exists messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
	where extension = 'broadcast' and private is true;

grant select, insert, update, delete, references, trigger on realtime.messages to postgres;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
-- A member of the owner could truncate otherwise.
revoke truncate on realtime.messages from postgres, supabase_realtime_admin;

create or replace function realtime.topic() returns text language sql stable set search_path = '' as $$
	select nullif(current_setting('realtime.topic', true), '')
$$;

-- The row's id is also the payload's, unless the payload brings its own: readers know a message by it.
-- A failure is a warning and the message is lost; the caller's transaction goes on. That is how hosted does it.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language plpgsql set search_path = '' as $$
declare
	message_id uuid := gen_random_uuid();
begin
	if not payload ? 'id' then
		payload := jsonb_set(payload, '{id}', to_jsonb(message_id));
	end if;
	perform set_config('realtime.topic', topic, true);
	insert into realtime.messages (id, payload, event, topic, private, extension)
	values (message_id, payload, event, topic, private, 'broadcast');
exception when others then
	raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
returns void language plpgsql set search_path = '' as $$
begin
	perform set_config('realtime.topic', topic, true);
	insert into realtime.messages (binary_payload, event, topic, private, extension)
	values (payload, event, topic, private, 'broadcast');
exception when others then
	raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.broadcast_changes(
	topic_name text,
	event_name text,
	operation text,
	table_name text,
	table_schema text,
	new record,
	old record,
	level text default 'ROW'
) returns void language plpgsql set search_path = '' as $$
begin
	if level = 'STATEMENT' then
		raise exception 'function can only be triggered for each row, not for each statement';
	end if;
	if operation not in ('INSERT', 'UPDATE', 'DELETE') then
		raise exception 'Unexpected operation type: %', operation;
	end if;
	perform realtime.send(
		jsonb_build_object(
			'old_record', to_jsonb(old),
			'record', to_jsonb(new),
			'operation', operation,
			'table', table_name,
			'schema', table_schema
		),
		event_name,
		topic_name
	);
end
$$;

do $$
begin
	if not exists (select from pg_publication where pubname = 'supabase_realtime_messages_publication') then
		create publication supabase_realtime_messages_publication for table realtime.messages;
	end if;
end
$$;

-- Hosted's Realtime server does this; here the stack calls it at start and every day. Days are UTC. A row for a day
-- without a partition would be refused, which realtime.send turns into a warning and a lost message.
create or replace function embedded.rotate_realtime_messages() returns void language plpgsql set search_path = '' as $$
declare
	today date := (now() at time zone 'utc')::date;
	day date;
	old_partition regclass;
begin
	for day in select generate_series(today - 1, today + 3, interval '1 day')::date loop
		execute format(
			'create table if not exists realtime.%I partition of realtime.messages for values from (%L) to (%L)',
			'messages_' || to_char(day, 'YYYY_MM_DD'), day, day + 1
		);
	end loop;
	for old_partition in
		select inhrelid::regclass from pg_catalog.pg_inherits
		join pg_catalog.pg_class on pg_class.oid = inhrelid
		where inhparent = 'realtime.messages'::regclass
			and relname < 'messages_' || to_char(today - 3, 'YYYY_MM_DD')
	loop
		execute format('drop table %s', old_partition);
	end loop;
end
$$;

select embedded.rotate_realtime_messages();
