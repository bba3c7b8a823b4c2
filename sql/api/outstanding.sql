-- Service Windows: what waits for a person.
create type shap_v1.outstanding_kind as enum ('return', 'sent_back', 'review', 'new_date', 'sign_off', 'note');

create type shap_v1.outstanding_item as (
    kind shap_v1.outstanding_kind,
    plan text,
    reference text,
    organisation text,
    action text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    measure text,
    due_day date,
    "window" text,
    due_on date,
    late boolean,
    record_id bigint,
    last_status shap_v1.return_status,
    last_note text,
    last_day date,
    last_by text,
    comment text,
    asked_date text,
    asked_reason text,
    answered_by text[]
);

-- What somebody of a role and of organisations has to do on a plan: what bodies owe, what waits for a coordinator, what
-- waits for the panel. Internal.
create function shap_v1.waiting(council bigint, plan_id bigint, as_at date, link bigint, role text, organisations bigint[],
                                standing shap.standing_row[], known shap.return_known_row[])
returns table (place integer, kind text, reference text, organisation text, due_day date, "window" text, due_on date,
               record_id bigint, answered_by text[])
language sql stable
begin atomic
    select o.place, o.kind, o.reference, o.organisation, o.due_day, o."window", o.due_on, o.return_record, o.answered_by
      from shap.owed(council, waiting.plan_id, waiting.as_at, waiting.link) o
     where waiting.role in ('contributor', 'coordinator') and o.organisation_id = any (waiting.organisations)
    union all
    select r.place, r.kind, r.reference, r.organisation, null, null, null, r.record_id, '{}'
      from shap.unanswered_returns(waiting.known) r
     where waiting.role = 'coordinator'
    union all
    select s.place, case s.class when 'complete' then 'sign_off' else 'note' end, s.reference, null, null, null, null, null, '{}'
      from unnest(waiting.standing) s
     where waiting.role = 'panel' and (s.class = 'complete' or s.class = 'will_not_be_delivered' and not s.is_noted);
end;

-- The same with everything one needs to know to do it. Internal.
create function shap_v1.outstanding_on(council bigint, plan_id bigint, as_at date, link bigint, role text, organisations bigint[])
returns setof shap_v1.outstanding_item
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
declare
    standing constant shap.standing_row[] := array(select s from shap.standing(council, plan_id, as_at, link) s);
    known constant shap.return_known_row[] := array(select r from shap.returns_known(council, plan_id, as_at, link) r);
begin
    return query
        select w.kind::shap_v1.outstanding_kind, shap.plan_name(council, outstanding_on.plan_id), w.reference, w.organisation,
               m.action, m.milestone, m.who, s."when", s.new_date, m.measure, coalesce(w.due_day, s.new_day, s.due_day),
               w."window", w.due_on,
               coalesce(coalesce(w.due_on, w.due_day) < outstanding_on.as_at, false), w.record_id,
               l.status::shap_v1.return_status, shap.text_of(council, l.note_digest), l.day, l.organisation,
               case when w.kind = 'sent_back' then shap.text_of(council, r.comment_digest) end,
               case when w.kind = 'new_date' then r.new_date end,
               case when w.kind = 'new_date' then shap.text_of(council, r.reason_digest) end, w.answered_by
          from shap_v1.waiting(council, outstanding_on.plan_id, outstanding_on.as_at, outstanding_on.link,
                               outstanding_on.role, outstanding_on.organisations, standing, known) w
          join unnest(standing) s on s.reference = w.reference
          join shap.milestone m on m.council_id = council and m.plan_id = outstanding_on.plan_id and m.version = s.version
                               and m.reference = w.reference
          left join unnest(known) r on r.record_id = w.record_id
          left join shap.said_last(known) t on t.reference = w.reference
          left join unnest(known) l on l.record_id = t.record_id
         order by s.place, w.kind::shap_v1.outstanding_kind, w.organisation collate "C", w.record_id;
end
$$;

-- The plans a to-do list is about: the one named, else the one adopted last and all others with an open window, the
-- earliest first. Internal.
create function shap_v1.plans_asking(plan text, as_at date) returns table (council_id bigint, plan_id bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    named constant record := shap.plan_of(plan);
begin
    return query
        select p.council_id, p.id
          from shap.plan p
         where p.council_id = named.council_id
           and (p.id = named.plan_id
                or nullif(btrim(plan), '') is null
                   and exists (select from shap.windows(p.council_id, p.id, plans_asking.as_at, shap.link_at(p.council_id, null)) w
                                where w.closed_on is null))
         order by p.first_day;
end
$$;

-- What waits for the caller, as at a day (absent: today), as known at a day: see the contract. Refuses an unknown plan
-- (NOT_FOUND) and days to come (INVALID_ARGUMENT).
create function shap_v1.list_outstanding(plan text, as_at date, known_at date) returns setof shap_v1.outstanding_item
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    who constant record := (select m from shap.membership m where m.id = shap.caller());
    council constant bigint := (shap.plan_of(plan)).council_id;
    day constant date := shap.check_day(council, 'as at', as_at);
begin
    perform shap.check_day(council, 'known at', known_at);
    return query
        select o.*
          from shap_v1.plans_asking(list_outstanding.plan, day) p
         cross join lateral shap_v1.outstanding_on(p.council_id, p.plan_id, day, shap.link_at(p.council_id, known_at),
                                                   who.role, shap.organisations()) o;
end
$$;
grant execute on function shap_v1.list_outstanding(text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
