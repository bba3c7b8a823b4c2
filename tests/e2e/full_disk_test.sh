#!/usr/bin/env bash
# A disk that is full: the server's, while returns arrive (first for tables, then for PostgreSQL's own log), and the
# client's. One clear message, nothing acknowledged is lost, and all goes on when there is room.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

[ "$(id -u)" = 0 ] || { echo "skipped: only root can mount a small disk"; exit 77; }
mounted=()
before_end() {
    stop_server || true
    local directory
    for directory in "${mounted[@]}"; do umount "$directory"; done
}

# small_disk DIRECTORY SIZE
small_disk() {
    mkdir -p "$1"
    mount -t tmpfs -o "size=$2,mode=0755" shap-small-disk "$1" || { echo "skipped: mounting is not permitted here"; exit 77; }
    mounted+=("$1")
}
# fill DIRECTORY: to the last byte.
fill() { head -c 1G /dev/zero 2> /dev/null >> "$1/ballast" || true; }
free() { rm "$1/ballast"; }
free_bytes() { df --output=avail -B1 "$1" | tail -n 1 | tr -d ' '; }

small_disk "$work/data" 200m
quarter
pid=$server
postmaster=$(head -n 1 "$work/data/data/postmaster.pid")

# ---- returns, with notes that need room: what is acknowledged, and what is refused

uuid() { printf '00000000-0000-4000-8000-%012d' "$1"; }
# note N: 19,000 characters that do not compress, always the same.
note() { $python -c 'import random, sys; r = random.Random(int(sys.argv[1]))
print("".join(r.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=19000)))' "$1"; }
say_it() {
    try timeout 60 shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-30 --note "$(note "$1")" \
        --id "$(uuid "$1")" --format json
}
# on_record N: how often, with exactly that note.
on_record() {
    local digest
    digest=$(note "$1" | tr -d '\n' | sha256sum | cut -d ' ' -f 1)
    database -c "select count(*) from shap.return r join shap.personal_text t on t.council_id = r.council_id
        and t.digest = r.note_digest where r.return_id = '$(uuid "$1")' and encode(sha256(t.body::bytea), 'hex') = '$digest'"
}
acknowledged=()
refused=()
# say_all FROM TO: until three were refused.
say_all() {
    local n
    for n in $(seq "$1" "$2"); do
        say_it "$n"
        if [ "$code" = 0 ]; then
            acknowledged+=("$n")
            jq -r .record_id "$work/out" > "$work/record.$n"
        else
            refused 1 "the database has no room left for this; nothing was done: tell the administrator"
            refused+=("$n")
        fi
        [ ${#refused[@]} -lt 3 ] || return 0
    done
}

say_all 1 2
fill "$work/data"
is "room left" "$(free_bytes "$work/data")" 0
say_all 3 40
is "returns refused on a full disk" "${#refused[@]}" 3
holds "the log says why" grep -q ' failure method=/shap.v1.Returns/SubmitReturn sqlstate=53100 ' "$log"

# ---- it can still be read, and says no to whatever else would write

is "health" "$($python tests/e2e/health.py "$SHAP_SERVER")" SERVING
try shap --as coordinator report exceptions --as-at 2010-12-31
exits 0
out "EXCEPTION REPORT"
try shap --as coordinator plan import $data/copeland-2010-11.csv --council copeland --year 2011/12
refused 1 "no room left"
holds "the server runs" kill -0 "$pid"

# ---- room again: the same returns are taken, each once

# all_are_there: everything acknowledged is on record once, as it was sent and under the number of its receipt.
all_are_there() {
    local n
    for n in "${acknowledged[@]}"; do
        is "return $n on record" "$(on_record "$n")" 1
        is "the record of return $n" "$(database -c "select record_id from shap.return where return_id = '$(uuid "$n")'")" \
            "$(cat "$work/record.$n")"
    done
    is "returns on record, beside the sample's" \
        "$(database -c "select count(*) from shap.return where return_id::text like '00000000-%'")" "${#acknowledged[@]}"
}
# again: what was refused is sent twice more.
again() {
    local n
    for n in "${refused[@]}"; do
        for _ in 1 2; do
            say_it "$n"
            exits 0
        done
        acknowledged+=("$n")
        jq -r .record_id "$work/out" > "$work/record.$n"
    done
    refused=()
}
all_are_there
free "$work/data"
again
all_are_there
is "PostgreSQL was not started again" "$(head -n 1 "$work/data/data/postmaster.pid")" "$postmaster"

# ---- no room for PostgreSQL's own log: it ends, and cannot even start; the server waits for room

# PostgreSQL mends itself as long as it finds a segment of its log to use again, so it is pressed until it cannot: then
# it lets nobody in, or ends. Where it still runs it is ended here; started again it may find one more, and is pressed on.
press() {
    fill "$work/data"
    database -c "select pg_switch_wal()" -c checkpoint || true
    [ "$($python tests/e2e/health.py "$SHAP_SERVER")" = NOT_SERVING ] && not database -c "select 1"
}
press_long() { for _ in {1..10}; do press || return 1; done; }
await "PostgreSQL to let nobody in" press
kill -QUIT "$postmaster" 2> /dev/null || true
await "PostgreSQL to be started again" grep -q ' postgresql-ended .*starts-again-in=' "$log"
await "PostgreSQL to let nobody in any more" press_long
is "health" "$($python tests/e2e/health.py "$SHAP_SERVER")" NOT_SERVING
for n in 90 91; do
    say_it $n
    refused 8 "no usable database" "in the outbox as $(uuid $n)"
done
holds "the server runs" kill -0 "$pid"
free "$work/data"
await "service to return" shap --as partner whoami
holds "it is the same server" kill -0 "$pid"
refused=(90 91)
again
all_are_there
try shap --as coordinator report exceptions --as-at 2010-12-20
exits 0

# ---- started on a full disk: says so, and how to go on

stop_server
fill "$work/data"
try timeout 60 shapd --embedded "$work/data"
refused 8 "No space left on device"
free "$work/data"
small_disk "$work/tiny" 2m
try timeout 60 shapd --embedded "$work/tiny/data"
refused 8 "No space left on device"
serve
all_are_there

# ---- the client's disk

coordinator() { shap --as coordinator "$@"; }
# A device of our own, never the machine's: what replaces it, as root, would harm everybody.
full=$work/full
mknod "$full" c 1 7
for format in table csv json markdown html; do
    try coordinator report exceptions --as-at 2010-12-31 --format $format -o "$full"
    refused 1 "cannot write $full" "No space left on device"
done
for command in "plan export" "plan export --original" "milestone list" "milestone list --format csv" "whoami" "--help" "plan --help"; do
    code=0
    # shellcheck disable=SC2086
    coordinator $command > "$full" 2> "$work/err" || code=$?
    tried="$command to a full device"
    : > "$work/out"
    refused 1 "No space left on device"
done
is "what the full device is" "$(stat -c '%F %t:%T' "$full")" "character special file 1:7"

# On a full file system nothing half written stays, and a file that was there is as it was.
small_disk "$work/client" 1m
echo "what was there" > "$work/client/there"
fill "$work/client"
for file in file there; do
    for command in "plan export" "plan export --original" "report exceptions --as-at 2010-12-31"; do
        # shellcheck disable=SC2086
        try coordinator $command -o "$work/client/$file"
        refused 1 "cannot write $work/client/$file" "No space left on device"
        is "what it left" "$(find "$work/client" -type f -printf '%f\n' | sort | tr '\n' ' ')" "ballast there "
    done
done
is "the file that was there" "$(cat "$work/client/there")" "what was there"

# No room for a token: an invitation that was not kept is not lost. The same for what the settings say.
invitation=$(shap --as administrator --quiet person add "Late Comer" --organisation home-housing --role contributor \
    --email late@example.org --format csv | csv_column code)
try env XDG_CONFIG_HOME="$work/client/config" shap --as late --quiet login <<< "$invitation"
refused 1 "$work/client/config" "No space left on device"
free "$work/client"
try env XDG_CONFIG_HOME="$work/client/config" shap --as late --quiet login <<< "$invitation"
exits 0
try env XDG_CONFIG_HOME="$work/client/config" shap --as late whoami
exits 0
out "Late Comer"
try coordinator plan export -o "$work/client/file"
exits 0
same "$work/client/file" $data/copeland-2010-11.csv

# No room for the first administrator's token: no council is made, and the command can be given again.
fill "$work/client"
stop_server
init() { shapd --embedded "$work/data" --init --council Allerdale --administrator "Ann Example" --token-file "$work/client/a.token"; }
try init
refused 1 "$work/client/a.token" "No space left on device"
never "a token that was half written is left" test -s "$work/client/a.token"
free "$work/client"
try init
exits 0
