-- Service Windows: cycles and windows, and what a window got.
create type shap_v1.answer_state as enum ('received', 'late', 'sent_back', 'missing');

create type shap_v1.cycle as (
    record_id bigint,
    name text,
    months integer,
    first_month integer,
    due_days integer,
    day date,
    by text,
    revoked_on date
);

create type shap_v1."window" as (
    record_id bigint,
    plan text,
    "window" text,
    cycle text,
    first_day date,
    last_day date,
    opened_on date,
    due_on date,
    closed_on date,
    by text,
    closed_by text,
    recorded_at timestamptz,
    withdrawn_on date
);

create type shap_v1.body_status as (
    organisation text,
    name text,
    asked integer,
    received integer,
    late integer,
    sent_back integer,
    missing integer
);

create type shap_v1.asked_milestone as (
    organisation text,
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    due_day date,
    state shap_v1.answer_state,
    record_id bigint,
    answered_by text[],
    missed_cycles date[]
);

create type shap_v1.window_status as (
    head shap_v1.report_head,
    "window" text,
    cycle text,
    first_day date,
    last_day date,
    opened_on date,
    due_on date,
    closed_on date,
    asked integer,
    received integer,
    late integer,
    sent_back integer,
    missing integer,
    bodies shap_v1.body_status[],
    milestones shap_v1.asked_milestone[]
);

-- The cycles the caller's council reports by, as known at the end of a day (absent: now), by name. Read-only.
create function shap_v1.list_cycles(known_at date) returns setof shap_v1.cycle
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select c.record_id, c.name, c.months, c.first_month, c.due_days, c.day, shap.name_of(c.membership_id), null::date
      from unnest(shap.councils()) o (id)
     cross join lateral shap.cycles(o.id, 'infinity', shap.link_at(o.id, known_at)) c
     order by o.id, c.name collate "C";
end
$$;
grant execute on function shap_v1.list_cycles(date) to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- A cycle of a council's own as it stands now. Internal.
create function shap_v1.cycle_shown(council bigint, record_id bigint) returns shap_v1.cycle
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select row(c.record_id, c.name, c.months, c.first_month, c.due_days, c.day, shap.name_of(c.membership_id),
                       u.day)::shap_v1.cycle
              from shap.cycle c
              left join shap.counter_act u on u.council_id = c.council_id and u.of_record = c.record_id
             where c.council_id = council and c.record_id = cycle_shown.record_id);
end
$$;

-- Adds a cycle of the council's own, or says anew what one is: from then on its name means this. Refuses a bad name,
-- months that make no year, and a day to come (INVALID_ARGUMENT). Tables written: cycle, link.
create function shap_v1.add_cycle(name text, months integer, first_month integer, due_days integer, day date)
returns shap_v1.cycle
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    council constant bigint := shap.council_of(null);
    made bigint;
begin
    made := shap.add_cycle(council, name, months, first_month, due_days, day);
    return shap_v1.cycle_shown(council, made);
end
$$;
grant execute on function shap_v1.add_cycle(text, integer, integer, integer, date) to shap_coordinator;

-- Revokes a cycle of the council's own, with a reason: what its name meant before counts again. Refuses one the caller
-- does not see (NOT_FOUND), no reason and a day before it was added (INVALID_ARGUMENT), one that is revoked already
-- (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_cycle(record_id bigint, reason text, day date) returns shap_v1.cycle
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.cycle;
begin
    select c.* into revoked from shap.cycle c
     where c.council_id = any (shap.councils()) and c.record_id = revoke_cycle.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no cycle with the record number %s', coalesce(revoke_cycle.record_id::text, '""')),
            hint = 'Cycles are listed with their numbers by: shap cycle list';
    end if;
    perform shap.undo(revoked.council_id, null, null, revoked.record_id, 'cycle', revoked.day, revoke_cycle.day,
                      revoke_cycle.reason);
    return shap_v1.cycle_shown(revoked.council_id, revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_cycle(bigint, text, date) to shap_coordinator;

-- The plan and the period that a window's name means, as people write it: "Q3", "2010-11/Q3". Internal.
create function shap_v1.window_meant(plan text, "window" text, out council_id bigint, out plan_id bigint, out name text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    parts constant text[] := regexp_match("window", '^(.*)/([^/]*)$');
begin
    select n.council_id, n.plan_id into council_id, plan_id from shap.plan_of(coalesce(parts[1], plan)) n;
    name := coalesce(parts[2], "window");
end
$$;

-- A window as it stands now. Internal.
create function shap_v1.window_shown(council bigint, record_id bigint) returns shap_v1."window"
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(w.record_id, shap.plan_name(w.council_id, w.plan_id), w.name, w.cycle, w.first_day, w.last_day, w.day,
                   w.due_on, s.closed_on, shap.name_of(w.membership_id), shap.name_of(s.closed_by), l.recorded_at,
                   u.day)::shap_v1."window"
          from shap."window" w
          join shap.link l on l.council_id = w.council_id and l.number = w.link
          left join shap.counter_act u on u.council_id = w.council_id and u.of_record = w.record_id
          left join shap.windows(council, w.plan_id, 'infinity', shap.link_at(council, null)) s on s.record_id = w.record_id
         where w.council_id = council and w.record_id = window_shown.record_id);
end
$$;

-- Opens a window for a period of a plan. Refuses an unknown plan, cycle or period (NOT_FOUND), a day to come or before
-- the period and a due day that makes no sense (INVALID_ARGUMENT), a period that has a window (ALREADY_EXISTS).
-- Tables written: window, link.
create function shap_v1.open_window(plan text, "window" text, due_on date, day date) returns shap_v1."window"
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    meant constant record := shap_v1.window_meant(plan, "window");
    made bigint;
begin
    perform shap.check_calendar('due on', due_on);
    made := shap.open_window(meant.council_id, meant.plan_id, meant.name, due_on, day);
    return shap_v1.window_shown(meant.council_id, made);
end
$$;
grant execute on function shap_v1.open_window(text, text, date, date) to shap_coordinator;

-- Closes a window. Refuses no name (INVALID_ARGUMENT), one there is not (NOT_FOUND), a day before it was opened
-- (INVALID_ARGUMENT), one that is closed (ABORTED). Tables written: window_close, link.
create function shap_v1.close_window(plan text, "window" text, day date) returns shap_v1."window"
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    meant constant record := shap_v1.window_meant(plan, "window");
    closed bigint;
begin
    perform shap.window_named(meant.name);
    closed := shap.close_window(meant.council_id, meant.plan_id, meant.name, day);
    return shap_v1.window_shown(meant.council_id, closed);
end
$$;
grant execute on function shap_v1.close_window(text, text, date) to shap_coordinator;

-- Undoes the close of a window, with a reason. Refuses a window there is not (NOT_FOUND), one that is open
-- (FAILED_PRECONDITION), no reason and a day before it was closed (INVALID_ARGUMENT).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.reopen_window(plan text, "window" text, reason text, day date) returns shap_v1."window"
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    meant constant record := shap_v1.window_meant(plan, "window");
    named constant record := shap.window_named(meant.name);
    closed constant shap.window_row := shap.window_of(meant.council_id, meant.plan_id, meant.name, 'infinity',
                                                      shap.take_link(meant.council_id, shap.caller()));
begin
    if closed.closed_on is null then
        raise exception using errcode = 'RPC09', message = format('%s is open', closed.name),
            hint = 'It is closed with: shap window close ' || closed.name;
    end if;
    perform shap.undo(meant.council_id, meant.plan_id, null, closed.close_record, 'window_close', closed.closed_on, day, reason);
    return shap_v1.window_shown(meant.council_id, closed.record_id);
end
$$;
grant execute on function shap_v1.reopen_window(text, text, text, date) to shap_coordinator;

-- Undoes the opening of a window, with a reason: nothing is asked by it any more, and it may be opened anew. Refuses a
-- window there is not (NOT_FOUND), no reason and a day before it was opened (INVALID_ARGUMENT).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.withdraw_window(plan text, "window" text, reason text, day date) returns shap_v1."window"
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    meant constant record := shap_v1.window_meant(plan, "window");
    named constant record := shap.window_named(meant.name);
    opened constant shap.window_row := shap.window_of(meant.council_id, meant.plan_id, meant.name, 'infinity',
                                                      shap.take_link(meant.council_id, shap.caller()));
begin
    perform shap.undo(meant.council_id, meant.plan_id, null, opened.record_id, 'window', opened.day, day, reason);
    return shap_v1.window_shown(meant.council_id, opened.record_id);
end
$$;
grant execute on function shap_v1.withdraw_window(text, text, text, date) to shap_coordinator;

-- The windows of a plan that stand, as at a day (absent: today) and as known at a day, by their periods.
create function shap_v1.list_windows(plan text, as_at date, known_at date) returns setof shap_v1."window"
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    about record := shap_v1.reported(plan, as_at, known_at);
begin
    return query
        select w.record_id, shap.plan_name(about.council_id, w.plan_id), w.name, w.cycle, w.first_day, w.last_day, w.day, w.due_on,
               w.closed_on, shap.name_of(w.membership_id), shap.name_of(w.closed_by), l.recorded_at, null::date
          from shap.windows(about.council_id, about.plan_id, about.day, about.link) w
          join shap.link l on l.council_id = about.council_id and l.number = w.link
         order by w.last_day, w.first_day, w.cycle collate "C";
end
$$;
grant execute on function shap_v1.list_windows(text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- What a window asks and got, by body and in the order of the plan: the wording is that of the version it asks about, and
-- a milestone that was removed since is still there. Of the milestones of a basis, where its filters leave some out.
-- Internal.
create function shap_v1.asked_milestones(basis shap_v1.report_basis, w shap.window_row) returns shap_v1.asked_milestone[]
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
declare
    head constant shap_v1.report_head := basis.head;
    asked_in constant integer := shap.version_reported(basis.council_id, basis.plan_id,
        shap.asking_day(basis.council_id, basis.plan_id, w.last_day, head.as_at, head.known_link), head.known_link);
    missed constant shap.missed_row[] := array(
        select m from shap.missed(basis.council_id, w, head.as_at, head.known_link) m);
begin
    return array(
        select row(a.organisation, a.reference, m.milestone, m.who, coalesce(s."when", m."when"), s.new_date, a.due_day,
                   a.state::shap_v1.answer_state, a.return_record, a.answered_by,
                   array(select x.ends from unnest(missed) x
                          where x.reference = a.reference and x.organisation_id = a.organisation_id order by x.ends)
                  )::shap_v1.asked_milestone
          from shap.asked(basis.council_id, w, head.as_at, head.known_link) a
          join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id
                               and m.version = asked_in and m.reference = a.reference
          left join unnest(basis.standing) s on s.reference = a.reference
         where (head.organisation is null or a.organisation = head.organisation)
           and (s.reference is not null or head.objective is null and head.owner is null)
         order by a.organisation collate "C", a.place);
end
$$;

-- What a window (absent: the open one that is due first, else the latest) asks of every body and what it got, as at a
-- day (absent: today), as known at a day (absent: everything recorded). Refuses what every report refuses, and a window
-- there is not (NOT_FOUND).
create function shap_v1.get_window_status(plan text, as_at date, known_at date, objective text, organisation text, owner text,
                                          "window" text) returns shap_v1.window_status
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    parts constant text[] := regexp_match("window", '^(.*)/([^/]*)$');
    basis constant shap_v1.report_basis := shap_v1.report_begin(coalesce(parts[1], plan), as_at, known_at, objective, organisation, owner);
    w constant shap.window_row := shap.window_of(basis.council_id, basis.plan_id, coalesce(parts[2], "window"), (basis.head).as_at,
                                                 (basis.head).known_link);
    status shap_v1.window_status;
begin
    status.head := basis.head;
    status."window" := w.name;
    status.cycle := w.cycle;
    status.first_day := w.first_day;
    status.last_day := w.last_day;
    status.opened_on := w.day;
    status.due_on := w.due_on;
    status.closed_on := w.closed_on;
    status.milestones := shap_v1.asked_milestones(basis, w);
    status.bodies := array(
        select row(o.code, o.name, count(*), count(*) filter (where m.state in ('received', 'late')),
                   count(*) filter (where m.state = 'late'), count(*) filter (where m.state = 'sent_back'),
                   count(*) filter (where m.state = 'missing'))::shap_v1.body_status
          from unnest(status.milestones) m join shap.organisation o on o.code = m.organisation
         group by o.code, o.name order by o.code collate "C");
    select coalesce(sum(b.asked), 0), coalesce(sum(b.received), 0), coalesce(sum(b.late), 0), coalesce(sum(b.sent_back), 0),
           coalesce(sum(b.missing), 0)
      into status.asked, status.received, status.late, status.sent_back, status.missing
      from unnest(status.bodies) b;
    return status;
end
$$;
grant execute on function shap_v1.get_window_status(text, date, date, text, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
