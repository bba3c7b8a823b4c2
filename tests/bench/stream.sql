-- For the figure of memory while streaming: the list of organisations has as many rows as are asked for, made while they are
-- read. Run in a copy of the database only. psql variable: rows.
\set ON_ERROR_STOP 1
create or replace function shap_v1.list_organisations() returns setof shap_v1.organisation
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select i::text, 'Organisation ' || i from (select generate_series(1, :rows) as i) n;
end;
