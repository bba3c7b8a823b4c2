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
                   when s.number <> row_number() over w then 'the link before is missing'
                   when s.recorded_at < lag(s.recorded_at) over w then 'the link before was recorded later'
                   when s.chain <> coalesce(lag(s.digest) over w, shap.genesis(council)) then
                       'what was before is not what it was when this link was made'
               end as fault
          from said s window w as (order by s.number)
    )
    select c.number, 'link', c.number::text, c.fault from compared c where c.fault is not null
    union all
    select h.number, 'link', h.number::text, 'it is not the newest link that was made'
      from head h where not exists (select from said s where (s.number, s.recorded_at, s.seal) = (h.number, h.recorded_at, h.seal))
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

revoke all on function shap.place_comparison(shap.ledger_place), shap.text_comparison(shap.ledger_place), shap.link_faults(bigint),
    shap.record_faults(bigint), shap.ledger_faults(bigint), shap.ledger_digest(bigint, bigint) from public;
