-- Service Comparisons: several councils side by side.
create type shap_v1.council_account as (
    council text,
    council_name text,
    plan text,
    note text,
    version integer,
    known_link bigint,
    as_closed boolean,
    covered integer,
    total integer,
    signed_off integer,
    complete integer,
    will_not_be_delivered integer,
    overdue integer,
    re_dated integer,
    ongoing_answered integer,
    undated integer,
    not_yet_due integer,
    no_return integer,
    exceptions integer,
    due integer,
    on_target integer,
    on_target_share text
);

create type shap_v1.councils_report as (
    head shap_v1.report_head,
    councils shap_v1.council_account[],
    total shap_v1.council_account,
    without_figures text[]
);

-- The account of one council's plan for a year (by its code) as at a day: as known at the close of that period's window or,
-- without one that is closed or where a known-at day is given, as known at that (absent: now). Without figures, but with a
-- note that says why, where there is no such plan or none was adopted by then. Internal.
create function shap_v1.council_account_of(council bigint, year text, day date, known_at date) returns shap_v1.council_account
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    account shap_v1.council_account;
    plan constant bigint := (select p.id from shap.plan p where p.council_id = council and p.code = year);
    basis shap_v1.report_basis;
begin
    select c.code, shap.council_said(council, day, shap.known_link(council, known_at)) into account.council, account.council_name
      from shap.council c where c.id = council;
    if plan is null then
        account.note := format('no plan for %s', replace(year, '-', '/'));
        return account;
    end if;
    account.plan := shap.plan_name(council, plan);
    account.known_link := shap.known_link(council, known_at);
    account.as_closed := known_at is null and shap.window_closed_link(council, plan, day, account.known_link) is not null;
    if known_at is null then
        account.known_link := shap.closed_link(council, plan, day, account.known_link);
    end if;
    if shap.version_in_force(council, plan, day, account.known_link) is null then
        account.note := format('not adopted as at %s', day);
        return account;
    end if;
    basis := shap_v1.report_basis_at(council, plan, day, known_at, account.known_link, null, null, null);
    account.version := (basis.head).version;
    account.covered := (basis.head).covered;
    account.total := (basis.head).total;
    select count(*) filter (where s.class = 'signed_off'), count(*) filter (where s.class = 'complete'),
           count(*) filter (where s.class = 'will_not_be_delivered'), count(*) filter (where s.class = 'overdue'),
           count(*) filter (where s.class = 're_dated'), count(*) filter (where s.class = 'ongoing_answered'),
           count(*) filter (where s.class = 'undated'), count(*) filter (where s.class = 'not_yet_due'),
           count(*) filter (where s.class = 'no_return'), count(*) filter (where shap.is_exception(s))
      into account.signed_off, account.complete, account.will_not_be_delivered, account.overdue, account.re_dated,
           account.ongoing_answered, account.undated, account.not_yet_due, account.no_return, account.exceptions
      from unnest(basis.standing) s;
    select t.due, t.on_target, shap.fraction(t.on_target, t.due) into account.due, account.on_target, account.on_target_share
      from shap.on_target(basis.standing, day) t;
    return account;
end
$$;

-- The total of several councils' accounts: every figure the sum of theirs. Internal.
create function shap_v1.councils_total(accounts shap_v1.council_account[]) returns shap_v1.council_account
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(null, format('All %s', count(*) filter (where a.note is null)), null, null, null, null, null,
                   coalesce(sum(a.covered), 0), coalesce(sum(a.total), 0), coalesce(sum(a.signed_off), 0),
                   coalesce(sum(a.complete), 0), coalesce(sum(a.will_not_be_delivered), 0), coalesce(sum(a.overdue), 0),
                   coalesce(sum(a.re_dated), 0), coalesce(sum(a.ongoing_answered), 0), coalesce(sum(a.undated), 0),
                   coalesce(sum(a.not_yet_due), 0), coalesce(sum(a.no_return), 0), coalesce(sum(a.exceptions), 0),
                   coalesce(sum(a.due), 0), coalesce(sum(a.on_target), 0),
                   shap.fraction(coalesce(sum(a.on_target), 0), coalesce(sum(a.due), 0)))::shap_v1.council_account
          from unnest(accounts) a);
end
$$;

-- The accounts of the councils the caller sees (or of those named) for a plan year, as at a day (absent: today), with their
-- total. Each council's closed period is as known at the close of its own window, unless a known-at day is given. Refuses
-- what is no year, a council that is not there for the caller and days to come.
create function shap_v1.get_councils_report(year text, as_at date, known_at date, councils text[])
returns shap_v1.councils_report
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    year_code constant text := shap.year_code(coalesce(nullif(btrim(year), ''), ''));
    wanted constant bigint[] := case when cardinality(councils) > 0
        then array(select distinct shap.council_of(c) from unnest(councils) c) else shap.councils() end;
    report shap_v1.councils_report;
    head shap_v1.report_head;
begin
    select max(shap.check_day(c, 'as at', as_at)) into head.as_at from unnest(wanted) c;
    perform shap.check_day(c, 'known at', known_at) from unnest(wanted) c;
    report.councils := array(
        select shap_v1.council_account_of(c.id, year_code, head.as_at, known_at)
          from shap.council c where c.id = any (wanted) order by c.code collate "C");
    report.total := shap_v1.councils_total(report.councils);
    report.without_figures := array(
        select a.council_name || ': ' || a.note from unnest(report.councils) with ordinality a where a.note is not null);
    head.year := replace(year_code, '-', '/');
    head.title := 'Councils';
    head.known_at := known_at;
    head.rule := 'shap-rules-1';
    head.covered := (report.total).covered;
    head.total := (report.total).total;
    report.head := head;
    return report;
end
$$;
grant execute on function shap_v1.get_councils_report(text, date, date, text[])
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
