-- Service SignOffs: the panel's meetings, and its word at them.
create type shap_v1.meeting as (
    record_id bigint,
    held_on date,
    body text,
    signed_off integer,
    noted integer,
    by text,
    recorded_at timestamptz,
    revoked_on date
);

create type shap_v1.sign_off_verdict as enum ('signed_off', 'noted');

create type shap_v1.sign_off as (
    record_id bigint,
    plan text,
    reference text,
    verdict shap_v1.sign_off_verdict,
    meeting_record_id bigint,
    day date,
    body text,
    own_work boolean,
    return_record_id bigint,
    without_evidence text,
    comment text,
    by text,
    recorded_at timestamptz,
    revoked_on date,
    same_as text[]
);

-- The meetings of a council as known at a link, those that stand and those that do not. Internal.
create function shap_v1.meetings_shown(council bigint, link bigint) returns setof shap_v1.meeting
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select m.record_id, m.held_on, m.body, coalesce(o.signed_off, 0), coalesce(o.noted, 0), shap.name_of(m.membership_id),
           l.recorded_at, u.day
      from shap.meeting m
      join shap.link l on l.council_id = m.council_id and l.number = m.link
      left join shap.counter_act u on u.council_id = m.council_id and u.of_record = m.record_id and u.link <= meetings_shown.link
      left join (
           select s.meeting_record_id, count(*) filter (where s.verdict = 'signed_off')::integer as signed_off,
                  count(*) filter (where s.verdict = 'noted')::integer as noted
             from shap.sign_off s
            where s.council_id = council and s.link <= meetings_shown.link
              and not exists (select from shap.counter_act x where x.council_id = s.council_id and x.of_record = s.record_id
                                                               and x.link <= meetings_shown.link)
            group by s.meeting_record_id) o on o.meeting_record_id = m.record_id
     where m.council_id = council and m.link <= meetings_shown.link
     order by m.held_on, m.body collate "C", m.record_id;
end
$$;

-- Records a meeting, held or to come. Refuses no day and one in no calendar (INVALID_ARGUMENT), a body that the register
-- does not hold (NOT_FOUND) or that is none, none named where there are several (INVALID_ARGUMENT) or none
-- (FAILED_PRECONDITION), and a meeting that is on record (ALREADY_EXISTS). Tables written: meeting, link.
create function shap_v1.add_meeting(council text, held_on date, body text) returns shap_v1.meeting
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    council_id constant bigint := shap.council_of(nullif(btrim(council), ''));
    made constant bigint := shap.add_meeting(council_id, held_on, body);
begin
    return (select m from shap_v1.meetings_shown(council_id, shap.link_at(council_id, null)) m where m.record_id = made);
end
$$;
grant execute on function shap_v1.add_meeting(text, date, text) to shap_coordinator, shap_panel;

-- The meetings of a council by their day, as known at the end of a day (absent: now); with all, the revoked ones too.
create function shap_v1.list_meetings(council text, known_at date, "all" boolean) returns setof shap_v1.meeting
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    council_id constant bigint := shap.council_of(nullif(btrim(council), ''));
begin
    return query
    select m.* from shap_v1.meetings_shown(council_id, shap.link_at(council_id, list_meetings.known_at)) m
     where coalesce(list_meetings."all", false) or m.revoked_on is null;
end
$$;
grant execute on function shap_v1.list_meetings(text, date, boolean)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;

-- Revokes a meeting, with a reason. Refuses an unknown one (NOT_FOUND), no reason and a day before the meeting's
-- (INVALID_ARGUMENT), one at which something signed off or noted stands (FAILED_PRECONDITION), one that is revoked
-- already (ABORTED). Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_meeting(record_id bigint, reason text, day date) returns shap_v1.meeting
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    council_id constant bigint := shap.council_of(null);
begin
    perform shap.revoke_meeting(shap.meeting_with(council_id, record_id), day, reason);
    return (select m from shap_v1.meetings_shown(council_id, shap.link_at(council_id, null)) m
             where m.record_id = revoke_meeting.record_id);
end
$$;
grant execute on function shap_v1.revoke_meeting(bigint, text, date) to shap_coordinator, shap_panel;

-- What was signed off and noted of a plan's milestones the caller sees, as known at a link, also what was revoked since.
-- Internal.
create function shap_v1.sign_offs_shown(council bigint, plan_id bigint, link bigint) returns setof shap_v1.sign_off
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
begin
    return query
    select o.record_id, shap.plan_name(council, sign_offs_shown.plan_id), o.reference, o.verdict::shap_v1.sign_off_verdict,
           o.meeting_record_id, o.day, m.body, o.is_own_work, o.return_record_id,
           shap.text_of(council, o.without_evidence_digest), shap.text_of(council, o.comment_digest),
           shap.name_of(o.membership_id),
           (select l.recorded_at from shap.link l where l.council_id = o.council_id and l.number = o.link), u.day,
           shap.seen(council, sign_offs_shown.plan_id, array(
               select w.other from shap.same_work_as(council, sign_offs_shown.plan_id, 'infinity', sign_offs_shown.link) w
                where w.reference = o.reference order by w.place))
      from shap.sign_off o
      join shap.meeting m on m.council_id = o.council_id and m.record_id = o.meeting_record_id
      left join shap.counter_act u on u.council_id = o.council_id and u.plan_id = sign_offs_shown.plan_id
                                  and u.of_record = o.record_id and u.link <= sign_offs_shown.link
     where o.council_id = council and o.plan_id = sign_offs_shown.plan_id and o.link <= sign_offs_shown.link
     order by o.day, o.link, o.record_id;
end
$$;

-- Signs a milestone off, or notes it, at a meeting. Refuses an unknown milestone or meeting (NOT_FOUND), none named and no
-- reason where there is no evidence (INVALID_ARGUMENT), a meeting to come, a plan not adopted by then, what was not
-- complete (not undeliverable) on its day (FAILED_PRECONDITION), and what is signed off (noted) already (ABORTED).
-- Tables written: sign_off, personal_text, link.
create function shap_v1.sign_off_milestone(plan text, reference text, verdict shap_v1.sign_off_verdict, meeting text,
                                           without_evidence text, comment text)
returns shap_v1.sign_off
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    met constant shap.meeting := shap.meeting_of(named.council_id, meeting);
    wanted constant text := shap.milestone_of(named.council_id, named.plan_id, reference);
    made constant bigint := shap.sign_off(met, named.plan_id, wanted, coalesce(verdict::text, 'signed_off'), without_evidence,
                                          comment);
begin
    return (select s from shap_v1.sign_offs_shown(named.council_id, named.plan_id, shap.link_at(named.council_id, null)) s
             where s.record_id = made);
end
$$;
grant execute on function shap_v1.sign_off_milestone(text, text, shap_v1.sign_off_verdict, text, text, text) to shap_panel;

-- Withdraws a sign-off or a noting, with a reason. Refuses one that the caller does not see (NOT_FOUND), no reason and a
-- day before the meeting's (INVALID_ARGUMENT), one that is withdrawn already (ABORTED).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_sign_off(record_id bigint, reason text, day date) returns shap_v1.sign_off
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    revoked shap.sign_off;
begin
    select o.* into revoked from shap.sign_off o
     where o.council_id = any (shap.councils()) and o.record_id = revoke_sign_off.record_id;
    if revoked.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no sign-off with the record number %s', coalesce(revoke_sign_off.record_id::text, '""')),
            hint = 'They are listed by: shap signoff list';
    end if;
    perform shap.undo(revoked.council_id, revoked.plan_id, revoked.reference, revoked.record_id, 'sign_off', revoked.day,
                      revoke_sign_off.day, revoke_sign_off.reason);
    return (select s from shap_v1.sign_offs_shown(revoked.council_id, revoked.plan_id, shap.link_at(revoked.council_id, null)) s
             where s.record_id = revoked.record_id);
end
$$;
grant execute on function shap_v1.revoke_sign_off(bigint, text, date) to shap_panel;

-- What was signed off and noted of the milestones the caller sees, in the order it was decided, as known at the end of a
-- day (absent: now); at one meeting, of one milestone; with all, what was revoked too. Refuses an unknown meeting.
create function shap_v1.list_sign_offs(plan text, meeting text, reference text, "all" boolean, known_at date) returns setof shap_v1.sign_off
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    named constant record := shap.plan_of(plan);
    wanted constant text := shap.reference_meant(named.council_id, named.plan_id,
        shap.version_in_force(named.council_id, named.plan_id, null, null), reference);
    met shap.meeting;
begin
    if meeting is not null then
        met := shap.meeting_of(named.council_id, meeting);
    end if;
    return query
    select s.*
      from shap_v1.sign_offs_shown(named.council_id, named.plan_id, shap.link_at(named.council_id, list_sign_offs.known_at)) s
     where (met.record_id is null or s.meeting_record_id = met.record_id)
       and (wanted is null or s.reference = wanted)
       and (coalesce(list_sign_offs."all", false) or s.revoked_on is null);
end
$$;
grant execute on function shap_v1.list_sign_offs(text, text, text, boolean, date)
    to shap_contributor, shap_reader, shap_coordinator, shap_panel;
