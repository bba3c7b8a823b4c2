-- Who may do what, past the server: roles, tables, functions, councils apart from one another, and the promises of
-- sql/check.sql, each seen to notice that it is broken.
\ir plan_fixture.sql
\ir plan_sample.sql
reset role;
create function test.count(statement text) returns bigint language plpgsql as $$
declare
    n bigint;
begin
    execute 'select count(*) from ' || statement into n;
    return n;
end
$$;
create function test.id(who text) returns bigint language sql stable security definer as
    'select membership_id from shap.token where hash = sha256(convert_to(who, ''UTF8''))';
create function test.copeland() returns bigint language sql stable security definer as
    'select id from shap.council where code = ''copeland''';
create function test.plan() returns bigint language sql stable security definer as 'select min(id) from shap.plan';
select test.act_as('cora');
select shap_v1.add_register_entry('Supporting People Team', 'Supporting People Team', 'organisation', 'supporting-people-team', null);
select test.send('11111111-1111-4111-8111-111111111111', 1, s.rows, s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('11111111-1111-4111-8111-111111111111', null, 1, sha256(s.bytes), null) from test.sample s;
select shap_v1.adopt_plan(null, 1, '2010-06-15', 'the panel');
select shap_v1.settle_doubt(null, d.doubt_id, null, null, 'as it is', null)
  from shap_v1.list_doubts(null, false) d where d.kind = 'same_work';
reset role;

-- What the server's own role may do, and how long, before it says for whom.
select test.check('telling who calls ends, too, and the session of a server that has gone', (
    select array_to_string(s.setconfig, ' ') from pg_db_role_setting s
     where s.setrole = 'shap_server'::regrole and s.setdatabase = 0),
    'statement_timeout=30s jit=off tcp_keepalives_idle=15 tcp_keepalives_interval=5 tcp_keepalives_count=3');
set session authorization shap_server;
select test.check('the server''s role may call ' || f.name,
    has_function_privilege('shap_server', f.oid, 'execute'), f.proname in ('identify', 'keep_tally', 'schema_version'))
  from (select p.oid, p.proname, p.oid::regprocedure::text as name from pg_proc p where p.pronamespace = 'shap_v1'::regnamespace) f;
select test.fails('42501', 'select * from shap.council');
select test.fails('42501', 'select shap_v1.list_plans()');
select test.fails('42501', 'select shap.clock()');
select test.fails('42501', 'set role shap_owner');
select test.fails('42501', 'set role shap_api');
select test.fails('42501', 'create table shap_v1.x (a integer)');
reset session authorization;

-- A report is declared to cost much, so that shapd makes only some at a time; the history of one milestone is short.
select test.check('these reports are not declared to cost much', (
    select string_agg(p.proname, ' ' order by p.proname)
      from pg_proc p
      join pg_type t on t.oid = p.prorettype
      join pg_attribute a on a.attrelid = t.typrelid and a.atttypid = 'shap_v1.report_head'::regtype
     where p.pronamespace = 'shap_v1'::regnamespace and has_function_privilege('shap_coordinator', p.oid, 'execute')
       and p.procost < 10000), 'get_history_report');

-- What joins all milestones of a plan to an array of them must not do so one by one: 2,000 took ten seconds. Those that are
-- named here have one milestone, or few.
select test.check('these functions join many milestones one by one', (
    select string_agg(p.proname, ' ' order by p.proname)
      from pg_proc p
     where p.pronamespace = 'shap_v1'::regnamespace and p.proname <> 'milestones_shown'
       and (p.prosrc ~ 'milestones_shown\(' or p.prosrc ~ 'unnest\(.*join shap\.milestone ')
       and not coalesce('enable_nestloop=off' = any (p.proconfig), false)), 'get_no_return_report standing_filtered');

-- Who may call which function of the directory, the register and the plans.
create temporary table may (roles text, names text);
insert into may values
    ('anonymous contributor reader coordinator panel administrator', 'get_server_info who_am_i accept_invitation'),
    ('contributor reader coordinator panel administrator', 'list_organisations revoke_token'),
    ('administrator', 'add_organisation add_person list_people create_invitation list_tokens'),
    ('contributor reader coordinator panel', 'list_register get_plan list_plans'),
    ('reader coordinator panel', 'list_versions export_plan export_original list_doubts'),
    ('coordinator', 'add_register_entry send_import_part compare_import finish_import adopt_plan describe_plan settle_doubt '
        'revoke_adoption reopen_doubt share_milestone unshare_milestone revoke_register_entry');
select test.check(format('%s may be called by', f.name),
    (select string_agg(r, ' ' order by n)
       from unnest('{anonymous,contributor,reader,coordinator,panel,administrator}'::text[]) with ordinality r (r, n)
      where has_function_privilege('shap_' || r, p.oid, 'execute')), m.roles)
  from may m cross join regexp_split_to_table(m.names, ' ') f (name)
  join pg_proc p on p.proname = f.name and p.pronamespace = 'shap_v1'::regnamespace;
select test.check('each exists once', (select count(*) from may m cross join regexp_split_to_table(m.names, ' ') f (name)
    join pg_proc p on p.proname = f.name and p.pronamespace = 'shap_v1'::regnamespace), 29::bigint);
select test.act_as('sam');
select test.fails('42501', 'select shap_v1.adopt_plan(null, 1, null, null)');
select test.fails('42501', 'select * from shap_v1.export_plan(null, null)');
select test.act_as('petra');
select test.fails('42501', 'select shap_v1.add_register_entry(''X'', ''X'', ''post'', null, null)');
select test.act_as('ann');
select test.fails('42501', 'select * from shap_v1.list_plans()');
select test.act_as('nobody');
select test.fails('42501', 'select * from shap_v1.list_organisations()');

-- A contributor sees that the plan is there and how large it is, and of its milestones the shared ones.
select test.act_as('sam');
select test.check('a contributor sees the plan''s heading', (select row(p.plan, p.version, p.adopted_on, p.milestones, p.doubts_open)::text from shap_v1.list_plans() p),
    '(copeland/2010-11,1,2010-06-15,171,)');
set role shap_api;
select test.check(format('of %s a contributor''s rows', t.name), test.count('shap.' || t.name), t.n::bigint)
  from (values ('milestone', 2), ('when_reading', 2), ('who_reading', 2), ('doubt', 0), ('doubt_settlement', 0),
               ('import_part', 0), ('person', 1), ('membership', 1), ('token', 1), ('invitation', 0), ('plan_version', 1), ('adoption', 1)) t (name, n);

-- A plan in which nothing is shared with the organisation does not exist for it: not a draft, and not another's plan.
select test.act_as('cora');
select test.send('22222222-2222-4222-8222-222222222222', 1, s.rows, s.bytes, '2011/12') from test.sample s;
select shap_v1.finish_import('22222222-2222-4222-8222-222222222222', null, 1, sha256(s.bytes), null) from test.sample s;
reset role;
create function test.refusal(who text, plan text) returns text language sql as $$
    select concat_ws(': ', a.sqlstate, a.refusal) from shap_v1.submit_return(array[row(1, sha256(convert_to(who, 'UTF8')), gen_random_uuid(), plan,
        'SH5.2/6/1', 'in_progress', null, null, null, null, null, null, null, null)::shap_v1.submit_return_call]) a
$$;
select test.act_as('cora');
select test.check('the coordinator sees the draft', (select string_agg(p.plan, ' ') from shap_v1.list_plans() p), 'copeland/2010-11 copeland/2011-12');
select test.act_as('sam');
select test.check('a contributor does not', (select string_agg(p.plan, ' ') from shap_v1.list_plans() p), 'copeland/2010-11');
select test.check('nor by its name', test.fails('RPC05', 'select shap_v1.get_plan(''2011-12'', null, null)'),
    'there is no plan "2011-12" here | The plans you can see are listed by: shap plan list');
select test.check('nor by answering it', test.refusal('sam', '2011-12'),
    'RPC05: there is no plan "2011-12" here. The plans you can see are listed by: shap plan list');
select test.check('as little as one that is nowhere', replace(test.refusal('sam', '2012-13'), '2012-13', '2011-12'), test.refusal('sam', '2011-12'));

-- What is another council's does not exist.
select test.act_as('bob');
select test.check('no plan of another council is listed', (select count(*) from shap_v1.list_plans()), 0::bigint);
select test.check(format('refused: %s', t.statement), test.fails('RPC05', t.statement), t.refusal)
  from (values
    ('select shap_v1.get_plan(''copeland/2010-11'', null, null)', 'there is no council "copeland" here | Your own council is shown by: shap whoami'),
    ('select * from shap_v1.export_plan(''2010-11'', null)', 'there is no plan "2010-11" here | The plans you can see are listed by: shap plan list'),
    ('select * from shap_v1.list_doubts(null, null)', 'there is no plan yet | The plans you can see are listed by: shap plan list'),
    ('select shap_v1.finish_import(''11111111-1111-4111-8111-111111111111'', null, 1, sha256(''''), null)',
     'nothing has arrived under this import''s id | Send the parts first.')) t (statement, refusal);
set role shap_api;
select test.check(format('of %s nothing of another council', c.relname),
    test.count(format('shap.%I where council_id = %s', c.relname, test.copeland())), 0::bigint)
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'council_id'
 where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r' and c.relname not in ('organisation', 'region_council', 'entry', 'refusal');
select test.fails('42501', 'select * from shap.entry');
select test.fails('42501', format('insert into shap.plan (council_id, code, first_day, last_day, link) values (%s, ''2012-13'', ''2012-04-01'', ''2013-03-31'', 1)', test.copeland()));

-- The API's own role adds in the caller's name only, and changes nothing.
select test.act_as('cora');
set role shap_api;
select test.fails('42501', format('insert into shap.adoption (council_id, plan_id, version, day, membership_id, link) values (%s, %s, 1, ''2010-06-16'', %s, 3)',
                                  test.copeland(), test.plan(), test.id('colin')));
reset role;
create temporary table stored as
    select c.relname as name from pg_class c where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r';
grant select on stored to public;
select test.check(format('%s rows to guard', s.name), test.count('shap.' || quote_ident(s.name)) > 0, true)
  from stored s where s.name in ('plan_version', 'milestone', 'when_reading', 'who_reading', 'doubt', 'doubt_settlement', 'adoption', 'share',
                                 'import_part', 'register_entry', 'token', 'invitation', 'membership', 'person', 'organisation', 'link');
set role shap_api;
select test.fails('42501', format('%s shap.%I', w.words, s.name)) from stored s, (values ('delete from'), ('truncate')) w (words);
select test.fails('42501', 'update shap.milestone set "when" = ''x''');
select test.fails('42501', 'update shap.ledger_head set number = 0');
set role shap_owner;
select test.check(format('not even the owner deletes from %s', s.name), test.fails('RPC09', format('delete from shap.%I', s.name)),
    format('records of %I are never changed or deleted | Record a correction or a counter-act instead.', s.name))
  from stored s where s.name in ('plan', 'plan_version', 'milestone', 'when_reading', 'who_reading', 'doubt', 'doubt_settlement', 'adoption',
                                 'share', 'import_part', 'register_entry', 'token', 'invitation', 'membership', 'person', 'organisation', 'link', 'council');
select test.fails('RPC09', format('truncate shap.%I cascade', s.name)) from stored s
 where s.name not in ('ledger_head', 'clock_shift', 'refusal', 'token_use', 'person_address');
select test.fails('RPC09', 'update shap.milestone set "when" = ''x'' where place = 1');
select test.fails('RPC09', format('update shap.personal_text set body = %s', t.body))
  from (values ('''x'' where body is not null'), ('null, salt = null, erased_on = ''2010-12-31''')) t (body);
reset role;

-- The promises, kept and broken.
\set promises `sed 's/;$//' sql/check.sql`
create view test.promise as :promises;
grant select on test.promise to public;
create function test.broken_by(statement text) returns text language plpgsql as $$
declare
    found text;
begin
    begin
        execute statement;
        select string_agg(p.violation, '; ') into found from test.promise p;
        raise exception using errcode = 'ZZ000';
    exception when sqlstate 'ZZ000' then
        return found;
    end;
end
$$;
select test.check('all promises are kept', (select string_agg(p.promise || ': ' || p.violation, '; ') from test.promise p), null);
set session authorization shap_server;
select test.check('the server''s own role can see that', (select count(*) from test.promise), 0::bigint);
reset session authorization;
select test.check('noticed: ' || t.statement, test.broken_by(t.statement), t.violation)
  from (values
    ('alter role shap_api bypassrls', 'shap_api may do more than use a database'),
    ('alter role shap_coordinator login', 'shap_coordinator may log in'),
    ('alter role shap_server inherit', 'shap_server inherits the rights of its groups'),
    ('create schema mine authorization shap_server', 'shap_server owns schema mine'),
    ('grant shap_owner to shap_server', 'shap_server may become shap_owner'),
    ('revoke shap_panel from shap_server', 'shap_server may not become shap_panel'),
    ('alter table shap.share no force row level security', 'shap.share is not under forced row level security'),
    ('alter table shap.share owner to shap_api', 'shap.share belongs to shap_api'),
    ('alter table shap.share disable trigger refuse_change', 'shap.share can be changed: no trigger refuses update and delete'),
    ('drop trigger refuse_truncate on shap."return"', 'shap.return can be changed: no trigger refuses truncate'),
    ('alter table shap.review disable trigger enter', 'shap.review has no trigger that enters its records'),
    ('alter table shap.personal_text disable trigger refuse_rewrite', 'shap.personal_text can be rewritten: no trigger refuses it'),
    ('create table shap.loose (a integer)', 'shap.loose is not under forced row level security; shap.loose belongs to postgres; '
        'shap.loose can be changed: no trigger refuses truncate; shap.loose can be changed: no trigger refuses update and delete'),
    ('grant update on shap.plan to shap_api', 'shap_api may update shap.plan'),
    ('grant select on shap.milestone to shap_eraser', 'shap_eraser may select shap.milestone'),
    ('alter function shap.clock() owner to shap_eraser', 'shap.clock() belongs to shap_eraser'),
    ('grant select on shap.plan to shap_reader', 'shap_reader may select shap.plan'),
    ('grant usage on schema shap to shap_server', 'shap_server may look into schema shap'),
    ('grant execute on function shap.clock() to public', 'shap.clock() may be executed by public; public may execute shap.clock()'),
    ('alter function shap_v1.list_plans() security invoker', 'shap_v1.list_plans() runs with the rights of its caller'),
    ('alter function shap_v1.list_plans() owner to shap_owner', 'shap_v1.list_plans() runs with the rights of shap_owner'),
    ('alter function shap_v1.list_plans() reset search_path',
     'shap_v1.list_plans() has no fixed search path; shap_v1.list_plans() has none'),
    ('grant execute on function shap_v1.list_plans() to shap_server', 'shap_server may execute shap_v1.list_plans()'),
    ('alter function shap.clock() owner to shap_api', 'shap.clock() belongs to shap_api'),
    ('grant execute on function shap_v1.list_plans() to shap_anonymous', 'shap_anonymous may execute shap_v1.list_plans()')) t (statement, violation);
