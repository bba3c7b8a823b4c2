-- Posts held by people between days: the milestones of a post follow whoever holds it, on every day and as it was known.
\ir copeland_fixture.sql
reset role;
create function test.id(who text) returns bigint language sql stable security definer as
    'select membership_id from shap.token where hash = sha256(convert_to(who, ''UTF8''))';
create function test.holders(day date default null, known date default null, every boolean default false) returns text language sql as $$
    select string_agg(concat_ws(' ', h.code, coalesce(h.person, '-'), h.from_day, '..', h.until_day, 'revoked ' || h.revoked_on), ', ' order by h.code, h.from_day, h.record_id)
      from shap_v1.list_holders(day, known, every) h
$$;
create function test.n(holder text, mine boolean default null, day date default null, known date default null) returns bigint language sql as $$
    select count(*) from shap_v1.list_milestones('2010-11', day, known, null, null, null, null, null, null, null, holder, mine)
$$;
create function test.n_of(variadic codes text[]) returns bigint language sql as $$
    select count(*) from shap_v1.list_milestones('2010-11', null, null, null, null, null, null, null, null, null) m where m.owners && codes
$$;
create function test.held_by(reference text, day date default null, known date default null) returns text language sql as $$
    select array_to_string((shap_v1.get_milestone('2010-11', reference, day, known)).holders, ', ')
$$;
select test.check(format('%s may be called by', f.name),
    (select string_agg(r, ' ' order by n)
       from unnest('{anonymous,contributor,reader,coordinator,panel,administrator}'::text[]) with ordinality r (r, n)
      where has_function_privilege('shap_' || r, p.oid, 'execute')), f.roles)
  from (values ('hold_post', 'coordinator'), ('revoke_holding', 'coordinator'), ('list_holders', 'contributor reader coordinator panel')) f (name, roles)
  join pg_proc p on p.proname = f.name and p.pronamespace = 'shap_v1'::regnamespace;

select test.act_as('cora');
select test.check('every post of the register is listed, and that nobody holds it', test.holders(), 'EO - .., HPO - .., HRM - .., HSM - ..');
select test.check('a person is named by a membership''s number',
    (select row(h.code, h.post, h.person, h.membership_id = test.id('olive'), h.from_day, h.until_day, h.by)::text
       from shap_v1.hold_post('hsm', test.id('olive')::text, '2010-07-01', null, null, null, null) h),
    '(HSM,"Strategic Housing Services Manager","Olive Officer",t,2010-07-01,,"Cora Coordinator")');
select test.check('or by the name that only one has', (select h.membership_id from shap_v1.hold_post('HRM', ' petra  PANEL ', '2010-06-01', null, null, 'acting', null) h), test.id('petra'));
select test.check('a name that is nobody''s is kept as it is', (select row(h.person, h.membership_id, h.until_day)::text
    from shap_v1.hold_post('EO', 'Kay  Smith', '2010-05-01', '2010-07-19', null, null, null) h), '("Kay Smith",,2010-07-19)');
select test.check('it is text that can be erased: only its digest is in the record', (select count(*) from shap_v1.list_holders(null, null, true) h where h.person = 'Kay Smith'), 1::bigint);
select test.check('refused: ' || t.call, test.fails(t.code, 'select shap_v1.hold_post(' || t.call || ', null, null)'), t.refusal)
  from (values
    ('''XX'', ''Kay'', null, null, null', 'RPC05', 'the register does not hold "XX" | Say first what it stands for, with: shap register add'),
    ('''SHP'', ''Kay'', null, null, null', 'RPC03', 'SHP is no post but a body | Posts are listed by: shap post holders'),
    ('''Home Housing'', ''Kay'', null, null, null', 'RPC03', 'Home Housing is no post but an organisation | Posts are listed by: shap post holders'),
    ('''HSM'', '' '', null, null, null', 'RPC03', 'who holds the post? | Name them, or give the number of their membership; an administrator sees it with: shap person list'),
    ('''HSM'', ''999'', null, null, null', 'RPC05', 'there is no membership 999 here | Memberships are listed for an administrator by: shap person list'),
    ('''HSM'', ''Kay'', ''2010-07-21'', null, null', 'RPC03', 'from: 2010-07-21 is still to come | Give a day not after 2010-07-20, which is today by the server''s clock.'),
    ('''HSM'', ''Kay'', ''2010-07-10'', ''2010-07-09'', null', 'RPC03', 'until: 2010-07-09 is before 2010-07-10 | Give the last day they hold the post.'),
    ('''HSM'', ''Kay'', null, null, 999999', 'RPC05', 'there is no holding with the record number 999999 | They are listed with their numbers by: shap post holders')) t (call, code, refusal);
select test.check('nobody holds a post twice', test.fails('RPC06', 'select shap_v1.hold_post(''HSM'', ''Olive Officer'', null, null, null, null, null)')
    ~ '^Olive Officer holds HSM already, from 2010-07-01 \(record \d+\) \| Who holds what', true);
select test.check('nor a name', test.fails('RPC06', 'select shap_v1.hold_post(''EO'', ''kay smith'', ''2010-07-01'', null, null, null, null)') ~ '^Kay Smith holds EO already', true);
select test.check('again after the last day is another time', (select h.from_day from shap_v1.hold_post('EO', 'Kay Smith', '2010-07-20', null, null, null, null) h), '2010-07-20'::date);

-- The milestones follow.
select test.check('who holds the posts of a milestone''s owners', test.held_by('SH1.1/2/1'), 'HSM: Olive Officer, HRM: Petra Panel');
select test.check('a post''s milestones are its holder''s', test.n('Olive Officer'), test.n_of('HSM'));
select test.check('by the membership''s number, too', test.n(test.id('petra')::text), test.n_of('HRM'));
select test.check('they are many', test.n_of('HSM') > 30 and test.n_of('HRM') > 30, true);
select test.act_as('petra');
select test.check('the panel sees why', (select string_agg(h.code || ' ' || h.reason, ', ') from shap_v1.list_holders(null, null, null) h), 'HRM acting');
select test.check('my own are those of the posts I hold', test.n(null, true), test.n_of('HRM'));
select test.act_as('olive');
select test.check('a contributor sees who holds the posts, but not why', (select count(h.person) || ' ' || count(h.reason) from shap_v1.list_holders(null, null, null) h), '3 0');
select test.check('a contributor''s own are among what is shared', test.n(null, true), test.n_of('HSM'));
select test.check('who holds it is seen by who sees the milestone', test.held_by('SH1.1/2/1'), 'HSM: Olive Officer, HRM: Petra Panel');
select test.act_as('rita');
select test.check('who holds no post has none', test.fails('RPC05', 'select test.n(null, true)'),
    'you hold no post as at 2010-07-20 | Posts and who holds them are listed by: shap post holders');
select test.check('nor has a name that holds none', test.fails('RPC05', 'select test.n(''Nobody Here'')'),
    '"Nobody Here" holds no post as at 2010-07-20 | Posts and who holds them are listed by: shap post holders');
select test.act_as('bob');
select test.check('another council''s holders are nobody''s here', test.holders(), null);

-- A post changes hands; another is shared; one person has two.
select test.at('2010-10-01 09:00 Europe/London');
select test.act_as('cora');
select h.record_id as olives from shap_v1.list_holders(null, null, null) h where h.code = 'HSM' \gset
select test.check('nobody comes instead of the holder of another post', test.fails('RPC03', format(
    'select shap_v1.hold_post(''HPO'', ''Colin Coordinator'', ''2010-09-15'', null, %s, null, null)', :olives)),
    format('record %s is a holding of HSM, not of HPO | Who holds what is listed by: shap post holders', :olives));
select test.check('a post changes hands', (select h.person from shap_v1.hold_post('HSM', 'Colin Coordinator', '2010-09-15', null, :olives, null, null) h), 'Colin Coordinator');
select test.check('its milestones follow', test.held_by('SH1.1/2/1'), 'HSM: Colin Coordinator, HRM: Petra Panel');
select test.check('as at a day before, the earlier holder shows', test.held_by('SH1.1/2/1', '2010-09-14'), 'HSM: Olive Officer, HRM: Petra Panel');
select test.check('on the day itself the new one', test.held_by('SH1.1/2/1', '2010-09-15'), 'HSM: Colin Coordinator, HRM: Petra Panel');
select test.check('known before it was said, the earlier one holds on', test.held_by('SH1.1/2/1', '2010-09-30', '2010-09-30'), 'HSM: Olive Officer, HRM: Petra Panel');
select test.check('before anybody held it, nobody did', test.held_by('SH1.1/2/1', '2010-05-31'), '');
select test.check('who has it now has its milestones', test.n('Colin Coordinator'), test.n_of('HSM'));
select test.check('who had it had them then', test.n('Olive Officer', null, '2010-09-14'), test.n_of('HSM'));
select test.check('and has them no more', test.fails('RPC05', 'select test.n(''Olive Officer'')') ~ '^"Olive Officer" holds no post as at 2010-10-01', true);
select test.check('two share a post', (select h.person from shap_v1.hold_post('HRM', 'Olive Officer', '2010-10-01', null, null, 'job share', null) h), 'Olive Officer');
select test.check('both show', test.held_by('SH1.1/1/1'), 'HRM: Petra Panel, HRM: Olive Officer');
select shap_v1.hold_post('HPO', 'Olive Officer', '2010-10-01', null, null, null, null);
select test.check('one holds two posts', test.n('Olive Officer'), test.n_of('HRM', 'HPO'));
select test.check('the holders as at today', test.holders(),
    'EO Kay Smith 2010-07-20 .., HPO Olive Officer 2010-10-01 .., HRM Petra Panel 2010-06-01 .., HRM Olive Officer 2010-10-01 .., HSM Colin Coordinator 2010-09-15 ..');
select test.check('the holders as at a day', test.holders('2010-07-19'),
    'EO Kay Smith 2010-05-01 .. 2010-07-19, HPO - .., HRM Petra Panel 2010-06-01 .., HSM Olive Officer 2010-07-01 .. 2010-09-14 revoked 2010-09-15');
select test.check('and as it was known', test.holders('2010-07-19', '2010-07-20'),
    'EO Kay Smith 2010-05-01 .. 2010-07-19, HPO - .., HRM Petra Panel 2010-06-01 .., HSM Olive Officer 2010-07-01 ..');

-- A holding is ended, or never was.
select h.record_id as petras from shap_v1.list_holders(null, null, null) h where h.code = 'HRM' and h.person = 'Petra Panel' \gset
select h.record_id as colins from shap_v1.list_holders(null, null, null) h where h.code = 'HSM' \gset
select test.check('it is ended with a reason', test.fails('RPC03', format('select shap_v1.revoke_holding(%s, null, null)', :petras)), 'a reason is needed to undo the holding | Give one with: --reason');
select test.check('not before it began', test.fails('RPC03', format('select shap_v1.revoke_holding(%s, ''x'', ''2010-05-31'')', :petras)),
    'day: 2010-05-31 is before the day of the holding, 2010-06-01 | Give a day from 2010-06-01 on.');
select test.check('from a day on', (select row(h.until_day, h.revoked_on)::text from shap_v1.revoke_holding(:petras, 'left', '2010-09-01') h), '(2010-08-31,2010-09-01)');
select test.check('till the day before she held it', test.held_by('SH1.1/1/1', '2010-08-31') || '; ' || test.held_by('SH1.1/1/1', '2010-09-01'), 'HRM: Petra Panel; ');
select test.check('once', test.fails('RPC10', format('select shap_v1.revoke_holding(%s, ''again'', null)', :petras)) ~ 'was revoked by Cora Coordinator', true);
select test.check('an unknown one is not there', test.fails('RPC05', 'select shap_v1.revoke_holding(1, ''x'', null)'),
    'there is no holding with the record number 1 | They are listed with their numbers by: shap post holders');
select shap_v1.revoke_holding(:colins, 'the wrong post', '2010-09-15');
select test.check('from its first day on, it never held', (select string_agg(test.held_by('SH1.1/2/1', d::date), '; ') from unnest('{2010-09-14,2010-09-15,2010-10-01}'::text[]) d),
    'HSM: Olive Officer; ; HRM: Olive Officer');
select test.check('then it may be said anew', (select h.from_day from shap_v1.hold_post('HSM', 'Colin Coordinator', '2010-09-15', null, null, null, null) h), '2010-09-15'::date);
select test.check('all that was said stays on record', (select count(*) || ' ' || count(h.revoked_on) from shap_v1.list_holders(null, null, true) h), '8 3');
select test.act_as('bob');
select test.check('another council ends none', test.fails('RPC05', format('select shap_v1.revoke_holding(%s, ''x'', null)', :petras)) ~ '^there is no holding', true);

-- Two people of one name are told apart by their memberships.
select test.act_as('ann');
select test.join('olive2', 'Olive Officer', 'home-housing', 'contributor');
select test.act_as('cora');
select test.check('a name of two is refused, and who they are is said',
    test.fails('RPC03', 'select shap_v1.hold_post(''EO'', ''Olive Officer'', null, null, null, null, null)'),
    format('several people are called "Olive Officer": memberships %s, %s | Give the number of the membership that is meant.', test.id('olive'), test.id('olive2')));
