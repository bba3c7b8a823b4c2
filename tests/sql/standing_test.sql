-- The classes, rule by rule, and which word counts.
\ir copeland_fixture.sql
select test.at('2011-06-20 10:00 Europe/London');
create function pg_temp.on(reference text, variadic days date[]) returns text language sql as $$
    select string_agg(test.standing(reference, d), ', ' order by n) from unnest(days) with ordinality u (d, n)
$$;
create function pg_temp.review(reference text, verdict text, day date) returns bigint language plpgsql as $$
begin
    perform test.act_as('cora');
    return (shap_v1.review_return(test.record(reference), verdict::shap_v1.verdict, 'seen', day)).record_id;
end
$$;
create function pg_temp.grant(reference text, phrase text, day date, replaces bigint default null) returns bigint language plpgsql as $$
begin
    perform test.act_as('cora');
    return (shap_v1.grant_date('2010-11', reference, null, phrase, null, 'asked for', day, replaces)).record_id;
end
$$;
select test.act_as('rita');

-- Due once (July 2010), nothing said: not yet due until the day before, due on the day.
select test.check('due on its last day', pg_temp.on('SH1.1/1/1', '2010-07-20', '2010-07-30', '2010-07-31'),
    'not_yet_due, not_yet_due, no_return');
-- Complete by the plan's own text: from the end of the month it names, else from adoption.
select test.check('achieved in September counts from its end', pg_temp.on('SH3.2/1/1', '2010-09-29', '2010-09-30'),
    'no_return, complete');
select test.check('completed, no month named: from adoption', (select bool_and(m.milestone_class = 'complete')
    from shap_v1.list_milestones(null, '2010-07-20', null, null, null, null, null, null, null, null) m where m."when" = 'COMPLETED'), true);
select test.check('the text alone makes 14 complete', (select count(*) from shap_v1.list_milestones(null, '2010-12-31', null, null, null,
    'complete', null, null, null, null)), 14::bigint);
-- A claim counts as in progress until it is accepted.
select test.say('cora', 'SH1.1/1/1', 'complete', '2010-08-10');
select pg_temp.review('SH1.1/1/1', 'accepted', '2010-08-12');
select test.check('complete once accepted', pg_temp.on('SH1.1/1/1', '2010-08-09', '2010-08-10', '2010-08-11', '2010-08-12', '2011-03-31'),
    'no_return, overdue in_progress claimed, overdue in_progress claimed, complete complete, complete complete');
select test.say('cora', 'SH1.1/1/1', 'in progress', '2010-09-10');
select test.check('a later word reopens it', pg_temp.on('SH1.1/1/1', '2010-09-09', '2010-09-10'), 'complete complete, overdue in_progress');
select test.say('cora', 'SH1.1/2/1', 'will not be delivered', '2010-07-22');
select pg_temp.review('SH1.1/2/1', 'accepted', '2010-07-25');
select test.check('undeliverable once accepted, due or not', pg_temp.on('SH1.1/2/1', '2010-07-24', '2010-07-25', '2010-08-01'),
    'not_yet_due in_progress claimed, will_not_be_delivered will_not_be_delivered, will_not_be_delivered will_not_be_delivered');
-- New dates.
select test.say('cora', 'SH1.1/1/2', 'in progress', '2010-07-21');
select pg_temp.grant('SH1.1/1/2', 'September 2010', '2010-08-05') as first_grant \gset
select test.check('re-dated from the grant''s day, overdue on the new day',
    pg_temp.on('SH1.1/1/2', '2010-07-30', '2010-08-04', '2010-08-05', '2010-09-29', '2010-09-30'),
    'not_yet_due in_progress, overdue in_progress, re_dated in_progress 2010-09-30, re_dated in_progress 2010-09-30, overdue in_progress 2010-09-30');
select pg_temp.grant('SH1.1/1/2', 'Revised March 2011', '2010-09-28', :first_grant) as second_grant \gset
select test.check('the later grant counts', pg_temp.on('SH1.1/1/2', '2010-09-27', '2010-09-30'),
    're_dated in_progress 2010-09-30, re_dated in_progress 2011-03-31');
select test.check('extensions and slip', (select format('%s, %s months', extensions, slip_months)
    from shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, 'SH1.1', null) where reference = 'SH1.1/1/2'),
    '2, 8 months');
select shap_v1.revoke_grant(:second_grant, 'a slip', '2010-10-02');
select test.check('revoked, the one before is in force again', pg_temp.on('SH1.1/1/2', '2010-10-01', '2010-10-02'),
    're_dated in_progress 2011-03-31, overdue in_progress 2010-09-30');
select test.say('cora', 'SH1.1/1/2', 'complete', '2010-10-05');
select pg_temp.review('SH1.1/1/2', 'accepted', '2010-10-05');
select test.check('complete comes before any date', pg_temp.on('SH1.1/1/2', '2010-10-05'), 'complete complete 2010-09-30');
select pg_temp.grant('SH1.2/3/6', 'January 2011', '2010-08-01');
select test.check('a new date equal to the old is a grant with slip 0', (select format('%s %s %s', milestone_class, extensions, slip_months)
    from shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, 'SH1.2', null) where reference = 'SH1.2/3/6'),
    're_dated 1 0');
-- Ongoing and cyclical: "Sept 2010 and ongoing" closes on 30 September, then with the plan's quarters.
select test.say('cora', 'SH1.5/2/1', 'in progress', '2010-09-15');
select test.check('answered until the next cycle closes', pg_temp.on('SH1.5/2/1', '2010-09-29', '2010-09-30', '2010-12-30', '2010-12-31'),
    'not_yet_due in_progress, ongoing_answered in_progress, ongoing_answered in_progress, no_return in_progress');
select test.say('cora', 'SH1.5/2/1', 'not started', '2010-10-20');
select test.check('not started is overdue', pg_temp.on('SH1.5/2/1', '2010-10-20', '2010-12-31', '2011-03-31'),
    'overdue not_started, overdue not_started, no_return not_started');
select test.say('cora', 'SH1.5/2/1', 'complete', '2010-12-10');
select pg_temp.review('SH1.5/2/1', 'accepted', '2010-12-11');
select test.check('complete answers the cycle only', pg_temp.on('SH1.5/2/1', '2010-12-11', '2010-12-31', '2011-03-31'),
    'ongoing_answered complete, ongoing_answered complete, no_return complete');
select test.say('cora', 'SH1.5/2/1', 'will not be delivered', '2011-04-10');
select pg_temp.review('SH1.5/2/1', 'accepted', '2011-04-12');
select test.check('what recurs may be undeliverable', pg_temp.on('SH1.5/2/1', '2011-04-11', '2011-04-12'),
    'ongoing_answered in_progress claimed, will_not_be_delivered will_not_be_delivered');
select test.check('quarterly, no day: the first cycle is the plan''s first quarter', pg_temp.on('SH5.4/4/1', '2010-07-20', '2010-09-30'),
    'no_return, no_return');
select pg_temp.grant('SH1.5/2/2', 'December 2010', '2010-09-20');
select test.check('what recurs may be re-dated', pg_temp.on('SH1.5/2/2', '2010-10-01', '2010-12-31'),
    're_dated 2010-12-31, overdue 2010-12-31');
select test.say('cora', 'SH1.5/2/2', 'complete', '2011-01-05');
select pg_temp.review('SH1.5/2/2', 'accepted', '2011-01-06');
select test.check('its new date is met by completion, then it goes on', pg_temp.on('SH1.5/2/2', '2011-01-05', '2011-01-06', '2011-03-31', '2011-06-30'),
    'overdue in_progress claimed 2010-12-31, ongoing_answered complete 2010-12-31, ongoing_answered complete 2010-12-31, no_return complete 2010-12-31');
-- Without a day.
select test.say('cora', 'SH1.2/4/1', 'in progress', '2010-08-01');
select test.check('undated, whatever a return says', pg_temp.on('SH1.2/4/1', '2010-08-01', '2011-06-30'), 'undated in_progress, undated in_progress');
select test.say('cora', 'SH1.2/4/1', 'complete', '2010-09-01');
select pg_temp.review('SH1.2/4/1', 'accepted', '2010-09-02');
select test.check('but it can be completed', pg_temp.on('SH1.2/4/1', '2010-09-02'), 'complete complete');
-- Sent back.
select test.say('cora', 'SH1.1/3/1', 'in progress', '2010-09-20');
select pg_temp.review('SH1.1/3/1', 'sent_back', '2010-09-22') as sent_back \gset
select test.check('what was sent back does not count', pg_temp.on('SH1.1/3/1', '2010-09-30'), 'no_return');
select test.check('and the report says so', (select array_agg(m.reference) from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r,
    unnest((r.account).no_return) g, unnest(g.milestones) m where m.sent_back), '{SH1.1/3/1}'::text[]);
select shap_v1.revoke_review(:sent_back, 'a slip', '2010-10-01');
select test.check('until that is revoked', pg_temp.on('SH1.1/3/1', '2010-09-30', '2010-10-01'), 'no_return, overdue in_progress');

-- Which word counts. Two bodies on one milestone that is due in December 2010.
select shap_v1.share_milestone(null, 'SH1.2/1/4', 'home-housing', 'they host the pages');
select test.say('cora', 'SH1.2/1/4', 'in progress', '2010-10-10');
select test.say('hugh', 'SH1.2/1/4', 'not started', '2010-10-10');
select test.act_as('rita');
select test.check('on one day the least favourable', pg_temp.on('SH1.2/1/4', '2010-10-10'), 'not_yet_due not_started');
select test.say('hugh', 'SH1.2/1/4', 'in progress', '2010-11-10', id => 'aaaaaaaa-0000-4000-8000-000000000001');
select test.say('cora', 'SH1.2/1/4', 'not started', '2010-11-09');
select test.check('the latest day, not the latest sent', pg_temp.on('SH1.2/1/4', '2010-11-09', '2010-11-10'),
    'not_yet_due not_started, not_yet_due in_progress');
select test.say('hugh', 'SH1.2/1/4', 'not started', '2010-11-20', id => 'aaaaaaaa-0000-4000-8000-000000000002');
select test.say('hugh', 'SH1.2/1/4', 'in progress', '2010-11-20', corrects => 'aaaaaaaa-0000-4000-8000-000000000002');
select test.act_as('rita');
select test.check('on one day a correction beats what it corrects', pg_temp.on('SH1.2/1/4', '2010-11-20'), 'not_yet_due in_progress');
select pg_temp.review('SH1.2/1/4', 'sent_back', '2010-11-25');
select test.check('unless it was sent back', pg_temp.on('SH1.2/1/4', '2010-11-24', '2010-11-25'), 'not_yet_due in_progress, not_yet_due not_started');
select test.say('hugh', 'SH1.2/1/4', 'complete', '2010-12-01');
select pg_temp.review('SH1.2/1/4', 'accepted', '2010-12-02');
select test.say('cora', 'SH1.2/1/4', 'in progress', '2010-12-01');
select test.check('a claim is not less favourable than work going on', pg_temp.on('SH1.2/1/4', '2010-12-01', '2010-12-02'),
    'not_yet_due in_progress, not_yet_due in_progress');
select test.act_as('cora');
select shap_v1.withdraw_return(test.record('SH1.2/1/4'), 'a slip', '2010-12-10');
select test.check('a withdrawn word counts until the day of its withdrawal', pg_temp.on('SH1.2/1/4', '2010-12-09', '2010-12-10'),
    'not_yet_due in_progress, complete complete');
select test.say('hugh', 'SH1.2/1/4', 'complete', '2011-01-15');
select pg_temp.review('SH1.2/1/4', 'accepted', '2011-01-15');
reset role;
select test.check('said again, it is not complete later', (select s.completed_on from shap.standing_rules(test.council(), test.plan_id(),
    '2011-03-31', test.link()) s where s.reference = 'SH1.2/1/4'), '2010-12-01'::date);

-- Readings: a settled date takes effect from its day; other words in a later version move nothing.
select test.act_as('cora');
select shap_v1.settle_doubt(null, d.doubt_id, '2010-09-30', null, 'the panel said so', '2010-08-01')
  from shap_v1.list_doubts(null, false) d where d.reference = 'SH2.6/1/1' and d.kind = 'prose_date';
select test.check('a coordinator''s reading counts from its day', pg_temp.on('SH2.6/1/1', '2010-07-31', '2010-08-01', '2010-09-30'),
    'undated, not_yet_due, no_return');
select test.send('22222222-2222-4222-8222-222222222222', 1, array(
    select row(r.line, r.objective_code, r.objective_heading, r.objective_title, r.purpose, r.action_no, r.action, r.milestone_no,
               r.milestone, r.who, case when r."when" = 'October 2010' then 'December 2010' else r."when" end, r.measure)::shap_v1.plan_row
      from unnest(s.rows) r where r.objective_code <> 'SH5.4'), s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('22222222-2222-4222-8222-222222222222', null, 1, sha256(s.bytes), null) from test.sample s;
create temporary table before_adoption as select m.* from shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, null, null) m;
select shap_v1.adopt_plan(null, 2, '2010-11-01', 'the panel');
select test.check('a later WHEN takes effect only by a grant', (select count(*) from before_adoption b
    join shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, null, null) m using (reference)
   where (b.last_day, b.milestone_class) is distinct from (m.last_day, m.milestone_class)), 0::bigint);
select test.check('its wording is the version''s in force', (select "when" from shap_v1.list_milestones(null, '2010-12-31', null, null,
    null, null, null, null, null, null) where reference = 'SH2.2/1/1'), 'December 2010');
select test.check('totals are those of the version in force on the day', (select string_agg(format('%s: %s', d,
      (select count(*) from shap_v1.list_milestones(null, d, null, null, null, null, null, null, null, null))), ', ' order by d)
    from unnest('{2010-10-31,2010-11-01}'::date[]) d), '2010-10-31: 171, 2010-11-01: 165');

-- Known at a moment: what was recorded later does not show, whatever day it speaks of.
select test.at('2011-06-29 10:00 Europe/London');
select test.say('cora', 'SH1.2/1/2', 'complete', '2010-08-01');
select pg_temp.review('SH1.2/1/2', 'accepted', '2010-08-01');
select test.act_as('rita');
select test.check('as known on the day, and as known later', (select string_agg(m.milestone_class::text, ', ' order by k)
    from unnest('{2011-06-28,2011-06-29}'::date[]) k,
         shap_v1.list_milestones(null, '2010-08-31', k, null, null, null, null, null, 'SH1.2', null) m where m.reference = 'SH1.2/1/2'),
    'no_return, complete');

reset role;
-- Whole months, from the end of one to the end of another.
select test.check('whole months', (select string_agg(shap.whole_months(a, b)::text, ' ' order by n) from (values
    (1, date '2010-10-31', date '2011-03-31'), (2, '2010-12-31', '2011-02-28'), (3, '2010-11-30', '2011-02-27'),
    (4, '2011-02-28', '2010-12-31'), (5, '2010-07-20', '2010-08-19'), (6, '2010-07-20', '2010-08-20'), (7, '2010-07-20', '2010-07-19'),
    (8, '2011-03-31', '2011-02-28'), (9, '2010-06-30', '2010-06-30')) v (n, a, b)), '5 2 2 -2 0 1 0 -1 0');
select test.check('quarters', (select string_agg(concat_ws(' ', shap.quarter_start('2010-04-01', d), shap.quarter_closed('2010-04-01', d)), ', ' order by d)
    from unnest('{2010-03-31,2010-04-01,2010-06-29,2010-06-30,2010-12-31,2011-03-31,2011-04-01,2011-06-30}'::date[]) d),
    '2010-01-01, 2010-04-01, 2010-04-01, 2010-04-01 1, 2010-10-01 3, 2011-01-01 4, 2011-04-01, 2011-04-01');
