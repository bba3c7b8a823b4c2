-- Service Reports: the account by groups, those without a return, doubts, the history of one milestone.
create type shap_v1.account_by as enum ('objective', 'organisation', 'owner', 'plan');

create type shap_v1.account_row as (
    code text,
    name text,
    signed_off integer,
    complete integer,
    will_not_be_delivered integer,
    overdue integer,
    re_dated integer,
    ongoing_answered integer,
    undated integer,
    not_yet_due integer,
    no_return integer,
    total integer
);

create type shap_v1.account_report as (
    head shap_v1.report_head,
    "by" shap_v1.account_by,
    rows shap_v1.account_row[],
    whole shap_v1.account_row,
    "overlaps" boolean,
    in_several integer,
    pieces_of_work integer
);

-- Which groups the milestones of a basis stand in, each with every one: its objective, the organisations it is shared with,
-- the owners WHO names (a code of the register, or as it is written), the plan. key: what makes two groups one; code null:
-- nobody is named. Internal.
create function shap_v1.account_groups(basis shap_v1.report_basis, by shap_v1.account_by)
returns table (reference text, place integer, key text, code text, name text)
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
declare
    head constant shap_v1.report_head := basis.head;
begin
    if by = 'objective' then
        return query
            select s.reference, s.place, s.objective, s.objective, m.objective_title
              from unnest(basis.standing) s
              join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id
                                   and m.version = s.version and m.reference = s.reference;
    elsif by = 'organisation' then
        return query
            select m.reference, m.place, coalesce(o.code, ''), o.code, b.name
              from shap_v1.milestones_shown(basis.council_id, basis.plan_id, head.version, head.as_at, head.known_link,
                                            basis.standing) m
              left join lateral unnest((m.item).organisations) o (code) on true
              left join shap.organisation b on b.code = o.code;
    elsif by = 'owner' then
        return query
            select distinct on (s.reference, shap.word_key(coalesce(w.code, w.token)))
                   s.reference, s.place, coalesce(shap.word_key(coalesce(w.code, w.token)), ''), coalesce(w.code, w.token), r.name
              from unnest(basis.standing) s
              left join shap.who_current(basis.council_id, basis.plan_id, head.version, head.known_link) w
                on w.reference = s.reference
              left join shap.register_at(basis.council_id, head.known_link) r on r.code = w.code
             order by s.reference, shap.word_key(coalesce(w.code, w.token)), w.place;
    else
        return query select s.reference, s.place, head.plan, head.plan, head.title from unnest(basis.standing) s;
    end if;
end
$$;

-- Milestones by class. Internal.
create function shap_v1.account_row_of(code text, name text, standing shap.standing_row[]) returns shap_v1.account_row
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(account_row_of.code, account_row_of.name,
                   count(*) filter (where s.class = 'signed_off'), count(*) filter (where s.class = 'complete'),
                   count(*) filter (where s.class = 'will_not_be_delivered'), count(*) filter (where s.class = 'overdue'),
                   count(*) filter (where s.class = 're_dated'), count(*) filter (where s.class = 'ongoing_answered'),
                   count(*) filter (where s.class = 'undated'), count(*) filter (where s.class = 'not_yet_due'),
                   count(*) filter (where s.class = 'no_return'), count(*))::shap_v1.account_row
          from unnest(standing) s);
end
$$;

-- The account as at a day (absent: today), as known at a day: every class with its count, in a row for each group (absent: by
-- objective) and once for all. Refuses what every report refuses.
create function shap_v1.get_account_report(plan text, as_at date, known_at date, objective text, organisation text, owner text,
                                           by shap_v1.account_by)
returns shap_v1.account_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    report shap_v1.account_report;
begin
    report.head := basis.head;
    report."by" := coalesce(get_account_report."by", 'objective');
    with grouped as materialized (
        select g.* from shap_v1.account_groups(basis, report."by") g
    ), named as (
        select g.key, min(g.place) as place, (array_agg(g.code order by g.place))[1] as code,
               (array_agg(g.name order by g.place))[1] as name, array_agg(s order by s.place) as standing
          from grouped g join unnest(basis.standing) s on s.reference = g.reference
         group by g.key
    )
    select (select array_agg(shap_v1.account_row_of(n.code, n.name, n.standing) order by n.place, n.key collate "C") from named n),
           (select count(*) from (select from grouped g group by g.reference having count(*) > 1) m)
      into report.rows, report.in_several;
    report.whole := shap_v1.account_row_of((basis.head).plan, (basis.head).title, basis.standing);
    report."overlaps" := report.in_several > 0;
    report.pieces_of_work := (select count(distinct s.work) from unnest(basis.standing) s);
    return report;
end
$$;
grant execute on function shap_v1.get_account_report(text, date, date, text, text, text, shap_v1.account_by)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

create type shap_v1.silent_group as enum ('before_plan_year', 'earlier_quarters', 'this_quarter', 'cycles');

create type shap_v1.silent_milestone as (
    "group" shap_v1.silent_group,
    reference text,
    milestone text,
    who text,
    "when" text,
    due_day date,
    recurrence shap_v1.recurrence,
    cycle_starts_day date,
    organisations text[],
    sent_back boolean
);

create type shap_v1.no_return_report as (
    head shap_v1.report_head,
    milestones integer,
    due_once integer,
    from_a_day integer,
    no_day integer,
    sent_back integer,
    silent shap_v1.silent_milestone[]
);

-- Those without a return as at a day (absent: today), as known at a day, by name and in the groups of the account. Refuses
-- what every report refuses.
create function shap_v1.get_no_return_report(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.no_return_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    silent constant shap.standing_row[] := array(
        select s from unnest(basis.standing) s where s.class = 'no_return' order by s.place);
    report shap_v1.no_return_report;
begin
    report.head := basis.head;
    select count(*), count(*) filter (where s.recurrence is null),
           count(*) filter (where s.recurrence is not null and s.last_day is not null),
           count(*) filter (where s.recurrence is not null and s.last_day is null), count(*) filter (where s.only_sent_back)
      into report.milestones, report.due_once, report.from_a_day, report.no_day, report.sent_back
      from unnest(silent) s;
    report.silent := array(
        select row(g.name, s.reference, (m.item).milestone, (m.item).who, s."when",
                   case when s.recurrence is null then s.last_day else s.cycle_ends end, s.recurrence, s.cycle_starts,
                   (m.item).organisations, s.only_sent_back)::shap_v1.silent_milestone
          from unnest(silent) s
          join shap_v1.milestones_shown(basis.council_id, basis.plan_id, (basis.head).version, (basis.head).as_at,
                                        (basis.head).known_link, silent) m on m.reference = s.reference
         cross join lateral (select shap.account_group(s, basis.first_day, (basis.head).as_at)::shap_v1.silent_group) g (name)
         order by g.name, s.place);
    return report;
end
$$;
grant execute on function shap_v1.get_no_return_report(text, date, date, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

create type shap_v1.doubt_count as (
    kind shap_v1.doubt_kind,
    open integer,
    settled integer
);

create type shap_v1.doubt_report as (
    head shap_v1.report_head,
    open_doubts integer,
    settled_doubts integer,
    kinds shap_v1.doubt_count[],
    open shap_v1.doubt[],
    settled shap_v1.doubt[]
);

-- The doubts about the milestones covered, as at a day (absent: today), as known at a day: those open, and how the others were
-- settled. Refuses what every report refuses.
create function shap_v1.get_doubt_report(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.doubt_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    covered constant text[] := array(select s.reference from unnest(basis.standing) s);
    doubts constant shap_v1.doubt[] := array(
        select d from shap_v1.doubts_shown(basis.council_id, basis.plan_id, (basis.head).known_link, (basis.head).as_at) d
         where d."references" && covered);
    report shap_v1.doubt_report;
begin
    report.head := basis.head;
    report.open := array(select d from unnest(doubts) d where d.settled_on is null order by d.doubt_id);
    report.settled := array(select d from unnest(doubts) d where d.settled_on is not null order by d.doubt_id);
    report.open_doubts := cardinality(report.open);
    report.settled_doubts := cardinality(report.settled);
    report.kinds := array(
        select row(d.kind, count(*) filter (where d.settled_on is null), count(d.settled_on))::shap_v1.doubt_count
          from unnest(doubts) d group by d.kind order by d.kind);
    return report;
end
$$;
grant execute on function shap_v1.get_doubt_report(text, date, date, text, text, text) to shap_reader, shap_coordinator, shap_panel;

create type shap_v1.history_report as (
    head shap_v1.report_head,
    objective_heading text,
    milestone shap_v1.milestone,
    events shap_v1.history_event[]
);

-- The history of one milestone as at a day (absent: today), as known at a day. Refuses one the caller does not see, and what
-- every report refuses.
create function shap_v1.get_history_report(plan text, as_at date, known_at date, reference text)
returns shap_v1.history_report
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, null, null, null);
    history constant shap_v1.milestone_history := shap_v1.get_milestone((basis.head).plan, reference, (basis.head).as_at, known_at);
    report shap_v1.history_report;
begin
    report.head := basis.head;
    report.head.covered := null;
    report.head.total := null;
    report.objective_heading := history.objective_heading;
    report.milestone := history.milestone;
    report.events := history.events;
    return report;
end
$$;
grant execute on function shap_v1.get_history_report(text, date, date, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
