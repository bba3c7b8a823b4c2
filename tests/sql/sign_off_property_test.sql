-- Random histories with the panel's word and declared work in them, against a second reading of the rules, written to be
-- slow and plain. And what must hold whatever happens: milestones that are the same work are answered, re-dated and signed
-- off alike; the pieces of work add up; what is known never changes; classes partition the plan.
\ir copeland_fixture.sql
select test.act_as('cora');
select shap_v1.add_meeting(null, '2010-09-15', null);
select test.at('2012-06-30 10:00 Europe/London');
reset role;
select setseed(0.20100915);

-- Five pieces of work of twelve milestones: declared, taken back and declared anew, never two at once of one milestone.
create table test.milestone as select row_number() over () as n, reference from unnest(array['SH3.3/5/1', 'SH3.4/2/1', 'SH3.3/6/1', 'SH3.4/3/1',
    'SH1.1/3/1', 'SH1.2/1/4', 'SH2.2/1/1', 'SH2.7/8/1', 'SH5.2/6/1', 'SH2.5/1/1', 'SH1.5/5/1', 'SH5.4/4/1']) reference;
create function test.any(most integer) returns integer language sql volatile as 'select floor(random() * most)::integer';
create function test.some_day() returns date language sql volatile as $$select date '2010-07-20' + 10 * test.any(60)$$;
create table test.history (n integer primary key, kind text, reference text, "references" text[], day date, detail text, target integer, to_day date);
insert into test.history
select r.n, 'return', m.reference, null, test.some_day(), (array['not_started', 'in_progress', 'complete', 'complete', 'will_not_be_delivered'])[1 + test.any(5)]
  from (select n, test.any(12) + 1 as milestone from generate_series(1, 300) n offset 0) r join test.milestone m on m.n = r.milestone;
update test.history h set target = (select c.n from test.history c where c.n < h.n and c.reference = h.reference and c.day <= h.day
    order by c.day desc, c.n limit 1) where test.any(5) = 0;
insert into test.history
select 1000 + h.n, 'review', h.reference, null, h.day + 10 * test.any(4), case test.any(5) when 0 then 'sent_back' else 'accepted' end, h.n
  from test.history h where test.any(10) < 8;
insert into test.history
select distinct on (m.reference, g.day) 500 + g.n, 'grant', m.reference, null, g.day, null, null, g.day + test.any(300)
  from (select n, test.any(12) + 1 as milestone, test.some_day() as day from generate_series(1, 40) n offset 0) g
  join test.milestone m on m.n = g.milestone;
insert into test.history -- of the panel's words some rest on a return, some on the plan's own text
select 600 + s.n, 'sign_off', s.reference, null, s.day, case r.detail when 'will_not_be_delivered' then 'noted' else 'signed_off' end,
       case when r.detail = 'will_not_be_delivered' or test.any(2) = 0 then r.n end
  from (select g.n, m.reference, test.some_day() as day from generate_series(1, 100) g (n) join test.milestone m on m.n = g.n % 12 + 1 offset 0) s
  left join lateral (select h.n, h.detail from test.history h where h.kind = 'return' and h.reference = s.reference and h.day <= s.day
                      order by h.day desc, h.n limit 1) r on true;
insert into test.history
select 10000 + h.n, 'undo', h.reference, null, h.day + 10 * test.any(5), h.kind, h.n from test.history h where test.any(7) = 0;
insert into test.history values
    (900, 'same_work', null, array['SH3.3/5/1', 'SH3.4/2/1'], '2010-08-10', null, null), (901, 'same_work', null, array['SH3.3/6/1', 'SH3.4/3/1'], '2010-11-01', null, null),
    (902, 'same_work', null, array['SH1.1/3/1', 'SH1.2/1/4', 'SH2.2/1/1'], '2010-09-01', null, null), (903, 'same_work', null, array['SH2.7/8/1', 'SH5.2/6/1'], '2010-07-20', null, null),
    (904, 'same_work', null, array['SH2.5/1/1', 'SH1.5/5/1'], '2011-01-01', null, null), (910, 'undo', null, null, '2011-02-01', 'same_work', 902),
    (905, 'same_work', null, array['SH1.1/3/1', 'SH3.3/5/1'], '2011-06-01', null, 911), (911, 'undo', null, null, '2011-06-01', 'same_work', 900),
    (912, 'undo', null, null, '2011-03-01', 'same_work', 903);
alter table test.history add arrival double precision default random();

create table test.written (n integer primary key, record_id bigint);
create function test.write(h test.history) returns void language plpgsql as $$
#variable_conflict use_variable
declare
    council constant bigint := test.council();
    plan_id constant bigint := test.plan_id();
    person constant bigint := (select membership_id from shap.token where hash = sha256('petra'));
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
          from shap.organisation o where o.code = 'copeland';
    elsif h.kind = 'review' then
        insert into shap.review (council_id, record_id, plan_id, reference, return_record_id, verdict, day, membership_id, link)
        values (council, record_id, plan_id, h.reference, of_record, h.detail, h.day, person, link);
    elsif h.kind = 'grant' then
        insert into shap."grant" (council_id, record_id, plan_id, reference, new_date, new_day, day, membership_id, link)
        values (council, record_id, plan_id, h.reference, h.n, h.to_day, h.day, person, link);
    elsif h.kind = 'sign_off' then
        insert into shap.sign_off (council_id, record_id, plan_id, reference, verdict, meeting_record_id, return_record_id, is_own_work,
                                   day, membership_id, link)
        select council, record_id, plan_id, h.reference, h.detail, m.record_id, of_record, false, h.day, person, link from shap.meeting m;
    elsif h.kind = 'same_work' then
        insert into shap.same_work (council_id, record_id, plan_id, "references", reason_digest, day, membership_id, link)
        values (council, record_id, plan_id, h."references", '', h.day, person, link);
    else
        insert into shap.counter_act (council_id, record_id, of_record, kind, plan_id, reference, day, reason_digest, membership_id, link)
        values (council, record_id, of_record, h.detail, plan_id, h.reference, h.day, '', person, link);
    end if;
end
$$;
-- What answers a record comes after it (and a declaration after the revocation of the one before); otherwise in any order.
do $$
begin
    for i in 1..100 loop
        perform test.write(h) from test.history h left join test.written t on t.n = h.target
          where (h.target is null or t.n is not null) and not exists (select from test.written w where w.n = h.n) order by h.arrival;
        exit when not found;
    end loop;
end
$$;
select test.check('all records are written', (select count(*) from test.written), (select count(*) from test.history));
analyze;

-- The second reading of the rules.
create function test.stands(record bigint, d date, l bigint) returns boolean language plpgsql stable as $$
begin
    return not exists (select from shap.counter_act u where u.of_record = record and u.day <= d and u.link <= l);
end
$$;
create function test.work(milestone text, d date, l bigint) returns text[] language plpgsql stable as $$
declare
    w record;
begin
    for w in select * from shap.same_work x where milestone = any (x."references") and x.day <= d and x.link <= l loop
        if test.stands(w.record_id, d, l) then
            return w."references";
        end if;
    end loop;
    return array[milestone];
end
$$;
create type test.word as (record_id bigint, day date, link bigint, status text, said text, claimed boolean, corrects bigint);
create function test.words(milestones text[], d date, l bigint) returns test.word[] language plpgsql stable as $$
declare
    r record;
    v record;
    verdict text;
    words test.word[] := '{}';
begin
    for r in select * from shap."return" x where x.reference = any (milestones) and x.day <= d and x.link <= l loop
        verdict := null;
        for v in select * from shap.review x where x.return_record_id = r.record_id and x.day <= d and x.link <= l loop
            if test.stands(v.record_id, d, l) then
                verdict := v.verdict;
            end if;
        end loop;
        if not test.stands(r.record_id, d, l) or verdict = 'sent_back' then
            continue;
        elsif r.status in ('complete', 'will_not_be_delivered') and verdict is null then
            words := words || row(r.record_id, r.day, r.link, 'in_progress', r.status, true, r.corrects)::test.word;
        else
            words := words || row(r.record_id, r.day, r.link, r.status, r.status, false, r.corrects)::test.word;
        end if;
    end loop;
    return array(select w from unnest(words) w where not exists (select from unnest(words) k where k.corrects = w.record_id and k.day = w.day));
end
$$;
create function test.expected(milestone text, d date, l bigint) returns text language plpgsql stable as $$
declare
    work constant text[] := test.work(milestone, d, l);
    words constant test.word[] := test.words(work, d, l);
    w test.word;
    best test.word;
    s record;
    panel record;
    g record;
    new_day date;
    extensions integer := 0;
    otherwise date;
    given_up date;
    is_later boolean;
begin
    foreach w in array words loop
        if best.day is null or w.day > best.day
           or (w.day = best.day and (position(w.status in 'will_not_be_delivered not_started in_progress complete'), w.claimed, w.record_id)
               < (position(best.status in 'will_not_be_delivered not_started in_progress complete'), best.claimed, best.record_id)) then
            best := w;
        end if;
        if w.status <> 'will_not_be_delivered' and w.day > coalesce(otherwise, '-infinity') then
            otherwise := w.day;
        end if;
    end loop;
    foreach w in array words loop
        if w.status = 'will_not_be_delivered' and w.day >= coalesce(otherwise, '-infinity') and w.day < coalesce(given_up, 'infinity') then
            given_up := w.day;
        end if;
    end loop;
    for g in select * from shap."grant" x where x.reference = any (work) and x.day <= d and x.link <= l order by x.day, x.link loop
        if test.stands(g.record_id, d, l) then
            new_day := g.new_day;
            extensions := extensions + 1;
        end if;
    end loop;
    select null::text as verdict, null::date as day, null::bigint as link, null::bigint as return_record_id into panel;
    for s in select * from shap.sign_off x where x.reference = any (work) and x.day <= d and x.link <= l order by x.day, x.link loop
        if test.stands(s.record_id, d, l) then
            select s.verdict, s.day, s.link, s.return_record_id into panel;
        end if;
    end loop;
    is_later := best.day is not null and (best.day > panel.day or best.link > panel.link);
    return concat_ws(' ', coalesce(best.status, '-'), coalesce(best.claimed, false), coalesce(best.day::text, '-'), coalesce(new_day::text, '-'),
        extensions, case when panel.verdict = 'signed_off' then 'signed off ' || panel.day end,
        case when panel.verdict = 'noted' and best.status = 'will_not_be_delivered' and given_up <= panel.day then 'noted' end,
        case when panel.verdict = 'signed_off' and (is_later and best.said <> 'complete'
                  or not is_later and panel.return_record_id is not null and coalesce(best.status, '-') <> 'complete') then 'changed' end);
end
$$;
create function test.found(d date, l bigint) returns table (reference text, class text, work text, stands text) language sql stable as $$
    select s.reference, s.class, s.work, concat_ws(' ', coalesce(s.status, '-'), s.is_claimed, coalesce(s.said_on::text, '-'), coalesce(s.new_day::text, '-'),
           s.extensions, 'signed off ' || s.signed_off_on, case when s.is_noted then 'noted' end, case when s.is_changed_since then 'changed' end)
      from shap.standing(test.council(), test.plan_id(), d, l) s
$$;

create table test.sample_day as select d::date as day, test.link() - (x * 97) % 500 as link
  from generate_series(date '2010-07-20', date '2012-04-01', interval '13 days') with ordinality g (d, x);
create table test.known as select k.day, k.link, f.* from test.sample_day k, test.found(k.day, k.link) f;
select test.check('the rules are read alike', (select coalesce(string_agg(format('%s on %s known at %s: %s, expected %s', k.reference, k.day, k.link,
      k.stands, test.expected(k.reference, k.day, k.link)), E'\n' order by k.reference, k.day), 'always') from
    (select k.* from test.known k join test.milestone m using (reference)
      where k.stands <> test.expected(k.reference, k.day, k.link) limit 10) k), 'always');
select test.check('everything was met', (select concat_ws(' ', bool_or(stands like '%signed off%'), bool_or(stands like '%noted'),
      bool_or(stands like '%changed'), bool_or(stands like '%signed off%' and stands not like '%changed')) from test.known), 't t t t');

-- What must hold of the same work, on every sampled day.
create table test.pair as
select k.day, k.link, m.reference, o.other from test.sample_day k, test.milestone m, unnest(test.work(m.reference, k.day, k.link)) o (other)
 where o.other <> m.reference;
select test.check('works were met on many days', (select count(*) > 150 from test.pair), true);
select test.check('the same work is answered, re-dated and signed off alike', (select count(*) from test.pair p
    join test.known a on (a.day, a.link, a.reference) = (p.day, p.link, p.reference)
    join test.known b on (b.day, b.link, b.reference) = (p.day, p.link, p.other)
   where a.stands <> b.stands or a.work <> b.work or (a.class = 'signed_off') <> (b.class = 'signed_off')), 0::bigint);
select test.check('what is no work of another is one of its own', (select count(*) from test.known k
    where (k.work <> k.reference or exists (select from test.known o where (o.day, o.link) = (k.day, k.link) and o.work = k.reference and o.reference <> k.reference))
      and not exists (select from test.pair p where (p.day, p.link, p.reference) = (k.day, k.link, k.reference))), 0::bigint);
select test.check('the pieces of work add up', (select count(*) from
    (select k.day, k.link from test.known k group by k.day, k.link
      having count(*) <> 171 or count(k.class) <> 171 or count(distinct k.work) <> 171
             - (select round(sum(1 - 1.0 / cardinality(test.work(m.reference, k.day, k.link)))) from test.milestone m)) wrong), 0::bigint);
select test.check('an exception is never noted, what is signed off is none', (select count(*) from test.sample_day k,
    shap.standing(test.council(), test.plan_id(), k.day, k.link) s where shap.is_exception(s) and (s.is_noted or s.signed_off_on is not null)), 0::bigint);

-- More is recorded, of days long past: what was known before stays what it was.
update test.history set n = n + 100000, target = target + 100000, day = least(day + 3, '2012-06-30') where kind <> 'same_work' and detail is distinct from 'same_work';
select test.write(h) from test.history h where h.n > 100000 and h.target is null order by h.n;
select test.write(h) from test.history h join test.written w on w.n = h.target where h.n > 100000 and h.kind in ('review', 'sign_off') order by h.n;
select test.check('known at a moment, nothing changes any more', (select count(*) from
    (select d.day, d.link, f.* from test.sample_day d, test.found(d.day, d.link) f except select * from test.known) changed), 0::bigint);
select test.check('known later, it does', (select count(*) > 0 from
    (select d.day, f.reference, f.stands from test.sample_day d, test.found(d.day, test.link()) f except select day, reference, stands from test.known) changed), true);
