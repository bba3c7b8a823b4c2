-- Service Register: posts, and who holds them between days.

create type shap_v1.holding as (
    record_id bigint,
    code text,
    post text,
    person text,
    membership_id bigint,
    from_day date,
    until_day date,
    reason text,
    by text,
    recorded_at timestamptz,
    revoked_on date
);

-- One holding as it is known now. Internal.
create function shap_v1.holding_shown(council bigint, record_id bigint) returns shap_v1.holding
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(h.record_id, h.code, r.name, h.name, h.membership_id, h.day, h.until_day,
                   shap.text_of(council, o.reason_digest), shap.name_of(o.membership_id), l.recorded_at,
                   h.revoked_on)::shap_v1.holding
          from shap.holdings(council, null, shap.link_at(council, null)) h
          join shap.holding o on o.council_id = council and o.record_id = h.record_id
          join shap.link l on l.council_id = o.council_id and l.number = o.link
          left join shap.register_at(council, null) r on lower(r.code) = lower(h.code)
         where h.record_id = holding_shown.record_id);
end
$$;

-- The post that a code of a council's register means. Refuses a code it does not hold (NOT_FOUND) and one that is no post
-- (INVALID_ARGUMENT). Internal.
create function shap_v1.post_of(council bigint, written text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    entry record;
begin
    select r.code, r.kind into entry from shap.register_at(council, null) r where r.code = shap.code_meant(council, written);
    if entry.code is null then
        raise exception using errcode = 'RPC05',
            message = format('the register does not hold "%s"', left(coalesce(written, ''), 60)),
            hint = 'Say first what it stands for, with: shap register add';
    end if;
    if entry.kind <> 'post' then
        raise exception using errcode = 'RPC03', message = format('%s is no post but a%s', entry.code,
                                                                  case when entry.kind = 'body' then ' body' else 'n organisation' end),
            hint = 'Posts are listed by: shap post holders';
    end if;
    return entry.code;
end
$$;

-- Says who holds a post from a day on (absent: today), until a day if that is known; instead of another holder, whose time
-- ends with the day before, or beside them. Refuses an unknown post, person or holding (NOT_FOUND), one who holds it then
-- already (ALREADY_EXISTS), days that cannot be and a holding of another post (INVALID_ARGUMENT), one that is revoked
-- (ABORTED).
-- Tables written: holding, counter_act, personal_text, link.
create function shap_v1.hold_post(code text, person text, from_day date, until_day date, replaces_record_id bigint,
                                  reason text, council text) returns shap_v1.holding
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    council_key constant bigint := shap.council_of(council);
    post constant text := shap_v1.post_of(council_key, code);
    holder constant bigint := shap.holder_meant(person);
    called constant text := case when holder is null then shap.clean_name('the person''s name', person) end;
    starts constant date := shap.check_day(council_key, 'from', from_day);
    link bigint;
    other record;
    made bigint;
begin
    perform shap.check_calendar('until', until_day), shap.check_text('reason', reason, 20000);
    if until_day < starts then
        raise exception using errcode = 'RPC03', message = format('until: %s is before %s', until_day, starts),
            hint = 'Give the last day they hold the post.';
    end if;
    link := shap.take_link(council_key, shap.caller());
    if replaces_record_id is not null then
        other := shap_v1.end_holding(replaces_record_id, coalesce(nullif(btrim(reason), ''), 'The post changed hands.'), starts);
        if other.council_id <> council_key or lower(other.code) <> lower(post) then
            raise exception using errcode = 'RPC03',
                message = format('record %s is a holding of %s, not of %s', replaces_record_id, other.code, post),
                hint = 'Who holds what is listed by: shap post holders';
        end if;
    end if;
    select h.record_id, h.name, h.day into other
      from shap.holdings(council_key, null, link) h
     where lower(h.code) = lower(post) and daterange(h.day, h.until_day, '[]') && daterange(starts, until_day, '[]')
       and (h.revoked_on is null or h.revoked_on > h.day)
       and (h.membership_id = holder or h.person_id = (select m.person_id from shap.membership m where m.id = holder)
            or shap.word_key(h.name) = shap.word_key(called)) limit 1;
    if other.record_id is not null then
        raise exception using errcode = 'RPC06',
            message = format('%s holds %s already, from %s (record %s)', other.name, post, other.day, other.record_id),
            hint = 'Who holds what is listed by: shap post holders';
    end if;
    insert into shap.holding (council_id, code, holder_membership_id, holder_digest, day, until_day, reason_digest,
                              membership_id, link)
    values (council_key, post, holder, shap.keep_text(council_key, called), starts, until_day,
            shap.keep_text(council_key, reason), shap.caller(), link)
    returning record_id into made;
    return shap_v1.holding_shown(council_key, made);
end
$$;
grant execute on function shap_v1.hold_post(text, text, date, date, bigint, text, text) to shap_coordinator;

-- Ends a holding from a day on. Refuses one that the caller does not see. Tables written: see revoke_holding. Internal.
create function shap_v1.end_holding(record_id bigint, reason text, day date) returns shap.holding
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    ended shap.holding;
begin
    select h.* into ended from shap.holding h
     where h.council_id = any (shap.councils()) and h.record_id = end_holding.record_id;
    if ended.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no holding with the record number %s', coalesce(end_holding.record_id::text, '""')),
            hint = 'They are listed with their numbers by: shap post holders';
    end if;
    perform shap.undo(ended.council_id, null, null, ended.record_id, 'holding', ended.day, end_holding.day, end_holding.reason);
    return ended;
end
$$;

-- Ends a holding, with a reason, from a day on: from its first day on it never held. Refuses one that is not there
-- (NOT_FOUND), no reason and a day before its first (INVALID_ARGUMENT), one that is revoked already (ABORTED).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.revoke_holding(record_id bigint, reason text, day date) returns shap_v1.holding
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    ended constant shap.holding := shap_v1.end_holding(record_id, reason, day);
begin
    return shap_v1.holding_shown(ended.council_id, ended.record_id);
end
$$;
grant execute on function shap_v1.revoke_holding(bigint, text, date) to shap_coordinator;

-- The posts of the register with who holds them as at a day (absent: today) and as known at the end of a day, by code; one
-- that nobody holds is listed without a person. With all, every holding that was recorded, ended and revoked ones, too.
-- Why somebody holds a post is for those to read who see the whole plan. Read-only.
create function shap_v1.list_holders(as_at date, known_at date, "all" boolean) returns setof shap_v1.holding
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select h.record_id, coalesce(h.code, p.code), r.name, h.name, h.membership_id, h.day, h.until_day,
           case when shap.sight() = 'full' then shap.text_of(c.id, o.reason_digest) end, shap.name_of(o.membership_id),
           l.recorded_at, h.revoked_on
      from unnest(shap.councils()) c (id)
     cross join lateral (select shap.link_at(c.id, known_at) as link,
                                case when not coalesce("all", false) then coalesce(as_at, shap.today(c.id)) end as day offset 0) k
     cross join lateral (
           select e.code from shap.register_at(c.id, k.link) e where e.kind = 'post'
           union select d.code from shap.holding d
                  where d.council_id = c.id and d.link <= k.link
                    and not exists (select from shap.register_at(c.id, k.link) e where lower(e.code) = lower(d.code))) p
      left join shap.register_at(c.id, k.link) r on r.code = p.code
      left join lateral shap.holdings(c.id, k.day, k.link) h on lower(h.code) = lower(p.code)
      left join shap.holding o on o.council_id = c.id and o.record_id = h.record_id
      left join shap.link l on l.council_id = c.id and l.number = o.link
     where h.record_id is not null or r.code is not null and not coalesce("all", false)
     order by c.id, lower(p.code) collate "C", h.day, h.record_id;
end
$$;
grant execute on function shap_v1.list_holders(date, date, boolean) to shap_contributor, shap_reader, shap_coordinator, shap_panel;
