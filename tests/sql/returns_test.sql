-- Submitting, listing and withdrawing returns.
\ir copeland_fixture.sql
select test.at('2010-12-17 10:00 Europe/London');
reset role;
create temporary table log (n integer generated always as identity, a shap_v1.submit_return_answer);
grant all on log to public;
-- Submits a group and says how each call was answered: its SQLSTATE, or "new", or "again".
create function test.submit(role_of text, variadic calls shap_v1.submit_return_call[]) returns text language plpgsql as $$
declare
    tokens constant bytea[] := array(select (c).token_hash from unnest(calls) c);
begin
    reset role;
    perform set_config('shap.callers', i.callers, false), set_config('shap.councils', i.councils, false),
            set_config('shap.organisations', i.organisations, false), set_config('shap.sight', i.sight, false),
            set_config('role', i.role, false)
       from shap_v1.identify(tokens) i where i.role = 'shap_' || role_of;
    delete from log;
    insert into log (a) select a from shap_v1.submit_return(calls) a;
    return (select string_agg(coalesce((a).sqlstate, case when (a).replayed then 'again' else 'new' end), ' ' order by (a).ordinal) from log);
end
$$;
create function test.refusal(who text, reference text, status text, as_of date default null, note text default null,
    new_date text default null, reason text default null, corrects uuid default null, organisation text default null,
    id uuid default gen_random_uuid(), plan text default '2010-11', evidence text default null, rating text default null) returns text
language plpgsql as $$
declare
    answer shap_v1.submit_return_answer;
begin
    perform test.act_as(who);
    select * into answer from shap_v1.submit_return(array[test.call(1, who, reference, status, as_of, note, new_date, reason,
        corrects, organisation, id, plan, evidence, rating)]);
    return concat_ws(': ', answer.sqlstate, answer.refusal);
end
$$;

-- A receipt, and the same again.
select test.check('a return is recorded', test.submit('contributor', test.call(1, 'sam', 'sh5.2.6.1', 'in progress', '2010-12-10', 'a note',
    id => 'a0000000-0000-4000-8000-000000000001')), 'new');
create temporary table first_answer as select (a).* from log;
select test.check('the receipt', (select format('%s %s %s %s', return_id, record_id = test.record('SH5.2/6/1'),
    recorded_at at time zone 'Europe/London' >= '2010-12-17 10:00', reference) from first_answer),
    'a0000000-0000-4000-8000-000000000001 t t SH5.2/6/1');
select test.at('2010-12-18 10:00 Europe/London');
select test.check('sent again it counts once', test.submit('contributor', test.call(1, 'sam', 'sh5.2.6.1', 'in progress', '2010-12-10', 'a note',
    id => 'a0000000-0000-4000-8000-000000000001')), 'again');
select test.check('and is answered as the first time', (select row(f.record_id, f.recorded_at, f.reference)::text from first_answer f),
    (select row((a).record_id, (a).recorded_at, (a).reference)::text from log));
select test.check('with other content it is refused', test.submit('contributor', test.call(1, 'sam', 'SH5.2/6/1', 'complete', '2010-12-10', 'a note',
    id => 'a0000000-0000-4000-8000-000000000001')), 'RPC06');
select test.check('saying why', (select (a).refusal from log), 'a return with the id a0000000-0000-4000-8000-000000000001 is on record '
    'already, with other content. A return that says something else needs an id of its own.');
select test.check('ids are unique per organisation', test.submit('contributor', test.call(1, 'olive', 'SH1.1/1/1', 'in progress',
    id => 'a0000000-0000-4000-8000-000000000001')), 'new');
reset role;
select test.check('nothing else was recorded', (select count(*) from shap."return"), 2::bigint);
select test.check('a refusal and a repetition take no link', (select array_agg(number) from shap.link
    where council_id = test.council() and number > (select link from shap."return" where record_id = (select record_id from first_answer))),
    (select array_agg(link) from shap."return" where record_id <> (select record_id from first_answer)));
select test.check('text is kept apart, by a salted digest', (select body from shap.personal_text t join shap."return" r on r.note_digest = t.digest
    where t.digest = sha256(t.salt || convert_to(t.body, 'UTF8')) and r.reference = 'SH5.2/6/1'), 'a note');

-- One group: two bodies, repetitions, refusals, corrections, and what is good is recorded all the same.
select test.check('each call is answered on its own', test.submit('contributor',
    test.call(3, 'sam', 'SH5.2/5/1', 'in progress', id => 'a0000000-0000-4000-8000-000000000003'),
    test.call(1, 'olive', 'SH1.1/1/2', 'in progress', id => 'a0000000-0000-4000-8000-000000000003'),
    test.call(2, 'olive', 'SH9.9/1/1', 'in progress'),
    test.call(4, 'sam', 'SH5.2/5/1', 'in progress', id => 'a0000000-0000-4000-8000-000000000003'),
    test.call(5, 'sam', 'SH5.2/5/1', 'complete', id => 'a0000000-0000-4000-8000-000000000003'),
    test.call(6, 'sam', 'SH1.1/1/1', 'complete'),
    test.call(7, 'sam', 'SH5.2/5/1', 'complete', corrects => 'a0000000-0000-4000-8000-000000000003', id => 'a0000000-0000-4000-8000-000000000007'),
    test.call(8, 'sam', 'SH5.2/5/1', 'in progress', corrects => 'a0000000-0000-4000-8000-000000000007', id => 'a0000000-0000-4000-8000-000000000008'),
    test.call(9, 'sam', 'SH5.2/5/1', 'in progress', corrects => 'a0000000-0000-4000-8000-000000000010'),
    test.call(10, 'sam', 'SH5.2/5/1', 'in progress', new_date => 'May 2011', id => 'a0000000-0000-4000-8000-000000000010'),
    test.call(11, 'sam', 'SH5.2/5/1', 'in progress', corrects => 'a0000000-0000-4000-8000-000000000010'),
    test.call(12, 'wrong', 'SH5.2/5/1', 'in progress')),
    'new RPC05 new again RPC06 RPC05 new new RPC05 RPC03 RPC05 28000');
reset role;
select test.check('corrections name what they correct', (select string_agg(concat_ws('>', right(r.return_id::text, 1), right(k.return_id::text, 1)), ' ' order by r.record_id)
    from shap."return" r left join shap."return" k on k.council_id = r.council_id and k.record_id = r.corrects where r.reference = 'SH5.2/5/1'),
    '3 7>3 8>7');
select test.check('the same group again makes nothing new', test.submit('contributor',
    test.call(1, 'sam', 'SH5.2/5/1', 'in progress', corrects => 'a0000000-0000-4000-8000-000000000007', id => 'a0000000-0000-4000-8000-000000000008'),
    test.call(2, 'sam', 'SH5.2/5/1', 'complete', corrects => 'a0000000-0000-4000-8000-000000000003', id => 'a0000000-0000-4000-8000-000000000007'),
    test.call(3, 'sam', 'SH5.2/5/1', 'in progress', id => 'a0000000-0000-4000-8000-000000000003')), 'again again again');
select test.check('an empty group', coalesce(test.submit('contributor', variadic array[]::shap_v1.submit_return_call[]), 'nothing'), 'nothing');
reset role;
select test.check('one link per unit and council', (select count(distinct link) from shap."return" where reference in ('SH5.2/5/1', 'SH1.1/1/2')), 1::bigint);
select test.check('the link of a group is nobody''s alone', (select l.membership_id from shap.link l join shap."return" r on r.council_id = l.council_id
    and r.link = l.number where r.reference = 'SH1.1/1/2'), null::bigint);

-- Refusals by what is said.
select test.check('no id', test.refusal('sam', 'SH5.2/6/1', 'complete', id => null),
    'RPC03: the return has no id. The sender makes a UUID before sending it for the first time.');
select test.check('no status', test.refusal('sam', 'SH5.2/6/1', null),
    'RPC03: the status is missing. Say not started, in progress, complete or will not be delivered.');
select test.check('no milestone', test.refusal('sam', ' ', 'complete'),
    'RPC03: the milestone is missing. Name it by its reference, such as SH4.3/2/1.');
select test.check('a day to come', test.refusal('sam', 'SH5.2/6/1', 'complete', '2010-12-19'),
    'RPC03: as of: 2010-12-19 is still to come. Give a day not after 2010-12-18, which is today by the server''s clock.');
select test.check('the year 9999', left(test.refusal('sam', 'SH5.2/6/1', 'complete', '9999-01-01'), 5), 'RPC03');
select test.check('the year 1010', test.refusal('sam', 'SH5.2/6/1', 'complete', '1010-12-10'), 'RPC03: as of: 1010-12-10 is before 1990. Check the year.');
select test.check('a long note', left(test.refusal('sam', 'SH5.2/6/1', 'complete', note => repeat('é', 20001)), 60),
    'RPC03: note has 20001 characters; at most 20000 are kept. Pu');
select test.check('a note as long as it may be', test.refusal('sam', 'SH5.2/6/1', 'in progress', note => repeat('é', 20000)), '');
select test.check('other long texts', (select string_agg(left(r, 5), ' ') from (values
    (test.refusal('sam', 'SH5.2/6/1', 'complete', evidence => repeat('x', 2001))), (test.refusal('sam', 'SH5.2/6/1', 'complete', rating => repeat('x', 101))),
    (test.refusal('sam', 'SH5.2/6/1', 'complete', new_date => repeat('x', 201), reason => 'y')),
    (test.refusal('sam', 'SH5.2/6/1', 'complete', new_date => 'May', reason => repeat('x', 20001)))) v (r)), 'RPC03 RPC03 RPC03 RPC03');
select test.check('a new date without a reason', test.refusal('sam', 'SH5.2/6/1', 'in progress', new_date => 'May 2011', reason => ' '),
    'RPC03: a new date is asked for without a reason. Say why it is needed.');
select test.check('what is no plan', test.refusal('sam', 'SH5.2/6/1', 'complete', plan => 'Copeland'),
    'RPC03: "Copeland" is not the name of a plan. Write it as copeland/2010-11.');
select test.check('an unknown plan', left(test.refusal('sam', 'SH5.2/6/1', 'complete', plan => '2015/16'), 39), 'RPC05: there is no plan "2015/16" here.');
select test.check('another council''s plan', left(test.refusal('sam', 'SH5.2/6/1', 'complete', plan => 'barrow/2010-11'), 5), 'RPC05');
select test.check('names of a plan', (select string_agg(test.refusal('sam', 'SH5.2/6/1', 'in progress', plan => p), '|') from
    unnest(array['copeland/2010-11', ' Copeland / 2010/11 ', '2010/2011', null]) p), '|||');
select test.check('what is not shared does not exist', test.refusal('sam', 'SH1.1/1/1', 'complete'),
    'RPC05: there is no milestone "SH1.1/1/1" for you in copeland/2010-11. Yours are listed by: shap milestone list');
select test.check('nor does what is in no plan', test.refusal('sam', 'SH1.1/77/1', 'complete'),
    'RPC05: there is no milestone "SH1.1/77/1" for you in copeland/2010-11. Yours are listed by: shap milestone list');
select test.check('an unknown organisation', left(test.refusal('cora', 'SH1.1/1/1', 'complete', organisation => 'nobody'), 5), 'RPC05');
select test.check('another organisation', test.refusal('sam', 'SH5.2/6/1', 'complete', organisation => 'home-housing'),
    'RPC07: a return for Home Housing is entered by its own people, or by a coordinator.');
select test.check('one''s own organisation may be named', test.refusal('sam', 'SH5.2/6/1', 'in progress', organisation => 'Supporting-People-Team'), '');
select test.check('a coordinator answers anything for the council', test.refusal('cora', 'SH2.2/1/1', 'in progress'), '');
select test.check('and for a body what it shares', test.refusal('cora', 'SH5.2/6/1', 'in progress', organisation => 'supporting-people-team'), '');
select test.check('and not what it does not', test.refusal('cora', 'SH1.1/1/1', 'in progress', organisation => 'supporting-people-team'),
    'RPC09: SH1.1/1/1 is not shared with Supporting People Team. Share it first with: shap milestone share');
select test.check('nothing to correct', left(test.refusal('sam', 'SH5.2/6/1', 'complete', corrects => 'a0000000-0000-4000-8000-000000000003'), 5), 'RPC05');
select test.check('a correction of an earlier day would not count', test.refusal('sam', 'SH5.2/6/1', 'complete', '2010-12-09', corrects => 'a0000000-0000-4000-8000-000000000001'),
    'RPC03: as of: a correction of 2010-12-10 cannot speak of an earlier day, 2010-12-09. Withdraw the return and send another.');
select test.act_as('rita');
select test.fails('42501', 'select shap_v1.submit_return(array[test.call(1, ''rita'', ''SH1.1/1/1'', ''complete'')])');
select test.act_as('bob');
select test.fails('RPC05', 'select shap_v1.list_returns(''copeland/2010-11'', null, null, null, null, null, null)');
select test.act_as('cora');
select test.send('33333333-3333-4333-8333-333333333333', 1, s.rows, s.bytes, '2011/12') from test.sample s;
select shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256(s.bytes), null) from test.sample s;
select test.check('a draft is not answered', test.refusal('cora', 'SH1.1/1/1', 'complete', plan => '2011-12'),
    'RPC09: copeland/2011-12 is a draft. It is answered once it is adopted with: shap plan adopt');
reset role;
set role shap_owner;
insert into shap.token_end (token_id, ended_at, council_id, link, membership_id)
select k.id, shap.clock(), test.council(), test.link(), k.membership_id from shap.token k where k.hash = sha256('hugh');
reset role;
select test.check('a revoked token in a group is refused, its neighbours are not', test.submit('contributor',
    test.call(1, 'hugh', 'SH4.3/1/1', 'in progress'), test.call(2, 'sam', 'SH5.2/6/1', 'in progress')), '28000 new');
reset role;

-- Listing and withdrawing.
create function test.listed(variadic columns text[] default '{}') returns text language sql as $$
    select string_agg(format('%s %s %s', r.reference, r.organisation, r.status), ', ') from shap_v1.list_returns('2010-11', null, null, null, null, null, null) r
$$;
select test.act_as('olive');
select test.check('a contributor sees what concerns the milestones it shares', test.listed(),
    'SH1.1/1/1 copeland in_progress, SH1.1/1/2 copeland in_progress, SH2.2/1/1 copeland in_progress');
select test.act_as('cora');
select shap_v1.share_milestone(null, 'SH5.2/5/1', 'copeland', 'the council takes part');
select test.act_as('olive');
select test.check('also what other bodies say of them', (select string_agg(distinct r.organisation, ' ') from shap_v1.list_returns(null, 'sh5.2.5.1', null, null, null, null, null) r),
    'supporting-people-team');
select test.check('but withdraws its own only', test.fails('RPC07', format('select shap_v1.withdraw_return(%s, ''no'', null)', test.record('SH5.2/5/1'))),
    format('return %s was made by another organisation | Its own people withdraw it; a coordinator can send it back.', test.record('SH5.2/5/1')));
select test.fails('RPC05', format('select shap_v1.withdraw_return(%s, ''no'', null)', test.record('SH5.2/6/1')));
select test.act_as('sam');
select test.fails('RPC03', format('select shap_v1.withdraw_return(%s, '' '', null)', test.record('SH5.2/5/1')));
select test.fails('RPC03', format('select shap_v1.withdraw_return(%s, ''a slip'', ''2010-12-17'')', test.record('SH5.2/5/1')));
select test.check('a withdrawn return says so', (select format('%s %s', r.withdrawn_on, r.record_id = test.record('SH5.2/5/1'))
    from shap_v1.withdraw_return(test.record('SH5.2/5/1'), 'a slip', null) r), '2010-12-18 t');
select test.check('once', test.fails('RPC10', format('select shap_v1.withdraw_return(%s, ''a slip'', null)', test.record('SH5.2/5/1'))) like
    'the return was withdrawn by Sam Support on 2010-12-18 (record %', true);
select test.check('and is not awaiting review any more', (select count(*) from shap_v1.list_returns(null, 'SH5.2/5/1', null, true, null, null, null)), 2::bigint);
select test.check('as at the day before it was not said yet', (select count(*) from shap_v1.list_returns(null, 'SH5.2/5/1', null, null, null, '2010-12-17', null)), 0::bigint);
select test.act_as('cora');
select test.fails('RPC07', format('select shap_v1.withdraw_return(%s, ''a slip'', null)', (select max(record_id) from
    shap_v1.list_returns(null, 'SH5.2/5/1', null, null, null, null, null))));
select test.check('both names are kept where a coordinator entered it', (select format('%s %s %s', r.organisation, r.by, r.entered_for)
    from shap_v1.list_returns(null, 'SH5.2/6/1', null, null, null, null, null) r where r.entered_for), 'supporting-people-team Cora Coordinator t');
select test.check('who entered it may withdraw it', (select (shap_v1.withdraw_return(r.record_id, 'entered twice', null)).withdrawn_on
    from shap_v1.list_returns(null, 'SH5.2/6/1', null, null, null, null, null) r where r.entered_for), '2010-12-18'::date);
select test.check('unknown numbers', test.fails('RPC05', 'select shap_v1.withdraw_return(1, ''a'', null)'),
    'there is no return with the record number 1 | Returns are listed by: shap return list');

-- What was said stays as it was said, whoever asks.
reset role;
select test.fails('RPC09', 'update shap."return" set status = ''complete''');
select test.fails('RPC09', 'delete from shap."return"');
select test.fails('RPC09', 'truncate shap."return" cascade');
set role shap_api;
select test.fails('42501', 'update shap."return" set status = ''complete''');
select test.fails('42501', 'delete from shap."return"');
reset role;
