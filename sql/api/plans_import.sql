-- Service Plans, the way in: parts, comparison, the version made of them.

-- Takes one part of a document; the same part again is answered the same. Refuses a part that cannot be (RPC03), other
-- content under the same number (RPC06), a document that is too large (RPC08), an import that is finished (RPC09).
-- Tables written: import_part, link.
create function shap_v1.send_import_part(import_id uuid, council text, year text, file_name text, part integer,
                                         rows shap_v1.plan_row[], original bytea) returns shap_v1.import_progress
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council_key constant bigint := shap.council_of(send_import_part.council);
    year_code constant text := shap.year_code(send_import_part.year);
    called constant text := shap.clean_name('the file''s name', send_import_part.file_name);
    cells constant jsonb := coalesce(to_jsonb(send_import_part.rows), '[]');
    bytes constant bytea := coalesce(send_import_part.original, '');
    content constant bytea := sha256(sha256(convert_to(cells::text, 'UTF8')) || sha256(bytes)
                                    || convert_to(year_code || '/' || called, 'UTF8'));
    sent record;
begin
    if send_import_part.import_id is null or coalesce(send_import_part.part, 0) not between 1 and 10000 then
        raise exception using errcode = 'RPC03', message = 'an import needs an id, and parts numbered from 1 to 10000',
            hint = 'Make a UUID for the import and number its parts.';
    end if;
    if (exists (select from shap.plan_version v
                 where v.council_id = council_key and v.import_id = send_import_part.import_id)
        or exists (select from shap.import_unchanged u
                    where u.council_id = council_key and u.import_id = send_import_part.import_id))
       and not exists (select from shap.import_part p
                        where p.council_id = council_key and p.import_id = send_import_part.import_id
                          and p.part = send_import_part.part and p.digest = content) then
        raise exception using errcode = 'RPC09', message = 'this import is finished',
            hint = 'Import the file under a new id: that makes a new version.';
    end if;
    if not exists (select from shap.import_part p
                    where p.council_id = council_key and p.import_id = send_import_part.import_id
                      and p.part = send_import_part.part) then
        perform shap.take_link(council_key, shap.caller());
        insert into shap.import_part (council_id, import_id, part, plan_code, file_name, rows, n_rows, original, digest,
                                      membership_id, received_at)
        values (council_key, send_import_part.import_id, send_import_part.part, year_code, called, cells,
                jsonb_array_length(cells), bytes, content, shap.caller(), shap.clock())
        on conflict do nothing;
    end if;
    select count(*)::integer as parts, sum(p.n_rows)::integer as rows, sum(length(p.original)) as bytes,
           bool_or(p.part = send_import_part.part and p.digest <> content) as is_other
      into sent from shap.import_part p
     where p.council_id = council_key and p.import_id = send_import_part.import_id;
    if sent.is_other then
        raise exception using errcode = 'RPC06',
            message = format('part %s of this import has arrived with other content', send_import_part.part),
            hint = 'Import the file under a new id.';
    end if;
    if sent.bytes > 64 * 1024 * 1024 or sent.rows > 20000 then
        raise exception using errcode = 'RPC08',
            message = format('the file is too large: %s rows, %s bytes so far', sent.rows, sent.bytes),
            hint = 'A plan has at most 20,000 rows and 64 MB.';
    end if;
    return row(sent.parts, sent.rows, sent.bytes)::shap_v1.import_progress;
end
$$;
grant execute on function shap_v1.send_import_part(uuid, text, text, text, integer, shap_v1.plan_row[], bytea)
    to shap_coordinator;

-- What rows change against others, row by row: added and reworded in the order of the new ones, then removed. Internal.
create function shap_v1.changes_between(before shap.milestone[], after shap.milestone[]) returns setof shap_v1.plan_change
language plpgsql immutable set search_path = pg_catalog, pg_temp set jit = off as $$
begin
    return query
    with new as (select r as m, r.reference, r.line, r.place from unnest(changes_between.after) r),
    old as (select r as m, r.reference, r.place from unnest(changes_between.before) r)
    select (case when c.is_new then 'added' when c.is_old then 'removed' else 'reworded' end)::shap_v1.plan_change_kind,
           c.reference, c.line, c.field, c.before, c.after
      from (select n.reference, n.line, null::text as field, null::text as before, (n.m).milestone as after,
                   n.place, 0::bigint as n, true as is_new, false as is_old
              from new n where not exists (select from old o where o.reference = n.reference)
            union all
            select n.reference, n.line, b."column", a.cell, b.cell, n.place, b.n, false, false
              from new n join old o on o.reference = n.reference
             cross join lateral (select c.*, row_number() over () as n from shap.cells(n.m) c) b
              join lateral shap.cells(o.m) a on a."column" = b."column"
             where a.cell <> b.cell
            union all
            select o.reference, null, null, (o.m).milestone, null, o.place, 0, false, true
              from old o where not exists (select from new n where n.reference = o.reference)) c
     order by c.is_old, c.place, c.n;
end
$$;

-- What stands on record of milestones of a plan that are not among these: what follows what or is independent of it, what is
-- the same work, whom a milestone was shared with by hand, where it comes from. None of it goes to another number. Internal.
create function shap_v1.left_behind(council bigint, plan_id bigint, "references" text[]) returns setof shap_v1.plan_change
language sql stable
begin atomic
    select row('left_behind', s.missing, null, s.kind, format('%s (record %s)', s.said, s.record_id), null)::shap_v1.plan_change
      from (select a.*, (select b.reference from unnest(a.about) with ordinality b (reference, place)
                          where b.reference <> all (left_behind."references") order by b.place limit 1) as missing
              from (select 1 as place, o.record_id, shap.order_kind(o.kind) as kind, array[o.reference, o.step] as about,
                           format(case o.kind when 'after' then '%s follows %s' else '%s is independent of %s' end,
                                  o.reference, o.step) as said
                      from shap.milestone_order o where o.council_id = council and o.plan_id = left_behind.plan_id
                    union all
                    select 2, w.record_id, 'same_work', w."references", array_to_string(w."references", ', ') || ' are the same work'
                      from shap.same_work w where w.council_id = council and w.plan_id = left_behind.plan_id
                    union all
                    select 3, h.record_id, 'share', array[h.reference], format('%s is shared with %s', h.reference, g.code)
                      from shap.share h join shap.organisation g on g.id = h.organisation_id
                     where h.council_id = council and h.plan_id = left_behind.plan_id and h.origin = 'added'
                    union all
                    select 4, k.record_id, 'carry', array[k.reference],
                           format('%s comes from %s %s', k.reference, shap.plan_name(k.from_council_id, k.from_plan_id),
                                  k.from_reference)
                      from shap.carry k where k.council_id = council and k.plan_id = left_behind.plan_id) a) s
     where s.missing is not null
       and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = s.record_id)
     order by s.place, s.record_id;
end;

-- A version as it is shown, with what it left behind. Internal.
create function shap_v1.version_told(council bigint, plan_id bigint, version integer) returns shap_v1.plan_version
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    told shap_v1.plan_version := shap_v1.version_shown(council, plan_id, version, null);
begin
    told.left_behind := array(
        select b::shap_v1.plan_change
          from shap_v1.left_behind(council, plan_id, array(
                   select m.reference from shap.milestone m
                    where m.council_id = council and m.plan_id = version_told.plan_id
                      and m.version = version_told.version)) b);
    return told;
end
$$;

-- What an import would change against the latest version of its plan, row by row: added and reworded in the order of
-- the file, then removed, then what it would leave behind. Refuses what finish_import refuses, but for the bytes. Read-only.
create function shap_v1.compare_import(import_id uuid, council text, parts integer) returns setof shap_v1.plan_change
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council_key constant bigint := shap.council_of(compare_import.council);
    year_code constant text := (shap.check_import_parts(council_key, compare_import.import_id, compare_import.parts)
                               ).plan_code;
    plan_key bigint;
    document shap.milestone[];
begin
    perform shap.check_import_rows(council_key, compare_import.import_id);
    select p.id into plan_key from shap.plan p
     where p.council_id = council_key and p.code = year_code;
    document := array(select r from shap.import_rows(council_key, compare_import.import_id, null, null) r);
    return query select c.* from shap_v1.changes_between(
        array(select m from shap.milestone m
               where m.council_id = council_key and m.plan_id = plan_key
                 and m.version = shap.latest_version(council_key, plan_key)),
        document) c;
    return query select b.*
                   from shap_v1.left_behind(council_key, plan_key, array(select m.reference from unnest(document) m)) b;
end
$$;
grant execute on function shap_v1.compare_import(uuid, text, integer) to shap_coordinator;

-- Whether the rows of an import are those of a version, cell for cell and in its order. Internal.
create function shap_v1.import_says(council bigint, import_id uuid, plan_id bigint, version integer) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    before constant shap.milestone[] := array(
        select m from shap.milestone m
         where m.council_id = council and m.plan_id = import_says.plan_id and m.version = import_says.version order by m.place);
    after constant shap.milestone[] := array(
        select r from shap.import_rows(council, import_says.import_id, null, null) r order by r.place);
begin
    return array(select m.reference from unnest(before) m) = array(select m.reference from unnest(after) m)
           and not exists (select from shap_v1.changes_between(before, after));
end
$$;

-- The version that answered an import which changed nothing: as recorded when it did, and nothing is recorded anew; else
-- the latest version of its plan, where the import says the same, and another title than the plan's is recorded. Else null.
-- Tables written: import_unchanged, plan_description, link. Internal.
create function shap_v1.version_unchanged(council bigint, code text, import_id uuid, title text) returns shap_v1.plan_version
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    found_id constant bigint := (select p.id from shap.plan p where p.council_id = council and p.code = version_unchanged.code);
    latest constant integer := shap.latest_version(council, found_id);
    answered shap.import_unchanged;
    link bigint;
    version shap_v1.plan_version;
begin
    select u.* into answered from shap.import_unchanged u
     where u.council_id = council and u.import_id = version_unchanged.import_id;
    if answered.version is not null then
        version := shap_v1.version_told(council, answered.plan_id, answered.version);
        version.unchanged := true;
        return version;
    end if;
    if latest is null or not shap_v1.import_says(council, version_unchanged.import_id, found_id, latest) then
        return null;
    end if;
    link := shap.take_link(council, shap.caller());
    if title is distinct from (select d.title from shap.description_at(council, found_id, null) d) then
        perform shap.describe_plan(council, found_id, title, null, null, shap.caller(),
                                   case when title is not null then link end);
    end if;
    insert into shap.import_unchanged (council_id, import_id, plan_id, version, membership_id, received_at)
    values (council, version_unchanged.import_id, found_id, latest, shap.caller(), shap.clock())
    on conflict do nothing;
    version := shap_v1.version_told(council, found_id, latest);
    version.unchanged := true;
    return version;
end
$$;

-- Makes a version of all parts sent; called again it answers the same version. What says just what the latest version says
-- makes none, and that one is answered, also when it is the latest no more. Refuses parts missing (RPC09), rows and
-- bytes that are not a plan (RPC03), the same id with another file (RPC06). Tables written: plan, plan_description,
-- plan_version, milestone, when_reading, who_reading, doubt, import_unchanged, link.
create function shap_v1.finish_import(import_id uuid, council text, parts integer, sha256 bytea, title text)
returns shap_v1.plan_version
language plpgsql volatile cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council_key constant bigint := shap.council_of(finish_import.council);
    caller constant bigint := shap.caller();
    called constant text := nullif(btrim(finish_import.title), '');
    import record;
    made record;
    unchanged shap_v1.plan_version;
    link bigint;
    plan_key bigint;
begin
    perform shap.check_text('the title', called, 300);
    import := shap.check_import_parts(council_key, finish_import.import_id, finish_import.parts);
    perform shap.check_import_bytes(council_key, finish_import.import_id, finish_import.sha256);
    if not exists (select from shap.plan_version v
                    where v.council_id = council_key and v.import_id = finish_import.import_id) then
        perform shap.check_import_rows(council_key, finish_import.import_id);
        unchanged := shap_v1.version_unchanged(council_key, import.plan_code, finish_import.import_id, called);
        if unchanged.version is not null then
            return unchanged;
        end if;
        link := shap.take_link(council_key, caller);
    end if;
    select v.plan_id, v.version into made from shap.plan_version v -- again: made meanwhile, in another call
     where v.council_id = council_key and v.import_id = finish_import.import_id;
    if made.version is null then
        plan_key := shap.plan_for(council_key, import.plan_code, link);
        select plan_key as plan_id, shap.make_version(council_key, plan_key, finish_import.import_id, import.file_name,
                                          finish_import.sha256, caller, link) as version into made;
        perform shap.describe_plan(council_key, plan_key, called, null, null, caller, link);
    end if;
    return shap_v1.version_told(council_key, made.plan_id, made.version);
end
$$;
grant execute on function shap_v1.finish_import(uuid, text, integer, bytea, text) to shap_coordinator;
