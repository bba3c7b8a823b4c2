-- Schemas for the tests of the catalog: a good one, and one for each thing that is refused.
create schema good_v1;

create type good_v1.colour as enum ('green', 'red');
alter type good_v1.colour add value 'blue' before 'red';

create type good_v1.part as (name text, dropped int4, colour good_v1.colour, sizes int8[]);
alter type good_v1.part drop attribute dropped;

create type good_v1.thing as (id uuid, parts good_v1.part[], main good_v1.part, seen_at timestamptz, raw bytea);

create function good_v1.get_thing(id uuid, day date, "when" text) returns good_v1.thing
language sql stable as 'select null::good_v1.thing';

create function good_v1.list_things(colours good_v1.colour[], parts good_v1.part[]) returns setof good_v1.thing
language sql immutable as 'select null::good_v1.thing';

create function good_v1.forget(flag bool, ratio float8) returns void language sql volatile cost 10000 as '';

create function good_v1.identify(token_hashes bytea[]) returns table (role text, callers text)
language sql stable as $$ select 'reader'::text, '{1}'::text $$;

create function good_v1.schema_version() returns int4 language sql stable as 'select 42';

create schema plain_v1;
create function plain_v1.do_it() returns int4 language sql as 'select 1';

create schema empty_v1;

create schema argument_v1;
create function argument_v1.pay(amount numeric) returns void language sql as '';

create schema domain_v1;
create domain domain_v1.code as text;
create function domain_v1.name_it(code domain_v1.code) returns void language sql as '';

create schema attribute_v1;
create type attribute_v1.bill as (amount numeric(10, 2));
create type attribute_v1.bills as (bills attribute_v1.bill[]);
create function attribute_v1.get_bills() returns attribute_v1.bills language sql as 'select null::attribute_v1.bills';

create schema foreign_v1;
create function foreign_v1.borrow(part good_v1.part) returns void language sql as '';

create schema overload_v1;
create function overload_v1.add(a int4) returns void language sql as '';
create function overload_v1.add(a text) returns void language sql as '';

create schema nameless_v1;
create function nameless_v1.f(int4) returns void language sql as '';

create schema variadic_v1;
create function variadic_v1.f(variadic a int4[]) returns void language sql as '';

create schema record_v1;
create function record_v1.f() returns record language sql as 'select 1, 2';

create schema procedure_v1;
create procedure procedure_v1.p() language sql as '';

create role catalog_reader login;
grant usage on schema plain_v1 to catalog_reader;
