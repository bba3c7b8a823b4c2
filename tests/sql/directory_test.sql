-- The directory: founding, organisations, people, invitations (once, for seven days), tokens, and who a token is.
\ir plan_fixture.sql

-- Founding.
set role shap_owner;
select test.check('a council is founded once', test.fails('RPC06', 'select shap.found_council(''copeland'', ''Other'', ''A'', sha256(''x''))'),
    'the council "copeland" (Other) exists already | Its administrator invites people with: shap person add');
select test.check('under one name', test.fails('RPC06', 'select shap.found_council(''other'', ''Copeland Borough Council'', ''A'', sha256(''x''))'),
    'the council "other" (Copeland Borough Council) exists already | Its administrator invites people with: shap person add');
select test.check('its code is a slug', test.fails('RPC03', 'select shap.found_council(''Cope land'', ''X'', ''A'', sha256(''x''))'),
    'the council''s code "Cope land" is not a code | Use lower case letters, digits and single hyphens, at most 40 characters, such as home-housing.');

-- A council that nobody can keep any more gets a new administrator by the same words.
select test.check('not while an administrator''s token holds', test.fails('RPC06',
    'select shap.found_council(''copeland'', ''Copeland Borough Council'', ''Dora Again'', sha256(''dora''))'),
    'the council "copeland" (Copeland Borough Council) exists already | Its administrator invites people with: shap person add');
begin;
update shap.clock_shift set shift = shift + interval '1 year';
select test.fails('RPC06', 'select shap.found_council(''copeland'', ''Other'', ''Dora Again'', sha256(''dora''))');
select shap.found_council('copeland', 'Copeland Borough Council', 'Dora Again', sha256('dora'));
select test.check('the new one is of that council', (select string_agg(c.code || ' ' || m.role || ' ' || o.code, ', ') from shap.token k
    join shap.membership m on m.id = k.membership_id join shap.council c on c.id = m.council_id join shap.organisation o on o.id = m.organisation_id
   where k.hash = sha256('dora')), 'copeland administrator copeland');
select test.check('and the only one', test.fails('RPC06',
    'select shap.found_council(''copeland'', ''Copeland Borough Council'', ''Edith Again'', sha256(''edith''))') is not null, true);
select shap.found_council('cumberland', 'Cumberland Council', 'Carl Cumberland', sha256('carl'));
select shap.succeed('copeland', 'cumberland', '2011-07-01');
update shap.clock_shift set shift = shift + interval '1 year';
select test.check('one that was succeeded is kept by the successor', test.fails('RPC06',
    'select shap.found_council(''copeland'', ''Copeland Borough Council'', ''Edith Again'', sha256(''edith''))') is not null, true);
rollback;
begin;
select test.act_as('ann');
select shap_v1.revoke_token(null, 'lost');
set role shap_owner;
select test.check('revoked tokens hold no more', shap.found_council('copeland', 'Copeland Borough Council', 'Dora Again', sha256('dora')) is not null, true);
rollback;

-- Who is who.
select test.act_as('cora');
select test.check('a token says who its holder is',
    (select row(i.name, i.role, i.organisation, i.organisation_name, i.council, i.council_name, i.region, i.token_expires_at, i.today)::text
       from shap_v1.who_am_i() i),
    (select row('Cora Coordinator', 'coordinator', 'copeland', 'Copeland Borough Council', 'copeland', 'Copeland Borough Council', null,
                i.token_expires_at, date '2010-07-01')::text from shap_v1.who_am_i() i));
select test.check('it is valid for a year', (select i.token_expires_at::date from shap_v1.who_am_i() i), date '2011-07-01');
select test.act_as('nobody');
select test.check('without a token nobody is anybody', test.fails('28000', 'select shap_v1.who_am_i()'),
    'this needs somebody who is signed in | Sign in with: shap login');
select test.check('the server says what it is, to anybody', (select i.clock_shifted from shap_v1.get_server_info() i), true);
reset role;
select test.check('the identity of one', (select i::text from shap_v1.identify(array[sha256('cora')]) i),
    (select format('(shap_coordinator,{%1$s},{%2$s},{%3$s},full,{%4$s},{})', m.id, m.council_id, m.organisation_id, k.id)
       from shap.token k join shap.membership m on m.id = k.membership_id where k.hash = sha256('cora')));
select test.check('of nobody', (select i::text from shap_v1.identify('{}') i), '(shap_anonymous,{},{},{},none,{},{})');
select test.check('an unknown token is refused', test.fails('28000', 'select shap_v1.identify(array[sha256(''nobody'')])'),
    'this token is not known here | Sign in with: shap login');
select test.check('a group of one role is one identity',
    (select row(i.role, cardinality(i.callers::bigint[]), cardinality(i.councils::bigint[]), i.sight)::text
       from shap_v1.identify(array[sha256('cora'), sha256('bob'), sha256('cora')]) i), '(shap_coordinator,2,2,full)');
select test.check('in a group an unknown one is left out',
    (select cardinality(i.callers::bigint[]) from shap_v1.identify(array[sha256('sam'), sha256('nobody')]) i), 1);
select test.check('a group of two roles is refused', test.fails('28000', 'select shap_v1.identify(array[sha256(''cora''), sha256(''sam'')])'),
    'these callers do not have one role | Sign in with: shap login');
select test.check('a group of nobody is refused', test.fails('28000', 'select shap_v1.identify(array[sha256(''a''), sha256(''b'')])'),
    'this token is not known here | Sign in with: shap login');

select test.check('where one calls from', (select i.peers from shap_v1.identify(array[sha256('cora')], null, '{10.0.0.1}') i), '{10.0.0.1}');
select test.check('also nobody', (select i.peers from shap_v1.identify('{}', null, '{10.0.0.1}') i), '{10.0.0.1}');
select test.check('several from one place', (select i.peers from shap_v1.identify(array[sha256('cora'), sha256('bob')], null, '{10.0.0.1,10.0.0.1}') i), '{10.0.0.1}');
select test.check('several from several places, in the order of the callers',
    (select i.peers from shap_v1.identify(array[sha256('bob'), sha256('nobody'), sha256('cora'), sha256('bob')], null, '{10.0.0.2,10.0.0.4,10.0.0.1,10.0.0.3}') i),
    '{10.0.0.1,"10.0.0.2 10.0.0.3"}');

-- A connection that came with an organisation's certificate.
create function test.organisation_of_token(token text) returns text language sql as $$
    select o.code from shap.token k join shap.membership m on m.id = k.membership_id
      join shap.organisation o on o.id = m.organisation_id where k.hash = sha256(convert_to(token, 'UTF8')) $$;
select test.check('a certificate of the holder''s organisation changes nothing',
    (select i::text from shap_v1.identify(array[sha256('sam')], test.organisation_of_token('sam')) i),
    (select i::text from shap_v1.identify(array[sha256('sam')]) i));
select test.check('with that of another the token does not hold',
    test.fails('28000', 'select shap_v1.identify(array[sha256(''sam'')], ''copeland'')'),
    'this connection has the certificate of "copeland", and this token is of another organisation | '
    'Use a token of that organisation, or the certificate of your own.');
select test.check('nor with that of nobody', test.fails('28000', 'select shap_v1.identify(array[sha256(''sam'')], ''nowhere'')'),
    'this connection has the certificate of "nowhere", and this token is of another organisation | '
    'Use a token of that organisation, or the certificate of your own.');
select test.check('in a group it is left out',
    (select cardinality(i.callers::bigint[]) from shap_v1.identify(array[sha256('cora'), sha256('bob')], 'copeland') i), 1);
select test.check('without a token a certificate is nobody', (select i.role from shap_v1.identify('{}', 'copeland') i), 'shap_anonymous');

-- A region's reader reads its councils.
insert into shap.region (code, name, created_at) values ('cumbria', 'Cumbria', shap.clock());
insert into shap.region_council select r.id, c.id from shap.region r, shap.council c;
with m as (
    insert into shap.membership (person_id, organisation_id, region_id, role, recorded_council_id, link)
    select m.person_id, m.organisation_id, r.id, 'reader', m.council_id, m.link
      from shap.membership m join shap.token k on k.membership_id = m.id, shap.region r where k.hash = sha256('rita')
    returning id, recorded_council_id, link)
insert into shap.token (membership_id, hash, created_at, expires_at, council_id, link)
select m.id, sha256('regina'), shap.clock(), shap.clock() + interval '1 year', m.recorded_council_id, m.link from m;
select test.check('a region''s reader reads all its councils',
    (select row(i.role, cardinality(i.councils::bigint[]), i.sight)::text from shap_v1.identify(array[sha256('regina')]) i), '(shap_reader,2,full)');
select test.act_as('regina');
select test.check('and is said to be of the region', (select row(i.council, i.region)::text from shap_v1.who_am_i() i), '(,cumbria)');

-- Organisations.
reset role;
create function test.links() returns bigint language sql security definer as 'select max(number) from shap.link';
create temporary table links as select test.links() as number;
grant select on links to public;
select test.act_as('ann');
select test.check('the same organisation again stands', (select shap_v1.add_organisation('home-housing', 'Home Housing')::text), '(home-housing,"Home Housing")');
select test.check('and takes no link, since nothing is recorded', test.links(), (select number from links));
select test.check(format('refused: %s', t.statement), test.fails(t.code, 'select shap_v1.add_organisation(' || t.statement || ')'), t.refusal)
  from (values
    ('RPC06', '''home-housing'', ''Other''', 'the organisation "home-housing" is Home Housing | Choose another code.'),
    ('RPC06', '''other'', ''home housing''', 'the organisation "home-housing" is Home Housing | Use that code.'),
    ('RPC03', '''Home Housing'', ''X''', 'the organisation''s code "Home Housing" is not a code | Use lower case letters, digits and single hyphens, at most 60 characters, such as home-housing.'),
    ('RPC03', 'null, ''X''', 'the organisation''s code is missing | Use lower case letters, digits and single hyphens, at most 60 characters, such as home-housing.'),
    ('RPC03', '''x'', '' ''', 'the organisation''s name is missing | Say it in full, as it is to be printed.')) t (code, statement, refusal);
select test.check('organisations are listed by code', (select string_agg(o.code, ' ') from shap_v1.list_organisations() o),
    'barrow copeland home-housing supporting-people-team');

-- People.
select test.check('people are listed, with whether they are signed in',
    (select string_agg(concat_ws('|', p.name, p.email, p.organisation, p.role, p.signed_in), ', ') from shap_v1.list_people() p where p.name like 'Sam%' or p.name like 'Ann%'),
    'Ann Admin|copeland|administrator|t, Sam Support|sam@example.org|supporting-people-team|contributor|t');
select i.code, i.membership_id from shap_v1.add_person('Samuel S', 'SAM@example.org', 'home-housing', 'reader') i \gset
select test.check('the same e-mail address is the same person', (select p.name from shap_v1.list_people() p where p.membership_id = :membership_id), 'Sam Support');
select test.check('the same membership is refused', test.fails('RPC06', 'select shap_v1.add_person(''Sam'', ''sam@example.org'', ''home-housing'', ''reader'')'),
    format('Sam is reader for home-housing already (membership %s) | Invite again with: shap person invite %1$s', :'membership_id'));
select test.check(format('refused: %s', t.statement), test.fails(t.code, 'select shap_v1.add_person(' || t.statement || ')'), t.refusal)
  from (values
    ('RPC03', ''''', null, ''home-housing'', ''reader''', 'the person''s name is missing | Say it in full, as it is to be printed.'),
    ('RPC03', '''X'', ''x at y'', ''home-housing'', ''reader''', '"x at y" is not an e-mail address | Write it as name@example.org.'),
    ('RPC03', '''X'', ''x,y@example.org'', ''home-housing'', ''reader''', '"x,y@example.org" is not an e-mail address | Write it as name@example.org.'),
    ('RPC03', '''X'', ''<x@example.org>'', ''home-housing'', ''reader''', '"<x@example.org>" is not an e-mail address | Write it as name@example.org.'),
    ('RPC05', '''X'', null, null, ''reader''', 'there is no organisation "" | Organisations are listed by: shap org list'),
    ('RPC03', '''X'', null, ''home-housing'', null', 'the role is missing | A role is one of contributor, reader, coordinator, panel, administrator.')) t (code, statement, refusal);

-- Invitations.
select test.check('an invitation is 24 characters in groups of four', :'code' ~ '^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$', true);
select test.act_as('nobody');
select test.check('nobody can guess one', test.fails('28000', 'select shap_v1.accept_invitation(''ABCD-ABCD-ABCD-ABCD-ABCD-ABCD'', sha256(''x''))'),
    'this invitation is not known | Ask your council''s administrator for a new invitation.');
select test.check('a hash that is none is refused', test.fails('RPC03', format('select shap_v1.accept_invitation(%L, ''x'')', :'code')),
    'token_hash is not a SHA-256 of 32 bytes | Make a token of 256 random bits and send the SHA-256 of its text.');
select test.check('a token in use is refused', test.fails('28000', format('select shap_v1.accept_invitation(%L, sha256(''cora''))', :'code')),
    'this token is in use already | Ask your council''s administrator for a new invitation.');
select test.check('typed in any way it is accepted', (select row(i.name, i.role, i.membership_id)::text
    from shap_v1.accept_invitation(' ' || lower(replace(:'code', '-', ' ')), sha256('sam2')) i), format('("Sam Support",reader,%s)', :'membership_id'));
select test.check('again with the same token it is answered the same', (select i.membership_id from shap_v1.accept_invitation(:'code', sha256('sam2')) i), :'membership_id'::bigint);
select test.check('with another it is used', test.fails('28000', format('select shap_v1.accept_invitation(%L, sha256(''sam3''))', :'code')),
    'this invitation has been used | Ask your council''s administrator for a new invitation.');
select test.act_as('sam2');
select test.check('it made one token', (select i.role::text from shap_v1.who_am_i() i), 'reader');
select test.act_as('ann');
select i.code as first from shap_v1.create_invitation(:membership_id) i \gset
select i.code as second from shap_v1.create_invitation(:membership_id) i \gset
select test.check('an unknown membership is not invited', test.fails('RPC05', 'select shap_v1.create_invitation(99999)'),
    'there is no membership 99999 here | Memberships are listed by: shap person list');
reset role;
select test.check('another council''s neither', (select test.fails('RPC05', format('select shap.invite(%s)', m.id))
    from (select set_config('shap.councils', format('{%s}', (select id from shap.council where code = 'copeland')), false)) s,
         shap.membership m join shap.token k on k.membership_id = m.id where k.hash = sha256('bob')),
    (select format('there is no membership %s here | Memberships are listed by: shap person list', m.id)
       from shap.membership m join shap.token k on k.membership_id = m.id where k.hash = sha256('bob')));
select test.check('a later invitation ends the earlier', test.fails('28000', format('select shap_v1.accept_invitation(%L, sha256(''sam4''))', :'first')),
    'a later invitation has replaced this one | Ask your council''s administrator for a new invitation.');
select test.at('2010-07-08 09:01 Europe/London');
select test.check('after seven days it has expired', test.fails('28000', format('select shap_v1.accept_invitation(%L, sha256(''sam4''))', :'second')),
    'this invitation has expired | Ask your council''s administrator for a new invitation.');
select test.at('2010-07-08 08:59 Europe/London');
select test.check('before that it has not', (select i.name from shap_v1.accept_invitation(:'second', sha256('sam4')) i), 'Sam Support');

-- Tokens.
select test.act_as('sam4');
select test.check('of two tokens each ends itself', (select k.revoked_at is not null from shap_v1.revoke_token(null, 'lost') k), true);
reset role;
select test.check('a revoked token says so', test.fails('28000', 'select test.act_as(''sam4'')'), 'this token has been revoked | Sign in with: shap login');
select test.check('its invitation is used up', test.fails('28000', format('select shap_v1.accept_invitation(%L, sha256(''sam4''))', :'second')),
    'this invitation has been used | Ask your council''s administrator for a new invitation.');
select test.act_as('sam2');
select test.check('the other one stands', (select i.name from shap_v1.who_am_i() i), 'Sam Support');
reset role;
select k.id as token from shap.token k where k.hash = sha256('cora') \gset
select k.id as foreign_token from shap.token k where k.hash = sha256('bob') \gset
select test.act_as('olive');
select test.check('somebody else''s token does not exist for a contributor', test.fails('RPC05', format('select shap_v1.revoke_token(%s, null)', :token)),
    format('there is no token %s here | Tokens are listed by: shap token list', :token));
select test.act_as('ann');
select test.check('nor does another council''s for an administrator', test.fails('RPC05', format('select shap_v1.revoke_token(%s, null)', :foreign_token)),
    format('there is no token %s here | Tokens are listed by: shap token list', :foreign_token));
select test.check('an administrator ends any of the council', (select k.name from shap_v1.revoke_token(:token, 'left') k), 'Cora Coordinator');
select test.check('again it stands as it is', (select k.revoked_at from shap_v1.revoke_token(:token, 'again') k),
    (select k.revoked_at from shap_v1.list_tokens() k where k.token_id = :token));
select test.check('tokens are listed, the council''s only',
    (select string_agg(k.name || case when k.revoked_at is null then '' else ' (revoked)' end, ', ' order by k.token_id) from shap_v1.list_tokens() k),
    'Ann Admin, Cora Coordinator (revoked), Colin Coordinator, Rita Reader, Petra Panel, Olive Officer, Sam Support, Sam Support, Sam Support (revoked)');
reset role;
select test.check('nobody is she any more', test.fails('28000', 'select test.act_as(''cora'')'), 'this token has been revoked | Sign in with: shap login');
select test.at('2011-07-01 09:00:30 Europe/London');
select test.check('after a year a token has expired', test.fails('28000', 'select test.act_as(''ann'')'), 'this token has expired | Sign in with: shap login');
insert into shap.membership_end (membership_id, day, council_id, link)
select m.id, '2010-08-01', m.council_id, m.link from shap.membership m join shap.token k on k.membership_id = m.id where k.hash = sha256('bob');
select test.at('2010-07-31 12:00 Europe/London');
select test.act_as('bob');
reset role;
select test.at('2010-08-01 12:00 Europe/London');
select test.check('from the day a membership ends, so do its tokens', test.fails('28000', 'select test.act_as(''bob'')'),
    'the membership of this token has ended | Sign in with: shap login');
