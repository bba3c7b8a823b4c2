-- The last closed cycle, in a plan that begins on 1 April 2010, and beyond its year.
do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s, day %s, as at %s: expected %s to %s, actual %s to %s', c.recurrence, c.last_day, c.as_at,
                             c.starts, c.ends, a.starts, a.ends), '') into wrong
      from (values
        ('quarterly', null, '2010-06-29', null, null), ('quarterly', null, '2010-06-30', '2010-04-01', '2010-06-30'),
        ('quarterly', null, '2010-12-30', '2010-07-01', '2010-09-30'), ('quarterly', null, '2010-12-31', '2010-10-01', '2010-12-31'),
        ('quarterly', null, '2011-08-01', '2011-04-01', '2011-06-30'), ('quarterly', null, '2010-04-01', null, null),
        ('two_monthly', null, '2010-05-30', null, null), ('two_monthly', null, '2010-05-31', '2010-04-01', '2010-05-31'),
        ('two_monthly', null, '2010-12-31', '2010-10-01', '2010-11-30'), ('two_monthly', null, '2011-03-31', '2011-02-01', '2011-03-31'),
        ('two_monthly', null, '2011-02-28', '2010-12-01', '2011-01-31'),
        ('monthly', null, '2010-04-29', null, null), ('monthly', null, '2010-04-30', '2010-04-01', '2010-04-30'),
        ('monthly', '2010-09-30', '2010-09-29', null, null), ('monthly', '2010-09-30', '2010-09-30', '2010-04-01', '2010-09-30'),
        ('monthly', '2010-09-30', '2010-10-30', '2010-04-01', '2010-09-30'), ('monthly', '2010-09-30', '2010-12-31', '2010-12-01', '2010-12-31'),
        ('quarterly', '2010-09-30', '2010-12-30', '2010-04-01', '2010-09-30'), ('quarterly', '2010-09-30', '2010-12-31', '2010-10-01', '2010-12-31'),
        ('quarterly', '2010-07-31', '2010-07-30', null, null), ('quarterly', '2010-07-31', '2010-08-31', '2010-04-01', '2010-07-31'),
        ('quarterly', '2010-07-31', '2010-09-30', '2010-08-01', '2010-09-30'), ('quarterly', '2010-07-31', '2010-12-31', '2010-10-01', '2010-12-31'),
        ('quarterly', '2010-10-31', '2010-12-31', '2010-11-01', '2010-12-31'),
        ('quarterly', '2010-02-28', '2010-03-30', '2010-02-01', '2010-02-28'), ('quarterly', '2010-02-28', '2010-06-30', '2010-04-01', '2010-06-30'),
        ('yearly', '2010-09-30', '2010-09-29', null, null), ('yearly', '2010-09-30', '2010-12-31', '2010-04-01', '2010-09-30'),
        ('yearly', '2010-09-30', '2011-09-30', '2010-10-01', '2011-09-30'), ('yearly', '2010-09-15', '2010-12-31', '2010-04-01', '2010-09-15'),
        ('yearly', '2010-09-15', '2011-10-01', '2010-10-01', '2011-09-30'), ('yearly', null, '2011-03-30', null, null),
        ('yearly', null, '2011-03-31', '2010-04-01', '2011-03-31'), ('yearly', '2012-02-29', '2013-02-28', '2012-03-01', '2013-02-28'),
        (null, '2010-09-30', '2011-01-01', null, null), ('weekly', null, '2011-01-01', null, null), ('monthly', null, null, null, null)
      ) c (recurrence, last_day, as_at, starts, ends),
      lateral shap.last_closed_cycle(c.recurrence, c.last_day::date, '2010-04-01', c.as_at::date) a
     where (c.starts::date, c.ends::date) is distinct from (a.starts, a.ends);
    assert wrong is null, wrong;
end
$$;

-- Over three years of days: nothing before the first end, then cycles that never go back, follow each other without
-- a gap, and are closed on the day asked.
do $$
begin
    assert not exists (
        select from (
            select r.recurrence, r.last_day, d.day::date, c.starts, c.ends,
                   shap.first_cycle_end(r.recurrence, r.last_day, '2010-04-01') as first_end,
                   lag(c.ends) over w as ends_before, lag(c.starts) over w as starts_before
              from unnest(array['monthly', 'two_monthly', 'quarterly', 'yearly']) x (recurrence),
                   lateral (values (x.recurrence, null::date), (x.recurrence, '2010-09-30'), (x.recurrence, '2010-07-31'), (x.recurrence, '2009-11-30'))
                       r (recurrence, last_day),
                   generate_series('2009-06-01'::timestamp, '2013-06-01', interval '1 day') d (day),
                   lateral shap.last_closed_cycle(r.recurrence, r.last_day, '2010-04-01', d.day::date) c
            window w as (partition by r.recurrence, r.last_day order by d.day)) s
         where (s.ends is null) <> (s.day < s.first_end) or s.ends > s.day or s.starts > s.ends or s.ends_before > s.ends
            or s.ends_before < s.ends and s.starts <> s.ends_before + 1);
end
$$;
