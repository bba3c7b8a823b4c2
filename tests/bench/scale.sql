-- The functions by which tests/bench/scale makes councils with years of plans and returns. psql variables: seed, last_year
-- (2024: the plan of 2024-25 is each council's last), years.
--
-- Council number n is "council-n". It has a coordinator, a panel, a reader, an officer and three partner organisations
-- "partner-n-1" to -3 with a person each; a plan of 170 milestones for each year; and what was said of them month by month:
-- returns, corrections, withdrawals, reviews, grants, meetings with sign-offs, windows. The first three councils' plans are
-- imported by the API; the others have one of these documents (their own WHO leads to their own partners). All that is said
-- follows from the seed. Every row is entered in its council's ledger by the trigger of its table, as if it had been recorded on
-- its day: while this is made the clock is the generator's. Foreign keys are not checked row by row, but all at the end.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
\ir people.sql

create table bench.setting (seed bigint, last_year integer, years integer);
insert into bench.setting values (:seed, :last_year, :years);

-- slot 0 is the council's own, 1 to 3 are its partners.
create table bench.council (
    n integer primary key,
    council_id bigint,
    coordinator bigint,
    panel bigint,
    reader bigint,
    members bigint[],      -- by slot, from 1
    organisations bigint[] -- by slot, from 1
);

create table bench.clock as select pg_get_functiondef('shap.clock()'::regprocedure) as definition; -- put back when all is made
create or replace function shap.clock() returns timestamptz
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
    return current_setting('bench.now')::timestamptz;
end
$$;

-- The triggers that enter records fire in any session; the generator's have no others (session_replication_role).
create procedure bench.enter(mode text)
language plpgsql as $$
declare
    which regclass;
begin
    for which in select t.tgrelid from pg_trigger t where t.tgname = 'enter' loop
        execute format('alter table %s enable %s trigger enter', which, mode);
    end loop;
end
$$;
call bench.enter('always');

-- A number from 0 to 1 that follows from the seed and a key.
create function bench.chance(key text) returns double precision
language sql stable as $$
    select (hashtextextended(key, current_setting('bench.seed')::bigint) & 1048575) / 1048576.0
$$;

create function bench.chosen(key text, choices text[]) returns text
language sql stable as $$
    select choices[1 + floor(bench.chance(key) * cardinality(choices))::integer]
$$;

create function bench.plan_code(y integer) returns text
language sql immutable as $$
    select y || '-' || to_char((y + 1) % 100, 'FM00')
$$;

-- ---- documents

create function bench.when_phrase(key text, y integer) returns text
language plpgsql stable as $$
declare
    kind constant double precision := bench.chance(key || '/kind');
    month constant date := make_date(y, 4, 1) + make_interval(months => 1 + floor(bench.chance(key || '/month') * 11)::integer);
begin
    return case
        when kind < 0.44 then to_char(month, 'FMMonth YYYY')
        when kind < 0.54 then 'By ' || to_char(month + interval '29 days', 'FMDD FMMonth YYYY')
        when kind < 0.60 then 'Q' || 1 + floor(bench.chance(key || '/month') * 3) || ' ' || y
        when kind < 0.66 then to_char(month - interval '1 month', 'FMMonth') || ' to ' || to_char(month, 'FMMonth YYYY')
        when kind < 0.69 then 'Mid ' || to_char(month, 'FMMonth YYYY')
        when kind < 0.76 then 'Ongoing'
        when kind < 0.81 then 'Quarterly'
        when kind < 0.83 then 'Bi monthly cycle'
        when kind < 0.85 then 'Cyclical September Ongoing'
        when kind < 0.91 then to_char(month, 'FMMonth YYYY') || ' and ongoing'
        when kind < 0.94 then 'COMPLETED'
        when kind < 0.97 then ''
        else 'To be agreed with the partners once it is known what is funded'
    end;
end
$$;

-- A plan's document: 170 milestones of 25 objectives, one to three of an action, for a year.
create function bench.document(variant integer, y integer) returns shap_v1.plan_row[]
language sql stable as $$
    with placed as (
        select i, (i - 1) / 7 as o, (i - 1) % 7 as k, format('%s/%s/%s', variant, y, i) as key from generate_series(1, 170) i
    ), named as (
        select p.*, 'SH' || o / 5 + 1 || '.' || o % 5 + 1 as code, k * 4 / 7 + 1 as action,
               bench.chosen('title/' || o, array['Improve access to services', 'Deliver more affordable homes',
                   'Bring empty homes back into use', 'Prevent homelessness', 'Improve private sector standards',
                   'Support independent living', 'Work with partners across the county']) as title
          from placed p
    )
    select array_agg(row(i + 1, n.code, n.code || ' ' || n.title, n.title, '', n.action::text,
               bench.chosen(n.code || n.action, array[
                   'Work with landlords and tenants to agree what each of them does, and tell residents about it.',
                   'Review how applications are handled and publish how long they take.',
                   'Use what the survey of house conditions found to set the programme of grants.',
                   'Bring the forum together each quarter and follow up what it asks for.']) || ' (' || n.code || '.' || n.action || ')',
               (n.k + 3 - 2 * n.action)::text,
               bench.chosen(n.key || '/text', array[
                   'Agree the service arrangements with all who take part and write them down.',
                   'Report to the panel what the first part of the programme has reached.',
                   'Carry out the survey, and analyse the answers by ward.',
                   'Put the new procedure into force, with training for the whole team.',
                   'Draw up the bid and submit it with the partners'' letters of support.']) || ' Part ' || i || '.',
               bench.chosen(n.key || '/who', array['HSM', 'HRM', 'HPO', 'EO', 'HSM / HRM', 'SHP', 'HSM / PA', 'HRM / PB', 'HPO/PC',
                   'PA', 'PB', 'HSM, HRM, PA', 'PA / PB', 'HSM / HPO / PC', 'HRM & PA & PB', 'EO / XY team']),
               bench.when_phrase(n.key, y),
               bench.chosen(n.key || '/measure', array['', 'Positive feedback from customers.',
                   'Time from application to decision is below 20 days.', 'Number of homes completed in the year, by tenure.'])
               )::shap_v1.plan_row order by i)
      from named n
$$;

-- ---- councils

create procedure bench.act_for(membership bigint)
language plpgsql as $$
begin
    perform set_config('role', 'none', true);
    perform set_config('shap.callers', format('{%s}', m.id), true), set_config('shap.councils', format('{%s}', m.council_id), true),
            set_config('shap.organisations', format('{%s}', m.organisation_id), true),
            set_config('shap.sight', case m.role when 'administrator' then 'directory' else 'full' end, true),
            set_config('shap.tokens', '{}', true), set_config('shap.links', '', true), set_config('role', 'shap_' || m.role, true)
       from shap.membership m where m.id = membership;
end
$$;

create procedure bench.set_clock(moment timestamptz)
language plpgsql as $$
begin
    perform set_config('bench.now', moment::text, true), set_config('shap.links', '', true);
end
$$;

-- A council and its people, before its first year.
create procedure bench.found(n integer)
language plpgsql as $$
declare
    first_day constant date := (select make_date(s.last_year - s.years + 1, 4, 1) from bench.setting s);
    own constant text := 'council-' || n;
    administrator bigint;
    made bench.council;
    called text;
begin
    perform set_config('bench.seed', (select s.seed::text from bench.setting s), true);
    call bench.set_clock(first_day - interval '60 days');
    perform set_config('role', 'shap_owner', true);
    administrator := shap.found_council(own, 'Council ' || n, 'Ann Admin', sha256(convert_to('admin-' || n, 'UTF8')));
    call bench.act_for(administrator);
    made.n := n;
    made.coordinator := (shap_v1.add_person('Cora ' || own, null, own, 'coordinator')).membership_id;
    made.panel := (shap_v1.add_person('Paul ' || own, null, own, 'panel')).membership_id;
    made.reader := (shap_v1.add_person('Rita ' || own, null, own, 'reader')).membership_id;
    made.members[1] := (shap_v1.add_person('Olga ' || own, null, own, 'contributor')).membership_id;
    for slot in 1..3 loop
        called := format('partner-%s-%s', n, slot);
        perform shap_v1.add_organisation(called, 'Partner ' || n || ' ' || slot);
        made.members[slot + 1] := (shap_v1.add_person('Petra ' || called, null, called, 'contributor')).membership_id;
    end loop;
    call bench.act_for(made.coordinator);
    perform shap_v1.add_register_entry(e.code, e.name, e.kind::shap_v1.register_kind, coalesce(own || e.partner, format('partner-%s-%s', n, e.slot)), '{}')
       from (values ('SHP', 'Strategic Housing Panel', 'body', '', null), ('HPO', 'Housing Policy Officer', 'post', '', null),
                    ('HSM', 'Housing Services Manager', 'post', '', null), ('HRM', 'Housing Renewal Manager', 'post', '', null),
                    ('EO', 'Equality Officer', 'post', '', null), ('PA', 'First partner', 'organisation', null, 1),
                    ('PB', 'Second partner', 'organisation', null, 2), ('PC', 'Third partner', 'organisation', null, 3))
            e (code, name, kind, partner, slot);
    perform set_config('role', 'none', true);
    select m.council_id into made.council_id from shap.membership m where m.id = administrator;
    made.organisations := array(select m.organisation_id from unnest(made.members) with ordinality u (id, slot)
                                  join shap.membership m on m.id = u.id order by u.slot);
    insert into bench.council select made.*;
end
$$;

-- A plan by the API: imported in March, adopted on the first day of its year.
create procedure bench.import(c bench.council, y integer)
language plpgsql as $$
declare
    import constant uuid := md5(format('import/%s/%s', c.n, y))::uuid;
    content constant bytea := convert_to(format('The plan of %s for %s', c.n, y), 'UTF8');
begin
    call bench.set_clock(make_date(y, 3, 20) + interval '9 hours');
    call bench.act_for(c.coordinator);
    perform shap_v1.send_import_part(import, null, bench.plan_code(y), 'plan.csv', 1, bench.document(c.n, y), content);
    perform shap_v1.finish_import(import, null, 1, sha256(content), 'Strategic Housing Action Plan');
    call bench.set_clock(make_date(y, 4, 1) + interval '19 hours');
    perform shap_v1.adopt_plan(bench.plan_code(y), null, null, null);
    perform set_config('role', 'none', true);
end
$$;

-- A link of a council's ledger, taken at a moment.
create function bench.link(c bench.council, membership bigint, method text, moment timestamptz) returns bigint
language plpgsql volatile as $$
begin
    perform set_config('bench.now', moment::text, true), set_config('shap.links', '', true), set_config('shap.method', method, true);
    return shap.take_link(c.council_id, membership);
end
$$;

-- The same document for another council, with all that was understood of it: row by row that of the council it is copied from.
create procedure bench.copy_plan(c bench.council, y integer)
language plpgsql as $$
declare
    f constant bench.council := (select o from bench.council o where o.n = (c.n - 1) % 3 + 1);
    old constant bigint := (select p.id from shap.plan p where p.council_id = f.council_id and p.code = bench.plan_code(y));
    new bigint;
    number bigint := bench.link(c, c.coordinator, 'SendImportPart', make_date(y, 3, 20) + interval '9 hours');
begin
    insert into shap.import_part (council_id, import_id, part, plan_code, file_name, rows, n_rows, original, digest, membership_id, received_at)
    select c.council_id, p.import_id, p.part, p.plan_code, p.file_name, p.rows, p.n_rows, p.original, p.digest, c.coordinator, shap.clock()
      from shap.import_part p join shap.plan_version v on (v.council_id, v.import_id) = (p.council_id, p.import_id)
     where v.council_id = f.council_id and v.plan_id = old;
    number := bench.link(c, c.coordinator, 'FinishImport', make_date(y, 3, 20) + interval '9 hours 1 minute');
    insert into shap.plan (council_id, code, first_day, last_day, link)
    select c.council_id, p.code, p.first_day, p.last_day, number from shap.plan p where p.council_id = f.council_id and p.id = old
    returning id into new;
    insert into shap.plan_version (council_id, plan_id, version, import_id, file_name, sha256, n_objectives, n_actions, n_milestones, membership_id, link)
    select c.council_id, new, v.version, v.import_id, v.file_name, v.sha256, v.n_objectives, v.n_actions, v.n_milestones, c.coordinator, number
      from shap.plan_version v where v.council_id = f.council_id and v.plan_id = old;
    insert into shap.plan_description (council_id, plan_id, link, title, membership_id)
    select c.council_id, new, number, d.title, c.coordinator from shap.plan_description d where d.council_id = f.council_id and d.plan_id = old;
    insert into shap.milestone (council_id, plan_id, version, place, line, reference, objective, action_no, milestone_no, objective_code,
                                objective_heading, objective_title, purpose, action_no_written, action, milestone_no_written,
                                milestone, who, "when", measure)
    select c.council_id, new, m.version, m.place, m.line, m.reference, m.objective, m.action_no, m.milestone_no, m.objective_code,
           m.objective_heading, m.objective_title, m.purpose, m.action_no_written, m.action, m.milestone_no_written, m.milestone,
           m.who, m."when", m.measure
      from shap.milestone m where m.council_id = f.council_id and m.plan_id = old order by m.place;
    insert into shap.when_reading (council_id, plan_id, reference, version, day, phrase, is_understood, first_day, last_day, recurrence,
                                   is_ongoing, is_completed, completed_on, note, dates, pattern, link)
    select c.council_id, new, r.reference, r.version, r.day, r.phrase, r.is_understood, r.first_day, r.last_day, r.recurrence,
           r.is_ongoing, r.is_completed, r.completed_on, r.note, r.dates, r.pattern, number
      from shap.when_reading r where r.council_id = f.council_id and r.plan_id = old order by r.record_id;
    insert into shap.who_reading (council_id, plan_id, reference, version, place, token, code, organisation_id, link)
    select c.council_id, new, r.reference, r.version, r.place, r.token, r.code,
           c.organisations[array_position(f.organisations, r.organisation_id)], number
      from shap.who_reading r where r.council_id = f.council_id and r.plan_id = old order by r.record_id;
    insert into shap.doubt (council_id, plan_id, version, kind, subject, detail, "references", link)
    select c.council_id, new, d.version, d.kind, d.subject, d.detail, d."references", number
      from shap.doubt d where d.council_id = f.council_id and d.plan_id = old order by d.record_id;
    number := bench.link(c, c.coordinator, 'AdoptPlan', make_date(y, 4, 1) + interval '19 hours');
    insert into shap.adoption (council_id, plan_id, version, day, membership_id, link)
    select c.council_id, new, a.version, a.day, c.coordinator, number from shap.adoption a where a.council_id = f.council_id and a.plan_id = old;
    insert into shap.share (council_id, plan_id, reference, organisation_id, day, origin, link)
    select c.council_id, new, s.reference, c.organisations[array_position(f.organisations, s.organisation_id)], s.day, s.origin, number
      from shap.share s where s.council_id = f.council_id and s.plan_id = old order by s.record_id;
end
$$;

\ir scale_year.sql

-- A council's year, whole.
create procedure bench.make_year(n integer, y integer)
language plpgsql as $$
declare
    c constant bench.council := (select o from bench.council o where o.n = make_year.n);
    plan bigint;
begin
    perform set_config('bench.seed', (select s.seed::text from bench.setting s), true);
    perform set_config('synchronous_commit', 'off', true);
    if n <= 3 then
        call bench.import(c, y);
    end if;
    perform set_config('session_replication_role', 'replica', true);
    if n > 3 then
        call bench.copy_plan(c, y);
    end if;
    plan := (select p.id from shap.plan p where p.council_id = c.council_id and p.code = bench.plan_code(y));
    call bench.declare(c, plan, y);
    call bench.plan_acts(c, plan, y);
    for m in 1..12 loop
        if m % 3 = 0 then call bench.open_window(c, plan, y, m / 3); end if;
        call bench.return_month(c, plan, y, m);
        call bench.review_month(c, plan, y, m);
        if m % 2 = 0 then call bench.meet(c, plan, y, m); end if;
        if m % 3 = 0 and (m < 12 or y < (select s.last_year from bench.setting s)) then call bench.close_window(c, plan, y, m / 3); end if;
    end loop;
end
$$;

-- When all years are made, today: every foreign key is checked, the clock is as it was, and there are tokens for those who measure ("coordinator-3", "panel-3", "reader-3", "partner-3"), and a
-- region of all councils with a reader ("region").
create procedure bench.finish()
language plpgsql as $$
declare
    c bench.council;
    key record;
begin
    for c in select * from bench.council order by n loop
        insert into shap.token (membership_id, hash, created_at, expires_at, council_id, link)
        select t.id, sha256(convert_to(t.called || c.n, 'UTF8')), clock_timestamp(), clock_timestamp() + interval '1 year', c.council_id, number
          from bench.link(c, null, null, clock_timestamp()) number,
               (values ('coordinator-', c.coordinator), ('panel-', c.panel), ('reader-', c.reader), ('partner-', c.members[2])) t (called, id);
    end loop;
    perform set_config('bench.now', clock_timestamp()::text, true);
    perform shap.found_region('region', 'The region', (select array_agg('council-' || o.n) from bench.council o), 'Rita Region',
                              sha256(convert_to('region', 'UTF8')));
    execute (select k.definition from bench.clock k);
    call bench.enter('');
    update pg_constraint f set convalidated = false where f.contype = 'f' and f.connamespace = 'shap'::regnamespace;
    for key in select f.conrelid::regclass as which, f.conname as name from pg_constraint f
              where f.contype = 'f' and f.connamespace = 'shap'::regnamespace loop
        execute format('alter table %s validate constraint %I', key.which, key.name);
    end loop;
end
$$;
