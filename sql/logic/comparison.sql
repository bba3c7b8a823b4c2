-- What is compared: where milestones stood as at two days, and councils with one another.

-- The link a day of a plan is compared as known at: that of the close of the window of the period that ends on it or, where
-- there is none, the link given, which nothing goes beyond.
create or replace function shap.closed_link(council bigint, plan_id bigint, day date, link bigint) returns bigint
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce(shap.window_closed_link(council, plan_id, day, link), link);
end
$$;
grant execute on function shap.closed_link(bigint, bigint, date, bigint) to shap_api;

-- A part of a whole as it is printed, the percentage with its fraction: "17% (12 of 71)"; of nothing "0 of 0".
create or replace function shap.fraction(part bigint, whole bigint) returns text
language sql immutable parallel safe
return case when whole = 0 then '0 of 0' else format('%s%% (%s of %s)', shap.percent_of(part, whole, 0), part, whole) end;
grant execute on function shap.fraction(bigint, bigint) to shap_api;

-- A milestone in two standings (a row of nulls: it is not in that one), and what happened to it in between.
drop type if exists shap.move_row cascade;
create type shap.move_row as (
    place integer,
    reference text,
    before shap.standing_row,
    after shap.standing_row,
    lists text[] -- see shap.move_lists
);

-- In which lists of the movement a milestone stands that is in both standings.
--   newly_due            its programmed day (of what recurs, the end of its first cycle) came
--   completed            it is complete or signed off, and was neither
--   signed_off           it was signed off
--   re_dated             it was granted a new date, the first or another
--   became_overdue       it is overdue and was not
--   undeliverable        it will not be delivered, and was not so before
--   answered             nothing that counts was said of it (of its cycle), now something is
--   fell_silent          it is without a return and was not
--   reopened             it was complete or signed off, and is neither
--   new_exceptions, no_longer_exceptions
create or replace function shap.move_lists(b shap.standing_row, a shap.standing_row, from_day date, as_at date) returns text[]
language sql immutable parallel safe
return array_remove(array[
    case when a.due_day <= as_at and not coalesce(b.due_day <= from_day, false) then 'newly_due' end,
    case when a.class in ('complete', 'signed_off') and b.class not in ('complete', 'signed_off') then 'completed' end,
    case when a.class = 'signed_off' and b.class <> 'signed_off' then 'signed_off' end,
    case when a.grant_record is not null and a.grant_record is distinct from b.grant_record then 're_dated' end,
    case when a.class = 'overdue' and b.class <> 'overdue' then 'became_overdue' end,
    case when a.class = 'will_not_be_delivered' and b.class <> 'will_not_be_delivered' then 'undeliverable' end,
    case when a.class = 'ongoing_answered' and b.class <> 'ongoing_answered'
           or a.said_record is not null and a.said_record is distinct from b.said_record
              and (b.status is null or b.class = 'no_return') and a.class <> 'no_return' then 'answered' end,
    case when a.class = 'no_return' and b.class <> 'no_return' then 'fell_silent' end,
    case when b.class in ('complete', 'signed_off') and a.class not in ('complete', 'signed_off') then 'reopened' end,
    case when shap.is_exception(a) and not shap.is_exception(b) then 'new_exceptions' end,
    case when shap.is_exception(b) and not shap.is_exception(a) then 'no_longer_exceptions' end], null);
grant execute on function shap.move_lists(shap.standing_row, shap.standing_row, date, date) to shap_api;

-- The milestones of two standings, in the order of the later plan, those that were removed where they stood.
create or replace function shap.moves(before shap.standing_row[], after shap.standing_row[], from_day date, as_at date)
returns setof shap.move_row
language sql immutable parallel safe
begin atomic
    select coalesce(a.place, b.place), coalesce(a.reference, b.reference), b, a,
           case when b.reference is null then '{added}' when a.reference is null then '{removed}'
                else shap.move_lists(b, a, from_day, as_at) end
      from unnest(after) a full join unnest(before) b on b.reference = a.reference
     order by 1, a.reference is null, 2;
end;
grant execute on function shap.moves(shap.standing_row[], shap.standing_row[], date, date) to shap_api;
