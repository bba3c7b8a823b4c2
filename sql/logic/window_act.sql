-- Cycles and windows: how they are named, opened, closed, and what undoes that. Whoever acts takes the council's head
-- first and looks afterwards, as in return_review.sql.

-- The cycles a council reports by, as at a day and as known at a link: its own, the latest of each name, and those that
-- every council has, unless it has one of that name. record_id is null for the latter.
create or replace function shap.cycles(council bigint, as_at date, link bigint)
returns table (name text, months integer, first_month integer, due_days integer, record_id bigint, day date,
               membership_id bigint)
language sql stable parallel safe
begin atomic
    with own as (
        select distinct on (c.name) c.*
          from shap.cycle c
         where c.council_id = council and c.day <= cycles.as_at and c.link <= cycles.link
           and not exists (select from shap.counter_act u
                            where u.council_id = council and u.of_record = c.record_id
                              and u.day <= cycles.as_at and u.link <= cycles.link)
         order by c.name, c.day desc, c.link desc, c.record_id desc
    )
    select o.name, o.months, o.first_month, o.due_days, o.record_id, o.day, o.membership_id from own o
    union all
    select b.name, b.months, b.first_month, b.due_days, null, null, null
      from shap.built_in_cycle b
     where not exists (select from own o where o.name = b.name)
     order by 1;
end;
revoke all on function shap.cycles(bigint, date, bigint) from public;
grant execute on function shap.cycles(bigint, date, bigint) to shap_api;

-- A period's name, as it is kept: "Q3", "panel-4".
create or replace function shap.window_name(cycle text, number integer) returns text
language sql immutable parallel safe
return case cycle when 'quarter' then 'Q' || number else cycle || '-' || number end;
revoke all on function shap.window_name(text, integer) from public;
grant execute on function shap.window_name(text, integer) to shap_api;

-- The cycle and number in a period's name as people type it: "Q3", "q3", "quarter 3", "panel-4". Refuses anything else.
create or replace function shap.window_named(written text, out cycle text, out number integer)
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    parts constant text[] := regexp_match(lower(btrim(written)), '^([a-z]+(?:-[a-z]+)*)[- ]*(\d{1,2})$');
begin
    if parts is null then
        raise exception using errcode = 'RPC03',
            message = case when nullif(btrim(written), '') is null then 'which window is meant?'
                           else format('"%s" is not the name of a window', left(written, 60)) end,
            hint = 'Name a quarter as Q3, a period of another cycle as panel-4; cycles are listed by: shap cycle list';
    end if;
    cycle := case parts[1] when 'q' then 'quarter' else parts[1] end;
    number := parts[2]::integer;
end
$$;
revoke all on function shap.window_named(text) from public;
grant execute on function shap.window_named(text) to shap_api;

-- The period of a plan's year that is so named, and when its returns are due: as its cycle has it today. The periods of a cycle are those that
-- end in the plan's year, numbered from 1. Refuses a cycle there is not (NOT_FOUND) and a number beyond the year's.
create or replace function shap.period_of(council bigint, plan_id bigint, written text,
    out cycle text, out number integer, out name text, out first_day date, out last_day date, out due_on date)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    meant constant record := shap.window_named(written);
    year_start constant date := (select p.first_day from shap.plan p where p.council_id = council and p.id = period_of.plan_id);
    found record;
    next_start date;
begin
    select c.* into found from shap.cycles(council, shap.today(council), shap.link_at(council, null)) c where c.name = meant.cycle;
    if found.name is null then
        raise exception using errcode = 'RPC05', message = format('there is no cycle "%s"', left(meant.cycle, 60)),
            hint = 'Cycles are listed by: shap cycle list';
    end if;
    if meant.number not between 1 and 12 / found.months then
        raise exception using errcode = 'RPC05',
            message = format('a year has %s periods of the cycle "%s", not %s', 12 / found.months, found.name, meant.number),
            hint = format('The first is %s, the last %s.', shap.window_name(found.name, 1),
                          shap.window_name(found.name, 12 / found.months));
    end if;
    next_start := year_start + make_interval(months => meant.number * found.months
        - mod(12 + extract(month from year_start)::integer - coalesce(found.first_month, extract(month from year_start)::integer),
              found.months));
    cycle := found.name;
    number := meant.number;
    name := shap.window_name(cycle, number);
    first_day := next_start - make_interval(months => found.months);
    last_day := next_start - 1;
    due_on := last_day + found.due_days;
end
$$;
revoke all on function shap.period_of(bigint, bigint, text) from public;
grant execute on function shap.period_of(bigint, bigint, text) to shap_api;

-- The window that stands of that name in a plan; no name: the open one due first, else the one of the latest period.
-- Refuses one there is not.
create or replace function shap.window_of(council bigint, plan_id bigint, written text, as_at date, link bigint)
returns shap.window_row
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    is_named constant boolean := nullif(btrim(written), '') is not null;
    name text;
    found shap.window_row;
begin
    if is_named then
        select shap.window_name(n.cycle, n.number) into name from shap.window_named(written) n;
    end if;
    select w.* into found
      from shap.windows(council, window_of.plan_id, as_at, window_of.link) w
     where not is_named or (w.name = name)
     order by w.closed_on is not null, case when w.closed_on is null then w.due_on end, w.last_day desc, w.record_id
     limit 1;
    if found.record_id is null then
        raise exception using errcode = 'RPC05',
            message = case when is_named then format('%s has no window %s', shap.plan_name(council, plan_id),
name)
                           else format('%s has no window yet', shap.plan_name(council, plan_id)) end,
            hint = 'Windows are listed by: shap window list; a coordinator opens one with: shap window open Q3';
    end if;
    return found;
end
$$;
revoke all on function shap.window_of(bigint, bigint, text, date, bigint) from public;
grant execute on function shap.window_of(bigint, bigint, text, date, bigint) to shap_api;

-- Opens a window for a period of a plan; see shap_v1.open_window. Tables written: window, link.
create or replace function shap.open_window(council bigint, plan_id bigint, written text, due_on date, day date) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    period constant record := shap.period_of(council, plan_id, written);
    due constant date := coalesce(due_on, period.due_on);
    link bigint;
    earlier record;
    record_id bigint;
begin
    day := shap.check_day(council, 'day', day);
    if day < period.first_day then
        raise exception using errcode = 'RPC03',
            message = format('day: %s begins on %s', period.name, shap.day_said(period.first_day)),
            hint = 'Open it on a day of its period, or later.';
    end if;
    if due < day or due > period.last_day + 366 then
        raise exception using errcode = 'RPC03',
            message = format('the returns of %s would be due on %s, %s', period.name, shap.day_said(due),
                             case when due < day then 'before it is opened' else 'a year after its period' end),
            hint = 'Say when they are due with: --due';
    end if;
    link := shap.take_link(council, shap.caller());
    select w.* into earlier from shap.windows(council, plan_id, 'infinity', link) w
     where w.cycle = period.cycle and w.number = period.number;
    if earlier.record_id is not null then
        raise exception using errcode = 'RPC06',
            message = format('%s opened %s on %s (record %s)', coalesce(shap.name_of(earlier.membership_id), 'somebody'),
                             period.name, shap.day_said(earlier.day), earlier.record_id),
            hint = case when earlier.closed_on is null then format('To open it anew, first: shap window withdraw %s', period.name)
                        else format('It is closed; it is opened again with: shap window reopen %s', period.name) end;
    end if;
    insert into shap."window" (council_id, plan_id, cycle, number, name, first_day, last_day, due_on, day, membership_id, link)
    values (council, plan_id, period.cycle, period.number, period.name, period.first_day, period.last_day, due, day,
            shap.caller(), link)
    returning shap."window".record_id into record_id;
    return record_id;
end
$$;
revoke all on function shap.open_window(bigint, bigint, text, date, date) from public;
grant execute on function shap.open_window(bigint, bigint, text, date, date) to shap_api;

-- Closes a window; see shap_v1.close_window. Returns the window's record. Tables written: window_close, link.
create or replace function shap.close_window(council bigint, plan_id bigint, written text, day date) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    link constant bigint := shap.take_link(council, shap.caller());
    meant constant shap.window_row := shap.window_of(council, plan_id, written, 'infinity', link);
begin
    if meant.closed_on is not null then
        raise exception using errcode = 'RPC10',
            message = format('%s closed %s on %s (record %s)', coalesce(shap.name_of(meant.closed_by), 'somebody'), meant.name,
                             shap.day_said(meant.closed_on), meant.close_record),
            hint = format('It is opened again with: shap window reopen %s', meant.name);
    end if;
    day := shap.check_day_after(council, day, meant.day, 'the opening');
    insert into shap.window_close (council_id, plan_id, window_record_id, day, membership_id, link)
    values (council, plan_id, meant.record_id, day, shap.caller(), link);
    return meant.record_id;
end
$$;
revoke all on function shap.close_window(bigint, bigint, text, date) from public;
grant execute on function shap.close_window(bigint, bigint, text, date) to shap_api;

-- Adds a cycle of the council's own; see shap_v1.add_cycle. Tables written: cycle, link.
create or replace function shap.add_cycle(council bigint, name text, months integer, first_month integer, due_days integer, day date)
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    called constant text := lower(btrim(name));
    record_id bigint;
begin
    if called is null or called !~ '^[a-z]+(-[a-z]+)*$' or length(called) > 30 or called = 'q' then
        raise exception using errcode = 'RPC03',
            message = case when coalesce(called, '') = '' then 'how is the cycle called?'
                           else format('"%s" is not the name of a cycle', left(called, 60)) end,
            hint = 'Use letters and single hyphens, at most 30, such as half-year; Q is short for quarter.';
    end if;
    if months is null or months not in (1, 2, 3, 4, 6, 12) then
        raise exception using errcode = 'RPC03',
            message = case when months is null then 'how many months has a period?'
                           else format('a year is not made of periods of %s months', months) end,
            hint = 'Say 1, 2, 3, 4, 6 or 12 with: --months';
    end if;
    if first_month not between 1 and 12 or due_days not between 0 and 366 then
        raise exception using errcode = 'RPC03',
            message = case when first_month not between 1 and 12 then format('there is no month %s', first_month)
                           else format('due %s days after the period''s end is not possible', due_days) end,
            hint = 'Months are 1 to 12, days 0 to 366.';
    end if;
    insert into shap.cycle (council_id, name, months, first_month, due_days, day, membership_id, link)
    values (council, called, months, first_month, coalesce(due_days, 14), shap.check_day(council, 'day', day), shap.caller(),
            shap.take_link(council, shap.caller()))
    returning shap.cycle.record_id into record_id;
    return record_id;
end
$$;
revoke all on function shap.add_cycle(bigint, text, integer, integer, integer, date) from public;
grant execute on function shap.add_cycle(bigint, text, integer, integer, integer, date) to shap_api;
