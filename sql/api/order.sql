-- Service Order: the order of milestones as it was declared. The report on it is in knock_ons.sql.
create type shap_v1.order_kind as enum ('after', 'independent');
create type shap_v1.order_declaration as (
    record_id bigint,
    plan text,
    kind shap_v1.order_kind,
    reference text,
    step text,
    reason text,
    day date,
    by text,
    organisation text,
    recorded_at timestamptz,
    revoked_on date,
    from_record_id bigint
);

-- Declarations as they are shown, as at a day and as known at a link: with the day they were revoked by then. Internal.
create function shap_v1.order_shown(council bigint, plan_id bigint, as_at date, link bigint)
returns table (record_id bigint, item shap_v1.order_declaration)
language sql stable
begin atomic
    select o.record_id,
           row(o.record_id, shap.plan_name(o.council_id, o.plan_id), o.kind, o.reference, o.step,
               shap.text_of(o.council_id, o.reason_digest), o.day, shap.name_of(o.membership_id), g.code, l.recorded_at,
               u.day, o.from_record)::shap_v1.order_declaration
      from shap.milestone_order o
      join shap.link l on l.council_id = o.council_id and l.number = o.link
      join shap.organisation g on g.id = o.organisation_id
      left join shap.counter_act u on u.council_id = o.council_id and u.of_record = o.record_id
           and u.day <= order_shown.as_at and u.link <= order_shown.link
     where o.council_id = council and o.plan_id = order_shown.plan_id and o.day <= order_shown.as_at and o.link <= order_shown.link;
end;

-- Makes a declaration on two milestones of a plan in force, and shows it. Internal.
create function shap_v1.declare_order(plan text, kind text, reference text, step text, reason text, day date)
returns shap_v1.order_declaration
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    named record := shap.plan_of(plan);
    made bigint;
begin
    made := shap.declare_order(named.council_id, named.plan_id, kind,
                               shap.milestone_of(named.council_id, named.plan_id, declare_order.reference),
                               shap.milestone_of(named.council_id, named.plan_id, declare_order.step), reason, day);
    return (select s.item
              from shap_v1.order_shown(named.council_id, named.plan_id, 'infinity', shap.link_at(named.council_id, null)) s
             where s.record_id = made);
end
$$;

-- Declares that a milestone follows a step. Refuses what the caller does not see (NOT_FOUND), a milestone and itself, a
-- day to come (INVALID_ARGUMENT), a circle, which it names, and a draft (FAILED_PRECONDITION), what is declared already
-- (ALREADY_EXISTS) or contrariwise (ABORTED). Tables written: milestone_order, personal_text, link.
create function shap_v1.declare_after(plan text, reference text, step text, reason text, day date)
returns shap_v1.order_declaration
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return shap_v1.declare_order(plan, 'after', reference, step, reason, day);
end
$$;
grant execute on function shap_v1.declare_after(text, text, text, text, date) to shap_contributor, shap_coordinator;

-- Declares, with a reason, that a milestone is independent of a step. Refuses as declare_after does, and without a
-- reason (INVALID_ARGUMENT); there is no circle. Tables written: milestone_order, personal_text, link.
create function shap_v1.declare_independent(plan text, reference text, step text, reason text, day date)
returns shap_v1.order_declaration
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return shap_v1.declare_order(plan, 'independent', reference, step, reason, day);
end
$$;
grant execute on function shap_v1.declare_independent(text, text, text, text, date) to shap_contributor, shap_coordinator;

-- Takes a declaration back, with a reason. Refuses one the caller does not see (NOT_FOUND), another organisation's to a
-- contributor (PERMISSION_DENIED), no reason and a day before the declaration's (INVALID_ARGUMENT), one that is revoked
-- already (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_order(record_id bigint, reason text, day date) returns shap_v1.order_declaration
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.milestone_order;
begin
    select o.* into revoked from shap.milestone_order o
     where o.council_id = any (shap.councils()) and o.record_id = revoke_order.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no declaration with the record number %s', coalesce(revoke_order.record_id::text, '""')),
            hint = 'What is declared is listed by: shap milestone order';
    end if;
    if shap.sight() <> 'full' and revoked.organisation_id <> all (shap.organisations()) then
        raise exception using errcode = 'RPC07',
            message = format('declaration %s was made by another organisation', revoked.record_id),
            hint = 'Its own people revoke it, or a coordinator.';
    end if;
    perform shap.undo(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id, shap.order_kind(revoked.kind),
                      revoked.day, revoke_order.day, revoke_order.reason);
    return (select s.item
              from shap_v1.order_shown(revoked.council_id, revoked.plan_id, 'infinity', shap.link_at(revoked.council_id, null)) s
             where s.record_id = revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_order(bigint, text, date) to shap_contributor, shap_coordinator;

-- The declarations on a plan's milestones that the caller sees, as at a day and as known at a day: of one milestone
-- where it is named, on whichever side it stands. Refuses one the caller does not see.
create function shap_v1.list_order(plan text, reference text, as_at date, known_at date)
returns setof shap_v1.order_declaration
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    about record := shap_v1.reported(plan, as_at, known_at);
    wanted constant text := case when nullif(btrim(list_order.reference), '') is not null
                                 then shap.milestone_of(about.council_id, about.plan_id, list_order.reference) end;
begin
    return query
        select (s.item).*
          from shap_v1.order_shown(about.council_id, about.plan_id, about.day, about.link) s
          left join shap.milestone m on m.council_id = about.council_id and m.plan_id = about.plan_id
               and m.version = about.version and m.reference = (s.item).reference
          left join shap.milestone b on b.council_id = about.council_id and b.plan_id = about.plan_id
               and b.version = about.version and b.reference = (s.item).step
         where wanted is null or wanted in ((s.item).reference, (s.item).step)
         order by m.place, b.place, s.record_id;
end
$$;
grant execute on function shap_v1.list_order(text, text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
