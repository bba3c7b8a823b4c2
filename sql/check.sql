-- The promises of an installation, as one query over the catalog: a row (promise, violation) for each one broken, none
-- when all is well. Anybody who can connect may run it; shapd --check does, as shap_server.
with
role as (
    select r.* from pg_catalog.pg_roles r where r.rolname ~ '^shap_'
),
group_role (name) as (
    values ('shap_anonymous'), ('shap_contributor'), ('shap_reader'), ('shap_coordinator'), ('shap_panel'),
           ('shap_administrator')
),
relation as ( -- tables and views of the two schemas
    select c.oid, n.nspname as schema, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl,
           c.relowner, o.rolname as owner, n.nspname || '.' || c.relname as name
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname in ('shap', 'shap_v1')
      join pg_catalog.pg_roles o on o.oid = c.relowner
     where c.relkind in ('r', 'p', 'v', 'm', 'S')
),
kept as ( -- tables of records: all but the ledger's head, the clock, erasable text, the list of migrations, counts
    select r.* from relation r
     where r.schema = 'shap' and r.relkind in ('r', 'p')
       and r.relname not in ('ledger_head', 'clock_shift', 'personal_text', 'migration', 'refusal', 'token_use',
                             'person_address')
),
routine as (
    select p.oid, n.nspname as schema, p.proname, p.prosecdef, p.provolatile, p.proacl, p.proowner, o.rolname as owner,
           n.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' as name,
           coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false) as is_pinned
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace and n.nspname in ('shap', 'shap_v1')
      join pg_catalog.pg_roles o on o.oid = p.proowner
),
execute_right as (
    select r.oid, coalesce(g.rolname, 'public') as grantee
      from routine r
     cross join lateral pg_catalog.aclexplode(coalesce(r.proacl, pg_catalog.acldefault('f', r.proowner))) a
      left join pg_catalog.pg_roles g on g.oid = a.grantee
     where a.privilege_type = 'EXECUTE'
),
relation_right as (
    select r.oid, coalesce(g.rolname, 'public') as grantee, a.privilege_type as privilege
      from relation r
     cross join lateral pg_catalog.aclexplode(r.relacl) a
      left join pg_catalog.pg_roles g on g.oid = a.grantee
     where a.grantee <> r.relowner
)
select v.promise, v.violation from (
    select 1, 'the roles of shap have no power over the cluster', r.rolname || ' may do more than use a database'
      from role r
     where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
    union all
    select 2, 'nobody but the server logs in', r.rolname || ' may log in'
      from role r where r.rolcanlogin and r.rolname <> 'shap_server'
    union all
    select 3, 'the server inherits no rights', r.rolname || ' inherits the rights of its groups'
      from role r where r.rolname = 'shap_server' and r.rolinherit
    union all
    select 4, 'the server owns nothing', 'shap_server owns ' || pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
      from pg_catalog.pg_shdepend d
      join role r on r.oid = d.refobjid and r.rolname = 'shap_server'
     where d.deptype = 'o' and d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       and d.dbid in (0, (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database()))
    union all
    select 5, 'the server may become a group role and nobody else', r.rolname || ' may become ' || g.rolname
      from pg_catalog.pg_auth_members m
      join role r on r.oid = m.member
      join pg_catalog.pg_roles g on g.oid = m.roleid
     where r.rolname <> 'shap_server' or m.admin_option or g.rolname not in (select name from group_role)
    union all
    select 6, 'the server may become every group role', 'shap_server may not become ' || g.name
      from group_role g
     where not exists (select from pg_catalog.pg_auth_members m
                         join role r on r.oid = m.member and r.rolname = 'shap_server'
                         join pg_catalog.pg_roles o on o.oid = m.roleid and o.rolname = g.name)
    union all
    select 7, 'row level security binds everybody, the owner too', r.name || ' is not under forced row level security'
      from relation r
     where r.schema = 'shap' and r.relkind in ('r', 'p') and not (r.relrowsecurity and r.relforcerowsecurity)
    union all
    select 8, 'schema shap belongs to its owner', r.name || ' belongs to ' || r.owner
      from relation r where r.schema = 'shap' and r.owner <> 'shap_owner'
    union all
    select 9, 'records are never changed or deleted', r.name || ' can be changed: no trigger refuses ' || k.what
      from kept r
     cross join (values ('refuse_change', 'update and delete', 27), ('refuse_truncate', 'truncate', 34)) k (name, what, kind)
     where not exists (select from pg_catalog.pg_trigger t
                         join routine f on f.oid = t.tgfoid and f.schema = 'shap' and f.proname = 'refuse_change'
                        where t.tgrelid = r.oid and t.tgname = k.name and t.tgtype = k.kind and t.tgenabled in ('O', 'A'))
    union all
    select 21, 'every record is entered in the ledger of its council', r.name || ' has no trigger that enters its records'
      from kept r
     where r.relname not in ('link', 'entry', 'council')
       and exists (select from pg_catalog.pg_attribute a where a.attrelid = r.oid and a.attname = 'council_id' and a.attnum > 0)
       and not exists (select from pg_catalog.pg_trigger t
                        where t.tgrelid = r.oid and t.tgname = 'enter' and t.tgtype = 4 and t.tgenabled in ('O', 'A'))
    union all
    select 10, 'personal text is erased, never rewritten', r.name || ' can be rewritten: no trigger refuses it'
      from relation r
     where r.schema = 'shap' and r.relname = 'personal_text' and 2 <> (
           select count(*) from pg_catalog.pg_trigger t
            where t.tgrelid = r.oid and t.tgname in ('refuse_rewrite', 'refuse_truncate') and t.tgenabled in ('O', 'A'))
    union all
    select 11, 'the API adds and reads, it changes nothing', r.grantee || ' may ' || lower(r.privilege) || ' ' || t.name
      from relation_right r join relation t on t.oid = r.oid
     where r.grantee = 'shap_api' and r.privilege not in ('SELECT', 'INSERT', 'USAGE')
    union all
    select 22, 'the eraser blanks personal text with a record of it, and does nothing else',
           'shap_eraser may ' || lower(r.privilege) || ' ' || t.name
      from relation_right r join relation t on t.oid = r.oid
     where r.grantee = 'shap_eraser' and (t.relname, r.privilege) not in (
           ('personal_text', 'SELECT'), ('erasure', 'INSERT'), ('person_address', 'SELECT'), ('person_address', 'DELETE'),
           ('record_id', 'USAGE'))
    union all
    select 12, 'tables are out of reach of whoever calls', r.grantee || ' may ' || lower(r.privilege) || ' ' || t.name
      from relation_right r join relation t on t.oid = r.oid
     where r.grantee not in ('shap_api', 'shap_eraser')
    union all
    select 13, 'tables are out of reach of whoever calls', coalesce(g.rolname, 'public') || ' may look into schema shap'
      from pg_catalog.pg_namespace n
     cross join lateral pg_catalog.aclexplode(n.nspacl) a
      left join pg_catalog.pg_roles g on g.oid = a.grantee
     where n.nspname = 'shap' and a.grantee <> n.nspowner and coalesce(g.rolname, '') not in ('shap_api', 'shap_eraser')
    union all
    select 14, 'nothing is executable by everybody', r.name || ' may be executed by public'
      from routine r join execute_right e on e.oid = r.oid and e.grantee = 'public'
    union all
    select 15, 'callers reach the API only', e.grantee || ' may execute ' || r.name
      from routine r join execute_right e on e.oid = r.oid
     where r.schema = 'shap' and e.grantee not in ('shap_owner', 'shap_api', 'shap_eraser')
    union all
    select 16, 'API functions run with the rights of shap_api, with a fixed search path',
           r.name || case when not r.prosecdef then ' runs with the rights of its caller'
                          when r.owner <> 'shap_api' then ' runs with the rights of ' || r.owner
                          else ' has no fixed search path' end
      from routine r
     where r.schema = 'shap_v1' and not (r.prosecdef and r.owner = 'shap_api' and r.is_pinned)
       and exists (select from execute_right e where e.oid = r.oid and e.grantee in (select name from group_role))
    union all
    select 17, 'the server itself calls identify, keep_tally and schema_version only', 'shap_server may execute ' || r.name
      from routine r join execute_right e on e.oid = r.oid and e.grantee = 'shap_server'
     where r.schema <> 'shap_v1' or r.proname not in ('identify', 'keep_tally', 'schema_version')
        or not (r.prosecdef and r.owner = 'shap_owner' and r.is_pinned)
    union all
    select 18, 'functions with another''s rights have a fixed search path', r.name || ' has none'
      from routine r where r.prosecdef and not r.is_pinned
    union all
    select 19, 'functions of the rules belong to the owner of the tables', r.name || ' belongs to ' || r.owner
      from routine r where r.schema = 'shap' and r.owner <> 'shap_owner' and not (r.owner = 'shap_eraser' and r.proname = 'erase_texts')
    union all
    select 20, 'a caller without a token only asks what the server is, who he is, and for a token',
           'shap_anonymous may execute ' || r.name
      from routine r join execute_right e on e.oid = r.oid and e.grantee = 'shap_anonymous'
     where r.proname not in ('get_server_info', 'who_am_i', 'who_am_i_together', 'accept_invitation')
) as v (number, promise, violation)
order by v.number, v.violation collate "C";
