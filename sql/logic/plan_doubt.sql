-- Doubts: what an import could not understand or found strange. Found by one statement over a version's cells and
-- readings; raised for what is new in the version only; open as long as their cause stands and nobody settled them.

-- The cell (or cells) a doubt of a kind is about: it stands while they are as they were.
create or replace function shap.doubted_cell(kind text, m shap.milestone) returns text
language sql immutable parallel safe
return case
    when kind in ('empty_date', 'prose_date', 'date_outside_year') then m."when"
    when kind = 'complete_in_measure' then concat_ws(E'\x1f', m.measure, m."when")
    when kind = 'same_work' then concat_ws(E'\x1f', m.action, m.milestone, m.measure, m.who, m."when")
    else m.who end;
grant execute on function shap.doubted_cell(text, shap.milestone) to shap_api;

-- A day as it is said in a sentence: "31 March 2011".
create or replace function shap.day_said(day date) returns text
language sql stable parallel safe strict
return to_char(day, 'FMDD FMMonth YYYY');
grant execute on function shap.day_said(date) to shap_api;

-- What is said of a probable slip.
create or replace function shap.slip_said(token text, meant text) returns text
language sql immutable parallel safe strict
return 'The register does not hold "' || token || '"; one slip away it holds "' || meant || '".';
grant execute on function shap.slip_said(text, text) to shap_api;

-- The words of a wording that carry meaning, each once.
create or replace function shap.content_words(wording text) returns text[]
language sql immutable parallel safe strict
return array(select distinct w from regexp_split_to_table(lower(wording), '[^[:alnum:]]+') w
              where length(w) > 2 and w not in ('the', 'and', 'for', 'with', 'into', 'from', 'that', 'this', 'are',
                                                'has', 'have', 'was', 'were', 'its', 'all', 'any', 'which', 'their'));
grant execute on function shap.content_words(text) to shap_api;

-- Doubts about WHO: tokens the register does not hold (a probable slip where one letter makes them one it holds), and
-- cells that name nobody. One row for each milestone.
create or replace function shap.doubts_of_who(council bigint, plan_id bigint, version integer)
returns table (kind text, subject text, detail text, "references" text[], place integer)
language sql stable
begin atomic
    with undefined as (
        select w.reference, m.place, min(w.token) over (partition by shap.word_key(w.token)) as token
          from shap.who_current(council, doubts_of_who.plan_id, doubts_of_who.version, null) w
          join shap.milestone m on m.council_id = council and m.plan_id = doubts_of_who.plan_id
                               and m.version = doubts_of_who.version and m.reference = w.reference
         where w.code is null),
    guess as materialized (
        select t.token, shap.probable_slip(t.token, shap.known_words(council)) as meant
          from (select distinct u.token from undefined u) t)
    select case when g.meant is null then 'undefined_code' else 'probable_slip' end, u.token,
           case when g.meant is null then format('The register does not say what "%s" stands for.', u.token)
                else shap.slip_said(u.token, g.meant) end,
           array[u.reference], u.place
      from undefined u join guess g on g.token = u.token
    union all
    select 'no_owner', m.who, 'WHO names nobody.', array[m.reference], m.place
      from shap.milestone m
     where m.council_id = council and m.plan_id = doubts_of_who.plan_id and m.version = doubts_of_who.version
       and not exists (select from shap.who_reading w
                        where w.council_id = m.council_id and w.plan_id = m.plan_id and w.version = m.version
                          and w.reference = m.reference);
end;
grant execute on function shap.doubts_of_who(bigint, bigint, integer) to shap_api;

-- Doubts about WHEN: empty, not understood (with the days that stand in it), outside the plan's year; and those where
-- the measure says that the work is done and WHEN does not. One row for each milestone.
create or replace function shap.doubts_of_when(council bigint, plan_id bigint, version integer)
returns table (kind text, subject text, detail text, "references" text[], place integer)
language sql stable
begin atomic
    with read as (
        select m.reference, m.place, m."when", m.measure, r.is_understood, r.is_completed, r.dates,
               l.first_day as year_first, l.last_day as year_last,
               case when r.is_completed and r.completed_on is not null then 'Completed' else 'Due' end as word,
               case when r.is_completed then coalesce(r.completed_on, r.last_day) else r.last_day end as day
          from shap.milestone m
          join shap.plan l on l.council_id = m.council_id and l.id = m.plan_id
          join shap.when_reading r on r.council_id = m.council_id and r.plan_id = m.plan_id
                                  and r.reference = m.reference and r.version = m.version
         where m.council_id = council and m.plan_id = doubts_of_when.plan_id
           and m.version = doubts_of_when.version)
    select 'empty_date', r."when", 'WHEN is empty.', array[r.reference], r.place
      from read r where r."when" !~ '\S'
    union all
    select 'prose_date', r."when",
           'WHEN is not understood as a date; '
           || case cardinality(r.dates)
                  when 0 then 'no day stands in it.'
                  else 'in it stands: ' || (select string_agg(shap.day_said(d.day), ', ' order by d.n)
                                              from unnest(r.dates) with ordinality d (day, n)) || '.' end,
           array[r.reference], r.place
      from read r where r."when" ~ '\S' and not r.is_understood
    union all
    select 'date_outside_year', r."when",
           format('%s on %s, %s the plan''s year %s on %s.', r.word, shap.day_said(r.day),
                  case when r.day < r.year_first then 'before' else 'after' end,
                  case when r.day < r.year_first then 'begins' else 'ends' end,
                  shap.day_said(case when r.day < r.year_first then r.year_first else r.year_last end)),
           array[r.reference], r.place
      from read r where r.is_understood and r.day not between r.year_first and r.year_last
    union all
    select 'complete_in_measure', r."when", 'The measure of success says that it is complete; WHEN does not.',
           array[r.reference], r.place
      from read r
     where not r.is_completed
       and r.measure ~* '(^|[.;:!?–-])\s*completed?\s*($|[.;:,!?]|but\M|in\M|on\M|by\M|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\M)';
end;
grant execute on function shap.doubts_of_when(bigint, bigint, integer) to shap_api;

-- Milestones of different objectives that seem to be the same work: the same wording as an earlier milestone, under the
-- same action or in the same hands; or, due on one day and in a common hand, a step and another's measure of success
-- that share three quarters of their words (looked for in plans of up to 2,000 milestones: every pair is compared).
create or replace function shap.doubts_of_work(council bigint, plan_id bigint, version integer)
returns table (kind text, subject text, detail text, "references" text[], place integer)
language sql stable
begin atomic
    with work as materialized (
        select m.reference, m.place, m.objective, shap.word_key(m.milestone) as milestone,
               shap.word_key(m.action) as action, shap.word_key(m.who) as who, r.last_day,
               shap.content_words(m.milestone) as words, shap.content_words(m.measure) as measure_words,
               h.tokens as hands
          from shap.milestone m
          join shap.when_reading r on r.council_id = m.council_id and r.plan_id = m.plan_id
                                  and r.reference = m.reference and r.version = m.version
          left join (select w.reference, array_agg(w.token) as tokens from shap.who_reading w
                      where w.council_id = council and w.plan_id = doubts_of_work.plan_id
                        and w.version = doubts_of_work.version
                      group by w.reference) h on h.reference = m.reference
         where m.council_id = council and m.plan_id = doubts_of_work.plan_id and m.version = doubts_of_work.version),
    step as (
        select w.*, first_value(w.place) over same_action as by_action, first_value(w.place) over same_hands as by_hands
          from work w where w.milestone <> ''
        window same_action as (partition by w.milestone, w.action order by w.place),
               same_hands as (partition by w.milestone, w.who order by w.place)),
    pair as (
        select a.reference as one, b.reference as other, a.place, 'in the same words' as how
          from step b
         cross join lateral (values (b.by_action), (case when b.who <> '' then b.by_hands end)) f (place)
          join work a on a.place = f.place
         where a.objective <> b.objective
        union
        select case when a.place < b.place then a.reference else b.reference end,
               case when a.place < b.place then b.reference else a.reference end,
               least(a.place, b.place), 'by what the one does and the other is measured by'
          from work a
          join work b on b.last_day = a.last_day and b.objective <> a.objective and b.hands && a.hands
         where (select count(*) from work) <= 2000
           and cardinality(a.words) between 3 and 4 * cardinality(b.measure_words) / 3
           and cardinality(b.measure_words) <= 4 * cardinality(a.words) / 3
           and 4 * (select count(*) from unnest(a.words) w where w = any (b.measure_words))
               >= 3 * greatest(cardinality(a.words), cardinality(b.measure_words), 4))
    select distinct on (p.place, p.other) 'same_work', p.other,
           format('%s and %s seem to be the same work, %s.', p.one, p.other, p.how), array[p.one, p.other], p.place
      from pair p order by p.place, p.other, p.how desc;
end;
grant execute on function shap.doubts_of_work(bigint, bigint, integer) to shap_api;

-- Raises the doubts that are new in a version, or only those about WHO: not raised before about the same cell (for an
-- undefined code: about the same code of the same milestone). One doubt names all milestones of a code.
-- Tables written: doubt.
create or replace function shap.raise_doubts(council bigint, plan_id bigint, version integer, only_who boolean,
                                             link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
#variable_conflict use_column
begin
    with found as (
        select * from shap.doubts_of_who(council, raise_doubts.plan_id, raise_doubts.version)
        union all select * from shap.doubts_of_when(council, raise_doubts.plan_id, raise_doubts.version)
                   where not only_who
        union all select * from shap.doubts_of_work(council, raise_doubts.plan_id, raise_doubts.version)
                   where not only_who),
    raised as (
        select distinct shap.word_key(d.subject) as key, r.reference
          from shap.doubt d cross join lateral unnest(d."references") r (reference)
         where d.council_id = council and d.plan_id = raise_doubts.plan_id
           and d.kind in ('undefined_code', 'probable_slip')),
    fresh as (
        select f.*, true as is_code from found f
         where f.kind in ('undefined_code', 'probable_slip')
           and not exists (select from raised r where r.key = shap.word_key(f.subject)
                                                  and r.reference = f."references"[1])
        union all
        select f.*, false from found f
         where f.kind not in ('undefined_code', 'probable_slip')
           and not exists (
               select from shap.doubt d
                where d.council_id = council and d.plan_id = raise_doubts.plan_id
                  and d.kind = f.kind and d."references" = f."references"
                  and shap.doubt_stands(council, raise_doubts.plan_id, d.kind, d."references", d.version,
                                        raise_doubts.version)))
    insert into shap.doubt (council_id, plan_id, version, kind, subject, detail, "references", link)
    select council, raise_doubts.plan_id, raise_doubts.version, g.kind, g.subject, g.detail, g."references",
           raise_doubts.link
      from (select f.kind, f.subject, min(f.detail) as detail, min(f.place) as place,
                   array_agg(r.reference order by f.place, r.n) as "references"
              from fresh f cross join lateral unnest(f."references") with ordinality r (reference, n)
             group by f.kind, f.subject, case when not f.is_code then f."references" end) g
     order by g.place, g.kind, g.subject collate "C";
end
$$;
grant execute on function shap.raise_doubts(bigint, bigint, integer, boolean, bigint) to shap_api;

-- Raises doubts about what was read again within a link and is undefined. Tables written: doubt.
create or replace function shap.doubt_reread(council bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.raise_doubts(council, r.plan_id, r.version, true, doubt_reread.link)
       from (select w.plan_id, max(w.version) as version
               from shap.who_reading w
              where w.council_id = council and w.link = doubt_reread.link and w.code is null and w.replaces is not null
              group by w.plan_id) r;
end
$$;
grant execute on function shap.doubt_reread(bigint, bigint) to shap_api;

-- Whether the cells a doubt was raised about in one version stand as they were in another.
create or replace function shap.doubt_stands(council bigint, plan_id bigint, kind text, "references" text[],
                                             raised_in integer, now_in integer) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return cardinality("references") = (
        select count(*)
          from shap.milestone a
          join shap.milestone b on b.council_id = a.council_id and b.plan_id = a.plan_id and b.version = now_in
                               and b.reference = a.reference
         where a.council_id = council and a.plan_id = doubt_stands.plan_id and a.version = raised_in
           and a.reference = any (doubt_stands."references")
           and shap.doubted_cell(doubt_stands.kind, a) = shap.doubted_cell(doubt_stands.kind, b));
end
$$;
grant execute on function shap.doubt_stands(bigint, bigint, text, text[], integer, integer) to shap_api;

drop function if exists shap.settlement_at(bigint, bigint, bigint), shap.doubts(bigint, bigint, bigint) cascade;
-- How a doubt is settled as known at a link (null: now) and as at a day (null: any); of a settlement that was undone by
-- then only the day it was.
create or replace function shap.settlement_at(council bigint, doubt bigint, link bigint, as_at date)
returns table (settled_on date, last_day date, code text, same_work_record_id bigint, reason_digest bytea, reopened_on date)
language sql stable parallel safe
begin atomic
    select case when u.day is null then s.day end, case when u.day is null then s.last_day end,
           case when u.day is null then s.code end, case when u.day is null then s.same_work_record_id end,
           case when u.day is null then s.reason_digest end, u.day
      from shap.doubt_settlement s
      left join shap.counter_act u on u.council_id = s.council_id and u.of_record = s.record_id
                                  and (settlement_at.link is null or u.link <= settlement_at.link)
                                  and (settlement_at.as_at is null or u.day <= settlement_at.as_at)
     where s.council_id = council and s.doubt_id = settlement_at.doubt
       and (settlement_at.link is null or s.link <= settlement_at.link)
       and (settlement_at.as_at is null or s.day <= settlement_at.as_at)
     order by s.link desc, s.record_id desc limit 1;
end;
grant execute on function shap.settlement_at(bigint, bigint, bigint, date) to shap_api;

-- The doubts of a plan, each with the milestones it still stands for in the version in force or in the latest (a draft
-- beside it), and how it was settled. A doubt about a code stands where the token is still undefined. Settled by nobody and
-- standing nowhere, it was resolved by the document or the register. As known at a link (null: now) and as at a day (null:
-- any); reopened_on: the day its last settlement was undone.
create or replace function shap.doubts(council bigint, plan_id bigint, link bigint, as_at date default null)
returns table (doubt_id bigint, version integer, kind text, subject text, detail text, "references" text[],
               standing text[], settled_on date, last_day date, code text, same_work_record_id bigint, reason text,
               reopened_on date)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    shown constant integer[] := array[shap.version_in_force(council, doubts.plan_id, doubts.as_at, doubts.link),
                                      shap.latest_version(council, doubts.plan_id, doubts.link)];
begin
    return query
    with undefined as materialized (
        select distinct shap.word_key(w.token) as key, w.reference
          from unnest(shown) v (version)
         cross join lateral shap.who_current(council, doubts.plan_id, v.version, doubts.link) w where w.code is null),
    of_code as materialized (
        select d.record_id, array_agg(r.reference order by r.n) as standing
          from shap.doubt d
         cross join lateral unnest(d."references") with ordinality r (reference, n)
          join undefined u on u.key = shap.word_key(d.subject) and u.reference = r.reference
         where d.council_id = council and d.plan_id = doubts.plan_id
           and d.kind in ('undefined_code', 'probable_slip')
         group by d.record_id)
    select d.record_id, d.version, d.kind, d.subject, d.detail, d."references",
           case when d.kind in ('undefined_code', 'probable_slip') then coalesce(c.standing, '{}')
                when d.version = any (shown)
                     or exists (select from unnest(shown) v (version)
                                 where shap.doubt_stands(council, doubts.plan_id, d.kind, d."references", d.version, v.version))
                then d."references" else '{}' end,
           s.settled_on, s.last_day, s.code, s.same_work_record_id,
           case when s.reason_digest is not null then shap.text_of(council, s.reason_digest) end, s.reopened_on
      from shap.doubt d
      left join of_code c on c.record_id = d.record_id
      left join lateral shap.settlement_at(d.council_id, d.record_id, doubts.link, doubts.as_at) s on true
     where d.council_id = council and d.plan_id = doubts.plan_id and (doubts.link is null or d.link <= doubts.link)
     order by d.record_id;
end
$$;
grant execute on function shap.doubts(bigint, bigint, bigint, date) to shap_api;

-- The day a doubt that nobody settled was resolved, as known at a link (null: now): that of the last version, or of the
-- last reading of its WHO.
create or replace function shap.resolved_on(council bigint, plan_id bigint, "references" text[], link bigint) returns date
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select (l.recorded_at at time zone c.zone)::date
              from shap.link l join shap.council c on c.id = l.council_id
             where l.council_id = council and l.number = greatest(
                 (select max(v.link) from shap.plan_version v
                   where v.council_id = council and v.plan_id = resolved_on.plan_id
                     and (resolved_on.link is null or v.link <= resolved_on.link)),
                 (select max(w.link) from shap.who_reading w
                   where w.council_id = council and w.plan_id = resolved_on.plan_id
                     and w.reference = any (resolved_on."references")
                     and (resolved_on.link is null or w.link <= resolved_on.link))));
end
$$;
grant execute on function shap.resolved_on(bigint, bigint, text[], bigint) to shap_api;

-- How many doubts of a plan are open.
create or replace function shap.doubts_open(council bigint, plan_id bigint) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select count(*) from shap.doubts(council, doubts_open.plan_id, null) d
             where d.settled_on is null and cardinality(d.standing) > 0);
end
$$;
grant execute on function shap.doubts_open(bigint, bigint) to shap_api;
