-- What reports list beside the standing: records of milestones that the caller sees. Definers like shap.standing, and for
-- its reason; each judges once what the caller sees.

-- Whether the caller sees a milestone of a plan: all of it, or what his organisation shares.
create or replace function shap.sees(council bigint, plan_id bigint, reference text) returns boolean
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan as $$
begin
    return council = any (shap.councils())
           and (shap.sight() = 'full'
                or (shap.sight() = 'shared' and exists (
                    select from shap.share_in_force h
                     where h.council_id = council and h.plan_id = sees.plan_id and h.reference = sees.reference
                       and h.organisation_id = any (shap.organisations()))));
end
$$;
revoke all on function shap.sees(bigint, bigint, text) from public;
grant execute on function shap.sees(bigint, bigint, text) to shap_api;

-- The grants that stand on milestones, each for every milestone of its piece of work, with who granted it and why (the
-- request's reason where the grant has none of its own). number: the oldest is 1. Only of milestones the caller sees.
create or replace function shap.grants_listed(council bigint, plan_id bigint, as_at date, link bigint, "references" text[])
returns table (reference text, number integer, new_date text, new_day date, day date, membership_id bigint,
               reason_digest bytea, request_reason_digest bytea)
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
begin
    return query
        select s.reference, row_number() over (partition by s.reference order by s.day, s.at_link, s.record_id)::integer,
               s.new_date, s.new_day, s.day, g.membership_id, g.reason_digest, r.reason_digest
          from shap.grants(council, grants_listed.plan_id, as_at, grants_listed.link) s
          join shap."grant" g on g.council_id = council and g.plan_id = grants_listed.plan_id and g.record_id = s.record_id
          left join shap."return" r on r.council_id = council and r.plan_id = grants_listed.plan_id
                                   and r.record_id = g.return_record_id
         where s.reference = any ("references")
           and shap.sees(council, grants_listed.plan_id, s.reference);
end
$$;
revoke all on function shap.grants_listed(bigint, bigint, date, bigint, text[]) from public;
grant execute on function shap.grants_listed(bigint, bigint, date, bigint, text[]) to shap_api;

-- What says that milestones are complete: the return that counts, of whom, and why one was signed off without evidence.
-- Nulls where only the plan's own text says so. Only of milestones the caller sees.
create or replace function shap.completions(council bigint, plan_id bigint, as_at date, link bigint, "references" text[])
returns table (reference text, organisation text, membership_id bigint, evidence text, note_digest bytea,
               without_evidence_digest bytea)
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_nestloop = off set jit = off as $$
begin
    return query
        select n.reference, b.code, r.membership_id, r.evidence, r.note_digest, o.without_evidence_digest
          from unnest("references") n (reference)
          left join (select w.reference, w.record_id
                       from shap.word(council, completions.plan_id, as_at, completions.link) w
                      where w.status = 'complete') w on w.reference = n.reference
          left join shap."return" r on r.council_id = council and r.plan_id = completions.plan_id and r.record_id = w.record_id
          left join shap.organisation b on b.id = r.organisation_id
          left join (select s.reference, s.record_id
                       from shap.signed(council, completions.plan_id, as_at, completions.link) s
                      where s.verdict = 'signed_off') s on s.reference = n.reference
          left join shap.sign_off o on o.council_id = council and o.plan_id = completions.plan_id and o.record_id = s.record_id
         where shap.sees(council, completions.plan_id, n.reference);
end
$$;
revoke all on function shap.completions(bigint, bigint, date, bigint, text[]) from public;
grant execute on function shap.completions(bigint, bigint, date, bigint, text[]) to shap_api;
