-- Meetings of the panel, what was signed off or noted at them, and which milestones are one piece of work.
create table shap.meeting (
    council_id bigint not null references shap.council,
    record_id bigint not null default nextval('shap.record_id'),
    held_on date not null, -- may be still to come; day is then the day it was announced
    body text not null,    -- who meets, by its code in WHO: "SHP"; its own milestones are its own work
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint meeting_link foreign key (council_id, link) references shap.link
);

-- The panel's word on a milestone, at a meeting. signed_off: what was complete; noted: that it will not be delivered.
create table shap.sign_off (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    verdict text not null constraint sign_off_verdict_known check (verdict in ('signed_off', 'noted')),
    meeting_record_id bigint not null,
    return_record_id bigint,       -- the return whose word it is about; null: the plan's own text
    without_evidence_digest bytea, -- why it is signed off without evidence; null: there is some, or it is noted
    comment_digest bytea,
    is_own_work boolean not null,  -- the body that met owns the milestone
    day date not null,             -- of the meeting
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint sign_off_plan foreign key (council_id, plan_id) references shap.plan,
    constraint sign_off_meeting foreign key (council_id, meeting_record_id) references shap.meeting,
    constraint sign_off_return foreign key (council_id, return_record_id) references shap."return" (council_id, record_id),
    constraint sign_off_noted_was_said check (verdict = 'signed_off' or return_record_id is not null),
    constraint sign_off_link foreign key (council_id, link) references shap.link
);
create index sign_off_of_milestone on shap.sign_off (council_id, plan_id, reference);
create index sign_off_of_meeting on shap.sign_off (council_id, meeting_record_id);

-- Milestones that were declared to be one piece of work: what is returned, reviewed, granted or signed off on one of
-- them counts for each. No milestone is in two declarations that stand.
create table shap.same_work (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    "references" text[] not null constraint same_work_is_several check (cardinality("references") > 1), -- as in the plan
    reason_digest bytea not null,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint same_work_plan foreign key (council_id, plan_id) references shap.plan,
    constraint same_work_link foreign key (council_id, link) references shap.link
);
create index same_work_of_plan on shap.same_work (council_id, plan_id);

-- A doubt whether milestones are the same work is settled by declaring that they are, and open again when that is revoked.
alter table shap.doubt_settlement add column same_work_record_id bigint,
    add constraint doubt_settlement_same_work foreign key (council_id, same_work_record_id) references shap.same_work;

call shap.keep_forever('shap.meeting');
call shap.keep_forever('shap.sign_off');
call shap.keep_forever('shap.same_work');
