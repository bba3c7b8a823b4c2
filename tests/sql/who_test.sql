-- Every WHO of the sample plan, other ways of writing, and slips of codes. Tokens are written in the table with a
-- bar between them and a star after those the register knows.
create temp table sample_register (known text[]);
insert into sample_register values (array[
    'SHP', 'HPO', 'HSM', 'HRM', 'EO', 'LP', 'KS', 'DC', 'JH', 'JB', 'CH', 'AD', 'AW', 'CBC', 'RPWG', 'Head of DS',
    'Head of DO', 'Web Manager', 'Housing Admin', 'Home Housing', 'Supporting People Team', 'C Ex', 'Corp Team',
    'Cumbria Gypsies & Travellers Accommodation Strategy group', 'Cumbria Housing Executive', 'Cllr GC', 'Impact HA',
    'Perf officer', 'Portfolio Holder', 'All', 'All staff', 'Consultants', 'Legal']);

create temp table expected (phrase text, tokens text);
\copy expected from 'tests/sql/who_copeland.csv' csv header
\copy expected from 'tests/sql/who_forms.csv' csv header

create temp view actual as
select e.phrase, e.tokens as expected,
       (select string_agg(s.token || case when s.is_known then '*' else '' end, ' | ' order by s.place)
          from shap.split_who(e.phrase, (select known from sample_register)) s) as actual
  from expected e;

do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s\n  expected %s\n  actual   %s', a.phrase, a.expected, a.actual), '') into wrong
      from actual a where a.actual is distinct from a.expected;
    assert wrong is null, wrong;
end
$$;

-- The table holds every WHO of the sample plan.
create temp table cell (objective_code text, objective_heading text, objective_title text, purpose text, action_no text,
    action text, milestone_no text, milestone text, who text, "when" text, measure text);
\copy cell from 'tests/data/copeland-2010-11.csv' csv header
do $$
begin
    assert (select count(distinct who) from cell where who is not null) = 74, 'distinct phrases of the plan';
    assert not exists (select from cell c where c.who is not null and not exists (
        select from expected e where e.phrase = c.who)), 'a phrase of the plan is not in the table';
end
$$;

-- Nothing is dropped: all letters and figures stand in the tokens, in order, but for the word "and".
do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s', e.phrase), '') into wrong
      from expected e
     where regexp_replace(regexp_replace(e.phrase, '\mand\M', '', 'gi'), '[^[:alnum:]]', '', 'g')
           is distinct from coalesce((select regexp_replace(regexp_replace(string_agg(s.token, ' ' order by s.place), '\mand\M', '', 'gi'),
                                                  '[^[:alnum:]]', '', 'g')
                               from shap.split_who(e.phrase, (select known from sample_register)) s), '')
       and e.phrase is not null;
    assert wrong is null, 'dropped from: ' || wrong;
end
$$;

-- Without a register the separators alone decide; nothing and too much are read as such.
do $$
declare
    tokens constant text := (select string_agg(token, ' | ' order by place)
        from shap.split_who('KS & Cumbria Gypsies & Travellers group / HPO. HSM', '{}'));
begin
    assert tokens = 'KS | Cumbria Gypsies & Travellers group | HPO | HSM', tokens;
    assert not exists (select from shap.split_who(null, '{HSM}')), 'null names nobody';
    assert not exists (select from shap.split_who(E' \n', '{HSM}')), 'spaces name nobody';
    assert not exists (select from shap.split_who(' / , ', null)), 'separators name nobody';
    assert (select count(*) = 1 and not bool_or(is_known) from shap.split_who(repeat('HSM/', 501), '{HSM}')), 'over long';
    assert (select count(*) = 500 and bool_and(is_known) from shap.split_who(repeat('HSM/', 500), '{HSM}')), 'long';
    assert (select array_agg(token order by place) from shap.split_who('a.b*c(d[e\f', '{a.b*c(d[e\f}')) = array['a.b*c(d[e\f'],
        'a name is not an expression';
end
$$;

-- Slips.
do $$
declare
    wrong text;
begin
    select string_agg(format(E'\n%s: expected %s, actual %s', c.code, c.expected, a.actual), '') into wrong
      from (values ('SHM', 'HSM'), ('shm', 'HSM'), ('HSN', 'HSM'), ('RWPG', 'RPWG'), ('CBX', 'CBC'), ('HSM', null), ('hsm', null),
                   ('SPM', null), ('HXM', null), ('GC', null), ('JX', null), ('LPP', null), ('', null), (null, null),
                   ('ED Manager', null), ('HS1', null)) c (code, expected),
           lateral shap.probable_slip(c.code, (select known from sample_register)) a (actual)
     where c.expected is distinct from a.actual;
    assert wrong is null, wrong;
end
$$;

-- A hostile phrase takes no longer than its length deserves.
do $$
declare
    p text;
    began timestamptz;
begin
    foreach p in array array['HSM/', 'HSM ', 'and ', '& ', '(', '((HSM)', '. ', ' - ', 'A', ' ', E'\n', 'of HSM ', E'\\'] loop
        began := clock_timestamp();
        perform shap.split_who(rpad('', 2000, p), (select known from sample_register));
        assert clock_timestamp() - began < interval '1 second', format('"%s" took %s', p, clock_timestamp() - began);
    end loop;
end
$$;
