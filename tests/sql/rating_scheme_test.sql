-- Rating schemes of a council's own, choices, rights, and what the panel's word, answered cycles and same work do to a rating.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
create function pg_temp.rule(line integer, class text, months text, rating text, mark text, rule text default 'It is so.', status text default null,
    re_dated text default null, days text default null, officer text default null, percent text default null) returns shap_v1.rating_rule
language sql as $$select row(line, class, status, re_dated, months, days, officer, percent, rating, mark, rule)::shap_v1.rating_rule$$;
create function pg_temp.add(variadic rules shap_v1.rating_rule[]) returns shap_v1.rating_scheme
language sql as $$select s from shap_v1.add_rating_scheme('our-rag', 'Ours', rules, '2010-12-20') s$$;
create function pg_temp.rated(wanted text, day date, by_scheme text default null) returns text language sql as $$
    select concat_ws(' ', m.milestone_class, coalesce(m.months_behind::text, '-'), coalesce(m.days_behind::text, '-'), m.rating)
      from shap_v1.get_rating_report('2010-11', day, null, null, null, null, by_scheme) r, unnest(r.milestones) m
     where m.reference = wanted
$$;
create function pg_temp.counts(by_scheme text default null, day date default '2010-12-31', known date default null) returns text language sql as $$
    select r.scheme || ': ' || string_agg(format('%s %s', c.rating, c.milestones), ', ' order by n)
      from shap_v1.get_rating_report('2010-11', day, known, null, null, null, by_scheme) r,
           unnest(r.counts) with ordinality c (rating, mark, milestones, officer, overridden, n) group by r.scheme
$$;
create function pg_temp.schemes(day date default null, known date default null) returns text language sql as $$
    select string_agg(concat_ws(' ', s.code, s.rules, s.chosen, s.built_in, s.by), ', ' order by s.code) from shap_v1.list_rating_schemes(day, known, null) s
$$;

select test.act_as('cora');
select test.check('those built in', pg_temp.schemes(),
    'date-and-judgement 8 f t, figures 5 f t, months-behind 9 t t');
select test.check('the classes a row may ask for are those there are', (select string_agg(test.fails('RPC03', 'select pg_temp.add(pg_temp.rule(2, ''x'', null, ''red'', ''R''))'), '')),
    (select 'line 2, column class: "x" is none of ' || array_to_string(enum_range(null::shap_v1.milestone_class), ', ')
            || ' | Several are separated by a semicolon; an empty cell asks nothing.'));

-- A row that is not understood is named by its line and column.
create function pg_temp.refused(rules text) returns text language sql as $$
    select split_part(test.fails('RPC03', 'select pg_temp.add(' || rules || ')'), ' | ', 1)
$$;
select test.check('a status there is not', pg_temp.refused($$pg_temp.rule(3, null, null, 'red', 'R', status => 'late')$$),
    'line 3, column status: "late" is none of none, not_started, in_progress, complete, will_not_be_delivered');
select test.check('neither yes nor no', pg_temp.refused($$pg_temp.rule(3, null, null, 'red', 'R', re_dated => 'maybe')$$), 'line 3, column re_dated: "maybe" is none of yes, no');
select test.check('no range', pg_temp.refused($$pg_temp.rule(4, null, 'two', 'red', 'R')$$), 'line 4, column months: "two" is not a range');
select test.check('half a month', pg_temp.refused($$pg_temp.rule(4, null, '1.5+', 'red', 'R')$$), 'line 4, column months: "1.5+" is not a range');
select test.check('days below none', pg_temp.refused($$pg_temp.rule(4, null, null, 'red', 'R', days => '-3')$$), 'line 4, column days: "-3" is not a range');
select test.check('a range backwards', pg_temp.refused($$pg_temp.rule(4, null, null, 'red', 'R', percent => '100-90')$$), 'line 4, column percent: "100-90" ends before it begins');
select test.check('an officer''s rating in digits', pg_temp.refused($$pg_temp.rule(4, null, null, 'red', 'R', officer => 'red;3')$$), 'line 4, column officer: "3" is not a rating');
select test.check('no rating', pg_temp.refused($$pg_temp.rule(5, null, null, ' ', 'R')$$), 'line 5, column rating: one rating is needed');
select test.check('two ratings', pg_temp.refused($$pg_temp.rule(5, null, null, 'red;amber', 'R')$$), 'line 5, column rating: one rating is needed');
select test.check('a long rating', pg_temp.refused($$pg_temp.rule(5, null, null, 'the very reddest of all', 'R')$$), 'line 5, column rating: "the very reddest of all" has more than 20 characters');
select test.check('a cell longer than anybody writes', pg_temp.refused($$pg_temp.rule(5, null, null, 'red', 'R', officer => 'red;' || repeat('amber;', 50) || 'red')$$), 'line 5, column officer: 307 characters; at most 300 are kept');
select test.check('a word longer than anybody writes, in short', pg_temp.refused($$pg_temp.rule(5, repeat('overdue', 40), null, 'red', 'R')$$) ~ '^line 5, column class: "(overdue){5}overd" is none of signed_off, ', true);
select test.check('no mark', pg_temp.refused($$pg_temp.rule(5, null, null, 'red', null)$$), 'line 5, column mark: a mark of 1 to 8 characters is needed');
select test.check('no sentence', pg_temp.refused($$pg_temp.rule(5, null, null, 'red', 'R', ' ')$$), 'line 5, column rule: a sentence of 1 to 300 characters is needed');
select test.check('a rating with two marks', pg_temp.refused($$pg_temp.rule(2, 'overdue', null, 'red', 'R'), pg_temp.rule(3, null, null, 'red', 'X')$$),
    'line 3, column mark: red is marked "X", but red "R" above');
select test.check('a mark of two ratings', pg_temp.refused($$pg_temp.rule(2, 'overdue', null, 'red', 'R'), pg_temp.rule(3, null, null, 'amber', 'R')$$),
    'line 3, column mark: amber is marked "R", but red "R" above');
select test.check('a row nothing reaches', pg_temp.refused($$pg_temp.rule(2, null, null, 'red', 'R'), pg_temp.rule(7, 'overdue', null, 'amber', 'A')$$),
    'line 7, column rating: never reached: line 2 fits everything');
select test.check('no row at all', test.fails('RPC03', $$select shap_v1.add_rating_scheme('our-rag', 'Ours', '{}', null)$$) ~ '^a scheme has 1 to 100 rows, not 0', true);
select test.check('a code that is none', test.fails('RPC03', $$select shap_v1.add_rating_scheme('Our RAG', 'Ours', array[pg_temp.rule(2, null, null, 'red', 'R')], null)$$) ~ '^"Our RAG" is not a code', true);
select test.check('no name', test.fails('RPC03', $$select shap_v1.add_rating_scheme('our-rag', ' ', array[pg_temp.rule(2, null, null, 'red', 'R')], null)$$) ~ '^a scheme needs a name', true);
select test.check('a code that is built in', test.fails('RPC06', $$select shap_v1.add_rating_scheme('figures', 'Ours', array[pg_temp.rule(2, null, null, 'red', 'R')], null)$$),
    'the scheme "figures" is built in | Add yours under another code.');
select test.fails('RPC03', $$select shap_v1.add_rating_scheme('our-rag', 'Ours', array[pg_temp.rule(2, null, null, 'red', 'R')], '2011-01-01')$$);
select test.check('what was refused left nothing', pg_temp.schemes(), 'date-and-judgement 8 f t, figures 5 f t, months-behind 9 t t');

-- One of the council's own: each condition there is.
select test.check('it is added', (select concat_ws('|', s.code, s.name, s.rules, s.ratings, s.chosen, s.built_in, s.day, s.by) from pg_temp.add(
    pg_temp.rule(2, 'Signed off; COMPLETE', null, 'blue', 'done', 'It is done.'),
    pg_temp.rule(3, null, null, 'black', 'X', 'It was promised anew, and more than 100 days ago.', re_dated => 'yes', days => '61+'),
    pg_temp.rule(4, 're-dated', '0-1', 'amber', 'A', 'It was promised anew.'),
    pg_temp.rule(5, null, '1', 'amber', 'A', 'A month begun.', status => 'none', re_dated => 'no'),
    pg_temp.rule(6, null, '2 to 3', 'red', 'R', 'Up to three months.'),
    pg_temp.rule(7, 'no_return;overdue', null, 'dark red', 'RR', 'Longer still.')) s),
    'our-rag|Ours|6|blue, black, amber, red, dark red|f|f|2010-12-20|Cora Coordinator');
-- As at 31 December: 14 complete; of the 21 re-dated those 61 days behind are SH1.2/2/2-3, SH2.7/6-8 are not due, ...; the 11 of
-- November and December; of the other 91 without a return and SH2.2/1/1 those due in October and September.
select test.check('its rows rate', (select string_agg(format('%s %s', n.place, n.milestones), ', ' order by n.place)
    from shap_v1.get_rating_report('2010-11', '2010-12-31', null, null, null, null, 'our-rag') r, unnest(r.rules) n),
    (select format('1 14, 2 %s, 3 %s, 4 11, 5 %s, 6 %s', redated.late, 21 - redated.late, open.some, 92 - open.some)
       from (select count(*) as late from test.grant_csv g join (select p.objective_code || '/' || p.action_no || '/' || p.milestone_no as reference, p."when"
               from test.sample s, unnest(s.rows) p) p on p.reference = g.reference where p."when" ~* '^oct[a-z]* 2010$') redated,
            (select count(*) as some from shap_v1.list_milestones('2010-11', '2010-12-31', null, null, null, null, null, null, null, null) m
              where m.milestone_class in ('no_return', 'overdue')
                and case when m.last_day is not null then m.last_day else '2010-06-30' end in ('2010-10-31', '2010-09-30')) open));
select test.check('what no row fits is unrated, and counted', pg_temp.counts('our-rag') ~ 'unrated 33$', true); -- 20 not yet due, 12 undated, 1 undeliverable
select test.check('an unrated one says nothing', (select concat_ws('|', m.milestone_class, m.rating, m.mark, m.rule, m.computed)
    from shap_v1.get_rating_report('2010-11', '2010-12-31', null, null, null, null, 'our-rag') r, unnest(r.milestones) m where m.reference = 'SH5.2/6/1'), 'will_not_be_delivered');
select test.check('its rows as they are written', (select string_agg(concat_ws('|', r.line, r.class, r.status, r.re_dated, r.months, r.days, r.rating, r.mark), ', ' order by r.line)
    from shap_v1.list_rating_rules('our-rag', null, null, null) r),
    '1|signed_off;complete|blue|done, 2|yes|61+|black|X, 3|re_dated|0-1|amber|A, 4|none|no|1|amber|A, 5|2-3|red|R, 6|no_return;overdue|dark red|RR');
create temporary table before as select pg_temp.counts('our-rag') as counts;
select test.check('what is shown can be added again', (select s.rules from shap_v1.add_rating_scheme('our-rag', 'Ours', array(
    select r from shap_v1.list_rating_rules('our-rag', null, null, null) r order by r.line), '2010-12-21') s), 6);
select test.check('and rates the same', pg_temp.counts('our-rag'), (select counts from before));
select test.check('a later one of the code takes its place', (select s.rules from pg_temp.add(pg_temp.rule(2, null, null, 'green', 'G')) s), 1);
select test.check('from its day on', (select concat_ws(' ', a.rules, b.rules) from shap_v1.list_rating_schemes('2010-12-20', null, null) a,
    shap_v1.list_rating_schemes('2010-12-21', null, null) b where a.code = 'our-rag' and b.code = 'our-rag'), '1 6');
select test.check('none is in force before its day', test.fails('RPC05', $$select pg_temp.counts('our-rag', '2010-12-19')$$) ~ '^there is no rating scheme "our-rag" as at 2010-12-19', true);

-- The choice.
select test.check('a choice', (select concat_ws(' ', s.code, s.chosen, s.choice_record_id is not null) from shap_v1.choose_rating_scheme('our-rag', '2010-12-22') s), 'our-rag t t');
select test.check('reports go by it', pg_temp.counts() ~ '^our-rag: ', true);
select test.check('from its day on', pg_temp.counts(null, '2010-12-21') ~ '^months-behind: ', true);
select test.check('an override goes by its ratings', (select o.rating from shap_v1.override_rating('2010-11', 'SH2.2/1/1', 'Dark  Red', 'it is bad', '2010-12-23') o), 'dark red');
select test.check('one of another scheme is shown there, too', (select string_agg(concat_ws(' ', c.rating, c.mark, c.milestones, c.overridden), ', ')
    from shap_v1.get_rating_report('2010-11', '2010-12-31', null, 'SH2.2', null, null, 'figures') r, unnest(r.counts) c where c.overridden > 0),
    'dark red 0 1, unrated 0 5');
select test.check('what is chosen already', test.fails('RPC09', $$select shap_v1.choose_rating_scheme('our-rag', null)$$) ~ '^reports go by the scheme "our-rag" already', true);
select test.fails('RPC05', $$select shap_v1.choose_rating_scheme('nope', null)$$);
select test.fails('RPC03', $$select shap_v1.choose_rating_scheme(' ', null)$$);
select test.fails('RPC03', $$select shap_v1.choose_rating_scheme('figures', '2011-01-01')$$);
select test.fails('RPC05', $$select shap_v1.choose_rating_scheme('our-rag', '2010-12-19')$$);
create temporary table scheme as select s.* from shap_v1.list_rating_schemes(null, null, null) s where s.code = 'our-rag';
create temporary table published as select p.publication_id from shap_v1.publish_report('rating', null, '2010-12-31', '2010-12-31', null, null, null, '{}', null, null) p;
create temporary table bytes as select convert_to((shap_v1.get_rating_report('2010-11', '2010-12-31', '2010-12-31', null, null, null, null))::text, 'UTF8') as report,
    convert_to((shap_v1.get_disagreement_report('2010-11', '2010-12-31', '2010-12-31', null, null, null, null))::text, 'UTF8') as disagreements;
select test.at('2011-05-02 09:00 Europe/London');
select test.check('a version is revoked', (select concat_ws(' ', s.code, s.revoked_on, s.chosen) from scheme e, shap_v1.revoke_rating_scheme(e.record_id, 'a slip', '2010-12-24') s), 'our-rag 2010-12-24 f');
select test.check('the one before it counts again', (select concat_ws(' ', s.rules, s.record_id <> e.record_id) from scheme e, shap_v1.list_rating_schemes(null, null, null) s where s.code = 'our-rag'), '1 t');
create function pg_temp.revoke_ours() returns text language sql as $$
    select s.code from shap_v1.list_rating_schemes(null, null, null) e, shap_v1.revoke_rating_scheme(e.record_id, 'a slip', null) s where e.code = 'our-rag'
$$;
select test.check('then the next', pg_temp.revoke_ours(), 'our-rag');
select test.check('the last is chosen, and stays', test.fails('RPC09', 'select pg_temp.revoke_ours()') ~ '^reports go by the scheme "our-rag" .* Choose another one first', true);
select test.check('a choice is revoked', (select s.code from scheme e, shap_v1.revoke_rating_scheme(e.choice_record_id, 'the panel prefers the old one', '2010-12-26') s), 'months-behind');
select test.check('and reports go by what was before', concat_ws(' ', split_part(pg_temp.counts(), ':', 1), split_part(pg_temp.counts(null, '2010-12-25'), ':', 1)), 'months-behind our-rag');
select test.check('now the last can be revoked', pg_temp.revoke_ours(), 'our-rag');
select test.check('revoked once', test.fails('RPC10', format('select shap_v1.revoke_rating_scheme(%s, ''x'', null)', (select record_id from scheme))) ~ '^the rating scheme was revoked by Cora Coordinator.*What counts is listed by: shap scheme list$', true);
select test.fails('RPC03', format('select shap_v1.revoke_rating_scheme(%s, '' '', null)', (select choice_record_id from scheme)));
select test.fails('RPC05', 'select shap_v1.revoke_rating_scheme(999999, ''x'', null)');
select test.check('no scheme built in', test.fails('RPC05', 'select shap_v1.revoke_rating_scheme(1, ''x'', null)') ~ '^there is no scheme or choice', true);
select shap_v1.override_rating('2010-11', 'SH1.1/1/1', 'green', 'we know better', '2010-12-30');
select shap_v1.record_figure('2010-11', 'SH1.1/1/1', '5', '10', null, '2010-12-30');
select shap_v1.choose_rating_scheme('figures', '2010-12-30');
select test.check('the closed reports are the same to the byte', (select concat_ws(' ',
    convert_to((shap_v1.get_rating_report('2010-11', '2010-12-31', '2010-12-31', null, null, null, null))::text, 'UTF8') = b.report,
    convert_to((shap_v1.get_disagreement_report('2010-11', '2010-12-31', '2010-12-31', null, null, null, null))::text, 'UTF8') = b.disagreements) from bytes b), 't t');
select test.check('the published one is made again', (select r.same from published p, shap_v1.reproduce_publication(p.publication_id) r), true);
select test.check('and what arrived since is listed, with the choices and schemes', (select string_agg(concat_ws(' ', a.kind, a.reference, a.summary), ', ' order by a.record_id)
    from published p, shap_v1.list_arrivals(p.publication_id) a), 'revocation the rating scheme is revoked, revocation the rating choice is revoked, '
    'rating SH1.1/1/1 green, beside the computed rating, figure SH1.1/1/1 5 against 10, rating choice figures');
select test.check('as known now it is another', split_part(pg_temp.counts(), ':', 1), 'figures');
select test.check('schemes as they were known', pg_temp.schemes('2010-12-31', '2010-12-31') ~ 'our-rag 6 t f Cora', true);

-- A choice of a scheme that was revoked since is none: the one after it can be revoked, and the one before it counts.
create temporary table chain as select (select s.record_id from pg_temp.add(pg_temp.rule(2, null, null, 'green', 'G')) s) as scheme,
    (select s.choice_record_id from shap_v1.choose_rating_scheme('our-rag', null) s) as ours,
    (select s.choice_record_id from shap_v1.choose_rating_scheme('months-behind', null) s) as last;
select test.check('the scheme of an earlier choice is revoked', (select s.code from chain c, shap_v1.revoke_rating_scheme(c.scheme, 'not wanted', null) s), 'our-rag');
select test.check('the choice that follows it can be', (select s.code from chain c, shap_v1.revoke_rating_scheme(c.last, 'nor that', null) s), 'figures');
select test.check('reports go by the one before both', split_part(pg_temp.counts(), ':', 1), 'figures');

-- Rights.
select test.act_as('rita');
select test.check('a reader sees it', pg_temp.counts() ~ '^figures', true);
select test.check('and the schemes', pg_temp.schemes() ~ '^date-and-judgement 8 f t, figures 5 t t', true);
select test.check('a reader acts on nothing', (select count(test.fails('42501', c.call)) from unnest(array[
    $$select shap_v1.override_rating('2010-11', 'SH1.1/1/1', 'red', 'x', null)$$, $$select shap_v1.record_figure('2010-11', 'SH1.1/1/1', '1', '2', null, null)$$,
    $$select shap_v1.choose_rating_scheme('figures', null)$$, $$select shap_v1.revoke_rating(1, 'x', null)$$, $$select shap_v1.revoke_rating_scheme(1, 'x', null)$$,
    $$select shap_v1.add_rating_scheme('x', 'x', '{}', null)$$]) c (call)), 6::bigint);
select test.act_as('petra');
select test.fails('42501', $$select shap_v1.override_rating('2010-11', 'SH1.1/1/1', 'red', 'x', null)$$);
select test.act_as('sam');
select test.check('a partner sees the ratings of what the partner shares', (select concat_ws(' ', (r.head).covered, (r.head).total, r.total, r.overrides, string_agg(m.reference, ' '))
    from shap_v1.get_rating_report('2010-11', '2010-12-31', null, null, null, null, 'months-behind') r, unnest(r.milestones) m group by r.head, r.total, r.overrides), '2 171 2 0 SH5.2/5/1 SH5.2/6/1');
select test.check('no disagreements of others', (select cardinality(r.disagreements) from shap_v1.get_disagreement_report('2010-11', '2010-12-31', null, null, null, null, 'months-behind') r), 0);
select test.check('nor their records', (select count(*) from shap_v1.list_rating_records('2010-11', null, null, null)), 0::bigint);
select test.fails('42501', $$select shap_v1.override_rating('2010-11', 'SH5.2/6/1', 'green', 'x', null)$$);
select test.fails('42501', $$select shap_v1.record_figure('2010-11', 'SH5.2/6/1', '1', '2', null, null)$$);
select test.act_as('olive');
select test.check('the council''s officers see what is recorded of theirs', (select string_agg(concat_ws(' ', r.reference, r.kind), ', ') from shap_v1.list_rating_records('2010-11', null, null, null) r),
    'SH1.1/1/1 override, SH1.1/1/1 figure, SH2.2/1/1 override');
select test.act_as('bob');
select test.check('another council has its own choice', pg_temp.schemes(), 'date-and-judgement 8 f t, figures 5 f t, months-behind 9 t t');
select test.fails('RPC05', $$select shap_v1.get_rating_report('copeland/2010-11', null, null, null, null, null, null)$$);
select test.fails('RPC05', $$select shap_v1.override_rating('copeland/2010-11', 'SH1.1/1/1', 'red', 'x', null)$$);
select test.fails('RPC05', $$select shap_v1.list_rating_schemes(null, null, 'copeland')$$);
select test.act_as('ann');
select test.fails('42501', $$select shap_v1.get_rating_report('copeland/2010-11', null, null, null, null, null, null)$$);

-- Cycles that were answered, grants of what has no date, the panel's word, and same work.
select test.say('cora', 'SH4.3/2/1', 'in progress', '2010-08-15', organisation => 'home-housing');
select test.check('the first cycle not answered', pg_temp.rated('SH4.3/2/1', '2010-12-31', 'months-behind'), 'no_return 1 0 amber');
select test.check('and as long as it is not', pg_temp.rated('SH4.3/2/1', '2011-03-31', 'months-behind'), 'no_return 3 90 red');
select test.say('cora', 'SH4.3/2/1', 'in progress', '2010-11-15', organisation => 'home-housing');
select test.check('answered for the last cycle', pg_temp.rated('SH4.3/2/1', '2010-12-31', 'months-behind'), 'ongoing_answered 0 0 green');
select test.say('cora', 'SH4.3/2/1', 'not started', '2011-01-20', organisation => 'home-housing');
select test.check('not started in the last cycle', pg_temp.rated('SH4.3/2/1', '2011-03-31', 'months-behind'), 'overdue 1 0 amber');
select test.say('cora', 'SH1.1/4/1', 'in progress', '2010-07-20', organisation => 'copeland');
select test.check('a yearly cycle', pg_temp.rated('SH1.1/4/1', '2010-12-31', 'months-behind'), 'ongoing_answered 0 0 green');
select shap_v1.grant_date('2010-11', 'SH1.2/4/1', null, 'February 2011', null, 'a date at last', '2010-12-30', null);
select test.check('a new date where there was none', concat_ws(', ', pg_temp.rated('SH1.2/4/1', '2010-12-31', 'months-behind'), pg_temp.rated('SH1.2/4/1', '2011-03-31', 'months-behind')),
    're_dated 0 0 hashed, overdue 1 31 amber');
reset role;
select test.check('a yearly cycle that the answer does not cover', shap.first_cycle_missed('yearly', '2010-09-20', '2010-04-01', '2010-09-01'), '2011-09-30'::date);
select test.check('the cycle after the one answered', string_agg(concat_ws(' ', f.r, shap.first_cycle_missed(f.r, f.l, '2010-04-01', f.d)), ', ' order by f.n), 'quarterly 2010-09-30, quarterly 2010-12-31, monthly 2010-11-30, two_monthly 2010-09-30')
  from (values (1, 'quarterly', null::date, '2010-06-30'::date), (2, 'quarterly', '2010-09-30', '2010-05-01'), (3, 'monthly', '2010-09-30', '2010-10-01'),
               (4, 'two_monthly', null, '2010-06-01')) f (n, r, l, d);
select test.check('a cycle that is missed has ended, and no earlier one is', (select count(*)
    from unnest(array['monthly', 'two_monthly', 'quarterly', 'yearly']) r, unnest(array[null, '2010-09-30', '2010-08-15']::date[]) l,
         generate_series(date '2010-04-01', '2012-03-31', interval '7 days') d, generate_series(0, 400, 13) n
   cross join lateral shap.last_closed_cycle(r, l, '2010-04-01', d::date + n) c
   cross join lateral shap.first_cycle_missed(r, l, '2010-04-01', d::date) m (day)
   where c.starts is not null and (d < c.starts) <> (m.day <= c.ends)), 0::bigint);

-- The panel's word, and what is the same work.
select test.act_as('cora');
select test.check('they are two', concat_ws(', ', pg_temp.rated('SH3.3/5/1', '2011-05-02', 'months-behind'), pg_temp.rated('SH3.4/2/1', '2011-05-02', 'months-behind')),
    'no_return 10 275 red, no_return 10 275 red');
select shap_v1.declare_same_work('2010-11', '{SH3.3/5/1,SH3.4/2/1}', 'the same training', '2011-04-01');
select shap_v1.record_figure('2010-11', 'SH3.3/5/1', '95', '100', null, '2011-04-02');
select shap_v1.override_rating('2010-11', 'SH3.3/5/1', 'green', 'everybody was trained', '2011-04-02');
select test.check('what is recorded on one counts for each', (select string_agg(concat_ws(' ', m.reference, m.percent, m.override), ', ' order by m.reference)
    from shap_v1.get_rating_report('2010-11', '2011-05-02', null, null, null, null, 'figures') r, unnest(r.milestones) m where m.percent = '95'),
    'SH3.3/5/1 95 green, SH3.4/2/1 95 green');
select test.check('not before they were declared', (select m.override from shap_v1.get_rating_report('2010-11', '2011-03-31', null, 'SH3.4', null, null, null) r,
    unnest(r.milestones) m where m.reference = 'SH3.4/2/1'), null);
select test.act_as('petra');
select (shap_v1.add_meeting(null, '2011-02-10', null)).record_id;
select shap_v1.sign_off_milestone('2010-11', r.reference, null, '2011-02-10', 'the minutes say so', null) from unnest(array['SH3.2/1/1', 'SH1.4/2/1']) r (reference);
select test.act_as('cora');
select test.check('signed off, late as it was', pg_temp.rated('SH3.2/1/1', '2011-02-10', 'months-behind'), 'signed_off 2 61 red');
select test.check('signed off, with no day to compare', pg_temp.rated('SH1.4/2/1', '2011-02-10', 'months-behind'), 'signed_off - - green');
