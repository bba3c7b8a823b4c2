-- What is outstanding: what bodies owe, as the windows that are open ask and, of a plan without one, because it is due
-- and they said nothing. Everything here is read as at a day and as known at a link.

drop type if exists shap.owed_row cascade;
create type shap.owed_row as (
    place integer,
    reference text,
    organisation_id bigint,
    organisation text,
    kind text,             -- return, sent_back
    due_day date,
    "window" text,
    due_on date,
    return_record bigint,  -- that was sent back
    answered_by text[]
);

-- The windows that are open on a day; a plan without one is asked as if one were that ended on the day.
create or replace function shap.windows_asking(council bigint, plan_id bigint, as_at date, link bigint)
returns setof shap.window_row
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    none shap.window_row;
begin
    return query select w.* from shap.windows(council, windows_asking.plan_id, as_at, windows_asking.link) w
                  where w.closed_on is null;
    if not found and shap.version_in_force(council, plan_id, as_at, link) is not null then
        none.plan_id := plan_id;
        none.first_day := as_at;
        none.last_day := as_at;
        none.answers_until := as_at;
        return next none;
    end if;
end
$$;
revoke all on function shap.windows_asking(bigint, bigint, date, bigint) from public;
grant execute on function shap.windows_asking(bigint, bigint, date, bigint) to shap_api;

-- The last return of each body on each milestone that was not withdrawn, where it was sent back and the milestone is not
-- settled as it stands.
drop function if exists shap.left_sent_back(bigint, bigint, date, bigint) cascade;
create or replace function shap.left_sent_back(council bigint, plan_id bigint, as_at date, link bigint, standing shap.standing_row[])
returns table (place integer, reference text, organisation_id bigint, due_day date, record_id bigint)
language sql stable parallel safe
begin atomic
    select s.place, o.reference, o.organisation_id, coalesce(s.new_day, s.due_day), o.record_id
      from (select distinct on (e.reference, e.organisation_id) e.*
              from shap.said_of_each(council, left_sent_back.plan_id, left_sent_back.as_at, left_sent_back.link) e
             order by e.reference, e.organisation_id, e.day desc, e.at_link desc, e.record_id desc) o
      join unnest(standing) s on s.reference = o.reference
     where o.is_sent_back and s.class not in ('complete', 'signed_off', 'will_not_be_delivered');
end;
revoke all on function shap.left_sent_back(bigint, bigint, date, bigint, shap.standing_row[]) from public;

-- What every body owes on a plan: one row for each milestone, of the window that is due first. What was sent back waits
-- to be sent anew, whether a window asks for it or not. What it shares no more no body owes: it could not answer. standing:
-- of the milestones that are asked about, as at the day. Shows each caller what he may see, as shap.asked does.
drop function if exists shap.owed(bigint, bigint, date, bigint) cascade;
create or replace function shap.owed(council bigint, plan_id bigint, as_at date, link bigint, standing shap.standing_row[])
returns setof shap.owed_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set enable_nestloop = off set enable_mergejoin = off set jit = off as $$
begin
    return query
        with wanted as (
            select distinct on (a.reference, a.organisation_id) a.*, w.name as "window", w.due_on
              from shap.windows_asking(council, owed.plan_id, as_at, owed.link) w
             cross join lateral shap.not_got(council, w, as_at, owed.link, standing) a
             order by a.reference, a.organisation_id, w.due_on, w.last_day
        ), returned as (
            select b.*, o.code
              from shap.left_sent_back(council, owed.plan_id, as_at, owed.link, standing) b
              join shap.organisation o on o.id = b.organisation_id
             where council = any (shap.councils())
               and (shap.sight() = 'full' or shap.sight() = 'shared' and b.organisation_id = any (shap.organisations()))
        )
        select coalesce(a.place, b.place), coalesce(a.reference, b.reference), coalesce(a.organisation_id, b.organisation_id),
               coalesce(a.organisation, b.code),
               case when a.state = 'sent_back' or b.record_id is not null then 'sent_back' else 'return' end,
               coalesce(a.due_day, b.due_day), a."window", a.due_on, coalesce(b.record_id, a.return_record),
               coalesce(a.answered_by, '{}')
          from wanted a
          full join returned b on b.reference = a.reference and b.organisation_id = a.organisation_id
          join shap.sharing(council, owed.plan_id, as_at, owed.link) h
            on h.reference = coalesce(a.reference, b.reference)
           and h.organisation_id = coalesce(a.organisation_id, b.organisation_id)
         order by coalesce(a.place, b.place), coalesce(a.organisation, b.code) collate "C";
end
$$;
revoke all on function shap.owed(bigint, bigint, date, bigint, shap.standing_row[]) from public;
grant execute on function shap.owed(bigint, bigint, date, bigint, shap.standing_row[]) to shap_api;

-- The last return on each milestone that was not withdrawn, by anybody, on it or on another of its piece of work: what was
-- said on it last.
drop function if exists shap.said_last(shap.return_known_row[]);
create or replace function shap.said_last(council bigint, plan_id bigint, as_at date, link bigint, known shap.return_known_row[])
returns table (reference text, record_id bigint)
language sql stable parallel safe
begin atomic
    with work as (
        select r.reference, r.reference as said_on from unnest(known) r
        union
        select w.reference, w.other
          from shap.same_work_as(council, said_last.plan_id, said_last.as_at, said_last.link) w
    )
    select distinct on (w.reference) w.reference, r.record_id
      from work w
      join unnest(known) r on r.reference = w.said_on
     where r.withdrawn_on is null
     order by w.reference, r.day desc, r.recorded_at desc, r.record_id desc;
end;
revoke all on function shap.said_last(bigint, bigint, date, bigint, shap.return_known_row[]) from public;
grant execute on function shap.said_last(bigint, bigint, date, bigint, shap.return_known_row[]) to shap_api;

-- The returns a coordinator has still to say something to, each body's last word on a milestone only: those that ask
-- for a new date (new_date), and all others that nobody reviewed (review).
create or replace function shap.unanswered_returns(known shap.return_known_row[])
returns table (kind text, place integer, reference text, organisation text, record_id bigint)
language sql stable parallel safe
begin atomic
    select case when l.is_awaiting_date then 'new_date' else 'review' end, l.place, l.reference, l.organisation, l.record_id
      from (select distinct on (r.reference, r.organisation) r.*
              from unnest(known) r
             where r.withdrawn_on is null
             order by r.reference, r.organisation, r.day desc, r.recorded_at desc, r.record_id desc) l
     where l.is_awaiting_date or l.is_awaiting_review and l.new_date is null;
end;
revoke all on function shap.unanswered_returns(shap.return_known_row[]) from public;
grant execute on function shap.unanswered_returns(shap.return_known_row[]) to shap_api;
