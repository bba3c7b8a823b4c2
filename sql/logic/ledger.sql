-- The clock, the ledger, personal text: what every function that records something uses.

-- The only source of time. On an embedded server started with --clock it is shifted. A definer: called by turns as
-- different roles it would be planned anew each time.
create or replace function shap.clock() returns timestamptz
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
    return clock_timestamp() + (select s.shift from shap.clock_shift s);
end
$$;
revoke all on function shap.clock() from public;
grant execute on function shap.clock() to shap_api;

-- The day it is in a council's zone.
create or replace function shap.today(council bigint) returns date
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select (shap.clock() at time zone c.zone)::date from shap.council c where c.id = council);
end
$$;
grant execute on function shap.today(bigint) to shap_api;

-- Takes the next link of each council for this transaction, in council order, and returns them; a council whose
-- link was taken earlier in the transaction keeps it. Links taken together bear one moment: who knows the one knows the
-- other. The link is recorded as made by `membership` (null for a group of callers or the installation itself), and seals
-- the one before (see schema/0012_audit.sql).
-- A definer, because nobody else may move a head. Tables written: ledger_head, link.
create or replace function shap.take_links(councils bigint[], membership bigint)
returns table (council_id bigint, number bigint, recorded_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    taken text := coalesce(current_setting('shap.links', true), '');
    method constant text := nullif(current_setting('shap.method', true), '');
    peer constant text := shap.peer_of(membership);
    wanted bigint[];
    moment timestamptz;
begin
    select array_agg(distinct w order by w) into wanted from unnest(councils) w
     where position(format(',%s:', w) in taken) = 0;
    if wanted is not null then
        perform from shap.ledger_head h where h.council_id = any (wanted) order by h.council_id for update;
        moment := greatest(shap.clock(), (select max(h.recorded_at) from shap.ledger_head h where h.council_id = any (wanted)));
        with next as materialized (
            select h.council_id, h.number + 1 as number, moment as recorded_at,
                   case when h.number = 0 then shap.genesis(h.council_id)
                        else shap.link_digest(h.council_id, h.number, h.seal) end as chain
              from shap.ledger_head h where h.council_id = any (wanted)
        ), moved as (
            update shap.ledger_head h
               set number = n.number, recorded_at = n.recorded_at,
                   seal = shap.link_seal(n.chain, n.number, n.recorded_at, membership, method, peer)
              from next n where h.council_id = n.council_id
        )
        insert into shap.link (council_id, number, recorded_at, membership_id, method, peer, chain)
        select n.council_id, n.number, n.recorded_at, membership, method, peer, n.chain from next n order by n.council_id;
        perform pg_catalog.pg_notify('shap_link', w::text) from unnest(wanted) w; -- told when it is committed
        perform pg_catalog.set_config('shap.links',
            taken || (select string_agg(format(',%s:', w), '') from unnest(wanted) w), true);
    end if;
    return query select h.council_id, h.number, h.recorded_at from shap.ledger_head h
                  where h.council_id = any (councils) order by h.council_id;
end
$$;
revoke all on function shap.take_links(bigint[], bigint) from public;
grant execute on function shap.take_links(bigint[], bigint) to shap_api;

-- The same for one council: the number of its link.
create or replace function shap.take_link(council bigint, membership bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    return (select t.number from shap.take_links(array[council], membership) t);
end
$$;
grant execute on function shap.take_link(bigint, bigint) to shap_api;

-- Refuses a day that no record and no plan can have, which arithmetic on days would not survive. No day is fine.
create or replace function shap.check_calendar(field text, day date) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    if day not between date '1900-01-01' and date '2199-12-31' then
        raise exception using errcode = 'RPC03', message = format('%s: %s is not in the years 1900 to 2199', field, day),
            hint = 'Check the year.';
    end if;
end
$$;
grant execute on function shap.check_calendar(text, date) to shap_api;

-- The last link of a council recorded on or before a day (in its zone); without a day the last one there is.
-- 0 when there is none: nothing was known. Refuses a day that is in no calendar of ours.
create or replace function shap.link_at(council bigint, known_at date) returns bigint
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    before timestamptz;
begin
    perform shap.check_calendar('known at', known_at);
    if known_at is not null then
        before := (select (known_at + 1)::timestamp at time zone c.zone from shap.council c where c.id = council);
    end if;
    return coalesce((select l.number from shap.link l
                      where l.council_id = council and l.recorded_at < coalesce(before, 'infinity')
                      order by l.recorded_at desc, l.number desc limit 1), 0);
end
$$;
grant execute on function shap.link_at(bigint, date) to shap_api;

-- While a publication is made (again): what it knows of other councils, which the setting of that name holds, the last link
-- of each under its id. Else null.
create or replace function shap.known_beside() returns jsonb
language sql stable parallel safe begin atomic
    select nullif(current_setting('shap.known_beside', true), '')::jsonb;
end;
grant execute on function shap.known_beside() to shap_api;

-- The last link of a council that was known when a link of another (or the same) was the last one there: all, where it still
-- is. For a publication, what it kept: records that arrive in the one ledger while nothing does in the other change nothing.
create or replace function shap.link_beside(council bigint, other bigint, link bigint) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if council = other then
        return link;
    end if;
    if shap.known_beside() is not null then
        return coalesce((shap.known_beside() ->> council::text)::bigint, 0);
    end if;
    return coalesce((select max(l.number) from shap.link l
                      where l.council_id = council
                        and (l.recorded_at <= (select o.recorded_at from shap.link o
                                                where o.council_id = other and o.number = link_beside.link)
                             or not exists (select from shap.link o
                                             where o.council_id = other and o.number > link_beside.link))), 0);
end
$$;
grant execute on function shap.link_beside(bigint, bigint, bigint) to shap_api;

-- The links of all other councils that are known beside one of a council, each under its council's id; null where there is
-- no other. A definer: a report may lead past councils that the caller does not see, as shap.successor_of does.
create or replace function shap.links_beside(other bigint, link bigint) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select jsonb_object_agg(c.id::text, shap.link_beside(c.id, other, links_beside.link))
              from shap.council c where c.id <> other);
end
$$;
revoke all on function shap.links_beside(bigint, bigint) from public;
grant execute on function shap.links_beside(bigint, bigint) to shap_api;

-- Keeps a personal text and returns its salted digest; null and empty text give null.
-- Tables written: personal_text.
create or replace function shap.keep_text(council bigint, body text) returns bytea
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    salt bytea := uuid_send(gen_random_uuid());
    digest bytea;
begin
    if body is null or body = '' then
        return null;
    end if;
    digest := sha256(salt || convert_to(body, 'UTF8'));
    insert into shap.personal_text (council_id, digest, salt, body) values (council, digest, salt, body);
    return digest;
end
$$;
grant execute on function shap.keep_text(bigint, text) to shap_api;

-- What stands in place of a text that was erased.
create or replace function shap.erased(erased_on date) returns text
language sql stable parallel safe
return '[erased' || coalesce(to_char(erased_on, '" on "YYYY-MM-DD'), '') || ']';
grant execute on function shap.erased(date) to shap_api;

-- The text a digest stands for: null for no digest, "[erased on 2011-02-01]" where it was erased.
create or replace function shap.text_of(council bigint, wanted bytea) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select coalesce(t.body, shap.erased(t.erased_on)) from shap.personal_text t
             where t.council_id = council and t.digest = wanted);
end
$$;
grant execute on function shap.text_of(bigint, bytea) to shap_api;

-- The same, but null where it was erased.
create or replace function shap.text_left(council bigint, wanted bytea) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select t.body from shap.personal_text t where t.council_id = council and t.digest = wanted);
end
$$;
grant execute on function shap.text_left(bigint, bytea) to shap_api;

-- The name of the person behind a membership, for reports and lists. A definer: who may see a record may see who
-- made it, whatever council the person's own row came from. No joins: it is asked row by row from within statements that are
-- planned without nested loops, and is looked up by keys there, too.
create or replace function shap.name_of(membership bigint) returns text
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select coalesce(t.body, shap.erased(t.erased_on)) from shap.personal_text t
             where t.council_id = 0
               and t.digest = (select p.name_digest from shap.person p
                                where p.id = (select m.person_id from shap.membership m where m.id = membership)));
end
$$;
revoke all on function shap.name_of(bigint) from public;
grant execute on function shap.name_of(bigint) to shap_api;

-- The same for definers' own statements, which join it.
create or replace view shap.member_name as
    select m.id as membership_id, coalesce(t.body, shap.erased(t.erased_on)) as name
      from shap.membership m
      join shap.person p on p.id = m.person_id
      join shap.personal_text t on t.council_id = 0 and t.digest = p.name_digest;
revoke all on shap.member_name from public;

-- Refuses a text that is longer than a person writes.
create or replace function shap.check_text(field text, body text, most integer) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if length(body) > most then
        raise exception using errcode = 'RPC03',
            message = format('%s has %s characters; at most %s are kept', field, length(body), most),
            hint = 'Shorten it, or put the long text where the evidence is and refer to it.';
    end if;
end
$$;
grant execute on function shap.check_text(text, text, integer) to shap_api;

-- The day a record speaks of or was decided: as given, else today in the council's zone. Refuses a day that is
-- still to come, and one before 1990, which is a slip of the keyboard.
create or replace function shap.check_day(council bigint, field text, day date) returns date
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    today date := shap.today(council);
begin
    if day is null then
        return today;
    end if;
    if day > today then
        raise exception using errcode = 'RPC03', message = format('%s: %s is still to come', field, day),
            hint = format('Give a day not after %s, which is today by the server''s clock.', today);
    end if;
    if day < date '1990-01-01' then
        raise exception using errcode = 'RPC03', message = format('%s: %s is before 1990', field, day),
            hint = 'Check the year.';
    end if;
    return day;
end
$$;
grant execute on function shap.check_day(bigint, text, date) to shap_api;
