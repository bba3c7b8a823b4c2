-- Service Publications: reports that are frozen, with what they were made of, so that they can be made again.

-- The reports that can be published, each with the function that makes it: a line here, and one in PublishedReport.
create function shap_v1.publishable() returns table (report text, made_by regproc)
language sql stable
begin atomic
    select p.report, p.made_by
      from (values ('exceptions', 'shap_v1.get_exception_report'::regproc),
                   ('extensions', 'shap_v1.get_extension_report'),
                   ('knock_ons', 'shap_v1.get_knock_on_report'),
                   ('movement', 'shap_v1.get_movement_report'),
                   ('rating', 'shap_v1.get_rating_report'),
                   ('disagreements', 'shap_v1.get_disagreement_report'),
                   ('account', 'shap_v1.get_account_report'),
                   ('completed', 'shap_v1.get_completed_report'),
                   ('doubts', 'shap_v1.get_doubt_report'),
                   ('forward', 'shap_v1.get_forward_report'),
                   ('history', 'shap_v1.get_history_report'),
                   ('no_return', 'shap_v1.get_no_return_report'),
                   ('outstanding', 'shap_v1.get_outstanding_report'),
                   ('window_status', 'shap_v1.get_window_status'),
                   ('sign_off', 'shap_v1.get_sign_off_report')) p (report, made_by);
end;

-- A published report: the field of its name holds it.
create type shap_v1.published_report as (
    exceptions shap_v1.exception_report,
    extensions shap_v1.extension_report,
    knock_ons shap_v1.knock_on_report,
    movement shap_v1.movement_report,
    account shap_v1.account_report,
    completed shap_v1.completed_report,
    doubts shap_v1.doubt_report,
    forward shap_v1.forward_report,
    history shap_v1.history_report,
    no_return shap_v1.no_return_report,
    outstanding shap_v1.outstanding_report,
    rating shap_v1.rating_report,
    disagreements shap_v1.disagreement_report,
    sign_off shap_v1.sign_off_report,
    window_status shap_v1.window_status
);

create type shap_v1.publication as (
    publication_id bigint,
    number integer,
    plan text,
    report text,
    as_at date,
    known_at date,
    known_link bigint,
    rule text,
    sha256 bytea,
    day date,
    by text,
    note text,
    recorded_at timestamptz,
    entry_sha256 bytea,
    previous_sha256 bytea,
    request text,
    withdrawn_on date,
    withdrawn_because text,
    canonical bytea,
    content shap_v1.published_report
);

create type shap_v1.reproduction as (
    publication_id bigint,
    report text,
    as_at date,
    known_link bigint,
    same boolean,
    published_sha256 bytea,
    reproduced_sha256 bytea,
    published_bytes integer,
    reproduced_bytes integer,
    published_rule text,
    reproduced_rule text,
    erased_texts integer,
    same_but_erased boolean
);

create type shap_v1.arrival as (
    record_id bigint,
    kind text,
    reference text,
    day date,
    recorded_at timestamptz,
    by text,
    organisation text,
    summary text,
    of_record bigint
);

create type shap_v1.verification as (
    council text,
    publications integer,
    holds boolean,
    broken_number integer,
    broken_publication_id bigint,
    fault text,
    last_number integer,
    last_entry_sha256 bytea
);

-- The function that makes a report. Refuses one that cannot be published. Internal.
create function shap_v1.report_maker(report text) returns regproc
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    made_by constant regproc := (select p.made_by from shap_v1.publishable() p where p.report = report_maker.report);
begin
    if report = 'councils' then
        raise exception using errcode = 'RPC03',
            message = 'a publication is of one plan, in the chain of its council; the report "councils" is of several',
            hint = 'Publish the account of each, which it is the sum of: shap report publish account --plan COUNCIL/YEAR --as-at DAY';
    elsif made_by is null then
        raise exception using errcode = 'RPC03',
            message = case when nullif(btrim(report), '') is null then 'which report is published?'
                           else format('there is no report "%s" that is published', left(report, 60)) end,
            hint = 'There are: ' || (select string_agg(p.report, ', ' order by p.report collate "C") from shap_v1.publishable() p);
    end if;
    return made_by;
end
$$;

-- The arguments of a function that makes a report, in their order. Internal.
create function shap_v1.report_arguments(made_by regproc) returns table (place bigint, name text, type text)
language sql stable
begin atomic
    select t.place, p.proargnames[t.place], format_type(t.type, null)
      from pg_proc p cross join lateral unnest(p.proargtypes) with ordinality t (type, place)
     where p.oid = report_arguments.made_by;
end;

-- A request for a report in the canonical form: what is given (a value for each name, as text), in the order of the
-- arguments. Refuses a name that the report does not take, and a value that is none of its type. Internal.
create function shap_v1.report_request(report text, given jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    made_by constant regproc := shap_v1.report_maker(report);
    stranger constant text := (select min(k collate "C") from jsonb_object_keys(given) k
                                where k not in (select a.name from shap_v1.report_arguments(made_by) a));
    argument record;
begin
    if stranger is not null then
        raise exception using errcode = 'RPC03', message = format('the report "%s" takes no "%s"', report, left(stranger, 60)),
            hint = 'It takes: ' || (select string_agg(a.name, ', ' order by a.place) from shap_v1.report_arguments(made_by) a);
    end if;
    for argument in select a.name, a.type, given ->> a.name as value from shap_v1.report_arguments(made_by) a
                     where given ? a.name loop
        begin
            execute format('select %L::%s', argument.value, argument.type);
        exception when data_exception then
            raise exception using errcode = 'RPC03',
                message = format('%s: "%s" is not what the report "%s" takes there', argument.name, left(argument.value, 60), report),
                hint = format('It takes a value of type %s.', argument.type);
        end;
    end loop;
    return (select shap.canonical(json_object_agg(a.name, given ->> a.name order by a.place))
              from shap_v1.report_arguments(made_by) a where given ->> a.name is not null);
end
$$;

-- A report made from the records that are known at a link, and beside it in other councils' ledgers, in the canonical
-- form. Internal.
create function shap_v1.report_made(report text, request text, known_link bigint, known_beside jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    made_by constant regproc := shap_v1.report_maker(report);
    limit_before constant text := coalesce(current_setting('shap.known_limit', true), '');
    content text;
begin
    perform set_config('shap.known_limit', known_link::text, true),
            set_config('shap.known_beside', coalesce(known_beside::text, ''), true);
    execute (select format('select shap.canonical(r) from %s(%s) r', made_by,
                           string_agg(format('%I => %L::%s', a.name, request::jsonb ->> a.name, a.type), ', ' order by a.place))
               from shap_v1.report_arguments(made_by) a)
       into content;
    perform set_config('shap.known_limit', limit_before, true), set_config('shap.known_beside', '', true);
    return content;
end
$$;

-- The publication with a record number. Refuses one that the caller does not see. Internal.
create function shap_v1.publication_of(publication_id bigint) returns shap.publication
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    found shap.publication;
begin
    select p.* into found from shap.publication p
     where p.council_id = any (shap.councils()) and p.record_id = publication_id;
    if found.record_id is null then
        raise exception using errcode = 'RPC05',
            message = format('there is no publication %s', coalesce(publication_id::text, '""')),
            hint = 'What was published is listed by: shap report publications';
    end if;
    return found;
end
$$;

-- A publication as it stands now, without its content. Internal.
create function shap_v1.publication_shown(p shap.publication) returns shap_v1.publication
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select row(p.record_id, p.number, shap.plan_name(p.council_id, p.plan_id), p.report, p.as_at,
                   (p.request::jsonb ->> 'known_at')::date, p.known_link, p.rule, p.content_sha256, p.day,
                   shap.name_of(p.membership_id), shap.text_of(p.council_id, p.note_digest), l.recorded_at, p.entry_sha256,
                   p.previous_sha256, p.request, u.day, shap.text_of(p.council_id, u.reason_digest), null, null
                  )::shap_v1.publication
          from shap.link l
          left join shap.counter_act u on u.council_id = p.council_id and u.of_record = p.record_id
         where l.council_id = p.council_id and l.number = p.link);
end
$$;

-- Publishes a report: freezes it as at a day (absent: today) and as known at a day (absent: at this moment), in an entry
-- that is chained to the one before. parameters: "name=value" of what else the report takes. Refuses a report that cannot
-- be published and parameters that it does not take, days to come, a day of the decision before the report's
-- (INVALID_ARGUMENT), and what the report itself refuses. Tables written: publication, personal_text, link.
create function shap_v1.publish_report(report text, plan text, as_at date, known_at date, objective text, organisation text,
                                       owner text, parameters text[], note text, day date) returns shap_v1.publication
language plpgsql volatile cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    named constant record := shap.plan_of(plan);
    council constant bigint := named.council_id;
    report constant text := replace(btrim(publish_report.report), '-', '_'); -- as people type it
    made shap.publication;
    last shap.publication;
begin
    as_at := shap.check_day(council, 'as at', as_at);
    made.day := shap.check_day_after(council, day, as_at, 'the report');
    perform shap.check_text('note', note, 20000);
    made.request := shap_v1.report_request(report, jsonb_strip_nulls(
        coalesce((select jsonb_object_agg(replace(split_part(q, '=', 1), '-', '_'), nullif(substr(q, strpos(q, '=') + 1), ''))
                    from unnest(parameters) q), '{}')
        || jsonb_build_object('plan', shap.plan_name(council, named.plan_id), 'as_at', as_at, 'known_at', known_at,
                              'objective', objective, 'organisation', shap.organisation_meant(organisation),
                              'owner', shap.owner_meant(council, named.plan_id, owner))));
    made.link := shap.take_link(council, shap.caller());
    made.known_link := shap.link_at(council, known_at);
    made.known_beside := shap.links_beside(council, made.known_link);
    made.content := shap_v1.report_made(report, made.request, made.known_link, made.known_beside);
    select p.* into last from shap.publication p where p.council_id = council order by p.number desc limit 1;
    made.council_id := council;
    made.record_id := nextval('shap.record_id');
    made.number := coalesce(last.number, 0) + 1;
    made.plan_id := named.plan_id;
    made.report := report;
    made.as_at := as_at;
    made.rule := made.content::jsonb -> 'head' ->> 'rule';
    made.content_sha256 := sha256(convert_to(made.content, 'UTF8'));
    made.note_digest := shap.keep_text(council, nullif(btrim(note), ''));
    made.previous_sha256 := coalesce(last.entry_sha256, '');
    made.membership_id := shap.caller();
    made.entry_sha256 := sha256(convert_to(shap.publication_entry(made), 'UTF8'));
    insert into shap.publication select made.*;
    return shap_v1.publication_shown(made);
end
$$;
grant execute on function shap_v1.publish_report(text, text, date, date, text, text, text, text[], text, date) to shap_coordinator;

-- What was published of a plan (absent: of the council), the oldest first, also what was withdrawn; without the contents.
create function shap_v1.list_publications(plan text, report text) returns setof shap_v1.publication
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    named record;
begin
    if nullif(btrim(plan), '') is not null then
        named := shap.plan_of(plan);
    else
        select null::bigint as council_id, null::bigint as plan_id into named;
    end if;
    return query
        select (shap_v1.publication_shown(p)).*
          from shap.publication p
         where p.council_id = any (shap.councils())
           and (named.plan_id is null or p.council_id = named.council_id and p.plan_id = named.plan_id)
           and (list_publications.report is null or p.report = replace(btrim(list_publications.report), '-', '_'))
         order by p.council_id, p.number;
end
$$;
grant execute on function shap_v1.list_publications(text, text) to shap_reader, shap_coordinator, shap_panel;

-- A publication with what was published: the message and, where it is asked for, the very bytes that were hashed. Refuses
-- one that is not there, and one whose bytes are not those that its entry names (DATA_LOSS would be the word for it).
create function shap_v1.get_publication(publication_id bigint, canonical boolean) returns shap_v1.publication
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant shap.publication := shap_v1.publication_of(publication_id);
    shown shap_v1.publication := shap_v1.publication_shown(found);
    content jsonb;
begin
    if sha256(convert_to(found.content, 'UTF8')) <> found.content_sha256 then
        raise exception using errcode = 'RPC09',
            message = format('publication %s is not what was published: its text has another hash', publication_id),
            hint = 'Somebody changed the database itself. See: shap report verify';
    end if;
    content := found.content::jsonb;
    if shown.withdrawn_on is not null then -- every copy made from now on says so
        content := jsonb_set(content, '{head}', content -> 'head' || jsonb_build_object(
            'withdrawn_on', shown.withdrawn_on, 'withdrawn_because', shown.withdrawn_because));
    end if;
    shown.content := jsonb_populate_record(null::shap_v1.published_report, jsonb_build_object(found.report, content));
    if get_publication.canonical then
        shown.canonical := convert_to(found.content, 'UTF8');
    end if;
    return shown;
end
$$;
grant execute on function shap_v1.get_publication(bigint, boolean) to shap_reader, shap_coordinator, shap_panel;

-- Makes a publication again from the records, by the request that is kept and as known at its link, and compares the two
-- byte for byte. Refuses one that is not there.
create function shap_v1.reproduce_publication(publication_id bigint) returns shap_v1.reproduction
language plpgsql stable cost 10000 security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant shap.publication := shap_v1.publication_of(publication_id);
    published constant bytea := convert_to(found.content, 'UTF8');
    reproduced constant bytea := convert_to(shap_v1.report_made(found.report, found.request, found.known_link,
                                                                     found.known_beside), 'UTF8');
begin
    return row(found.record_id, found.report, found.as_at, found.known_link,
               published = reproduced and sha256(reproduced) = found.content_sha256, found.content_sha256, sha256(reproduced),
               length(published), length(reproduced), found.rule,
               convert_from(reproduced, 'UTF8')::jsonb -> 'head' ->> 'rule', shap.texts_erased_of(found.council_id, found.record_id),
               shap.same_but_erased(found.content, convert_from(reproduced, 'UTF8')))::shap_v1.reproduction;
end
$$;
grant execute on function shap_v1.reproduce_publication(bigint) to shap_reader, shap_coordinator, shap_panel;

-- What arrived after a publication and speaks of its day or one before it, in the order of the ledger. Refuses one that is
-- not there.
create function shap_v1.list_arrivals(publication_id bigint) returns setof shap_v1.arrival
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
    found constant shap.publication := shap_v1.publication_of(publication_id);
begin
    return query
        select a.record_id, a.kind, a.reference, a.day, l.recorded_at, shap.name_of(a.membership_id), o.code, a.summary, a.of_record
          from shap.arrived_since(found.council_id, found.plan_id, found.as_at, found.known_link) a
          join shap.link l on l.council_id = found.council_id and l.number = a.link
          left join shap.organisation o on o.id = a.organisation_id
         order by a.link, a.record_id;
end
$$;
grant execute on function shap_v1.list_arrivals(bigint) to shap_reader, shap_coordinator, shap_panel;

-- Recomputes the hashes of everything that the caller's councils published, a row for each council, and names the first
-- publication that is not as it was.
create function shap_v1.verify_publications() returns setof shap_v1.verification
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
        select c.code, count(v.number)::integer, count(v.fault) = 0,
               (array_agg(v.number order by v.number) filter (where v.fault is not null))[1],
               (array_agg(v.record_id order by v.number) filter (where v.fault is not null))[1],
               (array_agg(v.fault order by v.number) filter (where v.fault is not null))[1],
               max(v.number), (array_agg(v.entry_sha256 order by v.number desc) filter (where v.number is not null))[1]
          from shap.council c
          left join lateral shap.publications_verified(c.id) v on true
         where c.id = any (shap.councils())
         group by c.code order by c.code collate "C";
end
$$;
grant execute on function shap_v1.verify_publications() to shap_reader, shap_coordinator, shap_panel;

-- Withdraws a publication, with a reason; it stays readable. Refuses one that is not there (NOT_FOUND), no reason and a day
-- before it was published (INVALID_ARGUMENT), one that is withdrawn already (ABORTED).
-- Tables written: counter_act, personal_text, link.
create function shap_v1.withdraw_publication(publication_id bigint, reason text, day date) returns shap_v1.publication
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    found constant shap.publication := shap_v1.publication_of(publication_id);
begin
    perform shap.undo(found.council_id, found.plan_id, null, found.record_id, 'publication', found.day, withdraw_publication.day,
                      withdraw_publication.reason);
    return shap_v1.publication_shown(found);
end
$$;
grant execute on function shap_v1.withdraw_publication(bigint, text, date) to shap_coordinator;
