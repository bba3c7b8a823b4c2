-- The ground of tests/bench/run: councils, each with a plan in force whose milestones a partner shares, made by the API's
-- own functions. psql variables: councils, milestones (of each plan), large (milestones of one more council's plan).
--
-- Of council number n the plan is "council-n/YEAR", and there are the tokens "coordinator-n" and "partner-n"; its
-- milestones are SH1.1/1/1, SH1.1/2/1 and so on. The large one is "large", with "coordinator-large".
\set ON_ERROR_STOP 1
set client_min_messages = warning;
\ir people.sql

-- The plan's year: the financial one it is now.
create function bench.year() returns text
language sql stable as $$
    select to_char(y, 'YYYY') || '-' || to_char(y + interval '1 year', 'YY') from (select now() - interval '3 months') t (y)
$$;

-- Milestones that fall due at the ends of three quarters, of actions with one milestone each.
create function bench.rows(n integer) returns shap_v1.plan_row[]
language sql stable as $$
    select array_agg(row(i + 1, 'SH1.1', 'SH1.1 More homes', 'More homes', '', i::text, 'Action ' || i, '1',
                         'Deliver part ' || i || ' of the programme', 'PT',
                         (array['June', 'September', 'December'])[i % 3 + 1] || ' ' || left(bench.year(), 4),
                         'Part ' || i || ' is delivered')::shap_v1.plan_row order by i)
      from generate_series(1, n) i
$$;

create procedure bench.make_council(code text, name text, suffix text, n_milestones integer)
language plpgsql as $$
declare
    import constant uuid := gen_random_uuid();
    content constant bytea := convert_to(code, 'UTF8');
    rows constant shap_v1.plan_row[] := bench.rows(n_milestones);
    n_parts constant integer := ceil(n_milestones / 500.0);
begin
    perform set_config('role', 'shap_owner', true);
    perform shap.found_council(code, name, 'Ann Admin', sha256(convert_to('admin-' || suffix, 'UTF8')));
    perform bench.act_as('admin-' || suffix);
    perform shap_v1.add_organisation('partner-' || suffix, 'Partner ' || suffix);
    perform bench.join('coordinator-' || suffix, code, 'coordinator');
    perform bench.join('partner-' || suffix, 'partner-' || suffix, 'contributor');
    perform bench.act_as('coordinator-' || suffix);
    perform shap_v1.add_register_entry('PT', 'Partner', 'organisation', 'partner-' || suffix, '{}');
    perform shap_v1.send_import_part(import, null, bench.year(), 'plan.csv', p, rows[p * 500 - 499:p * 500],
                                     case p when 1 then content else '' end) from generate_series(1, n_parts) p;
    perform shap_v1.finish_import(import, null, n_parts, sha256(content), null);
    perform shap_v1.adopt_plan(bench.year(), null, null, null);
    perform set_config('role', 'none', true);
end
$$;

create procedure bench.make(n_councils integer, n_milestones integer, n_large integer)
language plpgsql as $$
begin
    for n in 1..n_councils loop
        call bench.make_council('council-' || n, 'Council ' || n, n::text, n_milestones);
        commit;
    end loop;
    call bench.make_council('large', 'Large', 'large', n_large);
end
$$;
call bench.make(:councils, :milestones, :large);
vacuum analyze;
