-- Turns the API's functions into invokers, for tests/bench/rights: what shap_api may do, the callers' group roles may do
-- then, under the same policies. Functions that are definers of shap_owner for a reason of their own stay so.
do $$
declare
    group_roles constant text := 'shap_contributor, shap_reader, shap_coordinator, shap_panel';
    r record;
    n integer := 0;
begin
    execute 'grant usage on schema shap to ' || group_roles;
    for r in select c.oid::regclass as name, case c.relkind when 'S' then 'sequence' else 'table' end as kind, a.privilege_type
               from pg_class c cross join aclexplode(c.relacl) a
              where c.relnamespace = 'shap'::regnamespace and a.grantee = 'shap_api'::regrole loop
        execute format('grant %s on %s %s to %s', r.privilege_type, r.kind, r.name, group_roles);
    end loop;
    for r in select p.policyname, p.tablename from pg_policies p
              where p.schemaname = 'shap' and p.roles = '{shap_api}' loop
        execute format('alter policy %I on shap.%I to %s', r.policyname, r.tablename, group_roles);
    end loop;
    for r in select p.oid::regprocedure as name from pg_proc p cross join aclexplode(p.proacl) a
              where p.pronamespace = 'shap'::regnamespace and a.grantee = 'shap_api'::regrole loop
        execute format('grant execute on function %s to %s', r.name, group_roles);
    end loop;
    for r in select p.oid::regprocedure as name, p.prosecdef as is_called from pg_proc p
              where p.pronamespace = 'shap_v1'::regnamespace and p.proowner = 'shap_api'::regrole loop
        if r.is_called then
            execute format('alter function %s security invoker', r.name);
            n := n + 1;
        else -- a piece of those that are called
            execute format('grant execute on function %s to %s', r.name, group_roles);
        end if;
    end loop;
    if n < 20 then
        raise exception 'only % functions were definers of shap_api', n;
    end if;
end
$$;
