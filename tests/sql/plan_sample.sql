-- The sample plan as rows and bytes: \ir after plan_fixture.sql. It leaves the table test.sample (rows, bytes).
create temporary table plan_csv (place integer generated always as identity, objective_code text,
    objective_heading text, objective_title text, purpose text, action_no text, action text, milestone_no text,
    milestone text, who text, "when" text, measure text);
\copy plan_csv (objective_code, objective_heading, objective_title, purpose, action_no, action, milestone_no, milestone, who, "when", measure) from 'tests/data/copeland-2010-11.csv' with (format csv, header, force_not_null (objective_code, objective_heading, objective_title, purpose, action_no, action, milestone_no, milestone, who, "when", measure))
\set bytes `base64 -w0 tests/data/copeland-2010-11.csv`
create table test.sample as
select array_agg(row(place + 1, objective_code, objective_heading, objective_title, purpose, action_no, action,
                     milestone_no, milestone, who, "when", measure)::shap_v1.plan_row order by place) as rows,
       decode(:'bytes', 'base64') as bytes
  from plan_csv;
grant select on test.sample to public;
create temporary table register_csv (place integer generated always as identity, code text, name text, kind text,
    organisation text, aliases text);
\copy register_csv (code, name, kind, organisation, aliases) from 'tests/data/copeland-register.csv' with (format csv, header)
create table test.register as select * from register_csv;
grant select on test.register to public;
