#!/usr/bin/env bash
# The matrix of rights (tests/rights) through the server: every rpc as every caller. Prints it.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# The ground has councils of its own; the clock is that of its quarter's end.
found_council "$work/init.log" "$work/data" "$work/administrator.token" Elsewhere
serve --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 --wrong-tokens 0
database -f tests/rights/ground.sql > "$work/ground.out"

# Every record is refused when it is committed: each call meets the ground as it was laid.
database << 'SQL'
create function test.keep_nothing() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'RPC11', message = 'the matrix keeps no record';
end
$$;
select format('create constraint trigger keep_nothing after insert on shap.%I deferrable initially deferred
                   for each row execute function test.keep_nothing()', c.relname)
  from pg_class c where c.relnamespace = 'shap'::regnamespace and c.relkind = 'r' \gexec
create table test.before as select number, council_id from shap.ledger_head;
SQL

psql=$(find /usr/lib/postgresql/*/bin/psql | tail -n 1)
try timeout 300 $python -B tests/e2e/rights.py "$SHAP_BIN_DIR/proto/gen/shap.protoset" "127.0.0.1:$(port_of_server)" \
    "$psql" -XAtq -v ON_ERROR_STOP=1 -h "$work/data/socket" -U postgres -d shap
cat "$work/out" "$work/err"
exits 0
out " 0 wrong"
no_out WRONG
is "the records that were left" "$(database -c "select count(*) from (select number, council_id from shap.ledger_head
    except select number, council_id from test.before) x")" 0
never "the server found an error in itself" grep -q ' error ' "$log"
code=0
stop_server || code=$?
is "the server's exit code" "$code" 0
