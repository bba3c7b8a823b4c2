-- The roles of a shap installation: cluster-wide, made once, by a superuser (or a role that may create roles).
-- Safe to run again. Nobody but shap_server logs in, and it owns nothing.
--
--   shap_owner          owns the schemas and tables, runs migrations; nobody logs in as it
--   shap_api            owns the API functions, which run with its rights, under forced row level security
--   shap_server         what shapd connects as: may become a group role, and nothing else
--   shap_<group>        one per role of a membership: what a caller may execute
--   shap_eraser         may blank personal text, leaving a record
do $$
declare
    name text;
begin
    foreach name in array array['shap_owner', 'shap_api', 'shap_anonymous', 'shap_contributor', 'shap_reader',
                                'shap_coordinator', 'shap_panel', 'shap_administrator', 'shap_eraser'] loop
        if not exists (select from pg_catalog.pg_roles r where r.rolname = name) then
            execute format('create role %I nologin noinherit', name);
        end if;
    end loop;
    if not exists (select from pg_catalog.pg_roles r where r.rolname = 'shap_server') then
        create role shap_server login noinherit;
    end if;
end
$$;

grant shap_anonymous, shap_contributor, shap_reader, shap_coordinator, shap_panel, shap_administrator to shap_server;

-- A call's own time is set in the statement that tells who calls. That one has this.
alter role shap_server set statement_timeout = '30s';

-- No statement of ours is long enough to be worth compiling; one whose cost is overrated takes longer for it than by itself.
alter role shap_server set jit = off;

-- A server whose machine or line has gone in the middle of a call leaves a session that waits for the rest of it, and holds
-- what the call has locked, for as long as TCP believes in the line: without this two hours.
alter role shap_server set tcp_keepalives_idle = 15;
alter role shap_server set tcp_keepalives_interval = 5;
alter role shap_server set tcp_keepalives_count = 3;

-- Who deploys acts as the owners; a superuser may anyway.
do $$
begin
    if not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute format('grant shap_owner, shap_api, shap_eraser to %I', current_user);
    end if;
end
$$;
