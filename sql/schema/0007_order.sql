-- In which order milestones are done, as far as somebody said so. after: the milestone follows the step, so that it is
-- sure to be met when the step moves; independent: it does not, whatever the plan's own order says.
create table shap.milestone_order (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    kind text not null constraint milestone_order_kind_known check (kind in ('after', 'independent')),
    reference text not null, -- the milestone it is said of
    step text not null,      -- the one it follows, or is independent of
    organisation_id bigint not null references shap.organisation, -- whose word it is
    reason_digest bytea,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint milestone_order_is_of_two check (reference <> step),
    constraint milestone_order_independence_has_reason check (kind = 'after' or reason_digest is not null),
    constraint milestone_order_plan foreign key (council_id, plan_id) references shap.plan,
    constraint milestone_order_link foreign key (council_id, link) references shap.link
);
create index milestone_order_of_plan on shap.milestone_order (council_id, plan_id, reference, step);

call shap.keep_forever('shap.milestone_order');
