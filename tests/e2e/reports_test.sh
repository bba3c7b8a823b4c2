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
stop_server
