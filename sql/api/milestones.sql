-- Service Plans: objectives and milestones as they stand.

-- A milestone as it is shown: where it stands, its row, its plan's name, what is shown beside it. One row, because what
-- returns a composite alone is not set into a statement. Internal.
create function shap_v1.milestone_shown(s shap.standing_row, m shap.milestone, plan text, b shap.beside_row)
returns setof shap_v1.milestone
language sql stable parallel safe
begin atomic
    select plan, s.reference, m.objective, m.action, m.milestone, m.who, m."when", m.measure,
           s.first_day, s.last_day, s.recurrence::shap_v1.recurrence, s.recurrence is not null, s.new_date, s.new_day,
           s.extensions, s.slip_months, s.class::shap_v1.milestone_class, s.status::shap_v1.return_status, s.is_claimed,
           b.owners, b.organisations, b.same_as, s.signed_off_on;
end;

-- Milestones of a version of a plan whose standing is given, as they are shown. words: the codes and spellings of WHO, as
-- they are compared. Internal.
create function shap_v1.milestones_shown(council bigint, plan_id bigint, version integer, as_at date, link bigint,
                                         standing shap.standing_row[])
returns table (place integer, reference text, objective text, action_no integer, words text[], item shap_v1.milestone)
language sql stable parallel safe
begin atomic
    select s.place, s.reference, s.objective, s.action_no, b.words, i
      from unnest(standing) s
      join shap.council c on c.id = council
      join shap.plan p on p.council_id = council and p.id = milestones_shown.plan_id
      join shap.milestone m on m.council_id = council and m.plan_id = milestones_shown.plan_id
                           and m.version = milestones_shown.version and m.reference = s.reference
      join shap.beside(council, milestones_shown.plan_id, milestones_shown.version, milestones_shown.as_at,
                       milestones_shown.link, array(select x.reference from unnest(standing) x)) b on b.reference = s.reference
     cross join lateral shap_v1.milestone_shown(s, m, c.code || '/' || p.code, b) i;
end;

-- What a call for milestones is about: plan, day, link and version. Refuses what is not there. Internal.
create function shap_v1.reported(plan text, as_at date, known_at date, out council_id bigint, out plan_id bigint,
                                 out day date, out link bigint, out version integer)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    select n.council_id, n.plan_id into council_id, plan_id from shap.plan_of(plan) n;
    perform shap.check_calendar('as at', as_at);
    day := coalesce(as_at, shap.today(council_id));
    link := shap.known_link(council_id, known_at);
    version := shap.version_reported(council_id, plan_id, day, link);
end
$$;

-- The milestones of a plan that the caller sees, as at a day (absent: today) and as known at a day, in the order of the
-- plan; each filter that is given narrows them down.
create function shap_v1.list_milestones(plan text, as_at date, known_at date, owner text, organisation text,
    milestone_class shap_v1.milestone_class, due_before date, due_after date, objective text, text text,
    holder text default null, mine boolean default null)
returns setof shap_v1.milestone
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
declare
    about record := shap_v1.reported(plan, as_at, known_at);
    whose constant text := shap.word_key(shap.owner_meant(about.council_id, about.plan_id, list_milestones.owner));
    body constant text := shap.organisation_meant(list_milestones.organisation);
    held constant text[] := shap.codes_held(about.council_id, mine, holder, about.day, about.link);
    standing constant shap.standing_row[] := array(
        select s from shap.standing(about.council_id, about.plan_id, about.day, about.link) s);
begin
    return query
        select (r.item).*
          from shap_v1.milestones_shown(about.council_id, about.plan_id, about.version, about.day, about.link, standing) r
         where (whose is null or whose = any (r.words))
           and (held is null or exists (select from unnest((r.item).owners) o (code) where lower(o.code) = any (held)))
           and (body is null or body = any ((r.item).organisations))
           and (list_milestones.milestone_class is null or (r.item).milestone_class = list_milestones.milestone_class)
           and (list_milestones.due_before is null or (r.item).last_day < list_milestones.due_before)
           and (list_milestones.due_after is null or (r.item).last_day > list_milestones.due_after)
           and (list_milestones.objective is null or r.objective = shap.normal_code(list_milestones.objective))
           and (list_milestones.text is null or strpos(lower(concat_ws(E'\n', (r.item).action, (r.item).milestone,
                    (r.item).measure)), lower(list_milestones.text)) > 0)
         order by r.place;
end
$$;
grant execute on function shap_v1.list_milestones(text, date, date, text, text, shap_v1.milestone_class, date, date, text, text,
                                                 text, boolean)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- One milestone, with every record about it in the order of the ledger. Refuses one the caller does not see.
create function shap_v1.get_milestone(plan text, reference text, as_at date, known_at date)
returns shap_v1.milestone_history
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    about record := shap_v1.reported(plan, as_at, known_at);
    wanted constant text := shap.reference_meant(about.council_id, about.plan_id, about.version, get_milestone.reference);
    history shap_v1.milestone_history;
begin
    select i, m.objective_heading
      into history.milestone, history.objective_heading
      from shap.standing_of(about.council_id, about.plan_id, wanted, about.day, about.link) s
     cross join shap.beside_of(about.council_id, about.plan_id, about.version, about.day, about.link, wanted) b
      join shap.milestone m on m.council_id = about.council_id and m.plan_id = about.plan_id and m.version = about.version
                           and m.reference = wanted
     cross join lateral shap_v1.milestone_shown(s, m, shap.plan_name(about.council_id, about.plan_id), b) i;
    if (history.milestone).reference is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no milestone "%s" in %s', left(get_milestone.reference, 60),
                             shap.plan_name(about.council_id, about.plan_id)),
            hint = 'Milestones are listed by: shap milestone list';
    end if;
    history.events := array(
        select row(e.record_id, e.kind, e.day, e.recorded_at, e.by_name, e.organisation, e.summary, e."text",
                   e.of_record)::shap_v1.history_event
          from shap.history(about.council_id, about.plan_id, wanted, (history.milestone).same_as, about.day, about.link) e);
    history.holders := shap.holders_said(about.council_id, (history.milestone).owners, about.day, about.link);
    history.carried_from := shap.carried_from(about.council_id, about.plan_id, wanted, about.day, about.link);
    history.carried_to := shap.carried_to(about.council_id, about.plan_id, wanted, about.day, about.link);
    return history;
end
$$;
grant execute on function shap_v1.get_milestone(text, text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- One objective with its actions and their milestones, as far as the caller sees them. Refuses an unknown one.
create function shap_v1.get_objective(plan text, code text, as_at date, known_at date) returns shap_v1.objective
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
declare
    about record := shap_v1.reported(plan, as_at, known_at);
    standing constant shap.standing_row[] := array(
        select s from shap.standing(about.council_id, about.plan_id, about.day, about.link) s
         where s.objective = shap.normal_code(get_objective.code));
    found shap_v1.objective;
begin
    with shown as (
        select r.* from shap_v1.milestones_shown(about.council_id, about.plan_id, about.version, about.day, about.link, standing) r
    ), action as (
        select min(s.place) as place,
               row(s.objective || '/' || s.action_no, (array_agg((s.item).action order by s.place))[1],
                   count(*) filter (where (s.item).milestone_class in ('complete', 'signed_off'))::integer,
                   array_agg(s.item order by s.place))::shap_v1.action as item
          from shown s group by s.objective, s.action_no
    )
    select shap.plan_name(about.council_id, about.plan_id), m.objective, m.objective_heading, m.objective_title, m.purpose,
           (select count(*) from shown), (select array_agg(a.item order by a.place) from action a)
      into found
      from shap.milestone m
     where m.council_id = about.council_id and m.plan_id = about.plan_id and m.version = about.version
       and m.place = (select min(s.place) from shown s);
    if found.code is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no objective "%s" in %s', left(get_objective.code, 60),
                             shap.plan_name(about.council_id, about.plan_id)),
            hint = 'Objectives are listed by: shap objective list';
    end if;
    return found;
end
$$;
grant execute on function shap_v1.get_objective(text, text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- The objectives of a plan, in its order, each with the number of its milestones the caller sees.
create function shap_v1.list_objectives(plan text, as_at date, known_at date) returns setof shap_v1.objective
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    about record := shap_v1.reported(plan, as_at, known_at);
begin
    return query
        select shap.plan_name(about.council_id, about.plan_id), o.objective, o.objective_heading, o.objective_title,
               o.purpose, o.n, '{}'::shap_v1.action[]
          from (select distinct on (m.objective) m.objective, m.objective_heading, m.objective_title, m.purpose, m.place,
                       count(*) over (partition by m.objective)::integer as n
                  from shap.milestone m
                 where m.council_id = about.council_id and m.plan_id = about.plan_id and m.version = about.version
                 order by m.objective, m.place) o
         order by o.place;
end
$$;
grant execute on function shap_v1.list_objectives(text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- Shares a milestone with one more organisation; one it is shared with already stands as it is. Refuses an unknown
-- milestone or organisation (NOT_FOUND) and a draft (FAILED_PRECONDITION). Tables written: share, personal_text, link.
create function shap_v1.share_milestone(plan text, reference text, organisation text, reason text)
returns shap_v1.milestone
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named record := shap.plan_of(plan);
    wanted constant text := shap.milestone_of(named.council_id, named.plan_id, share_milestone.reference);
    body constant bigint := shap.organisation_of(share_milestone.organisation);
    link bigint;
begin
    perform shap.check_text('reason', reason, 20000);
    if shap.share_of(named.council_id, named.plan_id, wanted, body) is null then
        link := shap.take_link(named.council_id, shap.caller());
    end if;
    if shap.share_of(named.council_id, named.plan_id, wanted, body) is null then -- nor did another while we waited
        insert into shap.share (council_id, plan_id, reference, organisation_id, day, origin, reason_digest, membership_id, link)
        values (named.council_id, named.plan_id, wanted, body, shap.today(named.council_id), 'added',
                shap.keep_text(named.council_id, share_milestone.reason), shap.caller(), link);
    end if;
    return (shap_v1.get_milestone(shap.plan_name(named.council_id, named.plan_id), wanted, null, null)).milestone;
end
$$;
grant execute on function shap_v1.share_milestone(text, text, text, text) to shap_coordinator;

-- Ends a milestone's share with an organisation, with a reason; its returns stay on record. Refuses an unknown milestone
-- or organisation, one it was never shared with (NOT_FOUND), one that WHO names and a draft (FAILED_PRECONDITION), no
-- reason and a day before the share's (INVALID_ARGUMENT), a share that is revoked already (ABORTED).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.unshare_milestone(plan text, reference text, organisation text, reason text, day date)
returns shap_v1.milestone
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named record := shap.plan_of(plan);
    wanted constant text := shap.milestone_of(named.council_id, named.plan_id, unshare_milestone.reference);
    body constant bigint := shap.organisation_of(unshare_milestone.organisation);
    ended shap.share;
begin
    perform shap.take_link(named.council_id, shap.caller());
    select s.* into ended from shap.share s
     where s.council_id = named.council_id and s.plan_id = named.plan_id and s.reference = wanted
       and s.organisation_id = body
     order by s.link desc, s.record_id desc limit 1;
    if ended.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('%s is not shared with %s', wanted, (select o.name from shap.organisation o where o.id = body)),
            hint = format('With whom it is shared is shown by: shap milestone show %s', wanted);
    end if;
    perform shap.check_stands(named.council_id, ended.record_id, 'the share');
    if exists (select from shap.named_bodies(named.council_id, named.plan_id, array[wanted]) n
                where n.organisation_id = body) then
        raise exception using errcode = 'RPC09',
            message = format('WHO of %s names %s', wanted, (select o.name from shap.organisation o where o.id = body)),
            hint = 'It is shared as long as WHO means it, by the plan, by: shap register list, and by: shap plan doubts --all';
    end if;
    perform shap.undo(named.council_id, named.plan_id, wanted, ended.record_id, 'share', ended.day,
                      unshare_milestone.day, unshare_milestone.reason);
    return (shap_v1.get_milestone(shap.plan_name(named.council_id, named.plan_id), wanted, null, null)).milestone;
end
$$;
grant execute on function shap_v1.unshare_milestone(text, text, text, text, date) to shap_coordinator;
