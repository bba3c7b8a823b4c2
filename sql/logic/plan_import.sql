-- A document on its way in: parts are kept as they arrive, checked when all are there, and made a version.

-- The cells of a version that are compared and given back, as (column, cell) in the order of the document's columns.
create or replace function shap.cells(m shap.milestone) returns table ("column" text, cell text)
language sql immutable parallel safe
begin atomic
    values ('objective_code', m.objective_code), ('objective_heading', m.objective_heading),
           ('objective_title', m.objective_title), ('purpose', m.purpose), ('action_no', m.action_no_written),
           ('action', m.action), ('milestone_no', m.milestone_no_written), ('milestone', m.milestone),
           ('who', m.who), ('when', m."when"), ('measure', m.measure);
end;
grant execute on function shap.cells(shap.milestone) to shap_api;

-- A number as documents write it ("2", "02", "2."); null when it is none from 1 to 9999.
create or replace function shap.row_number_of(written text) returns integer
language sql immutable parallel safe strict
return substring(written from '^\s*0*([1-9]\d{0,3})\s*[.)]?\s*$')::integer;
grant execute on function shap.row_number_of(text) to shap_api;

-- The rows of an import as milestones of a version (council, plan and version as given), in the order of the
-- document. objective, action_no and milestone_no are null where they cannot be read; nothing is checked.
create or replace function shap.import_rows(council bigint, import uuid, plan_id bigint, version integer)
returns setof shap.milestone
language sql stable
begin atomic
    select council, import_rows.plan_id, import_rows.version,
           (row_number() over (order by r.part, r.n))::integer,
           coalesce(r.line, (row_number() over (order by r.part, r.n))::integer + 1),
           r.objective || '/' || r.action_number || '/' || r.milestone_number,
           r.objective, r.action_number, r.milestone_number,
           coalesce(r.objective_code, ''), coalesce(r.objective_heading, ''), coalesce(r.objective_title, ''),
           coalesce(r.purpose, ''), coalesce(r.action_no, ''), coalesce(r.action, ''), coalesce(r.milestone_no, ''),
           coalesce(r.milestone, ''), coalesce(r.who, ''), coalesce(r."when", ''), coalesce(r.measure, '')
      from (select p.part, c.*,
                   coalesce(nullif(shap.normal_code(c.objective_code), ''),
                            shap.code_in_heading(c.objective_heading)) as objective,
                   shap.row_number_of(c.action_no) as action_number,
                   shap.row_number_of(c.milestone_no) as milestone_number
              from shap.import_part p
             cross join lateral rows from (jsonb_to_recordset(p.rows) as (
                       line integer, objective_code text, objective_heading text, objective_title text, purpose text,
                       action_no text, action text, milestone_no text, milestone text, who text, "when" text,
                       measure text)) with ordinality as c (
                       line, objective_code, objective_heading, objective_title, purpose, action_no, action,
                       milestone_no, milestone, who, "when", measure, n)
             where p.council_id = council and p.import_id = import) r;
end;
grant execute on function shap.import_rows(bigint, uuid, bigint, integer) to shap_api;

-- What is wrong with the rows of an import, in the order of the document: line, column, and what is wrong there.
create or replace function shap.import_errors(council bigint, import uuid)
returns table (line integer, "column" text, wrong text)
language sql stable
begin atomic
    with line as (
        select r as m, r.place, r.line,
               first_value(r.line) over (partition by r.objective, r.action_no, r.milestone_no order by r.place) as first_line
          from shap.import_rows(council, import, null, null) r),
    wrong as (
        select l.place, l.line, w.n, w."column", w.wrong
          from line l cross join lateral (values
              (1, 'objective_code', case
                  when (l.m).objective is null
                      then format('it is empty, and the heading "%s" begins with no code', left((l.m).objective_heading, 40))
                  when (l.m).objective !~ '^[^/]{1,40}$'
                      then format('"%s" is not a code: at most 40 characters, no "/"', left((l.m).objective_code, 60)) end),
              (2, 'action_no', case when (l.m).action_no is null
                  then format('"%s" is not a number from 1 to 9999', left((l.m).action_no_written, 40)) end),
              (3, 'action', case when btrim((l.m).action) = '' then 'it is empty' end),
              (4, 'milestone_no', case when (l.m).milestone_no is null
                  then format('"%s" is not a number from 1 to 9999', left((l.m).milestone_no_written, 40)) end),
              (5, 'milestone', case when btrim((l.m).milestone) = '' then 'it is empty' end),
              (6, 'milestone_no', case when l.first_line <> l.line and (l.m).reference is not null
                  then format('%s stands on line %s already', (l.m).reference, l.first_line) end)
              ) as w (n, "column", wrong)
         where w.wrong is not null
        union all
        select l.place, l.line, 7, c."column",
               format('%s characters; at most 10,000 are kept', length(c.cell))
          from line l cross join lateral shap.cells(l.m) c
         where length(c.cell) > 10000)
    select w.line, w."column", w.wrong from wrong w order by w.place, w.n, w."column" collate "C";
end;
grant execute on function shap.import_errors(bigint, uuid) to shap_api;

-- Refuses an import that is not whole: parts missing or of several documents, too many rows or none.
-- Returns the plan's code and the file's name.
create or replace function shap.check_import_parts(council bigint, import uuid, parts integer,
    out plan_code text, out file_name text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    got record;
    missing integer;
begin
    select count(*) as n, max(p.part) as last, sum(p.n_rows) as n_rows, min(p.plan_code) as plan_code,
           min(p.file_name) as file_name,
           count(distinct p.plan_code) > 1 or count(distinct p.file_name) > 1 as is_mixed
      into got from shap.import_part p where p.council_id = council and p.import_id = import;
    if got.n = 0 then
        raise exception using errcode = 'RPC05', message = 'nothing has arrived under this import''s id',
            hint = 'Send the parts first.';
    end if;
    if parts is null or parts < 1 or got.last > parts then
        raise exception using errcode = 'RPC03',
            message = format('%s parts were announced, but part %s has arrived', coalesce(parts, 0), got.last),
            hint = 'Import the file again.';
    end if;
    if got.n < parts then
        select min(i) into missing from generate_series(1, got.n::integer + 1) i
         where not exists (select from shap.import_part p
                            where p.council_id = council and p.import_id = import and p.part = i);
        raise exception using errcode = 'RPC09',
            message = format('part %s of %s has not arrived', missing, parts), hint = 'Send it, then finish again.';
    end if;
    if got.is_mixed then
        raise exception using errcode = 'RPC03', message = 'the parts are of several files or years',
            hint = 'Import each file under an id of its own.';
    end if;
    if got.n_rows = 0 or got.n_rows > 20000 then
        raise exception using errcode = 'RPC03',
            message = case when got.n_rows = 0 then 'the file has no rows'
                           else format('the file has %s rows; at most 20,000 are kept', got.n_rows) end,
            hint = 'A row is one milestone, under the heading line.';
    end if;
    plan_code := got.plan_code;
    file_name := got.file_name;
end
$$;
grant execute on function shap.check_import_parts(bigint, uuid, integer) to shap_api;

-- Refuses rows that cannot be a plan, naming up to twenty cells.
create or replace function shap.check_import_rows(council bigint, import uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    wrong record;
begin
    select count(*) as n, string_agg(format('line %s, %s: %s', e.line, e."column", e.wrong), E'\n' order by e.n)
                              filter (where e.n <= 20) as shown,
           (select min(p.file_name) from shap.import_part p where p.council_id = council and p.import_id = import)
               as file_name
      into wrong
      from (select i.*, row_number() over () as n from shap.import_errors(council, import) i) e;
    if wrong.n > 0 then
        raise exception using errcode = 'RPC03',
            message = format(E'%s cannot be a plan. Correct these cells and import it again; nothing was kept:\n%s%s',
                             wrong.file_name, wrong.shown,
                             case when wrong.n > 20 then format(E'\nand %s more', wrong.n - 20) end);
    end if;
end
$$;
grant execute on function shap.check_import_rows(bigint, uuid) to shap_api;

-- Refuses an import whose bytes did not arrive as they were sent.
create or replace function shap.check_import_bytes(council bigint, import uuid, sha256 bytea) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if length(check_import_bytes.sha256) is distinct from 32 then
        raise exception using errcode = 'RPC03', message = 'sha256 is not a SHA-256 of 32 bytes',
            hint = 'Send the SHA-256 of the whole file.';
    end if;
    if check_import_bytes.sha256 <> (select sha256(string_agg(p.original, '' order by p.part)) from shap.import_part p
                                      where p.council_id = council and p.import_id = import) then
        raise exception using errcode = 'RPC03', message = 'the file did not arrive as it was sent: its SHA-256 differs',
            hint = 'Import the file again.';
    end if;
end
$$;
grant execute on function shap.check_import_bytes(bigint, uuid, bytea) to shap_api;

-- The plan of a council and year, made when it is new: April to March. Tables written: plan.
create or replace function shap.plan_for(council bigint, code text, link bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    found_id bigint;
    first_day constant date := make_date(left(plan_for.code, 4)::integer, 4, 1);
begin
    select p.id into found_id from shap.plan p where p.council_id = council and p.code = plan_for.code;
    if found_id is null then
        insert into shap.plan (council_id, code, first_day, last_day, link)
        values (council, plan_for.code, first_day, (first_day + interval '1 year' - interval '1 day')::date,
                plan_for.link)
        returning id into found_id;
    end if;
    return found_id;
end
$$;
grant execute on function shap.plan_for(bigint, text, bigint) to shap_api;

-- Keeps the rows of an import that was checked as the next version of a plan; what they mean is not read yet. Returns its
-- number. Tables written: plan_version, milestone.
create or replace function shap.keep_version(council bigint, plan_id bigint, import uuid, file_name text, sha256 bytea,
                                             caller bigint, link bigint) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    made constant integer := coalesce(shap.latest_version(council, keep_version.plan_id), 0) + 1;
begin
    insert into shap.plan_version (council_id, plan_id, version, import_id, file_name, sha256, n_objectives, n_actions,
                                   n_milestones, membership_id, link)
    select council, keep_version.plan_id, made, import, keep_version.file_name, keep_version.sha256,
           count(distinct r.objective), count(distinct (r.objective, r.action_no)), count(*), caller,
           keep_version.link
      from shap.import_rows(council, import, null, null) r;
    insert into shap.milestone select * from shap.import_rows(council, import, keep_version.plan_id, made);
    return made;
end
$$;
grant execute on function shap.keep_version(bigint, bigint, uuid, text, bytea, bigint, bigint) to shap_api;

-- Reads a version that was kept: WHEN and WHO, where they have no reading in it yet, and raises the doubts.
-- Tables written: when_reading, who_reading, doubt.
create or replace function shap.read_version(council bigint, plan_id bigint, version integer, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.read_whens(council, read_version.plan_id, read_version.version, read_version.link);
    perform shap.read_whos(council, read_version.plan_id, read_version.version, read_version.link);
    perform shap.raise_doubts(council, read_version.plan_id, read_version.version, false, read_version.link);
end
$$;
grant execute on function shap.read_version(bigint, bigint, integer, bigint) to shap_api;

-- Makes the next version of a plan out of an import that was checked: its milestones, the readings of WHEN and WHO,
-- the doubts. Returns its number. Tables written: plan_version, milestone, when_reading, who_reading, doubt.
create or replace function shap.make_version(council bigint, plan_id bigint, import uuid, file_name text, sha256 bytea,
                                             caller bigint, link bigint) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    made constant integer := shap.keep_version(council, make_version.plan_id, import, file_name, sha256, caller, link);
begin
    perform shap.read_version(council, make_version.plan_id, made, link);
    return made;
end
$$;
grant execute on function shap.make_version(bigint, bigint, uuid, text, bytea, bigint, bigint) to shap_api;
