-- Reports of dates on the Copeland quarter: what was granted, what is due next, what was completed.
\ir copeland_fixture.sql
\ir copeland_quarter.sql

-- Extensions. By hand, from WHEN and the phrase granted:
--    0  SH2.7/8 (March to March)
--    1  SH2.7/6, SH3.3/1 twice (January to February)
--    2  SH2.7/5 (December to February), SH3.3/8 (November to January), SH4.5/4 (January to March)
--    3  SH1.5/1, SH2.2/3, SH3.2/5, SH5.3/3 (December to March)
--    4  SH1.2/2 4 and 5, SH2.2/2 2 (November to March)
--    5  SH1.2/2 2 and 3, SH3.3/2 (October to March)
--    6  SH5.4/1 twice, SH5.4/2 (September to March)
--   16  SH5.4/3 (November 2010 to March 2012)
select test.act_as('rita');
create temporary table extensions as select r.* from shap_v1.get_extension_report('copeland/2010-11', '2010-12-31', null, null, null, null) r;
create temporary table bytes as select shap_v1.get_extension_report('copeland/2010-11', '2010-12-31', '2010-12-31', null, null, null)::text as closed;
create temporary table extension as select g.* from extensions r, unnest(r.grants) with ordinality g;
create function pg_temp.extended(objective text, organisation text, owner text, as_at date default '2010-12-31', known date default null) returns text language sql as $$
    select format('%s of %s: %s milestones, %s extensions, %s months; %s', (r.head).covered, (r.head).total, r.milestones, r.extensions, r.slip_months,
                  (select string_agg(distinct g.reference, ' ' order by g.reference) from unnest(r.grants) g))
      from shap_v1.get_extension_report(null, as_at, known, objective, organisation, owner) r
$$;
select test.check('milestones, extensions, slip of all', (select format('%s %s %s %s', milestones, extensions, slip_months, without_baseline) from extensions),
    '21 21 82 0');
select test.check('by slip', (select string_agg(format('%s: %s', s.slip_months, s.milestones), ', ' order by n)
    from extensions r, unnest(r.slips) with ordinality s (slip_months, milestones, n)), '0: 1, 1: 3, 2: 3, 3: 4, 4: 3, 5: 3, 6: 3, 16: 1');
select test.check('by name', (select string_agg(format('%s %s', slip_months, "references"), E'\n' order by slip_months) from (
    select slip_months, string_agg(reference, ' ' order by ordinality) as "references" from extension group by slip_months) s),
    '0 SH2.7/8/1
1 SH2.7/6/1 SH3.3/1/1 SH3.3/1/2
2 SH2.7/5/1 SH3.3/8/1 SH4.5/4/1
3 SH1.5/1/1 SH2.2/3/1 SH3.2/5/1 SH5.3/3/1
4 SH1.2/2/4 SH1.2/2/5 SH2.2/2/2
5 SH1.2/2/2 SH1.2/2/3 SH3.3/2/1
6 SH5.4/1/1 SH5.4/1/2 SH5.4/2/1
16 SH5.4/3/1');
select test.check('one with all that was decided', (select concat_ws('|', "when", last_day, number, extensions, new_when, new_day, granted_on, grantor, reason,
    before_due, in_force, milestone_class) from extension where reference = 'SH3.3/8/1'),
    'Nov 2010|2010-11-30|1|1|Revised Jan 2011|2011-01-31|2010-12-21|Cora Coordinator|Granted as listed in the exception report to members.|f|t|re_dated');
-- Granted on 21 December, before they fell due: those of December, January and March.
select test.check('granted before it was due', (select string_agg(reference, ' ' order by ordinality) from extension where before_due),
    'SH1.5/1/1 SH2.2/3/1 SH2.7/5/1 SH2.7/6/1 SH2.7/8/1 SH3.2/5/1 SH3.3/1/1 SH3.3/1/2 SH4.5/4/1 SH5.3/3/1');
select test.check('of an objective', pg_temp.extended('sh2.7', null, null), '8 of 171: 3 milestones, 3 extensions, 3 months; SH2.7/5/1 SH2.7/6/1 SH2.7/8/1');
select test.check('of an owner', pg_temp.extended('SH3.3', null, 'Head of DS'),
    '4 of 171: 2 milestones, 2 extensions, 2 months; SH3.3/1/1 SH3.3/1/2');
select test.check('as at the day before the grants', pg_temp.extended(null, null, null, '2010-12-20'), '171 of 171: 0 milestones, 0 extensions, 0 months; ');
select test.check('as known the day before the grants', pg_temp.extended(null, null, null, '2010-12-31', '2010-12-20'), '171 of 171: 0 milestones, 0 extensions, 0 months; ');

-- A second date, and what was revoked: both stay visible, one by its number, one in the history only.
select test.at('2011-04-05 09:00 Europe/London');
select test.act_as('cora');
select shap_v1.grant_date(null, 'SH3.3/8/1', null, 'June 2011', null, 'The surveyor left.', '2011-01-20', (select max(record_id) from given where reference = 'SH3.3/8/1'));
select shap_v1.grant_date(null, 'SH1.2/4/1', null, 'May 2011', null, 'It had no date.', '2011-04-01', null);
select shap_v1.revoke_grant((select record_id from given where reference = 'SH5.4/3/1'), 'It was a slip.', '2011-04-02');
select test.act_as('rita');
create temporary table second as select g.* from shap_v1.get_extension_report(null, '2011-04-05', null, null, null, null) r, unnest(r.grants) g;
select test.check('two on one', (select string_agg(concat_ws('|', number, extensions, new_when, slip_months, before_due, in_force, reason), E'\n' order by number)
    from second where reference = 'SH3.3/8/1'), '1|2|Revised Jan 2011|2|f|f|Granted as listed in the exception report to members.
2|2|June 2011|7|t|t|The surveyor left.');
select test.check('what is revoked does not stand', (select count(*) from second where reference = 'SH5.4/3/1'), 0::bigint);
select test.check('as at the day before, it did', (select count(*) from shap_v1.get_extension_report(null, '2011-04-01', null, null, null, null) r, unnest(r.grants) g
    where g.reference = 'SH5.4/3/1'), 1::bigint);
select test.check('without a date to slip from', (select concat_ws('|', "when", last_day, new_day, slip_months) from second where reference = 'SH1.2/4/1'), '|2011-05-31');
select test.check('the closed report is the same to the byte', (select shap_v1.get_extension_report('copeland/2010-11', '2010-12-31', '2010-12-31', null, null, null)::text
    = e.closed from bytes e), true);

-- What is granted on the last day itself, is granted when it is due.
select test.act_as('cora');
select shap_v1.grant_date(null, 'SH5.1/4/1', null, 'July 2011', null, 'It was the last day.', '2011-03-31', null);
select shap_v1.grant_date(null, 'SH5.1/4/2', null, 'July 2011', null, 'It was the day before.', '2011-03-30', null);
select test.act_as('rita');
select test.check('on the last day, and the day before', (select string_agg(concat_ws(' ', g.reference, g.before_due), ', ' order by g.reference)
    from shap_v1.get_extension_report(null, '2011-04-05', null, 'SH5.1', null, null) r, unnest(r.grants) g where g.reference like 'SH5.1/4/%'),
    'SH5.1/4/1 f, SH5.1/4/2 t');

-- Who may see what.
select test.act_as('sam');
select test.check('a partner sees his', pg_temp.extended(null, null, null), '2 of 171: 0 milestones, 0 extensions, 0 months; ');
select test.act_as('olive');
select test.check('filters narrow down what a contributor sees', pg_temp.extended('SH5.4', null, null, '2010-12-31', '2010-12-31'),
    '6 of 171: 4 milestones, 4 extensions, 34 months; SH5.4/1/1 SH5.4/1/2 SH5.4/2/1 SH5.4/3/1');
select test.act_as('bob');
select test.fails('RPC05', $$select shap_v1.get_extension_report('copeland/2010-11', null, null, null, null, null)$$);
select test.act_as('ann');
select test.fails('42501', $$select shap_v1.get_extension_report('copeland/2010-11', null, null, null, null, null)$$);
select test.act_as('rita');
select test.check('a filter that leaves nothing', test.fails('RPC05', $$select shap_v1.get_extension_report(null, '2010-12-31', null, 'SH9.9', null, 'HSM')$$),
    'no milestone of copeland/2010-11 that you see is of objective "SH9.9" and owned by "HSM" | What there is, is listed by: shap objective list, shap org list, shap register list');

-- The forward look from 31 December 2010. By hand, from WHEN and the dates granted:
--   January: 11 dates (SH1.2/3/6, SH1.5/4 1-3, SH2.2/4, SH3.4/6/1, SH4.5/3 1-2, SH5.1/3 1-3), the new one of SH3.3/8, and
--     5 cycles: two-monthly (SH1.3/3, SH4.3/1 twice) and monthly (SH1.5/3 twice)
--   February: SH3.4/6/2; new SH2.7/5, SH2.7/6, SH3.3/1 twice; 2 cycles
--   March: 5 dates (SH2.2/5, SH2.7/7, SH3.4/5, SH5.1/4 1-2), 15 new ones (21 without January's, February's, and 2012's), and
--     22 cycles: the 5 and 17 quarterly; the 4 that are re-dated to that day owe no return of their own
create function pg_temp.looked(as_at date, months integer, known date default null, objective text default null) returns text language sql as $$
    select format('%s: %s of %s, ', r.until, r.dates + r.new_dates + r.cycles, r.milestones)
           || (select coalesce(string_agg(format('%s %s %s', month, because, n), ', ' order by first), 'nothing') from (
                  select d.month, d.because, count(*) as n, min(d.due_day) as first from unnest(r.days) d group by 1, 2) g)
      from shap_v1.get_forward_report(null, as_at, known, objective, null, null, months) r
$$;
create function pg_temp.due(wanted text, as_at date, months integer default 3) returns text language sql as $$
    select string_agg(format('%s %s', d.due_day, d.because), ', ' order by d.due_day)
      from shap_v1.get_forward_report(null, as_at, null, null, null, null, months) r, unnest(r.days) d where d.reference = wanted
$$;
select test.check('three months on', (select string_agg(l, E'\n' order by n) from (select format('%s %s: %s', d.month, d.because, count(*)) as l, min(n) as n
    from shap_v1.get_forward_report(null, '2010-12-31', '2010-12-31', null, null, null, null) r,
         unnest(r.days) with ordinality d (month, due_day, because, reference, milestone, who, "when", new_when, measure, class, status, claimed, n)
   group by d.month, d.because) g),
    'January 2011 date: 11
January 2011 cycle: 5
January 2011 new_date: 1
February 2011 cycle: 2
February 2011 new_date: 4
February 2011 date: 1
March 2011 cycle: 22
March 2011 new_date: 15
March 2011 date: 5');
select test.check('its figures', (select format('%s %s: %s milestones, %s dates, %s new dates, %s cycles; %s overdue, %s without a return, %s undated',
    r.months, r.until, r.milestones, r.dates, r.new_dates, r.cycles, r.overdue, r.no_return, r.undated)
    from shap_v1.get_forward_report(null, '2010-12-31', '2010-12-31', null, null, null, null) r),
    '3 2011-03-31: 59 milestones, 17 dates, 20 new dates, 29 cycles; 1 overdue, 102 without a return, 12 undated');
select test.check('none of them is done or given up', (select count(*) from shap_v1.get_forward_report(null, '2010-12-31', '2010-12-31', null, null, null, 60) r,
    unnest(r.days) d where d.milestone_class in ('complete', 'signed_off', 'will_not_be_delivered', 'undated')), 0::bigint);
reset role;
select test.check('months are counted from the end of a month', (select string_agg(shap_v1.months_after(d, n)::text, ' ') from
    (values (date '2010-11-30', 3), ('2010-12-31', 2), ('2011-02-28', 1), ('2010-12-15', 1), ('2010-12-30', 2)) v (d, n)),
    '2011-02-28 2011-02-28 2011-03-31 2011-01-15 2011-02-28');
select test.act_as('rita');
select test.check('a month of one objective', pg_temp.looked('2010-12-31', 1, '2010-12-31', 'SH3.3'), '2011-01-31: 1 of 1, January 2011 new_date 1');
select test.check('by the plan''s own date before the grant', pg_temp.due('SH2.7/6/1', '2010-12-20'), '2011-01-31 date');
select test.check('by the new one after it', pg_temp.due('SH2.7/6/1', '2010-12-21'), '2011-02-28 new_date');
select test.check('by the latest of two', pg_temp.due('SH3.3/8/1', '2011-04-05'), '2011-06-30 new_date');
select test.check('what comes round', pg_temp.due('SH4.3/1/1', '2010-12-31', 6), '2011-01-31 cycle, 2011-03-31 cycle, 2011-05-31 cycle');
select test.check('what comes round once a year', pg_temp.due('SH1.1/4/1', '2010-12-31', 24), '2011-09-30 cycle, 2012-09-30 cycle');
select test.check('before its first cycle', pg_temp.due('SH1.5/3/1', '2010-08-15', 2), '2010-09-30 cycle');
select test.check('what comes round goes on after its new date', pg_temp.due('SH5.4/2/1', '2010-12-31', 9), '2011-03-31 new_date, 2011-06-30 cycle, 2011-09-30 cycle');
select test.check('what is overdue is not looked forward to', pg_temp.due('SH2.2/1/1', '2010-12-31', 60), null::text);
select test.check('no number of months', test.fails('RPC03', $$select shap_v1.get_forward_report(null, null, null, null, null, null, 0)$$),
    '0 is no number of months to look forward | It is between 1 and 60: --months 3');
select test.fails('RPC03', $$select shap_v1.get_forward_report(null, null, null, null, null, null, 61)$$);
select test.act_as('sam');
select test.check('a partner looks at his own', (select format('%s of %s: %s', (r.head).covered, (r.head).total, r.milestones)
    from shap_v1.get_forward_report(null, '2010-07-20', null, null, null, null, 3) r), '2 of 171: 1');

-- Completed. The plan's own text completes 14: 5 with their month (SH2.5/1, SH2.6/5, SH4.1/1 by their day; SH3.2/1 and
-- SH3.2/2 late), 9 without. Then, made up: SH1.1/1/1 on time, SH1.1/2/1 late, SH1.1/3/1 said and not accepted; SH1.1/1/1
-- signed off on 15 February and SH1.4/2/1 without evidence.
create function pg_temp.done(since date, as_at date, known date default null) returns text language sql as $$
    select format('%s milestones, %s signed off, %s late, %s unknown: %s', r.milestones, r.signed_off, r.late, r.day_unknown,
                  (select string_agg(c.reference, ' ' order by n) from unnest(r.completed) with ordinality c (reference, milestone, who, "when", last_day,
                      new_day, class, completed_on, signed_off_on, counts, late, by_the_plan, organisation, by, evidence, note, without, n)))
      from shap_v1.get_completed_report(null, as_at, known, null, null, null, since) r
$$;
create function pg_temp.done_one(wanted text, as_at date) returns text language sql as $$
    select concat_ws('|', c.last_day, c.milestone_class, c.completed_on, c.signed_off_on, c.counts_from_day, c.late, c.by_the_plan, c.organisation, c.by,
                     c.evidence, c.note, c.without_evidence)
      from shap_v1.get_completed_report(null, as_at, null, null, null, null, null) r, unnest(r.completed) c where c.reference = wanted
$$;
select test.act_as('rita');
select test.check('ever', pg_temp.done(null, '2010-12-31'), '14 milestones, 0 signed off, 2 late, 9 unknown: '
    'SH1.4/2/1 SH2.4/5/1 SH2.4/6/1 SH2.5/1/1 SH2.5/2/1 SH2.5/3/1 SH2.5/4/1 SH2.5/5/1 SH2.6/5/1 SH3.2/1/1 SH3.2/2/1 SH4.1/1/1 SH4.1/2/1 SH4.1/3/1');
select test.check('in the second quarter', pg_temp.done('2010-06-30', '2010-09-30'), '11 milestones, 0 signed off, 2 late, 9 unknown: '
    'SH1.4/2/1 SH2.4/5/1 SH2.4/6/1 SH2.5/2/1 SH2.5/3/1 SH2.5/4/1 SH2.5/5/1 SH3.2/1/1 SH3.2/2/1 SH4.1/2/1 SH4.1/3/1');
select test.check('in the third', pg_temp.done('2010-09-30', '2010-12-31'), '0 milestones, 0 signed off, 0 late, 0 unknown: ');
select test.check('by the plan''s own text', pg_temp.done_one('SH3.2/1/1', '2010-12-31'), '2010-07-31|complete|2010-09-30|2010-09-30|t|t');
select test.check('without a day', pg_temp.done_one('SH2.4/6/1', '2010-12-31'), '2010-05-31|complete|2010-07-20|f|t');

select test.act_as('olive');
select shap_v1.submit_return(array[
    test.call(1, 'olive', 'SH1.1/1/1', 'complete', '2010-07-30', 'All were asked.', evidence => 'minutes of 30 July'),
    test.call(2, 'olive', 'SH1.1/2/1', 'complete', '2011-01-10', 'Agreed at last.'),
    test.call(3, 'olive', 'SH1.1/3/1', 'complete', '2011-01-10')]);
select test.act_as('cora');
select shap_v1.review_return(test.record('SH1.1/1/1'), 'accepted', null, '2011-01-31');
select shap_v1.review_return(test.record('SH1.1/2/1'), 'accepted', null, '2011-01-31');
reset role;
insert into shap.meeting (council_id, record_id, held_on, body, day, membership_id, link)
select test.council(), 900001, '2011-02-15', 'SHP', '2011-02-15', min(id), test.link() from shap.membership;
insert into shap.sign_off (council_id, record_id, plan_id, reference, verdict, meeting_record_id, without_evidence_digest, is_own_work, day, membership_id, link)
select test.council(), r.id, test.plan_id(), r.reference, 'signed_off', 900001,
       case when r.id = 900003 then shap.keep_text(test.council(), 'It was seen by all.') end, false, '2011-02-15', min(m.id), test.link()
  from shap.membership m, (values (900002, 'SH1.1/1/1'), (900003, 'SH1.4/2/1')) r (id, reference) group by r.id, r.reference;
select test.act_as('rita');
select test.check('since the end of the third quarter', pg_temp.done('2010-12-31', '2011-03-31'), '3 milestones, 2 signed off, 1 late, 1 unknown: SH1.1/1/1 SH1.1/2/1 SH1.4/2/1');
select test.check('signed off', pg_temp.done_one('SH1.1/1/1', '2011-03-31'),
    '2010-07-31|signed_off|2010-07-30|2011-02-15|2011-02-15|f|f|copeland|Olive Officer|minutes of 30 July|All were asked.');
select test.check('the day before the meeting', pg_temp.done_one('SH1.1/1/1', '2011-02-14'),
    '2010-07-31|complete|2010-07-30|2010-07-30|f|f|copeland|Olive Officer|minutes of 30 July|All were asked.');
select test.check('late', pg_temp.done_one('SH1.1/2/1', '2011-03-31'), '2010-07-31|complete|2011-01-10|2011-01-10|t|f|copeland|Olive Officer|Agreed at last.');
select test.check('signed off without evidence', pg_temp.done_one('SH1.4/2/1', '2011-03-31'), 'signed_off|2011-02-15|2011-02-15|f|f|It was seen by all.');
select test.check('what is only said is not completed', pg_temp.done_one('SH1.1/3/1', '2011-03-31'), null::text);
select test.check('as known before', pg_temp.done('2010-12-31', '2011-03-31', '2011-01-01'), '0 milestones, 0 signed off, 0 late, 0 unknown: ');
select test.check('since the day reported', test.fails('RPC03', $$select shap_v1.get_completed_report(null, '2010-12-31', null, null, null, null, '2010-12-31')$$),
    '31 December 2010 is not before 31 December 2010, the day reported | What was completed since the end of a quarter: --since 2010-09-30 --as-at 2010-12-31');
select test.act_as('sam');
select test.check('a partner sees nothing of others', pg_temp.done(null, '2011-03-31'), '0 milestones, 0 signed off, 0 late, 0 unknown: ');
