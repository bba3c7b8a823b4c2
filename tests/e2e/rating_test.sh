#!/usr/bin/env bash
# Ratings as a council's people type them: schemes, the report in every format, officers' ratings, figures, overrides and
# disagreements; a scheme of the council's own, from a file that is refused by its line, to the choice and back.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
all() { shap --quiet "$@" --format json; }
# counts [ARGUMENT...]: of the rating report as at the end of the quarter.
counts() { all report rating --as-at 2010-12-31 "$@" | jq -r '[.counts[] | "\(.rating) \(.milestones)"] | join(", ")'; }
csv_rows() { $python -c 'import csv, sys; print(sum(1 for _ in csv.reader(sys.stdin)) - 1)' < "$1"; }

# prints VERB ROWS: a report in all formats.
prints() {
    local format
    for format in json csv markdown html table; do
        try shap report "$1" --as-at 2010-12-31 --format "$format"
        exits 0
        cp "$work/out" "$work/report.$format"
    done
    is "$1: rows of CSV" "$(csv_rows "$work/report.csv")" "$(jq "$2 | length" "$work/report.json")"
    holds "$1: the page" $python tests/unit/render/check_page.py "$work/report.html"
    holds "$1: the text fits a page" test "$(wc -L < "$work/report.table")" -le 84
    for format in markdown html table; do
        holds "$1: $format prints the rule" grep -q 'more than one month' "$work/report.$format"
    done
}

quarter

# ---- schemes, and the report

is "the schemes" "$(all scheme list | jq -r '[.[] | "\(.code) \(.rules) \(.chosen)"] | join(", ")')" \
    "date-and-judgement 8 false, figures 5 false, months-behind 9 true"
try shap scheme show figures --format csv
is "a scheme's rows" "$(sed -n '1p;4p' "$work/out" | tr -d '\r')" "class,status,re_dated,months,days,officer,percent,rating,mark,rule
,,,,,,90+,amber,A,\"The figure is below its target, by up to 10 %.\""
is "by the months behind" "$(counts)" "green 32, amber 12, red 94, hashed 21, grey 12, unrated 0"
is "by date and judgement" "$(counts --scheme date-and-judgement)" "green 34, amber 21, red 104, grey 12, unrated 0"
prints rating .milestones
is "a row" "$(jq -r '.milestones[] | select(.reference == "SH2.2/1/1") | [.milestone_class, .months_behind, .days_behind, .rating, .mark] | join(" ")' "$work/report.json")" \
    "overdue 2 61 red R"
holds "the text names each rating and its mark" grep -Eq '^ *hashed +# +21 ' "$work/report.table"
try shap report rating --as-at 2010-12-31 --scheme nope
refused 6 'there is no rating scheme "nope"' "shap scheme list"

# Published now, and made again when all below is on record.
try shap report publish rating --as-at 2010-12-31 --with scheme=date-and-judgement --format json
exits 0
published=$(cell .publication_id)

# ---- what the officer says, overrides, disagreements

try shap return submit SH1.1/1/1 --organisation copeland --status in-progress --as-of 2010-12-20 --rating Amber --note "two of three teams"
exits 0
try shap return submit SH1.1/1/2 --organisation copeland --status in-progress --as-of 2010-12-20 --rating "on course"
exits 0
try shap rating override SH2.2/1/1 A --reason "the consultant delivers in May" --day 2010-12-31
exits 0
err "in reports up to 2010-12-31" "shap report disagreements"
override=$(all rating list SH2.2/1/1 | jq '.[0].record_id')
try shap rating override SH2.2/1/1 puce --reason x
refused 1 '"puce" is none of amber, green, grey, hashed, red' "shap scheme show"
try shap rating override SH2.2/1/1 red
refused 2 --reason
is "the computed ratings stay" "$(counts)" "green 32, amber 12, red 94, hashed 21, grey 12, unrated 0"
is "beside them" "$(all report rating --as-at 2010-12-31 | jq -r '[.milestones[] | select(.officer or .override)
    | [.reference, .rating, .officer, .officer_understood, .override, .disagrees] | map(tostring) | join(" ")] | join(", ")')" \
    "SH1.1/1/1 red amber true null true, SH1.1/1/2 red on course false null false, SH2.2/1/1 red null null amber true"
prints rating .milestones
for format in markdown html table; do
    holds "$format lists what is not understood" grep -qi 'ratings that are not understood' "$work/report.$format"
done
prints disagreements .disagreements
is "disagreements" "$(jq -r '[.disagreements[] | [.reference, .computed, .kind, .judged, .by, .day, .reason] | join("|")] | join("; ")' "$work/report.json")" \
    "SH1.1/1/1|red|officer|amber|Copeland Coordinator|2010-12-20|two of three teams; SH2.2/1/1|red|override|amber|Copeland Coordinator|2010-12-31|the consultant delivers in May"
try shap report rating --as-at 2010-12-31
err "2 milestones are judged otherwise: shap report disagreements" "1 rating of officers is not understood"
is "it lapses with the quarter" "$(all report disagreements --as-at 2011-01-01 | jq -r '[.disagreements[].kind] | join(" ")')" officer
try shap window open Q3 --day 2010-12-31
exits 0
is "where windows are opened, time alone ends nothing" "$(all report rating --as-at 2011-03-30 | jq .overrides)" 1
try shap window open Q4 --day 2011-03-31
exits 0
is "the window of the next period does" "$(all report rating --as-at 2011-03-31 | jq .overrides)" 0
is "and the list says when" "$(all rating list SH2.2/1/1 | jq -r '.[0].holds_until')" 2011-03-30
try shap rating revoke "$override" --reason "it was decided in May only" --day 2010-12-31 --format json
exits 0
is "revoked" "$(cell '"\(.kind) \(.revoked_on)"')" "override 2010-12-31"
try shap rating revoke "$override" --reason again
refused 7 "the rating was revoked by Copeland Coordinator"
is "no override is left" "$(all report rating --as-at 2010-12-31 | jq .overrides)" 0

# ---- figures

try shap rating figure SH5.1/3/2 --actual 92 --target 100 --as-of 2010-12-31 --format json
exits 0
is "in percent" "$(cell .percent)" 92
err "92 % of the target" "shap report rating --scheme figures"
try shap rating figure SH5.1/3/1 --actual 31 --target 28 --lower-is-better --as-of 2010-12-31
exits 0
try shap rating figure SH5.1/3/1 --actual most --target 28
refused 1 'actual: "most" is not a number'
is "amber within the tolerance, red beyond" "$(counts --scheme figures)" "green 0, amber 1, red 2, grey 168, unrated 0"
is "what is on record" "$(all rating list | jq -r '[.[] | [.reference, .kind, .rating // .percent] | join(" ")] | join(", ")')" \
    "SH2.2/1/1 override amber, SH5.1/3/1 figure 89.2, SH5.1/3/2 figure 92"

printf 'milestone,actual,target,as_of\nSH1.1/3/1,100,100,2010-12-31\nSH9.9/1/1,1,2,\n' > "$work/figures.csv"
try shap rating figure --file "$work/figures.csv" --format json
exits 3
err "figures.csv, line 3" 'there is no milestone "SH9.9/1/1"'
is "figures of a file" "$(counts --scheme figures)" "green 1, amber 1, red 2, grey 167, unrated 0"

# ---- a scheme of the council's own

cat > "$work/ours.csv" << 'CSV'
class,months,rating,mark,rule,remark
complete;signed off,,blue,B,It is complete.,x
overdue;no return,2+,red,R,"It is late, by more than a month.",x
overdue;no retrun,1,amber,A,It is late.,x
CSV
try shap scheme add "$work/ours.csv" --code our-rag --name "Our colours"
exits 1
err '"remark"' "ours.csv, line 4, column class: \"no_retrun\" is none of signed_off, complete"
sed -i 's/retrun/return/' "$work/ours.csv"
sed '3s/2+/two/' "$work/ours.csv" > "$work/bad.csv"
try shap scheme add "$work/bad.csv" --code our-rag --name "Our colours"
exits 1
err "bad.csv, line 3, column months: \"two\" is not a range"
cut -d , -f 1-4 "$work/ours.csv" > "$work/bad.csv"
try shap scheme add "$work/bad.csv" --code our-rag --name "Our colours"
refused 1 "bad.csv, line 1: missing from the heading: rule"
sed -i 's/,[^,]*$//' "$work/ours.csv"
try shap scheme add "$work/ours.csv" --code figures --name "Our colours"
refused 7 'the scheme "figures" is built in'
try shap scheme add "$work/ours.csv" --name "Our colours"
refused 2 --code
try shap scheme add "$work/ours.csv" --code our-rag --name "Our colours" --day 2010-12-20 --format json
exits 0
err "with 3 rows" "shap scheme choose our-rag"
is "the scheme" "$(cell '[.code, .name, .ratings, .chosen, .built_in] | join("|")')" "our-rag|Our colours|blue, red, amber|false|false"
# 14 complete; 11 of November and December; 94 due before: 91 without a return, SH2.2/1/1, and the two reported on above.
is "by it" "$(counts --scheme our-rag)" "amber 11, red 92, blue 14, unrated 54"
try shap scheme show our-rag --format csv
cp "$work/out" "$work/shown.csv"
try shap scheme add "$work/shown.csv" --code our-rag --name "Our colours" --day 2010-12-21
exits 0
no_err warning
is "what is shown and added again rates the same" "$(counts --scheme our-rag)" "amber 11, red 92, blue 14, unrated 54"
try shap scheme choose our-rag --day 2010-12-22 --format json
exits 0
err "Reports go by our-rag" "shap report rating"
choice=$(cell .choice_record_id)
is "by the council's choice" "$(counts)" "amber 11, red 92, blue 14, unrated 54"
is "the day before by another" "$(all report rating --as-at 2010-12-21 | jq -r .scheme)" months-behind
try shap scheme choose our-rag
refused 7 'reports go by the scheme "our-rag" already'
try shap scheme revoke "$choice" --reason "the panel prefers the old one" --day 2010-12-22
exits 0
is "as before" "$(counts)" "green 32, amber 12, red 94, hashed 21, grey 12, unrated 0"

try shap report reproduce "$published"
exits 0
try shap report published "$published"
exits 0
out "Scheme: Date and judgement" "The officer rates it red." "104"
try shap report publish disagreements --as-at 2010-12-31
exits 0

# ---- who may what

for act in "rating override SH5.2/6/1 green --reason x" "rating figure SH5.2/6/1 --actual 1 --target 2" "scheme choose figures"; do
    # shellcheck disable=SC2086
    try shap --as partner $act
    refused 5
done
is "a partner's report" "$(all --as partner report rating --as-at 2010-12-31 | jq -r '"\(.head.covered) of \(.head.total): \([.milestones[].reference] | join(" "))"')" \
    "2 of 171: SH5.2/5/1 SH5.2/6/1"
is "a partner's disagreements" "$(all --as partner report disagreements --as-at 2010-12-31 | jq '.disagreements | length')" 0
stop_server
