-- Windows: for which period returns are due and by when, what a window asks of every body, and what it got.
--
-- Asked. Of every body that shares it on the period's last day, a milestone that
--   * is due once, by its programmed day on or before the period's last day, or was granted a new date; or
--   * recurs, and a cycle of it ended in the period;
-- unless it is settled (complete, signed off, will not be delivered) as at the period's last day. One that its own
-- answer settled stays asked: nothing falls out of a window by being answered. Until the period has ended, and before a
-- plan was adopted, "as at its last day" means as at the day looked from, or the day of the adoption.
--
-- Received. A return of that body that counts (not withdrawn, not sent back) and whose own day is in the window's reach:
--   * from the period's first day on or, where an earlier window of the same cycle was due within the period, from the
--     day after it was due; for what recurs from the first day of the last cycle that ended in the period, as the classes have it;
--   * until the window was closed, but at least until the period's last day; while it is open, without end.
-- The reach is of days and of what was said of windows: the order in which returns arrive does not matter. When they were
-- recorded matters for one thing: a word is late when the first that is received was recorded after the day it was due.
-- Sent back is what has a return within reach, but none that counts; missing what has none. So
-- asked = received (late or not) + sent back + missing, for each body.

-- A period for which returns are asked for. Without a record: no window, but what is owed on a day (last_day) anyway.
drop type if exists shap.window_row cascade;
create type shap.window_row as (
    record_id bigint,
    plan_id bigint,
    name text,
    cycle text,
    number integer,
    first_day date,
    last_day date,
    due_on date,
    day date,            -- it was opened
    membership_id bigint,
    link bigint,
    closed_on date,      -- null: it is open
    close_record bigint,
    closed_by bigint,
    close_link bigint,
    answers_from date,   -- the reach, see above
    answers_until date
);

drop type if exists shap.asked_row cascade;
create type shap.asked_row as (
    place integer,
    reference text,
    organisation_id bigint,
    organisation text,
    due_day date,         -- programmed or granted, or the end of the cycle that is asked about
    state text,           -- received, late, sent_back, missing
    return_record bigint, -- the latest of those that are received, else of those sent back
    answered_by text[]    -- other bodies that did
);

-- The windows of a plan that were not withdrawn, each with its last close that was not undone.
create or replace function shap.windows(council bigint, plan_id bigint, as_at date, link bigint)
returns setof shap.window_row
language sql stable parallel safe
begin atomic
    with opened as (
        select w.*
          from shap."window" w
         where w.council_id = council and w.plan_id = windows.plan_id and w.day <= windows.as_at and w.link <= windows.link
           and not exists (select from shap.counter_act u
                            where u.council_id = council and u.plan_id = windows.plan_id and u.of_record = w.record_id
                              and u.day <= windows.as_at and u.link <= windows.link)
    )
    select w.record_id, w.plan_id, w.name, w.cycle, w.number, w.first_day, w.last_day, w.due_on, w.day, w.membership_id,
           w.link, c.day, c.record_id, c.membership_id, c.link,
           greatest(w.first_day, (select max(e.due_on) + 1 from opened e
                                   where e.cycle = w.cycle and e.last_day < w.first_day and e.due_on < w.last_day)),
           case when c.record_id is null then 'infinity' else greatest(c.day, w.last_day) end
      from opened w
      left join lateral (
           select c.day, c.record_id, c.membership_id, c.link
             from shap.window_close c
            where c.council_id = council and c.window_record_id = w.record_id and c.day <= windows.as_at
              and c.link <= windows.link
              and not exists (select from shap.counter_act u
                               where u.council_id = council and u.plan_id = windows.plan_id and u.of_record = c.record_id
                                 and u.day <= windows.as_at and u.link <= windows.link)
            order by c.day desc, c.link desc, c.record_id desc limit 1) c on true;
end;
revoke all on function shap.windows(bigint, bigint, date, bigint) from public;
grant execute on function shap.windows(bigint, bigint, date, bigint) to shap_api;

-- Which organisations shared which milestones of a plan, as at a day and as known at a link.
create or replace function shap.sharing(council bigint, plan_id bigint, as_at date, link bigint)
returns table (reference text, organisation_id bigint)
language sql stable parallel safe
begin atomic
    select distinct h.reference, h.organisation_id
      from shap.share h
     where h.council_id = council and h.plan_id = sharing.plan_id and h.day <= sharing.as_at and h.link <= sharing.link
       and not exists (select from shap.counter_act u
                        where u.council_id = council and u.plan_id = sharing.plan_id and u.reference = h.reference
                          and u.of_record = h.record_id and u.day <= sharing.as_at and u.link <= sharing.link);
end;
revoke all on function shap.sharing(bigint, bigint, date, bigint) from public;
grant execute on function shap.sharing(bigint, bigint, date, bigint) to shap_api;

-- The day a window looks at a plan from: the period's last, while it is to come the day looked from, but not a day before the plan's first adoption.
create or replace function shap.asking_day(council bigint, plan_id bigint, last_day date, as_at date, link bigint) returns date
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return greatest(least(last_day, as_at),
                    (select min(a.day) from shap.adoptions(council, asking_day.plan_id, as_at, asking_day.link) a));
end
$$;
revoke all on function shap.asking_day(bigint, bigint, date, date, bigint) from public;
grant execute on function shap.asking_day(bigint, bigint, date, date, bigint) to shap_api;

-- The milestones a window asks about if they are not settled, and from which day on a return answers it. standing: as at the
-- day it looks from.
drop function if exists shap.due_in(bigint, shap.window_row, date, bigint) cascade;
create or replace function shap.due_in(council bigint, w shap.window_row, asking_day date, link bigint, standing shap.standing_row[])
returns table (place integer, reference text, due_day date, from_day date, is_settled boolean)
language sql stable parallel safe
begin atomic
    select s.place, s.reference,
           case when d.is_dated then coalesce(s.new_day, s.last_day) else c.ends end,
           case when d.is_dated and (w).record_id is not null then (w).answers_from
                when d.is_dated and s.new_day is not null then g.day + 1
                when d.is_dated then '-infinity'
                else c.starts end,
           s.class in ('complete', 'signed_off', 'will_not_be_delivered')
      from unnest(standing) s
      left join shap.granted(council, (w).plan_id, due_in.asking_day, due_in.link) g on g.reference = s.reference
     cross join lateral shap.last_closed_cycle(
           s.recurrence, s.last_day,
           (select y.first_day from shap.plan y where y.council_id = council and y.id = (w).plan_id), (w).last_day) c
     cross join lateral (
           select s.recurrence is null or s.new_day is not null and s.class in ('overdue', 're_dated') as is_dated) d
     where case when s.new_day is not null and d.is_dated then (w).record_id is not null or s.new_day <= (w).last_day
                when d.is_dated then s.last_day <= (w).last_day
                else c.ends >= case when (w).record_id is not null then (w).first_day else '-infinity' end end;
end;
revoke all on function shap.due_in(bigint, shap.window_row, date, bigint, shap.standing_row[]) from public;

-- What a window asks of every body and what it got, as at a day and as known at a link. standing: as at the day it looks
-- from; settled_before: the milestones that were settled before its period. Sees everything.
create or replace function shap.asked_rules(council bigint, w shap.window_row, asking_day date, as_at date, link bigint,
                                            standing shap.standing_row[], settled_before text[])
returns setof shap.asked_row
language sql stable parallel safe
begin atomic
    with due as materialized (
        select d.* from shap.due_in(council, w, asked_rules.asking_day, asked_rules.link, asked_rules.standing) d
    ), answer as materialized (
        select o.reference, o.organisation_id, min(o.at_link) filter (where not o.is_sent_back) as first_link,
               (array_agg(o.record_id order by o.day desc, o.record_id desc) filter (where not o.is_sent_back))[1] as counted,
               (array_agg(o.record_id order by o.day desc, o.record_id desc) filter (where o.is_sent_back))[1] as sent_back
          from shap.said(council, (w).plan_id, asked_rules.as_at, asked_rules.link) o
          join due d on d.reference = o.reference and o.day between d.from_day and (w).answers_until
         group by o.reference, o.organisation_id
    )
    select d.place, d.reference, b.id, b.code, d.due_day,
           case when a.counted is null then case when a.sent_back is null then 'missing' else 'sent_back' end
                when (l.recorded_at at time zone c.zone)::date > (w).due_on then 'late'
                else 'received' end,
           coalesce(a.counted, a.sent_back),
           coalesce((select array_agg(q.code order by q.code collate "C")
                       from answer x join shap.organisation q on q.id = x.organisation_id
                      where x.reference = d.reference and x.counted is not null and x.organisation_id <> h.organisation_id), '{}')
      from due d
      join shap.sharing(council, (w).plan_id, asked_rules.asking_day, asked_rules.link) h on h.reference = d.reference
      join shap.organisation b on b.id = h.organisation_id
      join shap.council c on c.id = council
      left join answer a on a.reference = d.reference and a.organisation_id = h.organisation_id
      left join shap.link l on l.council_id = council and l.number = a.first_link
     where not d.is_settled
        or a.counted is not null and d.reference <> all (settled_before);
end;
revoke all on function shap.asked_rules(bigint, shap.window_row, date, date, bigint, shap.standing_row[], text[]) from public;

-- The same, as far as the caller may see it: whole councils with full sight, else what is asked of their own
-- organisations. A definer for the reason that shap.standing is one, and planned as that is.
create or replace function shap.asked(council bigint, w shap.window_row, as_at date, link bigint)
returns setof shap.asked_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set enable_nestloop = off set enable_mergejoin = off set jit = off as $$
declare
    asking_day constant date := shap.asking_day(council, w.plan_id, w.last_day, as_at, asked.link);
    standing constant shap.standing_row[] := array(
        select s from shap.standing_rules(council, w.plan_id, asking_day, asked.link) s);
    settled_before constant text[] := array(
        select s.reference from shap.standing_rules(council, w.plan_id, w.first_day - 1, asked.link) s
         where s.class in ('complete', 'signed_off', 'will_not_be_delivered'));
begin
    return query
        select a.*
          from shap.asked_rules(council, w, asking_day, as_at, asked.link, standing, settled_before) a
         where council = any (shap.councils())
           and (shap.sight() = 'full' or shap.sight() = 'shared' and a.organisation_id = any (shap.organisations()))
         order by a.place, a.organisation collate "C";
end
$$;
revoke all on function shap.asked(bigint, shap.window_row, date, bigint) from public;
grant execute on function shap.asked(bigint, shap.window_row, date, bigint) to shap_api;

-- Of these what it did not get: missing, or sent back. What is settled is not missing, so nobody need know since when it is.
-- standing: as at the day itself, which it mostly looks from.
create or replace function shap.not_got(council bigint, w shap.window_row, as_at date, link bigint, standing shap.standing_row[])
returns setof shap.asked_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set enable_nestloop = off set enable_mergejoin = off set jit = off as $$
declare
    asking_day constant date := shap.asking_day(council, w.plan_id, w.last_day, as_at, not_got.link);
    then_standing shap.standing_row[] := standing;
begin
    if asking_day <> as_at then
        then_standing := array(select s from shap.standing_rules(council, w.plan_id, asking_day, not_got.link) s);
    end if;
    return query
        select a.*
          from shap.asked_rules(council, w, asking_day, as_at, not_got.link, then_standing, null) a
         where a.state in ('missing', 'sent_back') and council = any (shap.councils())
           and (shap.sight() = 'full' or shap.sight() = 'shared' and a.organisation_id = any (shap.organisations()));
end
$$;
revoke all on function shap.not_got(bigint, shap.window_row, date, bigint, shap.standing_row[]) from public;

drop type if exists shap.missed_row cascade;
create type shap.missed_row as (reference text, organisation_id bigint, ends date);

-- The cycles of a milestone that ended from one day to another, the latest first, each with the day the next one ends.
create or replace function shap.cycles_ended(recurrence text, last_day date, year_start date, from_day date, to_day date)
returns table (starts date, ends date, next_ends date)
language sql immutable parallel safe
begin atomic
    with recursive cycle (starts, ends, next_ends) as (
        select c.starts, c.ends, shap.regular_cycle_end(recurrence, cycles_ended.last_day, year_start, c.ends + 1)
          from shap.last_closed_cycle(recurrence, cycles_ended.last_day, year_start, to_day) c
         where c.ends >= from_day
        union all
        select p.starts, p.ends, c.ends
          from cycle c
         cross join lateral shap.last_closed_cycle(recurrence, cycles_ended.last_day, year_start, c.starts - 1) p
         where p.ends >= from_day
    )
    select c.starts, c.ends, c.next_ends from cycle c;
end;
revoke all on function shap.cycles_ended(text, date, date, date, date) from public;

-- The cycles that ended in a window's period before the last one, and that a body which shares the milestone let pass:
-- it said nothing that counts in the cycle, or later before the next one ended. As far as the caller may see it.
create or replace function shap.missed(council bigint, w shap.window_row, as_at date, link bigint)
returns setof shap.missed_row
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    asking_day constant date := shap.asking_day(council, w.plan_id, w.last_day, as_at, missed.link);
begin
    return query
        select p.reference, h.organisation_id, c.ends
          from shap.programmed(council, w.plan_id, asking_day, missed.link) p
          join shap.plan y on y.council_id = council and y.id = w.plan_id
         cross join lateral shap.cycles_ended(p.recurrence, p.last_day, y.first_day, w.first_day, w.last_day) c
          join shap.sharing(council, w.plan_id, asking_day, missed.link) h on h.reference = p.reference
         where p.recurrence is not null and c.next_ends <= w.last_day
           and not exists (select from shap.said(council, w.plan_id, as_at, missed.link) o
                            where o.reference = p.reference and o.organisation_id = h.organisation_id and not o.is_sent_back
                              and o.day >= c.starts and o.day < c.next_ends)
           and council = any (shap.councils())
           and (shap.sight() = 'full' or shap.sight() = 'shared' and h.organisation_id = any (shap.organisations()));
end
$$;
revoke all on function shap.missed(bigint, shap.window_row, date, bigint) from public;
grant execute on function shap.missed(bigint, shap.window_row, date, bigint) to shap_api;

-- The link at which the last window of the period of a plan that ends on a day was closed, as known at a link: what a
-- closed period is compared as known at. Null: there is none, or none of them is closed. One that was closed before the
-- period's last day closed no period: what happened on the days after it would be left out.
create or replace function shap.window_closed_link(council bigint, plan_id bigint, last_day date, link bigint) returns bigint
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select max(w.close_link)
              from shap.windows(council, window_closed_link.plan_id, 'infinity', window_closed_link.link) w
             where w.last_day = window_closed_link.last_day and w.closed_on >= w.last_day);
end
$$;
revoke all on function shap.window_closed_link(bigint, bigint, date, bigint) from public;
grant execute on function shap.window_closed_link(bigint, bigint, date, bigint) to shap_api;
