-- An import that changed nothing: the version that said the same and answered it, so that it is answered alike for ever.
create table shap.import_unchanged (
    council_id bigint not null,
    import_id uuid not null,
    plan_id bigint not null,
    version integer not null,
    membership_id bigint not null references shap.membership,
    received_at timestamptz not null,
    primary key (council_id, import_id),
    constraint import_unchanged_version foreign key (council_id, plan_id, version) references shap.plan_version
);
call shap.keep_forever('shap.import_unchanged');
