#!/usr/bin/env bash
# The panel's clerk and the coordinator: meetings, signing off and noting, from the command line and from a file, what is
# refused, what is taken back; milestones that are the same work; the report of what waits, in every format.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=panel
cell() { jq -r "$1" "$work/out"; }
class_of() { shap --quiet milestone show "$@" --format json | jq -r '.milestone | [.milestone_class, .signed_off_on // "", (.same_as // [] | join(" "))] | join("|")'; }
waits() { shap --quiet report sign-off --format json "$@" | jq -r '[(.complete, .undeliverable, .changed | length), .signed_off, .noted] | join(" ")'; }
account() { shap --quiet report exceptions --as-at 2010-12-31 --format json | jq -r '.account | [.total, .pieces_of_work, .exception_milestones] | join(" ")'; }
number_of() { shap --quiet signoff list "$@" --format csv | csv_column record_id; }
before=$(date -u -d '+1 day' +%F)

quarter
invite panel "Panel Clerk" copeland panel

# ---- meetings

try shap meeting add --day "15 September 2010"
exits 0
out 2010-09-15 SHP "Panel Clerk"
err "shap report sign-off"
meeting=$(shap --quiet meeting list --format csv | csv_column record_id)
try shap --as coordinator meeting add --day 2010-09-15
refused 7 "the meeting of SHP on 15 September 2010 is on record already (record $meeting)"
try shap meeting add
refused 2 "--day DAY is missing"
for role in officer partner administrator; do
    try shap --as $role meeting add --day 2010-09-16
    refused 5 "your role may not do this"
done
try shap --as coordinator meeting add --day 2030-01-16 --body shp
exits 0
to_come=$(shap --quiet meeting list --format csv | csv_column record_id | tail -n 1)

# ---- what waits, in every format

is "what waits as at the meeting" "$(waits --as-at 2010-09-15)" "12 0 0 0 0"
is "what waits as at the quarter's end" "$(waits --as-at 2010-12-31)" "14 1 0 0 0"
for format in json csv markdown html table; do
    try shap report sign-off --as-at 2010-12-31 --format $format
    exits 0
    cp "$work/out" "$work/report.$format"
done
err "14 to be signed off, 1 to be noted, 0 changed since"
is "columns of CSV" "$(head -n 1 "$work/report.csv" | tr -d '\r')" "plan,as_at,known_at,list,reference,milestone,who,when,completed_on,ground,evidence,lacks_evidence,own_work,status,said_on,signed_off_on,same_as"
is "rows of CSV" "$($python -c 'import csv, sys; print(" ".join(sorted(r["list"] for r in csv.DictReader(sys.stdin))))' < "$work/report.csv" | tr ' ' '\n' | uniq -c | tr -s ' \n' ' ')" " 14 complete 1 undeliverable "
holds "the page" $python tests/unit/render/check_page.py "$work/report.html"
holds "text fits a page" test "$(wc -L < "$work/report.table")" -le 84
cp "$work/report.table" "$work/out"
out "AWAITING SIGN-OFF" "COMPLETE, TO BE SIGNED OFF" "SH4.1/1/1" "31 Mar 2010" "plan text" "WILL NOT BE DELIVERED, TO BE NOTED" "SH5.2/6/1" "Nothing that was signed off has changed."
try shap --as partner report sign-off --as-at 2010-12-31 --format json
is "what the partner is told of" "$(cell '"\(.head.covered) \([.complete[], .undeliverable[]] | map(.reference) | join(" "))"')" "2 SH5.2/6/1"

# ---- signing off: as it is typed, one refused does not keep the others from it

try shap signoff --meeting 2010-09-15 SH2.5/1/1
refused 1 "SH2.5/1/1: SH2.5/1/1 is complete, but there is no evidence of it" "--without-evidence"
try shap signoff SH2.5/1 sh2.5.2.1 SH1.1/1/1 SH9.9/1/1 --meeting "15 Sep 2010" --without-evidence "members saw it"
exits 3
out SH2.5/1/1 SH2.5/2/1 "signed off" "members saw it"
err "SH1.1/1/1: SH1.1/1/1 was without a return on 15 September 2010, not complete" "SH9.9/1/1: there is no milestone" "2 of 4 signed off"
is "one that is signed off" "$(class_of SH2.5/1/1)" "signed_off|2010-09-15|"
is "the day before" "$(class_of SH2.5/1/1 --as-at 2010-09-14)" "complete||"
try shap signoff add SH2.5/2/1 --meeting "$meeting" --without-evidence again
refused 7 "SH2.5/2/1 was signed off at the meeting of SHP on 15 September 2010 (record $(number_of SH2.5/2/1))" "shap signoff revoke"
try shap signoff add SH2.5/2/1 SH2.5/1/1 --meeting "$meeting" --without-evidence again
exits 7
err "0 of 2 signed off"
try shap signoff add SH2.5/3/1 --meeting 2010-09-16 --without-evidence x
refused 6 "there is no meeting on 16 September 2010" "shap meeting add --day 2010-09-16"
try shap signoff add SH2.5/3/1 --meeting "$to_come" --without-evidence x
refused 7 "the meeting of SHP on 16 January 2030 is still to come"
try shap signoff add SH2.5/3/1 --meeting someday
refused 2 '--meeting: "someday"'
try shap signoff add --meeting 2010-09-15
refused 2 "MILESTONE is missing"
try shap signoff --meeting 2010-09-15
refused 2 "MILESTONE is missing"
try shap signoff SH2.5/3/1
refused 2 "--meeting MEETING is missing"
try shap signoff revok 12
refused 2 'did you mean "shap signoff revoke"?'
for role in coordinator officer partner administrator; do
    try shap --as $role signoff add SH2.5/3/1 SH2.5/4/1 --meeting 2010-09-15
    refused 5 "your role may not do this"
done

# ---- many at once: the first one signs it off, the others are told

for i in 1 2 3 4 5 6; do
    (shap signoff SH4.1/1 --meeting 2010-09-15 --without-evidence "by $i" > "$work/once.$i" 2> "$work/once.err.$i" || echo $? > "$work/once.$i") &
    at_once[i]=$!
done
wait "${at_once[@]}"
is "how they end" "$(cat "$work"/once.? | grep -cx 7) $(cat "$work"/once.err.* | grep -c 'SH4.1/1/1 was signed off at the meeting')" "5 5"
is "sign-offs of it" "$(shap --quiet signoff list SH4.1/1 --all --format json | jq length)" 1
shap --quiet signoff revoke "$(number_of SH4.1/1)" --reason "only a test" > /dev/null

# ---- a file: what the report printed, with a column more

cat > "$work/signed.csv" << 'END'
reference,without_evidence,comment
SH2.5/3/1,,
SH2.5/4/1,the strategy is published,well done
SH5.2/6/1,,
END
try shap signoff add --meeting 2010-09-15 --without-evidence "members saw it" --file "$work/signed.csv" --format json
exits 3
is "answered by a file" "$(cell 'map("\(.reference) \(.without_evidence) \(.comment)") | join(", ")')" \
    "SH2.5/3/1 members saw it null, SH2.5/4/1 the strategy is published well done"
err "signed.csv, line 4" "2 of 3 rows are on record"
is "signed off at the meeting" "$(shap --quiet meeting list --format json | jq -c 'map([.held_on, .signed_off, .noted])')" '[["2010-09-15",4,0],["2030-01-16",0,0]]'

# ---- noting: an exception until then

shap --quiet meeting add --day 2011-01-19 > /dev/null
is "exceptions before it is noted" "$(shap --quiet report exceptions --as-at 2011-01-19 --format json | jq .account.exception_milestones)" 23
try shap signoff add SH5.2/6/1 --meeting 2011-01-19
refused 7 "it is noted, not signed off" "shap signoff note SH5.2/6/1"
try shap signoff note SH5.2/6/1 --meeting 2011-01-19 --comment "members regret it"
exits 0
out noted "members regret it"
is "exceptions then" "$(shap --quiet report exceptions --as-at 2011-01-19 --format json | jq .account.exception_milestones)" 22
is "the account names it" "$(shap --quiet report exceptions --as-at 2011-01-19 --format json |
    jq -r '.account.settled[] | select(.name == "noted") | .milestones[].reference')" SH5.2/6/1
is "at the quarter's end it was one" "$(account)" "171 171 23"

# ---- a contrary return, and a sign-off taken back

shap --as officer --quiet return submit SH2.5/1/1 --status in-progress --note "reopened" --as-of 2010-10-01 > /dev/null
is "changed since" "$(shap --quiet report sign-off --as-at 2010-12-31 --format json | jq -r '.changed[] | "\(.reference) \(.status) \(.said_on) \(.signed_off_on)"')" \
    "SH2.5/1/1 in_progress 2010-10-01 2010-09-15"
is "still signed off" "$(class_of SH2.5/1/1)" "signed_off|2010-09-15|"

serve_at "$(date -u -d '+3 days' +%FT12:00:00Z)"
today=$(date -u -d '+3 days' +%F)
number=$(number_of SH2.5/1/1)
try shap signoff revoke "$number"
refused 2 "--reason"
try shap --as coordinator signoff revoke "$number" --reason mine
refused 5 "your role may not do this"
try shap signoff revoke 999999 --reason nothing
refused 6 "there is no sign-off with the record number 999999"
try shap meeting revoke "$meeting" --reason "wrong day"
refused 7 "stands: 4" "shap signoff list --meeting $meeting"
try shap signoff revoke "$number" --reason "it was reopened" --format json
exits 0
is "withdrawn" "$(cell '"\(.reference) \(.revoked_on)"')" "SH2.5/1/1 $today"
try shap signoff revoke "$number" --reason again
refused 7 "the sign-off was revoked by Panel Clerk on $today"
is "it stands as the plan says" "$(class_of SH2.5/1/1)" "complete||"
is "as known before" "$(class_of SH2.5/1/1 --known-at "$before")" "signed_off|2010-09-15|"
try shap milestone show SH2.5/1/1
out "signed off at the meeting of SHP on 2010-09-15" "the sign-off is revoked" "it was reopened"
try shap signoff list --meeting 2010-09-15 --format csv
is "what stands" "$(csv_column reference < "$work/out" | tr '\n' ' ')" "SH2.5/2/1 SH2.5/3/1 SH2.5/4/1 "
is "what stood" "$(shap --quiet signoff list --meeting 2010-09-15 --known-at "$before" --format json | jq length)" 4
is "all, also what was taken back" "$(shap --quiet signoff list --meeting 2010-09-15 --all --format json | jq length)" 5
try shap meeting revoke "$to_come" --reason "not called"
exits 0
err "both records stay"
is "meetings that stand" "$(shap --quiet meeting list --format json | jq -r 'map(.held_on) | join(" ")')" "2010-09-15 2011-01-19"

# ---- the same work: answered and signed off once

export SHAP_PROFILE=coordinator
is "the account before" "$(account)" "171 171 23"
try shap milestone same SH3.3/5 SH3.4/2
refused 2 "--reason TEXT is missing"
try shap milestone same SH3.3/5 SH3.4/2 --reason "one training" --day 2010-09-01
exits 0
out "SH3.3/5/1; SH3.4/2/1"
printf 'milestone,reason,day\nSH3.3/6;SH3.4/3,one training,2010-09-01\n' > "$work/same.csv"
try shap milestone same --file "$work/same.csv"
exits 0
is "171 milestones, 169 pieces of work" "$(account)" "171 169 23"
try shap report exceptions --as-at 2010-12-31 --format markdown
out "The 171 milestones are 169 pieces of work"
is "the doubts about them" "$(shap --quiet plan doubts --all --format json |
    jq -r '[.[] | select(.kind == "same_work" and .reference[0:5] == "SH3.3") | .settlement] | unique | join(", ")')" "declared the same work: one training"
try shap milestone same SH3.4/2 SH3.4/1 --reason more
refused 7 "SH3.4/2/1 is the same work as SH3.3/5/1"
try shap --as panel milestone same SH3.4/1 SH3.3/2/1 --reason mine
refused 5 "your role may not do this"
try shap milestone same --format csv
is "listed" "$(csv_column references < "$work/out" | tr -d '"' | tr '\n' ' ')" "SH3.3/5/1; SH3.4/2/1 SH3.3/6/1; SH3.4/3/1 "
shap --as officer --quiet return submit SH3.4/2/1 --status complete --note "all trained" --evidence "register of 8 Dec" --as-of 2010-12-08 > /dev/null
shap --quiet review accept "$(shap --quiet return list SH3.4/2/1 --format csv | csv_column record_id)" --day 2010-12-10 > /dev/null
is "answered once" "$(class_of SH3.3/5/1 --as-at 2010-12-31)" "complete||SH3.4/2/1"
try shap milestone show SH3.3/5/1 --as-at 2010-12-31
out "Same work as" "all trained" "complete (SH3.4/2/1)"
try shap --as panel signoff add SH3.3/5 --meeting 2011-01-19 --format json
exits 0
is "signed off once, with its evidence" "$(cell '.[0] | [.reference, .without_evidence // "evidence", .same_as[]] | join(" ")')" "SH3.3/5/1 evidence SH3.4/2/1"
is "both are" "$(class_of SH3.4/2/1)" "signed_off|2011-01-19|SH3.3/5/1"
try shap milestone different SH3.4/2 --reason "two after all"
exits 0
err "both records stay"
is "then one is" "$(class_of SH3.4/2/1) $(class_of SH3.3/5/1)" "complete|| signed_off|2011-01-19|"
is "the doubt is open again" "$(shap --quiet plan doubts --format json | jq -r '.[] | select(.kind == "same_work" and .reference == "SH3.3/5/1") | .reopened_on')" "$today"
is "what was declared, all" "$(shap --quiet milestone same --all --format json | jq -r 'map(.revoked_on // "stands") | join(" ")')" "$today stands"
printf 'milestone,reason\nSH3.3/6,two events\nSH1.2/2/1,never declared\n' > "$work/different.csv"
try shap milestone different --file "$work/different.csv"
exits 3
err "1 of 2 rows are on record, 1 refused." "line 3: SH1.2/2/1 was never declared the same work as another."
is "of a file, too" "$(shap --quiet milestone same --all --format json | jq -r 'map(.revoked_on // "stands") | join(" ")')" "$today $today"

is "records without a link of their author's" "$(database -c "select count(*) from (select council_id, link, membership_id from shap.meeting
    union all select council_id, link, membership_id from shap.sign_off union all select council_id, link, membership_id from shap.same_work) r
    left join shap.link l on l.council_id = r.council_id and l.number = r.link and l.membership_id = r.membership_id where l.number is null")" 0

# ---- the report is published, and made again after what was recorded since

try shap report publish sign-off --as-at 2010-12-31 --format json
exits 0
id=$(cell .publication_id)
shap --as panel --quiet signoff add SH2.5/5 --meeting 2010-09-15 --without-evidence "adopted in March" > /dev/null
holds "what waits has changed since" test "$(waits --as-at 2010-12-31)" != "$(shap --quiet report published "$id" --format json |
    jq -r '[(.complete, .undeliverable, .changed | length), .signed_off, .noted] | join(" ")')"
try shap report reproduce "$id"
exits 0
try shap report since "$id" --format json
is "what arrived since" "$(cell 'map("\(.kind) \(.reference) \(.summary)") | join(", ")')" \
    "sign_off SH2.5/5/1 signed off at the meeting of SHP on 2010-09-15, without evidence"
