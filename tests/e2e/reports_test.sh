#!/usr/bin/env bash
# Every report in every format: the figures of the sample's quarter, rows that agree between CSV and JSON, pages that are
# well formed, filters, and what a contributor is told of.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
csv_rows() { $python -c 'import csv, sys; print(sum(1 for _ in csv.reader(sys.stdin)) - 1)' < "$1"; }

# prints ROWS VERB ARGUMENT...: the report in all formats, as at the end of the quarter. ROWS: which of its JSON are the
# rows of its CSV; their number is $n_rows.
prints() {
    local rows=$1 format
    shift
    for format in json csv markdown html table; do
        try shap report "$@" --as-at 2010-12-31 --format "$format"
        exits 0
        cp "$work/out" "$work/report.$format"
    done
    holds "report $1: JSON names the plan" test "$(jq -r .head.plan "$work/report.json")" = copeland/2010-11
    n_rows=$(jq "$rows | length" "$work/report.json")
    is "report $1: rows of CSV and JSON" "$(csv_rows "$work/report.csv")" "$n_rows"
    is "report $1: columns of CSV" "$(head -n 1 "$work/report.csv" | cut -d , -f 1-3)" plan,as_at,known_at
    holds "report $1: the page" $python tests/unit/render/check_page.py "$work/report.html"
    holds "report $1: markdown has one title" test "$(grep -c '^# ' "$work/report.markdown")" = 1
    holds "report $1: text fits a page" test "$(wc -L < "$work/report.table")" -le 84
    try shap report "$@" --as-at 2010-12-31 --format json -o "$work/again.json"
    exits 0
    same "$work/report.json" "$work/again.json"
}

quarter

# ---- extensions

prints .grants extensions
is "new dates" "$n_rows $(jq '[.milestones, .extensions, .slip_months] | join(" ")' -r "$work/report.json")" "21 21 21 82"
try shap report extensions --as-at 2010-12-31
err "21 new dates on 21 milestones"
out "31 Mar 2012" "SH5.4/3/1"
try shap report extensions --as-at 2010-12-31 --objective sh2.7 --format json
is "of an objective" "$(cell '"\(.head.covered) of \(.head.total): \(.extensions)"')" "8 of 171: 3"
try shap report extensions --as-at 2010-12-31 --owner nobody
refused 6 'owned by "nobody"' "shap register list"

# ---- forward: the figures are worked out in tests/sql/reports_dates_test.sql

prints .days forward
is "days looked forward to" "$n_rows $(jq -r '[.months, .milestones, .dates, .new_dates, .cycles] | join(" ")' "$work/report.json")" "66 3 59 17 20 29"
is "its months" "$(grep -oE '^### [A-Z][a-z]+ 2011 \([0-9]+\)' "$work/report.markdown" | tr '\n' ' ')" \
    "### January 2011 (17) ### February 2011 (7) ### March 2011 (42) "
try shap report forward --as-at "31 Dec 2010" --months 1 --format csv
is "one month" "$(csv_rows "$work/out")" 17
err "17 milestones with something due by 2011-01-31" "shap report exceptions"
try shap report forward --months 0
refused 1 "0 is no number of months" "--months 3"
try shap report forward --months many
refused 2 many

# ---- completed

prints .completed completed
is "completed" "$n_rows $(jq -r '[.signed_off, .late, .day_unknown] | join(" ")' "$work/report.json")" "14 0 2 9"
try shap report completed --since 2010-07-31 --as-at 2010-12-31
exits 0
out "Since: 31 July 2010" "SH3.2/1/1" "late" "by the plan"
err "2 milestones completed or signed off, 2 of them late"
try shap report completed --since 2010-12-31 --as-at 2010-12-31
refused 1 "is not before 31 December 2010"

# ---- account: by objective the rows add up to the plan; by organisation and owner they overlap, and it says so

add_up='[.rows[], .whole] | map(.total == ([to_entries[] | select(.key | IN("code", "name", "total") | not) | .value] | add)) | all'
for by in objective organisation owner plan; do
    prints .rows account --by $by
    is "classes add up by $by" "$(jq "$add_up" "$work/report.json")" true
    is "the whole by $by" "$(jq -r '.whole.total' "$work/report.json")" 171
done
prints .rows account
is "rows by objective" "$n_rows $(jq '[.rows[].total] | add' "$work/report.json") $(jq .overlaps "$work/report.json")" "26 171 false"
never "an account by objective has nothing to warn of" grep -q "Milestones are shared" "$work/report.table"
try shap report account --by organisation --as-at 2010-12-31
out "Milestones are shared: some stand in several rows" "WILL NOT BE DELIVERED"
try shap report account --by owner --as-at 2010-12-31 --format csv
is "columns of an account" "$(head -n 1 "$work/out")" \
    "plan,as_at,known_at,code,name,signed_off,complete,will_not_be_delivered,overdue,re_dated,ongoing_answered,undated,not_yet_due,no_return,total"
try shap report account --by street
refused 2 '"street" is none of objective, organisation, owner, plan'

# ---- no-return

prints .silent no-return
is "without a return" "$n_rows $(jq -r '[.due_once, .from_a_day, .no_day] | join(" ")' "$work/report.json")" "102 79 13 10"
is "its groups" "$(grep -oE '^### [a-z ]+ \([0-9]+\)' "$work/report.markdown" | tr '\n' ' ')" \
    "### before plan year (12) ### earlier quarters (47) ### this quarter (20) ### cycles (23) "
try shap report no-return --as-at 2010-12-31 --organisation supporting-people-team
out SH5.2/5/1 "30 Jun 2010" "This copy covers 2 of the plan's 171 milestones" "shared with supporting-people-team"
err "1 milestone without a return"

# ---- doubts

prints '(.open + .settled)' doubts
is "doubts" "$n_rows $(jq .open_doubts "$work/report.json")" "78 78"
try shap report doubts --objective SH4.3
err "doubts are open. Settle one with: shap doubt settle DOUBT"
slip=$(shap --quiet plan doubts --format json | jq '.[] | select(.kind == "probable_slip").doubt_id')
shap --quiet doubt settle "$slip" --code HSM --reason "SHM is a slip for HSM." > /dev/null
try shap report doubts --objective SH4.3 --format csv
is "how one was settled" "$(grep -c ',settled,.*means HSM: SHM is a slip for HSM.' "$work/out")" 1

# ---- history

prints .events history SH5.2/6/1
is "records" "$(jq -r '[.events[].kind] | join(" ")' "$work/report.json")" "reading share return review"
try shap report history sh5.2.6.1 --as-at 2010-12-31
out "HISTORY OF A MILESTONE" "Class: will not be delivered" "Due: 30 September 2010" "No bids were received."
err "4 records."
no_out "This copy covers"
try shap report history SH4.3/3/1
out "settlement  "
try shap report history SH9.9/9/9
refused 6 'there is no milestone "SH9.9/9/9"'

# ---- exceptions: every format, filters, and claims that are put to the test

prints '[.objectives[].actions[].milestones[]]' exceptions
is "exceptions" "$n_rows" 23
try shap report exceptions --as-at 2010-12-31 --objective SH3.3 --owner "head of ds" --format json
is "exceptions of an owner in an objective" "$(cell '[.head.covered, .account.exception_milestones] | join(" ")')" "4 2"
try shap report exceptions --help
out "--objective CODE" "--organisation CODE" "--owner CODE" "--claim SENTENCE" "10"
claims() { try shap report exceptions --as-at 2010-12-31 "$@"; }
for format in table markdown html json csv; do
    claims --format $format --claim "all deliver within the year" --claim "All have a new date." --claim "18 of 23 had failed their timetable"
    exits 10
    err 'FALSE: "all deliver within the year". It is so of 20 of 23.' 'FALSE: "All have a new date.". It is so of 21 of 23.'
    no_err 'FALSE: "18 of 23'
    [ $format != html ] || holds "a page with claims" $python tests/unit/render/check_page.py "$work/out"
done
claims --claim "all deliver within the year" --format markdown
out '"all deliver within the year": FALSE. It is so of 20 of 23 (87%), and not of SH2.2/1/1, SH5.2/6/1 and SH5.4/3/1.'
claims --claim "all on target" --format json
exits 10
is "on target" "$(cell '.claims[0] | "\(.satisfied) of \(.of), \(.percent) %, \(.exceptions | length) are not"')" "3 of 117, 3 %, 114 are not"
claims --claim "20 of 23 deliver within the year" --claim "91 % have a new date" --claim "how many are on target?"
exits 0
out "These claims were put to the test:" '"how many are on target?": 3 of 117'
no_out '"20 of 23 deliver within the year": FALSE'
claims --claim "all is well"
refused 1 'there is no check for the claim "all is well"' "all deliver within the operating year"
claims --quiet --claim "all have a new date"
exits 10
no_err FALSE

# ---- whoever sees a part of the plan is told so, with filters, too; what is not shared does not exist

export SHAP_PROFILE=partner
for report in exceptions extensions forward completed account no-return; do
    try shap report $report --as-at 2010-12-31
    exits 0
    out "This copy covers 2 of the plan's 171 milestones: those its reader may see."
    try shap report $report --as-at 2010-12-31 --objective SH5.2 --owner "Supporting People Team" --format markdown
    exits 0
    out "covers 2 of the plan's 171 milestones: those its reader may see, of objective SH5.2, owned by Supporting People Team."
    try shap report $report --as-at 2010-12-31 --objective SH1.1
    refused 6 'no milestone of copeland/2010-11 that you see is of objective "SH1.1"'
done
try shap report doubts
refused 5 "your role may not do this"
try shap report history SH1.1/1/1
refused 6 'there is no milestone "SH1.1/1/1"'
stop_server
