#!/usr/bin/env bash
# The misquote guard on the sample's exception report as it was printed: one date, three wordings; on shap's own report
# nothing; on broken files, unknown objectives and rows that fit nothing, the file and the line.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
printed=$data/copeland-2010-11-exception-report.csv
field() { jq -r "$1" "$work/out"; }

# check TEXT [ARGUMENT...]: a report of these lines under the heading of three columns.
check() {
    printf 'objective_code,action,when\n%s\n' "$1" > "$work/q3.csv"
    try shap report check "$work/q3.csv" --as-at 2010-12-31 --format json "${@:2}"
}

quarter

# ---- the sample, in every format; a misquote is exit code 3

try shap report check $printed --as-at 2010-12-31 --format json
exits 3
is "rows, and how many were compared" "$(field '"\(.rows) \(.compared) \(.file)"')" "18 18 copeland-2010-11-exception-report.csv"
is "what is misquoted" "$(field '.misquotes[] | [.line, .kind, .reference, .field, .quoted, .planned, .quoted_day, .planned_day] | join("|")')" \
    "$(printf '%s|date|SH2.7/8/1|when|Dec 2010|March 2011|2010-12-31|2011-03-31' "$(grep -n '^SH 2.7.*Take final' $printed | cut -d : -f 1)")"
is "what is in other words" "$(field '[.wording[] | [.kind, .reference, .field] | join(" ")] | join(", ")')" \
    "count SH1.2/2 who, count SH1.2/2 when, wording SH5.2/6/1 when"
err "18 of 18 rows compared. Misquoted: 1 date, 0 new dates, 0 WHO. In other words: 3." "shap milestone show SH2.7/8/1"
try shap report check $printed --as-at 2010-12-31
exits 3
out "MISQUOTE CHECK" "Dates misquoted: 1" "SH2.7/8/1" "31 Mar 2011" "IN OTHER WORDS" "5 entries"
no_out "Rows that were not compared"
for format in markdown html; do
    try shap report check $printed --as-at 2010-12-31 --format $format
    exits 3
    out SH2.7/8/1 "Dec 2010" Misquoted
done
holds "the page" $python tests/unit/render/check_page.py "$work/out"
try shap report check $printed --as-at 2010-12-31 --format csv -o "$work/checked.csv"
exits 3
is "rows of CSV" "$($python -c "
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
print(' '.join(r['list'] for r in rows), rows[0]['planned'])" "$work/checked.csv")" "misquotes wording wording wording March 2011"

# ---- as known before the grants, every new date was quoted too early

try shap report check $printed --as-at 2010-12-31 --known-at "$(date -u -d '-1 day' +%F)" --format json
refused 7 "was not adopted"
try shap report check $printed --as-at 2010-12-20 --format json
exits 3
is "new dates not granted by then" "$(field '[.date_misquotes, .new_date_misquotes, .misquotes[1].detail] | join(" ")')" "1 21 no new date was granted"

# ---- our own report misquotes nothing: exit code 0

shap --quiet report exceptions --as-at 2010-12-31 --format csv > "$work/ours.csv"
try shap --quiet report check "$work/ours.csv" --as-at 2010-12-31 --format json
exits 0
is "our own report" "$(field '[.rows, .compared, (.misquotes // [] | length), (.wording // [] | length)] | join(" ")')" "23 23 0 0"

# ---- rows: the same date in other words, rows that fit nothing or several

check 'SH2.7,Produce draft strategy,Dec 2010'
exits 0
is "the same month" "$(field '.wording[0] | [.field, .quoted, .planned] | join("|")')" "when|Dec 2010|December 2010"
check $'SH2.7,Produce draft strategy,December 2010\nSH9.9,Produce draft strategy,May 2010\nSH2.7,Lunch,May 2010'
exits 3
err "q3.csv, line 3: not compared: there is no objective \"SH9.9\"" "q3.csv, line 4: not compared: no action of SH2.7 has this wording" "1 of 3 rows compared"
is "they are in the report, too" "$(field '[.not_compared[] | "\(.line) \(.kind)"] | join(", ")')" "3 not_found, 4 not_found"
printf 'objective_code,action,milestone,when,rag\nSH4.3,Meetings,Regular meetings held,July 2010,red\n' > "$work/q3.csv"
try shap report check "$work/q3.csv" --as-at 2010-12-31
exits 3
err 'the column "rag" is not known' "line 2: not compared: the wording fits SH4.3/1, SH4.3/3"
out "ROWS THAT WERE NOT COMPARED" Meetings

# ---- files that are none, before anything is sent

try shap report check "$work/none.csv"
refused 1 none.csv "cannot be opened"
printf 'objective_code;action;when\nSH1;a;b\n' > "$work/q3.csv"
try shap report check "$work/q3.csv"
refused 1 "q3.csv, line 1: missing from the heading: objective_code, action, when" semicolons
check 'SH2.7,"Produce draft strategy,December 2010'
refused 1 "q3.csv, line 2"
check 'SH2.7,Produce draft strategy'
refused 1 "q3.csv, line 2"
check ''
refused 1 "has a heading, but no rows under it"
check "SH2.7,Produce draft strategy,\"$(seq 200)\""
refused 1 "line 2, column when: a cell of a report has at most"
try shap report check
refused 2 FILE
try shap report check $printed --as-at 2999-01-01
refused 1 "still to come"

# ---- rights

try shap --as partner report check $printed --as-at 2010-12-31 --format json
exits 3
is "a partner's copy compares what is shared" "$(field .compared)" 1
try shap --as administrator report check $printed
refused 5
stop_server
