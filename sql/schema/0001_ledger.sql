-- The ground everything stands on: the clock, councils, the ledger, personal text, and the rule that records
-- are never changed.
--
-- Words: a *link* is one commit's place in a council's order. Every record carries the link it was made in, so
-- "known at" is a link number: transaction time alone is not an order.
-- How far the clock is moved; only an embedded server started with --clock writes it.
create table shap.clock_shift (
    is_only boolean primary key default true constraint clock_shift_is_single check (is_only),
    shift interval not null default '0'
);
insert into shap.clock_shift default values;

create table shap.council (
    id bigint generated always as identity primary key,
    code text not null constraint council_code_unique unique
        constraint council_code_is_slug check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(code) <= 40),
    name text not null constraint council_name_unique unique
        constraint council_name_is_short check (length(name) between 1 and 200),
    zone text not null default 'Europe/London',
    quarters text not null default 'financial'
        constraint council_quarters_known check (quarters in ('financial', 'calendar')),
    created_at timestamptz not null
);
comment on column shap.council.quarters is 'what "Q2" means in a phrase: of the financial or the calendar year';

create table shap.region (
    id bigint generated always as identity primary key,
    code text not null constraint region_code_unique unique
        constraint region_code_is_slug check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(code) <= 40),
    name text not null,
    created_at timestamptz not null
);

create table shap.region_council (
    region_id bigint not null references shap.region,
    council_id bigint not null references shap.council,
    primary key (region_id, council_id)
);

-- The last link of each council: the one row that commits of a council take, in council order.
create table shap.ledger_head (
    council_id bigint primary key references shap.council,
    number bigint not null,
    recorded_at timestamptz not null
);

create table shap.link (
    council_id bigint not null references shap.council,
    number bigint not null constraint link_number_positive check (number > 0),
    recorded_at timestamptz not null,
    membership_id bigint, -- who acted; null for the installation itself
    primary key (council_id, number)
);
create index link_by_moment on shap.link (council_id, recorded_at, number);

-- Notes, reasons, names: what may have to be erased. Records refer to it by a salted digest, so that a record
-- stays provable when its text is gone. Council 0 is the directory that all councils share.
create table shap.personal_text (
    council_id bigint not null,
    digest bytea not null,
    salt bytea not null,
    body text, -- null once erased
    primary key (council_id, digest),
    constraint personal_text_digest_is_sha256 check (length(digest) = 32)
);

-- One sequence for all records, so that a record's number names it among all kinds.
create sequence shap.record_id as bigint;

-- Says no to every change of what was said. A trigger on each table of records, whoever asks.
create function shap.refuse_change() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    raise exception using errcode = 'RPC09',
        message = format('records of %I are never changed or deleted', tg_table_name),
        hint = 'Record a correction or a counter-act instead.';
end
$$;
revoke all on function shap.refuse_change() from public;

-- Puts that trigger on a table. Called by the migration that makes the table.
create procedure shap.keep_forever(which regclass)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format('create trigger refuse_change before update or delete on %s
                    for each row execute function shap.refuse_change()', which);
    execute format('create trigger refuse_truncate before truncate on %s
                    for each statement execute function shap.refuse_change()', which);
end
$$;
revoke all on procedure shap.keep_forever(regclass) from public;

-- Personal text may be blanked (by the erasure function's role alone), never rewritten.
create function shap.refuse_rewrite() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.body is null
       and (new.council_id, new.digest, new.salt) = (old.council_id, old.digest, old.salt) then
        return new;
    end if;
    raise exception using errcode = 'RPC09', message = 'text of records is erased, never rewritten',
        hint = 'Record a correction instead.';
end
$$;
revoke all on function shap.refuse_rewrite() from public;
create trigger refuse_rewrite before update or delete on shap.personal_text
    for each row execute function shap.refuse_rewrite();
create trigger refuse_truncate before truncate on shap.personal_text
    for each statement execute function shap.refuse_change();

call shap.keep_forever('shap.link');
call shap.keep_forever('shap.council');
call shap.keep_forever('shap.region');
call shap.keep_forever('shap.region_council');
