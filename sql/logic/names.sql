-- Names given short. What a caller types names one thing: by its whole name, else by the beginning that only one has.
-- Where several begin so, the call is refused with their names. Understood here and nowhere else, so that every client
-- agrees; what the caller does not see is no candidate.

-- The only one of several candidates; null when there is none. Refuses several, naming them.
create or replace function shap.only_one(what text, written text, candidates text[]) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if cardinality(candidates) > 1 then
        raise exception using errcode = 'RPC03', message = shap.ambiguity(what, written, candidates),
            hint = 'Write more of it.';
    end if;
    return candidates[1];
end
$$;
grant execute on function shap.only_one(text, text, text[]) to shap_api;

-- Says that a name is that of several; the first eight of them are named.
create or replace function shap.ambiguity(what text, written text, candidates text[]) returns text
language sql immutable parallel safe
return format('"%s" is not one %s but %s: %s%s', left(btrim(written), 60), what, cardinality(candidates),
              array_to_string(candidates[1:8], ', '),
              case when cardinality(candidates) > 8 then format(' and %s more', cardinality(candidates) - 8) else '' end);
grant execute on function shap.ambiguity(text, text, text[]) to shap_api;

-- The milestones of a version that a reference means: the one that has it, else all that it begins, by whole parts, with
-- dots and slashes alike: "sh4.3.2" is those of action SH4.3/2. organisation: only what that one shares; null: all.
create or replace function shap.milestones_meant(council bigint, plan_id bigint, version integer, organisation bigint,
                                                 written text) returns text[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant text := shap.reference_of(nullif(btrim(written), ''));
    parts constant text := btrim(replace(wanted, '/', '.'), '.') || '.';
begin
    if wanted is null or exists (select from shap.milestone m where m.council_id = council and m.plan_id = milestones_meant.plan_id
                                    and m.version = milestones_meant.version and m.reference = wanted) then
        return array_remove(array[wanted], null);
    end if;
    return array(
        select m.reference from shap.milestone m
         where m.council_id = council and m.plan_id = milestones_meant.plan_id and m.version = milestones_meant.version
           and starts_with(replace(m.reference, '/', '.') || '.', parts)
           and (organisation is null or exists (
               select from shap.share_in_force s
                where s.council_id = council and s.plan_id = milestones_meant.plan_id and s.reference = m.reference
                  and s.organisation_id = organisation))
         order by m.place);
end
$$;
grant execute on function shap.milestones_meant(bigint, bigint, integer, bigint, text) to shap_api;

-- The reference a caller means in a version of a plan (null: none is in force, the latest); null when none was given,
-- and as it would be kept where there is no such milestone for him. Refuses one that means several.
create or replace function shap.reference_meant(council bigint, plan_id bigint, version integer, written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce(
        shap.only_one('milestone', written,
            shap.milestones_meant(council, plan_id, coalesce(version, shap.latest_version(council, plan_id)), null, written)),
        shap.reference_of(nullif(btrim(written), '')));
end
$$;
grant execute on function shap.reference_meant(bigint, bigint, integer, text) to shap_api;

-- The codes of the organisations that a code means: the one that has it, else all that begin so.
create or replace function shap.organisations_meant(written text) returns text[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant text := regexp_replace(lower(btrim(written)), '[\s_]+', '-', 'g');
begin
    if coalesce(wanted, '') = '' or exists (select from shap.organisation o where o.code = wanted) then
        return array_remove(array[nullif(wanted, '')], null);
    end if;
    return array(select o.code from shap.organisation o where starts_with(o.code, wanted) order by o.code collate "C");
end
$$;
grant execute on function shap.organisations_meant(text) to shap_api;

-- The code of the organisation a filter means; null when none was given, and what was written where there is none.
-- Refuses one that means several.
create or replace function shap.organisation_meant(written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return coalesce(shap.only_one('organisation', written, shap.organisations_meant(written)), lower(nullif(btrim(written), '')));
end
$$;
grant execute on function shap.organisation_meant(text) to shap_api;

-- The code of a council's register that a word means, by any of its spellings, else by the beginning of the code; null
-- when there is none. Refuses one that means several.
create or replace function shap.code_meant(council bigint, written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant text := nullif(shap.word_key(written), '');
    exact constant text := (select w.code from shap.register_words(council) w where w.key = wanted);
begin
    return coalesce(exact, shap.only_one('code of the register', written, array(
        select r.code from shap.register_at(council, null) r
         where starts_with(shap.word_key(r.code), wanted) order by r.code collate "C")));
end
$$;
grant execute on function shap.code_meant(bigint, text) to shap_api;

-- The owner a filter means: a word of the plan's own WHO, else the code that the register has for it; null when none was
-- given, and what was written where there is none. Refuses one that means several.
create or replace function shap.owner_meant(council bigint, plan_id bigint, written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant text := nullif(shap.word_key(written), '');
begin
    if wanted is null or exists (select from shap.who_reading w where w.council_id = council
                                    and w.plan_id = owner_meant.plan_id and shap.word_key(w.token) = wanted) then
        return nullif(btrim(written), '');
    end if;
    return coalesce(shap.code_meant(council, written), btrim(written));
end
$$;
grant execute on function shap.owner_meant(bigint, bigint, text) to shap_api;
