-- The types of the API: one enumeration per enum, one composite per message that is answered, by name.
-- A label is the enum value without its prefix; the value 0, "unspecified", is null.

create type shap_v1.role as enum ('contributor', 'reader', 'coordinator', 'panel', 'administrator');
create type shap_v1.return_status as enum ('not_started', 'in_progress', 'complete', 'will_not_be_delivered');
create type shap_v1.milestone_class as enum (
    'signed_off',
    'complete',
    'will_not_be_delivered',
    'overdue',
    're_dated',
    'ongoing_answered',
    'undated',
    'not_yet_due',
    'no_return');
create type shap_v1.recurrence as enum ('monthly', 'two_monthly', 'quarterly', 'yearly');
create type shap_v1.verdict as enum ('accepted', 'sent_back');
create type shap_v1.register_kind as enum ('post', 'body', 'organisation');
create type shap_v1.plan_change_kind as enum ('added', 'removed', 'reworded', 'left_behind');
create type shap_v1.doubt_kind as enum (
    'undefined_code',
    'probable_slip',
    'no_owner',
    'empty_date',
    'prose_date',
    'date_outside_year',
    'same_work',
    'complete_in_measure');

create type shap_v1.server_info as (
    schema_version integer,
    now timestamptz,
    clock_shifted boolean
);

create type shap_v1.identity as (
    name text,
    role shap_v1.role,
    organisation text,
    organisation_name text,
    council text,
    council_name text,
    region text,
    membership_id bigint,
    token_expires_at timestamptz,
    today date
);

create type shap_v1.organisation as (
    code text,
    name text
);

create type shap_v1.invitation as (
    code text,
    expires_at timestamptz,
    membership_id bigint,
    name text
);

create type shap_v1.person as (
    membership_id bigint,
    name text,
    email text,
    organisation text,
    role shap_v1.role,
    signed_in boolean
);

create type shap_v1.token as (
    token_id bigint,
    membership_id bigint,
    name text,
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    used_on date
);

create type shap_v1.register_entry as (
    code text,
    name text,
    kind shap_v1.register_kind,
    organisation text,
    aliases text[],
    recorded_at timestamptz,
    record_id bigint,
    revoked_on date,
    unchanged boolean
);

create type shap_v1.plan_row as (
    line integer,
    objective_code text,
    objective_heading text,
    objective_title text,
    purpose text,
    action_no text,
    action text,
    milestone_no text,
    milestone text,
    who text,
    "when" text,
    measure text
);

create type shap_v1.import_progress as (
    parts integer,
    rows integer,
    bytes bigint
);

create type shap_v1.plan_change as (
    kind shap_v1.plan_change_kind,
    reference text,
    line integer,
    field text,
    before text,
    after text
);

create type shap_v1.plan_version as (
    plan text,
    version integer,
    recorded_at timestamptz,
    recorded_by text,
    file_name text,
    sha256 bytea,
    objectives integer,
    actions integer,
    milestones integer,
    doubts integer,
    adopted_on date,
    baseline boolean,
    adoption_record_id bigint,
    revoked_on date,
    unchanged boolean,
    left_behind shap_v1.plan_change[]
);

create type shap_v1.plan as (
    plan text,
    council text,
    council_name text,
    year text,
    title text,
    lead_officer text,
    author text,
    first_day date,
    last_day date,
    version integer,
    adopted_on date,
    objectives integer,
    actions integer,
    milestones integer,
    doubts_open integer
);

create type shap_v1.milestone as (
    plan text,
    reference text,
    objective_code text,
    action text,
    milestone text,
    who text,
    "when" text,
    measure text,
    first_day date,
    last_day date,
    recurrence shap_v1.recurrence,
    ongoing boolean,
    new_when text,
    new_day date,
    extensions integer,
    slip_months integer,
    milestone_class shap_v1.milestone_class,
    status shap_v1.return_status,
    claimed boolean,
    owners text[],
    organisations text[],
    same_as text[],
    signed_off_on date
);

create type shap_v1.action as (
    reference text,
    action text,
    complete integer,
    milestones shap_v1.milestone[]
);

create type shap_v1.objective as (
    plan text,
    code text,
    heading text,
    title text,
    purpose text,
    milestones integer,
    actions shap_v1.action[]
);

create type shap_v1.history_event as (
    record_id bigint,
    kind text,
    day date,
    recorded_at timestamptz,
    by text,
    organisation text,
    summary text,
    text text,
    of_record bigint
);

create type shap_v1.milestone_history as (
    milestone shap_v1.milestone,
    objective_heading text,
    events shap_v1.history_event[],
    carried_from text[],
    carried_to text[],
    holders text[]
);

create type shap_v1.file_part as (
    file_name text,
    content bytea
);

create type shap_v1.doubt as (
    doubt_id bigint,
    kind shap_v1.doubt_kind,
    reference text,
    subject text,
    detail text,
    "references" text[],
    settled_on date,
    settlement text,
    reopened_on date
);

create type shap_v1.receipt as (
    return_id uuid,
    record_id bigint,
    recorded_at timestamptz,
    replayed boolean,
    reference text
);

create type shap_v1.return as (
    record_id bigint,
    return_id uuid,
    plan text,
    reference text,
    organisation text,
    by text,
    entered_for boolean,
    status shap_v1.return_status,
    note text,
    as_of date,
    evidence text,
    rating text,
    new_date text,
    reason text,
    corrects uuid,
    recorded_at timestamptz,
    verdict shap_v1.verdict,
    comment text,
    withdrawn_on date,
    new_day date
);

create type shap_v1.review as (
    record_id bigint,
    return_record_id bigint,
    reference text,
    verdict shap_v1.verdict,
    comment text,
    day date,
    by text,
    recorded_at timestamptz,
    revoked_on date
);

create type shap_v1.grant as (
    record_id bigint,
    plan text,
    reference text,
    return_record_id bigint,
    new_date text,
    new_day date,
    reason text,
    day date,
    by text,
    recorded_at timestamptz,
    extensions integer,
    slip_months integer,
    revoked_on date
);

-- What every report begins with; a basis is what its figures are made of.
create type shap_v1.report_head as (
    plan text,
    council_name text,
    year text,
    title text,
    lead_officer text,
    author text,
    as_at date,
    known_at date,
    known_link bigint,
    version integer,
    adopted_on date,
    rule text,
    covered integer,
    total integer,
    quarter integer,
    objective text,
    organisation text,
    owner text,
    withdrawn_on date,     -- of what is published, and only there: see shap_v1.get_publication
    withdrawn_because text
);

create type shap_v1.report_basis as (
    council_id bigint,
    plan_id bigint,
    first_day date,
    last_day date,
    head shap_v1.report_head,
    standing shap.standing_row[]
);

create type shap_v1.exception_milestone as (
    reference text,
    milestone text,
    who text,
    "when" text,
    new_when text,
    last_day date,
    new_day date,
    measure text,
    milestone_class shap_v1.milestone_class,
    status shap_v1.return_status,
    claimed boolean,
    not_yet_due boolean,
    extensions integer,
    slip_months integer
);

create type shap_v1.exception_action as (
    reference text,
    action text,
    milestones shap_v1.exception_milestone[]
);

create type shap_v1.exception_objective as (
    code text,
    heading text,
    title text,
    actions shap_v1.exception_action[]
);

create type shap_v1.class_count as (
    milestone_class shap_v1.milestone_class,
    milestones integer
);

create type shap_v1.named_milestone as (
    reference text,
    milestone text,
    who text,
    "when" text,
    sent_back boolean
);

create type shap_v1.named_group as (
    name text,
    milestones shap_v1.named_milestone[]
);

create type shap_v1.claim as (
    name text,
    holds boolean,
    satisfied integer,
    "of" integer,
    exceptions text[],
    sentence text,
    percent integer
);

create type shap_v1.account as (
    total integer,
    classes shap_v1.class_count[],
    exception_milestones integer,
    exception_actions integer,
    exception_objectives integer,
    complete_late integer,
    no_return shap_v1.named_group[],
    undated shap_v1.named_group[],
    claims shap_v1.claim[],
    settled shap_v1.named_group[],
    pieces_of_work integer
);

create type shap_v1.exception_report as (
    head shap_v1.report_head,
    objectives shap_v1.exception_objective[],
    account shap_v1.account,
    claims shap_v1.claim[]
);
