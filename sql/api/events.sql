-- Service Events: what changes, as it is recorded.
create type shap_v1.event_kind as enum ('return', 'review', 'grant', 'sign_off', 'withdrawal', 'revocation', 'reading', 'share',
    'window_open', 'window_close', 'meeting', 'version', 'adoption', 'publication');

create type shap_v1.event as (
    "cursor" text,
    kind shap_v1.event_kind,
    plan text,
    reference text,
    organisation text,
    by text,
    day date,
    recorded_at timestamptz,
    summary text,
    text text,
    record_id bigint,
    of_record bigint
);

-- What was recorded after the cursor and the caller sees, in the order of the ledgers; the cursor of an event is the
-- place after it. When all was told the last row has only a cursor. With follow at most 200 events are told in one call:
-- the server calls again with the last cursor, at once where that row is missing, else when something was recorded (see
-- README, "How it works"). The ledger is read in stretches, so that one call never sorts more than it needs.
-- Refuses what shap.places and shap.watched refuse, and what names no plan or council (NOT_FOUND). Read-only.
create function shap_v1.watch(plan text, council text, kinds shap_v1.event_kind[], "cursor" text, since date, follow boolean)
returns setof shap_v1.event
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    stretch constant integer := 100; -- links
    left_to_tell integer := case when follow then 200 end;
    only_plan bigint;
    councils bigint[] := shap.councils();
    before text := '';
    rest text;
    from_link bigint;
    told integer;
    w record;
begin
    if nullif(btrim(watch.plan), '') is not null then
        select p.plan_id, array[p.council_id] into only_plan, councils from shap.plan_of(watch.plan) p;
    elsif nullif(btrim(watch.council), '') is not null then
        councils := array[shap.council_of(watch.council)];
    end if;
    for w in
        select a.*, coalesce(string_agg(',' || shap.place_said(a.code, a.link, a.record_id), '') over (
                   rows between 1 following and unbounded following), '') as after
          from shap.watched(councils, nullif(watch."cursor", ''), watch.since) a
    loop
        from_link := w.link + (w.record_id is null)::integer;
        while from_link <= w.head loop
            return query
                select before || shap.place_said(w.code, e.link, e.record_id) || w.after, e.kind::shap_v1.event_kind,
                       shap.plan_name(w.council_id, e.plan_id), e.reference,
                       (select o.code from shap.organisation o where o.id = e.organisation_id),
                       shap.name_of(e.membership_id), e.day, l.recorded_at, e.summary,
                       shap.text_of(w.council_id, e.text_digest), nullif(e.record_id, 0), e.of_record
                  from (select c.* from shap.changes(w.council_id, from_link, from_link + stretch - 1) c
                         where (c.link > w.link or c.record_id > w.record_id)
                           and (only_plan is null or c.plan_id = only_plan)
                           and (cardinality(kinds) = 0 or kinds is null or c.kind = any (kinds::text[]))
                         order by c.link, c.record_id limit left_to_tell) e
                  join shap.link l on l.council_id = w.council_id and l.number = e.link
                 order by e.link, e.record_id;
            get diagnostics told = row_count;
            left_to_tell := left_to_tell - told;
            if left_to_tell <= 0 then
                return;
            end if;
            from_link := from_link + stretch;
        end loop;
        before := before || shap.place_said(w.code, w.head, null) || case when w.after <> '' then ',' else '' end;
    end loop;
    return query select before, null::shap_v1.event_kind, null::text, null::text, null::text, null::text, null::date,
                        null::timestamptz, null::text, null::text, null::bigint, null::bigint;
end
$$;
grant execute on function shap_v1.watch(text, text, shap_v1.event_kind[], text, date, boolean)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
