#!/usr/bin/env bash
# Who did what, when and from where is on record; the ledger is worked out again and compared; a digest that was kept finds
# out whoever made it anew.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
quiet() { shap --quiet "$@"; }
me=unix:$(id -u)

quarter
invite sam "Sam Support" supporting-people-team contributor
today=$(quiet whoami --format json | jq -r .today)

# ---- who did what

record=$(quiet --as sam return submit SH5.2/6/1 --status in-progress --note "Secret words." --format json | jq .record_id)
try shap audit list --milestone sh5.2/6/1 --since "$today" --format json
exits 0
is "the last act" "$(cell '.[-1] | "\(.by) \(.peer) \(.method) \(.kind) \(.records) \(.record) \(.plan) \(.reference)"')" \
    "Sam Support $me SubmitReturn return 1 $record copeland/2010-11 SH5.2/6/1"
no_out "Secret words"
quiet review accept "$record" > "$work/accepted"
try shap audit list --since "$today" --person "copeland coordinator" --method reviewreturn
exits 0
out "Copeland Coordinator" "$me" "ReviewReturn" "review" "SH5.2/6/1"
err "shap audit verify"
try shap audit list --person "Nobody Here"
exits 0
err "Nothing was recorded so"
try shap --as administrator audit list --until "$today" --format csv
exits 0
out "AddPerson,membership," "SubmitReturn,return," "FinishImport,milestone,171,"
is "what the installation did has no method" "$(awk -F, '$2 == 1 { print $5 $6 }' "$work/out" | sort -u)" ""
try shap audit list --limit 1 --format json
exits 0
is "the newest only" "$(cell 'map("\(.method) \(.kind) \(.record)") | join(" ")')" "$(quiet audit list --format json | jq -r '.[-1] | "\(.method) \(.kind) \(.record)"')"
try shap audit list --limit 0
exits 1
err "at least 1"
try shap --as sam audit list
exits 5

# ---- the ledger holds, for whoever asks

try shap audit verify --format json
exits 0
is "it holds" "$(cell '"\(.council) \(.holds) \(.faults) \(.contains)"')" "copeland true 0 null"
try shap audit digest --format json
exits 0
kept=$(cell .digest)
link=$(cell .link)
[[ $kept =~ ^$link:[0-9a-f]{64}$ ]] || fail "\"$kept\" is not a digest." ""
try shap --as sam audit check "$kept"
exits 0
err "The ledger goes on from what was kept" "$kept"
quiet --as sam return submit SH5.2/6/1 --status in-progress --note "More." > "$work/more"
try shap --as sam audit check "$kept" --format json
exits 0
is "what came since" "$(cell '"\(.contains) \(.link) \(.links_since)"')" "true $link 1"
try shap --as sam audit check "1:${kept#*:}"
exits 1
err "the ledger does not contain that digest"
try shap --as sam audit verify
exits 5
try shap audit verify --digest "$kept" --since "$link" --format json
exits 0
err "the digest that was kept is among them"
is "from a link on" "$(cell '"\(.holds) \(.links) \(.faults)"')" "true 2 0"
try shap audit verify --since 100000
exits 6
is "the digest of a link is the same later" "$(quiet audit digest --link "$link" --format json | jq -r .digest)" "$kept"
try shap audit verify --digest "${kept%?}x"
exits 1
err "is not the digest of a ledger"
try shap audit digest --link 100000
exits 6

# ---- what was refused, and the last use of tokens: written in batches, a few seconds later

for _ in 1 2 3; do try shap --as sam audit list; done
printf 'not-a-token-at-all' > "$work/wrong.token"
try shap login --as stranger --token-file "$work/wrong.token"
exits 4
refusal() { quiet --as administrator audit refusals --since "$today" --format json | jq -r ".[] | $1"; }
denied() { refusal 'select(.code == "PERMISSION_DENIED" and .method == "ListActs" and .by == "Sam Support") | .calls' | awk '{ n += $1 } END { print n }'; }
denied_are() { [ "$(denied)" = "$1" ]; }
stranger_is_at() { refusal 'select(.by == null and .code == "UNAUTHENTICATED") | .peer' | grep -qx "$1"; }
await "the refusals of Sam" denied_are 4
await "the refusal of nobody known" stranger_is_at "$me"
is "where Sam called from" "$(refusal 'select(.by == "Sam Support") | .peer' | sort -u)" "$me"
try shap audit refusals --person "Sam Support"
exits 0
out "PERMISSION_DENIED" "ListActs"
is "a coordinator is not told of strangers" "$(quiet audit refusals --format json | jq '[.[] | select(.by == null)] | length')" 0
last_use() { quiet --as administrator token list --format json | jq -r '.[] | select(.name == "Sam Support") | .used_on'; }
last_use_is() { [ "$(last_use)" = "$1" ]; }
await "the last use of a token" last_use_is "$today"
try shap --as sam audit refusals
exits 5
stop_server
serve
is "what was counted last is written at the end" "$(denied)" 4
is "and so is this" "$(refusal 'select(.method == "ListRefusals" and .by == "Sam Support") | .calls')" 1

# ---- whoever has the database in hand

tamper() { database -c "set session_replication_role = replica; $1"; }
tamper "update shap.\"return\" set evidence = 'forged' where record_id = $record"
try shap audit verify
exits 1
out "return" "$record" "is not as it was recorded"
err "the ledger is not as it was made. First, at link" "return $record is not as it was recorded"
try shap audit verify --since "$((link + 1))"
exits 0
tamper "update shap.\"return\" set evidence = null where record_id = $record"
try shap audit verify --digest "$kept"
exits 0

# All of it made anew from a link on: it fits, but for the digest.
tamper "update shap.link set peer = 'elsewhere' where council_id = 1 and number = $link - 1"
tamper "do \$\$ declare l record; c bytea; begin
    for l in select * from shap.link where council_id = 1 and number >= $link - 1 order by number loop
        c := coalesce(c, l.chain);
        update shap.link set chain = c where council_id = 1 and number = l.number;
        update shap.ledger_head h set seal = shap.link_seal(c, l.number, l.recorded_at, l.membership_id, l.method, l.peer) where h.council_id = 1;
        c := shap.link_digest(1, l.number, shap.link_seal(c, l.number, l.recorded_at, l.membership_id, l.method, l.peer));
    end loop; end \$\$"
try shap audit verify
exits 0
try shap audit verify --digest "$kept"
exits 1
err "the ledger does not contain that digest"
try shap --as sam audit check "$kept"
exits 1
err "the ledger does not contain that digest"
