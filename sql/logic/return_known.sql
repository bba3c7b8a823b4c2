-- The returns on record, each as it stands as at a day and as known at a link: what was said to it, whether it was
-- withdrawn, what was granted.
drop type if exists shap.return_known_row cascade;
create type shap.return_known_row as (
    place integer,          -- of its milestone in the plan; null where that is in it no more
    record_id bigint,
    return_id uuid,
    reference text,
    organisation text,
    membership_id bigint,
    is_entered_for boolean,
    status text,
    note_digest bytea,
    day date,
    evidence text,
    rating text,
    new_date text,
    reason_digest bytea,
    corrects uuid,
    recorded_at timestamptz,
    verdict text,
    comment_digest bytea,
    withdrawn_on date,
    new_day date,
    is_awaiting_review boolean,
    is_awaiting_date boolean
);

-- The pieces of it: one statement, which the planner sets into the two functions below.
create or replace function shap.return_rules(council bigint, plan_id bigint, as_at date, link bigint)
returns setof shap.return_known_row
language sql stable parallel safe
begin atomic
    select m.place, r.record_id, r.return_id, r.reference, o.code, r.membership_id, r.is_entered_for, r.status,
           r.note_digest, r.day, r.evidence, r.rating, r.new_date, r.reason_digest, k.return_id,
           (select l.recorded_at from shap.link l where l.council_id = r.council_id and l.number = r.link), v.verdict,
           v.comment_digest, u.day, g.new_day, v.verdict is null and u.of_record is null,
           r.new_date is not null and g.new_day is null and v.verdict is distinct from 'sent_back' and u.of_record is null
      from shap."return" r
      join shap.organisation o on o.id = r.organisation_id
      left join shap.milestone m on m.council_id = council and m.plan_id = return_rules.plan_id and m.reference = r.reference
            and m.version = (select shap.version_reported(council, return_rules.plan_id, return_rules.as_at, return_rules.link))
      left join (
           select distinct on (v.reference, v.return_record_id) v.reference, v.return_record_id, v.verdict, v.comment_digest
             from shap.review v
            where v.council_id = council and v.plan_id = return_rules.plan_id and v.day <= return_rules.as_at
              and v.link <= return_rules.link
              and not exists (select from shap.counter_act x
                               where x.council_id = council and x.plan_id = return_rules.plan_id
                                 and x.reference = v.reference and x.of_record = v.record_id
                                 and x.day <= return_rules.as_at and x.link <= return_rules.link)
            order by v.reference, v.return_record_id, v.day desc, v.link desc, v.record_id desc) v
        on v.reference = r.reference and v.return_record_id = r.record_id
      left join (
           select distinct on (g.reference, g.return_record_id) g.reference, g.return_record_id, g.new_day
             from shap."grant" g
            where g.council_id = council and g.plan_id = return_rules.plan_id and g.day <= return_rules.as_at
              and g.link <= return_rules.link and g.return_record_id is not null
              and not exists (select from shap.counter_act x
                               where x.council_id = council and x.plan_id = return_rules.plan_id
                                 and x.reference = g.reference and x.of_record = g.record_id
                                 and x.day <= return_rules.as_at and x.link <= return_rules.link)
            order by g.reference, g.return_record_id, g.day desc, g.link desc, g.record_id desc) g
        on g.reference = r.reference and g.return_record_id = r.record_id
      left join shap.counter_act u on u.council_id = council and u.plan_id = return_rules.plan_id and u.reference = r.reference
            and u.of_record = r.record_id and u.day <= return_rules.as_at and u.link <= return_rules.link
      left join shap."return" k on k.council_id = council and k.plan_id = return_rules.plan_id and k.reference = r.reference
            and k.record_id = r.corrects
     where r.council_id = council and r.plan_id = return_rules.plan_id and r.day <= return_rules.as_at
       and r.link <= return_rules.link;
end;

-- The returns on a plan's milestones, those the caller may see. A definer for the reason that shap.standing is one, and
-- planned as that is.
create or replace function shap.returns_known(council bigint, plan_id bigint, as_at date, link bigint)
returns setof shap.return_known_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_nestloop = off set enable_mergejoin = off
set jit = off as $$
begin
    return query
        select r.* from shap.return_rules(council, returns_known.plan_id, as_at, returns_known.link) r
         where council = any (shap.councils())
           and (shap.sight() = 'full'
                or (shap.sight() = 'shared' and r.reference in (
                    select h.reference from shap.share_in_force h
                     where h.council_id = council and h.plan_id = returns_known.plan_id
                       and h.organisation_id = any (shap.organisations()))));
end
$$;
revoke all on function shap.returns_known(bigint, bigint, date, bigint) from public;
grant execute on function shap.returns_known(bigint, bigint, date, bigint) to shap_api;

-- The same for one milestone, looked up by keys also where it is asked from within a statement that is planned without
-- nested loops.
create or replace function shap.returns_known_of(council bigint, plan_id bigint, reference text, as_at date, link bigint)
returns setof shap.return_known_row
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_nestloop = on as $$
begin
    return query
        select r.* from shap.return_rules(council, returns_known_of.plan_id, as_at, returns_known_of.link) r
         where r.reference = returns_known_of.reference and council = any (shap.councils())
           and (shap.sight() = 'full'
                or (shap.sight() = 'shared' and exists (
                    select from shap.share_in_force h
                     where h.council_id = council and h.plan_id = returns_known_of.plan_id
                       and h.reference = returns_known_of.reference and h.organisation_id = any (shap.organisations()))));
end
$$;
revoke all on function shap.returns_known_of(bigint, bigint, text, date, bigint) from public;
grant execute on function shap.returns_known_of(bigint, bigint, text, date, bigint) to shap_api;
