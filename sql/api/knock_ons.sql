-- Service Order: the report on knock-ons.
create type shap_v1.knock_on_basis as enum ('declared', 'plan_order');
create type shap_v1.moved_step as (
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    last_day date,
    new_day date,
    milestone_class shap_v1.milestone_class,
    slip_months integer,
    reach_day date,
    candidates integer,
    certain integer,
    independent integer
);

create type shap_v1.knock_on as (
    step text,
    reach_day date,
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    first_day date,
    last_day date,
    new_day date,
    milestone_class shap_v1.milestone_class,
    status shap_v1.return_status,
    claimed boolean,
    basis shap_v1.knock_on_basis,
    follows text,
    record_id bigint,
    reason text,
    declared_on date,
    declared_by text
);

create type shap_v1.knock_on_report as (
    head shap_v1.report_head,
    candidates integer,
    certain integer,
    steps shap_v1.moved_step[],
    knock_ons shap_v1.knock_on[],
    independent shap_v1.knock_on[]
);

-- Knock-ons as they are shown, those declared independent or the others, in their order. Internal.
create function shap_v1.knock_ons_shown(council bigint, plan_id bigint, standing shap.standing_row[],
                                        pairs shap.knock_on_row[], independent boolean) returns shap_v1.knock_on[]
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return array(
        select row(k.step, nullif(k.reach, 'infinity'), k.reference, m.milestone, m.who, s."when", s.new_date, k.first_day,
                   s.last_day, s.new_day, s.class, s.status, s.is_claimed,
                   case when k.follows is not null then 'declared' when not independent then 'plan_order' end, k.follows,
                   k.record_id, shap.text_of(council, o.reason_digest), o.day, shap.name_of(o.membership_id))::shap_v1.knock_on
          from unnest(pairs) k
          join unnest(standing) s on s.reference = k.reference
          join shap.milestone m on m.council_id = council and m.plan_id = knock_ons_shown.plan_id and m.version = s.version
                               and m.reference = s.reference
          left join shap.milestone_order o on o.council_id = council and o.record_id = k.record_id
         where k.is_independent = independent
         order by k.step_place, k.place);
end
$$;

-- Steps that moved as they are shown, with how many milestones each pushes. Internal.
create function shap_v1.steps_shown(council bigint, plan_id bigint, standing shap.standing_row[], pairs shap.knock_on_row[])
returns shap_v1.moved_step[]
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return array(
        select row(s.reference, m.milestone, m.who, s."when", s.new_date, s.last_day, s.new_day, s.class, s.slip_months,
                   nullif(shap.reach_of(s), 'infinity'), coalesce(k.candidates, 0), coalesce(k.certain, 0),
                   coalesce(k.independent, 0))::shap_v1.moved_step
          from unnest(standing) s
          join shap.milestone m on m.council_id = council and m.plan_id = steps_shown.plan_id and m.version = s.version
                               and m.reference = s.reference
          left join (select f.step, count(*) filter (where not f.is_independent) as candidates, count(f.follows) as certain,
                            count(*) filter (where f.is_independent) as independent
                       from unnest(pairs) f group by f.step) k on k.step = s.reference
         where shap.reach_of(s) is not null
         order by s.place);
end
$$;

-- What the steps that moved may push, as at a day (absent: today) and as known at a day (absent: everything recorded).
-- The filters are for what is pushed; the steps are all that the caller sees, and listed where they push such or fit
-- themselves. Refuses days to come, a plan that was not adopted by then, and filters that name nothing here.
create function shap_v1.get_knock_on_report(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.knock_on_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    head constant shap_v1.report_head := basis.head;
    seen shap.standing_row[] := basis.standing;
    pairs shap.knock_on_row[];
    report shap_v1.knock_on_report;
begin
    if concat(head.objective, head.organisation, head.owner) <> '' then
        seen := array(select s from shap.standing(basis.council_id, basis.plan_id, head.as_at, head.known_link) s);
    end if;
    pairs := array(select k from shap.knock_ons(basis.council_id, basis.plan_id, seen, head.as_at, head.known_link) k
                    where k.reference in (select s.reference from unnest(basis.standing) s));
    report.head := head;
    select count(distinct k.reference), count(distinct k.reference) filter (where k.follows is not null)
      into report.candidates, report.certain
      from unnest(pairs) k where not k.is_independent;
    report.steps := shap_v1.steps_shown(basis.council_id, basis.plan_id, array(
        select s from unnest(seen) s
         where s.reference in (select b.reference from unnest(basis.standing) b union select k.step from unnest(pairs) k)), pairs);
    report.knock_ons := shap_v1.knock_ons_shown(basis.council_id, basis.plan_id, basis.standing, pairs, false);
    report.independent := shap_v1.knock_ons_shown(basis.council_id, basis.plan_id, basis.standing, pairs, true);
    return report;
end
$$;
grant execute on function shap_v1.get_knock_on_report(text, date, date, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
