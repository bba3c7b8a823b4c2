-- Knock-ons: which milestones a step pushes that moved. By the plan's own order those are candidates: dated milestones
-- of a later action of the same objective, neither complete nor undeliverable, whose programmed last day is later than
-- the step's and whose present first day is not after the day until which the step reaches. Certain are those declared
-- to follow the step, or to follow one that is certain to be pushed by it, on any day and in any objective.
drop type if exists shap.knock_on_row cascade;
create type shap.knock_on_row as (
    step_place integer,
    step text,
    reach date,            -- infinity: no date stands
    place integer,
    reference text,
    first_day date,        -- at present; null: none is known, it may have begun
    follows text,          -- what it was declared to follow at once; null: by the plan's order only
    record_id bigint,      -- the declaration
    is_independent boolean -- somebody's word is that it does not depend on the step
);

-- Until when a milestone that moved pushes others; null: it did not move. A new date not after the programmed day is no
-- move, and one that has passed is none that stands. Without a programmed day any new date is a move.
create or replace function shap.reach_of(s shap.standing_row) returns date
language sql immutable parallel safe
return case when s.class = 'overdue' or s.class = 'will_not_be_delivered' and s.new_day is null then date 'infinity'
            when s.class in ('re_dated', 'will_not_be_delivered') and s.new_day > coalesce(s.last_day, '-infinity')
            then s.new_day end;
grant execute on function shap.reach_of(shap.standing_row) to shap_api;

-- The knock-ons among milestones as they stand: each pair of a step and what it pushes once. What is declared
-- independent of a step is marked, and passes nothing on. A step without a programmed day counts as before all others;
-- one piece of work does not push itself. A definer, because what is seen was judged when the standing was made.
create or replace function shap.knock_ons(council bigint, plan_id bigint, standing shap.standing_row[], as_at date, link bigint)
returns setof shap.knock_on_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
begin
    return query
        with recursive step as (
            select s.place, s.reference, s.objective, s.action_no, s.work, coalesce(s.last_day, '-infinity') as last_day,
                   shap.reach_of(s) as reach
              from unnest(standing) s where shap.reach_of(s) is not null
        ), candidate as (
            select m.place, m.reference, m.objective, m.action_no, m.work, m.last_day,
                   case when m.class in ('re_dated', 'overdue') and m.grant_record is not null then g.first_day
                        else m.first_day end as first_day
              from unnest(standing) m
              left join shap."grant" g on g.council_id = council and g.record_id = m.grant_record
             where m.class not in ('signed_off', 'complete', 'will_not_be_delivered')
        ), said as materialized (
            select o.* from shap.order_declared(council, knock_ons.plan_id, knock_ons.as_at, knock_ons.link) o
        ), pushed as (
            select s.reference as step, s.reach, c.reference, s.reference as follows, o.record_id
              from step s
              join said o on o.kind = 'after' and o.step = s.reference
              join candidate c on c.reference = o.reference and coalesce(c.first_day <= s.reach, true) and c.work <> s.work
            union
            select p.step, p.reach, c.reference, p.reference, o.record_id
              from pushed p
              join said o on o.kind = 'after' and o.step = p.reference
              join candidate c on c.reference = o.reference and coalesce(c.first_day <= p.reach, true)
             where not exists (select from said i where i.kind = 'independent' and i.reference = p.reference and i.step = p.step)
        ), pair as (
            select p.step, p.reference, p.follows, p.record_id from pushed p
            union all
            select s.reference, c.reference, null, null
              from step s
              join candidate c on c.objective = s.objective
             where c.action_no > s.action_no and c.last_day > s.last_day and coalesce(c.first_day <= s.reach, true)
               and c.work <> s.work
        )
        select distinct on (s.place, c.place)
               s.place, s.reference, s.reach, c.place, c.reference, c.first_day,
               case when i.record_id is null then p.follows end, coalesce(i.record_id, p.record_id), i.record_id is not null
          from pair p
          join step s on s.reference = p.step
          join candidate c on c.reference = p.reference
          left join said i on i.kind = 'independent' and i.reference = p.reference and i.step = p.step
         order by s.place, c.place, p.follows is null, p.follows <> p.step, p.record_id;
end
$$;
revoke all on function shap.knock_ons(bigint, bigint, shap.standing_row[], date, bigint) from public;
grant execute on function shap.knock_ons(bigint, bigint, shap.standing_row[], date, bigint) to shap_api;
