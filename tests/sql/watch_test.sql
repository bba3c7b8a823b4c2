-- Watching Copeland's plan: what is told, to whom, in which order, and that a cursor resumes at every cut.
\ir copeland_fixture.sql

-- What a watch tells, a line each, in the order it comes; and the cursors, with the one that stands alone at the end.
create function test.told(place text, since date default null, kinds shap_v1.event_kind[] default null, plan text default null,
                          council text default null) returns text[] language sql stable as $$
    select array_agg(concat_ws(' ', e.kind, e.reference, e.organisation, '-', e.summary) order by e.n) filter (where e.kind is not null)
      from shap_v1.watch(plan, council, kinds, place, since, null) with ordinality
           e ("cursor", kind, plan, reference, organisation, by, day, recorded_at, summary, text, record_id, of_record, n)
$$;
create function test.cursors(place text) returns text[] language sql stable as $$
    select array_agg(e."cursor" order by e.n)
      from shap_v1.watch(null, null, null, place, null, null) with ordinality
           e ("cursor", kind, plan, reference, organisation, by, day, recorded_at, summary, text, record_id, of_record, n)
$$;
grant select on all tables in schema test to public;
create table test.place (name text primary key, "cursor" text);
grant all on test.place to public;
create function test.from(name text) returns text language sql stable as 'select p."cursor" from test.place p where p.name = "from".name';
create function test.whole() returns text[] language sql as $$
    select array['return SH5.2/5/1 supporting-people-team - in progress, asks for March 2011',
                 'return SH1.1/1/1 copeland - complete', 'review SH1.1/1/1 - accepted',
                 'grant SH5.2/5/1 - March 2011 (2011-03-31)', 'revocation SH5.2/5/1 - the grant is revoked',
                 'share SH1.1/1/1 supporting-people-team - added', 'meeting - SHP meets on 2010-12-20',
                 'window_open - Q3 is open, returns are due on 2011-01-14', 'window_close - Q3 is closed',
                 'sign_off SH1.1/1/1 - signed off',
                 'return SH5.2/5/1 supporting-people-team - in progress', 'withdrawal SH5.2/5/1 - the return is withdrawn']
$$;
create function test.cuts() returns bigint language sql stable as $$
    select count(*) from unnest(test.cursors(test.from('start'))) with ordinality c ("cursor", n)
     where coalesce(test.told(c."cursor"), '{}') <> (test.whole())[c.n + 1:]
$$;
create function test.parts(place text) returns table (part integer, n bigint, has_end boolean, "cursor" text) language plpgsql stable as $$
begin
    part := 0;
    loop
        part := part + 1;
        select count(*) filter (where e.kind is not null), bool_or(e.kind is null), (array_agg(e."cursor" order by e.i desc))[1]
          into n, has_end, "cursor"
          from shap_v1.watch(null, null, null, place, null, true) with ordinality
               e ("cursor", kind, plan, reference, organisation, by, day, recorded_at, summary, text, record_id, of_record, i);
        return next;
        exit when has_end or part > 5;
        place := "cursor";
    end loop;
end
$$;

select test.at('2010-12-20 10:00 Europe/London');
select test.act_as('rita');
select test.check('without a cursor it begins now', test.told(null), null);
insert into test.place select 'start', (test.cursors(null))[1];
select test.check('a place is the council and its last link', (select p."cursor" from test.place p), 'copeland:' || test.link());

-- One of everything, each in a link of its own.
select test.say('sam', 'SH5.2/5/1', 'in progress', '2010-12-19', 'Two of four.', 'March 2011', 'The panel moved.') as asked \gset
select test.say('olive', 'SH1.1/1/1', 'complete', '2010-12-18', 'Done.') as done \gset
select test.act_as('cora');
select shap_v1.review_return(:done, 'accepted', 'Thank you.', '2010-12-20');
select record_id as granted from shap_v1.grant_date(null, null, :asked, null, null, 'As asked.', '2010-12-20', null) \gset
select shap_v1.revoke_grant(:granted, 'Too early.', null);
select shap_v1.share_milestone(null, 'SH1.1/1/1', 'supporting-people-team', 'They help.');
select shap_v1.add_meeting(null, '2010-12-20', 'SHP');
select shap_v1.open_window(null, 'Q3', '2011-01-14', '2010-12-20');
select shap_v1.close_window(null, 'Q3', '2010-12-20');
select test.act_as('petra');
select shap_v1.sign_off_milestone(null, 'SH1.1/1/1', 'signed_off', '2010-12-20', 'Seen.', null);
select test.say('sam', 'SH5.2/5/1', 'in progress', '2010-12-20', 'Three of four.') as second \gset
select shap_v1.withdraw_return(:second, 'The wrong one.', null);
select test.act_as('rita');
select test.check('a reader is told everything, in the order of the ledger', test.told(test.from('start')), test.whole());
select test.check('an event carries who, when, the plan, the words and what it answers',
    (select (e.plan, e.by, e.day, e.recorded_at::date, e.text, e.of_record)::text from shap_v1.watch(null, null, '{grant}', test.from('start'), null, null) e where e.kind = 'grant'),
    format('(copeland/2010-11,"Cora Coordinator",2010-12-20,2010-12-20,"As asked.",%s)', :asked));
select test.check('kinds narrow it', test.told(test.from('start'), null, '{review,withdrawal}'), array[(test.whole())[3], (test.whole())[12]]);
select test.check('of a plan only what is about it', test.told(test.from('start'), null, null, '2010-11'), array_remove(test.whole(), 'meeting - SHP meets on 2010-12-20'));
select test.check('since a day is from its first record on', test.told(null, '2010-12-20'), test.whole());
select test.check('since the next day there is nothing', test.told(null, '2010-12-21'), null);
select test.check('a cursor goes before a day', test.told((test.cursors(null))[1], '2010-12-20'), null);

-- Every cut: going on from any cursor gives the rest, nothing lost and nothing twice.
select test.check('there is a cursor for each event and one at the end', cardinality(test.cursors(test.from('start'))), 13);
select test.check('resumed at every cut the rest is told', test.cuts(), 0::bigint);

-- Rights: what a contributor is told is what is shared with the organisation, and what is everybody's.
select test.act_as('hugh');
select test.check('a body that shares none of it is told of windows and meetings alone', test.told(test.from('start')), (test.whole())[7:9]);
select test.act_as('olive');
select test.check('another body is not told of what is not its own', test.told(test.from('start')) && array[(test.whole())[1], (test.whole())[4], (test.whole())[5]], false);
select test.act_as('sam');
select test.check('what was shared since is seen by then, and told from the place asked for', test.told(test.from('start')), test.whole());
select test.act_as('cora');
select test.say('olive', 'SH1.1/1/2', 'in progress', '2010-12-20');
select test.act_as('sam');
insert into test.place select 'unshared', (test.cursors(null))[1];
select test.act_as('cora');
select shap_v1.share_milestone(null, 'SH1.1/1/2', 'supporting-people-team', 'They help here, too.');
select test.act_as('sam');
select test.check('what was told to others before it was shared is not told later', test.told(test.from('unshared')),
    array['share SH1.1/1/2 supporting-people-team - added']);
select test.act_as('bob');
select test.check('another council is told nothing, whatever the cursor says', test.told(test.from('start') || ',barrow:0', null, '{return,review,grant}'), null);
select test.fails('RPC05', 'select * from shap_v1.watch(''copeland/2010-11'', null, null, null, null, null)');
select test.fails('RPC05', 'select * from shap_v1.watch(null, ''copeland'', null, null, null, null)');

-- Nor is anybody told that something was taken back which is not theirs to see.
select test.act_as('hugh');
insert into test.place select 'papers', (test.cursors(null))[1];
select test.act_as('cora');
select publication_id as paper from shap_v1.publish_report('account', '2010-11', '2010-12-20', null, null, null, null, '{}', null, null) \gset
select shap_v1.withdraw_publication(:paper, 'Withdrawn for scrutiny only.', null);
select test.check('the coordinator is told of a publication and its withdrawal', test.told(test.from('papers')),
    array['publication - account as at 2010-12-20', 'revocation - the publication is revoked']);
select test.act_as('hugh');
select test.check('a body is told of neither', test.told(test.from('papers')), null);

-- Many in one link: told in parts of 200 when the server follows, in one go when it does not.
select test.act_as('rita');
insert into test.place select 'many', (test.cursors(null))[1];
select test.act_as('olive');
select test.check('four hundred and five returns in one link',
    (select count(*) from shap_v1.submit_return(array(select test.call(n, 'olive', 'SH1.1/1/1', 'in progress', '2010-12-20', n::text) from generate_series(1, 405) n)) a
      where a.sqlstate is null), 405::bigint);
select test.act_as('rita');
select test.check('a part has 200 events at most, and the last one an end of its own', array(select (p.n, p.has_end)::text from test.parts(test.from('many')) p), array['(200,f)', '(200,f)', '(5,t)']);
select test.check('a cursor in the middle of a link goes on in it',
    (select array_agg(e.text::integer order by e.record_id) from shap_v1.watch(null, null, '{return}', (select p."cursor" from test.parts(test.from('many')) p where p.part = 1), null, null) e where e.kind is not null),
    array(select generate_series(201, 405)));

-- A region: one council after the other, each with its own place.
reset role;
set role shap_owner;
select shap.found_region('north', 'The North', '{copeland,barrow}', 'Rhea Region', sha256('rhea'));
reset role;
select test.act_as('rhea');
insert into test.place select 'region', (test.cursors(null))[1];
select test.check('a place of each council', test.from('region') ~ '^barrow:\d+,copeland:\d+$', true);
select test.say('olive', 'SH1.1/1/2', 'complete', '2010-12-20');
select test.act_as('bob');
select shap_v1.add_register_entry('BP', 'Barrow Panel', 'body', 'barrow', '{}');
select shap_v1.add_meeting(null, '2010-12-20', 'BP');
select test.act_as('cora');
select shap_v1.add_meeting(null, '2010-12-19', 'SHP');
select test.act_as('rhea');
select test.check('both are told', test.told(test.from('region')), array['meeting - BP meets on 2010-12-20', 'return SH1.1/1/2 copeland - complete', 'meeting - SHP meets on 2010-12-19']);
select test.check('each cut goes on with both councils', array(select coalesce(cardinality(test.told(c)), 0) from unnest(test.cursors(test.from('region'))) c), array[2, 1, 0, 0]);
select test.check('of one council only', test.told(test.from('region'), null, null, null, 'barrow'), array['meeting - BP meets on 2010-12-20']);
select test.check('a council that the cursor does not name begins now', test.told(split_part(test.from('region'), ',', 1)), array['meeting - BP meets on 2010-12-20']);

-- What is no cursor, and one that knows more than there is.
select test.act_as('rita');
select test.fails('RPC03', format('select * from shap_v1.watch(null, null, null, %L, null, null)', c))
  from unnest(array['x', 'copeland', 'copeland:', 'copeland:x', 'copeland:1.', 'copeland:1,', ',copeland:1', 'copeland:-1', 'copeland:1234567890123456789',
                    'Copeland:1', 'copeland:1;barrow:2', repeat('copeland:1,', 3000) || 'copeland:1']) c;
select test.fails('RPC11', format('select * from shap_v1.watch(null, null, null, %L, null, null)', 'copeland:' || test.link() + 1));
select test.fails('RPC03', 'select * from shap_v1.watch(null, null, null, null, ''0001-01-01'', null)');
select test.act_as('ann');
select test.fails('42501', 'select * from shap_v1.watch(null, null, null, null, null, null)');
