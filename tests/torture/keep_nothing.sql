-- The database refuses every record when it is committed, but returns with the note "so far": so each call meets the ground
-- as it was laid, and an act that is acknowledged all the same is acknowledged wrongly.
create function test.keep_nothing() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'RPC11', message = 'nothing is kept';
end
$$;
select format('create constraint trigger keep_nothing after insert on shap.%I deferrable initially deferred
                   for each row execute function test.keep_nothing()', c.relname)
  from pg_class c where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r' \gexec
