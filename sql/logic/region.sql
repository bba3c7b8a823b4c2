-- Regions: several councils whose figures a regional body reads side by side. Made by whoever installs, like councils.

-- Makes a region of councils (by their codes), or adds councils to the one that is there, and a reader of it with the token
-- whose hash is given. Refuses bad names, a region of the same code and another name, and councils that are not there.
-- Tables written: region, region_council, organisation, person, personal_text, membership, token, link.
create or replace function shap.found_region(code text, name text, councils text[], reader text, token_hash bytea)
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    members bigint[];
    missing text;
    region bigint;
    own bigint;
    link bigint;
    membership bigint;
begin
    perform shap.check_slug('the region''s code', found_region.code, 40);
    found_region.name := shap.clean_name('the region''s name', found_region.name);
    found_region.reader := shap.clean_name('the reader''s name', found_region.reader);
    select array_agg(c.id order by c.id), min(w.code) filter (where c.id is null) into members, missing
      from unnest(councils) w (code) left join shap.council c on c.code = lower(btrim(w.code));
    if missing is not null or members is null then
        raise exception using errcode = 'RPC05',
            message = case when missing is null then 'which councils are in the region?'
                           else format('there is no council "%s"', missing) end,
            hint = 'Name councils by their codes, such as copeland; make one with: shapd --init --council NAME';
    end if;
    select r.id into region from shap.region r where r.code = found_region.code and r.name = found_region.name;
    if region is null then
        if exists (select from shap.region r where r.code = found_region.code) then
            raise exception using errcode = 'RPC06', message = format('the region "%s" has another name', found_region.code),
                hint = 'Name it as it was made.';
        end if;
        insert into shap.region (code, name, created_at) values (found_region.code, found_region.name, shap.clock())
        returning id into region;
    end if;
    perform shap.take_links(members, null);
    link := shap.take_link(members[1], null);
    insert into shap.region_council (region_id, council_id) select region, m from unnest(members) m on conflict do nothing;
    select o.id into own from shap.organisation o where o.code = found_region.code;
    if own is null then
        insert into shap.organisation (code, name, council_id, link)
        values (found_region.code, found_region.name, members[1], link) returning id into own;
    end if;
    insert into shap.membership (person_id, organisation_id, region_id, role, recorded_council_id, link)
    values (shap.make_person(members[1], link, found_region.reader, null), own, region, 'reader', members[1], link)
    returning id into membership;
    insert into shap.token (membership_id, hash, created_at, expires_at, council_id, link)
    values (membership, found_region.token_hash, shap.clock(), shap.clock() + interval '1 year', members[1], link);
    return membership;
end
$$;
revoke all on function shap.found_region(text, text, text[], text, bytea) from public;
