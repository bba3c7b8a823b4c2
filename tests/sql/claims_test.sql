-- Sentences said of the exceptions, put to the test on the Copeland quarter.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
create function pg_temp.judged(sentence text, as_at date default '2010-12-31', objective text default null) returns text language sql as $$
    select concat_ws(' ', c.name, case c.holds when true then 'true' when false then 'FALSE' else 'asked' end, format('%s of %s', c.satisfied, c."of"), c.percent || '%')
      from shap_v1.get_exception_report(null, as_at, null, objective, null, null, array[sentence]) r, unnest(r.claims) c where c.sentence = btrim(sentence)
$$;
create function pg_temp.refused(sentence text) returns text language sql as $$
    select split_part(test.fails('RPC03', format('select shap_v1.get_exception_report(null, ''2010-12-31'', null, null, null, null, array[%L])', sentence)), ' | ', 1)
$$;
create function pg_temp.all_judged(expected text, variadic sentences text[]) returns text language plpgsql as $$
begin
    perform test.check(s, pg_temp.judged(s), expected) from unnest(sentences) s;
    return 'ok: ' || sentences[1];
end
$$;
select test.act_as('rita');
select pg_temp.all_judged('deliver_within_year FALSE 20 of 23 87%', 'all deliver within the year', 'All deliver within the operating year.',
    'Every exception will be delivered within the operating year 2010/11', 'everything will be completed this year', '23 of 23 deliver within the plan year',
    ' all are to be done  by the end of the financial year ', 'All 23 will be finished during the year');
select pg_temp.all_judged('deliver_within_year true 20 of 23 87%', '20 of 23 deliver within the year', '20 out of the 23 exceptions deliver this year',
    '20/23 will be done within the operating year 2010-11', '87% deliver within the year', '86.96 per cent deliver within the year');
select pg_temp.all_judged('have_new_date FALSE 21 of 23 91%', 'all have a new date', 'All exceptions have new dates', 'each has been given a revised target date',
    'every one was re-dated', 'all 23 are rescheduled', '20 of 23 have a new date', '21 of 22 have a new date', '92 % have a new date');
select pg_temp.all_judged('have_new_date true 21 of 23 91%', '21 of 23 have a new date', '21 of the 23 have revised dates', '91 percent have a new date');
select pg_temp.all_judged('failed_timetable FALSE 18 of 23 78%', 'all had failed their timetable', 'All missed their deadline', 'every exception is behind schedule',
    'all are past their due date', 'all 23 have slipped from the timetable', 'all are overdue');
select pg_temp.all_judged('failed_timetable true 18 of 23 78%', '18 of 23 had failed their timetable');

-- On target. Due by 31 December are 117: 100 once (79 silent, 12 re-dated, SH2.2/1, SH5.2/6, and of the complete the 7 with a day) and 17
-- from a day on (13 silent, 4 re-dated). Complete by their day are SH2.5/1, SH2.6/5 and SH4.1/1; late are SH3.2/1 and 2; of
-- SH2.4/5 and SH2.4/6 nobody recorded the day.
select pg_temp.all_judged('on_target FALSE 3 of 117 3%', 'all on target', 'all milestones are on track', 'everything is on schedule', '4 of 117 on target', '90 % on target',
    '3 of 115 on target', '2.5 % are on target');
select pg_temp.all_judged('on_target true 3 of 117 3%', '3 of 117 on target', '3% on target', '2.6 per cent of what was due is on time', '3 of the 117 milestones due were on time');
select pg_temp.all_judged('on_target asked 3 of 117 3%', 'n of m on target', 'How many are on target?', 'how many were on time');
select pg_temp.all_judged('have_new_date asked 21 of 23 91%', 'Have all a new date?');
select test.check('on target in an objective: one in time, of five without a day four', pg_temp.judged('all on target', '2010-12-31', 'SH2.5'), 'on_target true 1 of 1 100%');
select test.check('nothing is due', pg_temp.judged('all on target', '2010-12-31', 'SH4.4'), 'on_target true 0 of 0');
select test.check('nothing of nothing is half', pg_temp.judged('50% on target', '2010-12-31', 'SH4.4'), 'on_target FALSE 0 of 0');
select test.check('no exceptions', pg_temp.judged('all have a new date', '2010-12-31', 'SH4.4'), 'have_new_date true 0 of 0');
select test.check('a false one names its milestones', (select string_agg(c.name || ': ' || case when cardinality(c.exceptions) < 10 then array_to_string(c.exceptions, ' ')
    else cardinality(c.exceptions) || ' from ' || c.exceptions[1] || ' to ' || c.exceptions[cardinality(c.exceptions)] end, E'\n' order by n)
    from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null, array['all on target', 'all had failed their timetable', 'all deliver this year', 'all have a new date']) r,
         unnest(r.claims) with ordinality c (name, holds, satisfied, "of", exceptions, sentence, percent, n)),
    'on_target: 114 from SH1.1/1/1 to SH5.5/3/3
failed_timetable: SH2.7/6/1 SH2.7/8/1 SH3.3/1/1 SH3.3/1/2 SH4.5/4/1
deliver_within_year: SH2.2/1/1 SH5.2/6/1 SH5.4/3/1
have_new_date: SH2.2/1/1 SH5.2/6/1');
select test.check('the three of every report are as they were', (select string_agg(format('%s %s %s', c.name, c.sentence is null, c.percent is null), ', ')
    from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r, unnest((r.account).claims) c),
    'deliver_within_year t t, have_new_date t t, failed_timetable t t');
select test.check('nothing is judged that was not asked', (select cardinality(r.claims) from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r), 0);

-- What is not known is refused, never guessed.
select test.check('no claim', pg_temp.refused('all is well'), 'there is no check for the claim "all is well"');
select test.check('nothing', pg_temp.refused(''), 'there is no check for the claim ""');
select test.check('the known ones are named', split_part(test.fails('RPC03', $$select shap_v1.get_exception_report(null, null, null, null, null, null, array['all is well'])$$), ' | ', 2),
    'Known are: "all deliver within the operating year", "all have a new date", "all had failed their timetable" and "all on target"; of some: "20 of 23 have a new date", "87% on target".');
select test.check('two things at once', pg_temp.refused('all have a new date within the year'), 'the claim "all have a new date within the year" says more than one thing');
select test.check('what turns a sentence round', (select count(pg_temp.refused(s)) from unnest(array['not all have a new date', 'None has a new date', 'all but few have a new date',
    'no milestone is on target', 'they haven''t a new date', 'they haven’t a new date', 'at least 20 of 23 have a new date', 'more than 80 % on target', 'nearly all have a new date',
    'most deliver within the year']) s where pg_temp.refused(s) ~ 'is not of all, nor of a number'), 10::bigint);
select test.check('a number that is no count', (select count(*) from unnest(array['20 have a new date', 'all deliver within the year 2011/12', 'all had a new date by 31 March',
    'all 23 and 20 of 23 have a new date']) s where pg_temp.refused(s) ~ 'has a number that is no count'), 4::bigint);
select test.check('one unknown sentence refuses all', test.fails('RPC03', $$select shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null, array['all have a new date', 'all is well'])$$)
    ~ 'there is no check', true);

-- On target as work is done: in time, late, and said without being accepted.
select test.at('2011-01-20 12:00 Europe/London');
select test.say('olive', 'SH1.1/1/1', 'complete', '2010-07-31') as in_time, test.say('olive', 'SH1.1/2/1', 'complete', '2010-08-01') as late,
       test.say('olive', 'SH1.1/1/2', 'complete', '2010-07-31') \gset
select test.act_as('cora');
select shap_v1.review_return(:in_time, 'accepted', null, null);
select shap_v1.review_return(:late, 'accepted', null, null);
select test.act_as('rita');
select test.check('one more', pg_temp.judged('4 of 117 on target', '2011-01-20'), 'on_target true 4 of 117 3%');
select test.check('and as at the day before it was accepted', pg_temp.judged('3 of 117 on target', '2011-01-19'), 'on_target true 3 of 117 3%');

-- What is not all is not a hundred percent, however large the whole is.
reset role;
create function pg_temp.of_many(sentence text, n integer) returns text language sql as $$
    select format('%s %s of %s %s%%', c.holds, c.satisfied, c."of", c.percent)
      from (select array_agg(jsonb_populate_record(null::shap.standing_row, jsonb_build_object('place', i, 'reference', i, 'class', 'complete',
                       'last_day', '2010-12-31', 'completed_on', case when i > n then '2011-01-01' else '2010-12-01' end))) as standing
              from generate_series(1, 300) i) s,
           unnest(shap_v1.claims_judged(row(null, null, null, '2011-03-31',
               jsonb_populate_record(null::shap_v1.report_head, '{"year": "2010/11", "as_at": "2010-12-31"}'), s.standing)::shap_v1.report_basis,
               array[sentence])) c
$$;
select test.check('299 of 300', pg_temp.of_many('100% on target', 299), 'f 299 of 300 99%');
select test.check('nor with a digit more', pg_temp.of_many('100.0% on target', 299), 'f 299 of 300 99%');
select test.check('299 of 300 is 99.7', pg_temp.of_many('99.7% on target', 299), 't 299 of 300 99%');
select test.check('all of them is', pg_temp.of_many('100% on target', 300), 't 300 of 300 100%');
select test.check('as it is printed', (select string_agg(shap.fraction(p, 300), ', ') from unnest(array[299, 300, 1, 0]) p),
    '99% (299 of 300), 100% (300 of 300), 0% (1 of 300), 0% (0 of 300)');
