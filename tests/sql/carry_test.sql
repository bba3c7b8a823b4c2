-- Carry-over: what of Copeland's plan goes on into 2011/12, with which WHEN, linked to what it comes from; how the draft is
-- edited, rolled again and adopted; and that no open milestone is ever lost.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
select test.at('2011-03-31 17:00 Europe/London');
reset role;
create function test.came(reference text) returns text language sql as $$
    select array_to_string((h).carried_from || array['to'] || (h).carried_to, ' ') from shap_v1.get_milestone('2010-11', reference, null, null) h
$$;
create function test.draft(wanted text) returns text language sql as $$
    select concat_ws(' | ', m."when", m.first_day, m.last_day, m.recurrence, m.milestone_class)
      from shap_v1.list_milestones('2011-12', null, null, null, null, null, null, null, null, null) m where m.reference = wanted
$$;
-- What WHEN says, read here again and on its own: what comes round, and what is complete.
create table test.said as
    select u.objective_code || '/' || u.action_no || '/' || u.milestone_no as reference, u."when",
           u."when" ~* '^ongoing$|and on(going)?$|quarterly|^cyclical|^bi monthly' as is_ongoing,
           u."when" ~* '^completed( (march|in)|$)|completed\.?$|achieved in' and u."when" !~* '^(initial|impact)' as is_complete
      from test.sample s, unnest(s.rows) u;
grant select on test.said to public;

-- Who may, and what is refused.
select test.check(format('%s may be called by', f.name),
    (select string_agg(r, ' ' order by n)
       from unnest('{anonymous,contributor,reader,coordinator,panel,administrator}'::text[]) with ordinality r (r, n)
      where has_function_privilege('shap_' || r, p.oid, 'execute')), f.roles)
  from (values ('roll_plan', 'coordinator'), ('add_carry', 'coordinator'), ('revoke_carry', 'coordinator'),
               ('list_carried', 'reader coordinator panel')) f (name, roles)
  join pg_proc p on p.proname = f.name and p.pronamespace = 'shap_v1'::regnamespace;
select test.act_as('cora');
select test.check('refused: ' || t.call, test.fails(t.code, 'select shap_v1.roll_plan(' || t.call || ', null, false)'), t.refusal)
  from (values
    ('null, null, null', 'RPC03', '"" is not the year of a plan | Name the year that the new plan is for, such as 2011/12.'),
    ('''next year'', null, null', 'RPC03', '"next year" is not the year of a plan | Name the year that the new plan is for, such as 2011/12.'),
    ('''2011/13'', null, null', 'RPC03', '"2011/13" is not a plan year | Write it as 2010/11.'),
    ('''2012/13'', null, null', 'RPC05', 'there is no plan "2011-12" here | The plans you can see are listed by: shap plan list'),
    ('''2010/11'', ''2010-11'', null', 'RPC03', 'copeland/2010-11 is not earlier than 2010-11 | A plan goes on from one of an earlier year.'),
    ('''barrow/2011-12'', null, null', 'RPC05', 'there is no council "barrow" here | Your own council is shown by: shap whoami'),
    ('''2011/12'', null, ''2011-04-01''', 'RPC03', 'as at: 2011-04-01 is still to come | Give a day not after 2011-03-31, which is today by the server''s clock.'),
    ('''2011/12'', null, ''2010-07-19''', 'RPC09', 'copeland/2010-11 was not adopted as at 2010-07-19 | A plan goes on from one that is in force: adopt it first with: shap plan adopt')
  ) t (call, code, refusal);
select test.check('a plan that was not rolled has nothing to list', test.fails('RPC09', 'select * from shap_v1.list_carried(null, null)'),
    'this plan was not rolled: nothing was carried over | A plan is started from the one before it with: shap plan roll');

-- A code that was settled keeps its meaning in the plan that is rolled.
select shap_v1.settle_doubt('2010-11', d.doubt_id, null, 'HSM', 'SHM is a slip for HSM', null)
  from shap_v1.list_doubts('2010-11', false) d where d.kind = 'probable_slip';

-- A dry run says what would come of it, and records nothing.
select test.check('a dry run counts: 171 less 14 complete by their text and SH5.2/6',
    (select row(r.made, r.version, r.carried, r.open, r.ongoing, r."left", r.complete, r.signed_off, r.will_not_be_delivered)::text
       from shap_v1.roll_plan('2011/12', null, null, null, true) r), '(f,,156,129,27,15,14,0,1)');
select test.check('the ongoing ones are those whose WHEN says so', (select count(*) from test.said where is_ongoing), 27::bigint);
select test.check('the complete ones likewise', (select count(*) from test.said where is_complete), 14::bigint);
select test.check('and nothing is recorded', (select count(*) from shap_v1.list_plans()), 1::bigint);

select test.check('the roll says the same of its version',
    (select row(r.plan, r.version, r.made, r.from_plan, r.from_version, r.as_at, r.carried, r."left", cardinality(r.changes), r.edited_version)::text
       from shap_v1.roll_plan('2011/12', null, null, null, false) r), '(copeland/2011-12,1,t,copeland/2010-11,1,2011-03-31,156,15,,)');
select test.check('it is a draft, called like the plan before it',
    (select row(p.plan, p.title, p.version, p.adopted_on, p.milestones)::text from shap_v1.get_plan('2011-12', null, null) p),
    '(copeland/2011-12,"Strategic Housing Action Plan 2011/12",1,,156)');

-- The cases. SH4.5/4, "January 2011", is carried: it waits for the panel's paper, granted to March and not heard of since; and
-- its text is that it be put into the plan of 2011/12.
select test.check('SH4.5/4 goes on, with the phrase it was granted', test.draft('SH4.5/4/1'), 'Paper to March 2011 Panel | 2011-03-31 | no_return');
-- SH5.4/3, "November 2010", is carried: it was granted to the end of the next year, and is due there as was granted, though
-- its phrase alone would say March 2011.
select test.check('SH5.4/3 goes on, due on the day that was granted', test.draft('SH5.4/3/1'),
    'Revised March 2011 - within 2011/12 service plan | 2012-03-31 | not_yet_due');
-- SH1.2/5 is carried as it stands: it runs from December 2010 to September 2011 and is not due yet.
select test.check('SH1.2/5 goes on as it was, both milestones', test.draft('SH1.2/5/1') || ', ' || test.draft('SH1.2/5/2'),
    'Dec 2010 to Sept 2011 | 2010-12-01 | 2011-09-30 | not_yet_due, Dec 2010 to Sept 2011 | 2010-12-01 | 2011-09-30 | not_yet_due');
-- SH4.1/4 is carried as it stands: the review in September 2011 is all that is left of SH4.1, and is still action 4 of it.
select test.check('SH4.1/4 goes on alone, as action 4', (select string_agg(m.reference, ' ')
    from shap_v1.list_milestones('2011-12', null, null, null, null, null, null, null, 'SH4.1', null) m) || ' ' || test.draft('SH4.1/4/1'),
    'SH4.1/4/1 September 2011 | 2011-09-01 | 2011-09-30 | not_yet_due');
-- SH3.3/2, "October 2010 and ongoing", is carried with the phrase it was granted, which is to be met by March 2011; it is ongoing
-- all the same, quarter by quarter after that day.
select test.check('SH3.3/2 goes on, ongoing, with the phrase it was granted', test.draft('SH3.3/2/1'),
    'Link to service plan 2011/12 sign off in March 2011 | 2011-03-31 | quarterly | no_return');
select test.check('each is linked both ways', (select string_agg(test.came(r), ', ') from unnest('{SH4.5/4/1,SH5.4/3/1,SH1.2/5/1,SH4.1/4/1,SH3.3/2/1}'::text[]) r),
    'to copeland/2011-12 SH4.5/4/1, to copeland/2011-12 SH5.4/3/1, to copeland/2011-12 SH1.2/5/1, to copeland/2011-12 SH4.1/4/1, to copeland/2011-12 SH3.3/2/1');
select test.check('and the new one says where it comes from, and when that was said',
    (select row((h).carried_from, (h).carried_to, (select string_agg(e.kind || ' ' || e.day || ' ' || e.summary, ', ') from unnest((h).events) e where e.kind = 'carry'))::text
       from shap_v1.get_milestone('2011-12', 'SH4.5/4/1', null, null) h),
    '("{""copeland/2010-11 SH4.5/4/1""}",{},"carry 2011-03-31 carried from copeland/2010-11 SH4.5/4/1")');
select test.check('as at a day before, it went on nowhere',
    (select (shap_v1.get_milestone('2010-11', 'SH4.5/4/1', '2011-03-30', null)).carried_to), '{}'::text[]);

-- What else a phrase means in the new year.
select test.check('what comes round begins anew with the year: each quarter', test.draft('SH4.3/2/1'), 'Quarterly | quarterly | not_yet_due');
select test.check('the first cycle that ended in September 2010 is the old plan''s', test.draft('SH1.5/2/1'), 'Sept 2010 and ongoing | quarterly | not_yet_due');
select test.check('once a year it keeps its month', test.draft('SH1.1/4/1'), 'Cyclical September Ongoing | 2011-09-30 | yearly | not_yet_due');
select test.check('what was due stays due then', test.draft('SH1.1/1/1'), 'July 2010 | 2010-07-01 | 2010-07-31 | no_return');
select test.check('what was no date is none', test.draft('SH4.4/1/1'),
    'Agreement on the partnering document reached with Strategic Housing Panel in May 2010 and in June Full Council agreed it | undated');
select test.check('what is carried is every milestone but those that are left, each cell but WHEN as it was',
    (select count(*) from shap_v1.export_plan('2011-12', null) n join shap_v1.export_plan('2010-11', null) o
       on (n.objective_code, n.objective_heading, n.objective_title, n.purpose, n.action_no, n.action, n.milestone_no, n.milestone, n.who, n.measure)
        = (o.objective_code, o.objective_heading, o.objective_title, o.purpose, o.action_no, o.action, o.milestone_no, o.milestone, o.who, o.measure)), 156::bigint);
select test.check('WHEN differs in the 21 that were granted, and nowhere else',
    (select array_agg(n.reference order by n.reference) from shap_v1.list_carried('2011-12', 'carried') n where n."when" <> n.from_when),
    (select array_agg(g.reference order by g.reference) from test.grant_csv g));
select test.check('and is then what was granted', (select count(*) from shap_v1.list_carried('2011-12', 'carried') n
    join test.grant_csv g on g.reference = n.reference and g.new_date = n."when"), 21::bigint);
select test.check('the left ones, by name', (select string_agg(c.from_reference || ' ' || c.from_class, ', ') from shap_v1.list_carried(null, 'left') c
     where c.from_reference in (select reference from test.said where not is_complete)), 'SH5.2/6/1 will_not_be_delivered');
select test.check('those that are complete by their text are all left', (select count(*) from shap_v1.list_carried('2010-11', 'left') c
      join test.said s on s.reference = c.from_reference and s.is_complete), 14::bigint);
select test.check('the draft''s doubts come by themselves: a day before the year for each that was due once, but for those due in it',
    (select count(*) from shap_v1.list_doubts('2011-12', false) d where d.kind = 'date_outside_year'), 117::bigint);
select test.check('an original file is kept of it: the lines an export gives', (select count(*) from shap_v1.export_original('2011-12', null) f
    where f.file_name = 'copeland-2010-11 as at 2011-03-31.csv' and left(convert_from(f.content, 'UTF8'), 16) = 'objective_code,o'), 1::bigint);
select test.check('the settled code is read as it was settled', (select m.owners from shap_v1.get_milestone('2011-12', 'SH4.3/3/1', null, null) h, lateral (select (h.milestone).*) m), '{HSM}'::text[]);
select test.check('a contributor sees none of it', (select test.act_as('sam')::text), '');
select test.check('not the draft', test.fails('RPC05', 'select shap_v1.get_plan(''2011-12'', null, null)'),
    'there is no plan "2011-12" here | The plans you can see are listed by: shap plan list');
select test.check('nor where a milestone goes on', test.came('SH5.2/5/1'), 'to');
select test.act_as('cora');

-- Rolling again says what changed; it is another version where anything did.
select test.check('again, nothing differs: no version is made', (select row(r.version, r.made, r.changes)::text
    from shap_v1.roll_plan('2011/12', null, null, null, false) r), '(1,f,{})');
select test.at('2011-04-20 10:00 Europe/London');
select test.say('cora', 'SH1.1/1/1', 'complete', '2011-04-15', null, null, null, null, null);
select shap_v1.review_return(test.record('SH1.1/1/1'), 'accepted', null, '2011-04-19');
select shap_v1.grant_date('2010-11', 'SH4.1/4/1', null, 'October 2011', null, 'The forum meets later.', '2011-04-19', null);
select test.check('as at the old day nothing differs still', (select r.made from shap_v1.roll_plan('2011/12', null, '2011-03-31', null, false) r), false);
select test.check('as at today what changed is named',
    (select row(r.version, r.made, r.carried, r."left", r.edited_version,
                (select string_agg(concat_ws(' ', c.kind, c.reference, c.field, c.before, '->', c.after), ', ') from unnest(r.changes) c))::text
       from shap_v1.roll_plan('2011/12', null, null, null, false) r),
    '(2,t,155,16,,"reworded SH4.1/4/1 when September 2011 -> October 2011, removed SH1.1/1/1 Check the position through team meetings. ->")');
select test.check('its link does not show while the draft does not hold it', test.came('SH1.1/1/1'), 'to');

-- A draft that was edited: one milestone dropped, one numbered anew, one added, one with another WHEN.
create function pg_temp.edited() returns shap_v1.plan_row[] language sql as $$
    select array_agg(row(e.line, e.objective_code, e.objective_heading, e.objective_title, e.purpose, e.action_no, e.action,
                         case when e.objective_code = 'SH4.5' and e.action_no = '4' then '7' else e.milestone_no end, e.milestone, e.who,
                         case when e.objective_code = 'SH1.1' and e.milestone_no = '2' and e.action_no = '1' then 'June 2011' else e."when" end,
                         e.measure)::shap_v1.plan_row order by e.line)
           || test.row(900, 'SH9.1', '1', '1', 'A new step', 'HRM', 'March 2012')
      from shap_v1.export_plan('2011-12', null) e where not (e.objective_code = 'SH5.5' and e.action_no = '3')
$$;
select test.send('33333333-3333-4333-8333-333333333333', 1, pg_temp.edited(), 'edited', '2011/12');
select test.check('an edited draft is the next version', (select row(v.version, v.milestones)::text from
    shap_v1.finish_import('33333333-3333-4333-8333-333333333333', null, 1, sha256('edited'), null) v), '(3,153)');
select test.check('where the reference stayed the link did, the reading too', test.draft('SH5.4/3/1') || ' ' || test.came('SH5.4/3/1'),
    'Revised March 2011 - within 2011/12 service plan | 2012-03-31 | not_yet_due to copeland/2011-12 SH5.4/3/1');
select test.check('another WHEN is read anew', test.draft('SH1.1/1/2'), 'June 2011 | 2011-06-01 | 2011-06-30 | not_yet_due');
select test.check('what was dropped and what is new is named', (select string_agg(concat_ws(' ', c.outcome, c.reference, c.from_reference), ', ')
    from shap_v1.list_carried(null, null) c where c.outcome in ('dropped', 'new')),
    'dropped SH4.5/4/1, dropped SH5.5/3/1, dropped SH5.5/3/2, dropped SH5.5/3/3, new SH4.5/4/7, new SH9.1/1/1');
select test.check('a milestone numbered anew is linked by a person',
    (select row(c.outcome, c.plan, c.reference, c.from_plan, c.from_reference, c."when", c.from_when, c.reason)::text
       from shap_v1.add_carry('2011-12', 'sh4.5.4.7', 'SH4.5/4/1', null, 'numbered anew', null) c),
    '(carried,copeland/2011-12,SH4.5/4/7,copeland/2010-11,SH4.5/4/1,"Paper to March 2011 Panel","January 2011","numbered anew")');
select test.check('both show it', test.came('SH4.5/4/1'), 'to copeland/2011-12 SH4.5/4/7');
select test.check('once', test.fails('RPC06', 'select shap_v1.add_carry(''2011-12'', ''SH4.5/4/7'', ''SH4.5/4/1'', null, null, null)')
    like 'SH4.5/4/7 is carried from copeland/2010-11 SH4.5/4/1 already (record %) | Where that is wrong, first: shap carry revoke % --reason TEXT', true);
select test.check('nor from another milestone besides', test.fails('RPC06', 'select shap_v1.add_carry(''2011-12'', ''SH4.5/4/7'', ''SH5.5/3/1'', null, null, null)')
    like 'SH4.5/4/7 is carried from copeland/2010-11 SH4.5/4/1 already (record %) | Where that is wrong, first: shap carry revoke % --reason TEXT', true);
select test.check('what is not there is not linked', test.fails('RPC05', t.call), t.refusal)
  from (values ('select shap_v1.add_carry(''2011-12'', ''SH4.5/4/1'', ''SH4.5/4/1'', null, null, null)',
                'there is no milestone "SH4.5/4/1" in copeland/2011-12 | Milestones are listed by: shap milestone list'),
               ('select shap_v1.add_carry(''2011-12'', ''SH9.1/1/1'', ''SH9.9/1/1'', null, null, null)',
                'there is no milestone "SH9.9/1/1" in copeland/2010-11 | Milestones are listed by: shap milestone list'),
               ('select shap_v1.revoke_carry(1, ''x'', null)',
                'there is no link with the record number 1 | Links are listed with their numbers by: shap carry list')) t (call, refusal);
select test.check('a plan does not come from itself', test.fails('RPC03', 'select shap_v1.add_carry(''2011-12'', ''SH9.1/1/1'', ''SH4.5/4/1'', ''2011-12'', null, null)'),
    'copeland/2011-12 is not earlier than 2011-12 | A plan goes on from one of an earlier year.');
select c.record_id as link from shap_v1.list_carried(null, 'carried') c where c.reference = 'SH4.5/4/7' \gset
select test.check('a link is ended with a reason', test.fails('RPC03', format('select shap_v1.revoke_carry(%s, null, null)', :link)),
    'a reason is needed to undo the carry | Give one with: --reason');
select test.check('from a day on', (select c.revoked_on from shap_v1.revoke_carry(:link, 'another step after all', '2011-04-20') c), '2011-04-20'::date);
select test.check('then it shows no more', test.came('SH4.5/4/1'), 'to');
select test.check('once only', test.fails('RPC10', format('select shap_v1.revoke_carry(%s, ''again'', null)', :link)) like '%Cora Coordinator%', true);

-- What will not be delivered is left; unless it comes round: another year may.
select test.say('cora', 'SH4.3/2/1', 'will_not_be_delivered', '2011-04-18', null, null, null, null, 'home-housing');
select shap_v1.review_return(test.record('SH4.3/2/1'), 'accepted', null, '2011-04-19');
select test.check('a quarterly one will not be delivered this year', test.standing('SH4.3/2/1', '2011-04-20'), 'will_not_be_delivered will_not_be_delivered');
select test.check('and goes on all the same', (select row(r.carried, r.ongoing, r."left", r.will_not_be_delivered)::text
    from shap_v1.roll_plan('2011/12', null, null, null, true) r), '(155,27,16,1)');

-- Rolled over its edits: nothing is lost, and it is said.
select test.check('rolled again it says that the draft was edited, and what is put aside',
    (select row(r.version, r.edited_version, (select string_agg(concat_ws(' ', c.kind, c.reference, c.field), ', ') from unnest(r.changes) c))::text
       from shap_v1.roll_plan('2011/12', null, null, null, false) r),
    '(4,3,"reworded SH1.1/1/2 when, added SH4.5/4/1, added SH5.5/3/1, added SH5.5/3/2, added SH5.5/3/3, removed SH4.5/4/7, removed SH9.1/1/1")');
select test.check('the edited version stands', (select count(*) from shap_v1.export_plan('2011-12', 3)), 153::bigint);

-- Adopted, it is answered by whom its WHO names, and not rolled again.
select shap_v1.adopt_plan('2011-12', 3, '2011-04-20', 'the panel');
select test.check('an adopted plan is not rolled into', test.fails('RPC09', 'select shap_v1.roll_plan(''2011/12'', null, null, null, false)'),
    'copeland/2011-12 is adopted already: version 3 is in force | What is still to go into it is a later document, imported with: shap plan import');
select test.check('nor in a dry run', test.fails('RPC09', 'select shap_v1.roll_plan(''2011/12'', null, null, null, true)') like 'copeland/2011-12 is adopted already%', true);
select test.act_as('sam');
select test.check('its bodies see where their milestones come from', (select (shap_v1.get_milestone('2011-12', 'SH5.2/5/1', null, null)).carried_from),
    '{"copeland/2010-11 SH5.2/5/1"}'::text[]);
select test.check('and where they went', test.came('SH5.2/5/1'), 'to copeland/2011-12 SH5.2/5/1');
select test.act_as('cora');
select test.check('the plan after it goes on from it', (select row(r.plan, r.from_plan, r.carried)::text from shap_v1.roll_plan('2012/13', null, null, null, true) r),
    '(copeland/2012-13,copeland/2011-12,153)');

-- What waits for a body in the new plan says what was said last on what it was carried over from, until it is said anew.
create function pg_temp.asked(who text) returns text language plpgsql as $$
begin
    perform test.act_as(who);
    return (select concat_ws(' | ', o.last_status, o.last_day, o.last_by, o.last_note, o.last_plan)
              from shap_v1.list_outstanding('2011-12', null, null) o where o.reference = 'SH5.2/5/1' and o.kind = 'return');
end
$$;
select test.check('carried over, nothing was said on it in either year', pg_temp.asked('sam'), '');
select test.say('sam', 'SH5.2/5/1', 'in_progress', '2011-04-19', 'Bids are in.') as said \gset
select test.check('what was said last in the year before is what was said last', pg_temp.asked('sam'),
    'in_progress | 2011-04-19 | supporting-people-team | Bids are in. | copeland/2010-11');
select test.act_as('cora');
select test.check('so to the coordinator, who writes to the body', (select (i.last_status, i.last_plan)::text
    from shap_v1.list_digests('2011-12', null, null, 'supporting-people-team') d, unnest(d.items) i
   where i.reference = 'SH5.2/5/1'), '(in_progress,copeland/2010-11)');
select test.check('the report of the plan is of that plan', (select count(*)
    from shap_v1.get_outstanding_report('2011-12', null, null, null, null, null) r, unnest(r.returns) o
   where o.reference = 'SH5.2/5/1' and o.last_status is null), 1::bigint);
select test.act_as('sam');
select shap_v1.withdraw_return(:said, 'it was said of another', null);
select test.check('withdrawn there it was not said', pg_temp.asked('sam'), '');
