-- What publishing rests on: the canonical form of a message, the link that a report knows, the chain of publications,
-- and what arrived after one.

-- While a publication is made (again): the last link that it knows, which the setting of that name holds. Else null.
create or replace function shap.known_limit() returns bigint
language sql stable parallel safe begin atomic
    select nullif(current_setting('shap.known_limit', true), '')::bigint;
end;
grant execute on function shap.known_limit() to shap_api;

-- The link that what is asked for as known at a day (absent: everything recorded) rests on: for a publication that is made
-- again nothing after its limit, whatever is asked for.
create or replace function shap.known_link(council bigint, known_at date) returns bigint
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return least(shap.link_at(council, known_at), shap.known_limit());
end
$$;
grant execute on function shap.known_link(bigint, date) to shap_api;

-- A message in its canonical form: JSON without white space between its parts, the fields under their names in the order of
-- the contract, absent ones left out, days and moments (UTC) in ISO 8601. In UTF-8 these are the bytes that are hashed.
-- What is given is to_json of a composite: to_json writes moments in the session's zone, hence the setting.
create or replace function shap.canonical(message anyelement) returns text
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp set timezone = 'UTC' set extra_float_digits = 1 as $$
begin
    return json_strip_nulls(to_json(message))::text;
end
$$;
grant execute on function shap.canonical(anyelement) to shap_api;

-- The entry of a publication as it is hashed: everything that is kept of it but the hash itself, in the canonical form.
create or replace function shap.publication_entry(p shap.publication) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return shap.canonical(json_build_object(
        'number', p.number, 'record_id', p.record_id, 'plan', shap.plan_name(p.council_id, p.plan_id), 'report', p.report,
        'request', p.request, 'as_at', p.as_at, 'known_link', p.known_link, 'rule', p.rule,
        'sha256', encode(p.content_sha256, 'hex'), 'note', encode(p.note_digest, 'hex'), 'day', p.day,
        'membership_id', p.membership_id, 'link', p.link, 'previous', encode(p.previous_sha256, 'hex'),
        'known_beside', p.known_beside));
end
$$;
grant execute on function shap.publication_entry(shap.publication) to shap_api;

-- The publications of a council in their order, each with what is wrong with it; null: nothing.
create or replace function shap.publications_verified(council bigint)
returns table (number integer, record_id bigint, entry_sha256 bytea, fault text)
language sql stable
begin atomic
    select p.number, p.record_id, p.entry_sha256,
           case when p.number <> row_number() over chain then 'one before it is missing'
                when p.previous_sha256 <> lag(p.entry_sha256, 1, ''::bytea) over chain then 'it does not follow on the one before it'
                when p.link < lag(p.link) over chain then 'it was recorded before the one before it'
                when p.content_sha256 <> sha256(convert_to(p.content, 'UTF8')) then 'its text has another hash than its entry says'
                when p.entry_sha256 <> sha256(convert_to(shap.publication_entry(p), 'UTF8')) then 'its entry has another hash than was kept'
           end
      from shap.publication p
     where p.council_id = council
    window chain as (order by p.number);
end;
grant execute on function shap.publications_verified(bigint) to shap_api;

-- The records about a plan that a report as at a day, as known at a link, did not know although they speak of that day or
-- one before it. What a record says of several milestones is one row.
create or replace function shap.arrived_since(council bigint, plan_id bigint, as_at date, link bigint)
returns table (record_id bigint, kind text, reference text, day date, link bigint, membership_id bigint,
               organisation_id bigint, summary text, of_record bigint)
language sql stable
begin atomic
    with milestone as (
        select distinct m.reference from shap.milestone m where m.council_id = council and m.plan_id = arrived_since.plan_id
    ), arrival as (
        select e.record_id, e.kind, m.reference, e.day, e.link, e.membership_id, e.organisation_id, e.summary, e.of_record
          from milestone m cross join lateral shap.events(council, arrived_since.plan_id, m.reference) e
        union all
        select a.record_id, 'adoption', null, a.day, a.link, a.membership_id, null, 'version ' || a.version, null
          from shap.adoption a where a.council_id = council and a.plan_id = arrived_since.plan_id
        union all
        select u.record_id, 'revocation', null, u.day, u.link, u.membership_id, null,
               format('the %s is revoked', replace(u.kind, '_', ' ')), u.of_record
          from shap.counter_act u
         where u.council_id = council and u.plan_id = arrived_since.plan_id and u.reference is null
           and u.kind not in ('settlement', 'same_work', 'publication')
        union all
        select w.record_id, 'window', null, w.day, w.link, w.membership_id, null, w.name || ', due on ' || w.due_on, null
          from shap."window" w where w.council_id = council and w.plan_id = arrived_since.plan_id
        union all
        select c.record_id, 'window close', null, c.day, c.link, c.membership_id, null, w.name, w.record_id
          from shap.window_close c
          join shap."window" w on w.council_id = c.council_id and w.record_id = c.window_record_id
         where c.council_id = council and c.plan_id = arrived_since.plan_id
        union all
        select s.record_id, 'rating scheme', null, s.day, s.link, s.membership_id, null, s.code, null
          from shap.rating_scheme s where s.council_id = council
        union all
        select c.record_id, 'rating choice', null, c.day, c.link, c.membership_id, null, c.code, null
          from shap.rating_choice c where c.council_id = council
        union all
        select u.record_id, 'revocation', null, u.day, u.link, u.membership_id, null,
               format('the %s is revoked', replace(u.kind, '_', ' ')), u.of_record
          from shap.counter_act u
         where u.council_id = council and u.kind in ('rating_scheme', 'rating_choice')
    )
    select a.record_id, min(a.kind), string_agg(distinct a.reference, ', '), min(a.day), min(a.link), min(a.membership_id),
           min(a.organisation_id), min(a.summary), min(a.of_record)
      from arrival a
     where a.day <= arrived_since.as_at and a.link > arrived_since.link
     group by a.record_id;
end;
grant execute on function shap.arrived_since(bigint, bigint, date, bigint) to shap_api;
