-- What was recorded about one milestone: every record as an event.

-- A status, class, verdict or recurrence as it is said.
create or replace function shap.said_as(label text) returns text
language sql immutable parallel safe
return replace(label, '_', ' ');
grant execute on function shap.said_as(text) to shap_api;

-- The readings of a milestone's WHEN: the rules', one for each wording, and the coordinators'.
create or replace function shap.reading_events(council bigint, plan_id bigint, reference text)
returns table (record_id bigint, day date, link bigint, membership_id bigint, summary text, text_digest bytea)
language sql stable parallel safe
begin atomic
    select r.record_id, r.day, r.link, r.membership_id,
           format('"%s": %s', r.phrase, case
               when not r.is_understood then 'not understood'
               else coalesce(nullif(concat_ws(', ', 'due ' || r.last_day, shap.said_as(r.recurrence),
                                              case when r.is_completed then concat_ws(' ', 'completed', r.completed_on) end), ''),
                             'no day') end),
           r.reason_digest
      from (select w.*, lag(w.phrase) over (partition by w.version is null order by w.version, w.record_id) as phrase_before
              from shap.when_reading w
             where w.council_id = council and w.plan_id = reading_events.plan_id and w.reference = reading_events.reference) r
     where r.version is null or r.phrase is distinct from r.phrase_before;
end;
grant execute on function shap.reading_events(bigint, bigint, text) to shap_api;

-- What was declared of a milestone's place among others, on either side of it, and what undid that; where the caller sees
-- the other one, too.
create or replace function shap.order_events(council bigint, plan_id bigint, reference text)
returns table (record_id bigint, kind text, day date, link bigint, membership_id bigint, organisation_id bigint,
               summary text, text_digest bytea, of_record bigint)
language sql stable parallel safe
begin atomic
    with said as (
        select o.*, shap.order_kind(o.kind) as called
          from shap.milestone_order o
         where o.council_id = council and o.plan_id = order_events.plan_id
           and order_events.reference in (o.reference, o.step)
           and shap.sees(council, order_events.plan_id, case o.reference when order_events.reference then o.step else o.reference end)
    )
    select s.record_id, s.called, s.day, s.link, s.membership_id, s.organisation_id,
           case when s.reference = order_events.reference then '' else s.reference || ' ' end
             || case s.kind when 'after' then 'follows ' else 'is independent of ' end
             || case when s.reference = order_events.reference then s.step else 'it' end
             || coalesce(', as record ' || s.from_record || ' of the year before', ''),
           s.reason_digest, null
      from said s
    union all
    select u.record_id, 'revocation', u.day, u.link, u.membership_id, null, format('the %s is revoked', u.kind),
           u.reason_digest, u.of_record
      from said s join shap.counter_act u on u.council_id = s.council_id and u.of_record = s.record_id;
end;
grant execute on function shap.order_events(bigint, bigint, text) to shap_api;

-- Every record about a milestone that the caller sees: all of them, but for what names another milestone that he does not see,
-- and settlements, which are for whole councils. of_record: what it answers, corrects or undoes.
create or replace function shap.events(council bigint, plan_id bigint, reference text)
returns table (record_id bigint, kind text, day date, link bigint, membership_id bigint, organisation_id bigint,
               summary text, text_digest bytea, of_record bigint)
language sql stable parallel safe
begin atomic
    select e.record_id, 'reading', e.day, e.link, e.membership_id, null, e.summary, e.text_digest, null
      from shap.reading_events(council, events.plan_id, events.reference) e
    union all
    select r.record_id, 'return', r.day, r.link, r.membership_id, r.organisation_id,
           concat_ws(', ', shap.said_as(r.status), 'asks for ' || r.new_date), coalesce(r.note_digest, r.reason_digest), r.corrects
      from shap."return" r
     where r.council_id = council and r.plan_id = events.plan_id and r.reference = events.reference
    union all
    select v.record_id, 'review', v.day, v.link, v.membership_id, null, shap.said_as(v.verdict), v.comment_digest, v.return_record_id
      from shap.review v
     where v.council_id = council and v.plan_id = events.plan_id and v.reference = events.reference
    union all
    select g.record_id, 'grant', g.day, g.link, g.membership_id, null, format('%s (%s)', g.new_date, g.new_day),
           g.reason_digest, g.return_record_id
      from shap."grant" g
     where g.council_id = council and g.plan_id = events.plan_id and g.reference = events.reference
    union all
    select f.record_id, 'figure', f.day, f.link, f.membership_id, null,
           format('%s against %s', trim_scale(f.actual), trim_scale(f.target)), null, null
      from shap.rating_figure f
     where f.council_id = council and f.plan_id = events.plan_id and f.reference = events.reference
    union all
    select o.record_id, 'rating', o.day, o.link, o.membership_id, null, o.rating || ', beside the computed rating', o.reason_digest, null
      from shap.rating_override o
     where o.council_id = council and o.plan_id = events.plan_id and o.reference = events.reference
    union all
    select u.record_id, case u.kind when 'return' then 'withdrawal' else 'revocation' end, u.day, u.link, u.membership_id,
           (select s.organisation_id from shap.share s
             where u.kind = 'share' and s.council_id = u.council_id and s.record_id = u.of_record),
           format('the %s %s', shap.kind_said(u.kind), case u.kind when 'return' then 'is withdrawn' else 'is revoked' end), u.reason_digest, u.of_record
      from shap.counter_act u
     where u.council_id = council and u.plan_id = events.plan_id and u.reference = events.reference
       and u.kind not in ('order', 'independence')
    union all
    select o.* from shap.order_events(council, events.plan_id, events.reference) o
    union all
    select o.record_id, 'sign_off', o.day, o.link, o.membership_id, null,
           concat_ws(', ', format('%s at the meeting of %s on %s', shap.said_as(o.verdict), m.body, m.held_on),
                     case when o.without_evidence_digest is not null then 'without evidence' end,
                     case when o.is_own_work then 'own work' end),
           coalesce(o.without_evidence_digest, o.comment_digest), o.return_record_id
      from shap.sign_off o
      join shap.meeting m on m.council_id = o.council_id and m.record_id = o.meeting_record_id
     where o.council_id = council and o.plan_id = events.plan_id and o.reference = events.reference
    union all
    select w.record_id, 'same_work', w.day, w.link, w.membership_id, null, -- the reason may name any of them
           'the same work as ' || coalesce(nullif(array_to_string(array_remove(s.seen, events.reference), ', '), ''), 'another milestone')
             || coalesce(', as record ' || w.from_record || ' of the year before', ''),
           case when cardinality(s.seen) = cardinality(w."references") then w.reason_digest end, null
      from shap.same_work w
     cross join lateral (select shap.seen(council, events.plan_id, w."references") offset 0) s (seen)
     where w.council_id = council and w.plan_id = events.plan_id and events.reference = any (w."references")
    union all
    select u.record_id, 'revocation', u.day, u.link, u.membership_id, null, 'the declaration is revoked',
           case when shap.seen(council, events.plan_id, w."references") = w."references" then u.reason_digest end, u.of_record
      from shap.counter_act u
      join shap.same_work w on w.council_id = u.council_id and w.record_id = u.of_record
     where u.council_id = council and u.plan_id = events.plan_id and u.kind = 'same_work' and events.reference = any (w."references")
    union all
    select k.record_id, 'carry', k.day, k.link, k.membership_id, null,
           'carried from ' || shap.plan_name(k.from_council_id, k.from_plan_id) || ' ' || k.from_reference, k.reason_digest, null
      from shap.carry k
     where k.council_id = council and k.plan_id = events.plan_id and k.reference = events.reference
    union all
    select s.record_id, 'share', s.day, s.link, s.membership_id, s.organisation_id,
           case s.origin when 'who' then 'named in WHO' else 'added' || coalesce(', as record ' || s.from_record || ' of the year before', '') end,
           s.reason_digest, null
      from shap.share s
     where s.council_id = council and s.plan_id = events.plan_id and s.reference = events.reference
    union all
    select t.record_id, 'settlement', t.day, t.link, t.membership_id, null,
           format('%s: %s', shap.said_as(d.kind), coalesce('due ' || t.last_day, t.code, case when t.same_work_record_id is not null then 'declared' end, 'dismissed')), t.reason_digest, t.doubt_id
      from shap.doubt_settlement t
      join shap.doubt d on d.council_id = t.council_id and d.record_id = t.doubt_id
     where t.council_id = council and d.plan_id = events.plan_id and events.reference = any (d."references")
       and shap.sight() = 'full'
    union all
    select u.record_id, 'revocation', u.day, u.link, u.membership_id, null, 'the settlement is revoked', u.reason_digest, u.of_record
      from shap.counter_act u
      join shap.doubt_settlement t on t.council_id = u.council_id and t.record_id = u.of_record
      join shap.doubt d on d.council_id = t.council_id and d.record_id = t.doubt_id
     where u.council_id = council and u.plan_id = events.plan_id and u.kind = 'settlement'
       and events.reference = any (d."references") and shap.sight() = 'full';
end;
grant execute on function shap.events(bigint, bigint, text) to shap_api;

-- The history of a milestone in the order of the ledger, as at a day and as known at a link; and, of the other milestones of
-- its piece of work, what was said, granted or signed off there, whose summary names the milestone. Of milestones that the
-- caller sees. A definer, because row level security inside would be set up, and judged, for each of some twenty tables: here
-- it is judged once, for each milestone. One plan serves all, and looks tables up by keys, whatever their statistics say.
-- offset 0: what is asked of an event is asked in one place, not in each piece of shap.events.
drop function if exists shap.events_of_work(bigint, bigint, text, date, bigint);
create or replace function shap.history(council bigint, plan_id bigint, reference text, others text[], as_at date, link bigint)
returns table (record_id bigint, kind text, day date, recorded_at timestamptz, by_name text, organisation text, summary text,
               "text" text, of_record bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
#variable_conflict use_column
declare
    work constant text[] := shap.seen(council, history.plan_id, history.reference || others);
begin
    return query
        select e.record_id, e.kind, e.day,
               (select l.recorded_at from shap.link l where l.council_id = council and l.number = e.link),
               (select n.name from shap.member_name n where n.membership_id = e.membership_id),
               (select o.code from shap.organisation o where o.id = e.organisation_id),
               case when w.reference = history.reference then e.summary else format('%s (%s)', e.summary, w.reference) end,
               (select coalesce(t.body, shap.erased(t.erased_on)) from shap.personal_text t
                 where t.council_id = council and t.digest = e.text_digest),
               e.of_record
          from unnest(work) w (reference)
         cross join lateral (select v.* from shap.events(council, history.plan_id, w.reference) v offset 0) e
         where e.link <= history.link and (e.day is null or e.day <= history.as_at)
           and (w.reference = history.reference
                or e.kind in ('return', 'review', 'grant', 'sign_off', 'withdrawal')
                or e.kind = 'revocation' and exists (
                       select from shap.counter_act u
                        where u.council_id = council and u.of_record = e.of_record and u.kind in ('review', 'grant', 'sign_off')))
         order by e.link, e.record_id;
end
$$;
revoke all on function shap.history(bigint, bigint, text, text[], date, bigint) from public;
grant execute on function shap.history(bigint, bigint, text, text[], date, bigint) to shap_api;
