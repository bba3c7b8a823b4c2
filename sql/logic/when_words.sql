-- The words of WHEN: four ordered tables of patterns, as views of constants, which when.sql evaluates.
-- They are the whole vocabulary: a new form is a new row here, with its example, which a test reads.
--
-- Patterns are regular expressions without captures, matched without regard to case, written with macros that
-- shap.when_regex spells out: {month} {year} {short_year} {financial_year} {day} {quarter} {preposition} in
-- when_unit; {date} (any dates found), {range} (several, joined), {due} (a date with or without an opening) and
-- {cycles} in when_form. The views are read by the functions of when.sql only.
drop view if exists shap.when_unit, shap.when_opening, shap.when_cycle, shap.when_form cascade;

-- One date, as written. The parts of it are found by number: number_at, month_at and year_at say which of the
-- numbers standing in it (null: none; a month without month_at is named by its word). is_financial: the year
-- is one like 2010/11. The longest match counts, among equals the first.
create view shap.when_unit (place, name, unit, pattern, number_at, month_at, year_at, is_financial, example) as values
    (1, 'iso_day', 'day', '{year}-\d{1,2}-\d{1,2}', 3, 2, 1, false, '2010-04-30'),
    (2, 'numeric_day', 'day', '\d{1,2}(?:/\d{1,2}/|\.\d{1,2}\.|-\d{1,2}-)(?:{year}|\d\d)', 1, 2, 3, false, '30/04/2010'),
    (3, 'day_month_year', 'day', '{day}[ -]?(?:of )?{month},?[ -]?{year}', 1, null, 2, false, '30 April 2010'),
    (4, 'day_month_short_year', 'day', '{day}[ -]?{month},?[ -]?{short_year}', 1, null, 2, false, '30 Apr ''10'),
    (5, 'month_day_year', 'day', '{month} {day},? {year}', 1, null, 2, false, 'April 30 2010'),
    (6, 'day_month', 'day', '{day} (?:of )?{month}(?! ?''?\d)', 1, null, null, false, '30th April'),
    (7, 'month_day', 'day', '{month} \d{1,2}(?:st|nd|rd|th)', 1, null, null, false, 'April 30th'),
    (8, 'month_in_financial_year', 'month', '{month},? {financial_year}', null, null, 1, true, 'March 2010/11'),
    (9, 'month_year', 'month', '{month},?[ -]?{year}', null, null, 1, false, 'July 2010'),
    (10, 'month_short_year', 'month', '{month}[ -]?{short_year}', null, null, 1, false, 'Nov ''10'),
    (11, 'numeric_month', 'month', '\d{1,2}/{year}', null, 1, 2, false, '04/2010'),
    (12, 'month', 'month', '{month}(?! ?''?\d)', null, null, null, false, 'July'),
    (13, 'quarter_of_financial_year', 'quarter', '{quarter},?(?: of)? {financial_year}', 1, null, 2, true, 'Q3 2010/11'),
    (14, 'financial_year_quarter', 'quarter', '{financial_year} {quarter}', 3, null, 1, true, '2010/11 Q3'),
    (15, 'quarter_of_year', 'quarter', '{quarter},?(?: of)? {year}', 1, null, 2, false, 'Q2 2005'),
    (16, 'quarter', 'quarter', '{quarter}', 1, null, null, false, 'Q3'),
    (17, 'financial_year', 'year', '{financial_year}', null, null, 1, true, '2009/10'),
    (18, 'year', 'year', '(?<=\m(?:in|by|before|end|during|since|until|of|from) ){year}'
        '|(?<=(?:^|[/&,-] ?|\m{preposition} )){year}(?=$| ?[.,;:)/&-]| (?:to|and|on|onwards|ongoing|completed)\M)',
        null, null, 1, false, 'In 2009'),
    (19, 'plan_year', 'plan_year', '(?:year|yr) ?[1-9]', 1, null, null, false, 'Year 1'),
    (20, 'easter_of_year', 'easter', 'easter,? {year}', null, null, 1, false, 'Easter 2011'),
    (21, 'easter', 'easter', 'easter', null, null, null, false, 'by Easter'),
    (22, 'first_of_days', 'day_number', '{day}(?=(?: ?[/&,-] ?| (?:to|and) ){day}[ -]?(?:of )?{month})',
        1, null, null, false, '1 to 15 July 2010');

-- What stands before a date and changes its days. Days 11 to 20 of a month are its middle. Without has_first_day
-- the phrase says only when a thing must be done, not when it begins.
create view shap.when_opening (place, name, pattern, from_day, to_day, has_first_day, example) as values
    (1, 'by_mid', '(?:to be (?:[^ ]+ ){1,8})?(?:by|before) mid(?:dle of)?-?', 11, 20, false, 'By mid July 2010'),
    (2, 'by_early', '(?:to be (?:[^ ]+ ){1,8})?(?:by|before) early', 1, 10, false, 'By early July 2010'),
    (3, 'by', '(?:(?:to be (?:[^ ]+ ){1,8}|complete )?(?:by|before|no later than|not later than|until)(?: the)?(?: end)?(?: of)?'
        '|(?:the )?end(?: of)?)', null::integer, null::integer, false, 'To be launched by March 2011'),
    (4, 'mid', 'mid(?:dle of)?-?', 11, 20, true, 'Mid July 2010'),
    (5, 'early', 'early(?: in)?', 1, 10, true, 'Early July 2010'),
    (6, 'late', 'late(?: in)?', 21, 31, true, 'Late July 2010'),
    (7, 'in', '(?:in|during|within|on|date)', null, null, true, 'In 2009');

-- How often a thing comes round, the shortest first.
create view shap.when_cycle (place, recurrence, pattern, example) as values
    (1, 'monthly', '(?<!bi[- ]?|two[- ]|2[- ])monthly|(?:every|each) month', 'Monthly'),
    (2, 'two_monthly', '(?:bi[- ]?|two[- ]|2[- ])monthly|every (?:two|2|second|other) months?', 'Bi monthly'),
    (3, 'quarterly', 'quarterly|(?:every|each) quarter|every (?:three|3) months', 'Quarterly'),
    (4, 'yearly', 'yearly|annual(?:ly)?|(?:every|each) year', 'Annually');

-- A phrase, as a whole or as far as it is no note. due: which of the dates is the day it is due; achieved: which
-- one names when it was achieved. recurrence 'named' is the shortest of the cycles that stand in it.
create view shap.when_form (place, name, pattern, is_understood, due, achieved, recurrence, is_completed, example) as values
    (1, 'date', '{due}', true, 1, null::integer, null::text, false, 'July 2010'),
    (2, 'range', '(?:from|between) {range}', true, 1, null, null, false, 'From October to December 2009'),
    (3, 'date_and_ongoing',
        '(?:from )?{due}[.,;]?(?: ?[-/&+])? ?(?:and |then |thereafter )?(?:on[- ]?going|on|onwards|continuing)(?: thereafter| basis)?',
        true, 1, null, 'quarterly', false, 'September 2010 and ongoing'),
    (4, 'date_each_year', '{due} (?:each|every) year', true, 1, null, 'yearly', false, 'September each year'),
    (5, 'date_then_cycle',
        '(?:from )?{due}[.,;]?(?: ?[-/&+])? (?:and |and then |then )?(?:thereafter |on[- ]?going )?{cycles}(?: thereafter| on[- ]?going| basis)?',
        true, 1, null, 'named', false, 'Sept 2010 Thereafter monthly and quarterly'),
    (6, 'cycle',
        '(?:on[- ]?going[ ,-]+)?(?:on an? )?{cycles}(?: cycle| cyclical| basis| meetings?)?(?:[ ,-]+(?:and )?on[- ]?going)?',
        true, null, null, 'named', false, 'Bi monthly cycle'),
    (7, 'ongoing', '(?:and )?(?:on[- ]?going|continuing|continuous)(?: basis| throughout(?: the)? year)?',
        true, null, null, 'quarterly', false, 'Ongoing'),
    (8, 'cyclical',
        '(?:cyclical|annual(?:ly)?|yearly|every|each)(?: in| by| -|:)? {date}(?:[ ,-]+(?:and )?on[- ]?going)?',
        true, 1, null, 'yearly', false, 'Cyclical September Ongoing'),
    (9, 'cycle_from', '{cycles},? (?:starting |commencing )?(?:from|in) {date}', true, 1, null, 'named', false,
        'Quarterly from September 2010'),
    (10, 'completed', '(?:complete|completed|achieved)', true, null, null, null, true, 'COMPLETED'),
    (11, 'completed_date',
        '(?:completed|achieved)(?: in| on| during| -|:)? \(?{date}\)?',
        true, 1, 1, null, true, 'Completed in April 2010'),
    (12, 'date_completed', '{date} (?:completed|achieved)', true, 1, 1, null, true, 'March 2010 COMPLETED'),
    (13, 'due_completed',
        '{due}(?:[.,;:]| ?-| ?\()? ?(?:now )?(?:complete|completed|achieved)\)?', true, 1, null, null, true,
        'By March 2010. Completed.'),
    (14, 'due_achieved',
        '{due}(?:[.,;:]| ?-)? ?\(?(?:completed|achieved)(?: in| on| during)? {date}\)?', true, 1, 2, null, true,
        'July 2010 (achieved in September 2010)'),
    (15, 'revised', 'revised(?: date)?(?: to| -|:)? {due}', true, 1, null, null, false, 'Revised March 2011'),
    (16, 'service_plan', 'link to (?:the )?service plan {date},? sign[- ]?off in {date}', true, 2, null, null, false,
        'Link to service plan 2011/12 sign off in March 2011'),
    (17, 'paper',
        '(?:paper|report) to (?:the )?{date} (?:panel|committee|executive|council)(?: meeting)?',
        true, 1, null, null, false,
        'Paper to March 2011 Panel'),
    (18, 'to_be_confirmed',
        '(?:tb[acd]|to be (?:agreed|announced|confirmed|decided|determined))', false, null, null, null, false, 'TBC');

revoke all on shap.when_unit, shap.when_opening, shap.when_cycle, shap.when_form from public;
grant select on shap.when_unit, shap.when_opening, shap.when_cycle, shap.when_form to shap_api;
