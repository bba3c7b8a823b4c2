-- The class engine: where every milestone of a plan stands as at a day and as known at a link. One statement: the
-- functions up to shap.standing_rules are pieces of it that the planner sets in. Every record is taken by its day
-- (as_at) and its link, and not when it is undone by then. The pieces see everything: they run inside shap.standing
-- and shap.standing_of only, which show each caller what he may see. whole: of all of the plan, written as true for the
-- planner; else only what is recorded of the milestones in "references", in which none is without the rest of its work.
drop type if exists shap.standing_row cascade;
drop function if exists shap.same_work_as(bigint, bigint, date, bigint), shap.programmed(bigint, bigint, date, bigint),
    shap.said_of_each(bigint, bigint, date, bigint), shap.said(bigint, bigint, date, bigint),
    shap.word(bigint, bigint, date, bigint), shap.grants(bigint, bigint, date, bigint),
    shap.granted(bigint, bigint, date, bigint), shap.signed(bigint, bigint, date, bigint),
    shap.standing_rules(bigint, bigint, date, bigint) cascade;
create type shap.standing_row as (
    place integer,           -- in the plan's document
    reference text,
    objective text,
    action_no integer,
    version integer,         -- of the plan: the one in force, else the latest draft
    first_day date,          -- the programmed days: what WHEN means
    last_day date,
    recurrence text,         -- null: due once
    "when" text,             -- the wording that is programmed: the baseline's
    due_day date,            -- the last day or, of what recurs, the end of its first cycle
    grant_record bigint,     -- the grant in force; null: none
    new_date text,
    new_day date,
    extensions integer,
    slip_months integer,
    status text,             -- of the word that counts; null: nobody has said anything that counts
    is_claimed boolean,
    said_record bigint,      -- the return whose word that is, and the day it speaks of
    said_on date,
    completed_on date,       -- where it is complete and the day is known
    cycle_starts date,       -- of the last closed cycle
    cycle_ends date,
    signed_off_on date,      -- at the meeting whose word on it stands
    is_noted boolean,        -- it will not be delivered, and the panel noted it
    is_changed_since boolean, -- signed off, and something else was said later, or what it rested on was undone
    work text,               -- the milestone that stands for its piece of work: one of those declared the same
    only_sent_back boolean,  -- nothing counts (in the last closed cycle or later), but something was sent back
    class text               -- a label of shap_v1.milestone_class
);

-- Whole months from one day to another, negative backwards. The last day of a month counts as its 31st.
create or replace function shap.whole_months(from_day date, to_day date) returns integer
language sql immutable parallel safe
return ((extract(year from to_day) - extract(year from from_day)) * 12 + extract(month from to_day) - extract(month from from_day)
        - case when to_day >= from_day
               then (extract(day from to_day) < extract(day from from_day) and extract(day from to_day + 1) <> 1)::integer
               else -(extract(day from from_day) < extract(day from to_day) and extract(day from from_day + 1) <> 1)::integer
          end)::integer;
grant execute on function shap.whole_months(date, date) to shap_api;

-- The version of a plan that is reported on: the one in force or, while none is, the latest draft known. A definer, as
-- shap.version_in_force is.
create or replace function shap.version_reported(council bigint, plan_id bigint, as_at date, link bigint)
returns integer
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce(shap.version_in_force(council, plan_id, as_at, link),
                    (select max(v.version) from shap.plan_version v
                      where v.council_id = council and v.plan_id = version_reported.plan_id
                        and v.link <= version_reported.link));
end
$$;
revoke all on function shap.version_reported(bigint, bigint, date, bigint) from public;
grant execute on function shap.version_reported(bigint, bigint, date, bigint) to shap_api;

-- What each milestone of the version reported on is programmed to be: its reading in force. That is the latest one
-- a coordinator recorded of this wording, else the rules' reading of the first version adopted with this milestone (the
-- baseline of it: other words in a later version move nothing), else, in a draft, of the draft.
create or replace function shap.programmed(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                           "references" text[] default null)
returns table (place integer, reference text, objective text, action_no integer, version integer, adopted_on date,
               "when" text, first_day date, last_day date, recurrence text,
               is_completed boolean, completed_on date)
language sql stable parallel safe
begin atomic
    with baseline as (
        select distinct on (m.reference) m.reference, a.version, a.day, m."when"
          from shap.adoptions(council, programmed.plan_id, programmed.as_at, programmed.link) a
          join shap.milestone m on m.council_id = council and m.plan_id = programmed.plan_id and m.version = a.version
                               and (whole or m.reference = any (programmed."references"))
         order by m.reference, a.day, a.at_link, a.record_id
    ), reading as (
        select r.*
          from shap.when_reading r
         where r.council_id = council and r.plan_id = programmed.plan_id and r.link <= programmed.link
           and (whole or r.reference = any (programmed."references"))
           and (r.day is null or (r.day <= programmed.as_at and not exists (
                   select from shap.counter_act u
                    where u.council_id = council and u.plan_id = programmed.plan_id and u.reference = r.reference
                      and u.of_record = r.record_id and u.day <= programmed.as_at and u.link <= programmed.link)))
    )
    select distinct on (m.reference)
           m.place, m.reference, m.objective, m.action_no, m.version, b.day,
           coalesce(b."when", m."when"),
           r.first_day, r.last_day, r.recurrence, coalesce(r.is_completed, false), r.completed_on
      from shap.milestone m
      left join baseline b on b.reference = m.reference
      left join reading r on r.reference = m.reference
            and (r.version <= coalesce(b.version, m.version)
                 or r.version is null and r.phrase = coalesce(b."when", m."when"))
     where m.council_id = council and m.plan_id = programmed.plan_id and (whole or m.reference = any (programmed."references"))
       and m.version = (select shap.version_reported(council, programmed.plan_id, programmed.as_at, programmed.link))
     order by m.reference, r.version is null and r.record_id is not null desc, r.day desc, r.version desc, r.link desc, r.record_id desc;
end;
grant execute on function shap.programmed(bigint, bigint, date, bigint, boolean, text[]) to shap_api;

-- Milestones that are declared one piece of work, each with every other one of it, and its place among them.
create or replace function shap.same_work_as(council bigint, plan_id bigint, as_at date, link bigint)
returns table (reference text, other text, place bigint)
language sql stable parallel safe
begin atomic
    select a.reference, b.reference, b.place
      from shap.same_work w
     cross join lateral unnest(w."references") a (reference)
     cross join lateral unnest(w."references") with ordinality b (reference, place)
     where w.council_id = council and w.plan_id = same_work_as.plan_id and w.day <= same_work_as.as_at
       and w.link <= same_work_as.link and a.reference <> b.reference
       and not exists (select from shap.counter_act u
                        where u.council_id = council and u.plan_id = same_work_as.plan_id and u.of_record = w.record_id
                          and u.day <= same_work_as.as_at and u.link <= same_work_as.link);
end;
revoke all on function shap.same_work_as(bigint, bigint, date, bigint) from public;
grant execute on function shap.same_work_as(bigint, bigint, date, bigint) to shap_api;

-- The returns made on a plan's milestones that were not withdrawn, with what was said to each: the review that
-- stands. Undelivered until accepted: what a return claims to be an end counts as in progress. said: its own status.
create or replace function shap.said_of_each(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                             "references" text[] default null)
returns table (reference text, record_id bigint, organisation_id bigint, day date, corrects bigint, status text, said text,
               is_claimed boolean, is_sent_back boolean, is_accepted boolean, at_link bigint)
language sql stable parallel safe
begin atomic
    select r.reference, r.record_id, r.organisation_id, r.day, r.corrects,
           case when c.is_claim then 'in_progress' else r.status end, r.status,
           c.is_claim, coalesce(v.verdict = 'sent_back', false), coalesce(v.verdict = 'accepted', false), r.link
      from shap."return" r
      left join (
           select distinct on (v.reference, v.return_record_id) v.reference, v.return_record_id, v.verdict
             from shap.review v
            where v.council_id = council and v.plan_id = said_of_each.plan_id and v.day <= said_of_each.as_at and v.link <= said_of_each.link
              and (whole or v.reference = any (said_of_each."references"))
              and not exists (select from shap.counter_act u
                               where u.council_id = council and u.plan_id = said_of_each.plan_id and u.reference = v.reference
                                 and u.of_record = v.record_id and u.day <= said_of_each.as_at and u.link <= said_of_each.link)
            order by v.reference, v.return_record_id, v.day desc, v.link desc, v.record_id desc) v
        on v.reference = r.reference and v.return_record_id = r.record_id
     cross join lateral (select r.status in ('complete', 'will_not_be_delivered')
                                and v.verdict is distinct from 'accepted' as is_claim) c
     where r.council_id = council and r.plan_id = said_of_each.plan_id and r.day <= said_of_each.as_at and r.link <= said_of_each.link
       and (whole or r.reference = any (said_of_each."references"))
       and not exists (select from shap.counter_act u
                        where u.council_id = council and u.plan_id = said_of_each.plan_id and u.reference = r.reference
                          and u.of_record = r.record_id and u.day <= said_of_each.as_at and u.link <= said_of_each.link);
end;

-- The same, and what was said to the rest of a piece of work.
create or replace function shap.said(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                     "references" text[] default null)
returns table (reference text, record_id bigint, organisation_id bigint, day date, corrects bigint, status text, said text,
               is_claimed boolean, is_sent_back boolean, is_accepted boolean, at_link bigint)
language sql stable parallel safe
begin atomic
    with each as (
        select s.* from shap.said_of_each(council, said.plan_id, said.as_at, said.link, whole, said."references") s
    )
    select s.* from each s
    union all
    select w.other, s.record_id, s.organisation_id, s.day, s.corrects, s.status, s.said, s.is_claimed, s.is_sent_back, s.is_accepted,
           s.at_link
      from shap.same_work_as(council, said.plan_id, said.as_at, said.link) w
      join each s on s.reference = w.reference;
end;

-- The word that counts on each milestone on which anything was said: the latest day's; on one day a correction
-- beats what it corrects, otherwise the least favourable. Null where all that was said was sent back.
-- complete_since, undeliverable_since: from when on it was said to be so and nothing else; last_complete: the last day
-- it was.
create or replace function shap.word(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                     "references" text[] default null)
returns table (reference text, record_id bigint, day date, at_link bigint, status text, said text, is_claimed boolean,
               complete_since date, undeliverable_since date, last_complete date, sent_back_on date)
language sql stable parallel safe
begin atomic
    select distinct on (s.reference)
           s.reference, case when not s.is_sent_back then s.record_id end, case when not s.is_sent_back then s.day end,
           case when not s.is_sent_back then s.at_link end, case when not s.is_sent_back then s.status end,
           case when not s.is_sent_back then s.said end, s.is_claimed and not s.is_sent_back,
           min(s.day) filter (where s.status = 'complete' and s.day > coalesce(s.last_open, '-infinity')) over same,
           min(s.day) filter (where s.status = 'will_not_be_delivered'
                                    and s.day >= coalesce(s.last_deliverable, '-infinity')) over same,
           max(s.day) filter (where s.status = 'complete') over same,
           max(s.day) filter (where s.is_sent_back) over same
      from (select o.*, max(o.day) filter (where o.status <> 'complete' and not o.is_sent_back)
                            over (partition by o.reference) as last_open,
                   max(o.day) filter (where o.status <> 'will_not_be_delivered' and not o.is_sent_back)
                            over (partition by o.reference) as last_deliverable
              from (select a.*, coalesce(a.record_id = any (array_agg(a.corrects) filter (where a.corrects is not null and not a.is_sent_back)
                                                            over (partition by a.reference, a.day)), false) as is_corrected
                      from shap.said(council, word.plan_id, word.as_at, word.link, whole, word."references") a) o
             where not o.is_corrected) s
    window same as (partition by s.reference)
     order by s.reference, s.is_sent_back, s.day desc,
              array_position(array['will_not_be_delivered', 'not_started', 'in_progress', 'complete'], s.status),
              s.is_claimed, s.record_id;
end;

-- The grants that were not revoked, each for every milestone of its piece of work.
create or replace function shap.grants(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                       "references" text[] default null)
returns table (reference text, record_id bigint, new_date text, new_day date, day date, at_link bigint)
language sql stable parallel safe
begin atomic
    with given as (
        select g.reference, g.record_id, g.new_date, g.new_day, g.day, g.link
          from shap."grant" g
         where g.council_id = council and g.plan_id = grants.plan_id and g.day <= grants.as_at and g.link <= grants.link
           and (whole or g.reference = any (grants."references"))
           and not exists (select from shap.counter_act u
                            where u.council_id = council and u.plan_id = grants.plan_id and u.reference = g.reference
                              and u.of_record = g.record_id and u.day <= grants.as_at and u.link <= grants.link)
    )
    select g.* from given g
    union all
    select w.other, g.record_id, g.new_date, g.new_day, g.day, g.link
      from shap.same_work_as(council, grants.plan_id, grants.as_at, grants.link) w
      join given g on g.reference = w.reference;
end;

-- The grant in force on each milestone that was granted a new date, the latest by its day, and how many there were.
create or replace function shap.granted(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                        "references" text[] default null)
returns table (reference text, record_id bigint, new_date text, new_day date, day date, extensions integer)
language sql stable parallel safe
begin atomic
    select distinct on (g.reference)
           g.reference, g.record_id, g.new_date, g.new_day, g.day, count(*) over (partition by g.reference)::integer
      from shap.grants(council, granted.plan_id, granted.as_at, granted.link, whole, granted."references") g
     order by g.reference, g.day desc, g.at_link desc, g.record_id desc;
end;

-- The panel's word in force on each milestone, and on those of the same work: the latest by its day.
create or replace function shap.signed(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                       "references" text[] default null)
returns table (reference text, record_id bigint, verdict text, day date, at_link bigint, said_record bigint)
language sql stable parallel safe
begin atomic
    with word as (
        select o.reference, o.record_id, o.verdict, o.day, o.link, o.return_record_id
          from shap.sign_off o
         where o.council_id = council and o.plan_id = signed.plan_id and o.day <= signed.as_at and o.link <= signed.link
           and (whole or o.reference = any (signed."references"))
           and not exists (select from shap.counter_act u
                            where u.council_id = council and u.plan_id = signed.plan_id and u.reference = o.reference
                              and u.of_record = o.record_id and u.day <= signed.as_at and u.link <= signed.link)
    ), each as (
        select o.* from word o
        union all
        select w.other, o.record_id, o.verdict, o.day, o.link, o.return_record_id
          from shap.same_work_as(council, signed.plan_id, signed.as_at, signed.link) w
          join word o on o.reference = w.reference
    )
    select distinct on (e.reference) e.* from each e order by e.reference, e.day desc, e.link desc, e.record_id desc;
end;
grant execute on function shap.signed(bigint, bigint, date, bigint, boolean, text[]) to shap_api;

-- The rules: where every milestone stands, see the head of this file. The class is the first rule that applies.
-- What recurs is complete only by the plan's own text; a complete return answers its cycle, and a new date granted
-- to it is met by one from the grant's day on. A draft's text counts as if it were adopted.
create or replace function shap.standing_rules(council bigint, plan_id bigint, as_at date, link bigint, whole boolean default true,
                                               "references" text[] default null)
returns setof shap.standing_row
language sql stable parallel safe
begin atomic
    select p.place, p.reference, p.objective, p.action_no, p.version, p.first_day, p.last_day, p.recurrence, p."when",
           case when p.recurrence is null then p.last_day else c.first_end end,
           g.record_id, g.new_date, g.new_day, coalesce(g.extensions, 0), shap.whole_months(p.last_day, g.new_day),
           w.status, coalesce(w.is_claimed, false), w.record_id, w.day,
           case when t.is_complete then coalesce(p.completed_on, w.complete_since)
                when p.recurrence is null and w.status = 'complete' then w.complete_since end,
           c.starts, c.ends,
           case when o.verdict = 'signed_off' then o.day end,
           coalesce(o.verdict = 'noted' and w.status = 'will_not_be_delivered' and o.day >= w.undeliverable_since, false),
           coalesce(o.verdict = 'signed_off'
                    and case when w.day > o.day or w.at_link > o.at_link then w.said <> 'complete'
                             else o.said_record is not null and w.status is distinct from 'complete' end, false),
           coalesce(least(p.reference, k.other), p.reference),
           coalesce(w.sent_back_on >= coalesce(c.starts, '-infinity')
                    and (w.day is null or w.day < c.starts), false),
           case
               when o.verdict = 'signed_off' then 'signed_off'
               when t.is_complete or (p.recurrence is null and w.status = 'complete') then 'complete'
               when w.status = 'will_not_be_delivered' then 'will_not_be_delivered'
               when t.new_day <= standing_rules.as_at then 'overdue'
               when t.new_day > standing_rules.as_at then 're_dated'
               when p.recurrence is not null then
                   case when standing_rules.as_at < c.first_end then 'not_yet_due'
                        when w.day < c.starts or w.day is null then 'no_return'
                        when w.status = 'not_started' then 'overdue'
                        else 'ongoing_answered' end
               when p.last_day is null then 'undated'
               when p.last_day > standing_rules.as_at then 'not_yet_due'
               when w.status is not null then 'overdue'
               else 'no_return'
           end
      from shap.programmed(council, standing_rules.plan_id, standing_rules.as_at, standing_rules.link, whole,
                     standing_rules."references") p
      left join shap.granted(council, standing_rules.plan_id, standing_rules.as_at, standing_rules.link, whole,
                     standing_rules."references") g
        on g.reference = p.reference
      left join shap.word(council, standing_rules.plan_id, standing_rules.as_at, standing_rules.link, whole,
                     standing_rules."references") w
        on w.reference = p.reference
      left join shap.signed(council, standing_rules.plan_id, standing_rules.as_at, standing_rules.link, whole,
                     standing_rules."references") o
        on o.reference = p.reference
      left join (select x.reference, min(x.other) as other
                   from shap.same_work_as(council, standing_rules.plan_id, standing_rules.as_at, standing_rules.link) x
                  group by x.reference) k on k.reference = p.reference
      left join lateral (
           select shap.first_cycle_end(r.recurrence, p.last_day, r.first_day) as first_end, l.starts, l.ends
             from (select p.recurrence, (select y.first_day from shap.plan y -- once
                                          where y.council_id = council and y.id = standing_rules.plan_id) as first_day
                    where p.recurrence is not null offset 0) r, -- only what recurs is asked
                  shap.last_closed_cycle(r.recurrence, p.last_day, r.first_day, standing_rules.as_at) l) c on true
     cross join lateral (
           select p.is_completed
                  and coalesce(p.completed_on, p.adopted_on, standing_rules.as_at) <= standing_rules.as_at as is_complete,
                  case when p.recurrence is null or w.last_complete is null or w.last_complete < g.day
                       then g.new_day end as new_day) t;
end;

-- Milestones of a plan, and those that are the same work as one of them.
create or replace function shap.work_of(council bigint, plan_id bigint, as_at date, link bigint, "references" text[]) returns text[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return "references" || array(select w.other from shap.same_work_as(council, work_of.plan_id, as_at, work_of.link) w
                                  where w.reference = any ("references"));
end
$$;
revoke all on function shap.work_of(bigint, bigint, date, bigint, text[]) from public;

-- Where the milestones of a plan stand, those the caller may see. A definer, because row level security inside the
-- rules would be judged for every record of every table: here it is judged once, for each milestone. All of a plan is
-- read, or all of the milestones that are shared, so tables are hashed whole; one plan serves all councils.
create or replace function shap.standing(council bigint, plan_id bigint, as_at date, link bigint)
returns setof shap.standing_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_nestloop = off set enable_mergejoin = off
set jit = off as $$
declare
    shared text[];
    work text[];
begin
    if shap.sight() = 'full' then
        return query
            select s.* from shap.standing_rules(council, standing.plan_id, as_at, standing.link) s
             where council = any (shap.councils());
    elsif shap.sight() = 'shared' then
        shared := array(select distinct h.reference from shap.share_in_force h
                         where h.council_id = council and h.plan_id = standing.plan_id and council = any (shap.councils())
                           and h.organisation_id = any (shap.organisations()));
        work := shap.work_of(council, plan_id, as_at, link, shared);
        return query
            select s.* from shap.standing_rules(council, standing.plan_id, as_at, standing.link, false, work) s
             where s.reference = any (shared);
    end if;
end
$$;
revoke all on function shap.standing(bigint, bigint, date, bigint) from public;
grant execute on function shap.standing(bigint, bigint, date, bigint) to shap_api;

-- Where one milestone stands, if the caller may see it.
create or replace function shap.standing_of(council bigint, plan_id bigint, reference text, as_at date, link bigint)
returns setof shap.standing_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    work text[];
begin
    if shap.sees(council, plan_id, reference) then
        work := shap.work_of(council, plan_id, as_at, link, array[reference]);
        return query
            select s.* from shap.standing_rules(council, standing_of.plan_id, as_at, standing_of.link, false, work) s
             where s.reference = standing_of.reference;
    end if;
end
$$;
revoke all on function shap.standing_of(bigint, bigint, text, date, bigint) from public;
grant execute on function shap.standing_of(bigint, bigint, text, date, bigint) to shap_api;
