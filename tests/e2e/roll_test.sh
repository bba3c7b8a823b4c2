#!/usr/bin/env bash
# The end of the year as the coordinator types it: the next year's draft from what is open, edited, rolled again, adopted.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
# all ARGUMENT...: a list in JSON.
all() { shap --quiet "$@" --format json; }
# came REFERENCE PLAN: where it comes from and goes to.
came() { all milestone show "$1" --plan "$2" | jq -r '[.carried_from[]?, "to", .carried_to[]?] | join(" ")'; }
draft() { all milestone list --plan 2011-12 | jq -r ".[] | select(.reference == \"$1\") | $2"; }

prepare_quarter
serve --clock 2011-03-31T16:00:00Z

# ---- what would come of it

try shap plan roll 2011/12 --dry-run
exits 0
err "156 carried (open 129, ongoing 27), 15 left (complete 14, signed off 0, will not be delivered 1). Nothing is recorded."
is "no plan of the next year yet" "$(all plan list | jq length)" 1
try shap plan roll 2012/13
refused 6 'there is no plan "2011-12" here'
try shap plan roll soon
refused 1 '"soon" is not the year of a plan'
try shap plan roll
refused 2 YEAR
try shap carry list
refused 7 "this plan was not rolled" "shap plan roll"
try shap --as officer plan roll 2011/12
refused 5

# ---- the draft

try shap milestone after SH2.2/4/1 SH2.2/2/2 --reason "it rests on the needs"
try shap milestone same SH3.3/5 SH3.4/2 --reason "one training"
try shap milestone share SH1.2/2/2 --organisation home-housing --reason "they host it"
try shap plan roll 2011/12 --format json
exits 0
err "With them go on: 1 declared of their order, 1 of the same work; 1 shared by hand, once the plan is adopted."
is "what was declared names the record before it" "$(all milestone order --plan 2011-12 | jq -c '[.[] | [.reference, .step, .reason, .from_record_id != null]]')" \
    '[["SH2.2/4/1","SH2.2/2/2","it rests on the needs",true]]'
is "the roll" "$(cell '[.plan, .version, .made, .from_plan, .as_at, .carried, .left] | map(tostring) | join(" ")')" \
    "copeland/2011-12 1 true copeland/2010-11 2011-03-31 156 15"
try shap plan show 2011-12
out "Strategic Housing Action Plan" "Pat Graham, Corporate Director" 156
err "It is a draft"
is "where SH4.5/4/1 went" "$(came SH4.5/4/1 2010-11)" "to copeland/2011-12 SH4.5/4/1"
try shap milestone show SH4.5/4/1 --plan 2011-12
out "Carried from" "copeland/2010-11 SH4.5/4/1" "Paper to March 2011 Panel" "carried from copeland/2010-11 SH4.5/4/1"
is "SH5.4/3/1 in the draft" "$(draft SH5.4/3/1 '"\(.when)|\(.last_day)"')" "Revised March 2011 - within 2011/12 service plan|2012-03-31"
is "SH1.2/5/2 in the draft" "$(draft SH1.2/5/2 '"\(.when)|\(.last_day)"')" "Dec 2010 to Sept 2011|2011-09-30"
is "SH4.1/4/1 in the draft" "$(draft SH4.1/4/1 '"\(.when)|\(.last_day)"')" "September 2011|2011-09-30"
is "SH3.3/2/1 in the draft" "$(draft SH3.3/2/1 '"\(.when)|\(.recurrence)"')" "Link to service plan 2011/12 sign off in March 2011|quarterly"
try shap carry list 2011-12 --outcome left --format csv
exits 0
is "what is left" "$(wc -l < "$work/out")" 16
out "left,copeland/2011-12,,copeland/2010-11,SH5.2/6/1," "will_not_be_delivered"
try shap carry list --outcome left
err "15 rows. Next: one with its history"
try shap carry list --outcome gone
refused 2 '"gone"'

# ---- exported, edited, imported

shap plan export 2011-12 -o "$work/next.csv"
shap plan export 2011-12 --original > "$work/original.csv"
same "$work/next.csv" "$work/original.csv"
try shap plan import "$work/next.csv" --year 2011/12
exits 0
err "Nothing changed: version 1 of copeland/2011-12 says the same, and no other was made." "shap plan show copeland/2011-12"
sed -i 's/,1,Check the position/,4,Check the position/' "$work/next.csv"
try shap plan import "$work/next.csv" --year 2011/12 --dry-run --format json
is "what the edit changes" "$(cell '[.[] | "\(.kind) \(.reference)"] | join(", ")')" "added SH1.1/1/4, removed SH1.1/1/1, left_behind SH1.1/1/1"
try shap plan import "$work/next.csv" --year 2011/12 --format json
exits 0
err "warning: left behind, for version 2 has no SH1.1/1/1: SH1.1/1/1 comes from copeland/2010-11 SH1.1/1/1 (record " \
    "None of it goes to another number." "shap carry add"
is "what is left behind" "$(cell '[.left_behind[] | "\(.kind) \(.reference) \(.field)"] | join(", ")')" "left_behind SH1.1/1/1 carry"
is "links stay where the reference does" "$(came SH1.1/1/2 2011-12)" "copeland/2010-11 SH1.1/1/2 to"
is "what is numbered anew comes from nowhere" "$(came SH1.1/1/4 2011-12)" to
is "readings stay" "$(draft SH5.4/3/1 .last_day)" 2012-03-31
try shap carry add SH1.1/1/4 --plan 2011-12 --from sh1.1.1.1 --reason "numbered anew" --format json
exits 0
err "Linked"
link=$(cell .record_id)
is "the link is there now" "$(came SH1.1/1/4 2011-12)" "copeland/2010-11 SH1.1/1/1 to"
try shap carry add SH1.1/1/4 --plan 2011-12
refused 2 --from
try shap carry revoke "$link" --reason "another step" --format json
exits 0
is "revoked" "$(cell .revoked_on) $(came SH1.1/1/4 2011-12)" "2011-03-31 to"
try shap carry revoke "$link" --reason "again"
refused 7 "was revoked by"

# ---- again, and adopted

try shap plan roll 2011/12
exits 0
out "SH1.1/1/4" removed
err "warning: version 2 of copeland/2011-12 was edited" "Next: shap plan doubts copeland/2011-12"
try shap plan roll 2011/12
err "Nothing differs from version 3: no other was made."
for format in csv json markdown; do
    try shap plan roll 2011/12 --dry-run --format $format
    exits 0
    out copeland/2011-12
done
try shap plan adopt 2011-12 --day 2011-03-31 --note "Panel, March 2011"
exits 0
try shap plan roll 2011/12
refused 7 "copeland/2011-12 is adopted already: version 3 is in force" "shap plan import"

# ---- two plans in force: the one of each row is named, with what was said last in the year before

stop_server
serve --clock 2011-07-01T10:00:00Z
export SHAP_PROFILE=officer
unset SHAP_PLAN
try shap return submit SH1.1/1/2 --plan 2010-11 --status in-progress --note "Two are left." --as-of 2010-12-20
exits 0
try shap --as coordinator window open Q4 --plan 2010-11 --due 2011-07-08
exits 0
try shap --as coordinator window open Q1 --plan 2011-12
exits 0
try shap
out "    copeland/2010-11 SH1.1/1/1  "
try shap outstanding --plan 2010-11
no_out copeland/20 "Said in"
try shap outstanding
out "Said in" copeland/2010-11 copeland/2011-12
shap --quiet answer < /dev/null > "$work/out" 2> "$work/err"
err ": copeland/2010-11 SH1.1/1/1, owed by 8 July 2011 (Q4)"
SHAP_PLAN=2011-12 shap --quiet answer < /dev/null > "$work/out" 2> "$work/err"
err ": SH1.1/1/1, owed by" "(Q1)"
printf 'skip\n' | SHAP_PLAN=2011-12 shap --quiet answer > "$work/out" 2> "$work/err"
err 'Last said on 20 December 2010 by copeland in copeland/2010-11, which it was carried over from: in progress. "Two are left."'
