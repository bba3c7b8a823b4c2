-- Phrases made by the grammar are read as they were made; whatever else is written never raises, keeps the promises
-- of a reading, and takes no time. The seed is fixed.
do 'begin perform setseed(0.2010); end';

-- One month or a range of two, in every way of writing months, joiners and years, with what may follow.
create temp table made as
with month as (
    select n, unnest(array[name, upper(name), lower(name), left(name, 3), left(name, 3) || '.']) as written, name
      from unnest('{January,February,March,April,May,June,July,August,September,October,November,December}'::text[])
           with ordinality m (name, n)
), part as (
    select a.written as first, a.n as first_n, b.written as second, b.n as second_n, y.year,
           case when a.n < b.n then y.year else y.year - 1 end as first_year, a.name as first_name, b.name as second_name
      from month a, month b, generate_series(2008, 2013) y (year)
     where a.n <> b.n
     order by random() limit 700
)
select p.*, j.joiner, s.*, o.*,
       o.opening || case j.joiner when '' then '' else p.first || case when random() < 0.3 then ' ' || p.first_year else '' end || j.joiner end
           || p.second || (array[' ', '  ', U&'\00A0'])[1 + (random() * 2)::integer] || p.year || s.suffix as phrase,
       make_date(p.year, p.second_n::integer, 1) as second_start,
       case j.joiner when '' then make_date(p.year, p.second_n::integer, 1) else make_date(p.first_year, p.first_n::integer, 1) end as start
  from part p
  cross join lateral (select (array['', '/', '/ ', ' / ', ' to ', ' - ', U&' \2013 ', '-', ' & ', ' and ', ', '])[1 + (random() * 9 + p.year * 0)::integer] as joiner) j
  cross join lateral (select v.* from (values ('', null, false), ('.', null, false), (' and ongoing', 'quarterly', false),
        (' and on', 'quarterly', false), (' Ongoing', 'quarterly', false), (' thereafter monthly', 'monthly', false),
        (' thereafter bi monthly and quarterly', 'two_monthly', false), ('. Completed', null, true), (' (completed)', null, true))
        v (suffix, recurrence, is_completed) order by random() + p.year * 0 limit 1) s
  cross join lateral (select v.* from (values ('', true), ('In ', true), ('By ', false), ('before ', false), ('To be agreed by ', false))
        v (opening, has_first_day) order by random() + p.year * 0 limit 1) o;

do $$
declare
    wrong text;
begin
    assert (select count(*) = 700 and count(distinct joiner) > 8 and count(distinct suffix) = 9 from made), 'a varied sample';
    select string_agg(format(E'\n%s: %s', m.phrase, r), '') into wrong
      from made m, lateral (select r.* from shap.read_when(m.phrase, '2010-04-01') r) r
     where (r.is_understood, r.first_day, r.last_day, r.recurrence, r.is_completed, r.completed_on, r.note) is distinct from
           (true, case when m.has_first_day then m.start end, (m.second_start + interval '1 month' - interval '1 day')::date,
            m.recurrence, m.is_completed, null::date, null::text);
    assert wrong is null, wrong;
end
$$;

-- Garbage: words of the vocabulary and any characters, in any order, for any year.
do $$
declare
    words constant text[] := array(select example from shap.when_form) || array(select example from shap.when_unit)
        || array(select example from shap.when_opening) || string_to_array(
           'and,to,/,-,&,.,(,),by,mid,in,end,of,ongoing,on,completed,revised,2010,9999,31,0,99,10/11,Q9,Easter,Year 9,'
           'February 30,29 February,TBC,\,'',",%,{date},[[:alpha:]],(?<=x),é,日本', ',') || array[E'\n', E'\t', E'\x01', E'\x03', ',', ' '];
    phrase text;
    r shap.when_reading_result;
    began timestamptz;
    start date;
begin
    for i in 1..1200 loop
        phrase := (select string_agg(case when random() < 0.9 then words[1 + floor(random() * cardinality(words))::integer]
                                          else chr(1 + floor(random() * 900)::integer) end,
                                     case when random() < 0.8 then ' ' else '' end)
                     from generate_series(1, 1 + floor(random() * 8 + i * 0)::integer));
        start := (array['2010-04-01', '1900-01-01', '2189-04-01', '2012-02-29', '9999-01-01', 'infinity', '-infinity', null]::date[])
                 [1 + floor(random() * 8)::integer];
        r := shap.read_when(phrase, start, (array['financial', 'calendar', 'other', null])[1 + floor(random() * 4)::integer]);
        assert r.is_understood is not null and r.is_empty is not null and r.pattern is not null and r.dates is not null
           and array_position(r.dates, null) is null
           and r.is_ongoing = (r.recurrence is not null) and (r.is_completed or r.completed_on is null)
           and (r.first_day is null or r.first_day <= r.last_day)
           and (r.is_understood or (r.last_day is null and r.recurrence is null and not r.is_completed
                and (r.note is null or r.pattern = 'to_be_confirmed')))
           and (not r.is_understood or r.last_day is not null or r.recurrence is not null or r.is_completed)
           and (r.note is null or strpos(shap.when_clean(phrase), r.note) > 0),
           format('%L from %s: %s', phrase, start, r);
    end loop;
end
$$;

-- Time: what is long or dense.
do $$
declare
    p text;
    phrase text;
    began timestamptz;
begin
    foreach p in array array['jan ', 'jan 2010 ', 'jan/', '1-1-1-', 'to be a b by ', 'to be ', 'a', '9', 'and monthly ', 'ongoing. ',
                             'march ', 'q1 1/1 ', ' ', '1 1 1 1/', 'every ', '/', '(Aa ', '. ', ' - ', 'A ', 'the end of ', 'é', '-'] loop
        foreach phrase in array array[rpad('', 2000, p), rpad('', 1000, p), rpad('July 2010 ', 1000, p),
                                      rpad(repeat('jan 2010 ', 19), 1000, p)] loop
            began := clock_timestamp();
            perform shap.read_when(phrase, '2010-04-01');
            assert clock_timestamp() - began < interval '200 ms', format('"%s" took %s', p, clock_timestamp() - began);
        end loop;
    end loop;
end
$$;
