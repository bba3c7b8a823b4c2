-- What a phrase of WHEN means: shap.read_when, and shap.dates_in for the date of a grant. The one place where
-- phrases are understood, so that every client agrees; the vocabulary is in when_words.sql.
--
-- A phrase is cleaned, its dates are found (when_spans), and each is blotted out by as many marks as it had
-- letters; what remains is compared with the forms. A phrase is understood when a form fits all of it, or when one
-- fits its beginning and a new sentence follows, which is the note: after a full stop, colon, semicolon, bracket
-- or spaced dash, or, when the form is no status, a word with a capital letter in text that is not all capitals.
-- A comma does not end a form: "By March 2010, sites were found" is prose. Nothing here raises, whatever is written.
--
-- Marks: 1 a date with its year, 2 a date whose year was not written, 3 several dates joined to a range.
drop type if exists shap.when_reading_result cascade;
create type shap.when_reading_result as (
    is_understood boolean,
    is_empty boolean,
    first_day date,
    last_day date,
    recurrence text,     -- monthly, two_monthly, quarterly, yearly; null: due once
    is_ongoing boolean,  -- goes on in cycles: true exactly where recurrence is given
    is_completed boolean,
    completed_on date,   -- the end of the month named as achieved; null: none is named, it holds from adoption
    note text,
    dates date[],        -- every day named, in the order of the phrase: a month by its last, a range by its end
    pattern text         -- the form that fitted; 'prose', 'empty' where none did
);

-- A phrase with every kind of space as one space, dashes and quotes as their plain forms, invisible characters
-- gone.
create or replace function shap.when_clean(phrase text) returns text
language sql immutable parallel safe
return btrim(regexp_replace(
    translate(phrase, U&'\00A0\2007\2009\202F\3000' || U&'\2010\2011\2012\2013\2014\2015\2212'
                  || U&'\2018\2019\201C\201D' || U&'\00AD\200B\200C\200D\2060\FEFF',
              '     ' || '-------' || '''''""'),
    '[[:cntrl:][:space:]]+', ' ', 'g'));
revoke all on function shap.when_clean(text) from public;
grant execute on function shap.when_clean(text) to shap_api;

-- A pattern of the words' tables with its macros spelled out.
create or replace function shap.when_regex(pattern text) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    macro record;
begin
    for macro in
        select * from (values
            (1, '{due}', '(?:(?:' || (select string_agg(o.pattern, '|' order by o.place) from shap.when_opening o)
                         || ') ?)?{date}'),
            (2, '{cycles}', '(?:{cycle})(?:(?: ?[/,&] ?| and ){cycle})*'),
            (3, '{cycle}', '(?:' || (select string_agg(c.pattern, '|' order by c.place) from shap.when_cycle c) || ')'),
            (4, '{date}', E'[\x01-\x03]+'),
            (5, '{range}', E'\x03+'),
            (6, '{financial_year}', '(?:fy ?)?{year}[/-](?:{year}|\d\d)'),
            (7, '{year}', '(?:19|20|21)\d\d'),
            (8, '{short_year}', '''?\d\d'),
            (9, '{quarter}', '(?:q(?:uarter|tr)?\.? ?[1-4]|[1-4](?:st|nd|rd|th) q(?:uarter|tr))'),
            (10, '{day}', '(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?\d{1,2}(?:st|nd|rd|th)?'),
            (11, '{month}', '(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?'
                            '|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?'),
            (12, '{preposition}', '(?:in|by|to|and|or|from|until|before|after|mid|end|of|since|during|between'
                                  '|revised|date|early|late|cyclical|completed|achieved|on|every|each)')
        ) as m (place, name, meaning) order by m.place
    loop
        pattern := replace(pattern, macro.name, macro.meaning);
    end loop;
    return pattern;
end
$$;
revoke all on function shap.when_regex(text) from public;
grant execute on function shap.when_regex(text) to shap_api;

-- The two expressions that read phrases, spelled out once, at deployment, as constants:
-- when_scan finds dates, one capture per unit, in their order. A date does not touch other letters or figures, and
-- a figure after "3.2/" belongs to a reference; "May" and "March" alone are months only where a month may stand.
-- when_fit fits forms to the beginning of a skeleton, one capture per form, and what is left over as the last one:
-- nothing, or what may be a note. A tab is a space before a capital letter.
do $$
declare
    scan constant text := '(?<![[:alnum:]])(?:(?<!\d[./])|(?!\d))'
        '(?!(?<!^|[/&,-] ?|\m{preposition} )(?:mar(?:ch)?|may)\M\.?(?! ?''?\d))'
        '(?!may (?:be|not|have|need|also|take|well|or|change|slip)\M)'
        '(?:%s)(?![[:alnum:]]|[/.]\d)';
    fit constant text := '^(?:%s)(?:[.,;:]?$|((?:[.;:!?]+ ?| ?- ?| (?=\()|\t)[^\x01-\x03]*[[:alpha:]].*)$)';
begin
    execute format('create or replace function shap.when_scan() returns text language sql immutable parallel safe return %L',
        shap.when_regex(format(scan, (select string_agg('(' || u.pattern || ')', '|' order by u.place)
                                        from shap.when_unit u))));
    execute format('create or replace function shap.when_fit() returns text language sql immutable parallel safe return %L',
        replace(shap.when_regex(format(fit, (select string_agg('(' || f.pattern || ')', '|' order by f.place)
                                               from shap.when_form f))), ' ', '\s'));
end
$$;
revoke all on function shap.when_scan(), shap.when_fit() from public;
grant execute on function shap.when_scan(), shap.when_fit() to shap_api;

-- Easter Sunday of a year (the Gregorian reckoning, anonymous algorithm of 1876).
create or replace function shap.easter(year integer) returns date
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    golden integer := year % 19;
    century integer := year / 100;
    epact integer := (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    weekday integer := (32 + 2 * (century % 4) + 2 * (year % 100 / 4) - epact - year % 100 % 4) % 7;
    late integer := (golden + 11 * epact + 22 * weekday) / 451;
    days integer := epact + weekday - 7 * late + 114;
begin
    return make_date(year, days / 31, days % 31 + 1);
end
$$;
revoke all on function shap.easter(integer) from public;
grant execute on function shap.easter(integer) to shap_api;

-- The Easter of a plan's year: the last one in the twelve months from a day or, when none falls in them, the next.
create or replace function shap.easter_from(from_day date) returns date
language sql immutable parallel safe
return (select coalesce(max(e.day) filter (where e.day < from_day + interval '1 year'), min(e.day))
          from (select shap.easter(extract(year from from_day)::integer + n) as day from generate_series(0, 2) n) e
         where e.day >= from_day);
revoke all on function shap.easter_from(date) from public;
grant execute on function shap.easter_from(date) to shap_api;

-- The days of a unit that begins on a day of a month and lasts some months (0: that day only). Without a year it
-- is the one that begins in the twelve months from from_day. Nulls where there is no such day.
create or replace function shap.when_period(year integer, month integer, day integer, n_months integer, from_day date,
                                            out first_day date, out last_day date)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    from_year constant integer := extract(year from from_day);
    is_before constant boolean := (month, day) < (extract(month from from_day), extract(day from from_day));
    in_year constant integer := coalesce(year, from_year + is_before::integer);
    in_month constant date := case when month between 1 and 12 and in_year between 1900 and 2199
                                   then make_date(in_year, month, 1) end;
begin
    if day between 1 and extract(day from in_month + interval '1 month' - interval '1 day') then
        first_day := in_month + (day - 1);
        last_day := case n_months when 0 then first_day else first_day + make_interval(months => n_months) - interval '1 day' end;
    end if;
end
$$;
revoke all on function shap.when_period(integer, integer, integer, integer, date) from public;
grant execute on function shap.when_period(integer, integer, integer, integer, date) to shap_api;

-- A year as written, in full: two figures are the year nearest to the plan's, at most ten years away; else null.
create or replace function shap.when_full_year(written integer, from_day date) returns integer
language sql immutable parallel safe
return case when written >= 100 then written
            else (select y from (select written + 100 * round((extract(year from from_day) - written) / 100)::integer as y) n
                   where abs(y - extract(year from from_day)) <= 10) end;
revoke all on function shap.when_full_year(integer, date) from public;
grant execute on function shap.when_full_year(integer, date) to shap_api;

-- The days of one date as written (unit: its row of when_unit). from_day: where the twelve months begin in which a
-- date without a year is looked for. Quarters named with a single year are of the calendar or the financial year,
-- as the council counts; a year like 2010/11 is always the financial one. Nulls for what no calendar has.
create or replace function shap.when_days(unit shap.when_unit, written text, from_day date, plan_start date, quarters text,
                                          out first_day date, out last_day date)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    numbers constant integer[] := array(select n[1]::integer from regexp_matches(written, '\d+', 'g') n);
    year integer := shap.when_full_year(numbers[unit.year_at], plan_start);
    number constant integer := numbers[unit.number_at];
    month integer := coalesce(numbers[unit.month_at], (strpos('janfebmaraprmayjunjulaugsepoctnovdec',
                         lower(substring(written from '(?i)jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'))) + 2) / 3);
begin
    if unit.year_at is not null and (year is null or unit.is_financial
           and numbers[case unit.year_at when 1 then 2 else 3 end] % 100 is distinct from (year + 1) % 100) then
        return;
    end if;
    case unit.unit
        when 'easter' then
            first_day := case when year is null then shap.easter_from(from_day) else shap.easter(year) end;
            last_day := first_day;
        when 'day_number' then
            month := extract(month from from_day + interval '1 year' - interval '1 day');
            select * into first_day, last_day from shap.when_period(null, month, number, 0, from_day);
        when 'day' then
            select * into first_day, last_day from shap.when_period(year, month, number, 0, from_day);
        when 'month' then
            year := year + (unit.is_financial and month < 4)::integer;
            select * into first_day, last_day from shap.when_period(year, month, 1, 1, from_day);
        when 'quarter' then
            month := case when unit.is_financial or quarters = 'financial' then number * 3 % 12 + 1 else number * 3 - 2 end;
            year := year + ((unit.is_financial or quarters = 'financial') and number = 4)::integer;
            select * into first_day, last_day from shap.when_period(year, month, 1, 3, from_day);
        when 'year' then
            select * into first_day, last_day
              from shap.when_period(year, case when unit.is_financial then 4 else 1 end, 1, 12, from_day);
        when 'plan_year' then
            first_day := plan_start + make_interval(years => number - 1);
            last_day := first_day + interval '1 year' - interval '1 day';
    end case;
end
$$;
revoke all on function shap.when_days(shap.when_unit, text, date, date, text) from public;
grant execute on function shap.when_days(shap.when_unit, text, date, date, text) to shap_api;

-- The dates of a clean phrase, in order: one row per date as written. group_no counts the spans: dates joined by
-- "to", "and", "/" and the like are one span. gap: the text before it; joins: the gap joins it to the one before;
-- lists: joined by "and" or a comma, not as the end of a range. Days are null for what no calendar has.
create or replace function shap.when_dates(clean text, plan_start date, quarters text)
returns table (place bigint, gap text, written text, group_no bigint, joins boolean, lists boolean, has_year boolean,
               first_day date, last_day date)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    gaps constant text[] := regexp_split_to_array(clean, shap.when_scan(), 'i');
begin
    if cardinality(gaps) < 2 then
        return;
    end if;
    return query
    with found as (
        select m.place, gaps[m.place] as gap, array_to_string(m.match, '') as written, u as unit,
               u.year_at is not null or u.unit = 'plan_year' as has_year,
               m.place > 1 and gaps[m.place] ~* '^(?: ?[/&,-] ?(?:and )?| (?:to|and|until) (?:the )?(?:end (?:of )?)?)$' as joins
          from regexp_matches(clean, shap.when_scan(), 'gi') with ordinality m (match, place)
          join shap.when_unit u on m.match[u.place] is not null
    ), dated as (
        select f.*, d.first_day, d.last_day, count(*) filter (where not f.joins) over (order by f.place) as group_no
          from found f
          left join lateral shap.when_days(f.unit, f.written, plan_start, plan_start, quarters) d on f.has_year
    ), anchored as (
        select d.*,
               min(d.place) filter (where d.has_year) over (partition by d.group_no order by d.place
                   rows between 1 following and unbounded following) as next_place,
               max(d.place) filter (where d.has_year) over (partition by d.group_no order by d.place
                   rows between unbounded preceding and 1 preceding) as previous_place
          from dated d
    )
    select a.place, a.gap, a.written, a.group_no, a.joins, a.gap ~* '[&,]|and', a.has_year,
           coalesce(a.first_day, b.first_day), coalesce(a.last_day, b.last_day)
      from anchored a
      left join dated n on n.place = a.next_place
      left join dated p on p.place = a.previous_place
      left join lateral shap.when_days(a.unit, a.written,
                    coalesce((n.last_day + 1 - interval '1 year')::date, p.first_day, plan_start), plan_start, quarters) b
             on not a.has_year
     order by a.place;
end
$$;
revoke all on function shap.when_dates(text, date, text) from public;
grant execute on function shap.when_dates(text, date, text) to shap_api;

-- A clean phrase with its dates found: the skeleton, in which they are blotted out, and for each of its spans where
-- it begins and its days; dates are all days named, a range counting by its end. A span one of whose dates no
-- calendar has, or which ends before it begins, is left as text.
create or replace function shap.when_skeleton(clean text, plan_start date, quarters text,
    out skeleton text, out starts integer[], out first_days date[], out last_days date[], out dates date[])
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    with date as (
        select d.*, lead(d.joins and not d.lists, 1, false) over (order by d.place) as opens_range,
               sum(length(d.gap) + length(d.written)) over (order by d.place) - length(d.written) + 1 as starts
          from shap.when_dates(clean, plan_start, quarters) d
    ), span as (
        select d.group_no, min(d.starts)::integer as starts, min(d.first_day) as first_day,
               (array_agg(d.last_day order by d.place desc))[1] as last_day,
               case when bool_and(d.first_day is not null)
                         and (array_agg(d.first_day order by d.place))[1]
                             <= (array_agg(d.last_day order by d.place desc))[1]
                    then case when count(*) > 1 then E'\x03' when bool_and(d.has_year) then E'\x01'
                              else E'\x02' end end as mark
          from date d group by d.group_no
    )
    select string_agg(case when s.mark is null then d.gap || d.written
                           when d.joins then repeat(s.mark, length(d.gap) + length(d.written))
                           else d.gap || repeat(s.mark, length(d.written)) end, '' order by d.place)
             || right(clean, (length(clean) - max(d.starts + length(d.written)) + 1)::integer),
           array_agg(s.starts order by d.place) filter (where not d.joins and s.mark is not null),
           array_agg(s.first_day order by d.place) filter (where not d.joins and s.mark is not null),
           array_agg(s.last_day order by d.place) filter (where not d.joins and s.mark is not null),
           array_agg(d.last_day order by d.place) filter (where not d.opens_range and s.mark is not null)
      into skeleton, starts, first_days, last_days, dates
      from date d join span s using (group_no);
    skeleton := coalesce(skeleton, clean);
    dates := coalesce(dates, '{}');
end
$$;
revoke all on function shap.when_skeleton(text, date, text) from public;
grant execute on function shap.when_skeleton(text, date, text) to shap_api;

-- The days of a form's due date after the opening before it ("by", "mid"); understood is false where the opening
-- does not suit the date (the middle of more than a month).
create or replace function shap.when_opened(before text, inout first_day date, inout last_day date, out is_understood boolean)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    opening shap.when_opening;
    is_month constant boolean := extract(day from first_day) = 1 and last_day = first_day + interval '1 month' - interval '1 day';
begin
    select o.* into opening from shap.when_opening o
     where before ~* ('(?:^|\W)(?:' || o.pattern || ') ?$') order by o.place limit 1;
    is_understood := opening.from_day is null or is_month;
    if opening.from_day is not null and is_month then
        last_day := least(last_day, first_day + (opening.to_day - 1));
        first_day := first_day + (opening.from_day - 1);
    end if;
    if not opening.has_first_day then
        first_day := null;
    end if;
end
$$;
revoke all on function shap.when_opened(text, date, date) from public;
grant execute on function shap.when_opened(text, date, date) to shap_api;

-- The form that fits a skeleton, and where in it a note begins (null: none). Where several fit, the one that leaves
-- least over. A new sentence may begin with no more than a capital letter, but not in text that is all capitals,
-- after a status, or after a month that may be a word ("May Council agree").
create or replace function shap.when_form_of(skeleton text, out form_place integer, out length integer, out note_at integer)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    marked constant text := case when skeleton ~ '[[:lower:]]' then regexp_replace(skeleton, ' (?=[[:upper:]])', E'\t', 'g')
                                 else skeleton end;
    fit constant text[] := regexp_match(marked, shap.when_fit(), 'i');
    rest constant text := fit[cardinality(fit)];
begin
    select f.place into form_place from shap.when_form f
     where fit[f.place] is not null
       and (rest is null or not rest ^@ E'\t' or not (f.is_completed or right(fit[f.place], 1) = E'\x02'));
    if rest is not null then
        note_at := length(skeleton) - length(ltrim(rest, E'.;:!?- \t')) + 1;
    end if;
    length := coalesce(note_at, length(skeleton) + 1) - 1;
end
$$;
revoke all on function shap.when_form_of(text) from public;
grant execute on function shap.when_form_of(text) to shap_api;

-- The reading of a clean phrase that is not empty.
create or replace function shap.when_reading_of(clean text, plan_start date, quarters text)
returns shap.when_reading_result
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    reading shap.when_reading_result := row(false, false, null, null, null, false, false, null, null, '{}', 'prose');
    found record;
    form shap.when_form;
    fit record;
    due record;
begin
    select * into found from shap.when_skeleton(clean, plan_start, quarters);
    reading.dates := found.dates;
    select * into fit from shap.when_form_of(found.skeleton);
    select * into form from shap.when_form f where f.place = fit.form_place;
    select * into due
      from shap.when_opened(left(found.skeleton, found.starts[form.due] - 1),
                            found.first_days[form.due], found.last_days[form.due]);
    if form.name is null or not due.is_understood then
        return reading;
    end if;
    reading.is_understood := form.is_understood;
    reading.dates := array_replace(found.dates, found.last_days[form.due], due.last_day);
    reading.first_day := due.first_day;
    reading.last_day := due.last_day;
    reading.recurrence := case form.recurrence
        when 'named' then (select c.recurrence from shap.when_cycle c
                            where left(found.skeleton, fit.length) ~* shap.when_regex(c.pattern) order by c.place limit 1)
        else form.recurrence end;
    reading.is_ongoing := reading.recurrence is not null;
    reading.is_completed := form.is_completed;
    reading.completed_on := found.last_days[form.achieved];
    reading.note := substr(clean, fit.note_at);
    reading.pattern := form.name;
    return reading;
end
$$;
revoke all on function shap.when_reading_of(text, date, text) from public;
grant execute on function shap.when_reading_of(text, date, text) to shap_api;

-- What a phrase of WHEN means in a plan that begins on year_start (months without a year are of its year), for a
-- council whose quarters are 'financial' or 'calendar'. Never raises: what is not understood is prose, with the
-- dates that stand in it; so, but unread, is what has more than 1,000 characters or 40 numbers and months, so that
-- no phrase takes long.
create or replace function shap.read_when(phrase text, year_start date, quarters text default 'financial')
returns shap.when_reading_result
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    clean text collate "C" := coalesce(shap.when_clean(left(phrase, 1001)), '');
begin
    if clean = '' then
        return row(false, true, null, null, null, false, false, null, null, '{}', 'empty')::shap.when_reading_result;
    end if;
    if length(phrase) > 1000
       or regexp_count(clean, '\d+|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|easter', 1, 'i') > 40 then
        clean := 'unread';
    end if;
    return shap.when_reading_of(clean, case when year_start between '1900-01-01' and '2190-01-01' then year_start end,
                                quarters);
end
$$;
revoke all on function shap.read_when(text, date, text) from public;
grant execute on function shap.read_when(text, date, text) to shap_api;

-- The distinct days named in a phrase, in its order: a month by its last day, a range by its end, 2011/12 as
-- 31 March 2012. A new date granted in these words needs no stated day only where there is exactly one.
create or replace function shap.dates_in(phrase text, year_start date, quarters text default 'financial') returns date[]
language sql immutable parallel safe
begin atomic
    select coalesce(array_agg(d.day order by d.place), '{}')
      from (select u.day, min(u.place) as place
              from unnest((shap.read_when(phrase, year_start, quarters)).dates) with ordinality u (day, place)
             group by u.day) d;
end;
revoke all on function shap.dates_in(text, date, text) from public;
grant execute on function shap.dates_in(text, date, text) to shap_api;
