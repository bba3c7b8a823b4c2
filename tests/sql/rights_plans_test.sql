-- How the policies ask who calls: each through (select ...), so that a statement works it out once, not once a row; seen
-- in the policies' expressions and in what the executor did.
\ir ../rights/ground.sql
create temporary view rule as
select p.tablename, p.policyname, concat_ws(' ', p.qual, p.with_check) as expression,
       regexp_replace(concat_ws(' ', p.qual, p.with_check), '\( SELECT shap\.(callers|councils|organisations|sight)\(\) AS \1\)', '?', 'g') as bare
  from pg_policies p where p.schemaname = 'shap';
select test.check('a policy that asks once for each row',
    (select string_agg(r.tablename || '.' || r.policyname || ': ' || r.bare, '; ') from rule r
      where r.bare ~ '\m(callers|councils|organisations|sight|caller|current_setting|current_user|session_user)\('
         or r.bare ~* '\m(current_user|session_user)\M'), null);
select test.check('tables that whoever calls may read whole', (select string_agg(r.tablename, ' ' order by r.tablename) from rule r
    where r.policyname not in ('owner', 'erases') and r.expression = 'true'), 'built_in_cycle clock_shift council organisation succession');
select test.check('of the others, policies that do not ask who calls, nor read a table whose policy does',
    (select string_agg(r.tablename || '.' || r.policyname, ' ' order by r.tablename) from rule r
      where r.policyname not in ('owner', 'erases') and r.expression <> 'true' and r.bare !~ '\?|FROM shap\.(membership|token) '), null);
select test.check('policies of other roles than the owner''s, shap_api''s and, for what is erased, shap_eraser''s', (select string_agg(p.tablename || '.' || p.policyname, ' ')
    from pg_policies p where p.schemaname = 'shap' and p.roles <> '{shap_api}'
     and not (p.policyname = 'owner' and p.roles = '{shap_owner}')
     and not (p.policyname = 'erases' and p.roles = '{shap_eraser}' and p.tablename in ('personal_text', 'erasure', 'person_address'))), null);

-- What the executor did for a read of each table: "once" where the identity was worked out before the rows, and only there.
create function test.read_of(tablename text) returns text language plpgsql as $$
declare
    plan jsonb;
begin
    execute 'explain (analyze, verbose, timing off, summary off, format json) select * from shap.' || quote_ident(tablename) into plan;
    return (select case when count(*) filter (where n.is_asked) = 0 then 'never'
                        when max(n.loops) filter (where n.is_asked) > 1 then 'often'
                        when bool_or(n.conditions ~ 'current_setting|shap\.(callers|councils|organisations|sight)\(') then 'for each row'
                        else 'once' end
              from (select p ->> 'Parent Relationship' = 'InitPlan' and p ->> 'Output' ~ 'current_setting' as is_asked,
                           (p ->> 'Actual Loops')::integer as loops,
                           (select string_agg(e.value, ' ') from jsonb_each_text(p) e where e.key ~ '(Filter|Cond)$') as conditions
                      from jsonb_path_query(plan, 'strict $.** ? (exists (@."Node Type"))') p) n);
end
$$;
grant select on rule to public;
select test.act_as('sam');
set role shap_api;
select test.check('a contributor''s read asks who calls: ' || r.tablename, test.read_of(r.tablename), 'once')
  from rule r where r.policyname = 'reads' and r.expression <> 'true';
select test.act_as('cora');
set role shap_api;
select test.check('a coordinator''s read asks who calls: ' || r.tablename, test.read_of(r.tablename), 'once')
  from rule r where r.policyname = 'reads' and r.expression <> 'true';
select test.check('a table that everybody reads', test.read_of('council'), 'never');
set role shap_owner;
alter policy reads on shap.meeting using (council_id = any (shap.councils()) and (select shap.sight()) = 'full');
set role shap_api;
select test.check('a policy that asks for each row is noticed', test.read_of('meeting'), 'for each row');
select test.check('in its expression too', (select r.bare ~ '\mcouncils\(' from rule r where r.tablename = 'meeting' and r.policyname = 'reads'), true);
