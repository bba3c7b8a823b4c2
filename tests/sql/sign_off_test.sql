-- The panel's word: meetings, signing off, noting, and taking back; as at a day, as known at a moment. On the sample, with
-- returns that are made up for the test.
\ir copeland_fixture.sql
reset role;
create function test.meet(day date, body text default null) returns text language sql as $$
    select concat_ws(' ', m.held_on, m.body, m.signed_off, m.noted, 'by ' || m.by) from shap_v1.add_meeting(null, day, body) m
$$;
create function test.meeting(day date) returns bigint language sql as $$
    select max(m.record_id) from shap_v1.list_meetings(null, null, true) m where m.held_on = day
$$;
create function test.sign(milestone text, day date, without text default null, comment text default null,
                          verdict shap_v1.sign_off_verdict default null) returns text language sql as $$
    select concat_ws(' ', s.reference, s.verdict, s.day, s.body, case when s.own_work then 'own work' end,
                     'without: ' || s.without_evidence, 'comment: ' || s.comment, 'with ' || nullif(array_to_string(s.same_as, ' '), ''))
      from shap_v1.sign_off_milestone('2010-11', milestone, verdict, null, day, without, comment) s
$$;
create function test.note(milestone text, day date, comment text default null) returns text language sql as $$
    select test.sign(milestone, day, null, comment, 'noted')
$$;
create function test.sign_off(milestone text) returns bigint language sql as $$
    select max(s.record_id) from shap_v1.list_sign_offs('2010-11', null, null, milestone, true, null) s
$$;
create function test.revoke(milestone text, reason text, day date default null) returns text language sql as $$
    select concat_ws(' ', s.reference, s.verdict, 'revoked', s.revoked_on)
      from shap_v1.revoke_sign_off(test.sign_off(milestone), reason, day) s
$$;
create function test.signed(known_at date default null) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', s.reference, s.verdict, s.day), ', '), '')
      from shap_v1.list_sign_offs('2010-11', null, null, null, null, known_at) s
$$;
create function test.settled(day date, known_at date default null) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', g.name || ':', m.reference), ', ' order by g.name, m.reference), '')
      from shap_v1.get_exception_report('2010-11', day, known_at, null, null, null) r,
           unnest((r.account).settled) g, unnest(g.milestones) m
$$;
create function test.awaiting(day date, known_at date default null) returns text language sql as $$
    select concat_ws(' ', 'complete ' || cardinality(r.complete), 'undeliverable ' || cardinality(r.undeliverable),
                     'changed ' || cardinality(r.changed), 'signed off ' || r.signed_off, 'noted ' || r.noted)
      from shap_v1.get_sign_off_report('2010-11', day, known_at, null, null, null) r
$$;
create function test.item(wanted text, day date, known_at date default null) returns text language sql as $$
    select concat_ws(' ', i.completed_on, i.ground, 'evidence: ' || nullif(array_to_string(i.evidence, '; '), ''),
                     case when i.lacks_evidence then 'lacks evidence' end, case when i.own_work then 'own work' end, i.status, i.said_on,
                     'signed off ' || i.signed_off_on)
      from shap_v1.get_sign_off_report('2010-11', day, known_at, null, null, null) r,
           unnest(r.complete || r.undeliverable || r.changed) i where i.reference = wanted
$$;
create function test.accept(milestone text, day date) returns text language sql as $$
    select v.verdict::text from shap_v1.review_return(test.record(milestone), 'accepted', null, day) v
$$;
create function test.history(milestone text, kinds text[]) returns text language sql as $$
    select string_agg(concat_ws('|', e.kind, e.day, e.by, e.summary, e.text), E'\n' order by e.record_id)
      from unnest((shap_v1.get_milestone('2010-11', milestone, null, null)).events) e where e.kind = any (kinds)
$$;
-- One return with evidence, by a coordinator for the council.
create function test.proof(milestone text, day date, evidence text) returns bigint language plpgsql as $$
declare
    answer shap_v1.submit_return_answer;
begin
    perform test.act_as('cora');
    select * into answer from shap_v1.submit_return(array[test.call(1, 'cora', milestone, 'complete', day,
        organisation => 'copeland', evidence => evidence)]);
    return answer.record_id;
end
$$;

-- Meetings: the panel's and the coordinator's to record, held or to come.
select test.at('2010-09-20 10:00 Europe/London');
select test.act_as('petra');
select test.check('a meeting is recorded', test.meet('2010-09-15'), '2010-09-15 SHP 0 0 by Petra Panel');
select test.act_as('cora');
select test.check('the coordinator announces one to come', test.meet('2010-11-17', 'strategic housing panel'),
    '2010-11-17 SHP 0 0 by Cora Coordinator');
select test.check('a meeting is recorded once', test.fails('RPC06', 'select test.meet(''2010-09-15'', ''shp'')'),
    format('the meeting of SHP on 15 September 2010 is on record already (record %s) | Sign off at it with: shap signoff add --meeting %s',
           test.meeting('2010-09-15'), test.meeting('2010-09-15')));
select test.check('a meeting has a day', test.fails('RPC03', 'select test.meet(null)'), 'on which day is the meeting? | Give it with: --day');
select test.fails('RPC03', 'select test.meet(''1066-10-14'')'), test.fails('RPC03', 'select test.meet(''2900-10-14'')');
select test.check('a post does not meet', test.fails('RPC03', 'select test.meet(''2010-09-16'', ''HSM'')'),
    'HSM is no body that meets: the register says post | The bodies are listed by: shap register list');
select test.fails('RPC05', 'select test.meet(''2010-09-16'', ''Cabinet'')');
select shap_v1.add_register_entry('Cabinet', 'The Cabinet', 'body', null, null);
select test.check('of several bodies one is named', test.fails('RPC03', 'select test.meet(''2010-09-16'')'),
    'which body meets: Cabinet, SHP? | Name it with: --body');
select test.check('two bodies may meet on one day', test.meet('2010-09-15', 'Cabinet'), '2010-09-15 Cabinet 0 0 by Cora Coordinator');
select test.check('which is meant then is asked', test.fails('RPC03', 'select test.sign(''SH1.1/1/1'', ''2010-09-15'')'
    ) like 'several bodies meet on 15 September 2010: Cabinet (record %), SHP (record %) | %', true)
  from (select test.act_as('petra')) p;
select shap_v1.revoke_meeting(m.record_id, 'it was a briefing', null) from shap_v1.list_meetings(null, null, null) m where m.body = 'Cabinet';
select test.check('what is revoked is not listed', (select string_agg(concat_ws(' ', m.held_on, m.body), ', ')
    from shap_v1.list_meetings(null, null, false) m), '2010-09-15 SHP, 2010-11-17 SHP');
select test.check('but with the rest', (select count(*) from shap_v1.list_meetings(null, null, true)), 3::bigint);
select test.act_as('olive');
select test.check('a contributor sees when the panel meets', (select count(*) from shap_v1.list_meetings(null, null, null)), 2::bigint);
select test.fails('42501', 'select test.meet(''2010-09-16'', ''SHP'')');
select test.act_as('rita');
select test.fails('42501', 'select test.meet(''2010-09-16'', ''SHP'')');
select test.act_as('bob');
select test.check('another council''s meetings do not exist', (select count(*) from shap_v1.list_meetings(null, null, null)), 0::bigint);
select test.act_as('ann');
select test.fails('42501', 'select shap_v1.list_meetings(null, null, null)');

-- What is signed off: by whom, what, when.
select test.proof('SH1.1/1/1', '2010-09-10', 'minutes of the team, 8 September');
select test.say('cora', 'SH1.2/1/1', 'complete', '2010-09-10', organisation => 'copeland');
select test.say('cora', 'SH1.2/1/2', 'complete', '2010-09-16', organisation => 'copeland');
select test.say('cora', 'SH5.2/6/1', 'will_not_be_delivered', '2010-09-10', organisation => 'copeland');
select test.act_as('petra');
select test.check('a claim is not complete', test.fails('RPC09', 'select test.sign(''SH1.1/1/1'', ''2010-09-15'')'),
    'SH1.1/1/1 was overdue on 15 September 2010, not complete; what was said of it was not accepted by then'
    || ' | Returns that wait for a word are listed by: shap review list');
select test.act_as('cora');
select test.accept('SH1.1/1/1', '2010-09-14'), test.accept('SH1.2/1/1', '2010-09-14'), test.accept('SH1.2/1/2', '2010-09-16'),
       test.accept('SH5.2/6/1', '2010-09-14');
select test.check('the coordinator does not sign off', test.fails('42501', 'select test.sign(''SH1.1/1/1'', ''2010-09-15'')') like 'permission denied%', true);
select test.act_as('rita');
select test.fails('42501', 'select test.sign(''SH1.1/1/1'', ''2010-09-15'')');
select test.act_as('olive');
select test.fails('42501', 'select test.sign(''SH1.1/1/1'', ''2010-09-15'')');
select test.act_as('petra');
select test.check('12 wait by the plan, of which two more are achieved by the month''s end, and two by accepted returns',
    test.awaiting('2010-09-15'), 'complete 14 undeliverable 1 changed 0 signed off 0 noted 0');
select test.check('what waits is listed with its evidence', test.item('SH1.1/1/1', '2010-09-15'),
    '2010-09-10 accepted_return evidence: minutes of the team, 8 September complete 2010-09-10');
select test.check('or with its absence', test.item('SH1.2/1/1', '2010-09-15'),
    '2010-09-10 accepted_return lacks evidence complete 2010-09-10');
select test.check('an action with several milestones is none of them', test.fails('RPC03', 'select test.sign(''SH1.1/1'', ''2010-09-15'')'),
    'SH1.1/1 is an action with 2 milestones: which is meant? | Name it: SH1.1/1/1, SH1.1/1/2.');
select test.check('what is complete with evidence is signed off', test.sign('sh1.1.1.1', '2010-09-15', 'not needed', 'well done'),
    'SH1.1/1/1 signed_off 2010-09-15 SHP comment: well done');
select test.check('it is signed off on that day', test.standing('SH1.1/1/1', '2010-09-15'), 'signed_off complete');
select test.check('and only complete before', test.standing('SH1.1/1/1', '2010-09-14'), 'complete complete');
select test.check('it waits no more', test.awaiting('2010-09-15'), 'complete 13 undeliverable 1 changed 0 signed off 1 noted 0');
select test.check('a milestone is signed off once, and the second is told', test.fails('RPC10', 'select test.sign(''SH1.1/1/1'', ''2010-09-15'')'),
    format('SH1.1/1/1 was signed off at the meeting of SHP on 15 September 2010 (record %s) | The panel takes it back with: shap signoff revoke %s',
           test.sign_off('SH1.1/1/1'), test.sign_off('SH1.1/1/1')));
select test.check('without evidence a reason is needed', test.fails('RPC03', 'select test.sign(''SH1.2/1/1'', ''2010-09-15'', '' '')'),
    'SH1.2/1/1 is complete, but there is no evidence of it | Say why that will do, with: --without-evidence REASON');
select test.check('with one it is signed off', test.sign('SH1.2/1/1', '2010-09-15', 'members saw it'),
    'SH1.2/1/1 signed_off 2010-09-15 SHP without: members saw it');
select test.check('what was complete the day after is not', test.fails('RPC09', 'select test.sign(''SH1.2/1/2'', ''2010-09-15'')') like
    'SH1.2/1/2 was % on 15 September 2010, not complete |%', true);
select test.check('what nobody answered is not', test.fails('RPC09', 'select test.sign(''SH1.2/3/5'', ''2010-09-15'')'),
    'SH1.2/3/5 was not yet due on 15 September 2010, not complete | What may be signed off is listed by: shap report sign-off');
select test.check('at a meeting to come nothing is', test.fails('RPC09', 'select test.sign(''SH1.2/1/2'', ''2010-11-17'')'),
    'the meeting of SHP on 17 November 2010 is still to come | What it decides is recorded once it was held.');
select test.check('without a meeting neither', test.fails('RPC05', 'select test.sign(''SH1.2/1/2'', ''2010-09-16'')'),
    'there is no meeting on 16 September 2010 | Add it with: shap meeting add --day 2010-09-16');
select test.fails('RPC03', 'select test.sign(''SH1.2/1/2'', null)'), test.fails('RPC05', 'select test.sign(''SH9.9/1/1'', ''2010-09-15'')'),
       test.fails('RPC03', 'select test.sign(null, ''2010-09-15'')');
select test.check('before the plan was adopted neither', test.fails('RPC09', 'select test.sign(''SH1.1/1/1'', ''2010-07-01'')') like
    'copeland/2010-11 was not adopted by 1 July 2010 |%', true) from (select test.meet('2010-07-01', 'SHP')) m;
