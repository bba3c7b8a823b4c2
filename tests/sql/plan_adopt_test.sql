-- Adoption, description, sharing: what is in force and what was known, on which day.
\ir plan_fixture.sql
reset role;
create function test.import(version integer, year text, variadic rows shap_v1.plan_row[]) returns integer language plpgsql as $$
declare
    import constant uuid := md5(year || version)::uuid;
begin
    perform test.send(import, 1, rows, 'x', year);
    return (shap_v1.finish_import(import, null, 1, sha256('x'), null)).version;
end
$$;
create function test.shares() returns text language sql as $$
    select coalesce(string_agg(concat_ws(' ', s.reference, o.code, s.day, s.origin), ', ' order by s.reference, o.code), '')
      from shap.share s join shap.organisation o on o.id = s.organisation_id
$$;
select test.act_as('cora');
select shap_v1.add_register_entry('HRM', 'Housing Renewal Manager', 'post', null, null);
select shap_v1.add_register_entry('Supporting People Team', 'Supporting People Team', 'organisation', 'supporting-people-team', '{SPT}');
select test.import(1, '2010/11', test.row(2, 'SH1.1', '1', '1', 'A step', 'HRM / SPT', 'May 2010'),
                                 test.row(3, 'SH1.1', '1', '2', 'A step more', 'HH', 'June 2010'));
select test.import(2, '2010/11', test.row(2, 'SH1.1', '1', '1', 'A step', 'HRM / SPT', 'May 2010'),
                                 test.row(3, 'SH1.1', '1', '2', 'A step more', 'HH', 'June 2010'),
                                 test.row(4, 'SH1.1', '2', '1', 'The last', '', 'July 2010'));
reset role;
select test.check('nothing is shared before adoption', test.shares(), '');
select test.act_as('cora');
select test.check('a day to come is refused', test.fails('RPC03', 'select shap_v1.adopt_plan(null, 2, ''2010-07-02'', null)'),
    'the day of the adoption: 2010-07-02 is still to come | Give a day not after 2010-07-01, which is today by the server''s clock.');
select test.check('an unknown version is refused', test.fails('RPC05', 'select shap_v1.adopt_plan(null, 3, null, null)'),
    'there is no version 3 of this plan | Its versions are listed by: shap plan versions');
select test.check('the first version adopted is the baseline',
    (select row(v.version, v.adopted_on, v.baseline)::text from shap_v1.adopt_plan(null, 2, '2010-06-15', 'Panel, 15 June') v),
    '(2,2010-06-15,t)');
select test.check('the same again is refused', test.fails('RPC09', 'select shap_v1.adopt_plan(null, null, null, null)'),
    'version 2 is in force already, since 15 June 2010 | Import the document that was decided on; that makes a newer version.');
select test.check('an older one is refused', test.fails('RPC09', 'select shap_v1.adopt_plan(null, 1, null, null)'),
    'version 1 is older than version 2, which is in force | Import the document that was decided on; that makes a newer version.');
reset role;
select test.check('it is shared from that day with every organisation WHO names, with the council where it names none', test.shares(),
    'SH1.1/1/1 copeland 2010-06-15 who, SH1.1/1/1 supporting-people-team 2010-06-15 who, '
    'SH1.1/1/2 copeland 2010-06-15 who, SH1.1/2/1 copeland 2010-06-15 who');

select test.at('2010-08-02 12:00 Europe/London');
select test.act_as('cora');
select shap_v1.add_register_entry('HH', 'Home Housing', 'organisation', 'home-housing', null);
reset role;
select test.check('what the register resolves later is shared then', test.shares(),
    'SH1.1/1/1 copeland 2010-06-15 who, SH1.1/1/1 supporting-people-team 2010-06-15 who, '
    'SH1.1/1/2 copeland 2010-06-15 who, SH1.1/1/2 home-housing 2010-08-02 who, SH1.1/2/1 copeland 2010-06-15 who');
select test.act_as('cora');
select test.import(3, '2010/11', test.row(2, 'SH1.1', '1', '1', 'A step', 'HRM', 'March 2011'));
select test.check('a day before the last adoption is refused',
    test.fails('RPC09', 'select shap_v1.adopt_plan(null, 3, ''2010-06-14'', null)'),
    'version 2 was adopted on 15 June 2010, which is later | Give the day this version was decided on.');
select shap_v1.adopt_plan(null, 3, '2010-08-01', null);
select test.check('which version is in force depends on the day, and on what was known',
    (select string_agg(coalesce((shap_v1.get_plan('2010-11', t.as_at, t.known_at)).version::text
                                || ' ' || coalesce((shap_v1.get_plan('2010-11', t.as_at, t.known_at)).adopted_on::text, 'draft'), '-'), ', ' order by t.n)
       from (values (1, '2010-06-14'::date, null::date), (2, '2010-06-15', null), (3, '2010-07-31', null), (4, '2010-08-01', null),
                    (5, null, '2010-07-01'), (6, null, '2010-08-01'), (7, null, '2010-08-02'), (8, null, '2010-06-30')) t (n, as_at, known_at)),
    '3 draft, 2 2010-06-15, 2 2010-06-15, 3 2010-08-01, 2 2010-06-15, 2 2010-06-15, 3 2010-08-01, -');
select test.check('the versions say so', (select string_agg(concat_ws(' ', v.version, v.milestones, v.adopted_on, v.baseline), ', ')
                                          from shap_v1.list_versions(null) v),
    '1 2 f, 2 3 2010-06-15 t, 3 1 2010-08-01 f');
select test.check('the export is of the version in force', (select count(*) from shap_v1.export_plan(null, null)), 1::bigint);

-- Who leads and writes: each record adds to what was said.
select test.check('nothing said is refused', test.fails('RPC03', 'select shap_v1.describe_plan(null, '' '', null, null)'),
    'nothing is said about the plan | Give a title, a lead officer or an author.');
select shap_v1.describe_plan(null, 'Housing Plan', 'Fergus McMorrow', null);
select test.at('2010-09-01 12:00 Europe/London');
select test.act_as('cora');
select test.check('what is absent stays as it was',
    (select row(p.title, p.lead_officer, p.author)::text from shap_v1.describe_plan(null, null, null, 'Laurie Priebe') p),
    '("Housing Plan","Fergus McMorrow","Laurie Priebe")');
select test.check('what was known then had no author',
    (select row(p.title, p.lead_officer, p.author)::text from shap_v1.get_plan(null, null, '2010-08-31') p),
    '("Housing Plan","Fergus McMorrow",)');

-- Without a name the plan adopted last is meant, else the latest draft.
select test.import(1, '2011/12', test.row(2, 'SH1.1', '1', '1', 'A step', 'HRM', 'May 2011'));
select test.check('a draft of the next year does not hide the plan in force', (select p.plan from shap_v1.get_plan(null, null, null) p), 'copeland/2010-11');
select test.check('it is found by its name, in any spelling', (select string_agg((shap_v1.get_plan(n, null, null)).plan, ' ')
    from unnest('{2011/12,2011-12,copeland/2011-12," Copeland / 2011/12 ",2011-2012}'::text[]) n),
    'copeland/2011-12 copeland/2011-12 copeland/2011-12 copeland/2011-12 copeland/2011-12');
select test.check('plans are listed by year', (select string_agg(p.plan, ' ') from shap_v1.list_plans() p), 'copeland/2010-11 copeland/2011-12');

-- An adoption that is undone: as at a day before, and known at a moment before, it still shows.
reset role;
insert into shap.counter_act (council_id, of_record, kind, plan_id, day, reason_digest, membership_id, link)
select a.council_id, a.record_id, 'adoption', a.plan_id, '2010-08-20', sha256('x'), a.membership_id, shap.take_link(a.council_id, null)
  from shap.adoption a where a.version = 3;
select test.act_as('cora');
select test.check('undone, the earlier version is in force again',
    (select string_agg((shap_v1.get_plan('2010-11', t.as_at, t.known_at)).version::text, ', ' order by t.n)
       from (values (1, null::date, null::date), (2, '2010-08-19', null), (3, '2010-08-20', null), (4, null, '2010-08-31')) t (n, as_at, known_at)),
    '2, 3, 2, 3');
select test.act_as('sam');
select test.check('for a contributor too', (select p.version from shap_v1.get_plan('2010-11', null, null) p), 2);
