-- The ledger as a chain: who made each link, by which method and from where; an entry for each record; and what binds
-- each link to all that was before it.
--
-- An *entry* is a record's place in the ledger and the SHA-256 of its canonical text. A link is sealed when the next one is
-- taken: that carries, as *chain*, the digest of this one, which is of its own chain, of what it says and of all its
-- entries. So nothing can be changed, put in, left out or put in another order without all later links being different.
-- The digest of the newest link is worked out when it is asked for. What is written here is hashed: it never changes.
alter table shap.link
    add column method text, -- null: the installation itself
    add column peer text,   -- from where; null: the installation, or several callers
    add column chain bytea;
alter table shap.ledger_head add column seal bytea; -- of the newest link, without its entries; null before the first

-- No foreign keys: the record has them, and the verification looks. Where a link is of several callers (a group), the
-- entry says whose the record is, and from where.
create table shap.entry (
    council_id bigint not null,
    link bigint not null,
    kind text collate "C" not null,   -- the record's table; with the column of its link where that is not called so
    record text collate "C" not null, -- its record_id, else its key without the council
    digest bytea not null,
    membership_id bigint,
    peer text,
    primary key (council_id, link, kind, record)
);
call shap.keep_forever('shap.entry');

-- How a column's value is written so that no setting has a say: days and moments as numbers since 2000 and 1970.
-- Refuses a type for which that is not settled.
create function shap.canonical_column(name text, type oid) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    return format(case
        when type in ('bool'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'text'::regtype,
                      'uuid'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'bigint[]'::regtype) then 'n.%I'
        when type = 'date'::regtype then 'n.%I - date ''2000-01-01'''
        when type = 'timestamptz'::regtype then 'extract(epoch from n.%I)'
        when type = 'bytea'::regtype then 'encode(n.%I, ''hex'')'
        when type = 'date[]'::regtype then 'to_jsonb(n.%I)'
    end, name);
end
$$;
revoke all on function shap.canonical_column(text, oid) from public;

-- The expression for the digest of a row n of a table: of the table's name and all its columns in their order, written as
-- PostgreSQL writes a row. What is null at its end is left out, so that a column added later changes no digest; columns
-- are never dropped. Refuses a column of a type for which no form is settled.
create function shap.digest_expression(which regclass) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    name constant text := (select c.relname from pg_class c where c.oid = which);
    columns constant text[] := array(select coalesce(shap.canonical_column(a.attname, a.atttypid), '?' || a.attname)
                                       from pg_attribute a where a.attrelid = which and a.attnum > 0 order by a.attnum);
    strange constant text := (select min(c) from unnest(columns) c where c ~ '^\?');
begin
    if strange is not null then
        raise exception 'column %: no canonical form is settled for its type', which || '.' || substr(strange, 2);
    end if;
    return format('sha256(convert_to(%L || rtrim(row(%s)::text, '',)''), ''UTF8''))', name, array_to_string(columns, ', '));
end
$$;
revoke all on function shap.digest_expression(regclass) from public;

-- Where records stand in ledgers: each table that is kept for ever and is of a council, with the columns that name the
-- council and the link. Those that refer to a link say so by a foreign key, or by their names; a table without a link of
-- its own (link_column null) has the link that its transaction took. record: the expression for a row's n name.
create view shap.ledger_place as
with kept as (
    select c.oid::regclass as which, c.relname::text as name from pg_catalog.pg_class c
     where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r' and c.relname not in ('link', 'entry', 'council')
       and exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = 'refuse_change')
), named as (
    select k.which, a.attname::text as name from kept k
      join pg_catalog.pg_attribute a on a.attrelid = k.which and a.attnum > 0 and not a.attisdropped
), referring as (
    select k.which, a.attname::text as council_column, b.attname::text as link_column
      from kept k
      join pg_catalog.pg_constraint f on f.conrelid = k.which and f.contype = 'f' and f.confrelid = 'shap.link'::regclass
      join pg_catalog.pg_attribute a on a.attrelid = k.which and a.attnum = f.conkey[array_position(f.confkey, 1::smallint)]
      join pg_catalog.pg_attribute b on b.attrelid = k.which and b.attnum = f.conkey[array_position(f.confkey, 2::smallint)]
), place as materialized (
    select * from referring
    union all
    select k.which, 'council_id', (select n.name from named n where n.which = k.which and n.name = 'link')
      from kept k join named n on n.which = k.which and n.name = 'council_id'
     where not exists (select from referring r where r.which = k.which)
)
select p.which, k.name, p.council_column, p.link_column,
       k.name || case when p.link_column <> 'link' then ':' || p.link_column else '' end as kind,
       coalesce((select 'n.record_id::text' from named n where n.which = p.which and n.name = 'record_id'),
                (select format('concat_ws(''/'', %s)', string_agg(format('n.%I', a.attname), ', ' order by x.place))
                   from pg_catalog.pg_index i
                  cross join lateral unnest(i.indkey::smallint[]) with ordinality x (attnum, place)
                   join pg_catalog.pg_attribute a on a.attrelid = p.which and a.attnum = x.attnum
                  where i.indrelid = p.which and i.indisprimary and a.attname <> 'council_id')) as record,
       exists (select from named n where n.which = p.which and n.name = 'membership_id') as has_membership
  from place p join kept k on k.which = p.which;
revoke all on shap.ledger_place from public;

-- What each council's ledger begins with: the digest of the council itself.
create function shap.genesis(council bigint) returns bytea
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    made bytea;
begin
    execute format('select %s from shap.council n where n.id = $1', shap.digest_expression('shap.council')) into made using council;
    return made;
end
$$;
revoke all on function shap.genesis(bigint) from public;

-- What a link says, bound to all before it: the digest of its chain and itself, without its entries.
create function shap.link_seal(chain bytea, number bigint, recorded_at timestamptz, membership_id bigint, method text, peer text)
returns bytea language sql stable parallel safe
return sha256(chain || convert_to(
    rtrim(row(number, extract(epoch from recorded_at), membership_id, method, peer)::text, ',)'), 'UTF8'));
revoke all on function shap.link_seal(bytea, bigint, timestamptz, bigint, text, text) from public;

-- The digest of a link: of its seal and its entries, in the order of their names.
create function shap.link_digest(council bigint, number bigint, seal bytea) returns bytea
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select sha256(seal || convert_to(coalesce(string_agg(
                       row(e.kind, e.record, encode(e.digest, 'hex'), e.membership_id, e.peer)::text, ''
                       order by e.kind, e.record), ''), 'UTF8'))
              from shap.entry e where e.council_id = council and e.link = link_digest.number);
end
$$;
revoke all on function shap.link_digest(bigint, bigint, bytea) from public;

-- Ledgers that are there already. Records without a link of their own stand in the link of the version or scheme that
-- they belong to, or else in one that is made now.
do $$
declare
    now constant timestamptz := clock_timestamp() + (select s.shift from shap.clock_shift s);
    place shap.ledger_place;
    head record;
    said record;
begin
    alter table shap.link disable trigger refuse_change;
    update shap.ledger_head h set number = h.number + 1, recorded_at = greatest(h.recorded_at, now)
     where exists (select from shap.region_council r where r.council_id = h.council_id)
        or exists (select from shap.import_part p where p.council_id = h.council_id);
    insert into shap.link (council_id, number, recorded_at)
    select h.council_id, h.number, h.recorded_at from shap.ledger_head h
     where not exists (select from shap.link l where l.council_id = h.council_id and l.number = h.number) and h.number > 0;
    for place in select * from shap.ledger_place loop
        execute format('insert into shap.entry (council_id, link, kind, record, digest)
                        select n.%I, %s, %L, %s, %s from %s n join shap.ledger_head h on h.council_id = n.%1$I',
            place.council_column,
            case place.name
                when 'milestone' then '(select v.link from shap.plan_version v where (v.council_id, v.plan_id, v.version) = (n.council_id, n.plan_id, n.version))'
                when 'rating_rule' then '(select s.link from shap.rating_scheme s where (s.council_id, s.record_id) = (n.council_id, n.scheme_record_id))'
                else coalesce('n.' || quote_ident(place.link_column), 'h.number') end,
            place.kind, place.record, shap.digest_expression(place.which), place.which);
    end loop;
    for head in select h.council_id, shap.genesis(h.council_id) as chain, null::bytea as seal from shap.ledger_head h loop
        for said in select l.* from shap.link l where l.council_id = head.council_id order by l.number loop
            update shap.link l set chain = head.chain where l.council_id = head.council_id and l.number = said.number;
            head.seal := shap.link_seal(head.chain, said.number, said.recorded_at, said.membership_id, null, null);
            head.chain := shap.link_digest(head.council_id, said.number, head.seal);
        end loop;
        update shap.ledger_head h set seal = head.seal where h.council_id = head.council_id;
    end loop;
    alter table shap.link enable trigger refuse_change;
end
$$;
alter table shap.link alter column chain set not null;

-- What is written down after a call and outside of it (shap_v1.keep_tally). Not part of the ledger.
-- How often somebody was refused something in a minute. Council 0: of nobody known. All of caller, peer, method and code
-- absent: others, for which there was no room; method absent: there is no such method.
create table shap.refusal (
    council_id bigint not null,
    minute timestamptz not null,
    membership_id bigint references shap.membership,
    peer text,
    method text,
    code text,
    calls bigint not null,
    constraint refusal_once unique nulls not distinct (council_id, minute, membership_id, peer, method, code)
);
create index refusal_by_minute on shap.refusal (minute);

-- The last day a token was used on.
create table shap.token_use (
    token_id bigint primary key references shap.token,
    used_on date not null
);
