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
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set jit = off as $$
begin
    return query
        select a.ordinal, a.refusal[1], a.refusal[2], a.return_id, a.record_id, a.recorded_at, a.replayed, a.reference
          from shap.record_returns(array(
                select row(c.ordinal, c.token_hash, c.return_id, nullif(btrim(c.plan), ''), nullif(btrim(c.reference), ''),
                           c.status::text, nullif(c.note, ''), c.as_of, nullif(c.evidence, ''), nullif(c.rating, ''),
                           nullif(btrim(c.new_date), ''), nullif(btrim(c.reason), ''), c.corrects,
                           nullif(btrim(c.organisation), ''))::shap.return_call
                  from unnest(calls) c)) a;
end
$$;
grant execute on function shap_v1.submit_return(shap_v1.submit_return_call[]) to shap_contributor, shap_coordinator;

-- Returns as they are shown. Internal.
create function shap_v1.returns_shown(council bigint, plan text, known shap.return_known_row[])
returns table (place integer, record_id bigint, item shap_v1.return)
language sql stable parallel safe
begin atomic
    with person as materialized (
        select m.id, shap.name_of(m.id) as name from (select distinct r.membership_id from unnest(known) r) m (id)
    )
    select r.place, r.record_id,
           row(r.record_id, r.return_id, returns_shown.plan, r.reference, r.organisation, p.name, r.is_entered_for, r.status,
               case when r.note_digest is not null then (
                   select coalesce(t.body, shap.erased(t.erased_on)) from shap.personal_text t
                    where t.council_id = council and t.digest = r.note_digest) end,
               r.day, r.evidence, r.rating, r.new_date,
               case when r.reason_digest is not null then (
                   select coalesce(t.body, shap.erased(t.erased_on)) from shap.personal_text t
                    where t.council_id = council and t.digest = r.reason_digest) end,
               r.corrects, r.recorded_at, r.verdict,
               case when r.comment_digest is not null then (
                   select coalesce(t.body, shap.erased(t.erased_on)) from shap.personal_text t
                    where t.council_id = council and t.digest = r.comment_digest) end,
               r.withdrawn_on, r.new_day)::shap_v1.return
      from unnest(known) r left join person p on p.id = r.membership_id;
end;

-- The returns on a plan's milestones that the caller sees, in the order of the plan, then of their days. Withdrawn ones
-- are among them, saying so.
create function shap_v1.list_returns(plan text, reference text, organisation text, awaiting_review boolean,
                                     awaiting_date boolean, as_at date, known_at date)
returns setof shap_v1.return
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    called constant text := shap.plan_name(named.council_id, named.plan_id);
    wanted constant text := shap.reference_meant(named.council_id, named.plan_id,
        shap.version_in_force(named.council_id, named.plan_id, null, null), list_returns.reference);
    body constant text := shap.organisation_meant(list_returns.organisation);
    day constant date := coalesce(list_returns.as_at, shap.today(named.council_id));
    link constant bigint := shap.link_at(named.council_id, list_returns.known_at);
    known shap.return_known_row[];
begin
    perform shap.check_calendar('as at', list_returns.as_at);
    if wanted is null then
        known := array(select r from shap.returns_known(named.council_id, named.plan_id, day, link) r);
    else
        known := array(select r from shap.returns_known_of(named.council_id, named.plan_id, wanted, day, link) r);
    end if;
    return query
        select (s.item).*
          from shap_v1.returns_shown(named.council_id, called, array(
                   select r from unnest(known) r
                    where (body is null or r.organisation = body)
                      and (r.is_awaiting_review or not coalesce(list_returns.awaiting_review, false))
                      and (r.is_awaiting_date or not coalesce(list_returns.awaiting_date, false)))) s
         order by s.place, (s.item).reference collate "C", (s.item).as_of, s.record_id;
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
    return (select s.item from shap_v1.returns_shown(
                withdrawn.council_id, shap.plan_name(withdrawn.council_id, withdrawn.plan_id), array(
                    select r from shap.returns_known_of(withdrawn.council_id, withdrawn.plan_id, withdrawn.reference,
                                                        'infinity', shap.link_at(withdrawn.council_id, null)) r
                     where r.record_id = withdrawn.record_id)) s);
end
$$;
grant execute on function shap_v1.withdraw_return(bigint, text, date) to shap_contributor, shap_coordinator;
