-- The people of tests/bench: who acts, and how somebody joins.
create schema bench;
grant usage on schema bench to public;

create function bench.act_as(who text) returns void
language plpgsql as $$
begin
    perform set_config('role', 'none', true);
    perform set_config('shap.callers', i.callers, true), set_config('shap.councils', i.councils, true),
            set_config('shap.organisations', i.organisations, true), set_config('shap.sight', i.sight, true),
            set_config('shap.tokens', i.tokens, true), set_config('role', i.role, true)
       from shap_v1.identify(array[sha256(convert_to(who, 'UTF8'))]) i;
end
$$;

-- Invites somebody and accepts the invitation, with the token `who`.
create function bench.join(who text, organisation text, role shap_v1.role) returns void
language plpgsql as $$
begin
    perform shap_v1.accept_invitation(i.code, sha256(convert_to(who, 'UTF8')))
       from shap_v1.add_person(who, who || '@example.org', organisation, role) i;
end
$$;
