-- Random new dates, ends and declarations on the sample's plan: what the report lists is what the definition says, worked
-- out here from the list of milestones and of declarations by brute force; the order has no circle on any day; no
-- declaration moves a date.
\ir copeland_fixture.sql
select test.at('2010-12-31 10:00 Europe/London');
select setseed(0.2010);
select test.act_as('cora');
create temporary table plan_now as select m.reference from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m;
reset role;
create table test.any_of as select * from plan_now;
grant select on test.any_of to public;
create function pg_temp.any_milestone(of_objective text default '%') returns text language sql volatile as $$
    select m.reference from test.any_of m where m.reference like of_objective order by random() limit 1
$$;

-- One random act of a coordinator; what is refused leaves nothing.
create function pg_temp.act() returns text language plpgsql volatile as $$
declare
    one text := pg_temp.any_milestone();
    other text := pg_temp.any_milestone(case when random() < 0.7 then split_part(one, '/', 1) || '/%' else '%' end);
    made bigint;
    dice double precision := random();
begin
    if dice < 0.35 then
        perform shap_v1.grant_date(null, one, null, to_char(date '2010-09-15' + (random() * 400)::integer, 'FMMonth YYYY'), null, 'x', null, null);
    elsif dice < 0.5 then
        made := test.say('cora', one, case when random() < 0.5 then 'will not be delivered' else 'complete' end, null, null, null, null, null, 'copeland');
        perform shap_v1.review_return(made, 'accepted', null, null);
    elsif dice < 0.6 then
        perform test.say('cora', one, 'not started', null, null, null, null, null, 'copeland');
    elsif dice < 0.8 then
        perform shap_v1.declare_after(null, one, other, null, date '2010-12-01' + (random() * 30)::integer);
    elsif dice < 0.95 then
        perform shap_v1.declare_independent(null, one, other, 'x', date '2010-12-01' + (random() * 30)::integer);
    else
        perform shap_v1.revoke_order(o.record_id, 'x', null) from shap_v1.list_order(null, null, null, null) o
          where o.revoked_on is null order by random() limit 1;
    end if;
    return null;
exception when sqlstate 'RPC03' or sqlstate 'RPC05' or sqlstate 'RPC06' or sqlstate 'RPC09' or sqlstate 'RPC10' then
    return sqlstate;
end
$$;

-- The definition, without regard to how long it takes: pairs of a step and what it pushes, certain ones with a mark.
create function pg_temp.defined(day date) returns text[] language sql volatile as $$
    with recursive milestone as materialized (
        select m.reference, m.objective_code as objective, split_part(m.reference, '/', 2)::integer as action_no, m.last_day, m.new_day,
               m.milestone_class in ('signed_off', 'complete', 'will_not_be_delivered') as is_ended,
               case when m.milestone_class in ('re_dated', 'overdue') and m.new_day is not null then date_trunc('month', m.new_day)::date else m.first_day end as first_day,
               case when m.milestone_class = 'overdue' then date '9999-12-31'
                    when m.milestone_class = 'will_not_be_delivered' and m.new_day is null then date '9999-12-31'
                    when m.milestone_class in ('re_dated', 'will_not_be_delivered') and (m.last_day is null or m.new_day > m.last_day) then m.new_day end as reach
          from shap_v1.list_milestones(null, day, null, null, null, null, null, null, null, null) m
    ), declared as materialized (
        select o.kind, o.reference, o.step from shap_v1.list_order(null, null, day, null) o where o.revoked_on is null
    ), certain as (
        select s.reference as step, m.reference as pushed
          from milestone s join declared d on d.kind = 'after' and d.step = s.reference join milestone m on m.reference = d.reference
         where s.reach is not null and not m.is_ended and (m.first_day is null or m.first_day <= s.reach)
           and not exists (select from declared i where i.kind = 'independent' and i.reference = m.reference and i.step = s.reference)
        union
        select c.step, m.reference
          from certain c join milestone s on s.reference = c.step
          join declared d on d.kind = 'after' and d.step = c.pushed join milestone m on m.reference = d.reference
         where not m.is_ended and (m.first_day is null or m.first_day <= s.reach)
           and not exists (select from declared i where i.kind = 'independent' and i.reference = m.reference and i.step = s.reference)
    )
    select coalesce(array_agg(p.pair order by p.pair collate "C"), '{}') from (
        select step || '>' || pushed || '!' as pair from certain
        union all
        select s.reference || '>' || m.reference
          from milestone s join milestone m on m.objective = s.objective and m.action_no > s.action_no
         where s.reach is not null and not m.is_ended and m.last_day is not null and (s.last_day is null or m.last_day > s.last_day)
           and (m.first_day is null or m.first_day <= s.reach)
           and not exists (select from declared i where i.kind = 'independent' and i.reference = m.reference and i.step = s.reference)
           and not exists (select from certain c where c.step = s.reference and c.pushed = m.reference)) p
$$;
create function pg_temp.reported(day date) returns text[] language sql volatile as $$
    select coalesce(array_agg(k.step || '>' || k.reference || case k.basis when 'declared' then '!' else '' end
                              order by k.step || '>' || k.reference || case k.basis when 'declared' then '!' else '' end collate "C"), '{}')
      from shap_v1.get_knock_on_report(null, day, null, null, null, null) r, unnest(r.knock_ons) k
$$;
create function pg_temp.circles(day date) returns bigint language sql volatile as $$
    with recursive follows as (
        select o.reference, o.step from shap_v1.list_order(null, null, day, null) o where o.kind = 'after' and o.revoked_on is null
    ), gone as (
        select f.reference, f.step from follows f
        union
        select g.reference, f.step from gone g join follows f on f.reference = g.step
    )
    select count(*) from gone g where g.reference = g.step
$$;
create function pg_temp.round(n integer) returns text language plpgsql volatile as $$
declare
    day date;
    dates text;
begin
    for i in 1..25 loop
        perform pg_temp.act();
    end loop;
    perform test.act_as('cora');
    foreach day in array array[date '2010-12-31', date '2010-12-15'] loop
        if pg_temp.reported(day) is distinct from pg_temp.defined(day) then
            raise exception 'round %, as at %: reported are % and defined are %', n, day, pg_temp.reported(day), pg_temp.defined(day);
        end if;
        if pg_temp.circles(day) > 0 then
            raise exception 'round %, as at %: the order goes in a circle', n, day;
        end if;
    end loop;
    dates := (select md5(string_agg(m::text, '' order by m.reference)) from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m);
    for i in 1..5 loop
        begin
            perform shap_v1.declare_after(null, pg_temp.any_milestone(), pg_temp.any_milestone(), null, null);
        exception when sqlstate 'RPC03' or sqlstate 'RPC06' or sqlstate 'RPC09' or sqlstate 'RPC10' then
            null;
        end;
    end loop;
    if dates is distinct from (select md5(string_agg(m::text, '' order by m.reference)) from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m) then
        raise exception 'round %: a declaration moved something', n;
    end if;
    return format('round %s: %s pairs, %s certain', n, cardinality(pg_temp.reported('2010-12-31')),
                  (select count(*) from unnest(pg_temp.reported('2010-12-31')) p where p like '%!'));
end
$$;
select test.act_as('cora');
select pg_temp.round(n) from generate_series(1, 5) n;
select test.check('there was something to compare', (select cardinality(pg_temp.reported('2010-12-31')) > 50 and array_to_string(pg_temp.reported('2010-12-31'), '') like '%!%'), true);
