-- Random histories against a second reading of the rules, written to be slow and plain: one milestone at a time, record
-- by record. And what must hold whatever happens: classes partition the plan on every day, what is closed never
-- changes, the order of arrival does not matter.
\ir copeland_fixture.sql
select test.at('2012-06-30 10:00 Europe/London');
reset role;
select setseed(0.20101231);

-- Random records on twenty milestones of every kind, so that they meet. No two grants of a milestone are of one day:
-- of those the one that arrived later would win.
create table test.milestone as select row_number() over () as n, reference from unnest(array['SH1.1/1/1', 'SH1.1/3/1',
    'SH1.2/1/4', 'SH1.2/3/6', 'SH1.2/4/1', 'SH1.2/5/1', 'SH1.5/2/1', 'SH1.5/3/1', 'SH1.5/5/1', 'SH2.2/1/1', 'SH2.7/8/1',
    'SH3.2/1/1', 'SH3.2/2/1', 'SH3.3/2/1', 'SH5.2/6/1', 'SH5.4/1/1', 'SH5.4/4/1', 'SH2.6/1/1', 'SH4.1/4/1', 'SH1.4/1/1']) reference;
create function test.any(most integer) returns integer language sql volatile as 'select floor(random() * most)::integer';
create table test.history (n integer primary key, kind text, reference text, day date, detail text, organisation text, target integer,
                           to_day date, arrival double precision default random());
insert into test.history
select r.n, 'return', m.reference, r.day, r.status, r.organisation, null, null
  from (select n, test.any(20) + 1 as milestone, date '2010-07-20' + 10 * test.any(60) as day,
               (array['not_started', 'in_progress', 'complete', 'complete', 'will_not_be_delivered'])[1 + test.any(5)] as status,
               (array['copeland', 'home-housing', 'supporting-people-team'])[1 + test.any(3)] as organisation
          from generate_series(1, 400) n) r
  join test.milestone m on m.n = r.milestone;
update test.history h set target = (select c.n from test.history c where c.n < h.n and c.reference = h.reference
      and c.organisation = h.organisation and c.day <= h.day order by c.day desc, c.n limit 1) where test.any(4) = 0;
insert into test.history
select 1000 + h.n, 'review', h.reference, h.day + 10 * test.any(4), case test.any(3) when 0 then 'sent_back' else 'accepted' end, null, h.n, null
  from test.history h where h.kind = 'return' and test.any(10) < 7;
insert into test.history
select distinct on (m.reference, g.day) 500 + g.n, 'grant', m.reference, g.day, null, null, null, g.day + g.days
  from (select n, test.any(20) + 1 as milestone, date '2010-07-20' + 10 * test.any(60) as day, test.any(300) as days
          from generate_series(1, 100) n) g
  join test.milestone m on m.n = g.milestone;
insert into test.history
select 10000 + h.n, 'undo', h.reference, h.day + 10 * test.any(5), h.kind, null, h.n, null
  from test.history h where test.any(7) = 0;

-- Writes one record under a link of its own.
create table test.written (n integer primary key, record_id bigint);
create function test.write(h test.history) returns void language plpgsql as $$
#variable_conflict use_variable
declare
    council constant bigint := test.council();
    plan_id constant bigint := test.plan_id();
    person constant bigint := (select membership_id from shap.token where hash = sha256('cora'));
    of_record constant bigint := (select w.record_id from test.written w where w.n = h.target);
    record_id constant bigint := nextval('shap.record_id');
    link bigint;
begin
    perform set_config('shap.links', '', false);
    link := shap.take_link(council, person);
    insert into test.written values (h.n, record_id);
    if h.kind = 'return' then
        insert into shap."return" (council_id, record_id, plan_id, reference, organisation_id, return_id, content_digest, status, day,
                                   corrects, membership_id, link)
        select council, record_id, plan_id, h.reference, o.id, md5(h.n::text)::uuid, '', h.detail, h.day, of_record, person, link
          from shap.organisation o where o.code = h.organisation;
    elsif h.kind = 'review' then
        insert into shap.review (council_id, record_id, plan_id, reference, return_record_id, verdict, day, membership_id, link)
        values (council, record_id, plan_id, h.reference, of_record, h.detail, h.day, person, link);
    elsif h.kind = 'grant' then
        insert into shap."grant" (council_id, record_id, plan_id, reference, new_date, new_day, day, membership_id, link)
        values (council, record_id, plan_id, h.reference, h.n, h.to_day, h.day, person, link);
    else
        insert into shap.counter_act (council_id, record_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
        values (council, record_id, of_record, h.detail, plan_id, h.reference, h.day, '', person, link);
    end if;
end
$$;

-- The second reading of the rules.
create function test.stands(record bigint, d date, l bigint) returns boolean language plpgsql stable as $$
begin
    return not exists (select from shap.counter_act u where u.of_record = record and u.day <= d and u.link <= l);
end
$$;
create function test.cycle_ends(recurrence text, last_day date) returns date[] language plpgsql stable as $$
declare
    months constant integer[] := case recurrence when 'monthly' then '{1,2,3,4,5,6,7,8,9,10,11,12}' when 'two_monthly' then '{5,7,9,11,1,3}'
        when 'quarterly' then '{6,9,12,3}' else array[extract(month from coalesce(last_day, '2010-03-31'))::integer] end;
    ends date[] := case when last_day is not null then array[last_day] else '{}' end;
    month_end date;
begin
    for i in 1..40 loop
        month_end := date '2010-04-01' + make_interval(months => i) - interval '1 day';
        if extract(month from month_end) = any (months) and month_end > coalesce(last_day, '-infinity') then
            ends := ends || month_end;
        end if;
    end loop;
    return ends;
end
$$;
create type test.word as (record_id bigint, day date, status text, claimed boolean, corrects bigint);
create function test.words(milestone text, d date, l bigint) returns test.word[] language plpgsql stable as $$
declare
    r record;
    v record;
    verdict text;
    words test.word[] := '{}';
begin
    for r in select * from shap."return" x where x.reference = milestone and x.day <= d and x.link <= l loop
        verdict := null;
        for v in select * from shap.review x where x.return_record_id = r.record_id and x.day <= d and x.link <= l loop
            if test.stands(v.record_id, d, l) then
                verdict := v.verdict;
            end if;
        end loop;
        if not test.stands(r.record_id, d, l) or verdict = 'sent_back' then
            continue;
        elsif r.status in ('complete', 'will_not_be_delivered') and verdict is null then
            words := words || row(r.record_id, r.day, 'in_progress', true, r.corrects)::test.word;
        else
            words := words || row(r.record_id, r.day, r.status, false, r.corrects)::test.word;
        end if;
    end loop;
    return words;
end
$$;
create function test.expected(milestone text, d date, l bigint) returns text language plpgsql stable as $$
declare
    words constant test.word[] := test.words(milestone, d, l);
    w test.word;
    best test.word;
    reading shap.when_reading;
    g record;
    new_day date;
    granted_on date;
    extensions integer := 0;
    ends date[];
    closed integer;
    class text;
begin
    foreach w in array words loop
        if exists (select from unnest(words) k where k.corrects = w.record_id and k.day = w.day) then
            continue;
        end if;
        if best.day is null or w.day > best.day
           or (w.day = best.day and (position(w.status in 'will_not_be_delivered not_started in_progress complete'),
                                     w.claimed) < (position(best.status in 'will_not_be_delivered not_started in_progress complete'),
                                     best.claimed)) then
            best := w;
        end if;
    end loop;
    for g in select * from shap."grant" x where x.reference = milestone and x.day <= d and x.link <= l order by x.day loop
        if test.stands(g.record_id, d, l) then
            new_day := g.new_day;
            granted_on := g.day;
            extensions := extensions + 1;
        end if;
    end loop;
    select * into reading from shap.when_reading x where x.reference = milestone and x.version = 1;
    if reading.is_completed and d >= coalesce(reading.completed_on, '2010-07-20') then
        class := 'complete';
    elsif best.status = 'complete' and reading.recurrence is null then
        class := 'complete';
    elsif best.status = 'will_not_be_delivered' then
        class := 'will_not_be_delivered';
    elsif new_day is not null and not (reading.recurrence is not null
              and exists (select from unnest(words) k where k.status = 'complete' and k.day >= granted_on
                             and not exists (select from unnest(words) c where c.corrects = k.record_id and c.day = k.day))) then
        class := case when new_day <= d then 'overdue' else 're_dated' end;
    elsif reading.recurrence is not null then
        ends := test.cycle_ends(reading.recurrence, reading.last_day);
        closed := (select count(*) from unnest(ends) e where e <= d);
        if closed = 0 then
            class := 'not_yet_due';
        elsif best.day is null or (closed > 1 and best.day <= ends[closed - 1]) then
            class := 'no_return';
        else
            class := case best.status when 'not_started' then 'overdue' else 'ongoing_answered' end;
        end if;
    elsif reading.last_day is null then
        class := 'undated';
    elsif reading.last_day > d then
        class := 'not_yet_due';
    else
        class := case when best.day is not null then 'overdue' else 'no_return' end;
    end if;
    return concat_ws(' ', class, coalesce(best.status, '-'), coalesce(best.claimed, false), coalesce(new_day::text, '-'), extensions);
end
$$;

create function test.found(d date, l bigint) returns table (reference text, stands text) language sql stable as $$
    select s.reference, concat_ws(' ', s.class, coalesce(s.status, '-'), s.is_claimed, coalesce(s.new_day::text, '-'), s.extensions)
      from shap.standing(test.council(), test.plan_id(), d, l) s
$$;
create function test.digest() returns text language sql stable as $$
    select md5(string_agg(d || x.reference || x.stands, ',' order by d, x.reference collate "C"))
      from generate_series(date '2010-07-20', date '2012-04-01', interval '13 days') d, test.found(d::date, test.link()) x
$$;

-- The same history in the order it was made up, and in another: what answers a record comes after it.
begin;
select test.write(h) from test.history h order by case h.kind when 'return' then 1 when 'undo' then 3 else 2 end, h.n;
select test.digest() as in_order \gset
rollback;
select test.write(h) from test.history h
  left join test.history t on t.n = h.target left join test.history u on u.n = t.target left join test.history v on v.n = u.target
 where h.kind <> 'undo' and h.target is null order by h.arrival;
do $$
begin
    for i in 1..100 loop
        perform test.write(h) from test.history h join test.written t on t.n = h.target
          where not exists (select from test.written w where w.n = h.n) order by h.arrival;
        exit when not found;
    end loop;
end
$$;
select test.check('all records are written', (select count(*) from test.written), (select count(*) from test.history));
analyze;
select test.check('the order of arrival does not matter', test.digest(), :'in_order');

select test.check('classes partition the plan on every day of two years', (select count(*) from
    (select d from generate_series(date '2010-04-01', date '2012-06-30', interval '1 day') d,
            shap.standing(test.council(), test.plan_id(), d::date, test.link()) s
      group by d having count(*) <> 171 or count(s.class) <> 171
          or bool_or(s.class <> all (enum_range(null::shap_v1.milestone_class)::text[]))) wrong), 0::bigint);
create table test.sample_day as select d::date as day, test.link() - (x * 97) % 500 as link
  from generate_series(date '2010-07-20', date '2012-04-01', interval '11 days') with ordinality g (d, x);
create table test.known as select k.day, k.link, f.* from test.sample_day k, test.found(k.day, k.link) f;
select test.check('the rules are read alike', (select coalesce(string_agg(format('%s on %s known at %s: %s, expected %s', k.reference, k.day, k.link,
      k.stands, test.expected(k.reference, k.day, k.link)), E'\n' order by k.reference, k.day), 'always') from
    (select k.* from test.known k join test.milestone m using (reference)
      where k.stands <> test.expected(k.reference, k.day, k.link) limit 10) k), 'always');
select test.check('every class but the panel''s was met', (select count(distinct split_part(stands, ' ', 1)) from test.known), 8::bigint);

-- More is recorded, of days long past: what was known before stays what it was.
update test.history set n = n + 100000, target = target + 100000, day = least(day + 3, '2012-06-30');
select test.write(h) from test.history h where h.target is null order by h.n;
select test.write(h) from test.history h where h.kind = 'review' and exists (select from test.written w where w.n = h.target) order by h.n;
select test.check('known at a moment, nothing changes any more', (select count(*) from
    (select d.day, d.link, f.* from test.sample_day d, test.found(d.day, d.link) f except select * from test.known) changed), 0::bigint);
select test.check('known later, it does', test.digest() <> :'in_order', true);
