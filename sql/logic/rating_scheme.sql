-- Rating schemes: how their rows are written in a file and kept, which scheme is in force, which one a council chose.
--
-- A row as written has a cell for each condition, empty where it asks nothing: class, status and officer list words, with a
-- semicolon between them; months, days and percent are "2", "0-1" or "2+"; re_dated is "yes" or "no".

-- Refuses a cell of a row, naming its line and column.
create or replace function shap.refuse_cell(line integer, field text, cause text, cure text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    raise exception using errcode = 'RPC03', message = format('line %s, column %s: %s', line, field, cause), hint = cure;
end
$$;
revoke all on function shap.refuse_cell(integer, text, text, text) from public;
grant execute on function shap.refuse_cell(integer, text, text, text) to shap_api;

-- The words of a cell, in the order written, null for none. known: those there are; null: any rating.
create or replace function shap.rule_words(line integer, field text, cell text, known text[]) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    word text;
    words text[];
begin
    if cell !~ '\S' or cell is null then
        return null;
    elsif length(cell) > 300 then
        perform shap.refuse_cell(line, field, format('%s characters; at most 300 are kept', length(cell)), 'Make several rows of it.');
    end if;
    foreach word in array regexp_split_to_array(cell, ';') loop
        word := lower(regexp_replace(btrim(word), '[\s_-]+', case when known is null then ' ' else '_' end, 'g'));
        if word <> all (known) then
            perform shap.refuse_cell(line, field, format('"%s" is none of %s', left(word, 40), array_to_string(known, ', ')),
                                     'Several are separated by a semicolon; an empty cell asks nothing.');
        elsif word !~ '^[a-z_]+( [a-z]+)*$' then
            perform shap.refuse_cell(line, field, format('"%s" is not a rating', left(word, 40)),
                                     'A rating is one or more words in letters, such as: amber');
        end if;
        words := words || word;
    end loop;
    return words;
end
$$;
revoke all on function shap.rule_words(integer, text, text, text[]) from public;
grant execute on function shap.rule_words(integer, text, text, text[]) to shap_api;

-- The bounds of a cell "2", "0-1" or "2+"; nulls for an empty one.
create or replace function shap.rule_range(line integer, field text, cell text, out low numeric, out high numeric)
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    number constant text := case field when 'percent' then '(\d{1,6}(?:\.\d)?)' else '(\d{1,6})' end;
    parts text[];
begin
    if cell !~ '\S' or cell is null then
        return;
    end if;
    parts := regexp_match(btrim(cell), format('^%s(?: *(\+)| *(?:-|–|to) *%s)?$', number, number));
    if parts is null then
        perform shap.refuse_cell(line, field, format('"%s" is not a range', left(cell, 40)),
                                 'Write 2 for just that, 0-1 for both and what lies between, 2+ for that and more.');
    end if;
    low := parts[1]::numeric;
    high := case when parts[2] is null then coalesce(parts[3], parts[1])::numeric end;
    if high < low then
        perform shap.refuse_cell(line, field, format('"%s" ends before it begins', left(cell, 40)), 'Write the lower bound first.');
    end if;
end
$$;
revoke all on function shap.rule_range(integer, text, text) from public;
grant execute on function shap.rule_range(integer, text, text) to shap_api;

-- Bounds as they are written.
create or replace function shap.range_written(low numeric, high numeric) returns text
language sql immutable parallel safe
return case when low = high then trim_scale(low)::text when high is null then trim_scale(low) || '+'
            else trim_scale(low) || '-' || trim_scale(high) end;
revoke all on function shap.range_written(numeric, numeric) from public;
grant execute on function shap.range_written(numeric, numeric) to shap_api;

-- A row as it is kept, from its cells. Refuses what is not understood and what is missing.
create or replace function shap.rule_read(place integer, line integer, class text, status text, re_dated text, months text,
    days text, officer text, percent text, rating text, mark text, sentence text) returns shap.rating_rule
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    r shap.rating_rule;
begin
    r.place := place;
    r.classes := shap.rule_words(line, 'class', class, array['signed_off', 'complete', 'will_not_be_delivered', 'overdue',
        're_dated', 'ongoing_answered', 'undated', 'not_yet_due', 'no_return']);
    r.statuses := shap.rule_words(line, 'status', status,
        array['none', 'not_started', 'in_progress', 'complete', 'will_not_be_delivered']);
    r.is_re_dated := shap.rule_words(line, 're_dated', re_dated, array['yes', 'no']) = '{yes}';
    select w.low, w.high into r.months_from, r.months_to from shap.rule_range(line, 'months', months) w;
    select w.low, w.high into r.days_from, r.days_to from shap.rule_range(line, 'days', days) w;
    select w.low, w.high into r.percent_from, r.percent_to from shap.rule_range(line, 'percent', percent) w;
    r.officer := shap.rule_words(line, 'officer', officer, null);
    if cardinality(shap.rule_words(line, 'rating', rating, null)) is distinct from 1 then
        perform shap.refuse_cell(line, 'rating', 'one rating is needed', 'Write the rating that the row gives, such as: amber');
    end if;
    r.rating := (shap.rule_words(line, 'rating', rating, null))[1];
    r.mark := btrim(mark);
    r.sentence := btrim(sentence);
    if coalesce(length(r.mark), 0) not between 1 and 8 then
        perform shap.refuse_cell(line, 'mark', 'a mark of 1 to 8 characters is needed',
                                 'Write what tells the rating to those who see no colour, such as: A');
    elsif coalesce(length(r.sentence), 0) not between 1 and 300 then
        perform shap.refuse_cell(line, 'rule', 'a sentence of 1 to 300 characters is needed',
                                 'Write what the row means; reports print it.');
    elsif length(r.rating) > 20 then
        perform shap.refuse_cell(line, 'rating', format('"%s" has more than 20 characters', left(r.rating, 40)), 'Choose a shorter word.');
    end if;
    return r;
end
$$;
revoke all on function shap.rule_read(integer, integer, text, text, text, text, text, text, text, text, text, text) from public;
grant execute on function shap.rule_read(integer, integer, text, text, text, text, text, text, text, text, text, text) to shap_api;

-- Refuses rows that cannot be meant: none, or too many; one after a row that fits everything; a rating with two marks, or a
-- mark of two ratings. lines: of the file, one for each row.
create or replace function shap.check_rules(rules shap.rating_rule[], lines integer[]) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    found record;
begin
    if cardinality(rules) not between 1 and 100 then
        raise exception using errcode = 'RPC03', message = format('a scheme has 1 to 100 rows, not %s', cardinality(rules)),
            hint = 'Each row is a condition and the rating it gives; the first that fits counts.';
    end if;
    select r.place, e.place as earlier into found from unnest(rules) r join unnest(rules) e on e.place < r.place
     where num_nulls(e.classes, e.statuses, e.is_re_dated, e.months_from, e.days_from, e.officer, e.percent_from) = 7
     order by r.place limit 1;
    if found.place is not null then
        perform shap.refuse_cell(lines[found.place], 'rating', format('never reached: line %s fits everything', lines[found.earlier]),
                                 'Put the row without conditions last.');
    end if;
    select r.place, r.rating, r.mark, e.rating as other, e.mark as other_mark into found
      from unnest(rules) r join unnest(rules) e on e.place < r.place
     where (e.rating = r.rating) <> (e.mark = r.mark) order by r.place limit 1;
    if found.place is not null then
        perform shap.refuse_cell(lines[found.place], 'mark', format('%s is marked "%s", but %s "%s" above', found.rating, found.mark,
                                 found.other, found.other_mark), 'Give each rating one mark, and each mark to one rating.');
    end if;
end
$$;
revoke all on function shap.check_rules(shap.rating_rule[], integer[]) from public;
grant execute on function shap.check_rules(shap.rating_rule[], integer[]) to shap_api;

-- The schemes in force as at a day and as known at a link, the council's own and those built in: of each code the latest.
create or replace function shap.schemes(council bigint, as_at date, link bigint)
returns table (council_id bigint, record_id bigint, code text, name text, day date, membership_id bigint)
language sql stable parallel safe
begin atomic
    select distinct on (s.code) s.council_id, s.record_id, s.code, s.name, s.day, s.membership_id
      from shap.rating_scheme s
     where s.council_id in (0, council) and s.day <= schemes.as_at and s.link <= schemes.link
       and not exists (select from shap.counter_act u
                        where u.council_id = s.council_id and u.of_record = s.record_id
                          and u.day <= schemes.as_at and u.link <= schemes.link)
     order by s.code, s.council_id, s.day desc, s.link desc, s.record_id desc;
end;
revoke all on function shap.schemes(bigint, date, bigint) from public;
grant execute on function shap.schemes(bigint, date, bigint) to shap_api;

-- The choice in force: the last one of a scheme that is in force. No row where there is none: the council's reports go by the
-- scheme months-behind.
create or replace function shap.scheme_chosen(council bigint, as_at date, link bigint)
returns table (record_id bigint, code text)
language sql stable parallel safe
begin atomic
    select c.record_id, c.code
      from shap.rating_choice c
     where c.council_id = council and c.day <= scheme_chosen.as_at and c.link <= scheme_chosen.link
       and c.code in (select s.code from shap.schemes(council, scheme_chosen.as_at, scheme_chosen.link) s)
       and not exists (select from shap.counter_act u
                        where u.council_id = council and u.of_record = c.record_id
                          and u.day <= scheme_chosen.as_at and u.link <= scheme_chosen.link)
     order by c.day desc, c.link desc, c.record_id desc limit 1;
end;
revoke all on function shap.scheme_chosen(bigint, date, bigint) from public;
grant execute on function shap.scheme_chosen(bigint, date, bigint) to shap_api;

-- The scheme of a code or, without one, the council's choice. Refuses one that is not in force.
create or replace function shap.scheme_of(council bigint, code text, as_at date, link bigint) returns shap.rating_scheme
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    wanted constant text := coalesce(lower(nullif(btrim(code), '')),
                                     (select c.code from shap.scheme_chosen(council, scheme_of.as_at, scheme_of.link) c), 'months-behind');
    found shap.rating_scheme;
begin
    select s.* into found from shap.rating_scheme s
     where (s.council_id, s.record_id) = (select e.council_id, e.record_id
                                            from shap.schemes(council, scheme_of.as_at, scheme_of.link) e where e.code = wanted);
    if found.record_id is null then
        raise exception using errcode = 'RPC05', message = format('there is no rating scheme "%s" as at %s', left(wanted, 60), as_at),
            hint = 'Schemes are listed by: shap scheme list';
    end if;
    return found;
end
$$;
revoke all on function shap.scheme_of(bigint, text, date, bigint) from public;
grant execute on function shap.scheme_of(bigint, text, date, bigint) to shap_api;

-- The rows of a scheme, in order.
create or replace function shap.rules_of(scheme shap.rating_scheme) returns shap.rating_rule[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return array(select r from shap.rating_rule r
                  where r.council_id = scheme.council_id and r.scheme_record_id = scheme.record_id order by r.place);
end
$$;
revoke all on function shap.rules_of(shap.rating_scheme) from public;
grant execute on function shap.rules_of(shap.rating_scheme) to shap_api;

-- Adds a scheme with its rows; see shap_v1.add_rating_scheme. Tables written: rating_scheme, rating_rule, link.
create or replace function shap.add_scheme(council bigint, code text, name text, rules shap.rating_rule[], lines integer[], day date)
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
    wanted constant text := lower(btrim(code));
    called constant text := btrim(regexp_replace(name, '\s+', ' ', 'g'));
    link bigint;
    record_id bigint;
begin
    if wanted !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or length(wanted) > 40 or wanted is null then
        raise exception using errcode = 'RPC03', message = format('"%s" is not a code', left(coalesce(code, ''), 60)),
            hint = 'A code is lower case letters, digits and hyphens, such as: our-rag';
    end if;
    if coalesce(length(called), 0) not between 1 and 200 then
        raise exception using errcode = 'RPC03', message = 'a scheme needs a name of up to 200 characters',
            hint = 'Give one with: --name';
    end if;
    perform shap.check_rules(rules, lines);
    day := shap.check_day(council, 'day', day);
    if exists (select from shap.rating_scheme s where s.council_id = 0 and s.code = wanted) then
        raise exception using errcode = 'RPC06', message = format('the scheme "%s" is built in', wanted),
            hint = 'Add yours under another code.';
    end if;
    link := shap.take_link(council, shap.caller());
    insert into shap.rating_scheme (council_id, code, name, day, membership_id, link)
    values (council, wanted, called, day, shap.caller(), link)
    returning shap.rating_scheme.record_id into record_id;
    insert into shap.rating_rule (council_id, scheme_record_id, place, classes, statuses, is_re_dated, months_from, months_to,
                                  days_from, days_to, officer, percent_from, percent_to, rating, mark, sentence)
    select council, record_id, r.place, r.classes, r.statuses, r.is_re_dated, r.months_from, r.months_to,
           r.days_from, r.days_to, r.officer, r.percent_from, r.percent_to, r.rating, r.mark, r.sentence
      from unnest(rules) r;
    return record_id;
end
$$;
revoke all on function shap.add_scheme(bigint, text, text, shap.rating_rule[], integer[], date) from public;
grant execute on function shap.add_scheme(bigint, text, text, shap.rating_rule[], integer[], date) to shap_api;

-- Refuses to revoke the last scheme of a code that the council's reports go by. Called with the head held.
create or replace function shap.check_scheme_unused(scheme shap.rating_scheme) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    link constant bigint := shap.link_at(scheme.council_id, null);
    chosen record;
begin
    select c.* into chosen from shap.scheme_chosen(scheme.council_id, shap.today(scheme.council_id), link) c;
    if chosen.code = scheme.code and not exists (
        select from shap.rating_scheme s
         where s.council_id = scheme.council_id and s.code = scheme.code and s.record_id <> scheme.record_id
           and not exists (select from shap.counter_act u where u.council_id = s.council_id and u.of_record = s.record_id)) then
        raise exception using errcode = 'RPC09',
            message = format('reports go by the scheme "%s" (record %s)', scheme.code, chosen.record_id),
            hint = 'Choose another one first with: shap scheme choose';
    end if;
end
$$;
revoke all on function shap.check_scheme_unused(shap.rating_scheme) from public;
grant execute on function shap.check_scheme_unused(shap.rating_scheme) to shap_api;
