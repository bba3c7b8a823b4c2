-- The sample plan from its parts to its export: counts, every cell, the file's bytes, idempotence, refusals.
\ir plan_fixture.sql
\ir plan_sample.sql
\set import '''11111111-1111-4111-8111-111111111111'''
\set again '''22222222-2222-4222-8222-222222222222'''

select test.act_as('cora');
select test.check('progress counts parts, rows and bytes',
    test.send(:import, 4, s.rows, s.bytes, '2010/11'),
    row(4, 171, length(s.bytes))::shap_v1.import_progress) from test.sample s;
select test.check('a part sent again is answered the same', (shap_v1.send_import_part(:import, null, '2010-11', 'plan.csv',
    1, s.rows[1:43], substring(s.bytes from 1 for length(s.bytes) / 4))).parts, 4) from test.sample s;
select test.check('the same part with other rows is refused',
    test.fails('RPC06', format('select shap_v1.send_import_part(%L, null, ''2010/11'', ''plan.csv'', 1, ''{}'', '''')', :import)),
    'part 1 of this import has arrived with other content | Import the file under a new id.');
select test.check('nothing shows before the last part', (select count(*) from shap_v1.list_plans()), 0::bigint);
select test.check('a first import adds every milestone',
    (select array_agg(distinct c.kind::text) || count(*)::text from shap_v1.compare_import(:import, 'copeland', 4) c),
    '{added,171}'::text[]);
select test.check('fewer parts announced than sent are refused',
    test.fails('RPC03', format('select * from shap_v1.compare_import(%L, null, 3)', :import)),
    '3 parts were announced, but part 4 has arrived | Import the file again.');
select test.check('a missing part is named',
    test.fails('RPC09', format('select shap_v1.finish_import(%L, null, 6, sha256(''''), null)', :import)),
    'part 5 of 6 has not arrived | Send it, then finish again.');
set statement_timeout = '5s';
select test.check('and looked for among those that can be',
    test.fails('RPC09', format('select * from shap_v1.compare_import(%L, null, 2147483647)', :import)),
    'part 5 of 2147483647 has not arrived | Send it, then finish again.');
reset statement_timeout;
select test.check('other bytes than were sent are refused',
    test.fails('RPC03', format('select shap_v1.finish_import(%L, null, 4, sha256(''x''), null)', :import)),
    'the file did not arrive as it was sent: its SHA-256 differs | Import the file again.');

select v.recorded_at as recorded_at from test.sample s,
    shap_v1.finish_import(:import, null, 4, sha256(s.bytes), 'Strategic Housing Action Plan') v \gset
select test.check('the plan has 26 objectives, 122 actions, 171 milestones',
    (select row(p.plan, p.year, p.title, p.first_day, p.last_day, p.version, p.objectives, p.actions, p.milestones,
                p.adopted_on)::text from shap_v1.list_plans() p),
    '(copeland/2010-11,2010/11,"Strategic Housing Action Plan",2010-04-01,2011-03-31,1,26,122,171,)');
select test.check('finishing again answers the same version',
    (select row(v.version, v.recorded_at)::text
       from shap_v1.finish_import(:import, null, 4, sha256(s.bytes), 'Strategic Housing Action Plan') v),
    (select row(1, :'recorded_at'::timestamptz)::text)) from test.sample s;
select test.check('and makes no other', (select count(*) from shap_v1.list_versions('2010/11')), 1::bigint);
select test.check('a finished import takes no other part',
    test.fails('RPC09', format('select shap_v1.send_import_part(%L, null, ''2010/11'', ''plan.csv'', 5, ''{}'', '''')', :import)),
    'this import is finished | Import the file under a new id: that makes a new version.');

select test.check('the export gives every cell back, in order',
    (select array_agg(row(r.line, r.objective_code, r.objective_heading, r.objective_title, r.purpose, r.action_no,
                          r.action, r.milestone_no, r.milestone, r.who, r."when", r.measure)::shap_v1.plan_row order by r.line)
       from shap_v1.export_plan('2010-11', null) r), s.rows) from test.sample s;
select test.check('the original gives every byte back',
    (select string_agg(f.content, '') from shap_v1.export_original('copeland/2010-11', 1) f), s.bytes) from test.sample s;
select test.check('it is in force nowhere before it is adopted', (select p.adopted_on from shap_v1.get_plan(null, null, null) p), null);
select test.check('an unknown version is not found',
    test.fails('RPC05', 'select * from shap_v1.export_plan(null, 7)'),
    'there is no version 7 of this plan | Its versions are listed by: shap plan versions');
select test.check('an unknown plan is not found',
    test.fails('RPC05', 'select shap_v1.get_plan(''copeland/2019-20'', null, null)'),
    'there is no plan "copeland/2019-20" here | The plans you can see are listed by: shap plan list');
select test.check('what is no plan''s name is refused',
    test.fails('RPC03', 'select shap_v1.get_plan(''the plan'', null, null)'),
    '"the plan" is not the name of a plan | Write it as copeland/2010-11, or 2010-11 for your own council''s.');
select test.check('a text as long as a book is quoted in short, so that the cure is read',
    test.fails('RPC03', 'select shap_v1.get_plan(repeat(''plan'', 100000), null, null)'),
    '"' || repeat('plan', 15) || '" is not the name of a plan | Write it as copeland/2010-11, or 2010-11 for your own council''s.');

-- A second version: one milestone dropped, one added, one reworded, one with another WHEN.
create function pg_temp.second() returns shap_v1.plan_row[] language sql as $$
    select array_agg(case r.n when 1 then row(r.line, r.objective_code, r.objective_heading, r.objective_title,
                                              r.purpose, r.action_no, r.action, r.milestone_no, 'Reworded.', r.who,
                                              'September 2010', r.measure)::shap_v1.plan_row
                              else r.r end order by r.n)
           || test.row(900, 'SH9.1', '1', '1', 'A new step', 'HRM', 'March 2011')
      from (select u.n, u.line, u.objective_code, u.objective_heading, u.objective_title, u.purpose, u.action_no,
                   u.action, u.milestone_no, u.milestone, u.who, u."when", u.measure,
                   row(u.line, u.objective_code, u.objective_heading, u.objective_title, u.purpose, u.action_no, u.action,
                       u.milestone_no, u.milestone, u.who, u."when", u.measure)::shap_v1.plan_row as r
              from test.sample s, unnest(s.rows) with ordinality u (line, objective_code, objective_heading,
                   objective_title, purpose, action_no, action, milestone_no, milestone, who, "when", measure, n)
             where u.n <> 171) r
$$;
select test.send(:again, 1, pg_temp.second(), 'other bytes', '2010/11');
select test.check('a comparison names what is reworded, added and removed',
    (select string_agg(concat_ws(' ', c.kind, c.reference, c.line, c.field, c.before, '->', c.after), E'\n')
       from shap_v1.compare_import(:again, null, 1) c),
    E'reworded SH1.1/1/1 2 milestone Check the position through team meetings. -> Reworded.\n'
    'reworded SH1.1/1/1 2 when July 2010 -> September 2010\n'
    'added SH9.1/1/1 900 -> A new step\n'
    'removed SH5.5/3/3 Website information ->');
select shap_v1.finish_import(:again, null, 1, sha256('other bytes'), null);
select test.check('the draft is the latest version',
    (select row(p.version, p.objectives, p.milestones, p.title)::text from shap_v1.get_plan(null, null, null) p),
    '(2,27,171,"Strategic Housing Action Plan")');
select test.check('the first version stands as it was',
    (select count(*) from shap_v1.export_plan(null, 1) r where r.milestone = 'Website information'), 1::bigint);
-- The very same again changes nothing; in another order, or under another title, it does.
reset role;
create function pg_temp.ledger() returns bigint language sql security definer as $$
    select h.number from shap.ledger_head h join shap.council c on c.id = h.council_id where c.code = 'copeland'
$$;
select test.act_as('cora');
select test.send('33333333-3333-4333-8333-333333333333', 1, pg_temp.second(), 'written otherwise', '2010/11');
select pg_temp.ledger() as number \gset
select test.check('the same rows make no other version', (select concat_ws(' ', v.version, v.unchanged, v.file_name)
    from shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256('written otherwise'), 'Strategic Housing Action Plan') v), '2 t plan.csv');
select test.check('and nothing is recorded but that it came, in a link of its own', pg_temp.ledger() - :number || ' ' || (select count(*) from shap_v1.list_versions('2010-11')), '1 2');
select pg_temp.ledger() as number \gset
select test.check('called again it answers the same and records nothing', (select concat_ws(' ', v.version, v.unchanged)
    from shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256('written otherwise'), 'Another Title') v)
    || ' ' || pg_temp.ledger() - :number, '2 t 0');
select test.check('an import that was answered takes no other part', test.fails('RPC09',
    'select shap_v1.send_import_part(''33333333-3333-4333-8333-333333333333'', null, ''2010/11'', ''plan.csv'', 2, ''{}'', ''x'')')
    like 'this import is finished%', true);
select test.send('33333333-3333-4333-8333-333333333334', 1, pg_temp.second(), 'written otherwise', '2010/11');
select pg_temp.ledger() as number \gset
select test.check('another title is, and no version', (select concat_ws(' ', v.version, v.unchanged)
    from shap_v1.finish_import('33333333-3333-4333-8333-333333333334', null, 1, sha256('written otherwise'), 'Housing Plan') v)
    || ' ' || pg_temp.ledger() - :number, '2 t 1');
select test.check('as the plan''s', (shap_v1.get_plan(null, null, null)).title, 'Housing Plan');
select test.send('44444444-4444-4444-8444-444444444444', 1, array(
    select (pg_temp.second())[n] from generate_series(171, 1, -1) n order by n desc), 'backwards', '2010/11');
select test.check('the same rows in another order are another document', (select concat_ws(' ', v.version, v.unchanged)
    from shap_v1.finish_import('44444444-4444-4444-8444-444444444444', null, 1, sha256('backwards'), null) v), '3');
select test.check('what was answered with the version before is answered with it still', (select concat_ws(' ', v.version, v.unchanged)
    from shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256('written otherwise'), null) v)
    || ' of ' || (select count(*) from shap_v1.list_versions('2010-11')), '2 t of 3');
reset role;
select test.check('a cell that stands keeps its reading, one that changed is read',
    (select string_agg(r.reference || ' ' || r.last_day, ', ' order by r.reference) from shap.when_reading r
      where r.version = 2 and r.reference in ('SH1.1/1/1', 'SH1.1/1/2')),
    'SH1.1/1/1 2010-09-30, SH1.1/1/2 2010-07-31');
select test.check('every milestone of every version has one reading of WHEN',
    (select count(*) || ' ' || count(distinct (version, reference)) from shap.when_reading), '513 513');
