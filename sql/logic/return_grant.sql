-- Granting a milestone a new date.

-- The day a granted phrase means: the one date in it, or the day stated where it has none or several. Refuses a
-- stated day that contradicts the phrase, none where one is needed, and one that is a slip of the keyboard.
create or replace function shap.granted_day(council bigint, plan_id bigint, phrase text, stated date) returns date
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    dates date[];
    meant date;
    year_end date;
begin
    select shap.dates_in(phrase, p.first_day, c.quarters), p.last_day into dates, year_end
      from shap.plan p join shap.council c on c.id = p.council_id
     where p.council_id = council and p.id = granted_day.plan_id;
    meant := case when cardinality(dates) = 1 then dates[1] else stated end;
    if meant is null then
        raise exception using errcode = 'RPC03',
            message = case when cardinality(dates) = 0 then format('"%s" names no day', left(phrase, 60))
                           else format('"%s" names several days: %s', left(phrase, 60), array_to_string(dates, ', ')) end,
            hint = 'Say which day it means, with: --new-day';
    end if;
    if stated <> meant then
        raise exception using errcode = 'RPC03', message = format('"%s" is %s, not %s', left(phrase, 60), meant, stated),
            hint = 'Leave the day out, or write another phrase.';
    end if;
    if meant not between date '1990-01-01' and year_end + 20 * 366 then
        raise exception using errcode = 'RPC03', message = format('the new date %s is too far from the plan''s year', meant),
            hint = 'Check the year.';
    end if;
    return meant;
end
$$;
grant execute on function shap.granted_day(bigint, bigint, text, date) to shap_api;

-- From when on a granted phrase means: the first day of its reading, which is never after the day granted.
create or replace function shap.granted_first_day(council bigint, plan_id bigint, phrase text, new_day date) returns date
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select case when r.first_day is not null then least(r.first_day, new_day) end
              from shap.plan p
              join shap.council c on c.id = p.council_id
             cross join lateral shap.read_when(phrase, p.first_day, c.quarters) r
             where p.council_id = council and p.id = granted_first_day.plan_id);
end
$$;
grant execute on function shap.granted_first_day(bigint, bigint, text, date) to shap_api;

-- Refuses a grant by one who did not see what is in force on a milestone or on those of the same work: a request that
-- was granted already; a grant made after the request, or that is not the one named as replaced. Says who granted what.
-- Called with the head held.
create or replace function shap.check_first_grant(council bigint, plan_id bigint, reference text, request shap."return",
                                                  replaces bigint) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found record;
begin
    select g.*, g.return_record_id = request.record_id as is_answer into found
      from shap."grant" g
     where g.council_id = council and g.plan_id = check_first_grant.plan_id
       and (g.reference = check_first_grant.reference
            or g.reference in (select w.other
                                 from shap.same_work_as(council, check_first_grant.plan_id, 'infinity', shap.link_at(council, null)) w
                                where w.reference = check_first_grant.reference))
       and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = g.record_id)
     order by g.return_record_id is not distinct from request.record_id and request.record_id is not null desc,
              g.day desc, g.link desc, g.record_id desc
     limit 1;
    if found.record_id is null and replaces is null
       or found.record_id = replaces and not coalesce(found.is_answer, false)
       or found.link < request.link and replaces is null then
        return;
    end if;
    if found.record_id is null then
        raise exception using errcode = 'RPC10', message = format('%s has no new date that grant %s gave', reference, replaces),
            hint = 'Look at the milestone again with: shap milestone show';
    end if;
    raise exception using errcode = 'RPC10',
        message = format('%s granted %s the new date "%s" (%s) on %s (record %s)',
                         coalesce(shap.name_of(found.membership_id), 'somebody'), reference, found.new_date, found.new_day,
                         found.day, found.record_id),
        hint = case when found.is_answer then format('Revoke it first with: shap grant revoke %s', found.record_id)
                    else format('To replace it, grant with: --replaces %s', found.record_id) end;
end
$$;
grant execute on function shap.check_first_grant(bigint, bigint, text, shap."return", bigint) to shap_api;

-- Refuses a request that is no longer open: withdrawn or sent back. Called with the head held.
create or replace function shap.check_request_open(request shap."return") returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.check_stands(request.council_id, request.record_id, 'the return');
    if exists (select from shap.review v
                where v.council_id = request.council_id and v.return_record_id = request.record_id and v.verdict = 'sent_back'
                  and not exists (select from shap.counter_act u
                                   where u.council_id = v.council_id and u.of_record = v.record_id)) then
        raise exception using errcode = 'RPC09', message = format('return %s was sent back', request.record_id),
            hint = 'Grant the date without it, or revoke the review first.';
    end if;
end
$$;
grant execute on function shap.check_request_open(shap."return") to shap_api;

-- Grants a new date; see shap_v1.grant_date. request: the return that asks, or a row of nulls.
-- Tables written: grant, personal_text, link.
create or replace function shap.grant_date(council bigint, plan_id bigint, reference text, request shap."return",
    new_date text, new_day date, reason text, day date, replaces bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    phrase constant text := coalesce(nullif(btrim(new_date), ''), request.new_date);
    link bigint;
    record_id bigint;
begin
    if phrase is null then
        raise exception using errcode = 'RPC03', message = 'which new date is granted?',
            hint = case when request.record_id is null then 'Write it as a plan would, such as March 2011.'
                        else 'The return asks for none; write it as a plan would, such as March 2011.' end;
    end if;
    if nullif(btrim(reason), '') is null and request.reason_digest is null then
        raise exception using errcode = 'RPC03', message = 'a new date is granted for a reason',
            hint = 'Give one with: --reason';
    end if;
    perform shap.check_text('new date', phrase, 200);
    perform shap.check_text('reason', reason, 20000);
    new_day := shap.granted_day(council, plan_id, phrase, new_day);
    day := shap.check_day_after(council, day, request.day, 'the request');
    link := shap.take_link(council, shap.caller());
    if request.record_id is not null then
        perform shap.check_request_open(request);
    end if;
    perform shap.check_first_grant(council, plan_id, reference, request, replaces);
    insert into shap."grant" (council_id, plan_id, reference, return_record_id, new_date, new_day, first_day, reason_digest,
                              day, membership_id, link)
    values (council, plan_id, reference, request.record_id, phrase, new_day,
            shap.granted_first_day(council, plan_id, phrase, new_day),
            shap.keep_text(council, nullif(btrim(reason), '')), day, shap.caller(), link)
    returning shap."grant".record_id into record_id;
    return record_id;
end
$$;
grant execute on function shap.grant_date(bigint, bigint, text, shap."return", text, date, text, date, bigint) to shap_api;
