-- Milestones that are the same work: declared by the coordinator, and taken back.

-- The references among some that the caller may see, in their order.
create or replace function shap.seen(council bigint, plan_id bigint, "references" text[]) returns text[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return array(
        select r.reference from unnest("references") with ordinality r (reference, place)
         where shap.sees(council, seen.plan_id, r.reference)
         order by r.place);
end
$$;
grant execute on function shap.seen(bigint, bigint, text[]) to shap_api;

-- The milestones that are named, each once, in the order of the plan.
create or replace function shap.milestones_named(council bigint, plan_id bigint, written text[]) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    named constant text[] := array(
        select shap.milestone_of(council, milestones_named.plan_id, w.word) from unnest(written) w (word));
begin
    return array(
        select m.reference from shap.milestone m
         where m.council_id = council and m.plan_id = milestones_named.plan_id
           and m.version = shap.version_in_force(council, milestones_named.plan_id, null, null)
           and m.reference = any (named)
         order by m.place);
end
$$;
grant execute on function shap.milestones_named(bigint, bigint, text[]) to shap_api;

-- Refuses milestones that are in another declaration that stands on a day or later: none is in two at once. Called with
-- the head held.
create or replace function shap.check_one_work(council bigint, plan_id bigint, "references" text[], day date) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found record;
begin
    select w.*, u.day as revoked_on, array(select unnest(w."references") intersect select unnest(check_one_work."references")) as common
      into found
      from shap.same_work w
      left join shap.counter_act u on u.council_id = w.council_id and u.of_record = w.record_id
     where w.council_id = council and w.plan_id = check_one_work.plan_id and w."references" && check_one_work."references"
       and (u.day is null or u.day > check_one_work.day)
     order by u.day nulls first limit 1;
    if found.record_id is not null then
        raise exception using errcode = 'RPC10',
            message = format('%s is the same work as %s by what %s declared on %s (record %s)%s', found.common[1],
                             array_to_string(array_remove(found."references", found.common[1]), ', '),
                             coalesce(shap.name_of(found.membership_id), 'somebody'), found.day, found.record_id,
                             case when found.revoked_on is not null then ', until ' || found.revoked_on else '' end),
            hint = case when found.revoked_on is null
                        then format('Take that back first with: shap milestone different %s', found.common[1])
                        else format('Give a day from %s on.', found.revoked_on) end;
    end if;
end
$$;
grant execute on function shap.check_one_work(bigint, bigint, text[], date) to shap_api;

-- Declares milestones one piece of work, and settles the open doubts whether they are; see shap_v1.declare_same_work.
-- Tables written: same_work, doubt_settlement, personal_text, link.
create or replace function shap.declare_same_work(council bigint, plan_id bigint, "references" text[], reason text, day date)
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    decided constant date := shap.check_day(council, 'day', day);
    reason_digest bytea;
    link bigint;
    record_id bigint;
begin
    if cardinality("references") < 2 or nullif(btrim(reason), '') is null then
        raise exception using errcode = 'RPC03',
            message = case when cardinality("references") < 2 then 'which milestones are the same work?'
                           else 'milestones are declared the same work for a reason' end,
            hint = case when cardinality("references") < 2 then 'Name two or more.' else 'Give one with: --reason' end;
    end if;
    perform shap.check_text('reason', reason, 20000);
    link := shap.take_link(council, shap.caller());
    perform shap.check_one_work(council, plan_id, "references", decided);
    reason_digest := shap.keep_text(council, reason);
    insert into shap.same_work (council_id, plan_id, "references", reason_digest, day, membership_id, link)
    values (council, plan_id, "references", reason_digest, decided, shap.caller(), link)
    returning shap.same_work.record_id into record_id;
    insert into shap.doubt_settlement (council_id, doubt_id, same_work_record_id, reason_digest, day, membership_id, link)
    select council, d.doubt_id, record_id, reason_digest, decided, shap.caller(), link
      from shap.doubts(council, plan_id, null) d
     where d.kind = 'same_work' and d.settled_on is null and cardinality(d.standing) > 0
       and d."references" <@ declare_same_work."references"
     order by d.doubt_id;
    return record_id;
end
$$;
grant execute on function shap.declare_same_work(bigint, bigint, text[], text, date) to shap_api;

-- The declaration somebody means: by its record number, or by a milestone in it, the last one made. Refuses one that
-- there is not.
create or replace function shap.same_work_of(council bigint, plan_id bigint, written text) returns shap.same_work
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    number constant bigint := substring(written from '^\s*(\d{1,18})\s*$')::bigint;
    wanted constant text := case when number is null then shap.milestone_of(council, plan_id, written) end;
    found shap.same_work;
begin
    select w.* into found
      from shap.same_work w
     where w.council_id = council and w.plan_id = same_work_of.plan_id
       and (w.record_id = number or wanted = any (w."references"))
     order by w.link desc, w.record_id desc limit 1;
    if found.record_id is null then
        raise exception using errcode = 'RPC05',
            message = case when number is null then wanted || ' was never declared the same work as another'
                           else format('there is no declaration with the record number %s', number) end,
            hint = 'What is declared is listed by: shap milestone same';
    end if;
    return found;
end
$$;
grant execute on function shap.same_work_of(bigint, bigint, text) to shap_api;

-- Takes a declaration back, and with it how doubts were settled by it. Tables written: counter_act, personal_text, link.
create or replace function shap.revoke_same_work(declared shap.same_work, day date, reason text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    undone constant shap.counter_act := shap.undo(declared.council_id, declared.plan_id, null, declared.record_id, 'same_work',
                                                  declared.day, revoke_same_work.day, revoke_same_work.reason);
begin
    insert into shap.counter_act (council_id, of_record, kind, plan_id, day, reason_digest, membership_id, link)
    select s.council_id, s.record_id, 'settlement', declared.plan_id, undone.day, undone.reason_digest, undone.membership_id,
           undone.link
      from shap.doubt_settlement s
     where s.council_id = declared.council_id and s.same_work_record_id = declared.record_id
     order by s.record_id;
end
$$;
grant execute on function shap.revoke_same_work(shap.same_work, date, text) to shap_api;
