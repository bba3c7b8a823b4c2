-- The plan: parts of a document as they arrive, versions made of them, adoptions, readings, shares, doubts.
-- Every cell of the document is kept as it was written, in each version; what is understood of it stands apart.
create table shap.plan (
    council_id bigint not null references shap.council,
    id bigint generated always as identity,
    code text not null constraint plan_code_is_year check (code ~ '^\d{4}-\d{2}$'), -- 2010-11
    first_day date not null,
    last_day date not null,
    link bigint not null,
    primary key (council_id, id),
    constraint plan_code_unique unique (council_id, code),
    constraint plan_is_a_year check (last_day = first_day + interval '1 year' - interval '1 day'),
    constraint plan_link foreign key (council_id, link) references shap.link
);

-- Who leads and who writes, and what the plan is called; the latest counts.
create table shap.plan_description (
    council_id bigint not null,
    plan_id bigint not null,
    link bigint not null,
    title text,
    lead_officer_digest bytea,
    author_digest bytea,
    membership_id bigint references shap.membership,
    primary key (council_id, plan_id, link),
    constraint plan_description_plan foreign key (council_id, plan_id) references shap.plan,
    constraint plan_description_link foreign key (council_id, link) references shap.link
);

-- One part of a document being sent. Nothing refers to it until a version names its import.
create table shap.import_part (
    council_id bigint not null references shap.council,
    import_id uuid not null,
    part integer not null constraint import_part_positive check (part > 0),
    plan_code text not null constraint import_part_plan_is_year check (plan_code ~ '^\d{4}-\d{2}$'),
    file_name text not null,
    rows jsonb not null, -- an array of objects, a key per column, each cell as it was written
    n_rows integer not null,
    original bytea not null,
    digest bytea not null, -- of rows and original: a part sent again must be the same
    membership_id bigint not null references shap.membership,
    received_at timestamptz not null,
    primary key (council_id, import_id, part)
);

create table shap.plan_version (
    council_id bigint not null,
    plan_id bigint not null,
    version integer not null constraint plan_version_positive check (version > 0),
    import_id uuid not null,
    file_name text not null,
    sha256 bytea not null,
    n_objectives integer not null,
    n_actions integer not null,
    n_milestones integer not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, plan_id, version),
    constraint plan_version_import_once unique (council_id, import_id),
    constraint plan_version_plan foreign key (council_id, plan_id) references shap.plan,
    constraint plan_version_link foreign key (council_id, link) references shap.link
);

-- A row of a version: one milestone, every cell as written, and its place in the order of things.
create table shap.milestone (
    council_id bigint not null,
    plan_id bigint not null,
    version integer not null,
    place integer not null,     -- in the document, from 1
    line integer not null,      -- of the file
    reference text not null,    -- SH4.3/2/1
    objective text not null,    -- the code, normalised
    action_no integer not null,
    milestone_no integer not null,
    objective_code text not null,
    objective_heading text not null,
    objective_title text not null,
    purpose text not null,
    action_no_written text not null,
    action text not null,
    milestone_no_written text not null,
    milestone text not null,
    who text not null,
    "when" text not null,
    measure text not null,
    primary key (council_id, plan_id, version, reference),
    constraint milestone_place_unique unique (council_id, plan_id, version, place),
    constraint milestone_version foreign key (council_id, plan_id, version) references shap.plan_version
);

create table shap.adoption (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    version integer not null,
    day date not null,
    note_digest bytea,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint adoption_version foreign key (council_id, plan_id, version) references shap.plan_version,
    constraint adoption_link foreign key (council_id, link) references shap.link
);
create index adoption_of_plan on shap.adoption (council_id, plan_id, day, link);

-- What a phrase of WHEN was understood to mean: by the rules when it arrived (version set, day null), or by a
-- coordinator (version null, day the day it was decided). Never recomputed; a new reading is a new row.
create table shap.when_reading (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    version integer,
    day date,
    phrase text not null,
    is_understood boolean not null,
    first_day date,
    last_day date,
    recurrence text constraint when_reading_recurrence_known
        check (recurrence in ('monthly', 'two_monthly', 'quarterly', 'yearly')),
    is_ongoing boolean not null default false,
    is_completed boolean not null default false,
    completed_on date,
    note text,
    dates date[] not null default '{}',
    pattern text not null, -- the rule that read it, or 'coordinator'
    reason_digest bytea,
    membership_id bigint references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint when_reading_by_rules_or_person check ((version is null) = (day is not null)),
    constraint when_reading_plan foreign key (council_id, plan_id) references shap.plan,
    constraint when_reading_link foreign key (council_id, link) references shap.link
);
create index when_reading_of_milestone on shap.when_reading (council_id, plan_id, reference, link);

-- What a token of WHO was understood to name. Read again, it is a new row (or several, where it turns out to be
-- several tokens) that replaces the old one.
create table shap.who_reading (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    reference text not null,
    version integer not null,
    place integer not null, -- in the phrase, from 1
    token text not null,    -- as written
    code text,              -- of the register; null while undefined
    organisation_id bigint references shap.organisation,
    replaces bigint,        -- the reading it takes the place of
    membership_id bigint references shap.membership, -- who settled it; null when read by the rules
    link bigint not null,
    primary key (council_id, record_id),
    constraint who_reading_replaces foreign key (council_id, replaces) references shap.who_reading,
    constraint who_reading_version foreign key (council_id, plan_id, version) references shap.plan_version,
    constraint who_reading_link foreign key (council_id, link) references shap.link
);
create index who_reading_of_milestone on shap.who_reading (council_id, plan_id, version, reference, place, link);
create index who_reading_replaced on shap.who_reading (council_id, replaces, link) where replaces is not null;
create index who_reading_undefined on shap.who_reading (council_id, plan_id, version, reference) where code is null;

-- Who may answer what: one organisation's share in one milestone of an adopted plan. The one relation that
-- rights on milestones rest on, as far as no counter-act ends it (see shap.share_in_force).
create table shap.share (
    council_id bigint not null,
    plan_id bigint not null,
    reference text not null,
    organisation_id bigint not null references shap.organisation,
    record_id bigint not null default nextval('shap.record_id'),
    day date not null,
    origin text not null constraint share_origin_known check (origin in ('who', 'added')),
    reason_digest bytea,
    membership_id bigint references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint share_plan foreign key (council_id, plan_id) references shap.plan,
    constraint share_link foreign key (council_id, link) references shap.link
);
create index share_of_milestone on shap.share (council_id, plan_id, reference, organisation_id);
create index share_of_organisation on shap.share (organisation_id, council_id, plan_id, reference);

create table shap.doubt (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    plan_id bigint not null,
    version integer not null,
    kind text not null constraint doubt_kind_known check (kind in
        ('undefined_code', 'probable_slip', 'no_owner', 'empty_date', 'prose_date', 'date_outside_year',
         'same_work', 'complete_in_measure')),
    subject text not null,  -- as written
    detail text not null,
    "references" text[] not null, -- the milestones it concerns, in the order of the plan
    link bigint not null,
    primary key (council_id, record_id),
    constraint doubt_version foreign key (council_id, plan_id, version) references shap.plan_version,
    constraint doubt_link foreign key (council_id, link) references shap.link
);
create index doubt_of_plan on shap.doubt (council_id, plan_id, version);

-- How a doubt was settled; once more only after a counter-act to the settlement before.
create table shap.doubt_settlement (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    doubt_id bigint not null,
    last_day date,   -- a date in doubt
    code text,       -- an owner in doubt; both null: dismissed
    reason_digest bytea,
    day date not null,
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint doubt_settlement_doubt foreign key (council_id, doubt_id) references shap.doubt,
    constraint doubt_settlement_link foreign key (council_id, link) references shap.link
);
create index doubt_settlement_of_doubt on shap.doubt_settlement (council_id, doubt_id, link);

call shap.keep_forever('shap.plan');
call shap.keep_forever('shap.plan_description');
call shap.keep_forever('shap.import_part');
call shap.keep_forever('shap.plan_version');
call shap.keep_forever('shap.milestone');
call shap.keep_forever('shap.adoption');
call shap.keep_forever('shap.when_reading');
call shap.keep_forever('shap.who_reading');
call shap.keep_forever('shap.share');
call shap.keep_forever('shap.doubt');
call shap.keep_forever('shap.doubt_settlement');
