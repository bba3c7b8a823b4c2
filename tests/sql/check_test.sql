-- The misquote guard: the sample's exception report as it was printed, and rows made up for each rule: what counts as
-- another date, another owner, other words, and which rows fit no action or several.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
reset role;
create temporary table printed_csv (place integer generated always as identity, objective_code text, objective_title text, action text,
    milestones text, who text, "when" text, new_when text, measure text);
\copy printed_csv (objective_code, objective_title, action, milestones, who, "when", new_when, measure) from 'tests/data/copeland-2010-11-exception-report.csv' with (format csv, header, force_not_null (new_when, measure))
create table test.printed as
select array_agg(row(p.place + 1, p.objective_code, p.objective_title, p.action, p.milestones, p.who, p."when", p.new_when, p.measure)::shap_v1.quoted_row
                 order by p.place) as rows from printed_csv p;
grant select on test.printed to public;
create function pg_temp.fails(sqlstate text, template text, variadic args text[] default '{}') returns text language sql as
    'select test.fails(sqlstate, format(template, variadic args))';
-- A row in few words; what is null the report does not have.
create function pg_temp.row(objective text, action text, milestones text default null, who text default null, "when" text default null,
                            new_when text default null, measure text default null, title text default null, line integer default 2)
returns shap_v1.quoted_row language sql as $$
    select row(line, objective, title, action, milestones, who, "when", new_when, measure)::shap_v1.quoted_row
$$;
-- What is found, a line each.
create function pg_temp.said(rows shap_v1.quoted_row[], day date default '2010-12-31', known date default null) returns text
language sql stable as $$
    select string_agg(concat_ws('|', f.kind, f.reference, f.field, f.quoted, f.planned, f.quoted_day, f.planned_day, f.detail), E'\n' order by f.list, f.place)
      from shap_v1.check_report(null, day, known, 'q3.csv', rows) r,
           lateral (select 1 as list, m.* from unnest(r.misquotes) with ordinality m (line, kind, reference, field, quoted, planned, quoted_day, planned_day, detail, place)
                    union all select 2, w.* from unnest(r.wording) with ordinality w (line, kind, reference, field, quoted, planned, quoted_day, planned_day, detail, place)
                    union all select 3, n.* from unnest(r.not_compared) with ordinality n (line, kind, reference, field, quoted, planned, quoted_day, planned_day, detail, place)) f
$$;
create function pg_temp.row_said(objective text, action text, milestones text default null, who text default null, "when" text default null,
                                 new_when text default null, measure text default null, title text default null, day date default '2010-12-31',
                                 known date default null) returns text
language sql stable as $$
    select pg_temp.said(array[pg_temp.row(objective, action, milestones, who, "when", new_when, measure, title)], day, known)
$$;

-- The sample: 18 rows, one date misquoted, three wordings.
select test.act_as('rita');
select test.check('the report has 18 rows, and each fits one action', (select format('%s %s %s', r.file, r.rows, r.compared)
    from test.printed p, shap_v1.check_report(null, '2010-12-31', null, 'q3.csv', p.rows) r), 'q3.csv 18 18');
select test.check('one date is misquoted, no new date, nobody', (select format('%s %s %s', r.date_misquotes, r.new_date_misquotes, r.who_misquotes)
    from test.printed p, shap_v1.check_report(null, '2010-12-31', null, null, p.rows) r), '1 0 0');
select test.check('which, and what is in other words', (select pg_temp.said(p.rows) from test.printed p), concat_ws(E'\n',
    'date|SH2.7/8/1|when|Dec 2010|March 2011|2010-12-31|2011-03-31',
    'count|SH1.2/2|who|Web Manager/ HSM; Web Manager/HSM; Web Manager/ HSM; Web Manager/ HSM; HSM/HPO|Web Manager/ HSM; Web Manager/HSM; Web Manager/ HSM; Web Manager/ HSM; HSM/HPO|5 entries for 4 milestones: compared with the whole action',
    'count|SH1.2/2|when|Sept 2010; Oct 2010; Oct 2010; Nov 2010; Nov 2010|Sept 2010; Oct 2010; Oct 2010; Nov 2010; Nov 2010|5 entries for 4 milestones: compared with the whole action',
    'wording|SH5.2/6/1|when|September 2010 No bids were received.|September 2010 No bids were received. This is being revisited with other Cumbria LAs'));
select test.check('lines are the file''s', (select array_agg(m.line) from test.printed p, shap_v1.check_report(null, '2010-12-31', null, null, p.rows) r, unnest(r.misquotes) m), array[9]);
select test.check('the heading is a report''s', (select format('%s %s %s %s', (r.head).plan, (r.head).as_at, (r.head).quarter, (r.head).covered)
    from test.printed p, shap_v1.check_report(null, '2010-12-31', null, null, p.rows) r), 'copeland/2010-11 2010-12-31 3 171');
select test.check('as known before the grants, 21 new dates were quoted and not granted', (select format('%s %s %s', r.date_misquotes, r.new_date_misquotes, r.who_misquotes)
    from test.printed p, shap_v1.check_report(null, '2010-12-31', '2010-12-20', null, p.rows) r), '1 21 0');
select test.check('our own report misquotes nothing: a row for each milestone', pg_temp.said(array(
    select pg_temp.row(o.code, a.action, m.milestone, m.who, m."when", coalesce(m.new_when, ''), coalesce(m.measure, ''), o.title)
      from shap_v1.get_exception_report(null, '2010-12-31', null, null, null, null) r, unnest(r.objectives) o, unnest(o.actions) a, unnest(a.milestones) m)), null);
select test.check('nor does the whole plan', (select pg_temp.said(array(select pg_temp.row(m.objective_code, m.action, m.milestone, m.who, m."when", null, m.measure)
    from shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, null, null) m)) is null), true);

-- WHEN by what it means. SH4.1/2 and so on are of the plan.
select test.check('the same month in other words', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => 'Dec 2010'), 'wording|SH2.7/5/1|when|Dec 2010|December 2010');
select test.check('case, spaces and full stops are nothing', pg_temp.row_said('SH2.7', 'PRODUCE  draft strategy.', "when" => 'december  2010.'), null);
select test.check('the same day, without saying from when on', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => 'By 31 December 2010'),
    'wording|SH2.7/5/1|when|By 31 December 2010|December 2010');
select test.check('another month', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => 'January 2011'), 'date|SH2.7/5/1|when|January 2011|December 2010|2011-01-31|2010-12-31');
select test.check('another year', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => 'December 2011'), 'date|SH2.7/5/1|when|December 2011|December 2010|2011-12-31|2010-12-31');
select test.check('a range that begins elsewhere', pg_temp.row_said('SH1.5', 'Consult with focus group on current service standards', "when" => 'Oct/December 2010'),
    'date|SH1.5/1/1|when|Oct/December 2010|Nov/December 2010|2010-12-31|2010-12-31');
select test.check('the same day, but no longer ongoing', pg_temp.row_said('SH3.3', 'To include actions within existing and future work programs', "when" => 'October 2010'),
    'date|SH3.3/2/1|when|October 2010|October 2010 and ongoing|2010-10-31|2010-10-31');
select test.check('another cycle', pg_temp.row_said('SH4.3', 'Participate in a voids working group', "when" => 'July 2010 thereafter monthly', milestones => 'Terms of reference agreed'),
    'date|SH4.3/3/1|when|July 2010 thereafter monthly|July 2010 and ongoing|2010-07-31|2010-07-31');
select test.check('said to be done', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => 'December 2010 COMPLETED'), 'date|SH2.7/5/1|when|December 2010 COMPLETED|December 2010|2010-12-31|2010-12-31');
select test.check('a date where the plan has a sentence', pg_temp.row_said('SH2.3', 'Consider making a bid in partnership with Cumbria local authorities', "when" => 'November 2009'),
    'date|SH2.3/1/1|when|November 2009|This was formed in October 2009|2009-11-30');
select test.check('the date the sentence names', pg_temp.row_said('SH2.3', 'Consider making a bid in partnership with Cumbria local authorities', "when" => 'October 2009'),
    'wording|SH2.3/1/1|when|October 2009|This was formed in October 2009');
select test.check('a date where the plan has none', pg_temp.row_said('SH1.2', 'Ensure that website is regularly updated', 'Manager proof reads and authorises changes to website', "when" => 'July 2010'),
    'date|SH1.2/4/3|when|July 2010||2010-07-31');
select test.check('none where the plan has one', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => ''), 'date|SH2.7/5/1|when||December 2010|2010-12-31');

-- New dates by the grant in force as at the day.
select test.check('the granted day in other words', pg_temp.row_said('SH2.7', 'Produce draft strategy', new_when => 'Feb 2011'), 'wording|SH2.7/5/1|new_when|Feb 2011|Revised February 2011');
select test.check('another day', pg_temp.row_said('SH2.7', 'Produce draft strategy', new_when => 'Revised March 2011'), 'new_date|SH2.7/5/1|new_when|Revised March 2011|Revised February 2011|2011-03-31|2011-02-28');
select test.check('left out', pg_temp.row_said('SH2.7', 'Produce draft strategy', new_when => ''), 'new_date|SH2.7/5/1|new_when||Revised February 2011|2011-02-28|a new date was granted and is not quoted');
select test.check('not granted by then', pg_temp.row_said('SH2.7', 'Produce draft strategy', new_when => 'Revised February 2011', day => '2010-12-20'),
    'new_date|SH2.7/5/1|new_when|Revised February 2011|2011-02-28|no new date was granted');
select test.check('one new date for all that the row prints', pg_temp.row_said('SH1.2', 'Implement necessary online forms', E'Test internally and test with partners for consultation\nPublicise new forms- Copeland Matters, website',
    new_when => 'April 2011'), concat_ws(E'\n', 'new_date|SH1.2/2/2|new_when|April 2011|To be launched by March 2011|2011-04-30|2011-03-31', 'new_date|SH1.2/2/5|new_when|April 2011|To be launched by March 2011|2011-04-30|2011-03-31'));

-- WHO by whom it names.
select test.check('the same people in another order', pg_temp.row_said('SH1.5', 'Consult with focus group on current service standards', who => 'HRM & HSM'), 'wording|SH1.5/1/1|who|HRM & HSM|HSM/HRM');
select test.check('a post by its name', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', who => 'Housing Renewal Manager'), 'wording|SH2.7/6/1|who|Housing Renewal Manager|HRM');
select test.check('somebody else', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', who => 'HSM'), 'who|SH2.7/6/1|who|HSM|HRM');
select test.check('one left out', pg_temp.row_said('SH1.5', 'Consult with focus group on current service standards', who => 'HSM'), 'who|SH1.5/1/1|who|HSM|HSM/HRM');
select test.check('nobody', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', who => ''), 'who|SH2.7/6/1|who||HRM');
select test.check('what looks like a slip is another until that is settled', pg_temp.row_said('SH4.3', 'Participate in a voids working group', 'Terms of reference agreed', 'HSM'), 'who|SH4.3/3/1|who|HSM|SHM');
select test.act_as('cora');
select d.doubt_id as slip from shap_v1.list_doubts(null, true) d where d.kind = 'probable_slip' and d.subject = 'SHM' \gset
select d.doubt_id as prose from shap_v1.list_doubts(null, true) d where d.kind = 'prose_date' and d.reference = 'SH2.3/1/1' \gset
select shap_v1.settle_doubt(null, :slip, null, 'HSM', 'a slip', null), shap_v1.settle_doubt(null, :prose, '2009-11-30', null, 'minute 4', null);
select test.act_as('rita');
select test.check('then it is the same', pg_temp.row_said('SH4.3', 'Participate in a voids working group', 'Terms of reference agreed', 'HSM'), 'wording|SH4.3/3/1|who|HSM|SHM');
select test.check('so is a date that was settled', pg_temp.row_said('SH2.3', 'Consider making a bid in partnership with Cumbria local authorities', "when" => 'November 2009'),
    'wording|SH2.3/1/1|when|November 2009|This was formed in October 2009');

-- Which action, and which of its milestones.
select test.check('the code as headings have it', (select count(*) from unnest(array['SH2.7', 'sh 2.7', 'SH Action 2.7', 'SH2.7:', 'H 2.7', '2.7', 'SH 2.7 Produce an Empty Homes Strategy']) c
    where pg_temp.row_said(c, 'Produce draft strategy', "when" => 'December 2010') is null), 7::bigint);
select test.check('an unknown objective', pg_temp.row_said('SH9.9', 'Produce draft strategy', "when" => 'May 1999'), 'not_found|action|Produce draft strategy|there is no objective "SH9.9"');
select test.check('no objective', pg_temp.row_said(null, 'Produce draft strategy'), 'not_found|action|Produce draft strategy|there is no objective ""');
select test.check('an action of another objective', pg_temp.row_said('SH2.2', 'Produce draft strategy'), 'not_found|action|Produce draft strategy|no action of SH2.2 has this wording');
select test.check('an action in other words', pg_temp.row_said('SH2.7', 'Produce the draft of a strategy', "when" => 'December 2010'), 'wording|SH2.7/5|action|Produce the draft of a strategy|Produce draft strategy');
select test.check('one found by its milestone', pg_temp.row_said('SH2.7', 'Writing', 'Draft written and discussed with team/Head of service / internal depts. and SHP'), 'wording|SH2.7/5|action|Writing|Produce draft strategy');
select test.check('a milestone that two actions have', pg_temp.row_said('SH4.3', 'Meetings', 'Regular meetings held'), 'several|action|Meetings|SH4.3/1, SH4.3/3|the wording fits SH4.3/1, SH4.3/3');
select test.check('a milestone in other words', pg_temp.row_said('SH2.7', 'Take final draft to the Strategic Housing Panel', 'SHP recommends that the strategy is approved by the Executive', 'SHP', 'March 2011'),
    'wording|SH2.7/8/1|milestones|SHP recommends that the strategy is approved by the Executive|SHP recommend strategy is approved by Executive');
select test.check('one that the action does not have', pg_temp.row_said('SH2.7', 'Take final draft to the Strategic Housing Panel', 'Lunch'), 'wording|SH2.7/8|milestones|Lunch|the action has no such milestone');
select test.check('whose date is compared with any of the action''s', pg_temp.row_said('SH2.7', 'Take final draft to the Strategic Housing Panel', 'Lunch', null, 'May 2011'),
    concat_ws(E'\n', 'date|SH2.7/8|when|May 2011|March 2011|none of the action''s milestones has it', 'wording|SH2.7/8|milestones|Lunch|the action has no such milestone'));
select test.check('beside one that it has', pg_temp.row_said('SH1.2', 'Implement necessary online forms', E'Lunch\nPublicise new forms- Copeland Matters, website', null, E'Oct 2010\nDec 2010'),
    concat_ws(E'\n', 'date|SH1.2/2/5|when|Dec 2010|Nov 2010|2010-12-31|2010-11-30', 'wording|SH1.2/2|milestones|Lunch|the action has no such milestone'));
select test.check('the objective''s title', pg_temp.row_said('SH2.7', 'Produce draft strategy', title => 'Produce an Empty Homes Strategy'), 'wording|SH2.7/5|objective_title|Produce an Empty Homes Strategy|Produce an Empty Homes/Park Homes Strategy.');
select test.check('the measure', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', measure => 'Many responses'), 'wording|SH2.7/6|measure|Many responses|Consultation responses received');
select test.check('none', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', measure => ''), 'wording|SH2.7/6|measure||Consultation responses received');

-- Entries: one for all, one each, one for each of the whole action, or neither.
select test.check('one for each that is printed', pg_temp.row_said('SH1.2', 'Implement necessary online forms', E'Test internally and test with partners for consultation\r\nPublicise new forms- Copeland Matters, website',
    E'Web Manager/HSM\nHSM/HPO', E'Oct 2010\nDec 2010'), 'date|SH1.2/2/5|when|Dec 2010|Nov 2010|2010-12-31|2010-11-30');
select test.check('one for all that are printed', pg_temp.row_said('SH1.2', 'Implement necessary online forms', E'Test internally and test with partners for consultation\nPublicise new forms- Copeland Matters, website', "when" => 'Oct 2010'),
    'date|SH1.2/2/5|when|Oct 2010|Nov 2010|2010-10-31|2010-11-30');
select test.check('one for each of the whole action', pg_temp.row_said('SH1.2', 'Implement necessary online forms', 'Publicise new forms- Copeland Matters, website', "when" => E'Sept 2010\nOct 2010\nOct 2010\nNov 2010\nDec 2010'),
    concat_ws(E'\n', 'date|SH1.2/2/5|when|Dec 2010|Nov 2010|2010-12-31|2010-11-30', 'count|SH1.2/2|when|Sept 2010; Oct 2010; Oct 2010; Nov 2010; Dec 2010|Sept 2010; Oct 2010; Oct 2010; Nov 2010; Nov 2010|5 entries for 1 milestone: compared with the whole action'));
select test.check('neither: each is one of the action''s', pg_temp.row_said('SH1.2', 'Implement necessary online forms', 'Publicise new forms- Copeland Matters, website', "when" => E'November 2010\nDec 2010'),
    concat_ws(E'\n', 'date|SH1.2/2|when|Dec 2010|Nov 2010; Oct 2010; Sept 2010|none of the action''s milestones has it', 'count|SH1.2/2|when|November 2010; Dec 2010|Sept 2010; Oct 2010; Oct 2010; Nov 2010; Nov 2010|2 entries for 1 milestone: compared with any of the action''s'));
select test.check('blank lines are no entries', pg_temp.row_said('SH2.7', 'Produce draft strategy', "when" => E'\n\n December 2010 \n \n'), null);

-- Rows that no report has.
select test.check('no rows', pg_temp.fails('RPC03', 'select shap_v1.check_report(null, null, null, null, ''{}'')'), 'there are no rows to check | Send 1 to 1,000 rows, each an action of a report.');
select pg_temp.fails('RPC03', 'select shap_v1.check_report(null, null, null, null, array(select pg_temp.row(''SH1.1'', ''x'') from generate_series(1, 1001)))');
select test.check('a cell without end', pg_temp.fails('RPC03', $$select shap_v1.check_report(null, null, null, null, array[pg_temp.row('SH2.7', 'x', line => 7, who => repeat(E'x\n', 40))])$$),
    'line 7, column who: a cell of a report has at most 5,000 characters in 40 lines | Is this the right file?');
select pg_temp.fails('RPC03', $$select shap_v1.check_report(null, null, null, null, array[pg_temp.row('SH2.7', repeat('x', 5001))])$$);
select pg_temp.fails('RPC03', $$select shap_v1.check_report(null, '2011-01-01', null, null, array[pg_temp.row('SH2.7', 'x')])$$);
select pg_temp.fails('RPC09', $$select shap_v1.check_report(null, '2010-07-19', null, null, array[pg_temp.row('SH2.7', 'x')])$$);

-- Rights: whoever sees a part compares with that; the rest is not there.
select test.act_as('sam');
select test.check('a partner''s copy', (select format('%s of %s: %s compared', (r.head).covered, (r.head).total, r.compared) from test.printed p, shap_v1.check_report(null, '2010-12-31', null, null, p.rows) r),
    (select format('%s of 171: 1 compared', count(*)) from shap_v1.list_milestones(null, '2010-12-31', null, null, null, null, null, null, null, null)));
select test.check('what is not theirs is not there', pg_temp.row_said('SH2.7', 'Produce draft strategy'), 'not_found|action|Produce draft strategy|there is no objective "SH2.7"');
select test.act_as('ann');
select pg_temp.fails('42501', 'select shap_v1.check_report(null, null, null, null, ''{}'')');
select test.act_as('bob');
select pg_temp.fails('RPC05', 'select shap_v1.check_report(''copeland/2010-11'', null, null, null, ''{}'')');

-- A later version: WHEN stays the baseline's, for a new date is a grant; other words are those in force on the day.
select test.at('2011-01-10 10:00 Europe/London');
select test.act_as('cora');
select test.send('33333333-3333-4333-8333-333333333333', 1, array(
    select row(r.line, r.objective_code, r.objective_heading, r.objective_title, r.purpose, r.action_no, r.action, r.milestone_no, r.milestone,
               case when r.action = 'Draft strategy sent out for consultation' then 'HSM' else r.who end,
               case when r.action = 'Draft strategy sent out for consultation' then 'May 2011' else r."when" end, r.measure)::shap_v1.plan_row
      from unnest(s.rows) r order by r.line), s.bytes, '2010/11') from test.sample s;
select shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256(s.bytes), 'Strategic Housing Action Plan 2010/11') from test.sample s;
select shap_v1.adopt_plan('2010-11', 2, '2011-01-05', 'later');
select test.act_as('rita');
select test.check('the baseline''s date, and the version''s owner', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', who => 'HSM', "when" => 'January 2011', day => '2011-01-10'), null);
select test.check('the version''s date is none that was granted', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', who => 'HRM', "when" => 'May 2011', day => '2011-01-10'),
    concat_ws(E'\n', 'who|SH2.7/6/1|who|HRM|HSM', 'date|SH2.7/6/1|when|May 2011|January 2011|2011-05-31|2011-01-31'));
select test.check('as at the day before it was adopted, the owner was another', pg_temp.row_said('SH2.7', 'Draft strategy sent out for consultation', who => 'HRM', "when" => 'January 2011', day => '2011-01-04'), null);
