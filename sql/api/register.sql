-- Service Register: what the codes and names in WHO stand for.

-- Cleans an entry's spelling and refuses an empty or overlong one. Internal to this file.
create function shap_v1.clean_spelling(field text, written text, most integer) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    clean constant text := btrim(regexp_replace(written, '\s+', ' ', 'g'));
begin
    if coalesce(shap.word_key(clean), '') = '' then
        raise exception using errcode = 'RPC03', message = format('%s is missing', field),
            hint = 'Write it as it stands in WHO, such as HSM or Home Housing.';
    end if;
    perform shap.check_text(field, clean, most);
    return clean;
end
$$;

-- Says what a code stands for; an earlier entry of the code stays on record. What it resolves in the plans is read
-- again. Refuses a missing code, name or kind (RPC03), an unknown organisation (RPC05).
-- Tables written: register_entry, who_reading, share, link.
create function shap_v1.add_register_entry(code text, name text, kind shap_v1.register_kind, organisation text,
                                           aliases text[]) returns shap_v1.register_entry
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council constant bigint := shap.council_of(null);
    spelling constant text := shap_v1.clean_spelling('the code', add_register_entry.code, 100);
    called constant text := shap_v1.clean_spelling('the name', add_register_entry.name, 200);
    others constant text[] := coalesce((select array_agg(shap_v1.clean_spelling('an alias', a.alias, 100) order by a.n)
        from unnest(add_register_entry.aliases) with ordinality a (alias, n) where a.alias ~ '\S'), '{}');
    belongs bigint;
    made_in bigint;
begin
    if add_register_entry.kind is null then
        raise exception using errcode = 'RPC03', message = 'the kind is missing',
            hint = 'A kind is one of post, body, organisation.';
    end if;
    if cardinality(others) > 50 then
        raise exception using errcode = 'RPC03', message = 'more than 50 aliases', hint = 'Leave out what nobody writes.';
    end if;
    belongs := case when nullif(btrim(add_register_entry.organisation), '') is null then shap.own_organisation(council)
                    else shap.organisation_of(add_register_entry.organisation) end;
    made_in := shap.take_link(council, shap.caller());
    insert into shap.register_entry (council_id, link, place, code, name, kind, organisation_id, aliases, membership_id)
    select council, made_in, count(*) + 1, spelling, called, add_register_entry.kind::text, belongs, others, shap.caller()
      from shap.register_entry e where e.council_id = council and e.link = made_in;
    perform shap.reread_whos(council, array[spelling, called] || others, made_in);
    return (select row(spelling, called, add_register_entry.kind, o.code, others, l.recorded_at)::shap_v1.register_entry
              from shap.organisation o, shap.link l
             where o.id = belongs and l.council_id = council and l.number = made_in);
end
$$;
grant execute on function shap_v1.add_register_entry(text, text, shap_v1.register_kind, text, text[])
    to shap_coordinator;

-- The register as known at the end of a day (absent: now), by code. Read-only.
create function shap_v1.list_register(known_at date) returns setof shap_v1.register_entry
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select r.code, r.name, r.kind::shap_v1.register_kind, o.code, r.aliases, l.recorded_at
      from unnest(shap.councils()) c (id)
     cross join lateral shap.register_at(c.id, shap.link_at(c.id, known_at)) r
      join shap.organisation o on o.id = r.organisation_id
      join shap.link l on l.council_id = c.id and l.number = r.at_link
     order by c.id, lower(r.code) collate "C";
end
$$;
grant execute on function shap_v1.list_register(date) to shap_contributor, shap_reader, shap_coordinator, shap_panel;
