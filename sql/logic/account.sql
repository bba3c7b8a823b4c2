-- What a report says over the standing of all milestones: which are exceptions, which sentences about them are true,
-- how the silent ones are grouped. Everything here works on the rows of shap.standing, held once as an array.

-- Whether a milestone is an exception: what will not be delivered is one until the panel has noted it.
create or replace function shap.is_exception(s shap.standing_row) returns boolean
language sql immutable parallel safe
return s.class in ('overdue', 're_dated') or s.class = 'will_not_be_delivered' and not s.is_noted;
grant execute on function shap.is_exception(shap.standing_row) to shap_api;

-- The first day of the quarter a day falls in, by the quarters of the year that begins on year_start.
create or replace function shap.quarter_start(year_start date, day date) returns date
language sql immutable parallel safe
return (year_start + make_interval(months => 3 * floor(
            ((extract(year from day) - extract(year from year_start)) * 12
             + extract(month from day) - extract(month from year_start)) / 3)::integer))::date;
grant execute on function shap.quarter_start(date, date) to shap_api;

-- Which quarter of a plan's year a day closes, 1 to 4; null when it is no quarter's last day.
create or replace function shap.quarter_closed(year_start date, day date) returns integer
language sql immutable parallel safe
return case when day > year_start and day < year_start + interval '1 year'
                 and shap.quarter_start(year_start, day + 1) = day + 1
            then shap.whole_months(year_start, day + 1) / 3 end;
grant execute on function shap.quarter_closed(date, date) to shap_api;

-- The group a milestone stands in where the account names those without a return, those without a day, and what is settled
-- for good. Null: in none.
create or replace function shap.account_group(s shap.standing_row, year_start date, as_at date) returns text
language sql immutable parallel safe
return case s.class
    when 'undated' then case when s."when" !~ '\S' then 'empty' else 'prose' end
    when 'no_return' then
        case when s.recurrence is not null then 'cycles'
             when s.last_day < year_start then 'before_plan_year'
             when s.last_day < shap.quarter_start(year_start, as_at) then 'earlier_quarters'
             else 'this_quarter' end
    when 'will_not_be_delivered' then case when s.is_noted then 'noted' end
    when 'signed_off' then case when s.is_changed_since then 'changed_since' end
end;
grant execute on function shap.account_group(shap.standing_row, date, date) to shap_api;

-- The sentences members are told about the exceptions listed, judged: of how many each is true, and of which not.
--   deliver_within_year  it has a new date in the plan's year, and is not undeliverable
--   have_new_date        it has a new date
--   failed_timetable     it was due: by the plan's own date, or by the date granted
create or replace function shap.claims(standing shap.standing_row[], year_end date, as_at date)
returns table (place integer, name text, satisfied integer, total integer, exceptions text[])
language sql immutable parallel safe
begin atomic
    select c.place, c.name, count(*) filter (where c.is_true)::integer, count(c.reference)::integer,
           coalesce(array_agg(c.reference order by c.milestone_place) filter (where not c.is_true), '{}')
      from (values (1, 'deliver_within_year'), (2, 'have_new_date'), (3, 'failed_timetable')) n (place, name)
      left join lateral (
           select s.reference, s.place as milestone_place,
                  coalesce(case n.name
                      when 'deliver_within_year' then s.new_day <= year_end and s.class <> 'will_not_be_delivered'
                      when 'have_new_date' then s.new_day is not null
                      when 'failed_timetable' then s.class = 'overdue' or s.due_day <= as_at
                  end, false) as is_true
             from unnest(standing) s where shap.is_exception(s)) e on true
     cross join lateral (select n.place, n.name, e.reference, e.milestone_place, e.is_true) c
     group by c.place, c.name
     order by c.place;
end;
grant execute on function shap.claims(shap.standing_row[], date, date) to shap_api;
