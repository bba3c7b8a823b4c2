#!/usr/bin/env bash
# What a step that moved may push: the sample's 17 candidates, and what people say of them: it follows, it is
# independent, and neither any more. No date moves by any of it.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
knock_ons() { shap --quiet report knock-ons --as-at 2010-12-31 --format json "$@"; }
# pushed_by STEP [ARGUMENT...]: what it may push, those for certain with a mark.
pushed_by() {
    knock_ons "${@:2}" |
        jq -r "[.knock_ons // [] | .[] | select(.step == \"$1\") | .reference + if .basis == \"declared\" then \"!\" else \"\" end] | join(\" \")"
}
field() { jq -r "$1" "$work/out"; }

quarter

# ---- the report, in every format

try shap report knock-ons --as-at 2010-12-31
exits 0
out "STRATEGIC HOUSING ACTION PLAN 2010/11 KNOCK-ONS" "31 December 2010" "May be pushed: 17" "Of them for certain: 0" \
    "SH2.2/4/1" "SH2.7/7/1" "no date stands"
err "22 milestones moved; 17 may be pushed, 0 of them for certain. No date moves by itself." "shap milestone independent"
is "the candidates" "$(knock_ons | jq -r '[.knock_ons[].reference] | unique | join(" ")')" \
    "SH1.2/3/5 SH1.2/3/6 SH1.2/5/1 SH1.2/5/2 SH1.5/4/1 SH1.5/4/2 SH1.5/4/3 SH2.2/2/2 SH2.2/3/1 SH2.2/4/1 SH2.2/5/1 SH2.7/6/1 SH2.7/7/1 SH3.3/3/1 SH3.3/3/2 SH3.3/8/1 SH5.4/3/1"
is "what SH2.2/2/2 may push" "$(pushed_by SH2.2/2/2)" "SH2.2/3/1 SH2.2/4/1 SH2.2/5/1"
for format in markdown html; do
    try shap report knock-ons --as-at 2010-12-31 --format $format
    exits 0
    out SH2.7/7/1 "Steps that moved" "What they may push"
done
holds "a page is XML" $python -c "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])" "$work/out"
try shap report knock-ons --as-at 2010-12-31 --format csv -o "$work/knock-ons.csv"
exits 0
is "rows of CSV, and its columns" "$($python -c "
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
print(len(rows), ' '.join(list(rows[0])[:7]), rows[0]['list'])" "$work/knock-ons.csv")" "37 plan as_at known_at list step reach_day reference knock_ons"
is "of one owner" "$(knock_ons --owner HPO | jq -r '[.knock_ons[].reference] | unique | join(" ")')" SH1.2/3/5
dates() { shap --quiet milestone list --as-at 2010-12-31 --format csv; }
dates > "$work/dates"

# ---- after: certain, in any objective, without circles

try shap milestone after SH2.2/4/1 sh2.2.2.2 --reason "it rests on the needs" --day 2010-12-30 --format json
exits 0
err "SH2.2/4/1 follows SH2.2/2/2" "No date moves by itself." "shap report knock-ons"
is "the declaration" "$(field '[.kind, .reference, .step, .reason, .day, .organisation] | join("|")')" \
    "after|SH2.2/4/1|SH2.2/2/2|it rests on the needs|2010-12-30|copeland"
rests=$(field .record_id)
is "what SH2.2/2/2 pushes now" "$(pushed_by SH2.2/2/2)" "SH2.2/3/1 SH2.2/4/1! SH2.2/5/1"
try shap milestone after SH3.3/4/1 SH2.2/4/1 --day 2010-12-30
exits 0
is "through what follows, too" "$(pushed_by SH2.2/2/2)" "SH2.2/3/1 SH2.2/4/1! SH2.2/5/1 SH3.3/4/1!"
try shap milestone after SH2.2/2/2 SH3.3/4/1
refused 7 "SH2.2/2/2 cannot follow SH3.3/4/1, which follows it already: SH3.3/4/1 after SH2.2/4/1 after SH2.2/2/2" "shap milestone order SH2.2/2/2"
try shap milestone after SH2.2/4/1 SH2.2/4/1
refused 1 "SH2.2/4/1 cannot follow itself"
try shap milestone after SH2.2/4/1 SH2.2/2/2
refused 7 "(record $rests)" "shap milestone revoke-order $rests"
try shap milestone after SH2.2/4/1
refused 2 STEP
try shap milestone after SH2.2/4/1 SH9.9/9/9
refused 6 'there is no milestone "SH9.9/9/9"'

# ---- independent: with a reason, for good

try shap milestone independent SH2.7/7/1 SH2.7/5/1
refused 2 --reason
try shap milestone independent SH2.7/7/1 SH2.7/5/1 --reason "the executive meets anyway" --day 2010-12-30 --format json
exits 0
err "SH2.7/7/1 is no knock-on of SH2.7/5/1 any more"
free=$(field .record_id)
is "what SH2.7/5/1 may push now" "$(pushed_by SH2.7/5/1)" SH2.7/6/1
is "what is independent" "$(knock_ons | jq -r '.independent[] | [.step, .reference, .reason, .declared_by] | join("|")')" \
    "SH2.7/5/1|SH2.7/7/1|the executive meets anyway|Copeland Coordinator"
try shap report knock-ons --as-at 2010-12-31
out "INDEPENDENT, BY SOMEBODY'S WORD" "the executive"
is "rows of CSV" "$(shap --quiet report knock-ons --as-at 2010-12-31 --format csv | grep -c '^copeland/2010-11,2010-12-31,,independent,')" 1
try shap milestone after SH2.7/7/1 SH2.7/5/1
refused 7 "SH2.7/7/1 is independent of SH2.7/5/1 (record $free)"

# ---- what is on record

try shap milestone order --format csv
is "declared" "$(tr -d '\r' < "$work/out" | cut -d , -f 2-4)" "$(printf 'reference,kind,step\nSH2.2/4/1,after,SH2.2/2/2\nSH2.7/7/1,independent,SH2.7/5/1\nSH3.3/4/1,after,SH2.2/4/1')"
try shap milestone order SH2.7/5/1
out "SH2.7/7/1" "independent" "the executive meets anyway"
no_out SH2.2/4/1
try shap milestone show SH2.2/2/2
out "SH2.2/4/1 follows it" "it rests on the needs"
is "as at the day before" "$(shap --quiet milestone order --as-at 2010-12-29 --format json | jq length)" 0

# ---- counter-acts

try shap milestone revoke-order "$free"
refused 2 --reason
try shap milestone revoke-order "$free" --reason "it does after all"
exits 0
err "Revoked; both records stay."
is "as at the quarter's end it still stands apart" "$(pushed_by SH2.7/5/1)" SH2.7/6/1
is "since today it is a candidate" "$(shap --quiet report knock-ons --format json | jq -r '[.knock_ons[] | select(.step == "SH2.7/5/1") | .reference] | index("SH2.7/7/1") != null')" true
try shap milestone revoke-order "$free" --reason again
refused 7 "the independence was revoked by Copeland Coordinator"
try shap milestone revoke-order 999999 --reason x
refused 6 "there is no declaration with the record number 999999" "shap milestone order"

# ---- rights

try shap --as partner milestone revoke-order "$rests" --reason x
refused 6 "there is no declaration"
try shap --as officer milestone revoke-order "$rests" --reason "of the same council"
exits 0
try shap --as partner milestone after SH5.2/6/1 SH2.2/4/1
refused 6 'there is no milestone "SH2.2/4/1"'
is "what a partner sees of it" "$(shap --as partner --quiet report knock-ons --as-at 2010-12-31 --format json | jq -r '[.head.covered, (.steps | map(.reference) | join(" ")), (.knock_ons // [] | length)] | join("|")')" \
    "$(shap --as partner --quiet milestone list --format json | jq length)|SH5.2/6/1|0"
try shap --as administrator report knock-ons
refused 5

dates > "$work/dates_after"
same "$work/dates" "$work/dates_after"
stop_server
