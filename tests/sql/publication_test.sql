-- Publishing: what is frozen stays as it was, can be made again from the records whatever arrives later, and is chained.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
reset role;
create function test.publish(name text, day date, known date default null, parameters text[] default '{}') returns bigint
language sql as $$
    select (shap_v1.publish_report(name, null, day, known, null, null, null, parameters, 'for the committee', null)).publication_id
$$;
create function test.bytes(id bigint) returns bytea language sql as 'select (shap_v1.get_publication(id, true)).canonical';
create function test.again(id bigint) returns text language sql as $$
    select case when r.same then 'the same' else 'different' end from shap_v1.reproduce_publication(id) r
     where r.same = (r.published_sha256 = r.reproduced_sha256)
$$;
create function test.council_id() returns bigint language sql stable security definer as
    'select id from shap.council where code = ''copeland''';

-- The canonical form.
create type test.message as (wording text, nothing text, numbers integer[], day date, moment timestamptz, part test.organisation);
set timezone = 'Asia/Tokyo';
select test.check('the canonical form: in the order of the message, nothing absent, no white space, moments in UTC',
    shap.canonical(row('a "b" ç', null, '{1,2}', '2010-12-31', '2010-12-31 12:00+00', row('x', null))::test.message),
    $${"wording":"a \"b\" ç","numbers":[1,2],"day":"2010-12-31","moment":"2010-12-31T12:00:00+00:00","part":{"code":"x"}}$$);
reset timezone;

-- Every report that can be published, with what else it must be told; as it is at the end of the quarter.
create table test.kind (report text, parameters text[], request text, id bigint, known_id bigint, bytes bytea, known_bytes bytea,
                        at_the_end text);
grant all on test.kind to public;
select test.act_as('cora');
set role shap_api;
insert into test.kind (report, parameters)
select p.report, case p.report when 'movement' then array['from=2010-09-30'] when 'completed' then array['since=2010-09-30']
                     when 'history' then array['reference=SH5.2/6/1'] else '{}'::text[] end from shap_v1.publishable() p;
select test.check('a field of the message holds each report', (select string_agg(k.report, ' ' order by k.report collate "C") from test.kind k),
    (select string_agg(a.attname, ' ' order by a.attname collate "C") from pg_attribute a
      where a.attrelid = 'shap_v1.published_report'::regclass and a.attnum > 0));
select test.act_as('cora');
select shap_v1.open_window(null, 'Q3', null, '2010-12-13');
update test.kind k set id = test.publish(k.report, '2010-12-31', null, k.parameters);
update test.kind k set known_id = test.publish(k.report, '2010-12-31', '2010-12-31', k.parameters);
update test.kind k set bytes = test.bytes(k.id), known_bytes = test.bytes(k.known_id),
                       request = (select p.request from shap_v1.list_publications(null, k.report) p where p.publication_id = k.known_id);

select test.check('the figures of the quarter are in it', (select string_agg(c ->> 'milestones', ' ' order by n)
    from test.kind k, jsonb_array_elements(convert_from(k.bytes, 'UTF8')::jsonb -> 'account' -> 'classes') with ordinality c (c, n)
   where k.report = 'exceptions'), '0 14 1 1 21 0 12 20 102');
select test.check('each hash is that of the bytes', bool_and(p.sha256 = sha256(k.bytes)), true)
  from test.kind k join shap_v1.list_publications(null, null) p on p.publication_id = k.id;
select test.check('what is shown of a publication', (select concat_ws('|', p.plan, p.report, p.as_at, p.known_at, p.rule, p.day, p.by, p.note, p.request)
    from shap_v1.list_publications('2010-11', 'exceptions') p limit 1),
    'copeland/2010-11|exceptions|2010-12-31|shap-rules-1|2010-12-31|Cora Coordinator|for the committee|{"plan":"copeland/2010-11","as_at":"2010-12-31"}');
select test.check('its number is its place, and each follows on the one before', bool_and(p.number = p.place and p.previous_sha256 = p.before), true)
  from (select l.number, l.previous_sha256, lag(l.entry_sha256, 1, '') over (order by l.place) as before, l.place
          from shap_v1.list_publications(null, null) with ordinality l (publication_id, number, plan, report, as_at, known_at,
               known_link, rule, sha256, day, by, note, recorded_at, entry_sha256, previous_sha256, request, withdrawn_on,
               withdrawn_because, canonical, content, place)) p;
select test.check('what was published is the report as it was, field for field', (select ((p.content).exceptions).account::text || ((p.content).exceptions).objectives::text
    from test.kind k, shap_v1.get_publication(k.id, false) p where k.report = 'exceptions'),
    (select r.account::text || r.objectives::text from shap_v1.get_exception_report('2010-11', '2010-12-31', null, null, null, null) r));
select test.check('the bytes come when they are asked for only', (select p.canonical is null from test.kind k, shap_v1.get_publication(k.id, null) p limit 1), true);
select test.check(format('%s: it is made again at once', k.report), test.again(k.id), 'the same') from test.kind k;
select test.check('nothing arrived since', count(*), 0::bigint) from shap_v1.list_arrivals((select max(known_id) from test.kind));
select shap_v1.publish_report('exceptions', null, '2010-12-31', null, 'SH5.2', null, null, null, null, null);
select test.check('a part of the plan is published as a part', (select (((p.content).exceptions).head).covered || ' of ' || (((p.content).exceptions).head).total
    from (select max(l.publication_id) as id from shap_v1.list_publications(null, null) l) l, shap_v1.get_publication(l.id, false) p),
    (select count(*) || ' of 171' from shap_v1.list_milestones(null, null, null, null, null, null, null, null, 'SH5.2', null)));

set role shap_api;
update test.kind k set at_the_end = shap_v1.report_made(k.report, k.request, null, null);
select test.act_as('cora');

-- Everything that may happen later and is dated before: returns, reviews, grants and their counter-acts, readings, the
-- register, shares, the description, another version of the plan.
select test.at('2011-06-10 09:00 Europe/London');
select test.say('cora', 'SH1.1/1/1', 'complete', '2010-10-01');
select shap_v1.review_return(test.record('SH1.1/1/1'), 'accepted', null, '2010-12-31');
select test.say('cora', 'SH2.2/1/1', 'in progress', '2010-12-30', null, 'May 2011', 'late');
select shap_v1.grant_date(null, null, test.record('SH2.2/1/1'), null, null, null, '2010-12-31', null);
select shap_v1.revoke_grant((select record_id from given where reference = 'SH5.4/3/1'), 'it was a slip', '2010-12-31');
select shap_v1.withdraw_return(test.record('SH5.2/6/1'), 'it was a slip', '2010-12-31');
select test.say('cora', 'SH1.1/1/2', 'in progress', '2011-06-01');
create temporary table arrived as
select string_agg(concat_ws(' ', a.kind, a.reference, a.day), ', ' order by a.recorded_at, a.record_id) as list
  from shap_v1.list_arrivals((select max(known_id) from test.kind)) a;
select test.check('what arrived since and speaks of the day or before', a.list,
    'return SH1.1/1/1 2010-10-01, review SH1.1/1/1 2010-12-31, return SH2.2/1/1 2010-12-30, grant SH2.2/1/1 2010-12-31, '
    'revocation SH5.4/3/1 2010-12-31, withdrawal SH5.2/6/1 2010-12-31') from arrived a;
select count(shap_v1.settle_doubt(null, d.doubt_id, '2010-12-01', null, 'minute 4', '2010-12-31'))
  from shap_v1.list_doubts(null, false) d where d.kind = 'empty_date';
select count(shap_v1.settle_doubt(null, d.doubt_id, null, 'HRM', 'it is hers', '2010-12-31'))
  from shap_v1.list_doubts(null, false) d where d.kind = 'no_owner';
select shap_v1.add_register_entry('KS', 'The post of K. S.', 'post', 'copeland', '{}');
select (shap_v1.share_milestone(null, 'SH1.2/2/2', 'home-housing', 'they host it')).reference;
select (shap_v1.describe_plan(null, 'Another title', 'Another officer', 'Another author')).title;
select test.send('33333333-3333-4333-8333-333333333333', 1,
    array(select row(r.line, r.objective_code, r.objective_heading, 'Another heading', r.purpose, r.action_no, 'Another action',
                     r.milestone_no, 'Another milestone', 'HSM', r."when", 'Another measure')::shap_v1.plan_row
            from unnest(s.rows) r where r.line < 150), s.bytes || 'x'::bytea, '2010/11') from test.sample s;
select shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256(s.bytes || 'x'::bytea), 'A later plan') from test.sample s;
select shap_v1.adopt_plan('2010-11', 2, '2010-12-30', 'dated back');
select test.check('as known now the report is another', (select format('%s %s', (r.head).version, (r.head).title)
    from shap_v1.get_exception_report('2010-11', '2010-12-31', null, null, null, null) r), '2 A later plan');
select test.check('the adoption arrived, too', count(*), 1::bigint)
  from shap_v1.list_arrivals((select max(known_id) from test.kind)) a where a.kind = 'adoption' and a.day = '2010-12-30';

select test.act_as('rita');
select test.check(format('%s: in June it is made again, byte for byte', k.report), test.again(k.id), 'the same') from test.kind k;
select test.check(format('%s: known at the day it is made again, byte for byte', k.report), test.again(k.known_id), 'the same') from test.kind k;
select test.check(format('%s: what was published did not change', k.report), test.bytes(k.id) = k.bytes and test.bytes(k.known_id) = k.known_bytes, true)
  from test.kind k;
set role shap_api;
select test.check(format('%s: quarter 3 made in June with known at 31 December is byte for byte the one made on 31 December', k.report),
    shap_v1.report_made(k.report, k.request, null, null) = k.at_the_end, true) from test.kind k;
select test.check('what a publication pins does not outlive the call', current_setting('shap.known_limit', true), '');

-- Refusals.
select test.act_as('cora');
select test.check('a report that is none', test.fails('RPC03', $$select test.publish('banana', '2010-12-31')$$)
    like 'there is no report "banana" that is published | There are: %exceptions%', true);
select test.check('a report that is of no one plan', test.fails('RPC03', $$select test.publish('councils', '2010-12-31')$$),
    'a publication is of one plan, in the chain of its council; the report "councils" is of several | Publish the account of each, which it is the sum of: shap report publish account --plan COUNCIL/YEAR --as-at DAY');
select test.fails('RPC03', $$select test.publish(null, '2010-12-31')$$);
select test.check('what the report does not take', test.fails('RPC03', $$select test.publish('exceptions', '2010-12-31', null, '{banana=1}')$$),
    'the report "exceptions" takes no "banana" | It takes: plan, as_at, known_at, objective, organisation, owner, claim');
select test.check('a day to come', test.fails('RPC03', $$select test.publish('exceptions', '2011-06-11')$$) like 'as at: 2011-06-11 is still to come%', true);
select test.check('a decision before its report''s day', test.fails('RPC03',
    $$select shap_v1.publish_report('exceptions', null, '2010-12-31', null, null, null, null, null, null, '2010-12-30')$$)
    like 'day: 2010-12-30 is before the day of the report, 2010-12-31%', true);
select test.check('what the report itself refuses', test.fails('RPC09', $$select test.publish('exceptions', '2010-07-19')$$)
    like 'copeland/2010-11 was not adopted as at 2010-07-19%', true);
select test.fails('RPC05', $$select shap_v1.get_publication(1, null)$$);
select test.fails('RPC05', $$select shap_v1.reproduce_publication(null)$$);
select test.fails('RPC05', $$select * from shap_v1.list_arrivals(1)$$);

-- Rights.
select test.act_as('sam');
select test.fails('42501', $$select test.publish('exceptions', '2010-12-31')$$);
select test.fails('42501', $$select * from shap_v1.list_publications(null, null)$$);
select test.fails('42501', $$select shap_v1.get_publication(1, null)$$);
select test.act_as('rita');
select test.fails('42501', $$select test.publish('exceptions', '2010-12-31')$$);
select test.fails('42501', $$select shap_v1.withdraw_publication(1, 'x', null)$$);
select test.act_as('petra');
select test.fails('42501', $$select test.publish('exceptions', '2010-12-31')$$);
select test.check('the panel reads what was published', count(*) > 0, true) from shap_v1.list_publications(null, null);
select test.act_as('bob');
select test.check('another council''s publications do not exist', count(*), 0::bigint) from shap_v1.list_publications(null, null);
select test.fails('RPC05', format('select shap_v1.get_publication(%s, null)', (select max(id) from test.kind)));
select test.check('nor in the chain', (select string_agg(concat_ws(' ', v.council, v.publications, v.holds), ', ') from shap_v1.verify_publications() v), 'barrow 0 t');
reset role;
select test.fails('RPC09', 'update shap.publication set content = ''x''');
select test.fails('RPC09', 'delete from shap.publication');

-- Withdrawn only by a record with a reason.
select test.act_as('cora');
select test.fails('RPC03', format('select shap_v1.withdraw_publication(%s, '' '', null)', (select max(known_id) from test.kind)));
select test.fails('RPC03', format('select shap_v1.withdraw_publication(%s, ''x'', ''2010-12-30'')', (select max(known_id) from test.kind)));
select test.check('withdrawn', (select concat_ws('|', p.withdrawn_on, p.withdrawn_because) from shap_v1.withdraw_publication((select max(known_id) from test.kind), 'the wrong one', null) p),
    '2011-06-10|the wrong one');
select test.check('a second time', test.fails('RPC10', format('select shap_v1.withdraw_publication(%s, ''x'', null)', (select max(known_id) from test.kind)))
    like 'the publication was withdrawn by Cora Coordinator on 2011-06-10%', true);
select test.check('it stays', test.again((select max(known_id) from test.kind)), 'the same');

-- Whoever changes the database itself is found out, wherever he does.
reset role;
create function test.chain() returns text language plpgsql security definer as $$
declare
    found text;
begin
    perform set_config('shap.councils', format('{%s}', test.council_id()), true), set_config('shap.sight', 'full', true);
    select concat_ws(' ', v.holds, v.broken_number, v.fault) into found from shap_v1.verify_publications() v;
    return found;
end
$$;
create function test.tamper(statement text) returns text language plpgsql as $$
declare
    found text;
begin
    begin
        alter table shap.publication disable trigger all;
        execute statement;
        found := test.chain();
        raise exception using errcode = 'TEST1';
    exception when sqlstate 'TEST1' then
        return found;
    end;
end
$$;
select test.check('the chain holds', test.chain(), 't');
select test.check('a changed text', test.tamper('update shap.publication set content = replace(content, ''SH'', ''HS'') where number = 2'),
    'f 2 its text has another hash than its entry says');
select test.check('a changed text with its hash', test.tamper($$update shap.publication set content = '{}', content_sha256 = sha256('{}') where number = 2$$),
    'f 2 its entry has another hash than was kept');
select test.check('with the hash of its entry, too', test.tamper($$
    update shap.publication p set content = '{}', content_sha256 = sha256('{}') where number = 2;
    update shap.publication p set entry_sha256 = sha256(convert_to(shap.publication_entry(p), 'UTF8')) where number = 2$$),
    'f 3 it does not follow on the one before it');
select test.check('one that is dropped', test.tamper('delete from shap.publication where number = 2'), 'f 3 one before it is missing');
select test.check('another day, note, ' || what, test.tamper(format('update shap.publication set %s where number = 1', what)),
    'f 1 its entry has another hash than was kept')
  from unnest(array['day = ''2011-01-01''', 'as_at = ''2010-12-30''', 'note_digest = null', 'request = ''{}''', 'rule = ''x''',
                    'known_link = 1', 'report = ''x''', 'membership_id = membership_id + 1']) what;
select test.check('nothing of that stays', test.chain(), 't');
