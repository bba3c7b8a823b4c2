-- Who takes part. Organisations and people are global; a membership ties a person to a council (or region), an
-- organisation and one role; invitations and tokens belong to a membership. Only hashes of secrets are kept.
create table shap.organisation (
    id bigint generated always as identity primary key,
    code text not null constraint organisation_code_unique unique
        constraint organisation_code_is_slug check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(code) <= 60),
    name text not null constraint organisation_name_unique unique
        constraint organisation_name_is_short check (length(name) between 1 and 200),
    council_id bigint not null references shap.council, -- whose directory added it
    link bigint not null,
    constraint organisation_link foreign key (council_id, link) references shap.link
);

create table shap.person (
    id bigint generated always as identity primary key,
    name_digest bytea not null,  -- personal_text of council 0
    email_digest bytea,
    email_hash bytea constraint person_email_unique unique, -- of the address in lower case: one person, one row
    council_id bigint not null references shap.council,
    link bigint not null,
    constraint person_link foreign key (council_id, link) references shap.link
);

create table shap.membership (
    id bigint generated always as identity primary key,
    person_id bigint not null references shap.person,
    organisation_id bigint not null references shap.organisation,
    council_id bigint references shap.council,
    region_id bigint references shap.region,
    role text not null constraint membership_role_known
        check (role in ('contributor', 'reader', 'coordinator', 'panel', 'administrator')),
    recorded_council_id bigint not null references shap.council, -- whose ledger recorded it
    link bigint not null,
    constraint membership_has_one_place check ((council_id is null) <> (region_id is null)),
    constraint membership_of_region_reads check (region_id is null or role = 'reader'),
    constraint membership_link foreign key (recorded_council_id, link) references shap.link
);
create index membership_of_person on shap.membership (person_id);
create index membership_of_council on shap.membership (council_id);
alter table shap.link add constraint link_membership foreign key (membership_id) references shap.membership;

-- The end of a membership: a record like the others.
create table shap.membership_end (
    membership_id bigint primary key references shap.membership,
    day date not null,
    council_id bigint not null references shap.council,
    link bigint not null,
    constraint membership_end_link foreign key (council_id, link) references shap.link
);

create table shap.invitation (
    id bigint generated always as identity primary key,
    membership_id bigint not null references shap.membership,
    code_hash bytea not null constraint invitation_code_unique unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    council_id bigint not null references shap.council,
    link bigint not null,
    constraint invitation_hash_is_sha256 check (length(code_hash) = 32),
    constraint invitation_link foreign key (council_id, link) references shap.link
);
create index invitation_of_membership on shap.invitation (membership_id);

create table shap.token (
    id bigint generated always as identity primary key,
    membership_id bigint not null references shap.membership,
    invitation_id bigint constraint token_invitation_once unique references shap.invitation,
    hash bytea not null constraint token_hash_unique unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    council_id bigint not null references shap.council,
    link bigint not null,
    constraint token_hash_is_sha256 check (length(hash) = 32),
    constraint token_link foreign key (council_id, link) references shap.link
);
create index token_of_membership on shap.token (membership_id);
comment on column shap.token.invitation_id is 'the invitation it was exchanged for; null for the first token';

create table shap.token_end (
    token_id bigint primary key references shap.token,
    reason_digest bytea,
    ended_at timestamptz not null,
    council_id bigint not null references shap.council,
    link bigint not null,
    membership_id bigint not null references shap.membership,
    constraint token_end_link foreign key (council_id, link) references shap.link
);

-- The register: what the codes in WHO stand for. The latest entry of a code that was not revoked counts.
create table shap.register_entry (
    council_id bigint not null references shap.council,
    link bigint not null,
    place integer not null default 1, -- within one link
    code text not null constraint register_code_is_short check (length(code) between 1 and 100),
    name text not null,
    kind text not null constraint register_kind_known check (kind in ('post', 'body', 'organisation')),
    organisation_id bigint not null references shap.organisation,
    aliases text[] not null default '{}',
    membership_id bigint references shap.membership,
    record_id bigint not null default nextval('shap.record_id'),
    primary key (council_id, link, place),
    constraint register_entry_record_unique unique (council_id, record_id),
    constraint register_entry_link foreign key (council_id, link) references shap.link
);
create index register_entry_of_code on shap.register_entry (council_id, lower(code), link);

call shap.keep_forever('shap.organisation');
call shap.keep_forever('shap.person');
call shap.keep_forever('shap.membership');
call shap.keep_forever('shap.membership_end');
call shap.keep_forever('shap.invitation');
call shap.keep_forever('shap.token');
call shap.keep_forever('shap.token_end');
call shap.keep_forever('shap.register_entry');
