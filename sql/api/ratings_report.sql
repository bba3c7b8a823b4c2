-- Service Ratings: the reports. See reports.sql for what all reports hold to.
create type shap_v1.rating_rule_count as (
    place integer,
    rating text,
    mark text,
    rule text,
    condition text,
    milestones integer
);

create type shap_v1.rating_count as (
    rating text,
    mark text,
    milestones integer,
    officer integer,
    overridden integer
);

create type shap_v1.objective_rating as (
    code text,
    title text,
    milestones integer,
    ratings text
);

create type shap_v1.rated_milestone as (
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    milestone_class shap_v1.milestone_class,
    status shap_v1.return_status,
    months_behind integer,
    days_behind integer,
    percent text,
    rating text,
    mark text,
    rule_place integer,
    rule text,
    computed text,
    officer text,
    officer_understood boolean,
    override text,
    override_reason text,
    override_by text,
    override_day date,
    override_until date,
    disagrees boolean
);

create type shap_v1.rating_report as (
    head shap_v1.report_head,
    scheme text,
    scheme_name text,
    scheme_record_id bigint,
    rules shap_v1.rating_rule_count[],
    counts shap_v1.rating_count[],
    objectives shap_v1.objective_rating[],
    milestones shap_v1.rated_milestone[],
    not_understood shap_v1.rated_milestone[],
    total integer,
    officer_ratings integer,
    overrides integer,
    disagreements integer
);

create type shap_v1.disagreement as (
    reference text,
    milestone text,
    who text,
    milestone_class shap_v1.milestone_class,
    computed text,
    computed_mark text,
    rule text,
    kind shap_v1.judgement_kind,
    judged text,
    written text,
    by text,
    day date,
    reason text,
    record_id bigint
);

create type shap_v1.disagreement_report as (
    head shap_v1.report_head,
    scheme text,
    scheme_name text,
    scheme_record_id bigint,
    rules shap_v1.rating_rule_count[],
    disagreements shap_v1.disagreement[],
    officer_ratings integer,
    overrides integer
);

-- What a report on ratings is made of. Internal.
create type shap_v1.rating_basis as (
    report shap_v1.report_basis,
    scheme shap.rating_scheme,
    rules shap.rating_rule[],
    rated shap.rated_row[]
);

-- That, for a report asked for. Refuses what report_begin refuses, and an unknown scheme (NOT_FOUND). Internal.
create function shap_v1.rating_begin(plan text, as_at date, known_at date, objective text, organisation text, owner text, scheme text)
returns shap_v1.rating_basis
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    basis shap_v1.rating_basis;
    report constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    head constant shap_v1.report_head := report.head;
begin
    basis.report := report;
    basis.scheme := shap.scheme_of(report.council_id, rating_begin.scheme, head.as_at, head.known_link);
    basis.rules := shap.rules_of(basis.scheme);
    basis.rated := array(select r from shap.rated(report.council_id, report.plan_id, report.standing, basis.rules, head.as_at,
                                                  head.known_link) r order by r.place);
    return basis;
end
$$;

-- Whether a milestone's officer, or the override in force, gives another rating than the computed one. Internal.
create function shap_v1.disagrees(r shap.rated_row) returns boolean
language sql immutable parallel safe
return coalesce(r.officer is not null and r.officer is distinct from r.computed
                or (r.fact).override is not null and (r.fact).override is distinct from r.computed, false);

-- A condition as it is said: "class overdue or no return, months behind 2 or more". Null where nothing is asked. Internal.
create function shap_v1.in_words(what text, cell text) returns text
language sql immutable parallel safe
return what || ' ' || replace(replace(replace(replace(replace(
    cell, '-', ' to '), ';', ' or '), '+', ' or more'), 're_dated', 're-dated'), '_', ' ');

-- The rows of a scheme, each with its condition in words and how many milestones it rates. Internal.
create function shap_v1.rule_counts(rules shap.rating_rule[], rated shap.rated_row[]) returns shap_v1.rating_rule_count[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (
        with counted as (
            select m.rule, count(*) as n from unnest(rated) m group by m.rule
        )
        select array_agg(
            row(r.place, r.rating, r.mark, r.sentence,
                coalesce(nullif(concat_ws(', ', shap_v1.in_words('class', w.class), shap_v1.in_words('status', w.status),
                                          shap_v1.in_words('re-dated', w.re_dated), shap_v1.in_words('months behind', w.months),
                                          shap_v1.in_words('days behind', w.days), shap_v1.in_words('officer', w.officer),
                                          shap_v1.in_words('percent of target', w.percent)), ''), 'anything'),
                coalesce(c.n, 0))::shap_v1.rating_rule_count order by r.place)
          from unnest(rules) r
         cross join lateral shap_v1.rule_written(r) w
          left join counted c on c.rule = r.place);
end
$$;

-- How many milestones have each rating: those of the scheme, those given besides, and last the unrated. Each of the three
-- columns adds up to the total. Internal.
create function shap_v1.rating_counts(rules shap.rating_rule[], rated shap.rated_row[]) returns shap_v1.rating_count[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (
        with given as materialized (
            select m.rating, m.officer, (m.fact).override as override from unnest(rated) m
        ), rating as (
            select r.rating, r.mark, min(r.place) as place from unnest(rules) r group by r.rating, r.mark
            union all
            select distinct g.rating, null, null::integer
              from (select m.officer from given m union select m.override from given m) g (rating)
             where g.rating is not null and g.rating not in (select r.rating from unnest(rules) r)
            union all
            select null, null, null
        )
        select array_agg(
            row(coalesce(n.rating, 'unrated'), n.mark,
                (select count(*) from given m where m.rating is not distinct from n.rating),
                (select count(*) from given m where m.officer is not distinct from n.rating),
                (select count(*) from given m where m.override is not distinct from n.rating))::shap_v1.rating_count
            order by n.rating is null, n.place is null,
                     array_position(array['green', 'amber', 'red', 'hashed', 'blue', 'grey'], n.rating), n.place, n.rating collate "C")
          from rating n);
end
$$;

-- The ratings of each objective, in the order of the plan. Internal.
create function shap_v1.objective_ratings(council bigint, plan_id bigint, rated shap.rated_row[]) returns shap_v1.objective_rating[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return (
        with counted as (
            select (m.standing).objective as code, m.rating, count(*) as n, min(m.place) as place,
                   array_position(array['green', 'amber', 'red', 'hashed', 'blue', 'grey'], m.rating) as shade
              from unnest(rated) m group by 1, 2
        ), objective as (
            select c.code, min(c.place) as place, sum(c.n) as n,
                   string_agg(format('%s %s', c.n, coalesce(c.rating, 'unrated')), ', '
                              order by c.rating is null, c.shade, c.rating collate "C") as ratings
              from counted c group by c.code
        )
        select coalesce(array_agg(row(o.code, m.objective_title, o.n, o.ratings)::shap_v1.objective_rating order by o.place), '{}')
          from objective o
          join unnest(rated) r on r.place = o.place
          join shap.milestone m on m.council_id = council and m.plan_id = objective_ratings.plan_id
                               and m.version = (r.standing).version and m.reference = r.reference);
end
$$;

-- Milestones as they are rated, in the order of the plan. Internal.
create function shap_v1.milestones_rated(council bigint, plan_id bigint, rated shap.rated_row[]) returns shap_v1.rated_milestone[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return array(
        select row(r.reference, m.milestone, m.who, (r.standing)."when", (r.standing).new_date,
                   (r.standing).class::shap_v1.milestone_class, (r.standing).status::shap_v1.return_status, r.months_behind,
                   r.days_behind, trim_scale((r.fact).percent)::text, r.rating, r.mark, r.rule, r.sentence, r.computed,
                   coalesce(r.officer, (r.fact).officer), case when (r.fact).officer is not null then r.officer is not null end,
                   (r.fact).override, shap.text_of(council, (r.fact).override_reason), shap.name_of((r.fact).override_membership),
                   case when (r.fact).override is not null then (r.fact).override_day end, (r.fact).override_until,
                   shap_v1.disagrees(r))::shap_v1.rated_milestone
          from unnest(rated) r
          join shap.milestone m on m.council_id = council and m.plan_id = milestones_rated.plan_id
                               and m.version = (r.standing).version and m.reference = r.reference
         order by r.place);
end
$$;

-- Every milestone the caller sees, rated by a scheme (absent: the council's choice) as at a day, as known at a day, with the
-- scheme in full. Refuses days to come, a plan that was not adopted by then, filters that name nothing here, and an unknown
-- scheme.
create function shap_v1.get_rating_report(plan text, as_at date, known_at date, objective text, organisation text, owner text,
                                          scheme text) returns shap_v1.rating_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    basis constant shap_v1.rating_basis := shap_v1.rating_begin(plan, as_at, known_at, objective, organisation, owner, scheme);
    based constant shap_v1.report_basis := basis.report;
    by_scheme constant shap.rating_scheme := basis.scheme;
    report shap_v1.rating_report;
begin
    report.head := based.head;
    report.scheme := by_scheme.code;
    report.scheme_name := by_scheme.name;
    report.scheme_record_id := case when by_scheme.council_id <> 0 then by_scheme.record_id end;
    report.rules := shap_v1.rule_counts(basis.rules, basis.rated);
    report.counts := shap_v1.rating_counts(basis.rules, basis.rated);
    report.objectives := shap_v1.objective_ratings(based.council_id, based.plan_id, basis.rated);
    report.milestones := shap_v1.milestones_rated(based.council_id, based.plan_id, basis.rated);
    report.not_understood := shap_v1.milestones_rated(based.council_id, based.plan_id, array(
        select r from unnest(basis.rated) r where r.officer is null and (r.fact).officer is not null order by r.place));
    select count(*), count((r.fact).officer), count((r.fact).override), count(*) filter (where shap_v1.disagrees(r))
      into report.total, report.officer_ratings, report.overrides, report.disagreements
      from unnest(basis.rated) r;
    return report;
end
$$;
grant execute on function shap_v1.get_rating_report(text, date, date, text, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- The judgements that give another rating than the computed one, in the order of the plan, the officer's before the
-- override. Refuses what get_rating_report refuses.
create function shap_v1.get_disagreement_report(plan text, as_at date, known_at date, objective text, organisation text,
                                                owner text, scheme text) returns shap_v1.disagreement_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
declare
    basis constant shap_v1.rating_basis := shap_v1.rating_begin(plan, as_at, known_at, objective, organisation, owner, scheme);
    based constant shap_v1.report_basis := basis.report;
    by_scheme constant shap.rating_scheme := basis.scheme;
    report shap_v1.disagreement_report;
begin
    report.head := based.head;
    report.scheme := by_scheme.code;
    report.scheme_name := by_scheme.name;
    report.scheme_record_id := case when by_scheme.council_id <> 0 then by_scheme.record_id end;
    report.rules := shap_v1.rule_counts(basis.rules, basis.rated);
    report.disagreements := array(
        select row(r.reference, m.milestone, m.who, (r.standing).class::shap_v1.milestone_class, r.computed, r.computed_mark,
                   r.computed_sentence, j.kind::shap_v1.judgement_kind, j.judged, j.written, shap.name_of(j.membership), j.day,
                   shap.text_of(based.council_id, j.reason), j.record)::shap_v1.disagreement
          from unnest(basis.rated) r
          join shap.milestone m on m.council_id = based.council_id and m.plan_id = based.plan_id
                               and m.version = (r.standing).version and m.reference = r.reference
         cross join lateral (values
               (1, 'officer', r.officer, (r.fact).officer, (r.fact).officer_membership, (r.fact).answered_on,
                (r.fact).officer_reason, (r.fact).return_record),
               (2, 'override', (r.fact).override, (r.fact).override, (r.fact).override_membership, (r.fact).override_day,
                (r.fact).override_reason, (r.fact).override_record)) j (n, kind, judged, written, membership, day, reason, record)
         where j.judged is not null and j.judged is distinct from r.computed
         order by r.place, j.n);
    select count(r.officer), count((r.fact).override) into report.officer_ratings, report.overrides from unnest(basis.rated) r;
    return report;
end
$$;
grant execute on function shap_v1.get_disagreement_report(text, date, date, text, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
