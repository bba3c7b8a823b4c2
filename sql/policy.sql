-- Row level security, all in one place. Dropped and rebuilt at each deployment.
--
-- Every table is under forced security, so that its owner is bound too; each has a policy that lets the owner
-- through (migrations, definers with a reason). What remains is shap_api, the role all API functions run as:
--   * it sees rows of the callers' councils, as far as their sight goes;
--   * it adds rows in the callers' own name only;
--   * it changes nothing: it holds no privilege to.
-- The identity is read through (select ...), once per statement. No policy reads a table whose policy reads its own.
do $$
declare
    t record;
    p record;
    council constant text := '(council_id = any ((select shap.councils())::bigint[]))';
    full_sight constant text := '((select shap.sight()) = ''full'')';
    shared_sight constant text := '((select shap.sight()) = ''shared'' and exists (select from shap.share_in_force s
        where s.council_id = %1$s.council_id and s.plan_id = %1$s.plan_id and s.reference = %1$s.reference
          and s.organisation_id = any ((select shap.organisations())::bigint[])))';
    own_share constant text := '((select shap.sight()) = ''shared'' and exists (select from shap.share_in_force s
        where s.council_id = "return".council_id and s.plan_id = "return".plan_id and s.reference = "return".reference
          and s.organisation_id = "return".organisation_id))';
    shared_in constant text := '((select shap.sight()) = ''shared'' and exists (select from shap.share_in_force s
        where s.council_id = %1$s.council_id and s.plan_id = %1$s.plan_id and s.reference = any (%1$s."references")
          and s.organisation_id = any ((select shap.organisations())::bigint[])))';
    any_sight constant text := '((select shap.sight()) in (''full'', ''shared''))';
    -- Of a plan: whole councils with full sight, else where the callers' organisations share something in it.
    plan_sight constant text := '((select shap.sight()) = ''full'' or (select shap.sight()) = ''shared'' and exists (
        select from shap.share_in_force s where s.council_id = %1$s.council_id and s.plan_id = %1$s.%2$s
           and s.organisation_id = any ((select shap.organisations())::bigint[])))';
    -- Of two milestones: both are to be seen.
    both_sight constant text := '((select shap.sight()) = ''full'' or (select shap.sight()) = ''shared'' and 2 = (
        select count(distinct s.reference) from shap.share_in_force s where s.council_id = %1$s.council_id
           and s.plan_id = %1$s.plan_id and s.reference in (%1$s.reference, %1$s.step)
           and s.organisation_id = any ((select shap.organisations())::bigint[])))';
    own_name constant text := '(membership_id = any ((select shap.callers())::bigint[]))';
    read_rule text;
    add_rule text;
begin
    for p in select schemaname, tablename, policyname from pg_catalog.pg_policies where schemaname = 'shap' loop
        execute format('drop policy %I on shap.%I', p.policyname, p.tablename);
    end loop;

    for t in select c.oid::regclass as name, c.relname from pg_catalog.pg_class c
              where c.relnamespace = 'shap'::regnamespace and c.relkind in ('r', 'p') loop
        execute format('alter table %s enable row level security', t.name);
        execute format('alter table %s force row level security', t.name);
        execute format('create policy owner on %s to shap_owner using (true) with check (true)', t.name);
        execute format('revoke all on %s from public, shap_api, shap_eraser', t.name);
    end loop;

    -- What everybody who calls may know.
    foreach read_rule in array array['clock_shift', 'council', 'organisation', 'succession', 'built_in_cycle'] loop
        continue when to_regclass('shap.' || read_rule) is null;
        execute format('grant select on shap.%I to shap_api', read_rule);
        execute format('create policy reads on shap.%I for select to shap_api using (true)', read_rule);
    end loop;

    -- Tables of a council, by who sees a row and who may add one (null: nobody but definers).
    for t in select * from (values
        ('link',             council, null),
        ('ledger_head',      council, null),
        ('plan',             council || ' and ' || format(plan_sight, 'plan', 'id'), council || ' and ' || full_sight),
        ('plan_description', council || ' and ' || format(plan_sight, 'plan_description', 'plan_id'),
            council || ' and ' || full_sight || ' and ' || own_name),
        ('import_part',      council || ' and ' || full_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('import_unchanged', council || ' and ' || full_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('plan_version',     council || ' and ' || format(plan_sight, 'plan_version', 'plan_id'),
            council || ' and ' || full_sight || ' and ' || own_name),
        ('adoption',         council || ' and ' || format(plan_sight, 'adoption', 'plan_id'),
            council || ' and ' || full_sight || ' and ' || own_name),
        ('share',            council || ' and ' || any_sight, council || ' and ' || full_sight),
        ('doubt',            council || ' and ' || full_sight, council || ' and ' || full_sight),
        ('doubt_settlement', council || ' and ' || full_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('register_entry',   council, council || ' and ' || full_sight || ' and ' || own_name),
        ('roll',             council || ' and ' || full_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('holding',          council || ' and ' || any_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('meeting',          council || ' and ' || any_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('milestone_order',  council || ' and ' || format(both_sight, 'milestone_order'),
            council || ' and ' || format(both_sight, 'milestone_order') || ' and ' || own_name),
        ('rating_scheme',    '(council_id = 0 or ' || council || ' and ' || any_sight || ')',
            council || ' and ' || full_sight || ' and ' || own_name),
        ('rating_rule',      '(council_id = 0 or ' || council || ' and ' || any_sight || ')', council || ' and ' || full_sight),
        ('rating_choice',    council || ' and ' || any_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('same_work',        council || ' and (' || full_sight || ' or ' || format(shared_in, 'same_work') || ')',
            council || ' and ' || full_sight || ' and ' || own_name),
        ('cycle',            council || ' and ' || any_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('window',           council || ' and ' || format(plan_sight, '"window"', 'plan_id'),
            council || ' and ' || full_sight || ' and ' || own_name),
        ('window_close',     council || ' and ' || format(plan_sight, 'window_close', 'plan_id'),
            council || ' and ' || full_sight || ' and ' || own_name),
        ('publication',      council || ' and ' || full_sight, council || ' and ' || full_sight || ' and ' || own_name),
        ('erasure',          council || ' and (select shap.sight()) in (''full'', ''directory'')', null)
    ) as v (relname, sees, adds) loop
        execute format('grant select on shap.%I to shap_api', t.relname);
        execute format('create policy reads on shap.%I for select to shap_api using (%s)', t.relname, t.sees);
        if t.adds is not null then
            execute format('grant insert on shap.%I to shap_api', t.relname);
            execute format('create policy adds on shap.%I for insert to shap_api with check (%s)', t.relname, t.adds);
        end if;
    end loop;

    -- Tables of milestones: whole councils with full sight, else what is shared. Rows the rules made carry no name.
    for t in select * from (values
        ('milestone',    full_sight),
        ('when_reading', full_sight),
        ('who_reading',  full_sight),
        ('return',       own_name),
        ('review',       full_sight || ' and ' || own_name),
        ('grant',        full_sight || ' and ' || own_name),
        ('sign_off',     full_sight || ' and ' || own_name),
        ('carry',        full_sight || ' and ' || own_name),
        ('rating_figure',   full_sight || ' and ' || own_name),
        ('rating_override', full_sight || ' and ' || own_name),
        ('counter_act',  own_name)
    ) as v (relname, adds) loop
        read_rule := format('%s and (%s or %s)', council, full_sight,
                            format(shared_sight, format('shap.%I', t.relname)));
        if t.relname = 'counter_act' then -- of what is about no milestone: everybody's, or of a plan as what it undoes
            read_rule := format('%s or %s and reference is null and (plan_id is null and %s or kind not in (''settlement'', ''publication'') and %s)',
                                read_rule, council, any_sight, format(plan_sight, 'counter_act', 'plan_id'));
        end if;
        add_rule := format('%s and %s and (%s or %s)', council, t.adds, full_sight,
                           format(shared_sight, format('shap.%I', t.relname)));
        if t.relname = 'return' then -- for an organisation of the callers, on what that one shares
            add_rule := format('%s and %s and (%s or (organisation_id = any ((select shap.organisations())::bigint[]) and %s))',
                               council, t.adds, full_sight, own_share);
        end if;
        execute format('grant select, insert on shap.%I to shap_api', t.relname);
        execute format('create policy reads on shap.%I for select to shap_api using (%s)', t.relname, read_rule);
        execute format('create policy adds on shap.%I for insert to shap_api with check (%s)', t.relname, add_rule);
    end loop;

    -- Personal text: of the callers' councils, and the directory's (council 0).
    grant select, insert on shap.personal_text to shap_api;
    create policy reads on shap.personal_text for select to shap_api
        using (council_id = 0 or council_id = any ((select shap.councils())::bigint[]));
    create policy adds on shap.personal_text for insert to shap_api
        with check (council_id = 0 or council_id = any ((select shap.councils())::bigint[]));

    -- Whose role may blank it does so by one function (logic/erase.sql), which leaves a record.
    grant select, update (body, salt, erased_on) on shap.personal_text to shap_eraser;
    grant insert on shap.erasure to shap_eraser;
    grant select, delete on shap.person_address to shap_eraser;
    grant usage on sequence shap.record_id to shap_eraser;
    create policy erases on shap.personal_text to shap_eraser using (true) with check (true);
    create policy erases on shap.erasure for insert to shap_eraser with check (true);
    create policy erases on shap.person_address to shap_eraser using (true);

    -- The directory is written by definers of the owner alone (logic/directory.sql); its administrators see it.
    foreach read_rule in array array['person', 'membership', 'membership_end', 'invitation', 'token', 'token_end'] loop
        execute format('grant select on shap.%I to shap_api', read_rule);
    end loop;
    create policy reads on shap.membership for select to shap_api using (
        id = any ((select shap.callers())::bigint[])
        or (council_id = any ((select shap.councils())::bigint[])
            and (select shap.sight()) in ('directory', 'full')));
    create policy reads on shap.person for select to shap_api using (
        exists (select from shap.membership m where m.person_id = person.id));
    create policy reads on shap.membership_end for select to shap_api using (
        exists (select from shap.membership m where m.id = membership_end.membership_id));
    create policy reads on shap.invitation for select to shap_api using (
        exists (select from shap.membership m where m.id = invitation.membership_id)
        and (select shap.sight()) = 'directory');
    create policy reads on shap.token for select to shap_api using (
        membership_id = any ((select shap.callers())::bigint[])
        or ((select shap.sight()) = 'directory'
            and exists (select from shap.membership m where m.id = token.membership_id)));
    create policy reads on shap.token_end for select to shap_api using (
        exists (select from shap.token k where k.id = token_end.token_id));
    grant select on shap.token_use to shap_api;
    create policy reads on shap.token_use for select to shap_api using (
        exists (select from shap.token k where k.id = token_use.token_id));
    grant usage on sequence shap.record_id to shap_api;
end
$$;
