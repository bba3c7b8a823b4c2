-- Milestones that are the same work: answered, re-dated and signed off once, from the day it is declared until it is taken
-- back; 171 milestones, 169 pieces of work. On the sample, with returns that are made up for the test.
\ir copeland_fixture.sql
reset role;
create function test.same(variadic milestones text[]) returns text language sql as $$
    select concat_ws('|', array_to_string(w."references", ' '), w.reason, w.day, w.by, w.revoked_on)
      from shap_v1.declare_same_work('2010-11', milestones, 'one training', null) w
$$;
create function test.different(milestone text, reason text default 'two after all', day date default null) returns text language sql as $$
    select concat_ws('|', array_to_string(w."references", ' '), w.revoked_on) from shap_v1.revoke_same_work('2010-11', milestone, reason, day) w
$$;
create function test.declared(known_at date default null) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', array_to_string(w."references", ' '), w.unseen || ' unseen', case when w.unseen is not null then w.reason end), ', '), '') from shap_v1.list_same_work('2010-11', null, known_at) w
$$;
create function test.as(wanted text, day date default null, known_at date default null) returns text language sql as $$
    select concat_ws(' ', m.milestone_class, m.status, case when m.claimed then 'claimed' end, m.new_day, nullif(m.extensions, 0),
                     'signed off ' || m.signed_off_on, 'same as ' || nullif(array_to_string(m.same_as, ' '), ''))
      from shap_v1.list_milestones('2010-11', day, known_at, null, null, null, null, null, null, null) m where m.reference = wanted
$$;
create function test.account(day date, known_at date default null) returns text language sql as $$
    select format('%s milestones, %s pieces of work', (r.account).total, (r.account).pieces_of_work)
      from shap_v1.get_exception_report('2010-11', day, known_at, null, null, null) r
$$;
create function test.doubts() returns text language sql as $$
    select string_agg(concat_ws(' ', array_to_string(d."references", ' '), d.settled_on, d.settlement, 'reopened ' || d.reopened_on), E'\n' order by d.doubt_id)
      from shap_v1.list_doubts('2010-11', true) d where d.kind = 'same_work' and d.reference in ('SH3.3/5/1', 'SH3.3/6/1')
$$;
create function test.history(milestone text) returns text language sql as $$
    select string_agg(concat_ws('|', e.kind, e.day, e.summary, e.text), E'\n' order by e.record_id)
      from unnest((shap_v1.get_milestone('2010-11', milestone, null, null)).events) e
     where e.kind not in ('reading', 'share')
$$;

-- Declared, by the coordinator, for a reason; the open doubt about it is settled.
select test.at('2010-09-01 10:00 Europe/London');
select test.act_as('cora');
select test.check('before it is declared', test.account('2010-09-01'), '171 milestones, 171 pieces of work');
select test.check('the import doubts it', test.doubts(), E'SH3.3/5/1 SH3.4/2/1\nSH3.3/6/1 SH3.4/3/1');
select test.check('an action with one milestone is that milestone, in the order of the plan', test.same('sh3.4.2', 'SH3.3/5/1', 'SH3.3/5'),
    'SH3.3/5/1 SH3.4/2/1|one training|2010-09-01|Cora Coordinator');
select test.check('one piece of work less', test.account('2010-09-01'), '171 milestones, 170 pieces of work');
select test.check('and one more', test.same('SH3.3/6', 'SH3.4/3'), 'SH3.3/6/1 SH3.4/3/1|one training|2010-09-01|Cora Coordinator');
select test.check('171 milestones are 169 pieces of work', test.account('2010-09-01'), '171 milestones, 169 pieces of work');
select test.check('the day before they are not', test.account('2010-08-31'), '171 milestones, 171 pieces of work');
select test.check('nor known the day before', test.account('2010-09-01', '2010-08-31'), '171 milestones, 171 pieces of work');
select test.check('the doubts are settled', test.doubts(), E'SH3.3/5/1 SH3.4/2/1 2010-09-01 declared the same work: one training\n'
    || 'SH3.3/6/1 SH3.4/3/1 2010-09-01 declared the same work: one training');
select test.check('a doubt that a declaration settled is reopened by taking that back', test.fails('RPC09',
    'select shap_v1.reopen_doubt(''2010-11'', max(d.doubt_id), ''no'', null) from shap_v1.list_doubts(''2010-11'', true) d where d.reference = ''SH3.3/5/1'' and d.kind = ''same_work'''),
    format('doubt %s was settled by the declaration that they are the same work (record %s) | Take that back with: shap milestone different SH3.3/5/1',
    (select max(d.doubt_id) from shap_v1.list_doubts('2010-11', true) d where d.reference = 'SH3.3/5/1' and d.kind = 'same_work'),
    (select min(w.record_id) from shap_v1.list_same_work('2010-11', null, null) w)));
select test.check('each is shown with the other', test.as('SH3.3/5/1') || ', ' || test.as('SH3.4/2/1'),
    'no_return same as SH3.4/2/1, no_return same as SH3.3/5/1');

-- Refused.
select test.check('a milestone is in one declaration', test.fails('RPC10', 'select test.same(''SH3.3/5'', ''SH3.4/1/1'')'),
    format('SH3.3/5/1 is the same work as SH3.4/2/1 by what Cora Coordinator declared on 2010-09-01 (record %s)'
           || ' | Take that back first with: shap milestone different SH3.3/5/1', (select min(w.record_id) from shap_v1.list_same_work('2010-11', null, null) w)));
select test.check('it takes two', test.fails('RPC03', 'select test.same(''SH3.4/1/1'', ''SH3.4/1/1'')'), 'which milestones are the same work? | Name two or more.');
select test.check('an action with several is none', test.fails('RPC03', 'select test.same(''SH3.3/1'', ''SH3.4/1/1'')') ,
    '"SH3.3/1" is not one milestone but 2: SH3.3/1/1, SH3.3/1/2 | Write more of it.');
select test.fails('RPC05', 'select test.same(''SH3.3/99/1'', ''SH3.4/1/1'')');
select test.check('it takes a reason', test.fails('RPC03', 'select shap_v1.declare_same_work(''2010-11'', array[''SH3.4/1/1'', ''SH3.3/2/1''], '' '', null)'),
    'milestones are declared the same work for a reason | Give one with: --reason');
select test.fails('RPC03', 'select shap_v1.declare_same_work(''2010-11'', array[''SH3.4/1/1'', ''SH3.3/2/1''], ''early'', ''2010-09-02'')');
select test.act_as('petra');
select test.fails('42501', 'select test.same(''SH3.4/1/1'', ''SH3.3/2/1'')'), test.fails('42501', 'select test.different(''SH3.3/5'')');
select test.act_as('olive');
select test.fails('42501', 'select test.same(''SH3.4/1/1'', ''SH3.3/2/1'')');
select test.act_as('bob');
select test.fails('RPC05', 'select test.same(''SH3.4/1/1'', ''SH3.3/2/1'')'), test.fails('RPC05', 'select test.declared()');

-- Answered once: a return on either counts for both, whoever sees which.
select test.act_as('cora');
select shap_v1.share_milestone('2010-11', 'SH3.4/2/1', 'home-housing', 'they train with us');
select test.say('olive', 'SH3.3/5/1', 'in progress', '2010-09-01', 'half of the team', 'December 2010', 'the package is late');
select test.act_as('rita');
select test.check('said of the one', test.as('SH3.3/5/1'), 'overdue in_progress same as SH3.4/2/1');
select test.check('counts for the other', test.as('SH3.4/2/1'), 'overdue in_progress same as SH3.3/5/1');
select test.check('not before it was declared', test.as('SH3.4/2/1', '2010-08-31'), 'no_return');
select test.act_as('hugh');
select test.check('who shares one of them sees how it stands, and no other', test.as('SH3.4/2/1') || coalesce(test.as('SH3.3/5/1'), ''), 'overdue in_progress');
select test.check('nor what it is the same as', test.history('SH3.4/2/1'), 'same_work|2010-09-01|the same work as another milestone');
select test.check('nor who said what of it', (select count(*) from shap_v1.list_returns('2010-11', null, null, null, null, null, null)), 0::bigint);
select test.check('what is declared is told as far as it is seen', test.declared(), 'SH3.4/2/1 1 unseen');
select test.check('the reason is not: it may name the others', (select count(*) from shap_v1.list_same_work('2010-11', true, null) w where w.reason is not null), 0::bigint);
select test.fails('RPC05', 'select shap_v1.get_milestone(''2010-11'', ''SH3.3/5/1'', null, null)');
select test.act_as('sam');
select test.check('who shares neither sees nothing of it', test.declared(), '');

-- Re-dated once, by either; of two grants the second is told.
select test.act_as('cora');
select shap_v1.grant_date(null, null, test.record('SH3.3/5/1'), null, null, null, '2010-09-01', null);
select test.check('granted to the one', test.as('SH3.3/5/1'), 're_dated in_progress 2010-12-31 1 same as SH3.4/2/1');
select test.check('it is the other''s new date', test.as('SH3.4/2/1'), 're_dated in_progress 2010-12-31 1 same as SH3.3/5/1');
select test.check('another grant to the other is told so', test.fails('RPC10',
    'select shap_v1.grant_date(''2010-11'', ''SH3.4/2/1'', null, ''March 2011'', null, ''later'', null, null)') like
    'Cora Coordinator granted % the new date "December 2010" (2010-12-31) on 2010-09-01 (record %', true);

select test.check('granted anew to the other, it is the second extension of both', (select concat_ws(' ', g.extensions, g.slip_months) from
    shap_v1.grant_date('2010-11', 'SH3.4/2/1', null, 'January 2011', null, 'later', null, (select max(e.record_id)
        from unnest((shap_v1.get_milestone('2010-11', 'SH3.4/2/1', null, null)).events) e where e.kind = 'grant')) g), '2 6');
select test.check('and the date of both', test.as('SH3.3/5/1') || ', ' || test.as('SH3.4/2/1'),
    're_dated in_progress 2011-01-31 2 same as SH3.4/2/1, re_dated in_progress 2011-01-31 2 same as SH3.3/5/1');
select shap_v1.revoke_grant(max(e.record_id), 'too late', null)
  from unnest((shap_v1.get_milestone('2010-11', 'SH3.4/2/1', null, null)).events) e where e.kind = 'grant';
select test.check('taken back from the one, it is from both', test.as('SH3.3/5/1'), 're_dated in_progress 2010-12-31 1 same as SH3.4/2/1');

-- Signed off once, in both directions.
select test.at('2010-11-20 10:00 Europe/London');
select test.say('hugh', 'SH3.4/2/1', 'complete', '2010-11-10', 'all are trained');
select test.act_as('cora');
select shap_v1.review_return(test.record('SH3.4/2/1'), 'accepted', null, '2010-11-12');
select test.check('complete is said of both', test.as('SH3.3/5/1') || ', ' || test.as('SH3.4/2/1'),
    'complete complete 2010-12-31 1 same as SH3.4/2/1, complete complete 2010-12-31 1 same as SH3.3/5/1');
select shap_v1.add_meeting(null, '2010-11-17', null);
select test.act_as('petra');
select test.check('the one is signed off', (select concat_ws(' ', s.reference, s.same_as) from shap_v1.sign_off_milestone('2010-11', 'SH3.3/5', null,
    '2010-11-17', 'seen', null) s), 'SH3.3/5/1 {SH3.4/2/1}');
select test.check('and the other with it', test.as('SH3.4/2/1'), 'signed_off complete 2010-12-31 1 signed off 2010-11-17 same as SH3.3/5/1');
select test.check('it is not signed off once more', test.fails('RPC10', 'select shap_v1.sign_off_milestone(''2010-11'', ''SH3.4/2'', null, ''2010-11-17'', ''seen'', null)') like
    'SH3.4/2/1, the same work as SH3.3/5/1, was signed off at the meeting of SHP on 17 November 2010 (record %', true);
select test.check('what waits counts neither', (select count(*) from shap_v1.get_sign_off_report('2010-11', '2010-11-17', null, null, null, null) r,
    unnest(r.complete) i where i.reference in ('SH3.3/5/1', 'SH3.4/2/1')), 0::bigint);
select test.say('olive', 'SH3.3/6/1', 'complete', '2010-11-10');
select test.act_as('cora');
select shap_v1.review_return(test.record('SH3.3/6/1'), 'accepted', null, '2010-11-12');
select test.act_as('petra');
select test.check('in the other direction, too', (select concat_ws(' ', s.reference, s.same_as) from shap_v1.sign_off_milestone('2010-11', 'SH3.4/3', null,
    '2010-11-17', 'seen', null) s), 'SH3.4/3/1 {SH3.3/6/1}');
select test.check('signed off both', test.as('SH3.3/6/1') || ', ' || test.as('SH3.4/3/1'),
    'signed_off complete signed off 2010-11-17 same as SH3.4/3/1, signed_off complete signed off 2010-11-17 same as SH3.3/6/1');
select test.say('hugh', 'SH3.4/2/1', 'in progress', '2010-11-19', 'two are new');
select test.act_as('rita');
select test.check('what is said since of the one has changed both', (select string_agg(m.reference, ' ') from shap_v1.get_exception_report('2010-11', '2010-11-20',
    null, null, null, null) r, unnest((r.account).settled) g, unnest(g.milestones) m where g.name = 'changed_since'), 'SH3.3/5/1 SH3.4/2/1');
select test.check('the history of the one holds what was said of the other', test.history('SH3.4/2/1'),
    E'same_work|2010-09-01|the same work as SH3.3/5/1|one training\nsettlement|2010-09-01|same work: declared|one training\n'
    || E'return|2010-09-01|in progress, asks for December 2010 (SH3.3/5/1)|half of the team\ngrant|2010-09-01|December 2010 (2010-12-31) (SH3.3/5/1)\n'
    || E'grant|2010-09-01|January 2011 (2011-01-31)|later\nrevocation|2010-09-01|the grant is revoked|too late\n'
    || E'return|2010-11-10|complete|all are trained\nreview|2010-11-12|accepted\n'
    || E'sign_off|2010-11-17|signed off at the meeting of SHP on 2010-11-17, without evidence (SH3.3/5/1)|seen\n'
    || 'return|2010-11-19|in progress|two are new');

-- Taken back: from that day each stands for itself, and the doubt is open.
select test.at('2010-12-01 10:00 Europe/London');
select test.act_as('cora');
select test.fails('RPC03', 'select test.different(''SH3.3/5'', '' '')'), test.fails('RPC03', 'select test.different(''SH3.3/5'', ''early'', ''2010-08-31'')'),
       test.fails('RPC05', 'select test.different(''1'')'), test.fails('RPC05', 'select test.different(''SH3.4/1/1'')'), test.fails('RPC05', 'select test.different(''SH9.9/1/1'')');
select test.check('they are different after all', test.different('SH3.4/2', 'two after all', '2010-11-25'), 'SH3.3/5/1 SH3.4/2/1|2010-11-25');
select test.check('once', test.fails('RPC10', 'select test.different(''SH3.3/5'')') like 'the declaration was revoked by Cora Coordinator on 2010-11-25 (record %', true);
select test.check('each stands for itself', test.as('SH3.3/5/1') || ', ' || test.as('SH3.4/2/1'),
    'signed_off in_progress 2010-12-31 1 signed off 2010-11-17, overdue in_progress');
select test.check('until then they did not', test.as('SH3.4/2/1', '2010-11-24'), 'signed_off in_progress 2010-12-31 1 signed off 2010-11-17 same as SH3.3/5/1');
select test.check('known before, they do not', test.as('SH3.4/2/1', '2010-11-25', '2010-11-30'), 'signed_off in_progress 2010-12-31 1 signed off 2010-11-17 same as SH3.3/5/1');
select test.check('the pieces of work', test.account('2010-11-24') || ', then ' || test.account('2010-11-25') || ', known before ' || test.account('2010-11-25', '2010-11-30'),
    '171 milestones, 169 pieces of work, then 171 milestones, 170 pieces of work, known before 171 milestones, 169 pieces of work');
select test.check('the doubt is open again', test.doubts(), E'SH3.3/5/1 SH3.4/2/1 reopened 2010-11-25\nSH3.3/6/1 SH3.4/3/1 2010-09-01 declared the same work: one training');
select test.check('what stands, and what stood', test.declared() || ', ' || test.declared('2010-11-30'), 'SH3.3/6/1 SH3.4/3/1, SH3.3/5/1 SH3.4/2/1, SH3.3/6/1 SH3.4/3/1');
select test.check('it is in the history of each', (select count(*) from unnest(array['SH3.3/5/1', 'SH3.4/2/1']) r
    where test.history(r) like E'%\nrevocation|2010-11-25|the declaration is revoked|two after all%'), 2::bigint);
select test.check('declared anew it is not in two at once on any day', test.fails('RPC10',
    'select shap_v1.declare_same_work(''2010-11'', array[''SH3.4/2'', ''SH3.4/1/1''], ''no'', ''2010-11-24'')') like '%, until 2010-11-25 | Give a day from 2010-11-25 on.', true);
select test.check('from that day on it may be', test.same('SH3.4/1/1', 'SH3.4/2', 'SH3.3/5'), 'SH3.3/5/1 SH3.4/1/1 SH3.4/2/1|one training|2010-12-01|Cora Coordinator');
select test.check('three and two are two pieces, and a doubt about two of them is settled', test.account('2010-12-01') || E'\n' || test.doubts(),
    E'171 milestones, 168 pieces of work\n'
    || E'SH3.3/5/1 SH3.4/2/1 2010-12-01 declared the same work: one training\nSH3.3/6/1 SH3.4/3/1 2010-09-01 declared the same work: one training');

-- Who shares both sees the reasons, who shares one does not: of the declaration, and of what took it back.
select test.act_as('olive');
select test.check('who shares both sees the reasons', (select string_agg(w.reason, ', ') from shap_v1.list_same_work('2010-11', true, null) w where w."references" @> '{SH3.3/5/1}')
    || '; ' || (test.history('SH3.3/5/1') like '%one training%two after all%'), 'one training, one training; true');
select test.act_as('hugh');
select test.check('who shares one sees none of them', test.history('SH3.4/2/1') ~ 'one training|two after all', false);

-- The net below the functions: what the role they run as sees and may add by itself, for whom it acts.
reset role;
create function test.add_work() returns void language sql as $$
    insert into shap.same_work (council_id, plan_id, "references", reason_digest, day, membership_id, link)
    values (test.council(), test.plan_id(), '{SH3.4/1/1,SH3.4/2/1}', '', '2010-12-01', (shap.callers())[1], test.link())
$$;
create function test.add_meeting() returns void language sql as $$
    insert into shap.meeting (council_id, held_on, body, day, membership_id, link)
    values (test.council(), '2010-12-01', 'SHP', '2010-12-01', (shap.callers())[1], test.link())
$$;
create function test.add_sign_off() returns void language sql as $$
    insert into shap.sign_off (council_id, plan_id, reference, verdict, meeting_record_id, is_own_work, day, membership_id, link)
    select test.council(), test.plan_id(), 'SH3.4/2/1', 'signed_off', m.record_id, false, '2010-12-01', (shap.callers())[1], test.link()
      from shap.meeting m limit 1
$$;
create function test.net(who text) returns text language plpgsql as $$
begin
    perform test.act_as(who), set_config('role', 'shap_api', false);
    return concat_ws(' ', (select count(*) from shap.same_work), (select count(*) from shap.sign_off), (select count(*) from shap.meeting));
end
$$;
select test.check('the panel sees all', test.net('petra'), '3 2 1');
select test.check('who shares one of three milestones sees the two declarations with it', test.net('hugh'), '2 0 1');
select test.fails('42501', 'select test.add_work()'), test.fails('42501', 'select test.add_meeting()'), test.fails('42501', 'select test.add_sign_off()');
select test.check('who shares none of them sees none', test.net('sam'), '0 0 1');
select test.check('another council sees nothing', test.net('bob'), '0 0 0');
select test.check('who keeps the directory neither', test.net('ann'), '0 0 0');
select test.fails('42501', 'select test.add_meeting()');
select test.act_as('petra'), set_config('role', 'shap_api', false);
select test.fails('42501', 'update shap.sign_off set verdict = ''noted'''), test.fails('42501', 'delete from shap.meeting'),
       test.fails('42501', 'truncate shap.same_work');
reset role;
select test.fails('RPC09', 'update shap.sign_off set is_own_work = true'), test.fails('RPC09', 'delete from shap.same_work'), test.fails('RPC09', 'truncate shap.meeting cascade');
