#!/usr/bin/env bash
# Watching: two who may see different things, while lines are cut, the server is stopped and started, and PostgreSQL's
# notices are lost; a token that is revoked; many at once.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

many=100
pids=()
before_end() { for pid in "${pids[@]}"; do kill -TERM "$pid" 2> /dev/null; wait "$pid" 2> /dev/null; done; }

start() { serve --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 --watch-seconds 2 --watches-each $many "$@"; }
prepare_quarter
start
$python tests/e2e/relay.py "$work/relay.sock" "$work/data/shapd.sock" > "$work/relay.out" &
relay=$!
pids+=("$relay")
await "the relay" grep -q ready "$work/relay.out"

# watch_as NAME PROFILE ARGUMENT...: watches through the relay into $work/NAME.out; its process is $watcher.
watch_as() {
    SHAP_SERVER=unix:$work/relay.sock shap --as "$2" watch --format csv "${@:3}" > "$work/$1.out" 2> "$work/$1.err" &
    watcher=$!
    pids+=("$watcher")
}
record_of() { shap --as "$1" --quiet return submit "$2" --status in-progress --note "$3" --format csv | csv_column record_id; }
seen() { csv_column record_id < "$work/$1.out"; }
# Every record that was made since, as the tables have it: in the order of the ledger, of milestones like the pattern.
made() {
    database -c "select record_id from (
        select link, record_id, reference from shap.\"return\" union all select link, record_id, reference from shap.review union all
        select link, record_id, reference from shap.\"grant\" union all select link, record_id, reference from shap.counter_act) r
        where link > $first and reference like '$1' order by link, record_id"
}
has_last() { made "$2" > "$work/$1.made" && [ "$(tail -n 1 "$work/$1.made")" = "$(seen "$1" | tail -n 1)" ]; }
has_begun() { [ -s "$work/$1.cursor" ]; }

# ---- two of them, and what happens meanwhile

first=$(database -c 'select number from shap.ledger_head')
watch_as coordinator coordinator --cursor-file "$work/coordinator.cursor"
coordinator=$watcher
watch_as partner partner --cursor-file "$work/partner.cursor"
partner=$watcher
await "the coordinator's first cursor" has_begun coordinator
await "the partner's first cursor" has_begun partner
is "the first cursor" "$(cat "$work/partner.cursor")" "copeland:$first"

# acts N: something on what both see, and on what only the coordinator does.
acts() {
    local asked
    record_of officer SH1.1/1/1 "round $1" > /dev/null
    asked=$(shap --as partner --quiet return submit SH5.2/5/1 --status in-progress --note "round $1" --new-date "March 2011" \
        --reason "round $1" --format csv | csv_column record_id)
    shap --as coordinator --quiet grant add --return "$asked" --reason "round $1" > /dev/null
    shap --as coordinator --quiet review accept "$(record_of partner SH5.2/6/1 "round $1")" > /dev/null
    shap --as officer --quiet return withdraw "$(record_of officer SH1.1/1/2 "round $1")" --reason "round $1" > /dev/null
}
notices_lost() { database -c "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen shap_link'"; }
acts 1
kill -USR1 "$relay"
acts 2
notices_lost > /dev/null
acts 3
stop_server
start
acts 4
kill -USR1 "$relay"
notices_lost > /dev/null
acts 5
await "the last event to reach the coordinator" has_last coordinator %
await "the last event to reach the partner" has_last partner SH5.2/%
seen coordinator > "$work/coordinator.seen"
seen partner > "$work/partner.seen"
is "what was made in five rounds" "$(wc -l < "$work/coordinator.made")" 35
same "$work/coordinator.seen" "$work/coordinator.made"
same "$work/partner.seen" "$work/partner.made"
in_file coordinator.err "The line broke" "The line is there again"
holds "a contributor sees no other body's words" not grep -q SH1.1 "$work/partner.out"

# ---- the end, and going on

kill -INT "$coordinator" "$partner"
code=0
wait "$coordinator" || code=$?
is "an interrupted watch's code" "$code" 130
wait "$partner" || true
in_file coordinator.err "the same command again"
acts 6
try shap --as partner watch --once --format csv --cursor-file "$work/partner.cursor"
exits 0
made SH5.2/% | tail -n 4 > "$work/six.made"
csv_column record_id < "$work/out" > "$work/six.seen"
same "$work/six.seen" "$work/six.made"
try shap --as partner watch --once --cursor-file "$work/partner.cursor"
exits 0
[ ! -s "$work/out" ] || not_ok "what was told is told again" seen
err "Nothing new." "the same command again"
try shap --as partner watch --once --since "copeland:$first" --kind grant --format json
exits 0
is "grants as lines of JSON" "$(jq -r .kind "$work/out" | sort | uniq -c | tr -s ' ')" " 6 grant"
try shap --as coordinator watch --once --since "copeland:$first" --kind review
exits 0
out "  review  copeland/2010-11 SH5.2/6/1  Copeland Coordinator: accepted"
err "To go on from here: shap watch --since copeland:"
try shap --as coordinator watch --once --since "copeland:999999"
refused 1 "does not reach as far"
try shap --as coordinator watch --once --since "copeland:x"
refused 1 "is not a cursor"
try shap --as coordinator watch --once --since someday
refused 2 "--since"
try shap --as administrator watch --once
refused 5
try shap --as coordinator watch --cursor-file "$work/nowhere/cursor" --once
refused 1 "$work/nowhere/cursor"

# ---- a token that is revoked

watch_as revoked partner
watcher_began() { grep -q 'call method=/shap.v1.Directory/WhoAmI' "$log"; }
shap --as partner whoami > /dev/null
await "the partner to be known" watcher_began
number=$(shap --as administrator --quiet token list --format csv | grep 'Supporting People Officer' | cut -d , -f 1)
shap --as administrator --quiet token revoke "$number" --reason "left" > /dev/null
code=0
wait "$watcher" || code=$?
is "the code of a watch whose token was revoked" "$code" 4
in_file revoked.err "revoked"

# ---- many

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
before=$(resident)
$python tests/e2e/watchers.py "$SHAP_BIN_DIR/proto/gen/shap.protoset" "127.0.0.1:$(port_of_server)" \
    "$XDG_CONFIG_HOME/shap/tokens/coordinator" $many > "$work/many.out" 2>&1 &
watchers=$!
pids+=("$watchers")
await "$many to watch" grep -q watching "$work/many.out"
await "one more to be refused" grep -q RESOURCE_EXHAUSTED "$work/many.out"
holds "nobody holds a link while waiting" test "$(database -c "select count(*) from pg_stat_activity where application_name = 'shapd'
    and state <> 'idle'")" = 0
record_of officer SH1.1/1/1 "for all" > /dev/null
code=0
wait "$watchers" || code=$?
is "the many's code" "$code" 0
in_file many.out "{'in progress': $many}"
[[ $SHAP_BIN_DIR == *sanitize* ]] ||
    holds "what $many watchers hold is under 64 MB" test $(($(resident) - before)) -lt 65536

# ---- a connection that has come to its end: the stream is told, and shap goes on by itself

stop_server
start --age-seconds 1 --grace-seconds 1
first=$(database -c 'select number from shap.ledger_head')
SHAP_SERVER=unix:$work/data/shapd.sock shap --as coordinator watch --format csv > "$work/old.out" 2> "$work/old.err" &
watcher=$!
pids+=("$watcher")
$python tests/e2e/watchers.py "$SHAP_BIN_DIR/proto/gen/shap.protoset" "127.0.0.1:$(port_of_server)" \
    "$XDG_CONFIG_HOME/shap/tokens/coordinator" 0 > "$work/aged.out" 2>&1 || true
in_file aged.out "UNAVAILABLE this connection has come to its end; call again, and go on with the last cursor"
await "the line to be there again" grep -q "The line is there again" "$work/old.err"
record_of officer SH1.1/1/1 "after it" > /dev/null
await "what was recorded after it" has_last old %
kill -INT "$watcher"
wait "$watcher" || true
seen old > "$work/old.seen"
same "$work/old.seen" "$work/old.made"

# ---- streams that hold a connection to PostgreSQL: one of a token, whatever it asks for, and one of somebody else; and reports:
# as many as have a connection, and they keep none from a short call

stop_server
start --links 1 --stream-links 3 --streams-each 1 --report-links 1 --watches 8
database -c "begin; lock table shap.milestone; select pg_sleep(60)" > "$work/lock.out" 2>&1 &
locker=$!
pids+=("$locker")
await "the lock" eval "database -c \"select 1 from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = 'shap.milestone'::regclass\" | grep -q 1"
held_are() { [ "$(database -c "select count(*) from pg_stat_activity where application_name = 'shapd' and wait_event_type = 'Lock'")" = "$1" ]; }
listers=()
for profile in coordinator coordinator coordinator officer; do
    shap --as $profile --quiet milestone list --format csv > "$work/list.${#listers[@]}" 2>&1 &
    listers+=("$!")
    pids+=("$!")
done
for _ in 1 2; do
    shap --as coordinator --quiet report exceptions --format json > "$work/list.${#listers[@]}" 2>&1 &
    listers+=("$!")
    pids+=("$!")
done
await "one stream of each, and a report, to wait for the lock" held_are 3
sleep 0.5
holds "no more of one token, and no second report" held_are 3
holds "a short call" shap --as coordinator --quiet whoami
database -c "select pg_terminate_backend(pid) from pg_stat_activity where query like '%lock table%' and pid <> pg_backend_pid()" > "$work/freed"
wait "$locker" || true
for lister in "${listers[@]}"; do
    code=0
    wait "$lister" || code=$?
    is "the code of what had its turn" "$code" 0
done

# ---- of all together

stop_server
start --watches 1
watch_as last coordinator --cursor-file "$work/last.cursor"
await "the only watch" has_begun last
try timeout 20 shap --as officer watch
refused 1 "as many are watching as this server lets"
