-- Returns, reviews, grants and their counter-acts. Every row is a record: the day it speaks of or was decided
-- (day), and the link it was recorded in. "return" and "grant" are words of the domain, and always quoted.
-- Of its keys only the first begins with council_id: while nothing is known of the table all those that do look equal to
-- the planner, and a plan made then and kept would read all returns of a council for each one that is submitted.
create table shap."return" (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    organisation_id bigint not null references shap.organisation,
    return_id uuid not null, -- made by the sender
    content_digest bytea not null, -- of what was sent: the same id with other content is refused
    status text not null constraint return_status_known
        check (status in ('not_started', 'in_progress', 'complete', 'will_not_be_delivered')),
    day date not null,
    note_digest bytea,
    evidence text,
    rating text,
    new_date text, -- the phrase asked for
    reason_digest bytea,
    corrects bigint, -- record_id of the return it corrects
    is_entered_for boolean not null default false, -- a coordinator entered it for the organisation
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint return_id_unique unique (return_id, organisation_id, council_id),
    constraint return_new_date_has_reason check ((new_date is null) or (reason_digest is not null)),
    constraint return_plan foreign key (council_id, plan_id) references shap.plan,
    constraint return_corrects foreign key (council_id, corrects) references shap."return" (council_id, record_id),
    constraint return_link foreign key (council_id, link) references shap.link
);
create index return_of_milestone on shap."return" (plan_id, reference, day, link, council_id);

create table shap.review (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    return_record_id bigint not null,
    verdict text not null constraint review_verdict_known check (verdict in ('accepted', 'sent_back')),
    comment_digest bytea,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint review_return foreign key (council_id, return_record_id)
        references shap."return" (council_id, record_id),
    constraint review_link foreign key (council_id, link) references shap.link
);
create index review_of_return on shap.review (council_id, return_record_id);
create index review_of_milestone on shap.review (council_id, plan_id, reference);

create table shap."grant" (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    return_record_id bigint, -- the request it answers
    new_date text not null,  -- the phrase, as written
    new_day date not null,   -- the day it means
    first_day date,          -- from when on, as its words have it: March 2011 begins on the 1st; null: they do not say
    reason_digest bytea,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint grant_plan foreign key (council_id, plan_id) references shap.plan,
    constraint grant_return foreign key (council_id, return_record_id)
        references shap."return" (council_id, record_id),
    constraint grant_link foreign key (council_id, link) references shap.link
);
create index grant_of_milestone on shap."grant" (council_id, plan_id, reference, day, link);
create index grant_of_return on shap."grant" (council_id, return_record_id);

-- The undoing of a record of any kind above, or of an adoption, a coordinator's reading, a doubt's settlement, a share
-- or an entry of the register: with a reason, by whoever acted. Known at a moment before it, the act still shows.
create table shap.counter_act (
    council_id bigint not null,
    of_record bigint not null,
    kind text not null constraint counter_act_kind_known
        check (kind in ('return', 'review', 'grant', 'adoption', 'reading', 'settlement', 'share', 'register_entry',
                        'meeting', 'sign_off', 'same_work', 'order', 'independence', 'cycle', 'window', 'window_close',
                        'rating', 'figure', 'rating_scheme', 'rating_choice', 'holding', 'succession', 'publication',
                        'carry')),
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint, -- null for the register's
    reference text, -- null for what is not about one milestone
    day date not null,
    reason_digest bytea not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, of_record),
    constraint counter_act_record_unique unique (council_id, record_id),
    constraint counter_act_has_plan check ((plan_id is null) = (kind in ('register_entry', 'meeting', 'cycle', 'holding', 'succession',
                                                                           'rating_scheme', 'rating_choice'))),
    constraint counter_act_plan foreign key (council_id, plan_id) references shap.plan,
    constraint counter_act_link foreign key (council_id, link) references shap.link
);
create index counter_act_of_milestone on shap.counter_act (council_id, plan_id, reference);

call shap.keep_forever('shap."return"');
call shap.keep_forever('shap.review');
call shap.keep_forever('shap."grant"');
call shap.keep_forever('shap.counter_act');
