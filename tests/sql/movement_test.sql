-- What moved in the third quarter of the sample, against figures worked out from its files; then a year with reviews,
-- sign-offs, a second version and what is taken back.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
\ir comparison_sums.sql
create function test.movement("from" date, as_at date, known_at date default null, known_from date default null)
returns shap_v1.movement_report language sql as $$
    select r from shap_v1.get_movement_report('2010-11', as_at, known_at, null, null, null, "from", known_from) r
$$;
create function test.names(list shap_v1.moved_milestone[]) returns text[] language sql as
    'select coalesce(array_agg(m.reference order by m.reference), ''{}'') from unnest(list) m';
create function test.classes(r shap_v1.movement_report) returns text language sql as $$
    select string_agg(format('%s %s+%s-%s=%s', c.milestone_class, c.before, c.came, c.went, c.after), ', ' order by c.milestone_class)
      from unnest(r.classes) c where c.before + c.after > 0
$$;
create function test.rows() returns shap_v1.plan_row[] language sql as $$
    select array(select r from test.sample s, unnest(s.rows) r where (r.objective_code, r.action_no, r.milestone_no) <> ('SH5.2', '6', '1') order by r.line)
           || test.row(500, 'SH9.9', '1', '1', 'New work', 'HSM', 'February 2011') || test.row(501, 'SH9.9', '1', '2', 'More work', 'HSM', 'June 2011')
$$;
-- The third quarter: 34 cells name a day in October to December 2010 as their last; 23 returns, 21 grants, one refusal.
select test.act_as('rita');
create temporary table q3 as select test.movement('2010-09-30', '2010-12-31') as r;
select test.check('totals', format('%s + %s - %s = %s, exceptions %s, %s', (r).total_before, (r).total_added, (r).total_removed,
    (r).total_after, (r).exceptions_before, (r).exceptions_after), '171 + 0 - 0 = 171, exceptions 0, 23') from q3;
select test.check('the days', format('%s %s %s %s', (r).from_day, ((r).head).as_at, (r).from_version, ((r).head).quarter), '2010-09-30 2010-12-31 1 3') from q3;
-- At 30 September nobody had said anything: of what is not complete (14) and not undated (12), 171 - 26 - 86 were not due.
select test.check('every class', test.classes(r), 'complete 14+0-0=14, will_not_be_delivered 0+1-0=1, overdue 0+1-0=1, re_dated 0+21-0=21, '
    'undated 12+0-0=12, not_yet_due 59+0-39=20, no_return 86+20-4=102') from q3;
select test.check('the sums', test.sums(r), null) from q3;
select test.check('newly due are those whose cell names a last day of the quarter', test.names((r).newly_due),
    (select array_agg(m.reference order by m.reference) from (
        select c.objective_code || '/' || c.action_no || '/' || c.milestone_no as reference from test.sample s, unnest(s.rows) c
         where c."when" in ('October 2010', 'Oct 2010', 'October/ November 2010', 'November 2010', 'Nov 2010', 'Nov/December 2010',
                            'December 2010', 'Dec 2010', 'October 2010 and ongoing')) m)) from q3;
select test.check('that is how many', cardinality((r).newly_due), 34) from q3;
select test.check('re-dated are those that were granted', test.names((r).re_dated), (select array_agg(g.reference order by g.reference) from test.grant_csv g)) from q3;
select test.check('answered are those with a return', test.names((r).answered), (select array_agg(c.reference order by c.reference) from test.return_csv c)) from q3;
select test.check('new exceptions are the same', test.names((r).new_exceptions), (select array_agg(c.reference order by c.reference) from test.return_csv c)) from q3;
select test.check('overdue', test.names((r).became_overdue), '{SH2.2/1/1}') from q3;
select test.check('will not be delivered', test.names((r).undeliverable), '{SH5.2/6/1}') from q3;
select test.check('silent: newly due without a return', test.names((r).fell_silent),
    (select array_agg(n order by n) from unnest(test.names((r).newly_due)) n where n not in (select c.reference from test.return_csv c))) from q3;
select test.check('nothing else', format('%s%s%s%s%s%s', (r).completed, (r).signed_off, (r).reopened, (r).no_longer_exceptions, (r).added, (r).removed), '{}{}{}{}{}{}') from q3;
select test.check('a change names who changed', (select h."references" from q3, unnest((r).changes) h
    where h.class_before = 'no_return' and h.class_after = 're_dated'), '{SH5.4/1/1,SH5.4/1/2,SH5.4/2/1}');
select test.check('a milestone as it is shown', (select concat_ws('|', m.reference, m.milestone, m.who, m."when", m.last_day, m.class_before,
        m.class_after, m.new_day_before, m.new_when, m.new_day, m.status, m.claimed) from q3, unnest((r).re_dated) m where m.reference = 'SH5.4/3/1'),
    'SH5.4/3/1|Delivered actions|HSM / Head of DS/ SHP|November 2010|2010-11-30|not_yet_due|re_dated|Revised March 2011 - within 2011/12 service plan|2012-03-31|in_progress|f');
select test.check('a slip from October to December inside the quarter is seen', (select bool_and(reference = any (test.names((r).re_dated))) from q3,
    unnest('{SH1.2/2/2,SH3.3/8/1}'::text[]) reference), true);
-- On the day before the quarter ends the seven without a return that are due in December alone are not yet due.
select test.check('between two days on which nothing moved, nothing moves', (select format('%s %s', test.sums(r), (select string_agg(h.class_before || ' ' || h.milestones, ', ' order by h.class_before)
    from unnest(r.changes) h)) from test.movement('2010-12-30', '2010-12-30') r),
    ' complete 14, will_not_be_delivered 1, overdue 1, re_dated 21, undated 12, not_yet_due 27, no_return 95');
select test.check('the order is the plan''s', (select array_agg(m.reference order by n) from q3, unnest((r).became_overdue || (r).undeliverable) with ordinality m (reference, a, b, c, d, e, f, g, h, i, j, k, n)),
    '{SH2.2/1/1,SH5.2/6/1}');

-- The year goes on: completed and accepted, signed off, reopened, a date moved again, a second version.
select test.at('2011-03-10 10:00 Europe/London');
select test.say('cora', 'SH2.2/1/1', 'complete', '2011-02-01');
select shap_v1.review_return(test.record('SH2.2/1/1'), 'accepted', null, '2011-02-02');
select shap_v1.grant_date(null, 'SH2.7/5/1', null, 'April 2011', null, 'later still', '2011-02-10',
    (select g.record_id from given g where g.reference = 'SH2.7/5/1'));
select test.say('cora', 'SH1.1/1/1', 'not started', '2011-02-03');
select test.say('cora', 'SH4.3/2/1', 'in progress', '2011-02-03');
select test.send('44444444-4444-4444-8444-444444444444', 1, test.rows(), 'second', '2010/11');
select shap_v1.finish_import('44444444-4444-4444-8444-444444444444', null, 1, sha256('second'), null);
select shap_v1.adopt_plan('2010-11', 2, '2011-03-01', 'the panel, in March');
create temporary table q4 as select test.movement('2010-12-31', '2011-03-10') as r;
select test.check('the sums', test.sums(r), null) from q4;
select test.check('two were added and one removed', format('%s + %s - %s = %s: %s, %s', (r).total_before, (r).total_added, (r).total_removed, (r).total_after,
    test.names((r).added), test.names((r).removed)), '171 + 2 - 1 = 172: {SH9.9/1/1,SH9.9/1/2}, {SH5.2/6/1}') from q4;
select test.check('their classes', (select string_agg(concat_ws(' ', m.reference, m.class_before, m.class_after), ', ' order by m.reference) from q4, unnest((r).added || (r).removed) m),
    'SH5.2/6/1 will_not_be_delivered, SH9.9/1/1 no_return, SH9.9/1/2 not_yet_due');
select test.check('who decided', (select string_agg(concat_ws('|', v.version, v.day, v.by, v.note), ', ') from q4, unnest((r).versions) v),
    '2|2011-03-01|Cora Coordinator|the panel, in March');
select test.check('completed', test.names((r).completed), '{SH2.2/1/1}') from q4;
select test.check('an exception no more', test.names((r).no_longer_exceptions), '{SH2.2/1/1}') from q4;
-- Overdue by then: those granted January or February 2011, but for the one that was granted April.
select test.check('overdue', test.names((r).became_overdue), (select array_agg(g.reference order by g.reference) from (
    select g.reference from test.grant_csv g where g.new_day < '2011-03-10' and g.reference <> 'SH2.7/5/1' union select 'SH1.1/1/1') g)) from q4;
select test.check('dated again', (select string_agg(concat_ws(' ', m.reference, m.new_day_before, m.new_day), ', ') from q4, unnest((r).re_dated) m), 'SH2.7/5/1 2011-02-28 2011-04-30');
select test.check('answered: what was due, and what recurs', test.names((r).answered), '{SH1.1/1/1,SH4.3/2/1}') from q4;
select test.at('2011-03-11 10:00 Europe/London');
select test.say('cora', 'SH2.2/1/1', 'in progress', '2011-03-11');
select test.check('complete no more', test.names((test.movement('2011-03-10', '2011-03-11')).reopened), '{SH2.2/1/1}');
select test.check('and an exception again', test.names((test.movement('2011-03-10', '2011-03-11')).new_exceptions), '{SH2.2/1/1}');

-- Known at another moment, and as at the close of a window.
select test.check('known before the grants', cardinality((test.movement('2010-09-30', '2010-12-31', '2010-12-20')).re_dated), 0);
select test.check('the earlier day as known then', (test.movement('2010-12-31', '2011-03-10', null, '2010-12-16')).exceptions_before, 0);
select test.say('cora', 'SH1.1/1/2', 'in progress', '2010-12-30');
select test.check('what arrives late counts as long as the period is not closed', test.names((test.movement('2010-09-30', '2010-12-31')).answered) @> '{SH1.1/1/2}', true);

-- Refusals, rights, filters.
select test.check('no day to begin with', test.fails('RPC03', $$select test.movement(null, '2010-12-31')$$), 'what moved since when? | Give two days, the earlier with: --from');
select test.check('days the wrong way round', test.fails('RPC03', $$select test.movement('2011-01-01', '2010-12-31')$$), '2011-01-01 is after 2010-12-31 | Give two days, the earlier with: --from');
select test.fails('RPC03', $$select test.movement('2010-12-31', '2011-03-12')$$);
select test.fails('RPC03', $$select test.movement('2010-12-31', '2011-03-11', '2011-03-12')$$);
select test.fails('RPC03', $$select test.movement('2010-12-31', '2011-03-11', null, '2011-03-12')$$);
select test.fails('RPC09', $$select test.movement('2010-07-19', '2010-12-31')$$);
select test.check('an objective that was added is all new', (select format('%s %s %s', r.total_before, r.total_added, r.total_after)
    from shap_v1.get_movement_report('2010-11', '2011-03-10', null, 'SH9.9', null, null, '2010-12-31', null) r), '0 2 2');
select test.fails('RPC05', $$select shap_v1.get_movement_report('2010-11', '2011-03-10', null, 'SH8.8', null, null, '2010-12-31', null)$$);
select test.act_as('sam');
select test.check('a partner''s movement is of what is shared', (select format('%s %s of %s', test.sums(r), (r.head).covered, (r.head).total) from test.movement('2010-09-30', '2010-12-31') r), ' 2 of 171');
select test.act_as('bob');
select test.fails('RPC05', $$select shap_v1.get_movement_report('copeland/2010-11', '2010-12-31', null, null, null, null, '2010-09-30', null)$$);
