-- Three mistakes of other engines: counting as missed what was re-dated before it fell due, missing a slip within a quarter, and a
-- quarter's report that changes when it is made later.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
create function pg_temp.listed(wanted text, as_at date) returns text language sql as $$
    select concat_ws(' ', m.milestone_class, case when m.not_yet_due then 'not yet due' end, m.new_day, m.slip_months)
      from shap_v1.get_exception_report(null, as_at, null, null, null, null) r, unnest(r.objectives) o, unnest(o.actions) a, unnest(a.milestones) m
     where m.reference = wanted
$$;

-- SH2.7/6/1 was due in January, and re-dated to February on 21 December.
select test.act_as('rita');
select test.check('re-dated before it fell due, it is listed, and not as missed', pg_temp.listed('SH2.7/6/1', '2010-12-31'), 're_dated not yet due 2011-02-28 1');
select test.check('nor is it said to have failed its timetable', (select c.exceptions @> '{SH2.7/6/1}' from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r,
    unnest((r.account).claims) c where c.name = 'failed_timetable'), true);
select test.check('nor is it overdue or without a return', (select count(*) from shap_v1.get_no_return_report(null, '2010-12-31', null, null, null, null) r, unnest(r.silent) s
    where s.reference = 'SH2.7/6/1'), 0::bigint);
select test.check('the grant says that it was not due', (select g.before_due from shap_v1.get_extension_report(null, '2010-12-31', null, null, null, null) r, unnest(r.grants) g
    where g.reference = 'SH2.7/6/1'), true);
select test.check('five are listed only because they were re-dated', (select string_agg(m.reference, ' ' order by m.reference) from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r,
    unnest(r.objectives) o, unnest(o.actions) a, unnest(a.milestones) m where m.not_yet_due), 'SH2.7/6/1 SH2.7/8/1 SH3.3/1/1 SH3.3/1/2 SH4.5/4/1');

-- SH2.1/4/1 and SH2.1/5/1 are due in October. Both are re-dated to December on 25 October; the first is done on 20 December.
select test.at('2010-12-31 18:00 Europe/London');
select test.act_as('cora');
select shap_v1.grant_date(null, r, null, 'December 2010', null, 'The consultants are late.', '2010-10-25', null) from unnest(array['SH2.1/4/1', 'SH2.1/5/1']) r;
select test.say('cora', 'SH2.1/4/1', 'complete', '2010-12-20', null, null, null, null, 'copeland') as done \gset
select test.act_as('cora');
select shap_v1.review_return(:done, 'accepted', null, '2010-12-20');
select test.act_as('rita');
select test.check('a slip within the quarter shows from the day it is granted', pg_temp.listed('SH2.1/5/1', '2010-10-25'), 're_dated not yet due 2010-12-31 2');
select test.check('it shows while it runs', pg_temp.listed('SH2.1/5/1', '2010-11-30'), 're_dated 2010-12-31 2');
select test.check('and at the end of the quarter, as overdue', pg_temp.listed('SH2.1/5/1', '2010-12-31'), 'overdue 2010-12-31 2');
select test.check('what was done by then is no exception, ...', pg_temp.listed('SH2.1/4/1', '2010-12-31'), null::text);
select test.check('... but its slip is among the extensions, ...', (select string_agg(format('%s %s %s', g.reference, g.slip_months, g.milestone_class), ', ' order by g.reference)
    from shap_v1.get_extension_report(null, '2010-12-31', null, 'SH2.1', null, null) r, unnest(r.grants) g), 'SH2.1/4/1 2 complete, SH2.1/5/1 2 overdue');
select test.check('... and it was completed late', (select format('%s %s', c.completed_on, c.late) from shap_v1.get_completed_report(null, '2010-12-31', null, null, null, null, '2010-09-30') r,
    unnest(r.completed) c where c.reference = 'SH2.1/4/1'), '2010-12-20 t');

-- Every report of the quarter as known at its end, and again after what arrived in the half-year that followed.
create function pg_temp.reports() returns table (report text, body text) language sql as $$
    select 'exceptions', shap_v1.get_exception_report(null, '2010-12-31', '2010-12-31', null, null, null, '{all have a new date,how many are on target?}')::text
    union all select 'exceptions, filtered', shap_v1.get_exception_report(null, '2010-12-31', '2010-12-31', 'SH2.7', 'copeland', 'HRM')::text
    union all select 'extensions', shap_v1.get_extension_report(null, '2010-12-31', '2010-12-31', null, null, null)::text
    union all select 'forward', shap_v1.get_forward_report(null, '2010-12-31', '2010-12-31', null, null, null, 12)::text
    union all select 'completed', shap_v1.get_completed_report(null, '2010-12-31', '2010-12-31', null, null, null, null)::text
    union all select 'account by ' || b, shap_v1.get_account_report(null, '2010-12-31', '2010-12-31', null, null, null, b)::text from unnest(enum_range(null::shap_v1.account_by)) b
    union all select 'no return', shap_v1.get_no_return_report(null, '2010-12-31', '2010-12-31', null, null, null)::text
    union all select 'doubts', shap_v1.get_doubt_report(null, '2010-12-31', '2010-12-31', null, null, null)::text
    union all select 'history', shap_v1.get_history_report(null, '2010-12-31', '2010-12-31', 'SH2.1/5/1')::text
$$;
create temporary table closed as select * from pg_temp.reports();
select test.at('2011-06-10 09:00 Europe/London');
select test.act_as('cora');
create temporary table doubt as select * from shap_v1.list_doubts(null, false);
select shap_v1.settle_doubt(null, min(doubt_id), '2010-11-30', null, 'As minuted.', '2010-12-01') from doubt where kind = 'empty_date';
select shap_v1.settle_doubt(null, doubt_id, null, 'HSM', 'A slip.', '2010-12-01') from doubt where kind = 'probable_slip';
select shap_v1.add_register_entry('HPO', 'Policy Officer', 'post', 'copeland', '{}');
select shap_v1.add_register_entry('KS', 'Housing Strategy Officer', 'post', 'home-housing', '{}');
select shap_v1.share_milestone(null, 'SH2.1/5/1', 'home-housing', 'They pay half.');
select shap_v1.grant_date(null, 'SH2.2/1/1', null, 'May 2011', null, 'Late.', '2010-12-30', null);
select shap_v1.revoke_grant((select max(record_id) from given where reference = 'SH5.4/3/1'), 'A slip.', '2010-12-31');
select shap_v1.withdraw_return(test.record('SH5.2/6/1'), 'A slip.', '2010-12-31');
select test.say('cora', 'SH2.1/5/1', 'complete', '2010-12-30', null, null, null, null, 'copeland') as late \gset
select test.act_as('cora');
select shap_v1.review_return(:late, 'accepted', null, '2010-12-31');
select test.say('olive', 'SH1.1/1/1', 'not started', '2010-12-29');
select test.act_as('rita');
select test.check('made later, no closed report is another', (select string_agg(c.report, ', ') from closed c join pg_temp.reports() r using (report) where r.body <> c.body), null::text);
select test.check('all were compared', (select count(*) from closed c join pg_temp.reports() r using (report)), 12::bigint);
select test.check('as known now they are others', (select count(distinct report) from (
    select 'exceptions' as report, shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null, '{all have a new date,how many are on target?}')::text as body
    union all select 'extensions', shap_v1.get_extension_report(null, '2010-12-31', null, null, null, null)::text
    union all select 'no return', shap_v1.get_no_return_report(null, '2010-12-31', null, null, null, null)::text
    union all select 'doubts', shap_v1.get_doubt_report(null, '2010-12-31', null, null, null, null)::text
    union all select 'history', shap_v1.get_history_report(null, '2010-12-31', null, 'SH2.1/5/1')::text) n join closed c using (report) where c.body <> n.body), 5::bigint);
