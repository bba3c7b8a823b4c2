-- Carry-over of random histories: on every day each milestone of the plan is carried or left, none twice and none lost, by
-- rules read here again from what is said of each milestone on that day.
\ir copeland_fixture.sql
select test.at('2011-06-30 10:00 Europe/London');
reset role;
select setseed(0.20110331);
create function test.any(most integer) returns integer language sql volatile as 'select floor(random() * most)::integer';
-- Rolls, and counts what is listed then.
create function test.after(as_of date) returns text language plpgsql as $$
begin
    perform shap_v1.roll_plan('2011/12', null, as_of, null, false);
    return (select concat_ws(' ', count(*) filter (where c.outcome = 'carried'), count(*) filter (where c.outcome = 'left'),
                             count(*) filter (where c.outcome in ('dropped', 'new')), count(distinct c.from_reference),
                             count(*) filter (where c.outcome = 'carried' and c.reference = c.from_reference))
              from shap_v1.list_carried('2011-12', null) c);
end
$$;

-- Returns, reviews, grants and sign-offs on milestones of every kind.
select test.act_as('cora');
create temporary table answer as
select a.*, c.day from (
    select n, (array['not_started', 'in_progress', 'complete', 'complete', 'will_not_be_delivered'])[1 + test.any(5)] as status,
           (select reference from (select row_number() over (order by m.reference) as i, m.reference
               from shap_v1.list_milestones('2010-11', null, null, null, null, null, null, null, null, null) m) m where i = 1 + (n * 7) % 171) as reference,
           date '2010-08-01' + test.any(300) as day
      from generate_series(1, 150) n) c,
    shap_v1.submit_return(array[test.call(1, 'cora', c.reference, c.status, c.day)]) a;
select shap_v1.review_return(a.record_id, (case test.any(4) when 0 then 'sent_back' else 'accepted' end)::shap_v1.verdict, 'seen', a.day + test.any(25))
  from answer a where test.any(3) > 0;
select shap_v1.grant_date('2010-11', a.reference, null, 'Revised ' || to_char(date '2011-01-01' + test.any(700), 'FMMonth YYYY'), null, 'random',
                          date '2010-08-01' + test.any(300), null)
  from (select distinct on (reference) * from answer order by reference) a where test.any(2) = 0;
reset role;
insert into shap.meeting (council_id, held_on, body, day, membership_id, link)
select test.council(), '2011-03-15', 'SHP', '2011-03-15', t.membership_id, test.link() from shap.token t where hash = sha256('petra');
insert into shap.sign_off (council_id, plan_id, reference, verdict, meeting_record_id, is_own_work, day, membership_id, link)
select test.council(), test.plan_id(), m.reference, 'signed_off', g.record_id, false, '2011-03-15', g.membership_id, test.link()
  from shap.milestone m, shap.meeting g where test.any(8) = 0;

-- What is said of each milestone on thirty days, and what a roll on that day says.
select test.act_as('cora');
create temporary table day as select date '2010-07-20' + 11 * n as day from generate_series(0, 29) n;
create temporary table said as
select d.day, m.reference, m.milestone_class::text as class, m.ongoing, m.new_when
  from day d, shap_v1.list_milestones('2010-11', d.day, null, null, null, null, null, null, null, null) m;
create temporary table rolled as
select d.day, r.carried, r.open, r.ongoing, r."left", r.complete, r.signed_off, r.will_not_be_delivered
  from day d, shap_v1.roll_plan('2011/12', null, d.day, null, true) r;
select test.check('the histories have everything in them', (select string_agg(distinct class, ' ' order by class) from said),
    'complete no_return not_yet_due ongoing_answered overdue re_dated signed_off undated will_not_be_delivered');
select test.check('carried and left add up to the plan on every day', (select count(*) from rolled r
     where r.carried + r."left" = 171 and r.open + r.ongoing = r.carried and r.complete + r.signed_off + r.will_not_be_delivered = r."left"), 30::bigint);
select test.check('open is what is neither complete nor signed off nor undeliverable, ongoing what comes round and is not settled',
    (select count(*) from rolled r
      where r.open = (select count(*) from said s where s.day = r.day and not s.ongoing and s.class !~ 'complete|signed_off|will_not')
        and r.ongoing = (select count(*) from said s where s.day = r.day and s.ongoing and s.class not in ('complete', 'signed_off'))), 30::bigint);

-- Rolled for good, again and again over the year, the draft holds the open ones exactly, each linked once.
select test.check('rolled as at ' || r.day, test.after(r.day), concat_ws(' ', r.carried, r."left", 0, 171, r.carried))
  from rolled r where r.day in (select day from day order by md5(day::text) limit 6);
-- Rolled last as at the last day, WHEN is the date granted where that is open, else what the plan says.
select test.after(max(day)) from day;
select test.check('WHEN is the open date granted, else the plan''s', (select count(*)
    from shap_v1.list_carried('2011-12', 'carried') c
    join said s on s.reference = c.from_reference and s.day = (select max(day) from day)
   where c."when" = case when s.class in ('overdue', 're_dated') then coalesce(s.new_when, c.from_when) else c.from_when end),
    (select r.carried::bigint from rolled r order by r.day desc limit 1));
