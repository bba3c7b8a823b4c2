-- The exception report on the sample: the figures that the seeds prove.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
select test.act_as('rita');
create temporary table report as select r.* from shap_v1.get_exception_report('copeland/2010-11', '2010-12-31', null, null, null, null) r;
create temporary table exception as
select o.place as objective_place, o.code, a.place as action_place, a.reference as action_reference, m.*
  from report r,
       unnest(r.objectives) with ordinality o (code, heading, title, actions, place),
       unnest(o.actions) with ordinality a (reference, action, milestones, place),
       unnest(a.milestones) with ordinality m;
create function pg_temp.named(wanted text) returns text[] language sql as $$
    select array(select m.reference from report r, unnest((r.account).no_return || (r.account).undated) g, unnest(g.milestones) m
                  where g.name = wanted)
$$;
create function pg_temp.claim(wanted text) returns text language sql as $$
    select format('%s of %s: %s', c.satisfied, c."of", array_to_string(c.exceptions, ' '))
      from report r, unnest((r.account).claims) c where c.name = wanted and c.holds = (c.satisfied = c."of")
$$;

select test.check('the heading', (select concat_ws('|', (head).plan, (head).council_name, (head).year, (head).title,
    (head).as_at, (head).known_at, (head).version, (head).adopted_on, (head).rule, (head).covered, (head).total, (head).quarter) from report),
    'copeland/2010-11|Copeland Borough Council|2010/11|Strategic Housing Action Plan 2010/11|2010-12-31|1|2010-07-20|shap-rules-1|171|171|3');
select test.check('the classes', (select string_agg(format('%s %s', c.milestone_class, c.milestones), ', ' order by n)
      from report r, unnest((r.account).classes) with ordinality c (milestone_class, milestones, n)),
    'signed_off 0, complete 14, will_not_be_delivered 1, overdue 1, re_dated 21, ongoing_answered 0, undated 12, not_yet_due 20, no_return 102');
select test.check('the total', (select (account).total from report), 171);
select test.check('exceptions', (select format('%s milestones, %s actions, %s objectives', (account).exception_milestones,
    (account).exception_actions, (account).exception_objectives) from report), '23 milestones, 18 actions, 10 objectives');
select test.check('rows are printed as they are counted',
    (select format('%s milestones, %s actions, %s objectives', count(*), count(distinct action_reference), count(distinct code))
       from exception), '23 milestones, 18 actions, 10 objectives');
select test.check('objectives are in the order of the plan',
    (select string_agg(distinct code, ' ' order by code) from exception), 'SH1.2 SH1.5 SH2.2 SH2.7 SH3.2 SH3.3 SH4.5 SH5.2 SH5.3 SH5.4');
select test.check('actions are in the order of the seed',
    (select string_agg(action_reference, ' ' order by objective_place, action_place)
       from (select distinct objective_place, action_place, action_reference from exception) a),
    'SH1.2/2 SH1.5/1 SH2.2/1 SH2.2/2 SH2.2/3 SH2.7/5 SH2.7/6 SH2.7/8 SH3.2/5 SH3.3/1 SH3.3/2 SH3.3/8 SH4.5/4 SH5.2/6 SH5.3/3 SH5.4/1 SH5.4/2 SH5.4/3');
select test.check('an action is printed with its exceptions only',
    (select array_agg(reference order by ordinality) from exception where action_reference = 'SH1.2/2'),
    '{SH1.2/2/2,SH1.2/2/3,SH1.2/2/4,SH1.2/2/5}'::text[]);
select test.check('overdue', (select array_agg(reference) from exception where milestone_class = 'overdue'), '{SH2.2/1/1}'::text[]);
select test.check('not to be delivered', (select array_agg(reference) from exception where milestone_class = 'will_not_be_delivered'),
    '{SH5.2/6/1}'::text[]);
select test.check('listed only because re-dated', (select array_agg(reference order by reference) from exception where not_yet_due),
    '{SH2.7/6/1,SH2.7/8/1,SH3.3/1/1,SH3.3/1/2,SH4.5/4/1}'::text[]);
select test.check('the plan''s own date, not the misquoted one', (select concat_ws('|', "when", last_day, new_when, new_day, slip_months)
    from exception where reference = 'SH2.7/8/1'), 'March 2011|2011-03-31|Revised March 2011|2011-03-31|0');
select test.check('a new date is shown as it was written', (select concat_ws('|', "when", new_when, new_day, extensions, slip_months)
    from exception where reference = 'SH5.4/3/1'), 'November 2010|Revised March 2011 - within 2011/12 service plan|2012-03-31|1|16');
select test.check('WHO and measure are the plan''s', (select count(*) from exception e
    join (select r.* from test.sample s, unnest(s.rows) r) p
      on e.reference = p.objective_code || '/' || p.action_no || '/' || p.milestone_no
     and (e.who, e."when", e.measure, e.milestone) = (p.who, p."when", p.measure, p.milestone)), 23::bigint);
select test.check('all deliver within the year', pg_temp.claim('deliver_within_year'), '20 of 23: SH2.2/1/1 SH5.2/6/1 SH5.4/3/1');
select test.check('all have a new date', pg_temp.claim('have_new_date'), '21 of 23: SH2.2/1/1 SH5.2/6/1');
select test.check('all had failed their timetable', pg_temp.claim('failed_timetable'),
    '18 of 23: SH2.7/6/1 SH2.7/8/1 SH3.3/1/1 SH3.3/1/2 SH4.5/4/1');
select test.check('of the complete, late', (select (account).complete_late from report), 2);

-- Those without a return: 79 due once, 13 with a first day and then in cycles, 10 with no day.
select test.check('no return, by group', (select string_agg(format('%s %s', g.name, cardinality(g.milestones)), ', ' order by n)
    from report r, unnest((r.account).no_return) with ordinality g (name, milestones, n)),
    'before_plan_year 12, earlier_quarters 47, this_quarter 20, cycles 23');
select test.check('cycles: with a first day, without', (select format('%s, %s', count(m.last_day), count(*) - count(m.last_day))
    from shap_v1.list_milestones(null, '2010-12-31', null, null, null, 'no_return', null, null, null, null) m
   where m.reference = any (pg_temp.named('cycles'))), '13, 10');
select test.check('due in December alone', (select array_agg(m.reference order by m.reference)
    from shap_v1.list_milestones(null, '2010-12-31', null, null, null, 'no_return', null, '2010-11-30', null, null) m
   where m.recurrence is null), '{SH1.2/1/4,SH1.2/3/5,SH2.4/9/1,SH3.3/3/1,SH3.3/3/2,SH5.1/2/1,SH5.1/2/2}'::text[]);
select test.check('before the plan''s year', pg_temp.named('before_plan_year'),
    '{SH1.4/1/1,SH2.3/2/1,SH2.4/2/1,SH2.4/3/1,SH2.4/4/1,SH4.2/2/1,SH5.1/1/1,SH5.1/1/2,SH5.2/1/1,SH5.2/2/1,SH5.2/3/1,SH5.2/4/1}'::text[]);
select test.check('undated: nothing written', pg_temp.named('empty'),
    (select array_agg(objective_code || '/' || action_no || '/' || milestone_no order by line)
       from test.sample s, unnest(s.rows) r where r."when" = ''));
select test.check('undated: prose', pg_temp.named('prose'),
    '{SH2.3/1/1,SH2.6/1/1,SH2.6/2/1,SH4.2/3/1,SH4.2/4/1,SH4.4/1/1,SH4.4/2/1,SH4.4/3/1}'::text[]);
select test.check('only one was sent back among those without', (select count(*) from report r,
    unnest((r.account).no_return) g, unnest(g.milestones) m where m.sent_back), 0::bigint);

-- As at and as known at.
create temporary table bytes as select convert_to(r::text, 'UTF8') as at_the_end,
    convert_to((shap_v1.get_exception_report('2010-11', '2010-12-31', '2010-12-31', null, null, null))::text, 'UTF8') as known from report r;
select test.check('no report was due before the plan was adopted', test.fails('RPC09',
    $$select shap_v1.get_exception_report(null, '2010-07-19', null, null, null, null)$$),
    'copeland/2010-11 was not adopted as at 2010-07-19 | Adopt it first with: shap plan adopt, or report as at a later day.');
select test.check('nor was its adoption known the day before', test.fails('RPC09',
    $$select shap_v1.get_exception_report(null, '2010-07-19', '2010-07-19', null, null, null)$$),
    'copeland/2010-11 was not adopted as at 2010-07-19, as known at 2010-07-19 | '
    'Adopt it first with: shap plan adopt, or report as at and as known at a later day.');
select test.fails('RPC03', $$select shap_v1.get_exception_report(null, '2011-01-01', null, null, null, null)$$);
select test.fails('RPC03', $$select shap_v1.get_exception_report(null, '2010-12-31', '2011-01-01', null, null, null)$$);
select test.fails('RPC05', $$select shap_v1.get_exception_report('2011-12', null, null, null, null, null)$$);
select test.check('as known before the grants, nothing is re-dated', (select string_agg(c.milestones::text, ' ' order by n)
    from shap_v1.get_exception_report(null, '2010-12-31', '2010-12-20', null, null, null) r, unnest((r.account).classes) with ordinality c (a, milestones, n)),
    '0 14 0 14 0 4 12 25 102');
select test.at('2011-06-10 09:00 Europe/London');
select test.say('cora', 'SH1.1/1/1', 'complete', '2010-10-01');
select test.say('cora', 'SH2.2/1/1', 'in progress', '2010-12-30', null, 'May 2011', 'late');
select shap_v1.grant_date(null, null, test.record('SH2.2/1/1'), null, null, null, '2010-12-31', null);
select shap_v1.revoke_grant((select record_id from given where reference = 'SH5.4/3/1'), 'it was a slip', '2010-12-31');
select shap_v1.withdraw_return(test.record('SH5.2/6/1'), 'it was a slip', '2010-12-31');
select shap_v1.review_return(test.record('SH1.1/1/1'), 'accepted', null, '2010-12-31');
select test.act_as('ann');
select test.act_as('rita');
select test.check('the closed report is the same to the byte',
    convert_to((shap_v1.get_exception_report('2010-11', '2010-12-31', '2010-12-31', null, null, null))::text, 'UTF8') = (select known from bytes), true);
select test.check('as known now it is another', (select string_agg(c.milestones::text, ' ' order by n)
    from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r, unnest((r.account).classes) with ordinality c (a, milestones, n)),
    '0 15 0 1 21 0 12 20 102');

-- Whoever sees a part is told of how many it is a part.
select test.act_as('sam');
select test.check('a partner''s report covers what the partner shares', (select format('%s of %s, total %s', (head).covered, (head).total, (account).total)
    from shap_v1.get_exception_report(null, '2010-12-31', '2010-12-31', null, null, null)), '2 of 171, total 2');
select test.check('and names nothing else', (select array_agg(m.reference) from shap_v1.get_exception_report(null, '2010-12-31', '2010-12-31', null, null, null) r,
    unnest(r.objectives) o, unnest(o.actions) a, unnest(a.milestones) m), '{SH5.2/6/1}'::text[]);
select test.act_as('bob');
select test.fails('RPC05', $$select shap_v1.get_exception_report('copeland/2010-11', null, null, null, null, null)$$);
select test.act_as('ann');
select test.fails('42501', $$select shap_v1.get_exception_report('copeland/2010-11', null, null, null, null, null)$$);
