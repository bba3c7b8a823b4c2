#!/usr/bin/env bash
# One service at several addresses: the first that can be reached is called; what cannot be reached, or cannot serve, is
# left for the next, as far as a call may be made twice; and the end names them all.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

partner() { shap --as partner "$@"; }
coordinator() { shap --as coordinator "$@"; }
on_record() { database -c "select count(*) from shap.\"return\" r join shap.personal_text t on t.council_id = r.council_id
    and t.digest = r.note_digest where t.body = '$1'"; }

quarter
first=unix:$work/data/shapd.sock
second=unix:$work/second.sock
nowhere=unix:$work/nowhere.sock
second_server=
as_server="host=$work/data/socket dbname=shap user=shap_server"
few_links=(--links 1 --stream-links 1)
if [ "$(id -u)" = 0 ]; then
    few_links+=(--user postgres)
    mkdir -m 1777 "$work/second"
    second=unix:$work/second/shapd.sock
fi
# A second server over the same database.
serve_second() {
    local embedded=$server
    start_server "$work/second.log" --database "$as_server" "${few_links[@]}" --listen "$second"
    second_server=$server
    server=$embedded
}
before_end() { if [ -n "$second_server" ]; then kill "$second_server" 2> /dev/null; wait "$second_server" 2> /dev/null || true; fi; }
# ---- what may be made twice is what the database only reads, and a return

shapd --methods --database "$as_server" |
    awk '$1 ~ "^/shap" { split($1, part, "/"); print part[3], $4 }' | sort > "$work/methods"
grep -oE '"[A-Z][a-z]+"' client/lib/repeat.c | tr -d '"' | sort -u > "$work/words"
while read -r method access; do
    begins=$(grep -oE '^[A-Z][a-z]+' <<< "$method")
    repeats=writes
    if grep -qx "$begins" "$work/words"; then repeats=reads; fi
    is "what shap thinks of $method" "$repeats" "$access"
done < <(grep -v '^SubmitReturn ' "$work/methods")
holds "methods were compared" [ "$(wc -l < "$work/methods")" -gt 50 ]

serve_second

# ---- the first that can be reached; each that cannot is named where none can

try partner whoami --server "$nowhere,$second, $first"
exits 0
try partner whoami --server "$nowhere,unix:$work/neither.sock"
refused 8 "no server of those that are named serves this now:" "$nowhere: no server answers" "unix:$work/neither.sock: no server answers"
try partner whoami --server "$first,"
refused 2 "is not a server address"
try env SHAP_SERVER="$nowhere,$first" shap --as partner milestone list
exits 0
try partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-20 --note "To the second." --server "$nowhere,$second"
exits 0
is "on record" "$(on_record "To the second.")" 1
partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-20 --note "Nowhere." --server "$nowhere,unix:$work/neither.sock" \
    2> "$work/err" > "$work/out" || true
is "what waits" "$(shap --quiet outbox list --format json | jq -r '.[] | "\(.arrival) \(.server)"')" "not_arrived $nowhere,unix:$work/neither.sock"
# It was meant for that service: one of its addresses is enough.
try partner outbox resume --server "$second,$nowhere"
exits 0
is "on record" "$(on_record Nowhere.)" 1
# An act that is no return was not seen by a server that cannot be reached.
try coordinator meeting add --day 2010-12-01 --server "$nowhere,$second"
exits 0

# The doctor looks at each.
try partner doctor --server "$nowhere,$second"
exits 8
out "server $nowhere (from --server)" "no server answers at the socket" "server $second (from --server)" "connected to the socket"
try partner doctor --server "$first,$second" --format json
exits 0
is "what is connected to" "$(jq -r '[.[] | select(.check == "connection").found] | join(", ")' "$work/out")" \
    "connected to the socket ${first#unix:}, connected to the socket ${second#unix:}"

# A profile remembers them all.
administrator="shap --as administrator"
invitation=$($administrator --quiet person add "Sue Several" --organisation home-housing --role contributor --email s@example.org \
    --format csv | csv_column code)
try env -u SHAP_SERVER shap --as several --quiet login --server "$nowhere,$second" <<< "$invitation"
exits 0
try env -u SHAP_SERVER shap --as several whoami
exits 0
out "Sue Several"

# ---- a server that answers UNAVAILABLE, or goes away under the call

# A server of lines: it passes calls on to the first server, after it has taken `takes` bytes of the answer it dies.
try timeout 120 $python -B tests/e2e/servers.py "$work" "$second"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of servers.py" "$code" 0
holds "its sum" grep -qE '^[1-9][0-9]* ways for a server to fail, 0 problems$' "$work/out"

# ---- one of two is killed while returns go out, and a watch looks on

echo reference,status,as_of,note > "$work/many.csv"
for n in $(seq 1500); do echo "SH5.2/6/1,in progress,2010-12-21,many $n"; done >> "$work/many.csv"
many() { database -c "select count(*), count(distinct t.body) from shap.\"return\" r join shap.personal_text t
    on t.digest = r.note_digest where t.body like 'many %'"; }
shap --as coordinator watch --since 2010-12-21 --server "$second,$first" --format json > "$work/seen" 2> "$work/watch.err" &
watcher=$!
await "the watch" grep -q . "$work/seen"
shap --as partner return submit --file "$work/many.csv" --server "$second,$first" > "$work/out" 2> "$work/err" &
sender=$!
await "the first rows" database -c "do \$\$ begin assert (select count(*) from shap.personal_text where body like 'many %') > 0; end \$\$"
kill -9 "$second_server"
wait "$second_server" 2> /dev/null || true
second_server=
code=0
wait "$sender" || code=$?
tried="a file whose first server was killed"
exits 0
err "1500 on record ("
is "on record" "$(many)" "1500|1500"
is "what waits" "$(shap --quiet outbox list --format json | jq length)" 0
seen_all() { [ "$(jq -r 'select(.kind == "return") | .record_id' "$work/seen" | sort -u | wc -l)" -ge 1500 ]; }
await "the watch to see them all" seen_all
kill -INT "$watcher"
code=0
wait "$watcher" || code=$?
is "the exit code of an interrupted watch" "$code" 130
is "told twice" "$(jq -r 'select(.kind == "return") | .record_id' "$work/seen" | sort | uniq -d | wc -l)" 0
# There is nothing left to leave it for: the first is called when the second does not answer.
try partner whoami --server "$second,$first"
exits 0
