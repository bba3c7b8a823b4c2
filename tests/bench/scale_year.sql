-- What is recorded in a council's year, part of scale.sql.

-- What is said in a year, each return in the place it has in it. One session fills it for a year at a time.
create procedure bench.make_acts()
language plpgsql as $$
begin
    if to_regclass('pg_temp.act') is not null then return; end if;
    create temporary table act (
        place integer, month integer, batch integer, slot integer, reference text, status text, day date, note text,
        evidence text, rating text, new_date text, new_day date, reason text, record_id bigint, corrects bigint,
        verdict text, granted boolean, withdrawn boolean, signed boolean
    ) on commit delete rows;
end
$$;

-- How each body goes about each milestone: how often it reports (every 1, 2 or 3 months), and in which month of the year it
-- is done (99: not in this one).
--   on_time, late   it says complete, in time or up to three months late
--   re_dated        the first body asks for a date three months later, and it is complete by then
--   undeliverable   it says so when it is due
--   open            it goes on: as what recurs does, and what has no day
create function bench.courses(c bench.council, plan bigint, y integer)
returns table (reference text, place integer, slot integer, is_first boolean, key text, every integer, due integer, course text, done integer)
language sql volatile as $$
    with shared as (
        select m.reference, m.place, s.organisation_id, array_position(c.organisations, s.organisation_id) - 1 as slot,
               format('%s/%s/%s', c.n, y, m.reference) as work, r.recurrence, r.is_completed,
               case when r.recurrence is null
                    then greatest((extract(year from r.last_day) - y) * 12 + extract(month from r.last_day) - 3, 0)::integer end as due
          from shap.share s
          join shap.milestone m on m.council_id = s.council_id and m.plan_id = s.plan_id and m.version = 1 and m.reference = s.reference
          join shap.when_reading r on r.council_id = m.council_id and r.plan_id = m.plan_id and r.reference = m.reference
         where s.council_id = c.council_id and s.plan_id = plan
    ), going as (
        select h.*, h.work || '/' || h.slot as key, row_number() over (partition by h.reference order by h.slot) = 1 as is_first,
               bench.chance(h.work || '/course') as luck
          from shared h
    ), known as (
        select g.*, case when g.due is null then 'open' when g.luck < 0.52 then 'on_time' when g.luck < 0.72 then 'late'
                         when g.luck < 0.86 then 're_dated' when g.luck < 0.91 then 'undeliverable' else 'open' end as course
          from going g
         where bench.chance(g.key || '/silent') >= case when g.is_completed then 0.8 else 0.06 end
    )
    select k.reference, k.place, k.slot, k.is_first, k.key,
           (array[1, 1, 1, 1, 1, 1, 2, 2, 3, 3])[1 + floor(bench.chance(k.key || '/every') * 10)::integer], k.due, k.course,
           case k.course
               when 'on_time' then greatest(k.due - floor(bench.chance(k.work || '/done') * 2)::integer, 1)
               when 'late' then k.due + 1 + floor(bench.chance(k.work || '/done') * 3)::integer
               when 're_dated' then k.due + 3
               when 'undeliverable' then greatest(k.due, 1)
               else 99 end
      from known k
$$;

-- Fills the table of acts for a year, in the order in which they are recorded: of a month, body by body, batches of up to 50.
create procedure bench.plan_acts(c bench.council, plan bigint, y integer)
language plpgsql as $$
begin
    call bench.make_acts();
    truncate act;
    with said as (
        select b.*, m.month, 1 as copy, format('%s/%s', b.key, m.month) as act,
               (make_date(y, 4, 1) + make_interval(months => m.month) - interval '1 day')::date as day,
               b.course = 're_dated' and b.is_first and m.month = greatest(b.due - 1, 1) as asks
          from bench.courses(c, plan, y) b
         cross join generate_series(1, 12) m (month)
         where m.month <= b.done + 1
           and (m.month <= b.done and (m.month % b.every = 0 or m.month = b.done)
                or b.course = 're_dated' and b.is_first and m.month = greatest(b.due - 1, 1)
                or m.month = b.done + 1 and bench.chance(format('%s/%s/review', b.key, b.done)) between 0.85 and 0.95) -- sent back
    ), worded as (
        select s.*, case when s.month >= s.done then case s.course when 'undeliverable' then 'will_not_be_delivered' else 'complete' end
                         when s.month < s.due - 4 and bench.chance(s.act || '/status') < 0.4 then 'not_started'
                         when s.due is null and s.month % 3 = 0 and bench.chance(s.act || '/status') < 0.3 then 'complete'
                         else 'in_progress' end as status
          from said s
    ), copied as ( -- one in fifty is corrected on the same day
        select w.* from worded w
        union all
        select w.reference, w.place, w.slot, w.is_first, w.key, w.every, w.due, w.course, w.done, w.month, 2, w.act || '/2', w.day,
               false, w.status
          from worded w where not w.asks and bench.chance(w.act || '/corrected') < 0.02
    ), numbered as (
        select k.*, nextval('shap.record_id') as record_id,
               row_number() over (partition by k.month, k.slot order by k.copy, k.place) as in_month
          from (select * from copied order by month, slot, copy, place) k
    )
    insert into act
    select n.place, n.month, (n.in_month - 1)::integer / 50, n.slot, n.reference, n.status, n.day,
           case when bench.chance(n.act || '/note') < 0.9 then
               bench.chosen(n.act || '/first', array['The officers met the partners and agreed what comes next.',
                   'Two of four reviews are done; the rest wait for figures from the county.',
                   'Staff were away, and little could be done since the last return.',
                   'The forum discussed the draft at length, and a second draft goes out next week.',
                   'Letters went to all landlords in the ward; a third of them have answered so far.'])
               || ' ' || bench.chosen(n.act || '/second', array['', 'The next step is on the agenda of the panel.',
                   'Costs are within what was planned.', 'We need an answer on the funding before we can go on.',
                   'Nothing stands in the way of the date.']) || ' (' || n.reference || ', month ' || n.month || ')' end,
           case when n.status = 'complete' and bench.chance(n.act || '/evidence') < 0.7
                then format('https://example.org/%s/%s/%s', c.n, y, n.reference) end,
           case when bench.chance(n.act || '/rates') < 0.3 then bench.chosen(n.act || '/rating', array['green', 'green', 'amber', 'red']) end,
           case when n.asks then 'Revised ' || to_char(d.day, 'FMMonth YYYY') end, case when n.asks then d.day end,
           case when n.asks then 'The partners need until then to find the match funding.' end,
           n.record_id, case when n.copy = 2 then lag(n.record_id) over (partition by n.key, n.month order by n.copy) end,
           case when n.copy = 2 then null
                when n.status in ('complete', 'will_not_be_delivered') and bench.chance(n.act || '/review') < 0.85 then 'accepted'
                when n.status in ('complete', 'will_not_be_delivered') and bench.chance(n.act || '/review') < 0.95 then 'sent_back'
                when n.status = 'in_progress' and not n.asks and bench.chance(n.act || '/review') < 0.15 then 'accepted' end,
           n.asks and bench.chance(n.act || '/granted') < 0.8,
           n.status = 'in_progress' and n.copy = 1 and not n.asks and bench.chance(n.act || '/withdrawn') < 0.005,
           n.is_first and n.month >= n.done and bench.chance(n.key || '/signed') < 0.7
      from numbered n
     cross join lateral (
           select (make_date(y, 4, 1) + make_interval(months => n.due + 3) - interval '1 day')::date as day) d;
end
$$;

-- Keeps a text, salted by what it is about, and gives its digest.
create function bench.keep(c bench.council, key text, body text) returns bytea
language sql volatile as $$
    insert into shap.personal_text (council_id, digest, salt, body)
    select c.council_id, sha256(decode(md5(key), 'hex') || convert_to(body, 'UTF8')), decode(md5(key), 'hex'), body where body is not null
    returning digest
$$;

-- A month's returns, each body's in links of up to 50.
create procedure bench.return_month(c bench.council, plan bigint, y integer, m integer)
language plpgsql as $$
#variable_conflict use_column
declare
    b record;
    number bigint;
    called constant text := format('council-%s/%s', c.n, bench.plan_code(y));
begin
    for b in select a.slot, a.batch, max(a.day) as day from act a where a.month = m group by a.slot, a.batch order by a.slot, a.batch loop
        number := bench.link(c, c.members[b.slot + 1], 'SubmitReturn',
                             b.day + make_interval(days => 2 + b.slot, hours => 9 + b.batch, mins => c.n % 60));
        with said as materialized (
            select a.*, md5(format('%s/%s', called, a.record_id)) as id from act a where a.month = m and a.slot = b.slot and a.batch = b.batch
        ), digested as materialized (
            select s.*, decode(s.id, 'hex') as salt, sha256(decode(s.id, 'hex') || convert_to(s.note, 'UTF8')) as note_digest,
                   sha256(decode(s.id, 'hex') || convert_to(s.reason, 'UTF8')) as reason_digest
              from said s
        ), kept as (
            insert into shap.personal_text (council_id, digest, salt, body)
            select c.council_id, d.note_digest, d.salt, d.note from digested d where d.note is not null
            union all
            select c.council_id, d.reason_digest, d.salt, d.reason from digested d where d.reason is not null
        )
        insert into shap."return" (council_id, record_id, plan_id, reference, organisation_id, return_id, content_digest, status, day,
                                   note_digest, evidence, rating, new_date, reason_digest, corrects, membership_id, link)
        select c.council_id, d.record_id, plan, d.reference, c.organisations[b.slot + 1], d.id::uuid,
               shap.return_digest(row(1, null, d.id::uuid, called, d.reference, d.status, d.note, d.day, d.evidence, d.rating, d.new_date,
                                      d.reason, corrected.id, null)::shap.return_call),
               d.status, d.day, d.note_digest, d.evidence, d.rating, d.new_date, d.reason_digest, d.corrects, c.members[b.slot + 1], number
          from digested d
         cross join lateral (
               select case when d.corrects is not null then md5(format('%s/%s', called, d.corrects))::uuid end as id) corrected
         order by d.record_id;
    end loop;
end
$$;

-- What the coordinator says to a month's returns, twelve days after it.
create procedure bench.review_month(c bench.council, plan bigint, y integer, m integer)
language plpgsql as $$
#variable_conflict use_column
declare
    day constant date := make_date(y, 4, 1) + make_interval(months => m, days => 11);
    number bigint := bench.link(c, c.coordinator, 'ReviewReturn', day + interval '10 hours');
    reason bytea;
begin
    insert into shap.review (council_id, plan_id, reference, return_record_id, verdict, comment_digest, day, membership_id, link)
    select c.council_id, plan, a.reference, a.record_id, a.verdict,
           case when a.verdict = 'sent_back' then bench.keep(c, 'review/' || a.record_id, 'Which report shows it? Please name it.') end,
           day, c.coordinator, number
      from act a where a.month = m and a.verdict is not null order by a.record_id;
    if exists (select from act a where a.month = m and a.granted) then
        number := bench.link(c, c.coordinator, 'GrantDate', day + interval '11 hours');
        insert into shap."grant" (council_id, plan_id, reference, return_record_id, new_date, new_day, first_day, day, membership_id, link)
        select c.council_id, plan, a.reference, a.record_id, a.new_date, a.new_day, date_trunc('month', a.new_day), day, c.coordinator, number
          from act a where a.month = m and a.granted order by a.record_id;
    end if;
    if exists (select from act a where a.month = m and a.withdrawn and a.verdict is null) then
        number := bench.link(c, c.members[1], 'WithdrawReturn', day + interval '12 hours');
        insert into shap.counter_act (council_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
        select c.council_id, a.record_id, 'return', plan, a.reference, day,
               bench.keep(c, 'withdrawal/' || a.record_id, 'It was meant for another milestone.'), c.members[a.slot + 1], number
          from act a where a.month = m and a.withdrawn and a.verdict is null order by a.record_id;
    end if;
end
$$;

-- A meeting of the panel: what was accepted in the two months before is signed off, or noted.
create procedure bench.meet(c bench.council, plan bigint, y integer, m integer)
language plpgsql as $$
#variable_conflict use_variable
declare
    held constant date := make_date(y, 4, 1) + make_interval(months => m, days => 19);
    meeting bigint;
    number bigint := bench.link(c, c.coordinator, 'AddMeeting', held - 7 + interval '10 hours');
begin
    insert into shap.meeting (council_id, held_on, body, day, membership_id, link)
    values (c.council_id, held, 'SHP', held - 7, c.coordinator, number) returning record_id into meeting;
    number := bench.link(c, c.panel, 'SignOffMilestone', held + interval '20 hours');
    insert into shap.sign_off (council_id, plan_id, reference, verdict, meeting_record_id, return_record_id, without_evidence_digest,
                               is_own_work, day, membership_id, link)
    select c.council_id, plan, a.reference, case a.status when 'complete' then 'signed_off' else 'noted' end, meeting, a.record_id,
           case when a.status = 'complete' and a.evidence is null
                then bench.keep(c, 'sign_off/' || a.record_id, 'The panel has seen it for itself.') end, false, held, c.panel, number
      from act a
     where a.month in (m - 1, m) and a.signed and a.verdict = 'accepted' and a.status <> 'in_progress' order by a.place;
end
$$;

-- The window of a quarter, opened on its last day; that of the last quarter of all stays open.
create procedure bench.open_window(c bench.council, plan bigint, y integer, quarter integer)
language plpgsql as $$
#variable_conflict use_variable
declare
    last constant date := make_date(y, 4, 1) + make_interval(months => 3 * quarter) - interval '1 day';
    number bigint := bench.link(c, c.coordinator, 'OpenWindow', last + interval '18 hours');
begin
    insert into shap."window" (council_id, plan_id, cycle, number, name, first_day, last_day, due_on, day, membership_id, link)
    values (c.council_id, plan, 'quarter', quarter, 'Q' || quarter, make_date(y, 4, 1) + make_interval(months => 3 * quarter - 3), last,
            last + 14, last, c.coordinator, number);
end
$$;

create procedure bench.close_window(c bench.council, plan bigint, y integer, quarter integer)
language plpgsql as $$
#variable_conflict use_variable
declare
    day constant date := make_date(y, 4, 1) + make_interval(months => 3 * quarter, days => 24);
    number bigint := bench.link(c, c.coordinator, 'CloseWindow', day + interval '10 hours');
begin
    insert into shap.window_close (council_id, plan_id, window_record_id, day, membership_id, link)
    select c.council_id, plan, w.record_id, day, c.coordinator, number
      from shap."window" w where w.council_id = c.council_id and w.plan_id = plan and w.number = quarter;
end
$$;

-- What is declared when a year begins: the same work, an order, where milestones come from; and some figures.
create procedure bench.declare(c bench.council, plan bigint, y integer)
language plpgsql as $$
#variable_conflict use_variable
declare
    day constant date := make_date(y, 4, 12);
    number bigint := bench.link(c, c.coordinator, 'DeclareSameWork', day + interval '10 hours');
    references_ constant text[] := array(select m.reference from shap.milestone m
                                          where m.council_id = c.council_id and m.plan_id = plan order by m.place);
begin
    insert into shap.same_work (council_id, plan_id, "references", reason_digest, day, membership_id, link)
    select c.council_id, plan, array[references_[i], references_[i + 20]], bench.keep(c, format('same/%s/%s', y, i), 'One piece of work under two objectives.'),
           day, c.coordinator, number from unnest(array[30, 90]) i;
    insert into shap.milestone_order (council_id, plan_id, kind, reference, step, organisation_id, day, membership_id, link)
    select c.council_id, plan, 'after', references_[i], references_[i - 2], c.organisations[1], day, c.coordinator, number
      from generate_series(5, 165, 20) i;
    insert into shap.carry (council_id, plan_id, reference, from_council_id, from_plan_id, from_reference, day, membership_id, link)
    select c.council_id, plan, references_[i], c.council_id, p.id, references_[i], day, c.coordinator, number
      from shap.plan p cross join generate_series(1, 170) i
     where p.council_id = c.council_id and p.code = bench.plan_code(y - 1) and bench.chance(format('%s/%s/%s/carry', c.n, y, i)) < 0.25;
    insert into shap.rating_figure (council_id, plan_id, reference, actual, target, lower_is_better, day, membership_id, link)
    select c.council_id, plan, references_[i], 40 + i % 50, 70, false, day, c.coordinator, number from generate_series(10, 170, 20) i;
end
$$;
