-- Personal text found: where in a council's records it stands, and which publications contain it.

-- What is to be erased: a text, the records it stands in ("return 301: note"), the publications that contain it.
drop type if exists shap.text_to_erase cascade;
create type shap.text_to_erase as (text_council_id bigint, digest bytea, stood_in text[], publications bigint[]);

-- Where a text stands: in the field of a record, which has a number of its own among all kinds or not.
drop type if exists shap.text_place cascade;
create type shap.text_place as (kind text, record text, is_numbered boolean, field text, text_council_id bigint, digest bytea,
                                characters integer, erased_on date, link bigint, membership_id bigint, plan_id bigint,
                                reference text, publications bigint[]);

-- The statement that finds the texts of the records of one place. Null where the place has none. Internal.
create or replace function shap.text_statement(place shap.ledger_place) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    columns constant text[] := array(select a.attname from pg_attribute a
                                      where a.attrelid = place.which and a.attnum > 0 and not a.attisdropped order by a.attnum);
begin
    return (select string_agg(format('select %L, %s, %L::boolean, %L, n.%I, %s, %s, %s, %s from %s n where n.%I = council and n.%5$I is not null',
                   replace(place.name, '_', ' '), place.record, 'record_id' = any (columns), regexp_replace(c, '_digest$', ''), c,
                   coalesce('n.' || quote_ident(place.link_column), 'null::bigint'),
                   case when place.has_membership then 'n.membership_id' else 'null::bigint' end,
                   case when 'plan_id' = any (columns) then 'n.plan_id' else 'null::bigint' end,
                   case when 'reference' = any (columns) then 'n.reference' else 'null::text' end,
                   place.which, place.council_column), ' union all ')
              from unnest(columns) c
              join pg_attribute a on a.attrelid = place.which and a.attname = c and a.atttypid = 'bytea'::regtype
             where c ~ '_digest$' and c not in ('content_digest', 'text_digest'));
end
$$;
revoke all on function shap.text_statement(shap.ledger_place) from public;

-- Where the texts of a council's records stand: made anew at each deployment. Internal.
do $$
begin
    execute format('create or replace function shap.text_places(council bigint)
        returns table (kind text, record text, is_numbered boolean, field text, digest bytea, link bigint, membership_id bigint,
                       plan_id bigint, reference text)
        language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $places$ begin return query %s; end $places$',
        (select string_agg(shap.text_statement(p), ' union ' order by p.kind) from shap.ledger_place p));
end
$$;
revoke all on function shap.text_places(bigint) from public;

-- The publications of a council that contain a text, as a whole value. Internal.
create or replace function shap.publications_with(council bigint, body text) returns bigint[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select p.record_id from shap.publication p
                  where p.council_id = council and strpos(p.content, to_json(body)::text) > 0 order by p.number);
end
$$;
revoke all on function shap.publications_with(bigint, text) from public;

-- Every place of a council's personal texts that somebody asks for; what is null lets all pass. kind, record, field: of a
-- record; person: the name and address of whom has that membership; writer: in records of that membership; containing: with
-- these words. A text that stands in several records is told with all of them. A definer: it tells where a text is, to who
-- keeps the directory, and not what it says.
create or replace function shap.texts_found(council bigint, kind text, record text, field text, person bigint, writer bigint,
                                            containing text) returns setof shap.text_place
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_column
declare
    who constant text := (select m.person_id::text from shap.membership m where m.id = texts_found.person);
begin
    return query
        with place as materialized (
            select p.*, coalesce(p.membership_id, l.membership_id) as made_by
              from shap.text_places(council) p
              left join shap.link l on l.council_id = council and l.number = p.link
        ), wanted as materialized (
            select distinct t.council_id, t.digest, t.body, t.erased_on
              from place p
              join shap.personal_text t on t.council_id in (0, council) and t.digest = p.digest
             where (texts_found.kind is null or p.kind = replace(lower(texts_found.kind), '_', ' '))
               and (texts_found.record is null or p.record = texts_found.record and (p.is_numbered or texts_found.kind is not null))
               and (texts_found.field is null or p.field = replace(replace(lower(texts_found.field), '-', '_'), ' ', '_'))
               and (texts_found.person is null or p.kind = 'person' and p.record = who)
               and (texts_found.writer is null or p.made_by = texts_found.writer)
               and (texts_found.containing is null or strpos(lower(t.body), lower(texts_found.containing)) > 0)
        )
        select p.kind, p.record, p.is_numbered, p.field, w.council_id, w.digest, length(w.body), w.erased_on, p.link, p.made_by,
               p.plan_id, p.reference, case when w.body is not null then n.publications else '{}' end
          from wanted w
          join place p on p.digest = w.digest
         cross join lateral (select shap.publications_with(council, w.body) as publications offset 0) n
         order by p.link, p.kind, p.record, p.field;
end
$$;
revoke all on function shap.texts_found(bigint, text, text, text, bigint, bigint, text) from public;
grant execute on function shap.texts_found(bigint, text, text, text, bigint, bigint, text) to shap_api;

-- Which of these people (by their numbers, as records) hold a token that is good. A definer: of any council.
create or replace function shap.people_signed_in(people bigint[]) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return array(select distinct m.person_id from shap.membership m join shap.token k on k.membership_id = m.id
                  where m.person_id = any (people) and k.expires_at > shap.clock()
                    and not exists (select from shap.token_end e where e.token_id = k.id)
                    and not exists (select from shap.membership_end e where e.membership_id = m.id));
end
$$;
revoke all on function shap.people_signed_in(bigint[]) from public;
grant execute on function shap.people_signed_in(bigint[]) to shap_api;

-- How many texts of a publication were erased since it was made.
create or replace function shap.texts_erased_of(council bigint, publication_id bigint) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select count(*) from shap.erasure e where e.council_id = council and publication_id = any (e.publications));
end
$$;
grant execute on function shap.texts_erased_of(bigint, bigint) to shap_api;

-- Whether what was made again is what was made then, but that texts say that they are erased.
create or replace function shap.same_but_erased(published text, reproduced text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    parts constant text[] := regexp_split_to_array(reproduced, '"\[erased on \d{4}-\d\d-\d\d\]"');
    rest text := published;
    erased text;
begin
    for i in 1..cardinality(parts) loop
        if not starts_with(rest, parts[i]) then
            return false;
        end if;
        rest := substr(rest, length(parts[i]) + 1);
        if i < cardinality(parts) then
            erased := substring(rest from '^"(?:[^"\\]|\\.)*"');
            if erased is null then
                return false;
            end if;
            rest := substr(rest, length(erased) + 1);
        end if;
    end loop;
    return rest = '';
end
$$;
grant execute on function shap.same_but_erased(text, text) to shap_api;
