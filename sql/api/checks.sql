-- Service Checks: a written report compared with the plan.
create type shap_v1.quoted_row as (
    line integer,
    objective_code text,
    objective_title text,
    action text,
    milestones text,
    who text,
    "when" text,
    new_when text,
    measure text
);

create type shap_v1.finding_kind as enum ('date', 'new_date', 'who', 'wording', 'count', 'not_found', 'several');
create type shap_v1.check_finding as (
    line integer,
    kind shap_v1.finding_kind,
    reference text,
    field text,
    quoted text,
    planned text,
    quoted_day date,
    planned_day date,
    detail text
);

create type shap_v1.checked_report as (
    head shap_v1.report_head,
    file text,
    rows integer,
    compared integer,
    date_misquotes integer,
    new_date_misquotes integer,
    who_misquotes integer,
    misquotes shap_v1.check_finding[],
    wording shap_v1.check_finding[],
    not_compared shap_v1.check_finding[]
);

-- By what the phrases of a report on a plan are understood, as known at a link. Internal.
create function shap_v1.quote_ground(council bigint, plan_id bigint, link bigint) returns shap.quote_ground
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    ground shap.quote_ground;
begin
    select p.first_day, c.quarters into ground.year_start, ground.quarters
      from shap.plan p join shap.council c on c.id = p.council_id
     where p.council_id = council and p.id = quote_ground.plan_id;
    select coalesce(array_agg(w.word order by w.word collate "C"), '{}'), coalesce(jsonb_object_agg(w.key, w.code), '{}')
      into ground.known, ground.codes
      from shap.register_words_at(council, quote_ground.link) w;
    return ground;
end
$$;

-- What is held of the milestones of a basis: WHEN is the baseline's, the rest the version's in force. Internal.
create function shap_v1.held_milestones(basis shap_v1.report_basis) returns shap.held_milestone[]
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return array(
        select row(s.place, s.reference, s.objective, s.action_no, m.objective_title, m.action, m.milestone, m.who, s."when",
                   m.measure, coalesce(w.keys, '{}'), s.first_day, s.last_day, s.recurrence, s.new_date,
                   s.new_day)::shap.held_milestone
          from unnest(basis.standing) s
          join shap.milestone m on m.council_id = basis.council_id and m.plan_id = basis.plan_id and m.version = s.version
                               and m.reference = s.reference
          left join (select r.reference, array_agg(distinct coalesce(lower(r.code), shap.word_key(r.token)) collate "C") as keys
                       from shap.who_current(basis.council_id, basis.plan_id, (basis.head).version, (basis.head).known_link) r
                      group by r.reference) w on w.reference = s.reference
         order by s.place);
end
$$;

-- Findings of some kinds as they are shown, in the order of the file. Internal.
create function shap_v1.findings_shown(findings shap.quote_finding[], kinds text[]) returns shap_v1.check_finding[]
language sql stable
begin atomic
    select array(select row(f.line, f.kind, f.reference, f.field, f.quoted, f.planned, f.quoted_day, f.planned_day,
                            f.detail)::shap_v1.check_finding
                   from unnest(findings) with ordinality f (ordinal, line, kind, reference, field, quoted, planned, quoted_day,
                                                            planned_day, detail, place)
                  where f.kind = any (kinds) order by f.place);
end;

-- Refuses what no report has: no rows or more than 1,000, a cell longer than a page or of more than 40 lines
-- (INVALID_ARGUMENT, naming the line). Internal.
create function shap_v1.check_quoted_rows(rows shap.quoted_row[]) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    long record;
begin
    if cardinality(rows) not between 1 and 1000 then
        raise exception using errcode = 'RPC03',
            message = case cardinality(rows) when 0 then 'there are no rows to check'
                           else format('%s rows are too many to check at once', cardinality(rows)) end,
            hint = 'Send 1 to 1,000 rows, each an action of a report.';
    end if;
    select r.line, c.field into long
      from unnest(rows) r
     cross join lateral (values ('objective_code', r.objective_code), ('objective_title', r.objective_title), ('action', r.action),
                                ('milestones', r.milestones), ('who', r.who), ('when', r."when"), ('new_when', r.new_when),
                                ('measure', r.measure)) c (field, cell)
     where length(c.cell) > 5000 or regexp_count(c.cell, '[\r\n]+') >= 40
     order by r.ordinal limit 1;
    if long.field is not null then
        raise exception using errcode = 'RPC03',
            message = format('line %s, column %s: a cell of a report has at most 5,000 characters in 40 lines',
                             long.line, long.field),
            hint = 'Is this the right file?';
    end if;
end
$$;

-- A written report, its rows compared with the plan as at a day (absent: today), as known at a day (absent: everything
-- recorded). Refuses rows that no report has (INVALID_ARGUMENT), and what every report refuses.
create function shap_v1.check_report(plan text, as_at date, known_at date, file text, rows shap_v1.quoted_row[])
returns shap_v1.checked_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, null, null, null);
    quoted constant shap.quoted_row[] := array(
        select row(r.place, r.line, r.objective_code, r.objective_title, r.action, r.milestones, r.who, r."when", r.new_when,
                   r.measure)::shap.quoted_row
          from unnest(check_report.rows) with ordinality
               r (line, objective_code, objective_title, action, milestones, who, "when", new_when, measure, place)
         order by r.place);
    findings shap.quote_finding[];
    report shap_v1.checked_report;
begin
    perform shap_v1.check_quoted_rows(quoted);
    findings := array(select f from shap.quote_rows(quoted, shap_v1.held_milestones(basis),
        shap_v1.quote_ground(basis.council_id, basis.plan_id, (basis.head).known_link)) f);
    report.head := basis.head;
    report.file := left(check_report.file, 300);
    report.rows := cardinality(quoted);
    report.misquotes := shap_v1.findings_shown(findings, array['date', 'new_date', 'who']);
    report.wording := shap_v1.findings_shown(findings, array['wording', 'count']);
    report.not_compared := shap_v1.findings_shown(findings, array['not_found', 'several']);
    report.compared := report.rows - cardinality(report.not_compared);
    select count(*) filter (where m.kind = 'date'), count(*) filter (where m.kind = 'new_date'),
           count(*) filter (where m.kind = 'who')
      into report.date_misquotes, report.new_date_misquotes, report.who_misquotes
      from unnest(report.misquotes) m;
    return report;
end
$$;
grant execute on function shap_v1.check_report(text, date, date, text, shap_v1.quoted_row[])
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
