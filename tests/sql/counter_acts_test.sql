-- Every act has its counter-act: an adoption, the settlement of a doubt, a share, an entry of the register. What rests
-- on it goes with it; known at a moment before, the act still shows; it is undone once, by a coordinator, with a reason.
\ir plan_fixture.sql
reset role;
create function test.import(version integer, variadic rows shap_v1.plan_row[]) returns integer language plpgsql as $$
declare
    import constant uuid := md5('v' || version)::uuid;
begin
    perform test.send(import, 1, rows, 'x', '2010/11');
    return (shap_v1.finish_import(import, null, 1, sha256('x'), null)).version;
end
$$;
-- The organisations each milestone is shared with now, by the table; security definer, whoever asks.
create function test.shares() returns text language sql security definer as $$
    select coalesce(string_agg(concat_ws(' ', s.reference, o.code), ', ' order by s.reference, o.code), '')
      from shap.share_in_force s join shap.organisation o on o.id = s.organisation_id
$$;
create function test.doubt(about text) returns bigint language sql as $$
    select max(d.doubt_id) from shap_v1.list_doubts(null, true) d where d.subject = about
$$;
create function test.adoption(wanted integer) returns bigint language sql as $$
    select v.adoption_record_id from shap_v1.list_versions(null) v where v.version = wanted
$$;
create function test.entry(wanted text) returns bigint language sql as $$
    select r.record_id from shap_v1.list_register(null) r where r.code = wanted
$$;
create function test.versions(known_at date) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', v.version, v.adopted_on, 'revoked ' || v.revoked_on, case when v.baseline then 'baseline' end), ', '), '')
      from shap_v1.list_versions(null, known_at) v
$$;
create function test.history(milestone text) returns text language sql as $$
    select string_agg(concat_ws('|', e.kind, e.day, e.by, e.organisation, e.summary, e.text), E'\n' order by e.record_id)
      from unnest((shap_v1.get_milestone(null, milestone, null, null)).events) e where e.kind in ('revocation', 'share')
$$;
create function test.settle(about text, last_day date, code text, reason text) returns text language sql as $$
    select d.settlement from shap_v1.settle_doubt(null, test.doubt(about), last_day, code, reason, '2010-09-02') d
$$;
create function test.reopen(about text, reason text) returns text language sql as $$
    select concat_ws(' ', d.kind, d.settled_on, 'reopened', d.reopened_on) from shap_v1.reopen_doubt(null, test.doubt(about), reason, null) d
$$;
create function test.seen(wanted text) returns text language sql as $$
    select concat_ws(' ', m.owners, m.organisations, m.last_day, m.milestone_class)
      from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m where m.reference = wanted
$$;
create function test.ledger() returns bigint language sql security definer as
    'select max(number) from shap.link where council_id = (select id from shap.council where code = ''copeland'')';

select test.act_as('cora');
select shap_v1.add_register_entry('HSM', 'Housing Services Manager', 'post', null, null);
select shap_v1.add_register_entry('SPT', 'Supporting People Team', 'organisation', 'supporting-people-team', null);
select test.import(1, test.row(2, 'SH1.1', '1', '1', 'A step', 'SHM', 'May 2010'),
                      test.row(3, 'SH1.1', '1', '2', 'Its follower', 'SPT', 'when the group says so'),
                      test.row(4, 'SH1.1', '2', '1', 'The last', '', 'July 2010'));

-- An adoption.
select shap_v1.adopt_plan(null, 1, '2010-06-15', 'Panel');
select test.check('adopted, WHO shares it', test.shares(),
    'SH1.1/1/1 copeland, SH1.1/1/2 supporting-people-team, SH1.1/2/1 copeland');
select test.act_as('sam');
select test.check('a partner answers for what is its own', (select a.refusal from shap_v1.submit_return(array[row(1, sha256('sam'),
    'c0000000-0000-4000-8000-000000000001'::uuid, null, 'SH1.1/1/2', 'in_progress', null, null, null, null, null, null, null, null)::shap_v1.submit_return_call]) a), null);
select test.at('2010-08-02 12:00 Europe/London');
select test.act_as('cora');
select test.import(2, test.row(2, 'SH1.1', '1', '1', 'A step', 'SPT', 'May 2010'),
                      test.row(3, 'SH1.1', '1', '2', 'Its follower', 'SPT', 'when the group says so'));
select shap_v1.adopt_plan(null, 2, '2010-08-01', null);
select test.check('a later version shares more', test.shares(),
    'SH1.1/1/1 copeland, SH1.1/1/1 supporting-people-team, SH1.1/1/2 supporting-people-team, SH1.1/2/1 copeland');
select test.check('undone from the last: ' || t.what, test.fails(t.code, format('select shap_v1.revoke_adoption(%s)', t.statement)), t.refusal)
  from (values
    ('what is unknown', 'RPC05', '999999, ''x'', null', 'there is no adoption with the record number 999999 | Adoptions are listed with their numbers by: shap plan versions'),
    ('without a number', 'RPC05', 'null, ''x'', null', 'there is no adoption with the record number "" | Adoptions are listed with their numbers by: shap plan versions'),
    ('without a reason', 'RPC03', test.adoption(2) || ', '' '', null', 'a reason is needed to undo the adoption | Give one with: --reason'),
    ('to come', 'RPC03', test.adoption(2) || ', ''x'', ''2010-08-03''', 'day: 2010-08-03 is still to come | Give a day not after 2010-08-02, which is today by the server''s clock.'),
    ('before it', 'RPC03', test.adoption(2) || ', ''x'', ''2010-07-31''', 'day: 2010-07-31 is before the day of the adoption, 2010-08-01 | Give a day from 2010-08-01 on.'),
    ('one that another followed', 'RPC09', test.adoption(1) || ', ''x'', null',
     format('version 2 was adopted after it, on 1 August 2010 | Revoke that adoption first with: shap plan revoke-adoption %s', test.adoption(2)))
  ) t (what, code, statement, refusal);
select test.at('2010-08-20 12:00 Europe/London');
select test.act_as('colin');
select test.ledger() as ledger \gset
select shap_v1.revoke_adoption(test.adoption(2), 'the draft of July', '2010-08-19');
select test.check('all of it is one link of the ledger', test.ledger(), :ledger + 1::bigint);
select test.act_as('cora');
select test.check('the one before is in force again; known before, it was not undone',
    concat_ws(' / ', test.versions(null), test.versions('2010-08-19'), test.versions('2010-08-01'), test.versions('2010-06-30')),
    '1 2010-06-15 baseline, 2 revoked 2010-08-19 / 1 2010-06-15 baseline, 2 2010-08-01 / 1 2010-06-15 baseline / ');
select test.check('and so by the day', (select string_agg((shap_v1.get_plan(null, d.day, null)).version::text, ' ' order by d.n)
    from (values (1, date '2010-07-31'), (2, '2010-08-18'), (3, '2010-08-19')) d (n, day)), '1 2 1');
select test.check('what it alone shared is shared no more', test.shares(),
    'SH1.1/1/1 copeland, SH1.1/1/2 supporting-people-team, SH1.1/2/1 copeland');
select test.check('the share''s own history says why', test.history('SH1.1/1/1'),
    E'share|2010-06-15|copeland|named in WHO\nshare|2010-08-01|supporting-people-team|named in WHO\n'
    'revocation|2010-08-19|Colin Coordinator|supporting-people-team|the share is revoked|the draft of July');
select test.check('known before, it was shared', (select m.organisations from shap_v1.list_milestones(null, '2010-08-19', '2010-08-19', null, null, null,
    null, null, null, null) m where m.reference = 'SH1.1/1/1'), '{copeland,supporting-people-team}'::text[]);
select test.adoption(2) as adopted \gset
select test.check('it is undone once: the second is told who did and when',
    regexp_replace(test.fails('RPC10', format('select shap_v1.revoke_adoption(%s, ''x'', null)', :adopted)), '\d+\)', 'N)'),
    'the adoption was revoked by Colin Coordinator on 2010-08-19 (record N) | The versions in force are shown by: shap plan versions');
select test.act_as('sam');
select test.check('a partner sees its own again only', (select string_agg(m.reference, ' ') from shap_v1.list_milestones(null, null, null, null, null, null,
    null, null, null, null) m), 'SH1.1/1/2');
select test.fails('42501', 'select shap_v1.revoke_adoption(1, ''x'', null)');
select test.act_as('bob');
select test.check('another council''s does not exist', test.fails('RPC05', format('select shap_v1.revoke_adoption(%s, ''x'', null)', :adopted)),
    format('there is no adoption with the record number %s | Adoptions are listed with their numbers by: shap plan versions', :adopted));

-- The last one: a draft again, and nothing of it is answered; what was said stays on record.
select test.act_as('cora');
select shap_v1.revoke_adoption(test.adoption(1), 'not decided yet', null);
select test.check('a draft again', (select concat_ws(' ', p.version, p.adopted_on) from shap_v1.get_plan(null, null, null) p), '2');
select test.check('shared with nobody', test.shares(), '');
select test.check('nothing is granted on a draft', test.fails('RPC09', 'select shap_v1.share_milestone(null, ''SH1.1/1/2'', ''home-housing'', null)'),
    'copeland/2010-11 is a draft | Adopt it first with: shap plan adopt');
select test.act_as('sam');
select test.check('a partner sees nothing of it', test.fails('RPC05', 'select * from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null)'),
    'there is no plan yet | The plans you can see are listed by: shap plan list');
reset role;
select test.check('the return stays', (select count(*) from shap."return"), 1::bigint);
select test.at('2010-09-01 12:00 Europe/London');
select test.act_as('cora');
select test.check('the same version may be adopted again, from another day',
    (select concat_ws(' ', v.version, v.adopted_on, v.baseline, v.revoked_on) from shap_v1.adopt_plan(null, 1, '2010-08-25', null) v), '1 2010-08-25 t');
select test.check('and is shared again', test.shares(),
    'SH1.1/1/1 copeland, SH1.1/1/2 supporting-people-team, SH1.1/2/1 copeland');
select test.check('its returns count again', (select string_agg(r.organisation || ' ' || r.status, '') from shap_v1.list_returns(null, 'SH1.1/1/2', null, null, null, null, null) r),
    'supporting-people-team in_progress');
select test.check('by day and moment: ' || t.what, (select coalesce(p.adopted_on::text, 'draft') from shap_v1.get_plan(null, t.as_at, t.known_at) p), t.found)
  from (values ('before', date '2010-08-19', date '2010-08-19', '2010-08-01'), ('between', '2010-08-20', null, 'draft'), ('now', null, null, '2010-08-25')) t (what, as_at, known_at, found);

-- A share.
select shap_v1.share_milestone(null, 'SH1.1/2/1', 'home-housing', 'they hold the contract');
select shap_v1.share_milestone(null, 'SH1.1/2/1', 'home-housing', 'said twice, recorded once');
select test.check('not ended: ' || t.what, test.fails(t.code, format('select shap_v1.unshare_milestone(null, %s)', t.statement)), t.refusal)
  from (values
    ('of what is unknown', 'RPC05', '''SH9.9/1/1'', ''home-housing'', ''x'', null', 'there is no milestone "SH9.9/1/1" in copeland/2010-11 | Milestones are listed by: shap milestone list'),
    ('with nobody known', 'RPC05', '''SH1.1/2/1'', ''nobody'', ''x'', null', 'there is no organisation "nobody" | Organisations are listed by: shap org list'),
    ('that never was', 'RPC05', '''SH1.1/1/1'', ''home-housing'', ''x'', null',
     'SH1.1/1/1 is not shared with Home Housing | With whom it is shared is shown by: shap milestone show SH1.1/1/1'),
    ('that WHO makes', 'RPC09', '''SH1.1/1/2'', ''supporting-people-team'', ''x'', null',
     'WHO of SH1.1/1/2 names Supporting People Team | It is shared as long as WHO means it, by the plan, by: shap register list, and by: shap plan doubts --all'),
    ('without a reason', 'RPC03', '''SH1.1/2/1'', ''home-housing'', null, null', 'a reason is needed to undo the share | Give one with: --reason'),
    ('before it', 'RPC03', '''SH1.1/2/1'', ''home-housing'', ''x'', ''2010-08-31''', 'day: 2010-08-31 is before the day of the share, 2010-09-01 | Give a day from 2010-09-01 on.')
  ) t (what, code, statement, refusal);
select test.at('2010-09-10 12:00 Europe/London');
select test.act_as('colin');
select test.check('the share is ended', (select m.organisations from shap_v1.unshare_milestone(null, 'sh1.1.2.1', 'home-housing', 'wrong milestone', '2010-09-05') m),
    '{copeland}'::text[]);
select test.check('known before, or as at a day before, it still shows', (select string_agg(m.organisations::text, ' ' order by t.n)
      from (values (1, date '2010-09-09', date '2010-09-09'), (2, '2010-09-04', null), (3, '2010-09-05', null)) t (n, as_at, known_at)
     cross join lateral shap_v1.list_milestones(null, t.as_at, t.known_at, null, null, null, null, null, null, null) m where m.reference = 'SH1.1/2/1'),
    '{copeland,home-housing} {copeland,home-housing} {copeland}');
select test.check('the second is told', regexp_replace(test.fails('RPC10', 'select shap_v1.unshare_milestone(null, ''SH1.1/2/1'', ''home-housing'', ''x'', null)'), '\d+\)', 'N)'),
    'the share was revoked by Colin Coordinator on 2010-09-05 (record N) | Look at the milestone again with: shap milestone show');
select test.check('it can be shared again', (select m.organisations from shap_v1.share_milestone(null, 'SH1.1/2/1', 'home-housing', 'after all') m),
    '{copeland,home-housing}'::text[]);
select test.act_as('sam');
select test.fails('42501', 'select shap_v1.unshare_milestone(null, ''SH1.1/1/2'', ''supporting-people-team'', ''x'', null)');

-- The settlement of a doubt: by a code, by a day, of an empty cell, by dismissal.
select test.act_as('cora');
select test.check('nobody settled it', test.fails('RPC09', format('select shap_v1.reopen_doubt(null, %s, ''x'', null)', test.doubt('SHM'))),
    format('nobody settled doubt %s | How each stands is listed by: shap plan doubts --all', test.doubt('SHM')));
select test.check('there is none', test.fails('RPC05', 'select shap_v1.reopen_doubt(null, 999999, ''x'', null)'),
    'there is no doubt 999999 about this plan | They are listed by: shap plan doubts');
select test.check('before', test.seen('SH1.1/1/1') || '; ' || test.seen('SH1.1/2/1') || '; ' || test.seen('SH1.1/1/2'),
    '{} {copeland} 2010-05-31 no_return; {} {copeland,home-housing} 2010-07-31 no_return; {SPT} {supporting-people-team} undated');
select test.settle('SHM', null, 'SPT', null), test.settle('when the group says so', '2010-08-31', null, 'it said so'), test.settle('', null, 'SPT', null);
select test.check('settled', test.seen('SH1.1/1/1') || '; ' || test.seen('SH1.1/2/1') || '; ' || test.seen('SH1.1/1/2'),
    '{SPT} {copeland,supporting-people-team} 2010-05-31 no_return; {SPT} {copeland,home-housing,supporting-people-team} 2010-07-31 no_return; '
    '{SPT} {supporting-people-team} 2010-08-31 overdue');
select test.at('2010-09-20 12:00 Europe/London');
select test.act_as('cora');
select test.check('not without a reason', test.fails('RPC03', format('select shap_v1.reopen_doubt(null, %s, null, null)', test.doubt('SHM'))),
    'a reason is needed to undo the settlement | Give one with: --reason');
select test.check('not before it', test.fails('RPC03', format('select shap_v1.reopen_doubt(null, %s, ''x'', ''2010-09-01'')', test.doubt('SHM'))),
    'day: 2010-09-01 is before the day of the settlement, 2010-09-02 | Give a day from 2010-09-02 on.');
select test.ledger() as ledger \gset
select test.check('a code', test.reopen('SHM', 'it is the manager'), 'probable_slip reopened 2010-09-20');
select test.check('all of it is one link of the ledger', test.ledger(), :ledger + 1::bigint);
select test.check('a day', test.reopen('when the group says so', 'it did not'), 'prose_date reopened 2010-09-20');
select test.check('an owner', test.reopen('', 'nobody yet'), 'no_owner reopened 2010-09-20');
select test.check('everything is as before', test.seen('SH1.1/1/1') || '; ' || test.seen('SH1.1/2/1') || '; ' || test.seen('SH1.1/1/2'),
    '{} {copeland} 2010-05-31 no_return; {} {copeland,home-housing} 2010-07-31 no_return; {SPT} {supporting-people-team} undated');
select test.check('the doubts are open', (select string_agg(d.kind::text, ' ' order by d.doubt_id) from shap_v1.list_doubts(null, false) d), 'probable_slip prose_date no_owner');
select test.check('known before, they were settled, and before that open', concat_ws(' / ',
    (select string_agg(d.settlement, ', ' order by d.doubt_id) from shap_v1.list_doubts(null, true, '2010-09-19') d),
    (select count(*) from shap_v1.list_doubts(null, false, '2010-09-09') d)), 'means SPT, due on 31 August 2010: it said so, means SPT / 3');
select test.check('and the milestone had its date', (select m.last_day::text from shap_v1.list_milestones(null, '2010-09-19', '2010-09-19', null, null, null,
    null, null, null, null) m where m.reference = 'SH1.1/1/2'), '2010-08-31');
select test.check('the second is told', regexp_replace(test.fails('RPC10', format('select shap_v1.reopen_doubt(null, %s, ''x'', null)', test.doubt('SHM'))), '\d+\)', 'N)'),
    'the settlement was revoked by Cora Coordinator on 2010-09-20 (record N) | What is open is listed by: shap plan doubts');
select test.check('the milestone tells its history', (select string_agg(concat_ws('|', e.kind, e.summary, e.text), ', ' order by e.record_id)
      from unnest((shap_v1.get_milestone(null, 'SH1.1/1/2', null, null)).events) e where e.day >= '2010-09-02'),
    'settlement|prose date: due 2010-08-31|it said so, reading|"when the group says so": due 2010-08-31|it said so, '
    'revocation|the settlement is revoked|it did not, revocation|the reading is revoked|it did not');
select test.check('settled anew', concat_ws(', ', test.settle('SHM', null, 'HSM', 'a slip'), test.settle('', null, 'HSM', null), test.settle('when the group says so', null, null, 'so be it')),
    'means HSM: a slip, means HSM, dismissed: so be it');
select test.check('as settled', test.seen('SH1.1/1/1') || '; ' || test.seen('SH1.1/2/1'),
    '{HSM} {copeland} 2010-05-31 no_return; {HSM} {copeland,home-housing} 2010-07-31 no_return');
select test.check('a dismissal is reopened, too', test.reopen('when the group says so', 'we know more'), 'prose_date reopened 2010-09-20');
select test.act_as('rita');
select test.fails('42501', 'select shap_v1.reopen_doubt(null, 1, ''x'', null)');

-- An entry of the register.
select test.act_as('cora');
select shap_v1.add_register_entry('SPT', 'Strategic Partners', 'organisation', 'home-housing', null);
select test.at('2010-10-01 12:00 Europe/London');
select test.act_as('colin');
select test.check('not undone: ' || t.what, test.fails(t.code, format('select shap_v1.revoke_register_entry(%s)', t.statement)), t.refusal)
  from (values
    ('what is unknown', 'RPC05', '999999, ''x'', null', 'there is no entry of the register with the record number 999999 | Entries are listed with their numbers by: shap register list'),
    ('without a reason', 'RPC03', test.entry('SPT') || ', null, null', 'a reason is needed to undo the register entry | Give one with: --reason'),
    ('before it', 'RPC03', test.entry('SPT') || ', ''x'', ''2010-09-19''', 'day: 2010-09-19 is before the day of the register entry, 2010-09-20 | Give a day from 2010-09-20 on.'),
    ('what settled a doubt', 'RPC09', test.entry('HSM') || ', ''x'', null',
     format('doubt %s was settled with HSM | Reopen it first with: shap doubt reopen %1$s', test.doubt('SHM')))) t (what, code, statement, refusal);
select test.entry('SPT') as second \gset
select test.check('the entry before counts again', (select concat_ws('|', r.name, r.revoked_on) from shap_v1.revoke_register_entry(:second, 'not the code''s', null) r), 'Strategic Partners|2010-10-01');
select test.check('by moment', (select string_agg(r.name, ', ' order by t.n) from (values (1, date '2010-09-19'), (2, '2010-09-30'), (3, null)) t (n, known_at)
     cross join lateral shap_v1.list_register(t.known_at) r where r.code = 'SPT'), 'Supporting People Team, Strategic Partners, Supporting People Team');
select test.check('the second is told', regexp_replace(test.fails('RPC10', format('select shap_v1.revoke_register_entry(%s, ''x'', null)', :second)), '\d+\)', 'N)'),
    'the register entry was revoked by Colin Coordinator on 2010-10-01 (record N) | What counts is listed by: shap register list');
select test.check('what it did not resolve stands', test.seen('SH1.1/1/2'), '{SPT} {supporting-people-team} undated');
select test.check('the only one: the register does not hold the code', (select r.revoked_on::text from shap_v1.revoke_register_entry(test.entry('SPT'), 'wrong code', null) r), '2010-10-01');
select test.check('what it resolved is a doubt, and answered by the council', concat_ws('; ', (select string_agg(r.code, ' ') from shap_v1.list_register(null) r), test.seen('SH1.1/1/2'),
    (select string_agg(d.subject || ' ' || d."references"::text, '') from shap_v1.list_doubts(null, false) d where d.kind = 'undefined_code')), 'HSM; {} {copeland} undated; SPT {SH1.1/1/1,SH1.1/1/2}');
select test.check('known before, it was the partner''s', (select m.organisations from shap_v1.list_milestones(null, '2010-09-30', '2010-09-30', null, null, null,
    null, null, null, null) m where m.reference = 'SH1.1/1/2'), '{supporting-people-team}'::text[]);
select test.act_as('sam');
select test.check('the partner sees the register', (select string_agg(r.code, ' ') from shap_v1.list_register(null) r), 'HSM');
select test.check('but the plan no more', (select count(*) from shap_v1.list_plans()), 0::bigint);
select test.fails('42501', 'select shap_v1.revoke_register_entry(1, ''x'', null)');
select test.act_as('cora');
select shap_v1.add_register_entry('SPT', 'Supporting People Team', 'organisation', 'supporting-people-team', null);
select test.check('defined rightly, it is the partner''s again', test.seen('SH1.1/1/2'), '{SPT} {copeland,supporting-people-team} undated');
select test.check('nothing else is open', (select string_agg(d.kind::text, ' ') from shap_v1.list_doubts(null, false) d), 'prose_date');
