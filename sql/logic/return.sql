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
    refusal text[],           -- the verdict: SQLSTATE and what to tell the caller; null: nothing against it
    membership_id bigint,     -- who calls
    is_entered_for boolean,   -- a coordinator, for another body
    council_id bigint,
    plan_id bigint,
    organisation_id bigint,   -- whose return it is
    reference text,
    day date,
    content_digest bytea,
    corrects bigint,          -- the return it corrects: its record
    corrects_ordinal integer, -- or, while that is not on record, its place in the array
    first_ordinal integer,    -- the first call of the array with this id that is good; its own: it is to be inserted
    recorded bigint           -- the return on record that has this id
);

-- What a return says, in one canonical form that does not depend on any setting: the same content has the same
-- digest. The id is part of it. Its personal text is not, so that nothing of it is left when it is erased: that is held
-- against its own digests, which are salted.
create or replace function shap.return_digest(c shap.return_call) returns bytea
language sql stable parallel safe
return sha256(convert_to(row(c.return_id, c.plan, c.reference, c.status, c.as_of - date '2000-01-01', c.evidence, c.rating,
                             c.new_date, c.corrects, c.organisation)::text, 'UTF8'));

-- The same as it was before, with its text: of returns that were recorded then.
create or replace function shap.return_digest_with_text(c shap.return_call) returns bytea
language sql stable parallel safe
return sha256(convert_to(row(c.return_id, c.plan, c.reference, c.status, c.note, c.as_of - date '2000-01-01', c.evidence,
                             c.rating, c.new_date, c.reason, c.corrects, c.organisation)::text, 'UTF8'));

-- Whether a text is the one that a digest stands for; of one that was erased nobody can say, and it is taken to be.
-- Internal: called by definers of the owner only.
create or replace function shap.is_text(council bigint, digest bytea, written text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (digest is null) = (nullif(written, '') is null)
       and (digest is null or exists (
            select from shap.personal_text t where t.council_id = council and t.digest = is_text.digest
                                               and (t.body is null or t.body = written)));
end
$$;

-- What a caller names a plan by, in one form: "copeland/2010-11", "/2010-11" without the council, '' when none is
-- named; null for what is no plan's name. "2010" is 2010-11; the council's code may be cut short. Digits are 0 to 9:
-- \d are those of every script where the database's locale is ICU's, and casting others fails the group.
create or replace function shap.plan_key(written text) returns text
language sql stable parallel safe
return case when written is null then ''
            when written ~ '^\s*(?:[^/\s]*[^/\s0-9][^/\s]*\s*/\s*)?[0-9]{4}\s*$' then
                lower(concat(btrim(substring(written from '^(.*)/')), '/', btrim(substring(written from '[0-9]{4}\s*$')), '-',
                             to_char((substring(written from '([0-9]{4})\s*$')::integer + 1) % 100, 'FM00')))
            else lower(regexp_replace(substring(written from '^\s*(?:[^/\s]+\s*/\s*)?[0-9]{4}\s*[-/]\s*(?:[0-9]{2})?[0-9]{2}\s*$'),
                                      '^\s*(?:([^/\s]+)\s*/\s*)?([0-9]{4})\s*[-/]\s*(?:[0-9]{2})?([0-9]{2})\s*$', '\1/\2-\3')) end;

-- The plan of a council, or of one it has succeeded, that a key means, with its version in force now (null: a draft) and
-- the council's today. Where none is named: the latest year adopted, else the latest draft; none where plans of several
-- councils that it has succeeded are meant alike. body: as whom an organisation answers there: as itself, but the
-- council's own, in the plan of one it has succeeded, as that one's own.
create or replace function shap.plan_answered(council bigint, key text, organisation bigint)
returns table (council_id bigint, plan_id bigint, name text, version integer, today date, body bigint)
language sql stable parallel safe
begin atomic
    select f.council_id, f.id, f.name, f.version, ((select shap.clock()) at time zone f.zone)::date,
           case when f.is_own or organisation is distinct from shap.own_organisation(council) then organisation
                else shap.own_organisation(f.council_id) end
      from (select p.council_id, p.id, c.code || '/' || p.code as name, a.version, c.zone, p.first_day,
                   p.council_id = council as is_own,
                   count(*) over (partition by p.council_id = council, a.version is null, p.first_day) as n_alike
              from shap.plan p
              join shap.council c on c.id = p.council_id
              left join lateral (
                   select o.version from shap.adoption o
                    where o.council_id = p.council_id and o.plan_id = p.id
                      and not exists (select from shap.counter_act u where u.council_id = o.council_id and u.of_record = o.record_id)
                    order by o.day desc, o.link desc, o.record_id desc limit 1) a on true
             where p.council_id = any ((select shap.line_of(council))::bigint[])
               and (key = '' or p.code = split_part(key, '/', 2) and starts_with(c.code, split_part(key, '/', 1)))
             order by c.code = split_part(key, '/', 1) desc, key <> '' and p.council_id = council desc, a.version is null,
                      p.first_day desc, p.council_id = council desc limit 1) f
     where f.is_own or f.n_alike = 1;
end;

-- Who calls, for which plan and organisation: everything a return's id is looked up by. Only callers whose token holds
-- are known. ambiguity: the reference is short and means several milestones, among those the return's body answers.
create or replace function shap.address_returns(calls shap.return_call[])
returns table (ordinal integer, call shap.return_call, refusal text[], membership_id bigint, is_coordinator boolean,
               is_own boolean, council_id bigint, plan_id bigint, plan text, version integer, today date,
               organisation_id bigint, organisation text, reference text, ambiguity text)
language sql stable parallel safe
begin atomic
    with holder as materialized (
        select k.hash, m.id, m.role, m.organisation_id, m.council_id
          from shap.token k
          join shap.membership m on m.id = k.membership_id
         where k.hash = any (array(select distinct c.token_hash from unnest(calls) c)) and k.expires_at > (select shap.clock())
           and m.id = any ((select shap.callers())::bigint[])
           and not exists (select from shap.token_end e where e.token_id = k.id)
    ), called as materialized (
        select c.ordinal, c as call, h.id as membership_id, h.role, h.organisation_id, h.council_id, shap.plan_key(c.plan) as key
          from unnest(calls) c left join holder h on h.hash = c.token_hash
    ), plan as materialized (
        select w.council_id as asked_of, w.key, w.organisation_id, p.council_id, p.plan_id, p.name, p.version, p.today, p.body
          from (select distinct k.council_id, k.key, k.organisation_id from called k) w
         cross join lateral shap.plan_answered(w.council_id, w.key, w.organisation_id) p
    ), body as materialized (
        select w.written, shap.organisations_meant(w.written) as meant
          from (select distinct (k.call).organisation from called k where (k.call).organisation is not null) w (written)
    )
    select k.ordinal, k.call,
           case
               when k.membership_id is null then
                   array['28000', 'this token is not known here, has expired or was revoked. Sign in with: shap login']
               when (k.call).return_id is null then
                   array['RPC03', 'the return has no id. The sender makes a UUID before sending it for the first time.']
               when k.key is null then
                   array['RPC03', format('"%s" is not the name of a plan. Write it as copeland/2010-11.', left((k.call).plan, 60))]
               when p.plan_id is null or p.version is null and k.role <> 'coordinator' then -- a draft is not for others
                   array['RPC05', format('there is no plan %shere. The plans you can see are listed by: shap plan list',
                                         '"' || left((k.call).plan, 60) || '" ')]
               when cardinality(b.meant) > 1 then
                   array['RPC03', shap.ambiguity('organisation', (k.call).organisation, b.meant) || '. Write more of it.']
               when (k.call).organisation is not null and o.id is null then
                   array['RPC05', format('there is no organisation "%s". Organisations are listed by: shap org list',
                                         left((k.call).organisation, 60))]
               when o.id not in (k.organisation_id, p.body) and k.role <> 'coordinator' then
                   array['RPC07', format('a return for %s is entered by its own people, or by a coordinator.', o.name)]
           end,
           k.membership_id, k.role = 'coordinator', coalesce(o.id in (k.organisation_id, p.body), true),
           coalesce(p.council_id, k.council_id), p.plan_id, p.name, p.version, p.today, w.id, o.name,
           case when n.is_kept then (k.call).reference
                when cardinality(s.meant) = 1 then s.meant[1]
                else shap.reference_of((k.call).reference) end,
           case when cardinality(s.meant) > 1 then
                    shap.ambiguity('milestone', (k.call).reference, s.meant) || '. Write more of it.' end
      from called k
     cross join lateral (select (k.call).reference ~ '^[A-Z]+[0-9]+(\.[0-9]+)*/[1-9][0-9]*/[1-9][0-9]*$' as is_kept) n
      left join plan p on p.asked_of = k.council_id and p.key = k.key and p.organisation_id = k.organisation_id
      left join body b on b.written = (k.call).organisation
      left join shap.organisation o on o.code = b.meant[1]
     cross join lateral (
           select case when o.id <> k.organisation_id then o.id else coalesce(p.body, k.organisation_id) end as id) w
      left join lateral ( -- only what is not written as it is kept is looked up
           select shap.milestones_meant(p.council_id, p.plan_id, p.version,
                      case when k.role <> 'coordinator' then w.id end, (k.call).reference) as meant
            where not n.is_kept offset 0) s on true;
end;

-- What is wrong with what a return says, by itself; null where nothing is.
create or replace function shap.return_fault(c shap.return_call, today date) returns text
language sql stable parallel safe
return case
    when c.reference is null then 'the milestone is missing. Name it by its reference, such as SH4.3/2/1.'
    when c.status is null then 'the status is missing. Say not started, in progress, complete or will not be delivered.'
    when c.as_of > today then format('as of: %s is still to come. Give a day not after %s, which is today by the server''s clock.', c.as_of, today)
    when c.as_of < date '1990-01-01' then format('as of: %s is before 1990. Check the year.', c.as_of)
    when c.new_date is not null and c.reason is null then 'a new date is asked for without a reason. Say why it is needed.'
    when length(c.note) > 20000 then
        format('note has %s characters; at most 20000 are kept. Put the long text where the evidence is, and refer to it.',
               length(c.note))
    when length(c.reason) > 20000 then
        format('reason has %s characters; at most 20000 are kept. Put the long text where the evidence is, and refer to it.',
               length(c.reason))
    when length(c.evidence) > 2000 then
        format('evidence has %s characters; at most 2000 are kept. Say where the proof is.', length(c.evidence))
    when length(c.new_date) > 200 then
        format('new date has %s characters; at most 200 are kept. Write it as a plan would, such as March 2011.', length(c.new_date))
    when length(c.rating) > 100 then format('rating has %s characters; at most 100 are kept. Shorten it.', length(c.rating))
end;

-- The verdict on a return that is not on record yet; null: it is good. may_answer: the milestone is the organisation's
-- to answer. is_known: the caller sees it, whoever answers it.
create or replace function shap.return_refusal(c shap.return_call, fault text, today date, plan text, version integer,
    may_answer boolean, is_known boolean, organisation text, has_corrected boolean, corrected_day date) returns text[]
language sql stable parallel safe
return case
    when fault is not null then array['RPC03', fault]
    when version is null then array['RPC09', format('%s is a draft. It is answered once it is adopted with: shap plan adopt', plan)]
    when not may_answer and is_known then
        array['RPC09', format('%s is not shared with %s. Share it first with: shap milestone share', c.reference, organisation)]
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

-- Everything a verdict needs, looked up. What is corrected is the same organisation's word on the same milestone: on
-- record, or earlier in the array. offset 0: one lookup by the key for each call, whatever the planner expects.
create or replace function shap.look_up_returns(calls shap.return_call[])
returns table (ordinal integer, call shap.return_call, refusal text[], fault text, membership_id bigint, is_own boolean,
               council_id bigint, plan_id bigint, plan text, version integer, today date, organisation_id bigint,
               organisation text, reference text, recorded bigint, may_answer boolean, is_known boolean,
               corrects bigint, corrects_ordinal integer, corrected_day date)
language sql stable parallel safe
begin atomic
    with addressed as materialized (
        select a.*, coalesce((a.call).as_of, a.today) as day, (a.call).return_id, (a.call).corrects as corrects_id
          from shap.address_returns(calls) a
    ), known as materialized (
        select a.*, r.record_id as recorded, k.record_id as corrects, k.day as corrected_day,
               exists (select from shap.share_in_force s
                        where s.council_id = a.council_id and s.plan_id = a.plan_id and s.reference = a.reference
                          and s.organisation_id = a.organisation_id offset 0) as is_shared,
               exists (select from shap.milestone m
                        where m.council_id = a.council_id and m.plan_id = a.plan_id and m.version = a.version
                          and m.reference = a.reference offset 0) as is_there
          from addressed a
          left join lateral (
               select r.record_id from shap."return" r
                where r.return_id = a.return_id and r.organisation_id = a.organisation_id and r.council_id = a.council_id
               offset 0) r on true
          left join lateral (
               select c.record_id, c.day
                 from (select a.corrects_id as id where a.corrects_id is not null offset 0) w -- only what corrects is looked up
                 join shap."return" c on c.council_id = a.council_id and c.organisation_id = a.organisation_id
                      and c.return_id = w.id and c.plan_id = a.plan_id and c.reference = a.reference) k on true
    )
    select distinct on (n.ordinal)
           n.ordinal, n.call, n.refusal, coalesce(n.ambiguity, shap.return_fault(n.call, n.today)), n.membership_id, n.is_own, n.council_id, n.plan_id,
           n.plan, n.version, n.today, n.organisation_id, n.organisation, n.reference, n.recorded,
           n.is_there and (n.is_shared or (n.is_coordinator and n.is_own)), n.is_there and n.is_coordinator, n.corrects,
           e.ordinal, coalesce(n.corrected_day, e.day)
      from known n
      left join addressed e on n.corrects is null and n.recorded is null and e.ordinal < n.ordinal
            and e.council_id = n.council_id and e.organisation_id = n.organisation_id and e.return_id = n.corrects_id
            and e.plan_id = n.plan_id and e.reference = n.reference
     order by n.ordinal, e.ordinal;
end;

-- Judges calls, in their order. A return whose id is on record is not judged again. Nobody answers what is not in the
-- version in force: no report would say it. Of that a contributor answers what the organisation shares; a coordinator
-- anything for the own organisation, and for another body what that body shares. A correction of an earlier day would not count (the latest day's word does), so it is refused.
-- A definer, because rights are what is judged here, once for each call; what is inserted is judged by the policies
-- again. One plan serves all groups; it may have been made while tables were empty, so they are looked up by keys.
create or replace function shap.judge_returns(calls shap.return_call[]) returns shap.return_work[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
    return (
        with recursive known as materialized (
            select * from shap.look_up_returns(calls)
        ), judged as materialized (
            select k.*, coalesce(k.refusal, case when k.recorded is null then
                       shap.return_refusal(k.call, k.fault, k.today, k.plan, k.version, k.may_answer, k.is_known, k.organisation,
                                           coalesce(k.corrects, k.corrects_ordinal) is not null, k.corrected_day) end) as verdict
              from known k
        ), good as (
            select j.ordinal from judged j where j.verdict is null and j.corrects_ordinal is null
            union all
            select j.ordinal from good g join judged j on j.corrects_ordinal = g.ordinal where j.verdict is null
        )
        select array(select row(j.ordinal, j.call,
                   coalesce(j.verdict, case when g.ordinal is null then
                       array['RPC05', format('the return %s that it corrects was refused.', (j.call).corrects)] end),
                   j.membership_id, not j.is_own, j.council_id, j.plan_id, j.organisation_id, j.reference,
                   coalesce((j.call).as_of, j.today), shap.return_digest(j.call), j.corrects, j.corrects_ordinal,
                   min(g.ordinal) over (partition by j.council_id, j.organisation_id, (j.call).return_id),
                   j.recorded)::shap.return_work
          from judged j left join good g on g.ordinal = j.ordinal
         order by j.ordinal));
end
$$;
revoke all on function shap.judge_returns(shap.return_call[]) from public;
grant execute on function shap.judge_returns(shap.return_call[]) to shap_api;

-- The ordinals of the calls whose ids are on record now. A definer, because the calls were judged before, and because
-- a policy's conditions would leave the planner free to look through all returns of a council.
create or replace function shap.ordinals_recorded(work shap.return_work[]) returns integer[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
    return array(select w.ordinal from unnest(work) w
                  where w.refusal is null and exists (
                        select from shap."return" r
                         where r.return_id = (w.call).return_id and r.organisation_id = w.organisation_id
                           and r.council_id = w.council_id offset 0));
end
$$;
revoke all on function shap.ordinals_recorded(shap.return_work[]) from public;
grant execute on function shap.ordinals_recorded(shap.return_work[]) to shap_api;

-- Inserts what is to be inserted, under the links taken for its councils, and returns the records made. The heads of
-- the ledgers are held, so what is on record now is all there is: an id recorded since the calls were judged is left
-- to be answered as it stands. Tables written: return, personal_text.
create or replace function shap.insert_returns(work shap.return_work[], councils bigint[], links bigint[],
                                               out records bigint[])
language plpgsql volatile
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    on_record constant integer[] := shap.ordinals_recorded(work);
begin
    with fresh as materialized (
        select w.*, nextval('shap.record_id') as record_id, l.link, uuid_send(gen_random_uuid()) as note_salt,
               uuid_send(gen_random_uuid()) as reason_salt
          from unnest(work) w
          join unnest(councils, links) l (council_id, link) on l.council_id = w.council_id
         where w.refusal is null and w.recorded is null and w.first_ordinal = w.ordinal
           and w.ordinal <> all (on_record)
         order by w.ordinal -- records are numbered in the order of the calls
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
               (d.call).new_date, d.reason_digest,
               case when (d.call).corrects is not null then coalesce(
                   d.corrects, (select e.record_id from fresh e where e.ordinal = d.corrects_ordinal),
                   (select k.record_id from shap."return" k
                     where k.council_id = d.council_id and k.organisation_id = d.organisation_id
                       and k.return_id = (d.call).corrects)) end,
               d.is_entered_for, d.membership_id, d.link
          from digested d
    )
    select coalesce(array_agg(f.record_id), '{}') into records from fresh f;
end
$$;
grant execute on function shap.insert_returns(shap.return_work[], bigint[], bigint[]) to shap_api;

-- How each call is answered after the insertion: a refusal, or the record of its id with the moment it was recorded.
-- replayed: it was not made by this call. The same id with other content is refused. A definer, because the rows were
-- judged before.
create or replace function shap.answer_returns(work shap.return_work[], records bigint[])
returns table (ordinal integer, refusal text[], return_id uuid, record_id bigint, recorded_at timestamptz, replayed boolean,
               reference text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
    return query
        select w.ordinal, coalesce(w.refusal, case when r.record_id is null then
                   array['RPC06', format('a return with the id %s is on record already, with other content. '
                       'A return that says something else needs an id of its own.', (w.call).return_id)] end),
               (w.call).return_id, r.record_id, l.recorded_at,
               w.first_ordinal <> w.ordinal or r.record_id <> all (records), r.reference
          from unnest(work) w
          left join lateral (
               select o.record_id, o.reference, o.council_id, o.link from shap."return" o
                where w.refusal is null and o.return_id = (w.call).return_id and o.organisation_id = w.organisation_id
                  and o.council_id + 0 = w.council_id -- + 0: by the key of ids, also by a plan made while there were no returns
                  and (w.first_ordinal = w.ordinal and o.record_id = any (records)
                       or o.content_digest = w.content_digest
                          and shap.is_text(o.council_id, o.note_digest, (w.call).note)
                          and shap.is_text(o.council_id, o.reason_digest, (w.call).reason)
                       or o.content_digest = shap.return_digest_with_text(w.call))
               offset 0) r on true
          left join shap.link l on l.council_id = r.council_id and l.number = r.link
         order by w.ordinal;
end
$$;
revoke all on function shap.answer_returns(shap.return_work[], bigint[]) from public;
grant execute on function shap.answer_returns(shap.return_work[], bigint[]) to shap_api;

-- Records what is good and new of these calls, each council's under one link of this transaction, and answers them in
-- their order. Tables written: return, personal_text, link, ledger_head.
create or replace function shap.record_returns(calls shap.return_call[])
returns table (ordinal integer, refusal text[], return_id uuid, record_id bigint, recorded_at timestamptz, replayed boolean,
               reference text)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    work constant shap.return_work[] := shap.judge_returns(calls);
    councils bigint[];
    links bigint[];
    callers bigint[];
    records bigint[] := '{}';
begin
    select array_agg(distinct w.council_id), array_agg(distinct w.membership_id) into councils, callers
      from unnest(work) w where w.refusal is null and w.recorded is null;
    if councils is not null then
        select array_agg(t.council_id), array_agg(t.number) into councils, links
          from shap.take_links(councils, case when cardinality(callers) = 1 then callers[1] end) t;
        records := shap.insert_returns(work, councils, links);
    end if;
    return query select * from shap.answer_returns(work, records);
end
$$;
grant execute on function shap.record_returns(shap.return_call[]) to shap_api;
