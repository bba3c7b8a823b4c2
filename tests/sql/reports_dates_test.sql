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
