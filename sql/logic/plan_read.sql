-- What is understood of a version's cells. A reading is made when a phrase arrives and is never recomputed: a cell
-- that a later version leaves as it was keeps the reading it had.
--
-- Rows just written have no statistics yet: the functions that join them rule nested loops out, which the planner
-- would choose for the one row it expects (and compiling what then looks dear, too).

-- The register in force as known at a link (null: now): the latest entry of each code that was not revoked by then.
-- offset 0: one lookup by the key for each entry, whatever the planner expects.
create or replace function shap.register_at(council bigint, link bigint)
returns table (code text, name text, kind text, organisation_id bigint, aliases text[], at_link bigint, record_id bigint)
language sql stable parallel safe
begin atomic
    select distinct on (lower(e.code)) e.code, e.name, e.kind, e.organisation_id, e.aliases, e.link, e.record_id
      from shap.register_entry e
     where e.council_id = council and (register_at.link is null or e.link <= register_at.link)
       and not exists (
           select from shap.counter_act u
            where u.council_id = e.council_id and u.of_record = e.record_id
              and (register_at.link is null or u.link <= register_at.link) offset 0)
     order by lower(e.code), e.link desc, e.place desc;
end;
grant execute on function shap.register_at(bigint, bigint) to shap_api;

-- A word of WHO as it is compared: without regard to case, spaces and punctuation.
create or replace function shap.word_key(word text) returns text
language sql immutable parallel safe strict
return btrim(regexp_replace(lower(word), '[^[:alnum:]]+', ' ', 'g'));
grant execute on function shap.word_key(text) to shap_api;

-- Every spelling that the register knew at a link (null: knows now), and what it stood for: codes before aliases before
-- names, each once.
create or replace function shap.register_words_at(council bigint, link bigint)
returns table (key text, word text, code text, organisation_id bigint)
language sql stable parallel safe
begin atomic
    select distinct on (shap.word_key(w.word)) shap.word_key(w.word), w.word, r.code, r.organisation_id
      from shap.register_at(council, register_words_at.link) r
     cross join lateral (select r.code as word, 1 as rank union all select unnest(r.aliases), 2
                         union all select r.name, 3) w
     where shap.word_key(w.word) <> ''
     order by shap.word_key(w.word), w.rank, r.at_link desc, r.code collate "C";
end;
grant execute on function shap.register_words_at(bigint, bigint) to shap_api;

-- The same, now.
create or replace function shap.register_words(council bigint)
returns table (key text, word text, code text, organisation_id bigint)
language sql stable parallel safe
begin atomic
    select w.* from shap.register_words_at(council, null) w;
end;
grant execute on function shap.register_words(bigint) to shap_api;

-- Those spellings as a list.
create or replace function shap.known_words_at(council bigint, link bigint) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select w.word from shap.register_words_at(council, known_words_at.link) w order by w.word collate "C");
end
$$;
grant execute on function shap.known_words_at(bigint, bigint) to shap_api;

create or replace function shap.known_words(council bigint) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return shap.known_words_at(council, null);
end
$$;
grant execute on function shap.known_words(bigint) to shap_api;

-- What the tokens of WHO are understood to name in a version, as known at a link (null: now): the readings that no
-- later one has replaced. An empty cell has one only while somebody is settled to be meant.
create or replace function shap.who_current(council bigint, plan_id bigint, version integer, link bigint)
returns table (reference text, place integer, token text, code text, organisation_id bigint, membership_id bigint,
               record_id bigint, at_link bigint)
language sql stable parallel safe
begin atomic
    select w.reference, w.place, w.token, w.code, w.organisation_id, w.membership_id, w.record_id, w.link
      from shap.who_reading w
     where w.council_id = council and w.plan_id = who_current.plan_id and w.version = who_current.version
       and (w.code is not null or w.token <> '')
       and (who_current.link is null or w.link <= who_current.link)
       and not exists (
           select from shap.who_reading l
            where l.council_id = w.council_id and l.replaces = w.record_id
              and (who_current.link is null or l.link <= who_current.link));
end;
grant execute on function shap.who_current(bigint, bigint, integer, bigint) to shap_api;

-- Reads WHEN of each milestone of a new version that has no reading in it yet. Tables written: when_reading.
create or replace function shap.read_whens(council bigint, plan_id bigint, version integer, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
#variable_conflict use_column
begin
    insert into shap.when_reading (council_id, plan_id, reference, version, phrase, is_understood, first_day, last_day,
                                   recurrence, is_ongoing, is_completed, completed_on, note, dates, pattern, link)
    select r.council_id, r.plan_id, r.reference, read_whens.version, r.phrase, r.is_understood, r.first_day, r.last_day,
           r.recurrence, r.is_ongoing, r.is_completed, r.completed_on, r.note, r.dates, r.pattern, read_whens.link
      from shap.milestone m
      join shap.when_reading r on r.council_id = m.council_id and r.plan_id = m.plan_id and r.reference = m.reference
                              and r.version = read_whens.version - 1 and r.phrase = m."when"
     where m.council_id = council and m.plan_id = read_whens.plan_id and m.version = read_whens.version
       and not exists (select from shap.when_reading k
                        where k.council_id = m.council_id and k.plan_id = m.plan_id and k.version = m.version
                          and k.reference = m.reference)
     order by m.place;

    with fresh as (
        select m.reference, m.place, m."when" as phrase from shap.milestone m
         where m.council_id = council and m.plan_id = read_whens.plan_id and m.version = read_whens.version
           and not exists (select from shap.when_reading k
                            where k.council_id = m.council_id and k.plan_id = m.plan_id and k.version = m.version
                              and k.reference = m.reference)),
    phrase as materialized (
        select p.phrase, r.*
          from (select distinct f.phrase from fresh f) p
         cross join (select l.first_day, c.quarters from shap.plan l join shap.council c on c.id = l.council_id
                      where l.council_id = council and l.id = read_whens.plan_id) y (year_start, quarters)
         cross join lateral shap.read_when(p.phrase, y.year_start, y.quarters) r)
    insert into shap.when_reading (council_id, plan_id, reference, version, phrase, is_understood, first_day, last_day,
                                   recurrence, is_ongoing, is_completed, completed_on, note, dates, pattern, link)
    select council, read_whens.plan_id, f.reference, read_whens.version, f.phrase, p.is_understood, p.first_day,
           p.last_day, p.recurrence, p.is_ongoing, p.is_completed, p.completed_on, p.note, coalesce(p.dates, '{}'),
           p.pattern, read_whens.link
      from fresh f join phrase p on p.phrase = f.phrase
     order by f.place;
end
$$;
grant execute on function shap.read_whens(bigint, bigint, integer, bigint) to shap_api;

-- Reads WHO of each milestone of a new version: its tokens, and what they name by the register, else by what was
-- settled about the same token in an earlier version, else in the plan it was rolled from. Tables written: who_reading.
create or replace function shap.read_whos(council bigint, plan_id bigint, version integer, link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp set enable_nestloop = off set jit = off as $$
#variable_conflict use_column
declare
    known constant text[] := shap.known_words(council);
begin
    insert into shap.who_reading (council_id, plan_id, reference, version, place, token, code, organisation_id,
                                  membership_id, link)
    select council, read_whos.plan_id, m.reference, read_whos.version, w.place, w.token, w.code, w.organisation_id,
           w.membership_id, read_whos.link
      from shap.milestone m
      join shap.milestone b on b.council_id = m.council_id and b.plan_id = m.plan_id and b.version = m.version - 1
                           and b.reference = m.reference and b.who = m.who
      join shap.who_current(council, read_whos.plan_id, read_whos.version - 1, null) w on w.reference = m.reference
     where m.council_id = council and m.plan_id = read_whos.plan_id and m.version = read_whos.version
     order by m.place, w.place, w.record_id;

    with fresh as (
        select m.reference, m.place, m.who from shap.milestone m
         where m.council_id = council and m.plan_id = read_whos.plan_id and m.version = read_whos.version
           and not exists (select from shap.milestone b
                            where b.council_id = m.council_id and b.plan_id = m.plan_id and b.version = m.version - 1
                              and b.reference = m.reference and b.who = m.who)),
    word as materialized (
        select w.key, w.code, w.organisation_id, null::bigint as membership_id from shap.register_words(council) w),
    settled as materialized (
        select distinct on (shap.word_key(d.subject)) shap.word_key(d.subject) as key, s.code, r.organisation_id,
               s.membership_id
          from (values (council, read_whos.plan_id, true)
                union select l.from_council_id, l.from_plan_id, false from shap.roll l
                       where l.council_id = council and l.plan_id = read_whos.plan_id) p (council_id, plan_id, is_own)
          join shap.doubt d on d.council_id = p.council_id and d.plan_id = p.plan_id
          join shap.doubt_settlement s on s.council_id = d.council_id and s.doubt_id = d.record_id
          join shap.register_at(council, null) r on r.code = s.code
         where d.kind in ('undefined_code', 'probable_slip')
           and not exists (select from shap.counter_act u
                            where u.council_id = s.council_id and u.of_record = s.record_id)
         order by shap.word_key(d.subject), p.is_own desc, s.link desc),
    token as materialized (
        select p.who, t.place, t.token, coalesce(w.code, s.code) as code,
               coalesce(w.organisation_id, s.organisation_id) as organisation_id,
               case when w.key is null then s.membership_id end as membership_id
          from (select distinct f.who from fresh f) p
         cross join lateral shap.split_who(p.who, known) t
          left join word w on w.key = shap.word_key(t.token)
          left join settled s on s.key = shap.word_key(t.token))
    insert into shap.who_reading (council_id, plan_id, reference, version, place, token, code, organisation_id,
                                  membership_id, link)
    select council, read_whos.plan_id, f.reference, read_whos.version, t.place, t.token, t.code, t.organisation_id,
           t.membership_id, read_whos.link
      from fresh f join token t on t.who = f.who
     order by f.place, t.place;
end
$$;
grant execute on function shap.read_whos(bigint, bigint, integer, bigint) to shap_api;

-- Reads again the tokens of WHO that are undefined in the council's plans and hold one of the given spellings, with
-- the register as it is now; what it resolves is recorded as a reading, and shared where the plan is adopted. A token
-- that turns out to be several may leave another one undefined: a doubt. Tables written: who_reading, share, doubt.
create or replace function shap.reread_whos(council bigint, spellings text[], link bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    known constant text[] := shap.known_words(council);
begin
    with undefined as (
        select w.plan_id, w.version, w.reference, w.place, w.token, w.record_id
          from shap.who_reading w
         where w.council_id = council and w.code is null
           and exists (select from unnest(spellings) s
                        where shap.word_key(s) <> '' and position(shap.word_key(s) in shap.word_key(w.token)) > 0)
           and not exists (select from shap.who_reading l
                            where l.council_id = w.council_id and l.replaces = w.record_id)),
    word as materialized (select * from shap.register_words(council)),
    reading as materialized (
        select u.token, t.place, t.token as part, w.code, w.organisation_id,
               bool_or(w.code is not null) over (partition by u.token) as is_better
          from (select distinct u.token from undefined u) u
         cross join lateral shap.split_who(u.token, known) t
          left join word w on w.key = shap.word_key(t.token))
    insert into shap.who_reading (council_id, plan_id, reference, version, place, token, code, organisation_id,
                                  replaces, link)
    select council, u.plan_id, u.reference, u.version, u.place, r.part, r.code, r.organisation_id, u.record_id,
           reread_whos.link
      from undefined u join reading r on r.token = u.token and r.is_better
     order by u.plan_id, u.version, u.reference, u.place, r.place;
    perform shap.share_reread(council, link), shap.doubt_reread(council, link);
end
$$;
grant execute on function shap.reread_whos(bigint, text[], bigint) to shap_api;
