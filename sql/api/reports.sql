-- Reports: messages in one canonical form. No report reads the clock but to know what "today" is: the same records
-- give the same bytes. Order is by place in the plan.

-- What a report on a plan is made of, as at a day (absent: today), as known at a day (absent: everything recorded): its
-- heading, and where the milestones stand that the caller sees and the filters (absent: all) leave. Refuses days to come,
-- a plan that was not adopted by then, and filters that name nothing here. Internal.
create function shap_v1.report_begin(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.report_basis
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    basis shap_v1.report_basis;
begin
    perform shap.check_day(named.council_id, 'known at', known_at);
    basis := shap_v1.report_basis_at(named.council_id, named.plan_id, shap.check_day(named.council_id, 'as at', as_at), known_at,
                                     shap.known_link(named.council_id, known_at), objective, organisation, owner);
    perform shap_v1.check_filters(basis);
    return basis;
end
$$;

-- The same as at a day that was checked, as known at a link; filters may leave nothing. Internal.
create function shap_v1.report_basis_at(council bigint, plan_id bigint, as_at date, known_at date, link bigint,
                                        objective text, organisation text, owner text)
returns shap_v1.report_basis
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    basis shap_v1.report_basis;
    head shap_v1.report_head;
    code text;
begin
    select p.council_id, p.id, p.first_day, p.last_day, p.code
      into basis.council_id, basis.plan_id, basis.first_day, basis.last_day, code
      from shap.plan p
     where p.council_id = council and p.id = report_basis_at.plan_id;
    head.council_name := shap.council_said(council, as_at, link);
    head.plan := shap.plan_name(basis.council_id, basis.plan_id);
    head.year := replace(code, '-', '/');
    head.as_at := as_at;
    head.known_at := known_at;
    head.known_link := link;
    head.rule := 'shap-rules-1';
    head.quarter := shap.quarter_closed(basis.first_day, head.as_at);

    select a.version, a.day, v.n_milestones into head.version, head.adopted_on, head.total
      from shap.adoptions(basis.council_id, basis.plan_id, head.as_at, head.known_link) a
      join shap.plan_version v on v.council_id = basis.council_id and v.plan_id = basis.plan_id and v.version = a.version
     order by a.day desc, a.at_link desc, a.record_id desc limit 1;
    if head.version is null then
        raise exception using errcode = 'RPC09',
            message = format('%s was not adopted as at %s%s', head.plan, head.as_at,
                             coalesce(', as known at ' || known_at, '')),
            hint = format('Adopt it first with: shap plan adopt, or report as at%s a later day.',
                          case when known_at is null then '' else ' and as known at' end);
    end if;
    select d.title, shap.text_of(basis.council_id, d.lead_officer_digest), shap.text_of(basis.council_id, d.author_digest)
      into head.title, head.lead_officer, head.author
      from shap.description_at(basis.council_id, basis.plan_id, head.known_link) d;

    select coalesce(array_agg(s order by s.place), '{}') into basis.standing
      from shap.standing(basis.council_id, basis.plan_id, head.as_at, head.known_link) s;
    head.objective := shap.normal_code(nullif(btrim(objective), ''));
    head.organisation := lower(nullif(btrim(organisation), ''));
    head.owner := nullif(btrim(owner), '');
    if shap.known_limit() is null then -- what is published keeps its filters as they were understood then
        head.organisation := shap.organisation_meant(organisation);
        head.owner := shap.owner_meant(basis.council_id, basis.plan_id, owner);
    end if;
    if concat(head.objective, head.organisation, head.owner) <> '' then
        basis.standing := shap_v1.standing_filtered(basis, head);
    end if;
    head.covered := cardinality(basis.standing);
    basis.head := head;
    return basis;
end
$$;

-- The rows of a basis that fit the filters of a heading. Internal.
create function shap_v1.standing_filtered(basis shap_v1.report_basis, head shap_v1.report_head) returns shap.standing_row[]
language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
begin
    return array(
        select s
          from shap_v1.milestones_shown(basis.council_id, basis.plan_id, head.version, head.as_at, head.known_link,
                                        basis.standing) m
          join unnest(basis.standing) s on s.reference = m.reference
         where (head.objective is null or m.objective = head.objective)
           and (head.organisation is null or head.organisation = any ((m.item).organisations))
           and (head.owner is null or shap.word_key(head.owner) = any (m.words))
         order by s.place);
end
$$;

-- Refuses filters that leave nothing, saying which. Internal.
create function shap_v1.check_filters(basis shap_v1.report_basis) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    head constant shap_v1.report_head := basis.head;
begin
    if cardinality(basis.standing) = 0 and concat(head.objective, head.organisation, head.owner) <> '' then
        raise exception using errcode = 'RPC05',
            message = format('no milestone of %s that you see is %s', head.plan,
                             concat_ws(' and ', 'of objective "' || left(head.objective, 60) || '"',
                                       'shared with "' || left(head.organisation, 60) || '"',
                                       'owned by "' || left(head.owner, 60) || '"')),
            hint = 'What there is, is listed by: shap objective list, shap org list, shap register list';
    end if;
end
$$;

-- The exceptions of a standing as the committee's layout has them: objectives, their actions, their milestones, in
-- the order of the plan; an action with its exceptions only. WHEN is the baseline's: what a later version says instead
-- takes effect by a grant. Internal.
create function shap_v1.exception_objectives(council bigint, plan_id bigint, standing shap.standing_row[], as_at date)
returns shap_v1.exception_objective[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
set enable_nestloop = off set jit = off as $$
begin
    return (
        with exception as (
            select m.place, m.objective, m.action_no, m.objective_heading, m.objective_title, m.action,
                   row(s.reference, m.milestone, m.who, s."when", s.new_date, s.last_day, s.new_day, m.measure,
                       s.class::shap_v1.milestone_class, s.status::shap_v1.return_status, s.is_claimed,
                       coalesce(s.due_day > as_at, false), s.extensions, s.slip_months)::shap_v1.exception_milestone as item
              from unnest(standing) s
              join shap.milestone m on m.council_id = council and m.plan_id = exception_objectives.plan_id
                                    and m.version = s.version and m.reference = s.reference
             where shap.is_exception(s)
        ), action as (
            select e.objective, min(e.place) as place,
                   (array_agg(e.objective_heading order by e.place))[1] as objective_heading,
                   (array_agg(e.objective_title order by e.place))[1] as objective_title,
                   row(e.objective || '/' || e.action_no, (array_agg(e.action order by e.place))[1],
                       array_agg(e.item order by e.place))::shap_v1.exception_action as item
              from exception e group by e.objective, e.action_no
        ), objective as (
            select min(a.place) as place,
                   row(a.objective, (array_agg(a.objective_heading order by a.place))[1],
                       (array_agg(a.objective_title order by a.place))[1],
                       array_agg(a.item order by a.place))::shap_v1.exception_objective as item
              from action a group by a.objective
        )
        select coalesce(array_agg(o.item order by o.place), '{}') from objective o);
end
$$;

-- The named groups of a standing's account, each in the order given, also the empty ones. Internal.
create function shap_v1.named_groups(council bigint, plan_id bigint, standing shap.standing_row[], groups text[],
                                     year_start date, as_at date) returns shap_v1.named_group[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
set enable_nestloop = off set jit = off as $$
begin
    return (
        with named as (
            select shap.account_group(s, year_start, as_at) as name, s.place,
                   row(s.reference, m.milestone, m.who, s."when", s.only_sent_back)::shap_v1.named_milestone as item
              from unnest(standing) s
              join shap.milestone m on m.council_id = council and m.plan_id = named_groups.plan_id
                                    and m.version = s.version and m.reference = s.reference
             where shap.account_group(s, year_start, as_at) = any (groups)
        )
        select array_agg(row(g.name, coalesce((select array_agg(n.item order by n.place) from named n where n.name = g.name),
                                              '{}'))::shap_v1.named_group order by g.place)
          from unnest(groups) with ordinality g (name, place));
end
$$;

-- The account a report closes with: every class with its count, the silent and the undated by name, what the panel
-- noted or signed off too early, the claims. Internal.
create function shap_v1.account_of(council bigint, plan_id bigint, standing shap.standing_row[], year_start date,
                                   year_end date, as_at date) returns shap_v1.account
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    account shap_v1.account;
begin
    select cardinality(standing), count(*) filter (where shap.is_exception(s)),
           count(distinct (s.objective, s.action_no)) filter (where shap.is_exception(s)),
           count(distinct s.objective) filter (where shap.is_exception(s)),
           count(*) filter (where s.class in ('complete', 'signed_off') and s.completed_on > s.last_day)
      into account.total, account.exception_milestones, account.exception_actions, account.exception_objectives,
           account.complete_late
      from unnest(standing) s;
    account.classes := array(
        select row(c.class, count(s.reference))::shap_v1.class_count
          from unnest(enum_range(null::shap_v1.milestone_class)) c (class)
          left join unnest(standing) s on s.class = c.class::text
         group by c.class order by c.class);
    account.no_return := shap_v1.named_groups(council, plan_id, standing,
        array['before_plan_year', 'earlier_quarters', 'this_quarter', 'cycles'], year_start, as_at);
    account.undated := shap_v1.named_groups(council, plan_id, standing, array['empty', 'prose'], year_start, as_at);
    account.settled := shap_v1.named_groups(council, plan_id, standing, array['noted', 'changed_since'], year_start, as_at);
    account.pieces_of_work := (select count(distinct s.work) from unnest(standing) s);
    account.claims := array(
        select row(c.name, c.satisfied = c.total, c.satisfied, c.total, c.exceptions, null, null)::shap_v1.claim
          from shap.claims(standing, year_end, as_at) c order by c.place);
    return account;
end
$$;

-- The claims put forward, in their order, judged over what is listed: true when it is so of as many as the sentence says,
-- which is all where it gives no number; null where it asks how many. Refuses what is no claim that is known. Internal.
create function shap_v1.claims_judged(basis shap_v1.report_basis, sentences text[]) returns shap_v1.claim[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(
        with judged as (
            select c.name, c.satisfied, c.total, c.exceptions
              from shap.claims(basis.standing, basis.last_day, (basis.head).as_at) c
             union all
            select 'on_target', t.on_target, t.due, t.missed from shap.on_target(basis.standing, (basis.head).as_at) t
        )
        select row(j.name, case when not a.is_question then
                   j.satisfied = coalesce(a.satisfied, case when a.percent is null then j.total else j.satisfied end)
                       and j.total = coalesce(a.total, j.total)
                       and coalesce(a.percent = shap.percent_of(j.satisfied, j.total, scale(a.percent)), a.percent is null) end,
                   j.satisfied, j.total, j.exceptions, btrim(n.sentence), shap.percent_of(j.satisfied, j.total, 0))::shap_v1.claim
          from unnest(sentences) with ordinality n (sentence, place)
         cross join lateral shap.claim_of(n.sentence, (basis.head).year) a
          join judged j on j.name = a.name
         order by n.place);
end
$$;

-- The exception report as at a day (absent: today), as known at a day (absent: everything recorded), with the
-- account of every milestone the caller sees; each filter that is given narrows it down. claim: sentences to be judged.
-- Refuses days to come, a plan that was not adopted by then, filters that name nothing here, and claims that are not known.
create function shap_v1.get_exception_report(plan text, as_at date, known_at date, objective text, organisation text, owner text,
                                             claim text[] default '{}')
returns shap_v1.exception_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    report shap_v1.exception_report;
begin
    report.head := basis.head;
    report.objectives := shap_v1.exception_objectives(basis.council_id, basis.plan_id, basis.standing, (basis.head).as_at);
    report.account := shap_v1.account_of(basis.council_id, basis.plan_id, basis.standing, basis.first_day, basis.last_day,
                                         (basis.head).as_at);
    report.claims := shap_v1.claims_judged(basis, claim);
    return report;
end
$$;
grant execute on function shap_v1.get_exception_report(text, date, date, text, text, text, text[])
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
