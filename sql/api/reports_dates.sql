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
               g.day <= coalesce(lag(g.new_day) over earlier, s.due_day), g.number = s.extensions,
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
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
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
