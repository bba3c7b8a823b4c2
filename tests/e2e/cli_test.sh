#!/usr/bin/env bash
# shap as people type it: help, formats, settings, the doctor, the proxy, and the exit codes that no other test ends with.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator

# ---- help: every command has it, with an example and a word on each option

# all_commands: every command, as it is typed.
all_commands() {
    local noun
    for noun in $(shap help | awk '/^  [a-z]+ / { print $1 }'); do
        shap help "$noun" | awk -v noun="$noun" '$1 == "shap" && $2 == noun { verbs = verbs noun " " $3 "\n" }
            /COMMAND --help. for one of them/ { several = 1 }
            END { printf "%s", several ? verbs : noun "\n" }'
    done
}
# Options whose text is missing: it stands beside the option or on the line below it.
options_without_help() {
    awk 'was && !/^ {26}[^ ]/ { print was } { was = "" }
         /^  --/ { if (length($0) <= 26 || substr($0, 25, 2) != "  ") was = $0 }
         END { if (was) print was }'
}
all_commands > "$work/commands"
holds "there are commands" test "$(wc -l < "$work/commands")" -ge 35
while read -r words; do
    # shellcheck disable=SC2086
    try shap $words --help
    exits 0
    out "Usage: shap $words" "Example" "--server ADDRESS" "Formats: "
    is "messages of \"$words --help\"" "$(cat "$work/err")" ""
    is "options of \"$words\" without help" "$(options_without_help < "$work/out")" ""
    holds "an example of \"$words\" is that command" grep -qE "^  shap $words( |$)" <(sed -n '/^Example/,$p' "$work/out")
    cp "$work/out" "$work/help"
    # shellcheck disable=SC2086
    try shap help $words
    same "$work/help" "$work/out"
    # shellcheck disable=SC2086
    try shap $words --no-such-option
    refused 2 "there is no option --no-such-option" "--help"
done < "$work/commands"
for topic in settings formats exit-codes; do
    try shap help $topic
    exits 0
done
out "UNAUTHENTICATED 4" "NOT_FOUND 6" "DEADLINE_EXCEEDED 9" "130  interrupted"
try shap help settings
for variable in SHAP_SERVER SHAP_CA SHAP_TOKEN_FILE SHAP_PLAN SHAP_FORMAT SHAP_TIMEOUT SHAP_PROFILE NO_COLOR https_proxy; do
    out $variable
done
try shap
exits 0
out "Usage: shap COMMAND"
try shap plna list
refused 2 'did you mean "shap plan"?'
try shap plan shwo
refused 2 'did you mean "shap plan show"?'
try shap milestone list --clas overdue
refused 2 "did you mean --class?"
try shap milestone list --class overdu
refused 2 "did you mean overdue?"
try shap help plna
refused 2 'did you mean "plan"?'
try shap milestone show
refused 2 MILESTONE
try shap milestone list --due-before soon
refused 2 '"soon" is not a day'
try shap version
exits 0
out "shap 0."

# ---- what packagers install: completion and the manual page

try shap completion bash
exits 0
holds "bash can read it" bash -n "$work/out"
for shell in zsh fish; do
    try shap completion $shell
    exits 0
    out shap
done
try shap help man
exits 0
out ".TH SHAP 1" ".SS shap return submit" "EXIT STATUS"
while read -r words; do holds "the manual page has $words" grep -qE "^\.SS shap ${words/-/\\\\-}( |\$)" "$work/out"; done < "$work/commands"

# ---- formats: the same rows in each; data on stdout, messages on stderr

quarter
csv_rows() { $python -c 'import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
assert len({len(row) for row in rows}) == 1, "rows of different lengths"
print(len(rows) - 1)' "$work/out"; }
# A line that is no escaped bar begins a cell; every row has as many as the heading.
markdown_rows() { sed 's/\\|//g' "$work/out" | awk -F '|' 'NR == 1 { n = NF } NF != n || !/^\|.*\|$/ { exit 1 } END { print NR - 2 }'; }
shap --as coordinator --quiet return submit SH2.2/1/1 --status in-progress --note $'a|b "c",\nd' > /dev/null
while IFS='|' read -r profile words; do
    # shellcheck disable=SC2086
    try shap --as "$profile" $words --format json
    exits 0
    holds "\"$words\" is JSON" jq -e 'type == "array" and length > 0' "$work/out"
    n=$(jq length "$work/out")
    # shellcheck disable=SC2086
    try shap --as "$profile" $words --format csv
    exits 0
    is "rows of \"$words\" in CSV" "$(csv_rows)" "$n"
    # shellcheck disable=SC2086
    try shap --as "$profile" $words --format markdown
    exits 0
    is "rows of \"$words\" in markdown" "$(markdown_rows)" "$n"
    # shellcheck disable=SC2086
    try shap --as "$profile" $words
    exits 0
    cp "$work/out" "$work/table"
    # shellcheck disable=SC2086
    try shap --as "$profile" $words --format table --quiet
    same "$work/table" "$work/out"
    is "what --quiet says of \"$words\"" "$(cat "$work/err")" ""
    never "a table in a pipe has colours" grep -q $'\033' "$work/table"
    # shellcheck disable=SC2086
    try shap --as "$profile" $words --format html
    refused 2 'there is no format "html" here'
done << LISTS
coordinator|org list
administrator|person list
administrator|token list
coordinator|register list
coordinator|plan list
coordinator|plan versions
coordinator|plan doubts
coordinator|objective list
coordinator|milestone list
coordinator|return list
coordinator|review list
LISTS
for words in whoami "plan show" "objective show SH5.2" "milestone show SH5.2/6/1" "report exceptions"; do
    for format in table csv json markdown; do
        # shellcheck disable=SC2086
        try shap $words --format $format
        exits 0
        if [ $format = json ]; then holds "\"$words\" is JSON" jq -e 'type == "object"' "$work/out"; fi
        if [ $format = csv ]; then holds "\"$words\" is CSV" test "$(csv_rows)" -ge 1; fi
        # shellcheck disable=SC2086
        try shap $words --format $format --quiet
        is "what --quiet says of \"$words\"" "$(cat "$work/err")" ""
    done
done
try shap milestone list
err "171 rows. Next: one with its history: shap milestone show MILESTONE"
no_out "with its history"
try shap milestone list --class signed-off --format json
is "an empty list in JSON" "$(jq -c . "$work/out")" "[]"
try shap milestone show SH9.9/9/9 --quiet
refused 6 'there is no milestone "SH9.9/9/9"'

# on_terminal VARIABLE=VALUE: what a list looks like there.
on_terminal() { env TERM=xterm "$@" script -qec "shap --quiet org list" /dev/null < /dev/null; }
holds "a terminal has a bold heading" grep -q $'\033' <(on_terminal LC_ALL=C.UTF-8)
never "NO_COLOR is not honoured" grep -q $'\033' <(on_terminal NO_COLOR=1)
never "a dumb terminal gets colours" grep -q $'\033' <(on_terminal TERM=dumb)

# ---- settings: the command line, the environment, the profile's section, the lines above it

config=$XDG_CONFIG_HOME/shap/config
cp "$config" "$work/config.before"
format_of() { case $(head -c 1 "$work/out") in '{') echo json ;; '|') echo markdown ;; n) echo csv ;; N) echo table ;; *) echo none ;; esac; }
# format_is WANTED COMMAND...
format_is() {
    try "${@:2}"
    exits 0
    is "the format of: ${*:2}" "$(format_of)" "$1"
}
format_is table shap whoami
{ echo "format = markdown"; cat "$work/config.before"; } > "$config"
format_is markdown shap whoami
sed -i 's/^\[coordinator\]$/&\nformat = csv/' "$config"
format_is csv shap whoami
format_is markdown shap --as officer whoami
SHAP_FORMAT=json format_is json shap whoami
SHAP_FORMAT=json format_is table shap whoami --format table
SHAP_FORMAT=banana try shap whoami
refused 2 banana
cp "$work/config.before" "$config"
sed -i 's/^\[partner\]$/&\nplan = copeland\/1999-00/' "$config"
unset SHAP_PLAN
try shap --as partner milestone list
refused 6 '"copeland/1999-00"'
SHAP_PLAN=copeland/2010-11 try shap --as partner milestone list
exits 0
SHAP_PLAN=copeland/2010-11 try shap --as partner milestone list --plan copeland/1998-99
refused 6 '"copeland/1998-99"'
export SHAP_PLAN=copeland/2010-11
echo "sevrer = x" >> "$config"
try shap whoami
refused 2 "$config line $(wc -l < "$config")" 'did you mean "server"?'
cp "$work/config.before" "$config"
echo "token = shap_x" >> "$config"
try shap whoami
refused 2 "a token does not belong into this file"
cp "$work/config.before" "$config"
sed 's/^\[coordinator\]$/profile = partner\n&/' "$config" > "$work/other.config"
SHAP_CONFIG=$work/missing.config SHAP_SERVER='' try shap whoami
refused 2 "which server?" "shap login"
SHAP_TIMEOUT=soon try shap whoami
refused 2 SHAP_TIMEOUT '"soon" is not a number of seconds'

# ---- the doctor: each check, and the cure of each failure

try shap doctor
exits 0
out "ok    settings" "ok    connection" "ok    health" "ok    clock" "ok    versions" "ok    token"
err "All is well."
# unwell CODE CHECK CURE ARGUMENT...
unwell() {
    try shap doctor --format json "${@:4}"
    exits "$1"
    is "the check that fails with: ${*:4}" "$(jq -r '[.[] | select(.result == "fail") | .check] | first' "$work/out")" "$2"
    n_asserted=$((n_asserted + 1))
    jq -r '.[] | select(.result == "fail") | .cure' "$work/out" | grep -qF -- "$3" || not_ok "no cure \"$3\"" seen
    is "failures without a cure" "$(jq '[.[] | select(.result == "fail" and .cure == null)] | length' "$work/out")" 0
}
closed=$(free_port)
unwell 8 name "check the spelling" --server shap.council.invalid
unwell 8 connection "whether it is up" --server "localhost:$closed"
unwell 8 connection "start shapd" --server "unix:$work/nobody.sock"
unwell 4 token "shap login" --as nobody
(umask 077 && echo "shap_$(printf '%064d' 7)" > "$work/wrong.token")
unwell 4 token "new invitation" --token-file "$work/wrong.token"
SHAP_SERVER='' SHAP_CONFIG=$work/missing.config unwell 2 settings "--server ADDRESS"
kill -STOP "$server"
unwell 9 health "wait a minute" --timeout 1
kill -CONT "$server"

# ---- the proxy

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/tls.key" -out "$work/tls.pem" -days 30 \
    -subj /CN=shap.council.invalid -addext subjectAltName=DNS:shap.council.invalid 2> /dev/null
stop_server
serve --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 --tls-cert "$work/tls.pem" --tls-key "$work/tls.key"
port=$(port_of_server)
proxied=(--server "shap.council.invalid:$port" --ca "$work/tls.pem")
# start_proxy NAME [refuse]: its process is $proxy, its address $proxy_address.
start_proxy() {
    $python tests/e2e/proxy.py "${@:2}" > "$work/$1.log" &
    proxy=$!
    await "the proxy" test -s "$work/$1.log"
    proxy_address=http://127.0.0.1:$(head -n 1 "$work/$1.log")
}
before_end() { if [ -n "${proxy:-}" ]; then kill "$proxy"; fi; }
try shap whoami "${proxied[@]}"
refused 8 "shap.council.invalid is not known"
start_proxy proxy
https_proxy=$proxy_address try shap whoami "${proxied[@]}"
exits 0
out "Copeland Coordinator"
is "what the proxy was asked for" "$(tail -n 1 "$work/proxy.log")" "shap.council.invalid:$port"
https_proxy=$proxy_address try shap doctor "${proxied[@]}"
exits 0
out "the proxy may know it" "https_proxy is $proxy_address" "TLS 1.3; certificate of CN = shap.council.invalid"
https_proxy=$proxy_address no_proxy=council.invalid try shap whoami "${proxied[@]}"
refused 8 "shap.council.invalid is not known"
n=$(wc -l < "$work/proxy.log")
https_proxy=$proxy_address try shap whoami
exits 0
is "a socket goes through no proxy" "$(wc -l < "$work/proxy.log")" "$n"
kill "$proxy"
wait "$proxy" || true
https_proxy=$proxy_address try shap whoami "${proxied[@]}"
refused 8 "the proxy named by https_proxy does not let the call through" "Connection refused" "ask your IT"
https_proxy=$proxy_address unwell 8 proxy "ask your IT" "${proxied[@]}"
start_proxy refusing refuse
https_proxy=$proxy_address try shap whoami "${proxied[@]}"
refused 8 "the proxy named by https_proxy does not let the call through" "403" "ask your IT"
https_proxy=${proxy_address/127/user:secret@127} unwell 8 proxy "ask your IT" "${proxied[@]}"
no_out secret

# ---- a deadline, an interrupt, and nobody there

mkfifo "$work/hold"
database -c 'begin; lock table shap.milestone in access exclusive mode' -f - < "$work/hold" > /dev/null &
holder=$!
exec 9> "$work/hold"
# locked STATE: somebody holds the table, or waits for it.
locked() {
    database -c "do \$\$ begin assert exists (select from pg_locks where relation = 'shap.milestone'::regclass and $1); end \$\$"
}
await "the lock" locked "mode = 'AccessExclusiveLock' and granted"
try shap milestone list --timeout 0.5
exits 9
err "--timeout SECONDS"
SHAP_TIMEOUT=0.3 try shap report exceptions
exits 9
await "PostgreSQL to be left alone" not locked "not granted"
shap milestone list > "$work/out" 2> "$work/err" 9>&- &
caller=$!
tried="the call that is interrupted"
await "the call" locked "not granted"
kill -INT "$caller"
code=0
wait "$caller" || code=$?
refused 130 "interrupted" "it is not known whether the request was carried out"
exec 9>&-
wait "$holder"
holds "the server goes on" shap whoami
stop_server
try shap whoami
refused 8 "no server answers at the socket $work/data/shapd.sock" "is shapd running"
try shap milestone list
refused 8 "no server answers"
