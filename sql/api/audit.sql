-- Service Audit: who did what, when and from where, and whether the ledger is as it was made.

create type shap_v1.act as (
    link bigint,
    recorded_at timestamptz,
    by text,
    membership_id bigint,
    peer text,
    method text,
    kind text,
    records integer,
    record text,
    plan text,
    reference text
);

create type shap_v1.ledger_digest as (
    council text,
    link bigint,
    recorded_at timestamptz,
    digest text
);

create type shap_v1.ledger_verdict as (
    council text,
    holds boolean,
    links bigint,
    records bigint,
    digest text,
    contains boolean,
    faults bigint,
    fault_link bigint,
    fault_kind text,
    fault_record text,
    fault text
);

-- What was recorded, in the order of the ledger, without what it says; the newest so many (absent: all). Refuses a council
-- that the caller does not see.
create function shap_v1.list_acts(council text, since date, until date, person text, milestone text, method text, "limit" integer)
returns setof shap_v1.act
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place constant bigint := shap.council_of(list_acts.council);
    last_link constant bigint := shap.link_at(place, list_acts.until);
    from_link bigint;
begin
    perform shap.check_calendar('since', list_acts.since);
    if list_acts."limit" < 1 then
        raise exception using errcode = 'RPC03', message = 'limit: at least 1', hint = 'Leave it away for all.';
    end if;
    from_link := case when list_acts.since is null then 1 else shap.link_at(place, list_acts.since - 1) + 1 end;
    if coalesce(list_acts.person, list_acts.milestone, list_acts.method) is null then -- each link is an act at least
        from_link := greatest(from_link, last_link + 1 - coalesce(list_acts."limit", last_link));
    end if;
    return query
        select a.link, a.recorded_at, shap.name_of(a.membership_id), a.membership_id, a.peer, a.method, a.kind, a.records, a.record,
               case when a.plan_id is not null then shap.plan_name(place, a.plan_id) end, a.reference
          from shap.acts(place, from_link, last_link, nullif(btrim(list_acts.person), ''),
                         shap.reference_of(nullif(btrim(list_acts.milestone), '')), nullif(btrim(list_acts.method), ''),
                         list_acts."limit") a;
end
$$;
grant execute on function shap_v1.list_acts(text, date, date, text, text, text, integer) to shap_coordinator, shap_administrator;

-- The digest of a council's ledger up to a link (absent: the newest). Refuses a council that the caller does not see, and
-- a link that there is not (NOT_FOUND).
create function shap_v1.get_ledger_digest(council text, link bigint) returns shap_v1.ledger_digest
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place constant bigint := shap.council_of(get_ledger_digest.council);
    found record;
begin
    select d.* into found from shap.ledger_digest_at(place, get_ledger_digest.link) d;
    if found.number is null then
        raise exception using errcode = 'RPC05', message = format('the ledger has no link %s', get_ledger_digest.link),
            hint = 'Its newest is shown by: shap audit digest';
    end if;
    return row((select c.code from shap.council c where c.id = place), found.number, found.recorded_at, found.digest
              )::shap_v1.ledger_digest;
end
$$;
grant execute on function shap_v1.get_ledger_digest(text, bigint)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel, shap_administrator;

-- Works a council's ledger out again from its records, and compares it with itself and with a digest that was kept; from a
-- link on, where one is named. Refuses a council that the caller does not see, what is no digest and no link, and while the
-- same ledger is looked through (RESOURCE_EXHAUSTED).
create function shap_v1.verify_ledger(council text, digest text, since bigint) returns shap_v1.ledger_verdict
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    place constant bigint := shap.council_of(verify_ledger.council);
    kept constant text := lower(nullif(btrim(verify_ledger.digest), ''));
    newest constant record := shap.ledger_digest_at(place, null);
    found record;
    contains boolean;
begin
    perform shap.check_digest(kept);
    if verify_ledger.since not between 1 and newest.number then
        raise exception using errcode = 'RPC05', message = format('the ledger has no link %s', verify_ledger.since),
            hint = 'Its newest is shown by: shap audit digest';
    end if;
    found := shap.verify_ledger(place, coalesce(verify_ledger.since, 0));
    if kept is not null then
        contains := exists (select from shap.ledger_digest_at(place, split_part(kept, ':', 1)::bigint) d where d.digest = kept);
    end if;
    return row((select c.code from shap.council c where c.id = place), found.faults = 0 and contains is not false, found.links,
               found.records, newest.digest, contains, found.faults, found.link, found.kind, found.record,
               found.fault)::shap_v1.ledger_verdict;
end
$$;
grant execute on function shap_v1.verify_ledger(text, text, bigint) to shap_reader, shap_coordinator, shap_panel, shap_administrator;

create type shap_v1.digest_check as (
    council text,
    contains boolean,
    link bigint,
    recorded_at timestamptz,
    links_since bigint,
    digest text
);

-- Holds a digest that was kept against a council's ledger: whether the link it names has that digest, and every link since
-- follows on it. The records are not looked at. Refuses a council that the caller does not see, and what is no digest.
create function shap_v1.check_ledger_digest(council text, digest text) returns shap_v1.digest_check
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    place constant bigint := shap.council_of(check_ledger_digest.council);
    kept constant text := lower(nullif(btrim(check_ledger_digest.digest), ''));
    newest record;
    named record;
begin
    if kept is null then
        raise exception using errcode = 'RPC03', message = 'which digest?', hint = 'One is shown by: shap audit digest';
    end if;
    perform shap.check_digest(kept);
    select d.* into newest from shap.ledger_digest_at(place, null) d;
    select d.* into named from shap.ledger_digest_at(place, split_part(kept, ':', 1)::bigint) d;
    return row((select c.code from shap.council c where c.id = place), coalesce(shap.contains_digest(place, kept), false),
               named.number, named.recorded_at, newest.number - named.number, newest.digest)::shap_v1.digest_check;
end
$$;
grant execute on function shap_v1.check_ledger_digest(text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel, shap_administrator;

create type shap_v1.refusal as (
    minute timestamptz,
    by text,
    membership_id bigint,
    peer text,
    method text,
    code text,
    calls bigint
);

-- What was refused, by the minute; to an administrator also of callers that nobody knows. Refuses a council that the
-- caller does not see.
create function shap_v1.list_refusals(council text, since date, until date, person text, method text)
returns setof shap_v1.refusal
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place constant bigint := shap.council_of(list_refusals.council);
begin
    perform shap.check_calendar('since', list_refusals.since), shap.check_calendar('until', list_refusals.until);
    return query
        select f.minute, shap.name_of(f.membership_id), f.membership_id, f.peer, f.method, f.code, f.calls
          from shap.refusals(place, shap.sight() = 'directory', list_refusals.since, list_refusals.until,
                             nullif(btrim(list_refusals.person), ''), nullif(btrim(list_refusals.method), '')) f;
end
$$;
grant execute on function shap_v1.list_refusals(text, date, date, text, text) to shap_coordinator, shap_administrator;
