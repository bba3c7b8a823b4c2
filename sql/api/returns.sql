-- Returns: one organisation's word on one milestone.

-- One call of a group, and its answer: see shap_v1.submit_return.
create type shap_v1.submit_return_call as (
    ordinal integer,
    token_hash bytea,
    return_id uuid,
    plan text,
    reference text,
    status shap_v1.return_status,
    note text,
    as_of date,
    evidence text,
    rating text,
    new_date text,
    reason text,
    corrects uuid,
    organisation text
);

create type shap_v1.submit_return_answer as (
    ordinal integer,
    sqlstate text, -- null: done
    refusal text,
    return_id uuid,
    record_id bigint,
    recorded_at timestamptz,
    replayed boolean,
    reference text
);

-- Submits returns, a group of calls at once: each is answered by its ordinal, with a receipt or a refusal, and none
-- stops another. The id makes sending safe: with the same content again it is answered as the first time, with other
-- content it is refused. Tables written: return, personal_text, link.
create function shap_v1.submit_return(calls shap_v1.submit_return_call[]) returns setof shap_v1.submit_return_answer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    done record;
begin
    select * into done from shap.record_returns(array(
        select row(c.ordinal, c.token_hash, c.return_id, nullif(btrim(c.plan), ''), nullif(btrim(c.reference), ''),
                   c.status::text, nullif(c.note, ''), c.as_of, nullif(c.evidence, ''), nullif(c.rating, ''),
                   nullif(btrim(c.new_date), ''), nullif(btrim(c.reason), ''), c.corrects,
                   nullif(btrim(c.organisation), ''))::shap.return_call
          from unnest(calls) c));
    return query
        select w.ordinal, v.refusal[1], v.refusal[2], (w.call).return_id, r.record_id, l.recorded_at,
               not (w.is_first and r.record_id = any (done.records)), r.reference
          from unnest(done.work) w
          left join shap."return" r on w.refusal is null and r.council_id = w.council_id
                and r.organisation_id = w.organisation_id and r.return_id = (w.call).return_id
                and r.content_digest = w.content_digest
          left join shap.link l on l.council_id = r.council_id and l.number = r.link
         cross join lateral (
               select coalesce(w.refusal, case when r.record_id is null then
                   array['RPC06', format('a return with the id %s is on record already, with other content. '
                       'A return that says something else needs an id of its own.', (w.call).return_id)] end)) v (refusal)
         order by w.ordinal;
end
$$;
grant execute on function shap_v1.submit_return(shap_v1.submit_return_call[]) to shap_contributor, shap_coordinator;

-- The returns made on a plan's milestones, each as it stands as at a day and as known at a link: what was said to it,
-- whether it was withdrawn, what was granted. In the order of the plan; what is in it no more comes last. Internal.
create function shap_v1.returns_shown(council bigint, plan_id bigint, as_at date, link bigint)
returns table (place integer, record_id bigint, reference text, organisation text, is_awaiting_review boolean,
               is_awaiting_date boolean, item shap_v1.return)
language sql stable parallel safe
begin atomic
    with person as (
        select m.id, shap.name_of(m.id) as name
          from (select distinct r.membership_id from shap."return" r
                 where r.council_id = council and r.plan_id = returns_shown.plan_id) m (id)
    ), standing_review as (
        select distinct on (v.return_record_id) v.return_record_id, v.verdict, v.comment_digest
          from shap.review v
         where v.council_id = council and v.plan_id = returns_shown.plan_id and v.day <= returns_shown.as_at
           and v.link <= returns_shown.link
           and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = v.record_id
                              and u.day <= returns_shown.as_at and u.link <= returns_shown.link)
         order by v.return_record_id, v.day desc, v.link desc, v.record_id desc
    ), answer as (
        select distinct on (g.return_record_id) g.return_record_id, g.new_day
          from shap."grant" g
         where g.council_id = council and g.plan_id = returns_shown.plan_id and g.day <= returns_shown.as_at
           and g.link <= returns_shown.link and g.return_record_id is not null
           and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = g.record_id
                              and u.day <= returns_shown.as_at and u.link <= returns_shown.link)
         order by g.return_record_id, g.day desc, g.link desc, g.record_id desc
    )
    select m.place, r.record_id, r.reference, o.code, v.verdict is null and u.of_record is null,
           r.new_date is not null and a.new_day is null and v.verdict is distinct from 'sent_back' and u.of_record is null,
           row(r.record_id, r.return_id, c.code || '/' || p.code, r.reference, o.code, w.name, r.is_entered_for,
               r.status::shap_v1.return_status,
               case when r.note_digest is not null then coalesce(n.body, '[erased]') end, r.day, r.evidence, r.rating,
               r.new_date, case when r.reason_digest is not null then coalesce(b.body, '[erased]') end, k.return_id,
               l.recorded_at, v.verdict::shap_v1.verdict,
               case when v.comment_digest is not null then coalesce(t.body, '[erased]') end, u.day, a.new_day)::shap_v1.return
      from shap."return" r
      join shap.council c on c.id = r.council_id
      join shap.plan p on p.council_id = r.council_id and p.id = r.plan_id
      join shap.organisation o on o.id = r.organisation_id
      join shap.link l on l.council_id = r.council_id and l.number = r.link
      left join shap.milestone m on m.council_id = r.council_id and m.plan_id = r.plan_id and m.reference = r.reference
            and m.version = (select shap.version_reported(council, returns_shown.plan_id, returns_shown.as_at, returns_shown.link))
      left join person w on w.id = r.membership_id
      left join standing_review v on v.return_record_id = r.record_id
      left join answer a on a.return_record_id = r.record_id
      left join shap.counter_act u on u.council_id = r.council_id and u.of_record = r.record_id
            and u.day <= returns_shown.as_at and u.link <= returns_shown.link
      left join shap."return" k on k.council_id = r.council_id and k.record_id = r.corrects
      left join shap.personal_text n on n.council_id = r.council_id and n.digest = r.note_digest
      left join shap.personal_text b on b.council_id = r.council_id and b.digest = r.reason_digest
      left join shap.personal_text t on t.council_id = r.council_id and t.digest = v.comment_digest
     where r.council_id = council and r.plan_id = returns_shown.plan_id and r.day <= returns_shown.as_at
       and r.link <= returns_shown.link;
end;

-- The returns on a plan's milestones that the caller sees, in the order of the plan, then of their days. Withdrawn ones
-- are among them, saying so.
create function shap_v1.list_returns(plan text, reference text, organisation text, awaiting_review boolean,
                                     awaiting_date boolean, as_at date, known_at date)
returns setof shap_v1.return
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    named record := shap.plan_of(plan);
    wanted constant text := shap.reference_of(nullif(btrim(list_returns.reference), ''));
begin
    return query
        select (r.item).*
          from shap_v1.returns_shown(named.council_id, named.plan_id, coalesce(list_returns.as_at, shap.today(named.council_id)),
                                     shap.link_at(named.council_id, list_returns.known_at)) r
         where (wanted is null or r.reference = wanted)
           and (list_returns.organisation is null or r.organisation = lower(btrim(list_returns.organisation)))
           and (r.is_awaiting_review or not coalesce(list_returns.awaiting_review, false))
           and (r.is_awaiting_date or not coalesce(list_returns.awaiting_date, false))
         order by r.place, r.reference collate "C", (r.item).as_of, r.record_id;
end
$$;
grant execute on function shap_v1.list_returns(text, text, text, boolean, boolean, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- Takes a return back, with a reason: for the organisation whose return it is, or a coordinator where one entered it.
-- It stays on record. Refuses one that is withdrawn already (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.withdraw_return(record_id bigint, reason text, day date) returns shap_v1.return
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    withdrawn constant shap."return" := shap.return_of(withdraw_return.record_id);
begin
    if withdrawn.organisation_id <> all (shap.organisations())
       and not (withdrawn.is_entered_for and shap.sight() = 'full') then
        raise exception using errcode = 'RPC07',
            message = format('return %s was made by another organisation', withdrawn.record_id),
            hint = 'Its own people withdraw it; a coordinator can send it back.';
    end if;
    perform shap.undo(withdrawn.council_id, withdrawn.plan_id, withdrawn.reference, withdrawn.record_id, 'return',
                      withdrawn.day, withdraw_return.day, withdraw_return.reason);
    return (select r.item from shap_v1.returns_shown(withdrawn.council_id, withdrawn.plan_id, 'infinity',
                                                     shap.link_at(withdrawn.council_id, null)) r
             where r.record_id = withdrawn.record_id);
end
$$;
grant execute on function shap_v1.withdraw_return(bigint, text, date) to shap_contributor, shap_coordinator;
