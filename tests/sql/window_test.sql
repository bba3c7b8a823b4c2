-- Windows on Copeland's plan: what is asked and received, late, sent back, silent; cycles; counter-acts; rights.
\ir copeland_fixture.sql
-- One body's line in a window's status: asked, received, late, sent back, missing; null: nothing is asked of it.
create function test.body(wanted text, body text, day date default null, known date default null) returns text language sql stable as $$
    select concat_ws(' ', b.asked, b.received, b.late, b.sent_back, b.missing)
      from unnest((shap_v1.get_window_status(null, day, known, null, null, null, wanted)).bodies) b where b.organisation = body
$$;
create function test.asked(wanted text, body text, named text, day date default null) returns shap_v1.asked_milestone language sql stable as $$
    select m from unnest((shap_v1.get_window_status(null, day, null, null, null, null, wanted)).milestones) m
     where m.organisation = body and m.reference = named
$$;
create function test.state(wanted text, body text, named text, day date default null) returns text language sql stable as $$
    select (test.asked(wanted, body, named, day)).state::text
$$;
grant select on all tables in schema test to public;

-- Cycles are rows: two that every council has, and a council's own, of which the latest counts.
select test.at('2010-09-20 10:00 Europe/London');
select test.act_as('cora');
create temporary view cycle as select array_agg(format('%s %s %s %s', c.name, c.months, coalesce(c.first_month::text, '-'), c.due_days) order by c.name) as list from shap_v1.list_cycles(null) c;
select test.check('every council has quarters and the panel''s meetings', (select list from cycle), array['panel 2 4 7', 'quarter 3 - 14']);
select record_id as half from shap_v1.add_cycle('Half-year', 6, null, 21, null) \gset
select record_id as own_quarter from shap_v1.add_cycle('quarter', 3, null, 10, '2010-09-19') \gset
select test.check('one of its own takes the place of it', (select list from cycle), array['half-year 6 - 21', 'panel 2 4 7', 'quarter 3 - 10']);
select test.check('a window takes its period and due day from the cycle',
    (select (w."window", w.first_day, w.last_day, w.due_on)::text from shap_v1.open_window(null, 'Q2', null, null) w), '(Q2,2010-07-01,2010-09-30,2010-10-10)');
select shap_v1.revoke_cycle(:own_quarter, 'two weeks were better', null);
select test.check('revoked, what was before counts', (select list from cycle), array['half-year 6 - 21', 'panel 2 4 7', 'quarter 3 - 14']);
select test.check('a window that is open keeps what it was opened with',
    (select w.due_on from shap_v1.list_windows(null, null, null) w), '2010-10-10'::date);
select test.fails('RPC10', format('select shap_v1.revoke_cycle(%s, ''x'', null)', :own_quarter));
select test.fails('RPC05', 'select shap_v1.revoke_cycle(1, ''x'', null)');
select test.fails('RPC03', format('select shap_v1.revoke_cycle(%s, '' '', null)', :half));
select test.fails('RPC03', 'select shap_v1.add_cycle(''a b'', 3, null, null, null)');
select test.fails('RPC03', 'select shap_v1.add_cycle(''q'', 3, null, null, null)');
select test.fails('RPC03', 'select shap_v1.add_cycle(''five'', 5, null, null, null)');
select test.fails('RPC03', 'select shap_v1.add_cycle(''x'', null, null, null, null)');
select test.fails('RPC03', 'select shap_v1.add_cycle(''x'', 3, 13, null, null)');
select test.fails('RPC03', 'select shap_v1.add_cycle(''x'', 3, null, 367, null)');
select test.fails('RPC03', 'select shap_v1.add_cycle(''x'', 3, null, 3, ''2010-09-21'')');
select shap_v1.add_cycle('school-term', 4, 9, 0, null);
reset role;
create function test.period(written text) returns text language sql as $$
    select concat_ws(' ', p.name, p.first_day, p.last_day, p.due_on) from shap.period_of(test.council(), test.plan_id(), written) p $$;
select test.check('periods are those that end in the plan''s year', array(select test.period(p)
      from unnest(array['q1', 'Quarter 4', 'panel 1', 'panel-6', 'half-year-2', 'school-term-1', 'school-term-3']) p),
    array['Q1 2010-04-01 2010-06-30 2010-07-14', 'Q4 2011-01-01 2011-03-31 2011-04-14', 'panel-1 2010-04-01 2010-05-31 2010-06-07',
          'panel-6 2011-02-01 2011-03-31 2011-04-07', 'half-year-2 2010-10-01 2011-03-31 2011-04-21',
          'school-term-1 2010-01-01 2010-04-30 2010-04-30', 'school-term-3 2010-09-01 2010-12-31 2010-12-31']);
select test.fails('RPC05', 'select test.period(''Q5'')');
select test.fails('RPC05', 'select test.period(''Q0'')');
select test.fails('RPC05', 'select test.period(''yearly-1'')');
select test.fails('RPC03', 'select test.period(''3'')');

-- Opening, and what it refuses.
select test.act_as('cora');
select test.fails('RPC06', 'select shap_v1.open_window(null, ''quarter 2'', null, null)');
select test.fails('RPC03', 'select shap_v1.open_window(null, ''Q3'', null, null)'); -- its period is to come
select test.fails('RPC03', 'select shap_v1.open_window(null, ''Q1'', null, null)'); -- its due day is past
select test.fails('RPC03', 'select shap_v1.open_window(null, ''Q1'', ''2012-01-01'', null)');
select test.fails('RPC03', 'select shap_v1.open_window(null, null, null, null)');
select test.fails('RPC05', 'select shap_v1.open_window(null, ''2009-10/Q1'', null, null)');
select test.fails('RPC05', 'select shap_v1.close_window(null, ''Q1'', null)');
select test.fails('RPC03', 'select shap_v1.close_window(null, null, null)');
select test.fails('RPC09', 'select shap_v1.reopen_window(null, ''Q2'', ''x'', null)');
select test.fails('RPC05', 'select shap_v1.get_window_status(null, ''2010-09-19'', null, null, null, null, null)');

-- Q2: the yearly cycle ends in it, and two of two months; of the monthly ones three.
select test.check('a cycle that ended in the period is asked about', (test.asked('Q2', 'copeland', 'SH1.1/4/1')).due_day, '2010-09-30'::date);
select test.at('2010-10-05 10:00 Europe/London');
select test.say('olive', 'SH1.1/1/1', 'complete', '2010-10-01'); -- due in July
select test.say('olive', 'SH1.3/3/1', 'in progress', '2010-07-31', 'the panel met'); -- every two months
select test.act_as('cora');
select shap_v1.review_return(test.record('SH1.1/1/1'), 'accepted', null, null);
select test.check('what its own answer settled stays asked', test.state('Q2', 'copeland', 'SH1.1/1/1'), 'received');
select test.check('an answered cycle is received', test.state('Q2', 'copeland', 'SH4.3/1/1'), 'missing');
select test.check('the earlier cycle that was let pass is named', ((test.asked('Q2', 'copeland', 'SH4.3/1/1')).missed_cycles), '{2010-07-31}'::date[]);
select test.check('a word of the earlier cycle does not answer the last', test.state('Q2', 'copeland', 'SH1.3/3/1'), 'missing');
select test.check('but that cycle is not missed', ((test.asked('Q2', 'copeland', 'SH1.3/3/1')).missed_cycles), '{}'::date[]);
select test.check('the window closes', (select (w.closed_on, w.closed_by)::text from shap_v1.close_window(null, 'q2', '2010-10-04') w), '(2010-10-04,"Cora Coordinator")');
select test.fails('RPC10', 'select shap_v1.close_window(null, ''Q2'', null)');
select test.fails('RPC03', 'select shap_v1.reopen_window(null, ''Q2'', ''x'', ''2010-10-03'')');
select test.fails('RPC03', 'select shap_v1.reopen_window(null, ''Q2'', null, null)');
reset role;
select test.check('the link of the close is known', shap.window_closed_link(test.council(), test.plan_id(), '2010-09-30', test.link()), test.link());
select test.check('before, there was none', shap.window_closed_link(test.council(), test.plan_id(), '2010-09-30', test.link() - 1), null::bigint);
select test.check('nor for another period', shap.window_closed_link(test.council(), test.plan_id(), '2010-12-31', test.link()), null::bigint);

-- Q3. Of Copeland's: the 102 without a return at its end, but SH5.2/5/1 (not its own) and SH1.1/4/1 (its cycle ended in
-- September), and the 17 with a return that are due by the plan's dates; SH1.1/1/1 was completed meanwhile.
select test.at('2010-12-13 10:00 Europe/London');
select test.act_as('cora');
select shap_v1.open_window('2010-11', 'Q3', null, null);
select test.check('Q3 asks Copeland', test.body('Q3', 'copeland', '2010-12-13'), '116 0 0 0 116');
select test.check('Home Housing', test.body('Q3', 'home-housing'), '1 0 0 0 1');
select test.check('and the Supporting People Team', test.body('Q3', 'supporting-people-team'), '2 0 0 0 2');
select test.check('nobody else', test.body('Q3', 'impact-housing-association'), null::text);
select test.check('what was settled before is not asked', test.state('Q3', 'copeland', 'SH1.1/1/1'), null::text);
select test.check('nor what is not due and not re-dated', test.state('Q3', 'copeland', 'SH2.7/8/1'), null::text);
select test.check('the monthly ones were let pass twice', ((test.asked('Q3', 'copeland', 'SH1.5/3/1')).missed_cycles), '{2010-10-31,2010-11-30}'::date[]);
\ir copeland_quarter.sql
select test.act_as('cora');
select test.check('with the 23 returns and their grants', test.body('Q3', 'copeland'), '121 22 0 0 99');
select test.check('a new date makes it asked', test.state('Q3', 'copeland', 'SH2.7/8/1'), 'received');
select test.check('of the partner''s one', test.body('Q3', 'supporting-people-team'), '2 1 0 0 1');
select test.check('as at the day before nothing', test.body('Q3', 'copeland', '2010-12-16'), '116 0 0 0 116');
select test.check('nor as known then', test.body('Q3', 'copeland', '2010-12-31', '2010-12-16'), '116 0 0 0 116');
select test.check('totals are sums', (select (s.asked, s.received, s.late, s.sent_back, s.missing)::text
    from shap_v1.get_window_status(null, null, null, null, null, null, null) s), '(124,23,0,0,101)');
select test.check('of one body by the filter', (select (s.asked, s.received, cardinality(s.milestones), (s.head).covered)::text
    from shap_v1.get_window_status(null, null, null, null, 'Supporting-People-Team', null, 'Q3') s), '(2,1,2,2)');
select test.check('of one objective', (select (s.asked, s.received)::text
    from shap_v1.get_window_status(null, null, null, 'SH5.2', null, null, 'Q3') s),
    (select format('(%s,%s)', count(*), count(*) filter (where m.state = 'received'))
       from unnest((shap_v1.get_window_status(null, null, null, null, null, null, 'Q3')).milestones) m where m.reference like 'SH5.2/%'));

-- In time until midnight in the council's zone, then late; what counts is the first word.
select test.at('2011-01-14 23:59 Europe/London');
select test.say('hugh', 'SH4.3/2/1', 'in progress', '2010-12-31', 'the panel heard us');
select test.act_as('cora');
select test.check('in time on the last day', test.body('Q3', 'home-housing'), '1 1 0 0 0');
select test.check('answered by one body is answered, the silent one is named',
    ((test.asked('Q3', 'copeland', 'SH4.3/2/1')).state, (test.asked('Q3', 'copeland', 'SH4.3/2/1')).answered_by)::text, '(missing,{home-housing})');
select test.say('sam', 'SH5.2/5/1', 'in progress', '2011-01-10');
select test.at('2011-01-15 00:01 Europe/London');
select test.say('sam', 'SH5.2/5/1', 'in progress', '2011-01-15', 'more of it');
select test.say('olive', 'SH4.3/2/1', 'in progress', '2011-01-05', 'late');
select test.act_as('cora');
select test.check('a second word does not make the first late', test.state('Q3', 'supporting-people-team', 'SH5.2/5/1'), 'received');
select test.check('recorded after the day it is late', test.state('Q3', 'copeland', 'SH4.3/2/1'), 'late');
select test.check('and received', test.body('Q3', 'copeland'), '121 23 1 0 98');

-- Sent back, resubmitted, withdrawn.
select shap_v1.review_return(record_id, 'sent_back', 'which tender?', '2011-01-15') from shap_v1.list_returns(null, 'SH5.2/5/1', null, null, null, null, null) where as_of = '2011-01-15';
select test.check('another word still counts', test.state('Q3', 'supporting-people-team', 'SH5.2/5/1'), 'received');
select shap_v1.review_return(record_id, 'sent_back', 'which one?', '2011-01-15') from shap_v1.list_returns(null, 'SH5.2/5/1', null, null, null, null, null) where as_of = '2011-01-10';
select test.check('with both sent back it is sent back', test.body('Q3', 'supporting-people-team'), '2 1 0 1 0');
select test.at('2011-01-16 10:00 Europe/London');
select test.say('sam', 'SH5.2/5/1', 'in progress', '2011-01-16', 'the first tender');
select test.act_as('cora');
select test.check('resubmitted it is received, and late', test.body('Q3', 'supporting-people-team'), '2 2 1 0 0');
select test.act_as('sam');
select shap_v1.withdraw_return(test.record('SH5.2/5/1'), 'the wrong one', null);
select test.check('withdrawn it is sent back again', test.state('Q3', 'supporting-people-team', 'SH5.2/5/1'), 'sent_back');

-- Reach: Q3's answers until it was closed, Q4's from the day after Q3's were due.
select test.act_as('cora');
select test.at('2011-01-18 10:00 Europe/London');
select shap_v1.close_window(null, 'Q3', '2011-01-18');
select test.at('2011-03-31 10:00 Europe/London');
select shap_v1.open_window(null, 'Q4', null, null);
select test.say('olive', 'SH1.1/1/2', 'in progress', '2011-01-12');
select test.say('olive', 'SH1.1/2/1', 'in progress', '2011-01-16');
select test.say('olive', 'SH1.1/3/1', 'in progress', '2011-01-19');
select test.act_as('cora');
select test.check('which window a return answers goes by its day', array(
    select concat_ws(' ', coalesce(test.state('Q3', 'copeland', m), '-'), test.state('Q4', 'copeland', m))
      from unnest(array['SH1.1/1/2', 'SH1.1/2/1', 'SH1.1/3/1']) m), array['late missing', 'late received', 'missing received']);
select test.check('as known at the close nothing of it is there', (select test.body('Q3', 'copeland', '2011-01-18', '2011-01-18')), '121 23 1 0 98');
select shap_v1.reopen_window(null, 'Q3', 'olive was ill', null);
select test.check('reopened it takes them', test.state('Q3', 'copeland', 'SH1.1/3/1'), 'late');
select test.check('as known before it is closed', (select w.closed_on from shap_v1.list_windows(null, '2011-03-31', '2011-03-30') w where w."window" = 'Q3'), '2011-01-18'::date);
select test.check('now it is open', (select w.closed_on from shap_v1.list_windows(null, null, null) w where w."window" = 'Q3'), null::date);
select test.check('a late answer of a cycle does not complete it', test.standing('SH4.3/2/1', '2011-01-14'), 'ongoing_answered in_progress');
select test.check('the next cycle is asked about again', test.state('Q4', 'home-housing', 'SH4.3/2/1'), 'missing');
reset role;
select test.check('with the close undone there is no link of it', shap.window_closed_link(test.council(), test.plan_id(), '2010-12-31', test.link()), null::bigint);
select test.act_as('cora');
select shap_v1.close_window(null, 'Q3', null);

-- The order of arrival does not matter.
create temporary table day_said (place integer, who text, reference text, status text, day date);
insert into day_said values (1, 'olive', 'SH1.2/1/1', 'in progress', '2011-03-01'), (2, 'olive', 'SH1.2/1/1', 'complete', '2011-02-01'),
    (3, 'sam', 'SH5.2/5/1', 'in progress', '2011-03-02'), (4, 'hugh', 'SH4.3/2/1', 'complete', '2011-03-30'), (5, 'olive', 'SH4.3/2/1', 'not started', '2011-03-20');
grant select on day_said to public;
begin;
select test.say(d.who, d.reference, d.status, d.day) from (select * from day_said order by place) d;
select test.act_as('cora');
select array_agg(row((m).organisation, (m).reference, (m).state, (m).answered_by)::text order by row((m).organisation, (m).reference, (m).state, (m).answered_by)::text) as forwards
  from unnest((shap_v1.get_window_status(null, null, null, null, null, null, 'Q4')).milestones) m \gset
select test.check('they were received', (select count(*) from unnest(:'forwards'::text[]) r where r like '%,received,%'), 6::bigint);
rollback;
begin;
select test.say(d.who, d.reference, d.status, d.day) from (select * from day_said order by place desc) d;
select test.act_as('cora');
select test.check('the order of arrival does not matter',
    (select array_agg(row((m).organisation, (m).reference, (m).state, (m).answered_by)::text order by row((m).organisation, (m).reference, (m).state, (m).answered_by)::text)
       from unnest((shap_v1.get_window_status(null, null, null, null, null, null, 'Q4')).milestones) m), :'forwards'::text[]);
rollback;

-- Withdrawn, a window asks nothing, and may be opened anew; known before, it still shows.
select test.act_as('cora');
select shap_v1.open_window(null, 'panel-6', '2011-04-20', null);
select test.check('the panel''s cycle has windows, too', (select (w.first_day, w.last_day, w.due_on)::text from shap_v1.list_windows(null, null, null) w where w.cycle = 'panel'), '(2011-02-01,2011-03-31,2011-04-20)');
select test.at('2011-04-01 10:00 Europe/London');
select test.fails('RPC03', 'select shap_v1.withdraw_window(null, ''panel-6'', '''', null)');
select test.check('it is withdrawn', (select w.withdrawn_on from shap_v1.withdraw_window(null, '2010/11/panel 6', 'not this time', null) w), '2011-04-01'::date);
select test.fails('RPC05', 'select shap_v1.withdraw_window(null, ''panel-6'', ''again'', null)');
select test.check('and gone from the list', (select count(*) from shap_v1.list_windows(null, null, null)), 3::bigint);
select test.check('but not as known the day before', (select count(*) from shap_v1.list_windows(null, null, '2011-03-31')), 4::bigint);
select shap_v1.open_window(null, 'panel-6', '2011-04-21', null);

-- Rights.
select test.act_as('sam');
select test.check('a contributor sees the own body only', (select array_agg(b.organisation) from unnest((shap_v1.get_window_status(null, null, null, null, null, null, 'Q3')).bodies) b), '{supporting-people-team}');
select test.check('and the windows', (select count(*) from shap_v1.list_windows(null, null, null)), 4::bigint);
select test.check('and what was let pass by the own body only', (select coalesce(sum(cardinality(m.missed_cycles)), 0) from unnest((shap_v1.get_window_status(null, null, null, null, null, null, 'Q3')).milestones) m), 0::bigint);
select test.fails('42501', 'select shap_v1.open_window(null, ''Q1'', null, null)');
select test.fails('42501', 'select shap_v1.close_window(null, ''Q4'', null)');
select test.fails('42501', 'select shap_v1.add_cycle(''x'', 3, null, null, null)');
select test.fails('42501', 'select * from shap_v1.list_digests(null, null, null, null)');
select test.act_as('petra');
select test.fails('42501', 'select shap_v1.withdraw_window(null, ''Q4'', ''x'', null)');
select test.fails('42501', 'select shap_v1.reopen_window(null, ''Q3'', ''x'', null)');
select test.act_as('rita');
select test.check('a reader sees every body', (select cardinality((shap_v1.get_window_status(null, null, null, null, null, null, 'Q3')).bodies)), 3);
select test.act_as('bob');
select test.fails('RPC05', 'select * from shap_v1.list_windows(''copeland/2010-11'', null, null)');
select test.check('another council has its own cycles', (select list from cycle), array['panel 2 4 7', 'quarter 3 - 14']);
select test.act_as('ann');
select test.fails('42501', 'select * from shap_v1.list_windows(null, null, null)');

-- A window for a period that ended before the plan was adopted asks what the plan is, as it was adopted.
select test.act_as('cora');
select shap_v1.open_window(null, 'Q1', '2011-04-30', null);
select test.check('a period before the adoption', ((test.asked('Q1', 'copeland', 'SH4.3/2/1')).due_day, test.state('Q1', 'copeland', 'SH1.3/1/1'), test.state('Q1', 'copeland', 'SH1.1/1/1'))::text,
    '(2010-06-30,missing,)');

-- What is declared the same work is answered once.
select shap_v1.declare_same_work(null, '{SH3.3/5/1,SH3.4/2/1}', 'one survey', null);
select test.say('olive', 'SH3.3/5/1', 'in progress', '2011-03-30');
select test.act_as('cora');
select test.check('the same work is answered once', array[test.state('Q4', 'copeland', 'SH3.3/5/1'), test.state('Q4', 'copeland', 'SH3.4/2/1')], array['received', 'received']);

-- What recurs is asked about by a date it was granted, and once that is met by its cycles again.
select test.say('olive', 'SH5.4/4/1', 'in progress', '2011-03-30', null, 'June 2011', 'staff left');
select test.act_as('cora');
select shap_v1.grant_date(null, 'SH5.4/4/1', test.record('SH5.4/4/1'), null, '2011-06-30', 'agreed', '2011-03-30', null);
select test.check('asked about by its new date', (test.asked('Q4', 'copeland', 'SH5.4/4/1')).due_day, '2011-06-30'::date);
select test.say('olive', 'SH5.4/4/1', 'complete', '2011-03-31');
select test.act_as('cora');
select shap_v1.review_return(test.record('SH5.4/4/1'), 'accepted', null, '2011-03-31');
select test.check('asked about by its cycle again', (test.asked('Q4', 'copeland', 'SH5.4/4/1')).due_day, '2011-03-31'::date);

-- A milestone that a later version of the plan leaves out stays in the status of the windows that asked about it.
create temporary table before_removal as select (s.asked, s.received, s.missing)::text as figures from shap_v1.get_window_status(null, null, null, null, null, null, 'Q3') s;
grant select on before_removal to public;
select test.at('2011-04-10 10:00 Europe/London');
select test.send('22222222-2222-4222-8222-222222222222', 1, s.rows[2:], s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('22222222-2222-4222-8222-222222222222', null, 1, sha256(s.bytes), null) from test.sample s;
select shap_v1.adopt_plan('2010-11', 2, '2011-04-10', 'one less');
select test.check('a milestone removed later was still asked about', (select (s.asked, s.received, s.missing)::text from shap_v1.get_window_status(null, null, null, null, null, null, 'Q3') s),
    (select figures from before_removal));

-- What arrived after a published report names windows that were opened and closed, too.
reset role;
select test.check('windows arrive', (select string_agg(concat_ws(' ', a.kind, a.summary, a.day), '; ' order by a.record_id)
    from shap.arrived_since(test.council(), test.plan_id(), '2011-01-31', 0) a where a.kind like 'window%'),
    'window Q2, due on 2010-10-10 2010-09-20; window close Q2 2010-10-04; window Q3, due on 2011-01-14 2010-12-13; window close Q3 2011-01-18');
