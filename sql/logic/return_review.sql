-- Reviews, grants and what undoes them: the checks they share. Whoever acts takes the council's head first and looks
-- afterwards, so of two at once the first wins and the second is told what changed.

-- The return with a record number. Refuses one that the caller does not see.
create or replace function shap.return_of(record_id bigint) returns shap."return"
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found shap."return";
begin
    if record_id is null then
        raise exception using errcode = 'RPC03', message = 'which return is meant?',
            hint = 'Name it by its record number; returns are listed by: shap return list';
    end if;
    select r.* into found from shap."return" r
     where r.council_id = any (shap.councils()) and r.record_id = return_of.record_id;
    if found.record_id is null then
        raise exception using errcode = 'RPC05', message = format('there is no return with the record number %s', record_id),
            hint = 'Returns are listed by: shap return list';
    end if;
    return found;
end
$$;
grant execute on function shap.return_of(bigint) to shap_api;

-- The milestone a caller names, in the version of the plan in force: its reference as it is kept. Refuses a draft,
-- a milestone that is not in it or not for the caller to see, and a name that means several.
create or replace function shap.milestone_of(council bigint, plan_id bigint, reference text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    in_force constant integer := shap.version_in_force(council, plan_id, null, null);
    wanted constant text := shap.reference_meant(council, plan_id, in_force, reference);
begin
    if wanted is null then
        raise exception using errcode = 'RPC03', message = 'which milestone is meant?',
            hint = 'Name it by its reference, such as SH4.3/2/1.';
    end if;
    if in_force is null then
        raise exception using errcode = 'RPC09', message = format('%s is a draft', shap.plan_name(council, plan_id)),
            hint = 'Adopt it first with: shap plan adopt';
    end if;
    if not exists (select from shap.milestone m where m.council_id = council and m.plan_id = milestone_of.plan_id
                      and m.version = in_force and m.reference = wanted) then
        raise exception using errcode = 'RPC05',
            message = format('there is no milestone "%s" in %s', left(reference, 60), shap.plan_name(council, plan_id)),
            hint = 'Milestones are listed by: shap milestone list';
    end if;
    return wanted;
end
$$;
grant execute on function shap.milestone_of(bigint, bigint, text) to shap_api;

-- Refuses to act on a record that is undone already, saying by whom and when. Called with the head held.
create or replace function shap.check_stands(council bigint, record_id bigint, what text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    undone shap.counter_act;
begin
    select u.* into undone from shap.counter_act u where u.council_id = council and u.of_record = check_stands.record_id;
    if undone.record_id is not null then
        raise exception using errcode = 'RPC10',
            message = format('%s was %s by %s on %s (record %s)', what,
                             case when undone.kind in ('return', 'publication') then 'withdrawn' else 'revoked' end,
                             coalesce(shap.name_of(undone.membership_id), 'somebody'), undone.day, undone.record_id),
            hint = case undone.kind when 'adoption' then 'The versions in force are shown by: shap plan versions'
                                    when 'settlement' then 'What is open is listed by: shap plan doubts'
                                    when 'register_entry' then 'What counts is listed by: shap register list'
                                    when 'cycle' then 'What counts is listed by: shap cycle list'
                                    when 'window' then 'What stands is listed by: shap window list'
                                    when 'window_close' then 'What stands is listed by: shap window list'
                                    when 'meeting' then 'What stands is listed by: shap meeting list'
                                    when 'same_work' then 'What stands is listed by: shap milestone same'
                                    when 'rating' then 'What is on record is listed by: shap rating list'
                                    when 'figure' then 'What is on record is listed by: shap rating list'
                                    when 'rating_scheme' then 'What counts is listed by: shap scheme list'
                                    when 'rating_choice' then 'What counts is listed by: shap scheme list'
                                    when 'publication' then 'What was published is listed by: shap report publications'
                                    else 'Look at the milestone again with: shap milestone show' end;
    end if;
end
$$;
grant execute on function shap.check_stands(bigint, bigint, text) to shap_api;

-- The day of an act on a record: as given, else today. Refuses one to come, and one before the record's own day.
create or replace function shap.check_day_after(council bigint, day date, earliest date, what text) returns date
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    decided date := shap.check_day(council, 'day', day);
begin
    if decided < earliest then
        raise exception using errcode = 'RPC03',
            message = format('day: %s is before the day of %s, %s', decided, what, earliest),
            hint = format('Give a day from %s on.', earliest);
    end if;
    return decided;
end
$$;
grant execute on function shap.check_day_after(bigint, date, date, text) to shap_api;

-- A kind of record as it is said.
create or replace function shap.kind_said(kind text) returns text
language sql immutable parallel safe
return case kind when 'sign_off' then 'sign-off' when 'same_work' then 'declaration' else replace(kind, '_', ' ') end;
grant execute on function shap.kind_said(text) to shap_api;

-- Undoes a record, for a reason, from a day on. Refuses without a reason, a day before the record's, and what is
-- undone already. Returns the record of it. Tables written: counter_act, personal_text, link.
create or replace function shap.undo(council bigint, plan_id bigint, reference text, record_id bigint, kind text,
                                     record_day date, day date, reason text)
returns shap.counter_act
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    what constant text := 'the ' || shap.kind_said(kind);
    link bigint;
    undone shap.counter_act;
begin
    if nullif(btrim(reason), '') is null then
        raise exception using errcode = 'RPC03', message = format('a reason is needed to undo %s', what),
            hint = 'Give one with: --reason';
    end if;
    perform shap.check_text('reason', reason, 20000);
    day := shap.check_day_after(council, day, record_day, what);
    link := shap.take_link(council, shap.caller());
    perform shap.check_stands(council, record_id, what);
    insert into shap.counter_act (council_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
    values (council, record_id, kind, plan_id, reference, day, shap.keep_text(council, reason), shap.caller(), link)
    returning * into undone;
    return undone;
end
$$;
grant execute on function shap.undo(bigint, bigint, text, bigint, text, date, date, text) to shap_api;

-- Reviews a return; see shap_v1.review_return. Tables written: review, personal_text, link.
create or replace function shap.review(reviewed shap."return", verdict text, comment text, day date) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    council constant bigint := reviewed.council_id;
    link bigint;
    earlier shap.review;
    record_id bigint;
begin
    if verdict is null or (verdict = 'sent_back' and nullif(btrim(comment), '') is null) then
        raise exception using errcode = 'RPC03',
            message = case when verdict is null then 'accepted or sent back?' else 'a comment is needed to send a return back' end,
            hint = case when verdict is null then 'Say which.' else 'Say what its sender should do, with: --comment' end;
    end if;
    perform shap.check_text('comment', comment, 20000);
    day := shap.check_day_after(council, day, reviewed.day, 'the return');
    link := shap.take_link(council, shap.caller());
    perform shap.check_stands(council, reviewed.record_id, 'the return');
    select v.* into earlier from shap.review v
     where v.council_id = council and v.return_record_id = reviewed.record_id
       and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = v.record_id);
    if earlier.record_id is not null then
        raise exception using errcode = 'RPC10',
            message = format('%s %s this return on %s (record %s)', coalesce(shap.name_of(earlier.membership_id), 'somebody'),
                             replace(earlier.verdict, '_', ' '), earlier.day, earlier.record_id),
            hint = format('Revoke that review first with: shap review revoke %s', earlier.record_id);
    end if;
    insert into shap.review (council_id, plan_id, reference, return_record_id, verdict, comment_digest, day, membership_id, link)
    values (council, reviewed.plan_id, reviewed.reference, reviewed.record_id, verdict, shap.keep_text(council, comment),
            day, shap.caller(), link)
    returning shap.review.record_id into record_id;
    return record_id;
end
$$;
grant execute on function shap.review(shap."return", text, text, date) to shap_api;
