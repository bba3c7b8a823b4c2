-- Whoever changes the database itself is found out, wherever he does: a superuser whom no trigger and no constraint binds
-- changes each column of a record of every kind, removes, forges and swaps records, and makes entries and links to fit.
-- Which tables there are is read from the catalog. The ground is that of the matrix of rights, which has a record of every
-- kind.
\ir ../rights/ground.sql
reset session authorization;
reset role;
select test.act_as('cora');
select shap_v1.publish_report('account', 'copeland/2010-11', null, null, null, null, null, null, null, null);
select shap_v1.choose_rating_scheme('figures', null);
select test.send('33333333-3333-4333-8333-333333333336', 1, s.rows, s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('33333333-3333-4333-8333-333333333336', null, 1, sha256(s.bytes), null) from test.sample s;
select shap_v1.override_rating('copeland/2010-11', 'SH5.2/6/1', 'amber', 'it will be late', null);
reset role;
set role shap_owner;
select shap.succeed('barrow', 'copeland', '2023-04-01');
reset role;
select shap.revoke_succession('barrow', 'quashed');
select test.act_as('cora');
select shap_v1.submit_return(array[row(1, sha256('cora'), gen_random_uuid(), 'copeland/2010-11', 'SH5.2/6/1', 'in_progress', 'the newest', null,
                                       null, null, null, null, null, 'supporting-people-team')::shap_v1.submit_return_call]);
reset role;

-- Each record has an entry of its kind, in every council, and the ledgers hold.
select test.check('the ledger of ' || c.code || ' holds', (select string_agg(f::text, '; ') from shap.ledger_faults(c.id, 0) f), null) from shap.council c;
select test.check('tables of records that have no place in a ledger', (
    select string_agg(c.relname, ' ' order by c.relname) from pg_class c
     where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r' and c.oid not in (select which from shap.ledger_place)),
    'built_in_cycle clock_shift council entry ledger_head link person_address personal_text refusal region token_use');

-- What the one with the database in hand does not mind.
do $$
declare
    c record;
begin
    for c in select n.conrelid::regclass as which, n.conname from pg_constraint n
              where n.connamespace = 'shap'::regnamespace and n.contype in ('c', 'f', 'u') and n.conrelid <> 0
              order by n.contype = 'u' loop
        execute format('alter table %s drop constraint %I cascade', c.which, c.conname);
    end loop;
    for c in select a.attrelid::regclass as which, a.attname, a.attidentity
               from pg_attribute a join pg_class t on t.oid = a.attrelid
              where t.relnamespace = 'shap'::regnamespace and t.relkind = 'r' and a.attnum > 0 and a.attnotnull
                and not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary and a.attnum = any (i.indkey::smallint[])) loop
        execute format('alter table %s alter column %I drop not null', c.which, c.attname);
    end loop;
    for c in select a.attrelid::regclass as which, a.attname from pg_attribute a join pg_class t on t.oid = a.attrelid
              where t.relnamespace = 'shap'::regnamespace and a.attidentity <> '' loop
        execute format('alter table %s alter column %I drop identity', c.which, c.attname);
    end loop;
end
$$;
set session_replication_role = replica;

-- The council that is attacked, and the digest of it that somebody kept.
create table test.kept as select c.id as council, h.number, shap.ledger_digest(c.id, null) as digest
  from shap.council c join shap.ledger_head h on h.council_id = c.id;
create table test.attempt (what text, n integer, found integer);

-- Does what is said in a transaction of its own and takes it back; what the look through says then. The last row: whether
-- the digest that was kept is still contained.
create function test.tamper(council bigint, variadic statements text[]) returns table (kind text, record text, fault text)
language plpgsql as $$
declare
    statement text;
    seen jsonb;
begin
    begin
        foreach statement in array statements loop
            execute statement;
        end loop;
        seen := (select coalesce(jsonb_agg(f), '[]') from shap.ledger_faults(council, 0) f);
        if exists (select from test.kept k where k.council = tamper.council
                      and shap.ledger_digest(k.council, k.number) is distinct from k.digest) then
            seen := seen || '{"kind": "kept"}';
        end if;
        raise exception using errcode = 'TEST1';
    exception when sqlstate 'TEST1' then
        return query select f ->> 'kind', f ->> 'record', f ->> 'fault' from jsonb_array_elements(seen) f;
    end;
end
$$;

create function test.try(what text, council bigint, variadic statements text[]) returns void
language plpgsql as $$
begin
    insert into test.attempt select what, 1, least(count(*), 1) from test.tamper(council, variadic statements);
end
$$;

-- Another value for a column.
create function test.other(column_name text, type regtype) returns text
language sql as $$
    select format(case type::text
        when 'boolean' then 'not coalesce(%1$I, false)' when 'bytea' then 'coalesce(%1$I, '''') || ''\x00'''
        when 'text' then 'coalesce(%1$I, '''') || ''x''' when 'uuid' then 'gen_random_uuid()'
        when 'date' then 'coalesce(%1$I, ''2010-01-01'') + 1' when 'timestamp with time zone' then 'coalesce(%1$I, ''2010-01-01'') + interval ''1 us'''
        when 'jsonb' then '''[1]''' when 'text[]' then '%1$I || ''x''::text' when 'date[]' then '%1$I || date ''2010-01-01''' when 'bigint[]' then '%1$I || 7::bigint'
        else 'coalesce(%1$I, 0) + 100000' end, column_name)
$$;

-- Each column of a table, in a row of the council each as long as there are rows; the record whose column was changed must
-- be named.
create function test.columns_of(place shap.ledger_place, council bigint) returns void
language plpgsql as $$
declare
    columns constant text[] := array(select a.attname || '=' || a.atttypid::regtype from pg_attribute a
                                      where a.attrelid = place.which and a.attnum > 0 order by a.attnum);
    rows tid[];
    names text[];
    changed integer := 0;
    statements text[];
    named integer;
begin
    execute format('select array_agg(ctid), array_agg(record) from (
        select ctid, %s as record from %s n where n.%I = $1 order by 2 limit 40) r', place.record, place.which, place.council_column)
        into rows, names using council;
    while changed < cardinality(columns) loop
        statements := array(
            select format('update %s set %I = %s where ctid = %L', place.which, split_part(c, '=', 1),
                          test.other(split_part(c, '=', 1), split_part(c, '=', 2)::regtype), rows[n])
              from unnest(columns[changed + 1:changed + cardinality(rows)]) with ordinality c (c, n));
        named := (select count(distinct n) from unnest(names[:cardinality(statements)]) n
                    join test.tamper(council, variadic statements) f on f.kind = place.kind and f.record = n);
        insert into test.attempt values ('a column of ' || place.name, cardinality(statements), named);
        changed := changed + cardinality(statements);
    end loop;
end
$$;

-- A table's records: one is removed, one forged, two are swapped; and all of that with entries to fit.
create function test.rows_of(place shap.ledger_place, council bigint) returns void
language plpgsql as $$
declare
    rows tid[];
    last tid;
    name text;
    link bigint;
    changed_column text;
    new_key text;
    fit text;
    copy text;
begin
    execute format('select array_agg(ctid order by record) from (select ctid, %s as record from %s n where n.%I = $1) r',
                   place.record, place.which, place.council_column) into rows using council;
    execute format('select %s from %s n where ctid = $1', place.record, place.which) into name using rows[1];
    link := (select e.link from shap.entry e where e.council_id = council and e.kind = place.kind and e.record = name);
    changed_column := (select a.attname || '=' || a.atttypid::regtype from pg_attribute a
                        where a.attrelid = place.which and a.attnum > 0 and a.attname not in (place.council_column, place.link_column)
                          and not exists (select from pg_index i where i.indrelid = a.attrelid and i.indisprimary and a.attnum = any (i.indkey::smallint[]))
                        order by a.attnum desc limit 1);
    new_key := (select string_agg(format('%I = %s', a.attname, test.other(a.attname, a.atttypid::regtype)), ', ')
                  from pg_attribute a
                 where a.attrelid = place.which and a.attnum > 0 and (a.attname = 'record_id' or a.attnum = (
                       select max(k.attnum) from pg_index i join pg_attribute k on k.attrelid = i.indrelid and k.attnum = any (i.indkey::smallint[])
                        where i.indrelid = place.which and i.indisprimary and k.attname not in ('council_id', place.council_column))));
    fit := format('update shap.entry e set digest = %1$s from %2$s n where e.council_id = %3$s and e.kind = %4$L and e.record = %5$L and n.%6$I = %3$s and %7$s = %5$L',
                  shap.digest_expression(place.which), place.which, council, place.kind, name, place.council_column, place.record);
    copy := format('create temporary table forged as select * from %s where ctid = %L', place.which, rows[1]);
    perform test.try('a record removed from ' || place.name, council, format('delete from %s where ctid = %L', place.which, rows[1]));
    perform test.try('a record removed from ' || place.name || ' with its entry', council,
        format('delete from %s where ctid = %L', place.which, rows[1]),
        format('delete from shap.entry where council_id = %s and kind = %L and record = %L', council, place.kind, name));
    perform test.try('a record forged in ' || place.name, council, copy,
        'update forged set ' || new_key,
        format('insert into %s select * from forged', place.which));
    perform test.try('a record forged in ' || place.name || ' with an entry', council, copy,
        'update forged set ' || new_key,
        format('insert into %s select * from forged', place.which),
        format('insert into shap.entry (council_id, link, kind, record, digest) select %s, %s, %L, %s, %s from forged n',
               council, link, place.kind, place.record, shap.digest_expression(place.which)));
    if changed_column is not null then
        perform test.try('a record of ' || place.name || ' and its entry', council,
            format('update %s set %I = %s where ctid = %L', place.which, split_part(changed_column, '=', 1),
                   test.other(split_part(changed_column, '=', 1), split_part(changed_column, '=', 2)::regtype), rows[1]), fit);
    end if;
    if place.link_column is not null then
        execute format('select ctid from %s n where n.%I = $1 and n.%I <> $2 limit 1', place.which, place.council_column, place.link_column)
            into last using council, link;
    end if;
    if last is not null then
        perform test.try('two records of ' || place.name || ' swapped', council,
            format('update %1$s a set %2$I = b.%2$I from %1$s b where a.ctid in (%3$L, %4$L) and b.ctid in (%3$L, %4$L) and a.ctid <> b.ctid',
                   place.which, place.link_column, rows[1], last));
    end if;
end
$$;

select count(test.columns_of(p, k.council)), count(test.rows_of(p, k.council))
  from shap.ledger_place p
 cross join lateral (
       select k.council from test.kept k
        where exists (select from shap.entry e where e.council_id = k.council and e.kind = p.kind) order by k.council limit 1) k;
select test.check('every kind of record was attacked', (select string_agg(p.kind, ' ' order by p.kind) from shap.ledger_place p
    where not exists (select from test.attempt a where a.what = 'a record removed from ' || p.name)), null);

-- Links, entries, the head, the council and texts.
create function test.columns_where(which regclass, condition text, council bigint) returns void
language plpgsql as $$
begin
    perform test.try(format('%s of %s', a.attname, which), council,
                     format('update %s set %I = %s where %s', which, a.attname, test.other(a.attname, a.atttypid::regtype), condition))
       from pg_attribute a where a.attrelid = which and a.attnum > 0 and not a.attisdropped;
end
$$;
select test.columns_where('shap.link', format('council_id = %s and number = 3', k.council), k.council),
       test.columns_where('shap.entry', format('ctid = (select ctid from shap.entry where council_id = %s order by link, kind, record limit 1)', k.council), k.council),
       test.columns_where('shap.ledger_head', format('council_id = %s', k.council), k.council),
       test.columns_where('shap.council', format('id = %s', k.council), k.council),
       test.try('a link removed', k.council, format('delete from shap.link where council_id = %s and number = 3', k.council)),
       test.try('the newest link removed', k.council, format('delete from shap.link where council_id = %s and number = %s', k.council, k.number)),
       test.try('the moments of two links swapped', k.council, format('update shap.link a set recorded_at = b.recorded_at from shap.link b
           where a.council_id = %1$s and b.council_id = %1$s and a.number in (2, %2$s) and b.number in (2, %2$s) and a.number <> b.number', k.council, k.number)),
       test.try('two links swapped', k.council, format('update shap.link set number = case number when 3 then 400004 else 400003 end where council_id = %s and number in (3, 4)', k.council),
           format('update shap.link set number = number - 400000 where council_id = %s and number in (400003, 400004)', k.council)),
       test.try('an entry moved to another link', k.council, format('update shap.entry set link = link + 1 where ctid = (
           select ctid from shap.entry where council_id = %s order by link, kind, record limit 1)', k.council)),
       test.try('a link forged at the end', k.council, format('insert into shap.link (council_id, number, recorded_at, chain) values (%s, %s, now(), %L)', k.council, k.number + 1, k.digest)),
       test.try('a text rewritten', k.council, format('update shap.personal_text set body = body || ''x'' where ctid = (
           select t.ctid from shap.personal_text t join shap."return" r on r.council_id = t.council_id and r.note_digest = t.digest where r.council_id = %s limit 1)', k.council)),
       test.try('a text blanked', k.council, format('update shap.personal_text set body = null, salt = null, erased_on = ''2010-12-31'' where ctid = (
           select t.ctid from shap.personal_text t join shap."return" r on r.council_id = t.council_id and r.note_digest = t.digest where r.council_id = %s limit 1)', k.council)),
       test.try('a text removed', k.council, format('delete from shap.personal_text where ctid = (
           select t.ctid from shap.personal_text t join shap."return" r on r.council_id = t.council_id and r.note_digest = t.digest where r.council_id = %s limit 1)', k.council))
  from test.kept k order by k.council limit 1;

-- What is made anew to the end fits, but for the digest that was kept.
create function test.newest(council bigint) returns text[] language sql as $$
    select array[format('update shap."return" set evidence = ''forged'' where council_id = %s and record_id = %s', council, e.record),
                 format('update shap.entry e set digest = %s from shap."return" n where e.council_id = %s and e.kind = ''return'' and e.record = %L
                             and n.council_id = e.council_id and n.record_id = %3$s', shap.digest_expression('shap."return"'), council, e.record)]
      from shap.entry e join shap.ledger_head h on h.council_id = e.council_id and h.number = e.link
     where e.council_id = council and e.kind = 'return'
$$;
select test.check('the newest record and its entry: only the digest that was kept tells',
    (select string_agg(f.kind, ' ') from test.tamper(k.council, variadic test.newest(k.council)) f), 'kept')
  from test.kept k order by k.council limit 1;
select test.check('the newest link dropped, head and all: only the digest that was kept tells', (select string_agg(f.kind, ' ') from test.tamper(k.council,
    format('delete from shap."return" where council_id = %s and link = %s', k.council, k.number), format('delete from shap.entry where council_id = %s and link = %s', k.council, k.number),
    format('update shap.ledger_head h set number = l.number, recorded_at = l.recorded_at, seal = shap.link_seal(l.chain, l.number, l.recorded_at, l.membership_id, l.method, l.peer)
              from shap.link l where h.council_id = %s and l.council_id = h.council_id and l.number = h.number - 1', k.council),
    format('delete from shap.link where council_id = %s and number = %s', k.council, k.number)) f), 'kept')
  from test.kept k order by k.council limit 1;

select a.what, a.n, a.found from test.attempt a where a.found < a.n;
select test.check(format('%s of %s changes to the database are found out', sum(a.found), sum(a.n)), sum(a.found), sum(a.n)) from test.attempt a;

-- What may be erased may be erased: nothing rests on the words.
set session_replication_role = origin;
select shap.erase_texts(k.council, shap.take_link(k.council, null), 1, '2010-12-31', '2010-12-31', null,
           array(select row(t.council_id, t.digest, '{}', '{}')::shap.text_to_erase from shap.personal_text t
                  where t.body is not null and (t.council_id = k.council or t.council_id = 0 and k.council = 1)), '{}') from test.kept k;
select test.check('no text is left', (select count(*) from shap.personal_text t where t.body is not null), 0::bigint);
select test.check('every text erased, the ledger holds', (select string_agg(f::text, '; ') from shap.ledger_faults(k.council, 0) f), null) from test.kept k;
select test.check('and the digest that was kept is contained', shap.ledger_digest(k.council, k.number) = k.digest, true) from test.kept k;
