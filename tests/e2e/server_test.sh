#!/usr/bin/env bash
# shapd as its operator meets it, with a PostgreSQL of its own (--embedded): options, signals, and what is in its way.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

data_dir=$work/data
server=

postgres_runs() { pgrep -f -- "-D $data_dir/data" > /dev/null; }

# ---- what needs no server

try shapd --help
exits 0
out "Usage:" "--embedded DIR" "--database CONNECTION" "example: --listen" "[SHAPD_LISTEN]" "Signals:" "Exit codes:"
try shapd -h
exits 0
try shapd --version
exits 0
out "shapd "
for arguments in --no-such-option word --listen "--links=0 --embedded $data_dir" "--links many --embedded $data_dir" \
    "--log-level loud --embedded $data_dir" "--version=1" "--init --embedded $data_dir" \
    "--check --methods --embedded $data_dir" "--embedded $data_dir --database host=x" \
    "--tls-cert x --embedded $data_dir" "--council X --embedded $data_dir" ""; do
    # shellcheck disable=SC2086
    try shapd $arguments
    refused 2
done
try shapd --clock 2010-12-31T09:00:00Z --database host=/nowhere
refused 2 "--clock is for rehearsals with --embedded"
try shapd --embedded "$data_dir" --clok 1
refused 2 "there is no option --clok" "shapd --help"
never "a refused command line made the data directory" test -e "$data_dir"

# ---- a file < the environment < the arguments

cat > "$work/shapd.conf" << TEXT
# what the operator wrote
embedded = $data_dir
listen = unix:$data_dir/file.sock
log-level=info
TEXT
serves_at() {
    start_server "$log" "${@:2}"
    is "the address served" "$(grep -c " listening address=unix:$data_dir/$1.sock\$" "$log")" 1
    stop_server
}
serves_at file --config "$work/shapd.conf"
SHAPD_CONFIG=$work/shapd.conf SHAPD_LISTEN=unix:$data_dir/environment.sock serves_at environment
SHAPD_LISTEN=unix:$data_dir/environment.sock \
    serves_at argument --config "$work/shapd.conf" --listen "unix:$data_dir/argument.sock"
echo "lisden = x" >> "$work/shapd.conf"
try shapd --config "$work/shapd.conf"
refused 2 "shapd.conf:5" "lisden"
try shapd --config "$work/missing.conf"
refused 2 "missing.conf"
SHAPD_LINKS=many try shapd --embedded "$data_dir"
refused 2 SHAPD_LINKS

# ---- a council, --check and --methods

try shapd --embedded "$data_dir" --init --council Copeland --administrator "Ann Example" --token-file "$work/administrator.token"
exits 0
out "Copeland" "administrator.token"
is "the token file's mode" "$(stat -c %a "$work/administrator.token")" 600
try shapd --embedded "$data_dir" --init --council Copeland --administrator "Ann Example" --token-file "$work/administrator.token"
refused 1 "exists already"
try shapd --embedded "$data_dir" --init --council Copeland --administrator "Ann Example" --token-file "$work/second.token"
refused 1 "copeland"
never "a failed --init left a token" test -s "$work/second.token"
rm -f "$work/second.token"
try shapd --embedded "$data_dir" --check
exits 0
out "the server's role is no superuser" "does not bypass row level security" "owns nothing" "sql/check.sql"
no_out FAILED
try shapd --embedded "$data_dir" --methods
exits 0
out /shap.v1.Returns/SubmitReturn " submit_return " /shap.v1.Reports/GetExceptionReport shap_contributor

# ---- two servers, and what is in the way

serve
shap --as administrator --quiet login --token-file "$work/administrator.token" > /dev/null
try shapd --embedded "$data_dir"
refused 8 "another shapd (process $server) uses $data_dir"
database="host=$data_dir/socket dbname=shap user=shap_server"
as_server=(--links 2 --stream-links 1)
if [ "$(id -u)" = 0 ]; then as_server+=(--user postgres); fi
try shapd --database "$database" "${as_server[@]}" --listen "unix:$data_dir/shapd.sock"
exits 1
err "shapd.sock" "cannot listen"
port=$(free_port)
first=$server
start_server "$work/second.log" --database "$database" "${as_server[@]}" --listen "127.0.0.1:$port"
is "a second server on the same database answers" \
    "$(shap --server "http://127.0.0.1:$port" --as administrator whoami --format json | jq -r .role)" administrator
try shapd --database "$database" "${as_server[@]}" --listen "127.0.0.1:$port"
exits 1
err "127.0.0.1:$port" "cannot listen"
code=0
stop_server || code=$?
is "the exit code after SIGTERM" "$code" 0
server=$first
try shapd --database "$database" "${as_server[@]}" --listen 0.0.0.0:0
exits 1
err "refusing plaintext on 0.0.0.0:0" "certificate"
holds "the first server still answers" shap --as administrator whoami

# ---- SIGTERM: a call in flight completes; a second one does not wait for it

# call_that_waits N [ARGUMENT...]: a call (whoami) that waits in the database, because another session holds what it needs
# until its stdin ends.
held=shap.token
call_that_waits() {
    mkfifo "$work/hold.$1"
    database -c "begin; lock table $held in access exclusive mode" -f - < "$work/hold.$1" > /dev/null &
    holder=$!
    exec 9> "$work/hold.$1"
    await "the lock" database -c "do \$\$ begin assert exists (select from pg_locks where relation =
        '$held'::regclass and mode = 'AccessExclusiveLock' and granted); end \$\$"
    if [ $# = 1 ]; then set -- "$1" whoami; fi
    shap --as administrator "${@:2}" > "$work/out" 2> "$work/err" 9>&- &
    caller=$!
    tried="the call that waits"
    await "the call" database -c "do \$\$ begin assert exists (select from pg_locks where relation =
        '$held'::regclass and not granted); end \$\$"
}
let_go() {
    exec 9>&-
    wait "$holder" || true
}

call_that_waits 1
kill -TERM "$server"
await "the server to stop accepting" grep -q ' stopping ' "$log"
holds "the server waits for the call in flight" kill -0 "$server"
let_go
code=0
wait "$caller" || code=$?
exits 0
out "Ann Example"
code=0
wait "$server" || code=$?
is "the exit code of a drained server" "$code" 0
never "PostgreSQL runs after its server" postgres_runs
never "a drained server leaves its socket" test -e "$data_dir/shapd.sock"

serve
call_that_waits 2
kill -TERM "$server"
await "the server to begin to stop" grep -q ' stopping ' "$log"
kill -TERM "$server"
code=0
wait "$caller" || code=$?
refused 8
let_go
code=0
wait "$server" || code=$?
is "the exit code of a server stopped at once" "$code" 0

# ---- a call that is given up: its SQL ends, and its only link comes back, though what it waited for is held on

# A unary call's ends at the deadline that its client gave it, a stream's at once.
serve --links 1 --stream-links 1
none_waits() {
    database -c "do \$\$ begin assert not exists (select from pg_stat_activity where usename = 'shap_server'
        and state <> 'idle'); end \$\$"
}
n=3
held=shap.person
for words in "--timeout 3 whoami" "token list"; do
    # shellcheck disable=SC2086
    call_that_waits $n $words
    begun=$SECONDS
    kill -KILL "$caller"
    wait "$caller" || true
    await "the SQL of a call that was given up to end" none_waits
    is "\"$words\" was waited for less long than for the server's own deadline" "$((SECONDS - begun < 20))" 1
    holds "the lock is held on" kill -0 "$holder"
    let_go
    # shellcheck disable=SC2086
    holds "the only link for \"$words\" is back" shap --as administrator $words
    n=$((n + 1))
done
holds "the log tells of the unary call" grep -qE ' call method=/shap.v1.Directory/WhoAmI status=CANCELLED ' "$log"
holds "the log tells of the stream" grep -qE ' call method=/shap.v1.Directory/ListTokens status=CANCELLED ' "$log"
stop_server

# ---- killed: no PostgreSQL stays, the socket file that stays is in nobody's way

serve
kill -9 "$server"
wait "$server" || true
holds "a killed server leaves its socket" test -e "$data_dir/shapd.sock"
try shap --as administrator whoami
refused 8 "no server answers at the socket $data_dir/shapd.sock"
serve
holds "the server is back after a kill" shap --as administrator whoami
never "it lost something" grep -q ' error ' "$log"

# ---- its PostgreSQL dies: it is started again

kill -9 "$(head -n 1 "$data_dir/data/postmaster.pid")"
await "PostgreSQL to be started again" grep -q ' postgresql-ended ' "$log"
await "service to return" shap --as administrator whoami
never "the server was restarted" kill -0 "$first"
holds "the log says what it does" grep -q 'postgresql-ended .*starts-again-in=0' "$log"
stop_server
await "PostgreSQL to be gone" not postgres_runs
