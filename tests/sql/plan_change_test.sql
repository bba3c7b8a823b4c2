-- A later version beside the baseline: what was understood, promised and doubted of one wording is not carried to
-- another, and what a version drops is answered no more.
\ir plan_fixture.sql
reset role;
create function test.import(version integer, variadic rows shap_v1.plan_row[]) returns integer language plpgsql as $$
declare
    import constant uuid := md5('change' || version)::uuid;
begin
    perform test.send(import, 1, rows, 'x', '2010/11');
    return (shap_v1.finish_import(import, null, 1, sha256('x'), null)).version;
end
$$;
create function test.step(no integer, "when" text, measure text default '') returns shap_v1.plan_row language sql as $$
    select test.row(no + 1, 'SH1.1', '1', no::text, 'Step ' || no, 'HRM', "when", measure)
$$;
create function test.settle(reference text, doubt_kind text, last_day date, day date default null) returns text language sql as $$
    select s.settlement from shap_v1.list_doubts(null, false) d,
           shap_v1.settle_doubt(null, d.doubt_id, last_day, null, case when last_day is null then 'as it is' end, day) s
     where d.reference = settle.reference and d.kind::text = settle.doubt_kind
$$;
create function test.due(day date default null) returns text language sql as $$
    select string_agg(concat_ws(' ', split_part(m.reference, '/', 3), m.last_day, m.recurrence, m.milestone_class), ', ' order by m.reference)
      from shap_v1.list_milestones('2010-11', day, null, null, null, null, null, null, null, null) m
$$;
create function test.open() returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', d.kind, d.subject, d."references"::text), ', ' order by d.doubt_id), '')
      from shap_v1.list_doubts(null, false) d
$$;
create function test.answer(who text, reference text) returns text language plpgsql as $$
declare
    answer shap_v1.submit_return_answer;
begin
    perform test.act_as(who);
    select * into answer from shap_v1.submit_return(array[row(1, sha256(convert_to(who, 'UTF8')), gen_random_uuid(), '2010-11', reference,
        'in_progress', null, null, null, null, null, null, null, null)::shap_v1.submit_return_call]);
    return coalesce(answer.sqlstate || ': ' || answer.refusal, 'recorded');
end
$$;
select test.act_as('cora');
select shap_v1.add_register_entry('HRM', 'Housing Renewal Manager', 'post', null, null);

-- In a draft: a day settled for one wording does not outlive it.
select test.import(1, test.step(1, 'some day'), test.step(2, 'some day'), test.step(3, 'COMPLETED MARCH 2010'),
                      test.step(4, 'May 2011 and ongoing'), test.step(5, 'July 2010'), test.step(6, 'July 2010'),
                      test.step(7, 'July 2010 (achieved in April 2011)'));
select test.check('the day settled', string_agg(test.settle(r, 'prose_date', '2010-12-31'), ', '), 'due on 31 December 2010, due on 31 December 2010')
  from unnest('{SH1.1/1/1,SH1.1/1/2}'::text[]) r;
select test.import(2, test.step(1, 'July 2010'), test.step(2, 'some day'), test.step(3, 'COMPLETED MARCH 2010'),
                      test.step(4, 'May 2011 and ongoing'), test.step(5, 'July 2010'), test.step(6, 'July 2010'),
                      test.step(7, 'July 2010 (achieved in April 2011)'));
select test.check('it holds for the wording it was said of, in a draft', left(test.due(), 48),
    '1 2010-07-31 not_yet_due, 2 2010-12-31 not_yet_d');
select shap_v1.adopt_plan(null, 2, '2010-06-15', null);

-- A date in doubt is settled as a date: what else was understood stands.
select test.check('a completion outside the year is a doubt', test.settle('SH1.1/1/3', 'date_outside_year', '2010-06-20'), 'due on 20 June 2010');
select test.settle('SH1.1/1/4', 'date_outside_year', '2010-06-30'), test.settle('SH1.1/1/7', 'date_outside_year', '2010-06-25');
select test.check('complete stays complete, and ongoing ongoing', test.due(),
    '1 2010-07-31 not_yet_due, 2 2010-12-31 not_yet_due, 3 2010-06-20 complete, 4 2010-06-30 quarterly no_return, '
    '5 2010-07-31 not_yet_due, 6 2010-07-31 not_yet_due, 7 2010-07-31 complete');

-- Beside a plan in force, a later document's doubts are listed and can be settled; its other WHEN moves nothing.
select test.import(3, test.step(1, 'one day'), test.step(2, 'some day'), test.step(3, 'COMPLETED MARCH 2010'),
                      test.step(4, 'May 2011 and ongoing'), test.step(5, 'March 2011'), test.step(8, 'TBC'));
select test.check('the doubts of a document not adopted yet', test.open(), 'prose_date one day {SH1.1/1/1}, prose_date TBC {SH1.1/1/8}');
select test.check('settled', test.settle('SH1.1/1/1', 'prose_date', '2011-02-28'), 'due on 28 February 2011');
select test.settle('SH1.1/1/8', 'prose_date', '2010-11-30');
select test.check('nothing is in doubt any more', test.open(), '');
select shap_v1.adopt_plan(null, 3, '2010-06-30', null);
select test.check('the programmed days are the baseline''s; a new milestone''s are its own', test.due(),
    '1 2010-07-31 not_yet_due, 2 2010-12-31 not_yet_due, 3 2010-06-20 complete, 4 2010-06-30 quarterly no_return, '
    '5 2010-07-31 not_yet_due, 8 2010-11-30 not_yet_due');

-- The paper quotes the WHEN that is programmed, not the one that no grant has made so.
select test.at('2010-08-02 10:00 Europe/London');
select test.check('a milestone of the plan is answered', test.answer('olive', 'SH1.1/1/5'), 'recorded');
select test.act_as('cora');
select test.check('original WHEN', (select string_agg(format('%s %s %s', m.reference, m."when", m.last_day), ', ')
    from shap_v1.get_exception_report(null, null, null, null, null, null) r, unnest(r.objectives) o, unnest(o.actions) a, unnest(a.milestones) m),
    'SH1.1/1/5 July 2010 2010-07-31');
select test.check('and so among the silent', (select string_agg(format('%s %s', m.reference, m."when"), ', ')
    from shap_v1.get_exception_report(null, null, null, null, null, null) r, unnest((r.account).no_return) g, unnest(g.milestones) m),
    'SH1.1/1/1 July 2010, SH1.1/1/4 May 2011 and ongoing');

-- What the version in force has dropped is answered by nobody: it would be heard by nobody.
select test.check('dropped, for a contributor', test.answer('olive', 'SH1.1/1/6'),
    'RPC05: there is no milestone "SH1.1/1/6" for you in copeland/2010-11. Yours are listed by: shap milestone list');
select test.check('dropped, for the coordinator', test.answer('cora', 'SH1.1/1/6'),
    'RPC05: there is no milestone "SH1.1/1/6" for you in copeland/2010-11. Yours are listed by: shap milestone list');

-- Days that no calendar of a council has are refused with the place, not with an error of arithmetic.
select test.act_as('cora');
select test.check(format('%s', t.statement), test.fails('RPC03', 'select ' || t.statement),
    format('%s: %s is not in the years 1900 to 2199 | Check the year.', t.place, t.day))
  from (select v.place, v.day, format(v.statement, v.day) as statement from (values
    ('as at', 'infinity', 'shap_v1.list_milestones(null, %L, null, null, null, null, null, null, null, null)'),
    ('as at', '9999-12-31', 'shap_v1.get_objective(null, ''SH1.1'', %L, null)'),
    ('as at', '5874897-12-31', 'shap_v1.get_milestone(null, ''SH1.1/1/1'', %L, null)'),
    ('as at', '1899-12-31', 'shap_v1.list_objectives(null, %L, null)'),
    ('as at', 'infinity', 'shap_v1.list_returns(null, null, null, null, null, %L, null)'),
    ('as at', '-infinity', 'shap_v1.get_plan(null, %L, null)'),
    ('known at', '5874897-12-31', 'shap_v1.list_milestones(null, null, %L, null, null, null, null, null, null, null)'),
    ('known at', '5874897-12-31', 'shap_v1.get_plan(null, null, %L)'),
    ('known at', 'infinity', 'shap_v1.list_register(%L)')) v (place, day, statement)) t;
