-- What is shown of milestones beside where they stand: whom WHO names, who shares them, what is the same work.
drop type if exists shap.beside_row cascade;
create type shap.beside_row as (
    reference text,
    owners text[],        -- codes, in the order of WHO
    words text[],         -- the codes and spellings of WHO, as they are compared; null: it names nobody
    organisations text[], -- codes
    same_as text[]        -- of these only those that the caller sees
);

-- Of milestones of a version of a plan, as at a day and as known at a link. The planner sets it into the two below.
create or replace function shap.beside_rules(council bigint, plan_id bigint, version integer, as_at date, link bigint, "references" text[])
returns setof shap.beside_row
language sql stable
begin atomic
    select r.reference, coalesce(w.owners, '{}'), w.words, coalesce(h.organisations, '{}'), coalesce(k.same_as, '{}')
      from unnest(beside_rules."references") r (reference)
      left join (
           select o.reference, array_agg(o.code order by o.place) filter (where o.code is not null) as owners,
                  array_agg(shap.word_key(o.code)) || array_agg(shap.word_key(o.token)) as words
             from (select distinct on (c.reference, coalesce(c.code, c.token)) c.reference, c.code, c.token, c.place
                     from shap.who_current(council, beside_rules.plan_id, beside_rules.version, beside_rules.link) c
                    where c.reference = any (beside_rules."references")
                    order by c.reference, coalesce(c.code, c.token), c.place) o
            group by o.reference) w on w.reference = r.reference
      left join (
           select a.reference, array_agg(o.code order by o.code collate "C") as organisations
             from shap.share a join shap.organisation o on o.id = a.organisation_id
            where a.council_id = council and a.plan_id = beside_rules.plan_id and a.day <= beside_rules.as_at
              and a.link <= beside_rules.link and a.reference = any (beside_rules."references")
              and not exists (select from shap.counter_act u
                               where u.council_id = council and u.plan_id = beside_rules.plan_id
                                 and u.reference = a.reference and u.of_record = a.record_id
                                 and u.day <= beside_rules.as_at and u.link <= beside_rules.link)
            group by a.reference) h on h.reference = r.reference
      left join (
           select x.reference, shap.seen(council, beside_rules.plan_id, array_agg(x.other order by x.place)) as same_as
             from shap.same_work_as(council, beside_rules.plan_id, beside_rules.as_at, beside_rules.link) x
            where x.reference = any (beside_rules."references")
            group by x.reference) k on k.reference = r.reference;
end;
revoke all on function shap.beside_rules(bigint, bigint, integer, date, bigint, text[]) from public;

-- The same, of those that the caller sees. A definer for the reason that shap.standing is one, and planned as that is.
create or replace function shap.beside(council bigint, plan_id bigint, version integer, as_at date, link bigint, "references" text[])
returns setof shap.beside_row
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_nestloop = off set enable_mergejoin = off
set jit = off as $$
begin
    return query
        select b.* from shap.beside_rules(council, beside.plan_id, beside.version, as_at, beside.link, beside."references") b
         where council = any (shap.councils())
           and (shap.sight() = 'full'
                or (shap.sight() = 'shared' and b.reference in (
                    select h.reference from shap.share_in_force h
                     where h.council_id = council and h.plan_id = beside.plan_id
                       and h.organisation_id = any (shap.organisations()))));
end
$$;
revoke all on function shap.beside(bigint, bigint, integer, date, bigint, text[]) from public;
grant execute on function shap.beside(bigint, bigint, integer, date, bigint, text[]) to shap_api;

-- The same of one milestone, if the caller sees it.
create or replace function shap.beside_of(council bigint, plan_id bigint, version integer, as_at date, link bigint, reference text)
returns setof shap.beside_row
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
    if shap.sees(council, plan_id, reference) then
        return query
            select b.* from shap.beside_rules(council, beside_of.plan_id, beside_of.version, as_at, beside_of.link,
                                              array[beside_of.reference]) b;
    end if;
end
$$;
revoke all on function shap.beside_of(bigint, bigint, integer, date, bigint, text) from public;
grant execute on function shap.beside_of(bigint, bigint, integer, date, bigint, text) to shap_api;
