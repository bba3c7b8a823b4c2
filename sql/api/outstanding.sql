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
    answered_by text[],
    last_plan text
);

-- What was said last on what milestones of a plan were carried over from, in whichever plan before it: of those that are
-- wanted, on which nothing is said in their own. Each plan before is asked only about what is still wanted then. Internal.
create function shap_v1.said_before(council bigint, plan_id bigint, as_at date, link bigint, wanted text[])
returns table (reference text, plan text, status text, note_digest bytea, note_council bigint, day date, organisation text)
language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
#variable_conflict use_column
declare
    origin record;
    known shap.return_known_row[];
begin
    for origin in
        select k.from_council_id as council, k.from_plan_id as plan_id, shap.link_beside(k.from_council_id, council, said_before.link) as link,
               array_agg(k.from_reference) as "references", array_agg(k.reference) as carried
          from shap.carries(council, said_before.plan_id, said_before.as_at, said_before.link) k
          join shap.plan p on p.council_id = k.council_id and p.id = k.plan_id
          join shap.plan b on b.council_id = k.from_council_id and b.id = k.from_plan_id and b.first_day < p.first_day
         where k.reference = any (wanted)
         group by 1, 2
    loop
        known := array(
            select r
              from (select n.reference from unnest(origin."references") n (reference)
                    union
                    select w.other from shap.same_work_as(origin.council, origin.plan_id, said_before.as_at, origin.link) w
                     where w.reference = any (origin."references")) n
             cross join lateral shap.returns_known_of(origin.council, origin.plan_id, n.reference, said_before.as_at, origin.link) r);
        return query
            with said as materialized (
                select t.reference, shap.plan_name(origin.council, origin.plan_id) as plan, r.status, r.note_digest,
                       origin.council as note_council, r.day, r.organisation
                  from shap.said_last(origin.council, origin.plan_id, said_before.as_at, origin.link, known) t
                  join unnest(known) r on r.record_id = t.record_id),
            earlier as (
                select e.*
                  from shap_v1.said_before(origin.council, origin.plan_id, said_before.as_at, origin.link, array(
                           select n.reference from unnest(origin."references") n (reference)
                            where n.reference not in (select s.reference from said s))) e)
            select c.reference, s.plan, s.status, s.note_digest, s.note_council, s.day, s.organisation
              from unnest(origin.carried, origin."references") c (reference, from_reference)
              join (select * from said union all select * from earlier) s on s.reference = c.from_reference;
    end loop;
end
$$;

-- What somebody of a role and of organisations has to do on a plan: what bodies owe, what waits for a coordinator, what
-- waits for the panel; role everybody: all of it. Internal.
create function shap_v1.waiting(council bigint, plan_id bigint, as_at date, link bigint, role text, organisations bigint[],
                                standing shap.standing_row[], known shap.return_known_row[])
returns table (place integer, kind text, reference text, organisation text, due_day date, "window" text, due_on date,
               record_id bigint, answered_by text[])
language sql stable
begin atomic
    select o.place, o.kind, o.reference, o.organisation, o.due_day, o."window", o.due_on, o.return_record, o.answered_by
      from shap.owed(council, waiting.plan_id, waiting.as_at, waiting.link, waiting.standing) o
     where waiting.role in ('contributor', 'coordinator', 'everybody') and o.organisation_id = any (waiting.organisations)
    union all
    select r.place, r.kind, r.reference, r.organisation, null, null, null, r.record_id, '{}'
      from shap.unanswered_returns(waiting.known) r
     where waiting.role in ('coordinator', 'everybody')
    union all
    select s.place, case s.class when 'complete' then 'sign_off' else 'note' end, s.reference, null, null, null, null, null, '{}'
      from unnest(waiting.standing) s
     where waiting.role in ('panel', 'everybody') and (s.class = 'complete' or s.class = 'will_not_be_delivered' and not s.is_noted);
end;

-- The same with everything one needs to know to do it. Internal.
create function shap_v1.outstanding_on(council bigint, plan_id bigint, as_at date, link bigint, role text, organisations bigint[])
returns setof shap_v1.outstanding_item
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
declare
    standing constant shap.standing_row[] := array(select s from shap.standing(council, plan_id, as_at, link) s);
    known constant shap.return_known_row[] := array(select r from shap.returns_known(council, plan_id, as_at, link) r);
    plan_name constant text := shap.plan_name(council, plan_id);
    spoken_of text[];
    said bigint[]; -- the last return on each of these
begin
    select array_agg(t.reference), array_agg(t.record_id) into spoken_of, said
      from shap.said_last(council, outstanding_on.plan_id, outstanding_on.as_at, outstanding_on.link, known) t;
    return query
        select w.kind::shap_v1.outstanding_kind, plan_name, w.reference, w.organisation,
               m.action, m.milestone, m.who, s."when", s.new_date, m.measure, coalesce(w.due_day, s.new_day, s.due_day),
               w."window", w.due_on,
               coalesce(coalesce(w.due_on, w.due_day) < outstanding_on.as_at, false), w.record_id,
               coalesce(l.status, b.status)::shap_v1.return_status,
               case when l.record_id is not null then shap.text_of(council, l.note_digest)
                    else shap.text_of(b.note_council, b.note_digest) end,
               coalesce(l.day, b.day), coalesce(l.organisation, b.organisation),
               case when w.kind = 'sent_back' then shap.text_of(council, r.comment_digest) end,
               case when w.kind = 'new_date' then r.new_date end,
               case when w.kind = 'new_date' then shap.text_of(council, r.reason_digest) end, w.answered_by,
               case when l.record_id is null then b.plan end
          from shap_v1.waiting(council, outstanding_on.plan_id, outstanding_on.as_at, outstanding_on.link,
                               outstanding_on.role, outstanding_on.organisations, standing, known) w
          join unnest(standing) s on s.reference = w.reference
          join shap.milestone m on m.council_id = council and m.plan_id = outstanding_on.plan_id and m.version = s.version
                               and m.reference = w.reference
          left join unnest(known) r on r.record_id = w.record_id
          left join unnest(spoken_of, said) t (reference, record_id) on t.reference = w.reference
          left join unnest(known) l on l.record_id = t.record_id
          left join (select distinct on (e.reference) e.*
                       from shap_v1.said_before(council, outstanding_on.plan_id, outstanding_on.as_at, outstanding_on.link, array(
                                select n.reference from unnest(standing) n
                                 where n.reference <> all (coalesce(spoken_of, '{}')))) e
                      order by e.reference, e.day desc, e.plan) b on b.reference = w.reference
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
    role constant text := (select case when m.council_id is null then m.role
                                       else shap.role_now(m.role, m.council_id, m.organisation_id) end
                             from shap.membership m where m.id = shap.caller()); -- less once another council succeeded
    council constant bigint := (shap.plan_of(plan)).council_id;
    day constant date := shap.check_day(council, 'as at', as_at);
begin
    perform shap.check_day(council, 'known at', known_at);
    return query
        select o.*
          from shap_v1.plans_asking(list_outstanding.plan, day) p
         cross join lateral shap_v1.outstanding_on(p.council_id, p.plan_id, day, shap.link_at(p.council_id, known_at),
                                                   role, shap.organisations()) o;
end
$$;
grant execute on function shap_v1.list_outstanding(text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

create type shap_v1.outstanding_milestone as (
    kind shap_v1.outstanding_kind,
    organisation text,
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    due_day date,
    "window" text,
    due_on date,
    late boolean,
    record_id bigint,
    last_status shap_v1.return_status,
    last_day date,
    last_by text,
    answered_by text[]
);

create type shap_v1.body_outstanding as (
    organisation text,
    name text,
    owed integer,
    sent_back integer,
    late integer
);

create type shap_v1.outstanding_report as (
    head shap_v1.report_head,
    owed integer,
    bodies shap_v1.body_outstanding[],
    returns shap_v1.outstanding_milestone[],
    coordinator shap_v1.outstanding_milestone[],
    panel shap_v1.outstanding_milestone[]
);

-- What is outstanding for somebody of a role on the milestones of a report, by body and in the order of the plan.
-- Internal.
create function shap_v1.outstanding_milestones(basis shap_v1.report_basis, role text, organisations bigint[])
returns shap_v1.outstanding_milestone[]
language plpgsql stable set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    head constant shap_v1.report_head := basis.head;
begin
    return array(
        select row(o.kind, o.organisation, o.reference, o.milestone, o.who, o."when", o.new_when, o.due_day, o."window",
                   o.due_on, o.late, o.record_id, case when o.last_plan is null then o.last_status end,
                   case when o.last_plan is null then o.last_day end, case when o.last_plan is null then o.last_by end,
                   o.answered_by
                  )::shap_v1.outstanding_milestone
          from shap_v1.outstanding_on(basis.council_id, basis.plan_id, head.as_at, head.known_link, role, organisations)
               with ordinality o
          join unnest(basis.standing) s on s.reference = o.reference
         where head.organisation is null or o.organisation is null or o.organisation = head.organisation
         order by o.organisation collate "C", o.ordinality);
end
$$;

-- What is outstanding on a plan, as at a day (absent: today), as known at a day (absent: everything recorded): what
-- bodies owe and, for those who see the whole plan, what waits for the coordinator and the panel. Refuses what every
-- report refuses.
create function shap_v1.get_outstanding_report(plan text, as_at date, known_at date, objective text, organisation text, owner text)
returns shap_v1.outstanding_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    basis constant shap_v1.report_basis := shap_v1.report_begin(plan, as_at, known_at, objective, organisation, owner);
    is_whole constant boolean := shap.sight() = 'full';
    milestones constant shap_v1.outstanding_milestone[] := shap_v1.outstanding_milestones(
        basis, case when is_whole then 'everybody' else 'contributor' end, array(select o.id from shap.organisation o));
    report shap_v1.outstanding_report;
begin
    report.head := basis.head;
    select coalesce(array_agg(milestones[m.ordinality] order by m.ordinality) filter (where m.kind in ('return', 'sent_back')), '{}'),
           coalesce(array_agg(milestones[m.ordinality] order by m.ordinality) filter (where m.kind in ('review', 'new_date')), '{}'),
           coalesce(array_agg(milestones[m.ordinality] order by m.ordinality) filter (where m.kind in ('sign_off', 'note')), '{}')
      into report.returns, report.coordinator, report.panel
      from unnest(milestones) with ordinality m;
    report.owed := cardinality(report.returns);
    report.bodies := array(
        select row(o.code, o.name, count(*), count(*) filter (where r.kind = 'sent_back'),
                   count(*) filter (where r.late))::shap_v1.body_outstanding
          from unnest(report.returns) r join shap.organisation o on o.code = r.organisation
         group by o.code, o.name order by o.code collate "C");
    return report;
end
$$;
grant execute on function shap_v1.get_outstanding_report(text, date, date, text, text, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

create type shap_v1.digest as (
    council_name text,
    organisation text,
    organisation_name text,
    addresses text[],
    items shap_v1.outstanding_item[]
);

-- The e-mail addresses of those who answer for an organisation to a council: its contributors whose membership has not
-- ended, in the order they joined. Internal.
create function shap_v1.addresses_of(council bigint, organisation text) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(
        select a.email
          from (select shap.text_left(0, p.email_digest) as email, min(m.id) as id
                  from shap.membership m
                  join shap.person p on p.id = m.person_id
                  join shap.organisation o on o.id = m.organisation_id
                 where m.council_id = council and m.role = 'contributor' and o.code = addresses_of.organisation
                   and not exists (select from shap.membership_end e where e.membership_id = m.id)
                 group by 1) a
         where a.email is not null
         order by a.id);
end
$$;

-- To whom the coordinator has somebody write, and what about: one digest for each body that owes something, by code. As
-- at a day (absent: today), as known at a day. Refuses an unknown plan or organisation (NOT_FOUND) and days to come
-- (INVALID_ARGUMENT).
create function shap_v1.list_digests(plan text, as_at date, known_at date, organisation text) returns setof shap_v1.digest
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    council constant bigint := (shap.plan_of(plan)).council_id;
    day constant date := shap.check_day(council, 'as at', as_at);
    wanted constant bigint[] := case when nullif(btrim(organisation), '') is null then array(select o.id from shap.organisation o)
                                     else array[shap.organisation_of(organisation)] end;
begin
    perform shap.check_day(council, 'known at', known_at);
    return query
        with item as (
            select o, p.place
              from shap_v1.plans_asking(list_digests.plan, day) with ordinality p (council_id, plan_id, place)
             cross join lateral shap_v1.outstanding_on(p.council_id, p.plan_id, day, shap.link_at(p.council_id, known_at),
                                                       'contributor', wanted) o)
        select c.name, b.code, b.name, shap_v1.addresses_of(council, b.code), array_agg(i.o order by i.place, i.n)
          from (select item.*, row_number() over () as n from item) i
          join shap.organisation b on b.code = (i.o).organisation
          join shap.council c on c.id = council
         group by c.name, b.code, b.name
         order by b.code collate "C";
end
$$;
grant execute on function shap_v1.list_digests(text, date, date, text) to shap_coordinator;
