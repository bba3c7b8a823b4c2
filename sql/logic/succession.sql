-- Councils that succeed others. From the day on the successor's people see and act on the plans of the council that was
-- before, in its ledger, as if it were their own; what its own organisation shares is the successor's organisation's. The
-- people of the old council read what they could read, and act no more: rights pass, they are not doubled. Only those who
-- answer for another body there (a partner's contributors) go on as they were. Its administrators are the successor's.

-- The successions that no counter-act has undone. A view with its owner's rights: the identity of a caller rests on it. Which
-- council another succeeds is no secret.
create or replace view shap.succession_in_force as
    select s.council_id, s.successor_id, s.record_id, s.day, s.link
      from shap.succession s
     where not exists (select from shap.counter_act u
                        where u.council_id = s.council_id and u.of_record = s.record_id offset 0);
revoke all on shap.succession_in_force from public;
grant select on shap.succession_in_force to shap_api;

-- A council and those that went before it, by way of successions as at today: itself first.
create or replace function shap.line_of(council bigint) returns bigint[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    line bigint[] := array[council];
    older bigint[];
begin
    loop
        older := array(select s.council_id from shap.succession_in_force s
                        where s.successor_id = any (line) and s.council_id <> all (line) and s.day <= shap.today(s.council_id)
                        order by s.council_id);
        exit when older = '{}';
        line := line || older;
    end loop;
    return line;
end
$$;
grant execute on function shap.line_of(bigint) to shap_api;

-- What a role in a council is worth today to a member of an organisation: less once another council has succeeded it.
-- Null: nothing.
create or replace function shap.role_now(role text, council bigint, organisation bigint) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from shap.succession_in_force s
                    where s.council_id = council and s.day <= shap.today(council)) then
        return role;
    end if;
    return case when role = 'contributor' and organisation is distinct from shap.own_organisation(council) then role
                when role <> 'administrator' then 'reader' end;
end
$$;
grant execute on function shap.role_now(text, bigint, bigint) to shap_api;

-- The councils that callers of some councils see besides, and the organisations whose shares are theirs: those that went
-- before, and their own organisations where the callers are of the successor's own.
create or replace function shap.inherit(inout councils bigint[], inout organisations bigint[])
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    older bigint[];
    bodies bigint[];
begin
    loop
        select array_agg(distinct s.council_id),
               array_agg(distinct shap.own_organisation(s.council_id))
                   filter (where shap.own_organisation(s.successor_id) = any (organisations))
          into older, bodies
          from shap.succession_in_force s
         where s.successor_id = any (councils) and s.council_id <> all (councils) and s.day <= shap.today(s.council_id);
        exit when older is null;
        councils := councils || older;
        organisations := organisations || coalesce(bodies, '{}');
    end loop;
end
$$;

-- The council that has succeeded another as at a day and as known at a link of that one (null: now), and the one after it,
-- to the last; the council itself where none has. A definer: it may lead past councils that the caller does not see.
create or replace function shap.successor_of(council bigint, as_at date, link bigint) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    last bigint := council;
    next bigint;
begin
    loop
        select s.successor_id into next
          from shap.succession s
         where s.council_id = last and s.day <= as_at
           and (successor_of.link is null or s.link <= shap.link_beside(last, council, successor_of.link))
           and not exists (select from shap.counter_act u
                            where u.council_id = last and u.of_record = s.record_id and u.day <= as_at
                              and (successor_of.link is null or u.link <= shap.link_beside(last, council, successor_of.link)))
         order by s.day desc, s.record_id desc limit 1;
        exit when next is null;
        last := next;
    end loop;
    return last;
end
$$;
revoke all on function shap.successor_of(bigint, date, bigint) from public;
grant execute on function shap.successor_of(bigint, date, bigint) to shap_api;

-- What a council is called in a heading as at a day and as known at a link: "Cumberland Council (successor of Copeland
-- Borough Council)" from the day on.
create or replace function shap.council_said(council bigint, as_at date, link bigint) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select case when l.id = c.id then c.name else format('%s (successor of %s)', l.name, c.name) end
              from shap.council c
              join shap.council l on l.id = shap.successor_of(council, as_at, council_said.link)
             where c.id = council);
end
$$;
grant execute on function shap.council_said(bigint, date, bigint) to shap_api;

-- The council with a code. Refuses an unknown one.
create or replace function shap.council_with(code text) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found_id constant bigint := (select c.id from shap.council c where c.code = lower(btrim(council_with.code)));
begin
    if found_id is null then
        raise exception using errcode = 'RPC05', message = format('there is no council "%s"', coalesce(btrim(code), '')),
            hint = 'Name councils by their codes, such as copeland; make one with: shapd --init --council NAME';
    end if;
    return found_id;
end
$$;

-- A council and those that it came after, by whatever succession was ever recorded: their reports name it, so what becomes of
-- it is known to their ledgers, too.
create or replace function shap.with_predecessors(council bigint) returns bigint[]
language sql stable
begin atomic
    with recursive line (id) as (
        select council union select s.council_id from shap.succession s join line on s.successor_id = line.id
    )
    select array_agg(line.id) from line;
end;
revoke all on function shap.with_predecessors(bigint) from public;

-- Records that a council is succeeded by another from a day on, which may be to come. Run by the installation (shapd
-- --succeed), never through the API: no council's administrator decides for two. Refuses unknown councils, one that is
-- succeeded already, a circle, and a day that cannot be. Tables written: succession, link.
create or replace function shap.succeed(code text, successor text, day date) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    council constant bigint := shap.council_with(code);
    other constant bigint := shap.council_with(successor);
    made bigint;
begin
    if day is null then
        raise exception using errcode = 'RPC03', message = 'from which day on?', hint = 'Give it with: --day';
    end if;
    perform shap.check_calendar('the day', day);
    perform shap.take_links(shap.with_predecessors(council) || other, null);
    if exists (select from shap.succession_in_force s where s.council_id = council) then
        raise exception using errcode = 'RPC06', message = format('the council "%s" has a successor already', code),
            hint = 'Undo that first with: shapd --revoke-succession';
    end if;
    if shap.successor_of(other, 'infinity', null) = council then
        raise exception using errcode = 'RPC03', message = format('"%s" cannot succeed "%s", which it is or which succeeds it', successor, code),
            hint = 'A council is succeeded by another one.';
    end if;
    insert into shap.succession (council_id, successor_id, day, link, successor_link)
    values (council, other, day, shap.take_link(council, null), shap.take_link(other, null)) returning record_id into made;
    return made;
end
$$;

-- Undoes a succession, with a reason, from today on, or from its own day where that is to come. Run by the installation
-- (shapd --revoke-succession). Refuses a council that has no successor, and no reason.
-- Tables written: counter_act, personal_text, link.
create or replace function shap.revoke_succession(code text, reason text) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
    council constant bigint := shap.council_with(code);
    undone shap.succession_in_force;
    made bigint;
begin
    if coalesce(btrim(reason), '') = '' then
        raise exception using errcode = 'RPC03', message = 'a reason is needed to undo the succession', hint = 'Give one with: --reason';
    end if;
    perform shap.check_text('reason', reason, 20000);
    perform shap.take_links(shap.with_predecessors(council), null);
    select s.* into undone from shap.succession_in_force s where s.council_id = council;
    if undone.record_id is null then
        raise exception using errcode = 'RPC09', message = format('the council "%s" has no successor', code),
            hint = 'One is recorded with: shapd --succeed';
    end if;
    insert into shap.counter_act (council_id, of_record, kind, day, reason_digest, link)
    values (council, undone.record_id, 'succession', greatest(undone.day, shap.today(council)),
            shap.keep_text(council, btrim(reason)), shap.take_link(council, null))
    returning record_id into made;
    return made;
end
$$;
