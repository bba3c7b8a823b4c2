-- Knock-ons: the candidates of the sample's third quarter, worked out by hand from the plan, the returns and the grants;
-- what is declared of the order, by whom, and what it changes; as at any day and as known at any.
\ir copeland_fixture.sql
\ir copeland_quarter.sql
create function pg_temp.fails(sqlstate text, template text, variadic args text[] default '{}') returns text language sql as
    'select test.fails(sqlstate, format(template, variadic args))';
create function pg_temp.pairs(day date default '2010-12-31', known date default null, objective text default null, owner text default null,
                              organisation text default null) returns text
language sql stable as $$
    select string_agg(format('%s>%s', g.step, g.pushed), ' ' order by g.place)
      from (select k.step, min(k.place) as place,
                   string_agg(k.reference || case k.basis when 'declared' then '!' else '' end, ',' order by k.place) as pushed
              from shap_v1.get_knock_on_report(null, day, known, objective, organisation, owner) r,
                   unnest(r.knock_ons) with ordinality k (step, reach, reference, milestone, who, "when", new_when, first_day, last_day,
                       new_day, milestone_class, status, claimed, basis, follows, record_id, reason, declared_on, declared_by, place)
             group by k.step) g
$$;
create function pg_temp.sums(day date default '2010-12-31', known date default null) returns text language sql stable as $$
    select format('%s candidates, %s certain, %s steps, %s pairs, %s apart', r.candidates, r.certain, cardinality(r.steps),
                  cardinality(r.knock_ons), cardinality(r.independent))
      from shap_v1.get_knock_on_report(null, day, known, null, null, null) r
$$;

-- The sample.
select test.act_as('rita');
select test.check('17 milestones may be pushed by the 22 that moved: all 23 exceptions but SH2.7/8, whose new date is the old',
    pg_temp.sums(), '17 candidates, 0 certain, 22 steps, 37 pairs, 0 apart');
select test.check('each of the 17 by name, in the order of the plan', (select array_agg(distinct k.reference) from
    shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.knock_ons) k),
    array['SH1.2/3/5', 'SH1.2/3/6', 'SH1.2/5/1', 'SH1.2/5/2', 'SH1.5/4/1', 'SH1.5/4/2', 'SH1.5/4/3', 'SH2.2/2/2', 'SH2.2/3/1',
          'SH2.2/4/1', 'SH2.2/5/1', 'SH2.7/6/1', 'SH2.7/7/1', 'SH3.3/3/1', 'SH3.3/3/2', 'SH3.3/8/1', 'SH5.4/3/1']);
select test.check('each under the steps that push it', pg_temp.pairs(), concat_ws(' ',
    'SH1.2/2/2>SH1.2/3/5,SH1.2/3/6,SH1.2/5/1,SH1.2/5/2', 'SH1.2/2/3>SH1.2/3/5,SH1.2/3/6,SH1.2/5/1,SH1.2/5/2',
    'SH1.2/2/4>SH1.2/3/5,SH1.2/3/6,SH1.2/5/1,SH1.2/5/2', 'SH1.2/2/5>SH1.2/3/5,SH1.2/3/6,SH1.2/5/1,SH1.2/5/2',
    'SH1.5/1/1>SH1.5/4/1,SH1.5/4/2,SH1.5/4/3', 'SH2.2/1/1>SH2.2/2/2,SH2.2/3/1,SH2.2/4/1,SH2.2/5/1',
    'SH2.2/2/2>SH2.2/3/1,SH2.2/4/1,SH2.2/5/1', 'SH2.2/3/1>SH2.2/4/1,SH2.2/5/1', 'SH2.7/5/1>SH2.7/6/1,SH2.7/7/1',
    'SH2.7/6/1>SH2.7/7/1', 'SH3.3/2/1>SH3.3/3/1,SH3.3/3/2,SH3.3/8/1', 'SH5.4/1/1>SH5.4/3/1', 'SH5.4/1/2>SH5.4/3/1',
    'SH5.4/2/1>SH5.4/3/1'));
create temporary table shown as
select k.* from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.knock_ons) k;
select test.check('a candidate has its own dates, owner and answer', (select format('%s|%s|%s|%s..%s|%s|%s|%s', reach_day, who, "when", first_day, last_day,
    coalesce(new_day::text, 'no new day'), milestone_class, coalesce(status::text, 'nothing said')) from shown where step = 'SH2.2/2/2' and reference = 'SH2.2/4/1'),
    '2011-03-31|LP/KS/DC|January 2011|2011-01-01..2011-01-31|no new day|not_yet_due|nothing said');
select test.check('one that was re-dated begins when its new date does', (select format('%s|%s|%s|%s', first_day, new_when, new_day, status) from shown
    where step = 'SH2.7/5/1' and reference = 'SH2.7/6/1'), '2011-02-01|Revised February 2011|2011-02-28|in_progress');
select test.check('a new date in several words begins with the first of them', (select format('%s %s', first_day, new_day) from shown
    where step = 'SH5.4/2/1' and reference = 'SH5.4/3/1'), '2011-03-01 2012-03-31');
select test.check('an overdue step without a new date reaches to no day', (select count(*) from shown where step = 'SH2.2/1/1' and reach_day is null), 4::bigint);
create temporary table steps as
select s.* from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.steps) s;
select test.check('a step has its dates, and how many it pushes', (select format('%s|%s|%s|%s|%s|%s|%s', "when", new_when, milestone_class, slip_months, reach_day, candidates, certain)
    from steps where reference = 'SH1.2/2/2'), 'Oct 2010|To be launched by March 2011|re_dated|5|2011-03-31|4|0');
select test.check('what will not be delivered moved, though nothing is left to push', (select format('%s %s', milestone_class, candidates) from steps where reference = 'SH5.2/6/1'),
    'will_not_be_delivered 0');
select test.check('the filters are for what is pushed, whatever pushes it', pg_temp.pairs(objective => 'SH2.7'), 'SH2.7/5/1>SH2.7/6/1,SH2.7/7/1 SH2.7/6/1>SH2.7/7/1');
select test.check('an owner''s, whoever owns the steps', pg_temp.pairs(owner => 'HPO'),
    'SH1.2/2/2>SH1.2/3/5 SH1.2/2/3>SH1.2/3/5 SH1.2/2/4>SH1.2/3/5 SH1.2/2/5>SH1.2/3/5');

-- As known before the grants of 21 December: 14 were overdue, and reached to no day. What goes on was answered; the five
-- that were not due had not moved; SH2.7/8 was a candidate, and SH3.3 and SH5.4 had none.
select test.check('as known before the grants', pg_temp.sums('2010-12-31', '2010-12-20'), '14 candidates, 0 certain, 14 steps, 31 pairs, 0 apart');
select test.check('whatever begins', pg_temp.pairs('2010-12-31', '2010-12-20', 'SH2.7'), 'SH2.7/5/1>SH2.7/6/1,SH2.7/7/1,SH2.7/8/1');
select test.check('before the returns nothing had moved', pg_temp.sums('2010-12-16'), '0 candidates, 0 certain, 0 steps, 0 pairs, 0 apart');

-- Declared to follow.
select test.act_as('cora');
select test.check('a declaration says who said what', (select format('%s|%s|%s|%s|%s|%s|%s|%s', kind, reference, step, reason, day, by, organisation, coalesce(revoked_on::text, 'stands'))
    from shap_v1.declare_after(null, 'sh2.2.4.1', 'SH2.2/2/2', 'it rests on the needs', '2010-12-30')),
    'after|SH2.2/4/1|SH2.2/2/2|it rests on the needs|2010-12-30|Cora Coordinator|copeland|stands');
select record_id as rests from shap_v1.list_order(null, 'SH2.2/4/1', null, null) \gset
select test.check('it makes a candidate certain', pg_temp.pairs(objective => 'SH2.2'),
    'SH2.2/1/1>SH2.2/2/2,SH2.2/3/1,SH2.2/4/1,SH2.2/5/1 SH2.2/2/2>SH2.2/3/1,SH2.2/4/1!,SH2.2/5/1 SH2.2/3/1>SH2.2/4/1,SH2.2/5/1');
select test.check('and says why', (select format('%s|%s|%s|%s|%s', k.follows, k.record_id, k.reason, k.declared_on, k.declared_by)
    from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.knock_ons) k where k.basis = 'declared'),
    format('SH2.2/2/2|%s|it rests on the needs|2010-12-30|Cora Coordinator', :rests));
select test.check('counted once', pg_temp.sums(), '17 candidates, 1 certain, 22 steps, 37 pairs, 0 apart');
select test.check('the day before it was not', pg_temp.sums('2010-12-29'), '17 candidates, 0 certain, 22 steps, 37 pairs, 0 apart');
select shap_v1.declare_after(null, 'SH3.3/4/1', 'SH2.7/5/1', null, null);
select test.check('where the plan''s order gives none, too: in another objective, and due before', pg_temp.pairs(objective => 'SH3.3'),
    'SH2.7/5/1>SH3.3/4/1! SH3.3/2/1>SH3.3/3/1,SH3.3/3/2,SH3.3/8/1');
select shap_v1.declare_after(null, 'SH1.1/1/1', 'SH3.3/4/1', null, null);
select test.check('what follows a certain one is certain', pg_temp.pairs(objective => 'SH1.1'), 'SH2.7/5/1>SH1.1/1/1!');
select test.check('and says what it follows at once', (select k.follows from shap_v1.get_knock_on_report(null, '2010-12-31', null, 'SH1.1', null, null) r, unnest(r.knock_ons) k), 'SH3.3/4/1');
select shap_v1.declare_after(null, 'SH2.6/5/1', 'SH2.7/5/1', null, null), shap_v1.declare_after(null, 'SH2.2/5/1', 'SH2.7/5/1', null, null);
select test.check('but a step never pushes what is complete (SH2.6/5/1) or begins after its new day (SH2.2/5/1)',
    (select array_agg(k.reference) from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.knock_ons) k
      where k.step = 'SH2.7/5/1'), array['SH1.1/1/1', 'SH2.7/6/1', 'SH2.7/7/1', 'SH3.3/4/1']);

-- Refusals: oneself, circles, what is said already, what is not there.
select test.check('not itself', pg_temp.fails('RPC03', $$select shap_v1.declare_after(null, 'SH2.2/4/1', 'sh2.2.4.1', null, null)$$),
    'SH2.2/4/1 cannot follow itself | Name two milestones: first the one it is said of, then the step before it.');
select pg_temp.fails('RPC03', $$select shap_v1.declare_independent(null, 'SH2.2/4/1', 'SH2.2/4/1', 'x', null)$$);
select test.check('no circle of two', pg_temp.fails('RPC09', $$select shap_v1.declare_after(null, 'SH2.2/2/2', 'SH2.2/4/1', null, null)$$),
    'SH2.2/2/2 cannot follow SH2.2/4/1, which follows it already: SH2.2/4/1 after SH2.2/2/2 | What is declared is listed by: shap milestone order SH2.2/2/2');
select test.check('nor of three, and the chain is named', split_part(pg_temp.fails('RPC09', $$select shap_v1.declare_after(null, 'SH2.7/5/1', 'SH1.1/1/1', null, null)$$), ' | ', 1),
    'SH2.7/5/1 cannot follow SH1.1/1/1, which follows it already: SH1.1/1/1 after SH3.3/4/1 after SH2.7/5/1');
select test.check('nor by a day on which it did not stand yet', split_part(pg_temp.fails('RPC09', $$select shap_v1.declare_after(null, 'SH2.2/2/2', 'SH2.2/4/1', null, '2010-12-01')$$), ' | ', 1),
    'SH2.2/2/2 cannot follow SH2.2/4/1, which follows it already: SH2.2/4/1 after SH2.2/2/2');
select test.check('once', pg_temp.fails('RPC06', $$select shap_v1.declare_after(null, 'SH2.2/4/1', 'SH2.2/2/2', null, null)$$),
    format('Cora Coordinator declared on 2010-12-30 that SH2.2/4/1 follows SH2.2/2/2 (record %s) | To say otherwise, revoke it first with: shap milestone revoke-order %1$s', :rests));
select test.check('not the contrary', pg_temp.fails('RPC10', $$select shap_v1.declare_independent(null, 'SH2.2/4/1', 'SH2.2/2/2', 'x', null)$$) like 'Cora Coordinator declared%', true);
select test.check('independence needs a reason', pg_temp.fails('RPC03', $$select shap_v1.declare_independent(null, 'SH2.2/5/1', 'SH2.2/2/2', ' ', null)$$),
    'a reason is needed to say that a milestone is independent | Give one with: --reason');
select pg_temp.fails('RPC05', $$select shap_v1.declare_after(null, 'SH2.2/4/1', 'SH2.2/44/1', null, null)$$);
select pg_temp.fails('RPC05', $$select shap_v1.declare_after(null, 'SH2.2/44/1', 'SH2.2/4/1', null, null)$$);
select pg_temp.fails('RPC03', $$select shap_v1.declare_after(null, 'SH2.2/4/1', null, null, null)$$);
select pg_temp.fails('RPC03', $$select shap_v1.declare_after(null, 'SH2.2/5/1', 'SH2.2/2/2', null, '2011-01-01')$$);
select pg_temp.fails('RPC03', $$select shap_v1.declare_after(null, 'SH2.2/5/1', 'SH2.2/2/2', repeat('x', 20001), null)$$);

-- Declared independent.
select record_id as free from shap_v1.declare_independent(null, 'SH2.7/7/1', 'SH2.7/5/1', 'the executive meets anyway', '2010-12-30') \gset
select test.check('it is no candidate of that step any more, only of that one', pg_temp.pairs(objective => 'SH2.7'), 'SH2.7/5/1>SH2.7/6/1 SH2.7/6/1>SH2.7/7/1');
select test.check('it is listed apart, with the reason', (select format('%s|%s|%s|%s|%s|%s', k.step, k.reference, k.reason, k.declared_by, k.record_id, coalesce(k.basis::text, 'no candidate'))
    from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.independent) k),
    format('SH2.7/5/1|SH2.7/7/1|the executive meets anyway|Cora Coordinator|%s|no candidate', :free));
select test.check('and the step says how many', (select format('%s %s', s.candidates, s.independent) from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r, unnest(r.steps) s
    where s.reference = 'SH2.7/5/1'), '3 1');
select record_id as cut from shap_v1.declare_independent(null, 'SH3.3/4/1', 'SH2.7/6/1', 'x', null) \gset
select test.check('a word on a pair that is none changes nothing', (select cardinality(r.independent) from shap_v1.get_knock_on_report(null, '2010-12-31', null, null, null, null) r), 1);
select test.at('2011-01-10 10:00 Europe/London');
select test.check('it holds when the step moves again', (select format('%s', new_day) from shap_v1.grant_date(null, 'SH2.7/5/1', null, 'May 2011', null, 'later still', null,
    (select max(e.record_id) from shap_v1.get_milestone(null, 'SH2.7/5/1', null, null) h, unnest(h.events) e where e.kind = 'grant'))), '2011-05-31');
select test.check('which reaches further now', pg_temp.pairs('2011-01-10', null, 'SH2.7'), 'SH2.7/5/1>SH2.7/6/1,SH2.7/8/1 SH2.7/6/1>SH2.7/7/1');

-- Nobody's date has moved by it.
select test.check('no date moved', (select string_agg(format('%s %s', m.reference, coalesce(m.new_day::text, 'as planned')), ', ') from
    shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null) m where m.reference in ('SH2.2/4/1', 'SH3.3/4/1', 'SH2.7/7/1')),
    'SH2.2/4/1 as planned, SH2.7/7/1 as planned, SH3.3/4/1 as planned');

-- Counter-acts.
select pg_temp.fails('RPC03', 'select shap_v1.revoke_order(%s, '''', null)', :'rests');
select pg_temp.fails('RPC03', 'select shap_v1.revoke_order(%s, ''x'', ''2010-12-29'')', :'rests');
select pg_temp.fails('RPC05', 'select shap_v1.revoke_order(%s, ''x'', null)', test.record('SH5.2/6/1')::text);
select test.check('a declaration is revoked', (select format('%s %s', record_id, revoked_on) from shap_v1.revoke_order(:rests, 'it does not', '2011-01-05')), format('%s 2011-01-05', :rests));
select test.check('once', pg_temp.fails('RPC10', 'select shap_v1.revoke_order(%s, ''x'', null)', :'rests') like 'the order was revoked by Cora Coordinator on 2011-01-05%', true);
select test.check('from its day on it is a candidate only', position('SH2.2/2/2>SH2.2/3/1,SH2.2/4/1,SH2.2/5/1' in pg_temp.pairs('2011-01-05', null, 'SH2.2')) > 0, true);
select test.check('the day before it was certain', position('SH2.2/4/1!' in pg_temp.pairs('2011-01-04', null, 'SH2.2')) > 0, true);
select test.check('as known before, it still is', position('SH2.2/4/1!' in pg_temp.pairs('2011-01-05', '2011-01-09', 'SH2.2')) > 0, true);
select shap_v1.revoke_order(:free, 'it does after all', null);
select test.check('an independence is revoked', pg_temp.pairs('2011-01-10', null, 'SH2.7'), 'SH2.7/5/1>SH2.7/6/1,SH2.7/7/1,SH2.7/8/1 SH2.7/6/1>SH2.7/7/1');
select test.check('then the contrary may be said', (select kind from shap_v1.declare_after(null, 'SH2.7/7/1', 'SH2.7/5/1', null, null)), 'after'::shap_v1.order_kind);
select test.check('and the other way round, where the first was taken back before', (select format('%s %s', reference, step) from
    shap_v1.declare_after(null, 'SH2.2/2/2', 'SH2.2/4/1', null, '2011-01-05')), 'SH2.2/2/2 SH2.2/4/1');
select test.check('but not from a day on which it stood', split_part(pg_temp.fails('RPC09', $$select shap_v1.declare_after(null, 'SH2.2/2/1', 'SH2.2/4/1', null, '2011-01-04'), shap_v1.declare_after(null, 'SH2.2/2/2', 'SH2.2/2/1', null, '2011-01-04')$$), ' | ', 1),
    'SH2.2/2/2 cannot follow SH2.2/2/1, which follows it already: SH2.2/2/1 after SH2.2/4/1 after SH2.2/2/2');

-- What is on record.
select test.check('the list has all, also what was revoked', (select array_agg(format('%s %s %s%s', reference, kind, step, ' revoked ' || revoked_on)) from shap_v1.list_order(null, null, null, null)),
    array['SH1.1/1/1 after SH3.3/4/1', 'SH2.2/2/2 after SH2.2/4/1', 'SH2.2/4/1 after SH2.2/2/2 revoked 2011-01-05', 'SH2.2/5/1 after SH2.7/5/1', 'SH2.6/5/1 after SH2.7/5/1',
          'SH2.7/7/1 independent SH2.7/5/1 revoked 2011-01-10', 'SH2.7/7/1 after SH2.7/5/1', 'SH3.3/4/1 after SH2.7/5/1', 'SH3.3/4/1 independent SH2.7/6/1']);
select test.check('as known before', (select array_agg(format('%s %s %s%s', reference, kind, step, ' revoked ' || revoked_on)) from shap_v1.list_order(null, 'SH2.2/2/2', '2011-01-05', '2011-01-09')),
    array['SH2.2/4/1 after SH2.2/2/2']);
select pg_temp.fails('RPC05', $$select shap_v1.list_order(null, 'SH2.2/44/1', null, null)$$);
create function pg_temp.events(milestone text) returns text[] language sql stable as $$
    select array_agg(format('%s: %s (%s)', e.kind, e.summary, coalesce(e.text, '')) order by e.record_id) from shap_v1.get_milestone(null, milestone, null, null) h, unnest(h.events) e
     where e.kind in ('order', 'independence', 'revocation')
$$;
select test.check('the history of the one', pg_temp.events('SH2.7/7/1'),
    array['independence: is independent of SH2.7/5/1 (the executive meets anyway)', 'revocation: the independence is revoked (it does after all)', 'order: follows SH2.7/5/1 ()']);
select test.check('and of the other', pg_temp.events('SH2.2/2/2'),
    array['order: SH2.2/4/1 follows it (it rests on the needs)', 'revocation: the order is revoked (it does not)', 'order: follows SH2.2/4/1 ()']);

-- Rights: an organisation declares of what it shares, both sides; others' words it does not take back.
select shap_v1.share_milestone(null, 'SH5.2/5/1', 'supporting-people-team', 'they prepare it');
select test.act_as('sam');
select test.check('a partner declares of what it shares', (select format('%s %s %s', by, organisation, kind) from
    shap_v1.declare_independent(null, 'SH5.2/6/1', 'SH5.2/5/1', 'another tender', null)), 'Sam Support supporting-people-team independent');
select pg_temp.fails('RPC05', $$select shap_v1.declare_after(null, 'SH5.2/6/1', 'SH2.2/4/1', null, null)$$);
select pg_temp.fails('RPC05', $$select shap_v1.declare_after(null, 'SH2.2/4/1', 'SH5.2/6/1', null, null)$$);
select test.check('and sees no other declaration', (select array_agg(format('%s %s', reference, step)) from shap_v1.list_order(null, null, null, null)), array['SH5.2/6/1 SH5.2/5/1']);
select test.check('nor any other step', (select format('%s of %s: %s', (r.head).covered, (r.head).total, (select string_agg(s.reference, ' ') from unnest(r.steps) s))
    from shap_v1.get_knock_on_report(null, null, null, null, null, null) r), (select format('%s of 171: SH5.2/6/1', count(*)) from shap_v1.list_milestones(null, null, null, null, null, null, null, null, null, null)));
select pg_temp.fails('RPC05', 'select shap_v1.revoke_order(%s, ''x'', null)', :'free');
select test.act_as('cora');
select record_id as theirs from shap_v1.declare_after(null, 'SH5.2/5/1', 'SH5.2/6/1', 'the council says so', null) \gset
select test.act_as('sam');
select test.check('another''s word stands', pg_temp.fails('RPC07', 'select shap_v1.revoke_order(%s, ''x'', null)', :'theirs'),
    format('declaration %s was made by another organisation | Its own people revoke it, or a coordinator.', :theirs));
select test.check('its own it takes back', (select r.revoked_on from shap_v1.list_order(null, 'SH5.2/6/1', null, null) o, shap_v1.revoke_order(o.record_id, 'the same tender', null) r where o.kind = 'independent'), '2011-01-10'::date);
select test.act_as('cora');
select test.check('so may a coordinator', (select revoked_on from shap_v1.revoke_order(:theirs, 'after all', null)), '2011-01-10'::date);
select shap_v1.declare_after(null, 'SH2.2/3/1', 'SH5.2/5/1', null, null), shap_v1.declare_after(null, 'SH5.2/6/1', 'SH2.2/3/1', null, null);
select test.act_as('sam');
select test.check('a circle is one, though part of it is not seen', split_part(pg_temp.fails('RPC09', $$select shap_v1.declare_after(null, 'SH5.2/5/1', 'SH5.2/6/1', null, null)$$), ' | ', 1),
    'SH5.2/5/1 cannot follow SH5.2/6/1, which follows it already: SH5.2/6/1 after another after SH5.2/5/1');
select test.check('a history shows nothing of what is not seen', pg_temp.events('SH5.2/6/1') is null or not pg_temp.events('SH5.2/6/1')::text like '%SH2.2%', true);
select test.act_as('olive');
select test.check('an officer declares for the council', (select organisation from shap_v1.declare_after(null, 'SH2.2/5/1', 'SH2.2/3/1', null, null)), 'copeland');
select test.act_as('rita');
select pg_temp.fails('42501', $$select shap_v1.declare_after(null, 'SH2.2/4/1', 'SH2.2/3/1', null, null)$$);
select pg_temp.fails('42501', 'select shap_v1.revoke_order(%s, ''x'', null)', :'free');
select test.act_as('petra');
select pg_temp.fails('42501', $$select shap_v1.declare_independent(null, 'SH2.2/4/1', 'SH2.2/3/1', 'x', null)$$);
select test.check('the panel reads', (select count(*) from shap_v1.list_order(null, 'SH2.7/7/1', null, null)), 2::bigint);
select test.act_as('ann');
select pg_temp.fails('42501', 'select shap_v1.get_knock_on_report(null, null, null, null, null, null)');
select test.act_as('bob');
select pg_temp.fails('RPC05', 'select shap_v1.revoke_order(%s, ''x'', null)', :'free');
select pg_temp.fails('RPC05', $$select shap_v1.list_order('copeland/2010-11', null, null, null)$$);
reset role;

-- Two coordinators at once, on two connections: the second waits for the first, and no circle comes of it.
create extension dblink;
select dblink_connect('second', format('host=%s dbname=%s user=postgres', split_part(current_setting('unix_socket_directories'), ',', 1), current_database()));
select dblink_exec('second', 'set client_min_messages = warning');
select * from dblink('second', $$select test.act_as('colin')$$) as t (a text);
begin;
select test.act_as('cora');
select shap_v1.declare_after(null, 'SH4.1/1/1', 'SH4.2/1/1', null, null);
select dblink_send_query('second', $$select reference from shap_v1.declare_after(null, 'SH4.2/1/1', 'SH4.1/1/1', null, null)$$);
select test.check('the second waits', dblink_is_busy('second'), 1);
commit;
create function pg_temp.answer() returns text language plpgsql as $$
begin
    return (select t.a from dblink_get_result('second') as t (a text));
exception when others then
    return sqlstate || ' ' || sqlerrm;
end
$$;
reset role;
select test.check('and is refused the circle', pg_temp.answer(), 'RPC09 SH4.2/1/1 cannot follow SH4.1/1/1, which follows it already: SH4.1/1/1 after SH4.2/1/1');
select * from dblink_get_result('second') as t (a text);
select dblink_disconnect('second');
