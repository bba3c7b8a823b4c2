-- Service Comparisons: what moved between two days, and several councils side by side.
create type shap_v1.class_movement as (
    milestone_class shap_v1.milestone_class,
    before integer,
    came integer,
    went integer,
    added integer,
    removed integer,
    after integer
);

create type shap_v1.class_change as (
    class_before shap_v1.milestone_class,
    class_after shap_v1.milestone_class,
    milestones integer,
    "references" text[]
);

create type shap_v1.moved_milestone as (
    reference text,
    milestone text,
    who text,
    "when" text,
    last_day date,
    class_before shap_v1.milestone_class,
    class_after shap_v1.milestone_class,
    new_day_before date,
    new_when text,
    new_day date,
    status shap_v1.return_status,
    claimed boolean
);

create type shap_v1.adopted_version as (
    version integer,
    day date,
    by text,
    note text
);

create type shap_v1.movement_report as (
    head shap_v1.report_head,
    from_day date,
    known_from date,
    from_link bigint,
    from_version integer,
    from_as_closed boolean,
    as_closed boolean,
    total_before integer,
    total_added integer,
    total_removed integer,
    total_after integer,
    exceptions_before integer,
    exceptions_after integer,
    classes shap_v1.class_movement[],
    changes shap_v1.class_change[],
    newly_due shap_v1.moved_milestone[],
    completed shap_v1.moved_milestone[],
    signed_off shap_v1.moved_milestone[],
    re_dated shap_v1.moved_milestone[],
    became_overdue shap_v1.moved_milestone[],
    undeliverable shap_v1.moved_milestone[],
    answered shap_v1.moved_milestone[],
    fell_silent shap_v1.moved_milestone[],
    reopened shap_v1.moved_milestone[],
    new_exceptions shap_v1.moved_milestone[],
    no_longer_exceptions shap_v1.moved_milestone[],
    added shap_v1.moved_milestone[],
    removed shap_v1.moved_milestone[],
    versions shap_v1.adopted_version[]
);

-- Every class with where its milestones came from and went to: before + came - went + added - removed = after. Internal.
create function shap_v1.class_movements(moves shap.move_row[]) returns shap_v1.class_movement[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return array(
        select row(c.class, count(*) filter (where (m.before).class = c.name),
                   count(*) filter (where (m.after).class = c.name and (m.before).class <> c.name),
                   count(*) filter (where (m.before).class = c.name and (m.after).class <> c.name),
                   count(*) filter (where (m.after).class = c.name and (m.before).class is null),
                   count(*) filter (where (m.before).class = c.name and (m.after).class is null),
                   count(*) filter (where (m.after).class = c.name))::shap_v1.class_movement
          from unnest(enum_range(null::shap_v1.milestone_class)) class
         cross join lateral (select class, class::text) c (class, name)
          left join unnest(moves) m on c.name in ((m.before).class, (m.after).class)
         group by c.class order by c.class);
end
$$;

-- How many milestones went from which class to which, those that changed by name. Internal.
create function shap_v1.class_changes(moves shap.move_row[]) returns shap_v1.class_change[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return array(
        select row(c.before, c.after, count(*),
                   case when c.before is distinct from c.after then array_agg(c.reference order by c.place) else '{}' end
                  )::shap_v1.class_change
          from (select (m.before).class::shap_v1.milestone_class as before, (m.after).class::shap_v1.milestone_class as after,
                       m.reference, m.place from unnest(moves) m) c
         group by c.before, c.after
         order by c.before nulls last, c.after nulls last);
end
$$;

-- The milestones in a list of the movement, as they are shown, in the order of the plan. Internal.
create function shap_v1.moved(council bigint, plan_id bigint, moves shap.move_row[], list text) returns shap_v1.moved_milestone[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return array(
        select row(m.reference, w.milestone, w.who, coalesce(a."when", b."when"), coalesce(a.last_day, b.last_day),
                   b.class, a.class, b.new_day, a.new_date, a.new_day, a.status, a.is_claimed)::shap_v1.moved_milestone
          from unnest(moves) m
         cross join lateral (select (m.before).*) b
         cross join lateral (select (m.after).*) a
          join shap.milestone w on w.council_id = council and w.plan_id = moved.plan_id
                               and w.version = coalesce(a.version, b.version) and w.reference = m.reference
         where list = any (m.lists)
         order by m.place, a.reference is null, m.reference);
end
$$;

-- The versions that came into force in between, with who decided. Internal.
create function shap_v1.versions_adopted(before shap_v1.report_basis, after shap_v1.report_basis) returns shap_v1.adopted_version[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(
        select row(a.version, a.day, shap.name_of(o.membership_id), shap.text_of(o.council_id, o.note_digest))::shap_v1.adopted_version
          from shap.adoptions((after).council_id, (after).plan_id, ((after).head).as_at, ((after).head).known_link) a
          join shap.adoption o on o.council_id = (after).council_id and o.record_id = a.record_id
         where a.record_id not in (
               select b.record_id
                 from shap.adoptions((before).council_id, (before).plan_id, ((before).head).as_at, ((before).head).known_link) b)
         order by a.day, a.at_link, a.record_id);
end
$$;

-- What moved from one day ("from") to another (as_at; absent: today). Either is as known at the close of its period's window
-- or, without one that is closed, as known now; unless another moment is named: known_from, known_at. Refuses what every
-- report refuses (see shap_v1.report_begin), no day to begin with and one after the other.
create function shap_v1.get_movement_report(plan text, as_at date, known_at date, objective text, organisation text,
                                            owner text, "from" date, known_from date)
returns shap_v1.movement_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_variable
declare
    named constant record := shap.plan_of(plan);
    council constant bigint := named.council_id;
    day constant date := shap.check_day(council, 'as at', as_at);
    link bigint := shap.known_link(council, known_at);
    from_link bigint;
    before shap_v1.report_basis;
    after shap_v1.report_basis;
    moves shap.move_row[];
    report shap_v1.movement_report;
begin
    perform shap.check_day(council, 'known at', known_at), shap.check_day(council, 'known from', known_from);
    if "from" is null or "from" > day then
        raise exception using errcode = 'RPC03',
            message = case when "from" is null then 'what moved since when?' else format('%s is after %s', "from", day) end,
            hint = 'Give two days, the earlier with: --from';
    end if;
    if known_at is null then
        link := shap.closed_link(council, named.plan_id, day, link);
    end if;
    from_link := case when known_from is null then shap.closed_link(council, named.plan_id, "from", link)
                       else shap.known_link(council, known_from) end;
    after := shap_v1.report_basis_at(council, named.plan_id, day, known_at, link, objective, organisation, owner);
    before := shap_v1.report_basis_at(council, named.plan_id, "from", known_from, from_link, objective, organisation, owner);
    if cardinality(before.standing) = 0 then
        perform shap_v1.check_filters(after);
    end if;
    moves := array(select m from shap.moves(before.standing, after.standing, "from", day) m);

    report.head := after.head;
    report.from_day := "from";
    report.known_from := known_from;
    report.from_link := from_link;
    report.from_version := (before.head).version;
    report.from_as_closed := known_from is null and shap.window_closed_link(council, named.plan_id, "from", link) is not null;
    report.as_closed := known_at is null and shap.window_closed_link(council, named.plan_id, day, link) is not null;
    select cardinality(before.standing), count(*) filter (where 'added' = any (m.lists)),
           count(*) filter (where 'removed' = any (m.lists)), cardinality(after.standing),
           count(*) filter (where shap.is_exception(m.before)), count(*) filter (where shap.is_exception(m.after))
      into report.total_before, report.total_added, report.total_removed, report.total_after, report.exceptions_before,
           report.exceptions_after
      from unnest(moves) m;
    report.classes := shap_v1.class_movements(moves);
    report.changes := shap_v1.class_changes(moves);
    report.newly_due := shap_v1.moved(council, named.plan_id, moves, 'newly_due');
    report.completed := shap_v1.moved(council, named.plan_id, moves, 'completed');
    report.signed_off := shap_v1.moved(council, named.plan_id, moves, 'signed_off');
    report.re_dated := shap_v1.moved(council, named.plan_id, moves, 're_dated');
    report.became_overdue := shap_v1.moved(council, named.plan_id, moves, 'became_overdue');
    report.undeliverable := shap_v1.moved(council, named.plan_id, moves, 'undeliverable');
    report.answered := shap_v1.moved(council, named.plan_id, moves, 'answered');
    report.fell_silent := shap_v1.moved(council, named.plan_id, moves, 'fell_silent');
    report.reopened := shap_v1.moved(council, named.plan_id, moves, 'reopened');
    report.new_exceptions := shap_v1.moved(council, named.plan_id, moves, 'new_exceptions');
    report.no_longer_exceptions := shap_v1.moved(council, named.plan_id, moves, 'no_longer_exceptions');
    report.added := shap_v1.moved(council, named.plan_id, moves, 'added');
    report.removed := shap_v1.moved(council, named.plan_id, moves, 'removed');
    report.versions := shap_v1.versions_adopted(before, after);
    return report;
end
$$;
grant execute on function shap_v1.get_movement_report(text, date, date, text, text, text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
