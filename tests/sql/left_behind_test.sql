-- What a version leaves behind: what was declared of a milestone goes to no other number, and is named where the version is
-- compared, made and adopted.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
select test.at('2011-03-31 17:00 Europe/London');
reset role;
create function test.said(changes shap_v1.plan_change[]) returns text language sql as $$
    select coalesce(string_agg(concat_ws(' | ', c.reference, c.field, regexp_replace(c.before, '\(record \d+\)', '(record N)')), E'\n'), '')
      from unnest(changes) c where c.kind = 'left_behind'
$$;
-- The draft with SH2.2/4/1 as SH2.2/9/1, and without SH3.4/2/1; or as it is.
create function test.edited(plan text, edit boolean) returns shap_v1.plan_row[] language sql as $$
    select array_agg(row(r.line, r.objective_code, r.objective_heading, r.objective_title, r.purpose,
                         case when edit and r.objective_code = 'SH2.2' and r.action_no = '4' then '9' else r.action_no end,
                         r.action, r.milestone_no, r.milestone, r.who, r."when", r.measure)::shap_v1.plan_row order by r.line)
      from shap_v1.export_plan(plan, 1) r
     where not (edit and r.objective_code = 'SH3.4' and r.action_no = '2')
$$;

select test.act_as('cora');
select shap_v1.declare_after('2010-11', 'SH2.2/4/1', 'SH2.2/2/2', null, '2011-01-10');
select shap_v1.declare_independent('2010-11', 'SH2.2/5/1', 'SH2.2/4/1', 'it needs no protocol', '2011-01-10');
select shap_v1.declare_after('2010-11', 'SH2.2/5/1', 'SH2.2/2/2', null, '2011-01-10');
select shap_v1.declare_same_work('2010-11', array['SH3.3/5', 'SH3.4/2'], 'one training', '2011-01-10');
select shap_v1.roll_plan('2011/12', null, null, null, false);
select test.check('as it was rolled nothing is left behind', test.said((shap_v1.adopt_plan('2011-12', 1, null, null)).left_behind), '');
select shap_v1.revoke_adoption(v.adoption_record_id, 'too early', null) from shap_v1.list_versions('2011-12') v;

\set named 'SH2.2/4/1 | order | SH2.2/4/1 follows SH2.2/2/2 (record N)\nSH2.2/4/1 | independence | SH2.2/5/1 is independent of SH2.2/4/1 (record N)\nSH3.4/2/1 | same_work | SH3.3/5/1, SH3.4/2/1 are the same work (record N)\nSH2.2/4/1 | carry | SH2.2/4/1 comes from copeland/2010-11 SH2.2/4/1 (record N)\nSH3.4/2/1 | carry | SH3.4/2/1 comes from copeland/2010-11 SH3.4/2/1 (record N)'
select test.send('22222222-2222-4222-8222-222222222222', 1, test.edited('2011-12', true), 'edited', '2011/12');
select test.check('a comparison ends with what would be left behind', (select test.said(array_agg(c)) || ' ' || (array_agg(c.kind))[count(*)]
    from shap_v1.compare_import('22222222-2222-4222-8222-222222222222', null, 1) c), E:'named' || ' left_behind');
select test.check('the import names it', test.said((shap_v1.finish_import('22222222-2222-4222-8222-222222222222', null, 1, sha256('edited'), null)).left_behind), E:'named');
select test.check('so does the same again, which changes nothing', (select v.unchanged || ' ' || test.said(v.left_behind)
    from test.send('33333333-3333-4333-8333-333333333333', 1, test.edited('2011-12', true), 'again', '2011/12'),
         lateral shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256('again'), null) v), 'true ' || E:'named');
select test.check('the adoption does', test.said((shap_v1.adopt_plan('2011-12', null, null, null)).left_behind), E:'named');
select test.check('a list of versions does not', (select string_agg(test.said(v.left_behind), '') from shap_v1.list_versions('2011-12') v), '');

-- What was taken back is left behind no more.
select shap_v1.revoke_order(o.record_id, 'it is SH2.2/9/1 now', null) from shap_v1.list_order('2011-12', null, null, null) o where 'SH2.2/4/1' in (o.reference, o.step);
select test.check('what is taken back is named no more', (select v.version || ' ' || test.said(v.left_behind)
    from test.send('44444444-4444-4444-8444-444444444444', 1, test.edited('2011-12', true), 'once more', '2011/12'),
         lateral shap_v1.finish_import('44444444-4444-4444-8444-444444444444', null, 1, sha256('once more'), null) v),
    '2 ' || split_part(E:'named', E'(record N)\n', 3) || E'(record N)\n' || split_part(E:'named', E'(record N)\n', 4) || E'(record N)\n' || split_part(E:'named', E'(record N)\n', 5));

-- A later version of a plan in force leaves behind whom a milestone was shared with by hand, but not whom its WHO names.
select shap_v1.share_milestone('2010-11', 'SH2.2/4/1', 'home-housing', 'they host it');
select test.check('a share by hand', test.said(v.left_behind), E'SH2.2/4/1 | order | SH2.2/4/1 follows SH2.2/2/2 (record N)\nSH2.2/4/1 | independence | SH2.2/5/1 is independent of SH2.2/4/1 (record N)\nSH3.4/2/1 | same_work | SH3.3/5/1, SH3.4/2/1 are the same work (record N)\nSH2.2/4/1 | share | SH2.2/4/1 is shared with home-housing (record N)')
  from test.send('55555555-5555-4555-8555-555555555555', 1, test.edited('2010-11', true), 'later', '2010/11'),
       lateral shap_v1.finish_import('55555555-5555-4555-8555-555555555555', null, 1, sha256('later'), null) v;
