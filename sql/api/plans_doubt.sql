-- Service Plans: doubts, and how they are settled.

-- The doubts of a plan as they are shown, as known at a link (null: now) and as at a day (null: any). Resolved by the
-- document or the register, one counts as settled on the day that was recorded, if that is not later than the day. An open
-- one about a code that is one slip away from a code the register held by then says so. Internal.
create function shap_v1.doubts_shown(council bigint, plan_id bigint, link bigint, as_at date) returns setof shap_v1.doubt
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    known constant text[] := shap.known_words_at(council, doubts_shown.link);
begin
    return query
    select d.doubt_id, (case when guess.meant is null then d.kind else 'probable_slip' end)::shap_v1.doubt_kind,
           coalesce(d.standing[1], d."references"[1]), d.subject,
           coalesce(shap.slip_said(d.subject, guess.meant), d.detail),
           case when cardinality(d.standing) > 0 then d.standing else d."references" end,
           coalesce(d.settled_on, resolved.day),
           case when d.last_day is not null then concat_ws(': ', 'due on ' || shap.day_said(d.last_day), d.reason)
                when d.code is not null then concat_ws(': ', 'means ' || d.code, d.reason)
                when d.same_work_record_id is not null then concat_ws(': ', 'declared the same work', d.reason)
                when d.settled_on is not null then 'dismissed: ' || d.reason
                when resolved.day is null then null
                when d.kind in ('undefined_code', 'probable_slip') then 'the register defines it now'
                else 'a later version of the plan says otherwise' end,
           d.reopened_on
      from shap.doubts(council, doubts_shown.plan_id, doubts_shown.link, doubts_shown.as_at) d
     cross join lateral (
         select case when d.kind = 'undefined_code' and d.settled_on is null and cardinality(d.standing) > 0
                     then shap.probable_slip(d.subject, known) end as meant) guess
     cross join lateral (
         select r.day
           from shap.resolved_on(council, doubts_shown.plan_id, d."references", doubts_shown.link) r (day)
          where cardinality(d.standing) = 0 and (doubts_shown.as_at is null or r.day <= doubts_shown.as_at)
          union all select null order by 1 limit 1) resolved
     order by d.doubt_id;
end
$$;

-- The open doubts of a plan as known at the end of a day (absent: now), in the order they were raised; with all, the
-- settled ones too. Refuses an unknown plan (RPC05). Read-only.
create function shap_v1.list_doubts(plan text, "all" boolean, known_at date default null) returns setof shap_v1.doubt
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant record := shap.plan_of(plan);
begin
    return query
    select s.* from shap_v1.doubts_shown(found.council_id, found.plan_id,
                                         shap.link_at(found.council_id, known_at), null) s
     where coalesce("all", false) or s.settled_on is null;
end
$$;
grant execute on function shap_v1.list_doubts(text, boolean, date) to shap_reader, shap_coordinator, shap_panel;

-- Settles a doubt: the day a phrase means, the register's code that is meant, or neither: dismissed with a reason.
-- Refuses an unknown doubt or code (RPC05), a settlement that does not fit (RPC03), a doubt that is settled (RPC09).
-- Tables written: doubt_settlement, when_reading, who_reading, share, personal_text, link.
create function shap_v1.settle_doubt(plan text, doubt_id bigint, last_day date, code text, reason text, day date)
returns shap_v1.doubt
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    found record := shap.plan_of(settle_doubt.plan);
    caller constant bigint := shap.caller();
    named constant text := nullif(btrim(settle_doubt.code), '');
    why constant text := nullif(btrim(settle_doubt.reason), '');
    decided constant date := shap.check_day(found.council_id, 'the day of the settlement', settle_doubt.day);
    link constant bigint := shap.take_link(found.council_id, caller);
    doubt record;
    meant record;
    why_digest bytea;
begin
    select d.* into doubt from shap.doubts(found.council_id, found.plan_id, null) d where d.doubt_id = settle_doubt.doubt_id;
    if doubt.doubt_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no doubt %s about this plan', settle_doubt.doubt_id),
            hint = 'They are listed by: shap plan doubts';
    end if;
    if doubt.settled_on is not null then
        raise exception using errcode = 'RPC09',
            message = format('doubt %s was settled on %s', settle_doubt.doubt_id, shap.day_said(doubt.settled_on)),
            hint = 'See how with: shap plan doubts --all';
    end if;
    perform shap.check_settlement(doubt.kind, settle_doubt.last_day, named, why);
    select w.code, w.organisation_id into meant
      from shap.register_at(found.council_id, null) w where w.code = shap.code_meant(found.council_id, named);
    if named is not null and meant.code is null then
        raise exception using errcode = 'RPC05', message = format('the register does not hold "%s"', left(named, 100)),
            hint = 'Add it with: shap register add';
    end if;
    why_digest := shap.keep_text(found.council_id, why);
    insert into shap.doubt_settlement (council_id, doubt_id, last_day, code, reason_digest, day, membership_id, link)
    values (found.council_id, settle_doubt.doubt_id, settle_doubt.last_day, meant.code, why_digest, decided, caller,
            link);
    if settle_doubt.last_day is not null then
        perform shap.settle_date(found.council_id, settle_doubt.doubt_id, settle_doubt.last_day, decided, why_digest,
                                 caller, link);
    end if;
    if meant.code is not null then
        perform shap.settle_code(found.council_id, settle_doubt.doubt_id, meant.code, meant.organisation_id, decided,
                                 caller, link);
    end if;
    return (select s from shap_v1.doubts_shown(found.council_id, found.plan_id, null, null) s
             where s.doubt_id = settle_doubt.doubt_id);
end
$$;
grant execute on function shap_v1.settle_doubt(text, bigint, date, text, text, date) to shap_coordinator;

-- Revokes how a doubt was settled, with a reason: what was read because of it is read again, and the doubt is open.
-- Refuses an unknown doubt (NOT_FOUND), no reason and a day before the settlement's (INVALID_ARGUMENT), a doubt that
-- nobody settled or a declaration of the same work did (FAILED_PRECONDITION), a settlement that is revoked already (ABORTED).
-- Tables written: counter_act, who_reading, share, doubt, personal_text, link.
create function shap_v1.reopen_doubt(plan text, doubt_id bigint, reason text, day date) returns shap_v1.doubt
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    found record := shap.plan_of(reopen_doubt.plan);
    reopened shap.doubt;
    settlement shap.doubt_settlement;
    undone shap.counter_act;
begin
    select d.* into reopened from shap.doubt d
     where d.council_id = found.council_id and d.plan_id = found.plan_id and d.record_id = reopen_doubt.doubt_id;
    if reopened.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no doubt %s about this plan', reopen_doubt.doubt_id),
            hint = 'They are listed by: shap plan doubts';
    end if;
    perform shap.take_link(found.council_id, shap.caller());
    select s.* into settlement from shap.doubt_settlement s
     where s.council_id = found.council_id and s.doubt_id = reopened.record_id
     order by s.link desc, s.record_id desc limit 1;
    if settlement.record_id is null then
        raise exception using errcode = 'RPC09', message = format('nobody settled doubt %s', reopened.record_id),
            hint = 'How each stands is listed by: shap plan doubts --all';
    end if;
    if settlement.same_work_record_id is not null then
        raise exception using errcode = 'RPC09',
            message = format('doubt %s was settled by the declaration that they are the same work (record %s)',
                             reopened.record_id, settlement.same_work_record_id),
            hint = format('Take that back with: shap milestone different %s', reopened."references"[1]);
    end if;
    undone := shap.undo(found.council_id, found.plan_id, null, settlement.record_id, 'settlement', settlement.day,
                        reopen_doubt.day, reopen_doubt.reason);
    if settlement.last_day is not null then
        perform shap.unsettle_date(reopened, settlement, undone);
    end if;
    if settlement.code is not null then
        perform shap.unsettle_code(reopened, settlement, undone);
    end if;
    return (select s from shap_v1.doubts_shown(found.council_id, found.plan_id, null, null) s
             where s.doubt_id = reopened.record_id);
end
$$;
grant execute on function shap_v1.reopen_doubt(text, bigint, text, date) to shap_coordinator;
