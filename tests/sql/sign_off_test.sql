-- The panel's word: meetings, signing off, noting, and taking back; as at a day, as known at a moment. On the sample, with
-- returns that are made up for the test.
\ir copeland_fixture.sql
reset role;
create function test.meet(day date, body text default null) returns text language sql as $$
    select concat_ws(' ', m.held_on, m.body, m.signed_off, m.noted, 'by ' || m.by) from shap_v1.add_meeting(null, day, body) m
$$;
create function test.meeting(day date) returns bigint language sql as $$
    select max(m.record_id) from shap_v1.list_meetings(null, null, true) m where m.held_on = day and m.body = 'SHP'
$$;
create function test.sign(milestone text, day date, without text default null, comment text default null,
                          verdict shap_v1.sign_off_verdict default null) returns text language sql as $$
    select concat_ws(' ', s.reference, s.verdict, s.day, s.body, case when s.own_work then 'own work' end,
                     'without: ' || s.without_evidence, 'comment: ' || s.comment, 'with ' || nullif(array_to_string(s.same_as, ' '), ''))
      from shap_v1.sign_off_milestone('2010-11', milestone, verdict, day::text, without, comment) s
$$;
create function test.note(milestone text, day date, comment text default null) returns text language sql as $$
    select test.sign(milestone, day, null, comment, 'noted')
$$;
create function test.sign_off(milestone text) returns bigint language sql as $$
    select max(s.record_id) from shap_v1.list_sign_offs('2010-11', null, milestone, true, null) s
$$;
create function test.revoke(milestone text, reason text, day date default null) returns text language sql as $$
    select concat_ws(' ', s.reference, s.verdict, 'revoked', s.revoked_on)
      from shap_v1.revoke_sign_off(test.sign_off(milestone), reason, day) s
$$;
create function test.signed(known_at date default null) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', s.reference, s.verdict, s.day), ', '), '')
      from shap_v1.list_sign_offs('2010-11', null, null, null, known_at) s
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
    '"SH1.1/1" is not one milestone but 2: SH1.1/1/1, SH1.1/1/2 | Write more of it.');
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

-- The plan's own text completes, too: without a return, so with a reason.
select test.fails('RPC03', 'select test.sign(''SH2.5/1'', ''2010-09-15'')');
select test.check('what the plan says is complete is signed off', test.sign('SH2.5/1', '2010-09-15', 'it is in force'),
    'SH2.5/1/1 signed_off 2010-09-15 SHP without: it is in force');
select test.check('what it says is achieved later in the month is not, before its end', test.fails('RPC09',
    'select test.sign(''SH3.2/1'', ''2010-09-15'', ''it is'')') like 'SH3.2/1/1 was % on 15 September 2010, not complete |%', true);
select test.proof('SH4.3/4/1', '2010-09-12', 'report to the Panel, item 4');
select test.accept('SH4.3/4/1', '2010-09-12');
select test.act_as('petra');
select test.check('a milestone of the panel''s is its own work before it is signed off', test.item('SH4.3/4/1', '2010-09-15'),
    '2010-09-12 accepted_return evidence: report to the Panel, item 4 own work complete 2010-09-12');
select test.check('and after', test.sign('SH4.3/4/1', '2010-09-15'), 'SH4.3/4/1 signed_off 2010-09-15 SHP own work');
select test.check('what was signed off at the meeting is counted there', (select concat_ws(' ', m.signed_off, m.noted)
    from shap_v1.list_meetings(null, null, null) m where m.held_on = '2010-09-15'), '4 0');
select test.check('a meeting at which something stands is not revoked', test.fails('RPC09',
    'select shap_v1.revoke_meeting(test.meeting(''2010-09-15''), ''wrong day'', null)') like
    'what was signed off or noted at the meeting of SHP on 15 September 2010 stands: 4 | They are listed by: shap signoff list --meeting %', true);

-- What will not be delivered is noted; it is an exception until then.
select test.check('it is not signed off', test.fails('RPC09', 'select test.sign(''SH5.2/6/1'', ''2010-09-15'')'),
    format('SH5.2/6/1 will not be delivered: it is noted, not signed off | Type: shap signoff note SH5.2/6/1 --meeting %s', test.meeting('2010-09-15')));
select test.check('what is complete is not noted', test.fails('RPC09', 'select test.note(''SH2.5/2/1'', ''2010-09-15'')') like
    'SH2.5/2/1 is complete: it is signed off, not noted | Type: shap signoff add SH2.5/2/1 --meeting %', true);
select test.check('what is signed off is not noted', test.fails('RPC10', 'select test.note(''SH2.5/1/1'', ''2010-09-15'')') like
    'SH2.5/1/1 was signed off at the meeting of SHP on 15 September 2010 (record %', true);
select test.check('what is only late is not noted', test.fails('RPC09', 'select test.note(''SH1.2/3/5'', ''2010-09-15'')') like
    'SH1.2/3/5 was not yet due on 15 September 2010, not given up by an accepted return |%', true);
select test.check('before it is noted it is an exception', (select (r.account).exception_milestones
    from shap_v1.get_exception_report('2010-11', '2010-09-15', null, null, null, null) r), 1);
select test.check('it is noted', test.note('SH5.2/6/1', '2010-09-15', 'members regret it'), 'SH5.2/6/1 noted 2010-09-15 SHP comment: members regret it');
select test.check('then it is none', (select (r.account).exception_milestones
    from shap_v1.get_exception_report('2010-11', '2010-09-15', null, null, null, null) r), 0);
select test.check('the account names it', test.settled('2010-09-15'), 'noted: SH5.2/6/1');
select test.check('in its class it stays', test.standing('SH5.2/6/1', '2010-09-15'), 'will_not_be_delivered will_not_be_delivered');
select test.check('it is noted once', test.fails('RPC10', 'select test.note(''SH5.2/6/1'', ''2010-09-15'')') like
    'SH5.2/6/1 was noted at the meeting of SHP on 15 September 2010 (record %', true);
select test.check('the day before it was not noted', test.settled('2010-09-14'), '');
select test.check('and known the day before neither', test.settled('2010-09-15', '2010-09-19'), '');

-- Said again it stays noted; said otherwise in between it is an exception again, and noted anew.
select test.at('2010-12-20 10:00 Europe/London');
select test.say('cora', 'SH5.2/6/1', 'will_not_be_delivered', '2010-10-10', organisation => 'copeland');
select test.accept('SH5.2/6/1', '2010-10-12');
select test.check('said again it stays noted', test.settled('2010-10-31'), 'noted: SH5.2/6/1');
select test.say('cora', 'SH5.2/6/1', 'in progress', '2010-11-02', organisation => 'copeland');
select test.check('said otherwise it is not noted', test.settled('2010-11-02'), '');
select test.say('cora', 'SH5.2/6/1', 'will_not_be_delivered', '2010-11-10', organisation => 'copeland');
select test.accept('SH5.2/6/1', '2010-11-10');
select test.check('given up anew it is an exception again', test.settled('2010-11-16'), '');
select test.act_as('petra');
select test.check('and is noted anew', test.note('SH5.2/6/1', '2010-11-17'), 'SH5.2/6/1 noted 2010-11-17 SHP');
select test.check('at both days it was', test.settled('2010-10-31') || ' ' || test.settled('2010-11-17'), 'noted: SH5.2/6/1 noted: SH5.2/6/1');

-- Changed since: a later word that is not complete; one recorded later, but of the meeting's day; what it rested on is gone.
select test.check('nothing has changed yet', test.awaiting('2010-11-17'), 'complete 14 undeliverable 0 changed 0 signed off 4 noted 1');
select test.say('cora', 'SH1.1/1/1', 'complete', '2010-10-20', organisation => 'copeland');
select test.check('a later return that says complete changes nothing, accepted or not', test.settled('2010-10-20'), 'noted: SH5.2/6/1');
select test.say('cora', 'SH1.1/1/1', 'in progress', '2010-10-25', organisation => 'copeland');
select test.act_as('petra');
select test.check('a later contrary return does', test.settled('2010-10-25'), 'changed_since: SH1.1/1/1, noted: SH5.2/6/1');
select test.check('it stays signed off', test.standing('SH1.1/1/1', '2010-10-25'), 'signed_off in_progress');
select test.check('the day before it was not changed', test.settled('2010-10-24'), 'noted: SH5.2/6/1');
select test.check('nor known before', test.settled('2010-10-25', '2010-10-01'), 'noted: SH5.2/6/1');
select test.check('it is listed with what was said', test.item('SH1.1/1/1', '2010-10-25'), 'in_progress 2010-10-25 signed off 2010-09-15');
select test.say('cora', 'SH1.2/1/1', 'not started', '2010-09-15', organisation => 'copeland');
select test.act_as('petra');
select test.check('recorded later, of the meeting''s day: changed on that day', test.settled('2010-09-15'),
    'changed_since: SH1.2/1/1, noted: SH5.2/6/1');
select test.check('the day before it is complete', test.standing('SH1.2/1/1', '2010-09-14'), 'complete complete');
select test.act_as('cora');
select shap_v1.withdraw_return(test.record('SH1.2/1/1'), 'said of another', null);
select test.check('withdrawn it changes nothing any more', test.settled('2010-12-20'), 'changed_since: SH1.1/1/1, noted: SH5.2/6/1');
select test.check('before it was withdrawn it did', test.settled('2010-12-19'), 'changed_since: SH1.1/1/1, changed_since: SH1.2/1/1, noted: SH5.2/6/1');
select shap_v1.revoke_review(max(e.record_id), 'the report is missing', null)
  from unnest((shap_v1.get_milestone('2010-11', 'SH4.3/4/1', null, null)).events) e where e.kind = 'review';
select test.check('what it rested on is not accepted any more: changed', test.settled('2010-12-20'),
    'changed_since: SH1.1/1/1, changed_since: SH4.3/4/1, noted: SH5.2/6/1');
select test.say('cora', 'SH2.5/1/1', 'in progress', '2010-09-01', organisation => 'copeland');
select test.check('an earlier day is no later word, but what is recorded later is listed', test.settled('2010-12-20') like '%changed_since: SH2.5/1/1%', true);
select shap_v1.withdraw_return(test.record('SH2.5/1/1'), 'a slip', '2010-12-20');

-- Withdrawn by the panel alone, with a reason, on a day; known before, it stands.
select test.at('2010-12-28 10:00 Europe/London');
select test.act_as('cora');
select test.fails('42501', 'select test.revoke(''SH1.1/1/1'', ''no'')');
select test.act_as('olive');
select test.fails('42501', 'select test.revoke(''SH1.1/1/1'', ''no'')');
select test.act_as('petra');
select test.check('a reason is needed', test.fails('RPC03', 'select test.revoke(''SH1.1/1/1'', '' '')'),
    'a reason is needed to undo the sign-off | Give one with: --reason');
select test.fails('RPC03', 'select test.revoke(''SH1.1/1/1'', ''early'', ''2010-09-14'')'), test.fails('RPC03', 'select test.revoke(''SH1.1/1/1'', ''late'', ''2010-12-29'')'),
       test.fails('RPC05', 'select shap_v1.revoke_sign_off(1, ''nothing'', null)'), test.fails('RPC05', 'select shap_v1.revoke_sign_off(null, ''nothing'', null)');
select test.check('the panel withdraws its word', test.revoke('SH1.1/1/1', 'it was reopened', '2010-11-17'), 'SH1.1/1/1 signed_off revoked 2010-11-17');
select test.check('once', test.fails('RPC10', 'select test.revoke(''SH1.1/1/1'', ''again'')') like 'the sign-off was revoked by Petra Panel on 2010-11-17 (record %', true);
select test.check('from that day it stands as it is said', test.standing('SH1.1/1/1', '2010-11-17'), 'overdue in_progress');
select test.check('until then it was signed off', test.standing('SH1.1/1/1', '2010-11-16'), 'signed_off in_progress');
select test.check('known before, it still is', test.settled('2010-11-17', '2010-12-27') like '%SH1.1/1/1%', true);
select test.check('what stands', test.signed(), 'SH1.2/1/1 signed_off 2010-09-15, SH2.5/1/1 signed_off 2010-09-15, '
    || 'SH4.3/4/1 signed_off 2010-09-15, SH5.2/6/1 noted 2010-09-15, SH5.2/6/1 noted 2010-11-17');
select test.check('what stood', test.signed('2010-12-27') like 'SH1.1/1/1 signed_off 2010-09-15, %', true);
select test.check('a noting is withdrawn, too: the one before counts no more for what was said after it',
    test.revoke('SH5.2/6/1', 'not minuted') || ', ' || test.settled('2010-12-28'),
    'SH5.2/6/1 noted revoked 2010-12-28, changed_since: SH4.3/4/1');
select test.check('signed off anew once it is complete again', test.fails('RPC09', 'select test.sign(''SH1.1/1/1'', ''2010-11-17'')') like
    'SH1.1/1/1 was overdue on 17 November 2010, not complete |%', true);
select test.proof('SH1.1/1/1', '2010-11-16', 'minutes, November');
select test.accept('SH1.1/1/1', '2010-11-16');
select test.act_as('petra');
select test.check('it is', test.sign('SH1.1/1/1', '2010-11-17'), 'SH1.1/1/1 signed_off 2010-11-17 SHP');
select test.check('its history has it all', test.history('SH1.1/1/1', array['sign_off', 'revocation']),
    E'sign_off|2010-09-15|Petra Panel|signed off at the meeting of SHP on 2010-09-15|well done\n'
    || E'revocation|2010-11-17|Petra Panel|the sign-off is revoked|it was reopened\n'
    || 'sign_off|2010-11-17|Petra Panel|signed off at the meeting of SHP on 2010-11-17');
select test.check('of one without evidence, and of own work', test.history('SH2.5/1/1', array['sign_off']) || E'\n' || test.history('SH4.3/4/1', array['sign_off']),
    E'sign_off|2010-09-15|Petra Panel|signed off at the meeting of SHP on 2010-09-15, without evidence|it is in force\n'
    || 'sign_off|2010-09-15|Petra Panel|signed off at the meeting of SHP on 2010-09-15, own work');
-- Evidence of an earlier completion proves nothing of a later one.
select test.say('cora', 'SH1.2/1/2', 'in progress', '2010-11-18', organisation => 'copeland');
select test.proof('SH2.2/1/1', '2010-10-01', 'the first report'), test.accept('SH2.2/1/1', '2010-10-01');
select test.say('cora', 'SH2.2/1/1', 'in progress', '2010-10-10', organisation => 'copeland');
select test.say('cora', 'SH2.2/1/1', 'complete', '2010-11-01', organisation => 'copeland'), test.accept('SH2.2/1/1', '2010-11-01');
select test.act_as('petra');
select test.check('evidence is that of the completion that counts', test.fails('RPC03', 'select test.sign(''SH2.2/1/1'', ''2010-11-17'')') like
    'SH2.2/1/1 is complete, but there is no evidence of it |%', true);

-- Rights: who shares a milestone sees the panel's word on it, and on nothing else.
select test.act_as('hugh');
select test.check('a partner sees nothing of what is not its own', (select count(*) from shap_v1.list_sign_offs('2010-11', null, null, true, null)), 0::bigint);
select test.act_as('sam');
select test.check('and what was said of its own', test.signed() || ' ' || test.item('SH5.2/6/1', '2010-12-28'),
    'SH5.2/6/1 noted 2010-09-15 will_not_be_delivered 2010-11-10');
select test.check('the meetings count what it sees', (select string_agg(concat_ws(' ', m.held_on, m.signed_off, m.noted), ', ')
    from shap_v1.list_meetings(null, null, null) m where m.held_on > '2010-07-01'), '2010-09-15 0 1, 2010-11-17 0 0');
select test.act_as('olive');
select test.check('the council''s officers see theirs', (select count(*) from shap_v1.list_sign_offs('2010-11', null, null, true, null)), 5::bigint);
select test.check('and no report lists another''s', test.item('SH5.2/6/1', '2010-12-28'), null);
select test.fails('42501', 'select test.revoke(''SH4.3/4/1'', ''no'')');
select test.act_as('rita');
select test.check('a reader sees all', (select count(*) from shap_v1.list_sign_offs('2010-11', test.meeting('2010-11-17')::text, null, null, null)), 1::bigint);
select test.check('and what waits', test.awaiting('2010-12-28') like 'complete % changed 1 %', true);
select test.act_as('ann');
select test.fails('42501', 'select test.awaiting(null)'), test.fails('42501', 'select test.signed()');
select test.act_as('bob');
select test.fails('RPC05', 'select test.signed()'), test.fails('RPC05', 'select shap_v1.revoke_meeting(1, ''no'', null)');
-- A meeting at which nothing stands is revoked, by whoever may record one.
select test.act_as('cora');
select test.meet('2010-12-22', 'SHP');
select test.fails('RPC03', 'select shap_v1.revoke_meeting(test.meeting(''2010-12-22''), '' '', null)');
select test.check('a meeting is revoked', (select m.revoked_on from shap_v1.revoke_meeting(test.meeting('2010-12-22'), 'snow', null) m), date '2010-12-28');
select test.check('once', test.fails('RPC10', 'select shap_v1.revoke_meeting(test.meeting(''2010-12-22''), ''snow'', null)') like
    'the meeting was revoked by Cora Coordinator on 2010-12-28 (record %) | What stands is listed by: shap meeting list', true);
select test.check('known before, it stands', (select count(*) from shap_v1.list_meetings(null, '2010-12-27', null)), 3::bigint);
select test.act_as('petra');
select test.check('at a meeting that was revoked nothing is decided', test.fails('RPC10', format('select shap_v1.sign_off_milestone(''2010-11'',
    ''SH2.5/2/1'', null, ''%s'', ''x'', null)', test.meeting('2010-12-22'))) like 'the meeting was revoked by Cora Coordinator%', true);
select test.fails('RPC03', format('select shap_v1.sign_off_milestone(''2010-11'', ''SH2.5/2/1'', null, %L, ''x'', null)', m))
  from unnest(array[null, ' ', 'the last', '2010-02-30', '15 September 2010', '1.5', '-1']) m;
select test.fails('RPC05', 'select shap_v1.sign_off_milestone(''2010-11'', ''SH2.5/2/1'', null, ''1'', ''x'', null)');
-- Whose own work waits goes by the meetings that stand: a body that met only at one that was revoked did not meet.
select test.act_as('cora');
select test.item('SH2.5/2/1', '2010-12-28') ~ 'own work' as own_before \gset
select shap_v1.add_register_entry('HRM', 'Housing Renewal Meeting', 'body', null, null);
select test.meet('2010-12-22', 'HRM');
select test.check('what is a body''s that met is its own work', :'own_before' || ' ' || (test.item('SH2.5/2/1', '2010-12-28') ~ 'own work'), 'f true');
select test.check('but not as at the day before', test.item('SH2.5/2/1', '2010-12-21') ~ 'own work', false);
select shap_v1.revoke_meeting(m.record_id, 'it was a briefing', null) from shap_v1.list_meetings(null, null, null) m where m.body = 'HRM';
select test.check('not when that was revoked', test.item('SH2.5/2/1', '2010-12-28') ~ 'own work', false);
