-- Service Ratings: schemes, figures and overrides. The reports are in ratings_report.sql.
create type shap_v1.rating_record_kind as enum ('figure', 'override');
create type shap_v1.judgement_kind as enum ('officer', 'override');

create type shap_v1.rating_rule as (
    line integer,
    class text,
    status text,
    re_dated text,
    months text,
    days text,
    officer text,
    percent text,
    rating text,
    mark text,
    rule text
);

create type shap_v1.rating_scheme as (
    code text,
    name text,
    chosen boolean,
    built_in boolean,
    rules integer,
    ratings text,
    day date,
    by text,
    record_id bigint,
    choice_record_id bigint,
    revoked_on date
);

create type shap_v1.rating_record as (
    record_id bigint,
    plan text,
    reference text,
    kind shap_v1.rating_record_kind,
    rating text,
    actual text,
    target text,
    lower_is_better boolean,
    percent text,
    day date,
    holds_until date,
    reason text,
    by text,
    recorded_at timestamptz,
    revoked_on date
);

-- A row of a scheme as it is written. Internal.
create function shap_v1.rule_written(r shap.rating_rule) returns shap_v1.rating_rule
language sql immutable parallel safe
return row(r.place, array_to_string(r.classes, ';'), array_to_string(r.statuses, ';'),
           case r.is_re_dated when true then 'yes' when false then 'no' end, shap.range_written(r.months_from, r.months_to),
           shap.range_written(r.days_from, r.days_to), array_to_string(r.officer, ';'),
           shap.range_written(r.percent_from, r.percent_to), r.rating, r.mark, r.sentence)::shap_v1.rating_rule;

-- A scheme as it stands as at a day and as known at a link. Internal.
create function shap_v1.scheme_shown(council bigint, scheme shap.rating_scheme, as_at date, link bigint)
returns shap_v1.rating_scheme
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    is_built_in constant boolean := scheme.council_id = 0;
    chosen record;
    shown shap_v1.rating_scheme;
begin
    select c.* into chosen from shap.scheme_chosen(council, scheme_shown.as_at, scheme_shown.link) c;
    select count(*), (select string_agg(d.rating, ', ' order by d.place)
                        from (select r.rating, min(r.place) as place from unnest(shap.rules_of(scheme)) r group by r.rating) d)
      into shown.rules, shown.ratings
      from unnest(shap.rules_of(scheme)) r;
    shown.code := scheme.code;
    shown.name := scheme.name;
    shown.built_in := is_built_in;
    shown.revoked_on := (select u.day from shap.counter_act u
                          where u.council_id = scheme.council_id and u.of_record = scheme.record_id
                            and u.day <= scheme_shown.as_at and u.link <= scheme_shown.link);
    shown.chosen := shown.revoked_on is null and scheme.code = coalesce(chosen.code, 'months-behind');
    if shown.chosen then
        shown.choice_record_id := chosen.record_id;
    end if;
    if not is_built_in then
        shown.day := scheme.day;
        shown.by := shap.name_of(scheme.membership_id);
        shown.record_id := scheme.record_id;
    end if;
    return shown;
end
$$;

-- Adds a scheme of the council's own. Refuses a code, name or row that is not understood, naming line and column, and days
-- to come (INVALID_ARGUMENT), and the code of a scheme built in (ALREADY_EXISTS).
-- Tables written: rating_scheme, rating_rule, link.
create function shap_v1.add_rating_scheme(code text, name text, rules shap_v1.rating_rule[], day date)
returns shap_v1.rating_scheme
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    council constant bigint := shap.council_of(null);
    made bigint;
begin
    made := shap.add_scheme(council, code, name,
        array(select shap.rule_read(r.n::integer, coalesce(r.line, r.n::integer), r.class, r.status, r.re_dated, r.months, r.days,
                                    r.officer, r.percent, r.rating, r.mark, r.rule)
                from unnest(rules) with ordinality r (line, class, status, re_dated, months, days, officer, percent, rating,
                                                      mark, rule, n) order by r.n),
        array(select coalesce(r.line, r.n::integer)
                from unnest(rules) with ordinality r (line, class, status, re_dated, months, days, officer, percent, rating,
                                                      mark, rule, n) order by r.n), day);
    return (select shap_v1.scheme_shown(council, s, shap.today(council), shap.link_at(council, null))
              from shap.rating_scheme s where s.council_id = council and s.record_id = made);
end
$$;
grant execute on function shap_v1.add_rating_scheme(text, text, shap_v1.rating_rule[], date) to shap_coordinator;

-- Says which scheme the council's reports go by, from a day on. Refuses one that is not in force then (NOT_FOUND), days to
-- come (INVALID_ARGUMENT), and what is chosen already (FAILED_PRECONDITION). Tables written: rating_choice, link.
create function shap_v1.choose_rating_scheme(code text, day date) returns shap_v1.rating_scheme
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    council constant bigint := shap.council_of(null);
    decided constant date := shap.check_day(council, 'day', choose_rating_scheme.day);
    made_in constant bigint := shap.take_link(council, shap.caller());
    chosen shap.rating_scheme;
    earlier record;
begin
    if nullif(btrim(choose_rating_scheme.code), '') is null then
        raise exception using errcode = 'RPC03', message = 'which scheme is chosen?',
            hint = 'Schemes are listed by: shap scheme list';
    end if;
    chosen := shap.scheme_of(council, choose_rating_scheme.code, decided, made_in);
    select c.* into earlier from shap.scheme_chosen(council, decided, made_in) c;
    if earlier.code = chosen.code then
        raise exception using errcode = 'RPC09',
            message = format('reports go by the scheme "%s" already (record %s)', chosen.code, earlier.record_id),
            hint = 'Nothing is to be done.';
    end if;
    insert into shap.rating_choice (council_id, code, day, membership_id, link)
    values (council, chosen.code, decided, shap.caller(), made_in);
    return shap_v1.scheme_shown(council, chosen, decided, made_in);
end
$$;
grant execute on function shap_v1.choose_rating_scheme(text, date) to shap_coordinator;

-- Revokes a scheme or a choice, with a reason. Refuses what the caller does not see (NOT_FOUND), no reason and a day before
-- the record's (INVALID_ARGUMENT), what is revoked already (ABORTED), and the last scheme of the code that reports go by
-- (FAILED_PRECONDITION). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_rating_scheme(record_id bigint, reason text, day date) returns shap_v1.rating_scheme
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    council constant bigint := shap.council_of(null);
    choice shap.rating_choice;
    scheme shap.rating_scheme;
begin
    select c.* into choice from shap.rating_choice c where c.council_id = council and c.record_id = revoke_rating_scheme.record_id;
    select s.* into scheme from shap.rating_scheme s where s.council_id = council and s.record_id = revoke_rating_scheme.record_id;
    if choice.record_id is not null then
        perform shap.undo(council, null, null, choice.record_id, 'rating_choice', choice.day, revoke_rating_scheme.day,
                          revoke_rating_scheme.reason);
        scheme := shap.scheme_of(council, null, shap.today(council), shap.link_at(council, null));
    elsif scheme.record_id is not null then
        perform shap.take_link(council, shap.caller());
        perform shap.check_scheme_unused(scheme);
        perform shap.undo(council, null, null, scheme.record_id, 'rating_scheme', scheme.day, revoke_rating_scheme.day,
                          revoke_rating_scheme.reason);
    else
        raise exception using errcode = 'RPC05',
            message = format('there is no scheme or choice with the record number %s', coalesce(revoke_rating_scheme.record_id::text, '""')),
            hint = 'They are listed with their numbers by: shap scheme list';
    end if;
    return shap_v1.scheme_shown(council, scheme, shap.today(council), shap.link_at(council, null));
end
$$;
grant execute on function shap_v1.revoke_rating_scheme(bigint, text, date) to shap_coordinator;

-- The schemes in force as at a day (absent: today), as known at a day (absent: now), by code. Read-only.
create function shap_v1.list_rating_schemes(as_at date, known_at date, council text) returns setof shap_v1.rating_scheme
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant bigint := shap.council_of(nullif(btrim(council), ''));
    reported constant date := shap.check_day(named, 'as at', list_rating_schemes.as_at);
    known constant bigint := shap.link_at(named, list_rating_schemes.known_at);
begin
    return query
        select w.*
          from shap.schemes(named, reported, known) e
          join shap.rating_scheme s on s.council_id = e.council_id and s.record_id = e.record_id
         cross join lateral shap_v1.scheme_shown(named, s, reported, known) w
         order by e.code collate "C";
end
$$;
grant execute on function shap_v1.list_rating_schemes(date, date, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- The rows of a scheme (absent: the council's choice) as at a day, as known at a day. Refuses an unknown one (NOT_FOUND).
create function shap_v1.list_rating_rules(code text, as_at date, known_at date, council text) returns setof shap_v1.rating_rule
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant bigint := shap.council_of(nullif(btrim(council), ''));
    day constant date := shap.check_day(named, 'as at', list_rating_rules.as_at);
    scheme constant shap.rating_scheme := shap.scheme_of(named, list_rating_rules.code, day,
                                                         shap.link_at(named, list_rating_rules.known_at));
begin
    return query select w.* from unnest(shap.rules_of(scheme)) r cross join lateral shap_v1.rule_written(r) w order by r.place;
end
$$;
grant execute on function shap_v1.list_rating_rules(text, date, date, text)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- Figures and overrides of a plan (reference null: of all milestones) that the caller sees, as at a day and as known at a
-- link. Internal.
create function shap_v1.rating_records(council bigint, plan_id bigint, reference text, as_at date, link bigint)
returns setof shap_v1.rating_record
language sql stable parallel safe
begin atomic
    with record as (
        select f.record_id, f.reference, 'figure' as kind, null as rating, f.actual, f.target, f.lower_is_better, f.day,
               null::bytea as reason_digest, f.membership_id, f.link
          from shap.rating_figure f
         where f.council_id = council and f.plan_id = rating_records.plan_id
        union all
        select o.record_id, o.reference, 'override', o.rating, null, null, null, o.day, o.reason_digest, o.membership_id, o.link
          from shap.rating_override o
         where o.council_id = council and o.plan_id = rating_records.plan_id
    )
    select r.record_id, shap.plan_name(council, rating_records.plan_id), r.reference, r.kind::shap_v1.rating_record_kind, r.rating,
           trim_scale(r.actual)::text, trim_scale(r.target)::text, r.lower_is_better,
           trim_scale(shap.percent_of_target(r.actual, r.target, r.lower_is_better))::text, r.day,
           case r.kind when 'override' then shap.override_until(council, rating_records.plan_id, r.day, rating_records.as_at,
                                                                rating_records.link) end,
           shap.text_of(council, r.reason_digest), shap.name_of(r.membership_id), l.recorded_at, u.day
      from record r
      join shap.link l on l.council_id = council and l.number = r.link
      left join shap.counter_act u on u.council_id = council and u.of_record = r.record_id and u.day <= rating_records.as_at
                                  and u.link <= rating_records.link
     where (rating_records.reference is null or r.reference = rating_records.reference)
       and r.day <= rating_records.as_at and r.link <= rating_records.link;
end;

-- One of them by its number, as it stands now. Internal.
create function shap_v1.rating_record_shown(council bigint, plan_id bigint, reference text, record_id bigint)
returns shap_v1.rating_record
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select r from shap_v1.rating_records(council, plan_id, reference, shap.today(council), shap.link_at(council, null)) r
             where r.record_id = rating_record_shown.record_id);
end
$$;

-- Records a figure against its target. Refuses what is no number, a target that is not above 0, days to come
-- (INVALID_ARGUMENT), an unknown milestone (NOT_FOUND), a draft (FAILED_PRECONDITION). Tables written: rating_figure, link.
create function shap_v1.record_figure(plan text, reference text, actual text, target text, lower_is_better boolean, day date)
returns shap_v1.rating_record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    wanted constant text := shap.milestone_of(named.council_id, named.plan_id, record_figure.reference);
    reached constant numeric := shap.number_of('actual', record_figure.actual);
    aimed constant numeric := shap.number_of('target', record_figure.target);
    spoken constant date := shap.check_day(named.council_id, 'day', record_figure.day);
    made bigint;
begin
    if aimed = 0 then
        raise exception using errcode = 'RPC03', message = 'a target is above 0', hint = 'Give what is aimed at with: --target';
    end if;
    insert into shap.rating_figure (council_id, plan_id, reference, actual, target, lower_is_better, day, membership_id, link)
    values (named.council_id, named.plan_id, wanted, reached, aimed, coalesce(record_figure.lower_is_better, false), spoken,
            shap.caller(), shap.take_link(named.council_id, shap.caller()))
    returning record_id into made;
    return shap_v1.rating_record_shown(named.council_id, named.plan_id, wanted, made);
end
$$;
grant execute on function shap_v1.record_figure(text, text, text, text, boolean, date) to shap_coordinator;

-- Overrides a rating, with a reason. Refuses one that is none of the scheme chosen, no reason, days to come
-- (INVALID_ARGUMENT), an unknown milestone (NOT_FOUND), a draft (FAILED_PRECONDITION).
-- Tables written: rating_override, personal_text, link.
create function shap_v1.override_rating(plan text, reference text, rating text, reason text, day date)
returns shap_v1.rating_record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    wanted constant text := shap.milestone_of(named.council_id, named.plan_id, override_rating.reference);
    decided constant date := shap.check_day(named.council_id, 'day', override_rating.day);
    ratings constant text[] := array(
        select distinct r.rating
          from unnest(shap.rules_of(shap.scheme_of(named.council_id, null, decided, shap.link_at(named.council_id, null)))) r
         order by r.rating);
    meant constant text := shap.rating_meant(override_rating.rating, ratings);
    made bigint;
begin
    if meant is null then
        raise exception using errcode = 'RPC03',
            message = format('"%s" is none of %s', left(coalesce(override_rating.rating, ''), 40), array_to_string(ratings, ', ')),
            hint = 'The rows of the scheme are shown by: shap scheme show';
    end if;
    if nullif(btrim(override_rating.reason), '') is null then
        raise exception using errcode = 'RPC03', message = 'a rating is overridden for a reason', hint = 'Give one with: --reason';
    end if;
    perform shap.check_text('reason', override_rating.reason, 20000);
    insert into shap.rating_override (council_id, plan_id, reference, rating, reason_digest, day, membership_id, link)
    select named.council_id, named.plan_id, wanted, meant, shap.keep_text(named.council_id, btrim(override_rating.reason)), decided,
           shap.caller(), l.number
      from shap.take_link(named.council_id, shap.caller()) l (number)
    returning record_id into made;
    return shap_v1.rating_record_shown(named.council_id, named.plan_id, wanted, made);
end
$$;
grant execute on function shap_v1.override_rating(text, text, text, text, date) to shap_coordinator;

-- Revokes a figure or an override, with a reason. Refuses what the caller does not see (NOT_FOUND), no reason and a day
-- before the record's (INVALID_ARGUMENT), what is revoked already (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_rating(record_id bigint, reason text, day date) returns shap_v1.rating_record
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked record;
begin
    select r.* into revoked
      from (select f.council_id, f.plan_id, f.reference, f.record_id, f.day, 'figure' as kind from shap.rating_figure f
            union all
            select o.council_id, o.plan_id, o.reference, o.record_id, o.day, 'rating' from shap.rating_override o) r
     where r.council_id = any (shap.councils()) and r.record_id = revoke_rating.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no figure or override with the record number %s', coalesce(revoke_rating.record_id::text, '""')),
            hint = 'They are listed with their numbers by: shap rating list';
    end if;
    perform shap.undo(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id, revoked.kind, revoked.day,
                      revoke_rating.day, revoke_rating.reason);
    return shap_v1.rating_record_shown(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_rating(bigint, text, date) to shap_coordinator;

-- The figures and overrides on a plan's milestones that the caller sees, as at a day (absent: today) and as known at a day,
-- in the order of the plan, then as they were recorded. Those revoked are among them, saying so.
create function shap_v1.list_rating_records(plan text, reference text, as_at date, known_at date)
returns setof shap_v1.rating_record
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    r constant record := shap_v1.reported(plan, as_at, known_at);
    wanted constant text := case when list_rating_records.reference ~ '\S'
                                 then shap.milestone_of(r.council_id, r.plan_id, list_rating_records.reference) end;
begin
    return query
        select e.*
          from shap_v1.rating_records(r.council_id, r.plan_id, wanted, r.day, r.link) e
          left join shap.milestone m on m.council_id = r.council_id and m.plan_id = r.plan_id and m.version = r.version
                                    and m.reference = e.reference
         order by m.place, e.reference collate "C", e.record_id;
end
$$;
grant execute on function shap_v1.list_rating_records(text, text, date, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
