-- The directory: councils, organisations, people, memberships, invitations and tokens. Its tables are written here
-- and nowhere else, by definers of the owner: the API's own role may only read them. Who may call what is said by
-- the EXECUTE grants of the API functions; these functions check the council and the record.

-- Refuses a code that is not a slug.
create or replace function shap.check_slug(field text, code text, most integer) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if code is null or code !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or length(code) > most then
        raise exception using errcode = 'RPC03',
            message = case when coalesce(code, '') = '' then format('%s is missing', field)
                           else format('%s "%s" is not a code', field, left(code, 60)) end,
            hint = format('Use lower case letters, digits and single hyphens, at most %s characters, such as '
                          'home-housing.', most);
    end if;
end
$$;
grant execute on function shap.check_slug(text, text, integer) to shap_api;

-- A name as it is kept: without spaces around it, and one between words. Refuses an empty and an overlong one.
create or replace function shap.clean_name(field text, written text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    clean text := btrim(regexp_replace(written, '\s+', ' ', 'g'));
begin
    if coalesce(clean, '') = '' then
        raise exception using errcode = 'RPC03', message = format('%s is missing', field),
            hint = 'Say it in full, as it is to be printed.';
    end if;
    perform shap.check_text(field, clean, 200);
    return clean;
end
$$;
grant execute on function shap.clean_name(text, text) to shap_api;

-- The organisation with a code, or the only one whose code begins so. Refuses an unknown one, and one of several.
create or replace function shap.organisation_of(code text) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found_id bigint;
begin
    select o.id into found_id from shap.organisation o
     where o.code = shap.only_one('organisation', organisation_of.code, shap.organisations_meant(organisation_of.code));
    if found_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no organisation "%s"', coalesce(left(btrim(code), 60), '')),
            hint = 'Organisations are listed by: shap org list';
    end if;
    return found_id;
end
$$;
grant execute on function shap.organisation_of(text) to shap_api;

-- The council's own organisation: the one that has its code.
create or replace function shap.own_organisation(council bigint) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select o.id from shap.organisation o join shap.council c on c.code = o.code where c.id = council);
end
$$;
grant execute on function shap.own_organisation(bigint) to shap_api;

-- A person in the council's name; one whose e-mail address is known already is the same person.
-- Tables written: person, person_address, personal_text. Internal: called by definers of the owner only.
create or replace function shap.make_person(council bigint, link bigint, name text, email text) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    address_hash bytea := sha256(convert_to(lower(email), 'UTF8'));
    found_id bigint;
begin
    select a.person_id into found_id from shap.person_address a where a.email_hash = address_hash;
    if found_id is null then
        insert into shap.person (name_digest, email_digest, council_id, link)
        values (shap.keep_text(0, name), shap.keep_text(0, email), council, make_person.link)
        returning id into found_id;
        insert into shap.person_address (email_hash, person_id) select address_hash, found_id where address_hash is not null;
    end if;
    return found_id;
end
$$;

-- Whether somebody can keep a council's directory: an administrator whose token holds, or those of the council that has
-- succeeded it. Read-only. Internal: called by definers of the owner only.
create or replace function shap.is_administered(council bigint) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return exists (select from shap.succession_in_force s where s.council_id = council)
        or exists (select from shap.membership m
                     join shap.token k on k.membership_id = m.id and k.expires_at > shap.clock()
                    where m.council_id = council and m.role = 'administrator'
                      and not exists (select from shap.token_end e where e.token_id = k.id)
                      and not exists (select from shap.membership_end e where e.membership_id = m.id));
end
$$;

-- Founds a council: its ledger, its own organisation, its first administrator and that one's first token, valid a
-- year. One that is there, under both names, gets a new administrator when it has none whose token holds. Returns the
-- administrator's membership. Run by the installation (shapd --init), never through the API. Refuses a council that
-- exists otherwise. Tables written: council, ledger_head, link, organisation, person, membership, token.
create or replace function shap.found_council(code text, name text, administrator text, token_hash bytea)
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council bigint;
    link bigint;
    own bigint;
    membership bigint;
begin
    perform shap.check_slug('the council''s code', found_council.code, 40);
    found_council.name := shap.clean_name('the council''s name', found_council.name);
    found_council.administrator := shap.clean_name('the administrator''s name', found_council.administrator);
    select c.id into council from shap.council c where c.code = found_council.code and c.name = found_council.name;
    if shap.is_administered(council) or (council is null and exists (
           select from shap.council c where c.code = found_council.code or c.name = found_council.name)) then
        raise exception using errcode = 'RPC06',
            message = format('the council "%s" (%s) exists already', found_council.code, found_council.name),
            hint = 'Its administrator invites people with: shap person add';
    end if;
    if council is null then
        insert into shap.council (code, name, created_at)
        values (found_council.code, found_council.name, shap.clock()) returning id into council;
        insert into shap.ledger_head (council_id, number, recorded_at) values (council, 0, shap.clock());
    end if;
    link := shap.take_link(council, null);
    select o.id into own from shap.organisation o where o.code = found_council.code;
    if own is null then
        insert into shap.organisation (code, name, council_id, link)
        values (found_council.code, found_council.name, council, link) returning id into own;
    end if;
    insert into shap.membership (person_id, organisation_id, council_id, role, recorded_council_id, link)
    values (shap.make_person(council, link, found_council.administrator, null), own, council, 'administrator',
            council, link)
    returning id into membership;
    insert into shap.token (membership_id, hash, created_at, expires_at, council_id, link)
    values (membership, found_council.token_hash, shap.clock(), shap.clock() + interval '1 year', council, link);
    return membership;
end
$$;

-- What memberships are, in words: for "who am I". A view with its owner's rights, because a caller without a token is told
-- about himself when he accepts an invitation. Asked for often, and for many together: what can be joined is, what is the
-- same for all is worked out once, and no function is called that need not be. (A membership in a council is recorded by it.)
drop function if exists shap.membership_shown(bigint);
create or replace view shap.membership_shown as
    select m.id as membership_id, coalesce(t.body, shap.erased(t.erased_on)) as name,
           case when m.council_id = any (array(select s.council_id from shap.succession s))
                then shap.role_now(m.role, m.council_id, m.organisation_id) else m.role end as role,
           o.code as organisation, o.name as organisation_name,
           case when m.council_id is not null then c.code end as council,
           case when m.council_id is not null then c.name end as council_name, r.code as region,
           (select max(k.expires_at) from shap.token k where k.membership_id = m.id
               and not exists (select from shap.token_end e where e.token_id = k.id)) as token_expires_at,
           ((select shap.clock()) at time zone c.zone)::date as today
      from shap.membership m
      join shap.person p on p.id = m.person_id
      join shap.personal_text t on t.council_id = 0 and t.digest = p.name_digest
      join shap.council c on c.id = m.recorded_council_id
      join shap.organisation o on o.id = m.organisation_id
      left join shap.region r on r.id = m.region_id;
revoke all on shap.membership_shown from public;
grant select on shap.membership_shown to shap_api;

-- The tokens of those who call: of a group, which call is whose. A view with its owner's rights that shows no others.
create or replace view shap.token_of_call as
    select k.hash, k.membership_id
      from shap.token k
     where k.id = any ((select nullif(current_setting('shap.tokens', true), '')::bigint[])::bigint[]);
revoke all on shap.token_of_call from public;
grant select on shap.token_of_call to shap_api;

-- Adds an organisation to the directory; one with the same code and name stands as it is. Refuses a code or name
-- that is taken. Tables written: organisation, link.
create or replace function shap.add_organisation(code text, name text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council bigint := shap.council_of(null);
    wanted text := btrim(add_organisation.code);
    called text := shap.clean_name('the organisation''s name', add_organisation.name);
    taken shap.organisation;
    new_id bigint;
begin
    perform shap.check_slug('the organisation''s code', wanted, 60);
    select o.* into taken from shap.organisation o where o.code = wanted and o.name = called;
    if taken.id is not null then -- nothing to record: no link
        return taken.id;
    end if;
    perform shap.take_link(council, shap.caller());
    select o.* into taken from shap.organisation o where o.code = wanted or lower(o.name) = lower(called)
     order by o.code = wanted desc limit 1;
    if taken.code = wanted and taken.name = called then
        return taken.id;
    end if;
    if taken.id is not null then
        raise exception using errcode = 'RPC06',
            message = format('the organisation "%s" is %s', taken.code, taken.name),
            hint = case when taken.code = wanted then 'Choose another code.' else 'Use that code.' end;
    end if;
    insert into shap.organisation (code, name, council_id, link)
    values (wanted, called, council, shap.take_link(council, shap.caller())) returning id into new_id;
    return new_id;
end
$$;
revoke all on function shap.add_organisation(text, text) from public;
grant execute on function shap.add_organisation(text, text) to shap_api;

-- Refuses what is not an e-mail address, and what would be several in a letter's heading; none is fine.
create or replace function shap.clean_email(written text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    clean text := nullif(btrim(written), '');
begin
    if clean !~ '^[^@\s[:cntrl:]"(),:;<>\[\\\]]+@[^@\s[:cntrl:]"(),:;<>\[\\\]]+$' or length(clean) > 254 then
        raise exception using errcode = 'RPC03',
            message = format('"%s" is not an e-mail address', left(clean, 80)), hint = 'Write it as name@example.org.';
    end if;
    return clean;
end
$$;

-- Adds a person's membership of the caller's council. A known e-mail address is the same person. Refuses a second
-- membership that says the same. Tables written: person, personal_text, membership, link.
create or replace function shap.add_membership(name text, email text, organisation text, role text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council bigint := shap.council_of(null);
    called text := shap.clean_name('the person''s name', add_membership.name);
    address text := shap.clean_email(add_membership.email);
    belongs bigint := shap.organisation_of(add_membership.organisation);
    link bigint;
    person bigint;
    same bigint;
    new_id bigint;
begin
    if add_membership.role is null then
        raise exception using errcode = 'RPC03', message = 'the role is missing',
            hint = 'A role is one of contributor, reader, coordinator, panel, administrator.';
    end if;
    link := shap.take_link(council, shap.caller());
    person := shap.make_person(council, link, called, address);
    select m.id into same from shap.membership m
     where m.council_id = council and m.organisation_id = belongs and m.role = add_membership.role
       and (m.person_id = person or address is null and shap.name_of(m.id) = called)
       and not exists (select from shap.membership_end e where e.membership_id = m.id)
     limit 1;
    if same is not null then
        raise exception using errcode = 'RPC06',
            message = format('%s is %s for %s already (membership %s)', called, add_membership.role,
                             add_membership.organisation, same),
            hint = format('Invite again with: shap person invite %s', same);
    end if;
    insert into shap.membership (person_id, organisation_id, council_id, role, recorded_council_id, link)
    values (person, belongs, council, add_membership.role, council, link) returning id into new_id;
    return new_id;
end
$$;
revoke all on function shap.add_membership(text, text, text, text) from public;
grant execute on function shap.add_membership(text, text, text, text) to shap_api;

-- A new invitation code: 120 random bits in 24 characters of Crockford's base 32, in groups of four.
create or replace function shap.new_invitation_code() returns text
language sql volatile set search_path = pg_catalog, pg_temp as $$
    with dice as (
        select ('x' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
                                        from 1 for 15), 'hex'))::bit(120) as bits)
    select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', substring(d.bits from 5 * i + 1 for 5)::integer + 1, 1)
                      || case when i % 4 = 3 and i < 23 then '-' else '' end, '' order by i)
      from dice d, generate_series(0, 23) i
$$;

-- The hash an invitation is kept by. Case, spaces and hyphens do not count; O is 0, I and L are 1.
create or replace function shap.invitation_hash(code text) returns bytea
language sql immutable parallel safe strict set search_path = pg_catalog, pg_temp as $$
    select sha256(convert_to(translate(upper(regexp_replace(code, '[^0-9A-Za-z]', '', 'g')), 'OIL', '011'), 'UTF8'))
$$;

-- Invites the holder of a membership of the caller's council, for 7 days; the code is returned and not kept. Earlier
-- invitations of that membership end, because only the latest one counts. Refuses an unknown membership.
-- Tables written: invitation, link.
create or replace function shap.invite(membership bigint, out code text, out expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council bigint := shap.council_of(null);
    now constant timestamptz := shap.clock();
begin
    if not exists (select from shap.membership m where m.id = invite.membership and m.council_id = council
                      and not exists (select from shap.membership_end e where e.membership_id = m.id)) then
        raise exception using errcode = 'RPC05', message = format('there is no membership %s here', invite.membership),
            hint = 'Memberships are listed by: shap person list';
    end if;
    code := shap.new_invitation_code();
    expires_at := now + interval '7 days';
    insert into shap.invitation (membership_id, code_hash, created_at, expires_at, council_id, link)
    values (invite.membership, shap.invitation_hash(code), now, expires_at, council,
            shap.take_link(council, shap.caller()));
end
$$;
revoke all on function shap.invite(bigint) from public;
grant execute on function shap.invite(bigint) to shap_api;

-- Exchanges an invitation for a token, valid a year; returns the membership. With the same token hash again it
-- answers the same. Refuses an unknown, used, replaced or expired invitation. Tables written: token, link.
create or replace function shap.accept_invitation(code text, token_hash bytea) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    now constant timestamptz := shap.clock();
    invited record;
    again constant text := 'Ask your council''s administrator for a new invitation.';
    wrong text;
begin
    if length(accept_invitation.token_hash) is distinct from 32 then
        raise exception using errcode = 'RPC03', message = 'token_hash is not a SHA-256 of 32 bytes',
            hint = 'Make a token of 256 random bits and send the SHA-256 of its text.';
    end if;
    select i.id, i.membership_id, i.expires_at, m.recorded_council_id into invited
      from shap.invitation i join shap.membership m on m.id = i.membership_id
     where i.code_hash = shap.invitation_hash(accept_invitation.code);
    -- One at a time from here on, so that the same call made twice at once is answered twice the same.
    perform from shap.ledger_head h where h.council_id = invited.recorded_council_id for update;
    if exists (select from shap.token k where k.invitation_id = invited.id and k.hash = accept_invitation.token_hash
                  and not exists (select from shap.token_end e where e.token_id = k.id)) then
        return invited.membership_id;
    end if;
    wrong := case
        when invited.id is null then 'this invitation is not known'
        when exists (select from shap.token k where k.invitation_id = invited.id) then 'this invitation has been used'
        when exists (select from shap.invitation i
                      where i.membership_id = invited.membership_id and i.id > invited.id)
            then 'a later invitation has replaced this one'
        when exists (select from shap.membership_end e where e.membership_id = invited.membership_id)
            then 'the membership has ended'
        when invited.expires_at <= now then 'this invitation has expired'
        when exists (select from shap.token k where k.hash = accept_invitation.token_hash)
            then 'this token is in use already'
    end;
    if wrong is not null then
        raise exception using errcode = '28000', message = wrong, hint = again;
    end if;
    insert into shap.token (membership_id, invitation_id, hash, created_at, expires_at, council_id, link)
    values (invited.membership_id, invited.id, accept_invitation.token_hash, now, now + interval '1 year',
            invited.recorded_council_id, shap.take_link(invited.recorded_council_id, invited.membership_id));
    return invited.membership_id;
end
$$;
revoke all on function shap.accept_invitation(text, bytea) from public;
grant execute on function shap.accept_invitation(text, bytea) to shap_api;

-- Ends a token at once: one of the caller's own, or, with sight of the directory, one of the council's. Without an id
-- the token of this call. Ended already, it stands as it is. Refuses an unknown one.
-- Tables written: token_end, personal_text, link.
create or replace function shap.end_token(token_id bigint, reason text) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    wanted bigint := coalesce(end_token.token_id, shap.token());
    place bigint;
    link bigint;
begin
    select m.recorded_council_id into place
      from shap.token k join shap.membership m on m.id = k.membership_id
     where k.id = wanted
       and (k.membership_id = shap.caller()
            or shap.sight() = 'directory' and m.council_id = any (shap.councils()));
    if place is null then
        raise exception using errcode = 'RPC05', message = format('there is no token %s here', wanted),
            hint = 'Tokens are listed by: shap token list';
    end if;
    perform shap.check_text('the reason', end_token.reason, 2000);
    if not exists (select from shap.token_end e where e.token_id = wanted) then
        link := shap.take_link(place, shap.caller());
        insert into shap.token_end (token_id, reason_digest, ended_at, council_id, link, membership_id)
        values (wanted, shap.keep_text(place, end_token.reason), shap.clock(), place, link, shap.caller())
        on conflict do nothing;
    end if;
    return wanted;
end
$$;
revoke all on function shap.end_token(bigint, text) from public;
grant execute on function shap.end_token(bigint, text) to shap_api;

-- The token of this call. Refuses a call that did not bring exactly one.
create or replace function shap.token() returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    tokens bigint[] := nullif(current_setting('shap.tokens', true), '')::bigint[];
begin
    if cardinality(tokens) is distinct from 1 then
        raise exception using errcode = 'RPC03', message = 'which token is meant?',
            hint = 'Name it by its number; tokens are listed by: shap token list';
    end if;
    return tokens[1];
end
$$;
