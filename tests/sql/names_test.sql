-- Names given short: milestones, organisations, plans, councils, codes and owners.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
reset role;

create function pg_temp.meant(written text) returns text language sql as $$
    select shap.reference_meant(test.council(), test.plan_id(), 1, written)
$$;

-- References. SH2.2/1 has one milestone, SH1.2/1 has four, SH2.2 has five actions and more.
select test.check(format('"%s" means %s', t.written, t.meant), pg_temp.meant(t.written), t.meant)
  from (values ('SH2.2/1/1', 'SH2.2/1/1'), ('sh2.2.1.1', 'SH2.2/1/1'), ('sh 2.2 / 1 . 1', 'SH2.2/1/1'),
               ('SH2.2/1', 'SH2.2/1/1'), ('sh2.2.1', 'SH2.2/1/1'), ('SH2.2:/1', 'SH2.2/1/1'), ('sh2.2.1.', 'SH2.2/1/1'),
               ('SH2.2/01/01', 'SH2.2/1/1'), ('SH1.2/1/4', 'SH1.2/1/4'),
               ('SH9.9/1', 'SH9.9/1'), ('SH1.2/1/44', 'SH1.2/1/44'), (' ', null), (null, null)) t (written, meant);
select test.check('an action of several milestones is refused, naming them', test.fails('RPC03', $$select pg_temp.meant('SH1.2/1')$$),
    '"SH1.2/1" is not one milestone but 4: SH1.2/1/1, SH1.2/1/2, SH1.2/1/3, SH1.2/1/4 | Write more of it.');
select test.check('eight are named, the others counted', test.fails('RPC03', $$select pg_temp.meant('sh1.2')$$) ~
    '^"sh1\.2" is not one milestone but \d+: (SH1\.2/\d+/\d+, ){7}SH1\.2/\d+/\d+ and \d+ more \| Write more of it\.$', true);
select test.check('a part is whole: SH1.2/1 is no beginning of SH1.2/10, nor SH1 of SH11',
    (select count(*) from unnest(shap.milestones_meant(test.council(), test.plan_id(), 1, null, 'SH1')) r where r !~ '^SH1\.'), 0::bigint);
select test.check('an objective without a dot', (
    select shap.milestones_meant(test.council(), 77, 1, null, 'h1.1.2')), '{}'::text[]);

-- Every function that takes a milestone understands it so, for each caller among what that caller sees.
select test.act_as('cora');
select test.check('shown', (select (h.milestone).reference from shap_v1.get_milestone('2010', 'sh2.2.1', null, null) h), 'SH2.2/1/1');
select test.fails('RPC03', $$select shap_v1.get_milestone('2010', 'sh1.2.1', null, null)$$);
select test.check('its returns', (select count(*) from shap_v1.list_returns('2010', 'SH2.2/1', null, null, null, null, null)), 1::bigint);
select test.fails('RPC03', $$select shap_v1.list_returns('2010', 'SH1.2/1', null, null, null, null, null)$$);
select test.check('shared', (select reference from shap_v1.share_milestone(null, 'sh2.2.1', 'home', null)), 'SH2.2/1/1');
select test.act_as('hugh');
select test.check('of an objective of many a contributor sees one', (select (h.milestone).reference from shap_v1.get_milestone(null, 'sh2.2', null, null) h),
    'SH2.2/1/1');

-- Returns: a short reference is looked up, one that is kept so is not.
reset role;
create function pg_temp.answer(who text, reference text, body text default null, plan_named text default null) returns text
language plpgsql as $$
declare
    answer shap_v1.submit_return_answer;
begin
    perform test.act_as(who);
    select * into answer from shap_v1.submit_return(array[
        test.call(1, who, reference, 'in progress', organisation => body, plan => plan_named)]);
    return coalesce(answer.sqlstate || ': ' || answer.refusal, answer.reference);
end
$$;
select test.check(format('%s answers "%s" for "%s" in "%s"', t.who, t.written, t.body, t.plan), pg_temp.answer(t.who, t.written, t.body, t.plan), t.said)
  from (values ('olive', 'sh1.2.1.2', null, null, 'SH1.2/1/2'), ('olive', 'SH2.2/1', null, '2010', 'SH2.2/1/1'),
               ('hugh', 'sh2.2', null, 'cope/2010', 'SH2.2/1/1'),
               ('cora', 'sh2.2.1', 'home', 'copeland/2010', 'SH2.2/1/1'), ('cora', 'SH2.2/1/1', 'Home Housing', null, 'SH2.2/1/1'),
               ('olive', 'SH1.2/1', null, null, 'RPC03: "SH1.2/1" is not one milestone but 4: SH1.2/1/1, SH1.2/1/2, SH1.2/1/3, SH1.2/1/4. Write more of it.'),
               ('hugh', 'SH1.2/1', null, null, 'RPC05: there is no milestone "SH1.2/1" for you in copeland/2010-11. Yours are listed by: shap milestone list'),
               ('cora', 'SH2.2/1', 'hous', null, 'RPC05: there is no organisation "hous". Organisations are listed by: shap org list'),
               ('olive', 'SH2.2/1', null, 'barrow/2010', 'RPC05: there is no plan "barrow/2010" here. The plans you can see are listed by: shap plan list')
       ) t (who, written, body, plan, said);

-- Organisations, with "home-housing" and "home-care" one of two.
select test.act_as('ann');
select shap_v1.add_organisation('home-care', 'Home Care');
select test.act_as('cora');
reset role;
select test.check('by a beginning, in any spelling', (select array_agg(shap.organisation_meant(w)) from unnest(array['home-h', 'Home Housing', 'SUPP', 'copeland', 'nobody']) w),
    array['home-housing', 'home-housing', 'supporting-people-team', 'copeland', 'nobody']);
select test.check('of two', test.fails('RPC03', $$select shap.organisation_of('home')$$),
    '"home" is not one organisation but 2: home-care, home-housing | Write more of it.');
select test.check('of two, for a return', pg_temp.answer('cora', 'SH2.2/1', 'home'),
    'RPC03: "home" is not one organisation but 2: home-care, home-housing. Write more of it.');
select test.act_as('cora');
reset role;
select test.fails('RPC05', $$select shap.organisation_of('nobody')$$);
set role shap_coordinator;
select test.check('a list of milestones', (select count(*) > 0 and bool_and('supporting-people-team' = any (organisations))
    from shap_v1.list_milestones(null, null, null, null, 'supp', null, null, null, null, null)), true);
select test.fails('RPC03', $$select shap_v1.list_milestones(null, null, null, null, 'home', null, null, null, null, null)$$);
select test.check('a report says the code', (select (r.head).organisation from shap_v1.get_exception_report(null, null, null, null, 'supp', null) r), 'supporting-people-team');

-- Plans and councils.
reset role;
select test.check(format('the plan "%s"', w), (select plan_id from shap.plan_of(w)), test.plan_id())
  from unnest(array['2010', '2010/2011', 'copeland/2010', 'cop/2010/11', 'COP / 2010', '2010-2011', ' ', null]) w;
select test.check('no such year', test.fails('RPC05', $$select shap.plan_of('2011')$$) like 'there is no plan "2011" here%', true);
select test.fails('RPC05', $$select shap.plan_of('bar/2010')$$);
select test.check('the turn of a century', shap.plan_key('2099'), '/2099-00');
select test.check('no digits of other scripts, whatever the locale', position('\d' in pg_get_functiondef('shap.plan_key(text)'::regprocedure)), 0);

-- Codes of the register, and owners.
select test.check('a code by its beginning, by its name', array[shap.code_meant(test.council(), 'hp'), shap.code_meant(test.council(), 'Strategic Housing Services Manager'),
    shap.code_meant(test.council(), 'xyz')], array['HPO', 'HSM', null]);
select test.check('of several', test.fails('RPC03', 'select shap.code_meant(test.council(), ''h'')'),
    '"h" is not one code of the register but 4: HPO, HRM, HSM, Home Housing | Write more of it.');
select test.check('an owner is a word of the plan first', array[shap.owner_meant(test.council(), test.plan_id(), 'hsm'), shap.owner_meant(test.council(), test.plan_id(), 'hs'),
    shap.owner_meant(test.council(), test.plan_id(), 'nobody'), shap.owner_meant(test.council(), test.plan_id(), ' ')], array['hsm', 'HSM', 'nobody', null]);
set role shap_coordinator;
select test.check('milestones of an owner', (select count(*) from shap_v1.list_milestones(null, null, null, 'hs', null, null, null, null, null, null)),
    (select count(*) from shap_v1.list_milestones(null, null, null, 'HSM', null, null, null, null, null, null)));
