-- The register: entries and what they replace, as known at a day; which council's; what it refuses.
\ir plan_fixture.sql

select test.act_as('cora');
select test.check('an entry of the council''s own',
    (select row(r.code, r.name, r.kind, r.organisation, r.aliases)::text
       from shap_v1.add_register_entry(' HSM ', 'Strategic  Housing Services Manager', 'post', null, '{"Housing Services Manager",""}') r),
    '(HSM,"Strategic Housing Services Manager",post,copeland,"{""Housing Services Manager""}")');
select shap_v1.add_register_entry('Home Housing', 'Home Housing', 'organisation', 'home-housing', null);
select test.check('just the same again records nothing, and answers what stands', (select concat_ws('|', r.name, r.unchanged, r.record_id = l.record_id, (select count(*) from shap_v1.list_register(null)))
       from shap_v1.list_register(null) l,
            shap_v1.add_register_entry('HSM', 'Strategic Housing  Services Manager', 'post', '', '{"Housing Services Manager"}') r where l.code = 'HSM'),
    'Strategic Housing Services Manager|t|t|2');
select test.at('2010-10-01 12:00 Europe/London');
select test.act_as('colin');
select shap_v1.add_register_entry('hsm', 'Head of Services', 'post', 'copeland', null);
select test.check('the latest entry of a code counts, whatever its case',
    (select string_agg(concat_ws('|', r.code, r.name, r.organisation), ', ') from shap_v1.list_register(null) r),
    'Home Housing|Home Housing|home-housing, hsm|Head of Services|copeland');
select test.check('as known at a day before, the earlier one does',
    (select string_agg(concat_ws('|', r.code, r.name), ', ') from shap_v1.list_register('2010-09-30') r),
    'Home Housing|Home Housing, HSM|Strategic Housing Services Manager');
select test.check('and before all, none', (select count(*) from shap_v1.list_register('2010-06-30')), 0::bigint);
select test.check(format('refused: %s', t.statement), test.fails(t.code, 'select shap_v1.add_register_entry(' || t.statement || ')'), t.refusal)
  from (values
    ('RPC03', ''' - '', ''Name'', ''post'', null, null', 'the code is missing | Write it as it stands in WHO, such as HSM or Home Housing.'),
    ('RPC03', '''X'', null, ''post'', null, null', 'the name is missing | Write it as it stands in WHO, such as HSM or Home Housing.'),
    ('RPC03', '''X'', ''Name'', null, null, null', 'the kind is missing | A kind is one of post, body, organisation.'),
    ('RPC05', '''X'', ''Name'', ''body'', ''nobody'', null', 'there is no organisation "nobody" | Organisations are listed by: shap org list'),
    ('RPC03', 'repeat(''x'', 101), ''Name'', ''body'', null, null',
     'the code has 101 characters; at most 100 are kept | Shorten it, or put the long text where the evidence is and refer to it.')
  ) t (code, statement, refusal);
select test.act_as('sam');
select test.check('contributors see the register', (select count(*) from shap_v1.list_register(null)), 2::bigint);
select test.act_as('bob');
select test.check('another council does not', (select count(*) from shap_v1.list_register(null)), 0::bigint);
select shap_v1.add_register_entry('HSM', 'Housing Manager', 'post', null, null);
select test.check('and has its own', (select string_agg(r.name || ' of ' || r.organisation, '') from shap_v1.list_register(null) r), 'Housing Manager of barrow');

-- Several entries in one transaction are several records of one link.
begin;
select shap_v1.add_register_entry('A1', 'First', 'post', null, null), shap_v1.add_register_entry('A1', 'Second', 'post', null, null);
commit;
select test.check('the later of one link counts', (select r.name from shap_v1.list_register(null) r where r.code = 'A1'), 'Second');
