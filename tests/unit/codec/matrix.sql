-- The schema that matrix.proto goes with, for the tests of codec: types, and functions that answer with what they
-- were given.
create schema matrix_v1;

create type matrix_v1.colour as enum ('red', 'dark_blue', 'green');

create type matrix_v1."inner" as (
  count int4, name text, tags text[], at timestamptz, colour matrix_v1.colour);

create type matrix_v1."outer" as (
  title text, inners matrix_v1."inner"[], first matrix_v1."inner");

create type matrix_v1."all" as (
  flag bool, small int4, large int8, "real" float8, words text, id uuid, day date, raw bytea, colour matrix_v1.colour,
  moment timestamptz, "inner" matrix_v1."inner", "outer" matrix_v1."outer",
  flags bool[], smalls int4[], larges int8[], reals float8[], texts text[], ids uuid[], days date[], raws bytea[],
  colours matrix_v1.colour[], moments timestamptz[], inners matrix_v1."inner"[], outers matrix_v1."outer"[],
  packed_smalls int4[], packed_reals float8[]);

-- Answers with its arguments.
create function matrix_v1.echo(
  flag bool, small int4, large int8, "real" float8, words text, id uuid, day date, raw bytea, colour matrix_v1.colour,
  moment timestamptz, "inner" matrix_v1."inner", "outer" matrix_v1."outer",
  flags bool[], smalls int4[], larges int8[], reals float8[], texts text[], ids uuid[], days date[], raws bytea[],
  colours matrix_v1.colour[], moments timestamptz[], inners matrix_v1."inner"[], outers matrix_v1."outer"[],
  packed_smalls int4[], packed_reals float8[]) returns matrix_v1."all"
language sql stable as $$
  select flag, small, large, "real", words, id, day, raw, colour, moment, "inner", "outer", flags, smalls, larges,
         reals, texts, ids, days, raws, colours, moments, inners, outers, packed_smalls, packed_reals
$$;

-- The same, of many at once: the array's elements as rows.
create function matrix_v1.echo_many(calls matrix_v1."all"[]) returns setof matrix_v1."all"
language sql stable as $$
  select c.* from unnest(calls) c
$$;

-- What the values were understood to be, as text.
create function matrix_v1.explain(day date, moment timestamptz, id uuid, colour matrix_v1.colour, inners matrix_v1."inner"[])
returns text
language sql stable as $$
  select concat_ws(' | ', day::text, (moment at time zone 'UTC')::text, id::text, colour::text, inners::text)
$$;

-- Nothing that protobuf can say.
create function matrix_v1.infinite() returns matrix_v1."all"
language sql stable as $$
  select null::bool, null::int4, null::int8, null::float8, null::text, null::uuid, 'infinity'::date, null::bytea,
         null::matrix_v1.colour, null::timestamptz, null::matrix_v1."inner", null::matrix_v1."outer",
         null::bool[], null::int4[], null::int8[], null::float8[], null::text[], null::uuid[], null::date[],
         null::bytea[], null::matrix_v1.colour[], null::timestamptz[], null::matrix_v1."inner"[],
         null::matrix_v1."outer"[], null::int4[], null::float8[]
$$;
