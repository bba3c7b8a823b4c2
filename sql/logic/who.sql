-- Who is meant in a phrase of WHO: shap.split_who cuts it into the owners it names, as written; shap.probable_slip
-- says what an unknown code was probably meant to be. What the tokens stand for is the register's business: it
-- passes in every code, alias and name it knows.
--
-- What is known is found first, the longest name from the left, without regard to case and spacing, and is never
-- cut. The rest is cut at separators:
--   always    / , ; + | line breaks, a spaced dash, a full stop at the end, after what is known or after capitals
--   "&", "and"  only beside what is known or a word of two or more capitals: "KS & Cumbria G & T Strategy Group" is
--             two owners, and "Adults & Children's Services" is one
--   a space   beside what is known, when the other side is a name too: it begins with a capital or a bracket and
--             no word like "of" or "Cllr" ties the two: "SHP HSM", "Perf officer Head of DS", but "Cllr GC", "HSM team"
-- A bracket is not cut inside. Nothing is dropped: what is not in a token is a separator.

-- The expression that finds what is known in a phrase: those of the names that occur in it.
create or replace function shap.who_names_regex(phrase text, known text[]) returns text
language sql immutable parallel safe
begin atomic
    select '(?<![[:alnum:]])(?:' || coalesce(string_agg(n.pattern, '|'), '(?!)') || ')(?![[:alnum:]])'
      from (select distinct regexp_replace(regexp_replace(btrim(k.name), '([^[:alnum:][:space:]])', '\s*\\\1\s*', 'g'),
                                           '\s+', '\s*', 'g') as pattern
              from unnest(known) k (name)
             where k.name ~ '[[:alnum:]]'
               and strpos(lower(regexp_replace(phrase, '\s', '', 'g')), lower(regexp_replace(k.name, '\s', '', 'g'))) > 0) n;
end;
revoke all on function shap.who_names_regex(text, text[]) from public;
grant execute on function shap.who_names_regex(text, text[]) to shap_api;

-- A phrase with what is known blotted out by marks 1 and what stands in brackets by marks 2, letter for letter.
create or replace function shap.who_skeleton(phrase text, known text[]) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    names constant text := shap.who_names_regex(phrase, known);
    skeleton text;
begin
    select string_agg(g.gap || coalesce(regexp_replace(m.found[1], '.', E'\x01', 'gs'), ''), '' order by g.place)
      into skeleton
      from unnest(regexp_split_to_array(phrase, names, 'i')) with ordinality g (gap, place)
      left join regexp_matches(phrase, names, 'gi') with ordinality m (found, place) using (place);
    select string_agg(g.gap || coalesce(regexp_replace(m.found[1], '.', E'\x02', 'gs'), ''), '' order by g.place)
      into skeleton
      from unnest(regexp_split_to_array(skeleton, '\([^()]*\)')) with ordinality g (gap, place)
      left join regexp_matches(skeleton, '\([^()]*\)', 'g') with ordinality m (found, place) using (place);
    return skeleton;
end
$$;
revoke all on function shap.who_skeleton(text, text[]) from public;
grant execute on function shap.who_skeleton(text, text[]) to shap_api;

-- The owners a phrase names, in order, as written but for spaces. is_known: the token is one of the known names.
-- No rows for an empty phrase; one of more than 2,000 characters is one token.
create or replace function shap.split_who(phrase text, known text[])
returns table (place integer, token text, is_known boolean)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    separator constant text :=
        '\s*[/,;+|\n\r]\s*|\s+-\s+|\.\s*$|(?<=[\x01]|[[:upper:]]{2})\.\s+|(?<=\x01)-(?=\x01)'
        '|(?<=[\x01]|\m[[:upper:]]{2,})(?:\s*&\s*|\s+[Aa][Nn][Dd]\s+)|(?:\s*&\s*|\s+[Aa][Nn][Dd]\s+)(?=\x01|[[:upper:]]{2,}\M)'
        '|(?<=\x01)\s+(?=[\x01\x02[:upper:]])'
        '|(?<!\m(?:of|for|the|to|with|by|in|on|Cllr|Councillor|Mr|Mrs|Ms|Dr))\s+(?=\x01)';
    clean constant text := translate(phrase, U&'\00A0\2007\2009\202F\0009\2010\2011\2012\2013\2014\0001\0002', '     -----  ');
    skeleton constant text := case when length(phrase) > 2000 then 'x' else shap.who_skeleton(clean, known) end;
begin
    if length(phrase) > 2000 then
        return query select 1, phrase, false;
        return;
    end if;
    return query
    with piece as (
        select g.place, g.gap,
               sum(length(g.gap) + coalesce(length(m.found[1]), 0)) over (order by g.place)
                   - length(g.gap) - coalesce(length(m.found[1]), 0) + 1 as starts
          from unnest(regexp_split_to_array(skeleton, separator)) with ordinality g (gap, place)
          left join regexp_matches(skeleton, '(?:' || separator || ')', 'g') with ordinality m (found, place) using (place)
    )
    select row_number() over (order by p.place)::integer,
           btrim(regexp_replace(substr(clean, p.starts::integer, length(p.gap)), '\s+', ' ', 'g')),
           p.gap ~ '^\s*\x01+\s*$'
      from piece p
     where p.gap ~ '\S'
     order by p.place;
end
$$;
revoke all on function shap.split_who(text, text[]) from public;
grant execute on function shap.split_who(text, text[]) to shap_api;

-- The known code an unknown one was probably meant to be: the only one made of it by exchanging two neighbouring
-- letters (SHM: HSM) or, when there is none, the only one that differs in one letter. Null when there is none or
-- more than one, when the code is known, and for fewer than three letters: initials are not slips of each other.
create or replace function shap.probable_slip(code text, known text[]) returns text
language sql immutable parallel safe
begin atomic
    with near as (
        select distinct upper(k.code) as code, s.is_exchange
          from unnest(known) k (code),
               lateral (select array_agg(i) as places
                          from generate_series(1, length(code)) i
                         where substr(upper(probable_slip.code), i, 1) <> substr(upper(k.code), i, 1)) d,
               lateral (select cardinality(d.places) = 2 and d.places[2] = d.places[1] + 1
                           and substr(upper(probable_slip.code), d.places[1], 2) = reverse(substr(upper(k.code), d.places[1], 2))
                               as is_exchange) s
         where probable_slip.code ~ '^[[:alpha:]]{3,20}$'
           and length(k.code) = length(probable_slip.code)
           and (s.is_exchange or cardinality(d.places) = 1)
           and not upper(probable_slip.code) = any (select upper(u.code) from unnest(known) u (code))
    )
    select min(n.code) from near n
     where n.is_exchange = (select bool_or(o.is_exchange) from near o)
    having count(*) = 1;
end;
revoke all on function shap.probable_slip(text, text[]) from public;
grant execute on function shap.probable_slip(text, text[]) to shap_api;
