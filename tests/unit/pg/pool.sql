-- What the tests of the pool run against.
create function refuse(code text) returns text language plpgsql stable as $$
begin
  raise exception using errcode = 'RPC05', message = format('there is no objective %s', code),
    detail = 'looked everywhere', hint = 'see shap objective list';
end $$;

create table thing (name text primary key);
create table part (thing text references thing deferrable initially deferred);
create database latin encoding 'LATIN1' locale 'C' template template0;
