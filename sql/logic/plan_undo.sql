-- What follows when an adoption, the settlement of a doubt or an entry of the register is undone: what rested on it
-- alone goes with it, by records of their own. Nothing is taken off the record.

-- Reads tokens of WHO again that somebody or the register had resolved, with the register as it is now; one whose
-- reading changes gets a new one, undefined where the register does not know it. What WHO names no more is shared no
-- more, and an undefined token is a doubt. Tables written: who_reading, counter_act, share, doubt.
create or replace function shap.read_again(undone shap.counter_act, records bigint[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    council constant bigint := undone.council_id;
    known constant text[] := shap.known_words(council);
begin
    with word as materialized (select * from shap.register_words(council)),
    reading as (
        select w.plan_id, w.version, w.reference, w.place, w.record_id, t.place as part_place,
               coalesce(t.token, w.token) as token, k.code, k.organisation_id,
               bool_or((coalesce(t.token, w.token), k.code, k.organisation_id)
                       is distinct from (w.token, w.code, w.organisation_id)) over (partition by w.record_id) as is_other
          from shap.who_reading w
          left join lateral shap.split_who(w.token, known) t on true
          left join word k on k.key = shap.word_key(t.token)
         where w.council_id = council and w.record_id = any (records))
    insert into shap.who_reading (council_id, plan_id, reference, version, place, token, code, organisation_id,
                                  replaces, link)
    select council, r.plan_id, r.reference, r.version, r.place, r.token, r.code, r.organisation_id, r.record_id,
           undone.link
      from reading r where r.is_other
     order by r.plan_id, r.version, r.reference, r.place, r.part_place;
    perform shap.end_unnamed(undone, r.plan_id, r."references")
       from (select w.plan_id, array_agg(distinct w.reference) as "references"
               from shap.who_reading w
              where w.council_id = council and w.link = undone.link and w.replaces is not null
              group by w.plan_id) r;
    perform shap.share_reread(council, undone.link), shap.doubt_reread(council, undone.link);
end
$$;
grant execute on function shap.read_again(shap.counter_act, bigint[]) to shap_api;

-- Undoes what the settlement of a doubt with a day recorded: the reading of each milestone. Tables written: counter_act.
create or replace function shap.unsettle_date(doubt shap.doubt, settlement shap.doubt_settlement, undone shap.counter_act)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    insert into shap.counter_act (council_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
    select r.council_id, r.record_id, 'reading', r.plan_id, r.reference, undone.day, undone.reason_digest,
           undone.membership_id, undone.link
      from shap.when_reading r
     where r.council_id = doubt.council_id and r.plan_id = doubt.plan_id and r.reference = any (doubt."references")
       and r.link = settlement.link and r.version is null
       and r.reason_digest is not distinct from settlement.reason_digest
     order by r.record_id;
end
$$;
grant execute on function shap.unsettle_date(shap.doubt, shap.doubt_settlement, shap.counter_act) to shap_api;

-- Undoes what the settlement of a doubt with a code resolved, in later versions, too: the token is read again, but where
-- another doubt about it was settled. Tables written: who_reading, counter_act, share, doubt.
create or replace function shap.unsettle_code(doubt shap.doubt, settlement shap.doubt_settlement, undone shap.counter_act)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
    perform shap.read_again(undone, array(
        select w.record_id
          from shap.who_reading w
         where w.council_id = doubt.council_id and w.plan_id = doubt.plan_id and w.version >= doubt.version
           and w.membership_id is not null and w.code = settlement.code
           and shap.word_key(w.token) = case when doubt.kind = 'no_owner' then '' else shap.word_key(doubt.subject) end
           and (doubt.kind <> 'no_owner' or w.reference = any (doubt."references"))
           and not exists (select from shap.who_reading l where l.council_id = w.council_id and l.replaces = w.record_id)
           and not exists (
               select from shap.doubts(doubt.council_id, doubt.plan_id, null) o
                where o.doubt_id <> doubt.record_id and o.code is not null and w.reference = any (o."references")
                  and shap.word_key(o.subject) = shap.word_key(doubt.subject))
         order by w.record_id));
end
$$;
grant execute on function shap.unsettle_code(shap.doubt, shap.doubt_settlement, shap.counter_act) to shap_api;

-- Refuses to undo the last adoption but one: adoptions are undone from the last, so that the baseline stays what it was
-- while anything rests on it. Called with the head held.
create or replace function shap.check_adopted_last(adopted shap.adoption) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    later record;
begin
    select a.version, a.day, a.record_id into later
      from shap.adoptions(adopted.council_id, adopted.plan_id, null, null) a
     where (a.day, a.at_link, a.record_id) > (adopted.day, adopted.link, adopted.record_id)
     order by a.day desc, a.at_link desc, a.record_id desc limit 1;
    if later.record_id is not null then
        raise exception using errcode = 'RPC09',
            message = format('version %s was adopted after it, on %s', later.version, shap.day_said(later.day)),
            hint = format('Revoke that adoption first with: shap plan revoke-adoption %s', later.record_id);
    end if;
end
$$;
grant execute on function shap.check_adopted_last(shap.adoption) to shap_api;

-- Refuses to undo an entry of the register that a doubt was settled with, while the settlement stands: it is the word
-- of a person. Called with the head held.
create or replace function shap.check_settles_nothing(entry shap.register_entry) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    doubt bigint;
begin
    select s.doubt_id into doubt
      from shap.doubt_settlement s
     where s.council_id = entry.council_id and lower(s.code) = lower(entry.code)
       and not exists (select from shap.counter_act u where u.council_id = s.council_id and u.of_record = s.record_id)
       and exists (select from shap.register_at(s.council_id, s.link) r where r.record_id = entry.record_id)
     order by s.doubt_id limit 1;
    if doubt is not null then
        raise exception using errcode = 'RPC09', message = format('doubt %s was settled with %s', doubt, entry.code),
            hint = format('Reopen it first with: shap doubt reopen %s', doubt);
    end if;
end
$$;
grant execute on function shap.check_settles_nothing(shap.register_entry) to shap_api;
