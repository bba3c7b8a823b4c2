-- Sentences that people say of the exceptions, understood and judged. A sentence is known by its key words; what has others
-- that could change its meaning, or says several things at once, is refused and never guessed.

drop type if exists shap.claim_asked cascade;
create type shap.claim_asked as (
    name text,           -- of the check
    satisfied integer,   -- the numbers it gives: of how many it is true ...
    total integer,       -- ... and of how many in all; null: none, or one of them only
    percent numeric,
    is_question boolean  -- it asks how many, and claims nothing
);

-- The checks whose words stand in a sentence: with two it says two things.
create or replace function shap.claim_names(sentence text) returns text[]
language sql immutable parallel safe
return array(
    select w.name
      from (values
          (1, 'deliver_within_year', '\m(within|in|inside|during|by the end of|before the end of) (the|this) ((operating|plan|plan''s|financial|council|municipal) )?year\M'
                                     '|\mthis year\M|\m(within|in|during) the plan year\M'),
          (2, 'have_new_date', '\m(new|revised|later|replacement) (target |completion |delivery )?dates?\M|\mre-?dated\M|\mre-?scheduled\M|\mre-?programmed\M'),
          (3, 'failed_timetable', '\m(fail|failed|miss|missed|slipped|overran|behind|past|breached|exceeded)\M.*\m(timetables?|schedules?|deadlines?|due dates?|target dates?|programmed dates?|dates?)\M'
                                  '|\moverdue\M'),
          (4, 'on_target', '\mon (target|track|time|schedule)\M')) w (place, name, pattern)
     where sentence ~ w.pattern
     order by w.place);
revoke all on function shap.claim_names(text) from public;
grant execute on function shap.claim_names(text) to shap_api;

-- What is asked by a sentence about a plan's year ("2010/11"). Refuses (INVALID_ARGUMENT) what is no claim that is known, says
-- two things, says no or roughly, or gives numbers that are none of "20 of 23", "all 23" and "87%". "n of m on target" and
-- "how many are on target?" ask for the figure.
create or replace function shap.claim_of(sentence text, year text) returns shap.claim_asked
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    known constant text := 'Known are: "all deliver within the operating year", "all have a new date", "all had failed their '
                           'timetable" and "all on target"; of some: "20 of 23 have a new date", "87% on target".';
    count_form constant text := '\m(\d{1,6})(?: (?:out )?of | ?/ ?)(?:the |all )?(\d{1,6})\M';
    all_form constant text := '\mall (?:the |of the )?(\d{1,6})\M';
    percent_form constant text := '\m(\d{1,3}(?:\.\d{1,3})?) ?(?:%|per ?cent\M)';
    other_words constant text :=
        '\m(not|no|none|nobody|never|nothing|neither|nor|few|some|most|many|half|several|only|except|apart|least|than|about|nearly|'
        'almost|roughly|over|under|up to)\M|n''t\M';
    years constant text[] := string_to_array(year, '/'); -- the plan's own is no number, however it is written
    said constant text := regexp_replace(
        btrim(regexp_replace(lower(translate(sentence, '’–', '''-')), '\s+', ' ', 'g')),
        format('\m%s[/-](%s)?%s\M', years[1], left(years[1], 2), years[2]), '', 'g');
    counted constant text[] := coalesce(regexp_match(said, count_form), regexp_match(said, all_form));
    names constant text[] := shap.claim_names(said);
    wrong text;
    asked shap.claim_asked;
begin
    asked.name := names[1];
    asked.satisfied := counted[1]::integer;
    asked.total := coalesce(counted[2], counted[1])::integer;
    asked.percent := (regexp_match(said, percent_form))[1]::numeric;
    asked.is_question := said ~ '^how many\M|\mn of m\M|\?$';
    wrong := case
        when cardinality(names) = 0 then 'there is no check for the claim "%s"'
        when cardinality(names) > 1 then 'the claim "%s" says more than one thing'
        when regexp_replace(said, '^how many\M', '') ~ other_words then 'the claim "%s" is not of all, nor of a number'
        when asked.satisfied > asked.total
             or regexp_replace(regexp_replace(said, case when said ~ count_form then count_form else all_form end, ''),
                               percent_form, '') ~ '\d' then 'the claim "%s" has a number that is no count'
    end;
    if wrong is not null then
        raise exception using errcode = 'RPC03', message = format(wrong, left(sentence, 200)), hint = known;
    end if;
    return asked;
end
$$;
revoke all on function shap.claim_of(text, text) from public;
grant execute on function shap.claim_of(text, text) to shap_api;

-- A part of a whole in percent, with so many digits after the point; what is not all of it is never rounded up to 100. Null
-- of nothing.
create or replace function shap.percent_of(part bigint, whole bigint, digits integer) returns numeric
language sql immutable parallel safe
return case when part < whole then least(round(100.0 * part / whole, digits), 100 - round(power(10.0, -digits), digits))
            else round(100.0 * part / nullif(whole, 0), digits) end;
revoke all on function shap.percent_of(bigint, bigint, integer) from public;
grant execute on function shap.percent_of(bigint, bigint, integer) to shap_api;

-- How many of the milestones whose programmed last day has come are known to be complete by it, and which are not. One whose
-- day of completion nobody recorded is not.
create or replace function shap.on_target(standing shap.standing_row[], as_at date, out due integer, out on_target integer,
                                          out missed text[])
language sql immutable parallel safe
begin atomic
    select count(*)::integer, count(*) filter (where t.is_true)::integer,
           coalesce(array_agg(t.reference order by t.place) filter (where not t.is_true), '{}')
      from (select s.reference, s.place,
                   s.class in ('complete', 'signed_off') and coalesce(s.completed_on <= s.last_day, false) as is_true
              from unnest(standing) s where s.last_day <= as_at) t;
end;
revoke all on function shap.on_target(shap.standing_row[], date) from public;
grant execute on function shap.on_target(shap.standing_row[], date) to shap_api;
