-- The demo clinic. Everybody's password is bedside-demo-1. Running it again changes nothing that is there.
-- For development, demos and tests; never for a project with real people.

create temporary table seed_people (id uuid, email text, display_name text, role text, time_zone text);
insert into seed_people values
	('ad000000-0000-4000-8000-000000000001', 'admin@bedside.test', 'Grace Lindqvist', 'admin', 'Europe/London'),
	('d0000000-0000-4000-8000-000000000001', 'doctor1@bedside.test', 'Dr. Amara Osei', 'doctor', 'Europe/London'),
	('d0000000-0000-4000-8000-000000000002', 'doctor2@bedside.test', 'Dr. Linh Tran', 'doctor', 'Asia/Ho_Chi_Minh'),
	('d0000000-0000-4000-8000-000000000003', 'doctor3@bedside.test', 'Dr. Tomás Silva', 'doctor', 'Europe/Lisbon'),
	('b0000000-0000-4000-8000-000000000001', 'patient1@bedside.test', 'Nguyễn Thu Hà', 'patient', 'Asia/Ho_Chi_Minh'),
	('b0000000-0000-4000-8000-000000000002', 'patient2@bedside.test', 'João Batista', 'patient', 'Europe/Lisbon'),
	('b0000000-0000-4000-8000-000000000003', 'patient3@bedside.test', 'Miriam Kofi', 'patient', 'Europe/London'),
	('b0000000-0000-4000-8000-000000000004', 'patient4@bedside.test', 'Eleni Laskari', 'patient', 'Europe/Athens'),
	('b0000000-0000-4000-8000-000000000005', 'patient5@bedside.test', 'Daniel Price', 'patient', 'Europe/London'),
	('b0000000-0000-4000-8000-000000000006', 'patient6@bedside.test', 'Salma Aziz', 'patient', 'Europe/London'),
	('b0000000-0000-4000-8000-000000000007', 'patient7@bedside.test', 'Tom Whitfield', 'patient', 'Europe/London'),
	('b0000000-0000-4000-8000-000000000008', 'patient8@bedside.test', 'Rosa Oliveira', 'patient', 'Europe/Lisbon');

-- Rows that both hosted Auth and the embedded one accept for a password sign-in: hosted cannot read null tokens.
with password as materialized (
	select extensions.crypt('bedside-demo-1', extensions.gen_salt('bf', 10)) as hash
)
insert into auth.users (
	id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
	confirmation_token, recovery_token, email_change, email_change_token_new, email_change_token_current,
	phone_change, phone_change_token, reauthentication_token, created_at, updated_at
)
select p.id, 'authenticated', 'authenticated', p.email, password.hash, now(),
	'{"provider": "email", "providers": ["email"]}', jsonb_build_object('display_name', p.display_name),
	'', '', '', '', '', '', '', '', now(), now()
from seed_people p, password
on conflict do nothing;

insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at, created_at, updated_at)
select u.id, 'email', u.id::text, u.id,
	jsonb_build_object('sub', u.id, 'email', u.email, 'email_verified', true, 'phone_verified', false), now(), now(), now()
from seed_people p
join auth.users u on u.id = p.id
on conflict do nothing;

-- Only hosted Auth has this column, and it finds nobody without it.
do $$
begin
	if exists (
		select from information_schema.columns
		where table_schema = 'auth' and table_name = 'users' and column_name = 'instance_id'
	) then
		update auth.users u set instance_id = '00000000-0000-0000-0000-000000000000'
		from seed_people p
		where p.id = u.id and u.instance_id is null;
	end if;
end;
$$;

-- Sign-up made every one of them a patient.
update public.profiles f set role = p.role
from seed_people p where p.id = f.id and p.role <> 'patient' and f.role = 'patient';
update public.profiles f set time_zone = p.time_zone
from seed_people p where p.id = f.id and f.time_zone = 'UTC';

insert into public.doctors (profile_id, specialty, bio, languages, accepting, reply_within, office_hours) values
	(
		'd0000000-0000-4000-8000-000000000001', 'General practice',
		'Family doctor for twenty years. I like to know how you sleep and what you eat before I reach for the prescription pad.',
		'{en,pt,fr}', true, '4 hours',
		'[{"day": 1, "from": "08:30", "to": "17:00"}, {"day": 2, "from": "08:30", "to": "17:00"}, {"day": 3, "from": "08:30", "to": "13:00"}, {"day": 4, "from": "08:30", "to": "17:00"}, {"day": 5, "from": "08:30", "to": "16:00"}]'
	),
	(
		'd0000000-0000-4000-8000-000000000002', 'Dermatology',
		'Skin, hair and nails, for children and adults. A photo in daylight tells me more than a long description.',
		'{vi,en}', true, '1 day',
		'[{"day": 1, "from": "13:00", "to": "19:00"}, {"day": 3, "from": "13:00", "to": "19:00"}, {"day": 5, "from": "09:00", "to": "15:00"}]'
	),
	(
		'd0000000-0000-4000-8000-000000000003', 'Cardiology',
		'Heart rhythm, blood pressure and recovery after a heart attack. Please bring the list of what you take.',
		'{pt,en,es}', true, '2 days',
		'[{"day": 2, "from": "09:00", "to": "16:00"}, {"day": 4, "from": "09:00", "to": "16:00"}]'
	)
on conflict do nothing;

-- Appointments stand in office hours, counted from nine (UTC) of the day on which the clinic is made; asked and moved are ago.
create temporary table seed_appointments (
	nr integer, patient integer, doctor integer, status text, starts_in interval, minutes integer, asked interval, moved interval,
	reason text, status_reason text
);
insert into seed_appointments values
	(1, 1, 1, 'completed', '-23 days', 30, '29 days', '4 days', 'A rash on my left arm', null),
	(2, 1, 1, 'accepted', '3 days 2 hours', 20, '6 days', '5 days', 'Follow-up for the rash', null),
	(3, 1, 2, 'accepted', '6 days', 30, '6 days', '5 days', 'Khám da tay trái', null),
	(4, 2, 1, 'accepted', '1 day', 20, '6 days', '5 days', 'Tensão arterial e medicação', null),
	(5, 3, 1, 'accepted', '1 day 3 hours', 20, '6 days', '5 days', 'Dizziness', null),
	(6, 4, 1, 'accepted', '3 days 5 hours', 20, '6 days', '5 days', 'Results of the blood test', null),
	(7, 5, 1, 'accepted', '4 days', 30, '6 days', '5 days', 'Knee after running', null),
	(8, 6, 1, 'accepted', '-2 days', 20, '8 days', '7 days', 'New tablets for migraine', null),
	(9, 7, 1, 'completed', '-18 days', 30, '24 days', '17 days', 'Cough for three weeks', null),
	(10, 7, 1, 'requested', '5 days 1 hour', 20, '20 hours', '20 hours', 'The cough is back, mostly at night', null),
	(11, 5, 2, 'accepted', '7 days 2 hours', 20, '6 days', '5 days', 'A mole on my back', null),
	(12, 4, 3, 'requested', '8 days', 30, '1 day 2 hours', '1 day 2 hours', 'My heart skips a beat after coffee', null),
	(13, 2, 3, 'declined', '2 days', 30, '4 days', '3 days', 'Palpitações', 'That day I am at the hospital. Please ask for another time.'),
	(14, 6, 1, 'cancelled', '-9 days', 20, '13 days', '10 days', 'Migraine', 'I have to work that day, I will ask again.');

insert into public.appointments (id, patient_id, doctor_id, status, starts_at, ends_at, reason, status_reason, created_at, updated_at)
select ('a0000000-0000-4000-8000-' || lpad(s.nr::text, 12, '0'))::uuid,
	('b0000000-0000-4000-8000-' || lpad(s.patient::text, 12, '0'))::uuid,
	('d0000000-0000-4000-8000-' || lpad(s.doctor::text, 12, '0'))::uuid,
	s.status, t.starts_at, t.starts_at + make_interval(mins => s.minutes), s.reason, s.status_reason,
	now() - s.asked, now() - s.moved
from seed_appointments s, lateral (select date_trunc('day', now()) + interval '9 hours' + s.starts_in as starts_at) t
on conflict do nothing;

-- A conversation has a patient, a doctor, and how many of the last messages each of the two has not read yet.
create temporary table seed_conversations (nr integer, patient integer, doctor integer, patient_unread integer, doctor_unread integer);
insert into seed_conversations values
	(1, 1, 1, 0, 1), (2, 1, 2, 1, 0), (3, 2, 1, 0, 1), (4, 3, 1, 0, 2), (5, 4, 1, 0, 0),
	(6, 5, 1, 0, 0), (7, 6, 1, 1, 0), (8, 7, 1, 0, 0), (9, 5, 2, 0, 1);

create temporary table seed_lines (conversation integer, seq integer, ago interval, side text, body text);
insert into seed_lines values
	(1, 1, '28 days', null, 'appointment_accepted'),
	(1, 2, '27 days 22 hours', 'patient', 'Good morning doctor. I have a rash on my left arm since Sunday. It is red, a bit raised, and about as big as a coin.'),
	(1, 3, '27 days 20 hours', 'doctor', 'Good morning Hà. Does it itch or hurt? And did you use anything new that week: soap, detergent, gloves, a watch strap?'),
	(1, 4, '27 days 20 hours -12 minutes', 'patient', 'It itches. I started to use rubber gloves for the dishes about ten days ago!'),
	(1, 5, '27 days 19 hours', 'doctor', 'That may well be it. Please leave the gloves away, wash with lukewarm water only, and I will look at it when you come.'),
	(1, 6, '22 days 20 hours', 'doctor', 'It was good to see you today. To sum up: it looks like contact dermatitis from the gloves. Hydrocortisone 1 % cream, a thin layer twice a day for seven days, and a plain moisturiser as often as you like. You told me you are allergic to penicillin; that does not matter for this cream.'),
	(1, 7, '22 days 19 hours', 'patient', 'Thank you doctor, very clear.'),
	(1, 8, '5 days', null, 'appointment_accepted'),
	(1, 9, '1 day 3 hours', 'patient', 'Good evening doctor. The rash on my arm is a little larger than last week, and it itches at night.'),
	(1, 10, '1 day 2 hours 53 minutes', 'doctor', 'Thank you for telling me, Hà. Can you describe the edge: is it sharp like a ring, or does it fade into the skin? And please keep using the cream twice a day until we meet.'),
	(1, 11, '1 hour 4 minutes', 'patient', 'It fades into the skin, no ring. Today it is 22 mm across, I measured it with a coin next to it.'),

	(2, 1, '5 days', null, 'appointment_accepted'),
	(2, 2, '4 days 20 hours', 'patient', 'Chào bác sĩ Linh. Bác sĩ Osei khuyên em hỏi thêm ý kiến bác sĩ da liễu về vết đỏ ở tay trái ạ.'),
	(2, 3, '4 days 16 hours', 'doctor', 'Chào Hà. Em bị bao lâu rồi, và đã bôi thuốc gì chưa?'),
	(2, 4, '4 days 15 hours', 'patient', 'Dạ gần bốn tuần rồi ạ. Em bôi hydrocortisone 1% ngày hai lần, đỡ được một tuần rồi lại ngứa.'),
	(2, 5, '4 days 14 hours', 'patient', 'Em dị ứng penicillin, không biết có liên quan không ạ?'),
	(2, 6, '3 days 21 hours', 'doctor', 'Không liên quan đâu em. Em cứ bôi tiếp, mỗi lần một lớp mỏng thôi, và đeo găng cotton bên trong khi rửa bát. Đừng gãi, nếu ngứa quá thì chườm khăn mát mười phút.'),
	(2, 7, '3 days 20 hours', 'patient', 'Dạ em cảm ơn bác sĩ.'),
	(2, 8, '9 hours', 'doctor', 'Hôm hẹn em mang theo tuýp thuốc đang dùng và đôi găng tay cũ nhé, mình sẽ làm thử nghiệm áp da.'),

	(3, 1, '5 days', null, 'appointment_accepted'),
	(3, 2, '4 days 3 hours', 'patient', 'Boa tarde, doutora. Esta semana a tensão andou entre 14/9 e 15/9 de manhã. À noite fica mais baixa.'),
	(3, 3, '4 days 1 hour', 'doctor', 'Boa tarde, João. Obrigada pelos valores. Está a medir sentado, depois de cinco minutos de repouso, e sempre no mesmo braço?'),
	(3, 4, '4 days', 'patient', 'Sentado sim, mas às vezes logo depois do café. Vou passar a medir antes.'),
	(3, 5, '3 days 22 hours', 'doctor', 'Isso já pode explicar uma parte. Meça antes do café e do comprimido, durante sete dias, e traga os valores à consulta.'),
	(3, 6, '2 hours 6 minutes', 'patient', 'Doutora, o dentista receitou-me ibuprofeno por três dias. Posso tomar os dois juntos?'),

	(4, 1, '5 days', null, 'appointment_accepted'),
	(4, 2, '3 days 4 hours', 'patient', 'Hello Dr. Osei, since I started the new blood pressure tablet I feel light-headed when I get up.'),
	(4, 3, '3 days 1 hour', 'doctor', 'Hello Miriam. That is common in the first week. Sit on the edge of the bed for a minute before you stand, and drink a glass of water in the morning. If you faint or your heart races, call the emergency number and do not wait for me.'),
	(4, 4, '3 days', 'patient', 'All right, I will try that.'),
	(4, 5, '1 day 22 hours', 'doctor', 'How is it today?'),
	(4, 6, '1 day 20 hours', 'patient', 'Much better, thank you for asking. Only once yesterday.'),
	(4, 7, '1 day 19 hours', 'doctor', 'Good to hear. Then we keep it as it is until we meet.'),
	(4, 8, '3 hours 20 minutes', 'patient', 'I am sorry to write again. The dizziness is back since this morning.'),
	(4, 9, '3 hours 12 minutes', 'patient', 'My pressure was 98/61 just now. Should I take the tablet tonight?'),

	(5, 1, '5 days', null, 'appointment_accepted'),
	(5, 2, '1 day 8 hours', 'patient', 'Good morning! Are my results there already?'),
	(5, 3, '1 day 6 hours', 'doctor', 'They came in this morning. Everything is in the normal range except for ferritin, your iron store, which is low at 11. It fits with being tired. We will talk about why, and what to do about it, when you come.'),
	(5, 4, '1 day 5 hours', 'patient', 'That explains a lot. Is there something I can eat until then?'),
	(5, 5, '1 day 4 hours', 'doctor', 'Lentils, beans, red meat if you eat it, and something with vitamin C at the same meal. Coffee and tea an hour later rather than with the food.'),
	(5, 6, '5 hours', 'patient', 'Thank you. See you then!'),
	(5, 7, '4 hours 40 minutes', 'doctor', 'See you then, Eleni.'),

	(6, 1, '5 days', null, 'appointment_accepted'),
	(6, 2, '2 days 5 hours', 'patient', 'Hi doctor, the knee swells after every run over 5 km, on the inside. No fall, no twist that I can remember.'),
	(6, 3, '2 days 2 hours', 'doctor', 'Hi Daniel. Does it lock or give way? Can you go down the stairs without pain?'),
	(6, 4, '2 days 1 hour', 'patient', 'No locking. Stairs down are worse than up.'),
	(6, 5, '1 day 23 hours', 'doctor', 'Then let it rest from running until we meet. Cycling and swimming are fine, as long as it does not swell. Cold for fifteen minutes in the evening.'),
	(6, 6, '1 day 22 hours', 'patient', 'Got it, no running. My daughter will be glad to have me at breakfast.'),
	(6, 7, '1 day 21 hours', 'doctor', 'Enjoy it!'),

	(7, 1, '7 days', null, 'appointment_accepted'),
	(7, 2, '1 day 9 hours', 'patient', 'Dear doctor, I took the first migraine tablet last night. The headache was gone after an hour, but I felt sick to my stomach. Is that from the tablet or from the migraine? I had not eaten since noon, because I could not look at food, and I took it with half a glass of water. Today I am fine, only a little tired.'),
	(7, 3, '1 day 6 hours', 'doctor', 'I am glad that it worked, Salma. It can be either. Take it with food, please, even if it is only a piece of dry bread, and not more than two in a day or ten in a month.'),

	(8, 1, '23 days', null, 'appointment_accepted'),
	(8, 2, '21 days', 'patient', 'Cough since three weeks now. No fever. Worse when I lie down.'),
	(8, 3, '20 days 20 hours', 'doctor', 'Thank you, Tom. Any heartburn, or a sour taste in the morning? And is anybody else at home coughing?'),
	(8, 4, '20 days 19 hours', 'patient', 'Now that you ask, yes, sour taste most mornings. Nobody else.'),
	(8, 5, '20 days 18 hours', 'doctor', 'Raise the head of the bed a little and have supper three hours before you lie down. We will listen to your chest at the appointment.'),
	(8, 6, '17 days 18 hours', 'doctor', 'Your lungs were clear, and so is the X-ray. Keep the earlier suppers, they seem to help. If the cough comes back, ask for a new appointment and we will look further.'),
	(8, 7, '17 days 17 hours', 'patient', 'Sleeping through since Tuesday. Thanks, doctor.'),
	(8, 8, '17 days', null, 'care_closed'),

	(9, 1, '5 days', null, 'appointment_accepted'),
	(9, 2, '2 days 7 hours', 'doctor', 'Hello Daniel. Before we meet: has the mole changed in size, colour or shape this year, and has anybody in your family had skin cancer?'),
	(9, 3, '1 day 12 hours', 'patient', 'My wife says it is darker than in the summer. My father had a basal cell carcinoma removed at 70.');

create temporary table seed_messages as
select c.nr, l.seq, l.side, l.body,
	('e0000000-0000-4000-8000-' || lpad(c.nr::text, 12, '0'))::uuid as conversation_id,
	('b0000000-0000-4000-8000-' || lpad(c.patient::text, 12, '0'))::uuid as patient_id,
	('d0000000-0000-4000-8000-' || lpad(c.doctor::text, 12, '0'))::uuid as doctor_id,
	now() - l.ago as sent_at,
	count(*) filter (where l.side = 'patient') over so_far as patient_total,
	count(*) filter (where l.side = 'doctor') over so_far as doctor_total,
	max(l.seq) filter (where l.side = 'doctor') over so_far as answered_seq
from seed_conversations c
join seed_lines l on l.conversation = c.nr
window so_far as (partition by c.nr order by l.seq);

insert into public.conversations (
	id, patient_id, doctor_id, last_seq, rev, epoch, patient_total, doctor_total, last_message_at, waiting_since, created_at
)
select m.conversation_id, m.patient_id, m.doctor_id, max(m.seq), max(m.seq),
	1 + count(*) filter (where m.body = 'care_closed'), max(m.patient_total), max(m.doctor_total), max(m.sent_at),
	min(m.sent_at) filter (where m.side = 'patient' and m.seq > coalesce(last.answered_seq, 0) and not last.is_closed),
	min(m.sent_at)
from seed_messages m
join (
	select nr, max(answered_seq) as answered_seq, bool_or(body = 'care_closed') as is_closed from seed_messages group by nr
) last on last.nr = m.nr
group by m.conversation_id, m.patient_id, m.doctor_id
on conflict do nothing;

insert into public.messages (
	id, conversation_id, patient_id, doctor_id, seq, rev, sender_id, kind, body, sent_at, patient_total, doctor_total
)
select ('019b0000-' || lpad(m.nr::text, 4, '0') || '-7000-8000-' || lpad(m.seq::text, 12, '0'))::uuid,
	m.conversation_id, m.patient_id, m.doctor_id, m.seq, m.seq,
	case m.side when 'patient' then m.patient_id when 'doctor' then m.doctor_id end,
	case when m.side is null then 'system' else 'text' end,
	m.body, m.sent_at, m.patient_total, m.doctor_total
from seed_messages m
join public.conversations c on c.id = m.conversation_id
on conflict do nothing;

insert into public.conversation_members (
	user_id, conversation_id, delivered_seq, delivered_at, read_seq, read_at, read_mark
)
select side.user_id, last.conversation_id, last.seq, last.sent_at + interval '1 minute', read.seq,
	last.sent_at + interval '1 minute', case side.user_id when last.patient_id then read.doctor_total else read.patient_total end
from seed_conversations c
join seed_messages last on last.nr = c.nr and not exists (select from seed_messages n where n.nr = c.nr and n.seq > last.seq)
cross join lateral (values (last.patient_id, c.patient_unread), (last.doctor_id, c.doctor_unread)) as side (user_id, unread)
join seed_messages read on read.nr = c.nr and read.seq = last.seq - side.unread
join public.conversations known on known.id = last.conversation_id
on conflict do nothing;

drop table seed_messages, seed_lines, seed_conversations, seed_appointments, seed_people;
