-- The matrix of rights (tests/rights), past the server: every rpc as every caller, with the server's own role, an
-- identity taken on as a unit's first statement does, and everything rolled back. Then how the policies ask who calls.
\ir ../rights/ground.sql

-- One call: its outcome as the matrix has it, and what it answered as JSON, or the words of the refusal.
create type test.outcome as (word text, answer text);
create function test.call_as(token text, method text, request jsonb) returns test.outcome
language plpgsql as $$
declare
    arguments text;
    fields text;
    answer jsonb;
    words constant jsonb := '{"42501":"denied","RPC05":"unseen","28000":"unsigned","RPC03":"invalid","RPC06":"exists",
                              "RPC07":"forbidden","RPC09":"refused","RPC10":"aborted"}';
    f record;
    statement text;
begin
    select p.*, p.proargnames[1] = 'calls' as is_group into strict f
      from pg_proc p where p.proname = method and p.pronamespace = 'shap_v1'::regnamespace;
    if f.is_group then
        statement := format('select to_jsonb(a) from shap_v1.%I(array[jsonb_populate_record(null::%s, $1)]) a', method,
                            (select t.typelem::regtype from pg_type t where t.oid = f.proargtypes[0]));
        request := request || jsonb_build_object('ordinal', 1, 'token_hash', sha256(convert_to(token, 'UTF8')));
    else
        select string_agg(format('%I => r.%I', n.name, n.name), ', '), string_agg(format('%I %s', n.name, t.type::regtype), ', ')
          into arguments, fields
          from unnest(f.proargtypes::oid[]) with ordinality t (type, place)
          join unnest(f.proargnames) with ordinality n (name, place) using (place);
        statement := format('select to_jsonb(a) from %sshap_v1.%I(%s) a',
                            case when fields <> '' then format('jsonb_to_record($1) r (%s), ', fields) end, method, arguments);
    end if;
    begin
        perform set_config('role', i.role, true), set_config('shap.callers', i.callers, true), set_config('shap.councils', i.councils, true),
                set_config('shap.organisations', i.organisations, true), set_config('shap.sight', i.sight, true),
                set_config('shap.tokens', i.tokens, true),
                set_config('transaction_read_only', case f.provolatile when 'v' then 'off' else 'on' end, true)
           from shap_v1.identify(case token when '' then '{}' else array[sha256(convert_to(token, 'UTF8'))] end) i;
        execute 'select jsonb_agg(c.a) from (' || statement || ') c (a)' into answer using request;
        if f.is_group and answer -> 0 ->> 'sqlstate' is not null then
            raise exception using errcode = answer -> 0 ->> 'sqlstate', message = answer -> 0 ->> 'refusal';
        end if;
        raise exception using errcode = 'ZZ000';
    exception when sqlstate 'ZZ000' then
        return row(case when answer is null then 'none' else 'ok' end, answer::text);
    when others then
        return row(coalesce(words ->> sqlstate, sqlstate), sqlerrm);
    end;
end
$$;

-- Every rpc has a row, every row an rpc; the rest of the schema is nobody's, and nothing is everybody's.
create temporary view grantee as
select p.proname as name, coalesce(g.rolname, 'public') as grantee
  from pg_proc p
 cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
  left join pg_roles g on g.oid = a.grantee
 where p.pronamespace in ('shap'::regnamespace, 'shap_v1'::regnamespace) and a.grantee <> p.proowner;
create temporary view rpc as
select distinct g.name from grantee g where g.name !~ '_together$' and g.grantee ~ '^shap_(anonymous|contributor|reader|coordinator|panel|administrator)$';
select test.check('rpcs without a row in the matrix', (select string_agg(name, ' ') from (select name from rpc except select method from test.rule) x), null);
select test.check('rows without an rpc', (select string_agg(method, ' ') from (select method from test.rule except select name from rpc) x), null);
select test.check('an rpc has one function', (select string_agg(p.proname, ' ') from (
    select p.proname from pg_proc p join rpc r on r.name = p.proname where p.pronamespace = 'shap_v1'::regnamespace
     group by p.proname having count(*) > 1) p), null);
select test.check('rows that stand twice', (select string_agg(method, ' ') from (
    select method from test.rule group by method having count(*) > (select count(*) from test.caller)) x), null);
select test.check('functions that everybody may execute', (select string_agg(name, ' ') from grantee where grantee = 'public'), null);
select test.check('each rpc may be executed by exactly the roles that its row lets in: ' || m.method,
    (select string_agg(g.grantee, ' ' order by g.grantee) from grantee g where g.name = m.method and g.grantee <> 'shap_api'), m.roles)
  from (select r.method, string_agg(t.role, ' ' order by t.role) filter (where r.expected <> 'denied') as roles
          from test.rule r
          join (values ('sharer', 'shap_contributor'), ('reader', 'shap_reader'), ('coord', 'shap_coordinator'), ('panel', 'shap_panel'),
                       ('admin', 'shap_administrator'), ('nobody', 'shap_anonymous')) t (caller, role) using (caller)
         group by r.method) m;
select test.check('a method that answers many together may be executed by whoever may execute it: ' || g.name,
    (select string_agg(t.grantee, ' ' order by t.grantee) from grantee t where t.name = g.name || '_together'),
    (select string_agg(o.grantee, ' ' order by o.grantee) from grantee o where o.name = g.name))
  from (select distinct regexp_replace(g.name, '_together$', '') as name from grantee g where g.name ~ '_together$') g;

-- The matrix.
create table test.seen as
select distinct c.place, s.reference from test.caller c
  join shap.token k on k.hash = sha256(convert_to(c.token, 'UTF8'))
  join shap.membership m on m.id = k.membership_id
  join shap.share_in_force s on s.organisation_id = m.organisation_id and s.council_id = m.council_id
 where m.role = 'contributor';
create table test.secret as
select distinct m.reference, t.words
  from shap.milestone m cross join lateral (values (m.action), (m.milestone), (m.measure), (m."when")) t (words)
 where length(t.words) >= 15
union
select r.reference, t.words from test.return_csv r cross join lateral (values (r.note), (r.reason), (r.evidence)) t (words)
 where length(t.words) >= 10
union
values ('SH5.2/5/1', 'it takes longer'), ('SH5.2/6/1', 'it rests on it'), ('SH3.3/5/1', 'one training'), ('SH3.2/1/1', 'the minutes say so');
grant select on test.seen, test.secret to public;
set session authorization shap_server;
create temporary table outcome as
select r.*, c.is_of_copeland, c.token, (test.call_as(c.token, r.method, r.request)).*
  from test.rule r join test.caller c on c.place = r.place;
select test.check('every outcome is as the matrix says',
    (select string_agg(format('%s as %s: %s, not %s (%s)', o.method, o.caller, o.word, o.expected, left(o.answer, 150)), E'\n  ' order by o.method, o.place)
       from outcome o where o.word is distinct from o.expected), null);
select test.check('the matrix is whole', (select count(*) from outcome), (select count(distinct method) * 17 from test.rule));

-- What an answer or a refusal tells beyond what was asked: to contributors of milestones that they do not share, to other
-- councils' people of this one's milestones, plans and people.
select test.check('nobody is told of what he may not see',
    (select string_agg(format('%s as %s: %s', o.method, o.caller, t.told), E'\n  ') from outcome o
      cross join lateral (select distinct m[1] as told from regexp_matches(o.answer, '(SH\d+\.\d+/\d+/\d+)', 'g') m) t
      where (not o.is_of_copeland or o.caller in ('sharer', 'other', 'officer')) and strpos(o.request::text, t.told) = 0
        and not exists (select from test.seen s where s.place = o.place and s.reference = t.told)), null);
select test.check('nobody reads the words of what he may not see',
    (select string_agg(format('%s as %s: %s of %s', o.method, o.caller, t.words, t.reference), E'\n  ')
       from outcome o join test.secret t on strpos(o.answer, btrim(to_jsonb(t.words)::text, '"')) > 0
      where (not o.is_of_copeland or o.caller in ('sharer', 'other', 'officer')) and strpos(o.request::text, t.words) = 0
        and not exists (select from test.secret known join test.seen s on s.reference = known.reference
                         where s.place = o.place and known.words = t.words)), null);
select test.check('addresses are for those who write to people', (select string_agg(distinct o.method || ' as ' || o.caller, ', ') from outcome o
    where o.answer ~ '@example\.org' and strpos(o.request::text, '@') = 0), 'list_digests as coord, list_people as admin, list_people as b-admin');
select test.check('other councils are told of none of its people and plans',
    (select string_agg(format('%s as %s: %s', o.method, o.caller, t.told), E'\n  ') from outcome o
      cross join lateral (select distinct m[1] as told
                            from regexp_matches(o.answer, '(copeland/\d+-\d+|\m(?:Ann|Cora|Colin|Rita|Petra|Olive|Sam|Hugh|Ivy|Edna|Rex|Ned) [A-Z])', 'g') m) t
      where not o.is_of_copeland and o.method <> 'accept_invitation' and strpos(o.request::text, t.told) = 0), null);
select test.check('these would be noticed', (select count(distinct o.method) > 9 from outcome o where o.caller = 'reader' and o.answer ~ 'SH1\.\d/')
    and (select bool_or(o.answer ~ 'Cora C') from outcome o)
    and (select count(distinct t.words) > 300 from outcome o join test.secret t on strpos(o.answer, btrim(to_jsonb(t.words)::text, '"')) > 0
          where o.caller = 'reader' and o.method in ('list_milestones', 'get_exception_report')), true);

-- Calls that one statement makes for several people, as the server gathers them: each is judged as if it came alone.
create temporary table together as
select r.place, r.caller, r.expected, sha256(convert_to(c.token, 'UTF8')) as token_hash, r.request, row_number() over (order by r.place) as ordinal
  from test.rule r join test.caller c on c.place = r.place
 where r.method = 'submit_return' and c.name in ('sharer', 'other', 'officer', 'b-sharer', 'expired', 'revoked', 'ended');
begin;
grant select on together to shap_contributor;
select set_config('shap.callers', i.callers, true), set_config('shap.councils', i.councils, true), set_config('shap.organisations', i.organisations, true),
       set_config('shap.sight', i.sight, true), set_config('shap.tokens', i.tokens, true), set_config('role', i.role, true)
  from shap_v1.identify((select array_agg(token_hash) from together)) i;
select test.check('in a group, the call of ' || t.caller,
                  coalesce('{"RPC05": "unseen", "28000": "unsigned"}'::jsonb ->> a.sqlstate, a.sqlstate, 'ok'), t.expected)
  from shap_v1.submit_return(array(
           select jsonb_populate_record(null::shap_v1.submit_return_call, t.request || jsonb_build_object(
                      'ordinal', t.ordinal, 'token_hash', t.token_hash, 'return_id', gen_random_uuid()))
             from together t order by t.ordinal)) a
  join together t on t.ordinal = a.ordinal;
rollback;

-- What reads for several people at once answers each of them as if he were alone.
reset session authorization;
create temporary table gathered as
select g.role, c.place, c.name, sha256(convert_to(c.token, 'UTF8')) as token_hash
  from (values ('shap_contributor', '{sharer,other,officer,b-sharer,unknown,expired,revoked,ended}'::text[]),
               ('shap_reader', '{reader,region,b-region,revoked}'), ('shap_coordinator', '{coord,b-coord}'), ('shap_panel', '{panel}'),
               ('shap_administrator', '{admin,b-admin}')) g (role, names)
  join test.caller c on c.name = any (g.names);
grant select on gathered to public;
create function test.ask_together(wanted text) returns table (place integer, sqlstate text, answer jsonb)
language plpgsql as $$
begin
    perform set_config('shap.callers', i.callers, true), set_config('shap.councils', i.councils, true),
            set_config('shap.organisations', i.organisations, true), set_config('shap.sight', i.sight, true),
            set_config('shap.tokens', i.tokens, true), set_config('role', i.role, true)
       from shap_v1.identify((select array_agg(g.token_hash) from gathered g where g.role = wanted)) i;
    return query
    select a.ordinal, a.sqlstate, to_jsonb(a) - '{ordinal,sqlstate,refusal}'::text[]
      from shap_v1.who_am_i_together(array(select row(g.place, g.token_hash)::shap_v1.who_am_i_call from gathered g where g.role = wanted)) a;
    perform set_config('role', 'none', true);
end
$$;
set session authorization shap_server;
create temporary table told as
select o.caller, o.word, case o.word when 'ok' then o.answer::jsonb -> 0 end as alone, t.sqlstate, t.answer
  from (select distinct g.role from gathered g) r cross join lateral test.ask_together(r.role) t
  join outcome o on o.method = 'who_am_i' and o.place = t.place;
select test.check('each is told together who he is, as he is alone',
    (select string_agg(format('%s: %s', t.caller, t.answer), E'\n  ') from told t
      where t.word = 'ok' and (t.sqlstate is not null or t.answer is distinct from t.alone)), null);
select test.check('and nobody whose token does not hold is told anything',
    (select string_agg(t.caller || ' ' || t.sqlstate, ' ' order by t.caller, t.sqlstate) from told t
      where t.word <> 'ok' and jsonb_strip_nulls(t.answer) = '{}'), 'ended 28000 expired 28000 revoked 28000 revoked 28000 unknown 28000');
select test.check('all of them', (select count(*) from told), 17::bigint);
reset session authorization;
