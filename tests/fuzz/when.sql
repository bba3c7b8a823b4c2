-- One phrase of WHEN for tests/fuzz/when_target.c: how it is read, which promise of a reading is broken (null: none),
-- and what kind of reading it is. spaced is the phrase with other spaces, which change nothing; null: none.
create function public.reading(phrase text, spaced text, year_start date, quarters text,
                               out reading text, out problem text, out trait text)
language plpgsql stable as $$
declare
    r constant shap.when_reading_result := shap.read_when(phrase, year_start, quarters);
begin
    reading := r::text;
    trait := concat_ws(' ', r.pattern, r.recurrence, r.is_completed, r.first_day is null, r.completed_on is null,
                       r.note is null, least(cardinality(r.dates), 4));
    problem := case
        when num_nulls(r.is_understood, r.is_empty, r.is_ongoing, r.is_completed, r.dates, r.pattern) > 0
             or array_position(r.dates, null) is not null then 'something is null'
        when r.first_day > r.last_day or (r.first_day is not null and r.last_day is null) then 'it ends before it begins'
        when r.is_ongoing <> (r.recurrence is not null) then 'ongoing, but how often'
        when r.completed_on is not null and not r.is_completed then 'a day of completion, but not complete'
        when r.is_understood and (r.is_empty or r.pattern in ('prose', 'empty')) then 'understood, and prose'
        when not r.is_understood and (r.last_day is not null or r.is_ongoing or r.is_completed
             or (r.note is not null and r.pattern <> 'to_be_confirmed')) then 'prose, and understood'
        when r.is_understood and r.last_day is null and not r.is_ongoing and not r.is_completed then 'nothing understood'
        when r.note is not null and strpos(shap.when_clean(phrase), r.note) = 0 then 'a note that was not written'
        when r.dates[1] < '1900-01-01' or r.dates[1] >= '2230-01-01' then 'a day far away'
        when array(select distinct d from unnest(r.dates) d order by d)
             <> array(select d from unnest(shap.dates_in(phrase, year_start, quarters)) d order by d) then 'other dates'
        when r is distinct from shap.read_when(coalesce(spaced, phrase), year_start, quarters) then 'other spaces, another meaning'
    end;
end
$$;
