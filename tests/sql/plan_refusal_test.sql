-- What cannot be a plan is refused with the line and the column of every cell at fault, and nothing of it is kept.
\ir plan_fixture.sql
\set import '''11111111-1111-4111-8111-111111111111'''

-- Sends the rows as one part under a new id, tries to finish, and returns the refusal.
create function test.refused(rows shap_v1.plan_row[]) returns text language plpgsql as $$
declare
    import uuid := gen_random_uuid();
begin
    perform shap_v1.send_import_part(import, null, '2010/11', 'plan.csv', 1, rows, 'x');
    return test.fails('RPC03', format('select shap_v1.finish_import(%L, null, 1, sha256(''x''), null)', import));
end
$$;

select test.act_as('cora');
select test.check('every cell at fault is named at once', test.refused(array[
        test.row(2, '', 'one', '1', '', 'HRM', 'May 2010'),
        test.row(3, 'SH1.1', '1', '0', 'A step', 'HRM', 'May 2010'),
        test.row(4, 'SH1/1', '1', '1', 'A step', 'HRM', 'May 2010'),
        test.row(5, 'SH1.1', '1', '2', 'A step', 'HRM', 'May 2010'),
        test.row(6, 'sh 1.1:', '01', '2.', 'A step', 'HRM', repeat('x', 10001))]),
    E'plan.csv cannot be a plan. Correct these cells and import it again; nothing was kept:\n'
    'line 2, objective_code: it is empty, and the heading " An objective" begins with no code\n'
    'line 2, action_no: "one" is not a number from 1 to 9999\n'
    'line 2, milestone: it is empty\n'
    'line 3, milestone_no: "0" is not a number from 1 to 9999\n'
    'line 4, objective_code: "SH1/1" is not a code: at most 40 characters, no "/"\n'
    'line 6, milestone_no: SH1.1/1/2 stands on line 5 already\n'
    'line 6, when: 10001 characters; at most 10,000 are kept');
select test.check('of more than twenty the rest is counted',
    (select regexp_replace(test.refused(array_agg(test.row(n, 'SH1.1', '1', 'x', 'A step', 'HRM', ''))),
                           '^.*\n(line 21, .*)\n(and .*)$', '\1; \2') from generate_series(2, 31) n),
    'line 21, milestone_no: "x" is not a number from 1 to 9999; and 10 more');
select test.check('an empty action is refused', test.refused(array[
        row(2, 'SH1.1', 'SH1.1 X', 'X', '', '1', '  ', '1', 'A step', 'HRM', '', '')::shap_v1.plan_row]),
    E'plan.csv cannot be a plan. Correct these cells and import it again; nothing was kept:\nline 2, action: it is empty');
select test.check('a document without rows is refused', test.refused('{}'),
    'the file has no rows | A row is one milestone, under the heading line.');
select test.check('more than 20,000 rows are refused when they are sent',
    (select test.fails('RPC08', format('select shap_v1.send_import_part(%L, null, ''2010/11'', ''plan.csv'', 1,
        (select array_agg(test.row(n, ''SH1.1'', ''1'', n::text, ''A step'', ''HRM'', '''')) from generate_series(1, 20001) n), '''')', :import))),
    'the file is too large: 20001 rows, 0 bytes so far | A plan has at most 20,000 rows and 64 MB.');
select test.check('nothing of all this shows', (select count(*) from shap_v1.list_plans()), 0::bigint);

select test.check('a year that is none is refused',
    test.fails('RPC03', format('select shap_v1.send_import_part(%L, null, ''2010/12'', ''plan.csv'', 1, ''{}'', '''')', :import)),
    '"2010/12" is not a plan year | Write it as 2010/11.');
select test.check('an import without an id is refused',
    test.fails('RPC03', 'select shap_v1.send_import_part(null, null, ''2010/11'', ''plan.csv'', 1, ''{}'', '''')'),
    'an import needs an id, and parts numbered from 1 to 10000 | Make a UUID for the import and number its parts.');
select test.check('an unknown import is not found',
    test.fails('RPC05', format('select shap_v1.finish_import(%L, null, 1, sha256(''''), null)', gen_random_uuid())),
    'nothing has arrived under this import''s id | Send the parts first.');
select test.check('another council''s plan is not found',
    test.fails('RPC05', format('select shap_v1.send_import_part(%L, ''barrow'', ''2010/11'', ''plan.csv'', 1, ''{}'', '''')', :import)),
    'there is no council "barrow" here | Your own council is shown by: shap whoami');
select test.check('parts of two files are refused', (
    select test.fails('RPC03', format('select shap_v1.finish_import(%L, null, 2, sha256(''''), null)', i))
      from gen_random_uuid() i,
           shap_v1.send_import_part(i, null, '2010/11', 'plan.csv', 1, array[test.row(2, 'A1', '1', '1', 'x', '', '')], '') a,
           shap_v1.send_import_part(i, null, '2011/12', 'plan.csv', 2, array[test.row(3, 'A1', '1', '2', 'x', '', '')], '') b),
    'the parts are of several files or years | Import each file under an id of its own.');

-- What can be read is taken: headings that hold the code, codes in other spellings, numbers with a full stop.
select test.send(:import, 1, array[
    row(2, '', 'SH Action 1.2 Maintain a website', '', '', '1.', 'Act', '1)', 'Step', '', '', '')::shap_v1.plan_row,
    row(3, 'sh 4.2:', 'SH4.2: Improve', '', '', '02', 'Act', ' 3 ', 'Step', '', '', '')::shap_v1.plan_row,
    row(4, null, 'H 3.2 Other', null, null, '1', 'Act', '1', 'Step', null, null, null)::shap_v1.plan_row], '', '2010/11');
select test.check('codes and numbers are read as they are written everywhere',
    (select array_agg(c.reference) from shap_v1.compare_import(:import, null, 1) c), '{SH1.2/1/1,SH4.2/2/3,H3.2/1/1}'::text[]);
select shap_v1.finish_import(:import, null, 1, sha256(''), null);
select test.check('and kept as they were written',
    (select string_agg(concat_ws('|', e.objective_code, e.action_no, e.milestone_no), ', ') from shap_v1.export_plan(null, null) e),
    '|1.|1), sh 4.2:|02| 3 , |1|1');

-- References as people type them.
reset role;
select test.check(format('"%s" means %s', t.written, t.meant), shap.reference_of(t.written), t.meant)
  from (values ('sh4.3.2', 'SH4.3/2'), ('SH4.3/2/1', 'SH4.3/2/1'), ('sh 4.3 / 2.1', 'SH4.3/2/1'), ('sh4.3.2.1', 'SH4.3/2/1'),
               ('SH4.3:', 'SH4.3'), ('a1/2/3', 'A1/2/3'), ('SH4.3/02/01', 'SH4.3/2/1'), ('1.2.3/4/5', '1.2.3/4/5')) t (written, meant);
