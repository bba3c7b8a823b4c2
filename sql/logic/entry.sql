-- Every record is entered in its council's ledger as it is made: a trigger on each table of records, made anew at each
-- deployment from the catalog (shap.ledger_place), so that no table and no column is forgotten.

-- The statement by which the rows that were just added to one place of records are entered. Internal.
create or replace function shap.entry_statement(place shap.ledger_place) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return format('
    insert into shap.entry (council_id, link, kind, record, digest, membership_id, peer)
    select n.%1$I, %2$s, %3$L, %4$s, %5$s, %6$s from added n %7$s;',
        place.council_column,
        coalesce('n.' || quote_ident(place.link_column), 'h.number'),
        place.kind, place.record, shap.digest_expression(place.which),
        case when place.has_membership then
            'case when several then n.membership_id end, case when several then peers[array_position(callers, n.membership_id)] end'
            else 'null, null' end,
        coalesce('where n.' || quote_ident(place.link_column) || ' > 0', -- 0: built in, of no council
                 format('join shap.ledger_head h on h.council_id = n.%I', place.council_column)));
end
$$;
revoke all on function shap.entry_statement(shap.ledger_place) from public;

-- Makes the trigger of a table of records. Its function is a definer: nobody else enters anything. Where several call at
-- once each entry says whose the record is and, where they call from different places, from where.
create or replace procedure shap.enter(which regclass)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    trigger_function constant text := (select format('shap.%I', 'enter_' || c.relname) from pg_class c where c.oid = which);
begin
    execute format('create or replace function %s() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $enter$
declare
    callers constant bigint[] := shap.callers();
    peers constant text[] := case when cardinality(shap.peers()) > 1 then shap.peers() end;
    several constant boolean := cardinality(callers) > 1;
begin%s
    return null;
end
$enter$', trigger_function,
        (select string_agg(shap.entry_statement(p), '' order by p.kind) from shap.ledger_place p where p.which = enter.which));
    execute format('revoke all on function %s() from public', trigger_function);
    execute format('create or replace trigger enter after insert on %s referencing new table as added
                    for each statement execute function %s()', which, trigger_function);
end
$$;
revoke all on procedure shap.enter(regclass) from public;

do $$
declare
    place record;
begin
    for place in select distinct p.which from shap.ledger_place p loop
        call shap.enter(place.which);
    end loop;
end
$$;
