-- The ground for the tests of directory, register, plan and rights: \ir this file first, as a superuser, from the
-- project's top directory. Everything goes through the API, each statement in a transaction of its own. It leaves the
-- schema "test":
--   test.check(name, got, expected)  fails the run when the two differ
--   test.fails(sqlstate, statement)  fails the run unless the statement is refused so; returns message and hint
--   test.act_as(who)                 takes on an identity, by the token who:
--                                    ann (administrator), cora, colin (coordinators), rita (reader), petra (panel),
--                                    olive (contributor of the council), sam (of the supporting people team),
--                                    bea (administrator) and bob (coordinator) of the council of barrow, nobody
--   test.at(moment)                  sets the clock
--   test.send(import, parts, rows, bytes, year)  sends an import in parts, as the present identity
\set ON_ERROR_STOP 1
\set QUIET on
\pset tuples_only on
\pset format unaligned
set client_min_messages = warning;
create schema test;
grant usage on schema test to public;

create function test.check(name text, got anyelement, expected anyelement) returns text
language plpgsql as $$
begin
    if got is distinct from expected then
        raise exception E'% is\n  %\nand should be\n  %', name, got, expected;
    end if;
    return 'ok: ' || name;
end
$$;

create function test.fails(expected text, statement text) returns text
language plpgsql as $$
declare
    message text;
    hint text;
begin
    begin
        execute statement;
    exception when others then
        get stacked diagnostics message = message_text, hint = pg_exception_hint;
        if sqlstate <> expected then
            raise exception '% was refused with % (%), not %', statement, sqlstate, message, expected;
        end if;
        return concat_ws(' | ', message, nullif(hint, ''));
    end;
    raise exception '% was not refused with %', statement, expected;
end
$$;

create function test.at(moment timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as
    'update shap.clock_shift set shift = moment - clock_timestamp()';

create function test.act_as(who text) returns void
language plpgsql as $$
begin
    perform set_config('role', 'none', false);
    perform set_config('shap.callers', i.callers, false), set_config('shap.councils', i.councils, false),
            set_config('shap.organisations', i.organisations, false), set_config('shap.sight', i.sight, false),
            set_config('shap.tokens', i.tokens, false), set_config('role', i.role, false)
       from shap_v1.identify(case when who = 'nobody' then '{}' else array[sha256(convert_to(who, 'UTF8'))] end) i;
end
$$;

-- Invites a person and accepts the invitation, with the token `who`.
create function test.join(who text, name text, organisation text, role shap_v1.role) returns bigint
language sql as $$
    select (shap_v1.accept_invitation(i.code, sha256(convert_to(who, 'UTF8')))).membership_id
      from shap_v1.add_person(name, who || '@example.org', organisation, role) i
$$;

create function test.send(import uuid, parts integer, rows shap_v1.plan_row[], bytes bytea, year text)
returns shap_v1.import_progress
language plpgsql as $$
declare
    per_part integer := greatest(1, ceil(cardinality(rows)::numeric / parts)::integer);
    progress shap_v1.import_progress;
begin
    for i in 1..parts loop
        progress := shap_v1.send_import_part(import, null, year, 'plan.csv', i,
            rows[(i - 1) * per_part + 1:i * per_part],
            substring(bytes from (i - 1) * (length(bytes) / parts) + 1
                      for case when i = parts then length(bytes) else length(bytes) / parts end));
    end loop;
    return progress;
end
$$;

-- A row of a plan in few words.
create function test.row(line integer, objective text, action text, milestone text, wording text, who text, "when" text,
                         measure text default '') returns shap_v1.plan_row
language sql as $$
    select row(line, objective, objective || ' An objective', 'An objective', '', action, 'An action', milestone,
               wording, who, "when", measure)::shap_v1.plan_row
$$;

select test.at('2010-07-01 09:00 Europe/London');
set role shap_owner;
select shap.found_council('copeland', 'Copeland Borough Council', 'Ann Admin', sha256('ann'));
select shap.found_council('barrow', 'Barrow Borough Council', 'Bea Admin', sha256('bea'));
reset role;
select test.act_as('ann');
select shap_v1.add_organisation('supporting-people-team', 'Supporting People Team');
select shap_v1.add_organisation('home-housing', 'Home Housing');
select test.join('cora', 'Cora Coordinator', 'copeland', 'coordinator');
select test.join('colin', 'Colin Coordinator', 'copeland', 'coordinator');
select test.join('rita', 'Rita Reader', 'copeland', 'reader');
select test.join('petra', 'Petra Panel', 'copeland', 'panel');
select test.join('olive', 'Olive Officer', 'copeland', 'contributor');
select test.join('sam', 'Sam Support', 'supporting-people-team', 'contributor');
select test.act_as('bea');
select test.join('bob', 'Bob Barrow', 'barrow', 'coordinator');
select test.act_as('nobody');
reset role;
