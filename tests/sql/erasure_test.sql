-- Personal text is found and erased, with a record of that; the ledger holds, and what was published stays.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
reset role;
create function test.faults() returns text language sql security definer as
    $$select string_agg(f::text, '; ') from shap.ledger_faults(test.council(), 0) f$$;
create function test.places(record text, kind text default null, field text default null, person bigint default null,
                            writer bigint default null, words text default null) returns text language sql as $$
    select string_agg(concat_ws(' ', t.kind, case when t.record = places.record then 'it' end, t.field, t.reference, t.by, t.characters, t.erased_on,
                                array_length(t.publications, 1)), '; ' order by t.kind, t.record, t.field)
      from shap_v1.list_personal_text(null, kind, record, field, person, writer, words) t
$$;
create function test.erase(record text, texts integer default null, person bigint default null, field text default null,
                           reason text default 'they ask', words text default null, writer bigint default null, day date default null)
returns shap_v1.erased_texts language sql as $$
    select shap_v1.erase_personal_text(null, null, record, field, person, writer, words, texts, reason, day)
$$;
create function test.member(who text) returns bigint language sql security definer as
    $$select membership_id from shap.token where hash = sha256(convert_to(who, 'UTF8'))$$;
create function test.text(digest text) returns text language sql security definer as
    $$select concat_ws(' ', coalesce(body, 'no body'), coalesce(encode(salt, 'hex'), 'no salt'), erased_on) from shap.personal_text
       where encode(personal_text.digest, 'hex') = text.digest$$;
create table test.made (what text primary key, record text);
grant select, insert on test.made to public;

-- A return with a note and a reason, a review with a comment, published.
select test.act_as('sam');
insert into test.made select 'return', test.say('sam', 'SH5.2/6/1', 'in progress', '2010-12-30', 'Mrs Hill is "ill"', 'June 2011', 'because of Mrs Hill',
                                                 id => '99999999-9999-4999-8999-999999999999');
select test.act_as('cora');
insert into test.made select 'review', (shap_v1.review_return(m.record::bigint, 'accepted', 'poor Mrs Hill', null)).record_id from test.made m where m.what = 'return';
insert into test.made select 'publication', (shap_v1.publish_report('history', '2010-11', '2010-12-31', null, null, null, null, '{reference=SH5.2/6/1}', null, null)).publication_id;

-- Where texts stand; who may not see plans learns no words.
select test.act_as('ann');
select test.check('of a record', test.places(m.record), 'return it note SH5.2/6/1 Sam Support 17 1; return it reason SH5.2/6/1 Sam Support 19')
  from test.made m where m.what = 'return';
select test.check('of a field', test.places(m.record, field => 'note'), 'return it note SH5.2/6/1 Sam Support 17 1') from test.made m where m.what = 'return';
select test.check('with words, whatever their case', test.places(null, words => 'mrs hill'),
    'return note SH5.2/6/1 Sam Support 17 1; return reason SH5.2/6/1 Sam Support 19; review comment SH5.2/6/1 Cora Coordinator 13 1');
select test.check('a person''s name', test.places(null, person => test.member('sam')), 'person email Ann Admin 15; person name Ann Admin 11 1');
select test.check('in what a person wrote', test.places(null, writer => test.member('sam')),
    'return note SH5.2/6/1 Sam Support 17 1; return reason SH5.2/6/1 Sam Support 19');
select test.check('a kind, by another name', test.places('1', kind => 'sign-off'), null);
select test.check('all of them at once are not told', test.fails('RPC03', 'select test.places(null)'),
    'which texts? | Name a record, a person (--person or --writer with a membership), or words: --containing');
select test.fails('RPC03', 'select test.places(null, words => ''a '')');
select test.fails('RPC03', 'select test.places('' '', kind => ''return'')');

-- What is refused changes nothing.
select test.fails('RPC03', 'select test.erase(''1'', reason => '' '')');
select test.check('nothing there', test.fails('RPC05', 'select test.erase(''0'')'),
    'there is no such text that is not erased | Where texts stand is shown by: shap text list. A person''s name is erased by the council that added them.');
select test.check('more than was seen', test.fails('RPC10', format('select test.erase(%L, 1)', m.record)),
    'it is 2 texts now, and 1 were meant | Look at them again: shap text list') from test.made m where m.what = 'return';
select test.check('somebody who can sign in keeps the name', test.fails('RPC09', format('select test.erase(null, person => %s)', test.member('sam'))),
    'this person can still sign in, and is named by it | End their tokens first: shap token list, shap token revoke TOKEN');
select test.act_as('cora');
select test.fails('42501', 'select test.erase(''1'')');
select test.fails('42501', 'select test.places(''1'')');

-- Erased: the note alone.
reset role;
create table test.kept as select d.digest from shap.ledger_digest_at(test.council(), null) d;
create table test.note as select encode(r.note_digest, 'hex') as digest from shap."return" r join test.made m on m.what = 'return' and m.record = r.record_id::text;
grant select on test.note, test.kept to public;
select test.act_as('ann');
select test.check('erased, and what still contains it', (e.texts, e.places, e.publications = array[m.record::bigint], e.day, e.reason)::text, '(1,1,t,2010-12-30,"they ask")')
  from test.made r, test.made m, test.erase(r.record, 1, field => 'note', day => '2010-12-30') e where r.what = 'return' and m.what = 'publication';
select test.check('nothing of it is left', test.text(n.digest), 'no body no salt 2010-12-31') from test.note n;
select test.check('the place says so', test.places(m.record), 'return it note SH5.2/6/1 Sam Support 2010-12-31; return it reason SH5.2/6/1 Sam Support 19')
  from test.made m where m.what = 'return';
select test.fails('RPC05', format('select test.erase(%L, field => ''note'')', m.record)) from test.made m where m.what = 'return';
select test.check('it is on record, with why, and without the text', (select string_agg(concat_ws(' ', e.day, e.by, e.reason, replace(e.stood_in::text, m.record, 'it'),
    cardinality(e.publications), e.text_id = n.digest), '; ') from shap_v1.list_erasures(null, null) e, test.note n), '2010-12-30 Ann Admin they ask {"return it: note"} 1 t')
  from test.made m where m.what = 'return';
select test.check('not before that day', (select count(*) from shap_v1.list_erasures(null, '2010-12-31')), 0::bigint);
select test.check('the ledger has who did it', (select string_agg(concat_ws(' ', a.by, a.kind, a.records), '; ') from shap_v1.list_acts(null, null, null, null, null, null, 1) a),
    'Ann Admin erasure 1');
select test.check('the ledger holds', test.faults(), null);
reset role;
select test.check('and contains what was kept before', (select shap.contains_digest(test.council(), k.digest) from test.kept k), true);

-- What reports and lists say instead.
select test.act_as('cora');
select test.check('the list of returns', (select r.note || '|' || r.reason from shap_v1.list_returns('2010-11', 'SH5.2/6/1', null, null, null, null, null) r where r.note ~ 'erased'),
    '[erased on 2010-12-31]|because of Mrs Hill');
select test.check('the history', (select e.text from unnest((shap_v1.get_milestone('2010-11', 'SH5.2/6/1', null, null)).events) e where e.kind = 'return' order by e.record_id desc limit 1),
    '[erased on 2010-12-31]');
select test.check('a publication still has it', strpos(convert_from((shap_v1.get_publication(m.record::bigint, true)).canonical, 'UTF8'), 'Mrs Hill is \"ill\"') > 0, true)
  from test.made m where m.what = 'publication';
select test.check('made again it is the same but for that', (r.same, r.same_but_erased, r.erased_texts)::text, '(f,t,1)')
  from test.made m, shap_v1.reproduce_publication(m.record::bigint) r where m.what = 'publication';
select test.check('and its chain holds', (select bool_and(v.holds) from shap_v1.verify_publications() v), true);

-- The sender repeats the return: it counts once, whatever the note was, and says nothing of it.
select test.act_as('sam');
select test.check('repeated after the note is erased', test.say('sam', 'SH5.2/6/1', 'in progress', '2010-12-30', 'Mrs Hill is "ill"', 'June 2011', 'because of Mrs Hill',
    id => '99999999-9999-4999-8999-999999999999')::text, m.record) from test.made m where m.what = 'return';
select test.fails('RPC06', $$select test.say('sam', 'SH5.2/6/1', 'in progress', '2010-12-30', 'Mrs Hill is "ill"', 'June 2011', 'another reason',
    id => '99999999-9999-4999-8999-999999999999')$$);
select test.fails('RPC06', $$select test.say('sam', 'SH5.2/6/1', 'in progress', '2010-12-30', null, 'June 2011', 'because of Mrs Hill',
    id => '99999999-9999-4999-8999-999999999999')$$);
reset role;
select test.check('what is kept of a return''s content has no text in it', count(distinct shap.return_digest(c)), 1::bigint)
  from (values (row(1, '', '99999999-9999-4999-8999-999999999999', 'p', 'r', 's', 'a note', null, null, null, null, 'a reason', null, null)::shap.return_call),
               (row(2, '', '99999999-9999-4999-8999-999999999999', 'p', 'r', 's', 'another', null, null, null, null, null, null, null)::shap.return_call)) v (c);

-- A person's name and address, once nobody can sign in by them.
select test.act_as('ann');
select shap_v1.add_person('Lena Left', 'lena@example.org', 'home-housing', 'contributor');
select test.check('name and address', test.places(null, person => p.membership_id), 'person email Ann Admin 16; person name Ann Admin 9')
  from shap_v1.list_people() p where p.name = 'Lena Left';
select test.check('both are erased', (e.texts, e.places, cardinality(e.publications))::text, '(2,2,0)')
  from shap_v1.list_people() p, test.erase(null, 2, person => p.membership_id) e where p.name = 'Lena Left';
select test.check('nobody is called so', (select count(*) from shap_v1.list_people() p where p.name = 'Lena Left' or p.email ~ 'lena'), 0::bigint);
select test.check('the address is not recognised: who comes again is somebody else', (shap_v1.add_person('Lena Left', 'lena@example.org', 'home-housing', 'contributor')).name, 'Lena Left');
select test.check('the ledger holds still', test.faults(), null);
select test.act_as('bea');
select test.fails('RPC05', format('select test.erase(null, person => %s)', test.member('hugh')));

-- One text that stands in several records goes from all of them.
select test.act_as('cora');
select shap_v1.declare_same_work('2010-11', '{SH3.3/5/1,SH3.4/2/1}', 'Mr Dale teaches both', null);
select test.act_as('ann');
select test.check('one text in two records', (select count(distinct t.text_id) || ' ' || string_agg(t.kind, ', ' order by t.kind) from shap_v1.list_personal_text(null, null, null, null, null, null, 'Mr Dale') t),
    '1 doubt settlement, same work');
select test.check('erased from both', (e.texts, e.places)::text, '(1,2)') from test.erase(null, words => 'mr dale') e;

-- The reason of an erasure may be erased like any other.
select test.check('three reasons, one of two erasures', (e.texts, e.places)::text, '(3,4)') from test.erase(null, words => 'they ask', writer => test.member('ann'), reason => 'it named them') e;
select test.check('the ledger holds to the end', test.faults(), null);

-- Whoever takes a text away himself leaves no record of it, and is found out.
reset role;
select test.fails('RPC09', 'update shap.personal_text set body = null, salt = null, erased_on = ''2010-12-31'' where body is not null');
set session_replication_role = replica;
update shap.personal_text t set body = null, salt = null, erased_on = '2010-12-31' from test.made m join shap.review v on v.record_id::text = m.record
 where m.what = 'review' and t.digest = v.comment_digest;
select test.check('a text that nobody erased', (select f.kind || ' ' || f.fault from shap.ledger_faults(test.council(), 0) f), 'review has lost its text, and nobody erased it');
