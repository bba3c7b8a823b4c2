-- The cycles of milestones that come round: which one was the last to close. Used by the classes and by windows.
--
-- Regular cycles end with a month: each month; May, July … March; the plan's quarters, June, September, December,
-- March; yearly, the month named, else March. They go on after the plan's year. Where a day is named (the last day
-- of its phrase: "Sept 2010 and ongoing") the first cycle ends on it, and the regular ones after it follow;
-- otherwise the first cycle is the first regular one that ends after the plan begins. The first cycle begins with
-- the plan's year, or with the month of the day named where that is earlier.

-- How many months a cycle lasts; null for what is no cycle.
create or replace function shap.cycle_months(recurrence text) returns integer
language sql immutable parallel safe
return case recurrence when 'monthly' then 1 when 'two_monthly' then 2 when 'quarterly' then 3 when 'yearly' then 12 end;
revoke all on function shap.cycle_months(text) from public;
grant execute on function shap.cycle_months(text) to shap_api;

-- The first regular end of a cycle on or after a day.
create or replace function shap.regular_cycle_end(recurrence text, last_day date, year_start date, day date) returns date
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    months constant integer := shap.cycle_months(recurrence);
    ends_with constant date := case recurrence when 'yearly' then coalesce(last_day, year_start - 1) else year_start - 1 end;
    ahead constant integer := mod(mod(extract(month from ends_with)::integer - extract(month from day)::integer, months) + months, months);
begin
    return (date_trunc('month', day::timestamp) + make_interval(months => ahead + 1) - interval '1 day')::date;
end
$$;
revoke all on function shap.regular_cycle_end(text, date, date, date) from public;
grant execute on function shap.regular_cycle_end(text, date, date, date) to shap_api;

-- The day the first cycle ends; null for what is no cycle.
create or replace function shap.first_cycle_end(recurrence text, last_day date, year_start date) returns date
language sql immutable parallel safe
return case when shap.cycle_months(recurrence) is null then null
            when last_day is not null then last_day
            else shap.regular_cycle_end(recurrence, null, year_start, year_start) end;
revoke all on function shap.first_cycle_end(text, date, date) from public;
grant execute on function shap.first_cycle_end(text, date, date) to shap_api;

-- The last cycle that ended on or before a day; nulls before the first cycle has ended, and for what is no cycle.
create or replace function shap.last_closed_cycle(recurrence text, last_day date, year_start date, as_at date,
                                                  out starts date, out ends date)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    first_end constant date := shap.first_cycle_end(recurrence, last_day, year_start);
    months constant integer := shap.cycle_months(recurrence);
    regular_end date;
begin
    if as_at < first_end or as_at is null or first_end is null then
        return;
    end if;
    regular_end := date_trunc('month', shap.regular_cycle_end(recurrence, last_day, year_start, as_at + 1)::timestamp)
                   - make_interval(months => months - 1) - interval '1 day';
    ends := case when recurrence = 'yearly' and regular_end < first_end + interval '1 month' then first_end
                 else greatest(first_end, regular_end) end;
    starts := case when ends = first_end then least(year_start, date_trunc('month', first_end::timestamp)::date)
                   else greatest(first_end + 1,
                                 (date_trunc('month', ends::timestamp) - make_interval(months => months - 1))::date) end;
end
$$;
revoke all on function shap.last_closed_cycle(text, date, date, date) from public;
grant execute on function shap.last_closed_cycle(text, date, date, date) to shap_api;

-- The days after one and up to another on which a cycle ends: those that shap.last_closed_cycle names.
create or replace function shap.cycle_ends(recurrence text, last_day date, year_start date, after date, until date)
returns setof date
language sql immutable parallel safe
begin atomic
    select d.day
      from (select shap.first_cycle_end(recurrence, last_day, year_start)
             union
            select (m.month + interval '1 month' - interval '1 day')::date
              from generate_series(date_trunc('month', after::timestamp), until::timestamp, interval '1 month') m (month)) d (day)
     where d.day > after and d.day <= until
       and (select c.ends from shap.last_closed_cycle(recurrence, last_day, year_start, d.day) c) = d.day
     order by d.day;
end;
revoke all on function shap.cycle_ends(text, date, date, date, date) from public;
grant execute on function shap.cycle_ends(text, date, date, date, date) to shap_api;
