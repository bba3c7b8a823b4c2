-- Service Erasures: personal text that somebody asks to have erased.

create type shap_v1.personal_text as (
    kind text,
    record text,
    field text,
    plan text,
    reference text,
    by text,
    membership_id bigint,
    link bigint,
    recorded_at timestamptz,
    characters integer,
    text_id text,
    publications bigint[],
    erased_on date
);

create type shap_v1.erasure as (
    erasure_id bigint,
    day date,
    recorded_at timestamptz,
    by text,
    membership_id bigint,
    reason text,
    text_id text,
    stood_in text[],
    publications bigint[]
);

create type shap_v1.erased_texts as (
    council text,
    texts integer,
    places integer,
    publications bigint[],
    day date,
    reason text
);

-- The places that a request means. Refuses a request that names none of a record, a person, a writer and words. Internal.
create function shap_v1.texts_meant(council bigint, kind text, record text, field text, person_id bigint, writer_id bigint,
                                    containing text) returns setof shap.text_place
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(nullif(btrim(record), ''), person_id::text, writer_id::text, nullif(btrim(containing), '')) is null then
        raise exception using errcode = 'RPC03', message = 'which texts?',
            hint = 'Name a record, a person (--person or --writer with a membership), or words: --containing';
    end if;
    if length(btrim(containing)) between 1 and 2 then
        raise exception using errcode = 'RPC03', message = 'containing: three characters at least',
            hint = 'Give the whole name.';
    end if;
    return query select t.* from shap.texts_found(council, nullif(btrim(kind), ''), nullif(btrim(record), ''),
                                                  nullif(btrim(field), ''), person_id, writer_id,
                                                  nullif(btrim(containing), '')) t;
end
$$;

-- Where personal text stands, in the order of the ledger; not what it says. Refuses a council that the caller does not see,
-- and what would be all texts.
create function shap_v1.list_personal_text(council text, kind text, record text, field text, person_id bigint, writer_id bigint,
                                           containing text) returns setof shap_v1.personal_text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place constant bigint := shap.council_of(list_personal_text.council);
begin
    return query
        select t.kind, t.record, t.field, case when t.plan_id is not null then shap.plan_name(place, t.plan_id) end, t.reference,
               shap.name_of(t.membership_id), t.membership_id, t.link, l.recorded_at, t.characters, encode(t.digest, 'hex'),
               t.publications, t.erased_on
          from shap_v1.texts_meant(place, list_personal_text.kind, list_personal_text.record, list_personal_text.field,
                                   list_personal_text.person_id, list_personal_text.writer_id, list_personal_text.containing) t
          left join shap.link l on l.council_id = place and l.number = t.link
         order by t.link, t.kind, t.record, t.field;
end
$$;
grant execute on function shap_v1.list_personal_text(text, text, text, text, bigint, bigint, text) to shap_administrator;

-- Erases personal text: all that the request means, wherever it stands; the records stay, and say that it was erased, and on
-- which day. Nothing brings it back. Refuses a council that the caller does not see, what would be all texts, no reason
-- (INVALID_ARGUMENT), no text or another number of them than was seen (NOT_FOUND, ABORTED), too many at once, and the name of
-- somebody who holds a token (FAILED_PRECONDITION).
-- Tables written: erasure, personal_text, person_address, link.
create function shap_v1.erase_personal_text(council text, kind text, record text, field text, person_id bigint, writer_id bigint,
                                            containing text, texts integer, reason text, day date) returns shap_v1.erased_texts
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    place constant bigint := shap.council_of(erase_personal_text.council);
    decided constant date := shap.check_day(place, 'day', erase_personal_text.day);
    why constant text := nullif(btrim(erase_personal_text.reason), '');
    most constant integer := 1000;
    made_in bigint;
    found shap.text_place[];
    erased shap.text_to_erase[];
    named bigint[];
begin
    if why is null then
        raise exception using errcode = 'RPC03', message = 'a reason is needed to erase a text', hint = 'Give one with: --reason';
    end if;
    perform shap.check_text('reason', why, 2000);
    made_in := shap.take_link(place, shap.caller());
    found := array(
        select t from shap_v1.texts_meant(place, erase_personal_text.kind, erase_personal_text.record, erase_personal_text.field,
                                          erase_personal_text.person_id, erase_personal_text.writer_id,
                                          erase_personal_text.containing) t
         where t.erased_on is null);
    erased := array(
        select row(f.text_council_id, f.digest, array_agg(format('%s %s: %s', f.kind, f.record, replace(f.field, '_', ' '))
                                                         order by f.link, f.kind, f.record, f.field),
                   min(f.publications))::shap.text_to_erase
          from unnest(found) f group by f.text_council_id, f.digest);
    if cardinality(erased) = 0 then
        raise exception using errcode = 'RPC05', message = 'there is no such text that is not erased',
            hint = 'Where texts stand is shown by: shap text list. A person''s name is erased by the council that added them.';
    end if;
    if cardinality(erased) <> erase_personal_text.texts then
        raise exception using errcode = 'RPC10', message = format('it is %s texts now, and %s were meant', cardinality(erased),
                                                                  erase_personal_text.texts),
            hint = 'Look at them again: shap text list';
    end if;
    if cardinality(erased) > most then
        raise exception using errcode = 'RPC03', message = format('%s texts at once; at most %s are erased in one act',
                                                                  cardinality(erased), most), hint = 'Narrow it: --writer, --kind.';
    end if;
    named := array(select distinct f.record::bigint from unnest(found) f where f.kind = 'person');
    if cardinality(shap.people_signed_in(named)) > 0 then
        raise exception using errcode = 'RPC09', message = 'this person can still sign in, and is named by it',
            hint = 'End their tokens first: shap token list, shap token revoke TOKEN';
    end if;
    perform shap.erase_texts(place, made_in, shap.caller(), decided, shap.today(place), shap.keep_text(place, why), erased, array(
                select f.record::bigint from unnest(found) f where f.kind = 'person' and f.field = 'email'));
    return row((select c.code from shap.council c where c.id = place), cardinality(erased), cardinality(found),
               array(select distinct p from unnest(found) f cross join lateral unnest(f.publications) p order by p),
               decided, why)::shap_v1.erased_texts;
end
$$;
grant execute on function shap_v1.erase_personal_text(text, text, text, text, bigint, bigint, text, integer, text, date)
    to shap_administrator;

-- What was erased, in the order of the ledger, with why and by whom. Refuses a council that the caller does not see.
create function shap_v1.list_erasures(council text, since date) returns setof shap_v1.erasure
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place constant bigint := shap.council_of(list_erasures.council);
begin
    perform shap.check_calendar('since', list_erasures.since);
    return query
        select e.record_id, e.day, l.recorded_at, shap.name_of(e.membership_id), e.membership_id,
               shap.text_of(place, e.reason_digest), encode(e.text_digest, 'hex'), e.stood_in, e.publications
          from shap.erasure e
          join shap.link l on l.council_id = place and l.number = e.link
         where e.council_id = place and (list_erasures.since is null or e.day >= list_erasures.since)
         order by e.link, e.record_id;
end
$$;
grant execute on function shap_v1.list_erasures(text, date) to shap_reader, shap_coordinator, shap_panel, shap_administrator;
