-- Service Plans: versions, adoption, what a plan is, and what was written in it. Objectives and milestones as they
-- stand are in milestones.sql.

-- A version as it is shown, as known at a link (null: now): with its adoption that stands, else the last that was
-- revoked. Internal.
create function shap_v1.version_shown(council bigint, plan_id bigint, version integer, link bigint)
returns shap_v1.plan_version
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(shap.plan_name(v.council_id, v.plan_id), v.version, l.recorded_at, shap.name_of(v.membership_id),
                   v.file_name, v.sha256, v.n_objectives, v.n_actions, v.n_milestones,
                   (select count(*) from shap.doubt d
                     where d.council_id = v.council_id and d.plan_id = v.plan_id and d.version = v.version
                       and (version_shown.link is null or d.link <= version_shown.link)),
                   case when a.revoked_on is null then a.day end,
                   v.version = coalesce(shap.baseline(v.council_id, v.plan_id, null, version_shown.link), 0),
                   a.record_id, a.revoked_on, null, null)::shap_v1.plan_version
          from shap.plan_version v
          join shap.link l on l.council_id = v.council_id and l.number = v.link
          left join lateral (
               select o.record_id, o.day, u.day as revoked_on
                 from shap.adoption o
                 left join shap.counter_act u on u.council_id = o.council_id and u.of_record = o.record_id
                                             and (version_shown.link is null or u.link <= version_shown.link)
                where o.council_id = v.council_id and o.plan_id = v.plan_id and o.version = v.version
                  and (version_shown.link is null or o.link <= version_shown.link)
                order by u.day is not null, o.link desc, o.record_id desc limit 1) a on true
         where v.council_id = council and v.plan_id = version_shown.plan_id and v.version = version_shown.version);
end
$$;

-- A plan as it is shown as at a day and as known at a link: the version in force, else the latest draft. Null where it
-- was not known yet. Open doubts are counted as they are now, for those with full sight. Internal.
create function shap_v1.plan_shown(council bigint, plan_id bigint, as_at date, link bigint) returns shap_v1.plan
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
    in_force constant integer := shap.version_in_force(council, plan_id, as_at, link);
begin
    return (
        select row(c.code || '/' || p.code, c.code,
                   shap.council_said(council, coalesce(as_at, shap.today(council)), plan_shown.link), replace(p.code, '-', '/'), d.title,
                   shap.text_of(p.council_id, d.lead_officer_digest), shap.text_of(p.council_id, d.author_digest),
                   p.first_day, p.last_day, v.version,
                   (select max(a.day) from shap.adoptions(council, p.id, as_at, plan_shown.link) a
                     where a.version = in_force),
                   v.n_objectives, v.n_actions, v.n_milestones,
                   case when shap.sight() = 'full' then shap.doubts_open(p.council_id, p.id) end)::shap_v1.plan
          from shap.plan p
          join shap.council c on c.id = p.council_id
          join shap.plan_version v on v.council_id = p.council_id and v.plan_id = p.id
                                  and v.version = coalesce(in_force, (
                                      select max(n.version) from shap.plan_version n
                                       where n.council_id = p.council_id and n.plan_id = p.id
                                         and (plan_shown.link is null or n.link <= plan_shown.link)))
          left join lateral shap.description_at(p.council_id, p.id, plan_shown.link) d on true
         where p.council_id = council and p.id = plan_shown.plan_id);
end
$$;

-- Makes a version the plan in force from a day; the first one adopted is the baseline. Shares its milestones with the
-- organisations their WHO names and, where it was rolled, those that they were shared with by hand. Refuses an unknown version (RPC05), a day to come (RPC03), a version that is in force
-- or older than that, and a day before the last adoption (RPC09). Tables written: adoption, share, personal_text, link.
create function shap_v1.adopt_plan(plan text, version integer, day date, note text) returns shap_v1.plan_version
language plpgsql volatile cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    found record := shap.plan_of(adopt_plan.plan);
    link bigint;
    chosen integer;
    decided constant date := shap.check_day(found.council_id, 'the day of the adoption', adopt_plan.day);
    last record;
begin
    perform shap.check_text('the note', adopt_plan.note, 2000);
    link := shap.take_link(found.council_id, shap.caller());
    chosen := coalesce(adopt_plan.version, shap.latest_version(found.council_id, found.plan_id));
    if not exists (select from shap.plan_version v where v.council_id = found.council_id
                      and v.plan_id = found.plan_id and v.version = chosen) then
        raise exception using errcode = 'RPC05', message = format('there is no version %s of this plan', chosen),
            hint = 'Its versions are listed by: shap plan versions';
    end if;
    select a.version, a.day into last from shap.adoptions(found.council_id, found.plan_id, null, null) a
     order by a.day desc, a.at_link desc limit 1;
    if chosen <= last.version then
        raise exception using errcode = 'RPC09',
            message = case when chosen = last.version
                           then format('version %s is in force already, since %s', chosen, shap.day_said(last.day))
                           else format('version %s is older than version %s, which is in force', chosen, last.version) end,
            hint = 'Import the document that was decided on; that makes a newer version.';
    end if;
    if decided < last.day then
        raise exception using errcode = 'RPC09',
            message = format('version %s was adopted on %s, which is later', last.version, shap.day_said(last.day)),
            hint = 'Give the day this version was decided on.';
    end if;
    insert into shap.adoption (council_id, plan_id, version, day, note_digest, membership_id, link)
    values (found.council_id, found.plan_id, chosen, decided, shap.keep_text(found.council_id, adopt_plan.note),
            shap.caller(), link);
    perform shap.share_named(found.council_id, found.plan_id, null, decided, null, link);
    perform shap.share_carried(found.council_id, found.plan_id, chosen, decided, shap.caller(), link);
    return shap_v1.version_told(found.council_id, found.plan_id, chosen);
end
$$;
grant execute on function shap_v1.adopt_plan(text, integer, date, text) to shap_coordinator;

-- Revokes an adoption, with a reason: the one before it is in force again, or the plan is a draft again, from a day on.
-- What was shared because of it alone is shared no more; returns stay on record. Refuses one the caller does not see
-- (NOT_FOUND), no reason and a day before the adoption's (INVALID_ARGUMENT), one that is revoked already (ABORTED), one
-- that another followed (FAILED_PRECONDITION). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_adoption(record_id bigint, reason text, day date) returns shap_v1.plan_version
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.adoption;
    undone shap.counter_act;
begin
    select a.* into revoked from shap.adoption a
     where a.council_id = any (shap.councils()) and a.record_id = revoke_adoption.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no adoption with the record number %s', coalesce(revoke_adoption.record_id::text, '""')),
            hint = 'Adoptions are listed with their numbers by: shap plan versions';
    end if;
    perform shap.take_link(revoked.council_id, shap.caller());
    perform shap.check_stands(revoked.council_id, revoked.record_id, 'the adoption');
    perform shap.check_adopted_last(revoked);
    undone := shap.undo(revoked.council_id, revoked.plan_id, null, revoked.record_id, 'adoption', revoked.day,
                        revoke_adoption.day, revoke_adoption.reason);
    perform shap.end_unnamed(undone, revoked.plan_id, null);
    return shap_v1.version_shown(revoked.council_id, revoked.plan_id, revoked.version, null);
end
$$;
grant execute on function shap_v1.revoke_adoption(bigint, text, date) to shap_coordinator;

-- Says what a plan is called, who leads and who writes the papers; what is absent stays as it was. Refuses a
-- description without content (RPC03). Tables written: plan_description, personal_text, link.
create function shap_v1.describe_plan(plan text, title text, lead_officer text, author text) returns shap_v1.plan
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant record := shap.plan_of(plan);
    caller constant bigint := shap.caller();
begin
    if coalesce(btrim(title), btrim(lead_officer), btrim(author), '') = '' then
        raise exception using errcode = 'RPC03', message = 'nothing is said about the plan',
            hint = 'Give a title, a lead officer or an author.';
    end if;
    perform shap.check_text('the title', title, 300), shap.check_text('the lead officer', lead_officer, 200),
            shap.check_text('the author', author, 200);
    perform shap.describe_plan(found.council_id, found.plan_id, nullif(btrim(title), ''),
                               nullif(btrim(lead_officer), ''), nullif(btrim(author), ''), caller,
                               shap.take_link(found.council_id, caller));
    return shap_v1.plan_shown(found.council_id, found.plan_id, null, null);
end
$$;
grant execute on function shap_v1.describe_plan(text, text, text, text) to shap_coordinator;

-- One plan as at a day and as known at the end of a day. Refuses an unknown plan (RPC05). Read-only.
create function shap_v1.get_plan(plan text, as_at date, known_at date) returns shap_v1.plan
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant record := shap.plan_of(plan);
begin
    perform shap.check_calendar('as at', as_at);
    return shap_v1.plan_shown(found.council_id, found.plan_id, as_at, shap.link_at(found.council_id, known_at));
end
$$;
grant execute on function shap_v1.get_plan(text, date, date) to shap_contributor, shap_reader, shap_coordinator,
    shap_panel;

-- The plans the caller can see, by council and year. Read-only.
create function shap_v1.list_plans() returns setof shap_v1.plan
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select s.* from shap.plan p
      join shap.council c on c.id = p.council_id
     cross join lateral shap_v1.plan_shown(p.council_id, p.id, null, null) s
     order by c.code collate "C", p.code collate "C";
end
$$;
grant execute on function shap_v1.list_plans() to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- The versions of a plan as known at the end of a day (absent: now), in order. Refuses an unknown plan (RPC05).
-- Read-only.
create function shap_v1.list_versions(plan text, known_at date default null) returns setof shap_v1.plan_version
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant record := shap.plan_of(plan);
    latest constant bigint := shap.link_at(found.council_id, known_at);
begin
    return query
    select s.* from shap.plan_version v
     cross join lateral shap_v1.version_shown(v.council_id, v.plan_id, v.version, latest) s
     where v.council_id = found.council_id and v.plan_id = found.plan_id and v.link <= latest
     order by v.version;
end
$$;
grant execute on function shap_v1.list_versions(text, date) to shap_reader, shap_coordinator, shap_panel;

-- The version that is meant: the one named, else the one in force, else the latest. Refuses an unknown one (RPC05).
-- Internal.
create function shap_v1.version_meant(council bigint, plan_id bigint, version integer) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    meant constant integer := coalesce(version, shap.version_in_force(council, plan_id, null, null),
                                       shap.latest_version(council, plan_id));
begin
    if not exists (select from shap.plan_version v where v.council_id = council
                      and v.plan_id = version_meant.plan_id and v.version = meant) then
        raise exception using errcode = 'RPC05', message = format('there is no version %s of this plan', meant),
            hint = 'Its versions are listed by: shap plan versions';
    end if;
    return meant;
end
$$;

-- The rows of a version in the order of the document, cell for cell as they were written. Read-only.
create function shap_v1.export_plan(plan text, version integer) returns setof shap_v1.plan_row
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant record := shap.plan_of(plan);
    meant constant integer := shap_v1.version_meant(found.council_id, found.plan_id, version);
begin
    return query
    select m.line, m.objective_code, m.objective_heading, m.objective_title, m.purpose, m.action_no_written, m.action,
           m.milestone_no_written, m.milestone, m.who, m."when", m.measure
      from shap.milestone m
     where m.council_id = found.council_id and m.plan_id = found.plan_id and m.version = meant
     order by m.place;
end
$$;
grant execute on function shap_v1.export_plan(text, integer) to shap_reader, shap_coordinator, shap_panel;

-- The bytes of the file a version was imported from, part by part. Read-only.
create function shap_v1.export_original(plan text, version integer) returns setof shap_v1.file_part
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant record := shap.plan_of(plan);
    meant constant integer := shap_v1.version_meant(found.council_id, found.plan_id, version);
begin
    return query
    select p.file_name, p.original
      from shap.plan_version v
      join shap.import_part p on p.council_id = v.council_id and p.import_id = v.import_id
     where v.council_id = found.council_id and v.plan_id = found.plan_id and v.version = meant
     order by p.part;
end
$$;
grant execute on function shap_v1.export_original(text, integer) to shap_reader, shap_coordinator, shap_panel;
