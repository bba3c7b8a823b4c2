-- Settling a doubt: what the coordinator says is recorded as a reading beside the rules', never instead of it.

-- Records the day that the phrases of a doubt's milestones mean: the day in doubt, which is the one of the completion
-- where the phrase names one. What else the rules understood of the phrase stands: it was not in doubt.
-- Tables written: when_reading.
create or replace function shap.settle_date(council bigint, doubt bigint, last_day date, day date, reason_digest bytea,
                                            caller bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    insert into shap.when_reading (council_id, plan_id, reference, day, phrase, is_understood, last_day, recurrence,
                                   is_ongoing, is_completed, completed_on, pattern, reason_digest, membership_id, link)
    select d.council_id, d.plan_id, m.reference, settle_date.day, m."when", true,
           case when r.completed_on <> r.last_day then r.last_day else settle_date.last_day end, r.recurrence, r.is_ongoing,
           r.is_completed, case when r.completed_on is not null then settle_date.last_day end, 'coordinator',
           settle_date.reason_digest, caller, settle_date.link
      from shap.doubt d
      join shap.milestone m on m.council_id = d.council_id and m.plan_id = d.plan_id and m.version = d.version
                           and m.reference = any (d."references")
      join shap.when_reading r on r.council_id = m.council_id and r.plan_id = m.plan_id and r.reference = m.reference
                              and r.version = m.version
     where d.council_id = council and d.record_id = settle_date.doubt
     order by m.place;
end
$$;
grant execute on function shap.settle_date(bigint, bigint, date, date, bytea, bigint, bigint) to shap_api;

-- Records whom a doubt's token (or empty cell) names, in the version it was raised in and later ones, and shares the
-- milestones with that organisation where the version is adopted. Tables written: who_reading, share.
create or replace function shap.settle_code(council bigint, doubt bigint, code text, organisation bigint, day date,
                                            caller bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    with settled as (
        select d.plan_id, d.version, d.kind, d."references", shap.word_key(d.subject) as key
          from shap.doubt d where d.council_id = council and d.record_id = settle_code.doubt),
    place as (
        select w.plan_id, w.version, w.reference, w.place, w.token, w.record_id
          from settled s
          join shap.who_reading w on w.council_id = council and w.plan_id = s.plan_id and w.version >= s.version
                                 and w.reference = any (s."references") and w.code is null
                                 and shap.word_key(w.token) = s.key
         where s.kind <> 'no_owner'
           and not exists (select from shap.who_reading l where l.council_id = council and l.replaces = w.record_id)
        union all
        select m.plan_id, m.version, m.reference, 1, '', null
          from settled s
          join shap.milestone m on m.council_id = council and m.plan_id = s.plan_id and m.version >= s.version
                               and m.reference = any (s."references")
         where s.kind = 'no_owner'
           and not exists (select from shap.who_current(council, m.plan_id, m.version, null) l
                            where l.reference = m.reference))
    insert into shap.who_reading (council_id, plan_id, reference, version, place, token, code, organisation_id,
                                  replaces, membership_id, link)
    select council, p.plan_id, p.reference, p.version, p.place, p.token, settle_code.code, organisation,
           p.record_id, caller, settle_code.link
      from place p order by p.version, p.reference, p.place;
    perform shap.share_named(council, d.plan_id, d."references", settle_code.day, caller, settle_code.link)
       from shap.doubt d where d.council_id = council and d.record_id = settle_code.doubt;
end
$$;
grant execute on function shap.settle_code(bigint, bigint, text, bigint, date, bigint, bigint) to shap_api;

-- Refuses a settlement that says nothing, two things at once, or something the doubt is not about.
create or replace function shap.check_settlement(kind text, last_day date, code text, reason text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    about constant text := case
        when kind in ('empty_date', 'prose_date', 'date_outside_year') then 'date'
        when kind in ('undefined_code', 'probable_slip', 'no_owner') then 'owner' else 'wording' end;
    wrong constant text := case
        when last_day is not null and code is not null then 'a doubt is settled by a day or by a code, not by both'
        when last_day is not null and about <> 'date' then 'this doubt is not about a date'
        when code is not null and about <> 'owner' then 'this doubt is not about an owner'
        when last_day not between date '1990-01-01' and date '2199-12-31'
            then format('%s cannot be the day of a milestone', last_day)
        when last_day is null and code is null and btrim(coalesce(reason, '')) = ''
            then 'a doubt is dismissed only with a reason' end;
begin
    if wrong is not null then
        raise exception using errcode = 'RPC03', message = wrong,
            hint = case about when 'date' then 'Give the day it is due, or a reason to let it stand.'
                              when 'owner' then 'Give the register''s code that is meant, or a reason to let it stand.'
                              else 'Give a reason to let it stand.' end;
    end if;
    perform shap.check_text('the reason', reason, 2000);
end
$$;
grant execute on function shap.check_settlement(text, date, text, text) to shap_api;
