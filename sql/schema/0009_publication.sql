-- Reports that were published: what was asked for, what it rested on, and every byte of the answer. Each entry's hash is of
-- all the rest of it, the hash of the entry before it among them (see shap.publication_entry): nothing can be changed, put
-- between or left out without all later ones being different, too.
create table shap.publication (
    council_id bigint not null,
    record_id bigint not null default nextval('shap.record_id'),
    number integer not null constraint publication_number_positive check (number > 0), -- of the council's, without gaps
    plan_id bigint not null,
    report text not null,          -- its name: "exceptions"
    request text not null,         -- what was asked for, in the canonical form: {"plan":"copeland/2010-11",...}
    as_at date not null,
    known_link bigint not null,    -- the last link that it knew
    rule text not null,            -- the rules it was made by
    content text not null,         -- the report's message in the canonical form
    content_sha256 bytea not null constraint publication_content_is_sha256 check (length(content_sha256) = 32),
    note_digest bytea,
    day date not null,
    previous_sha256 bytea not null constraint publication_previous_is_sha256 check (length(previous_sha256) in (0, 32)),
    entry_sha256 bytea not null constraint publication_entry_is_sha256 check (length(entry_sha256) = 32),
    membership_id bigint not null references shap.membership,
    link bigint not null,
    primary key (council_id, record_id),
    constraint publication_number_unique unique (council_id, number),
    constraint publication_plan foreign key (council_id, plan_id) references shap.plan,
    constraint publication_link foreign key (council_id, link) references shap.link,
    constraint publication_knows_the_past check (known_link <= link)
);

call shap.keep_forever('shap.publication');
