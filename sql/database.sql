-- What a database needs before the first migration: the two schemas' owners, and nothing for anybody else.
-- Safe to run again.
create schema if not exists shap authorization shap_owner;
comment on schema shap is 'tables and rules of shap; not visible to clients';
grant usage on schema shap to shap_api;
grant usage, create on schema shap to shap_eraser;
revoke all on schema shap from public;
revoke create on schema public from public;
alter default privileges for role shap_owner revoke execute on functions from public;
alter default privileges for role shap_api revoke execute on functions from public;
alter default privileges for role shap_eraser revoke execute on functions from public;
