-- Milestones and objectives as they stand, and the history of one.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
create function pg_temp.listed(variadic filters text[]) returns text language sql as $$
    select count(*) || coalesce(': ' || case when count(*) < 6 then string_agg(m.reference, ' ' order by n) end, '')
      from shap_v1.list_milestones(null, filters[1]::date, filters[2]::date, filters[3], filters[4], filters[5]::shap_v1.milestone_class,
               filters[6]::date, filters[7]::date, filters[8], filters[9])
           with ordinality m (plan, reference, objective_code, action, milestone, who, "when", measure, first_day, last_day, recurrence,
               ongoing, new_when, new_day, extensions, slip_months, milestone_class, status, claimed, owners, organisations, n)
$$;
select test.act_as('rita');
select test.check('all, in the order of the plan', (select array_agg(m.reference order by n) from (select m.reference, row_number() over () as n
    from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m) m),
    (select array_agg(objective_code || '/' || action_no || '/' || milestone_no order by line) from test.sample s, unnest(s.rows) r));
select test.check('by owner', pg_temp.listed(null, null, 'hpo'), (select count(*)::text from test.sample s, unnest(s.rows) r where r.who ~ 'HPO') );
select test.check('by an owner that is not in the register', pg_temp.listed(null, null, 'Web Manager', null, null, null, null, 'sh1.2'),
    (select count(*)::text from test.sample s, unnest(s.rows) r where r.who ~ 'Web Manager' and r.objective_code = 'SH1.2'));
select test.check('by organisation', pg_temp.listed(null, null, null, 'Supporting-People-Team'), '2: SH5.2/5/1 SH5.2/6/1');
select test.check('by class', pg_temp.listed('2010-12-31', null, null, null, 'overdue'), '1: SH2.2/1/1');
select test.check('by day', pg_temp.listed(null, null, null, null, null, '2010-01-01', '2009-10-30'), '5: SH2.3/2/1 SH2.4/3/1 SH4.2/2/1 SH5.2/1/1 SH5.2/2/1');
select test.check('by objective, as people type it', pg_temp.listed(null, null, null, null, null, null, null, 'SH Action 1.4'),
    pg_temp.listed(null, null, null, null, null, null, null, 'sh1.4'));
select test.check('by text, in any case', pg_temp.listed(null, null, null, null, null, null, null, null, 'CIPFA'), '1: SH5.4/1/1');
select test.check('filters narrow each other down', pg_temp.listed('2010-12-31', null, null, null, 're_dated', null, null, 'SH5.4', 'cipfa'), '1: SH5.4/1/1');
select test.check('known before the returns', pg_temp.listed('2010-12-31', '2010-12-01', null, null, 're_dated'), '0');
select test.check('one row', (select format('%s|%s|%s|%s|%s|%s|%s|%s|%s', m.plan, m.who, m."when", m.last_day, m.recurrence, m.ongoing, m.new_when, m.owners, m.organisations)
    from shap_v1.list_milestones(null, null, null, null, null, null, null, null, 'SH3.3', null) m where m.reference = 'SH3.3/2/1'),
    'copeland/2010-11|HSM / HRM|October 2010 and ongoing|2010-10-31|quarterly|t|Link to service plan 2011/12 sign off in March 2011|{HSM,HRM}|{copeland}');

-- Objectives.
select test.check('objectives, in the order of the plan', (select format('%s objectives, %s milestones, %s to %s', count(*), sum(o.milestones), min(o.code), max(o.code))
    from shap_v1.list_objectives(null, null, null) o), '26 objectives, 171 milestones, SH1.1 to SH5.5');
select test.check('an objective with its actions', (select format('%s|%s|%s|%s', o.heading, o.milestones, cardinality(o.actions),
      (select string_agg(concat_ws(' ', a.reference, a.complete, cardinality(a.milestones)), ', ' order by a.reference) from unnest(o.actions) a))
    from shap_v1.get_objective('2010-11', 'sh 3.2', '2010-12-31', null) o),
    'H 3.2 Carry out more robust Equality Impact Assessments|5|5|SH3.2/1 1 1, SH3.2/2 1 1, SH3.2/3 0 1, SH3.2/4 0 1, SH3.2/5 0 1');
select test.check('an unknown one', test.fails('RPC05', $$select shap_v1.get_objective(null, 'SH9.9', null, null)$$),
    'there is no objective "SH9.9" in copeland/2010-11 | Objectives are listed by: shap objective list');

-- The history of one.
select test.say('sam', 'SH5.2/6/1', 'in progress', '2010-12-30', null, 'May 2011', 'other councils were asked') as said \gset
select test.act_as('cora');
select shap_v1.review_return(:said, 'sent_back', 'which councils?', null);
select shap_v1.share_milestone(null, 'sh5.2.6.1', 'home-housing', 'they may take it on');
select test.check('shared once more, it stands as it is', (select m.organisations from shap_v1.share_milestone('2010-11', 'SH5.2/6/1', 'home-housing', 'again') m),
    '{home-housing,supporting-people-team}'::text[]);
select test.act_as('sam');
select shap_v1.withdraw_return(:said, 'not agreed yet', null);
select test.act_as('rita');
create temporary table history as select h.objective_heading, e.* from shap_v1.get_milestone('2010-11', 'sh5.2.6.1', null, null) h,
    unnest(h.events) with ordinality e (record_id, kind, day, recorded_at, by, organisation, summary, text, of_record, n);
select test.check('every record, in the order of the ledger', (select string_agg(concat_ws('|', kind, day, by, organisation, summary, text), E'\n' order by n) from history),
    'reading|"September 2010 No bids were received. This is being revisited with other Cumbria LAs": due 2010-09-30
share|2010-07-20|supporting-people-team|named in WHO
return|2010-12-17|Cora Coordinator|supporting-people-team|will not be delivered|No bids were received. The County Council has withdrawn the funding, believing that other existing providers can meet the support services.
review|2010-12-21|Cora Coordinator|accepted
return|2010-12-30|Sam Support|supporting-people-team|in progress, asks for May 2011|other councils were asked
review|2010-12-31|Cora Coordinator|sent back|which councils?
share|2010-12-31|Cora Coordinator|home-housing|added|they may take it on
withdrawal|2010-12-31|Sam Support|the return is withdrawn|not agreed yet');
select test.check('what answers a record names it', (select string_agg(format('%s of %s', a.kind, b.kind), ', ' order by a.n)
    from history a join history b on b.record_id = a.of_record), 'review of return, review of return, withdrawal of return');
select test.check('as at a day', (select count(*) from shap_v1.get_milestone(null, 'SH5.2/6/1', '2010-12-20', null) h, unnest(h.events)), 3::bigint);
select test.check('as known at a day', (select count(*) from shap_v1.get_milestone(null, 'SH5.2/6/1', null, '2010-12-22') h, unnest(h.events)), 4::bigint);
select test.check('a grant in it', (select concat_ws('|', e.kind, e.day, e.summary, e.text) from shap_v1.get_milestone(null, 'SH5.4/3/1', null, null) h,
    unnest(h.events) e where e.kind = 'grant'),
    'grant|2010-12-21|Revised March 2011 - within 2011/12 service plan (2012-03-31)|Granted as listed in the exception report to members.');
select test.check('an unknown one', test.fails('RPC05', $$select shap_v1.get_milestone(null, 'SH5.2/66/1', null, null)$$),
    'there is no milestone "SH5.2/66/1" in copeland/2010-11 | Milestones are listed by: shap milestone list');

-- A partner sees what is shared, and the heading it stands under.
select test.act_as('sam');
select test.check('milestones', pg_temp.listed(null), '2: SH5.2/5/1 SH5.2/6/1');
select test.check('objectives', (select string_agg(format('%s %s', o.code, o.milestones), ', ') from shap_v1.list_objectives(null, null, null) o), 'SH5.2 2');
select test.check('an objective', (select format('%s %s', o.heading, o.milestones) from shap_v1.get_objective(null, 'SH5.2', null, null) o),
    'SH5.2 Review the Current working arrangements with the home Improvement Agency 2');
select test.check('nothing else', (select string_agg(test.fails('RPC05', s), E'\n') from unnest(array[
    $$select shap_v1.get_objective(null, 'SH1.1', null, null)$$, $$select shap_v1.get_milestone(null, 'SH1.1/1/1', null, null)$$]) s),
    'there is no objective "SH1.1" in copeland/2010-11 | Objectives are listed by: shap objective list
there is no milestone "SH1.1/1/1" in copeland/2010-11 | Milestones are listed by: shap milestone list');
select test.fails('42501', $$select shap_v1.share_milestone(null, 'SH5.2/6/1', 'copeland', 'why not')$$);
select test.act_as('hugh');
select test.check('since it was shared', pg_temp.listed(null, null, null, null, null, null, null, 'SH5.2'), '1: SH5.2/6/1');
select test.act_as('bob');
select test.fails('RPC05', $$select shap_v1.list_milestones('copeland/2010-11', null, null, null, null, null, null, null, null, null)$$);

-- A draft: listed as if it were adopted, reported only once it is.
select test.act_as('bob');
select test.send('55555555-5555-4555-8555-555555555555', 1, s.rows, s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('55555555-5555-4555-8555-555555555555', null, 1, sha256(s.bytes), null) from test.sample s;
select test.check('a draft is listed', (select string_agg(format('%s %s', c, n), ', ' order by c) from (select m.milestone_class as c, count(*) as n
    from shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, null, null) m group by 1) g),
    'complete 14, undated 12, not_yet_due 25, no_return 120');
select test.fails('RPC09', 'select shap_v1.get_exception_report(null, null, null, null, null, null)');
select test.check('a draft is not shared', test.fails('RPC09', $$select shap_v1.share_milestone(null, 'SH5.2/6/1', 'home-housing', 'x')$$),
    'barrow/2010-11 is a draft | Adopt it first with: shap plan adopt');
