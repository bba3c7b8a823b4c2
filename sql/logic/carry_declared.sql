-- What goes on with the milestones that a roll carries: which follow which or are independent, which are the same work, and
-- with whom they were shared by hand. Only what stood as at the day of the roll, and only where every milestone of it goes
-- on. Each is a record of the new plan, made by who rolls it, that names the one it comes from; so it is revoked there
-- like any other, and a later roll brings it not again. Shares are given when the plan is adopted: nobody sees a draft by
-- them.

-- The declarations on the order of milestones that go on.
create or replace function shap.orders_going_on(council bigint, plan_id bigint, "references" text[], as_at date, link bigint)
returns setof shap.milestone_order
language sql stable
begin atomic
    select o.*
      from shap.milestone_order o
      join shap.order_declared(council, orders_going_on.plan_id, orders_going_on.as_at, orders_going_on.link) d
        on d.record_id = o.record_id
     where o.council_id = council and array[o.reference, o.step] <@ orders_going_on."references"
     order by o.record_id;
end;
grant execute on function shap.orders_going_on(bigint, bigint, text[], date, bigint) to shap_api;

-- The declarations of the same work that go on.
create or replace function shap.same_work_going_on(council bigint, plan_id bigint, "references" text[], as_at date, link bigint)
returns setof shap.same_work
language sql stable
begin atomic
    select w.*
      from shap.same_work w
     where w.council_id = council and w.plan_id = same_work_going_on.plan_id and w."references" <@ same_work_going_on."references"
       and w.day <= same_work_going_on.as_at and w.link <= same_work_going_on.link
       and not exists (select from shap.counter_act u
                        where u.council_id = council and u.of_record = w.record_id
                          and u.day <= same_work_going_on.as_at and u.link <= same_work_going_on.link)
     order by w.record_id;
end;
grant execute on function shap.same_work_going_on(bigint, bigint, text[], date, bigint) to shap_api;

-- The shares added by hand that go on.
create or replace function shap.shares_going_on(council bigint, plan_id bigint, "references" text[], as_at date, link bigint)
returns setof shap.share
language sql stable
begin atomic
    select s.*
      from shap.share s
     where s.council_id = council and s.plan_id = shares_going_on.plan_id and s.origin = 'added'
       and s.reference = any (shares_going_on."references") and s.day <= shares_going_on.as_at and s.link <= shares_going_on.link
       and not exists (select from shap.counter_act u
                        where u.council_id = council and u.of_record = s.record_id
                          and u.day <= shares_going_on.as_at and u.link <= shares_going_on.link)
     order by s.record_id;
end;
grant execute on function shap.shares_going_on(bigint, bigint, text[], date, bigint) to shap_api;

-- A personal text of a council, kept for a record of another, or the same: then it is one text, and erased with it.
-- Tables written: personal_text.
create or replace function shap.text_for(council bigint, from_council bigint, digest bytea) returns bytea
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    return case when council = from_council then digest else shap.keep_text(council, shap.text_of(from_council, digest)) end;
end
$$;
grant execute on function shap.text_for(bigint, bigint, bytea) to shap_api;

-- Declares in a plan what goes on of the order in the plan before, where nothing is said of the two yet and it closes no
-- circle. Tables written: milestone_order, personal_text.
create or replace function shap.carry_orders(going_on shap.milestone_order[], council bigint, plan_id bigint, day date,
                                             caller bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    o shap.milestone_order;
begin
    foreach o in array going_on loop
        continue when exists (select from shap.milestone_order n
                               where n.council_id = council and n.plan_id = carry_orders.plan_id
                                 and (n.from_record = o.record_id
                                      or n.reference = o.reference and n.step = o.step
                                         and not exists (select from shap.counter_act u
                                                          where u.council_id = council and u.of_record = n.record_id)))
                   or o.kind = 'after'
                      and shap.order_circle(council, carry_orders.plan_id, o.reference, o.step, carry_orders.day) is not null;
        insert into shap.milestone_order (council_id, plan_id, kind, reference, step, organisation_id, reason_digest, day,
                                          membership_id, link, from_record)
        values (council, carry_orders.plan_id, o.kind, o.reference, o.step, o.organisation_id,
                shap.text_for(council, o.council_id, o.reason_digest), carry_orders.day, caller, carry_orders.link, o.record_id);
    end loop;
end
$$;
grant execute on function shap.carry_orders(shap.milestone_order[], bigint, bigint, date, bigint, bigint) to shap_api;

-- Declares in a plan what goes on as the same work, where none of the milestones is in another declaration yet, and settles
-- the open doubts whether they are. Tables written: same_work, doubt_settlement, personal_text.
create or replace function shap.carry_same_work(going_on shap.same_work[], council bigint, plan_id bigint, day date,
                                                caller bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    insert into shap.same_work (council_id, plan_id, "references", reason_digest, day, membership_id, link, from_record)
    select council, carry_same_work.plan_id, w."references", shap.text_for(council, w.council_id, w.reason_digest),
           carry_same_work.day, caller, carry_same_work.link, w.record_id
      from unnest(going_on) w
     where not exists (select from shap.same_work n
                        where n.council_id = council and n.plan_id = carry_same_work.plan_id
                          and (n.from_record = w.record_id
                               or n."references" && w."references"
                                  and not exists (select from shap.counter_act u
                                                   where u.council_id = council and u.of_record = n.record_id)));
    insert into shap.doubt_settlement (council_id, doubt_id, same_work_record_id, reason_digest, day, membership_id, link)
    select council, d.doubt_id, n.record_id, n.reason_digest, carry_same_work.day, caller, carry_same_work.link
      from shap.same_work n
      join shap.doubts(council, carry_same_work.plan_id, null) d
        on d.kind = 'same_work' and d.settled_on is null and cardinality(d.standing) > 0 and d."references" <@ n."references"
     where n.council_id = council and n.plan_id = carry_same_work.plan_id and n.from_record is not null
       and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = n.record_id)
     order by d.doubt_id;
end
$$;
grant execute on function shap.carry_same_work(shap.same_work[], bigint, bigint, date, bigint, bigint) to shap_api;

-- Shares the milestones of a plan that is adopted as those they come from were shared by hand when it was rolled, and are
-- still, from a day on; what is shared already is left. Tables written: share, personal_text.
create or replace function shap.share_carried(council bigint, plan_id bigint, version integer, day date, caller bigint,
                                              link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    last shap.roll;
begin
    select r.* into last from shap.roll r
     where r.council_id = council and r.plan_id = share_carried.plan_id order by r.link desc, r.record_id desc limit 1;
    insert into shap.share (council_id, plan_id, reference, organisation_id, day, origin, reason_digest, membership_id, link,
                            from_record)
    select council, share_carried.plan_id, k.reference, s.organisation_id, share_carried.day, 'added',
           shap.text_for(council, s.council_id, s.reason_digest), caller, share_carried.link, s.record_id
      from shap.carries(council, share_carried.plan_id, null, null) k
      join shap.milestone m on m.council_id = council and m.plan_id = k.plan_id and m.version = share_carried.version
                           and m.reference = k.reference
     cross join lateral shap.shares_going_on(k.from_council_id, k.from_plan_id, array[k.from_reference], last.day, last.from_link) s
     where k.from_council_id = last.from_council_id and k.from_plan_id = last.from_plan_id
       and shap.share_of(council, share_carried.plan_id, k.reference, s.organisation_id) is null
       and not exists (select from shap.counter_act u where u.council_id = s.council_id and u.of_record = s.record_id)
       and not exists (select from shap.share n
                        where n.council_id = council and n.plan_id = share_carried.plan_id and n.reference = k.reference
                          and n.from_record = s.record_id)
     order by m.place, s.record_id;
end
$$;
grant execute on function shap.share_carried(bigint, bigint, integer, date, bigint, bigint) to shap_api;
