-- One row of a written report against the action it is about: what shap.quote_row finds. Its entries stand for the
-- milestones it prints, one for each or one for all; more of them are compared with the whole action, one for each of
-- its milestones or, when they are as many as neither, each with any of it; so is what stands for a milestone that the
-- action does not have.

-- The milestones of an action that a row prints, in its order, each with the words it is printed in. What fits none is
-- without a reference; without a column of milestones a row prints them all.
create or replace function shap.printed_milestones(cell text, of_action shap.held_milestone[])
returns table (place bigint, quoted text, reference text)
language sql immutable parallel safe
begin atomic
    select h.place::bigint, null, h.reference from unnest(of_action) h where cell is null
    union all
    select e.place, e.entry, m.reference
      from unnest(case when exists (select from unnest(of_action) h where shap.word_key(h.milestone) = shap.word_key(cell))
                       then array[cell] else shap.entries(cell) end) with ordinality e (entry, place)
      left join lateral (
           select h.reference from unnest(of_action) h
            where shap.word_key(h.milestone) = shap.word_key(e.entry) or shap.likeness(h.milestone, e.entry) >= 0.5
            order by shap.word_key(h.milestone) = shap.word_key(e.entry) desc, shap.likeness(h.milestone, e.entry) desc, h.place
            limit 1) m on true;
end;
grant execute on function shap.printed_milestones(text, shap.held_milestone[]) to shap_api;

-- Which milestone each entry of a cell is about. Without a reference: it cannot be told.
create or replace function shap.entries_aligned(entries text[], printed text[], of_action text[])
returns table (entry text, reference text)
language sql immutable parallel safe
begin atomic
    select coalesce(entries[1], ''), p.reference from unnest(printed) p (reference) where cardinality(entries) <= 1
    union all
    select e.entry, case when cardinality(entries) = cardinality(printed) then printed[e.place]
                         when cardinality(entries) = cardinality(of_action) then of_action[e.place] end
      from unnest(entries) with ordinality e (entry, place) where cardinality(entries) > 1;
end;
grant execute on function shap.entries_aligned(text[], text[], text[]) to shap_api;

-- What is to be said of a cell of who, when or new_when.
create or replace function shap.quote_cell(r shap.quoted_row, field text, cell text, printed text[],
                                           of_action shap.held_milestone[], ground shap.quote_ground)
returns setof shap.quote_finding
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    entries constant text[] := shap.entries(cell);
    called constant text := (of_action[1]).objective || '/' || (of_action[1]).action_no;
    n constant integer := cardinality(entries);
begin
    return query -- more entries than milestones
        select r.ordinal, r.line, 'count', called, field, array_to_string(entries, '; '),
               (select string_agg(shap.held_text(field, h), '; ' order by h.place) from unnest(of_action) h), null::date, null::date,
               format('%s entries for %s milestone%s: compared with %s', n, cardinality(printed),
                      case when cardinality(printed) = 1 then '' else 's' end,
                      case when n = cardinality(of_action) then 'the whole action' else 'any of the action''s' end)
         where n > 1 and n <> cardinality(printed);
    return query
        select r.ordinal, r.line, v.verdict, h.reference, field, a.entry, shap.held_text(field, h),
               case v.verdict when 'date' then (shap.read_when(a.entry, ground.year_start, ground.quarters)).last_day
                              when 'new_date' then (shap.dates_in(a.entry, ground.year_start, ground.quarters))[1] end,
               case v.verdict when 'date' then h.last_day when 'new_date' then h.new_day end,
               case when v.verdict <> 'new_date' then null
                    when a.entry = '' then 'a new date was granted and is not quoted'
                    when h.new_date is null then 'no new date was granted' end
          from shap.entries_aligned(entries, printed, array(select m.reference from unnest(of_action) m order by m.place)) a
          join unnest(of_action) h on h.reference = a.reference
         cross join lateral shap.quote_verdict(field, a.entry, h, ground) v (verdict)
         where v.verdict is not null
         order by h.place;
    return query -- entries that cannot be told apart: each is to be one of the action's
        select r.ordinal, r.line, case field when 'when' then 'date' when 'new_when' then 'new_date' else 'who' end, called,
               field, a.entry, (select string_agg(distinct shap.held_text(field, h), '; ') from unnest(of_action) h),
               null::date, null::date, 'none of the action''s milestones has it'
          from shap.entries_aligned(entries, printed, array(select m.reference from unnest(of_action) m order by m.place)) a
         where a.reference is null and not exists (select from unnest(of_action) h
                            where coalesce(shap.quote_verdict(field, a.entry, h, ground), 'wording') = 'wording');
end
$$;
grant execute on function shap.quote_cell(shap.quoted_row, text, text, text[], shap.held_milestone[], shap.quote_ground) to shap_api;

-- What is to be said of the words of a row: the objective's title, the action, the milestones it prints, the measure.
create or replace function shap.quote_words(r shap.quoted_row, printed text[], of_action shap.held_milestone[])
returns setof shap.quote_finding
language sql immutable parallel safe
begin atomic
    with words as (
        select 1 as rank, 0::bigint as place, (of_action[1]).objective || '/' || (of_action[1]).action_no as reference,
               'objective_title' as field, r.objective_title as quoted, (of_action[1]).objective_title as planned, null as detail
         where r.objective_title is not null and (of_action[1]).objective_title <> ''
        union all
        select 2, 0, (of_action[1]).objective || '/' || (of_action[1]).action_no, 'action', r.action, (of_action[1]).action, null
        union all
        select 3, p.place, coalesce(p.reference, (of_action[1]).objective || '/' || (of_action[1]).action_no), 'milestones', p.quoted,
               h.milestone, case when p.reference is null then 'the action has no such milestone' end
          from shap.printed_milestones(r.milestones, of_action) p
          left join unnest(of_action) h on h.reference = p.reference
         where p.quoted is not null
        union all
        select 4, 0, (of_action[1]).objective || '/' || (of_action[1]).action_no, 'measure', r.measure, m.of_printed, null
          from (select string_agg(nullif(h.measure, ''), E'\n' order by h.place) as of_all,
                       string_agg(nullif(h.measure, ''), E'\n' order by h.place) filter (where h.reference = any (printed)) as of_printed
                  from unnest(of_action) h) m
         where r.measure is not null and shap.word_key(r.measure) is distinct from coalesce(shap.word_key(m.of_all), '')
    )
    select r.ordinal, r.line, 'wording', w.reference, w.field, w.quoted, w.planned, null::date, null::date, w.detail
      from words w
     where coalesce(shap.word_key(w.quoted), '') <> coalesce(shap.word_key(w.planned), '')
     order by w.rank, w.place;
end;
grant execute on function shap.quote_words(shap.quoted_row, text[], shap.held_milestone[]) to shap_api;

-- Everything that is to be said of a row about an action, in the order of its cells.
create or replace function shap.quote_row(r shap.quoted_row, of_action shap.held_milestone[], ground shap.quote_ground)
returns setof shap.quote_finding
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    printed constant text[] := array(select p.reference from shap.printed_milestones(r.milestones, of_action) p
                                      order by p.place);
begin
    return query
        select f.* from shap.quote_words(r, printed, of_action) f;
    return query
        select f.*
          from (values (1, 'who', r.who), (2, 'when', r."when"), (3, 'new_when', r.new_when)) c (place, field, cell)
         cross join lateral shap.quote_cell(r, c.field, c.cell, printed, of_action, ground) f
         where c.cell is not null
         order by c.place;
end
$$;
grant execute on function shap.quote_row(shap.quoted_row, shap.held_milestone[], shap.quote_ground) to shap_api;

-- Everything that is to be said of rows, in their order: also of those that fit no action, or several.
create or replace function shap.quote_rows(rows shap.quoted_row[], held shap.held_milestone[], ground shap.quote_ground)
returns setof shap.quote_finding
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    quoted record;
    r shap.quoted_row;
    fits text[];
begin
    for quoted in
        select q as row, a.actions from unnest(rows) q left join shap.quoted_actions(rows, held) a on a.ordinal = q.ordinal
         order by q.ordinal
    loop
        r := quoted.row;
        fits := quoted.actions;
        if cardinality(fits) = 1 then
            return query select q.* from shap.quote_row(r, array(
                select h from unnest(held) h where h.objective || '/' || h.action_no = fits[1] order by h.place), ground) q;
        else
            return query select r.ordinal, r.line, case when fits is null then 'not_found' else 'several' end, null, 'action',
                r.action, array_to_string(fits, ', '), null::date, null::date, case
                    when fits is not null then format('the wording fits %s', array_to_string(fits, ', '))
                    when not exists (select from shap.quoted_objectives(array[r], held))
                    then format('there is no objective "%s"', left(r.objective_code, 60))
                    else format('no action of %s has this wording', shap.normal_code(r.objective_code)) end;
        end if;
    end loop;
end
$$;
grant execute on function shap.quote_rows(shap.quoted_row[], shap.held_milestone[], shap.quote_ground) to shap_api;
