-- A small API for the tests of server/rpc: the functions of the Returns service, which do what their
-- arguments say. Run by a superuser in a cluster of its own.
create role shap_owner nologin;
create role shap_anonymous nologin;
create role shap_contributor nologin;
create role shap_reader nologin;
create role shap_server login noinherit;
grant shap_anonymous, shap_contributor, shap_reader to shap_server;

create schema shap;
create schema shap_v1;
grant usage on schema shap_v1 to shap_server, shap_anonymous, shap_contributor, shap_reader;
alter default privileges revoke execute on functions from public;

-- Tokens by their text.
create table shap.token (hash bytea primary key, role text not null, caller text not null, sight text not null default 'full');
insert into shap.token
select sha256(convert_to(t.text, 'UTF8')), t.role, t.caller
  from (values ('token-contributor', 'shap_contributor', '1'), ('token-partner', 'shap_contributor', '2'),
               ('token-reader', 'shap_reader', '3'), ('token-breaker', 'shap_contributor', '11'), ('token-counted', 'shap_contributor', '5'), ('token-foreign', 'shap_owner', '4'),
               ('token-refused', 'shap_contributor', '6'), ('token-faulty', 'shap_contributor', '7'),
               ('token-nobody', 'shap_contributor', '8'), ('token-ended', 'shap_contributor', '10'),
               ('token-short-sighted', 'shap_contributor', '12')) t(text, role, caller);
update shap.token set sight = 'shared' where caller = '12';

create table shap.submitted (
    return_id text primary key,
    caller bytea,
    group_size integer not null
);
create table shap.written (id bigint primary key, other bigint references shap.written deferrable initially deferred);

create type shap_v1.return_status as enum ('not_started', 'in_progress', 'complete', 'will_not_be_delivered');
create type shap_v1.verdict as enum ('accepted', 'sent_back');
create type shap_v1.identification as (role text, callers text, sight text, councils text);
create type shap_v1.return as (
    record_id bigint, return_id text, plan text, reference text, organisation text, by text, entered_for boolean,
    status shap_v1.return_status, note text, as_of date, evidence text, rating text, new_date text, reason text,
    corrects text, recorded_at timestamptz, verdict shap_v1.verdict, comment text, withdrawn_on date, new_day date
);
create type shap_v1.submit_return_call as (
    ordinal integer, token_hash bytea, return_id text, plan text, reference text, status shap_v1.return_status,
    note text, as_of date, evidence text, rating text, new_date text, reason text, corrects text, organisation text
);
create type shap_v1.submit_return_answer as (
    ordinal integer, sqlstate text, refusal text,
    return_id text, record_id bigint, recorded_at timestamptz, replayed boolean, reference text
);

create function shap_v1.identify(token_hashes bytea[], certificate text, peers text[]) returns shap_v1.identification
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found shap_v1.identification;
    n integer;
begin
    if cardinality(token_hashes) = 0 then
        return row('shap_anonymous', '{}', 'none', '{}')::shap_v1.identification;
    end if;
    select min(t.role), string_agg(t.caller, ',' order by t.caller), min(t.sight), '{71,7}' into found
      from shap.token t where t.hash = any (token_hashes);
    select count(distinct (t.role, t.sight)) into n from shap.token t where t.hash = any (token_hashes);
    if n = 0 then
        raise exception using errcode = '28000', message = 'this token is not known here', hint = 'Sign in again.';
    end if;
    if n > 1 then
        raise exception using errcode = '28000', message = 'not one role';
    end if;
    return found;
end
$$;
grant execute on function shap_v1.identify(bytea[], text, text[]) to shap_server;

create function shap_v1.schema_version() returns integer
language sql stable begin atomic select 1; end;
grant execute on function shap_v1.schema_version() to shap_server;

-- What is refused from 10.6.0.1 finds the disk full while there is a row in shap.full_disk.
create table shap.tally (counts json, now_us bigint);
create table shap.full_disk (since text);
create function shap_v1.keep_tally(counts text, now_us text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if counts like '%10.6.0.1%' and exists (select from shap.full_disk) then
        raise exception using errcode = '53100', message = 'the disk is full';
    end if;
    insert into shap.tally values (counts::json, now_us::bigint);
end
$$;
grant execute on function shap_v1.keep_tally(text, text) to shap_server;

-- Does what `reason` says.
create function shap_v1.withdraw_return(record_id bigint, reason text, day date) returns shap_v1.return
language plpgsql volatile cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
declare
    answer shap_v1.return;
begin
    case coalesce(reason, '')
    when 'missing' then return null;
    when 'refuse' then
        raise exception using errcode = 'RPC09', message = 'it was withdrawn already', hint = 'Nothing to do.';
    when 'fault' then perform 1 / 0;
    when 'outdated' then raise exception using errcode = '42883', message = 'no such function';
    when 'sleep' then perform pg_sleep(20);
    when 'end' then perform pg_terminate_backend(pg_backend_pid());
    when 'settings' then
        answer.note := concat_ws(' ', current_setting('role'), current_setting('shap.callers'),
            current_setting('shap.sight'), current_setting('transaction_read_only'),
            current_setting('statement_timeout'));
    when 'break-at-commit' then
        insert into shap.written values (withdraw_return.record_id, -1);
    when 'write' then
        insert into shap.written values (withdraw_return.record_id, null);
    else null;
    end case;
    answer.record_id := record_id;
    answer.reason := reason;
    answer.as_of := day;
    return answer;
end
$$;
grant execute on function shap_v1.withdraw_return(bigint, text, date) to shap_contributor, shap_anonymous;

-- `plan` rows; `reference` is repeated in each; with an organisation, an error after the last one.
create function shap_v1.list_returns(plan text, reference text, organisation text, awaiting_review boolean,
                                     awaiting_date boolean, as_at date, known_at date) returns setof shap_v1.return
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select (a.answer).*
      from generate_series(1, list_returns.plan::integer) n
     cross join lateral (select (n, current_setting('transaction_read_only'), null, list_returns.reference, null, null,
                                 null, null,
                                 case when list_returns.organisation is not null and n = list_returns.plan::integer
                                      then (1 / (n - n))::text end,
                                 null, null, null, null, null, null, null, null, null, null, null)::shap_v1.return
                                as answer) a;
end
$$;
grant execute on function shap_v1.list_returns(text, text, text, boolean, boolean, date, date)
    to shap_contributor, shap_reader;

-- Records each call; the note 'refuse' is refused, 'break' fails the whole group, 'outdated' does as if the API were
-- another, 'exhaust' as if memory were, 'forget' gets no answer, 'zeroth', 'beyond' and 'unnumbered' one that is of no
-- call, and 'misspell' a refusal that is of no kind.
create function shap_v1.submit_return(calls shap_v1.submit_return_call[])
returns setof shap_v1.submit_return_answer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from unnest(calls) c where c.note = 'break') then
        perform 1 / 0;
    end if;
    if exists (select from unnest(calls) c where c.note = 'outdated') then
        raise exception using errcode = '42883', message = 'no such function';
    end if;
    if exists (select from unnest(calls) c where c.note = 'exhaust') then
        raise exception using errcode = '53200', message = 'out of memory';
    end if;
    perform pg_sleep(0.02);
    insert into shap.submitted
    select c.return_id, c.token_hash, cardinality(calls) from unnest(calls) c where c.note is distinct from 'refuse';
    return query
    select case c.note when 'zeroth' then 0 when 'beyond' then 1000 when 'unnumbered' then null else c.ordinal end,
           case when c.note = 'refuse' then 'RPC05' when c.note = 'misspell' then 'RPC' when t.hash is null then '28000' end,
           case when c.note = 'refuse' then 'there is no such milestone. Look again.'
                when t.hash is null then 'this token is not known here.' end,
           c.return_id, cardinality(calls)::bigint, now(), false, c.reference
      from unnest(calls) c left join shap.token t on t.hash = c.token_hash
     where c.note is distinct from 'forget'
     order by c.ordinal desc;
end
$$;
grant execute on function shap_v1.submit_return(shap_v1.submit_return_call[]) to shap_contributor;

-- What happened, by topic: each test has its own.
create table shap.happened (topic text, id integer, words text, primary key (topic, id));
create type shap_v1.event_kind as enum ('return', 'review', 'grant', 'sign_off', 'withdrawal', 'revocation', 'reading', 'share',
    'window_open', 'window_close', 'meeting', 'version', 'adoption', 'publication');
create type shap_v1.event as (
    "cursor" text, kind shap_v1.event_kind, plan text, reference text, organisation text, by text, day date,
    recorded_at timestamptz, summary text, text text, record_id bigint, of_record bigint
);

-- What happened on the topic `plan` after the cursor, three at a time, and then the cursor alone. `council` long, each
-- is that many bytes.
create function shap_v1.watch(plan text, council text, kinds shap_v1.event_kind[], "cursor" text, since date, follow boolean)
returns setof shap_v1.event
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    after constant integer := coalesce(watch."cursor"::integer, 0);
    told integer;
begin
    if watch.plan = 'refuse' then
        raise exception using errcode = 'RPC11', message = 'that is no place';
    end if;
    return query select h.id::text, 'return'::shap_v1.event_kind, null::text, null::text, null::text, null::text, null::date,
                        null::timestamptz, h.words, repeat('x', watch.council::integer), null::bigint, null::bigint
                   from shap.happened h where h.topic = watch.plan and h.id > after order by h.id limit 3;
    get diagnostics told = row_count;
    if told < 3 then
        return query select (coalesce(max(h.id), 0))::text, null::shap_v1.event_kind, null::text, null::text, null::text,
                            null::text, null::date, null::timestamptz, null::text, null::text, null::bigint, null::bigint
                       from shap.happened h where h.topic = watch.plan;
    end if;
end
$$;
grant execute on function shap_v1.watch(text, text, shap_v1.event_kind[], text, date, boolean) to shap_contributor, shap_reader;

-- Who calls, by his number in `name`, and how many were asked about together in `membership_id`. What comes of it is in
-- the tokens' names; ended: the link is lost when there are others.
create type shap_v1.role as enum ('contributor', 'coordinator', 'reader', 'panel', 'administrator');
create type shap_v1.identity as (
    name text, role shap_v1.role, organisation text, organisation_name text, council text, council_name text, region text,
    membership_id bigint, token_expires_at timestamptz, today date
);
create function shap_v1.who_am_i() returns shap_v1.identity language sql stable security definer set search_path = pg_catalog, pg_temp
as 'select null::shap_v1.identity';
create type shap_v1.who_am_i_call as (ordinal integer, token_hash bytea);
create type shap_v1.who_am_i_answer as (
    ordinal integer, sqlstate text, refusal text, name text, role shap_v1.role, organisation text, organisation_name text,
    council text, council_name text, region text, membership_id bigint, token_expires_at timestamptz, today date
);
create function shap_v1.who_am_i_together(calls shap_v1.who_am_i_call[]) returns setof shap_v1.who_am_i_answer
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_sleep(0.02);
    perform pg_terminate_backend(pg_backend_pid())
      from unnest(calls) c where c.token_hash = sha256('token-ended') and cardinality(calls) > 1;
    return query
    select c.ordinal, case c.token_hash when sha256('token-refused') then 'RPC05' when sha256('token-faulty') then '22012'
                           else case when t.hash is null then '28000' end end,
           case when c.token_hash is null then 'nobody, of ' || cardinality(calls) when c.token_hash = sha256('token-refused') then 'it is gone. Look again.'
                when c.token_hash = sha256('token-faulty') then 'a secret fault' end,
           w.name, null::shap_v1.role, null::text, null::text, null::text, null::text, null::text, w.size, null::timestamptz, null::date
      from unnest(calls) c
      left join shap.token t on t.hash = c.token_hash
      left join lateral (select t.caller, cardinality(calls)::bigint
                          where c.token_hash not in (sha256('token-refused'), sha256('token-faulty'), sha256('token-nobody'))) w (name, size) on true;
end
$$;
grant execute on function shap_v1.who_am_i(), shap_v1.who_am_i_together(shap_v1.who_am_i_call[]) to shap_anonymous, shap_contributor, shap_reader;

-- A call with one answer that takes no time.
create type shap_v1.server_info as (schema_version integer, now timestamptz, clock_shifted boolean);
create function shap_v1.get_server_info() returns shap_v1.server_info
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return row(shap_v1.schema_version(), null, false)::shap_v1.server_info;
end
$$;
grant execute on function shap_v1.get_server_info() to shap_anonymous, shap_contributor, shap_reader;
