-- Random histories: whatever is recorded, in whatever order, the totals of movement and of councils side by side equal the
-- sums of their parts, and what was published is made again to the byte, as what is known of a day that has passed is.
\ir copeland_fixture.sql
\ir comparison_sums.sql
select test.at('2011-03-31 10:00 Europe/London');
reset role;
select setseed(0.31415);
create function test.any(most integer) returns integer language sql volatile as 'select floor(random() * most)::integer';

-- Thirty milestones of every kind, on which random records meet.
create table test.milestone as
select row_number() over (order by m.place) as n, m.reference
  from shap.milestone m where m.council_id = test.council() and m.version = 1 and m.place % 6 = 0;
create table test.written (n integer primary key, record_id bigint, kind text, reference text, day date, is_undone boolean default false);
create function test.milestone() returns text language sql volatile as
    'select m.reference from test.milestone m offset test.any((select count(*)::integer from test.milestone)) limit 1';

-- Writes the n-th record under a link of its own: a return, a review of one, a grant, a sign-off, the undoing of one, or the
-- adoption of another version.
create function test.write(n integer) returns void language plpgsql as $$
#variable_conflict use_variable
declare
    council constant bigint := test.council();
    plan_id constant bigint := test.plan_id();
    person constant bigint := (select membership_id from shap.token where hash = sha256('cora'));
    record_id constant bigint := nextval('shap.record_id');
    reference text := test.milestone();
    day date := date '2010-07-21' + test.any(250);
    kind text := (array['return', 'return', 'return', 'return', 'review', 'review', 'grant', 'grant', 'sign_off', 'undo', 'adoption'])[1 + test.any(11)];
    target test.written;
    link bigint;
begin
    perform set_config('shap.links', '', false);
    link := shap.take_link(council, person);
    if kind = 'review' then
        select w.* into target from test.written w where w.kind = 'return' order by random() limit 1;
    elsif kind = 'undo' then
        select w.* into target from test.written w where w.kind in ('return', 'review', 'grant', 'sign_off') and not w.is_undone order by random() limit 1;
    end if;
    if kind in ('review', 'undo') and target.record_id is null then
        kind := 'return';
    elsif kind in ('review', 'undo') then
        reference := target.reference;
        day := least(date '2011-03-31', target.day + test.any(40));
    end if;
    if kind = 'return' then
        insert into shap."return" (council_id, record_id, plan_id, reference, organisation_id, return_id, content_digest, status, day, membership_id, link)
        select council, record_id, plan_id, reference, o.id, md5('property ' || n)::uuid, '',
               (array['not_started', 'in_progress', 'complete', 'complete', 'will_not_be_delivered'])[1 + test.any(5)], day, person, link
          from shap.organisation o where o.code = 'copeland';
    elsif kind = 'review' then
        insert into shap.review (council_id, record_id, plan_id, reference, return_record_id, verdict, day, membership_id, link)
        values (council, record_id, plan_id, reference, target.record_id, (array['accepted', 'accepted', 'sent_back'])[1 + test.any(3)], day, person, link);
    elsif kind = 'grant' then
        insert into shap."grant" (council_id, record_id, plan_id, reference, new_date, new_day, day, membership_id, link)
        values (council, record_id, plan_id, reference, 'a date', day + test.any(200), day, person, link);
    elsif kind = 'sign_off' then
        insert into shap.meeting (council_id, record_id, held_on, body, day, membership_id, link)
        values (council, record_id + 1000000, day, 'SHP', day, person, link);
        insert into shap.sign_off (council_id, record_id, plan_id, reference, verdict, meeting_record_id, is_own_work, day, membership_id, link)
        values (council, record_id, plan_id, reference, 'signed_off', record_id + 1000000, false, day, person, link);
    elsif kind = 'undo' then
        update test.written w set is_undone = true where w.n = target.n;
        insert into shap.counter_act (council_id, record_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
        values (council, record_id, target.record_id, target.kind, plan_id, reference, day, '', person, link);
    else
        insert into shap.adoption (council_id, record_id, plan_id, version, day, membership_id, link)
        values (council, record_id, plan_id, 1 + test.any(2), day, person, link);
    end if;
    insert into test.written values (n, record_id, kind, reference, day);
end
$$;

-- A second version to be adopted now and then: ten milestones fewer, two more.
select test.act_as('cora');
select shap_v1.send_import_part('66666666-6666-4666-8666-666666666666', null, '2010/11', 'second.csv', 1,
    array(select r from unnest(s.rows) r where r.line % 17 <> 0)
    || test.row(900, 'SH9.9', '1', '1', 'New', 'HSM', 'October 2010') || test.row(901, 'SH9.9', '1', '2', 'Newer', 'HSM', 'Quarterly'), 'second')
  from test.sample s;
select shap_v1.finish_import('66666666-6666-4666-8666-666666666666', null, 1, sha256('second'), null);
-- Barrow, in one region with Copeland.
reset role;
set role shap_owner;
select shap.found_region('cumbria', 'Cumbria', '{copeland,barrow}', 'Reggie Reader', sha256('reggie'));
reset role;
select test.act_as('bob');
select shap_v1.send_import_part('77777777-7777-4777-8777-777777777777', null, '2010/11', 'barrow.csv', 1,
    array(select r from unnest(s.rows) r where r.line % 5 = 0), 'barrow') from test.sample s;
select shap_v1.finish_import('77777777-7777-4777-8777-777777777777', null, 1, sha256('barrow'), null);
select shap_v1.adopt_plan('2010-11', 1, '2010-07-20', null);
reset role;

create table test.published (id bigint, bytes bytea, as_at date, known_link bigint);
create table test.broken (what text);
grant all on test.published, test.broken to public;

-- What must hold after every step, at random days and moments.
create function test.look() returns void language plpgsql as $$
declare
    as_at date := date '2010-07-21' + test.any(250);
    from_day date := date '2010-07-20' + test.any(as_at - date '2010-07-20' + 1);
    movement shap_v1.movement_report;
    councils shap_v1.councils_report;
    account shap_v1.account;
    made shap_v1.publication;
    report text := (array['exceptions', 'movement', 'account', 'sign_off', 'extensions', 'history'])[1 + test.any(6)];
begin
    perform test.act_as('cora');
    movement := shap_v1.get_movement_report('2010-11', as_at, null, null, null, null, from_day, null);
    insert into test.broken select format('movement %s to %s: %s', from_day, as_at, test.sums(movement)) where test.sums(movement) is not null;
    account := (shap_v1.get_exception_report('2010-11', as_at, null, null, null, null)).account;
    insert into test.broken select format('movement and account differ at %s', as_at)
     where array(select c.milestones from unnest(account.classes) c order by c.milestone_class)
           <> array(select c.after from unnest(movement.classes) c order by c.milestone_class)
        or movement.exceptions_after <> account.exception_milestones;
    perform set_config('shap.links', '', false);
    made := shap_v1.publish_report(report, '2010-11', as_at, null, null, null, null,
        case report when 'movement' then array['from=' || from_day] when 'history' then array['reference=' || (select max(reference) from test.milestone)] end, null, null);
    insert into test.published select made.publication_id, (shap_v1.get_publication(made.publication_id, true)).canonical, as_at, made.known_link;
    perform test.act_as('reggie');
    councils := shap_v1.get_councils_report('2010/11', as_at, null, '{}');
    insert into test.broken select format('councils at %s: %s', as_at, test.sums(councils)) where test.sums(councils) is not null;
    insert into test.broken select format('councils and account differ at %s', as_at)
      from unnest(councils.councils) c where c.council = 'copeland' and (c.exceptions, c.covered, c.no_return) is distinct from (
           account.exception_milestones, account.total, (select n.milestones from unnest(account.classes) n where n.milestone_class = 'no_return'));
    perform set_config('role', 'none', false);
end
$$;
grant select on test.milestone to public;
do $$
begin
    for step in 0..23 loop
        for i in 1..12 loop
            perform test.write(12 * step + i);
        end loop;
        perform test.look();
    end loop;
end
$$;
select test.check('the history has every kind', (select count(distinct kind) from test.written), 6::bigint);
select test.check('totals equal the sums of their parts, whatever happens', (select string_agg(b.what, E'\n') from test.broken b), null);
select test.act_as('rita');
select test.check('what was published is made again to the byte', (select string_agg(p.id::text, ' ') from test.published p
    where not (shap_v1.reproduce_publication(p.id)).same or (shap_v1.get_publication(p.id, true)).canonical <> p.bytes), null);
select test.check('and the reports differ from what is known now', (select count(distinct p.bytes) > 20 from test.published p), true);
select test.check('the chain holds', (select concat_ws(' ', v.publications, v.holds) from shap_v1.verify_publications() v), '24 t');
reset role;
create table test.expected as
select p.id, count(*) filter (where w.day <= p.as_at and l.link > p.known_link) as n
  from test.published p cross join test.written w
  join lateral (select link from shap."return" x where x.record_id = w.record_id union all select link from shap.review x where x.record_id = w.record_id
                union all select link from shap."grant" x where x.record_id = w.record_id union all select link from shap.sign_off x where x.record_id = w.record_id
                union all select link from shap.counter_act x where x.record_id = w.record_id union all select link from shap.adoption x where x.record_id = w.record_id) l on true
 group by p.id;
grant select on test.expected to public;
select test.act_as('rita');
select test.check('what arrived since is all that was recorded later of that day or before',
    (select string_agg(format('%s: %s not %s', e.id, a.n, e.n), ', ') from test.expected e, lateral (select count(*) as n from shap_v1.list_arrivals(e.id)) a where a.n <> e.n), null);
