-- What goes on from one year to the next, from one person to the next, and from one council to the next.

-- A year's draft started from the plan in force: which plan's open work it took over, as at which day. version: the one
-- it made or, where nothing differed, the latest there was.
create table shap.roll (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    version integer not null,
    from_council_id bigint not null,
    from_plan_id bigint not null,
    from_version integer not null,
    from_link bigint not null, -- of the other council, where it is one: what was known of its plan
    day date not null,         -- as at
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint roll_version foreign key (council_id, plan_id, version) references shap.plan_version,
    constraint roll_from foreign key (from_council_id, from_plan_id, from_version) references shap.plan_version,
    constraint roll_link foreign key (council_id, link) references shap.link
);
create index roll_of_plan on shap.roll (council_id, plan_id, link);

-- Where a milestone comes from: one of an earlier plan. It holds in every version that has the reference, so that a
-- draft may be exported, edited and imported again.
create table shap.carry (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    from_council_id bigint not null,
    from_plan_id bigint not null,
    from_reference text not null,
    reason_digest bytea, -- where a coordinator declared it
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint carry_plan foreign key (council_id, plan_id) references shap.plan,
    constraint carry_from foreign key (from_council_id, from_plan_id) references shap.plan,
    constraint carry_goes_on check ((council_id, plan_id) <> (from_council_id, from_plan_id)),
    constraint carry_link foreign key (council_id, link) references shap.link
);
create index carry_of_milestone on shap.carry (council_id, plan_id, reference);
create index carry_from_milestone on shap.carry (from_council_id, from_plan_id, from_reference);

call shap.keep_forever('shap.roll');
call shap.keep_forever('shap.carry');

-- A person's hold of a post of the register, from a day on; several may hold one post, and one several. It ends with
-- until_day, the last one, or by a counter-act, from its day on. The person is a membership's or, without one, a name.
create table shap.holding (
    council_id bigint not null references shap.council,
    record_id bigint not null default nextval('shap.record_id'),
    code text not null, -- of the register, as it was written there
    holder_membership_id bigint references shap.membership,
    holder_digest bytea,
    day date not null,  -- the first
    until_day date,
    reason_digest bytea,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint holding_is_of_one check ((holder_membership_id is null) <> (holder_digest is null)),
    constraint holding_has_days check (until_day >= day),
    constraint holding_link foreign key (council_id, link) references shap.link
);
create index holding_of_code on shap.holding (council_id, lower(code));

call shap.keep_forever('shap.holding');

-- A council that another one succeeds from a day on: the other's people act on its plans then, its own read on. Recorded
-- by the installation, in both ledgers; undone by it, too, in a counter-act that nobody's membership made.
create table shap.succession (
    council_id bigint not null references shap.council, -- that is succeeded
    record_id bigint not null default nextval('shap.record_id'),
    successor_id bigint not null references shap.council,
    day date not null, -- from which on; may be still to come
    link bigint not null,
    successor_link bigint not null,
    primary key (council_id, record_id),
    constraint succession_is_by_another check (council_id <> successor_id),
    constraint succession_link foreign key (council_id, link) references shap.link,
    constraint succession_successor_link foreign key (successor_id, successor_link) references shap.link
);
create index succession_of_successor on shap.succession (successor_id);

alter table shap.counter_act alter column membership_id drop not null;
alter table shap.counter_act add constraint counter_act_is_somebodys check (membership_id is not null or kind = 'succession');

call shap.keep_forever('shap.succession');
