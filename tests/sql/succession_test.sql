-- A council that another succeeds: who sees and acts before the day and after it, what reports say as at which day, in whose
-- ledger it stands; how it is undone; a council that is succeeded in turn, and one that succeeds two.
\ir copeland_fixture.sql
reset role;
set role shap_owner;
select shap.found_council('cumberland', 'Cumberland Council', 'Cath Admin', sha256('cath'));
select shap.found_council('north', 'North of England Council', 'Nora Admin', sha256('nora'));
reset role;
select test.act_as('cath');
select test.join('cleo', 'Cleo Coordinator', 'cumberland', 'coordinator');
select test.join('rob', 'Rob Reader', 'cumberland', 'reader');
select test.join('pam', 'Pam Panel', 'cumberland', 'panel');
select test.join('connie', 'Connie Contributor', 'cumberland', 'contributor');
select test.join('harry', 'Harry Housing', 'home-housing', 'contributor');
select test.act_as('nora');
select test.join('nell', 'Nell Coordinator', 'north', 'coordinator');
reset role;
-- sees(who): role and sight, the plans, and how many milestones of Copeland's; or what it is told instead.
create function test.sees(who text) returns text language plpgsql as $$
declare
    message text;
    said text;
begin
    perform test.act_as(who);
    said := concat_ws(' ', current_setting('role'), current_setting('shap.sight'), '|', (select string_agg(p.plan, ' ' order by p.plan) from shap_v1.list_plans() p), '|');
    return said || ' ' || (select count(*) from shap_v1.list_milestones('copeland/2010-11', null, null, null, null, null, null, null, null, null));
exception when others then
    get stacked diagnostics message = message_text;
    return concat_ws(' ', said, sqlstate, message);
end
$$;
create function test.acts(who text, statement text) returns text language plpgsql as $$
begin
    perform test.act_as(who);
    execute statement;
    return 'done';
exception when others then
    return sqlstate;
end
$$;
create function test.answers(who text, reference text, organisation text default null, plan text default 'copeland/2010-11') returns text language plpgsql as $$
declare
    answer shap_v1.submit_return_answer;
begin
    perform test.act_as(who);
    select * into answer from shap_v1.submit_return(array[test.call(1, who, reference, 'in progress', null, null, null, null, null, organisation, gen_random_uuid(), plan)]);
    return coalesce(answer.sqlstate, (select r.organisation || ' by ' || r.by from shap_v1.list_returns(coalesce(nullif(plan, ''), 'copeland/2010-11'), null, null, null, null, null, null) r where r.record_id = answer.record_id));
exception when others then
    return sqlstate;
end
$$;
create function test.head(day date, known date default null) returns text language sql as $$
    select ((shap_v1.get_exception_report('copeland/2010-11', day, known, null, null, null)).head).council_name
$$;
create function test.ledger(code text) returns text language sql security definer as $$
    select h.number || ' ' || coalesce(shap.name_of(l.membership_id), 'nobody') from shap.ledger_head h join shap.link l on l.council_id = h.council_id and l.number = h.number
      join shap.council c on c.id = h.council_id where c.code = ledger.code
$$;
create function test.succeed(code text, successor text, day date) returns bigint language plpgsql security definer as $$
begin
    perform set_config('shap.links', '', false);
    return shap.succeed(code, successor, day);
end
$$;
create function test.revoke(code text, reason text) returns bigint language plpgsql security definer as $$
begin
    perform set_config('shap.links', '', false);
    return shap.revoke_succession(code, reason);
end
$$;

-- What the installation may record.
select test.check('refused: ' || t.what, test.fails(t.code, format('select test.succeed(%L, %L, %L)', t.one, t.other, t.day)), t.refusal)
  from (values
    ('an unknown council', 'RPC05', 'nowhere', 'cumberland', '2011-04-01', 'there is no council "nowhere" | Name councils by their codes, such as copeland; make one with: shapd --init --council NAME'),
    ('an unknown successor', 'RPC05', 'copeland', 'nowhere', '2011-04-01', 'there is no council "nowhere" | Name councils by their codes, such as copeland; make one with: shapd --init --council NAME'),
    ('itself', 'RPC03', 'copeland', 'copeland', '2011-04-01', '"copeland" cannot succeed "copeland", which it is or which succeeds it | A council is succeeded by another one.'),
    ('no day', 'RPC03', 'copeland', 'cumberland', null, 'from which day on? | Give it with: --day'),
    ('a day out of the world', 'RPC03', 'copeland', 'cumberland', '3011-04-01', 'the day: 3011-04-01 is not in the years 1900 to 2199 | Check the year.')) t (what, code, one, other, day, refusal);
select test.check('no caller may: the API has no function for it', (select count(*) from pg_proc p where p.pronamespace = 'shap_v1'::regnamespace and p.proname ~ 'succ'), 0::bigint);
select test.check('nor the API''s own role', has_function_privilege('shap_api', 'shap.succeed(text, text, date)', 'execute')
    or has_function_privilege('shap_server', 'shap.succeed(text, text, date)', 'execute')
    or has_function_privilege('shap_api', 'shap.revoke_succession(text, text)', 'execute'), false);

-- Before the day nothing is different, though it is on record.
select test.at('2011-03-15 10:00 Europe/London');
select test.succeed('copeland', 'cumberland', '2011-04-01');
select test.check('both ledgers have it, made by nobody', test.ledger('copeland') ~ 'nobody$' and test.ledger('cumberland') ~ 'nobody$', true);
select test.check('once', test.fails('RPC06', 'select test.succeed(''copeland'', ''north'', ''2011-04-01'')'),
    'the council "copeland" has a successor already | Undo that first with: shapd --revoke-succession');
select test.check('no circle', test.fails('RPC03', 'select test.succeed(''cumberland'', ''copeland'', ''2011-05-01'')') ~ '^"copeland" cannot succeed "cumberland"', true);
select test.at('2011-03-31 23:59 Europe/London');
select test.check(who || ' before the day', test.sees(who), seen) from (values
    ('cora', 'shap_coordinator full | copeland/2010-11 | 171'), ('rita', 'shap_reader full | copeland/2010-11 | 171'),
    ('petra', 'shap_panel full | copeland/2010-11 | 171'), ('olive', 'shap_contributor shared | copeland/2010-11 | 169'),
    ('hugh', 'shap_contributor shared | copeland/2010-11 | 1'),
    ('cleo', 'shap_coordinator full | | RPC05 there is no council "copeland" here'),
    ('connie', 'shap_contributor shared | | RPC05 there is no council "copeland" here')) v (who, seen);
select test.act_as('cora');
select shap_v1.declare_after('copeland/2010-11', 'SH2.2/4/1', 'SH2.2/2/2', 'it rests on the needs', null);
select test.check('its own people answer', test.answers('olive', 'SH1.1/1/1') || ', ' || test.answers('cora', 'SH1.1/1/2'), 'copeland by Olive Officer, copeland by Cora Coordinator');
select test.check('the other''s do not', test.answers('connie', 'SH1.1/1/1') || ' ' || test.answers('cleo', 'SH1.1/1/1'), 'RPC05 RPC05');

-- From the day on plan, history and rights are the successor's.
select test.at('2011-04-01 00:01 Europe/London');
select test.check(who || ' after it', test.sees(who), seen) from (values
    ('cleo', 'shap_coordinator full | copeland/2010-11 | 171'), ('rob', 'shap_reader full | copeland/2010-11 | 171'),
    ('pam', 'shap_panel full | copeland/2010-11 | 171'), ('connie', 'shap_contributor shared | copeland/2010-11 | 169'),
    ('harry', 'shap_contributor shared | copeland/2010-11 | 1'), ('hugh', 'shap_contributor shared | copeland/2010-11 | 1'),
    ('sam', 'shap_contributor shared | copeland/2010-11 | 2'), ('bob', 'shap_coordinator full | | RPC05 there is no council "copeland" here'),
    ('cora', 'shap_reader full | copeland/2010-11 | 171'), ('petra', 'shap_reader full | copeland/2010-11 | 171'),
    ('rita', 'shap_reader full | copeland/2010-11 | 171'), ('olive', 'shap_reader shared | copeland/2010-11 | 169'),
    ('ann', '28000 another council has succeeded the one of this token')) v (who, seen);
select test.check('the successor''s people answer for what the old council''s organisation shares', test.answers('connie', 'SH1.1/1/1'), 'copeland by Connie Contributor');
select test.check('under either name', test.answers('connie', 'SH1.1/1/2', 'copeland') || ', ' || test.answers('connie', 'SH1.1/1/2', 'cumberland'),
    'copeland by Connie Contributor, copeland by Connie Contributor');
select test.check('whatever they call the plan', test.answers('connie', 'SH1.1/2/1', null, '2010-11') || ', ' || test.answers('connie', 'SH1.1/2/1', null, null),
    'copeland by Connie Contributor, copeland by Connie Contributor');
select test.check('not for another body, nor what it does not share', test.answers('connie', 'SH4.3/2/1', 'home-housing') || ' ' || test.answers('connie', 'SH5.2/5/1'), 'RPC07 RPC05');
select test.check('its partner''s people for what the partner shares', test.answers('harry', 'SH4.3/2/1') || ', ' || test.answers('hugh', 'SH4.3/2/1') || ' ' || test.answers('harry', 'SH1.1/1/1'),
    'home-housing by Harry Housing, home-housing by Hugh Housing RPC05');
select test.check('its coordinator for it and for others', test.answers('cleo', 'SH1.2/2/2') || ', ' || test.answers('cleo', 'SH5.2/5/1', 'supporting-people-team'),
    'copeland by Cleo Coordinator, supporting-people-team by Cleo Coordinator');
select test.check('the old council''s ledger goes on', test.ledger('copeland') ~ 'Cleo Coordinator$', true);
select test.check('its coordinator reviews and grants', test.acts('cleo', format('select shap_v1.review_return(%s, ''accepted'', null, null)', test.record('SH1.2/2/2'))) || ' '
    || test.acts('cleo', 'select shap_v1.grant_date(''copeland/2010-11'', ''SH1.2/2/2'', null, ''June 2011'', null, ''moved'', null, null)'), 'done done');
select test.check('the old one''s people act no more', string_agg(test.acts(who, statement), ' '), '42501 42501 42501 42501 42501 28000')
  from (values (1, 'cora', 'select shap_v1.grant_date(''copeland/2010-11'', ''SH1.2/2/3'', null, ''June 2011'', null, ''moved'', null, null)'),
               (2, 'cora', 'select shap_v1.adopt_plan(''2010-11'', 1, null, null)'), (3, 'cora', 'select shap_v1.add_register_entry(''X'', ''X'', ''post'', null, null)'),
               (4, 'petra', 'select shap_v1.revoke_meeting(1, ''x'', null)'), (5, 'petra', 'select shap_v1.hold_post(''HSM'', ''X'', null, null, null, null, null)'),
               (6, 'ann', 'select * from shap_v1.list_people()')) v (n, who, statement);
select test.check('nor answer', test.answers('cora', 'SH1.1/1/1') || ' ' || test.answers('olive', 'SH1.1/1/1'), '42501 42501');
select test.act_as('cora');
select test.check('nor has their to-do list anything', (select count(*) from shap_v1.list_outstanding('copeland/2010-11', null, null)), 0::bigint);
select test.act_as('cleo');
select test.check('it is the successor''s coordinator''s', (select count(*) > 0 from shap_v1.list_outstanding('copeland/2010-11', null, null)), true);
select test.act_as('cora');
select test.check('and are told what they are', (select w.role::text || ' ' || w.council from shap_v1.who_am_i() w), 'reader copeland');
select test.check('they read its history', (select count(*) > 3 from shap_v1.get_milestone('2010-11', 'SH1.1/1/1', null, null) h, unnest((h).events)), true);

-- Whose it is by default: the caller's own council, then those before.
select test.act_as('cleo');
select test.check('a plan without its council''s name is the old one''s while there is no other', (select string_agg((shap_v1.get_plan(n, null, null)).plan, ' ') from unnest('{2010-11,2010,"",copeland/2010-11}'::text[]) n),
    'copeland/2010-11 copeland/2010-11 copeland/2010-11 copeland/2010-11');
select test.check('the register''s new entry is the own council''s', test.acts('cleo', 'select shap_v1.add_register_entry(''CX'', ''Chief'', ''post'', null, null)')
    || ' ' || split_part(test.ledger('cumberland'), ' ', 2), 'done Cleo');
select test.check('both registers are read', (select count(*) filter (where r.code in ('HSM', 'CX')) from shap_v1.list_register(null) r), 2::bigint);
select test.check('a post of the old one''s is held there', (select h.person from shap_v1.hold_post('HSM', 'Connie Contributor', null, null, null, null, 'copeland') h), 'Connie Contributor');
select test.act_as('connie');
select test.check('and its milestones are theirs', (select count(*) > 30 from shap_v1.list_milestones('copeland/2010-11', null, null, null, null, null, null, null, null, null, null, true)), true);
select test.act_as('cath');
select test.check('the directory of both is the new administrator''s', (select string_agg(p.name, ', ' order by p.name) from shap_v1.list_people() p where p.name in ('Cora Coordinator', 'Cleo Coordinator')),
    'Cleo Coordinator, Cora Coordinator');
select test.check('whom he adds is of his own council', (select count(*) from shap_v1.add_person('New Reader', null, 'cumberland', 'reader')), 1::bigint);

-- Reports: as at a day before, the old body; from the day on the successor; as known before it was known, the old one.
select test.act_as('rob');
select test.check('the heading as at the day before', test.head('2011-03-31'), 'Copeland Borough Council');
select test.check('as at the day', test.head('2011-04-01'), 'Cumberland Council (successor of Copeland Borough Council)');
select test.check('as known when nobody knew', test.head('2011-04-01', '2011-03-14'), 'Copeland Borough Council');
select test.check('as known when it was known', test.head('2011-04-01', '2011-03-15'), 'Cumberland Council (successor of Copeland Borough Council)');
select test.check('the plan says the same', (shap_v1.get_plan('2010-11', '2011-03-31', null)).council_name || ', ' || (shap_v1.get_plan('2010-11', null, null)).council_name,
    'Copeland Borough Council, Cumberland Council (successor of Copeland Borough Council)');
select test.act_as('cora');
select test.check('to the old one''s people, too', test.head('2011-04-01'), 'Cumberland Council (successor of Copeland Borough Council)');

-- The next year's plan is the successor's own, and goes on from the old council's.
select test.act_as('cleo');
select test.check('it is rolled over', (select row(r.plan, r.from_plan, r.made, r.carried + r."left")::text from shap_v1.roll_plan('2011/12', null, null, null, false) r),
    '(cumberland/2011-12,copeland/2010-11,t,171)');
select test.check('each milestone is linked across', (select row((h).carried_from, (h).carried_to)::text from shap_v1.get_milestone('2011-12', 'SH4.5/4/1', null, null) h),
    '("{""copeland/2010-11 SH4.5/4/1""}",{})');
select test.check('and back', (shap_v1.get_milestone('copeland/2010-11', 'SH4.5/4/1', null, null)).carried_to, '{"cumberland/2011-12 SH4.5/4/1"}'::text[]);
select test.check('as known before, not', (shap_v1.get_milestone('copeland/2010-11', 'SH4.5/4/1', null, '2011-03-31')).carried_to, '{}'::text[]);
select test.check('what was declared of them goes on, with its reason', (select concat_ws(' ', o.reference, o.kind, o.step, o.by, o.reason, o.from_record_id is not null) from shap_v1.list_order('cumberland/2011-12', null, null, null) o),
    'SH2.2/4/1 after SH2.2/2/2 Cleo Coordinator it rests on the needs t');
select test.check('the plan in force is still the one that is meant without a name', (shap_v1.get_plan(null, null, null)).plan, 'copeland/2010-11');
select shap_v1.adopt_plan('2011-12', 1, null, null);
select test.check('until the own one is adopted', (shap_v1.get_plan(null, null, null)).plan, 'cumberland/2011-12');
select test.check('the old people do not see it', test.sees('cora'), 'shap_reader full | copeland/2010-11 | 171');
select test.check('the own body answers there as itself', test.answers('connie', 'SH4.5/4/1', null, 'cumberland/2011-12'), 'cumberland by Connie Contributor');

-- Undone: from that day on the old council is itself again; what was, was.
select test.at('2011-04-10 10:00 Europe/London');
select test.check('it is undone with a reason', test.fails('RPC03', 'select test.revoke(''copeland'', '' '')'), 'a reason is needed to undo the succession | Give one with: --reason');
select test.check('only where there is one', test.fails('RPC09', 'select test.revoke(''barrow'', ''x'')'), 'the council "barrow" has no successor | One is recorded with: shapd --succeed');
select test.revoke('copeland', 'the order was quashed');
select test.check(who || ' after it was undone', test.sees(who), seen) from (values
    ('cora', 'shap_coordinator full | copeland/2010-11 | 171'), ('olive', 'shap_contributor shared | copeland/2010-11 | 169'),
    ('cleo', 'shap_coordinator full | cumberland/2011-12 | RPC05 there is no council "copeland" here')) v (who, seen);
select test.check('its people act again', test.answers('olive', 'SH1.1/1/1'), 'copeland by Olive Officer');
select test.act_as('cora');
select test.check('the heading by the day, and as it was known', concat_ws(', ', test.head('2011-03-31'), test.head('2011-04-09'), test.head('2011-04-10'), test.head('2011-04-10', '2011-04-09')),
    'Copeland Borough Council, Cumberland Council (successor of Copeland Borough Council), Copeland Borough Council, Cumberland Council (successor of Copeland Borough Council)');
select test.check('the records stand', (select count(*) from shap_v1.list_returns('copeland/2010-11', 'SH1.1/1/1', null, null, null, null, null) r where r.by = 'Connie Contributor'), 1::bigint);

-- A council that succeeds two, and is succeeded in turn.
select test.act_as('bob');
select test.send('44444444-4444-4444-8444-444444444444', 1, array[test.row(2, 'B1', '1', '1', 'A step', 'HRM', 'June 2010')], 'barrow', '2010/11');
select shap_v1.finish_import('44444444-4444-4444-8444-444444444444', null, 1, sha256('barrow'), null);
select shap_v1.adopt_plan('2010-11', 1, '2010-07-01', null);
select test.succeed('copeland', 'cumberland', '2011-04-10');
select test.succeed('barrow', 'cumberland', '2011-04-10');
select test.act_as('cleo');
select test.check('both are there', (select string_agg(p.plan, ' ') from shap_v1.list_plans() p), 'barrow/2010-11 copeland/2010-11 cumberland/2011-12');
select test.check('a name that means both is refused', test.fails('RPC03', 'select shap_v1.get_plan(''2010-11'', null, null)'),
    'which plan is meant: barrow/2010-11, copeland/2010-11? | Name it with its council.');
select test.check('by a return, too', test.answers('cleo', 'SH1.1/1/1', null, '2010-11'), 'RPC05');
select test.check('with the council''s name it is not', test.answers('connie', 'SH1.1/1/1') || ', ' || test.answers('connie', 'B1/1/1', null, 'barrow/2010-11'), 'copeland by Connie Contributor, barrow by Connie Contributor');
select test.succeed('cumberland', 'north', '2011-04-10');
select test.check('the last in line sees all', test.sees('nell'), 'shap_coordinator full | barrow/2010-11 copeland/2010-11 cumberland/2011-12 | 171');
select test.check('the one in between reads', test.sees('cleo'), 'shap_reader full | barrow/2010-11 copeland/2010-11 cumberland/2011-12 | 171');
select test.check('the heading names the last and the first', test.head('2011-04-10'), 'North of England Council (successor of Copeland Borough Council)');
select test.check('the last answers as the first', test.answers('nell', 'SH1.1/1/1'), 'copeland by Nell Coordinator');

-- What was published knows of every ledger what it knew: of what the one records later, while the other rests, nothing.
select test.at('2011-05-01 10:00 Europe/London');
reset role;
set role shap_owner;
select shap.found_council('south', 'South of England Council', 'Sue Admin', sha256('sue'));
reset role;
select test.act_as('nell');
create temporary table published as
    select p.* from shap_v1.publish_report('history', 'copeland/2010-11', '2011-05-01', null, null, null, null, array['reference=SH4.5/4/1'], null, null) p
    union all select p.* from shap_v1.publish_report('exceptions', 'copeland/2010-11', '2011-05-01', '2011-05-01', null, null, null, null, null, null) p;
grant select on published to public;
select test.succeed('north', 'south', '2011-05-01');
select test.check('another council succeeds within the second, and is named from then on', test.head('2011-05-01'), 'South of England Council (successor of Copeland Borough Council)');
select test.check('what was published a moment before is made again the same', (select count(*) from published p, shap_v1.reproduce_publication(p.publication_id) r where r.same), 2::bigint);
select test.at('2011-05-02 10:00 Europe/London');
select test.check('its old ledger goes on', test.answers('hugh', 'SH4.3/2/1'), 'home-housing by Hugh Housing');
select test.act_as('cora');
select test.check('and it is still the same', (select count(*) from published p, shap_v1.reproduce_publication(p.publication_id) r where r.same), 2::bigint);
select test.check('the heading that was published names who it was then', (select string_agg(distinct ((g.content).history).head.council_name, ', ')
    from published p, shap_v1.get_publication(p.publication_id, null) g where g.report = 'history'), 'North of England Council (successor of Copeland Borough Council)');
select test.check('the chain holds, in which it is kept', (select bool_and(v.holds) from shap_v1.verify_publications() v), true);
reset role;
select test.check('one moment for what is recorded in two ledgers', (select count(*) from shap.succession s
    join shap.link a on a.council_id = s.council_id and a.number = s.link
    join shap.link b on b.council_id = s.successor_id and b.number = s.successor_link
   where a.recorded_at <> b.recorded_at), 0::bigint);

-- What is recorded of the last council of a line is known to the ledger of the first, however long that is quiet.
select test.at('2011-05-10 10:00 Europe/London');
set role shap_owner;
select shap.found_council('west', 'West of England Council', 'Will Admin', sha256('will'));
reset role;
select test.act_as('nell');
select test.check('before', test.head('2011-05-05', '2011-05-05'), 'South of England Council (successor of Copeland Borough Council)');
select test.succeed('south', 'west', '2011-05-03');
select test.check('as known before it was recorded, nobody has succeeded', test.head('2011-05-05', '2011-05-05'), 'South of England Council (successor of Copeland Borough Council)');
select test.check('known today, another has', test.head('2011-05-05'), 'West of England Council (successor of Copeland Borough Council)');
