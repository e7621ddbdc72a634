-- What clients rebuild their state from. The socket is a hint, these are the truth.

create function private.fold(given text) returns text
	language sql stable security invoker set search_path = ''
	return lower(extensions.unaccent(given));
comment on function private.fold(text) is 'For comparing names as people type them: no case, no accents. The body is bound, because bedside_writer has no usage of schema extensions.';
revoke all on function private.fold(text) from public, anon, authenticated, service_role;
alter function private.fold(text) owner to bedside_writer;

create function private.list_conversations(filter text, sort text, search text, before text, page_size integer)
	returns table (
		id uuid, kind text, other_id uuid, other_name text, other_role text, other_avatar_path text,
		other_specialty text, other_last_seen_at timestamptz, rev bigint, last_seq bigint, epoch integer,
		care_open boolean, last_message_id uuid, last_message_kind text, last_message_body text,
		last_message_sender_id uuid, last_message_at timestamptz, unread bigint, waiting_since timestamptz,
		my_read_seq bigint, other_read_seq bigint, other_delivered_seq bigint, "cursor" text
	)
	language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
declare
	caller uuid := private.caller_id();
	wanted text := nullif(private.fold(btrim(search)), '');
	size integer := least(greatest(page_size, 1), 100);
	-- Rank, microseconds and id of the last row that the client has.
	mark text[] := regexp_match(before, '^(-?[0-9]{1,18}):([0-9]{1,18}):([0-9a-f-]{36})$');
	-- In the plain list an index gives the page. Filters and other sorts look at all conversations of the caller.
	mark_at timestamptz := case sort when 'recent' then 'epoch'::timestamptz + mark[2]::bigint * interval '1 microsecond' end;
	enough integer := case when sort = 'recent' and filter = 'all' and wanted is null then size end;
begin
	if (filter in ('all', 'unread', 'waiting') and sort in ('recent', 'unread', 'waiting')) is not true
		or (before is not null and mark is null)
	then
		raise invalid_parameter_value using message = 'Unknown filter, sort or cursor.';
	end if;

	return query
	with mine as (
		(
			select * from public.conversations c
			where c.patient_id = caller
				and (mark_at is null or (c.last_message_at, c.id) < (mark_at, mark[3]::uuid))
			order by c.last_message_at desc, c.id desc
			limit enough
		)
		union all
		(
			select * from public.conversations c
			where c.doctor_id = caller
				and (mark_at is null or (c.last_message_at, c.id) < (mark_at, mark[3]::uuid))
			order by c.last_message_at desc, c.id desc
			limit enough
		)
	), known as (
		select c.*, other.id as other_id, other.display_name, other.role, other.avatar_path, other.last_seen_at,
			m.read_seq,
			case caller when c.patient_id then c.doctor_total else c.patient_total end - m.read_mark as unread
		from mine c
		join public.conversation_members m on m.user_id = caller and m.conversation_id = c.id
		join public.profiles other
			on other.id = case caller when c.patient_id then coalesce(c.doctor_id, c.patient_id) else c.patient_id end
	), ranked as (
		select known.*,
			case sort
				when 'unread' then (known.unread > 0)::integer::bigint
				-- Whoever waits longest comes first, whoever does not wait comes last.
				when 'waiting' then coalesce(
					-(extract(epoch from known.waiting_since) * 1000000)::bigint, -999999999999999999
				)
				else 0
			end as rank,
			(extract(epoch from known.last_message_at) * 1000000)::bigint as moment
		from known
		where (filter <> 'unread' or known.unread > 0)
			and (filter <> 'waiting' or known.waiting_since is not null)
			and (wanted is null or strpos(private.fold(known.display_name), wanted) > 0)
	), page as (
		select * from ranked r
		where mark is null
			or (r.rank, r.moment, r.id) < (mark[1]::bigint, mark[2]::bigint, mark[3]::uuid)
		order by r.rank desc, r.moment desc, r.id desc
		limit size
	)
	select page.id, page.kind, page.other_id, page.display_name, page.role, page.avatar_path,
		d.specialty, page.last_seen_at, page.rev, page.last_seq, page.epoch,
		page.kind = 'notes' or private.care_is_open(page.patient_id, page.doctor_id),
		last.id, last.kind, last.body, last.sender_id, page.last_message_at, page.unread, page.waiting_since,
		page.read_seq, theirs.read_seq, theirs.delivered_seq,
		page.rank || ':' || page.moment || ':' || page.id
	from page
	left join public.doctors d on d.profile_id = page.other_id
	left join public.messages last on last.conversation_id = page.id and last.seq = page.last_seq
	left join public.conversation_members theirs
		on theirs.conversation_id = page.id and theirs.user_id = page.other_id
	order by page.rank desc, page.moment desc, page.id desc;
end;
$$;
comment on function private.list_conversations(text, text, text, text, integer) is
	'A definer, because it shows the other person''s receipt and the rule''s answer beside the caller''s own rows; it starts from the caller''s conversations.';
revoke all on function private.list_conversations(text, text, text, text, integer) from public, anon, authenticated, service_role;
grant execute on function private.list_conversations(text, text, text, text, integer) to authenticated;
alter function private.list_conversations(text, text, text, text, integer) owner to bedside_writer;

create function private.changes_since(target uuid, since bigint, page_size integer) returns jsonb
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	size integer := least(greatest(page_size, 1), 500);
	answer jsonb;
begin
	-- One statement, so one snapshot: rev, receipts and messages belong together.
	with changed as (
		select m.*
		from public.messages m
		where m.conversation_id = target and m.rev > coalesce(since, 0)
		order by m.rev
		limit size + 1
	), page as (
		select * from changed order by rev limit size
	)
	select jsonb_build_object(
		'rev', c.rev,
		'last_seq', c.last_seq,
		'epoch', c.epoch,
		'care_open', c.kind = 'notes' or private.care_is_open(c.patient_id, c.doctor_id),
		'members', (
			select jsonb_agg(jsonb_build_object(
				'user_id', m.user_id,
				'delivered_seq', m.delivered_seq,
				'delivered_at', m.delivered_at,
				'read_seq', m.read_seq,
				'read_at', m.read_at
			) order by m.user_id)
			from public.conversation_members m where m.conversation_id = c.id
		),
		'messages', coalesce(
			(select jsonb_agg(private.message_payload(page::public.messages) order by page.rev) from page), '[]'
		),
		'more', (select count(*) from changed) > size
	) into answer
	from public.conversations c
	where c.id = target and caller in (c.patient_id, c.doctor_id);
	if answer is null then
		perform private.refuse('not_a_member');
	end if;
	return answer;
end;
$$;
comment on function private.changes_since(uuid, bigint, integer) is
	'A definer, because receipts of the other person come with it. The query starts from a conversation of the caller.';
revoke all on function private.changes_since(uuid, bigint, integer) from public, anon, authenticated, service_role;
grant execute on function private.changes_since(uuid, bigint, integer) to authenticated;
alter function private.changes_since(uuid, bigint, integer) owner to bedside_writer;

create function private.pulse(targets uuid[]) returns jsonb
	language plpgsql volatile security definer set search_path = '' as $$
declare
	caller uuid := private.caller_id();
	answer jsonb;
begin
	perform private.refuse_suspended(caller);
	if cardinality(targets) > 50 then
		perform private.refuse('too_long');
	end if;
	update public.profiles p set last_seen_at = now()
	where p.id = caller and (p.last_seen_at is null or p.last_seen_at < now() - interval '5 seconds');

	select jsonb_build_object(
		'conversations', coalesce((
			select jsonb_agg(jsonb_build_object(
				'id', c.id,
				'rev', c.rev,
				'last_seq', c.last_seq,
				'epoch', c.epoch,
				'care_open', c.kind = 'notes' or private.care_is_open(c.patient_id, c.doctor_id),
				'other_last_seen_at', other.last_seen_at
			) order by c.id)
			from public.conversations c
			left join public.profiles other
				on other.id = case caller when c.patient_id then c.doctor_id else c.patient_id end
			where c.id = any (targets) and caller in (c.patient_id, c.doctor_id)
		), '[]'),
		'unread_messages', (
			select coalesce(sum(
				case caller when c.patient_id then c.doctor_total else c.patient_total end - m.read_mark
			), 0)::bigint
			from public.conversation_members m
			join public.conversations c on c.id = m.conversation_id
			where m.user_id = caller
		),
		'unread_notifications', 0
	) into answer;
	return answer;
end;
$$;
comment on function private.pulse(uuid[]) is
	'A definer, because it marks the caller as seen and no client role may write that. Ids that are not the caller''s are left out.';
revoke all on function private.pulse(uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.pulse(uuid[]) to authenticated;
alter function private.pulse(uuid[]) owner to bedside_writer;

create function public.list_conversations(
	filter text default 'all', sort text default 'recent', search text default null,
	before text default null, page_size integer default 20
)
	returns table (
		id uuid, kind text, other_id uuid, other_name text, other_role text, other_avatar_path text,
		other_specialty text, other_last_seen_at timestamptz, rev bigint, last_seq bigint, epoch integer,
		care_open boolean, last_message_id uuid, last_message_kind text, last_message_body text,
		last_message_sender_id uuid, last_message_at timestamptz, unread bigint, waiting_since timestamptz,
		my_read_seq bigint, other_read_seq bigint, other_delivered_seq bigint, "cursor" text
	)
	language sql volatile security invoker set search_path = ''
begin atomic
	select * from private.list_conversations(filter, sort, search, before, page_size);
end;
comment on function public.list_conversations(text, text, text, text, integer) is
	'The caller''s conversations. filter all | unread | waiting; sort recent | unread | waiting; search in the other person''s name; before = cursor of the last row had; page_size 1 to 100.';
revoke all on function public.list_conversations(text, text, text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.list_conversations(text, text, text, text, integer) to authenticated;

create function public.changes_since(conversation uuid, rev bigint, page_size integer default 100) returns jsonb
	language sql volatile security invoker set search_path = ''
	return private.changes_since(conversation, rev, page_size);
comment on function public.changes_since(uuid, bigint, integer) is
	'{rev, last_seq, epoch, care_open, members, messages, more}: what changed after rev, by rev. The next cursor is the last row''s rev while more, else the rev returned. 404 not_a_member.';
revoke all on function public.changes_since(uuid, bigint, integer) from public, anon, authenticated, service_role;
grant execute on function public.changes_since(uuid, bigint, integer) to authenticated;

create function public.pulse(conversations uuid[]) returns jsonb
	language sql volatile security invoker set search_path = ''
	return private.pulse(conversations);
comment on function public.pulse(uuid[]) is
	'{conversations: [{id, rev, last_seq, epoch, care_open, other_last_seen_at}], unread_messages, unread_notifications} for up to 50 ids. Marks the caller as seen.';
revoke all on function public.pulse(uuid[]) from public, anon, authenticated, service_role;
grant execute on function public.pulse(uuid[]) to authenticated;
