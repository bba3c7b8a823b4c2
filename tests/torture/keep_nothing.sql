-- The database refuses every record when it is committed, unless test.keeping says otherwise: so each call meets the ground as
-- it was laid, and an act that is acknowledged all the same is acknowledged wrongly.
create table test.keeping as select false as is_on;
create function test.keep_nothing() returns trigger language plpgsql security definer as $$
begin
    if not (select k.is_on from test.keeping k) then
        raise exception using errcode = 'RPC11', message = 'nothing is kept';
    end if;
    return null;
end
$$;
select format('create constraint trigger keep_nothing after insert on shap.%I deferrable initially deferred
                   for each row execute function test.keep_nothing()', c.relname)
  from pg_class c where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r' \gexec
