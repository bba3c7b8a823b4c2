-- The panel's meetings: who met, and on which day.

-- The body that meets, by its code: the one named, else the register's only one. Refuses a code that is not in the
-- register or is no body's, and no name where the register holds none or several.
create or replace function shap.body_of(council bigint, written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    bodies constant text[] := array(
        select r.code from shap.register_at(council, null) r where r.kind = 'body' order by r.code collate "C");
    found record;
begin
    if nullif(btrim(written), '') is null then
        if cardinality(bodies) = 1 then
            return bodies[1];
        end if;
        raise exception using
            errcode = case when cardinality(bodies) = 0 then 'RPC09' else 'RPC03' end,
            message = case when cardinality(bodies) = 0 then 'the register holds no body that could meet'
                           else format('which body meets: %s?', array_to_string(bodies, ', ')) end,
            hint = case when cardinality(bodies) = 0 then 'Add it with: shap register add SHP NAME --kind body'
                        else 'Name it with: --body' end;
    end if;
    select r.code, r.kind into found
      from shap.register_at(council, null) r where r.code = shap.code_meant(council, written);
    if found.code is null or found.kind <> 'body' then
        raise exception using errcode = case when found.code is null then 'RPC05' else 'RPC03' end,
            message = case when found.code is null then format('the register does not hold "%s"', left(written, 100))
                           else format('%s is no body that meets: the register says %s', found.code, found.kind) end,
            hint = 'The bodies are listed by: shap register list';
    end if;
    return found.code;
end
$$;
grant execute on function shap.body_of(bigint, text) to shap_api;

-- Records a meeting, of today or to come too; see shap_v1.add_meeting. It counts from the day it was held or, if that is
-- still to come, from today. Tables written: meeting, link.
create or replace function shap.add_meeting(council bigint, held_on date, written text) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    body constant text := shap.body_of(council, written);
    day date;
    link bigint;
    record_id bigint;
begin
    if held_on is null then
        raise exception using errcode = 'RPC03', message = 'on which day is the meeting?', hint = 'Give it with: --day';
    end if;
    perform shap.check_calendar('day', held_on);
    day := shap.check_day(council, 'day', least(held_on, shap.today(council)));
    link := shap.take_link(council, shap.caller());
    select m.record_id into record_id
      from shap.meeting m
     where m.council_id = council and m.held_on = add_meeting.held_on and m.body = body
       and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = m.record_id);
    if record_id is not null then
        raise exception using errcode = 'RPC06',
            message = format('the meeting of %s on %s is on record already (record %s)', body, shap.day_said(held_on), record_id),
            hint = format('Sign off at it with: shap signoff add --meeting %s', record_id);
    end if;
    insert into shap.meeting (council_id, held_on, body, day, membership_id, link)
    values (council, held_on, body, day, shap.caller(), link)
    returning shap.meeting.record_id into record_id;
    return record_id;
end
$$;
grant execute on function shap.add_meeting(bigint, date, text) to shap_api;

-- The meeting of a council with a record number, whether it stands or not. Refuses one that there is not.
create or replace function shap.meeting_with(council bigint, record_id bigint) returns shap.meeting
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found shap.meeting;
begin
    select m.* into found from shap.meeting m where m.council_id = council and m.record_id = meeting_with.record_id;
    if found.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no meeting with the record number %s', coalesce(record_id::text, '""')),
            hint = 'The meetings are listed by: shap meeting list';
    end if;
    return found;
end
$$;
grant execute on function shap.meeting_with(bigint, bigint) to shap_api;

-- The day that is written in ISO 8601; null for what is none.
create or replace function shap.day_written(written text) returns date
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return case when written ~ '^\d{4}-\d\d-\d\d$' then written::date end;
exception when datetime_field_overflow then
    return null;
end
$$;
grant execute on function shap.day_written(text) to shap_api;

-- The meeting somebody means: by its record number, or by the day it is held on. Refuses none, what is neither, a day on
-- which nobody meets, and one on which several bodies do.
create or replace function shap.meeting_of(council bigint, written text) returns shap.meeting
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    number constant bigint := substring(written from '^\s*(\d{1,18})\s*$')::bigint;
    meant constant date := shap.day_written(btrim(written));
    meetings shap.meeting[];
begin
    if number is not null then
        return shap.meeting_with(council, number);
    end if;
    if meant is null then
        raise exception using errcode = 'RPC03',
            message = case when nullif(btrim(written), '') is null then 'at which meeting?'
                           else format('"%s" is neither a day nor the record number of a meeting', left(written, 60)) end,
            hint = 'The meetings are listed by: shap meeting list';
    end if;
    meetings := array(
        select m from shap.meeting m
         where m.council_id = council and m.held_on = meant
           and not exists (select from shap.counter_act u where u.council_id = council and u.of_record = m.record_id)
         order by m.body collate "C");
    if cardinality(meetings) <> 1 then
        raise exception using
            errcode = case when cardinality(meetings) = 0 then 'RPC05' else 'RPC03' end,
            message = case when cardinality(meetings) = 0 then format('there is no meeting on %s', shap.day_said(meant))
                           else format('several bodies meet on %s: %s', shap.day_said(meant),
                                       (select string_agg(format('%s (record %s)', m.body, m.record_id), ', ')
                                          from unnest(meetings) m)) end,
            hint = case when cardinality(meetings) = 0 then format('Add it with: shap meeting add --day %s', meant)
                        else 'Name the meeting by its record number.' end;
    end if;
    return meetings[1];
end
$$;
grant execute on function shap.meeting_of(bigint, text) to shap_api;

-- Refuses a meeting that was revoked, and one that is still to come. Called with the head held.
create or replace function shap.check_held(met shap.meeting) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.check_stands(met.council_id, met.record_id, 'the meeting');
    if met.held_on > shap.today(met.council_id) then
        raise exception using errcode = 'RPC09',
            message = format('the meeting of %s on %s is still to come', met.body, shap.day_said(met.held_on)),
            hint = 'What it decides is recorded once it was held.';
    end if;
end
$$;
grant execute on function shap.check_held(shap.meeting) to shap_api;

-- Undoes a meeting. Refuses while anything signed off or noted at it stands. Tables written: counter_act, personal_text,
-- link.
create or replace function shap.revoke_meeting(revoked shap.meeting, day date, reason text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    standing bigint;
begin
    perform shap.take_link(revoked.council_id, shap.caller());
    select count(*) into standing
      from shap.sign_off o
     where o.council_id = revoked.council_id and o.meeting_record_id = revoked.record_id
       and not exists (select from shap.counter_act u where u.council_id = o.council_id and u.of_record = o.record_id);
    if standing > 0 then
        raise exception using errcode = 'RPC09',
            message = format('what was signed off or noted at the meeting of %s on %s stands: %s', revoked.body,
                             shap.day_said(revoked.held_on), standing),
            hint = format('They are listed by: shap signoff list --meeting %s; the panel takes each back with: shap signoff revoke',
                          revoked.record_id);
    end if;
    perform shap.undo(revoked.council_id, null, null, revoked.record_id, 'meeting', revoked.day, revoke_meeting.day,
                      revoke_meeting.reason);
end
$$;
grant execute on function shap.revoke_meeting(shap.meeting, date, text) to shap_api;
