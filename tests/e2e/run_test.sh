#!/usr/bin/env bash
# ./run, and the exception report it ends with: the seed's 18 rows, 23 milestones and 10 objectives, and the account of
# all 171, in every format.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# ---- ./run: twice the same, and nothing stays

for n in 1 2; do
    try ./run
    exits 0
    directory=$(sed -n 's/^-- working in //p' "$work/err")
    holds "it names its directory" expr "$directory" : '/tmp/shap\.......$'
    never "it left its directory" test -e "$directory"
    never "it left a process" pgrep -f -- "$directory"
    cp "$work/out" "$work/run.$n"
done
err "making the council" "starting shapd" "imports the register and the plan" "submit their returns" "nothing is left behind"
same "$work/run.1" "$work/run.2"
try ./run sreve
exits 1
err '"sreve" is neither' "Usage: ./run"

# ---- ./run serve: keeps its data, and what it prints can be typed

serve_the_sample() {
    XDG_STATE_HOME=$work/state ./run serve > /dev/null 2> "$work/serve.err" &
    server=$!
    await "./run serve" grep -q ' listening ' "$work/serve.err"
    sed -n 's/^     //p' "$work/serve.err" > "$work/typed"
}
# Stops it, like Ctrl-C.
end_served() {
    code=0
    stop_server || code=$?
    is "the exit code of ./run serve" "$code" 0
}
serve_the_sample
is "commands to type" "$(wc -l < "$work/typed")" 8
try bash -euc ". '$work/typed'"
exits 0
out SH5.2/6/1 "Your Name" "EXCEPTION REPORT"
end_served
serve_the_sample
never "the second start made the council again" grep -q "making the council" "$work/serve.err"
try env XDG_CONFIG_HOME="$work/state/shap/sample/config" SHAP_SERVER="unix:$work/state/shap/sample/data/shapd.sock" \
    shap --as coordinator return list SH5.2/6/1
exits 0
out "Reviews began in May."
end_served

# ---- the same report from the sample's data, in five formats

quarter
report() { shap --as coordinator report exceptions --as-at 2010-12-31 "$@"; }
for format in table markdown csv json html; do
    try report --format "$format" -o "$work/q3.$format"
    exits 0
    try report --format "$format"
    exits 0
    same "$work/out" "$work/q3.$format"
    cp "$work/out" "$work/report.$format"
done
same "$work/run.1" "$work/report.table"

json() { jq -r "$1" "$work/report.json"; }
cat > "$work/account" << TEXT
signed_off 0
complete 14
will_not_be_delivered 1
overdue 1
re_dated 21
ongoing_answered 0
undated 12
not_yet_due 20
no_return 102
TEXT
json '.account.classes[] | "\(.milestone_class) \(.milestones)"' > "$work/classes"
same "$work/classes" "$work/account"
is "the total" "$(json .account.total)" 171
is "what the classes add up to" "$(json '[.account.classes[].milestones] | add')" 171
is "exceptions" "$(json '[.account.exception_milestones, .account.exception_actions, .account.exception_objectives] | join(" ")')" "23 18 10"
is "milestones listed" "$(json '[.objectives[].actions[].milestones[]] | length')" 23
is "action rows listed" "$(json '[.objectives[].actions[]] | length')" 18
is "action rows by objective" "$(json '[.objectives[] | "\(.code) \(.actions | length)"] | join(", ")')" \
    "SH1.2 1, SH1.5 1, SH2.2 3, SH2.7 3, SH3.2 1, SH3.3 3, SH4.5 1, SH5.2 1, SH5.3 1, SH5.4 3"
is "the claims" "$(json '[.account.claims[] | "\(.name) \(.holds) \(.satisfied)/\(.of)"] | join(", ")')" \
    "deliver_within_year false 20/23, have_new_date false 21/23, failed_timetable false 18/23"
is "no return, by name" "$(json '[.account.no_return[].milestones[]] | length')" 102
is "no return, in groups" "$(json '[.account.no_return[] | .milestones | length] | add')" 102
is "undated, by name" "$(json '[.account.undated[].milestones[]] | length')" 12
is "due in December alone" "$(json '[.account.no_return[] | select(.name == "this_quarter") | .milestones[] |
    select(.when | test("Dec"; "i")) | .reference] | map(select(IN("SH1.2/1/4", "SH1.2/3/5", "SH2.4/9/1", "SH3.3/3/1",
    "SH3.3/3/2", "SH5.1/2/1", "SH5.1/2/2"))) | length')" 7

# Each milestone's cells are the plan's own; SH2.7/8 has the plan's March 2011, not the misquoted December 2010.
is "SH2.7/8" "$(json '.objectives[].actions[].milestones[] | select(.reference == "SH2.7/8/1") | "\(.when), \(.new_when)"')" \
    "March 2011, Revised March 2011"
json '.objectives[].actions[].milestones[] | [.reference, .who, .when, .measure // ""] | @json' > "$work/cells"
shap --as coordinator --quiet milestone list --as-at 2010-12-31 --format json |
    jq -r --slurpfile listed <(json '.objectives[].actions[].milestones[].reference' | jq -R .) \
        '.[] | select(.reference | IN($listed[])) | [.reference, .who, .when, .measure // ""] | @json' > "$work/cells.plan"
same "$work/cells" "$work/cells.plan"
is "references in the returns file" "$(tail -n +2 $data/copeland-2010-11-returns.csv | cut -d , -f 1 | sort)" \
    "$(json '.objectives[].actions[].milestones[].reference' | sort)"

# ---- what each format says of it

is "rows of the CSV" "$($python -c 'import csv, sys; print(len(list(csv.DictReader(open(sys.argv[1], newline="")))))' "$work/report.csv")" 23
is "action rows of the CSV" "$($python -c 'import csv, sys
print(len({r["action_reference"] for r in csv.DictReader(open(sys.argv[1], newline=""))}))' "$work/report.csv")" 18
for format in table markdown html; do
    # In one line: where a text is broken is the format's own business.
    tr -s ' \n' ' ' < "$work/report.$format" > "$work/out"
    : > "$work/err"
    tried="report --format $format"
    out "Pat Graham, Corporate Director" "Julie Betteridge, Head of Development Strategy" "SH5.2/6" "20 of 23" \
        "21 of 23" "18 of 23"
    holds "$format has its first appendix" grep -qi "appendix a" "$work/out"
    for figure in "102" "21" "20" "14" "12" "171"; do out "$figure"; done
done
is "action rows of the page" "$(grep -oE "<th scope=.row[^>]*>SH[0-9]\.[0-9]/[0-9]+ " "$work/report.html" | sort -u | wc -l)" 18
never "the page loads something" grep -qE 'src="|href="http|url\(|@import|<script' "$work/report.html"
holds "the page is well-formed" xmllint --html --noout "$work/report.html"

# ---- as it was known, and a day before anything was granted

try shap --as coordinator report exceptions --as-at 2010-12-20 --format json
exits 0
is "re-dated before the grants" "$(jq '.account.classes[] | select(.milestone_class == "re_dated") | .milestones' "$work/out")" 0
stop_server
