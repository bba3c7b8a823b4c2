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
stop_server
