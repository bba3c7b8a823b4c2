-- Doubts: what the sample raises, how each kind is settled, what a settlement does, and what later versions carry on.
\ir plan_fixture.sql
\ir plan_sample.sql
\set import '''11111111-1111-4111-8111-111111111111'''

-- The first milestones of the open doubts of a kind.
create function test.open(wanted text) returns text language sql as $$
    select string_agg(regexp_replace(d.reference, '/1$', ''), ' ' order by d.doubt_id)
      from shap_v1.list_doubts(null, false) d where d.kind::text = wanted
$$;
create function test.doubt(wanted text, about text) returns bigint language sql as $$
    select d.doubt_id from shap_v1.list_doubts(null, true) d where d.kind::text = wanted and (d.reference = about or d.subject = about)
$$;
select test.act_as('ann');
select shap_v1.add_organisation('impact-housing-association', 'Impact Housing Association');
select test.act_as('cora');
select shap_v1.add_register_entry(r.code, r.name, r.kind::shap_v1.register_kind, r.organisation, string_to_array(r.aliases, ';'))
  from test.register r order by r.place;
select test.send(:import, 1, s.rows, s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import(:import, null, 1, sha256(s.bytes), null) from test.sample s;

select test.check('prose', test.open('prose_date'), 'SH2.3/1 SH2.6/1 SH2.6/2 SH4.2/3 SH4.2/4 SH4.4/1 SH4.4/2 SH4.4/3');
select test.check('empty dates', test.open('empty_date'), 'SH1.2/4 SH1.2/4/2 SH1.2/4/3 SH3.1/2');
select test.check('no owner', test.open('no_owner'), 'SH1.2/1/3');
select test.check('said to be complete by the measure only', test.open('complete_in_measure'), 'SH2.1/1 SH3.2/3 SH4.4/2');
select test.check('the same work', (select string_agg(d.reference || ' = ' || d.subject, ', ' order by d.doubt_id)
                                      from shap_v1.list_doubts(null, false) d where d.kind = 'same_work'),
    'SH2.1/5/1 = SH2.2/1/1, SH3.3/5/1 = SH3.4/2/1, SH3.3/6/1 = SH3.4/3/1');
select test.check('dates outside the year', test.open('date_outside_year'),
    'SH1.2/5 SH1.2/5/2 SH1.4/1 SH2.3/2 SH2.4/2 SH2.4/3 SH2.4/4 SH2.4/5 SH2.5/1 SH4.1/1 SH4.1/4 SH4.2/2 SH5.1/1 SH5.1/1/2 SH5.2/1 SH5.2/2 SH5.2/3 SH5.2/4');
select test.check('one of them says which side', (select d.detail from shap_v1.list_doubts(null, false) d
                                                  where d.kind = 'date_outside_year' and d.reference = 'SH4.1/4/1'),
    'Due on 30 September 2011, after the plan''s year ends on 31 March 2011.');
select test.check('prose names the days that stand in it', (select d.detail from shap_v1.list_doubts(null, false) d
                                                            where d.kind = 'prose_date' and d.reference = 'SH4.4/1/1'),
    'WHEN is not understood as a date; in it stands: 31 May 2010, 30 June 2010.');
select test.check('SHM is one slip from HSM, and the doubt names all its milestones',
    (select string_agg(d.subject || ': ' || d.detail || ' ' || d."references"::text, '')
       from shap_v1.list_doubts(null, false) d where d.kind = 'probable_slip'),
    'SHM: The register does not hold "SHM"; one slip away it holds "HSM". {SH4.3/3/1,SH4.3/3/2,SH4.3/3/3,SH4.3/4/1,SH4.3/4/2}');
select test.check('no defined code is in doubt', (select count(*) from shap_v1.list_doubts(null, false) d
    where d.kind = 'undefined_code' and d.subject in ('SHP', 'HPO', 'HSM', 'HRM', 'EO', 'Home Housing', 'Impact HA', 'Supporting People Team')), 0::bigint);
select test.check('an undefined code has one doubt', (select count(*) from shap_v1.list_doubts(null, false) d
                                                     where d.kind = 'undefined_code' and d.subject = 'KS'), 1::bigint);
select test.check('the plan counts what is open', (select p.doubts_open from shap_v1.get_plan(null, null, null) p),
    (select count(*)::integer from shap_v1.list_doubts(null, null)));

-- Settling.
select test.check('a date is settled by a day',
    (select row(d.settled_on, d.settlement)::text from shap_v1.settle_doubt(null, test.doubt('prose_date', 'SH2.3/1/1'),
        '2009-10-31', null, 'the group was formed then', '2010-06-30') d),
    '(2010-06-30,"due on 31 October 2009: the group was formed then")');
select test.check('a doubt is settled once',
    test.fails('RPC09', format('select shap_v1.settle_doubt(null, %s, null, null, ''x'', null)', test.doubt('prose_date', 'SH2.3/1/1'))),
    format('doubt %s was settled on 30 June 2010 | See how with: shap plan doubts --all', test.doubt('prose_date', 'SH2.3/1/1')));
select test.check('a slip is settled by the code that is meant, however it is spelled',
    (select d.settlement from shap_v1.settle_doubt(null, test.doubt('probable_slip', 'SHM'), null, 'hsm', null, null) d), 'means HSM');
select test.check('a missing owner is settled by a code',
    (select d.settlement from shap_v1.settle_doubt(null, test.doubt('no_owner', 'SH1.2/1/3'), null, 'HPO', null, null) d), 'means HPO');
select test.check('anything is dismissed with a reason',
    (select d.settlement from shap_v1.settle_doubt(null, test.doubt('same_work', 'SH2.1/5/1'), null, null, 'two stages of it', null) d),
    'dismissed: two stages of it');
select test.check(format('refused: %s', t.statement), test.fails(t.code, format('select shap_v1.settle_doubt(null, %s)', t.statement)), t.refusal)
  from (values
    ('RPC03', format('%s, null, null, '' '', null', test.doubt('empty_date', 'SH3.1/2/1')),
     'a doubt is dismissed only with a reason | Give the day it is due, or a reason to let it stand.'),
    ('RPC03', format('%s, ''2010-05-01'', ''HSM'', null, null', test.doubt('empty_date', 'SH3.1/2/1')),
     'a doubt is settled by a day or by a code, not by both | Give the day it is due, or a reason to let it stand.'),
    ('RPC03', format('%s, null, ''HSM'', null, null', test.doubt('empty_date', 'SH3.1/2/1')),
     'this doubt is not about an owner | Give the day it is due, or a reason to let it stand.'),
    ('RPC03', format('%s, ''2010-05-01'', null, null, null', test.doubt('undefined_code', 'KS')),
     'this doubt is not about a date | Give the register''s code that is meant, or a reason to let it stand.'),
    ('RPC03', format('%s, ''9999-05-01'', null, null, null', test.doubt('empty_date', 'SH3.1/2/1')),
     '9999-05-01 cannot be the day of a milestone | Give the day it is due, or a reason to let it stand.'),
    ('RPC05', format('%s, null, ''nobody'', null, null', test.doubt('undefined_code', 'KS')),
     'the register does not hold "nobody" | Add it with: shap register add'),
    ('RPC05', '999999999, null, null, ''x'', null', 'there is no doubt 999999999 about this plan | They are listed by: shap plan doubts'),
    ('RPC03', format('%s, null, null, ''x'', ''2010-07-02''', test.doubt('undefined_code', 'KS')),
     'the day of the settlement: 2010-07-02 is still to come | Give a day not after 2010-07-01, which is today by the server''s clock.')
  ) t (code, statement, refusal);
reset role;
select test.check('the day is a coordinator''s reading beside the rules''',
    (select string_agg(concat_ws(' ', r.pattern, r.is_understood, r.last_day, r.day), '; ' order by r.link)
       from shap.when_reading r where r.reference = 'SH2.3/1/1'), 'prose f; coordinator t 2009-10-31 2010-06-30');
create function test.owners(reference text, version integer) returns text language sql as $$
    select string_agg(concat_ws('=', w.token, w.code), ' ' order by w.place, w.record_id)
      from shap.who_current((select id from shap.council where code = 'copeland'), (select id from shap.plan), version, null) w
     where w.reference = owners.reference
$$;
select test.check('the code is a reading in place of the rules''', test.owners('SH4.3/4/1', 1), 'SHM=HSM SHP=SHP');
select test.check('an empty cell has an owner now', test.owners('SH1.2/1/3', 1), '=HPO');

-- The register resolves doubts, also within a token that was taken for one.
select test.act_as('cora');
select test.check('"SHP RPWG" is read with the register that knew SHP',
    (select d."references" from shap_v1.list_doubts(null, false) d where d.subject = 'RPWG'),
    '{SH5.3/2/1,SH5.3/2/2,SH5.5/3/1,SH5.5/3/2,SH5.5/3/3}'::text[]);
select shap_v1.add_register_entry('KS', 'Housing Strategy Officer', 'post', null, '{K.S.}');
select test.check('a code the register defines now is settled by that',
    (select row(d.settled_on, d.settlement)::text from shap_v1.list_doubts(null, true) d where d.subject = 'KS'),
    '(2010-07-01,"the register defines it now")');
select test.check('and no longer listed', (select count(*) from shap_v1.list_doubts(null, false) d where d.subject = 'KS'), 0::bigint);

-- A later version raises what is new in it only, and carries on what was settled.
create function pg_temp.third() returns shap_v1.plan_row[] language sql as $$
    select array_agg(row(r.line, r.objective_code, r.objective_heading, r.objective_title, r.purpose, r.action_no, r.action,
                         r.milestone_no, r.milestone,
                         case when r.who = 'SHM' and r.milestone_no = '1' then 'SHM / XYZ' else r.who end,
                         case when r.reference = 'SH2.6/2/1' then 'April 2010' when r.reference = 'SH1.1/1/1' then 'some day'
                              else r."when" end, r.measure)::shap_v1.plan_row order by r.n)
      from (select u.*, objective_code || '/' || action_no || '/' || milestone_no as reference
              from test.sample s, unnest(s.rows) with ordinality u (line, objective_code, objective_heading,
                   objective_title, purpose, action_no, action, milestone_no, milestone, who, "when", measure, n)) r
$$;
select test.send('22222222-2222-4222-8222-222222222222', 1, pg_temp.third(), '', '2010/11');
select test.check('a later version raises what is new in it only',
    (select v.doubts from shap_v1.finish_import('22222222-2222-4222-8222-222222222222', null, 1, sha256(''), null) v), 2);
select test.check('namely these', (select string_agg(concat_ws(' ', d.kind, d.subject, d."references"::text), ', ' order by d.doubt_id)
    from shap_v1.list_doubts(null, false) d where d.subject in ('XYZ', 'some day', 'SHM')),
    'prose_date some day {SH1.1/1/1}, undefined_code XYZ {SH4.3/3/1}');
select test.check('what it puts right is settled by that',
    (select d.settlement from shap_v1.list_doubts(null, true) d where d.reference = 'SH2.6/2/1'),
    'a later version of the plan says otherwise');
reset role;
select test.check('a settled code holds in the new version', test.owners('SH4.3/3/1', 2), 'SHM=HSM XYZ');
select test.check('and where the cell stands', test.owners('SH4.3/3/2', 2), 'SHM=HSM');
select test.check('and so does a settled owner', test.owners('SH1.2/1/3', 2), '=HPO');
