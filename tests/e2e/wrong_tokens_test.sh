#!/usr/bin/env bash
# Guessing tokens: who comes with too many that do not hold is told to wait, without PostgreSQL being asked; whoever is
# known behind the same address is served all the while.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

socket=unix:$work/data/shapd.sock
most=5
limit() { serve --listen 127.0.0.1:0 --listen "$socket" --wrong-tokens $most --wrong-token-seconds "$1"; }
found
invite reader "Rita Reader" copeland reader
invite panel "Petra Panel" copeland panel
stop_server
limit 3600
at() { echo "http://127.0.0.1:$(port_of_server)"; }
by() { try shap --as "$1" whoami --server "$(at)" "${@:2}"; }
guess() { # NUMBER
    (umask 077 && printf 'shap_%064d\n' "$1" > "$work/guess")
    by administrator --token-file "$work/guess"
}
n_asked() { grep -c ' call method=/shap.v1.Directory/WhoAmI' "$log" || true; }

# ---- of one address

by administrator
exits 0
for number in $(seq $most); do
    guess "$number"
    refused 4 "this token is not known here"
done
asked=$(n_asked)
guess 6
refused 1 "too many calls came from here with a token that does not hold" "wait 3" "shap login"
by reader
refused 1 "too many calls came from here" "wait"
is "PostgreSQL was not asked" "$(n_asked)" "$asked"
by administrator
exits 0
try shap --as reader whoami --server "$socket"
exits 0
by reader
exits 0
holds "the log says who it was" grep -q ' warning too-many-wrong-tokens from=127.0.0.1$' "$log"
holds "and each refusal" grep -q ' refused path=/shap.v1.Directory/WhoAmI status=RESOURCE_EXHAUSTED peer=127.0.0.1:' "$log"

# ---- in time it is forgotten, and one at a time may be wrong again

stop_server
limit 2
for number in $(seq $((most + 3))); do guess "$number"; done
refused 1 "too many calls came from here"
await "who was told to wait" shap --as panel whoami --server "$(at)"
is_asked() { guess "$1" && [ "$code" = 4 ]; }
await "a guess that is asked about" is_asked 100

# ---- of one account: its revoked token, again and again, which keeps nobody else out

stop_server
limit 3600
cp "$XDG_CONFIG_HOME/shap/tokens/panel" "$work/old"
try shap --as administrator token list --format json
token=$(jq -r '[.. | objects | select(.name? == "Petra Panel")][0].token_id' "$work/out")
try shap --as administrator token revoke "$token" --reason "laptop lost"
exits 0
for _ in $(seq $most); do
    by panel --token-file "$work/old"
    refused 4 "this token has been revoked"
done
by panel --token-file "$work/old"
refused 1 "too many calls"
holds "the log says whose it was" grep -qE ' warning too-many-wrong-tokens from=127.0.0.1 account=[0-9]+$' "$log"
by reader
exits 0
guess 1
refused 4 "this token is not known here"

# ---- a flood of guesses is none of lines: each answer has sixty in a minute, and one that says how many more there were

stop_server
limit 3600
before=$(wc -l < "$log")
try timeout 60 "$SHAP_BIN_DIR/tests/attacks/attacker" token-guesses "127.0.0.1:$(port_of_server)" 127.0.0.5 0.5 0 "$work/guess"
exits 0
n_refused=$(jq '.statuses | add' "$work/out")
holds "they were many: $n_refused" test "$n_refused" -gt 1000
stop_server
tail -n "+$((before + 1))" "$log" > "$work/flood"
holds "lines of them" test "$(wc -l < "$work/flood")" -lt 400
n_lines=$(grep -cE ' (call method|refused path)=/shap.v1.Directory/WhoAmI ' "$work/flood")
n_repeated=$(sed -nE 's/.* info repeated n=([0-9]+) event=.* method=\/shap.v1.Directory\/WhoAmI .* peer=127.0.0.5$/\1/p' "$work/flood" |
    awk '{ n += $1 } END { print n }')
n_unread=$((n_lines + n_repeated - n_refused)) # answers that were on their way when the guesser left
holds "each guess is told of: $n_lines and $n_repeated of $n_refused" test "$n_unread" -ge 0 -a "$n_unread" -le 64
