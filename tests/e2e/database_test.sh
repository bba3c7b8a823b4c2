#!/usr/bin/env bash
# shapd --database, on a PostgreSQL somebody else runs: deployment, what is in its way, a database that is down at the
# start, dies, comes back changed, and loses an answer. Nothing acknowledged is lost, nothing counts twice.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# ---- a PostgreSQL of our own; the server's role needs its password

pg=$work/pg
bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)
as_admin="host=$pg dbname=shap user=postgres"
as_server="host=$pg dbname=shap user=shap_server password=open-sesame"
export SHAP_SERVER=unix:$work/shapd.sock
last=$(find sql/schema -name '0*.sql' | sort | tail -n 1)
last=${last#sql/}
n_migrations=$(find sql/schema -name '0*.sql' | wc -l)
version=$((10#${last:7:4}))
before=$(find sql/schema -name '0*.sql' | sort | tail -n 2 | head -n 1)
before=$((10#${before:11:4}))
watcher=

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
sql() { "$bin/psql" -XAtq -v ON_ERROR_STOP=1 "$as_admin" "$@"; }
pg_start() { as_postgres "$bin/pg_ctl" -D "$pg/data" -l "$pg/postgres.log" -s -w -o "${1:-}" start > /dev/null; }
pg_stop() { as_postgres "$bin/pg_ctl" -D "$pg/data" -s -m "$1" stop; }

make_cluster() {
    mkdir "$pg"
    if [ "$(id -u)" = 0 ]; then chown postgres "$pg"; fi
    as_postgres "$bin/initdb" -D "$pg/data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust --no-sync > /dev/null
    as_postgres tee -a "$pg/data/postgresql.conf" > /dev/null << TEXT
listen_addresses = ''
unix_socket_directories = '$pg'
max_connections = 30
TEXT
    as_postgres tee "$pg/data/pg_hba.conf" > /dev/null << TEXT
local all shap_server scram-sha-256
local all all trust
TEXT
}

before_end() {
    if [ -n "$watcher" ]; then kill "$watcher" 2> /dev/null; fi
    if [ -e "$pg/data/postmaster.pid" ]; then pg_stop immediate; fi
}

# The server on that database, its password in the environment where no other user can read it.
serve_it() { SHAPD_DATABASE=$as_server start_server "$log" --links 2 --stream-links 1 --listen "$SHAP_SERVER"; }

# ---- down at the start: tried for 30 s, while all else goes on

(
    begun=$SECONDS
    code=0
    timeout 90 shapd --database "host=$work/nowhere dbname=shap" --listen "unix:$work/never.sock" 2> "$work/err.never" || code=$?
    echo "$code $((SECONDS - begun))" > "$work/never.part"
    mv "$work/never.part" "$work/never"
) &
make_cluster
pg_start
"$bin/createdb" -h "$pg" -U postgres shap

# ---- before it is deployed

try shapd --init --council X --administrator Y --token-file "$work/x.token" --database "$as_admin"
refused 1 shap_owner "after --migrate"
never "a failed --init left a token" test -s "$work/x.token"
rm -f "$work/x.token"
sql -c "create role outsider login"
as_outsider="host=$pg dbname=shap user=outsider"
try shapd --check --database "$as_outsider"
exits 1
out "FAILED  methods and database agree" "run shapd --migrate as an administrator"
# may_call_nothing: it is not served, with the cure.
may_call_nothing() {
    try timeout 20 shapd --database "$as_outsider" --listen "unix:$work/never.sock"
    refused 8 "holds no functions in schema shap_v1 that this user may call" "run shapd --migrate" "connect as shap_server"
}
may_call_nothing

try shapd --migrate --database "$as_outsider"
refused 1 "sql/roles.sql" "permission denied" "an administrator's connection"
is "what a refused deployment left" "$(sql -c "select count(*) from pg_roles where rolname ~ '^shap_'")" 0

# ---- a connection string that is wrong

for conninfo in "hots=$pg dbname=shap" "host=$pg port" "postgresql://%zz" "host='$pg"; do
    for command in --migrate --check --methods ""; do
        # shellcheck disable=SC2086
        try timeout 20 shapd $command --database "$conninfo"
        refused 2 "--database"
    done
done
for conninfo in "host=$pg dbname=nothing user=postgres" "host=$work/nowhere dbname=shap" "host=$pg dbname=shap user=nobody-here"; do
    for command in --migrate --check --methods "--init --council X --administrator Y --token-file $work/x.token"; do
        # shellcheck disable=SC2086
        try timeout 20 shapd $command --database "$conninfo"
        refused 8 "database"
    done
done
never "a failed --init left a token" test -s "$work/x.token"
rm -f "$work/x.token"

# ---- --migrate: once, and then nothing

# What stands in the catalog: a second deployment would make the API anew, under other numbers.
deployed() {
    sql -c "select p.oid, p.proname from pg_proc p where p.pronamespace in ('shap'::regnamespace, 'shap_v1'::regnamespace) order by 1"
    sql -c "select number, name, applied_at from shap.migration order by 1"
}
try shapd --migrate --database "$as_admin"
exits 0
err " deployed schema=$version migrations=$n_migrations"
deployed > "$work/deployed.1"
try shapd --migrate --database "$as_admin"
exits 0
no_err deployed
deployed > "$work/deployed.2"
same "$work/deployed.1" "$work/deployed.2"
sql -c "alter role shap_server password 'open-sesame'"

try shapd --init --council Copeland --administrator "Ann Example" --token-file "$work/x.token" --database "$as_server"
refused 1 shap_owner "an administrator's connection"
never "a failed --init left a token" test -s "$work/x.token"
rm -f "$work/x.token"
try shapd --init --council Copeland --administrator "Ann Example" --token-file "$work/administrator.token" --database "$as_admin"
exits 0
out Copeland administrator.token
try shapd --migrate --database "$as_server"
refused 1 "permission denied" "an administrator's connection"
try shapd --check --database "$as_server"
exits 0
no_out FAILED
try shapd --check --database "$as_admin"
exits 1
out "FAILED  the server's role is no superuser"
try shapd --methods --database "$as_server"
exits 0
out /shap.v1.Returns/SubmitReturn
try timeout 20 shapd --check --database "${as_server/open/closed}"
refused 8 "password authentication failed"
no_err closed-sesame
may_call_nothing

# ---- a database older and newer than this server

# refused_version TEXT...: neither served nor passed, and why.
refused_version() {
    try timeout 20 shapd --database "$as_server" --listen "unix:$work/never.sock"
    exits 1
    err "$@" "nothing is served"
    try shapd --check --database "$as_server"
    exits 1
    out "FAILED  methods and database agree" "$@"
}
sql -c "insert into shap.migration (number, name, sha256) values ($version + 1, 'schema/later.sql', '\\x00')"
refused_version "schema version $((version + 1)), this shapd knows $version" "or a later one"
try shapd --migrate --database "$as_admin"
refused 1 "newer (migration $((version + 1)), schema/later.sql)" "or a later one"
sql -c "delete from shap.migration where number > $version"
sql -c "create table public.aside as select * from shap.migration where number = $version" \
    -c "delete from shap.migration where number = $version"
refused_version "schema version $before, this shapd needs $version" "shapd --migrate"
sql -c "insert into shap.migration select number, name, '\\x00' from public.aside"
try shapd --migrate --database "$as_admin"
refused 1 "migration $version ($last) was changed after it was deployed"
sql -c "delete from shap.migration where number = $version" -c "insert into shap.migration select * from public.aside" \
    -c "drop table public.aside"
deployed > "$work/deployed.2"
same "$work/deployed.1" "$work/deployed.2"

# ---- comes up a moment after the server was started

pg_stop fast
SHAPD_DATABASE=$as_server shapd --listen "$SHAP_SERVER" 2> "$work/stopped.log" &
waiting=$!
await "the server to wait" grep -q ' waiting-for-database ' "$work/stopped.log"
kill -TERM "$waiting"
code=0
wait "$waiting" || code=$?
holds "a server that waits stops when told" expr "$code" : '143$\|0$'
: > "$log"
(
    until grep -q ' waiting-for-database ' "$log"; do sleep 0.1; done
    pg_start
) &
starter=$!
serve_it
wait "$starter"
holds "the log says that it waited" grep -q ' warning waiting-for-database reason=' "$log"
never "the log holds the password" grep -q open-sesame "$log"

# ---- the sample's plan and partner

people_of_the_sample "$work/administrator.token"
plan_of_the_sample
returns_on_record() { sql -c "select count(*) from shap.return where note_digest is not null and return_id = '$1'"; }
# say_it ID TEXT: the partner's word on its own milestone.
say_it() {
    try timeout 20 shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-17 --note "$2" --id "$1" --format json
}
uuid() { printf '00000000-0000-4000-8000-%012d' "$1"; }
is "health" "$($python tests/e2e/health.py "$SHAP_SERVER")" SERVING
$python tests/e2e/health.py "$SHAP_SERVER" --watch > "$work/health" &
watcher=$!
says() { [ "$(tail -n 1 "$work/health")" = "$1" ]; }
await "the watch" says SERVING
say_it "$(uuid 1)" "Before it died."
exits 0
receipt=$(jq -c 'del(.replayed)' "$work/out")

# ---- dies: the server stays, says so, and answers at once

pg_stop immediate
await "the server to notice" says NOT_SERVING
is "health" "$($python tests/e2e/health.py "$SHAP_SERVER")" NOT_SERVING
for command in "whoami" "milestone list" "return list" "doctor"; do
    begun=$SECONDS
    # shellcheck disable=SC2086
    try timeout 20 shap --as partner $command
    exits 8
    holds "$command is answered promptly" [ $((SECONDS - begun)) -le 3 ]
done
say_it "$(uuid 2)" "While it was dead."
refused 8 "no usable database" "try again" "in the outbox as $(uuid 2)"
holds "the server runs" kill -0 "$server"
pg_start
await "the server to serve" says SERVING
is "health" "$($python tests/e2e/health.py "$SHAP_SERVER")" SERVING
is "the acknowledged return" "$(returns_on_record "$(uuid 1)")" 1
is "the refused return" "$(returns_on_record "$(uuid 2)")" 0
say_it "$(uuid 1)" "Before it died."
exits 0
is "its receipt, again" "$(jq -c 'del(.replayed)' "$work/out")" "$receipt"
is "it was on record already" "$(jq -r .replayed "$work/out")" true
for _ in 1 2; do
    say_it "$(uuid 2)" "While it was dead."
    exits 0
done
is "the return sent again" "$(returns_on_record "$(uuid 2)")" 1

# ---- comes back changed: the catalog is read again, and the mismatch named

# change SQL...: while the server cannot see it, because PostgreSQL's socket is elsewhere.
change() {
    local socket=$work/aside statement
    mkdir -p "$socket"
    if [ "$(id -u)" = 0 ]; then chown postgres "$socket"; fi
    pg_stop fast
    await "the server to notice" says NOT_SERVING
    pg_start "-c unix_socket_directories=$socket"
    for statement in "$@"; do
        "$bin/psql" -XAtq -v ON_ERROR_STOP=1 "host=$socket dbname=shap user=postgres" -c "$statement"
    done
    pg_stop fast
    pg_start
}
change "alter type shap_v1.identity rename attribute council_name to council_title" \
    "alter type shap_v1.server_info add attribute colour text" \
    "alter function shap_v1.list_returns rename to list_words"
await "the mismatch" grep -q ' api-mismatch ' "$log"
for words in "Directory/AcceptInvitation: .*Identity.council_name (string) has no column in shap_v1.identity" \
    "Directory/GetServerInfo: sql column shap_v1.server_info.colour (text) has no field" "Returns/ListReturns: there is no function shap_v1.list_returns" \
    "function shap_v1.list_words has no rpc"; do
    await "the log to say $words" grep " api-mismatch .*$words" "$log"
done
is "health" "$($python tests/e2e/health.py "$SHAP_SERVER")" NOT_SERVING
try timeout 20 shap --as partner whoami
refused 8 "no usable database"
holds "the server runs" kill -0 "$server"
never "it served what does not fit" says SERVING
sql -c "alter type shap_v1.identity rename attribute council_title to council_name" \
    -c "alter type shap_v1.server_info drop attribute colour" \
    -c "alter function shap_v1.list_words rename to list_returns"
await "the server to serve again" says SERVING
say_it "$(uuid 3)" "After the mismatch."
exits 0

# ---- deployed anew under a server that serves

sql -c "delete from shap.migration where number = 0"
try shapd --migrate --database "$as_admin"
exits 0
err " deployed schema=$version migrations=0"
await "service to go on" shap --as partner whoami
await "the new API" grep -q ' api-changed ' "$log"
await "the server to serve" says SERVING
say_it "$(uuid 4)" "After the deployment."
exits 0

# ---- the answer is lost after the commit: it waits for a standby that does not exist, and PostgreSQL dies

sql -c "alter system set synchronous_standby_names = 'nobody'" -c "select pg_reload_conf()" > /dev/null
shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-17 --note "The answer was lost." \
    --id "$(uuid 5)" > "$work/out" 2> "$work/err" &
sender=$!
await "the commit" sql -c "do \$\$ begin assert exists (select from pg_stat_activity where wait_event = 'SyncRep'
    and usename = 'shap_server'); end \$\$"
pg_stop immediate
tried="a return whose answer is lost"
code=0
wait "$sender" || code=$?
refused 8 "may or may not have been done" "in the outbox as $(uuid 5)"
await "the server to notice" says NOT_SERVING
pg_start "-c synchronous_standby_names="
await "the server to serve" says SERVING
is "the return whose answer was lost" "$(returns_on_record "$(uuid 5)")" 1
say_it "$(uuid 5)" "The answer was lost."
exits 0
is "it was on record already" "$(jq -r .replayed "$work/out")" true
say_it "$(uuid 5)" "Other words."
refused 7 "with other content"
is "returns on record" "$(sql -c "select count(*), count(distinct return_id) from shap.return")" "5|5"
is "the server's starts" "$(grep -c ' listening ' "$log")" 1
try shapd --check --database "$as_server"
exits 0

# ---- the end

code=0
stop_server || code=$?
is "the exit code of the server" "$code" 0
wait "$watcher" || true
is "the watch's last word" "$(tail -n 1 "$work/health")" UNAVAILABLE
watcher=
await "the wait for a database that stays down" test -s "$work/never"
read -r code seconds < "$work/never"
tried="a database that stays down"
cp "$work/err.never" "$work/err"
: > "$work/out"
refused 8 "tried for 30 s" "Is PostgreSQL running" "$work/nowhere"
holds "it was tried for 30 s, not $seconds" [ "$seconds" -ge 28 ] && holds "not longer" [ "$seconds" -le 60 ]
holds "the log said so all the while" [ "$(grep -c ' waiting-for-database reason=' "$work/err.never")" -ge 20 ]
