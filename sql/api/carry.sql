-- Service Carry: the next year's draft, started from the plan in force, and where its milestones come from.

create type shap_v1.carry_outcome as enum ('carried', 'left', 'dropped', 'new');

create type shap_v1.roll as (
    plan text,
    version integer,
    made boolean,
    from_plan text,
    from_version integer,
    as_at date,
    carried integer,
    open integer,
    ongoing integer,
    "left" integer,
    complete integer,
    signed_off integer,
    will_not_be_delivered integer,
    doubts_open integer,
    edited_version integer,
    changes shap_v1.plan_change[],
    orders integer,
    same_work integer,
    shares integer
);

create type shap_v1.carried_milestone as (
    outcome shap_v1.carry_outcome,
    plan text,
    reference text,
    from_plan text,
    from_reference text,
    milestone text,
    "when" text,
    from_when text,
    from_class shap_v1.milestone_class,
    ongoing boolean,
    record_id bigint,
    reason text,
    revoked_on date
);

-- The council and year a caller names for a plan that need not be there yet, and the plan of the year before or the one
-- named. Refuses what is no plan's name, a plan that does not exist for the caller, and one that is not earlier. Internal.
create function shap_v1.roll_of(plan text, from_name text, out council_id bigint, out code text, out from_council_id bigint,
                                out from_plan_id bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    parts constant text[] := regexp_match(plan, '^\s*(?:([^/\s]+)\s*/\s*)?(\d{4}\s*[-/]\s*\d{2,4})\s*$');
    year integer;
begin
    if parts is null then
        raise exception using errcode = 'RPC03', message = format('"%s" is not the year of a plan', coalesce(left(plan, 60), '')),
            hint = 'Name the year that the new plan is for, such as 2011/12.';
    end if;
    council_id := shap.council_of(parts[1]);
    code := shap.year_code(parts[2]);
    year := left(code, 4)::integer;
    select n.council_id, n.plan_id into from_council_id, from_plan_id
      from shap.plan_of(coalesce(nullif(btrim(from_name), ''),
                                 concat(parts[1] || '/', year - 1, '-', right(year::text, 2)))) n;
    if (select p.code from shap.plan p where p.council_id = from_council_id and p.id = from_plan_id) >= roll_of.code then
        raise exception using errcode = 'RPC03',
            message = format('%s is not earlier than %s', shap.plan_name(from_council_id, from_plan_id), code),
            hint = 'A plan goes on from one of an earlier year.';
    end if;
end
$$;

-- Takes the links of the two councils that a milestone's link is about, often the same: both their plans show it. Returns
-- the first's. Tables written: link. Internal.
create function shap_v1.take_both(council bigint, from_council bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.take_links(array[council, from_council], shap.caller());
    return shap.take_link(council, shap.caller());
end
$$;

-- What a roll would come to, of which "made", "version" and the doubts are not known yet: counts, and the changes against
-- the latest version there is. Internal.
create function shap_v1.roll_counted(rolled shap.rolled_row[], document shap.milestone[], council bigint, plan_id bigint)
returns shap_v1.roll
language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    latest constant integer := shap.latest_version(council, plan_id);
    roll shap_v1.roll;
begin
    select count(*) filter (where r.is_carried), count(*) filter (where r.is_carried and not r.is_ongoing),
           count(*) filter (where r.is_carried and r.is_ongoing), count(*) filter (where not r.is_carried),
           count(*) filter (where not r.is_carried and r.class = 'complete'),
           count(*) filter (where not r.is_carried and r.class = 'signed_off'),
           count(*) filter (where not r.is_carried and r.class = 'will_not_be_delivered')
      into roll.carried, roll.open, roll.ongoing, roll."left", roll.complete, roll.signed_off, roll.will_not_be_delivered
      from unnest(rolled) r;
    roll.made := false;
    roll.version := latest;
    if latest is not null then
        roll.changes := array(
            select c::shap_v1.plan_change
              from shap_v1.changes_between(
                       array(select m from shap.milestone m
                              where m.council_id = council and m.plan_id = roll_counted.plan_id and m.version = latest),
                       document) c);
        if cardinality(roll.changes) > 0 and not exists (
               select from shap.roll l where l.council_id = council and l.plan_id = roll_counted.plan_id and l.version = latest) then
            roll.edited_version := latest;
        end if;
    end if;
    return roll;
end
$$;

-- Refuses to roll into a plan that is adopted, or from one that was not by a day. Internal.
create function shap_v1.check_roll(council bigint, plan_id bigint, from_council bigint, from_plan bigint, day date, known bigint)
returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    adopted constant integer := shap.version_in_force(council, plan_id, null, null);
begin
    if adopted is not null then
        raise exception using errcode = 'RPC09',
            message = format('%s is adopted already: version %s is in force', shap.plan_name(council, plan_id), adopted),
            hint = 'What is still to go into it is a later document, imported with: shap plan import';
    end if;
    if shap.version_in_force(from_council, from_plan, day, known) is null then
        raise exception using errcode = 'RPC09',
            message = format('%s was not adopted as at %s', shap.plan_name(from_council, from_plan), day),
            hint = 'A plan goes on from one that is in force: adopt it first with: shap plan adopt';
    end if;
end
$$;

-- Declares in a plan what goes on with its milestones, and counts it; without a link it only counts. Shares are counted
-- here and given when the plan is adopted. Tables written: see roll_plan. Internal.
create function shap_v1.roll_declared(counted shap_v1.roll, about record, plan_id bigint, document shap.milestone[],
                                      known bigint, link bigint) returns shap_v1.roll
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    roll shap_v1.roll := counted;
    carried constant text[] := array(select m.reference from unnest(document) m);
    orders constant shap.milestone_order[] := array(
        select o from shap.orders_going_on(about.from_council_id, about.from_plan_id, carried, roll.as_at, known) o);
    works constant shap.same_work[] := array(
        select w from shap.same_work_going_on(about.from_council_id, about.from_plan_id, carried, roll.as_at, known) w);
begin
    roll.orders := cardinality(orders);
    roll.same_work := cardinality(works);
    roll.shares := (select count(*) from shap.shares_going_on(about.from_council_id, about.from_plan_id, carried, roll.as_at, known));
    if link is not null then
        perform shap.carry_orders(orders, about.council_id, plan_id, roll.as_at, shap.caller(), link);
        perform shap.carry_same_work(works, about.council_id, plan_id, roll.as_at, shap.caller(), link);
        roll.doubts_open := shap.doubts_open(about.council_id, plan_id);
    end if;
    return roll;
end
$$;

-- Keeps a rolled document as the next version of the plan, where anything differs, with its links; returns the roll with
-- what is known of it now. Tables written: see roll_plan. Internal.
create function shap_v1.roll_made(counted shap_v1.roll, about record, plan_id bigint, rolled shap.rolled_row[],
                                  document shap.milestone[], known bigint, link bigint) returns shap_v1.roll
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    roll shap_v1.roll := counted;
    caller constant bigint := shap.caller();
    file_name constant text := format('%s as at %s.csv', replace(roll.from_plan, '/', '-'), roll.as_at);
    import record;
begin
    roll.made := roll.version is null or cardinality(roll.changes) > 0;
    if roll.made then
        import := shap.import_document(about.council_id, about.code, file_name, document, caller);
        roll.version := shap.keep_version(about.council_id, plan_id, import.import_id, file_name, import.sha256, caller, link);
    end if;
    insert into shap.roll (council_id, plan_id, version, from_council_id, from_plan_id, from_version, from_link, day,
                           membership_id, link)
    values (about.council_id, plan_id, roll.version, about.from_council_id, about.from_plan_id, roll.from_version, known,
            roll.as_at, caller, link);
    if roll.made then
        perform shap.carry_readings(rolled, roll.as_at, about.council_id, plan_id, roll.version, link);
        perform shap.read_version(about.council_id, plan_id, roll.version, link);
    end if;
    perform shap.carry_links(rolled, roll.as_at, about.council_id, plan_id, caller, link);
    return shap_v1.roll_declared(roll, about, plan_id, document, known, link);
end
$$;

-- Says what a plan that was rolled is called, and who leads and writes it: as the one it goes on from, with its own year,
-- where nothing was said yet. Tables written: plan_description, personal_text. Internal.
create function shap_v1.describe_rolled(about record, plan_id bigint, title text, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    old record;
begin
    select d.title, shap.text_left(about.from_council_id, d.lead_officer_digest) as lead_officer,
           shap.text_left(about.from_council_id, d.author_digest) as author, replace(p.code, '-', '/') as year
      into old
      from shap.plan p
     cross join lateral shap.description_at(p.council_id, p.id, null) d
     where p.council_id = about.from_council_id and p.id = about.from_plan_id
       and not exists (select from shap.description_at(about.council_id, plan_id, null));
    perform shap.describe_plan(about.council_id, plan_id,
                               coalesce(title, replace(old.title, old.year, replace(about.code, '-', '/'))),
                               old.lead_officer, old.author, shap.caller(), link);
end
$$;

-- Starts the draft of a year's plan from the plan in force as at a day, with what is open or ongoing; each milestone is
-- linked to the one it comes from, and what was declared of them by then goes on with them, and with whom they were shared
-- by hand. Again, on a draft, it makes another version where anything differs. Refuses what is no
-- year, a plan that is not earlier, a day to come (INVALID_ARGUMENT), a plan that is not there (NOT_FOUND); a plan that is
-- adopted already, one to go on from that was not adopted by then, and one where nothing goes on (FAILED_PRECONDITION).
-- Tables written: plan, plan_description, import_part, plan_version, milestone, when_reading, who_reading, doubt, roll,
-- carry, milestone_order, same_work, doubt_settlement, personal_text, link.
create function shap_v1.roll_plan(plan text, "from" text, as_at date, title text, dry_run boolean) returns shap_v1.roll
language plpgsql volatile cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    about constant record := shap_v1.roll_of(plan, "from");
    day constant date := shap.check_day(about.from_council_id, 'as at', as_at);
    called constant text := nullif(btrim(title), '');
    link constant bigint := case when not coalesce(dry_run, false)
                                 then shap_v1.take_both(about.council_id, about.from_council_id) end;
    known constant bigint := shap.link_at(about.from_council_id, null);
    plan_id bigint := (select p.id from shap.plan p where p.council_id = about.council_id and p.code = about.code);
    rolled shap.rolled_row[];
    document shap.milestone[];
    roll shap_v1.roll;
begin
    perform shap.check_text('the title', called, 300);
    perform shap_v1.check_roll(about.council_id, plan_id, about.from_council_id, about.from_plan_id, day, known);
    rolled := array(select r from shap.rolled(about.from_council_id, about.from_plan_id, day, known,
                                              make_date(left(about.code, 4)::integer, 4, 1)) r);
    document := shap.rolled_document(rolled);
    if cardinality(document) = 0 then
        raise exception using errcode = 'RPC09',
            message = format('nothing in %s is open or ongoing as at %s',
                             shap.plan_name(about.from_council_id, about.from_plan_id), day),
            hint = 'Start the new plan with: shap plan import';
    end if;
    roll := shap_v1.roll_counted(rolled, document, about.council_id, plan_id);
    roll.plan := (select c.code || '/' || about.code from shap.council c where c.id = about.council_id);
    roll.from_plan := shap.plan_name(about.from_council_id, about.from_plan_id);
    roll.from_version := (rolled[1].milestone).version;
    roll.as_at := day;
    if link is null then
        return shap_v1.roll_declared(roll, about, plan_id, document, known, null);
    end if;
    plan_id := shap.plan_for(about.council_id, about.code, link);
    perform shap_v1.describe_rolled(about, plan_id, called, link);
    return shap_v1.roll_made(roll, about, plan_id, rolled, document, known, link);
end
$$;
grant execute on function shap_v1.roll_plan(text, text, date, text, boolean) to shap_coordinator;

-- What became of the milestones of the plan that a plan was rolled from, as at the last roll and as they are linked now, in
-- that plan's order; then what is new in it. Internal.
create function shap_v1.carried_shown(last shap.roll) returns setof shap_v1.carried_milestone
language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    now_in constant integer := coalesce(shap.version_in_force(last.council_id, last.plan_id, null, null),
                                        shap.latest_version(last.council_id, last.plan_id));
    started constant date := (select p.first_day from shap.plan p where p.council_id = last.council_id and p.id = last.plan_id);
begin
    return query
    with old as materialized (
        select r.*, (r.milestone).place as place, (r.milestone).reference as reference
          from shap.rolled(last.from_council_id, last.from_plan_id, last.day, last.from_link, started) r),
    link as materialized (
        select k.*, m.milestone, m."when", m.place
          from shap.carries(last.council_id, last.plan_id, null, null) k
          join shap.milestone m on m.council_id = k.council_id and m.plan_id = k.plan_id and m.version = now_in
                               and m.reference = k.reference),
    shown as (
        select case when not o.is_carried and k.record_id is null then 'left' when k.record_id is null then 'dropped'
                    else 'carried' end as outcome,
               k.reference, o.reference as from_reference, coalesce(k.milestone, (o.milestone).milestone) as milestone, k."when",
               o.programmed_when, o.class, o.is_ongoing, k.record_id, k.reason_digest, 1 as part, o.place, k.place as new_place
          from old o
          left join link k on k.from_council_id = last.from_council_id and k.from_plan_id = last.from_plan_id
                          and k.from_reference = o.reference
        union all
        select 'new', m.reference, null, m.milestone, m."when", null, null, null, null, null, 2, m.place, null
          from shap.milestone m
         where m.council_id = last.council_id and m.plan_id = last.plan_id and m.version = now_in
           and not exists (select from link k where k.reference = m.reference))
    select s.outcome::shap_v1.carry_outcome, shap.plan_name(last.council_id, last.plan_id), s.reference,
           shap.plan_name(last.from_council_id, last.from_plan_id), s.from_reference, s.milestone, s."when",
           s.programmed_when, s.class::shap_v1.milestone_class, s.is_ongoing, s.record_id,
           shap.text_of(last.council_id, s.reason_digest), null::date
      from shown s order by s.part, s.place, s.new_place;
end
$$;

-- What became of each milestone when a plan (started by it, or gone on from; absent: the latest) was rolled, and what is new.
-- Refuses a plan that was not (FAILED_PRECONDITION) and an unknown one (NOT_FOUND). Read-only.
create function shap_v1.list_carried(plan text, outcome shap_v1.carry_outcome) returns setof shap_v1.carried_milestone
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    found record;
    last shap.roll;
begin
    if nullif(btrim(list_carried.plan), '') is not null then
        found := shap.plan_of(list_carried.plan);
        select l.* into last from shap.roll l
         where (l.council_id, l.plan_id) = (found.council_id, found.plan_id)
            or (l.from_council_id, l.from_plan_id) = (found.council_id, found.plan_id)
         order by l.plan_id = found.plan_id desc, l.record_id desc limit 1;
    else
        select l.* into last from shap.roll l join shap.plan p on p.council_id = l.council_id and p.id = l.plan_id
         order by p.first_day desc, l.record_id desc limit 1;
    end if;
    if last.record_id is null then
        raise exception using errcode = 'RPC09', message = 'this plan was not rolled: nothing was carried over',
            hint = 'A plan is started from the one before it with: shap plan roll';
    end if;
    return query select c.* from shap_v1.carried_shown(last) c
                  where list_carried.outcome is null or c.outcome = list_carried.outcome;
end
$$;
grant execute on function shap_v1.list_carried(text, shap_v1.carry_outcome) to shap_reader, shap_coordinator, shap_panel;

-- One link as it stands now. Internal.
create function shap_v1.carry_shown(council bigint, record_id bigint) returns shap_v1.carried_milestone
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row('carried', shap.plan_name(k.council_id, k.plan_id), k.reference,
                   shap.plan_name(k.from_council_id, k.from_plan_id), k.from_reference, m.milestone, m."when", o."when",
                   null, null, k.record_id, shap.text_of(k.council_id, k.reason_digest), u.day)::shap_v1.carried_milestone
          from shap.carry k
          left join shap.milestone m on m.council_id = k.council_id and m.plan_id = k.plan_id and m.reference = k.reference
               and m.version = coalesce(shap.version_in_force(k.council_id, k.plan_id, null, null),
                                        shap.latest_version(k.council_id, k.plan_id))
          left join shap.milestone o on o.council_id = k.from_council_id and o.plan_id = k.from_plan_id
               and o.reference = k.from_reference
               and o.version = shap.version_in_force(k.from_council_id, k.from_plan_id, null, null)
          left join shap.counter_act u on u.council_id = k.council_id and u.of_record = k.record_id
         where k.council_id = council and k.record_id = carry_shown.record_id);
end
$$;

-- A milestone's reference in the version of a plan in force, else in the latest draft. Refuses one that is not in it.
-- Internal.
create function shap_v1.milestone_in(council bigint, plan_id bigint, written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    now_in constant integer := coalesce(shap.version_in_force(council, plan_id, null, null), shap.latest_version(council, plan_id));
    wanted constant text := shap.reference_meant(council, plan_id, now_in, written);
begin
    if not exists (select from shap.milestone m
                    where m.council_id = council and m.plan_id = milestone_in.plan_id and m.reference = wanted
                      and m.version = now_in) then
        raise exception using errcode = 'RPC05',
            message = format('there is no milestone "%s" in %s', left(coalesce(written, ''), 60),
                             shap.plan_name(council, milestone_in.plan_id)),
            hint = 'Milestones are listed by: shap milestone list';
    end if;
    return wanted;
end
$$;

-- Says that a milestone comes from one of an earlier plan. Refuses unknown ones (NOT_FOUND), a plan that is not earlier and
-- a day to come (INVALID_ARGUMENT), a milestone that comes from one already (ALREADY_EXISTS). Tables written: carry, personal_text, link.
create function shap_v1.add_carry(plan text, reference text, from_reference text, from_plan text, reason text, day date)
returns shap_v1.carried_milestone
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    named record := shap.plan_of(add_carry.plan);
    last record;
    about record;
    wanted constant text := shap_v1.milestone_in(named.council_id, named.plan_id, add_carry.reference);
    decided constant date := shap.check_day(named.council_id, 'day', add_carry.day);
    came_from text;
    made_in bigint;
    earlier shap.carry;
    made bigint;
begin
    perform shap.check_text('reason', add_carry.reason, 20000);
    select l.from_council_id, l.from_plan_id into last from shap.roll l
     where l.council_id = named.council_id and l.plan_id = named.plan_id order by l.link desc, l.record_id desc limit 1;
    about := shap_v1.roll_of(shap.plan_name(named.council_id, named.plan_id),
                             coalesce(nullif(btrim(add_carry.from_plan), ''),
                                      shap.plan_name(last.from_council_id, last.from_plan_id)));
    came_from := shap_v1.milestone_in(about.from_council_id, about.from_plan_id, add_carry.from_reference);
    made_in := shap_v1.take_both(named.council_id, about.from_council_id);
    select k.* into earlier from shap.carries(named.council_id, named.plan_id, null, null) k
     where k.reference = wanted order by k.link, k.record_id limit 1;
    if earlier.record_id is not null then
        raise exception using errcode = 'RPC06',
            message = format('%s is carried from %s %s already (record %s)', wanted,
                             shap.plan_name(earlier.from_council_id, earlier.from_plan_id), earlier.from_reference,
                             earlier.record_id),
            hint = format('Where that is wrong, first: shap carry revoke %s --reason TEXT', earlier.record_id);
    end if;
    insert into shap.carry (council_id, plan_id, reference, from_council_id, from_plan_id, from_reference, reason_digest, day,
                            membership_id, link)
    values (named.council_id, named.plan_id, wanted, about.from_council_id, about.from_plan_id, came_from,
            shap.keep_text(named.council_id, add_carry.reason), decided, shap.caller(), made_in)
    returning record_id into made;
    return shap_v1.carry_shown(named.council_id, made);
end
$$;
grant execute on function shap_v1.add_carry(text, text, text, text, text, date) to shap_coordinator;

-- Ends a link, with a reason: the milestone comes from there no more. Refuses one that is not there (NOT_FOUND), no reason
-- and a day before the link's (INVALID_ARGUMENT), one that is revoked already (ABORTED).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_carry(record_id bigint, reason text, day date) returns shap_v1.carried_milestone
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.carry;
begin
    select k.* into revoked from shap.carry k
     where k.council_id = any (shap.councils()) and k.record_id = revoke_carry.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no link with the record number %s', coalesce(revoke_carry.record_id::text, '""')),
            hint = 'Links are listed with their numbers by: shap carry list';
    end if;
    perform shap_v1.take_both(revoked.council_id, revoked.from_council_id);
    perform shap.undo(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id, 'carry', revoked.day,
                      revoke_carry.day, revoke_carry.reason);
    return shap_v1.carry_shown(revoked.council_id, revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_carry(bigint, text, date) to shap_coordinator;
