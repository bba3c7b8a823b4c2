-- Who is calling: read from the settings that the unit's first statement made, once per statement.

-- The memberships that call: one, or those of a group of calls. Read-only, refuses nothing; so are the next three.
create or replace function shap.callers() returns bigint[]
language sql stable parallel safe begin atomic
    select coalesce(nullif(current_setting('shap.callers', true), '')::bigint[], '{}');
end;

-- The councils whose rows they may see.
create or replace function shap.councils() returns bigint[]
language sql stable parallel safe begin atomic
    select coalesce(nullif(current_setting('shap.councils', true), '')::bigint[], '{}');
end;

-- The organisations they belong to.
create or replace function shap.organisations() returns bigint[]
language sql stable parallel safe begin atomic
    select coalesce(nullif(current_setting('shap.organisations', true), '')::bigint[], '{}');
end;

-- How far the callers see: full (the councils' plans), shared (what their organisations share), directory
-- (people and organisations only), none.
create or replace function shap.sight() returns text
language sql stable parallel safe begin atomic
    select coalesce(nullif(current_setting('shap.sight', true), ''), 'none');
end;

grant execute on function shap.callers(), shap.councils(), shap.organisations(), shap.sight() to shap_api;

-- Where they call from, in the order of the callers; one for all where it is the same. Empty for the installation itself.
create or replace function shap.peers() returns text[]
language sql stable parallel safe begin atomic
    select coalesce(nullif(current_setting('shap.peers', true), '')::text[], '{}');
end;

-- Where a member of those who call does so from. Null for several, and for the installation itself.
create or replace function shap.peer_of(membership bigint) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    peers constant text[] := shap.peers();
begin
    return peers[case when cardinality(peers) = 1 then 1 else array_position(shap.callers(), membership) end];
end
$$;

-- The membership that calls; refuses a call without one, and a group.
create or replace function shap.caller() returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    callers bigint[] := shap.callers();
begin
    if cardinality(callers) is distinct from 1 then
        raise exception using errcode = '28000', message = 'this needs somebody who is signed in',
            hint = 'Sign in with: shap login';
    end if;
    return callers[1];
end
$$;
grant execute on function shap.caller() to shap_api;

-- The council a call is about: the one named by its code or, of those the caller sees, by the beginning that only one
-- has; without a name the caller's own, else the only one. Refuses an unknown or foreign one as not found, one of several, and no name
-- where there are several.
create or replace function shap.council_of(code text) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    councils bigint[] := shap.councils();
    found_id bigint;
begin
    if code is null and cardinality(councils) = 1 then
        return councils[1];
    end if;
    if code is null and cardinality(shap.callers()) = 1 then -- beside those his own has succeeded
        select m.council_id into found_id from shap.membership m where m.id = (shap.callers())[1];
        if found_id is not null then
            return found_id;
        end if;
    end if;
    if code is null then
        raise exception using errcode = 'RPC03', message = 'which council is meant?',
            hint = 'Name the plan with its council, such as copeland/2010-11.';
    end if;
    select c.id into found_id from shap.council c
     where c.code = lower(btrim(council_of.code)) and c.id = any (councils);
    if found_id is null then
        select c.id into found_id from shap.council c
         where c.code = shap.only_one('council', council_of.code, array(
                   select m.code from shap.council m
                    where m.id = any (councils) and starts_with(m.code, lower(btrim(council_of.code)))
                    order by m.code collate "C"));
    end if;
    if found_id is null then
        raise exception using errcode = 'RPC05', message = format('there is no council "%s" here', left(code, 60)),
            hint = 'Your own council is shown by: shap whoami';
    end if;
    return found_id;
end
$$;
grant execute on function shap.council_of(text) to shap_api;

-- A year as people write it ("2010/11", "2010-11", "2010-2011") as the plan's code, "2010-11".
create or replace function shap.year_code(written text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    parts text[] := regexp_match(btrim(written), '^(\d{4})\s*[-/]\s*(?:\d\d)?(\d\d)$');
begin
    if parts is null or (parts[1]::integer + 1) % 100 <> parts[2]::integer
       or parts[1]::integer not between 1990 and 2199 then
        raise exception using errcode = 'RPC03', message = format('"%s" is not a plan year', left(written, 60)),
            hint = 'Write it as 2010/11.';
    end if;
    return parts[1] || '-' || parts[2];
end
$$;
grant execute on function shap.year_code(text) to shap_api;
