-- Which organisations answer for which milestones: those that WHO names in the versions adopted, and those that were
-- added. A share is ended by a counter-act: a coordinator's, or that of the act it rests on. Rows just written have no
-- statistics yet: the functions that join them rule nested loops out.

-- The shares that no counter-act has ended. A view with its owner's rights, because row policies rest on it: the
-- counter-acts' own policy reads it, too. Whoever reads it names the council. offset 0: one lookup by the key for each
-- share, whatever the planner expects.
create or replace view shap.share_in_force as
    select s.council_id, s.plan_id, s.reference, s.organisation_id, s.record_id, s.day, s.origin, s.link
      from shap.share s
     where not exists (select from shap.counter_act u
                        where u.council_id = s.council_id and u.of_record = s.record_id offset 0);
revoke all on shap.share_in_force from public;
grant select on shap.share_in_force to shap_api;

-- The organisations that WHO names now for milestones (null: all) of the versions whose adoption stands. Where WHO is
-- empty or names somebody who is not (yet) in the register, the council itself answers: no milestone is without a body
-- that may.
create or replace function shap.named_bodies(council bigint, plan_id bigint, "references" text[])
returns table (reference text, organisation_id bigint)
language sql stable
begin atomic
    select distinct m.reference, coalesce(w.organisation_id, shap.own_organisation(council))
      from (select distinct o.version from shap.adoptions(council, named_bodies.plan_id, null, null) o) a
      join shap.milestone m on m.council_id = council and m.plan_id = named_bodies.plan_id and m.version = a.version
                           and (named_bodies."references" is null or m.reference = any (named_bodies."references"))
      left join lateral shap.who_current(council, named_bodies.plan_id, a.version, null) w on w.reference = m.reference;
end;
grant execute on function shap.named_bodies(bigint, bigint, text[]) to shap_api;

-- The share of an organisation in a milestone that stands; null: none.
create or replace function shap.share_of(council bigint, plan_id bigint, reference text, organisation bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    return (select s.record_id from shap.share_in_force s
             where s.council_id = council and s.plan_id = share_of.plan_id and s.reference = share_of.reference
               and s.organisation_id = organisation);
end
$$;
grant execute on function shap.share_of(bigint, bigint, text, bigint) to shap_api;

-- Shares milestones (null: all) with every organisation that WHO names for them, from a day on. caller: who settled
-- whom WHO means; null where the register says so. Tables written: share.
create or replace function shap.share_named(council bigint, plan_id bigint, "references" text[], day date, caller bigint,
                                            link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    insert into shap.share (council_id, plan_id, reference, organisation_id, day, origin, membership_id, link)
    select council, share_named.plan_id, n.reference, n.organisation_id, share_named.day, 'who', caller, share_named.link
      from shap.named_bodies(council, share_named.plan_id, share_named."references") n
     where not exists (select from shap.share_in_force s
                        where s.council_id = council and s.plan_id = share_named.plan_id and s.reference = n.reference
                          and s.organisation_id = n.organisation_id)
     order by n.reference, n.organisation_id;
end
$$;
grant execute on function shap.share_named(bigint, bigint, text[], date, bigint, bigint) to shap_api;

-- Ends the shares of milestones (null: all) that rested on WHO and do no more, now that an act is undone; with its day,
-- reason and author. The council's own stay while the milestone is in a version adopted. Tables written: counter_act.
create or replace function shap.end_unnamed(undone shap.counter_act, plan_id bigint, "references" text[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    with named as materialized (
        select n.reference, n.organisation_id
          from shap.named_bodies(undone.council_id, end_unnamed.plan_id, end_unnamed."references") n)
    insert into shap.counter_act (council_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
    select s.council_id, s.record_id, 'share', s.plan_id, s.reference, greatest(s.day, undone.day), undone.reason_digest,
           undone.membership_id, undone.link
      from shap.share_in_force s
     where s.council_id = undone.council_id and s.plan_id = end_unnamed.plan_id and s.origin = 'who'
       and (end_unnamed."references" is null or s.reference = any (end_unnamed."references"))
       and not exists (select from named n where n.reference = s.reference and n.organisation_id = s.organisation_id)
       and not (s.organisation_id = shap.own_organisation(s.council_id)
                and exists (select from named n where n.reference = s.reference))
     order by s.reference, s.record_id;
end
$$;
grant execute on function shap.end_unnamed(shap.counter_act, bigint, text[]) to shap_api;

-- Shares what the register resolved within a link, from today on. Tables written: share.
create or replace function shap.share_reread(council bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.share_named(council, r.plan_id, r."references", shap.today(council), null, share_reread.link)
       from (select w.plan_id, array_agg(distinct w.reference) as "references"
               from shap.who_reading w
              where w.council_id = council and w.link = share_reread.link and w.replaces is not null
              group by w.plan_id) r;
end
$$;
grant execute on function shap.share_reread(bigint, bigint) to shap_api;
