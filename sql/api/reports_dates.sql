-- Service Reports: what was granted, what is due next, what was completed.
create type shap_v1.slip_count as (
    slip_months integer,
    milestones integer
);

create type shap_v1.extension as (
    reference text,
    milestone text,
    who text,
    "when" text,
    last_day date,
    extensions integer,
    number integer,
    new_when text,
    new_day date,
    slip_months integer,
    granted_on date,
    grantor text,
    reason text,
    before_due boolean,
    in_force boolean,
    milestone_class shap_v1.milestone_class
);

create type shap_v1.extension_report as (
    head shap_v1.report_head,
    milestones integer,
    extensions integer,
    slip_months integer,
    without_baseline integer,
    slips shap_v1.slip_count[],
    grants shap_v1.extension[]
);

-- The new dates granted on the milestones of a basis, in the order of the plan and of their days. Internal.
create function shap_v1.extensions_of(basis shap_v1.report_basis) returns setof shap_v1.extension
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return query
        select s.reference, m.milestone, m.who, s."when", s.last_day, s.extensions, g.number, g.new_date, g.new_day,
               shap.whole_months(s.last_day, g.new_day), g.day, shap.name_of(g.membership_id),
               coalesce(shap.text_of(basis.council_id, g.reason_digest),
                        shap.text_of(basis.council_id, g.request_reason_digest)),
               g.day < coalesce(lag(g.new_day) over earlier, s.due_day), g.number = s.extensions,
               s.class::shap_v1.milestone_class
          from unnest(basis.standing) s
          join shap.grants_listed(basis.council_id, basis.plan_id, (basis.head).as_at, (basis.head).known_link,
                   array(select x.reference from unnest(basis.standing) x where x.extensions > 0)) g
            on g.reference = s.reference
          join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id
                               and m.version = s.version and m.reference = s.reference
        window earlier as (partition by s.reference order by g.number)
         order by s.place, g.number;
end
$$;

-- The extensions report as at a day (absent: today), as known at a day (absent: everything recorded): every new date
-- that stands, and how far the milestones slipped. Refuses what every report refuses (see shap_v1.report_begin).
create function shap_v1.get_extension_report(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.extension_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    report shap_v1.extension_report;
begin
    report.head := basis.head;
    select count(*), coalesce(sum(s.extensions), 0), coalesce(sum(s.slip_months), 0), count(*) filter (where s.slip_months is null)
      into report.milestones, report.extensions, report.slip_months, report.without_baseline
      from unnest(basis.standing) s where s.extensions > 0;
    report.slips := array(
        select row(s.slip_months, count(*))::shap_v1.slip_count
          from unnest(basis.standing) s where s.extensions > 0
         group by s.slip_months order by s.slip_months nulls last);
    report.grants := array(select e from shap_v1.extensions_of(basis) e);
    return report;
end
$$;
grant execute on function shap_v1.get_extension_report(text, date, date, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

create type shap_v1.due_kind as enum ('date', 'new_date', 'cycle');

create type shap_v1.due_day as (
    month text,
    due_day date,
    because shap_v1.due_kind,
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    measure text,
    milestone_class shap_v1.milestone_class,
    status shap_v1.return_status,
    claimed boolean
);

create type shap_v1.forward_report as (
    head shap_v1.report_head,
    months integer,
    until date,
    milestones integer,
    dates integer,
    new_dates integer,
    cycles integer,
    overdue integer,
    no_return integer,
    undated integer,
    days shap_v1.due_day[]
);

-- The last day of so many months after a day; months after a month's last day end on last days. Internal.
create function shap_v1.months_after(day date, months integer) returns date
language sql immutable parallel safe
return case when extract(day from day + 1) = 1 then (day + 1 + make_interval(months => months) - interval '1 day')::date
            else (day + make_interval(months => months))::date end;

-- What is due of the milestones of a basis after its day and until another. A new date takes the place of the plan's; what
-- recurs is due at the end of each cycle, after the new date if it has one. Internal.
create function shap_v1.due_days(basis shap_v1.report_basis, until date) returns setof shap_v1.due_day
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
declare
    day constant date := (basis.head).as_at;
begin
    return query
        with due as (
            select s.reference, s.new_day as due_day, 'new_date' as because
              from unnest(basis.standing) s where s.class = 're_dated'
            union all
            select s.reference, s.last_day, 'date'
              from unnest(basis.standing) s where s.class = 'not_yet_due' and s.recurrence is null
            union all
            select s.reference, c.ends, 'cycle'
              from unnest(basis.standing) s
             cross join lateral shap.cycle_ends(s.recurrence, s.last_day, basis.first_day,
                                                case when s.class = 're_dated' then s.new_day else day end,
                                                until) c (ends)
             where s.recurrence is not null and s.class not in ('signed_off', 'complete', 'will_not_be_delivered')
        )
        select to_char(d.due_day, 'FMMonth YYYY'), d.due_day, d.because::shap_v1.due_kind, s.reference, m.milestone, m.who,
               s."when", s.new_date, m.measure, s.class::shap_v1.milestone_class, s.status::shap_v1.return_status, s.is_claimed
          from due d
          join unnest(basis.standing) s on s.reference = d.reference
          join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id
                               and m.version = s.version and m.reference = s.reference
         where d.due_day > day and d.due_day <= until
         order by d.due_day, s.place;
end
$$;

-- The forward look from a day (absent: today): what is due in the months (absent: 3) after it, as known at a day. Refuses
-- less than one month and more than sixty, and what every report refuses.
create function shap_v1.get_forward_report(plan text, as_at date, known_at date, objective text, organisation text, owner text,
                                           months integer)
returns shap_v1.forward_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    report shap_v1.forward_report;
begin
    report.head := basis.head;
    report.months := coalesce(get_forward_report.months, 3);
    if report.months not between 1 and 60 then
        raise exception using errcode = 'RPC03', message = format('%s is no number of months to look forward', report.months),
            hint = 'It is between 1 and 60: --months 3';
    end if;
    report.until := shap_v1.months_after((basis.head).as_at, report.months);
    report.days := array(select d from shap_v1.due_days(basis, report.until) d);
    select count(distinct d.reference), count(*) filter (where d.because = 'date'), count(*) filter (where d.because = 'new_date'),
           count(*) filter (where d.because = 'cycle')
      into report.milestones, report.dates, report.new_dates, report.cycles
      from unnest(report.days) d;
    select count(*) filter (where s.class = 'overdue'), count(*) filter (where s.class = 'no_return'),
           count(*) filter (where s.class = 'undated')
      into report.overdue, report.no_return, report.undated
      from unnest(basis.standing) s;
    return report;
end
$$;
grant execute on function shap_v1.get_forward_report(text, date, date, text, text, text, integer)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

create type shap_v1.completed_milestone as (
    reference text,
    milestone text,
    who text,
    "when" text,
    last_day date,
    new_day date,
    milestone_class shap_v1.milestone_class,
    completed_on date,
    signed_off_on date,
    counts_from_day date,
    late boolean,
    by_the_plan boolean,
    organisation text,
    by text,
    evidence text,
    note text,
    without_evidence text
);

create type shap_v1.completed_report as (
    head shap_v1.report_head,
    since date,
    milestones integer,
    signed_off integer,
    late integer,
    day_unknown integer,
    completed shap_v1.completed_milestone[]
);

-- What of a basis is complete or signed off, in the order of the plan. What only the plan's own text calls complete, without
-- a month, counts from the day it was adopted. Internal.
create function shap_v1.completed_of(basis shap_v1.report_basis) returns setof shap_v1.completed_milestone
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return query
        with adopted as (
            select m.reference, min(a.day) as day
              from shap.adoptions(basis.council_id, basis.plan_id, (basis.head).as_at, (basis.head).known_link) a
              join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id and m.version = a.version
             group by m.reference
        )
        select s.reference, m.milestone, m.who, s."when", s.last_day, s.new_day, s.class::shap_v1.milestone_class,
               s.completed_on, s.signed_off_on,
               greatest(coalesce(s.completed_on, case when s.class = 'complete' then a.day end), s.signed_off_on),
               coalesce(s.completed_on > s.last_day, false), c.membership_id is null and s.class = 'complete', c.organisation,
               shap.name_of(c.membership_id), c.evidence, shap.text_of(basis.council_id, c.note_digest),
               shap.text_of(basis.council_id, c.without_evidence_digest)
          from unnest(basis.standing) s
          join shap.completions(basis.council_id, basis.plan_id, (basis.head).as_at, (basis.head).known_link,
                   array(select x.reference from unnest(basis.standing) x where x.class in ('complete', 'signed_off'))) c
            on c.reference = s.reference
          join adopted a on a.reference = s.reference
          join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id
                               and m.version = s.version and m.reference = s.reference
         order by s.place;
end
$$;

-- What was completed or signed off after a day (absent: ever) and up to the day reported (absent: today), as known at a day.
-- Refuses a day that is not before the one reported, and what every report refuses.
create function shap_v1.get_completed_report(plan text, as_at date, known_at date, objective text, organisation text, owner text,
                                             since date)
returns shap_v1.completed_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    report shap_v1.completed_report;
begin
    report.head := basis.head;
    report.since := get_completed_report.since;
    perform shap.check_calendar('since', report.since);
    if report.since >= (basis.head).as_at then
        raise exception using errcode = 'RPC03',
            message = format('%s is not before %s, the day reported', shap.day_said(report.since), shap.day_said((basis.head).as_at)),
            hint = 'What was completed since the end of a quarter: --since 2010-09-30 --as-at 2010-12-31';
    end if;
    report.completed := array(
        select c from shap_v1.completed_of(basis) c where report.since is null or c.counts_from_day > report.since);
    select count(*), count(*) filter (where c.milestone_class = 'signed_off'), count(*) filter (where c.late),
           count(*) filter (where c.completed_on is null)
      into report.milestones, report.signed_off, report.late, report.day_unknown
      from unnest(report.completed) c;
    return report;
end
$$;
grant execute on function shap_v1.get_completed_report(text, date, date, text, text, text, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
