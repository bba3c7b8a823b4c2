-- The ledger looked through: whether it is as it was made, what was done in it, and what was refused.
drop function if exists shap.link_faults(bigint), shap.record_faults(bigint), shap.ledger_faults(bigint),
    shap.verify_ledger(bigint), shap.record_subjects(bigint), shap.acts(bigint, bigint, bigint, text, text, text) cascade;

-- The statement that compares the records of one place with their entries: each that differs, with its link and what is
-- wrong with it: of the links from one on, as far as they have a link of their own. Internal, as are the next ones.
create or replace function shap.place_comparison(place shap.ledger_place) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return format('
        select coalesce(e.link, n.link) as link, %1$L as kind, coalesce(n.record, e.record) as record,
               case when e.record is null then ''is not in the ledger'' when n.record is null then ''is missing''
                    else ''is not as it was recorded'' end as fault
          from (select %2$s as record, %3$s as link, %4$s as digest, row_number() over (partition by %2$s) as copy
                  from %5$s n where n.%6$I = $1%7$s) n
          full join (select * from shap.entry e where e.council_id = $1 and e.kind = %1$L%8$s) e
            on e.record = n.record and n.copy = 1
         where e.digest is distinct from n.digest or n.link <> e.link',
        place.kind, place.record, coalesce('n.' || quote_ident(place.link_column), 'null::bigint'),
        shap.digest_expression(place.which), place.which, place.council_column,
        ' and n.' || quote_ident(place.link_column) || ' >= $2',
        case when place.link_column is not null then ' and e.link >= $2' else '' end);
end
$$;

-- The statement that looks for the personal texts of one place: those that are gone or not what was digested, or have no
-- body and were never erased. Null where the place has no texts.
create or replace function shap.text_comparison(place shap.ledger_place) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select format('
        select %s as link, %L as kind, %s as record,
               case when t.digest is null then ''has lost its text''
                    when t.body is null then ''has lost its text, and nobody erased it''
                    else ''has another text than was recorded'' end as fault
          from %s n
         cross join lateral (values %s) d (digest)
          left join shap.personal_text t on t.council_id in (0, $1) and t.digest = d.digest
         where n.%I = $1%s and d.digest is not null
           and (t.digest is null or sha256(t.salt || convert_to(t.body, ''UTF8'')) <> t.digest
                or t.body is null and not exists (
                   select from shap.erasure x where (x.text_council_id, x.text_digest) = (t.council_id, t.digest)))',
        'n.' || quote_ident(place.link_column), place.kind, place.record, place.which,
        string_agg(format('(n.%I)', a.attname), ', '), place.council_column,
        ' and n.' || quote_ident(place.link_column) || ' >= $2')
      from pg_attribute a
     where a.attrelid = place.which and a.atttypid = 'bytea'::regtype and a.attname ~ '_digest$' and a.attname <> 'content_digest'
    having count(*) > 0);
end
$$;

-- A council's links from one on (0: all), each with what it seals and its digest, as shap.link_seal and shap.link_digest
-- make them, but in one statement.
create or replace function shap.links_worked_out(council bigint, since bigint)
returns table (number bigint, recorded_at timestamptz, chain bytea, seal bytea, digest bytea)
language sql stable
begin atomic
    with entered as (
        select e.link, string_agg(row(e.kind, e.record, encode(e.digest, 'hex'), e.membership_id, e.peer)::text, ''
                                  order by e.kind, e.record) as said
          from shap.entry e where e.council_id = council and e.link >= links_worked_out.since group by e.link
    )
    select l.number, l.recorded_at, l.chain, s.seal, sha256(s.seal || convert_to(coalesce(n.said, ''), 'UTF8'))
      from shap.link l
     cross join lateral (
           select shap.link_seal(l.chain, l.number, l.recorded_at, l.membership_id, l.method, l.peer) as seal) s
      left join entered n on n.link = l.number
     where l.council_id = council and l.number >= links_worked_out.since;
end;

-- What is wrong with the links of a council's ledger from one on (0: all), by themselves: their numbers, their moments, and
-- what binds them. That one is taken to be as it was made, where it is not the first.
create or replace function shap.link_faults(council bigint, since bigint)
returns table (link bigint, kind text, record text, fault text)
language sql stable
begin atomic
    with said as materialized (
        select w.* from shap.links_worked_out(council, link_faults.since) w
    ), head as (
        select h.number, h.recorded_at, h.seal from shap.ledger_head h where h.council_id = council
    ), compared as (
        select s.number, case
                   when s.number <> greatest(link_faults.since, 1) - 1 + row_number() over w then 'has lost the link before it'
                   when s.recorded_at < lag(s.recorded_at) over w then 'was recorded before the link before it'
                   when s.chain is distinct from coalesce(
                            lag(s.digest) over w, case when link_faults.since <= 1 then shap.genesis(council) else s.chain end) then
                       'does not follow on what was before it'
               end as fault
          from said s window w as (order by s.number)
    )
    select c.number, 'link', c.number::text, c.fault from compared c where c.fault is not null
    union all
    select n.number, 'link', n.number::text, 'is not the newest that was made'
      from (select s.number, s.recorded_at, s.seal from said s order by s.number desc limit 1) n
     where not exists (select from head h where (h.number, h.recorded_at, h.seal) = (n.number, n.recorded_at, n.seal))
    union all
    select h.number, 'link', h.number::text, 'is missing, as all are' from head h where h.number > 0 and not exists (select from said)
    union all
    select e.link, e.kind, e.record, 'is entered in a link that is missing'
      from shap.entry e
     where e.council_id = council and e.link >= link_faults.since and not exists (select from said s where s.number = e.link);
end;

-- What is wrong with the records of a council from a link on (0: all; what has no link of its own is looked at in any case),
-- against their entries and texts: made anew at each deployment, as the triggers are that enter records.
do $$
begin
    execute format('create or replace function shap.record_faults(council bigint, since bigint)
        returns table (link bigint, kind text, record text, fault text)
        language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $faults$ begin return query %s; end $faults$',
        (select string_agg(replace(replace(s.statement, '$1', 'council'), '$2', 'greatest(since, 1)'), ' union all ')
           from shap.ledger_place p
          cross join lateral (values (shap.place_comparison(p)), (shap.text_comparison(p))) s (statement))
        || format(' union all select e.link, e.kind, e.record, ''is of a kind that there is not'' from shap.entry e
                     where e.council_id = council and e.link >= since and e.kind <> all (%L)', (select array_agg(p.kind) from shap.ledger_place p)));
end
$$;

-- Everything that is wrong with the ledger of a council from a link on (0: all), worked out from its records, their entries,
-- their texts and its links. No row: it is as it was made. That somebody has changed all of it to fit shows only against a
-- digest that was kept elsewhere (shap.ledger_digest).
create or replace function shap.ledger_faults(council bigint, since bigint)
returns table (link bigint, kind text, record text, fault text)
language sql stable
begin atomic
    select r.* from shap.record_faults(council, ledger_faults.since) r
    union all select f.* from shap.link_faults(council, ledger_faults.since) f;
end;

-- The digest of a council's ledger at a link (null: the newest): of everything up to it. 0: before the first. Null where
-- there is no such link.
create or replace function shap.ledger_digest(council bigint, link bigint) returns bytea
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if link = 0 then
        return shap.genesis(council);
    end if;
    return (select shap.link_digest(council, l.number,
                       shap.link_seal(l.chain, l.number, l.recorded_at, l.membership_id, l.method, l.peer))
              from shap.link l
             where l.council_id = council
               and l.number = coalesce(ledger_digest.link, (select h.number from shap.ledger_head h where h.council_id = council)));
end
$$;

-- The digest of a ledger at a link, as people keep it: "57:" and hexadecimal digits.
create or replace function shap.digest_said(link bigint, digest bytea) returns text
language sql immutable parallel safe
return link || ':' || encode(digest, 'hex');
grant execute on function shap.digest_said(bigint, bytea) to shap_api;

-- A digest that was kept, as it is written. Refuses what is none; none is fine.
create or replace function shap.check_digest(written text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if written !~ '^\d{1,18}:[0-9a-f]{64}$' then
        raise exception using errcode = 'RPC03', message = format('"%s" is not the digest of a ledger', left(written, 80)),
            hint = 'Give it whole, as it was printed by: shap audit digest';
    end if;
end
$$;
grant execute on function shap.check_digest(text) to shap_api;

-- The digest of a ledger at a link (null: the newest), with the moment of that. No row where there is no such link. A
-- definer: it tells of every record that it is the same, and of none what it says.
create or replace function shap.ledger_digest_at(council bigint, link bigint)
returns table (number bigint, recorded_at timestamptz, digest text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
        select l.number, l.recorded_at, shap.digest_said(l.number, shap.ledger_digest(council, l.number))
          from shap.link l
         where l.council_id = council and l.number = coalesce(
               ledger_digest_at.link, (select h.number from shap.ledger_head h where h.council_id = council));
end
$$;
revoke all on function shap.ledger_digest_at(bigint, bigint) from public;
grant execute on function shap.ledger_digest_at(bigint, bigint) to shap_api;

-- Looks a ledger through from a link on (0: all): how much there is, how many places differ, and the first of them. Refuses
-- while the same ledger is being looked through, for it is much work. A definer, as above.
create or replace function shap.verify_ledger(council bigint, since bigint,
    out links bigint, out records bigint, out faults bigint, out link bigint, out kind text, out record text, out fault text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    if not pg_try_advisory_xact_lock('shap.ledger_head'::regclass::oid::integer, council::integer) then
        raise exception using errcode = 'RPC08', message = 'this ledger is being looked through already',
            hint = 'Try again in a minute; a digest that was kept is compared at once by: shap audit check';
    end if;
    links := (select count(*) from shap.link l where l.council_id = council and l.number >= verify_ledger.since);
    records := (select count(*) from shap.entry e where e.council_id = council and e.link >= verify_ledger.since);
    select count(*) over (), f.link, split_part(f.kind, ':', 1), f.record, f.fault into faults, link, kind, record, fault
      from shap.ledger_faults(council, verify_ledger.since) f order by f.link, f.kind = 'link', f.kind, f.record limit 1;
    faults := coalesce(faults, 0);
end
$$;
revoke all on function shap.verify_ledger(bigint, bigint) from public;
grant execute on function shap.verify_ledger(bigint, bigint) to shap_api;

-- Whether a ledger contains a digest that was kept, as shap.check_digest has it: that the link it names has that digest,
-- and that every link since follows on it, by their entries; the records are not looked at. Null: there is no such link yet.
-- A definer, as above.
create or replace function shap.contains_digest(council bigint, kept text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place constant bigint := split_part(kept, ':', 1)::bigint;
begin
    return (select d.digest = kept and not exists (select from shap.link_faults(council, place))
              from shap.ledger_digest_at(council, place) d);
end
$$;
revoke all on function shap.contains_digest(bigint, text) from public;
grant execute on function shap.contains_digest(bigint, text) to shap_api;

-- Which milestone each record in a range of a council's links is about, of the kinds that are about one: made anew at each
-- deployment.
do $$
begin
    execute format('create or replace function shap.record_subjects(council bigint, from_link bigint, to_link bigint)
        returns table (kind text, record text, plan_id bigint, reference text)
        language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $subjects$ begin return query %s; end $subjects$',
        (select string_agg(format('select %L, %s, n.plan_id, n.reference from %s n where n.council_id = council%s', p.kind,
                                  p.record, p.which, ' and n.' || quote_ident(p.link_column) || ' between from_link and to_link'),
                           ' union all ')
           from shap.ledger_place p
          where 2 = (select count(*) from pg_attribute a
                      where a.attrelid = p.which and a.attname in ('plan_id', 'reference') and not a.attisdropped)));
end
$$;

-- What was recorded in a range of a ledger's links (both ends are in it): a row for each kind of record that somebody made
-- in one link. Null filters let all pass; of what passes the newest so many (null: all). A definer: who keeps a council's
-- directory or plan sees who did what, whatever that says.
create or replace function shap.acts(council bigint, from_link bigint, to_link bigint, by_person text, about text, by_method text,
                                     most integer)
returns table (link bigint, recorded_at timestamptz, membership_id bigint, peer text, method text, kind text, records integer,
               record text, plan_id bigint, reference text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_column
begin
    return query
        with made as (
            select l.number, l.recorded_at, coalesce(l.membership_id, e.membership_id) as membership_id,
                   coalesce(e.peer, l.peer) as peer, l.method, e.kind, e.record, s.plan_id, s.reference
              from shap.link l
              join shap.entry e on e.council_id = l.council_id and e.link = l.number
              left join shap.record_subjects(council, from_link, to_link) s on s.kind = e.kind and s.record = e.record
             where l.council_id = council and l.number between from_link and to_link
               and (by_method is null or lower(l.method) = lower(by_method))
               and (about is null or s.reference = about)
        ), newest as (
        select m.number, m.recorded_at, m.membership_id, m.peer, m.method, replace(split_part(m.kind, ':', 1), '_', ' ') as kind,
               count(*)::integer, case when count(*) = 1 then min(m.record) end,
               case when count(distinct m.plan_id) = 1 then min(m.plan_id) end,
               case when count(distinct m.reference) = 1 then min(m.reference) end
          from made m
         where by_person is null or m.membership_id::text = by_person or lower(shap.name_of(m.membership_id)) = lower(by_person)
         group by m.number, m.recorded_at, m.membership_id, m.peer, m.method, m.kind
         order by m.number desc, m.kind desc, m.membership_id desc limit most
        )
        select n.* from newest n order by n.number, n.kind, n.membership_id;
end
$$;
revoke all on function shap.acts(bigint, bigint, bigint, text, text, text, integer) from public;
grant execute on function shap.acts(bigint, bigint, bigint, text, text, text, integer) to shap_api;

-- What was refused in a range of days (null: open), of a council's callers and, where asked for, of nobody known. A definer,
-- as above.
create or replace function shap.refusals(council bigint, with_unknown boolean, since date, until date, by_person text, by_method text)
returns setof shap.refusal
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    zone constant text := (select c.zone from shap.council c where c.id = council);
begin
    return query
        select f.* from shap.refusal f
         where (f.council_id = council or with_unknown and f.council_id = 0)
           and f.minute >= coalesce(since::timestamp at time zone zone, '-infinity')
           and f.minute < coalesce((until + 1)::timestamp at time zone zone, 'infinity')
           and (by_person is null or f.membership_id::text = by_person or lower(shap.name_of(f.membership_id)) = lower(by_person))
           and (by_method is null or lower(f.method) = lower(by_method))
         order by f.minute, f.membership_id, f.peer, f.method, f.code;
end
$$;
revoke all on function shap.refusals(bigint, boolean, date, date, text, text) from public;
grant execute on function shap.refusals(bigint, boolean, date, date, text, text) to shap_api;

revoke all on function shap.place_comparison(shap.ledger_place), shap.text_comparison(shap.ledger_place),
    shap.links_worked_out(bigint, bigint), shap.link_faults(bigint, bigint), shap.record_faults(bigint, bigint),
    shap.ledger_faults(bigint, bigint), shap.ledger_digest(bigint, bigint),
    shap.record_subjects(bigint, bigint, bigint) from public;
