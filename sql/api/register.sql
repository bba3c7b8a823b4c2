-- Service Register: what the codes and names in WHO stand for.

-- Cleans an entry's spelling and refuses an empty or overlong one. Internal to this file.
create function shap_v1.clean_spelling(field text, written text, most integer) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    clean constant text := btrim(regexp_replace(written, '\s+', ' ', 'g'));
begin
    if coalesce(shap.word_key(clean), '') = '' then
        raise exception using errcode = 'RPC03', message = format('%s is missing', field),
            hint = 'Write it as it stands in WHO, such as HSM or Home Housing.';
    end if;
    perform shap.check_text(field, clean, most);
    return clean;
end
$$;

-- An entry as it stands now. Internal.
create function shap_v1.entry_shown(council bigint, record_id bigint) returns shap_v1.register_entry
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select row(e.code, e.name, e.kind, o.code, e.aliases, l.recorded_at, e.record_id, u.day,
                       null)::shap_v1.register_entry
              from shap.register_entry e
              join shap.organisation o on o.id = e.organisation_id
              join shap.link l on l.council_id = e.council_id and l.number = e.link
              left join shap.counter_act u on u.council_id = e.council_id and u.of_record = e.record_id
             where e.council_id = council and e.record_id = entry_shown.record_id);
end
$$;

-- Says what a code stands for; an earlier entry of the code stays on record. What it resolves in the plans is read
-- again. Where it says just what stands nothing is recorded. Refuses a missing code, name or kind (RPC03), an unknown organisation (RPC05).
-- Tables written: register_entry, who_reading, share, link.
create function shap_v1.add_register_entry(code text, name text, kind shap_v1.register_kind, organisation text,
                                           aliases text[]) returns shap_v1.register_entry
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council constant bigint := shap.council_of(null);
    spelling constant text := shap_v1.clean_spelling('the code', add_register_entry.code, 100);
    called constant text := shap_v1.clean_spelling('the name', add_register_entry.name, 200);
    others constant text[] := coalesce((select array_agg(shap_v1.clean_spelling('an alias', a.alias, 100) order by a.n)
        from unnest(add_register_entry.aliases) with ordinality a (alias, n) where a.alias ~ '\S'), '{}');
    belongs bigint;
    made_in bigint;
    made bigint;
    shown shap_v1.register_entry;
begin
    if add_register_entry.kind is null then
        raise exception using errcode = 'RPC03', message = 'the kind is missing',
            hint = 'A kind is one of post, body, organisation.';
    end if;
    if cardinality(others) > 50 then
        raise exception using errcode = 'RPC03', message = 'more than 50 aliases', hint = 'Leave out what nobody writes.';
    end if;
    belongs := case when nullif(btrim(add_register_entry.organisation), '') is null then shap.own_organisation(council)
                    else shap.organisation_of(add_register_entry.organisation) end;
    select r.record_id into made from shap.register_at(council, null) r
     where (r.code, r.name, r.kind, r.organisation_id, r.aliases) = (spelling, called, add_register_entry.kind::text, belongs, others);
    if made is not null then
        shown := shap_v1.entry_shown(council, made);
        shown.unchanged := true;
        return shown;
    end if;
    made_in := shap.take_link(council, shap.caller());
    insert into shap.register_entry (council_id, link, place, code, name, kind, organisation_id, aliases, membership_id)
    select council, made_in, count(*) + 1, spelling, called, add_register_entry.kind::text, belongs, others, shap.caller()
      from shap.register_entry e where e.council_id = council and e.link = made_in
    returning record_id into made;
    perform shap.reread_whos(council, array[spelling, called] || others, made_in);
    return shap_v1.entry_shown(council, made);
end
$$;
grant execute on function shap_v1.add_register_entry(text, text, shap_v1.register_kind, text, text[])
    to shap_coordinator;

-- Revokes an entry, with a reason: the one before it of the same code counts again, or the register does not hold the
-- code. What it resolved in the plans is read again. Refuses one the caller does not see (NOT_FOUND), no reason and a
-- day before the entry was made (INVALID_ARGUMENT), one that is revoked already (ABORTED), one a doubt is settled with
-- (FAILED_PRECONDITION). Tables written: counter_act, who_reading, share, doubt, personal_text, link.
create function shap_v1.revoke_register_entry(record_id bigint, reason text, day date) returns shap_v1.register_entry
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.register_entry;
    undone shap.counter_act;
    made_on date;
begin
    select e.* into revoked from shap.register_entry e
     where e.council_id = any (shap.councils()) and e.record_id = revoke_register_entry.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no entry of the register with the record number %s',
                             coalesce(revoke_register_entry.record_id::text, '""')),
            hint = 'Entries are listed with their numbers by: shap register list';
    end if;
    perform shap.take_link(revoked.council_id, shap.caller());
    perform shap.check_stands(revoked.council_id, revoked.record_id, 'the register entry');
    perform shap.check_settles_nothing(revoked);
    made_on := (select (l.recorded_at at time zone c.zone)::date
                  from shap.link l join shap.council c on c.id = l.council_id
                 where l.council_id = revoked.council_id and l.number = revoked.link);
    undone := shap.undo(revoked.council_id, null, null, revoked.record_id, 'register_entry', made_on,
                        revoke_register_entry.day, revoke_register_entry.reason);
    perform shap.read_again(undone, array(
        select w.record_id from shap.who_reading w
         where w.council_id = revoked.council_id and lower(w.code) = lower(revoked.code) and w.membership_id is null
           and not exists (select from shap.who_reading l where l.council_id = w.council_id and l.replaces = w.record_id)
         order by w.record_id));
    return shap_v1.entry_shown(revoked.council_id, revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_register_entry(bigint, text, date) to shap_coordinator;

-- The register as known at the end of a day (absent: now), by code. Read-only.
create function shap_v1.list_register(known_at date) returns setof shap_v1.register_entry
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select r.code, r.name, r.kind::shap_v1.register_kind, o.code, r.aliases, l.recorded_at, r.record_id, null::date, null::boolean
      from unnest(shap.councils()) c (id)
     cross join lateral (select shap.link_at(c.id, known_at) as link offset 0) k -- asked once
     cross join lateral shap.register_at(c.id, k.link) r
      join shap.organisation o on o.id = r.organisation_id
      join shap.link l on l.council_id = c.id and l.number = r.at_link
     order by c.id, lower(r.code) collate "C";
end
$$;
grant execute on function shap_v1.list_register(date) to shap_contributor, shap_reader, shap_coordinator, shap_panel;
