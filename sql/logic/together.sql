-- Reads that are answered together: calls of such a method that wait while the links are busy go to PostgreSQL as one unit,
-- whose callers are identified by one statement (see server/rpc/group.h). That is most of what a small read costs.

-- Gives the reading API function f its f_together(calls), grouped by its signature, which the server calls instead. It
-- stands for one caller after the other (shap.act_for) and calls f for him as if he were alone: what he sees is decided
-- by the same settings, and by nothing else. A refusal, or a fault, is the verdict on one call, and none of the others
-- feels it. Whoever may execute f may execute this. Only for methods that take no longer than to identify their callers:
-- those that share a unit are answered when it is over. Run as shap_api, below f and its grants.
create or replace procedure shap.group_reads(method text)
language plpgsql as $$
declare
    f record;
    driver constant text := $driver$
        create function shap_v1.%1$I(calls shap_v1.%2$I[]) returns setof shap_v1.%3$I
        language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $body$
        declare
            each constant jsonb := nullif(current_setting('shap.each', true), '')::jsonb;
            first constant bytea := calls[1].token_hash;
            c shap_v1.%2$I;
            r %4$s;
            a shap_v1.%3$I;
            is_meant boolean;
            verdict text;
            said text;
            cure text;
        begin
            foreach c in array calls loop
                verdict := null;
                said := null;
                r := null;
                is_meant := case when each is null then c.token_hash is not distinct from first
                                 else shap.act_for(each, c.token_hash) end;
                if not is_meant then
                    verdict := '28000';
                    said := 'this token is not known here, has expired or was revoked. Sign in with: shap login';
                else
                    begin
                        r := shap_v1.%5$I(%6$s);
                    exception when others then
                        get stacked diagnostics verdict = returned_sqlstate, said = message_text, cure = pg_exception_hint;
                        said := said || case when cure = '' then '' when said ~ '[.?!:;]$' then ' ' else '. ' end || cure;
                    end;
                end if;
                a := row(c.ordinal, verdict, said%7$s);
                return next a;
            end loop;
        end
        $body$
        $driver$;
begin
    select p.proname as name, p.prorettype::regtype as row, method || '_together' as together, method || '_call' as call,
           method || '_answer' as answer,
           coalesce((select string_agg(format(', %I %s', n.name, t.type::regtype), '' order by place)
                       from unnest(p.proargnames) with ordinality n (name, place)
                       join unnest(p.proargtypes::oid[]) with ordinality t (type, place) using (place)), '') as fields,
           coalesce((select string_agg(format('c."%s"', n.name), ', ' order by place)
                       from unnest(p.proargnames) with ordinality n (name, place)), '') as arguments,
           (select string_agg(format(', %I %s', c.attname, c.atttypid::regtype), '' order by c.attnum) from pg_catalog.pg_attribute c
             where c.attrelid = t.typrelid and c.attnum > 0) as columns,
           (select string_agg(format(', r."%s"', c.attname), '' order by c.attnum) from pg_catalog.pg_attribute c
             where c.attrelid = t.typrelid and c.attnum > 0) as values,
           (select string_agg(a.grantee::regrole::text, ', ') from aclexplode(p.proacl) a where a.grantee <> p.proowner) as callers
      into strict f
      from pg_catalog.pg_proc p
      join pg_catalog.pg_type t on t.oid = p.prorettype
     where p.pronamespace = 'shap_v1'::regnamespace and p.proname = method and p.provolatile = 's' and not p.proretset;
    execute format('create type shap_v1.%I as (ordinal integer, token_hash bytea%s)', f.call, f.fields);
    execute format('create type shap_v1.%I as (ordinal integer, sqlstate text, refusal text%s)', f.answer, f.columns);
    execute format(driver, f.together, f.call, f.answer, f.row, f.name, f.arguments, f.values);
    execute format('revoke all on function shap_v1.%I from public', f.together);
    execute format('grant execute on function shap_v1.%I to %s', f.together, f.callers);
end
$$;
revoke all on procedure shap.group_reads(text) from public;
grant execute on procedure shap.group_reads(text) to shap_api;
