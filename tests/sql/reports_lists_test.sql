-- Reports that list: the account by groups, those without a return, doubts, the history of one milestone.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
select test.act_as('rita');

-- The account. The rows of the objectives are those that a plain count of the months and words in WHEN gives, beside the grants.
create temporary table account as select r.* from shap_v1.get_account_report('copeland/2010-11', '2010-12-31', '2010-12-31', null, null, null, null) r;
create function pg_temp.account(by shap_v1.account_by, objective text default null, organisation text default null, owner text default null,
                                as_at date default '2010-12-31', known date default '2010-12-31') returns setof shap_v1.account_row language sql as $$
    select a.* from shap_v1.get_account_report(null, as_at, known, objective, organisation, owner, by) r, unnest(r.rows) a
$$;
create function pg_temp.classes(a shap_v1.account_row) returns text language sql as $$
    select concat_ws(' ', a.signed_off, a.complete, a.will_not_be_delivered, a.overdue, a.re_dated, a.ongoing_answered, a.undated, a.not_yet_due, a.no_return, a.total)
$$;
create function pg_temp.sum_of(a shap_v1.account_row) returns integer language sql as $$
    select a.signed_off + a.complete + a.will_not_be_delivered + a.overdue + a.re_dated + a.ongoing_answered + a.undated + a.not_yet_due + a.no_return
$$;
select test.check('the whole', (select format('%s, %s: %s; overlaps %s', (whole).code, (whole).name, pg_temp.classes(whole), "overlaps") from account),
    'copeland/2010-11, Strategic Housing Action Plan 2010/11: 0 14 1 1 21 0 12 20 102 171; overlaps f');
select test.check('by objective, in the order of the plan', (select string_agg(a.code || ': ' || pg_temp.classes(row(a.code, a.name, a.signed_off, a.complete,
        a.undelivered, a.overdue, a.re_dated, a.answered, a.undated, a.not_yet_due, a.no_return, a.total)::shap_v1.account_row), E'\n' order by a.n)
    from account r, unnest(r.rows) with ordinality a (code, name, signed_off, complete, undelivered, overdue, re_dated, answered, undated, not_yet_due, no_return, total, n)),
    'SH1.1: 0 0 0 0 0 0 0 0 6 6
SH1.2: 0 0 0 0 4 0 3 3 10 20
SH1.3: 0 0 0 0 0 0 0 0 3 3
SH1.4: 0 1 0 0 0 0 0 0 1 2
SH1.5: 0 0 0 0 1 0 0 3 6 10
SH2.1: 0 0 0 0 0 0 0 0 6 6
SH2.2: 0 0 0 1 2 0 0 2 1 6
SH2.3: 0 0 0 0 0 0 1 0 3 4
SH2.4: 0 2 0 0 0 0 0 0 8 10
SH2.5: 0 5 0 0 0 0 0 0 0 5
SH2.6: 0 1 0 0 0 0 2 0 2 5
SH2.7: 0 0 0 0 3 0 0 1 4 8
SH3.1: 0 0 0 0 0 0 1 0 4 5
SH3.2: 0 2 0 0 1 0 0 0 2 5
SH3.3: 0 0 0 0 4 0 0 0 6 10
SH3.4: 0 0 0 0 0 0 0 3 5 8
SH4.1: 0 3 0 0 0 0 0 1 0 4
SH4.2: 0 0 0 0 0 0 2 0 2 4
SH4.3: 0 0 0 0 0 0 0 0 8 8
SH4.4: 0 0 0 0 0 0 3 0 0 3
SH4.5: 0 0 0 0 1 0 0 2 4 7
SH5.1: 0 0 0 0 0 0 0 5 4 9
SH5.2: 0 0 1 0 0 0 0 0 5 6
SH5.3: 0 0 0 0 1 0 0 0 4 5
SH5.4: 0 0 0 0 4 0 0 0 2 6
SH5.5: 0 0 0 0 0 0 0 0 6 6');
select test.check('in each row of any account the classes add up to its total', (select count(*) from unnest(enum_range(null::shap_v1.account_by)) b (by),
    pg_temp.account(b.by) a where pg_temp.sum_of(a) <> a.total or a.total = 0), 0::bigint);
select test.check('objectives add up to the plan, class by class', (select pg_temp.classes(row(null, null, sum(a.signed_off), sum(a.complete), sum(a.will_not_be_delivered),
        sum(a.overdue), sum(a.re_dated), sum(a.ongoing_answered), sum(a.undated), sum(a.not_yet_due), sum(a.no_return), sum(a.total))::shap_v1.account_row)
    from pg_temp.account('objective') a), (select pg_temp.classes(whole) from account));
select test.check('the plan is one row', (select string_agg(a.code || ' ' || pg_temp.classes(a), ', ') from pg_temp.account('plan') a),
    'copeland/2010-11 0 14 1 1 21 0 12 20 102 171');

-- Shared: SH4.3/2/1 with Home Housing and SH4.2/3/1 with Impact, each beside the council; SH5.2/5 and 6 are not the council's.
select test.check('by organisation', (select string_agg(a.code || ' ' || pg_temp.classes(a), ', ' order by a.code) from pg_temp.account('organisation') a),
    'copeland 0 14 0 1 21 0 12 20 101 169, home-housing 0 0 0 0 0 0 0 0 1 1, impact-housing-association 0 0 0 0 0 0 1 0 0 1, '
    'supporting-people-team 0 0 1 0 0 0 0 0 1 2');
select test.check('organisations overlap, and the whole does not', (select format('%s in several: %s rows of %s, %s', r.in_several, r."overlaps",
    (select sum(a.total) from unnest(r.rows) a), (r.whole).total) from shap_v1.get_account_report(null, '2010-12-31', null, null, null, null, 'organisation') r),
    '2 in several: t rows of 173, 171');
select test.check('by owner: as often as WHO names them', (select string_agg(format('%s %s', coalesce(a.code, '-'), a.total), ', ' order by a.code) from pg_temp.account('owner') a
    where a.code is null or a.code in ('HPO', 'EO', 'LP', 'SHM', 'Web Manager', 'Supporting People Team')),
    (select string_agg(format('%s %s', c, (select count(*) from test.sample s, unnest(s.rows) r where case c when '-' then r.who = '' else r.who ~ ('\m' || c || '\M') end)), ', ' order by nullif(c, '-'))
       from unnest(array['-', 'HPO', 'EO', 'LP', 'SHM', 'Web Manager', 'Supporting People Team']) c));
select test.check('an owner of the register has a name, another has none', (select string_agg(concat_ws('|', a.code, a.name), ', ' order by a.code) from pg_temp.account('owner') a
    where a.code in ('HPO', 'KS')), 'HPO|Housing Research & Policy Officer, KS');
select test.check('of an objective, by owner', (select string_agg(a.code || ' ' || a.total, ', ' order by a.code) from pg_temp.account('owner', 'SH5.2') a),
    'HRM 4, HSM 1, Head of Legal 1, Supporting People Team 2');
select test.check('of an owner, by objective', (select string_agg(a.code || ' ' || a.total, ', ' order by a.code) from pg_temp.account('objective', null, null, 'hpo') a),
    'SH1.2 7');
select test.check('of an organisation', (select string_agg(a.code || ' ' || a.total, ', ' order by a.code) from pg_temp.account('organisation', null, 'home-housing') a),
    'copeland 1, home-housing 1');
select test.check('as known before the grants', (select pg_temp.classes(r.whole) from shap_v1.get_account_report(null, '2010-12-31', '2010-12-20', null, null, null, 'plan') r),
    '0 14 0 14 0 4 12 25 102 171');

-- No return: 79 due once, 13 from a day on, 10 without one.
create temporary table silent as select s.* from shap_v1.get_no_return_report(null, '2010-12-31', '2010-12-31', null, null, null) r,
    unnest(r.silent) with ordinality s ("group", reference, milestone, who, "when", due_day, recurrence, cycle_starts_day, organisations, sent_back, n);
select test.check('how many', (select format('%s: %s once, %s from a day, %s without, %s sent back', r.milestones, r.due_once, r.from_a_day, r.no_day, r.sent_back)
    from shap_v1.get_no_return_report(null, '2010-12-31', '2010-12-31', null, null, null) r), '102: 79 once, 13 from a day, 10 without, 0 sent back');
select test.check('by group', (select string_agg(format('%s %s', "group", c), ', ' order by "group") from (select "group", count(*) as c from silent group by 1) g),
    'before_plan_year 12, earlier_quarters 47, this_quarter 20, cycles 23');
select test.check('by the phrases of WHEN: once', (select count(*) from silent where recurrence is null and "when" ~ '20(09|10)'), 79::bigint);
select test.check('due in December alone', (select string_agg(reference, ' ' order by n) from silent where recurrence is null and due_day between '2010-12-01' and '2010-12-31'
    and "when" ~* 'dec'), 'SH1.2/1/4 SH1.2/3/5 SH2.4/9/1 SH3.3/3/1 SH3.3/3/2 SH5.1/2/1 SH5.1/2/2');
select test.check('the rest of this quarter', (select string_agg(reference, ' ' order by n) from silent where "group" = 'this_quarter' and due_day < '2010-12-01'),
    'SH2.1/4/1 SH2.1/5/1 SH2.1/6/1 SH2.7/4/1 SH3.1/3/2 SH3.3/4/1 SH3.3/7/1 SH3.4/1/1 SH3.4/4/1 SH3.4/4/2 SH5.5/3/1 SH5.5/3/2 SH5.5/3/3');
select test.check('cycles without a first day', (select string_agg(reference, ' ' order by n) from silent where "when" !~ '20' and recurrence is not null and reference <> 'SH1.1/4/1'),
    'SH1.1/3/2 SH1.3/3/1 SH2.4/1/1 SH2.4/8/1 SH4.2/1/1 SH4.3/1/1 SH4.3/1/2 SH4.3/2/1 SH5.4/4/1 SH5.4/4/2');
select test.check('cycles from a day on', (select string_agg(reference, ' ' order by n) from silent where "group" = 'cycles' and ("when" ~ '20' or reference = 'SH1.1/4/1')),
    'SH1.1/4/1 SH1.5/2/1 SH1.5/2/2 SH1.5/2/3 SH1.5/3/1 SH1.5/3/2 SH1.5/5/1 SH2.4/7/1 SH4.3/3/1 SH4.3/3/2 SH4.3/3/3 SH5.3/2/1 SH5.3/2/2');
select test.check('a cycle that is unanswered', (select concat_ws('|', who, "when", cycle_starts_day, due_day, recurrence, organisations) from silent where reference = 'SH4.3/2/1'),
    'SHP Home Housing|Quarterly|2010-10-01|2010-12-31|quarterly|{copeland,home-housing}');
select test.check('the two-monthly one ended in November', (select concat_ws('|', cycle_starts_day, due_day) from silent where reference = 'SH1.3/3/1'), '2010-10-01|2010-11-30');
select test.check('the same milestones as the account names', (select array_agg(reference order by reference) from silent),
    (select array_agg(m.reference order by m.reference) from shap_v1.list_milestones(null, '2010-12-31', null, null, null, 'no_return', null, null, null, null) m));
select test.check('of an organisation', (select format('%s of %s: %s', (r.head).covered, (r.head).total, (select string_agg(s.reference, ' ') from unnest(r.silent) s))
    from shap_v1.get_no_return_report(null, '2010-12-31', null, null, 'supporting-people-team', null) r), '2 of 171: SH5.2/5/1');

-- Doubts: 78 on the sample, of which three are settled here: a slip on 5 January, a date on 10 January and dismissed on the 15th;
-- the last is opened again on 1 February.
create function pg_temp.doubts(as_at date, known date, objective text default null) returns text language sql as $$
    select format('%s open, %s settled: %s', r.open_doubts, r.settled_doubts, (select string_agg(concat_ws('|', d.kind, d.subject, d.settled_on, d.settlement), ', ' order by d.kind, d.settled_on)
        from unnest(r.settled) d)) from shap_v1.get_doubt_report(null, as_at, known, objective, null, null) r
$$;
select test.check('by kind', (select string_agg(format('%s %s %s', k.kind, k.open, k.settled), ', ' order by n) from shap_v1.get_doubt_report(null, '2010-12-31', null, null, null, null) r,
    unnest(r.kinds) with ordinality k (kind, open, settled, n)),
    'undefined_code 40 0, probable_slip 1 0, no_owner 1 0, empty_date 4 0, prose_date 8 0, date_outside_year 18 0, same_work 3 0, complete_in_measure 3 0');
select test.at('2011-02-01 12:00 Europe/London');
select test.act_as('cora');
create temporary table doubt as select d.* from shap_v1.list_doubts(null, null) d;
select shap_v1.settle_doubt(null, doubt_id, null, 'HSM', 'SHM is a slip for HSM.', '2011-01-05') from doubt where kind = 'probable_slip';
select shap_v1.settle_doubt(null, doubt_id, '2011-03-31', null, 'As the panel said.', '2011-01-10') from doubt where kind = 'empty_date' and reference = 'SH3.1/2/1';
select shap_v1.settle_doubt(null, min(doubt_id), null, null, 'Two pieces of work.', '2011-01-15') from doubt where kind = 'same_work';
select test.at('2011-02-01 13:00 Europe/London');
select shap_v1.reopen_doubt(null, min(doubt_id), 'One after all.', '2011-02-01') from doubt where kind = 'same_work';
select test.act_as('rita');
select test.check('as at a day none was settled', pg_temp.doubts('2011-01-04', null), '78 open, 0 settled: ');
select test.check('as at the day of the second', pg_temp.doubts('2011-01-10', null),
    '76 open, 2 settled: probable_slip|SHM|2011-01-05|means HSM: SHM is a slip for HSM., empty_date||2011-01-10|due on 31 March 2011: As the panel said.');
select test.check('as at the day before one is opened again', pg_temp.doubts('2011-01-31', null) ~ '^75 open, 3 settled: .*dismissed: Two pieces of work\.$', true);
select test.check('as at the day it is', pg_temp.doubts('2011-02-01', null) ~ '^76 open, 2 settled: ', true);
select test.check('the one opened again says so', (select format('%s %s', d.kind, d.reopened_on) from shap_v1.get_doubt_report(null, null, null, null, null, null) r,
    unnest(r.open) d where d.reopened_on is not null), 'same_work 2011-02-01');
select test.check('as known before', pg_temp.doubts('2011-01-31', '2011-01-31'), '78 open, 0 settled: ');
select test.check('of an objective', pg_temp.doubts('2011-02-01', null, 'SH3.1') ~ '1 settled: empty_date', true);
create temporary table bytes as select shap_v1.get_doubt_report(null, '2011-01-31', '2011-01-31', null, null, null)::text as closed;
select test.at('2011-02-02 09:00 Europe/London');
select test.act_as('cora');
select shap_v1.add_register_entry('KX', 'A code one letter from others', 'post', 'copeland', '{ASW}');
select shap_v1.add_register_entry('COUNCIL TAZ', 'One letter from COUNCIL TAX', 'post', 'copeland', '{HOUSIN ADMIN}');
select shap_v1.add_register_entry('SPN', 'One letter from SPM', 'post', 'copeland', '{}');
select test.act_as('rita');
select test.check('what the register learns later changes no closed report', (select closed = shap_v1.get_doubt_report(null, '2011-01-31', '2011-01-31', null, null, null)::text from bytes), true);
select test.check('now it is a probable slip', (select string_agg(d.kind::text, ' ') from shap_v1.get_doubt_report(null, null, null, null, null, null) r, unnest(r.open) d where d.subject = 'SPM'), 'probable_slip');

-- The history of one.
create function pg_temp.history(wanted text, as_at date, known date default null) returns text language sql as $$
    select format('%s %s: %s', (r.milestone).reference, (r.milestone).milestone_class, (select string_agg(e.kind, ' ' order by n) from unnest(r.events)
        with ordinality e (record_id, kind, day, recorded_at, by, organisation, summary, text, of_record, n)))
      from shap_v1.get_history_report(null, as_at, known, wanted) r
$$;
select test.check('a history', pg_temp.history('sh5.2.6.1', '2010-12-31'), 'SH5.2/6/1 will_not_be_delivered: reading share return review');
select test.check('as at a day', pg_temp.history('sh5.2.6.1', '2010-12-20'), 'SH5.2/6/1 overdue: reading share return');
select test.check('as known at a day', pg_temp.history('sh5.2.6.1', '2010-12-31', '2010-12-16'), 'SH5.2/6/1 no_return: reading share');
select test.check('the same as it is shown', (select r.events = h.events and (r.milestone) = (h.milestone) and r.objective_heading = h.objective_heading
    from shap_v1.get_history_report(null, '2010-12-31', null, 'SH3.3/8/1') r, shap_v1.get_milestone(null, 'SH3.3/8/1', '2010-12-31', null) h), true);
select test.check('it is about one milestone, not about a part of the plan', (select format('%s|%s|%s', (r.head).plan, (r.head).covered, (r.head).total)
    from shap_v1.get_history_report(null, null, null, 'SH3.3/8/1') r), 'copeland/2010-11||');
select test.check('an unknown one', test.fails('RPC05', $$select shap_v1.get_history_report(null, null, null, 'SH9.9/9/9')$$),
    'there is no milestone "SH9.9/9/9" in copeland/2010-11 | Milestones are listed by: shap milestone list');

-- Who may see what.
select test.act_as('sam');
select test.check('a contributor''s account covers what the body shares', (select format('%s of %s: %s, %s', (r.head).covered, (r.head).total, (r.whole).total,
    (select string_agg(a.code || ' ' || a.total, ' ') from unnest(r.rows) a)) from shap_v1.get_account_report(null, '2010-12-31', null, null, null, null, null) r),
    '2 of 171: 2, SH5.2 2');
select test.check('and so do those without a return', (select format('%s of %s: %s', (r.head).covered, (r.head).total, (select string_agg(s.reference, ' ') from unnest(r.silent) s))
    from shap_v1.get_no_return_report(null, '2010-12-31', null, null, null, null) r), '2 of 171: SH5.2/5/1');
select test.check('with a filter, too', (select format('%s of %s: %s', (r.head).covered, (r.head).total, (r.whole).total)
    from shap_v1.get_account_report(null, '2010-12-31', null, 'SH5.2', null, 'Supporting People Team', null) r), '2 of 171: 2');
select test.fails('RPC05', $$select shap_v1.get_account_report(null, '2010-12-31', null, 'SH1.1', null, null, null)$$);
select test.fails('RPC05', $$select shap_v1.get_history_report(null, null, null, 'SH1.1/1/1')$$);
select test.check('doubts are the council''s', test.fails('42501', $$select shap_v1.get_doubt_report(null, null, null, null, null, null)$$),
    'permission denied for function get_doubt_report');
select test.act_as('bob');
select test.check('another council''s plan is not there', (select count(distinct test.fails('RPC05', s)) from unnest(array[
    $$select shap_v1.get_account_report('copeland/2010-11', null, null, null, null, null, null)$$,
    $$select shap_v1.get_no_return_report('copeland/2010-11', null, null, null, null, null)$$,
    $$select shap_v1.get_doubt_report('copeland/2010-11', null, null, null, null, null)$$,
    $$select shap_v1.get_history_report('copeland/2010-11', null, null, 'SH5.2/6/1')$$,
    $$select shap_v1.get_forward_report('copeland/2010-11', null, null, null, null, null, null)$$,
    $$select shap_v1.get_completed_report('copeland/2010-11', null, null, null, null, null, null)$$]) s), 1::bigint);
