-- Service SignOffs: the report of what waits for the panel.
create type shap_v1.ground as enum ('accepted_return', 'plan_text');

create type shap_v1.sign_off_item as (
    reference text,
    milestone text,
    who text,
    "when" text,
    completed_on date,
    ground shap_v1.ground,
    evidence text[],
    lacks_evidence boolean,
    own_work boolean,
    status shap_v1.return_status,
    said_on date,
    signed_off_on date,
    same_as text[]
);

create type shap_v1.sign_off_report as (
    head shap_v1.report_head,
    complete shap_v1.sign_off_item[],
    undeliverable shap_v1.sign_off_item[],
    changed shap_v1.sign_off_item[],
    signed_off integer,
    noted integer
);

-- The list a milestone waits in for the panel; null: in none. Internal.
create function shap_v1.awaits(s shap.standing_row) returns text
language sql immutable parallel safe
return case when s.class = 'complete' then 'complete'
            when s.class = 'will_not_be_delivered' and not s.is_noted then 'undeliverable'
            when s.class = 'signed_off' and s.is_changed_since then 'changed' end;

-- The milestones of a basis that wait for the panel, in the order of the plan, each in its list. Own work is that of a
-- body that met, at a meeting that stands, or of the only body in the register while none did. Internal.
create function shap_v1.sign_off_items(basis shap_v1.report_basis)
returns table (place integer, list text, item shap_v1.sign_off_item)
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
declare
    council constant bigint := basis.council_id;
    plan constant bigint := basis.plan_id;
    at constant date := (basis.head).as_at;
    known constant bigint := (basis.head).known_link;
    waiting constant shap.standing_row[] := array(
        select s from unnest(basis.standing) s where shap_v1.awaits(s) is not null order by s.place);
    bodies text[] := array(
        select distinct m.body from shap.meeting m
         where m.council_id = council and m.day <= at and m.link <= known
           and not exists (select from shap.counter_act u
                            where u.council_id = council and u.of_record = m.record_id and u.day <= at and u.link <= known));
begin
    if cardinality(bodies) = 0 then
        bodies := array(select r.code from shap.register_at(council, known) r where r.kind = 'body');
        bodies := case when cardinality(bodies) = 1 then bodies else '{}' end;
    end if;
    return query
    select s.place, shap_v1.awaits(s),
           row(s.reference, m.milestone, m.who, s."when", s.completed_on,
               case when s.class <> 'complete' then null
                    when s.status = 'complete' and s.recurrence is null then 'accepted_return'
                    else 'plan_text' end::shap_v1.ground,
               coalesce(e.evidence, '{}'), s.class = 'complete' and e.evidence is null,
               shap.is_own_work(council, plan, s.version, known, s.reference, bodies), s.status::shap_v1.return_status,
               s.said_on, s.signed_off_on, coalesce(w.same_as, '{}'))::shap_v1.sign_off_item
      from unnest(waiting) s
      join shap.milestone m on m.council_id = council and m.plan_id = plan and m.version = s.version and m.reference = s.reference
      left join shap.evidence(council, plan, at, known, waiting) e on e.reference = s.reference and s.class = 'complete'
      left join (select x.reference, shap.seen(council, plan, array_agg(x.other order by x.place)) as same_as
                   from shap.same_work_as(council, plan, at, known) x group by x.reference) w on w.reference = s.reference
     order by s.place;
end
$$;

-- What waits for the panel as at a day (absent: today), as known at a day (absent: everything recorded); each filter that
-- is given narrows it down. Refuses what shap_v1.report_begin does.
create function shap_v1.get_sign_off_report(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.sign_off_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    report shap_v1.sign_off_report;
begin
    report.head := basis.head;
    select coalesce(array_agg(i.item order by i.place) filter (where i.list = 'complete'), '{}'),
           coalesce(array_agg(i.item order by i.place) filter (where i.list = 'undeliverable'), '{}'),
           coalesce(array_agg(i.item order by i.place) filter (where i.list = 'changed'), '{}')
      into report.complete, report.undeliverable, report.changed
      from shap_v1.sign_off_items(basis) i;
    select count(*) filter (where s.class = 'signed_off'), count(*) filter (where s.class = 'will_not_be_delivered' and s.is_noted)
      into report.signed_off, report.noted
      from unnest(basis.standing) s;
    return report;
end
$$;
grant execute on function shap_v1.get_sign_off_report(text, date, date, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
