-- What a written report quotes, compared with what is held: the misquote guard. A row of such a report is about one
-- action, found by its objective and its wording; its cells hold an entry a line, for the milestones it prints. A date is
-- misquoted when it means another one, an owner when others are named; whatever else is put in other words is a wording.
-- Case, spaces and punctuation are not compared.
drop type if exists shap.quoted_row, shap.held_milestone, shap.quote_ground, shap.quote_finding cascade;
create type shap.quoted_row as (
    ordinal integer,  -- its place among the rows
    line integer,     -- of the file
    objective_code text,
    objective_title text, -- null, here and below: the report has no such column
    action text,
    milestones text,
    who text,
    "when" text,
    new_when text,
    measure text
);
create type shap.held_milestone as (
    place integer,
    reference text,
    objective text,
    action_no integer,
    objective_title text,
    action text,
    milestone text,
    who text,
    "when" text,
    measure text,
    owners text[],        -- what WHO is understood to name, as shap.who_keys has it
    first_day date,       -- as programmed
    last_day date,
    recurrence text,
    new_date text,        -- the grant in force
    new_day date
);
create type shap.quote_ground as ( -- what phrases are understood by
    year_start date,
    quarters text,
    known text[],         -- the spellings of the register
    codes jsonb           -- the code of each, by its key
);
create type shap.quote_finding as (
    ordinal integer,
    line integer,
    kind text,            -- a label of shap_v1.finding_kind
    reference text,       -- of the milestone, else of the action; null: none was found
    field text,
    quoted text,
    planned text,
    quoted_day date,      -- of a date, the days they mean
    planned_day date,
    detail text
);

-- The entries of a cell: a line each, without those that are blank.
create or replace function shap.entries(cell text) returns text[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return array(select btrim(e.entry) from regexp_split_to_table(cell, '[\r\n]+') with ordinality e (entry, place)
                  where e.entry ~ '\S' order by e.place);
end
$$;
grant execute on function shap.entries(text) to shap_api;

-- How alike two texts are, from 0 to 1: by the words they share.
create or replace function shap.likeness(one text, other text) returns numeric
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    words constant text[] := string_to_array(shap.word_key(one), ' ');
    others constant text[] := string_to_array(shap.word_key(other), ' ');
begin
    return (select coalesce(2.0 * count(*) filter (where u.n = 2) / nullif(sum(u.n), 0), 0)
              from (select count(distinct b.side) as n
                      from (select unnest(words) as word, 1 as side union all select unnest(others), 2) b
                     where b.word <> '' group by b.word) u);
end
$$;
grant execute on function shap.likeness(text, text) to shap_api;

-- Which objective of those held each row is about: that of its code, which a whole heading may begin with, else the only
-- one with its figures ("H 3.2" is SH3.2). No row where there is none.
create or replace function shap.quoted_objectives(rows shap.quoted_row[], held shap.held_milestone[])
returns table (ordinal integer, objective text)
language sql immutable parallel safe
begin atomic
    with objective as (
        select distinct h.objective, substring(h.objective from '\d.*') as figures from unnest(held) h
    ), row as (
        select r.ordinal, coalesce(shap.code_in_heading(r.objective_code), shap.normal_code(r.objective_code)) as code
          from unnest(rows) r
    )
    select r.ordinal, coalesce(max(o.objective) filter (where o.objective = r.code), min(o.objective))
      from row r
      join objective o on o.objective = r.code or o.figures = substring(r.code from '\d.*')
     group by r.ordinal
    having count(*) = 1 or bool_or(o.objective = r.code);
end;
grant execute on function shap.quoted_objectives(shap.quoted_row[], shap.held_milestone[]) to shap_api;

-- Which actions each row fits, best of all and equally well: by the wording of the action, then by that of its
-- milestones. One in other words fits when it shares two in three of them, or prints milestones of it and no others.
create or replace function shap.quoted_actions(rows shap.quoted_row[], held shap.held_milestone[])
returns table (ordinal integer, actions text[])
language sql immutable parallel safe
begin atomic
    with action as (
        select h.objective, h.action_no, min(h.action) as action, array_agg(shap.word_key(h.milestone)) as keys
          from unnest(held) h group by h.objective, h.action_no
    ), score as (
        select r.ordinal, a.objective, a.action_no, coalesce(shap.word_key(r.action) = shap.word_key(a.action), false) as is_exact,
               k.likeness, cardinality(shap.entries(r.milestones)) as n_entries,
               (select count(*) from unnest(shap.entries(r.milestones)) e where shap.word_key(e) = any (a.keys)) as n_same
          from shap.quoted_objectives(rows, held) o
          join unnest(rows) r on r.ordinal = o.ordinal
          join action a on a.objective = o.objective
     cross join lateral (select nullif(greatest(shap.likeness(r.action, a.action), 0.65), 0.65) as likeness) k
    ), fit as (
        select s.*, rank() over (partition by s.ordinal order by s.is_exact desc, s.n_same desc, s.likeness desc nulls last) as place
          from score s
         where s.is_exact or s.likeness is not null or s.n_same > 0 and s.n_same = s.n_entries
    )
    select f.ordinal, array_agg(f.objective || '/' || f.action_no order by f.action_no)
      from fit f where f.place = 1 group by f.ordinal;
end;
grant execute on function shap.quoted_actions(shap.quoted_row[], shap.held_milestone[]) to shap_api;

-- What a phrase of WHO names, as it is compared: codes of the register, else the words themselves.
create or replace function shap.who_keys(phrase text, ground shap.quote_ground) returns text[]
language sql immutable parallel safe
return array(select distinct coalesce(lower(ground.codes ->> shap.word_key(t.token)), shap.word_key(t.token)) collate "C" as key
               from shap.split_who(phrase, ground.known) t order by key);
grant execute on function shap.who_keys(text, shap.quote_ground) to shap_api;

-- The verdict on a quoted WHEN; null: as it is held. Another date is one that ends on another day, comes round
-- otherwise or is said to be done; where one of the two is not understood, the days named are compared.
create or replace function shap.when_verdict(quoted text, held shap.held_milestone, ground shap.quote_ground) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    q shap.when_reading_result;
    p shap.when_reading_result;
    is_same boolean;
begin
    if shap.word_key(quoted) = shap.word_key(held."when") then
        return null;
    end if;
    q := shap.read_when(quoted, ground.year_start, ground.quarters);
    p := shap.read_when(held."when", ground.year_start, ground.quarters);
    if q.is_understood and (p.is_understood or held.last_day is not null) then
        is_same := q.last_day is not distinct from held.last_day and coalesce(q.first_day = held.first_day, true)
                   and q.recurrence is not distinct from held.recurrence and q.is_completed = p.is_completed;
    else
        is_same := q.dates = p.dates and (q.is_understood = p.is_understood or cardinality(q.dates) > 0) and not q.is_empty;
    end if;
    return case when is_same then 'wording' else 'date' end;
end
$$;
grant execute on function shap.when_verdict(text, shap.held_milestone, shap.quote_ground) to shap_api;

-- The verdict on a quoted new date; null: as it was granted, or neither quoted nor granted.
create or replace function shap.new_when_verdict(quoted text, held shap.held_milestone, ground shap.quote_ground) returns text
language sql immutable parallel safe
return case when shap.word_key(quoted) = coalesce(shap.word_key(held.new_date), '') then null
            when held.new_day = any (shap.dates_in(quoted, ground.year_start, ground.quarters)) then 'wording'
            else 'new_date' end;
grant execute on function shap.new_when_verdict(text, shap.held_milestone, shap.quote_ground) to shap_api;

-- The verdict on an entry of a field about a milestone: null, 'wording', or what is misquoted.
create or replace function shap.quote_verdict(field text, quoted text, held shap.held_milestone, ground shap.quote_ground)
returns text
language sql immutable parallel safe
return case field
    when 'when' then shap.when_verdict(quoted, held, ground)
    when 'new_when' then shap.new_when_verdict(quoted, held, ground)
    when 'who' then case when shap.word_key(quoted) = shap.word_key(held.who) then null
                         when shap.who_keys(quoted, ground) = held.owners then 'wording' else 'who' end
end;
grant execute on function shap.quote_verdict(text, text, shap.held_milestone, shap.quote_ground) to shap_api;

-- What is held of a milestone in a field.
create or replace function shap.held_text(field text, held shap.held_milestone) returns text
language sql immutable parallel safe
return case field when 'when' then held."when" when 'new_when' then held.new_date when 'who' then held.who end;
grant execute on function shap.held_text(text, shap.held_milestone) to shap_api;
