#!/usr/bin/env bash
# What is published is kept as it was: printed in every format, made again from the records and compared, withdrawn only
# by a record with a reason; and what arrived later is listed.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
quiet() { shap --quiet "$@"; }

quarter
invite reader "Rita Reader" copeland reader
today=$(quiet whoami --format json | jq -r .today)

# ---- publish, and what is printed of it

try shap report publications
exits 0
err "Nothing was published"
try shap report verify --format json
exits 0
is "an empty chain" "$(cell '.[0] | "\(.council) \(.publications) \(.holds)"')" "copeland 0 true"
try shap report publish exceptions --as-at 2010-12-31 --note "Audit Committee" --format json
exits 0
id=$(cell .publication_id)
err "Published as $id" "shap report reproduce $id"
is "the publication" "$(cell '"\(.number) \(.plan) \(.report) \(.as_at) \(.known_at) \(.rule) \(.day) \(.by) \(.note)"')" \
    "1 copeland/2010-11 exceptions 2010-12-31 null shap-rules-1 $today Copeland Coordinator Audit Committee"
sha256=$(cell .sha256)
for format in table csv json markdown html; do
    quiet report exceptions --as-at 2010-12-31 --format $format > "$work/live.$format"
    quiet report published "$id" --format $format -o "$work/then.$format"
done
quiet report published "$id" --canonical > "$work/canonical"
is "the hash of the bytes" "$(sha256sum < "$work/canonical" | cut -d ' ' -f 1)" "$sha256"
is "the bytes are JSON with the figures of the quarter" \
    "$(jq -r '[.account.classes[].milestones] | join(" ")' "$work/canonical")" "0 14 1 1 21 0 12 20 102"
# The publication has an entry of the ledger of its own: the only thing a report made a moment later has otherwise.
entry=$(jq .head.known_link "$work/canonical")
for format in table csv json markdown html; do same "$work/live.$format" "$work/then.$format"; done
is "the last entry it knew" "$entry" "$(jq .head.known_link "$work/live.json")"

# ---- later returns, dated before, change nothing

try shap report reproduce "$id" --format json
exits 0
is "made again at once" "$(cell '"\(.same) \(.published_sha256) \(.reproduced_sha256)"')" "true $sha256 $sha256"
record=$(quiet return submit SH1.1/1/1 --status complete --as-of 2010-10-01 --note "Done then." --format json | jq .record_id)
quiet review accept "$record" --day 2010-12-30 > /dev/null
quiet return submit SH2.2/1/1 --status in-progress --as-of 2010-12-30 --new-date "May 2011" --reason "late" > /dev/null
quiet grant add --return "$(quiet return list --awaiting-date --format json | jq '.[-1].record_id')" --day 2010-12-31 > /dev/null
quiet return submit SH1.1/1/2 --status in-progress > /dev/null
quiet plan describe 2010-11 --title "Another title" > /dev/null
try shap report reproduce "$id"
exits 0
out yes "$sha256"
err "The same, byte for byte" "shap report since $id"
for format in table csv json markdown html; do
    quiet report published "$id" --format $format > "$work/later.$format"
    same "$work/then.$format" "$work/later.$format"
done
quiet report exceptions --as-at 2010-12-31 --format json > "$work/now.json"
is "as known now it is another" "$(jq -r '[.account.classes[].milestones] | join(" ")' "$work/now.json")" "0 15 1 0 22 0 12 20 101"
try shap report since "$id" --format json
err "As it is now: shap report exceptions --plan copeland/2010-11 --as-at 2010-12-31"
is "what arrived since, of that day or before" "$(cell '[.[] | "\(.kind) \(.reference) \(.day)"] | join(", ")')" \
    "return SH1.1/1/1 2010-10-01, review SH1.1/1/1 2010-12-30, return SH2.2/1/1 2010-12-30, grant SH2.2/1/1 2010-12-31"
try shap report publish exceptions --as-at 2010-12-31 --format json
exits 0
second=$(cell .publication_id)
is "the second follows on the first" "$(cell '"\(.number) \(.previous_sha256)"')" \
    "2 $(quiet report publications --format json | jq -r '.[0].entry_sha256')"
try shap report since "$second" --format json
is "nothing arrived after the second" "$(cell length)" 0

# ---- every report that is published reads as it did when it was made

try shap report publish banana
refused 1 'there is no report "banana" that is published' "There are: account"
n=0
for report in $(sed -n 's/.*There are: //p' "$work/err" | tr ',_' ' -'); do
    with=() and=()
    case $report in
        movement) with=(--with from=2010-09-30) and=(--from 2010-09-30) ;;
        completed) with=(--with since=2010-09-30) and=(--since 2010-09-30) ;;
        window-status) continue ;; # is of a window: windows_test.sh
        history) with=(--with reference=SH5.2/6/1) and=(SH5.2/6/1) ;;
    esac
    made=$(quiet report publish "$report" --as-at 2010-12-31 "${with[@]}" --format json | jq .publication_id)
    quiet report "$report" "${and[@]}" --as-at 2010-12-31 --format html > "$work/live.html"
    quiet report published "$made" --format html > "$work/then.html"
    same "$work/live.html" "$work/then.html"
    holds "$report is made again" shap report reproduce "$made"
    n=$((n + 1))
done
holds "there are a dozen reports at least" test "$n" -ge 12
holds "each was published" test "$(quiet report publications --format json | jq length)" = $((n + 2))

# ---- rights, refusals, withdrawal

try shap report publish exceptions --with banana=1
refused 1 'takes no "banana"' objective
try shap report publish exceptions --as-at 2010-12-31 --day 2010-12-30
refused 1 "before the day of the report"
try shap report published 999999
refused 6 "there is no publication 999999" "shap report publications"
for profile in reader partner administrator; do
    try shap --as $profile report publish exceptions --as-at 2010-12-31
    exits 5
done
try shap --as partner report published "$id"
exits 5
try shap --as reader report publications --format csv
exits 0
out "publication_id,number,plan,report" "$sha256"
try shap --as reader report reproduce "$id"
exits 0
try shap report withdraw "$second"
refused 2 --reason
try shap report withdraw "$second" --reason "published twice" --format json
exits 0
is "withdrawn" "$(cell '"\(.withdrawn_on) \(.withdrawn_because)"')" "$today published twice"
try shap report withdraw "$second" --reason again
refused 7 "by Copeland Coordinator on $today"
try shap report published "$second" --format json
exits 0
err "withdrawn on $today: published twice"
for format in table markdown html; do
    try shap report published "$second" --format $format
    exits 0
    out "WITHDRAWN on $(date -d "$today" "+%-d %B %Y"): published twice"
done
try shap report published "$second" --canonical
exits 0
no_out "published twice"
is "both are listed" "$(quiet report publications --format json | jq -c '[.[:2][].withdrawn_on]')" "[null,\"$today\"]"

# ---- whoever changes the database itself is found out

try shap report verify --format json
exits 0
is "the chain" "$(cell '.[0] | "\(.publications) \(.holds) \(.last_number)"')" "$((n + 2)) true $((n + 2))"
database -c "alter table shap.publication disable trigger all" \
    -c "update shap.publication set content = replace(content, 'SH5.2/6', 'SH5.2/7') where record_id = $id" \
    -c "alter table shap.publication enable trigger all"
try shap report verify --format json
exits 1
err "copeland: the chain is broken from number 1 on (publication $id): its text has another hash"
try shap report published "$id"
refused 7 "is not what was published"
try shap report reproduce "$id"
exits 1
err "different: made again"
stop_server
