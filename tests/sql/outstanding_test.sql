-- What waits for a person, on Copeland's plan at the end of quarter 3: before any window is opened.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
reset role;
create function test.waiting(who text, wanted text, day date default null) returns text[] language plpgsql as $$
begin
    perform test.act_as(who);
    return array(select o.reference from shap_v1.list_outstanding(null, day, null) o where o.kind::text = wanted);
end
$$;
create function test.item(who text, wanted text, day date default null) returns shap_v1.outstanding_item language plpgsql as $$
begin
    perform test.act_as(who);
    return (select o from shap_v1.list_outstanding(null, day, null) o where o.reference = wanted);
end
$$;

-- 102 have no return: SH5.2/5/1 is the Supporting People Team's alone, SH4.3/2/1 is Home Housing's and Copeland's, all
-- others are Copeland's.
select test.check('a partner owes what is due and unanswered', test.waiting('sam', 'return'), array['SH5.2/5/1']);
select test.check('and sees nothing else', (select count(*) from shap_v1.list_outstanding(null, null, null)), 1::bigint);
select test.check('a shared one is owed by each body', test.waiting('hugh', 'return'), array['SH4.3/2/1']);
select test.check('by the council''s officers, too', cardinality(test.waiting('olive', 'return')), 101);
select test.check('and by its coordinator', cardinality(test.waiting('cora', 'return')), 101);
select test.check('what is due on a day is not owed the day before', array(select * from unnest(test.waiting('olive', 'return')) except
    select * from unnest(test.waiting('olive', 'return', '2010-12-30')) order by 1),
    '{SH1.2/1/4,SH1.2/3/5,SH2.4/9/1,SH3.3/3/1,SH3.3/3/2,SH5.1/2/1,SH5.1/2/2}');
select test.check('a coordinator reviews what nobody reviewed, but what asks for a date', test.waiting('cora', 'review'), array['SH2.2/1/1']);
select test.check('all that asked for a date was granted', test.waiting('cora', 'new_date'), '{}'::text[]);
select test.check('before, 21 waited', cardinality(test.waiting('cora', 'new_date', '2010-12-20')), 21);
select test.check('the panel signs off what is complete', cardinality(test.waiting('petra', 'sign_off')), 14);
select test.check('and notes what will not be delivered', test.waiting('petra', 'note'), array['SH5.2/6/1']);
select test.check('a reader has nothing to do', (select count(*) from (select test.act_as('rita')) a, shap_v1.list_outstanding(null, null, null)), 0::bigint);
select test.check('a late one says so', ((test.item('sam', 'SH5.2/5/1')).due_day, (test.item('sam', 'SH5.2/5/1')).late)::text, '(2010-06-30,t)');
select test.check('with what was said last', (select (o.last_status, o.last_day, o.last_by, o.record_id = test.record('SH2.2/1/1'))::text
    from test.item('cora', 'SH2.2/1/1') o), '(in_progress,2010-12-17,copeland,t)');
