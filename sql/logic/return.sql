-- Recording returns, many at once: calls become rows of work, each row is judged, what is good and new is inserted.
-- Every step is one statement over the whole array; a refusal is a verdict on its row and stops nobody else.
drop type if exists shap.return_work cascade;
drop type if exists shap.return_call cascade;

-- One call as it came: shap_v1.submit_return_call, with empty texts as null.
create type shap.return_call as (
    ordinal integer,
    token_hash bytea,
    return_id uuid,
    plan text,
    reference text,
    status text,
    note text,
    as_of date,
    evidence text,
    rating text,
    new_date text,
    reason text,
    corrects uuid,
    organisation text
);

create type shap.return_work as (
    ordinal integer,
    call shap.return_call,
    refusal text[],         -- the verdict: SQLSTATE and what to tell the caller; null: nothing against it
    membership_id bigint,   -- who calls
    is_entered_for boolean, -- a coordinator, for another body
    council_id bigint,
    plan_id bigint,
    organisation_id bigint, -- whose return it is
    reference text,
    day date,
    content_digest bytea,
    corrects bigint,          -- the return it corrects: its record
    corrects_ordinal integer, -- or, while that is not on record, its place in the array
    is_first boolean          -- to be inserted: good, new, and the first of its id in the array
);

-- Which memberships hold these tokens; only callers' whose token holds.
create or replace function shap.token_holders(token_hashes bytea[])
returns table (token_hash bytea, membership_id bigint, role text, organisation_id bigint, council_id bigint)
language sql stable parallel safe
begin atomic
    select k.hash, m.id, m.role, m.organisation_id, m.council_id
      from shap.token k
      join shap.membership m on m.id = k.membership_id
     where k.hash = any (token_hashes) and k.expires_at > (select shap.clock())
       and k.membership_id = any ((select shap.callers())::bigint[])
       and not exists (select from shap.token_end e where e.token_id = k.id);
end;
grant execute on function shap.token_holders(bytea[]) to shap_api;

-- The plans of the callers' councils, each with its version in force now (null: a draft) and the council's today.
-- is_default: the one meant when no plan is named: the year adopted last, else the latest draft.
create or replace function shap.plans_answered()
returns table (council_id bigint, council text, plan_id bigint, code text, version integer, today date,
               is_default boolean)
language sql stable parallel safe
begin atomic
    select p.council_id, c.code, p.id, p.code, a.version, ((select shap.clock()) at time zone c.zone)::date,
           row_number() over (partition by p.council_id order by a.version is null, p.first_day desc) = 1
      from shap.plan p
      join shap.council c on c.id = p.council_id
      left join (
           select distinct on (o.council_id, o.plan_id) o.council_id, o.plan_id, o.version
             from shap.adoption o
            where o.council_id = any ((select shap.councils())::bigint[])
              and not exists (select from shap.counter_act u
                               where u.council_id = o.council_id and u.of_record = o.record_id)
            order by o.council_id, o.plan_id, o.day desc, o.link desc, o.record_id desc) a
        on a.council_id = p.council_id and a.plan_id = p.id
     where p.council_id = any ((select shap.councils())::bigint[]);
end;
grant execute on function shap.plans_answered() to shap_api;

-- What a return says, in one canonical form that does not depend on any setting: the same content has the same
-- digest. The id is part of it.
create or replace function shap.return_digest(c shap.return_call) returns bytea
language sql immutable parallel safe
return sha256(convert_to(row(c.return_id, c.plan, c.reference, c.status, c.note, c.as_of - date '2000-01-01', c.evidence,
                             c.rating, c.new_date, c.reason, c.corrects, c.organisation)::text, 'UTF8'));
grant execute on function shap.return_digest(shap.return_call) to shap_api;

-- Who calls, for which plan and organisation: everything a return's id is looked up by.
create or replace function shap.address_returns(calls shap.return_call[])
returns table (ordinal integer, call shap.return_call, refusal text[], membership_id bigint, is_coordinator boolean,
               is_own boolean, council_id bigint, plan_id bigint, plan text, version integer, today date,
               organisation_id bigint, organisation text, reference text)
language sql stable parallel safe
begin atomic
    with holder as materialized (
        select * from shap.token_holders(array(select distinct c.token_hash from unnest(calls) c))
    ), plan as materialized (
        select * from shap.plans_answered()
    )
    select c.ordinal, c,
           case
               when h.membership_id is null then
                   array['28000', 'this token is not known here, has expired or was revoked. Sign in with: shap login']
               when c.return_id is null then
                   array['RPC03', 'the return has no id. The sender makes a UUID before sending it for the first time.']
               when c.plan is not null and n.parts is null then
                   array['RPC03', format('"%s" is not the name of a plan. Write it as copeland/2010-11.', left(c.plan, 60))]
               when p.plan_id is null then
                   array['RPC05', format('there is no plan %shere. The plans you can see are listed by: shap plan list',
                                         '"' || left(c.plan, 60) || '" ')]
               when c.organisation is not null and o.id is null then
                   array['RPC05', format('there is no organisation "%s". Organisations are listed by: shap organisation list',
                                         left(c.organisation, 60))]
               when o.id <> h.organisation_id and h.role <> 'coordinator' then
                   array['RPC07', format('a return for %s is entered by its own people, or by a coordinator.', o.name)]
           end,
           h.membership_id, h.role = 'coordinator', coalesce(o.id = h.organisation_id, true), h.council_id, p.plan_id,
           p.council || '/' || p.code, p.version, p.today, coalesce(o.id, h.organisation_id),
           coalesce(o.name, 'your organisation'), shap.reference_of(c.reference)
      from unnest(calls) c
      left join holder h on h.token_hash = c.token_hash
     cross join lateral (select regexp_match(c.plan, '^\s*(?:([^/\s]+)\s*/\s*)?(\d{4})\s*[-/]\s*(?:\d\d)?(\d\d)\s*$')) n (parts)
      left join plan p on p.council_id = h.council_id
            and case when n.parts is null then p.is_default and c.plan is null
                     else p.code = n.parts[2] || '-' || n.parts[3] and coalesce(lower(n.parts[1]) = p.council, true) end
      left join shap.organisation o on o.code = lower(btrim(c.organisation));
end;
grant execute on function shap.address_returns(shap.return_call[]) to shap_api;

-- What is wrong with what a return says, by itself; null where nothing is.
create or replace function shap.return_fault(c shap.return_call, today date) returns text
language sql immutable parallel safe
return case
    when c.reference is null then 'the milestone is missing. Name it by its reference, such as SH4.3/2/1.'
    when c.status is null then 'the status is missing. Say not started, in progress, complete or will not be delivered.'
    when c.as_of > today then format('as of: %s is still to come. Give a day not after %s.', c.as_of, today)
    when c.as_of < date '1990-01-01' then format('as of: %s is before 1990. Check the year.', c.as_of)
    when c.new_date is not null and c.reason is null then 'a new date is asked for without a reason. Say why it is needed.'
    else (select format('%s has %s characters; at most %s are kept. %s', t.field, length(t.body), t.most, t.cure)
            from (values ('note', c.note, 20000, 'Put the long text where the evidence is, and refer to it.'),
                         ('reason', c.reason, 20000, 'Put the long text where the evidence is, and refer to it.'),
                         ('evidence', c.evidence, 2000, 'Say where the proof is.'),
                         ('new date', c.new_date, 200, 'Write it as a plan would, such as March 2011.'),
                         ('rating', c.rating, 100, 'Shorten it.')) t (field, body, most, cure)
           where length(t.body) > t.most limit 1)
end;
grant execute on function shap.return_fault(shap.return_call, date) to shap_api;

-- The verdict on a return that is not on record yet; null: it is good. stranger: the name of an organisation that
-- does not share a milestone which the caller sees.
create or replace function shap.return_refusal(c shap.return_call, today date, plan text, is_adopted boolean,
    may_answer boolean, stranger text, has_corrected boolean, corrected_day date) returns text[]
language sql immutable parallel safe
return case
    when shap.return_fault(c, today) is not null then array['RPC03', shap.return_fault(c, today)]
    when not is_adopted then
        array['RPC09', format('%s is a draft. It is answered once it is adopted with: shap plan adopt', plan)]
    when not may_answer and stranger is not null then
        array['RPC09', format('%s is not shared with %s. Share it first with: shap milestone share', c.reference, stranger)]
    when not may_answer then
        array['RPC05', format('there is no milestone "%s" for you in %s. Yours are listed by: shap milestone list',
                              left(c.reference, 60), plan)]
    when c.corrects is not null and not has_corrected then
        array['RPC05', format('there is no return %s of yours on %s to correct. Yours are listed by: shap return list',
                              c.corrects, c.reference)]
    when coalesce(c.as_of, today) < corrected_day then
        array['RPC03', format('as of: a correction of %s cannot speak of an earlier day, %s. Withdraw the return and send another.',
                              corrected_day, c.as_of)]
end;
grant execute on function shap.return_refusal(shap.return_call, date, text, boolean, boolean, text, boolean, date)
    to shap_api;

-- Judges calls, in their order. A return whose id is on record is not judged again. A contributor answers what the
-- organisation shares; a coordinator whatever is in the plan for the own organisation, and for another body what that
-- body shares. What is corrected is the same organisation's word on the same milestone: on record, or earlier in the
-- array. A correction of an earlier day would not count (the latest day's word does), so it is refused.
create or replace function shap.judge_returns(calls shap.return_call[]) returns shap.return_work[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        with recursive addressed as materialized (
            select a.*, coalesce((a.call).as_of, a.today) as day, (a.call).return_id, (a.call).corrects as corrects_id
              from shap.address_returns(calls) a
        ), found as (
            select a.*, r.record_id is not null as is_recorded, s.reference is not null as is_shared,
                   m.reference is not null as is_known, k.record_id as corrects, e.ordinal as corrects_ordinal,
                   coalesce(k.day, e.day) as corrected_day
              from addressed a
              left join shap."return" r on r.council_id = a.council_id and r.organisation_id = a.organisation_id
                    and r.return_id = a.return_id
              left join shap.share s on s.council_id = a.council_id and s.plan_id = a.plan_id
                    and s.reference = a.reference and s.organisation_id = a.organisation_id
              left join shap.milestone m on m.council_id = a.council_id and m.plan_id = a.plan_id
                    and m.version = a.version and m.reference = a.reference and a.is_coordinator
              left join shap."return" k on k.council_id = a.council_id and k.organisation_id = a.organisation_id
                    and k.return_id = a.corrects_id and k.plan_id = a.plan_id and k.reference = a.reference
              left join addressed e on k.record_id is null and r.record_id is null and e.ordinal < a.ordinal and e.council_id = a.council_id
                    and e.organisation_id = a.organisation_id and e.return_id = a.corrects_id
                    and e.plan_id = a.plan_id and e.reference = a.reference
        ), judged as materialized (
            select distinct on (f.ordinal) f.*, coalesce(f.refusal, case when not f.is_recorded then
                       shap.return_refusal(f.call, f.today, f.plan, f.version is not null,
                           f.is_shared or (f.is_known and f.is_own), case when f.is_known then f.organisation end,
                           f.corrects is not null or f.corrects_ordinal is not null, f.corrected_day) end) as verdict
              from found f
             order by f.ordinal, f.corrects_ordinal
        ), good as (
            select j.ordinal from judged j where j.verdict is null and j.corrects_ordinal is null
            union all
            select j.ordinal from good g join judged j on j.corrects_ordinal = g.ordinal where j.verdict is null
        )
        select array(select row(j.ordinal, j.call,
                   coalesce(j.verdict, case when g.ordinal is null then
                       array['RPC05', format('the return %s that it corrects was refused.', j.corrects_id)] end),
                   j.membership_id, not j.is_own, j.council_id, j.plan_id, j.organisation_id, j.reference, j.day,
                   shap.return_digest(j.call), j.corrects, j.corrects_ordinal,
                   not j.is_recorded and g.ordinal is not null
                   and row_number() over (partition by j.council_id, j.organisation_id, j.return_id, g.ordinal is null
                                          order by j.ordinal) = 1)::shap.return_work
          from judged j left join good g on g.ordinal = j.ordinal
         order by j.ordinal));
end
$$;
grant execute on function shap.judge_returns(shap.return_call[]) to shap_api;

-- Inserts what is to be inserted, under the links taken for its councils, and returns the records made. The heads of
-- the ledgers are held, so what is on record now is all there is: an id recorded since the calls were judged is left
-- to be answered as it stands. Tables written: return, personal_text.
create or replace function shap.insert_returns(work shap.return_work[], councils bigint[], links bigint[],
                                               out records bigint[])
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    with fresh as materialized (
        select w.*, nextval('shap.record_id') as record_id, l.link, uuid_send(gen_random_uuid()) as note_salt,
               uuid_send(gen_random_uuid()) as reason_salt
          from unnest(work) w
          join unnest(councils, links) l (council_id, link) on l.council_id = w.council_id
         where w.is_first
           and not exists (select from shap."return" r
                            where r.council_id = w.council_id and r.organisation_id = w.organisation_id
                              and r.return_id = (w.call).return_id)
    ), digested as materialized (
        select f.*, sha256(f.note_salt || convert_to((f.call).note, 'UTF8')) as note_digest,
               sha256(f.reason_salt || convert_to((f.call).reason, 'UTF8')) as reason_digest
          from fresh f
    ), kept as (
        insert into shap.personal_text (council_id, digest, salt, body)
        select d.council_id, t.digest, t.salt, t.body
          from digested d
         cross join lateral (values (d.note_digest, d.note_salt, (d.call).note),
                                    (d.reason_digest, d.reason_salt, (d.call).reason)) t (digest, salt, body)
         where t.body is not null
    ), inserted as (
        insert into shap."return" (council_id, record_id, plan_id, reference, organisation_id, return_id,
                                   content_digest, status, day, note_digest, evidence, rating, new_date,
                                   reason_digest, corrects, is_entered_for, membership_id, link)
        select d.council_id, d.record_id, d.plan_id, d.reference, d.organisation_id, (d.call).return_id,
               d.content_digest, (d.call).status, d.day, d.note_digest, (d.call).evidence, (d.call).rating,
               (d.call).new_date, d.reason_digest, coalesce(d.corrects, e.record_id, (
                   select k.record_id from shap."return" k
                    where k.council_id = d.council_id and k.organisation_id = d.organisation_id
                      and k.return_id = (d.call).corrects)), d.is_entered_for,
               d.membership_id, d.link
          from digested d left join fresh e on e.ordinal = d.corrects_ordinal
        returning record_id
    )
    select coalesce(array_agg(i.record_id), '{}') into records from inserted i;
end
$$;
grant execute on function shap.insert_returns(shap.return_work[], bigint[], bigint[]) to shap_api;

-- Records what is good and new of these calls, each council's under one link of this transaction; returns the calls
-- judged, in their order, and the records made. Tables written: return, personal_text, link, ledger_head.
create or replace function shap.record_returns(calls shap.return_call[], out work shap.return_work[],
                                               out records bigint[])
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    councils bigint[];
    links bigint[];
    callers bigint[];
begin
    work := shap.judge_returns(calls);
    select array_agg(distinct w.council_id), array_agg(distinct w.membership_id) into councils, callers
      from unnest(work) w where w.is_first;
    records := '{}';
    if councils is not null then
        select array_agg(t.council_id order by t.council_id), array_agg(t.number order by t.council_id)
          into councils, links
          from shap.take_links(councils, case when cardinality(callers) = 1 then callers[1] end) t;
        records := shap.insert_returns(work, councils, links);
    end if;
end
$$;
grant execute on function shap.record_returns(shap.return_call[]) to shap_api;
