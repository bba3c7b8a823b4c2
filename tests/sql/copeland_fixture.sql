-- Copeland's plan as it was adopted on 20 July 2010, with the sample returns and grants at hand: \ir this file first.
-- To what plan_fixture.sql leaves it adds hugh (contributor of home-housing), and
--   test.return_csv, test.grant_csv   the sample returns and grants
--   test.call(...)                    one call of a group of returns, by the token `who`
--   test.say(...)                     one return, recorded as such a call; its record number
--   test.record(reference)            the record number of the last return on a milestone
--   test.standing(reference, day)     class, status and the like, as known now
--   test.plan_id(), test.council(), test.link()  the keys of the plan, of Copeland, and its last link
\ir plan_fixture.sql
\ir plan_sample.sql
reset role;
create temporary table organisation_csv (code text, name text);
\copy organisation_csv from 'tests/data/copeland-organisations.csv' with (format csv, header)
create table test.organisation as select * from organisation_csv;
create table test.return_csv (place integer generated always as identity, reference text, organisation text,
    status text, as_of date, note text, new_date text, reason text, evidence text, source text);
\copy test.return_csv (reference, organisation, status, as_of, note, new_date, reason, evidence, source) from 'tests/data/copeland-2010-11-returns.csv' with (format csv, header)
create table test.grant_csv (place integer generated always as identity, reference text, new_date text, new_day date,
    day date, reason text);
\copy test.grant_csv (reference, new_date, new_day, day, reason) from 'tests/data/copeland-2010-11-grants.csv' with (format csv, header)
grant select on all tables in schema test to public;

select test.at('2010-07-20 10:00 Europe/London');
select test.act_as('ann');
select shap_v1.add_organisation(o.code, o.name) from test.organisation o;
select test.join('hugh', 'Hugh Housing', 'home-housing', 'contributor');
select test.act_as('cora');
select shap_v1.add_register_entry(r.code, r.name, r.kind::shap_v1.register_kind, r.organisation, string_to_array(r.aliases, ';'))
  from test.register r order by r.place;
select test.send('11111111-1111-4111-8111-111111111111', 1, s.rows, s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('11111111-1111-4111-8111-111111111111', null, 1, sha256(s.bytes),
                             'Strategic Housing Action Plan 2010/11') from test.sample s;
select shap_v1.adopt_plan('2010-11', 1, '2010-07-20', 'the panel, at its July meeting');
reset role;

create function test.council() returns bigint language sql stable security definer as
    $$select id from shap.council where code = 'copeland'$$;
create function test.plan_id() returns bigint language sql stable security definer as
    $$select id from shap.plan where council_id = test.council() and code = '2010-11'$$;
create function test.link() returns bigint language sql stable security definer as
    $$select max(number) from shap.link where council_id = test.council()$$;
create function test.record(wanted text) returns bigint language sql stable security definer as
    $$select max(record_id) from shap."return" where reference = wanted$$;

create function test.call(ordinal integer, who text, reference text, status text, as_of date default null,
    note text default null, new_date text default null, reason text default null, corrects uuid default null,
    organisation text default null, id uuid default gen_random_uuid(), plan text default '2010-11', evidence text default null,
    rating text default null) returns shap_v1.submit_return_call
language sql volatile as $$
    select row(ordinal, sha256(convert_to(who, 'UTF8')), id, plan, reference, replace(status, ' ', '_'), note, as_of, evidence,
               rating, new_date, reason, corrects, organisation)::shap_v1.submit_return_call
$$;

create function test.say(who text, reference text, status text, as_of date default null, note text default null,
    new_date text default null, reason text default null, corrects uuid default null, organisation text default null,
    id uuid default gen_random_uuid()) returns bigint
language plpgsql as $$
declare
    answer shap_v1.submit_return_answer;
begin
    perform test.act_as(who);
    select * into answer from shap_v1.submit_return(array[
        test.call(1, who, reference, status, as_of, note, new_date, reason, corrects, organisation, id)]);
    if answer.sqlstate is not null then
        raise exception using errcode = answer.sqlstate, message = answer.refusal;
    end if;
    return answer.record_id;
end
$$;

create function test.standing(wanted text, day date, known bigint default null) returns text
language sql stable as $$
    select concat_ws(' ', m.milestone_class, m.status, case when m.claimed then 'claimed' end, m.new_day)
      from shap_v1.list_milestones('2010-11', day, null, null, null, null, null, null, null, null) m where m.reference = wanted
$$;
