-- The panel's word: what is complete is signed off at a meeting, what will not be delivered is noted at one.

-- The evidence given with the accepted returns that say that milestones are complete, on them or on those of the same
-- work: every word since they are. standing: how they stand on the same day, as known at the same link.
create or replace function shap.evidence(council bigint, plan_id bigint, as_at date, link bigint, standing shap.standing_row[])
returns table (reference text, evidence text[])
language sql stable parallel safe
begin atomic
    with work as (
        select s.reference, s.reference as said_on, s.completed_on from unnest(standing) s
        union all
        select s.reference, w.other, s.completed_on
          from unnest(standing) s
          join shap.same_work_as(council, evidence.plan_id, evidence.as_at, evidence.link) w on w.reference = s.reference)
    select w.reference, array_agg(distinct btrim(r.evidence) collate "C" order by btrim(r.evidence) collate "C")
      from work w
      join shap.returns_known(council, evidence.plan_id, evidence.as_at, evidence.link) r on r.reference = w.said_on
     where r.status = 'complete' and r.verdict = 'accepted' and r.withdrawn_on is null and r.evidence ~ '\S'
       and r.day >= coalesce(w.completed_on, '-infinity')
     group by w.reference;
end;
grant execute on function shap.evidence(bigint, bigint, date, bigint, shap.standing_row[]) to shap_api;

-- Whether WHO of a milestone names a body, in a version as known at a link.
create or replace function shap.is_own_work(council bigint, plan_id bigint, version integer, link bigint, reference text,
                                            bodies text[]) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return exists (select from shap.who_current(council, is_own_work.plan_id, is_own_work.version, is_own_work.link) w
                    where w.reference = is_own_work.reference and w.code = any (bodies));
end
$$;
grant execute on function shap.is_own_work(bigint, bigint, integer, bigint, text, text[]) to shap_api;

-- A class as it is said in a sentence.
create or replace function shap.class_said(class text) returns text
language sql immutable parallel safe strict
return case class when 're_dated' then 're-dated' when 'no_return' then 'without a return' when 'ongoing_answered' then 'ongoing'
                  else replace(class, '_', ' ') end;
grant execute on function shap.class_said(text) to shap_api;

-- Refuses a milestone on which the panel's word stands already, saying at which meeting; it may have been said of another
-- milestone of the same work. standing: how it stands on the meeting's day. Called with the head held.
create or replace function shap.check_not_signed(council bigint, plan_id bigint, standing shap.standing_row, verdict text,
                                                 link bigint) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found record;
begin
    select w.record_id, w.verdict, o.reference, m.body, m.held_on into found
      from shap.signed(council, check_not_signed.plan_id, 'infinity', check_not_signed.link) w
      join shap.sign_off o on o.council_id = council and o.record_id = w.record_id
      join shap.meeting m on m.council_id = council and m.record_id = o.meeting_record_id
     where w.reference = standing.reference;
    if found.verdict = 'signed_off' or standing.is_noted and verdict = 'noted' then
        raise exception using errcode = 'RPC10',
            message = format('%s was %s at the meeting of %s on %s (record %s)',
                             standing.reference || case when found.reference <> standing.reference
                                                        then ', the same work as ' || found.reference || ',' else '' end,
                             replace(found.verdict, '_', ' '), found.body, shap.day_said(found.held_on), found.record_id),
            hint = format('The panel takes it back with: shap signoff revoke %s', found.record_id);
    end if;
end
$$;
grant execute on function shap.check_not_signed(bigint, bigint, shap.standing_row, text, bigint) to shap_api;

-- Refuses to sign off what was not complete on a day, and to note what was not undeliverable then.
create or replace function shap.check_ready(standing shap.standing_row, verdict text, met shap.meeting) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant text := case verdict when 'noted' then 'will_not_be_delivered' else 'complete' end;
begin
    if standing.class is distinct from wanted then
        raise exception using errcode = 'RPC09',
            message = case
                when standing.class is null then 'the plan did not hold this milestone on ' || met.held_on
                when standing.class = 'complete' then standing.reference || ' is complete: it is signed off, not noted'
                when standing.class = 'will_not_be_delivered'
                    then standing.reference || ' will not be delivered: it is noted, not signed off'
                else format('%s was %s on %s, not %s', standing.reference, shap.class_said(standing.class),
                            shap.day_said(met.held_on),
                            case verdict when 'noted' then 'given up by an accepted return' else 'complete' end)
                     || case when standing.is_claimed then '; what was said of it was not accepted by then' else '' end end,
            hint = case
                when standing.class = 'complete'
                    then format('Type: shap signoff add %s --meeting %s', standing.reference, met.record_id)
                when standing.class = 'will_not_be_delivered'
                    then format('Type: shap signoff note %s --meeting %s', standing.reference, met.record_id)
                when standing.is_claimed then 'Returns that wait for a word are listed by: shap review list'
                else 'What may be signed off is listed by: shap report sign-off' end;
    end if;
end
$$;
grant execute on function shap.check_ready(shap.standing_row, text, shap.meeting) to shap_api;

-- Signs a milestone off or notes it; see shap_v1.sign_off_milestone. Tables written: sign_off, personal_text, link.
create or replace function shap.sign_off(met shap.meeting, plan_id bigint, reference text, verdict text,
                                         without_evidence text, comment text) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    council constant bigint := met.council_id;
    link bigint;
    standing shap.standing_row;
    has_evidence boolean;
    record_id bigint;
begin
    perform shap.check_text('without evidence', without_evidence, 20000), shap.check_text('comment', comment, 20000);
    link := shap.take_link(council, shap.caller());
    perform shap.check_held(met);
    if shap.version_in_force(council, plan_id, met.held_on, link) is null then
        raise exception using errcode = 'RPC09',
            message = format('%s was not adopted by %s', shap.plan_name(council, plan_id), shap.day_said(met.held_on)),
            hint = 'The versions and when they were adopted are listed by: shap plan versions';
    end if;
    select s.* into standing from shap.standing_of(council, plan_id, reference, met.held_on, link) s;
    perform shap.check_not_signed(council, plan_id, standing, verdict, link);
    perform shap.check_ready(standing, verdict, met);
    has_evidence := verdict = 'noted'
                    or exists (select from shap.evidence(council, plan_id, met.held_on, link, array[standing]));
    if not has_evidence and nullif(btrim(without_evidence), '') is null then
        raise exception using errcode = 'RPC03', message = format('%s is complete, but there is no evidence of it', reference),
            hint = 'Say why that will do, with: --without-evidence REASON';
    end if;
    insert into shap.sign_off (council_id, plan_id, reference, verdict, meeting_record_id, return_record_id,
                               without_evidence_digest, comment_digest, is_own_work, day, membership_id, link)
    values (council, plan_id, reference, verdict, met.record_id,
            case when standing.status = 'complete' and standing.recurrence is null or verdict = 'noted' then standing.said_record end,
            case when not has_evidence then shap.keep_text(council, btrim(without_evidence)) end,
            shap.keep_text(council, nullif(btrim(comment), '')),
            shap.is_own_work(council, plan_id, standing.version, link, reference, array[met.body]), met.held_on,
            shap.caller(), link)
    returning shap.sign_off.record_id into record_id;
    return record_id;
end
$$;
grant execute on function shap.sign_off(shap.meeting, bigint, text, text, text, text) to shap_api;
