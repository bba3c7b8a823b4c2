-- Service Directory: organisations, people, invitations, tokens. Writes go through the definers of
-- logic/directory.sql; row level security decides what the lists show.

-- What the server is. Read-only, needs no token.
create function shap_v1.get_server_info() returns shap_v1.server_info
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return row(shap_v1.schema_version(), shap.clock(),
               (select s.shift <> interval '0' from shap.clock_shift s))::shap_v1.server_info;
end
$$;
grant execute on function shap_v1.get_server_info() to shap_anonymous, shap_contributor, shap_reader,
    shap_coordinator, shap_panel, shap_administrator;

-- A membership as an Identity. Internal to this file.
create function shap_v1.identity_of(membership bigint) returns shap_v1.identity
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    shown shap_v1.identity;
begin
    select m.name, m.role::shap_v1.role, m.organisation, m.organisation_name, m.council, m.council_name, m.region,
           membership, m.token_expires_at, m.today into shown
      from shap.membership_shown m where m.membership_id = membership;
    return shown;
end
$$;

-- Who the caller is. Read-only.
create function shap_v1.who_am_i() returns shap_v1.identity
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return shap_v1.identity_of(shap.caller());
end
$$;
grant execute on function shap_v1.who_am_i() to shap_anonymous, shap_contributor, shap_reader, shap_coordinator,
    shap_panel, shap_administrator;

-- The same for each of several callers of one role, together: a small read costs less than to find out who asks, which one
-- statement does for all of them (see server/rpc/group.h). Read-only. Tables are looked up by keys, whatever their
-- statistics say; offset 0: so is each call's token, instead of each call being compared with each token of the group.
create type shap_v1.who_am_i_call as (ordinal integer, token_hash bytea);
create type shap_v1.who_am_i_answer as (
    ordinal integer, sqlstate text, refusal text,
    name text, role shap_v1.role, organisation text, organisation_name text, council text, council_name text, region text,
    membership_id bigint, token_expires_at timestamptz, today date
);
create function shap_v1.who_am_i_together(calls shap_v1.who_am_i_call[]) returns setof shap_v1.who_am_i_answer
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
begin
    return query
    select c.ordinal, case when m.membership_id is null then '28000' end,
           case when m.membership_id is null then 'this needs somebody who is signed in. Sign in with: shap login' end,
           m.name, m.role::shap_v1.role, m.organisation, m.organisation_name, m.council, m.council_name, m.region,
           m.membership_id, m.token_expires_at, m.today
      from unnest(calls) c
      left join lateral (select k.membership_id from shap.token_of_call k where k.hash = c.token_hash offset 0) k on true
      left join shap.membership_shown m on m.membership_id = k.membership_id;
end
$$;
grant execute on function shap_v1.who_am_i_together(shap_v1.who_am_i_call[]) to shap_anonymous, shap_contributor,
    shap_reader, shap_coordinator, shap_panel, shap_administrator;

-- Exchanges an invitation for a token; the same again is answered the same. Refuses an unknown, used, replaced or
-- expired invitation (28000). Tables written: token, link.
create function shap_v1.accept_invitation(code text, token_hash bytea) returns shap_v1.identity
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return shap_v1.identity_of(shap.accept_invitation(code, token_hash));
end
$$;
grant execute on function shap_v1.accept_invitation(text, bytea) to shap_anonymous, shap_contributor, shap_reader,
    shap_coordinator, shap_panel, shap_administrator;

-- Adds an organisation; the same again stands. Refuses a bad code (RPC03) and one that is taken (RPC06).
-- Tables written: organisation, link.
create function shap_v1.add_organisation(code text, name text) returns shap_v1.organisation
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    added constant bigint := shap.add_organisation(code, name);
begin
    return (select row(o.code, o.name)::shap_v1.organisation from shap.organisation o where o.id = added);
end
$$;
grant execute on function shap_v1.add_organisation(text, text) to shap_administrator;

-- All organisations, by code. Read-only.
create function shap_v1.list_organisations() returns setof shap_v1.organisation
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
    select o.code, o.name from shap.organisation o order by o.code collate "C";
end;
grant execute on function shap_v1.list_organisations() to shap_contributor, shap_reader, shap_coordinator, shap_panel,
    shap_administrator;

-- Adds a person's membership of the caller's council and invites them. Refuses a bad name, address or role (RPC03), an
-- unknown organisation (RPC05), the same membership again (RPC06).
-- Tables written: person, personal_text, membership, invitation, link.
create function shap_v1.add_person(name text, email text, organisation text, role shap_v1.role)
returns shap_v1.invitation
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    added constant bigint := shap.add_membership(name, email, organisation, role::text);
begin
    return (select row(i.code, i.expires_at, added, shap.name_of(added))::shap_v1.invitation
              from shap.invite(added) i);
end
$$;
grant execute on function shap_v1.add_person(text, text, text, shap_v1.role) to shap_administrator;

-- Invites the holder of a membership again. Refuses an unknown membership (RPC05). Tables written: invitation, link.
create function shap_v1.create_invitation(membership_id bigint) returns shap_v1.invitation
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select row(i.code, i.expires_at, membership_id, shap.name_of(membership_id))::shap_v1.invitation
              from shap.invite(membership_id) i);
end
$$;
grant execute on function shap_v1.create_invitation(bigint) to shap_administrator;

-- The memberships of the council that have not ended, by number. Read-only.
create function shap_v1.list_people() returns setof shap_v1.person
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select m.id, shap.text_of(0, p.name_digest), shap.text_of(0, p.email_digest), o.code, m.role::shap_v1.role,
           exists (select from shap.token k
                    where k.membership_id = m.id and k.expires_at > shap.clock()
                      and not exists (select from shap.token_end e where e.token_id = k.id))
      from shap.membership m
      join shap.person p on p.id = m.person_id
      join shap.organisation o on o.id = m.organisation_id
     where m.council_id = any (shap.councils())
       and not exists (select from shap.membership_end e where e.membership_id = m.id)
     order by m.id;
end
$$;
grant execute on function shap_v1.list_people() to shap_administrator;

-- The tokens of the council, by number; never the tokens themselves. Read-only.
create function shap_v1.list_tokens() returns setof shap_v1.token
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select k.id, k.membership_id, shap.name_of(k.membership_id), k.created_at, k.expires_at, e.ended_at, u.used_on
      from shap.token k
      join shap.membership m on m.id = k.membership_id
      left join shap.token_end e on e.token_id = k.id
      left join shap.token_use u on u.token_id = k.id
     where m.council_id = any (shap.councils())
     order by k.id;
end
$$;
grant execute on function shap_v1.list_tokens() to shap_administrator;

-- Ends a token at once: an administrator any of the council, everyone else their own; without an id that of this call.
-- Refuses an unknown one (RPC05). Tables written: token_end, personal_text, link.
create function shap_v1.revoke_token(token_id bigint, reason text) returns shap_v1.token
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    ended constant bigint := shap.end_token(token_id, reason);
begin
    return (select row(k.id, k.membership_id, shap.name_of(k.membership_id), k.created_at, k.expires_at, e.ended_at, u.used_on
                      )::shap_v1.token
              from shap.token k join shap.token_end e on e.token_id = k.id left join shap.token_use u on u.token_id = k.id
             where k.id = ended);
end
$$;
grant execute on function shap_v1.revoke_token(bigint, text) to shap_contributor, shap_reader, shap_coordinator,
    shap_panel, shap_administrator;
