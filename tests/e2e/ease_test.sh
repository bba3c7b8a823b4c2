#!/usr/bin/env bash
# What makes a quarter easy: names given short, days as people say them, and many acts at once from a file.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
all() { shap --quiet "$@" --format json; }
cell() { jq -r "$1" "$work/out"; }

quarter

# ---- names given short

for name in SH5.2/6/1 sh5.2.6.1 SH5.2/6 sh5.2.6; do
    try shap milestone show $name --plan 2010 --format json
    is "the milestone called $name" "$(cell '[.milestone.plan, .milestone.reference] | join(" ")')" "copeland/2010-11 SH5.2/6/1"
done
try shap milestone show SH3.3
refused 1 '"SH3.3" is not one milestone but' "SH3.3/1/1" "Write more of it"
try shap milestone show SH9.9
refused 6 'there is no milestone "SH9.9"'
try shap --as off return submit sh2.2.1 --status in-progress --format json
exits 0
is "a return on a short reference" "$(cell .reference)" "SH2.2/1/1"
try shap --as adm org add home-care "Home Care"
try shap milestone list --organisation home
refused 1 '"home" is not one organisation but 2: home-care, home-housing'
try shap milestone list --organisation home-h
exits 0
try shap milestone list --owner h
refused 1 "not one code of the register but"
try shap whoami --as co --format json
is "a profile by its beginning" "$(cell .name)" "Copeland Coordinator"
try shap whoami --as o
exits 0
try shap whoami --as xyz
refused 4 'nobody is signed in as "xyz"'

# ---- days as people say them

try shap report exceptions --as-at "end of Q3 2010/11" --format json
is "the end of a quarter" "$(cell .as_at,.head.as_at | grep -v null)" 2010-12-31
try shap report exceptions --as-at "Q3 2010"
refused 2 "--as-at: \"Q3 2010\" is not a day: quarters are of the financial year; write Q3 2009/10 or Q3 2010/11"
try shap report exceptions --as-at "next Friday"
refused 2 "write last Friday, or the day itself"

# ---- many at once

try shap help bulk
out "shap review accept --file"
try shap review accept --help
out "Many at once:" "--file FILE"
invoke_returns() { # new returns to review: their records in order
    local reference
    for reference in SH1.1/1/1 SH1.1/1/2 SH1.1/2/1 SH1.1/3/1; do
        shap --as officer --quiet return submit $reference --status complete --as-of 2010-12-01 --format json | jq .record_id
    done
}
mapfile -t records < <(invoke_returns)
printf 'return,comment,day\n%s,,\n%s,Thanks,31/12/2010\n999999,,\n' "${records[0]}" "${records[1]}" > "$work/accept.csv"
try shap review accept --file "$work/accept.csv" --day 2010-12-20 --format json
exits 3
is "what was accepted" "$(cell 'map("\(.verdict) \(.day) \(.comment)") | join(", ")')" "accepted 2010-12-20 null, accepted 2010-12-31 Thanks"
err "accept.csv, line 4: there is no return with the record number 999999" "2 of 3 rows are on record, 1 refused." "Next: mend the refused rows"
try shap review accept --file "$work/accept.csv" --day 2010-12-20
exits 1
err "accept.csv, line 2: " "accepted this return on 2010-12-20" "0 of 3 rows are on record"
printf 'return,verdict,comment\n%s,sent back,Which report?\n%s,accepted,\n' "${records[2]}" "${records[3]}" > "$work/verdicts.csv"
try shap review import "$work/verdicts.csv" --day 2010-12-21 --format csv
exits 0
is "a verdict for each" "$(csv_column verdict < "$work/out" | paste -sd ' ')" "sent_back accepted"
err "2 of 2 rows are on record" "Next: shap review list"
printf 'return,verdict\n1,perhaps\n' > "$work/verdicts.csv"
try shap review import "$work/verdicts.csv"
refused_rows() { exits 1; err "$@"; }
refused_rows 'verdicts.csv, line 2: column verdict: "perhaps" is none of accepted, sent-back'

cat > "$work/grants.csv" << 'CSV'
reference,new_date,new_day,reason,day
sh1.1.1.1,March 2011,,The survey is late,
SH1.1/1/2,Revised March 2011 - within 2011/12 service plan,31 March 2012,,20 Dec 2010
SH1.1,April 2011,,,
CSV
try shap grant import "$work/grants.csv" --day "20 December 2010" --reason "decided together" --format json
exits 3
is "new dates" "$(cell 'map("\(.reference) \(.new_day) \(.day) \(.reason)") | join(", ")')" \
    "SH1.1/1/1 2011-03-31 2010-12-20 The survey is late, SH1.1/1/2 2012-03-31 2010-12-20 decided together"
err 'grants.csv, line 4: "SH1.1" is not one milestone but'
try shap grant import "$work/grants.csv" --day "20 December 2010" --reason "decided together"
exits 1
err "0 of 3 rows are on record"

mapfile -t doubts < <(all plan doubts | jq '[.[] | select(.kind == "date_outside_year")][0:2][].doubt_id')
printf 'doubt,reason\n%s,as it was meant\n%s,so was this\n' "${doubts[@]}" > "$work/doubts.csv"
try shap doubt settle --file "$work/doubts.csv"
exits 0
err "2 of 2 rows are on record" "shap plan doubts"
try shap doubt settle --file "$work/doubts.csv"
exits 1
err "doubts.csv, line 2: doubt ${doubts[0]} was settled on"

printf 'reference,organisation\nSH1.1/1/1,home-h\nSH1.1/1/2,home-h\n' > "$work/shares.csv"
try shap milestone share --file "$work/shares.csv" --reason "they hold the contract" --format json
exits 0
is "shared" "$(cell '[.[].organisations | index("home-housing") != null] | tostring')" "[true,true]"
try shap milestone share --file "$work/shares.csv" --format json
exits 0 # said again it changes nothing

export SHAP_PROFILE=administrator
printf 'code,name\nriverside,Riverside\nhome-care,Home Care\nBad Code,x\n' > "$work/org.csv"
try shap org import "$work/org.csv"
exits 3
err 'org.csv, line 4: ' "2 of 3 rows are on record"
printf 'name,organisation,role,email\nKay Smith,river,contributor,kay@example.org\nLee Jones,riverside,contributor,\n' > "$work/people.csv"
try shap person import "$work/people.csv" --format csv
exits 0
err "hand each invitation over"
is "invitations" "$(csv_column name < "$work/out" | paste -sd ,)" "Kay Smith,Lee Jones"
is "each works" "$(csv_column code < "$work/out" | head -n 1 | shap --as kay --quiet login --format json | jq -r .organisation)" riverside
try shap person import "$work/people.csv"
exits 1
err "people.csv, line 2: Kay Smith is contributor for river already" "0 of 2 rows are on record"
printf 'name;organisation\nx;y\n' > "$work/people.csv"
try shap person import "$work/people.csv"
exits 1
err "missing from the heading: name, organisation, role." "semicolons"
try shap person import /nonexistent.csv
refused 1 "/nonexistent.csv cannot be opened"
