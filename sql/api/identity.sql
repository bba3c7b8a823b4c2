-- What the server itself calls: who the holders of tokens are, and which schema this is. Run as shap_owner: a caller
-- is looked up before there is an identity that row level security could judge.

-- What the unit's first statement sets: the group role, and the settings that logic/identity.sql reads. The lists are
-- literals of bigint[].
create type shap_v1.identification as (
    role text,
    callers text,       -- memberships
    councils text,
    organisations text,
    sight text,         -- full, shared, directory, none
    tokens text,
    peers text          -- where the callers call from, in their order; one where it is the same
);

-- Who the holders of tokens are, by the SHA-256 of the tokens' text. No token: anonymous. One: refused when it is
-- unknown, expired or revoked, when the membership has ended, or the council (see logic/succession.sql), saying which. Several (a group of calls): those that
-- do not hold are left out, and the rest must be of one role. A connection whose client showed the certificate of an
-- organisation (its code; null: no certificate) carries tokens of its people only: any other does not hold there. The
-- detail of a refusal names the membership of the token, for the server's count of wrong tokens. Only looks up. Every call
-- pays for this: its plan is kept, and tables are looked up by keys, whatever their statistics say (a directory of a
-- thousand people would be read whole each time). peers: where each token came from; it is recorded, and nothing rests on it.
create function shap_v1.identify(token_hashes bytea[], certificate text default null, peers text[] default '{}')
returns shap_v1.identification
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
#variable_conflict use_column
declare
    now constant timestamptz := shap.clock();
    again constant text := 'Sign in with: shap login';
    found record;
begin
    if cardinality(token_hashes) = 0 or token_hashes is null then
        return row('shap_anonymous', '{}', '{}', '{}', 'none', '{}', peers)::shap_v1.identification;
    end if;
    select count(*) as n, count(*) filter (where t.wrong is null) as n_good, min(t.wrong) as wrong,
           min(t.role) filter (where t.wrong is null) as role, max(t.role) filter (where t.wrong is null) as last_role,
           min(t.sight) filter (where t.wrong is null) as sight, max(t.sight) filter (where t.wrong is null) as last_sight,
           array_agg(distinct t.membership_id) filter (where t.wrong is null) as callers,
           array_agg(distinct t.organisation_id) filter (where t.wrong is null) as organisations,
           array_agg(distinct t.council_id) filter (where t.wrong is null and t.council_id is not null) as councils,
           array_agg(distinct t.region_id) filter (where t.wrong is null and t.region_id is not null) as regions,
           array_agg(t.token_id) filter (where t.wrong is null) as tokens, min(t.membership_id) as account
      into found
      from (select k.id as token_id, m.id as membership_id, r.role, m.organisation_id, m.council_id, m.region_id,
                   case m.role when 'contributor' then 'shared' when 'administrator' then 'directory' else 'full' end as sight,
                   case when e.token_id is not null then 'this token has been revoked'
                        when k.expires_at <= now then 'this token has expired'
                        when r.role is null then 'another council has succeeded the one of this token'
                        when certificate is not null and not exists (
                            select from shap.organisation o where o.id = m.organisation_id and o.code = certificate) then
                            format('this connection has the certificate of "%s", and this token is of another organisation',
                                   left(certificate, 60))
                        when d.day is not null then
                            case when d.day <= shap.today(d.council_id)
                                 then 'the membership of this token has ended' end
                   end as wrong
              from shap.token k
              join shap.membership m on m.id = k.membership_id
              left join shap.token_end e on e.token_id = k.id
              left join shap.membership_end d on d.membership_id = m.id
             cross join lateral (
                   select case when m.council_id = any (array(select s.council_id from shap.succession s))
                               then shap.role_now(m.role, m.council_id, m.organisation_id) else m.role end as role offset 0) r
             where k.hash = any (token_hashes)
            offset 0) t; -- offset 0: "wrong" is worked out once for each token, not once for each aggregate
    if found.n_good = 0 then
        raise exception using errcode = '28000',
            message = case when found.n = 1 then found.wrong else 'this token is not known here' end,
            detail = case when found.n = 1 then found.account::text else '' end,
            hint = case when starts_with(found.wrong, 'this connection')
                        then 'Use a token of that organisation, or the certificate of your own.' else again end;
    end if;
    if found.role <> found.last_role or found.sight <> found.last_sight then
        raise exception using errcode = '28000', message = 'these callers do not have one role', hint = again;
    end if;
    if found.regions is not null then
        found.councils := found.councils || array(select r.council_id from shap.region_council r
                                                   where r.region_id = any (found.regions));
    end if;
    if exists (select from shap.succession s where s.successor_id = any (found.councils)) then
        select i.councils, i.organisations into found.councils, found.organisations
          from shap.inherit(found.councils, found.organisations) i;
    end if;
    if not peers[1] = all (peers[2:]) then
        peers := array(select string_agg(distinct p.peer, ' ' order by p.peer)
                         from unnest(token_hashes, peers) p (hash, peer)
                         join shap.token k on k.hash = p.hash and k.membership_id = any (found.callers)
                        group by k.membership_id order by k.membership_id);
    else
        peers := peers[:1];
    end if;
    return row('shap_' || found.role, found.callers::text, coalesce(found.councils, '{}')::text,
               found.organisations::text, found.sight, found.tokens::text, peers::text)::shap_v1.identification;
end
$$;
revoke all on function shap_v1.identify(bytea[], text, text[]) from public;
grant execute on function shap_v1.identify(bytea[], text, text[]) to shap_server;

-- Writes down what the server counted since it last did: refusals, by caller, place, method, code and minute, and the day
-- each token was last used on. counts is JSON: {"refused": [{"at", "n", "peer", "code", "method", "token"}], "used": [{"at",
-- "token"}]}, with moments in microseconds by the clock that now_us is read from. A caller (a membership; together those
-- whose tokens are not known) gets 50 rows for a minute, the rest of his is one row; what is older than a year is dropped.
-- Tables written: refusal, token_use.
create function shap_v1.keep_tally(counts text, now_us text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    now constant timestamptz := shap.clock();
begin
    with came as (
        select coalesce(m.recorded_council_id, 0) as council_id,
               date_trunc('minute', now - (keep_tally.now_us::bigint - r.at) * interval '1 us', 'UTC') as minute,
               m.id as membership_id, r.peer, r.method, r.code, sum(r.n)::bigint as calls
          from json_to_recordset(keep_tally.counts::json -> 'refused') r (at bigint, n bigint, peer text, code text, method text, token text)
          left join shap.token k on k.hash = decode(r.token, 'hex')
          left join shap.membership m on m.id = k.membership_id
         group by 1, 2, 3, 4, 5, 6
    ), placed as (
        select c.*, s.is_there or s.n + row_number() over (
                   partition by c.council_id, c.minute, c.membership_id, s.is_there order by c.calls desc, c.peer, c.method, c.code) <= 50 as has_room
          from came c
         cross join lateral (
               select count(*) as n,
                      coalesce(bool_or((f.peer, f.method, f.code) is not distinct from (c.peer, c.method, c.code)), false) as is_there
                 from shap.refusal f
                where f.council_id = c.council_id and f.minute = c.minute and f.membership_id is not distinct from c.membership_id) s
    )
    insert into shap.refusal as f (council_id, minute, membership_id, peer, method, code, calls)
    select p.council_id, p.minute, p.membership_id, case when has_room then p.peer end, case when has_room then p.method end,
           case when has_room then p.code end, sum(p.calls)
      from placed p group by 1, 2, 3, 4, 5, 6
    on conflict on constraint refusal_once do update set calls = f.calls + excluded.calls;
    insert into shap.token_use as u (token_id, used_on)
    select k.id, d.day
      from json_to_recordset(keep_tally.counts::json -> 'used') r (at bigint, token text)
      join shap.token k on k.hash = decode(r.token, 'hex')
      join shap.council c on c.id = k.council_id
     cross join lateral (
           select ((now - (keep_tally.now_us::bigint - r.at) * interval '1 us') at time zone c.zone)::date as day) d
     where not exists (select from shap.token_use o where o.token_id = k.id and o.used_on >= d.day)
    on conflict (token_id) do update set used_on = greatest(u.used_on, excluded.used_on);
    delete from shap.refusal f where f.minute < now - interval '1 year';
end
$$;
revoke all on function shap_v1.keep_tally(text, text) from public;
grant execute on function shap_v1.keep_tally(text, text) to shap_server;

-- The number of the last migration applied; 0 where none is recorded.
create function shap_v1.schema_version() returns integer
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    if to_regclass('shap.migration') is null then
        return 0;
    end if;
    return (select coalesce(max(m.number), 0) from shap.migration m);
end
$$;
revoke all on function shap_v1.schema_version() from public;
grant execute on function shap_v1.schema_version() to shap_server, shap_api;
