-- Random histories against a second reading of the rules, written to be slow and plain: every milestone, one by one.
-- And what must hold whatever happens: classes partition the plan on every day, closed reports never change, the order
-- of arrival does not matter.
\ir copeland_fixture.sql
select test.at('2012-06-30 10:00 Europe/London');
reset role;
set jit = off;
select setseed(0.20101231);

-- Random records, all on some thirty milestones so that they meet. Each is of its own link, so that what was known at
-- a moment can be asked. No two grants or reviews of one thing are of one day: what wins then is the order of arrival.
create table test.history (n integer, kind text, reference text, day date, detail text, target integer, organisation integer);
insert into test.history
select n, case when k < 0.55 then 'return' when k < 0.8 then 'review' when k < 0.9 then 'grant' else 'undo' end,
       (array['SH1.1/1/1', 'SH1.1/3/1', 'SH1.2/1/4', 'SH1.2/3/6', 'SH1.2/4/1', 'SH1.2/5/1', 'SH1.5/2/1', 'SH1.5/3/1', 'SH1.5/5/1',
              'SH2.2/1/1', 'SH2.7/8/1', 'SH3.2/1/1', 'SH3.2/2/1', 'SH3.3/2/1', 'SH5.2/6/1', 'SH5.4/1/1', 'SH5.4/4/1', 'SH2.6/1/1',
              'SH4.1/4/1', 'SH1.3/2/1'])[1 + floor(random() * 20)::integer],
       date '2010-07-20' + floor(random() * 600)::integer,
       (array['not_started', 'in_progress', 'complete', 'complete', 'will_not_be_delivered'])[1 + floor(random() * 5)::integer],
       floor(random() * 1000)::integer, floor(random() * 3)::integer
  from (select n, random() as k from generate_series(1, 700) n) r;

-- Writes the history into the tables, in an order. Days of what answers another record are not before its own.
create function test.write(seed double precision) returns void language plpgsql as $$
declare
    council bigint := test.council();
    coordinator bigint := (select membership_id from shap.token where hash = sha256('cora'));
    h test.history;
    other record;
    at_link bigint;
begin
    perform setseed(seed);
    for h in select x.* from test.history x
              order by case x.kind when 'return' then 1 when 'review' then 2 when 'grant' then 2 else 3 end,
                       case when seed = 0 then x.n else random() end loop
        perform set_config('shap.links', '', false);
        at_link := shap.take_link(council, coordinator);
        if h.kind = 'return' then
            insert into shap."return" (council_id, plan_id, reference, organisation_id, return_id, content_digest, status, day,
                                       corrects, membership_id, link)
            select council, test.plan_id(), h.reference, o.id, gen_random_uuid(), int4send(h.n), h.detail, h.day, null, coordinator, at_link
              from shap.organisation o where o.code = (array['copeland', 'home-housing', 'supporting-people-team'])[1 + h.organisation];
        elsif h.kind = 'review' then
            insert into shap.review (council_id, plan_id, reference, return_record_id, verdict, day, membership_id, link)
            select council, r.plan_id, r.reference, r.record_id, case when h.detail = 'not_started' then 'sent_back' else 'accepted' end,
                   r.day + h.target % 60, coordinator, at_link
              from shap."return" r join test.history t on int4send(t.n) = r.content_digest
             where t.kind = 'return' and not exists (select from shap.review v where v.return_record_id = r.record_id)
             order by (t.n * 7919 + h.n * 104729) % 1009, t.n limit 1;
        elsif h.kind = 'grant' then
            insert into shap."grant" (council_id, plan_id, reference, new_date, new_day, day, membership_id, link)
            select council, test.plan_id(), h.reference, h.n::text, h.day + h.target % 300, h.day, coordinator, at_link
             where not exists (select from shap."grant" g where g.reference = h.reference and g.day = h.day);
        end if;
    end loop;
end
$$;
