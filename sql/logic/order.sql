-- In which order milestones are done, as it was declared: the acts. The order has no circle, as at any day: whoever
-- declares takes the council's head first and looks afterwards.

-- What a declaration is called, where it is undone and in a milestone's history.
create or replace function shap.order_kind(kind text) returns text
language sql immutable parallel safe
return case kind when 'after' then 'order' else 'independence' end;
grant execute on function shap.order_kind(text) to shap_api;

-- The declarations of a plan that stand, as at a day and as known at a link (null: now).
create or replace function shap.order_declared(council bigint, plan_id bigint, as_at date, link bigint)
returns table (record_id bigint, kind text, reference text, step text, day date)
language sql stable parallel safe
begin atomic
    select o.record_id, o.kind, o.reference, o.step, o.day
      from shap.milestone_order o
     where o.council_id = council and o.plan_id = order_declared.plan_id and o.day <= order_declared.as_at
       and (order_declared.link is null or o.link <= order_declared.link)
       and not exists (select from shap.counter_act u
                        where u.council_id = o.council_id and u.of_record = o.record_id and u.day <= order_declared.as_at
                          and (order_declared.link is null or u.link <= order_declared.link));
end;
grant execute on function shap.order_declared(bigint, bigint, date, bigint) to shap_api;

-- How a milestone follows a step as at a day: itself, what it follows, and so on to the step. Null: it does not. Every
-- declaration is gone through once, then the way back is one of those gone.
create or replace function shap.order_chain(council bigint, plan_id bigint, reference text, step text, as_at date)
returns text[]
language sql stable parallel safe
begin atomic
    with recursive follows as (
        select o.reference, o.step
          from shap.order_declared(council, order_chain.plan_id, order_chain.as_at, null) o where o.kind = 'after'
    ), gone as (
        select f.reference, f.step from follows f where f.reference = order_chain.reference
        union
        select f.reference, f.step from gone g join follows f on f.reference = g.step
    ), way as (
        select array[order_chain.step] as chain, order_chain.step as at
        union all
        select b.reference || w.chain, b.reference
          from way w
         cross join lateral (select min(g.reference) as reference from gone g where g.step = w.at) b
         where b.reference is not null and w.at <> order_chain.reference
    )
    select w.chain from way w where w.at = order_chain.reference and cardinality(w.chain) > 1;
end;
revoke all on function shap.order_chain(bigint, bigint, text, text, date) from public;

-- The circle that a milestone following a step from a day on would close on some day: the chain by which the step
-- follows the milestone already, what the caller does not see as null. Null: none. A definer, because a circle is one whoever sees it.
create or replace function shap.order_circle(council bigint, plan_id bigint, reference text, step text, day date)
returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    on_day date;
    chain text[];
begin
    for on_day in
        select distinct greatest(o.day, order_circle.day) from shap.milestone_order o
         where council = any (shap.councils()) and o.council_id = council and o.plan_id = order_circle.plan_id
           and o.kind = 'after'
         order by 1
    loop
        chain := shap.order_chain(council, order_circle.plan_id, step, reference, on_day);
        exit when chain is not null;
    end loop;
    return (select array_agg(case when shap.sight() = 'full' or exists (
                        select from shap.share_in_force h
                         where h.council_id = council and h.plan_id = order_circle.plan_id and h.reference = c.reference
                           and h.organisation_id = any (shap.organisations())) then c.reference end order by c.place)
              from unnest(chain) with ordinality c (reference, place));
end
$$;
revoke all on function shap.order_circle(bigint, bigint, text, text, date) from public;
grant execute on function shap.order_circle(bigint, bigint, text, text, date) to shap_api;

-- Refuses what says nothing (INVALID_ARGUMENT): a milestone and itself, independence without a reason.
create or replace function shap.check_order(kind text, reference text, step text, reason text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if reference = step then
        raise exception using errcode = 'RPC03',
            message = format(case kind when 'after' then '%s cannot follow itself' else '%s is not independent of itself' end,
                             reference),
            hint = 'Name two milestones: first the one it is said of, then the step before it.';
    end if;
    if kind = 'independent' and nullif(btrim(reason), '') is null then
        raise exception using errcode = 'RPC03', message = 'a reason is needed to say that a milestone is independent',
            hint = 'Give one with: --reason';
    end if;
    perform shap.check_text('reason', reason, 20000);
end
$$;
grant execute on function shap.check_order(text, text, text, text) to shap_api;

-- Refuses a declaration on two milestones of which one stands: the same (ALREADY_EXISTS) or the contrary (ABORTED).
-- Called with the head held.
create or replace function shap.check_order_is_new(council bigint, plan_id bigint, kind text, reference text, step text)
returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    earlier shap.milestone_order;
begin
    select o.* into earlier from shap.milestone_order o
     where o.council_id = council and o.plan_id = check_order_is_new.plan_id
       and o.reference = check_order_is_new.reference and o.step = check_order_is_new.step
       and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = o.record_id);
    if earlier.record_id is not null then
        raise exception using
            errcode = case when earlier.kind = check_order_is_new.kind then 'RPC06' else 'RPC10' end,
            message = format('%s declared on %s that %s %s %s (record %s)',
                             coalesce(shap.name_of(earlier.membership_id), 'somebody'), earlier.day, earlier.reference,
                             case earlier.kind when 'after' then 'follows' else 'is independent of' end, earlier.step,
                             earlier.record_id),
            hint = format('To say otherwise, revoke it first with: shap milestone revoke-order %s', earlier.record_id);
    end if;
end
$$;
grant execute on function shap.check_order_is_new(bigint, bigint, text, text, text) to shap_api;

-- Declares that a milestone follows a step, or is independent of it; see shap_v1.declare_after and
-- declare_independent. Tables written: milestone_order, personal_text, link.
create or replace function shap.declare_order(council bigint, plan_id bigint, kind text, reference text, step text,
                                              reason text, day date) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    decided date;
    link bigint;
    circle text[];
    record_id bigint;
begin
    perform shap.check_order(kind, reference, step, reason);
    decided := shap.check_day(council, 'day', day);
    link := shap.take_link(council, shap.caller());
    perform shap.check_order_is_new(council, plan_id, kind, reference, step);
    if kind = 'after' then
        circle := shap.order_circle(council, plan_id, reference, step, decided);
    end if;
    if circle is not null then
        raise exception using errcode = 'RPC09',
            message = format('%s cannot follow %s, which follows it already: %s', reference, step,
                             array_to_string(circle, ' after ', 'another')),
            hint = format('What is declared is listed by: shap milestone order %s', reference);
    end if;
    insert into shap.milestone_order (council_id, plan_id, kind, reference, step, organisation_id, reason_digest, day,
                                      membership_id, link)
    values (council, plan_id, kind, reference, step, (shap.organisations())[1],
            shap.keep_text(council, nullif(btrim(reason), '')), decided, shap.caller(), link)
    returning shap.milestone_order.record_id into record_id;
    return record_id;
end
$$;
grant execute on function shap.declare_order(bigint, bigint, text, text, text, text, date) to shap_api;
