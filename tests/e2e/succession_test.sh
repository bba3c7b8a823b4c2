#!/usr/bin/env bash
# A council that is succeeded: Copeland by Cumberland on 1 April 2023. Its plan, history and rights pass on that day.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# as PROFILE ARGUMENT...: in JSON.
as() { shap --as "$1" --quiet "${@:2}" --format json; }
council_in() { as "$1" report exceptions --plan copeland/2010-11 --as-at "$2" | jq -r .head.council_name; }
n_of() { as "$1" milestone list --plan copeland/2010-11 | jq length; }
again() { try shapd --embedded "$work/data" "$@"; }

prepare_quarter
found_council "$work/init2.log" "$work/data" "$work/cumberland.token" "Cumberland Council"
serve --clock 2023-03-01T10:00:00Z
shap --as cumberland --quiet login --token-file "$work/cumberland.token" > /dev/null
invite successor "Cumberland Coordinator" cumberland coordinator cumberland
invite colleague "Cumberland Housing Officer" cumberland contributor cumberland
stop_server

# ---- the installation records it

again --succeed copeland
exits 2
err "--succeed needs --by CODE and --day DAY"
again --succeed copeland --by cumberland --day 2023-04-01 --check
exits 2
err "exclude each other"
again --succeed copeland --by nowhere --day 2023-04-01
exits 1
err 'there is no council "nowhere"'
again --succeed copeland --by cumberland --day "the first"
exits 1
again --revoke-succession copeland
exits 2
err "--revoke-succession needs --reason TEXT"
again --succeed copeland --by cumberland --day 2023-04-01
exits 0
out 'From 2023-04-01 on the people of "cumberland" act on the plans of "copeland", and its own read them.'
again --succeed copeland --by cumberland --day 2023-04-01
exits 1
err 'the council "copeland" has a successor already'

# ---- the day before

serve --clock 2023-03-31T12:00:00Z
is "the council's officer sees" "$(n_of officer)" 169
try shap --as successor milestone list --plan copeland/2010-11
refused 6 'there is no council "copeland" here'
try shap --as officer return submit SH1.1/1/1 --status in-progress
exits 0
stop_server

# ---- the day

serve --clock 2023-04-01T12:00:00Z
is "the successor's coordinator sees" "$(n_of successor)" 171
is "its officer sees what the old council shares" "$(n_of colleague)" 169
is "the partner sees what it did" "$(n_of partner)" 2
try shap --as colleague return submit SH1.1/1/1 --status in-progress --note "Taken over."
exits 0
try shap --as successor return list SH1.1/1/1 --format json
is "the word is the old body's, by the new people" "$(jq -r '[.[] | "\(.organisation) by \(.by)"] | join(", ")' "$work/out")" \
    "copeland by Copeland Housing Officer, copeland by Cumberland Housing Officer"
try shap --as partner return submit SH5.2/5/1 --status in-progress
exits 0
try shap --as successor grant add SH2.2/1/1 --new-date "June 2023" --reason "after the move"
exits 0
try shap --as coordinator grant add SH2.2/1/1 --new-date "July 2023" --reason "once more"
refused 5
try shap --as officer return submit SH1.1/1/1 --status in-progress
refused 5
try shap --as coordinator whoami --format json
is "the old coordinator reads" "$(jq -r '.role' "$work/out") $(n_of coordinator)" "reader 171"
try shap --as administrator person list
refused 4 "another council has succeeded the one of this token"
is "the heading as at the day before" "$(council_in coordinator 2023-03-31)" "Copeland"
is "the heading as at the day" "$(council_in successor 2023-04-01)" "Cumberland Council (successor of Copeland)"
for format in table markdown csv html; do
    try shap --as successor report exceptions --as-at 2010-12-31 --format $format
    exits 0
    no_out Cumberland
done
try shap --as successor plan roll 2023/24 --from copeland/2010-11 --format json
exits 0
is "the next plan is the successor's own" "$(jq -r '"\(.plan) from \(.from_plan)"' "$work/out")" "cumberland/2023-24 from copeland/2010-11"
try shap --as successor milestone show SH4.5/4/1
out "Carried to" "cumberland/2023-24 SH4.5/4/1"
stop_server

# ---- undone

again --revoke-succession copeland --reason "the order was quashed"
exits 0
out 'The council "copeland" has no successor any more; both records stay.'
again --revoke-succession copeland --reason again
exits 1
err 'the council "copeland" has no successor'
serve --clock 2023-04-02T12:00:00Z
try shap --as successor milestone list --plan copeland/2010-11
refused 6 'there is no council "copeland" here'
try shap --as officer return submit SH1.1/1/1 --status in-progress
exits 0
