-- The quarter of the sample: the 23 returns, the acceptance of SH5.2/6 and the 21 grants, as they were made by the end
-- of quarter 3. \ir after copeland_fixture.sql. Leaves the clock at 31 December 2010.
select test.at('2010-12-17 10:00 Europe/London');
select test.act_as('cora');
create temporary table answer as
select a.* from shap_v1.submit_return(array(
    select test.call(c.place, 'cora', c.reference, c.status, c.as_of, c.note, c.new_date, c.reason, null, c.organisation,
                     md5(c.reference)::uuid)
      from test.return_csv c order by c.place)) a;
select test.check('all sample returns are recorded', (select count(*) from answer where sqlstate is null), 23::bigint);
select test.at('2010-12-21 10:00 Europe/London');
select shap_v1.review_return(test.record('SH5.2/6/1'), 'accepted', null, '2010-12-21');
create temporary table given as
select c.new_day as expected, g.* from test.grant_csv c,
       shap_v1.grant_date(null, null, test.record(c.reference), null,
                          case when c.new_date like '%service plan%' then c.new_day end, c.reason, c.day, null) g
 order by c.place;
select test.check('all sample grants mean the day that the file says',
    (select count(*) from given where new_day = expected and reference is not null), 21::bigint);
select test.at('2010-12-31 17:00 Europe/London');
