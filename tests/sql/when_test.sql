-- Every WHEN of the sample plan, the other forms of domain.md, what is not understood, and the examples that stand
-- in the words' tables; the plan begins on 1 April 2010.
create temp table expected (phrase text, understood text, first_day text, last_day text, recurrence text, ongoing text,
    completed text, completed_on text, note text, dates text, pattern text);
\copy expected from 'tests/sql/when_copeland.csv' csv header
\copy expected from 'tests/sql/when_forms.csv' csv header

do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s\n  expected %s\n  actual   %s', e.phrase, e, a.actual), '') into wrong
      from expected e,
           lateral (select r.* from shap.read_when(e.phrase, '2010-04-01') r) r,
           lateral (select row(e.phrase, left(r.is_understood::text, 1), r.first_day, r.last_day, r.recurrence,
                               left(r.is_ongoing::text, 1), left(r.is_completed::text, 1), r.completed_on, r.note, r.dates,
                               r.pattern)::text as actual) a
     where e::text is distinct from a.actual;
    assert wrong is null, wrong;
end
$$;

-- The sample plan: 61 distinct phrases, 53 of them understood, and what follows for its 171 milestones.
create temp table cell (objective_code text, objective_heading text, objective_title text, purpose text, action_no text,
    action text, milestone_no text, milestone text, who text, "when" text, measure text);
\copy cell from 'tests/data/copeland-2010-11.csv' csv header
do $$
declare
    n record;
    prose text;
begin
    select count(distinct c."when") as phrases, count(distinct c."when") filter (where r.is_understood) as understood,
           count(*) as milestones, count(*) filter (where r.is_empty) as empty, count(*) filter (where r.is_completed) as completed,
           count(*) filter (where r.last_day is null and not r.is_completed and r.recurrence is null) as undated,
           count(*) filter (where r.recurrence is not null and r.last_day is not null) as cycles_with_day,
           count(*) filter (where r.recurrence is not null and r.last_day is null) as cycles_without
      into n from cell c, lateral (select r.* from shap.read_when(c."when", '2010-04-01') r) r;
    assert n::text = '(61,53,171,4,14,12,17,10)', n;
    select string_agg(distinct c.objective_code || '/' || c.action_no, ' ' order by c.objective_code || '/' || c.action_no) into prose
      from cell c, lateral (select r.* from shap.read_when(c."when", '2010-04-01') r) r where r.pattern = 'prose';
    assert prose = 'SH2.3/1 SH2.6/1 SH2.6/2 SH4.2/3 SH4.2/4 SH4.4/1 SH4.4/2 SH4.4/3', prose;
    assert not exists (select from cell c where not exists (select from expected e where e.phrase is not distinct from c."when")),
        'a phrase of the plan is not in the table';
end
$$;

-- Each row of the words' tables is what its own example is read by.
do $$
declare
    wrong text;
begin
    select string_agg(format(E'\nform %s: %s is read as %s', f.name, f.example, r.pattern), '') into wrong
      from shap.when_form f, lateral (select r.* from shap.read_when(f.example, '2010-04-01') r) r
     where r.pattern <> f.name or r.is_understood <> f.is_understood or r.is_completed <> f.is_completed
        or (r.last_day is null) <> (f.due is null) or (r.recurrence is null) <> (f.recurrence is null);
    assert wrong is null, wrong;
    select string_agg(format(E'\nunit %s: %s', u.name, u.example), '') into wrong
      from shap.when_unit u, lateral (select regexp_match(u.example, shap.when_scan(), 'i') as match) m,
           lateral (select r.* from shap.read_when(u.example, '2010-04-01') r) r
     where m.match[u.place] is null or not r.is_understood or cardinality(r.dates) <> 1;
    assert wrong is null, wrong;
    select string_agg(format(E'\nopening %s: %s', o.name, o.example), '') into wrong
      from shap.when_opening o, lateral (select r.* from shap.read_when(o.example, '2010-04-01') r) r
     where not r.is_understood or (r.first_day is not null) <> o.has_first_day
        or extract(day from r.last_day) <> least(o.to_day, 28) and o.to_day is not null and o.to_day < 31;
    assert wrong is null, wrong;
    select string_agg(format(E'\ncycle %s: %s', c.recurrence, c.example), '') into wrong
      from shap.when_cycle c, lateral (select r.* from shap.read_when(c.example, '2010-04-01') r) r
     where r.recurrence is distinct from c.recurrence;
    assert wrong is null, wrong;
end
$$;

-- Which day a new date means: the one date of its phrase, else what the grantor states.
do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s: expected %s, actual %s', c.phrase, c.expected, a.actual), '') into wrong
      from (values ('Revised March 2011', '{2011-03-31}'), ('Revised date March 2011', '{2011-03-31}'),
                   ('Revised March 2011 - within 2011/12 service plan', '{2011-03-31,2012-03-31}'),
                   ('Link to service plan 2011/12 sign off in March 2011', '{2012-03-31,2011-03-31}'),
                   ('Paper to March 2011 Panel', '{2011-03-31}'), ('To be launched by March 2011', '{2011-03-31}'),
                   ('Nov/December 2010', '{2010-12-31}'), ('Revised Mid March 2011', '{2011-03-20}'), ('June and September 2010', '{2010-06-30,2010-09-30}'),
                   ('By March 2011, at the latest 31 March 2011', '{2011-03-31}'), ('when funded', '{}'), (null, '{}'), ('', '{}')
           ) c (phrase, expected),
           lateral (select shap.dates_in(c.phrase, '2010-04-01')::text as actual) a
     where c.expected is distinct from a.actual;
    assert wrong is null, wrong;
end
$$;

-- Quarters are the council's own; a financial year named decides by itself.
do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s of %s: %s to %s', c.phrase, c.quarters, r.first_day, r.last_day), '') into wrong
      from (values ('Q2 2005', 'calendar', '2005-04-01', '2005-06-30'), ('Q4 2010', 'calendar', '2010-10-01', '2010-12-31'),
                   ('Q1', 'calendar', '2011-01-01', '2011-03-31'), ('Q1', 'financial', '2010-04-01', '2010-06-30'),
                   ('Q3 2010/11', 'calendar', '2010-10-01', '2010-12-31'), ('Q4', 'financial', '2011-01-01', '2011-03-31')
           ) c (phrase, quarters, first_day, last_day),
           lateral (select r.* from shap.read_when(c.phrase, '2010-04-01', c.quarters) r) r
     where (r.first_day, r.last_day) is distinct from (c.first_day::date, c.last_day::date);
    assert wrong is null, wrong;
end
$$;

-- Easter: known Sundays; of a plan's year the last that falls in it, else the next.
do $$
begin
    assert (select bool_and(shap.easter(extract(year from d)::integer) = d)
              from unnest('{1943-04-25,1961-04-02,2000-04-23,2008-03-23,2010-04-04,2011-04-24,2024-03-31,2038-04-25}'::date[]) d);
    assert shap.easter_from('2010-04-01') = '2010-04-04' and shap.easter_from('2009-04-01') = '2009-04-12'
       and shap.easter_from('2015-04-01') = '2016-03-27' and shap.easter_from('2016-04-01') = '2017-04-16';
end
$$;

-- The API's role reads phrases; nobody else does.
set role shap_api;
do $$
begin
    assert (shap.read_when('July 2010', '2010-04-01')).is_understood, 'as shap_api';
    assert cardinality(shap.dates_in('July 2010', '2010-04-01')) = 1, 'as shap_api';
end
$$;
reset role;
do $$
declare
    callable text;
begin
    select string_agg(p.oid::regprocedure::text, ' ') into callable from pg_proc p
     where p.pronamespace = 'shap'::regnamespace and p.proname ~ '^(when_|read_when|dates_in|easter|split_who|who_|probable_slip|.*cycle)'
       and has_function_privilege('shap_server', p.oid, 'execute');
    assert callable is null, callable;
end
$$;
