-- What a watch tells: the records of a council's ledger as events, and the cursor that says how far one has come.

-- The records of a range of links, as far as row level security shows them; both ends are in it. Record 0: a version,
-- which has no number.
create or replace function shap.changes(council bigint, from_link bigint, to_link bigint)
returns table (kind text, link bigint, record_id bigint, plan_id bigint, reference text, organisation_id bigint,
               membership_id bigint, day date, summary text, text_digest bytea, of_record bigint)
language sql stable parallel safe
begin atomic
    select 'return', r.link, r.record_id, r.plan_id, r.reference, r.organisation_id, r.membership_id, r.day,
           concat_ws(', ', shap.said_as(r.status), 'asks for ' || r.new_date), coalesce(r.note_digest, r.reason_digest), r.corrects
      from shap."return" r where r.council_id = council and r.link between from_link and to_link
    union all
    select 'review', v.link, v.record_id, v.plan_id, v.reference, null, v.membership_id, v.day, shap.said_as(v.verdict),
           v.comment_digest, v.return_record_id
      from shap.review v where v.council_id = council and v.link between from_link and to_link
    union all
    select 'grant', g.link, g.record_id, g.plan_id, g.reference, null, g.membership_id, g.day,
           format('%s (%s)', g.new_date, g.new_day), g.reason_digest, g.return_record_id
      from shap."grant" g where g.council_id = council and g.link between from_link and to_link
    union all
    select 'sign_off', o.link, o.record_id, o.plan_id, o.reference, null, o.membership_id, o.day, shap.said_as(o.verdict),
           coalesce(o.comment_digest, o.without_evidence_digest), o.return_record_id
      from shap.sign_off o where o.council_id = council and o.link between from_link and to_link
    union all
    select case u.kind when 'return' then 'withdrawal' else 'revocation' end, u.link, u.record_id, u.plan_id, u.reference, null,
           u.membership_id, u.day,
           format('the %s is %s', shap.kind_said(u.kind), case u.kind when 'return' then 'withdrawn' else 'revoked' end),
           u.reason_digest, u.of_record
      from shap.counter_act u
     where u.council_id = council and u.link between from_link and to_link
       and u.kind in ('return', 'review', 'grant', 'sign_off', 'reading', 'share', 'window', 'window_close', 'meeting',
                      'adoption', 'publication')
    union all
    select 'reading', w.link, w.record_id, w.plan_id, w.reference, null, w.membership_id, w.day,
           format('"%s": %s', w.phrase, coalesce('due ' || w.last_day, 'no day')), w.reason_digest, null
      from shap.when_reading w where w.council_id = council and w.link between from_link and to_link and w.version is null
    union all
    select 'share', s.link, s.record_id, s.plan_id, s.reference, s.organisation_id, s.membership_id, s.day, 'added',
           s.reason_digest, null
      from shap.share s
     where s.council_id = council and s.link between from_link and to_link and s.origin = 'added'
       and shap.sees(council, s.plan_id, s.reference)
    union all
    select 'window_open', w.link, w.record_id, w.plan_id, null, null, w.membership_id, w.day,
           format('%s is open, returns are due on %s', w.name, w.due_on), null, null
      from shap."window" w where w.council_id = council and w.link between from_link and to_link
    union all
    select 'window_close', c.link, c.record_id, c.plan_id, null, null, c.membership_id, c.day, w.name || ' is closed', null,
           c.window_record_id
      from shap.window_close c
      join shap."window" w on w.council_id = c.council_id and w.record_id = c.window_record_id
     where c.council_id = council and c.link between from_link and to_link
    union all
    select 'meeting', m.link, m.record_id, null, null, null, m.membership_id, m.day, format('%s meets on %s', m.body, m.held_on),
           null, null
      from shap.meeting m where m.council_id = council and m.link between from_link and to_link
    union all
    select 'version', v.link, 0, v.plan_id, null, null, v.membership_id, null,
           format('version %s, %s milestones, from %s', v.version, v.n_milestones, v.file_name), null, null
      from shap.plan_version v where v.council_id = council and v.link between from_link and to_link
    union all
    select 'adoption', a.link, a.record_id, a.plan_id, null, null, a.membership_id, a.day,
           format('version %s is adopted', a.version), a.note_digest, null
      from shap.adoption a where a.council_id = council and a.link between from_link and to_link
    union all
    select 'publication', p.link, p.record_id, p.plan_id, null, null, p.membership_id, p.day,
           format('%s as at %s', p.report, p.as_at), p.note_digest, null
      from shap.publication p where p.council_id = council and p.link between from_link and to_link;
end;
grant execute on function shap.changes(bigint, bigint, bigint) to shap_api;

-- A place in a ledger as a cursor has it; record null: after all of the link.
create or replace function shap.place_said(council text, link bigint, record_id bigint) returns text
language sql immutable parallel safe
return council || ':' || link || coalesce('.' || record_id, '');
grant execute on function shap.place_said(text, bigint, bigint) to shap_api;

-- The places of a cursor, one for each council it names. Refuses what is no cursor (INVALID_ARGUMENT).
create or replace function shap.places(written text)
returns table (council text, link bigint, record_id bigint)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.check_text('cursor', written, 20000);
    if written !~ '^[a-z0-9-]{1,40}:\d{1,18}(\.\d{1,18})?(,[a-z0-9-]{1,40}:\d{1,18}(\.\d{1,18})?)*$' then
        raise exception using errcode = 'RPC03', message = format('"%s" is not a cursor', left(written, 60)),
            hint = 'Give one that a watch has printed, such as copeland:346.';
    end if;
    return query
        select distinct on (p.part[1]) p.part[1], p.part[2]::bigint, p.part[3]::bigint
          from regexp_matches(written, '([a-z0-9-]+):(\d+)(?:\.(\d+))?', 'g') p (part)
         order by p.part[1], p.part[2]::bigint, p.part[3]::bigint nulls last;
end
$$;
grant execute on function shap.places(text) to shap_api;

-- Where a watch begins and how far the ledgers go, a row for each council by its code. Refuses a cursor that is ahead of
-- the ledger (OUT_OF_RANGE): the database was put back to an earlier state.
create or replace function shap.watched(councils bigint[], written text, since date)
returns table (council_id bigint, code text, link bigint, record_id bigint, head bigint)
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    ahead text;
begin
    perform shap.check_calendar('since', since);
    select p.council into ahead
      from shap.places(written) p
      join shap.council c on c.code = p.council and c.id = any (councils)
      join shap.ledger_head h on h.council_id = c.id
     where p.link > h.number limit 1;
    if ahead is not null then
        raise exception using errcode = 'RPC11', message = format('the ledger of %s does not reach as far as this cursor', ahead),
            hint = 'The database was put back to an earlier state. Begin anew with: shap watch --since DAY';
    end if;
    return query
        select c.id, c.code,
               case when p.council is not null then p.link
                    when written is null and since is not null then shap.link_at(c.id, since - 1)
                    else h.number end,
               p.record_id, h.number
          from shap.council c
          join shap.ledger_head h on h.council_id = c.id
          left join shap.places(written) p on p.council = c.code
         where c.id = any (councils)
         order by c.code collate "C";
end
$$;
grant execute on function shap.watched(bigint[], text, date) to shap_api;
