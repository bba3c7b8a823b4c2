-- What waits for a person, on Copeland's plan at the end of quarter 3: before any window is opened.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
reset role;
create function test.waiting(who text, wanted text, day date default null) returns text[] language plpgsql as $$
begin
    perform test.act_as(who);
    return array(select o.reference from shap_v1.list_outstanding(null, day, null) o where o.kind::text = wanted);
end
$$;
create function test.item(who text, wanted text, day date default null) returns shap_v1.outstanding_item language plpgsql as $$
begin
    perform test.act_as(who);
    return (select o from shap_v1.list_outstanding(null, day, null) o where o.reference = wanted);
end
$$;

-- 102 have no return: SH5.2/5/1 is the Supporting People Team's alone, SH4.3/2/1 is Home Housing's and Copeland's, all
-- others are Copeland's.
select test.check('a partner owes what is due and unanswered', test.waiting('sam', 'return'), array['SH5.2/5/1']);
select test.check('and sees nothing else', (select count(*) from shap_v1.list_outstanding(null, null, null)), 1::bigint);
select test.check('a shared one is owed by each body', test.waiting('hugh', 'return'), array['SH4.3/2/1']);
select test.check('by the council''s officers, too', cardinality(test.waiting('olive', 'return')), 101);
select test.check('and by its coordinator', cardinality(test.waiting('cora', 'return')), 101);
select test.check('what is due on a day is not owed the day before', array(select * from unnest(test.waiting('olive', 'return')) except
    select * from unnest(test.waiting('olive', 'return', '2010-12-30')) order by 1),
    '{SH1.2/1/4,SH1.2/3/5,SH2.4/9/1,SH3.3/3/1,SH3.3/3/2,SH5.1/2/1,SH5.1/2/2}');
select test.check('a coordinator reviews what nobody reviewed, but what asks for a date', test.waiting('cora', 'review'), array['SH2.2/1/1']);
select test.check('all that asked for a date was granted', test.waiting('cora', 'new_date'), '{}'::text[]);
select test.check('before, 21 waited', cardinality(test.waiting('cora', 'new_date', '2010-12-20')), 21);
select test.check('the panel signs off what is complete', cardinality(test.waiting('petra', 'sign_off')), 14);
select test.check('and notes what will not be delivered', test.waiting('petra', 'note'), array['SH5.2/6/1']);
select test.check('a reader has nothing to do', (select count(*) from (select test.act_as('rita')) a, shap_v1.list_outstanding(null, null, null)), 0::bigint);
select test.check('a late one says so', ((test.item('sam', 'SH5.2/5/1')).due_day, (test.item('sam', 'SH5.2/5/1')).late)::text, '(2010-06-30,t)');
select test.check('with what was said last', (select (o.last_status, o.last_day, o.last_by, o.record_id = test.record('SH2.2/1/1'))::text
    from test.item('cora', 'SH2.2/1/1') o), '(in_progress,2010-12-17,copeland,t)');

-- What was sent back waits to be sent anew, whether it is due or not, with the comment; until it is, or is withdrawn.
select test.at('2011-01-05 10:00 Europe/London');
select test.say('sam', 'SH5.2/5/1', 'in progress', '2011-01-05', 'under way', 'June 2011', 'no bids') as said \gset
select test.check('what was said is owed no more', test.waiting('sam', 'return'), '{}'::text[]);
select test.check('its new date waits for the coordinator', (select (o.kind, o.organisation, o.asked_date, o.asked_reason, o.record_id = :said)::text
    from test.item('cora', 'SH5.2/5/1') o), '(new_date,supporting-people-team,"June 2011","no bids",t)');
select shap_v1.review_return(:said, 'sent_back', 'which bids?', null);
select test.check('sent back it is its sender''s again', (select (o.kind, o.comment, o.record_id = :said, o.last_note, o.late)::text
    from test.item('sam', 'SH5.2/5/1') o), '(sent_back,"which bids?",t,"under way",t)');
select test.check('and the coordinator''s no more', test.waiting('cora', 'new_date'), '{}'::text[]);
select test.at('2011-01-06 10:00 Europe/London');
select test.check('known the day before it still waits', (select count(*) from (select test.act_as('cora')) a,
    shap_v1.list_outstanding(null, '2011-01-05', '2011-01-04') o where o.reference = 'SH5.2/5/1' and o.kind = 'return'), 0::bigint);
select test.say('sam', 'SH5.2/5/1', 'in progress', '2011-01-06', 'under way, bids by May');
select test.check('said anew it is answered', test.waiting('sam', 'sent_back'), '{}'::text[]);
select test.check('and waits for a review', test.waiting('cora', 'review'), array['SH2.2/1/1', 'SH5.2/5/1']);
select test.say('olive', 'SH2.2/1/1', 'in progress', '2011-01-06');
select test.check('an earlier word that a later one overtook is not reviewed', (select count(*) from (select test.act_as('cora')) a,
    shap_v1.list_outstanding(null, null, null) o where o.kind = 'review' and o.reference = 'SH2.2/1/1'), 1::bigint);
select test.say('olive', 'SH4.3/2/1', 'in progress', '2011-01-02');
select test.check('a shared one names who answered', (test.item('hugh', 'SH4.3/2/1')).answered_by, '{copeland}'::text[]);

-- A new date that comes and goes is owed a word since it was granted.
select test.at('2011-04-01 10:00 Europe/London');
select test.check('a new date that has passed is due', 'SH1.2/2/2' = any (test.waiting('olive', 'return')), true);
select test.check('not the day before', 'SH1.2/2/2' = any (test.waiting('olive', 'return', '2011-03-30')), false);

-- With a window open it is what the window asks, first due first.
select test.act_as('cora');
select shap_v1.open_window(null, 'Q4', '2011-04-20', null);
select test.check('all that is missing is outstanding', (select (r.owed = w.missing + w.sent_back)
    from shap_v1.get_outstanding_report(null, null, null, null, null, null) r,
         shap_v1.get_window_status(null, null, null, null, null, null, 'Q4') w), true);
select shap_v1.open_window(null, 'panel-6', '2011-04-10', null);
select test.check('an item says which window asks, and until when', (select (o."window", o.due_on, o.late)::text from test.item('hugh', 'SH4.3/2/1') o),
    '(panel-6,2011-04-10,f)');
select test.act_as('cora');
select test.check('the report''s bodies add up to it', (select (r.owed = (select sum(b.owed) from unnest(r.bodies) b) and r.owed = cardinality(r.returns))
    from shap_v1.get_outstanding_report(null, null, null, null, null, null) r), true);
select test.check('with what waits for coordinator and panel', (select (cardinality(r.coordinator), cardinality(r.panel))::text
    from shap_v1.get_outstanding_report(null, null, null, null, null, null) r), '(3,15)');
select test.check('a filter narrows it', (select (r.owed, cardinality(r.bodies), cardinality(r.coordinator))::text
    from shap_v1.get_outstanding_report(null, null, null, null, 'home-housing', null) r), '(1,1,0)');
select test.act_as('sam');
select test.check('a contributor''s report is the own body''s', (select (r.owed, cardinality(r.coordinator), cardinality(r.panel), (r.head).covered)::text
    from shap_v1.get_outstanding_report(null, null, null, null, null, null) r), '(1,0,0,2)');
select test.act_as('ann');
select test.fails('42501', 'select * from shap_v1.list_outstanding(null, null, null)');
select test.act_as('bob');
select test.fails('RPC05', 'select * from shap_v1.list_outstanding(''copeland/2010-11'', null, null)');
select test.act_as('cora');
select test.fails('RPC03', 'select * from shap_v1.list_outstanding(null, ''2011-04-02'', null)');

-- Digests: one for each body that owes, to its contributors; none once it has answered.
select test.act_as('ann');
select test.join('henry', 'Henry Housing', 'home-housing', 'contributor');
select test.join('rob', 'Rob Reader', 'home-housing', 'reader');
select test.act_as('cora');
select test.check('those who owe', (select array_agg(d.organisation || ' ' || cardinality(d.items)) from shap_v1.list_digests(null, null, null, null) d
    where d.organisation <> 'copeland'), '{"home-housing 1","supporting-people-team 1"}');
select test.check('are written to at their contributors'' addresses', (select d.addresses from shap_v1.list_digests(null, null, null, 'home-housing') d),
    '{hugh@example.org,henry@example.org}'::text[]);
select test.check('about what they owe', (select (i.kind, i.reference, i."window", d.organisation_name, d.council_name)::text
    from shap_v1.list_digests(null, null, null, 'home-housing') d, unnest(d.items) i), '(return,SH4.3/2/1,panel-6,"Home Housing","Copeland Borough Council")');
select test.fails('RPC05', 'select * from shap_v1.list_digests(null, null, null, ''nobody'')');
select test.check('one that owes nothing is not', (select count(*) from shap_v1.list_digests(null, null, null, 'impact-housing-association')), 0::bigint);
select test.say('hugh', 'SH4.3/2/1', 'in progress', '2011-04-01');
select test.act_as('cora');
select test.check('and no more once it has answered', (select count(*) from shap_v1.list_digests(null, null, null, 'home-housing')), 0::bigint);
select test.check('as known before it still is', (select count(*) from shap_v1.list_digests(null, null, '2011-03-31', 'home-housing')), 1::bigint);

-- The to-do list is of the plan adopted last, and of every other with an open window.
select test.send('33333333-3333-4333-8333-333333333333', 1, array[test.row(2, 'H1', '1', '1', 'Ten homes', 'HSM', 'April 2011')], 'x'::bytea, '2011/12');
select shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256('x'::bytea), null);
select test.at('2011-05-01 10:00 Europe/London');
select shap_v1.adopt_plan('2011-12', 1, '2011-04-02', null);
create temporary view plans as select array_agg(distinct o.plan order by o.plan) as of from shap_v1.list_outstanding(null, null, null) o;
grant select on plans to public;
select test.check('both plans are in it', (select of from plans), '{copeland/2010-11,copeland/2011-12}'::text[]);
select shap_v1.close_window(null, '2010-11/Q4', null), shap_v1.close_window(null, '2010-11/panel-6', null);
select test.check('the earlier one while a window of it is open', (select of from plans), '{copeland/2011-12}'::text[]);
select test.check('or when it is named', (select count(*) > 0 from shap_v1.list_outstanding('2010-11', null, null)), true);

-- What was sent back to a body is its to say anew as long as the milestone is shared with it.
select test.at('2011-05-02 10:00 Europe/London');
select test.act_as('cora');
select shap_v1.share_milestone('2010-11', 'SH2.2/1/1', 'home-housing', 'It helps.');
select test.say('hugh', 'SH2.2/1/1', 'in progress', '2011-05-02') as said \gset
select test.act_as('cora');
select shap_v1.review_return(:said, 'sent_back', 'which homes?', null);
create temporary view written as select count(*) as n from shap_v1.list_digests('2010-11', null, null, 'home-housing');
grant select on written to public;
select test.check('it is written to about what was sent back', (select n from written), 1::bigint);
select shap_v1.unshare_milestone('2010-11', 'SH2.2/1/1', 'home-housing', 'Copeland does it alone.', null);
select test.check('and no more once it shares it no more: it could not answer', (select n from written), 0::bigint);

-- What is said on one milestone of a piece of work is said on each.
select test.act_as('cora');
select shap_v1.declare_same_work('2010-11', array['SH3.3/5/1', 'SH3.4/2/1'], 'one training', null);
select test.say('olive', 'SH3.4/2/1', 'complete', '2011-05-02', 'all were trained') as said \gset
select test.act_as('cora');
select shap_v1.review_return(:said, 'accepted', null, null);
select test.act_as('petra');
select test.check('the panel is told what was said last of the work', (select array_agg((o.kind, o.reference, o.last_status, o.last_note, o.last_by)::text)
    from shap_v1.list_outstanding('2010-11', null, null) o where o.reference in ('SH3.3/5/1', 'SH3.4/2/1')),
    array['(sign_off,SH3.3/5/1,complete,"all were trained",copeland)', '(sign_off,SH3.4/2/1,complete,"all were trained",copeland)']);
