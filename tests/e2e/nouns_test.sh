#!/usr/bin/env bash
# The nouns of a plan as an officer types them: plan, register, doubt, objective, milestone, org and person.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
# all ARGUMENT...: a list in JSON.
all() { shap --quiet "$@" --format json; }

quarter

# ---- plan show, list, describe, adopt, versions

for name in 2010-11 2010/11 copeland/2010-11 copeland/2010/11; do
    try shap plan show $name --format json
    is "the plan called $name" "$(cell '[.plan, .year, .first_day, .last_day, .version, .adopted_on, .objectives, .actions, .milestones] | join(" ")')" \
        "copeland/2010-11 2010/11 2010-04-01 2011-03-31 1 2010-07-14 26 122 171"
done
try shap plan show
err "$(all plan doubts | jq length) doubts are open: shap plan doubts"
try shap plan show 1999-00
refused 6 'there is no plan "1999-00" here' "shap plan list"
try shap plan show banana
refused 1 '"banana" is not'
# A draft of the next year, and its adoption.
cat > "$work/next.csv" << 'CSV'
objective_code,objective_title,action_no,action,milestone_no,milestone,who,when,measure
H1,Homes,1,Build,1,Ten homes,HSM,June 2011,Ten
H1,Homes,1,Build,2,Twenty homes,HSM / Riverside,,Twenty
H2,Advice,1,Advise,1,A leaflet,HMS,Spring,Printed
CSV
try shap plan import "$work/next.csv" --year 2011/12 --title "Next plan" --format json
exits 0
try shap plan show 2011-12
exits 0
err "It is a draft" "shap plan adopt --day DAY"
try shap return submit H1/1/1 --plan 2011-12 --status in-progress
refused 7 "is a draft" "shap plan adopt"
is "the plans" "$(all plan list | jq -c '[.[] | [.plan, .version, .adopted_on, .milestones]]')" \
    '[["copeland/2010-11",1,"2010-07-14",171],["copeland/2011-12",1,null,3]]'
try shap plan describe 2011-12 --lead-officer "A. Officer" --author "B. Writer" --format json
exits 0
is "what is not said stays" "$(cell '[.title, .lead_officer, .author] | join("|")')" "Next plan|A. Officer|B. Writer"
try shap plan describe 2011-12 --title "The next plan" --format json
is "what is said again is new" "$(cell '[.title, .lead_officer, .author] | join("|")')" "The next plan|A. Officer|B. Writer"
today=$(all whoami | jq -r .today)
try shap plan adopt 2011-12 --day "$(date -d "$today + 1 day" +%F)"
refused 1 "still to come"
try shap plan adopt 2011-12 --version 7
refused 6 "version 7"
try shap plan adopt 2011-12 --day 2011-05-01 --note "Panel, May 2011" --format json
exits 0
err "Version 1 of copeland/2011-12 is in force from 2011-05-01; it is the baseline"
try shap plan adopt 2011-12
refused 7 "is in force already"
try shap plan versions 2011-12 --format json
is "its versions" "$(cell '[.[] | [.version, .file_name, .milestones, .adopted_on] | join(" ")] | join(", ")')" "1 next.csv 3 2011-05-01"

# ---- register list, add, import

is "the register's codes" "$(all register list | jq -r '[.[].code] | sort | join(", ")')" \
    "EO, HPO, HRM, HSM, Home Housing, Impact HA, SHP, Supporting People Team"
open_of() { all plan doubts "${2:-2010-11}" | jq "[.[] | select(.subject == \"$1\")] | length"; }
is "doubts about KS" "$(open_of KS)" 1
try shap register add KS "Housing Strategy Officer" --kind post --organisation copeland --alias "K. S." --alias "Kay S" --format json
exits 0
is "the entry" "$(cell '[.code, .name, .kind, .organisation, (.aliases | join(";"))] | join("|")')" "KS|Housing Strategy Officer|post|copeland|K. S.;Kay S"
is "doubts about KS, now that it is known" "$(open_of KS)" 0
is "milestones of KS" "$(all milestone list --owner KS | jq 'length')" "$(all milestone list | jq '[.[] | select(.owners | index("KS"))] | length')"
holds "KS owns milestones" test "$(all milestone list --owner KS | jq length)" -gt 5
try shap register add KS "Another officer" --kind post
exits 0
is "the later entry counts" "$(all register list | jq -r '.[] | select(.code == "KS").name')" "Another officer"
is "a register before the quarter was played" "$(all register list --known-at "$(date -d "$today - 1 day" +%F)" | jq length)" 0
try shap register add X X --kind banana
refused 2 '"banana" is none of post, body, organisation'
try shap register add X X
refused 2 --kind
try shap register add X X --kind organisation --organisation nowhere
refused 6 'there is no organisation "nowhere"'
cat > "$work/register.csv" << 'CSV'
kind,code,name,organisation,aliases,remark
post,DC,Development Control,copeland,D.C.; DeeCee,x
post,Q,Nobody's,nowhere,,x
body,LP,Leisure Panel,,,x
CSV
try shap register import "$work/register.csv" --format json
exits 3
err '"remark"' "register.csv, line 3: there is no organisation \"nowhere\"" "2 of 3 rows are on record"
is "what was imported" "$(all register list | jq -c '[.[] | select(.code | IN("DC", "LP", "Q")) | [.code, .kind, .aliases]]')" \
    '[["DC","post",["D.C.","DeeCee"]],["LP","body",[]]]'
try shap register import "$work/register.csv"
err "2 of 3 rows are on record" "2 of them stood just so already: nothing was recorded."
sed -i /nowhere/d "$work/register.csv"
try shap register import "$work/register.csv"
exits 0
err "Nothing changed: 2 of them stood just so already: nothing was recorded." "shap plan doubts"
printf 'code,name\nX,Y\n' > "$work/register.csv"
try shap register import "$work/register.csv"
refused 1 register.csv kind

# ---- plan doubts, and doubt settle: a date, an owner, a code, or dismissed

is "kinds of doubt in the sample" "$(all plan doubts --all | jq -r 'group_by(.kind) | map("\(.[0].kind) \(length)") | join(", ")')" \
    "complete_in_measure 3, date_outside_year 18, empty_date 4, no_owner 1, probable_slip 1, prose_date 8, same_work 3, undefined_code 40"
is "doubts of the next plan" "$(all plan doubts 2011-12 | jq -r '[.[] | "\(.kind) \(.subject)"] | sort | join(", ")')" \
    "empty_date , probable_slip HMS, prose_date Spring, undefined_code Riverside"
# doubt_of KIND [PLAN]: the number of its first doubt of that kind.
doubt_of() { all plan doubts "${2:-2010-11}" | jq "[.[] | select(.kind == \"$1\")][0].doubt_id"; }
milestone() { all milestone show "$1" --plan "${2:-2010-11}" | jq -r ".milestone | $3"; }
n=$(all plan doubts | jq length)
date_doubt=$(doubt_of empty_date)
of_date=$(all plan doubts | jq -r ".[] | select(.doubt_id == $date_doubt).reference")
try shap doubt settle "$date_doubt" --date 2010-12-31 --reason "minute 4 of the July Panel" --format json
exits 0
is "the settlement" "$(cell '"\(.settled_on) \(.settlement)"')" "$today due on 31 December 2010: minute 4 of the July Panel"
is "the milestone's last day" "$(milestone "$of_date" 2010-11 '"\(.when)|\(.last_day)"')" "|2010-12-31"
owner_doubt=$(doubt_of no_owner)
of_owner=$(all plan doubts | jq -r ".[] | select(.doubt_id == $owner_doubt).reference")
try shap doubt settle "$owner_doubt" --code HRM
exits 0
is "the milestone's owners" "$(milestone "$of_owner" 2010-11 '.owners | join(" ")')" HRM
slip=$(doubt_of probable_slip)
try shap doubt settle "$slip" --code HSM --reason "SHM is a slip for HSM"
exits 0
is "owners of the slip, and its words" "$(milestone SH4.3/3/1 2010-11 '"\(.owners | index("HSM") != null) \(.who | test("SHM"))"')" "true true"
code_doubt=$(all plan doubts 2011-12 | jq '.[] | select(.subject == "Riverside").doubt_id')
try shap doubt settle "$code_doubt" --plan 2011-12 --code "Home Housing"
exits 0
is "who owns it now" "$(milestone H1/1/2 2011-12 '[.owners, .organisations] | flatten | sort | unique | join(", ")')" \
    "HSM, Home Housing, copeland, home-housing"
same=$(doubt_of same_work)
try shap doubt settle "$same"
refused 1 "only with a reason"
try shap doubt settle "$same" --date 2010-12-31
refused 1 "not about a date"
try shap doubt settle "$same" --reason "two pieces of work after all" --day "$(date -d "$today + 1 day" +%F)"
refused 1 "still to come"
try shap doubt settle "$same" --reason "two pieces of work after all" --day 2010-07-14 --format json
exits 0
is "dismissed" "$(cell '"\(.settled_on) \(.settlement)"')" "2010-07-14 dismissed: two pieces of work after all"
try shap doubt settle "$same" --reason "again"
refused 7 "doubt $same was settled" "--all"
try shap doubt settle "$(doubt_of undefined_code)" --code NOPE
refused 6 'the register does not hold "NOPE"' "shap register add"
try shap doubt settle 999999 --reason x
refused 6 "there is no doubt 999999"
is "doubts that are left" "$(all plan doubts | jq length)" "$((n - 4))"
is "doubts that were settled are kept" "$(all plan doubts --all | jq "[.[] | select(.doubt_id | IN($date_doubt, $owner_doubt, $slip, $same)) | .settled_on] | length")" 4

# ---- objective list and show

is "objectives" "$(all objective list | jq -r '"\(length) \(map(.milestones) | add)"')" "26 171"
try shap objective show "sh 4.3" --format json
exits 0
is "an objective with its actions" "$(cell '[.code, (.milestones | tostring), .actions[0].reference] | join(" ")')" \
    "SH4.3 $(all milestone list --objective SH4.3 | jq length) SH4.3/1"
is "its milestones" "$(cell '[.actions[].milestones[].reference] | join(" ")')" "$(all milestone list --objective SH4.3 | jq -r '[.[].reference] | join(" ")')"
try shap objective show SH5.2
out "Review the Current working arrangements" "SH5.2/6/1" "Contract awarded"
try shap objective show SH9.9
refused 6 'there is no objective "SH9.9"' "shap objective list"

# ---- milestone show: with its whole history, however the reference is typed

for typed in SH4.3/2/1 sh4.3/2/1 sh4.3.2.1; do
    try shap milestone show $typed --format json
    is "the milestone typed as $typed" "$(cell .milestone.reference)" SH4.3/2/1
done
try shap milestone show SH5.2/6/1 --format json
is "its history" "$(cell '[.events[].kind] | join(" ")')" "reading share return review"
is "the cells are the plan's" "$(milestone SH2.7/8/1 2010-11 '"\(.when) \(.new_when) \(.new_day) \(.extensions)"')" "March 2011 Revised March 2011 2011-03-31 1"
try shap milestone show SH9.9/9/9
refused 6 'there is no milestone "SH9.9/9/9"' "shap milestone list"
try shap milestone show banana
refused 6 banana

# ---- milestone list: each filter gives what the unfiltered list has of it; due goes by the plan's own last day

all milestone list --as-at 2010-12-31 > "$work/all"
# filter CONDITION ARGUMENT...: the references of a filtered list are those of the whole list that meet the condition.
filter() {
    all milestone list --as-at 2010-12-31 "${@:2}" | jq -c '[.[].reference]' > "$work/got"
    jq -c "[.[] | select($1) | .reference]" "$work/all" > "$work/wanted"
    same "$work/got" "$work/wanted"
    holds "nothing fits ${*:2}" test "$(jq length "$work/wanted")" -gt 0
}
filter '.owners | index("HRM")' --owner HRM
filter '.owners | index("HRM")' --owner hrm
filter '.organisations | index("home-housing")' --organisation home-housing
for class in complete will_not_be_delivered overdue re_dated undated not_yet_due no_return; do
    filter ".milestone_class == \"$class\"" --class ${class//_/-}
done
filter '.last_day != null and .last_day < "2010-12-31"' --due-before 2010-12-31
filter '.last_day != null and .last_day > "2011-03-01"' --due-after 2011-03-01
filter '.last_day != null and .last_day > "2010-12-30" and .last_day < "2011-01-01"' --due-after 2010-12-30 --due-before "1 Jan 2011"
filter '.objective_code == "SH4.3"' --objective sh4.3
filter '[.action, .milestone, .measure // ""] | any(test("tender"; "i"))' --text TENDER
filter '.objective_code == "SH5.2" and (.owners | index("HRM"))' --objective SH5.2 --owner HRM
is "nothing fits all filters" "$(all milestone list --as-at 2010-12-31 --class complete --objective SH5.2 | jq length)" 0
try shap milestone share SH2.4/9/1 --organisation home-housing --reason "they build" --format json
exits 0
is "shared with" "$(cell '.organisations | join(" ")')" "copeland home-housing"
try shap milestone share SH2.4/9/1 --organisation nowhere
refused 6 'there is no organisation "nowhere"'

# ---- org and person

export SHAP_PROFILE=administrator
try shap org add riverside "Riverside Group" --format json
exits 0
is "the organisation" "$(cell '"\(.code) \(.name)"')" "riverside Riverside Group"
try shap org add riverside "Riverside Group"
exits 0
try shap org add riverside "Another Group"
refused 7 'the organisation "riverside" is Riverside Group' "another code"
try shap org add river "Riverside Group"
refused 7 "Use that code"
try shap org add "Bad Code" X
refused 1 '"Bad Code" is not a code' "lower case"
is "how often it is listed" "$(all org list | jq '[.[] | select(.code == "riverside")] | length')" 1
try shap person add "Kay Smith" --organisation riverside --role contributor --email kay@riverside.example --format json
exits 0
is "an invitation" "$(cell '"\(.name) \(.code | test("^([0-9A-Z]{4}-){5}[0-9A-Z]{4}$"))"')" "Kay Smith true"
err "works once" "shap login --server ADDRESS"
membership=$(cell .membership_id)
is "the person, before and after they sign in" "$(all person list | jq -c ".[] | select(.membership_id == $membership) | [.name, .email, .organisation, .role, .signed_in]")" \
    '["Kay Smith","kay@riverside.example","riverside","contributor",false]'
shap --as kay --quiet login <<< "$(cell .code)" > /dev/null
is "she is signed in" "$(all person list | jq -r ".[] | select(.membership_id == $membership).signed_in")" true
try shap person add "Kay Smith" --organisation riverside --role contributor --email kay@riverside.example
refused 7 "is contributor for riverside already (membership $membership)" "shap person invite $membership"
try shap person add "Kay Smith" --organisation riverside --role boss
refused 2 '"boss" is none of contributor, reader, coordinator, panel, administrator'
try shap person add "Kay Smith" --organisation nowhere --role reader
refused 6 'there is no organisation "nowhere"'
try shap person add "Kay Smith" --organisation riverside --role reader --email nonsense
refused 1 '"nonsense" is not an e-mail address'
try shap person add " " --organisation riverside --role reader
refused 1 "name is missing"
try shap person invite 999999
refused 6 "there is no membership 999999" "shap person list"
stop_server
