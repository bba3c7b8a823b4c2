-- Which plan, which version, which milestone is meant: what every function about plans begins with.

-- The plan a caller names: "copeland/2010-11", "copeland/2010/11", "2010-11", "2010/11", or by the year it begins in,
-- "2010"; nothing means the plan of the caller's council that was adopted last (the latest year), else its latest draft.
-- Without a council's name the plans of those it has succeeded are meant, too, after its own.
-- Refuses what is not a plan's name, and a plan that does not exist for the caller.
create or replace function shap.plan_of(plan text, out council_id bigint, out plan_id bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    parts text[] := regexp_match(plan, '^\s*(?:([^/\s]*[^/\s\d][^/\s]*)\s*/\s*)?(\d{4}(?:\s*[-/]\s*\d{2,4})?)\s*$');
    year text;
    found record;
begin
    if nullif(btrim(plan), '') is not null and parts is null then
        raise exception using errcode = 'RPC03', message = format('"%s" is not the name of a plan', left(plan, 60)),
            hint = 'Write it as copeland/2010-11, or 2010-11 for your own council''s.';
    end if;
    council_id := shap.council_of(parts[1]);
    year := case when parts[2] ~ '^\d{4}$' then parts[2] || '-' || to_char((parts[2]::integer + 1) % 100, 'FM00')
                 when parts is not null then shap.year_code(parts[2]) end;
    if parts[1] is not null or year is not null and cardinality(shap.councils()) = 1 then -- no more than one can be meant
        select p.id into plan_id from shap.plan p where p.council_id = plan_of.council_id and p.code = year;
    else
        select f.council_id, f.id, f.alike into found
          from (select p.council_id, p.id, p.first_day, a.is_in_force, p.council_id = plan_of.council_id as is_own,
                       array_agg(shap.plan_name(p.council_id, p.id)) over (
                           partition by p.council_id = plan_of.council_id, p.first_day, a.is_in_force) as alike
                  from shap.plan p
                 cross join lateral (
                       select shap.version_in_force(p.council_id, p.id, null, null) is not null as is_in_force) a
                 where p.council_id = any (case when parts[1] is null and cardinality(shap.councils()) > 1
                                                then shap.line_of(plan_of.council_id) else array[plan_of.council_id] end)
                   and (parts is null or p.code = year)) f
         order by parts is not null and f.is_own desc, f.is_in_force desc, f.first_day desc, f.is_own desc, f.council_id
         limit 1;
        if cardinality(found.alike) > 1 then
            raise exception using errcode = 'RPC03',
                message = format('which plan is meant: %s?', array_to_string(array(select unnest(found.alike) order by 1), ', ')),
                hint = 'Name it with its council.';
        end if;
        council_id := coalesce(found.council_id, council_id);
        plan_id := found.id;
    end if;
    if plan_id is null then
        raise exception using errcode = 'RPC05',
            message = case when parts is null then 'there is no plan yet'
                           else format('there is no plan "%s" here', left(btrim(plan), 60)) end,
            hint = 'The plans you can see are listed by: shap plan list';
    end if;
end
$$;
grant execute on function shap.plan_of(text) to shap_api;

-- A plan's name as it is shown: "copeland/2010-11". No join, for the reason that shap.name_of has none.
create or replace function shap.plan_name(council bigint, plan_id bigint) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select (select c.code from shap.council c where c.id = p.council_id) || '/' || p.code
              from shap.plan p where p.council_id = council and p.id = plan_name.plan_id);
end
$$;
grant execute on function shap.plan_name(bigint, bigint) to shap_api;

-- The adoptions of a plan that hold, as at a day and as known at a link (null: any): not undone by then.
create or replace function shap.adoptions(council bigint, plan_id bigint, as_at date, link bigint)
returns table (version integer, day date, at_link bigint, record_id bigint)
language sql stable parallel safe
begin atomic
    select a.version, a.day, a.link, a.record_id
      from shap.adoption a
     where a.council_id = council and a.plan_id = adoptions.plan_id
       and (adoptions.as_at is null or a.day <= adoptions.as_at)
       and (adoptions.link is null or a.link <= adoptions.link)
       and not exists (
           select from shap.counter_act u
            where u.council_id = a.council_id and u.plan_id = adoptions.plan_id and u.of_record = a.record_id
              and (adoptions.as_at is null or u.day <= adoptions.as_at)
              and (adoptions.link is null or u.link <= adoptions.link));
end;
grant execute on function shap.adoptions(bigint, bigint, date, bigint) to shap_api;

-- The version in force as at a day and as known at a link: the one adopted last. Null: none, a draft. A definer with one
-- plan for all: called by turns as different roles, or with and without a day, it would be planned anew each time. Who sees
-- a plan sees its adoptions.
create or replace function shap.version_in_force(council bigint, plan_id bigint, as_at date, link bigint)
returns integer
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
    return (select a.version from shap.adoptions(council, plan_id, as_at, link) a
             order by a.day desc, a.at_link desc, a.record_id desc limit 1);
end
$$;
revoke all on function shap.version_in_force(bigint, bigint, date, bigint) from public;
grant execute on function shap.version_in_force(bigint, bigint, date, bigint) to shap_api;

-- The baseline as at a day and as known at a link: the version adopted first. Null: none.
create or replace function shap.baseline(council bigint, plan_id bigint, as_at date, link bigint) returns integer
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select a.version from shap.adoptions(council, plan_id, as_at, link) a
             order by a.day, a.at_link, a.record_id limit 1);
end
$$;
grant execute on function shap.baseline(bigint, bigint, date, bigint) to shap_api;

-- The latest version imported as known at a link (null: now); null when there is none.
create or replace function shap.latest_version(council bigint, plan_id bigint, link bigint default null) returns integer
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return (select max(v.version) from shap.plan_version v
             where v.council_id = council and v.plan_id = latest_version.plan_id
               and (latest_version.link is null or v.link <= latest_version.link));
end
$$;
grant execute on function shap.latest_version(bigint, bigint, bigint) to shap_api;

-- An objective's code as it is compared: upper case, without spaces, a trailing colon or full stop, or the word
-- "Action" ("SH Action 1.2" is SH1.2, "SH4.2:" is SH4.2).
create or replace function shap.normal_code(written text) returns text
language sql immutable parallel safe strict
return rtrim(upper(regexp_replace(written, '\maction\M|\s', '', 'gi')), ':.');
grant execute on function shap.normal_code(text) to shap_api;

-- The code an objective's heading begins with; null where it begins with none.
create or replace function shap.code_in_heading(heading text) returns text
language sql immutable parallel safe strict
return shap.normal_code(substring(heading from '^\s*([A-Za-z]{0,6}\s*(?:[Aa]ction\s*)?\d+(?:\.\d+)*[a-z]?)(?!\w|\.\d)'));
grant execute on function shap.code_in_heading(text) to shap_api;

-- A reference as people type it ("sh4.3.2", "SH4.3/2/1", "sh 4.3 / 2.1"), as it is kept: "SH4.3/2/1". With two
-- slashes the objective stands as it is; else the dots after the objective's first one count as slashes.
create or replace function shap.reference_of(written text) returns text
language plpgsql immutable parallel safe strict set search_path = pg_catalog, pg_temp as $$
declare
    bare text := upper(regexp_replace(written, '\s', '', 'g'));
    objective text := split_part(bare, '/', 1);
    rest text := substring(bare from '/.*$');
begin
    if bare !~ '^[^/]+/\d+/\d+$' then
        objective := regexp_replace(objective, '^([^.]*\.[^.]*)\.(.*)$', '\1/\2');
        rest := concat(substring(objective from '/.*$'), rest);
        objective := split_part(objective, '/', 1);
    end if;
    return rtrim(objective, ':') || coalesce(regexp_replace(replace(rest, '.', '/'), '/0+(?=\d)', '/', 'g'), '');
end
$$;
grant execute on function shap.reference_of(text) to shap_api;

-- Records what a plan is called and who leads and writes it; what is null stays as it was, and nothing new is not
-- recorded. Tables written: plan_description, personal_text.
create or replace function shap.describe_plan(council bigint, plan_id bigint, title text, lead_officer text, author text,
                                              caller bigint, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    if num_nonnulls(title, lead_officer, author) = 0 then
        return;
    end if;
    insert into shap.plan_description (council_id, plan_id, link, title, lead_officer_digest, author_digest,
                                       membership_id)
    select council, describe_plan.plan_id, describe_plan.link, coalesce(describe_plan.title, d.title),
           coalesce(shap.keep_text(council, lead_officer), d.lead_officer_digest),
           coalesce(shap.keep_text(council, author), d.author_digest), caller
      from (values (1)) one
      left join lateral shap.description_at(council, describe_plan.plan_id, null) d on true;
end
$$;
grant execute on function shap.describe_plan(bigint, bigint, text, text, text, bigint, bigint) to shap_api;

-- The description of a plan as known at a link (null: now): the latest.
create or replace function shap.description_at(council bigint, plan_id bigint, link bigint)
returns setof shap.plan_description
language sql stable parallel safe
begin atomic
    select d.* from shap.plan_description d
     where d.council_id = council and d.plan_id = description_at.plan_id
       and (description_at.link is null or d.link <= description_at.link)
     order by d.link desc limit 1;
end;
grant execute on function shap.description_at(bigint, bigint, bigint) to shap_api;
