-- Ratings: what is measured, which row fits, schemes, figures, overrides, disagreements.
\ir copeland_fixture.sql
\ir copeland_quarter.sql

-- class, months and days behind ("-": not measured), rating, of one milestone.
create function pg_temp.rated(wanted text, day date, by_scheme text default null) returns text language sql as $$
    select concat_ws(' ', m.milestone_class, coalesce(m.months_behind::text, '-'), coalesce(m.days_behind::text, '-'), m.rating)
      from shap_v1.get_rating_report('2010-11', day, null, null, null, null, by_scheme) r, unnest(r.milestones) m
     where m.reference = wanted
$$;
create function pg_temp.counts(r shap_v1.rating_report) returns text language sql as $$
    select string_agg(format('%s %s', c.rating, c.milestones), ', ' order by n)
      from unnest(r.counts) with ordinality c (rating, mark, milestones, officer, overridden, n)
$$;
create function pg_temp.report(day date, by_scheme text default null, known date default null) returns shap_v1.rating_report
language sql as $$select r from shap_v1.get_rating_report('2010-11', day, known, null, null, null, by_scheme) r$$;
create function pg_temp.milestone(wanted text, day date, by_scheme text default null) returns shap_v1.rated_milestone
language sql as $$select m from unnest((pg_temp.report(day, by_scheme)).milestones) m where m.reference = wanted$$;

reset role;
-- Begun months: a day is up to one month after another until the same day of the next month, from a month's end until the
-- next month's end.
select test.check('begun months', (select string_agg(shap.begun_months(f.a, f.b)::text, ' ' order by n)
    from (values (1, '2010-11-30'::date, '2010-11-30'::date), (2, '2010-11-30', '2010-12-01'), (3, '2010-11-30', '2010-12-31'),
                 (4, '2010-11-30', '2011-01-01'), (5, '2010-11-15', '2010-12-15'), (6, '2010-11-15', '2010-12-16'),
                 (7, '2011-01-30', '2011-02-28'), (8, '2011-01-30', '2011-03-01'), (9, '2010-12-31', '2011-02-28'),
                 (10, '2010-12-31', '2010-11-30'), (11, '2009-12-31', '2010-12-31')) f (n, a, b)),
    '0 1 1 2 1 2 1 2 2 0 12');
select test.check('begun months never shrink, and a month more is one more', (select count(*)
    from generate_series(date '2010-01-01', '2010-12-31', interval '1 day') a,
         generate_series(0, 400) n
   where shap.begun_months(a::date, a::date + n) > shap.begun_months(a::date, a::date + n + 1)
      or shap.begun_months(a::date, (a + interval '3 months')::date) <> 3), 0::bigint);
select test.check('they are the fewest months after which the day has come', (select count(*)
    from generate_series(date '2010-01-01', '2011-03-31', interval '3 days') a, generate_series(1, 150, 7) n
   where shap.begun_months(a::date, a::date + n)
         <> (select min(m) from generate_series(0, 6) m
              where case when extract(day from a + interval '1 day') = 1 then a + interval '1 day' + make_interval(months => m) - interval '1 day'
                         else a + make_interval(months => m) end >= a + make_interval(days => n))), 0::bigint);

-- What every row of the table at the head of logic/rating.sql says.
select test.act_as('rita');
select test.check('open the day before its last day', pg_temp.rated('SH2.2/1/1', '2010-10-30'), 'not_yet_due 0 0 green');
select test.check('open at the end of its last day', pg_temp.rated('SH2.2/1/1', '2010-10-31'), 'no_return 1 0 amber');
select test.check('open one month after', pg_temp.rated('SH2.2/1/1', '2010-11-30'), 'no_return 1 30 amber');
select test.check('open one month and a day after', pg_temp.rated('SH2.2/1/1', '2010-12-01'), 'no_return 2 31 red');
select test.check('due and open', pg_temp.rated('SH2.2/1/1', '2010-12-31'), 'overdue 2 61 red');
select test.check('no return', pg_temp.rated('SH1.1/1/1', '2010-12-31'), 'no_return 5 153 red');
select test.check('no return, from before the plan''s year', pg_temp.rated('SH5.2/1/1', '2010-12-31'), 'no_return 14 426 red');
select test.check('complete, up to one month late', pg_temp.rated('SH3.2/2/1', '2010-12-31'), 'complete 1 30 amber');
select test.check('complete, more than one month late', pg_temp.rated('SH3.2/1/1', '2010-12-31'), 'complete 2 61 red');
select test.check('complete in time', pg_temp.rated('SH2.5/1/1', '2010-12-31'), 'complete 0 0 green');
select test.check('complete, with no day to compare', pg_temp.rated('SH1.4/2/1', '2010-12-31'), 'complete - - green');
select test.check('re-dated before it fell due', pg_temp.rated('SH2.7/8/1', '2010-12-31'), 're_dated 0 0 hashed');
select test.check('re-dated after it fell due', pg_temp.rated('SH1.2/2/2', '2010-12-31'), 're_dated 2 61 hashed');
select test.check('undated', pg_temp.rated('SH1.2/4/1', '2010-12-31'), 'undated - - grey');
select test.check('will not be delivered', pg_temp.rated('SH5.2/6/1', '2010-12-31'), 'will_not_be_delivered - - red');
select test.check('quarterly, never answered', pg_temp.rated('SH4.3/2/1', '2010-12-31'), 'no_return 6 184 red');
select test.check('two-monthly, never answered', pg_temp.rated('SH4.3/1/1', '2010-12-31'), 'no_return 7 214 red');
select test.check('yearly in September, never answered', pg_temp.rated('SH1.1/4/1', '2010-12-31'), 'no_return 3 92 red');
select test.check('in cycles before the first has ended', pg_temp.rated('SH1.1/4/1', '2010-09-29'), 'not_yet_due 0 0 green');
select test.check('in cycles, re-dated', pg_temp.rated('SH5.4/2/1', '2010-12-31'), 're_dated 0 0 hashed');

-- The quarter, by the months behind. Red: SH5.2/6/1, SH2.2/1/1, the late SH3.2/1/1, and of the 102 without a return the 91 that
-- were due before November; amber: the other 11 and the late SH3.2/2/1; green: the other 12 complete and 20 not yet due.
create temporary table quarter as select pg_temp.report('2010-12-31') as r;
select test.check('the scheme, without a choice', (select concat_ws('|', (r).scheme, (r).scheme_name, (r).scheme_record_id) from quarter),
    'months-behind|Months behind');
select test.check('the counts', (select pg_temp.counts(r) from quarter), 'green 32, amber 12, red 94, hashed 21, grey 12, unrated 0');
select test.check('amber are these', (select string_agg(m.reference, ' ' order by m.reference) from quarter q, unnest((q.r).milestones) m
    where m.rating = 'amber'), 'SH1.2/1/4 SH1.2/3/5 SH2.1/6/1 SH2.4/9/1 SH3.1/3/2 SH3.2/2/1 SH3.3/3/1 SH3.3/3/2 SH3.4/4/1 SH3.4/4/2 SH5.1/2/1 SH5.1/2/2');
select test.check('amber without a return are those the plan dates November and December', (select array_agg(m.reference order by m.reference)
      from quarter q, unnest((q.r).milestones) m where m.rating = 'amber' and m.milestone_class = 'no_return'),
    (select array_agg(p.objective_code || '/' || p.action_no || '/' || p.milestone_no order by 1) from test.sample s, unnest(s.rows) p
      where p."when" ~* '^(October/ )?(Nov|Dec)[a-z]* 2010$'
        and not exists (select from test.return_csv c where c.reference = p.objective_code || '/' || p.action_no || '/' || p.milestone_no)));
select test.check('hashed are those re-dated', (select bool_and((m.rating = 'hashed') = (m.milestone_class = 're_dated'))
    from quarter q, unnest((q.r).milestones) m), true);
select test.check('the rule in full, with what each row rates', (select string_agg(format('%s %s %s %s', n.place, n.rating, n.mark, n.milestones), ', ' order by n.place)
    from quarter q, unnest((q.r).rules) n),
    '1 red R 1, 2 hashed # 21, 3 red R 1, 4 amber A 1, 5 green G 12, 6 green G 20, 7 red R 92, 8 amber A 11, 9 grey N 12');
select test.check('a row in words', (select concat_ws(' | ', n.condition, n.rule) from quarter q, unnest((q.r).rules) n where n.place = 7),
    'class overdue or no return, months behind 2 or more | It is due and not known to be complete, more than one month behind.');
select test.check('a class in a row is named as in every report', (select n.condition from quarter q, unnest((q.r).rules) n where n.place = 2),
    'class re-dated');
select test.check('the total, and what nobody said', (select concat_ws(' ', (r).total, (r).officer_ratings, (r).overrides, (r).disagreements,
    cardinality((r).not_understood)) from quarter), '171 0 0 0 0');
select test.check('an objective', (select string_agg(concat_ws('|', o.title, o.milestones, o.ratings), '') from quarter q, unnest((q.r).objectives) o
    where o.code = 'SH3.2'), (select distinct p.objective_title from test.sample s, unnest(s.rows) p where p.objective_code = 'SH3.2')
                             || '|5|1 amber, 3 red, 1 hashed');
select test.check('objectives add up', (select concat_ws(' ', count(*), sum(o.milestones)) from quarter q, unnest((q.r).objectives) o), '26 171');
select test.check('in every scheme, on every day, each column adds up to the total', (select count(*)
    from unnest(array['months-behind', 'date-and-judgement', 'figures']) s (code),
         unnest(array['2010-07-20', '2010-09-30', '2010-12-31']::date[]) d (day)
   cross join lateral pg_temp.report(d.day, s.code) r
   where (select row(sum(c.milestones), sum(c.officer), sum(c.overridden)) from unnest(r.counts) c) = row(171::bigint, 171::bigint, 171::bigint)
     and (select sum(n.milestones) from unnest(r.rules) n) = 171), 9::bigint);
select test.check('a part of the plan', (select concat_ws(' ', r.total, (r.head).covered, cardinality(r.objectives))
    from shap_v1.get_rating_report('2010-11', '2010-12-31', null, 'SH3.2', null, null, null) r), '5 5 1');
select test.check('by date and judgement, while nobody judges', (select pg_temp.counts(pg_temp.report('2010-12-31', 'date-and-judgement'))),
    'green 34, amber 21, red 104, grey 12, unrated 0');
select test.check('by figures, while there are none', (select pg_temp.counts(pg_temp.report('2010-12-31', 'figures'))),
    'green 0, amber 0, red 1, grey 170, unrated 0');
select test.check('an unknown scheme', test.fails('RPC05', $$select pg_temp.report('2010-12-31', 'nope')$$),
    'there is no rating scheme "nope" as at 2010-12-31 | Schemes are listed by: shap scheme list');
select test.fails('RPC03', $$select pg_temp.report('2011-01-01')$$);

-- The officer's own rating.
select test.act_as('cora');
create function pg_temp.rate(wanted text, status text, day date, rating text, note text default null) returns text language sql as $$
    select concat_ws(' ', a.sqlstate, a.refusal) from shap_v1.submit_return(array[
        test.call(1, 'cora', wanted, status, day, note, null, null, null, 'copeland', gen_random_uuid(), '2010-11', null, rating)]) a
$$;
select pg_temp.rate('SH1.1/1/1', 'in progress', '2010-12-20', ' Amber', 'two of three teams'), pg_temp.rate('SH1.1/1/2', 'in progress', '2010-12-20', 'r'),
       pg_temp.rate('SH1.1/2/1', 'in progress', '2010-12-20', 'GREEN'), pg_temp.rate('SH1.2/1/1', 'in progress', '2010-12-20', 'on course'),
       pg_temp.rate('SH1.2/3/6', 'in progress', '2010-12-20', 'g'), pg_temp.rate('SH1.3/1/1', 'in progress', '2010-12-20', 'Hashed.'),
       pg_temp.rate('SH1.3/2/1', 'in progress', '2010-12-20', '   ');
select test.act_as('rita');
select test.check('as it is understood, or as written', (select string_agg(concat_ws(':', m.reference, m.officer, m.officer_understood, m.disagrees), ' ' order by m.reference)
    from unnest((pg_temp.report('2010-12-31')).milestones) m where m.officer is not null),
    'SH1.1/1/1:amber:t:t SH1.1/1/2:red:t:f SH1.1/2/1:green:t:t SH1.2/1/1:on course:f:f SH1.2/3/6:green:t:f SH1.3/1/1:hashed:t:t');
select test.check('what is not understood is listed', (select array_agg(m.reference) from unnest((pg_temp.report('2010-12-31')).not_understood) m), '{SH1.2/1/1}'::text[]);
select test.check('and counted', (select concat_ws(' ', r.officer_ratings, r.disagreements) from pg_temp.report('2010-12-31') r), '6 3');
select test.check('the officers'' column', (select string_agg(format('%s %s', c.rating, c.officer), ', ') from unnest((pg_temp.report('2010-12-31')).counts) c),
    'green 2, amber 1, red 1, hashed 1, grey 0, unrated 166');
select test.check('the judgement decides where there is one, the date is beside it', (select concat_ws(' ', m.rating, m.computed, m.rule_place)
    from pg_temp.milestone('SH1.1/1/1', '2010-12-31', 'date-and-judgement') m), 'amber red 2');
select test.check('what is not understood decides nothing', (select concat_ws(' ', m.rating, m.computed, m.rule_place)
    from pg_temp.milestone('SH1.2/1/1', '2010-12-31', 'date-and-judgement') m), 'red red 5');
select test.check('a word the scheme does not have is not understood', (select m.officer_understood
    from pg_temp.milestone('SH1.3/1/1', '2010-12-31', 'date-and-judgement') m), false);
create function pg_temp.disagreements(day date, by_scheme text default null) returns text language sql as $$
    select string_agg(concat_ws(' ', d.reference, d.computed, d.kind, d.judged, d.by, d.day, d.reason), ', ' order by n)
      from shap_v1.get_disagreement_report('2010-11', day, null, null, null, null, by_scheme) r,
           unnest(r.disagreements) with ordinality d (reference, milestone, who, milestone_class, computed, computed_mark, rule, kind,
                                                      judged, written, by, day, reason, record_id, n)
$$;
select test.check('disagreements', pg_temp.disagreements('2010-12-31'),
    'SH1.1/1/1 red officer amber Cora Coordinator 2010-12-20 two of three teams, SH1.1/2/1 red officer green Cora Coordinator 2010-12-20, '
    'SH1.3/1/1 red officer hashed Cora Coordinator 2010-12-20');
select test.check('the same where the judgement decides', pg_temp.disagreements('2010-12-31', 'date-and-judgement'),
    'SH1.1/1/1 red officer amber Cora Coordinator 2010-12-20 two of three teams, SH1.1/2/1 red officer green Cora Coordinator 2010-12-20');
select test.check('a rating speaks of its day', pg_temp.disagreements('2010-12-19'), null);
select test.check('only the return that counts', (select pg_temp.rate('SH1.1/1/1', 'in progress', '2010-12-21', null) from (select test.act_as('cora')) a), '');
select test.act_as('rita');
select test.check('a later return without a rating has none', (select concat_ws(' ', m.officer, m.disagrees) from pg_temp.milestone('SH1.1/1/1', '2010-12-31') m), 'f');
select test.check('the day before it has one', (select m.officer from pg_temp.milestone('SH1.1/1/1', '2010-12-20') m), 'amber');

-- Figures.
select test.act_as('cora');
create temporary table figure as
select n, f.* from (values (1, 'SH5.1/3/2', '92', '100', false, '2010-12-10'::date), (2, 'SH5.1/3/1', '1,250', '1000', null, '2010-12-10'),
                           (3, 'SH1.1/3/1', '89.99%', '100', false, '2010-12-10'), (4, 'SH1.1/4/1', '31', '28', true, '2010-12-10'),
                           (5, 'SH1.1/3/2', '90', '100', false, '2010-12-31'), (6, 'SH1.1/2/1', '60', '28', true, '2010-12-31')) v (n, a, b, c, d, e)
 cross join lateral shap_v1.record_figure('2010-11', v.a, v.b, v.c, v.d, v.e) f;
select test.check('a figure in percent of its target', (select string_agg(concat_ws(' ', reference, kind, actual, target, percent, lower_is_better), ', ' order by n) from figure),
    'SH5.1/3/2 figure 92 100 92 f, SH5.1/3/1 figure 1250 1000 125 f, SH1.1/3/1 figure 89.99 100 89.9 f, SH1.1/4/1 figure 31 28 89.2 t, '
    'SH1.1/3/2 figure 90 100 90 f, SH1.1/2/1 figure 60 28 0 t');
select test.check('green at the target, amber within 10 %, red beyond', (select string_agg(concat_ws(' ', m.reference, m.percent, m.rating), ', ' order by m.reference)
    from unnest((pg_temp.report('2010-12-31', 'figures')).milestones) m where m.percent is not null),
    'SH1.1/2/1 0 red, SH1.1/3/1 89.9 red, SH1.1/3/2 90 amber, SH1.1/4/1 89.2 red, SH5.1/3/1 125 green, SH5.1/3/2 92 amber');
select test.check('and counted', pg_temp.counts(pg_temp.report('2010-12-31', 'figures')), 'green 1, amber 2, red 4, grey 164, unrated 0');
select test.check('a figure speaks of its day', (select m.percent from pg_temp.milestone('SH1.1/3/2', '2010-12-30', 'figures') m), null);
select shap_v1.record_figure('2010-11', 'SH5.1/3/2', '100', '100', null, '2010-12-20');
select test.check('the latest day''s counts', (select m.rating from pg_temp.milestone('SH5.1/3/2', '2010-12-31', 'figures') m), 'green');
create temporary table last_figure as select r.record_id from shap_v1.list_rating_records('2010-11', 'SH5.1/3/2', null, null) r order by 1 desc limit 1;
select test.check('a figure is revoked', (select r.revoked_on from last_figure f, shap_v1.revoke_rating(f.record_id, 'another indicator', '2010-12-22') r), '2010-12-22'::date);
select test.check('the one before it counts again', (select concat_ws(' ', a.percent, b.percent) from pg_temp.milestone('SH5.1/3/2', '2010-12-31', 'figures') a,
    pg_temp.milestone('SH5.1/3/2', '2010-12-21', 'figures') b), '92 100');
select test.check('revoked once', test.fails('RPC10', format('select shap_v1.revoke_rating(%s, ''again'', null)', (select record_id from last_figure))) ~ '^the figure was revoked by Cora.*shap rating list$', true);
select test.check('a figure in words', test.fails('RPC03', $$select shap_v1.record_figure('2010-11', 'SH5.1/3/2', 'most', '100', null, null)$$),
    'actual: "most" is not a number | Write it in digits, such as 92 or 92.5.');
select test.check('no target', test.fails('RPC03', $$select shap_v1.record_figure('2010-11', 'SH5.1/3/2', '1', '0', null, null)$$),
    'a target is above 0 | Give what is aimed at with: --target');
select test.fails('RPC03', $$select shap_v1.record_figure('2010-11', 'SH5.1/3/2', '1', null, null, null)$$);
select test.fails('RPC03', $$select shap_v1.record_figure('2010-11', 'SH5.1/3/2', '1', '2', null, '2011-01-01')$$);
select test.fails('RPC05', $$select shap_v1.record_figure('2010-11', 'SH9.9/1/1', '1', '2', null, null)$$);

-- Overrides: beside the computed rating, for a reason, until the next window.
create temporary table made as select o.* from shap_v1.override_rating('2010-11', 'SH2.2/1/1', 'a', 'the consultant delivers in May', '2010-12-20') o;
select test.check('an override', (select concat_ws('|', reference, kind, rating, day, holds_until, reason, by) from made),
    'SH2.2/1/1|override|amber|2010-12-20|2010-12-31|the consultant delivers in May|Cora Coordinator');
select test.check('it stands beside the computed rating, not instead of it', (select concat_ws('|', m.rating, m.computed, m.override, m.override_reason, m.override_by, m.override_day,
    m.override_until, m.disagrees) from pg_temp.milestone('SH2.2/1/1', '2010-12-31') m),
    'red|red|amber|the consultant delivers in May|Cora Coordinator|2010-12-20|2010-12-31|t');
select test.check('the counts are the scheme''s', (select concat_ws(' ', pg_temp.counts(r), r.overrides) from pg_temp.report('2010-12-31') r),
    'green 32, amber 12, red 94, hashed 21, grey 12, unrated 0 1');
select test.check('it is a disagreement', (select concat_ws('|', d.judged, d.computed, d.kind, d.by, d.reason, d.record_id = (select record_id from made))
    from shap_v1.get_disagreement_report('2010-11', '2010-12-31', null, 'SH2.2', null, null, null) r, unnest(r.disagreements) d),
    'amber|red|override|Cora Coordinator|the consultant delivers in May|t');
select test.check('one that agrees is none', (select count(*) from (select shap_v1.override_rating('2010-11', 'SH1.1/1/1', 'Red', 'as it says', '2010-12-21')) o,
    shap_v1.get_disagreement_report('2010-11', '2010-12-20', null, 'SH1.1', null, null, null) r, unnest(r.disagreements) d where d.kind = 'override'), 0::bigint);
select test.check('it does not stand before its day', (select m.override from pg_temp.milestone('SH2.2/1/1', '2010-12-19') m), null);
select test.check('no reason', test.fails('RPC03', $$select shap_v1.override_rating('2010-11', 'SH2.2/1/1', 'red', ' ', null)$$),
    'a rating is overridden for a reason | Give one with: --reason');
select test.check('no such rating', test.fails('RPC03', $$select shap_v1.override_rating('2010-11', 'SH2.2/1/1', 'puce', 'x', null)$$),
    '"puce" is none of amber, green, grey, hashed, red | The rows of the scheme are shown by: shap scheme show');
select test.fails('RPC03', $$select shap_v1.override_rating('2010-11', 'SH2.2/1/1', null, 'x', null)$$);
select test.fails('RPC03', $$select shap_v1.override_rating('2010-11', 'SH2.2/1/1', 'red', 'x', '2011-01-01')$$);
select test.fails('RPC05', $$select shap_v1.override_rating('2010-11', 'SH9.9/1/1', 'red', 'x', null)$$);
select test.fails('RPC05', $$select shap_v1.revoke_rating(999999, 'x', null)$$);
select test.fails('RPC05', format('select shap_v1.revoke_rating(%s, ''x'', null)', test.record('SH1.1/1/1')));
select test.fails('RPC03', format('select shap_v1.revoke_rating(%s, '' '', null)', (select record_id from made)));
select test.check('its revocation is not before it', test.fails('RPC03', format('select shap_v1.revoke_rating(%s, ''x'', ''2010-12-19'')', (select record_id from made))) ~ '2010-12-19 is before', true);
select test.check('the milestone''s history has it', (select string_agg(concat_ws(' ', e.kind, e.day, e.summary, e.text), ', ' order by e.record_id)
    from shap_v1.get_milestone('2010-11', 'SH2.2/1/1', null, null) h, unnest(h.events) e where e.kind in ('rating', 'figure')),
    'rating 2010-12-20 amber, beside the computed rating the consultant delivers in May');

-- It lapses: with its own quarter while the plan has no windows, else with the next period's window, in whatever plan of the
-- council, and at the latest at the end of the quarter after its own.
select test.at('2011-04-10 09:00 Europe/London');
select test.check('without windows, with the quarter it was made in', (select concat_ws(' ', a.override, b.override) from pg_temp.milestone('SH2.2/1/1', '2010-12-31') a
    left join pg_temp.milestone('SH2.2/1/1', '2011-01-01') b on true), 'amber');
select shap_v1.open_window('2010-11', 'Q3', null, '2010-12-31');
select test.check('the window of its own period does not end it', (select concat_ws('|', m.override, m.override_until) from pg_temp.milestone('SH2.2/1/1', '2010-12-31') m), 'amber|2011-03-31');
select test.check('without a later one it ends with the quarter after its own', (select concat_ws('|', a.override, b.override, a.override_until)
    from pg_temp.milestone('SH2.2/1/1', '2011-03-31') a left join pg_temp.milestone('SH2.2/1/1', '2011-04-01') b on true), 'amber|2011-03-31');
select test.check('nor does time alone', (select m.override from pg_temp.milestone('SH2.2/1/1', '2011-03-30') m), 'amber');
select shap_v1.open_window('2010-11', 'panel-5', null, '2011-01-31');
select test.check('nor one for a period that began before it', (select m.override from pg_temp.milestone('SH2.2/1/1', '2011-03-30') m), 'amber');
select shap_v1.open_window('2010-11', 'Q4', null, '2011-03-31');
select test.check('the next period''s window ends it, from the day it was opened', (select concat_ws('|', a.override, a.override_until, b.override)
    from pg_temp.milestone('SH2.2/1/1', '2011-03-30') a left join pg_temp.milestone('SH2.2/1/1', '2011-03-31') b on true), 'amber|2011-03-31');
select test.check('as known before any window was opened, it ended with its quarter', (select m.override
    from unnest((pg_temp.report('2011-03-31', null, '2011-04-09')).milestones) m where m.reference = 'SH2.2/1/1'), null);
select test.check('the list says until when', (select r.holds_until from shap_v1.list_rating_records('2010-11', 'SH2.2/1/1', null, null) r), '2011-03-30'::date);
select shap_v1.withdraw_window('2010-11', 'Q4', 'opened too early', '2011-03-31');
select test.check('a window that was withdrawn ends nothing', (select m.override from pg_temp.milestone('SH2.2/1/1', '2011-03-31') m), 'amber');
select test.check('it is revoked', (select concat_ws(' ', r.revoked_on, r.rating) from shap_v1.revoke_rating((select record_id from made), 'a slip', '2010-12-30') r), '2010-12-30 amber');
select test.check('then it stands until then, and as it was known before', (select concat_ws('|', a.override, b.override, (select m.override
      from unnest((pg_temp.report('2010-12-31', null, '2010-12-31')).milestones) m where m.reference = 'SH2.2/1/1'))
    from pg_temp.milestone('SH2.2/1/1', '2010-12-29') a left join pg_temp.milestone('SH2.2/1/1', '2010-12-30') b on true), 'amber|amber');
select test.check('one that is revoked is on the list', (select concat_ws(' ', r.rating, r.revoked_on) from shap_v1.list_rating_records('2010-11', 'SH2.2/1/1', null, null) r), 'amber 2010-12-30');
select test.check('and as at the day before stands', (select concat_ws(' ', r.rating, r.revoked_on) from shap_v1.list_rating_records('2010-11', 'SH2.2/1/1', '2010-12-29', null) r), 'amber');
select test.check('a new date that has passed makes no delay shorter', pg_temp.rated('SH1.2/2/2', '2011-04-01'), 'overdue 6 152 red');
select test.check('in cycles, re-dated and passed', pg_temp.rated('SH5.4/2/1', '2011-04-01'), 'overdue 1 1 amber');

-- The year's end: the next year's window ends what was judged in the last quarter; without one it ends with the quarter that
-- follows; one of a day after the year's last stands in the quarters that go on.
create function pg_temp.last_day(wanted text, known date default null) returns text language sql as $$
    select max(d.day)::text
      from unnest(array['2011-06-19', '2011-06-20', '2011-06-30', '2011-07-01', '2011-09-30', '2011-10-01']::date[]) d (day)
     cross join lateral unnest((pg_temp.report(d.day, null, known)).milestones) m
     where m.reference = wanted and m.override = 'amber'
$$;
select test.at('2011-10-05 09:00 Europe/London');
select shap_v1.override_rating('2010-11', 'SH1.1/1/1', 'amber', 'judged in the last quarter', '2011-03-20');
select shap_v1.override_rating('2010-11', 'SH1.1/1/2', 'amber', 'judged in the year after', '2011-04-05');
select test.check('the last quarter''s ends with the quarter after it', pg_temp.last_day('SH1.1/1/1'), '2011-06-30');
select test.check('one of the year after, with the quarter after its own', pg_temp.last_day('SH1.1/1/2'), '2011-09-30');
select shap_v1.roll_plan('2011/12', null, '2011-03-31', null, false);
select test.at('2011-10-06 09:00 Europe/London');
select shap_v1.open_window('2011-12', 'Q1', null, '2011-06-20');
select test.check('the next year''s first window ends it', pg_temp.last_day('SH1.1/1/1'), '2011-06-19');
select test.check('but not what was judged in that window''s period', pg_temp.last_day('SH1.1/1/2'), '2011-09-30');
select test.check('known at a day before it was recorded, it ends nothing', pg_temp.last_day('SH1.1/1/1', '2011-10-05'), '2011-06-30');
select test.check('the list says so for each', (select string_agg(concat_ws(' ', r.reference, r.holds_until), ', ' order by r.record_id)
    from shap_v1.list_rating_records('2010-11', null, null, null) r where r.kind = 'override' and r.day >= '2011-03-20'),
    'SH1.1/1/1 2011-06-19, SH1.1/1/2 2011-09-30');
select shap_v1.open_window('2011-12', 'Q2', null, '2011-10-02');
select test.check('a window that is opened after it lapsed changes nothing', pg_temp.last_day('SH1.1/1/2'), '2011-09-30');
select shap_v1.withdraw_window('2011-12', 'Q1', 'opened for the wrong quarter', '2011-06-25');
select test.check('a window that was withdrawn ended it until then', (select string_agg(d.day || ' ' || coalesce(m.override, '-'), ', ' order by d.day)
    from unnest(array['2011-06-19', '2011-06-20', '2011-06-24', '2011-06-25', '2011-06-30', '2011-07-01']::date[]) d (day)
    left join lateral (select * from pg_temp.milestone('SH1.1/1/1', d.day)) m on true),
    '2011-06-19 amber, 2011-06-20 -, 2011-06-24 -, 2011-06-25 amber, 2011-06-30 amber, 2011-07-01 -');
select test.at('2011-06-25 09:00 Europe/London');
select test.act_as('olive');
select test.check('an officer who sees no draft is told the same day', (select r.holds_until
    from shap_v1.list_rating_records('2010-11', 'SH1.1/1/1', '2011-06-24', null) r where r.kind = 'override' and r.day = '2011-03-20'), '2011-06-19'::date);
