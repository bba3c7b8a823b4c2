#!/usr/bin/env bash
# The outbox: whatever breaks, a return that was made is sent again under its id and counts once; what is refused is kept
# with its reason; nobody's word goes out under another name. `SHAP_OUTBOX_KILLS=200 SHAP_OUTBOX_SEED=7` kills oftener.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

partner() { shap --as partner "$@"; }
submit() { try partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-20 "$@"; }
box=$work/home/.local/state/shap/outbox
waits() { shap --quiet outbox list --format json | jq -rc "$1"; }
# The line breaks, and is mended: the socket is not where it is looked for, the server goes on.
line_breaks() { mv "$work/data/shapd.sock" "$work/data/away.sock"; }
line_mends() { mv "$work/data/away.sock" "$work/data/shapd.sock"; }
on_record() { database -c "select count(*) from shap.\"return\" r join shap.personal_text t on t.council_id = r.council_id
    and t.digest = r.note_digest where t.body = '$1'"; }

quarter --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0
n_before=$(database -c 'select count(*) from shap."return"')

# ---- no server: it waits, typed again it is the same, and resume sends it once

line_breaks
try shap outbox list
exits 0
err "Nothing waits" "shap outstanding"
submit --note "One."
refused 8 "waits in the outbox as" "shap outbox resume"
id=$(waits '.[0].said.return_id')
err "$id"
submit --note "One."
refused 8 "as $id"
err "The same return waits in the outbox; it is sent as that one."
is "what waits" "$(waits '.[] | [.said.return_id, .said.note, .arrival, .profile, .server] | join(" ")')" \
    "$id One. not_arrived partner $SHAP_SERVER"
is "who may read it" "$(stat -c %a "$box" "$box"/* | xargs)" "700 600"
never "the token is in it" grep -q "$(head -n 1 "$work/config/shap/tokens/partner")" "$box"/*
try shap outbox list
exits 0
out SH5.2/6/1 "not arrived" One. "no server answers"
err "1 row. Next: shap outbox resume"
try partner outbox resume
exits 8
err "1 wait on. To go on: shap outbox resume"
is "what waits" "$(waits length)" 1
line_mends
try partner outbox resume --format json
exits 0
is "the receipt" "$(jq -r '.[] | [.return_id, .replayed] | join(" ")' "$work/out")" "$id false"
err "1 on record (0 of them already), 0 refused."
is "on record" "$(on_record One.)" 1
try partner outbox resume
exits 0
err "Nothing waits to be sent."
is "files" "$(find "$box" -type f | wc -l)" 0

# ---- said in one line, on a terminal only, of what an earlier run left

line_breaks
submit --note "Two."
line_mends
try partner whoami
no_err outbox
# on_terminal COMMAND...: what it wrote on its terminal.
on_terminal() { $python -c 'import os, pty, sys
pid, end = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
try:
    while part := os.read(end, 65536): seen += part
except OSError: pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))' "$@"; }
try on_terminal shap --as partner whoami
out "1 return from earlier waits in the outbox. To send: shap --as partner outbox resume"
try on_terminal shap --as partner
out "1 return from earlier waits in the outbox."
try on_terminal shap --as coordinator whoami
out "1 return of profile partner waits in the outbox. To send: shap --as partner outbox resume"
try on_terminal shap --as partner --quiet whoami
no_out outbox
try on_terminal shap --as partner outbox resume
out "1 on record (0 of them already)"
no_out "from earlier"
is "on record" "$(on_record Two.)" 1

# ---- what the server refuses, when it is sent later, stays with the reason until it is dropped

line_breaks
try partner return submit SH1.2/2/2 --status complete --as-of 2010-12-20 --note "Not ours."
refused 8 outbox
submit --note "Three."
line_mends
try partner doctor
exits 0
out "2 returns wait to be sent" "shap outbox resume sends them"
try partner outbox resume
exits 3
err "SH1.2/2/2: there is no milestone" "1 on record (0 of them already), 1 refused." "shap outbox drop"
is "what waits" "$(waits '.[] | [.said.note, .arrival, .reason[0:21]] | join("|")')" "Not ours.|refused|there is no milestone"
try partner outbox resume
exits 0
err "Nothing waits to be sent. See: shap outbox list"
refused_id=$(waits '.[0].said.return_id')
try partner outbox resume "${refused_id:0:8}"
exits 1
err "SH1.2/2/2: there is no milestone" "0 on record"
try on_terminal shap --as partner whoami
out "Look at: shap outbox list"
try shap outbox drop "${refused_id:0:8}" < /dev/null
refused 2 "nobody to ask" "--yes"
err "SH1.2/2/2" "Not ours."
try shap outbox drop
refused 2 "--all"
try shap outbox drop 01234567 --yes
refused 6 "no return with the id"
is "what waits" "$(waits length)" 1
try shap outbox drop "${refused_id:0:8}" --yes
exits 0
err "Dropped: 1." "Not ours."
is "what waits" "$(waits length)" 0
# A refusal that is in hand at once is told, and is not kept.
try partner return submit SH1.2/2/2 --status complete --as-of 2010-12-20
refused 6 "there is no milestone"
is "what waits" "$(waits length)" 0

# ---- never under another name, never to another server

mkdir "$work/aside"
line_breaks
submit --note "Four."
line_mends
try shap --as coordinator outbox resume
exits 0
err "1 belong to another profile"
try partner outbox resume --server "unix:$work/elsewhere.sock"
refused 7 "for another server" "--moved"
cp "$work/config/shap/tokens/partner" "$work/aside/"
cp "$work/config/shap/tokens/officer" "$work/config/shap/tokens/partner"
try partner outbox resume
refused 7 "another sign-in of profile partner"
is "on record" "$(on_record Four.)" 0
cp "$work/aside/partner" "$work/config/shap/tokens/partner"
# The membership's next token is the same person.
membership=$(partner whoami --format json | jq .membership_id)
shap --as administrator --quiet token issue "$membership" --format csv | csv_column code | partner --quiet login > "$work/out"
try not cmp "$work/aside/partner" "$work/config/shap/tokens/partner"
exits 0
try partner outbox resume --server "http://127.0.0.1:$(port_of_server)"
refused 7 "not sent"
try partner outbox resume
exits 0
is "on record" "$(on_record Four.)" 1
line_breaks
submit --note "Five."
line_mends
try partner outbox resume --moved --server "http://127.0.0.1:$(port_of_server)"
exits 0
is "on record" "$(on_record Five.)" 1

# ---- what names no day speaks of the day it was written, whether it had arrived or not

undated() { try partner return submit SH5.2/6/1 --status in-progress --note "$1" --id "$2"; }
as_of() { partner --quiet return list SH5.2/6/1 --format json | jq -r ".[] | select(.note == \"$1\").as_of"; }
line_breaks
undated "Six." 66666666-6666-4666-8666-666666666666
$python -B tests/e2e/outbox_file.py "$box" "$work/aside" day=2010-12-24
line_mends
try partner outbox resume
exits 0
err "SH5.2/6/1: as of 2010-12-24, the day it was written"
is "the day" "$(as_of Six.)" 2010-12-24
undated "Seven." 77777777-7777-4777-8777-777777777777
exits 0
today=$(as_of Seven.)
line_breaks
undated "Seven." 77777777-7777-4777-8777-777777777777
refused 8 outbox
$python -B tests/e2e/outbox_file.py "$box" "$work/aside" day=2010-12-24
line_mends
try partner outbox resume
exits 0
err "1 on record (1 of them already)"
is "on record, on what day" "$(as_of Seven.)" "$today"
# A clock that was wrong: neither in the future nor before there were such plans.
for day in 2999-01-01 1970-01-01; do
    line_breaks
    undated "Written $day." "$(cat /proc/sys/kernel/random/uuid)"
    $python -B tests/e2e/outbox_file.py "$box" "$work/aside" "day=$day"
    line_mends
    try partner outbox resume
    exits 0
    is "the day of what was written $day" "$(as_of "Written $day.")" "$today"
done

# ---- a file that is damaged, an outbox that cannot be written

line_breaks
submit --note "Eight."
head -c 50 "$box"/*.returns > "$work/aside/cut"
mv "$work/aside/cut" "$box"/000000000001.000000-12345678.returns
line_mends
try partner outbox resume
exits 3
err "000000000001.000000-12345678.returns is damaged"
is "on record" "$(on_record Eight.)" 1
try shap outbox list
exits 3
err "is damaged"
try shap outbox drop --all --yes
exits 0
try shap outbox list
exits 0
for state in /proc/nowhere "$work/file"; do
    echo "a file" > "$work/file"
    try env "XDG_STATE_HOME=$state" shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-20 --note "In $state."
    exits 0
    err "shap: warning: the return cannot be kept in the outbox" "is sent all the same" "On record as"
    is "on record" "$(on_record "In $state.")" 1
done

# ---- two at once: on one file of returns, and on one outbox

echo reference,status,as_of,note > "$work/many.csv"
for n in $(seq 200); do echo "SH5.2/6/1,in progress,2010-12-21,many $n"; done >> "$work/many.csv"
line_breaks
try partner return submit --file "$work/many.csv"
exits 8
err "200 wait in the outbox."
is "what waits" "$(waits 'group_by(.arrival) | map([.[0].arrival, length])')" '[["not_arrived",200]]'
line_mends
pids=()
for n in 1 2 3; do
    partner outbox resume > "$work/out.$n" 2> "$work/err.$n" &
    pids+=($!)
done
partner return submit --file "$work/many.csv" > "$work/out.4" 2> "$work/err.4" &
pids+=($!)
for pid in "${pids[@]}"; do
    code=0
    wait "$pid" || code=$?
    is "the exit code of one of four" "$code" 0
done
partner outbox resume > /dev/null 2>&1
is "what waits" "$(waits length)" 0
is "on record" "$(database -c "select count(*), count(distinct t.body) from shap.\"return\" r join shap.personal_text t
    on t.digest = r.note_digest where t.body like 'many %'")" "200|200"

# ---- killed at any moment

try timeout 500 $python -B tests/e2e/outbox_kill.py "$(port_of_server)" "$work" "${SHAP_OUTBOX_KILLS:-24}" "${SHAP_OUTBOX_SEED:-1}"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of outbox_kill.py" "$code" 0
holds "its sum" grep -qE 'runs \(seed [0-9]+\): [1-9][0-9]* killed, [1-9][0-9]* with .* 0 problems$' "$work/out"
holds "something was on record" [ "$(database -c 'select count(*) from shap."return"')" -gt "$n_before" ]
never "an error in the server's log" grep -q ' error ' "$log"
