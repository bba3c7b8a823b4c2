-- Ratings: where a milestone stands, measured, and the row of a scheme that fits.
--
-- Behind is behind the plan's own date: a new date that was granted makes no delay shorter. Begun months: 0 is not behind, 1
-- is up to one month (the last day itself, when that ends with the milestone open, included), 2 is more than one month and up
-- to two. The last day of a month is a month before the last day of the next.
--
--   where it stands                      behind since                        until       days and months behind
--   due and open (overdue, no return)    the last day of the plan or, where  the day of  days since; months at least 1
--                                        it is earlier, the day granted      the report
--   re-dated, new date not passed        the same                            the same    0 before the plan's own last day,
--                                                                                        else the same
--   re-dated, new date passed            as due and open: the new date makes it no less
--   complete or signed off, late         the plan's own last day             the day it was complete
--   complete or signed off, in time                                                      0
--   complete, with no day to compare                                                     not measured
--   in cycles, one missed, never         the end of the first cycle          the day of  days since; months at least 1
--     answered                                                               the report
--   in cycles, answered before           the end of the first cycle that     the same    the same
--                                        the answer does not cover
--   in cycles, "not started"             the end of the last closed cycle    the same    the same
--   in cycles, re-dated and passed       the day granted                     the same    the same
--   in cycles, answered or re-dated;                                                     0
--     not yet due
--   undated; will not be delivered                                                       not measured
--
-- A figure is so many percent of its target: 100 on it, less by as many percent of the target as it is worse, more by as many
-- as it is better, never below 0. It is cut off after one decimal: below a bound it is never rounded up to it.

-- Begun months from one day to a later one; 0 where it is not later.
create or replace function shap.begun_months(from_day date, to_day date) returns integer
language sql immutable parallel safe
return case when to_day <= from_day then 0 else (
    (extract(year from to_day) - extract(year from from_day)) * 12 + extract(month from to_day) - extract(month from from_day)
    + (extract(day from from_day + 1) <> 1 and extract(day from to_day) > extract(day from from_day))::integer)::integer end;
revoke all on function shap.begun_months(date, date) from public;
grant execute on function shap.begun_months(date, date) to shap_api;

-- The end of the first cycle of a milestone that an answer of a day does not cover.
create or replace function shap.first_cycle_missed(recurrence text, last_day date, year_start date, answered_on date)
returns date
language sql immutable parallel safe
return case
    when answered_on <= shap.first_cycle_end(recurrence, last_day, year_start)
    then shap.regular_cycle_end(recurrence, last_day, year_start,
             (shap.first_cycle_end(recurrence, last_day, year_start)
              + case recurrence when 'yearly' then interval '1 month' else interval '1 day' end)::date)
    else shap.regular_cycle_end(recurrence, last_day, year_start,
             shap.regular_cycle_end(recurrence, last_day, year_start, answered_on) + 1) end;
revoke all on function shap.first_cycle_missed(text, date, date, date) from public;
grant execute on function shap.first_cycle_missed(text, date, date, date) to shap_api;

-- The day a milestone is behind since, if it is; see the table above.
create or replace function shap.behind_since(s shap.standing_row, answered_on date, year_start date) returns date
language sql immutable parallel safe
return case
    when s.class in ('complete', 'signed_off') then coalesce(s.last_day, s.new_day)
    when s.class not in ('overdue', 'no_return', 're_dated') then null
    when s.recurrence is null then least(s.last_day, s.new_day)
    when s.class = 're_dated' then s.new_day
    when s.class = 'no_return' and answered_on is null then s.due_day
    when s.class = 'no_return' then shap.first_cycle_missed(s.recurrence, s.last_day, year_start, answered_on)
    when s.status = 'not_started' and answered_on >= s.cycle_starts then s.cycle_ends
    else s.new_day end;
revoke all on function shap.behind_since(shap.standing_row, date, date) from public;
grant execute on function shap.behind_since(shap.standing_row, date, date) to shap_api;

-- A rating as it was written, as one of those given: R, A and G stand for red, amber and green; null: not understood.
create or replace function shap.rating_meant(written text, ratings text[]) returns text
language sql immutable parallel safe
return (select m.word
          from (select case w.said when 'r' then 'red' when 'a' then 'amber' when 'g' then 'green' when 'gray' then 'grey'
                                   else w.said end as word
                  from (select lower(regexp_replace(btrim(written, E' \t\n.'), '\s+', ' ', 'g')) as said) w) m
         where m.word = any (ratings || array['red', 'amber', 'green']));
revoke all on function shap.rating_meant(text, text[]) from public;
grant execute on function shap.rating_meant(text, text[]) to shap_api;

-- How many percent of its target a figure is.
create or replace function shap.percent_of_target(actual numeric, target numeric, lower_is_better boolean) returns numeric
language sql immutable parallel safe
return trunc(case when lower_is_better then case when actual < 2 * target then 200 - 100 * actual / target
                                                 when actual is not null then 0 end
                  else 100 * actual / target end, 1);
revoke all on function shap.percent_of_target(numeric, numeric, boolean) from public;
grant execute on function shap.percent_of_target(numeric, numeric, boolean) to shap_api;

-- The last day of reports that an override of a day stands in: the day before a window of the council's, in this plan or
-- another (the next year's), is opened for a period that begins after that day; at the latest the last day of the plan's
-- quarter that follows the one of its day or, while no window of the plan was opened, of its own. Quarters go on after the
-- plan's year. As at a day only windows that were opened by then count: none that is opened later changes a report of it.
-- A definer, because the window of a plan that the caller does not see ends it, too.
create or replace function shap.override_until(council bigint, plan_id bigint, day date, as_at date, link bigint) returns date
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select least(min(w.day) filter (where w.first_day > override_until.day) - 1,
                         (shap.quarter_start(own.first_day, override_until.day)
                          + case when bool_or(w.plan_id = own.id) then interval '6 months' else interval '3 months' end)::date - 1)
              from shap.plan own
              join shap.plan p on p.council_id = own.council_id
              left join shap.windows(council, p.id, override_until.as_at, override_until.link) w on true
             where own.council_id = council and own.id = override_until.plan_id
             group by own.first_day);
end
$$;
revoke all on function shap.override_until(bigint, bigint, date, date, bigint) from public;
grant execute on function shap.override_until(bigint, bigint, date, date, bigint) to shap_api;

-- What bears on the rating of milestones besides where they stand: the return that counts, the latest figure, the override
-- in force. What was recorded on one milestone of a piece of work counts for each.
drop type if exists shap.rating_fact cascade;
create type shap.rating_fact as (
    reference text,
    return_record bigint,     -- the return that counts
    answered_on date,         -- its day
    officer text,             -- its sender's own rating, as written
    officer_reason bytea,     -- digest of its note, else of its reason
    officer_membership bigint,
    figure_record bigint,
    actual numeric,
    target numeric,
    percent numeric,
    override_record bigint,
    override text,
    override_day date,
    override_until date,
    override_reason bytea,
    override_membership bigint
);

-- Those facts, for the milestones of standing. A definer like shap.standing, and for the same reason: what the caller sees
-- is judged once, for each milestone. All of a plan is read, and tables are hashed, as there.
create or replace function shap.rating_facts(council bigint, plan_id bigint, standing shap.standing_row[], as_at date, link bigint)
returns setof shap.rating_fact
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
begin
    return query
    with work as materialized (
        select s.reference, s.reference as other from unnest(standing) s
        union
        select w.reference, w.other
          from shap.same_work_as(council, rating_facts.plan_id, rating_facts.as_at, rating_facts.link) w
    ), undone as materialized (
        select u.of_record from shap.counter_act u
         where u.council_id = council and u.plan_id = rating_facts.plan_id and u.kind in ('rating', 'figure')
           and u.day <= rating_facts.as_at and u.link <= rating_facts.link
    ), figure as (
        select distinct on (w.reference) w.reference, f.record_id, f.actual, f.target, f.lower_is_better
          from work w
          join shap.rating_figure f on f.council_id = council and f.plan_id = rating_facts.plan_id and f.reference = w.other
         where f.day <= rating_facts.as_at and f.link <= rating_facts.link and f.record_id not in (select n.of_record from undone n)
         order by w.reference, f.day desc, f.link desc, f.record_id desc
    ), override as (
        select distinct on (w.reference) w.reference, o.record_id, o.rating, o.day, o.reason_digest, o.membership_id,
               shap.override_until(council, rating_facts.plan_id, o.day, rating_facts.as_at, rating_facts.link) as until
          from work w
          join shap.rating_override o on o.council_id = council and o.plan_id = rating_facts.plan_id and o.reference = w.other
         where o.day <= rating_facts.as_at and o.link <= rating_facts.link and o.record_id not in (select n.of_record from undone n)
         order by w.reference, o.day desc, o.link desc, o.record_id desc
    )
    select s.reference, r.record_id, r.day, nullif(btrim(r.rating), ''), coalesce(r.note_digest, r.reason_digest), r.membership_id,
           f.record_id, f.actual, f.target, shap.percent_of_target(f.actual, f.target, f.lower_is_better),
           o.record_id, o.rating, o.day, o.until, o.reason_digest, o.membership_id
      from unnest(standing) s
      left join shap.word(council, rating_facts.plan_id, rating_facts.as_at, rating_facts.link) w on w.reference = s.reference
      left join shap."return" r on r.council_id = council and r.plan_id = rating_facts.plan_id and r.record_id = w.record_id
      left join figure f on f.reference = s.reference
      left join override o on o.reference = s.reference and (o.until is null or o.until >= rating_facts.as_at)
     where council = any (shap.councils())
       and (shap.sight() = 'full'
            or (shap.sight() = 'shared' and s.reference in (
                select h.reference from shap.share_in_force h
                 where h.council_id = council and h.plan_id = rating_facts.plan_id
                   and h.organisation_id = any (shap.organisations()))));
end
$$;
revoke all on function shap.rating_facts(bigint, bigint, shap.standing_row[], date, bigint) from public;
grant execute on function shap.rating_facts(bigint, bigint, shap.standing_row[], date, bigint) to shap_api;

-- A milestone measured and rated. rating: what the scheme gives; computed: what its rows give that do not ask for the
-- officer's word. Null: no row fits.
drop type if exists shap.rated_row cascade;
create type shap.rated_row as (
    place integer,
    reference text,
    standing shap.standing_row,
    fact shap.rating_fact,
    officer text,            -- the officer's rating as it is understood; null: none, or not understood
    months_behind integer,
    days_behind integer,
    rule integer,            -- the place of the row that fits
    rating text,
    mark text,
    sentence text,
    computed_rule integer,
    computed text,
    computed_mark text,
    computed_sentence text
);

-- The milestones of standing, rated by the rows of a scheme.
create or replace function shap.rated(council bigint, plan_id bigint, standing shap.standing_row[], rules shap.rating_rule[],
                                      as_at date, link bigint)
returns setof shap.rated_row
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    ratings constant text[] := array(select distinct r.rating from unnest(rules) r);
    year_start constant date := (select p.first_day from shap.plan p where p.council_id = council and p.id = rated.plan_id);
begin
    return query
    with fact as (
        select s, f, shap.rating_meant(f.officer, ratings) as meant,
               shap.behind_since(s, f.answered_on, year_start) as since,
               case when s.class in ('overdue', 'no_return', 're_dated') then rated.as_at else s.completed_on end as until,
               case when s.class in ('overdue', 'no_return') then 1 end as least_months,
               case when s.class in ('re_dated', 'not_yet_due', 'ongoing_answered') then 0 end as otherwise
          from unnest(standing) s
          join shap.rating_facts(council, rated.plan_id, standing, rated.as_at, rated.link) f on f.reference = s.reference
    ), measured as materialized (
        select f.*, (f.s).place, (f.s).class, coalesce((f.s).status, 'none') as status, (f.s).new_day is not null as is_re_dated,
               coalesce(greatest(f.least_months, shap.begun_months(f.since, f.until)), f.otherwise) as months,
               coalesce(case when f.until - f.since < 0 then 0 else f.until - f.since end, f.otherwise) as days,
               coalesce(f.meant, case when (f.f).officer is null then 'none' else 'other' end) as officer, (f.f).percent
          from fact f
    ), rule as materialized (
        select r.* from unnest(rules) r
    ), best as (
        select m.place, min(r.place) as rule, min(r.place) filter (where r.officer is null) as computed
          from measured m
          join rule r on (r.classes is null or m.class = any (r.classes)) and (r.statuses is null or m.status = any (r.statuses))
                     and (r.is_re_dated is null or m.is_re_dated = r.is_re_dated)
                     and (r.months_from is null or m.months >= r.months_from) and (r.months_to is null or m.months <= r.months_to)
                     and (r.days_from is null or m.days >= r.days_from) and (r.days_to is null or m.days <= r.days_to)
                     and (r.officer is null or m.officer = any (r.officer))
                     and (r.percent_from is null or m.percent >= r.percent_from)
                     and (r.percent_to is null or m.percent <= r.percent_to)
         group by m.place
    )
    select m.place, (m.s).reference, m.s, m.f, m.meant, m.months, m.days,
           a.place, a.rating, a.mark, a.sentence, c.place, c.rating, c.mark, c.sentence
      from measured m
      left join best b on b.place = m.place
      left join rule a on a.place = b.rule
      left join rule c on c.place = b.computed
     order by m.place;
end
$$;
revoke all on function shap.rated(bigint, bigint, shap.standing_row[], shap.rating_rule[], date, bigint) from public;
grant execute on function shap.rated(bigint, bigint, shap.standing_row[], shap.rating_rule[], date, bigint) to shap_api;

-- A number as people write it: "92", "92.5", "1,250", "92 %". Refuses anything else.
create or replace function shap.number_of(field text, written text) returns numeric
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    plain constant text := replace(regexp_replace(btrim(written), '\s*%$', ''), ',', '');
begin
    if plain !~ '^\d{1,12}(\.\d{1,6})?$' or plain is null then
        raise exception using errcode = 'RPC03', message = format('%s: "%s" is not a number', field, left(coalesce(written, ''), 40)),
            hint = 'Write it in digits, such as 92 or 92.5.';
    end if;
    return plain::numeric;
end
$$;
revoke all on function shap.number_of(text, text) from public;
grant execute on function shap.number_of(text, text) to shap_api;
