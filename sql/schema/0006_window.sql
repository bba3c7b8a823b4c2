-- When returns are due: the cycles a council reports by, and the windows opened for their periods. A window keeps the
-- period and the day it was opened with: a cycle that changes later changes no window.
-- The cycles every council has; one of its own of the same name takes the place of it.
create table shap.built_in_cycle (
    name text primary key,
    months integer not null,
    first_month integer, -- null: the month the plan's year begins with
    due_days integer not null
);
insert into shap.built_in_cycle (name, months, first_month, due_days) values
    ('quarter', 3, null, 14), -- the plan's quarters
    ('panel', 2, 4, 7);       -- the panel's meetings: April and May ... February and March

-- A council's own. The latest of a name that was not revoked counts.
create table shap.cycle (
    council_id bigint not null references shap.council,
    record_id bigint not null default nextval('shap.record_id'),
    name text not null constraint cycle_name_is_slug check (name ~ '^[a-z]+(-[a-z]+)*$' and length(name) <= 30),
    months integer not null constraint cycle_fits_a_year check (months in (1, 2, 3, 4, 6, 12)),
    first_month integer constraint cycle_month_is_one check (first_month between 1 and 12),
    due_days integer not null constraint cycle_due_days_bounded check (due_days between 0 and 366),
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint cycle_link foreign key (council_id, link) references shap.link
);

-- An opening. No two that stand are of one period.
create table shap."window" (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    cycle text not null,
    number integer not null constraint window_number_positive check (number > 0), -- of its period in the plan's year
    name text not null,     -- Q3, panel-4
    first_day date not null,
    last_day date not null,
    due_on date not null,   -- what is recorded later is late
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint window_is_a_period check (first_day <= last_day),
    constraint window_plan foreign key (council_id, plan_id) references shap.plan,
    constraint window_link foreign key (council_id, link) references shap.link
);
create index window_of_plan on shap."window" (council_id, plan_id, last_day);

create table shap.window_close (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    window_record_id bigint not null,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint window_close_window foreign key (council_id, window_record_id) references shap."window",
    constraint window_close_link foreign key (council_id, link) references shap.link
);
create index window_close_of_window on shap.window_close (council_id, window_record_id);

call shap.keep_forever('shap.built_in_cycle');
call shap.keep_forever('shap.cycle');
call shap.keep_forever('shap."window"');
call shap.keep_forever('shap.window_close');
