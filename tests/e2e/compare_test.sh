#!/usr/bin/env bash
# What is compared: the movement between two days, and the councils of a region side by side, in every format.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
quiet() { shap --quiet "$@"; }

# ---- a region: two councils, the second with a plan of three milestones

prepare_quarter
found_council "$work/init.log" "$work/data" "$work/barrow.token" Barrow
region() { shapd --embedded "$work/data" --init "$@" 2> "$work/init.log"; }
try region --region Cumbria --councils copeland,barrow --reader "Rita Reader" --token-file "$work/region.token"
exits 0
out 'The region "Cumbria" has the councils copeland,barrow' "$work/region.token" "Rita Reader"
try shapd --embedded "$work/data" --init --region Cumbria --councils copeland --token-file "$work/x.token"
refused 2 "--reader NAME"
try shapd --embedded "$work/data" --init --region Cumbria --councils copeland --reader X --council Y --token-file "$work/x.token"
refused 2 "a council or a region"
try shapd --embedded "$work/data" --init --region Cumbria --councils copeland,penrith --reader X --token-file "$work/x.token"
exits 1
err 'there is no council "penrith"'
never "a token of a reader who was not made" test -s "$work/x.token"
serve
shap --as barrow-admin --quiet login --token-file "$work/barrow.token" > /dev/null
invite bob "Bob Barrow" barrow coordinator barrow-admin
try shap --as regional login --token-file "$work/region.token"
err "You are signed in. Next: shap report councils --year YEAR --as regional"
SHAP_PLAN='' try shap --as regional
err "You are signed in. Next: shap report councils --year YEAR --as regional"
try shap --as barrow-admin
err "You are signed in. Next: shap org list --as barrow-admin"
try shap --as barrow-admin --quiet
never "a next command where quiet was asked for" grep -q Next "$work/err"
cat > "$work/barrow.csv" << 'CSV'
objective_code,objective_title,action_no,action,milestone_no,milestone,who,when,measure
B1,Homes,1,Build,1,Ten homes,HSM,June 2010,Ten
B1,Homes,1,Build,2,Twenty homes,HSM,COMPLETED MARCH 2010,Twenty
B1,Homes,1,Build,3,Thirty homes,HSM,March 2011,Thirty
CSV
export SHAP_PLAN=
shap --as bob --quiet plan import "$work/barrow.csv" --year 2010/11 --title "Barrow's plan" > /dev/null
shap --as bob --quiet plan adopt 2010-11 --day 2010-07-01 > /dev/null

# ---- councils side by side

try shap --as regional whoami --format json
is "the regional reader" "$(cell '"\(.role) \(.region) \(.council)"')" "reader cumbria null"
try shap --as regional report councils --year 2010/11 --as-at 2010-12-31 --format json
exits 0
is "each council's classes" "$(cell '.councils[] | [.council, .covered, .signed_off, .complete, .will_not_be_delivered, .overdue, .re_dated, .ongoing_answered, .undated, .not_yet_due, .no_return] | join(" ")')" \
    "barrow 3 0 1 0 0 0 0 0 1 1
copeland 171 0 14 1 1 21 0 12 20 102"
is "their total" "$(cell '.total | [.covered, .complete, .not_yet_due, .no_return, .exceptions, .due, .on_target, .on_target_share] | join(" ")')" \
    "174 15 21 103 23 119 4 3% (4 of 119)"
try shap --as regional report councils --year 2010/11 --as-at 2010-12-31
exits 0
out "COUNCILS 2010/11 SIDE BY SIDE" "Barrow" "Copeland" "All 2" "50% (1 of 2)" "3% (4 of 119)" "Made of several plans"
no_out "not recorded"
try shap --as regional report councils --year 2010/11 --as-at 2010-12-31 --format csv
exits 0
is "a row for each council" "$(wc -l < "$work/out")" 3
out "council,council_name,plan,note" "copeland,Copeland,copeland/2010-11"
try shap --as regional report councils --year 2011/12 --council barrow
exits 0
out "Barrow: no plan for 2011/12"
try shap --as regional report councils --year 2010/11 --as-at 2010-12-31 --council penrith
refused 6 'there is no council "penrith"'
for format in markdown html; do
    try shap --as regional report councils --year 2010/11 --as-at 2010-12-31 --format $format -o "$work/councils.$format"
    exits 0
    holds "$format has the total" grep -qF "All 2" "$work/councils.$format"
done
try shap --as coordinator report councils --year 2010/11 --as-at 2010-12-31 --format json
is "everybody else sees their own" "$(cell '[.councils[].council] | join(" ")')" copeland
try shap --as regional report exceptions --plan copeland/2010-11 --as-at 2010-12-31 --format json
is "the region's reader reads each plan" "$(cell .account.exception_milestones)" 23

# ---- movement

export SHAP_PLAN=copeland/2010-11
try shap report movement --from 2010-09-30 --as-at 2010-12-31 --format json
exits 0
err "0 exceptions before, 23 now" "shap report publish movement --with from=2010-09-30 --as-at 2010-12-31"
is "every class, before and after" "$(cell '[.classes[] | "\(.before)+\(.came)-\(.went)=\(.after)"] | join(" ")')" \
    "0+0-0=0 14+0-0=14 0+1-0=1 0+1-0=1 0+21-0=21 0+0-0=0 12+0-0=12 59+0-39=20 86+20-4=102"
is "the lists" "$(cell '[.newly_due, .re_dated, .answered, .fell_silent, .new_exceptions, .completed] | map(length) | join(" ")')" "34 21 23 20 23 0"
try shap report movement --from "30 Sept 2010" --as-at "31 Dec 2010"
exits 0
out "MOVEMENT" "Compared with: 30 September 2010" "NEWLY DUE" "will not be delivered" "SH5.4/1/1; SH5.4/1/2; SH5.4/2/1"
try shap report movement --from 2010-09-30 --as-at 2010-12-31 --format csv
exits 0
is "a row for each milestone in each list" "$(tail -n +2 "$work/out" | cut -d , -f 4 | sort | uniq -c | awk '{ print $2, $1 }' | tr '\n' ' ')" \
    "answered 23 became_overdue 1 fell_silent 20 new_exceptions 23 newly_due 34 re_dated 21 undeliverable 1 "
for format in markdown html; do
    try shap report movement --from 2010-09-30 --as-at 2010-12-31 --format $format -o "$work/movement.$format"
    exits 0
    holds "$format has the change" grep -qF "SH2.2/1/1" "$work/movement.$format"
done
try shap report movement --as-at 2010-12-31
refused 2 --from
try shap report movement --from 2011-01-31 --as-at 2010-12-31
refused 1 "2011-01-31 is after 2010-12-31" --from
try shap --as partner report movement --from 2010-09-30 --as-at 2010-12-31
exits 0
out "This copy covers 2 of the plan's 171 milestones"

# ---- published and made again

try shap report publish movement --as-at 2010-12-31 --with from=2010-09-30 --format json
exits 0
id=$(cell .publication_id)
quiet report movement --from 2010-09-30 --as-at 2010-12-31 --format html > "$work/live"
quiet report published "$id" --format html > "$work/then"
same "$work/live" "$work/then"
quiet return submit SH1.1/1/1 --status in-progress --as-of 2010-12-30 > /dev/null
try shap report reproduce "$id"
exits 0
try shap report publish movement --as-at 2010-12-31
refused 1 "what moved since when?"

# ---- a closed period is as known when its window was closed

movement() { quiet report movement --from 2010-09-30 --as-at 2010-12-31 --format json "$@" | jq -c '[.as_closed, (.answered | length)]'; }
of_copeland() {
    shap --as regional --quiet report councils --year 2010/11 --as-at 2010-12-31 --format json "$@" |
        jq -r '.councils[] | select(.council == "copeland") | [.as_closed, .overdue, .no_return] | join(" ")'
}
quiet window open Q3 --day 2010-12-20 > /dev/null
is "while the window is open, what is known now" "$(movement)" "[false,24]"
quiet window close Q3 > /dev/null
quiet return submit SH1.1/1/2 --status in-progress --as-of 2010-12-30 > /dev/null
is "what arrives after its close changes nothing" "$(movement)" "[true,24]"
is "unless another moment is named" "$(movement --known-at "$(quiet whoami --format json | jq -r .today)")" "[false,25]"
is "nor for the region" "$(of_copeland)" "true 2 101"
is "unless it names another moment" "$(of_copeland --known-at "$(quiet whoami --format json | jq -r .today)")" "false 3 100"
try shap report movement --from 2010-12-31 --format json
is "it moved after the close" "$(cell '[.from_as_closed, (.answered | map(.reference) | join(" "))] | join(" ")')" "true SH1.1/1/2"
try shap report reproduce "$id"
exits 0
try shap report publish movement --as-at 2010-12-31 --with from=banana
refused 1 'from: "banana" is not what the report "movement" takes there'
stop_server
