#!/usr/bin/env bash
# Bad input: each gives one message with the place and the cure, the documented exit code, and loses nothing. Tokens are
# identity_test's, a port in use shapd_test's, databases that are down database_test's, and full disks full_disk_test's.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

quarter
coordinator() { shap --as coordinator "$@"; }
# recorded: everything that a command which failed must not have added to; parts of a document that came to nothing are
# on record as what was sent, no more.
recorded() {
    database -c "select (select count(*) from shap.plan), (select count(*) from shap.plan_version), (select count(*) from shap.milestone),
        (select count(*) from shap.return), (select count(*) from shap.\"grant\"),
        (select count(distinct (e.council_id, e.link)) from shap.entry e where e.kind not like 'import_%')"
}
before=$(recorded)
# lost_nothing WHAT: nothing was recorded, and what was there still is.
lost_nothing() { is "what is on record after $1" "$(recorded)" "$before"; }

# ---- a plan that is no CSV file, or no plan

heading='objective_code,action_no,action,milestone_no,milestone,who,when\r\n'
row='SH1.1,1,Act,1,Step,HSM,July 2010\r\n'
# refused_plan WHAT TEXT...: the plan is refused with all the texts. Its file is $work/plan.csv.
refused_plan() {
    try coordinator plan import "$work/plan.csv" --council copeland --year 2011/12
    refused 1 "${@:2}"
    never "a plan with $1 shows" coordinator plan show copeland/2011-12
    lost_nothing "a plan with $1"
}
# plan FORMAT: the sample's heading and one good row, then what printf makes of FORMAT.
plan() {
    # shellcheck disable=SC2059
    printf "$heading$row$1" > "$work/plan.csv"
}
here="$work/plan.csv, line 3"
plan 'SH1.1,1,Act,2,"Step,HSM,July 2010\r\nSH1.1,1,Act,3,Step,HSM,July 2010\r\n'
refused_plan "an unclosed quote" "$here, column milestone: the quote that opens the cell is never closed" "write another one at its end"
plan 'SH1.1,1,Act,2,Step,HSM,July 2010,x,y\r\n'
refused_plan "too many cells" "$here: the row has 9 cells, the heading has 7" "must stand in quotes"
plan 'SH1.1,1,Act,2,Step\r\n'
refused_plan "too few cells" "$here: the row has 5 cells, the heading has 7"
plan "$row"
refused_plan "a duplicate reference" "plan.csv cannot be a plan" "line 3, milestone_no: SH1.1/1/1 stands on line 2 already" \
    "Correct these cells and import it again"
plan 'SH1.1,1,Act,2,St\0ep,HSM,July 2010\r\n'
refused_plan "a NUL" "$here, column milestone: byte 17 of the line is NUL" 'save it as "CSV UTF-8"'
plan 'SH1.1,1,Act,2,St\xffep,HSM,July 2010\r\n'
refused_plan "invalid UTF-8" "$here, column milestone: byte 17 of the line is not UTF-8" 'Save the file as "CSV UTF-8"'
# An overlong form and half a surrogate pair are no UTF-8 either.
plan 'SH1.1,1,Act,2,St\xc0\xafep,HSM,July 2010\r\n'
refused_plan "an overlong form" "$here, column milestone" "not UTF-8"
plan 'SH1.1,1,Act,2,St\xed\xa0\x80ep,HSM,July 2010\r\n'
refused_plan "half a surrogate pair" "$here, column milestone" "not UTF-8"
{
    plan 'SH1.1,1,Act,2,'
    head -c 100000000 /dev/zero | tr '\0' x
    printf ',HSM,July 2010\r\n'
} >> "$work/plan.csv"
refused_plan "100 MB in one cell" "$here, column milestone: the cell is larger than 1 MiB" "perhaps its closing quote is missing"
{
    plan 'SH1.1,1,Act,2,"'
    head -c 100000000 /dev/zero | tr '\0' x
} >> "$work/plan.csv"
refused_plan "100 MB behind an unclosed quote" "$here, column milestone" "quote"
plan 'SH1.1,one,Act,2,Step,HSM,July 2010\r\n,1,Act,2,Step,HSM,July 2010\r\nSH1.1,1,Act,-1,Step,HSM,July 2010\r\n'
refused_plan "numbers that are none" "line 3, action_no" "line 4, objective_code" "line 5, milestone_no"
: > "$work/plan.csv"
refused_plan "nothing in it" "plan.csv is empty: its first line must name the columns"
# shellcheck disable=SC2059
printf "$heading" > "$work/plan.csv"
refused_plan "a heading only" "plan.csv has a heading, but no rows under it"
printf 'a,b\r\n1,2\r\n' > "$work/plan.csv"
refused_plan "other columns" "line 1: missing from the heading: objective_code, action_no, action"
rm "$work/plan.csv"
refused_plan "no file" "plan.csv cannot be opened: No such file or directory"
mkdir "$work/plan.csv"
refused_plan "a directory for a file" "plan.csv cannot be read: Is a directory"
rmdir "$work/plan.csv"
plan ''
for year in 2011/13 2010 "next year" 9999/00; do
    try coordinator plan import "$work/plan.csv" --council copeland --year "$year"
    refused 1 "$year"
done
try coordinator plan import "$work/plan.csv" --council nowhere --year 2011/12
refused 6 'there is no council "nowhere" here' "shap whoami"
lost_nothing "plans of no year and no council"

# What can be kept is kept, and what is not understood in it is a doubt, not a refusal: a phrase, a far year, an owner.
plan 'SH1.1,1,Act,2,Step,Nobody Known,when the moon is full\r\nSH1.1,1,Act,3,Step,HSM,July 9999\r\nSH1.1,1,Act,4,Step,HSM,\r\n'
coordinator --quiet plan import "$work/plan.csv" --year 2011/12 > /dev/null
is "the doubts" "$(coordinator --quiet plan doubts copeland/2011-12 --format json |
    jq -r '.[] | "\(.kind) \(.reference) \(.subject)"' | sort)" "$(sort << 'TEXT'
date_outside_year SH1.1/1/1 July 2010
prose_date SH1.1/1/2 when the moon is full
prose_date SH1.1/1/3 July 9999
empty_date SH1.1/1/4 
undefined_code SH1.1/1/2 Nobody Known
TEXT
)"
try coordinator plan export copeland/2011-12 --original
exits 0
same "$work/out" "$work/plan.csv"
before=$(recorded)

# ---- returns

# refused_return CODE OPTIONS TEXT...
refused_return() {
    # shellcheck disable=SC2086
    try coordinator return submit $2
    refused "$1" "${@:3}"
    lost_nothing "$2"
}
mine="SH2.2/1/1 --status in-progress"
refused_return 6 "SH9.9/1/1 --status complete" 'there is no milestone "SH9.9/1/1" for you in copeland/2010-11' "shap milestone list"
refused_return 6 "nonsense --status complete" 'there is no milestone "nonsense"'
refused_return 2 "--status complete" "MILESTONE"
refused_return 2 "SH2.2/1/1" "--status STATUS is missing"
refused_return 2 "SH2.2/1/1 --status late" '--status: "late" is none of not-started, in-progress, complete'
refused_return 1 "$mine --as-of 9999-12-31" "as of: 9999-12-31 is still to come" "Give a day not after $(date -u +%F)"
refused_return 2 "$mine --as-of 2010-02-30" '"2010-02-30" is not a day: February 2010 has 28 days'
refused_return 2 "$mine --as-of 10000-01-01" '"10000-01-01" is not a day'
refused_return 1 "$mine --as-of 1066-10-14" "is before 1990"
refused_return 1 "$mine --new-date March" "a new date is asked for without a reason"
refused_return 2 "$mine --id 7" '--id'
refused_return 6 "$mine --plan copeland/2050-51" 'there is no plan "copeland/2050-51" here' "shap plan list"
refused_return 1 "$mine --plan nonsense" '"nonsense" is not the name of a plan' "copeland/2010-11"
refused_return 6 "$mine --organisation nowhere" 'there is no organisation "nowhere"' "shap org list"
try coordinator return submit SH2.2/1/1 --status in-progress --note "$(head -c 100000 /dev/zero | tr '\0' x)"
refused 1 "note has 100000 characters; at most 20000 are kept" "refer to it"
try coordinator return submit SH2.2/1/1 --status in-progress --note $'not \xff UTF-8'
refused 2 "--note" "UTF-8"
lost_nothing "notes that cannot be kept"

# In a file a bad row does not harm the good ones: a note of 1 MB, an unknown reference, a day to come, and the rest.
long=$(head -c 1000000 /dev/zero | tr '\0' x)
cat > "$work/returns.csv" << CSV
reference,status,as_of,note
SH2.2/1/1,in progress,2010-12-30,"good, the first"
SH2.2/1/1,in progress,2010-12-30,$long
SH9.9/1/1,in progress,2010-12-30,
SH2.2/1/1,in progress,9999-12-31,
SH2.2/1/1,fine,2010-12-30,
SH2.2/1/1,complete,30 February 2010,
SH2.2/1/1,in progress,2010-12-30,"good, the last"
CSV
try coordinator return submit --file "$work/returns.csv" --format csv
exits 3
is "rows on record" "$(csv_column record_id < "$work/out" | grep -c .)" 2
here="$work/returns.csv, line"
err "$here 3, SH2.2/1/1: note has 1000000 bytes; " "$here 4, SH9.9/1/1: there is no milestone" "$here 5, SH2.2/1/1: as of: 9999-12-31 is still to come" \
    "$here 6, SH2.2/1/1: \"fine\" is not a status" "$here 7, SH2.2/1/1" "2 on record (0 of them already), 5 refused"
before=$(recorded)
try coordinator return submit --file "$work/returns.csv"
exits 3
err "2 on record (2 of them already), 5 refused"
is "returns after the file was sent again" "$(recorded)" "$before"

# A file that cannot be read to its end: every row before the break counts, or none; here none was sent.
printf 'reference,status\nSH2.2/1/1,"in progress\n' > "$work/returns.csv"
try coordinator return submit --file "$work/returns.csv"
refused 1 "$here 2, column status: the quote that opens the cell is never closed"
printf 'reference,status\nSH2.2/1/1\n' > "$work/returns.csv"
try coordinator return submit --file "$work/returns.csv"
refused 1 "$here 2: the row has 1 cell"
printf 'status,note\nin progress,x\n' > "$work/returns.csv"
try coordinator return submit --file "$work/returns.csv"
refused 1 "$here 1: missing from the heading: reference"
lost_nothing "files of returns that are broken"

# ---- grants, and what is only asked for

# refused_call CODE COMMAND TEXT...
refused_call() {
    # shellcheck disable=SC2086
    try coordinator $2
    refused "$1" "${@:3}"
    lost_nothing "$2"
}
refused_call 1 "grant add SH2.2/1/1 --new-date tomorrow --day 2010-12-30 --reason x" '"tomorrow" names no day' "--new-day"
refused_call 1 "grant add SH2.2/1/1 --new-date 2011-03-31 --day 9999-12-30 --reason x" "9999-12-30 is still to come"
refused_call 1 "grant add SH2.2/1/1 --new-date later --new-day 9999-01-01 --reason x" "9999"
refused_call 6 "grant add SH9.9/1/1 --new-date 2011-03-31 --reason x" 'there is no milestone "SH9.9/1/1"'
refused_call 6 "plan show copeland/2050-51" 'there is no plan "copeland/2050-51" here' "shap plan list"
refused_call 1 "plan show nonsense" '"nonsense" is not the name of a plan'
refused_call 6 "report exceptions --plan nowhere/2010-11" 'there is no council "nowhere" here'
refused_call 6 "report exceptions --plan copeland/2050-51" 'there is no plan "copeland/2050-51" here'
refused_call 1 "report exceptions --as-at 9999-12-31" "as at: 9999-12-31 is still to come"
refused_call 2 "report exceptions --as-at 10000-01-01" '"10000-01-01" is not a day'
refused_call 6 "milestone list --plan copeland/1999-00" 'there is no plan "copeland/1999-00" here'
refused_call 6 "milestone show SH9.9/1/1" 'there is no milestone "SH9.9/1/1" in copeland/2010-11' "shap milestone list"
refused_call 6 "objective show SH9.9" 'SH9.9' "shap"
refused_call 6 "plan adopt copeland/2011-12 --version 9 --note x" "version 9"
