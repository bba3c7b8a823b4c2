-- Service SignOffs: which milestones are the same work.
create type shap_v1.same_work as (
    record_id bigint,
    plan text,
    "references" text[],
    reason text,
    day date,
    by text,
    recorded_at timestamptz,
    revoked_on date,
    unseen integer,
    from_record_id bigint
);

-- What was declared the same work, as known at a link, also what was revoked since; as far as the caller sees the
-- milestones, and at least one of them; the reason, which may name any of them, to who sees all. Internal.
create function shap_v1.same_work_shown(council bigint, plan_id bigint, link bigint) returns setof shap_v1.same_work
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select w.record_id, shap.plan_name(council, same_work_shown.plan_id), s.seen,
           case when s.unseen = 0 then shap.text_of(council, w.reason_digest) end, w.day, shap.name_of(w.membership_id),
           l.recorded_at, u.day, nullif(s.unseen, 0), w.from_record
      from shap.same_work w
     cross join lateral (
           select x.seen, cardinality(w."references") - cardinality(x.seen)
             from (select shap.seen(council, same_work_shown.plan_id, w."references") offset 0) x (seen)) s (seen, unseen)
      join shap.link l on l.council_id = w.council_id and l.number = w.link
      left join shap.counter_act u on u.council_id = w.council_id and u.of_record = w.record_id and u.link <= same_work_shown.link
     where w.council_id = council and w.plan_id = same_work_shown.plan_id and w.link <= same_work_shown.link
       and cardinality(s.seen) > 0
     order by w.day, w.link, w.record_id;
end
$$;

-- Declares milestones the same work. Refuses an unknown milestone (NOT_FOUND), an action with several milestones, fewer
-- than two, no reason and a day to come (INVALID_ARGUMENT), a draft (FAILED_PRECONDITION), and a milestone that is in a
-- declaration that stands (ABORTED). Tables written: same_work, doubt_settlement, personal_text, link.
create function shap_v1.declare_same_work(plan text, "references" text[], reason text, day date) returns shap_v1.same_work
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    made constant bigint := shap.declare_same_work(named.council_id, named.plan_id,
        shap.milestones_named(named.council_id, named.plan_id, "references"), reason, day);
begin
    return (select w from shap_v1.same_work_shown(named.council_id, named.plan_id, shap.link_at(named.council_id, null)) w
             where w.record_id = made);
end
$$;
grant execute on function shap_v1.declare_same_work(text, text[], text, date) to shap_coordinator;

-- Takes a declaration back. Refuses one that there is not (NOT_FOUND), no reason and a day before the declaration's
-- (INVALID_ARGUMENT), one that is revoked already (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_same_work(plan text, reference text, reason text, day date) returns shap_v1.same_work
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    declared constant shap.same_work := shap.same_work_of(named.council_id, named.plan_id, reference);
begin
    perform shap.revoke_same_work(declared, day, reason);
    return (select w from shap_v1.same_work_shown(named.council_id, named.plan_id, shap.link_at(named.council_id, null)) w
             where w.record_id = declared.record_id);
end
$$;
grant execute on function shap_v1.revoke_same_work(text, text, text, date) to shap_coordinator;

-- What is declared the same work, in the order it was, as known at the end of a day (absent: now); with all, what was
-- revoked too.
create function shap_v1.list_same_work(plan text, "all" boolean, known_at date) returns setof shap_v1.same_work
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
begin
    return query
    select w.*
      from shap_v1.same_work_shown(named.council_id, named.plan_id, shap.link_at(named.council_id, list_same_work.known_at)) w
     where coalesce(list_same_work."all", false) or w.revoked_on is null;
end
$$;
grant execute on function shap_v1.list_same_work(text, boolean, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
