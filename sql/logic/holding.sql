-- Posts, and the people who hold them between days: whose milestones are whose.

-- The holdings of a council's posts as known at a link; as at a day (null: any day) those that hold then. until_day: the
-- last day, by what was said at first or by the counter-act that ended it; one that was undone from its first day on never
-- held. A definer, because who may see a milestone may see who holds its posts, and persons are not for everybody to read.
create or replace function shap.holdings(council bigint, as_at date, link bigint)
returns table (record_id bigint, code text, membership_id bigint, person_id bigint, name text, day date, until_day date,
               revoked_on date)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
        select h.record_id, h.code, h.holder_membership_id, m.person_id,
               coalesce(shap.name_of(h.holder_membership_id), shap.text_of(h.council_id, h.holder_digest)), h.day,
               case when u.day > h.day then least(h.until_day, u.day - 1) else h.until_day end, u.day
          from shap.holding h
          left join shap.membership m on m.id = h.holder_membership_id
          left join shap.counter_act u on u.council_id = h.council_id and u.of_record = h.record_id
                                      and u.link <= holdings.link
         where h.council_id = holdings.council and h.link <= holdings.link
           and h.council_id = any (shap.councils()) and shap.sight() in ('full', 'shared')
           and (holdings.as_at is null
                or h.day <= holdings.as_at and (h.until_day is null or h.until_day >= holdings.as_at)
                   and (u.day is null or u.day > holdings.as_at))
         order by lower(h.code) collate "C", h.day, h.record_id;
end
$$;
revoke all on function shap.holdings(bigint, date, bigint) from public;
grant execute on function shap.holdings(bigint, date, bigint) to shap_api;

-- The person of a membership. A definer: a caller is told about himself only.
create or replace function shap.caller_person() returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select m.person_id from shap.membership m where m.id = shap.caller());
end
$$;
revoke all on function shap.caller_person() from public;
grant execute on function shap.caller_person() to shap_api;

-- Who holds the posts with these codes, as at a day and as known at a link: "HSM: Pat Smith", in the order of the codes.
create or replace function shap.holders_said(council bigint, codes text[], as_at date, link bigint) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select h.code || ': ' || h.name
                   from unnest(codes) with ordinality c (code, place)
                   join shap.holdings(council, as_at, holders_said.link) h on lower(h.code) = lower(c.code)
                  order by c.place, h.day, h.record_id);
end
$$;
grant execute on function shap.holders_said(bigint, text[], date, bigint) to shap_api;

-- The codes (in lower case) of the posts that somebody holds as at a day and as known at a link: the caller (is_mine), or
-- who is named by membership or name; null when neither is asked for. Refuses whoever holds none.
create or replace function shap.codes_held(council bigint, is_mine boolean, holder text, as_at date, link bigint) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    named constant text := nullif(btrim(holder), '');
    person constant bigint := case when is_mine then shap.caller_person() end;
    codes text[];
begin
    if named is null and not coalesce(is_mine, false) then
        return null;
    end if;
    codes := array(
        select distinct lower(h.code) from shap.holdings(council, as_at, codes_held.link) h
         where (person is null or h.person_id = person)
           and (named is null or h.membership_id::text = named or shap.word_key(h.name) = shap.word_key(named)));
    if codes = '{}' then
        raise exception using errcode = 'RPC05',
            message = format('%s no post as at %s', case when is_mine then 'you hold' else '"' || left(named, 60) || '" holds' end, as_at),
            hint = 'Posts and who holds them are listed by: shap post holders';
    end if;
    return codes;
end
$$;
grant execute on function shap.codes_held(bigint, boolean, text, date, bigint) to shap_api;

-- Who is meant by a number, a membership's, or by a name: the only person of the council who has it. Null where a name is
-- nobody's: it is kept as it is. Refuses an unknown number, and a name that several have.
create or replace function shap.holder_meant(written text) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    named constant text := btrim(written);
    memberships bigint[];
    n_people bigint;
begin
    if coalesce(named, '') = '' then
        raise exception using errcode = 'RPC03', message = 'who holds the post?',
            hint = 'Name them, or give the number of their membership; an administrator sees it with: shap person list';
    end if;
    select array_agg(m.id order by m.id), count(distinct m.person_id) into memberships, n_people
      from shap.membership m
     where m.council_id = any (shap.councils())
       and case when named ~ '^\d+$' then m.id::text = named else shap.word_key(shap.name_of(m.id)) = shap.word_key(named) end;
    if n_people > 1 then
        raise exception using errcode = 'RPC03',
            message = format('several people are called "%s": memberships %s', left(named, 60), array_to_string(memberships, ', ')),
            hint = 'Give the number of the membership that is meant.';
    end if;
    if memberships is null and named ~ '^\d+$' then
        raise exception using errcode = 'RPC05', message = format('there is no membership %s here', named),
            hint = 'Memberships are listed for an administrator by: shap person list';
    end if;
    return memberships[1];
end
$$;
grant execute on function shap.holder_meant(text) to shap_api;
