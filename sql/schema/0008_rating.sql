-- Rating schemes as data: a scheme is ordered rows of conditions over what the class engine knows, the first that fits
-- gives a milestone's rating. Every council has the schemes built in (council 0), adds its own, and chooses one.

-- A scheme as it was added. A later one of the same code takes its place from its day on; the earlier stays on record.
create table shap.rating_scheme (
    council_id bigint not null, -- 0: built in
    record_id bigint not null default nextval('shap.record_id'),
    code text not null constraint rating_scheme_code_is_slug
        check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(code) <= 40),
    name text not null constraint rating_scheme_name_is_short check (length(name) between 1 and 200),
    day date not null,
    membership_id bigint references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint rating_scheme_is_somebodys check ((council_id = 0) = (membership_id is null) and (council_id = 0) = (link = 0))
);

-- Its rows. A condition that is null asks nothing; all of a row's conditions must hold. What a milestone has no value of
-- (no day to be behind, no figure) meets no condition on it.
create table shap.rating_rule (
    council_id bigint not null,
    scheme_record_id bigint not null,
    place integer not null constraint rating_rule_place_positive check (place > 0),
    classes text[],        -- labels of shap_v1.milestone_class
    statuses text[],       -- labels of shap_v1.return_status, and "none"
    is_re_dated boolean,   -- a new date was granted
    months_from integer,   -- begun months behind, see logic/rating.sql
    months_to integer,
    days_from integer,
    days_to integer,
    officer text[],        -- the officer's own rating: ratings, "other" (not understood), "none"
    percent_from numeric,  -- of the target, see logic/rating.sql
    percent_to numeric,
    rating text not null constraint rating_rule_rating_is_word check (rating ~ '^[a-z]+( [a-z]+)*$' and length(rating) <= 20),
    mark text not null constraint rating_rule_mark_is_short check (length(mark) between 1 and 8),
    sentence text not null constraint rating_rule_sentence_is_short check (length(sentence) between 1 and 300),
    primary key (council_id, scheme_record_id, place),
    constraint rating_rule_scheme foreign key (council_id, scheme_record_id) references shap.rating_scheme
);

-- Which scheme a council's reports go by.
create table shap.rating_choice (
    council_id bigint not null references shap.council,
    record_id bigint not null default nextval('shap.record_id'),
    code text not null,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint rating_choice_link foreign key (council_id, link) references shap.link
);

-- A figure reached against the figure aimed at, as at a day.
create table shap.rating_figure (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    actual numeric not null,
    target numeric not null constraint rating_figure_target_positive check (target > 0),
    lower_is_better boolean not null,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint rating_figure_plan foreign key (council_id, plan_id) references shap.plan,
    constraint rating_figure_link foreign key (council_id, link) references shap.link
);
create index rating_figure_of_milestone on shap.rating_figure (council_id, plan_id, reference);

-- A coordinator's rating of a milestone, beside what the scheme computes; it lapses with the next window.
create table shap.rating_override (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    rating text not null,
    reason_digest bytea not null,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint rating_override_plan foreign key (council_id, plan_id) references shap.plan,
    constraint rating_override_link foreign key (council_id, link) references shap.link
);
create index rating_override_of_milestone on shap.rating_override (council_id, plan_id, reference);

-- The schemes built in. They are never changed: a report made again later goes by the same rows.
with scheme as (
    insert into shap.rating_scheme (council_id, code, name, day, link)
    values (0, 'months-behind', 'Months behind', '1990-01-01', 0),
           (0, 'date-and-judgement', 'Date and judgement', '1990-01-01', 0),
           (0, 'figures', 'Tolerance for figures', '1990-01-01', 0)
    returning code, record_id
)
insert into shap.rating_rule (council_id, scheme_record_id, place, classes, is_re_dated, months_from, months_to, officer,
                              percent_from, percent_to, rating, mark, sentence)
select 0, s.record_id, r.place, string_to_array(r.classes, ' '), null, r.months_from, r.months_to,
       string_to_array(r.officer, ' '), r.percent_from, null, r.rating, r.mark, r.sentence
  from (values
    ('months-behind', 1, 'will_not_be_delivered', null, null, null, null, 'red', 'R', 'It will not be delivered.'),
    ('months-behind', 2, 're_dated', null, null, null, null, 'hashed', '#', 'It was given a new date, which has not passed.'),
    ('months-behind', 3, 'signed_off complete', 2, null, null, null, 'red', 'R', 'It is complete, more than one month late.'),
    ('months-behind', 4, 'signed_off complete', 1, 1, null, null, 'amber', 'A', 'It is complete, up to one month late.'),
    ('months-behind', 5, 'signed_off complete', null, null, null, null, 'green', 'G',
        'It is complete, and not known to be late.'),
    ('months-behind', 6, 'not_yet_due ongoing_answered', null, null, null, null, 'green', 'G',
        'It is on target: not yet due, or answered for its last cycle.'),
    ('months-behind', 7, 'overdue no_return', 2, null, null, null, 'red', 'R',
        'It is due and not known to be complete, more than one month behind.'),
    ('months-behind', 8, 'overdue no_return', null, 1, null, null, 'amber', 'A',
        'It is due and not known to be complete, up to one month behind.'),
    ('months-behind', 9, 'undated', null, null, null, null, 'grey', 'N', 'It has no date to be measured by.'),
    ('date-and-judgement', 1, null, null, null, 'red', null, 'red', 'R', 'The officer rates it red.'),
    ('date-and-judgement', 2, null, null, null, 'amber', null, 'amber', 'A', 'The officer rates it amber.'),
    ('date-and-judgement', 3, null, null, null, 'green', null, 'green', 'G', 'The officer rates it green.'),
    ('date-and-judgement', 4, 'will_not_be_delivered', null, null, null, null, 'red', 'R', 'It will not be delivered.'),
    ('date-and-judgement', 5, 'overdue no_return', null, null, null, null, 'red', 'R',
        'Its date has passed and it is not known to be complete.'),
    ('date-and-judgement', 6, 're_dated', null, null, null, null, 'amber', 'A',
        'It was given a new date, which has not passed.'),
    ('date-and-judgement', 7, 'signed_off complete not_yet_due ongoing_answered', null, null, null, null, 'green', 'G',
        'It is complete, not yet due, or answered for its last cycle.'),
    ('date-and-judgement', 8, null, null, null, null, null, 'grey', 'N', 'It has no date to be measured by.'),
    ('figures', 1, 'will_not_be_delivered', null, null, null, null, 'red', 'R', 'It will not be delivered.'),
    ('figures', 2, null, null, null, null, 100, 'green', 'G', 'The figure is at or above 100 % of its target.'),
    ('figures', 3, null, null, null, null, 90, 'amber', 'A', 'The figure is below its target, by up to 10 %.'),
    ('figures', 4, null, null, null, null, 0, 'red', 'R', 'The figure is below its target, by more than 10 %.'),
    ('figures', 5, null, null, null, null, null, 'grey', 'N', 'No figure is on record.')
  ) r (code, place, classes, months_from, months_to, officer, percent_from, rating, mark, sentence)
  join scheme s on s.code = r.code;

call shap.keep_forever('shap.rating_scheme');
call shap.keep_forever('shap.rating_rule');
call shap.keep_forever('shap.rating_choice');
call shap.keep_forever('shap.rating_figure');
call shap.keep_forever('shap.rating_override');
