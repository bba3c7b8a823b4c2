-- The ledger looked through: whether it is as it was made, what was done in it, and what was refused.

-- The statement that compares the records of one place with their entries: each that differs, with its link and what is
-- wrong with it. Internal, as are the next ones.
create or replace function shap.place_comparison(place shap.ledger_place) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return format('
        select coalesce(e.link, n.link) as link, %1$L as kind, coalesce(n.record, e.record) as record,
               case when e.record is null then ''is not in the ledger'' when n.record is null then ''is missing''
                    else ''is not as it was recorded'' end as fault
          from (select %2$s as record, %3$s as link, %4$s as digest, row_number() over (partition by %2$s) as copy
                  from %5$s n where n.%6$I = $1%7$s) n
          full join (select * from shap.entry e where e.council_id = $1 and e.kind = %1$L) e
            on e.record = n.record and n.copy = 1
         where e.digest is distinct from n.digest or n.link <> e.link',
        place.kind, place.record, coalesce('n.' || quote_ident(place.link_column), 'null::bigint'),
        shap.digest_expression(place.which), place.which, place.council_column,
        ' and n.' || quote_ident(place.link_column) || ' > 0');
end
$$;

-- The statement that looks for the personal texts of one place: those that are gone or not what was digested. A text that
-- was erased has no body. Null where the place has no texts.
create or replace function shap.text_comparison(place shap.ledger_place) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select format('
        select %s as link, %L as kind, %s as record,
               case when t.digest is null then ''has lost its text'' else ''has another text than was recorded'' end as fault
          from %s n
         cross join lateral (values %s) d (digest)
          left join shap.personal_text t on t.council_id in (0, $1) and t.digest = d.digest
         where n.%I = $1 and d.digest is not null
           and (t.digest is null or sha256(t.salt || convert_to(t.body, ''UTF8'')) <> t.digest)',
        'n.' || quote_ident(place.link_column), place.kind, place.record, place.which,
        string_agg(format('(n.%I)', a.attname), ', '), place.council_column)
      from pg_attribute a
     where a.attrelid = place.which and a.atttypid = 'bytea'::regtype and a.attname ~ '_digest$' and a.attname <> 'content_digest'
    having count(*) > 0);
end
$$;

-- What is wrong with the links of a council's ledger, by themselves: their numbers, their moments, and what binds them.
create or replace function shap.link_faults(council bigint)
returns table (link bigint, kind text, record text, fault text)
language sql stable
begin atomic
    with said as (
        select l.number, l.recorded_at, l.chain, s.seal, shap.link_digest(council, l.number, s.seal) as digest
          from shap.link l
         cross join lateral (
               select shap.link_seal(l.chain, l.number, l.recorded_at, l.membership_id, l.method, l.peer) as seal) s
         where l.council_id = council
    ), head as (
        select h.number, h.recorded_at, h.seal from shap.ledger_head h where h.council_id = council
    ), compared as (
        select s.number, case
                   when s.number <> row_number() over w then 'has lost the link before it'
                   when s.recorded_at < lag(s.recorded_at) over w then 'was recorded before the link before it'
                   when s.chain is distinct from coalesce(lag(s.digest) over w, shap.genesis(council)) then
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
     where e.council_id = council and not exists (select from said s where s.number = e.link);
end;

-- What is wrong with the records of a council, against their entries and texts: made anew at each deployment, as the
-- triggers are that enter records.
do $$
begin
    execute format('create or replace function shap.record_faults(council bigint)
        returns table (link bigint, kind text, record text, fault text)
        language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $faults$ begin return query %s; end $faults$',
        (select string_agg(replace(s.statement, '$1', 'council'), ' union all ')
           from shap.ledger_place p
          cross join lateral (values (shap.place_comparison(p)), (shap.text_comparison(p))) s (statement))
        || format(' union all select e.link, e.kind, e.record, ''is of a kind that there is not'' from shap.entry e
                     where e.council_id = council and e.kind <> all (%L)', (select array_agg(p.kind) from shap.ledger_place p)));
end
$$;

-- Everything that is wrong with the ledger of a council, worked out from its records, their entries, their texts and its
-- links. No row: it is as it was made. That somebody has changed all of it to fit shows only against a digest that was
-- kept elsewhere (shap.ledger_digest).
create or replace function shap.ledger_faults(council bigint)
returns table (link bigint, kind text, record text, fault text)
language sql stable
begin atomic
    select r.* from shap.record_faults(council) r union all select f.* from shap.link_faults(council) f;
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

-- Looks a ledger through: how much there is, how many places differ, and the first of them. A definer, as above.
create or replace function shap.verify_ledger(council bigint,
    out links bigint, out records bigint, out faults bigint, out link bigint, out kind text, out record text, out fault text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    links := (select count(*) from shap.link l where l.council_id = council);
    records := (select count(*) from shap.entry e where e.council_id = council);
    select count(*) over (), f.link, split_part(f.kind, ':', 1), f.record, f.fault into faults, link, kind, record, fault
      from shap.ledger_faults(council) f order by f.link, f.kind = 'link', f.kind, f.record limit 1;
    faults := coalesce(faults, 0);
end
$$;
revoke all on function shap.verify_ledger(bigint) from public;
grant execute on function shap.verify_ledger(bigint) to shap_api;

-- Which milestone each record of a council is about, of the kinds that are about one: made anew at each deployment.
do $$
begin
    execute format('create or replace function shap.record_subjects(council bigint)
        returns table (kind text, record text, plan_id bigint, reference text)
        language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $subjects$ begin return query %s; end $subjects$',
        (select string_agg(format('select %L, %s, n.plan_id, n.reference from %s n where n.council_id = council',
                                  p.kind, p.record, p.which), ' union all ')
           from shap.ledger_place p
          where 2 = (select count(*) from pg_attribute a
                      where a.attrelid = p.which and a.attname in ('plan_id', 'reference') and not a.attisdropped)));
end
$$;

-- What was recorded in a range of a ledger's links (both ends are in it): a row for each kind of record that somebody made
-- in one link. Null filters let all pass. A definer: who keeps a council's directory or plan sees who did what, whatever
-- that says.
create or replace function shap.acts(council bigint, from_link bigint, to_link bigint, by_person text, about text, by_method text)
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
              left join shap.record_subjects(council) s on s.kind = e.kind and s.record = e.record
             where l.council_id = council and l.number between from_link and to_link
               and (by_method is null or lower(l.method) = lower(by_method))
               and (about is null or s.reference = about)
        )
        select m.number, m.recorded_at, m.membership_id, m.peer, m.method, replace(split_part(m.kind, ':', 1), '_', ' '),
               count(*)::integer, case when count(*) = 1 then min(m.record) end,
               case when count(distinct m.plan_id) = 1 then min(m.plan_id) end,
               case when count(distinct m.reference) = 1 then min(m.reference) end
          from made m
         where by_person is null or m.membership_id::text = by_person or lower(shap.name_of(m.membership_id)) = lower(by_person)
         group by m.number, m.recorded_at, m.membership_id, m.peer, m.method, m.kind
         order by m.number, m.kind, m.membership_id;
end
$$;
revoke all on function shap.acts(bigint, bigint, bigint, text, text, text) from public;
grant execute on function shap.acts(bigint, bigint, bigint, text, text, text) to shap_api;

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

revoke all on function shap.place_comparison(shap.ledger_place), shap.text_comparison(shap.ledger_place), shap.link_faults(bigint),
    shap.record_faults(bigint), shap.ledger_faults(bigint), shap.ledger_digest(bigint, bigint),
    shap.record_subjects(bigint) from public;
