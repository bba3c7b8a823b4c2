-- The ground of the rights' matrix: \ir this file first, as a superuser, from the project's top directory. Copeland's
-- quarter, with one of everything that a call can name, and somebody of every kind who can call. It leaves
--   test.caller   the callers: the column of the matrix, the token (empty: none), whether of Copeland
--   test.thing    what stands in a request as "@name", and what it is here
--   test.rule     the matrix: method, caller, expected outcome, request with the things put in
-- The matrix is tests/rights/matrix.txt: a row for each rpc, a column for each caller (void: each of the tokens that do
-- not hold), and the request, in which every optional part is said. Outcomes:
--   ok        answered, with something        none     answered, with an empty list
--   denied    42501, the role may not         unseen   RPC05, what the request names does not exist for this caller
--   unsigned  28000, nobody is signed in      forbidden   RPC07, a record that is another's
--   invalid, exists, refused, aborted   RPC03, 06, 09, 10: let in, and refused for another reason
\ir ../sql/copeland_fixture.sql
\ir ../sql/copeland_quarter.sql
reset role;
create table test.thing (name text primary key, value jsonb not null);
grant select, insert on test.thing to public;
create function test.keep(name text, value anyelement) returns void language sql as
    'insert into test.thing values (name, to_jsonb(value))';

-- The people whom the fixture does not have.
set role shap_owner;
select shap.found_region('north', 'The North', '{copeland,barrow}', 'Rhea Region', sha256('rhea')),
       shap.found_region('south', 'The South', '{barrow}', 'Ruth Region', sha256('ruth'));
reset role;
select test.act_as('ann');
select test.join(p.who, p.name, 'copeland', 'coordinator')
  from (values ('edna', 'Edna Expired'), ('rex', 'Rex Revoked'), ('ned', 'Ned Ended')) p (who, name);
select test.keep('invitation', i.code), test.keep('membership', i.membership_id)
  from shap_v1.add_person('Ivy Invited', 'ivy@example.org', 'home-housing', 'contributor') i;
select test.act_as('bea');
select test.join('bert', 'Bert Barrow', 'supporting-people-team', 'contributor');
select test.act_as('rex');
select shap_v1.revoke_token(null, 'lost');
reset role;
select test.keep('token', k.id) from shap.token k where k.hash = sha256('hugh');
insert into shap.membership_end (membership_id, day, council_id, link)
select k.membership_id, '2010-12-30', k.council_id, shap.take_link(k.council_id, null) from shap.token k where k.hash = sha256('ned');
insert into shap.token (membership_id, hash, created_at, expires_at, council_id, link)
select k.membership_id, sha256('edna-then'), k.created_at, shap.clock() - interval '1 second', k.council_id, shap.take_link(k.council_id, null)
  from shap.token k where k.hash = sha256('edna');

select shap_v1.keep_tally(format('{"refused": [{"at": 1, "n": 2, "peer": "10.0.0.1", "code": "NOT_FOUND", "method": "SubmitReturn", "token": "%s"}], "used": []}',
                                 encode(sha256('cora'), 'hex')), '1');

create table test.caller (place integer primary key, column_name text, name text unique, token text, is_of_copeland boolean);
insert into test.caller values
    (1, 'sharer', 'sharer', 'sam', true),              -- contributor who shares the milestones that requests name
    (2, 'other', 'other', 'hugh', true),               -- contributor of another organisation
    (3, 'officer', 'officer', 'olive', true),          -- contributor of the council's own
    (4, 'reader', 'reader', 'rita', true),
    (5, 'coord', 'coord', 'cora', true),
    (6, 'panel', 'panel', 'petra', true),
    (7, 'admin', 'admin', 'ann', true),
    (8, 'region', 'region', 'rhea', true),             -- reader of a region with Copeland and Barrow
    (9, 'b-sharer', 'b-sharer', 'bert', false),        -- contributor of the sharer's organisation, for Barrow
    (10, 'b-coord', 'b-coord', 'bob', false),
    (11, 'b-admin', 'b-admin', 'bea', false),
    (12, 'b-region', 'b-region', 'ruth', false),       -- reader of a region with Barrow alone
    (13, 'nobody', 'nobody', '', false),
    (14, 'void', 'unknown', 'who is it?', false),
    (15, 'void', 'expired', 'edna-then', false),
    (16, 'void', 'revoked', 'rex', false),
    (17, 'void', 'ended', 'ned', false);

-- One of everything.
select test.act_as('sam');
select test.keep('return', test.say('sam', 'SH5.2/5/1', 'in progress', '2010-12-30', 'nearly', id => '44444444-4444-4444-8444-444444444444'));
select test.act_as('cora');
select test.keep('review', (shap_v1.review_return(test.say('cora', 'SH1.1/2/1', 'in progress', '2010-12-30', 'so', organisation => 'copeland'),
                                                  'accepted', 'yes', null)).record_id);
select test.keep('grant', (shap_v1.grant_date('2010-11', 'SH5.2/5/1', null, 'June 2011', null, 'it takes longer', null, null)).record_id);
select test.keep('adoption', v.adoption_record_id) from shap_v1.list_versions('2010-11', null) v;
select test.send('33333333-3333-4333-8333-333333333333', 1, s.rows, s.bytes, '2012/13') from test.sample s;
select test.keep('sha256', sha256(s.bytes)) from test.sample s;
select test.keep('doubt', min(d.doubt_id)), test.keep('settled', max(d.doubt_id)) from shap_v1.list_doubts('2010-11', false) d where d.kind = 'same_work';
select shap_v1.settle_doubt('2010-11', (t.value)::bigint, null, null, 'it is so', null) from test.thing t where t.name = 'settled';
select test.keep('entry', min(r.record_id)) from shap_v1.list_register(null) r;
select test.keep('holding', (shap_v1.hold_post('HSM', 'Olive Officer', '2010-10-01', null, null, 'new', null)).record_id);
select test.keep('cycle', (shap_v1.add_cycle('half-year', 6, null, 21, null)).record_id);
select shap_v1.open_window('2010-11', 'Q2', '2010-12-31', null), shap_v1.close_window('2010-11', 'Q2', null),
       shap_v1.open_window('2010-11', 'panel-5', '2011-01-20', null),
       shap_v1.open_window('2010-11', 'Q3', null, null);
select shap_v1.share_milestone('2010-11', 'SH5.2/4/1', 'supporting-people-team', 'they help');
select test.keep('same_work', (shap_v1.declare_same_work('2010-11', '{SH3.3/5/1,SH3.4/2/1}', 'one training', null)).record_id);
select test.keep('figure', (shap_v1.record_figure('2010-11', 'SH5.2/5/1', '5', '10', false, null)).record_id);
select test.keep('scheme', (shap_v1.add_rating_scheme('ours', 'Ours', array[row(2, null, null, null, null, null, null, null, 'red', 'R',
                                                                           'It is red.')::shap_v1.rating_rule], null)).record_id);
select shap_v1.roll_plan('2011/12', '2010-11', null, null, false);
select test.keep('carry', min(c.record_id)) from shap_v1.list_carried('2011-12', null) c;
-- One that comes from nowhere, so that it can be said where from.
select shap_v1.revoke_carry(c.record_id, 'another piece of work', null) from shap_v1.list_carried('2011-12', null) c where c.reference = 'SH5.2/5/1';
select test.keep('publication', (shap_v1.publish_report('exceptions', '2010-11', null, null, null, null, null, null, null, null)).publication_id);
select test.act_as('sam');
select test.keep('order', (shap_v1.declare_after('2010-11', 'SH5.2/6/1', 'SH5.2/5/1', 'it rests on it', null)).record_id);
select test.act_as('petra');
select test.keep('meeting', (shap_v1.add_meeting(null, '2010-11-17', null)).record_id);
select test.keep('empty_meeting', (shap_v1.add_meeting(null, '2010-12-20', null)).record_id);
select test.keep('sign_off', (shap_v1.sign_off_milestone('2010-11', 'SH3.2/1/1', null, '2010-11-17', 'the minutes say so', null)).record_id);
select test.act_as('ann');
select test.keep('erasure', (shap_v1.erase_personal_text(null, null, t.value #>> '{}', 'comment', null, null, null, 1, 'they ask', null)).texts)
  from test.thing t where t.name = 'review';
select test.act_as('nobody');
reset role;
select test.keep('return_named', t.value #>> '{}') from test.thing t where t.name = 'return';
select test.keep('writer', k.membership_id) from shap.token k where k.hash = sha256('sam');
select test.keep('digest', shap.digest_said(1, shap.ledger_digest(test.council(), 1)));

-- The matrix, one line for each rpc and caller; the void tokens share a column.
create table test.matrix (method text, sharer text, "other" text, officer text, reader text, coord text, panel text, admin text, region text,
                          "b-sharer" text, "b-coord" text, "b-admin" text, "b-region" text, nobody text, "void" text, request text);
\copy test.matrix from 'tests/rights/matrix.txt' with (format csv, header, delimiter '|', quote '~')
create table test.rule as
select m.line, btrim(m.method) as method, c.place, c.name as caller, btrim(to_jsonb(m) ->> c.column_name) as expected, q.request
  from (select m.*, row_number() over () as line from test.matrix m) m
 cross join test.caller c
 cross join lateral (
    select coalesce(jsonb_object_agg(f.key, case when f.value #>> '{}' like '@%' then t.value else f.value end), '{}') as request
      from jsonb_each(m.request::jsonb) f left join test.thing t on '@' || t.name = f.value #>> '{}') q
 order by m.line, c.place;
grant select on test.rule, test.caller to public;
