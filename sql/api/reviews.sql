-- Reviews and new dates: the coordinator's acts, and what undoes them.

-- A review as it stands now. Internal.
create function shap_v1.review_shown(council bigint, record_id bigint) returns shap_v1.review
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(v.record_id, v.return_record_id, v.reference, v.verdict, shap.text_of(v.council_id, v.comment_digest),
                   v.day, shap.name_of(v.membership_id), l.recorded_at, u.day)::shap_v1.review
          from shap.review v
          join shap.link l on l.council_id = v.council_id and l.number = v.link
          left join shap.counter_act u on u.council_id = v.council_id and u.of_record = v.record_id
         where v.council_id = council and v.record_id = review_shown.record_id);
end
$$;

-- A grant as it stands now: how many there are with this one, and how far it is from the baseline. Internal.
create function shap_v1.grant_shown(council bigint, record_id bigint) returns shap_v1.grant
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(g.record_id, shap.plan_name(g.council_id, g.plan_id), g.reference, g.return_record_id, g.new_date, g.new_day,
                   coalesce(shap.text_of(g.council_id, g.reason_digest), shap.text_of(g.council_id, r.reason_digest)), g.day,
                   shap.name_of(g.membership_id), l.recorded_at,
                   (select count(*) from shap."grant" e
                     where e.council_id = g.council_id and e.plan_id = g.plan_id
                       and (e.reference = g.reference
                            or e.reference in (select w.other
                                                 from shap.same_work_as(g.council_id, g.plan_id, shap.today(g.council_id),
                                                                        shap.link_at(g.council_id, null)) w
                                                where w.reference = g.reference))
                       and (e.day, e.link, e.record_id) <= (g.day, g.link, g.record_id)
                       and not exists (select from shap.counter_act x
                                        where x.council_id = e.council_id and x.of_record = e.record_id)),
                   (select shap.whole_months(p.last_day, g.new_day)
                      from shap.programmed(g.council_id, g.plan_id, shap.today(g.council_id), shap.link_at(g.council_id, null)) p
                     where p.reference = g.reference), u.day)::shap_v1.grant
          from shap."grant" g
          join shap.link l on l.council_id = g.council_id and l.number = g.link
          left join shap."return" r on r.council_id = g.council_id and r.record_id = g.return_record_id
          left join shap.counter_act u on u.council_id = g.council_id and u.of_record = g.record_id
         where g.council_id = council and g.record_id = grant_shown.record_id);
end
$$;

-- Accepts a return or sends it back. Refuses a return the caller does not see (NOT_FOUND), sending back without a
-- comment and a day before the return's (INVALID_ARGUMENT), a return that was withdrawn or has a review that stands
-- (ABORTED). Tables written: review, personal_text, link.
create function shap_v1.review_return(return_record_id bigint, verdict shap_v1.verdict, comment text, day date)
returns shap_v1.review
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    reviewed constant shap."return" := shap.return_of(return_record_id);
    made bigint;
begin
    made := shap.review(reviewed, verdict::text, comment, day);
    return shap_v1.review_shown(reviewed.council_id, made);
end
$$;
grant execute on function shap_v1.review_return(bigint, shap_v1.verdict, text, date) to shap_coordinator;

-- Revokes a review, with a reason. Refuses one the caller does not see (NOT_FOUND), no reason and a day before the
-- review's (INVALID_ARGUMENT), one that is revoked already (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_review(record_id bigint, reason text, day date) returns shap_v1.review
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.review;
begin
    select v.* into revoked from shap.review v
     where v.council_id = any (shap.councils()) and v.record_id = revoke_review.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no review with the record number %s', coalesce(revoke_review.record_id::text, '""')),
            hint = 'The records of a milestone are shown by: shap milestone show';
    end if;
    perform shap.undo(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id, 'review', revoked.day,
                      revoke_review.day, revoke_review.reason);
    return shap_v1.review_shown(revoked.council_id, revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_review(bigint, text, date) to shap_coordinator;

-- Grants a milestone a new date, asked for by a return or decided without one. The day is the one date in the phrase or,
-- with none or several, new_day. Refuses what is unknown (NOT_FOUND), a phrase and day that do not fit, no reason where
-- the request has none, a day before the request's (INVALID_ARGUMENT), and, so that of two grants the first wins, a
-- request that was granted or a grant in force that the grantor did not name (ABORTED).
-- Tables written: grant, personal_text, link.
create function shap_v1.grant_date(plan text, reference text, return_record_id bigint, new_date text, new_day date,
                                   reason text, day date, replaces_record_id bigint) returns shap_v1.grant
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    request shap."return";
    named record;
    wanted text;
    made bigint;
begin
    if return_record_id is null then
        named := shap.plan_of(plan);
        wanted := shap.milestone_of(named.council_id, named.plan_id, reference);
    else
        request := shap.return_of(return_record_id);
        select request.council_id, request.plan_id into named;
        wanted := shap.reference_meant(named.council_id, named.plan_id,
                                       shap.version_in_force(named.council_id, named.plan_id, null, null), reference);
        if wanted <> request.reference
           or nullif(btrim(plan), '') is not null and shap.plan_of(plan) <> row(request.council_id, request.plan_id) then
            raise exception using errcode = 'RPC03',
                message = format('return %s is about %s in %s', request.record_id, request.reference,
                                 shap.plan_name(request.council_id, request.plan_id)),
                hint = 'Name the milestone or the return, not both.';
        end if;
        wanted := shap.milestone_of(named.council_id, named.plan_id, request.reference);
    end if;
    made := shap.grant_date(named.council_id, named.plan_id, wanted, request, new_date, new_day, reason, day,
                            replaces_record_id);
    return shap_v1.grant_shown(named.council_id, made);
end
$$;
grant execute on function shap_v1.grant_date(text, text, bigint, text, date, text, date, bigint) to shap_coordinator;

-- Revokes a grant, with a reason: the one before it is in force again. Refuses one the caller does not see (NOT_FOUND),
-- no reason and a day before the grant's (INVALID_ARGUMENT), one that is revoked already (ABORTED).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_grant(record_id bigint, reason text, day date) returns shap_v1.grant
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap."grant";
begin
    select g.* into revoked from shap."grant" g
     where g.council_id = any (shap.councils()) and g.record_id = revoke_grant.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no grant with the record number %s', coalesce(revoke_grant.record_id::text, '""')),
            hint = 'The records of a milestone are shown by: shap milestone show';
    end if;
    perform shap.undo(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id, 'grant', revoked.day,
                      revoke_grant.day, revoke_grant.reason);
    return shap_v1.grant_shown(revoked.council_id, revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_grant(bigint, text, date) to shap_coordinator;
