-- Reviews, grants, what undoes them, and two coordinators at once.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
select test.act_as('cora');
create function pg_temp.fails(expected text, statement text, variadic arguments text[] default '{}') returns text language sql as $$
    select test.fails(expected, format(statement, variadic arguments))
$$;

-- Reviews.
select test.say('olive', 'SH1.1/1/1', 'complete', '2010-12-20', 'all told') as said \gset
select test.act_as('cora');
select test.check('a verdict is needed', pg_temp.fails('RPC03', 'select shap_v1.review_return(%s, null, null, null)', :'said'), 'accepted or sent back? | Say which.');
select test.check('sending back needs a comment', pg_temp.fails('RPC03', 'select shap_v1.review_return(%s, ''sent_back'', '' '', null)', :'said'),
    'a comment is needed to send a return back | Say what its sender should do, with: --comment');
select test.check('not before the return', pg_temp.fails('RPC03', 'select shap_v1.review_return(%s, ''accepted'', null, ''2010-12-19'')', :'said'),
    'day: 2010-12-19 is before the day of the return, 2010-12-20 | Give a day from 2010-12-20 on.');
select pg_temp.fails('RPC03', 'select shap_v1.review_return(%s, ''accepted'', null, ''2011-01-01'')', :'said');
select pg_temp.fails('RPC05', 'select shap_v1.review_return(1, ''accepted'', null, null)');
select pg_temp.fails('RPC03', 'select shap_v1.review_return(null, ''accepted'', null, null)');
select record_id as reviewed from shap_v1.review_return(:said, 'sent_back', 'which staff?', '2010-12-22') \gset
select test.act_as('colin');
select test.check('one that stands is revoked before another is made', pg_temp.fails('RPC10', 'select shap_v1.review_return(%s, ''accepted'', null, null)', :'said'),
    format('Cora Coordinator sent back this return on 2010-12-22 (record %s) | Revoke that review first with: shap review revoke %1$s', :reviewed));
select test.check('revoking needs a reason', pg_temp.fails('RPC03', 'select shap_v1.revoke_review(%s, null, null)', :'reviewed'),
    'a reason is needed to undo the review | Give one with: --reason');
select pg_temp.fails('RPC03', 'select shap_v1.revoke_review(%s, ''x'', ''2010-12-21'')', :'reviewed');
select pg_temp.fails('RPC05', 'select shap_v1.revoke_review(%s, ''x'', null)', :'said');
select test.check('a revoked review says so', (select format('%s %s %s %s', verdict, comment, day, revoked_on) from shap_v1.revoke_review(:reviewed, 'read too fast', null)),
    'sent_back which staff? 2010-12-22 2010-12-31');
select test.check('once', pg_temp.fails('RPC10', 'select shap_v1.revoke_review(%s, ''x'', null)', :'reviewed') like
    'the review was revoked by Colin Coordinator on 2010-12-31 (record %) | Look at the milestone again with: shap milestone show', true);
select test.check('then it is reviewed again', (select format('%s %s', verdict, by) from shap_v1.review_return(:said, 'accepted', null, null)), 'accepted Colin Coordinator');
select test.say('olive', 'SH1.1/1/2', 'complete', '2010-12-20') as taken_back \gset
select shap_v1.withdraw_return(:taken_back, 'a slip', null);
select test.act_as('cora');
select test.check('a withdrawn return is not reviewed', pg_temp.fails('RPC10', 'select shap_v1.review_return(%s, ''accepted'', null, null)', :'taken_back') like
    'the return was withdrawn by Olive Officer on 2010-12-31 (record %', true);

-- Grants: the day.
select test.say('olive', 'SH1.1/3/1', 'in progress', '2010-12-20', null, 'Feb 2011', 'the survey is late') as asked \gset
select test.act_as('cora');
select test.check('the one date in the phrase', (select format('%s|%s|%s|%s|%s|%s', new_date, new_day, reason, day, extensions, slip_months)
    from shap_v1.grant_date(null, null, :asked, null, null, null, '2010-12-21', null)), 'Feb 2011|2011-02-28|the survey is late|2010-12-21|1|5');
select test.check('a stated day that says otherwise', pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.1/1/2', null, 'May 2011', '2011-05-15', 'x', null, null)$$),
    '"May 2011" is 2011-05-31, not 2011-05-15 | Leave the day out, or write another phrase.');
select test.check('several dates', pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.1/1/2', null, 'Revised March 2011 - within 2011/12 service plan', null, 'x', null, null)$$),
    '"Revised March 2011 - within 2011/12 service plan" names several days: 2011-03-31, 2012-03-31 | Say which day it means, with: --new-day');
select test.check('no date', pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.1/1/2', null, 'when the money comes', null, 'x', null, null)$$),
    '"when the money comes" names no day | Say which day it means, with: --new-day');
select test.check('none, and a day stated', (select new_day from shap_v1.grant_date(null, 'sh1.1.1.2', null, 'when the money comes', '2011-06-30', 'no money yet', null, null)), '2011-06-30'::date);
select pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.2/1/1', null, 'some day', '9999-01-01', 'x', null, null)$$);
select test.check('no phrase', pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.2/1/1', null, ' ', null, 'x', null, null)$$),
    'which new date is granted? | Write it as a plan would, such as March 2011.');
select pg_temp.fails('RPC03', 'select shap_v1.grant_date(null, null, %s, null, null, null, null, null)', :'said');
select test.check('no reason', pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.2/1/1', null, 'May 2011', null, null, null, null)$$),
    'a new date is granted for a reason | Give one with: --reason');
select test.check('not before the request', pg_temp.fails('RPC03', 'select shap_v1.grant_date(null, null, %s, ''May 2011'', null, null, ''2010-12-19'', null)', :'asked'),
    'day: 2010-12-19 is before the day of the request, 2010-12-20 | Give a day from 2010-12-20 on.');
select pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, 'SH1.2/1/1', %s, 'May 2011', null, 'x', null, null)$$, :'asked');
select pg_temp.fails('RPC05', $$select shap_v1.grant_date(null, 'SH1.77/1/1', null, 'May 2011', null, 'x', null, null)$$);
select pg_temp.fails('RPC03', $$select shap_v1.grant_date(null, null, null, 'May 2011', null, 'x', null, null)$$);
select pg_temp.fails('RPC05', $$select shap_v1.grant_date(null, null, 1, 'May 2011', null, 'x', null, null)$$);

-- Grants: the first wins.
select record_id as granted from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m,
    lateral (select max(e.record_id) as record_id from shap_v1.get_milestone(null, m.reference, null, null) h, unnest(h.events) e where e.kind = 'grant') g
 where m.reference = 'SH1.1/3/1' \gset
select test.act_as('colin');
select test.check('a request is granted once', pg_temp.fails('RPC10', 'select shap_v1.grant_date(null, null, %s, ''May 2011'', null, null, null, null)', :'asked'),
    format('Cora Coordinator granted SH1.1/3/1 the new date "Feb 2011" (2011-02-28) on 2010-12-21 (record %s) | Revoke it first with: shap grant revoke %1$s', :granted));
select test.check('even naming it', pg_temp.fails('RPC10', 'select shap_v1.grant_date(null, null, %s, ''May 2011'', null, null, null, %s)', :'asked', :'granted') is not null, true);
select test.check('without a request the grant in force is named', pg_temp.fails('RPC10', $$select shap_v1.grant_date(null, 'SH1.1/3/1', null, 'May 2011', null, 'x', null, null)$$),
    format('Cora Coordinator granted SH1.1/3/1 the new date "Feb 2011" (2011-02-28) on 2010-12-21 (record %s) | To replace it, grant with: --replaces %1$s', :granted));
select pg_temp.fails('RPC10', $$select shap_v1.grant_date(null, 'SH1.1/3/1', null, 'May 2011', null, 'x', null, 1)$$);
select test.check('where there is none, none is named', pg_temp.fails('RPC10', $$select shap_v1.grant_date(null, 'SH1.2/1/1', null, 'May 2011', null, 'x', null, 1)$$),
    'SH1.2/1/1 has no new date that grant 1 gave | Look at the milestone again with: shap milestone show');
select test.check('named, it is replaced', (select format('%s %s %s', new_day, extensions, slip_months) from
    shap_v1.grant_date(null, 'SH1.1/3/1', null, 'May 2011', null, 'x', null, :granted)), '2011-05-31 2 8');
select test.say('olive', 'SH1.1/3/1', 'in progress', '2010-12-31', null, 'June 2011', 'later still') as asked_again \gset
select test.act_as('cora');
select test.check('a request made since then says it all', (select format('%s %s', new_day, extensions) from
    shap_v1.grant_date(null, null, :asked_again, null, null, null, null, null)), '2011-06-30 3');
select test.say('olive', 'SH1.2/2/1', 'in progress', '2010-12-30', null, 'June 2011', 'one') as one \gset
select test.say('olive', 'SH1.2/2/1', 'in progress', '2010-12-30', null, 'July 2011', 'two') as two \gset
select test.act_as('cora');
select record_id as of_two from shap_v1.grant_date(null, null, :two, null, null, null, null, null) \gset
select test.check('a request from before the grant in force must name it', pg_temp.fails('RPC10', 'select shap_v1.grant_date(null, null, %s, null, null, null, null, null)', :'one') like
    'Cora Coordinator granted SH1.2/2/1 the new date "July 2011"%--replaces%', true);
select test.check('and may', (select new_day from shap_v1.grant_date(null, null, :one, null, null, null, null, :of_two)), '2011-06-30'::date);
select test.say('olive', 'SH1.2/2/2', 'in progress', '2010-12-30', null, 'June 2011', 'one') as refused \gset
select test.act_as('cora');
select shap_v1.review_return(:refused, 'sent_back', 'no', null);
select test.check('what was sent back asks for nothing', pg_temp.fails('RPC09', 'select shap_v1.grant_date(null, null, %s, null, null, null, null, null)', :'refused'),
    format('return %s was sent back | Grant the date without it, or revoke the review first.', :refused));
select pg_temp.fails('RPC10', 'select shap_v1.grant_date(null, null, %s, ''May 2011'', null, ''x'', null, null)', :'taken_back');

-- Revoking a grant.
select pg_temp.fails('RPC03', 'select shap_v1.revoke_grant(%s, '''', null)', :'of_two');
select pg_temp.fails('RPC03', 'select shap_v1.revoke_grant(%s, ''x'', ''2010-12-30'')', :'of_two');
select pg_temp.fails('RPC05', 'select shap_v1.revoke_grant(%s, ''x'', null)', :'two');
select test.check('a revoked grant says so', (select revoked_on from shap_v1.revoke_grant(:of_two, 'not needed', null)), '2010-12-31'::date);
select pg_temp.fails('RPC10', 'select shap_v1.revoke_grant(%s, ''x'', null)', :'of_two');

-- What waits.
select test.check('awaiting a date', (select array_agg(r.record_id order by r.record_id) from shap_v1.list_returns(null, null, null, null, true, null, null) r),
    array[:two]::bigint[]);
select test.check('awaiting review, accepted and sent back do not', (select bool_or(r.record_id in (:said, :refused, :taken_back))
    from shap_v1.list_returns(null, null, null, true, null, null, null) r), false);
select test.check('a return shows what was said to it', (select format('%s|%s|%s', verdict, comment, new_date)
    from shap_v1.list_returns(null, 'SH1.2/2/2', null, null, null, null, null) where record_id = :refused), 'sent_back|no|June 2011');
select test.check('and the day it was granted', (select new_day from shap_v1.list_returns(null, 'SH1.1/3/1', null, null, null, null, null) where record_id = :asked),
    '2011-02-28'::date);

-- Rights: whoever does not coordinate neither reviews nor grants.
select test.act_as('olive');
select pg_temp.fails('42501', 'select shap_v1.review_return(%s, ''accepted'', null, null)', :'said');
select pg_temp.fails('42501', 'select shap_v1.revoke_review(%s, ''x'', null)', :'reviewed');
select pg_temp.fails('42501', $$select shap_v1.grant_date(null, 'SH1.2/1/1', null, 'May 2011', null, 'x', null, null)$$);
select test.act_as('bob');
select pg_temp.fails('RPC05', 'select shap_v1.review_return(%s, ''accepted'', null, null)', :'said');
select pg_temp.fails('RPC05', 'select shap_v1.revoke_grant(%s, ''x'', null)', :'granted');
reset role;

-- Two coordinators at once, on two connections: the second waits for the first, and is told what changed.
create extension dblink;
select dblink_connect('second', format('host=%s dbname=%s user=postgres', split_part(current_setting('unix_socket_directories'), ',', 1), current_database()));
select dblink_exec('second', 'set client_min_messages = warning');
select * from dblink('second', $$select test.act_as('colin')$$) as t (a text);
select test.say('olive', 'SH1.2/3/1', 'in progress', '2010-12-30', null, 'June 2011', 'busy') as both \gset
begin;
select test.act_as('cora');
select shap_v1.grant_date(null, null, :both, null, null, null, null, null);
select dblink_send_query('second', format('select new_day from shap_v1.grant_date(null, null, %s, ''May 2011'', null, ''x'', null, null)', :both));
select test.check('the second waits', dblink_is_busy('second'), 1);
commit;
create function pg_temp.answer() returns text language plpgsql as $$
begin
    return (select t.a from dblink_get_result('second') as t (a text));
exception when others then
    return sqlstate || ' ' || sqlerrm;
end
$$;
reset role;
select test.check('and is told', pg_temp.answer() like 'RPC10 Cora Coordinator granted SH1.2/3/1 the new date "June 2011" (2011-06-30) on 2010-12-31%', true);
select * from dblink_get_result('second') as t (a text);

-- The same return on two connections at once: recorded once, answered twice alike.
select * from dblink('second', $$select test.act_as('sam')$$) as t (a text);
begin;
select test.act_as('sam');
create temporary table mine as select a.* from shap_v1.submit_return(array[test.call(1, 'sam', 'SH5.2/6/1', 'complete', '2010-12-31', id => 'b0000000-0000-4000-8000-000000000001')]) a;
reset role;
select dblink_send_query('second', $$select a.record_id || ' ' || a.replayed || ' ' || coalesce(a.sqlstate, 'done') from shap_v1.submit_return(
    array[test.call(1, 'sam', 'SH5.2/6/1', 'complete', '2010-12-31', id => 'b0000000-0000-4000-8000-000000000001')]) a$$);
select test.check('the second sender waits', dblink_is_busy('second'), 1);
commit;
select test.check('and gets the first one''s receipt', pg_temp.answer(), (select record_id || ' true done' from mine));
select test.check('it is there once', (select count(*) from shap."return" where return_id = 'b0000000-0000-4000-8000-000000000001'), 1::bigint);
select dblink_disconnect('second');
