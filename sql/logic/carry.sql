-- Carry-over: the next year's draft, started from what is open or ongoing in the plan in force, and where each of its
-- milestones comes from.
--
-- A milestone goes on unless it is complete, signed off or will not be delivered; one that is ongoing or cyclical goes on
-- unless it is signed off or complete by the plan's own text: another year may deliver what this one will not. It keeps
-- its reference and wording. Its WHEN is the phrase of the new date it was granted, while that is open; else the
-- programmed one. A phrase keeps what it was understood to mean: "by Easter" does not become next year's by being
-- carried over. But what is ongoing begins its cycles anew with the year, unless its new date is still to be met.
drop type if exists shap.rolled_row cascade;
create type shap.rolled_row as (
    milestone shap.milestone,
    class text,           -- in the plan it comes from
    is_carried boolean,
    is_ongoing boolean,
    is_granted boolean,   -- WHEN is the phrase of a new date
    "when" text,          -- as it is carried
    programmed_when text, -- as it was programmed
    first_day date,       -- what it means from now on
    last_day date,
    recurrence text
);

-- What becomes of each milestone of a plan, as at a day and as known at a link, in the year that begins on year_start.
create or replace function shap.rolled(council bigint, plan_id bigint, as_at date, link bigint, year_start date)
returns setof shap.rolled_row
language sql stable
begin atomic
    select m, s.class,
           s.class not in ('signed_off', 'complete')
               and (s.recurrence is not null or s.class <> 'will_not_be_delivered'),
           s.recurrence is not null, g.is_granted, case when g.is_granted then s.new_date else s."when" end, s."when",
           case when not g.is_granted and not a.is_anew then s.first_day end,
           case when g.is_granted then s.new_day
                when not a.is_anew then s.last_day
                when s.recurrence = 'yearly' then shap.regular_cycle_end('yearly', s.last_day, year_start, year_start) end,
           s.recurrence
      from shap.standing(council, rolled.plan_id, as_at, rolled.link) s
      join shap.milestone m on m.council_id = council and m.plan_id = rolled.plan_id and m.version = s.version
                           and m.reference = s.reference
     cross join lateral (select s.grant_record is not null and s.class in ('overdue', 're_dated') as is_granted) g
     cross join lateral (select s.recurrence is not null and s.last_day < year_start as is_anew) a
     order by s.place;
end;
grant execute on function shap.rolled(bigint, bigint, date, bigint, date) to shap_api;

-- A cell of a CSV file: quoted only where it must be.
create or replace function shap.csv_cell(cell text) returns text
language sql immutable parallel safe strict
return case when cell ~ E'[",\r\n]' then '"' || replace(cell, '"', '""') || '"' else cell end;
grant execute on function shap.csv_cell(text) to shap_api;

-- A milestone as a line of the plan's CSV file, as the client exports it.
create or replace function shap.csv_line(m shap.milestone) returns text
language sql immutable parallel safe
begin atomic
    select string_agg(shap.csv_cell(c.cell), ',' order by c.n) || E'\r\n'
      from rows from (shap.cells(m)) with ordinality c ("column", cell, n);
end;
grant execute on function shap.csv_line(shap.milestone) to shap_api;

-- The milestones that go on, as rows of the new document: numbered anew, WHEN as it is carried, the line of its file that
-- each begins on.
create or replace function shap.rolled_document(rolled shap.rolled_row[]) returns shap.milestone[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    document shap.milestone[] := '{}';
    row shap.milestone;
    r shap.rolled_row;
    line integer := 2;
begin
    foreach r in array rolled loop
        continue when not r.is_carried;
        row := r.milestone;
        row.place := cardinality(document) + 1;
        row.line := line;
        row."when" := r."when";
        document := document || row;
        line := line + regexp_count(shap.csv_line(row), E'\n');
    end loop;
    return document;
end
$$;
grant execute on function shap.rolled_document(shap.rolled_row[]) to shap_api;

-- Sends a document's rows as an import in one part, with the bytes of the CSV file they make. Returns the import's id.
-- Tables written: import_part.
create or replace function shap.import_document(council bigint, plan_code text, file_name text, document shap.milestone[],
                                                caller bigint, out import_id uuid, out sha256 bytea)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    bytes constant bytea := convert_to(
        (select E'objective_code,objective_heading,objective_title,purpose,action_no,action,milestone_no,milestone,who,when,measure\r\n'
                || string_agg(shap.csv_line(m), '' order by m.place) from unnest(document) m), 'UTF8');
    cells constant jsonb := (
        select jsonb_agg(jsonb_build_object('line', m.line) || (
                   select jsonb_object_agg(c."column", c.cell) from shap.cells(m) c) order by m.place)
          from unnest(document) m);
begin
    import_id := gen_random_uuid();
    sha256 := sha256(bytes);
    insert into shap.import_part (council_id, import_id, part, plan_code, file_name, rows, n_rows, original, digest,
                                  membership_id, received_at)
    values (council, import_document.import_id, 1, import_document.plan_code, import_document.file_name, cells,
            cardinality(document), bytes,
            sha256(sha256(convert_to(cells::text, 'UTF8')) || import_document.sha256
                   || convert_to(plan_code || '/' || file_name, 'UTF8')),
            caller, shap.clock());
end
$$;
grant execute on function shap.import_document(bigint, text, text, shap.milestone[], bigint) to shap_api;

-- Records what WHEN of each milestone of a new version means: what it meant in the plan it comes from, as at the day of
-- the roll. Tables written: when_reading.
create or replace function shap.carry_readings(rolled shap.rolled_row[], as_at date, council bigint, plan_id bigint,
                                               version integer, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    insert into shap.when_reading (council_id, plan_id, reference, version, phrase, is_understood, first_day, last_day,
                                   recurrence, is_ongoing, is_completed, completed_on, note, dates, pattern, link)
    select council, carry_readings.plan_id, (r.milestone).reference, carry_readings.version, r."when",
           r.is_granted or coalesce(w.is_understood, false), r.first_day, r.last_day, r.recurrence, r.is_ongoing,
           not r.is_granted and coalesce(w.is_completed, false), case when not r.is_granted then w.completed_on end,
           case when not r.is_granted then w.note end, case when r.is_granted then '{}' else coalesce(w.dates, '{}') end,
           'carried', carry_readings.link
      from unnest(rolled) r
      left join lateral (
           select w.is_understood, w.is_completed, w.completed_on, w.note, w.dates
             from shap.when_reading w
            where w.council_id = (r.milestone).council_id and w.plan_id = (r.milestone).plan_id
              and w.reference = (r.milestone).reference and w.phrase = r.programmed_when
              and (w.day is null or w.day <= carry_readings.as_at and not exists (
                      select from shap.counter_act u
                       where u.council_id = w.council_id and u.of_record = w.record_id and u.day <= carry_readings.as_at))
            order by w.version is null desc, w.day desc, w.version desc, w.link desc, w.record_id desc limit 1) w on true
     where r.is_carried
     order by (r.milestone).place;
end
$$;
grant execute on function shap.carry_readings(shap.rolled_row[], date, bigint, bigint, integer, bigint) to shap_api;

-- Where the milestones of a plan come from, as at a day and as known at a link (null: any): the links that were not undone
-- by then.
create or replace function shap.carries(council bigint, plan_id bigint, as_at date, link bigint) returns setof shap.carry
language sql stable
begin atomic
    select k.* from shap.carry k
     where k.council_id = council and k.plan_id = carries.plan_id
       and (carries.as_at is null or k.day <= carries.as_at) and (carries.link is null or k.link <= carries.link)
       and not exists (select from shap.counter_act u
                        where u.council_id = k.council_id and u.of_record = k.record_id
                          and (carries.as_at is null or u.day <= carries.as_at)
                          and (carries.link is null or u.link <= carries.link));
end;
grant execute on function shap.carries(bigint, bigint, date, bigint) to shap_api;

-- Links each milestone that goes on with the one it comes from, where it is not linked yet. Tables written: carry.
create or replace function shap.carry_links(rolled shap.rolled_row[], day date, council bigint, plan_id bigint,
                                            caller bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    insert into shap.carry (council_id, plan_id, reference, from_council_id, from_plan_id, from_reference, day,
                            membership_id, link)
    select council, carry_links.plan_id, (r.milestone).reference, (r.milestone).council_id, (r.milestone).plan_id,
           (r.milestone).reference, carry_links.day, caller, carry_links.link
      from unnest(rolled) r
     where r.is_carried
       and not exists (select from shap.carries(council, carry_links.plan_id, null, null) k
                        where k.from_council_id = (r.milestone).council_id and k.from_plan_id = (r.milestone).plan_id
                          and k.from_reference = (r.milestone).reference)
     order by (r.milestone).place;
end
$$;
grant execute on function shap.carry_links(shap.rolled_row[], date, bigint, bigint, bigint, bigint) to shap_api;

-- The milestones a milestone comes from, as at a day and as known at a link: plan and reference.
create or replace function shap.carried_from(council bigint, plan_id bigint, reference text, as_at date, link bigint)
returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select shap.plan_name(k.from_council_id, k.from_plan_id) || ' ' || k.from_reference
                   from shap.carries(council, carried_from.plan_id, as_at, carried_from.link) k
                  where k.reference = carried_from.reference
                  order by 1);
end
$$;
grant execute on function shap.carried_from(bigint, bigint, text, date, bigint) to shap_api;

-- The milestones a milestone goes on as, as at a day and as known at a link: plan and reference, as long as the version of
-- that plan which is in force, else the latest draft, holds them.
create or replace function shap.carried_to(council bigint, plan_id bigint, reference text, as_at date, link bigint)
returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    next record;
    known bigint;
    goes_on text[] := '{}';
begin
    for next in
        select distinct f.council_id, f.plan_id from shap.carry f
         where f.from_council_id = council and f.from_plan_id = carried_to.plan_id and f.from_reference = carried_to.reference
    loop
        known := shap.link_beside(next.council_id, council, link);
        goes_on := goes_on || array(
            select shap.plan_name(next.council_id, next.plan_id) || ' ' || k.reference
              from shap.carries(next.council_id, next.plan_id, as_at, known) k
              join shap.milestone m on m.council_id = next.council_id and m.plan_id = next.plan_id and m.reference = k.reference
                                   and m.version = shap.version_reported(next.council_id, next.plan_id, as_at, known)
             where k.from_council_id = council and k.from_plan_id = carried_to.plan_id
               and k.from_reference = carried_to.reference);
    end loop;
    return array(select unnest(goes_on) order by 1);
end
$$;
grant execute on function shap.carried_to(bigint, bigint, text, date, bigint) to shap_api;
