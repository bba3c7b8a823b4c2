-- What goes on with the milestones of a plan that is rolled: what was declared of their order, what is the same work, and
-- with whom they were shared by hand.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
select test.at('2011-03-31 17:00 Europe/London');
reset role;
create function test.orders(plan text) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', o.reference, o.kind, o.step, o.organisation, o.by, o.reason), ', ' order by o.reference), '')
      from shap_v1.list_order(plan, null, null, null) o where o.revoked_on is null
$$;
create function test.works(plan text) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', array_to_string(w."references", ' '), w.by, w.reason), ', '), '')
      from shap_v1.list_same_work(plan, null, null) w
$$;
create function test.records(plan text) returns text language sql security definer as $$
    select (select count(*) from shap.milestone_order o join shap.plan p on p.council_id = o.council_id and p.id = o.plan_id where p.code = records.plan)
        || ' ' || (select count(*) from shap.same_work w join shap.plan p on p.council_id = w.council_id and p.id = w.plan_id where p.code = records.plan)
        || ' ' || (select count(*) from shap.share s join shap.plan p on p.council_id = s.council_id and p.id = s.plan_id where p.code = records.plan and s.origin = 'added')
$$;
create function test.roll(dry boolean, day date default null) returns text language sql as $$
    select concat_ws(' ', r.made, r.version, r.orders, r.same_work, r.shares) from shap_v1.roll_plan('2011/12', null, day, null, dry) r
$$;
create function test.sees(who text, plan text) returns text language plpgsql as $$
declare
    message text;
begin
    perform test.act_as(who);
    return (select string_agg(m.reference, ' ' order by m.reference) from shap_v1.list_milestones(plan, null, null, null, null, null, null, null, null, null) m);
exception when others then
    get stacked diagnostics message = message_text;
    return message;
end
$$;

-- In the year before: what goes on; what is about a milestone that does not (SH5.2/6/1 will not be delivered); what was
-- taken back; what was said after the day of the roll.
select test.act_as('cora');
select shap_v1.declare_after('2010-11', 'SH2.2/4/1', 'SH2.2/2/2', 'it rests on the needs', '2011-01-10');
select shap_v1.declare_independent('2010-11', 'SH2.2/5/1', 'SH2.2/3/1', 'it needs no protocol', '2011-01-10');
select shap_v1.declare_after('2010-11', 'SH5.2/6/1', 'SH5.2/5/1', null, '2011-01-10');
select shap_v1.revoke_order((shap_v1.declare_after('2010-11', 'SH2.2/1/1', 'SH2.2/2/2', null, '2011-01-10')).record_id, 'a slip', '2011-01-11');
select shap_v1.declare_same_work('2010-11', array['SH3.3/5', 'SH3.4/2'], 'one training', '2011-01-10');
select shap_v1.declare_same_work('2010-11', array['SH3.3/6', 'SH3.4/3'], 'one event', '2011-01-10');
select shap_v1.revoke_same_work('2010-11', 'SH3.3/6', 'two after all', '2011-01-11');
select shap_v1.share_milestone('2010-11', r, 'home-housing', 'they host it') from unnest('{SH1.2/2/2,SH5.2/6/1,SH1.2/2/3,SH1.2/2/4}'::text[]) r;
select shap_v1.unshare_milestone('2010-11', 'SH1.2/2/3', 'home-housing', 'they do not', null);

select test.check('a dry run counts what goes on', test.roll(true), 'f 2 1 2');
select test.check('as at its day', test.roll(true, '2011-01-10'), 'f 3 2 0');
select test.check('and records nothing', test.records('2011-12'), '0 0 0');
select test.check('so does the roll', test.roll(false), 't 1 2 1 2');
select test.check('the order goes on, with its reason, by who rolled', test.orders('2011-12'),
    'SH2.2/4/1 after SH2.2/2/2 copeland Cora Coordinator it rests on the needs, SH2.2/5/1 independent SH2.2/3/1 copeland Cora Coordinator it needs no protocol');
select test.check('each names the record it comes from', (select count(*) from shap_v1.list_order('2011-12', null, null, null) n
    join shap_v1.list_order('2010-11', null, null, null) o on o.record_id = n.from_record_id and (o.reference, o.step, o.kind) = (n.reference, n.step, n.kind)), 2::bigint);
select test.check('the same work, too', test.works('2011-12'), 'SH3.3/5/1 SH3.4/2/1 Cora Coordinator one training');
select test.check('and names it', (select n.from_record_id = o.record_id from shap_v1.list_same_work('2011-12', null, null) n, shap_v1.list_same_work('2010-11', null, null) o), true);
select test.check('its doubt is settled, the other''s is not', (select string_agg(concat_ws(' ', d."references"[1], d.settlement), ', ' order by d.doubt_id)
    from shap_v1.list_doubts('2011-12', true) d where d.kind = 'same_work' and d."references"[1] in ('SH3.3/5/1', 'SH3.3/6/1')),
    'SH3.3/5/1 declared the same work: one training, SH3.3/6/1');
select test.check('it stands in the history', (select string_agg(concat_ws(' ', e.kind, e.summary), ', ' order by e.record_id) from shap_v1.get_milestone('2011-12', 'SH2.2/4/1', null, null) h,
    unnest(h.events) e where e.kind = 'order') ~ '^order follows SH2.2/2/2, as record \d+ of the year before$', true);
select test.check('the year before is as it was', test.records('2010-11'), '4 2 4');

-- Rolled again nothing comes twice, and nothing comes back that was taken back here.
select test.check('again, nothing is added', test.roll(false) || ' ' || test.records('2011-12'), 'f 1 2 1 2 2 1 0');
select shap_v1.revoke_order(o.record_id, 'not this year', null) from shap_v1.list_order('2011-12', null, null, null) o where o.reference = 'SH2.2/4/1';
select shap_v1.revoke_same_work('2011-12', w.record_id::text, 'not this year', null) from shap_v1.list_same_work('2011-12', null, null) w;
select test.check('what was taken back stays so', test.roll(false) || ' ' || test.records('2011-12') || ' ' || test.orders('2011-12') || test.works('2011-12'),
    'f 1 2 1 2 2 1 0 SH2.2/5/1 independent SH2.2/3/1 copeland Cora Coordinator it needs no protocol');

-- Shares hold from the adoption on: a draft is not the partners' to see. One that was ended since the roll is not given again.
select shap_v1.unshare_milestone('2010-11', 'SH1.2/2/4', 'home-housing', 'their contract ended', null);
select test.check('a partner sees nothing of the draft', test.sees('hugh', '2011-12'), 'there is no plan "2011-12" here');
select test.act_as('cora');
select shap_v1.adopt_plan('2011-12', null, '2011-03-31', null);
select test.check('then what WHO names and what was shared by hand', test.sees('hugh', '2011-12'), 'SH1.2/2/2 SH4.3/2/1');
select test.act_as('cora');
select test.check('with the reason, and where it comes from', (select e.summary ~ '^added, as record \d+ of the year before$' and e.text = 'they host it' from shap_v1.get_milestone('2011-12', 'SH1.2/2/2', null, null) h,
    unnest(h.events) e where e.kind = 'share' and e.organisation = 'home-housing'), true);
select test.check('nothing else was added', test.records('2011-12'), '2 1 1');
select shap_v1.unshare_milestone('2011-12', 'SH1.2/2/2', 'home-housing', 'not this year', null);
select test.check('what is ended there stays so when another version is adopted', test.sees('hugh', '2011-12'), 'SH4.3/2/1');
