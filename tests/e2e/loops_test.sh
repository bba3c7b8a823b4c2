#!/usr/bin/env bash
# Several loops on the same addresses: each serves, what one sealed another opens, one that is killed comes back and nothing
# acknowledged is lost, and all of them do what the first process is told.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

others=()
before_end() { for pid in "${others[@]}"; do kill "$pid" 2> /dev/null; wait "$pid" 2> /dev/null || true; done; }
partner() { shap --as partner "$@"; }
loop_process() { grep -o " loop-serves loop=$1 process=[0-9]*" "$log" | tail -n 1 | sed 's/.*=//'; }
not_this() { [ "$(loop_process "$1")" != "$2" ]; }
test_that() { database -c "do \$\$ begin assert $1; end \$\$"; }
are_gone() { for pid in "$@"; do if kill -0 "$pid" 2> /dev/null; then return 1; fi; done; }

# ---- what is refused

prepare_quarter
try shapd --embedded "$work/data" --loops many
refused 2 "--loops takes a number from 0 to 64" '"many"'
try shapd --embedded "$work/data" --loops 9
refused 2 "--loops 9 needs as many --links and --stream-links"
try shapd --embedded "$work/data" --loops 2 --listen 0.0.0.0:0
refused 1 "refusing plaintext on 0.0.0.0:0"

# ---- each of them serves

certificate() { # NAME SUBJECT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" -days 60 \
        -subj "/CN=$2" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" 2> /dev/null
    if [ "$(id -u)" = 0 ]; then chmod 644 "$work/$1.key"; fi
}
certificate server first
certificate renewed second
cat "$work/server.pem" "$work/renewed.pem" > "$work/trusted.pem"
socket=unix:$work/data/shapd.sock
serve --loops 2 --log-level debug --listen 127.0.0.1:0 --listen "$socket" --tls-cert "$work/server.pem" --tls-key "$work/server.key"
port=$(port_of_server)
is "what is listened on is told once, when all serve" "$(grep -c ' listening ' "$log")" 2
is "after so many loops" "$(sed '/ listening /,$d' "$log" | grep -c ' loop-serves ')" 2
try timeout 240 $python -B tests/e2e/loops.py "$server" "$log" "localhost:$port" "$work/trusted.pem" \
    "$work/config/shap/tokens/partner" "$work/server" "$work/renewed"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of loops.py" "$code" 0
is "what it found" "$(cat "$work/out")" "each serves: 1 2
sessions are shared at first
each watches
back after SIGKILL
back after SIGTERM
certificates: first then second
sessions are shared after it"
holds "the log tells of a loop that was killed" grep -qE ' error loop-ended loop=1 process=[0-9]+ signal=9 starts-again-in=0' "$log"
holds "and of one that was told to end" grep -qE ' info loop-ended loop=2 process=[0-9]+ exit-code=0 starts-again-in=0' "$log"
holds "the socket's file stays" shap --as administrator whoami

# ---- nobody else gets a share of the port

database="host=$work/data/socket dbname=shap user=shap_server"
as_server=(--links 2 --stream-links 2)
if [ "$(id -u)" = 0 ]; then as_server+=(--user postgres); fi
for n in 1 2; do
    try shapd --database "$database" "${as_server[@]}" --loops $n --listen "127.0.0.1:$port"
    refused 1 "cannot listen on 127.0.0.1:$port" "another program listens there"
    try shapd --database "$database" "${as_server[@]}" --loops $n --listen "$socket"
    refused 1 "cannot listen on $socket" "another server answers there"
done
# Nor could a sanitizer that looks for leaks start what it looks with.
try env ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" prlimit --nproc=1 shapd --database "$database" "${as_server[@]}" --loops 2 --listen 127.0.0.1:0
refused 1 "cannot start a loop: Resource temporarily unavailable"
family=$server
start_server "$work/second.log" --database "$database" "${as_server[@]}" --listen 127.0.0.1:0
others+=("$server")
alone=$(log=$work/second.log port_of_server)
try shapd --database "$database" "${as_server[@]}" --loops 2 --listen "127.0.0.1:$alone"
refused 1 "cannot listen on 127.0.0.1:$alone" "another program listens there"
stop_server
server=$family

# ---- one after the other is killed while returns go out: what was acknowledged is there, and once

echo reference,status,as_of,note > "$work/many.csv"
for n in $(seq 1000); do echo "SH5.2/6/1,in progress,2010-12-21,many $n"; done >> "$work/many.csv"
many() { database -c "select count(*), count(distinct t.body) from shap.\"return\" r join shap.personal_text t
    on t.digest = r.note_digest where t.body like 'many %'"; }
some() { [ "$(many | cut -d '|' -f 1)" -gt "$1" ]; }
partner return submit --file "$work/many.csv" --format json --ca "$work/trusted.pem" --server "localhost:$port,$socket" \
    > "$work/out" 2> "$work/err" &
sender=$!
tried="a file while loops are killed"
for n in 1 2; do
    await "some rows" some $((n * 200))
    process=$(loop_process $n)
    kill -9 "$process"
    await "the loop to come back" not_this "$n" "$process"
done
code=0
wait "$sender" || code=$?
exits 0
is "acknowledged" "$(jq length "$work/out")" 1000
is "on record" "$(many)" "1000|1000"
is "what waits" "$(partner --quiet outbox list --format json | jq length)" 0
holds "the ledger is whole" shap --as administrator audit verify

# ---- their PostgreSQL dies: the process above them starts it again, and each finds it

kill -9 "$(head -n 1 "$work/data/data/postmaster.pid")"
await "PostgreSQL to be started again" grep -q ' postgresql-ended .*starts-again-in=0' "$log"
lost() { test "$(grep -cE ' (database-lost|not-serving)' "$log")" -ge 2; }
await "each loop to see it" lost
served() { for _ in $(seq 16); do shap --as administrator whoami --ca "$work/trusted.pem" --server "localhost:$port" || return 1; done; }
await "service to return" served
is "no loop ended for it" "$(grep -c ' loop-ended ' "$log")" 4

# ---- TERM drains all of them, a second one does not wait

# Calls that wait in the database, because another session holds what they need until its stdin ends.
calls_that_wait() {
    mkfifo "$work/hold.$1"
    database -c "begin; lock table shap.token in access exclusive mode" -f - < "$work/hold.$1" > /dev/null &
    holder=$!
    exec 9> "$work/hold.$1"
    await "the lock" test_that "exists (select from pg_locks where relation = 'shap.token'::regclass
        and mode = 'AccessExclusiveLock' and granted)"
    callers=()
    local before
    before=$(grep -c "$asked" "$log" || true)
    for n in $(seq 6); do
        shap --as administrator whoami --ca "$work/trusted.pem" --server "localhost:$port" > "$work/out.$n" 2> "$work/err.$n" 9>&- &
        callers+=($!)
    done
    await "the calls" n_asked $((before + 6))
}
asked=' request method=/shap.v1.Directory/WhoAmI '
n_asked() { test "$(grep -c "$asked" "$log")" -ge "$1"; }
# all_exit WHAT CODE
all_exit() {
    local pid codes=
    for pid in "${callers[@]}"; do
        code=0
        wait "$pid" || code=$?
        codes+=$code
    done
    is "the exit codes of $1" "$codes" "$2$2$2$2$2$2"
}
n_stopping() { test "$(grep -c ' stopping ' "$log")" -ge "$1"; }
processes=("$(loop_process 1)" "$(loop_process 2)")
calls_that_wait 1
kill -TERM "$server" "${processes[@]}" # as a service manager may that tells all
await "all to begin to stop" n_stopping 3
answers() { (exec 8<> "/dev/tcp/127.0.0.1/$port"); }
await "nobody to listen" not answers
try timeout 60 shap --as administrator whoami --ca "$work/trusted.pem" --server "localhost:$port"
refused 8 "no server answers"
never "the socket's file stays" test -e "${socket#unix:}"
exec 9>&-
wait "$holder" || true
all_exit "calls in flight" 0
code=0
wait "$server" || code=$?
server=
is "the exit code of drained loops" "$code" 0
holds "they are gone" are_gone "${processes[@]}"

tls=(--tls-cert "$work/server.pem" --tls-key "$work/server.key")
serve --loops 2 --log-level debug --listen "127.0.0.1:$port" "${tls[@]}"
calls_that_wait 2
kill -TERM "$server"
await "all to begin to stop" n_stopping 3
kill -TERM "$server"
all_exit "calls that were not waited for" 8
exec 9>&-
wait "$holder" || true
code=0
wait "$server" || code=$?
server=
is "the exit code of loops stopped at once" "$code" 0

# ---- none outlives the first process

serve --loops 2 --listen "127.0.0.1:$port" "${tls[@]}"
processes=("$(loop_process 1)" "$(loop_process 2)")
kill -9 "$server"
wait "$server" || true
await "the loops to go" are_gone "${processes[@]}"
serve --loops 0 --listen "127.0.0.1:$port" "${tls[@]}"
n_processors=$(nproc)
n_loops=$((n_processors > 4 ? 4 : n_processors)) # there are so many --stream-links
is "the loops, as many as processors" "$(grep -c ' loop-serves ' "$log")" $((n_loops > 1 ? n_loops : 0))
holds "others serve there now" shap --as administrator whoami --ca "$work/trusted.pem" --server "localhost:$port"
