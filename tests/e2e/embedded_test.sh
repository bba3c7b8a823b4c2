#!/usr/bin/env bash
# A server with a PostgreSQL of its own, when the machine fails under it, when what is left of another is in its way, when
# its data is of another version; and its backups: made while it serves, restored, and compared to the last link.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

n_returns() { database -c 'select count(*) from shap."return"'; }
uuid() { printf '00000000-0000-4000-8000-%012d' "$1"; }
say_it() {
    try timeout 60 shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-31 --note "$2" --id "$(uuid "$1")"
}
# facts DIRECTORY: what the server shows of its data.
facts() {
    mkdir "$1"
    shap --as coordinator plan export --quiet -o "$1/plan.csv"
    shap --as coordinator --quiet report exceptions --as-at 2010-12-31 --format json > "$1/exceptions.json"
    shap --as coordinator --quiet return list --format csv > "$1/returns.csv"
    shap --as administrator --quiet person list --format csv > "$1/people.csv"
    shap --as administrator --quiet audit digest > "$1/digest"
}
# same_facts A B
same_facts() {
    local name
    for name in plan.csv exceptions.json returns.csv people.csv digest; do
        holds "$2/$name says something" test -s "$2/$name"
        same "$1/$name" "$2/$name"
    done
}
digest_in() { grep -oE '[0-9]+:[0-9a-f]{64}' "$1/digest"; }

quarter
mkdir -m 700 "$work/kept"

# ---- a backup while it serves

say_it 1 "Before the backup."
exits 0
facts "$work/before"
try timeout 60 shapd --embedded "$work/data" --backup "$work/kept/first"
exits 0
out "backed up in $work/kept/first" "--restore"
is "the mode of a backup" "$(stat -c %a "$work/kept/first")" 600
holds "the server serves on" kill -0 "$server"
try timeout 60 shapd --embedded "$work/data" --backup "$work/kept/first"
refused 1 "first exists already"
say_it 2 "After the backup."
exits 0
stop_server

# ---- restored into a new directory: the same plan, reports, people and ledger, to the last link

try timeout 60 shapd --embedded "$work/second" --restore "$work/kept/first"
exits 0
out "$work/second has the database"
never "a restored directory has something unfinished" test -e "$work/second/restoring"
serve --embedded "$work/second" --listen "$SHAP_SERVER"
facts "$work/after"
same_facts "$work/before" "$work/after"
try shap --as administrator audit verify --digest "$(digest_in "$work/before")"
exits 0
try shap --as coordinator report verify
exits 0
say_it 1 "Before the backup."
exits 0
out "Was on record  yes"
say_it 3 "After the restoring."
exits 0
try shap --as administrator audit verify --digest "$(digest_in "$work/before")"
exits 0
try timeout 60 shapd --embedded "$work/second" --check
refused 8 "another shapd (process $server)"
stop_server
try timeout 60 shapd --embedded "$work/second" --check
exits 0
no_out FAILED

# ---- a backup without a server; and what is no backup

serve
facts "$work/later"
stop_server
try timeout 60 shapd --embedded "$work/data" --backup "$work/kept/later"
exits 0
never "PostgreSQL runs on" pgrep -f -- "-D $work/data/data"
try timeout 60 shapd --embedded "$work/third" --restore "$work/kept/later"
exits 0
serve --embedded "$work/third" --listen "$SHAP_SERVER"
facts "$work/third.facts"
same_facts "$work/later" "$work/third.facts"
stop_server
try timeout 60 shapd --embedded "$work/third" --restore "$work/kept/first"
refused 1 "$work/third has a database already"
head -c 40000 "$work/kept/first" > "$work/kept/cut"
echo "not a backup" > "$work/kept/junk"
for name in cut junk missing; do
    try timeout 60 shapd --embedded "$work/fourth" --restore "$work/kept/$name"
    exits 1
    never "a restore that failed left a database" test -e "$work/fourth/data"
    never "a restore that failed left half of one" test -e "$work/fourth/restoring"
done
shapd --embedded "$work/fifth" --restore "$work/kept/later" > "$work/fifth.log" 2>&1 &
restoring=$!
await "a restore to be under way" test -e "$work/fifth/restoring/PG_VERSION"
kill -9 "$restoring"
wait "$restoring" 2> /dev/null || true
# It may have been done already.
[ -e "$work/fifth/data" ] || try timeout 60 shapd --embedded "$work/fifth" --restore "$work/kept/later"
exits 0
never "what a killed restore had begun is there" test -e "$work/fifth/restoring"
serve --embedded "$work/fifth" --listen "$SHAP_SERVER"
facts "$work/fifth.facts"
same_facts "$work/later" "$work/fifth.facts"
stop_server
try timeout 60 shapd --embedded "$work/nothing" --backup "$work/kept/nothing"
refused 1 "there is no database in $work/nothing"
never "a backup that failed left something" test -s "$work/kept/nothing"
try timeout 60 shapd --embedded "$work/kept/junk" --backup "$work/early"
refused 1 "$work/kept/junk"
never "a backup that failed early left a file" test -e "$work/early"
try timeout 60 shapd --database "host=/nowhere" --backup "$work/kept/nothing"
refused 2 "pg_dump"
try timeout 60 shapd --embedded "$work/data" --backup "$work/kept/both" --restore "$work/kept/first"
refused 2 "exclude each other"

# ---- the machine fails: everything of it is killed at once, while returns arrive

serve
for n in 11 12 13 14; do
    if shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-31 --note "Return $n." \
        --id "$(uuid $n)" > /dev/null 2>&1; then echo "$n" >> "$work/acknowledged"; fi
done &
sender=$!
await "a return to be acknowledged" test -s "$work/acknowledged"
# shellcheck disable=SC2046
kill -9 "$server" $(pgrep -g "$(head -n 1 "$work/data/data/postmaster.pid")") $(pgrep -P "$(head -n 1 "$work/data/data/postmaster.pid")")
wait "$server" 2> /dev/null || true
wait "$sender" || true
holds "its PostgreSQL left a lock file" test -e "$work/data/data/postmaster.pid"
serve
holds "PostgreSQL recovered" grep -q "was not properly shut down; automatic recovery in progress" "$work/data/postgres.log"
while read -r n; do
    is "return $n, which was acknowledged" "$(database -c "select count(*) from shap.return where return_id = '$(uuid "$n")'")" 1
done < "$work/acknowledged"
for n in 11 12 13 14; do
    say_it $n "Return $n."
    exits 0
    is "return $n, sent again" "$(database -c "select count(*) from shap.return where return_id = '$(uuid $n)'")" 1
done
holds "the ledger holds" shap --as administrator audit verify
stop_server

# ---- what is left of others: lock, socket, and a process number that another program has by now

: > "$work/data/lock"
: > "$work/data/shapd.sock"
if [ "$(id -u)" = 0 ]; then chown postgres "$work/data/lock" "$work/data/shapd.sock"; fi
try timeout 60 shapd --embedded "$work/data" --listen "$SHAP_SERVER"
refused 1 "shapd.sock" "is no socket"
rm -f "$work/data/shapd.sock"
$python -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/data/shapd.sock"
if [ "$(id -u)" = 0 ]; then chown postgres "$work/data/shapd.sock"; fi
# as_owner COMMAND...: in its own place, as the user whose data it is.
as_owner() { if [ "$(id -u)" = 0 ]; then exec setpriv --reuid postgres --regid postgres --clear-groups "$@"; else exec "$@"; fi; }
as_owner sleep 600 &
other=$!
await "the other program" grep -q ^sleep "/proc/$other/cmdline"
printf '%s\n' "$other" "$work/data/data" 1291939200 5432 "$work/data/socket" "" "  5432001    999999" ready | (as_owner tee "$work/data/data/postmaster.pid") > /dev/null
mkdir -m 700 "$work/data/socket" # a server that ended has removed it
if [ "$(id -u)" = 0 ]; then chown postgres "$work/data/socket"; fi
(as_owner cp "$work/data/data/postmaster.pid" "$work/data/socket/.s.PGSQL.5432.lock")
serve
holds "the log says whose number it was" grep -q " stale-lock-removed .*process=$other" "$log"
holds "the other program was left alone" kill -0 "$other"
kill "$other"
is "the returns" "$(n_returns)" "$(($(wc -l < "$work/after/returns.csv") - 1 + 1 + 4))"
stop_server

# ---- two at once on one directory: one serves, the other says who does

for n in 1 2; do
    { shapd --embedded "$work/data" --listen "unix:$work/data/$n.sock" 2> "$work/two.$n.log" || echo "$?" > "$work/two.$n.code"; } &
    pids[n]=$!
done
await "one to serve" grep -q ' listening ' "$work/two.1.log" "$work/two.2.log"
await "the other to end" compgen -G "$work/two.?.code"
is "who gave up" "$(cat "$work"/two.?.code)" 8
is "what it said" "$(grep -ho 'another shapd' "$work"/two.?.log)" "another shapd"
# shellcheck disable=SC2046
kill -TERM $(pgrep -f -- "^shapd --embedded $work/data --listen unix:$work/data/..sock")
wait "${pids[@]}" || true

# ---- data of another version of PostgreSQL, or of a later shapd

version=$(cat "$work/data/data/PG_VERSION")
for other in 14 99; do
    echo "$other" > "$work/data/data/PG_VERSION"
    try timeout 60 shapd --embedded "$work/data"
    refused 8 "was made by PostgreSQL $other"
done
err "which is not installed (it is not upgraded silently): apt-get install postgresql-99"
: > "$work/data/data/PG_VERSION"
try timeout 60 shapd --embedded "$work/data"
refused 8 "data/PG_VERSION does not say which PostgreSQL made"
echo "$version" > "$work/data/data/PG_VERSION"
serve
database -c "insert into shap.migration (number, name, sha256) values (999, 'later', '\\x00')"
stop_server
try timeout 60 shapd --embedded "$work/data"
refused 8 "the database is newer (migration 999, later) than this shapd"
never "PostgreSQL runs after a refusal" pgrep -f -- "-D $work/data/data"
try timeout 60 shapd --embedded "$work/data" --backup "$work/kept/newer"
exits 0
