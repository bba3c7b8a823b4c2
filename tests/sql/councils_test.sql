-- Several councils side by side, for a reader of their region; and closed periods, which what arrives late does not change.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
\ir comparison_sums.sql
create function test.councils(as_at date, known_at date default null, codes text[] default '{}', year text default '2010/11')
returns shap_v1.councils_report language sql as 'select r from shap_v1.get_councils_report(year, as_at, known_at, codes) r';
create function test.figures(a shap_v1.council_account) returns text language sql as $$
    select format('%s: %s of %s, %s', coalesce(a.council, a.council_name), a.covered, a.total,
                  concat_ws(' ', a.signed_off, a.complete, a.will_not_be_delivered, a.overdue, a.re_dated, a.ongoing_answered,
                            a.undated, a.not_yet_due, a.no_return))
$$;
create function test.line(r shap_v1.councils_report, wanted text) returns text language sql as
    'select test.figures(a) from unnest(r.councils) a where a.council = wanted';
-- A window of the quarter that ends on a day, opened and closed at this moment.
create function test.close_quarter(code text, last_day date) returns void language plpgsql as $$
declare
    made record;
    record_id bigint := nextval('shap.record_id');
begin
    perform set_config('shap.links', '', false);
    select c.id as council, p.id as plan, shap.take_link(c.id, null) as link, shap.today(c.id) as today,
           (select min(m.id) from shap.membership m where m.council_id = c.id) as person
      into made from shap.council c join shap.plan p on p.council_id = c.id and p.code = '2010-11' where c.code = close_quarter.code;
    insert into shap."window" (council_id, record_id, plan_id, cycle, number, name, first_day, last_day, due_on, day, membership_id, link)
    values (made.council, record_id, made.plan, 'quarter', 1, 'a quarter', (last_day - interval '2 months')::date, last_day, last_day, last_day, made.person, made.link);
    insert into shap.window_close (council_id, plan_id, window_record_id, day, membership_id, link)
    values (made.council, made.plan, record_id, made.today, made.person, made.link);
end
$$;

-- A region of three: Copeland, Barrow with a plan of four milestones, Carlisle without one.
set role shap_owner;
select shap.found_council('carlisle', 'Carlisle City Council', 'Carl Admin', sha256('carl'));
select test.check('a council that is none', test.fails('RPC05', $$select shap.found_region('cumbria', 'Cumbria', '{copeland,penrith}', 'Reggie', sha256('reggie'))$$),
    'there is no council "penrith" | Name councils by their codes, such as copeland; make one with: shapd --init --council NAME');
select test.fails('RPC05', $$select shap.found_region('cumbria', 'Cumbria', '{}', 'Reggie', sha256('reggie'))$$);
select test.fails('RPC03', $$select shap.found_region('Cumbria!', 'Cumbria', '{copeland}', 'Reggie', sha256('reggie'))$$);
select shap.found_region('cumbria', 'Cumbria', '{copeland,barrow}', 'Reggie Reader', sha256('reggie'));
select shap.found_region('cumbria', 'Cumbria', '{barrow,carlisle}', 'Regina Reader', sha256('regina'));
select test.check('another name', test.fails('RPC06', $$select shap.found_region('cumbria', 'Cumberland', '{copeland}', 'Reggie', sha256('x'))$$),
    'the region "cumbria" has another name | Name it as it was made.');
reset role;
select test.check('it is one region of three councils', (select format('%s %s', count(distinct r.region_id), count(*)) from shap.region_council r), '1 3');
select test.act_as('reggie');
select test.check('who the reader is', (select concat_ws('|', i.name, i.role, i.organisation, i.council, i.region) from shap_v1.who_am_i() i), 'Reggie Reader|reader|cumbria|cumbria');
select test.act_as('bob');
select shap_v1.send_import_part('55555555-5555-4555-8555-555555555555', null, '2010/11', 'barrow.csv', 1, array[
    test.row(2, 'B1', '1', '1', 'Late', 'HSM', 'June 2010'), test.row(3, 'B1', '1', '2', 'Done', 'HSM', 'COMPLETED MARCH 2010'),
    test.row(4, 'B1', '2', '1', 'To come', 'HSM', 'March 2011'), test.row(5, 'B1', '2', '2', 'Some day', 'HSM', '')], 'barrow');
select shap_v1.finish_import('55555555-5555-4555-8555-555555555555', null, 1, sha256('barrow'), 'Barrow''s plan');

select test.act_as('reggie');
select test.check('not adopted', (select concat_ws('|', a.council, a.plan, a.note, a.total) from test.councils('2010-12-31') r, unnest(r.councils) a where a.council = 'barrow'),
    'barrow|barrow/2010-11|not adopted as at 2010-12-31');
select test.act_as('bob');
select shap_v1.adopt_plan('2010-11', 1, '2010-07-20', 'adopted');

-- Copeland: the classes of the sample's quarter. Due: 79 silent once, 13 silent in cycles, 7 of the complete, 18 of the
-- exceptions. On target: SH2.5/1, SH2.6/5 and SH4.1/1; two were late, of two nobody knows the day.
select test.act_as('reggie');
create temporary table quarter as select test.councils('2010-12-31') as r;
select test.check('Copeland', test.line(r, 'copeland'), 'copeland: 171 of 171, 0 14 1 1 21 0 12 20 102') from quarter;
select test.check('Barrow', test.line(r, 'barrow'), 'barrow: 4 of 4, 0 1 0 0 0 0 1 1 1') from quarter;
select test.check('the total', test.figures((r).total), 'All 2: 175 of 175, 0 15 1 1 21 0 13 21 103') from quarter;
select test.check('exceptions, and what was on target with its fraction', (select string_agg(concat_ws(' ', a.council_name, a.exceptions, a.due, a.on_target, a.on_target_share), ', ' order by n)
    from quarter, unnest((r).councils || (r).total) with ordinality a (council, council_name, plan, note, version, known_link, as_closed, covered, total, b, c, d, e, f, g, h, i, j, exceptions, due, on_target, on_target_share, n)),
    'Barrow Borough Council 0 2 1 50% (1 of 2), Carlisle City Council, Copeland Borough Council 23 117 3 3% (3 of 117), All 2 23 119 4 3% (4 of 119)');
select test.check('a council without a plan is named', (r).without_figures, array['Carlisle City Council: no plan for 2010/11']) from quarter;
select test.check('the sums', test.sums(r), null) from quarter;
select test.check('the heading', (select concat_ws('|', h.title, h.year, h.as_at, h.rule, h.covered, h.total, h.plan) from quarter, lateral (select ((r).head).*) h), 'Councils|2010/11|2010-12-31|shap-rules-1|175|175');
select test.check('one of them', (select string_agg(a.council, ' ') || ' ' || (r.total).total from test.councils('2010-12-31', null, '{copeland}') r, unnest(r.councils) a group by r.total), 'copeland 171');
select test.check('as they are named, each once', (select string_agg(a.council, ' ') from test.councils('2010-12-31', null, '{copeland,BARROW,copeland}') r, unnest(r.councils) a), 'barrow copeland');
select test.check('another year has no plan at all', (select format('%s %s', test.figures(r.total), cardinality(r.without_figures)) from test.councils('2010-12-31', null, '{}', '2011-12') r), 'All 0: 0 of 0, 0 0 0 0 0 0 0 0 0 3');
select test.check('of nothing, nothing is on target', (select (r.total).on_target_share from test.councils('2010-12-31', null, '{}', '2011-12') r), '0 of 0');
select test.fails('RPC03', $$select test.councils('2010-12-31', null, '{}', 'banana')$$);
select test.fails('RPC03', $$select test.councils('2010-12-31', null, '{}', null)$$);
select test.fails('RPC03', $$select test.councils('2011-01-01')$$);
select test.fails('RPC05', $$select test.councils('2010-12-31', null, '{penrith}')$$);

-- Everybody else: their own council.
select test.act_as('rita');
select test.check('a reader of one council', (select string_agg(test.figures(a), '; ') from test.councils('2010-12-31') r, unnest(r.councils || r.total) a),
    'copeland: 171 of 171, 0 14 1 1 21 0 12 20 102; All 1: 171 of 171, 0 14 1 1 21 0 12 20 102');
select test.fails('RPC05', $$select test.councils('2010-12-31', null, '{barrow}')$$);
select test.act_as('sam');
select test.check('a partner: what is shared', (select format('%s; %s', test.line(r, 'copeland'), test.sums(r)) from test.councils('2010-12-31') r), 'copeland: 2 of 171, 0 0 1 0 0 0 0 0 1; ');
select test.act_as('ann');
select test.fails('42501', $$select test.councils('2010-12-31')$$);

-- Closed periods. Copeland closes its third quarter on 7 January, Barrow on 20 January.
select test.at('2011-01-07 17:00 Europe/London');
reset role;
select test.close_quarter('copeland', '2010-12-31');
select test.at('2011-01-10 10:00 Europe/London');
select test.say('cora', 'SH1.1/1/1', 'in progress', '2010-12-30');
select test.act_as('bob');
select test.check('Barrow''s coordinator says', (select count(*) from shap_v1.submit_return(array[
    test.call(1, 'bob', 'B1/1/1', 'in progress', '2010-12-30')]) a where a.sqlstate is null), 1::bigint);
select test.at('2011-01-20 17:00 Europe/London');
reset role;
select test.close_quarter('barrow', '2010-12-31');
select test.at('2011-01-25 10:00 Europe/London');
select test.act_as('bob');
select count(*) from shap_v1.submit_return(array[test.call(1, 'bob', 'B1/1/1', 'not started', '2010-12-31')]) a;
select test.say('cora', 'SH1.1/1/2', 'in progress', '2010-12-30');
select test.act_as('reggie');
create temporary table closed as select test.councils('2010-12-31') as r;
select test.check('what came after its close changes nothing at Copeland', test.line(r, 'copeland'), 'copeland: 171 of 171, 0 14 1 1 21 0 12 20 102') from closed;
select test.check('what came before its close counts at Barrow', test.line(r, 'barrow'), 'barrow: 4 of 4, 0 1 0 1 0 0 1 1 0') from closed;
select test.check('both say so', (select string_agg(concat_ws(' ', a.council, a.as_closed), ', ') from closed, unnest((r).councils) a), 'barrow t, carlisle, copeland t');
select test.check('the sums', test.sums(r), null) from closed;
select test.check('another moment can be named', (select test.line(r, 'copeland') || '; ' || test.line(r, 'barrow') from test.councils('2010-12-31', '2011-01-25') r),
    'copeland: 171 of 171, 0 14 1 3 21 0 12 20 100; barrow: 4 of 4, 0 1 0 1 0 0 1 1 0');
select test.check('and an earlier one', (select test.line(r, 'copeland') from test.councils('2010-12-31', '2010-12-20') r), 'copeland: 171 of 171, 0 14 0 14 0 4 12 25 102');
select test.check('movement: the closed days are as known at their close', (select format('%s %s, %s answered', r.from_as_closed, r.as_closed, cardinality(r.answered))
    from shap_v1.get_movement_report('copeland/2010-11', '2010-12-31', null, null, null, null, '2010-09-30', null) r), 'f t, 23 answered');
select test.check('movement: from a closed day, what arrived after the close has moved', (select format('%s %s, %s', r.from_as_closed, r.as_closed,
        (select string_agg(m.reference, ' ' order by m.reference) from unnest(r.answered) m))
    from shap_v1.get_movement_report('copeland/2010-11', '2011-01-25', null, null, null, null, '2010-12-31', null) r), 't f, SH1.1/1/1 SH1.1/1/2');
select test.check('movement: another moment can be named', (select format('%s %s, %s answered', r.from_as_closed, r.as_closed, cardinality(r.answered))
    from shap_v1.get_movement_report('copeland/2010-11', '2010-12-31', '2011-01-25', null, null, null, '2010-09-30', null) r), 'f f, 25 answered');
select test.check('movement: the earlier day knows nothing that the later one does not', (select r.from_link <= (r.head).known_link
    from shap_v1.get_movement_report('copeland/2010-11', '2010-12-31', '2010-12-20', null, null, null, '2010-12-31', null) r), true);

-- A window that is closed before its period ends closes no period: what happened after that is not left out.
select test.at('2011-02-10 10:00 Europe/London');
select test.act_as('bob');
select shap_v1.open_window('2010-11', 'Q4', null, null), shap_v1.close_window('2010-11', 'Q4', null);
select test.at('2011-04-05 10:00 Europe/London');
select test.act_as('bob');
select count(*) from shap_v1.submit_return(array[test.call(1, 'bob', 'B1/2/1', 'in progress', '2011-03-20')]) a;
select test.act_as('reggie');
select test.check('a close before the period''s end closes nothing', (select a.as_closed::text || ' ' || test.line(r, 'barrow')
    from test.councils('2011-03-31') r, unnest(r.councils) a where a.council = 'barrow'), 'false barrow: 4 of 4, 0 1 0 2 0 0 1 0 0');
