-- Random ratings, figures, overrides, choices and what undoes them: each column of the counts adds up on every day in every
-- scheme, what is rated is what the first row that fits gives, read one row after the other, and a closed report never changes.
\ir copeland_fixture.sql
select setseed(0.1008);
grant create on schema test to public;
create function test.any(most integer) returns integer language sql volatile as 'select floor(random() * most)::integer';
create table test.made as select null::bigint as record_id, null::date as day where false;
create table test.shot (as_at date, known_at date, scheme text, bytes bytea);
grant all on all tables in schema test to public;

-- One random act on the day it is: what is refused is no act.
create function test.act(today date) returns void language plpgsql as $$
declare
    references_ constant text[] := array['SH1.1/1/1', 'SH1.1/3/2', 'SH1.2/1/4', 'SH1.2/4/1', 'SH2.7/8/1', 'SH3.2/1/1', 'SH4.3/2/1', 'SH5.2/6/1'];
    wanted constant text := references_[1 + test.any(8)];
    words constant text[] := array['red', 'A', 'Green', 'on course', 'grey', ''];
    day constant date := today - test.any(25);
    made bigint;
begin
    case test.any(7)
        when 0, 1 then
            perform shap_v1.submit_return(array[test.call(1, 'cora', wanted, (array['in progress', 'not started', 'complete'])[1 + test.any(3)], day,
                'word', null, null, null, 'copeland', gen_random_uuid(), '2010-11', null, words[1 + test.any(6)])]);
        when 2 then
            made := (shap_v1.record_figure('2010-11', wanted, test.any(200)::text, (1 + test.any(150))::text, test.any(2) = 0, day)).record_id;
        when 3, 4 then
            made := (shap_v1.override_rating('2010-11', wanted, words[1 + test.any(3)], 'because', day)).record_id;
        when 5 then
            begin
                perform shap_v1.choose_rating_scheme((array['figures', 'date-and-judgement', 'months-behind'])[1 + test.any(3)], day);
            exception when sqlstate 'RPC09' then null;
            end;
        else
            select m.record_id into made from test.made m order by random() limit 1;
            begin
                perform shap_v1.revoke_rating(made, 'a slip', today);
            exception when sqlstate 'RPC10' or sqlstate 'RPC05' then null;
            end;
            made := null;
    end case;
    if made is not null then
        insert into test.made values (made, day);
    end if;
end
$$;

-- The rating a scheme gives, read row by row from what the report shows of a milestone.
create function test.is_in(cell text, value text) returns boolean language sql immutable as
    $$select cell = '' or cell is null or value = any (string_to_array(cell, ';'))$$;
create function test.reaches(cell text, value numeric) returns boolean language sql immutable as $$
    select cell is null or coalesce(case when cell ~ '\+$' then value >= rtrim(cell, '+')::numeric
                                         when cell ~ '-' then value between split_part(cell, '-', 1)::numeric and split_part(cell, '-', 2)::numeric
                                         else value = cell::numeric end, false)
$$;
create function test.given(m shap_v1.rated_milestone, percent numeric, scheme text, day date) returns text language plpgsql as $$
declare
    r shap_v1.rating_rule;
begin
    for r in select * from shap_v1.list_rating_rules(scheme, day, null, null) loop
        if test.is_in(r.class, m.milestone_class::text) and test.is_in(r.status, coalesce(m.status::text, 'none'))
           and test.is_in(r.officer, case when m.officer is null then 'none' when m.officer_understood then m.officer else 'other' end)
           and test.reaches(r.months, m.months_behind) and test.reaches(r.days, m.days_behind) and test.reaches(r.percent, percent)
           and (r.re_dated is null or (r.re_dated = 'yes') = (m.new_when is not null)) then
            return r.rating;
        end if;
    end loop;
    return null;
end
$$;

select test.at('2010-09-30 18:00 Europe/London');
do $$
declare
    today date := '2010-09-30';
begin
    for i in 1..12 loop
        perform set_config('shap.links', '', true);
        perform test.at((today + time '18:00')::timestamp at time zone 'Europe/London');
        perform test.act_as('cora');
        for n in 1..8 loop
            perform set_config('shap.links', '', true);
            perform test.act(today);
        end loop;
        insert into test.shot
        select d.day, today, s.code,
               convert_to((shap_v1.get_rating_report('2010-11', d.day, today, null, null, null, s.code))::text
                          || (shap_v1.get_disagreement_report('2010-11', d.day, today, null, null, null, s.code))::text, 'UTF8')
          from (values (null), ('figures'), ('date-and-judgement')) s (code), (values (today), (today - 20)) d (day) where i % 3 = 0;
        today := today + 1 + test.any(20);
    end loop;
end
$$;
select test.at('2011-02-01 09:00 Europe/London');
select test.act_as('rita');
select test.check('there were acts of every kind', (select bool_and(n > 3) from (
    select count(*) as n from shap_v1.list_rating_records('2010-11', null, null, null) r where r.kind = 'figure' union all
    select count(*) from shap_v1.list_rating_records('2010-11', null, null, null) r where r.kind = 'override' union all
    select count(*) from shap_v1.list_rating_records('2010-11', null, null, null) r where r.revoked_on is not null union all
    select count(*) from shap_v1.list_returns('2010-11', null, null, null, null, null, null) r where r.rating is not null) k), true);
select test.check('closed reports are what they were, to the byte', (select concat_ws(' of ', count(*) filter (where s.bytes = convert_to(
    (shap_v1.get_rating_report('2010-11', s.as_at, s.known_at, null, null, null, s.scheme))::text
    || (shap_v1.get_disagreement_report('2010-11', s.as_at, s.known_at, null, null, null, s.scheme))::text, 'UTF8')), count(*)) from test.shot s), '24 of 24');
create temporary table report as
select d.day::date, s.code, r.* from (values ('months-behind'), ('figures'), ('date-and-judgement')) s (code),
       generate_series(date '2010-09-30', '2011-01-15', interval '9 days') d (day)
 cross join lateral shap_v1.get_rating_report('2010-11', d.day::date, null, null, null, null, s.code) r;
select test.check('on every day each column adds up to the total', (select bool_and((select row(sum(c.milestones), sum(c.officer), sum(c.overridden)) from unnest(r.counts) c)
    = row(171::bigint, 171::bigint, 171::bigint) and cardinality(r.milestones) = 171 and r.total = 171) from report r), true);
select test.check('and the objectives and the rows do', (select bool_and((select sum(o.milestones) from unnest(r.objectives) o) = 171
    and (select sum(n.milestones) from unnest(r.rules) n) = 171) from report r), true);
select test.check('the first row that fits gives the rating', (select count(*)
    from report r, unnest(r.milestones) m
   where r.day in ('2010-11-14', '2011-01-12') and m.reference in ('SH1.1/1/1', 'SH1.1/3/2', 'SH1.2/1/4', 'SH1.2/4/1', 'SH2.7/8/1', 'SH3.2/1/1', 'SH4.3/2/1', 'SH5.2/6/1')
     and m.rating is distinct from test.given(m, m.percent::numeric, r.code, r.day)), 0::bigint);
select test.check('what disagrees is listed, once for each judgement', (select count(*)
    from report r
   cross join lateral (select count(distinct d.reference) as listed from shap_v1.get_disagreement_report('2010-11', r.day, null, null, null, null, r.code) g, unnest(g.disagreements) d) g
   where r.day in ('2010-11-14', '2011-01-12') and g.listed <> r.disagreements), 0::bigint);
