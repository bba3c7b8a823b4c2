-- The API: functions and types that clients reach, rebuilt whole at each deployment. Everything a client may call
-- is here and in the files that follow; see README, "How it works", for how it corresponds to proto/shap/v1.
--
-- API functions are definers of shap_api, which is itself bound by forced row level security: schema shap stays
-- invisible to the group roles, and one set of query plans serves every caller. EXECUTE decides who may call what.
drop schema if exists shap_v1 cascade;
create schema shap_v1 authorization shap_api;
comment on schema shap_v1 is 'the API of shap: functions and types of package shap.v1';
grant create on schema shap_v1 to shap_owner;
grant usage on schema shap_v1 to shap_server, shap_owner, shap_anonymous, shap_contributor, shap_reader,
    shap_coordinator, shap_panel, shap_administrator;
