#!/usr/bin/env bash
# Windows and what waits for people, as they type it: cycles, a window from its opening to its close, outstanding, digest,
# and what `shap` alone says.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
# status ARGUMENT...: what a window asked and got in all: asked, received, late, sent back, missing.
status() { shap --quiet window status "$@" --format json | jq -r '[.asked, .received, .late, .sent_back, .missing] | join(" ")'; }

# ---- the plan as it was adopted, on the days on which that was

founded=2010-07-01T09:00:00Z
shapd --embedded "$work/data" --init --council Copeland --administrator "Ann Administrator" \
    --token-file "$work/administrator.token" --clock $founded > /dev/null 2>&1
serve --clock $founded
people_of_the_sample "$work/administrator.token"
invite panel "Petra Panel" copeland panel
invite home "Hugh Housing" home-housing contributor

try shap
exits 0
out "Usage: shap COMMAND"
no_err shap:

serve_at 2010-07-20T09:00:00Z
plan_of_the_sample

# ---- shap cycle

try shap cycle list --format json
is "the cycles every council has" "$(cell '[.[] | [.name, .months, .due_days] | join(" ")] | join(", ")')" "panel 2 7, quarter 3 14"
try shap cycle add half-year --months 6 --due-days 21 --format json
exits 0
err "Next: shap window open half-year-1"
half=$(cell .record_id)
try shap --as partner cycle list
out half-year panel quarter
try shap cycle add five --months 5
refused 1 "--months"
try shap cycle add half-year
refused 2 --months
try shap cycle revoke "$half" --reason "quarters will do"
exits 0
err "shap cycle list"
try shap --as partner cycle add x --months 3
refused 5

# ---- shap window open, list; who is asked for what

serve_at 2010-12-13T09:00:00Z
try shap window status
refused 6 "has no window yet" "shap window open Q3"
try shap window open Q3 --format json
exits 0
err "Q3 is open; its returns are due on 2011-01-14" "shap digest" "shap window status"
is "the window" "$(cell '[.plan, .window, .cycle, .first_day, .last_day, .opened_on, .due_on, .closed_on] | join(" ")')" \
    "copeland/2010-11 Q3 quarter 2010-10-01 2010-12-31 2010-12-13 2011-01-14 "
try shap window open "quarter 3"
refused 7 "opened Q3 on 13 December 2010" "shap window withdraw Q3"
try shap window open Q9
refused 6 "has 4 periods"
try shap window open banana
refused 1 "shap cycle list"
try shap --as partner window open Q4
refused 5
# Of the 102 without a return at the quarter's end SH5.2/5/1 is the partner's alone, SH4.3/2/1 Home Housing's too, and the
# yearly SH1.1/4/1 had its cycle before; 17 of Copeland's that were answered, and one of the partner's, are due as well.
is "asked of all" "$(status Q3)" "120 0 0 0 120"
is "asked of Copeland" "$(status Q3 --organisation copeland)" "117 0 0 0 117"
is "asked of Home Housing" "$(status 2010-11/Q3 --organisation home-housing)" "1 0 0 0 1"
is "asked of the partner" "$(status --organisation supporting-people-team)" "2 0 0 0 2"

# ---- a day that is counted from today is counted from the server's, and a clock that differs is told of

differs="today is 2010-12-13 by the server's clock, and $(date +%F) by this machine's"
try shap --quiet report exceptions --as-at yesterday --format json
exits 0
is "yesterday" "$(cell .head.as_at)" 2010-12-12
err "$differs"
printf 'name,months,day\nhalf-year,6,yesterday\ntwelve,12,2010-12-01\n' > "$work/cycles.csv"
try shap cycle add --file "$work/cycles.csv" --format json
exits 0
is "yesterday, in a file" "$(cell '[.[].day] | join(" ")')" "2010-12-12 2010-12-01"
err "$differs"
for record in $(cell '.[].record_id'); do shap --quiet cycle revoke "$record" --reason "quarters will do"; done > /dev/null
try shap --quiet report exceptions --as-at 2010-12-12 --format json
no_err "this machine's"
try shap --as partner return submit SH5.2/6/1 --status in-progress --as-of "$(date +%F)"
refused 1 "is still to come" "Give a day not after 2010-12-13, which is today by the server's clock"

# ---- what waits for people

try shap --as partner outstanding --format json
is "the partner owes" "$(cell '[.[] | [.kind, .reference, .window, .due_on] | join(" ")] | join(", ")')" \
    "return SH5.2/5/1 Q3 2011-01-14, return SH5.2/6/1 Q3 2011-01-14"
try shap --as partner
exits 0
out "2 returns are owed, by 14 January 2011:" "SH5.2/5/1  Tender advertised (due 30 June 2010)" \
    "Next: shap answer"
err "shap outstanding" "shap help"
try shap --as panel
out "14 milestones wait for the panel's sign-off"
try shap --as administrator
exits 0
out "Usage: shap COMMAND"
try shap --as nobody
exits 0
out "Usage: shap COMMAND"
try shap --server "unix:$work/nowhere.sock"
exits 0
out "Usage: shap COMMAND"
err "what waits for you is not known"
# One that never answers is waited for three seconds, not for the thirty of other commands.
$python -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(60)' "$work/deaf.sock" &
deaf=$!
await "a server that is deaf" test -S "$work/deaf.sock"
try timeout 20 shap --server "unix:$work/deaf.sock"
exits 0
out "Usage: shap COMMAND"
err "what waits for you is not known"
kill $deaf
try shap --as partner outstanding --format csv
is "every field is in CSV" "$(head -n 1 "$work/out" | tr -d '\r')" \
    "kind,plan,reference,organisation,action,milestone,who,when,new_when,measure,due_day,window,due_on,late,record_id,last_status,last_note,last_day,last_by,comment,asked_date,asked_reason,answered_by,last_plan"

# ---- the letters

try shap digest --output "$work/letters"
exits 0
err "3 letters in $work/letters" "sendmail -t -oi"
is "a file for each body" "$(cd "$work/letters" && echo *)" "copeland.eml home-housing.eml supporting-people-team.eml"
is "to whom" "$(head -n 2 "$work/letters/home-housing.eml")" "To: home@example.org
Subject: Copeland: 1 return due by 14 January 2011"
try shap digest --output "$work/letters"
refused 1 "letters of an earlier run"
mkdir "$work/[o]ld" "$work/o"
touch "$work/[o]ld/copeland.eml" "$work/o/x.eml"
try shap digest --output "$work/[o]ld"
refused 1 "letters of an earlier run"
mkdir "$work/olt"
touch "$work/olt/copeland.eml"
try shap digest --output "$work/o[lt]t it's"
exits 0
bash -c "$(sed -n "s/sendmail -t -oi/head -n 1/; s/.*To send them: //p" "$work/err")" > "$work/heads"
is "what is shown to type sends each of them" "$(grep -c '^To: ' "$work/heads")" 3
try shap digest --organisation supporting-people-team
exits 0
out "To: partner@example.org" "1. SH5.2/5/1" "2. SH5.2/6/1" "Nothing was said yet." \
    "    shap return submit SH5.2/5/1 --plan copeland/2010-11 --status in-progress"
err "1 letter." "sendmail"
try shap digest --format json
is "the same as data" "$(cell '[.[] | "\(.organisation) \(.items | length)"] | join(", ")')" "copeland 117, home-housing 1, supporting-people-team 2"
try shap digest --organisation nobody
refused 6 "shap org list"
try shap --as partner digest
refused 5

# ---- the quarter's returns arrive

serve_at 2010-12-31T09:00:00Z
returns_of_the_sample
is "received" "$(status)" "125 23 0 0 102"
is "of the partner one" "$(status --organisation supporting-people-team)" "2 1 0 0 1"
is "as known before nothing" "$(status --known-at 2010-12-30)" "120 0 0 0 120"
try shap window status
out "Asked: 125" "Received: 23" "Missing: 102" "BODY BY BODY" "Returns due: 14 January 2011"
no_out "BY MILESTONE"
err "Missing or sent back: 102 of 125." "--organisation CODE" "shap digest"
try shap window status --organisation supporting-people-team
out "BY MILESTONE" "Contract awarded" received missing
for format in markdown html csv; do
    try shap window status Q3 --format $format -o "$work/status.$format"
    exits 0
done
is "CSV has a row for each" "$(tail -n +2 "$work/status.csv" | wc -l)" 125
is "of these missing" "$(grep -c ',missing,' "$work/status.csv")" 102
holds "HTML is a page" grep -q "<html" "$work/status.html"
try shap --as partner window status --format json
is "a partner sees its own body" "$(cell '[(.bodies | map(.organisation)[]), .asked] | join(" ")')" "supporting-people-team 2"
try shap report outstanding
out "Returns owed: 102" "home-housing (1)" "WAITING FOR THE COORDINATOR" "WAITING FOR THE PANEL"
err "Returns owed: 102, by 3 bodies. To write to them: shap digest"
try shap --as partner report outstanding
err "Returns owed: 1, by 1 body. To answer what is yours: shap answer"
no_err digest
try shap report outstanding --format csv
is "rows of the three lists" "$(tail -n +2 "$work/out" | cut -d , -f 4 | sort | uniq -c | tr -s ' \n' ' ')" " 1 coordinator 15 panel 102 returns "
try shap report outstanding --organisation home-housing --format json
is "of one body" "$(cell '[.owed, (.returns[] | .reference)] | join(" ")')" "1 SH4.3/2/1"
for format in markdown html; do
    try shap report outstanding --format $format
    exits 0
done

try shap report publish outstanding --as-at 2010-12-31 --format json
exits 0
published=$(cell .publication_id)
try shap report publish window_status --as-at 2010-12-31 --with window=Q3 --format json
exits 0
shap --quiet report published "$(cell .publication_id)" --format json > "$work/published.json"
shap --quiet window status Q3 --as-at 2010-12-31 --format json > "$work/status.json"
is "what was published of the window" "$(jq -c '[.asked, .received, .missing, (.milestones | length)]' "$work/published.json")" \
    "$(jq -c '[.asked, .received, .missing, (.milestones | length)]' "$work/status.json")"

# ---- sent back, resubmitted; late

serve_at 2011-01-10T09:00:00Z
try shap --as partner return submit SH5.2/5/1 --status in-progress --note "out to tender" --format json
number=$(cell .record_id)
is "answered, nothing waits" "$(shap --as partner --quiet)" "Nothing waits for you."
try shap digest --organisation supporting-people-team
exits 0
is "and no letter is written" "$(cat "$work/out")" ""
err "Nobody owes anything"
try shap review send-back "$number" --comment "which tender?"
exits 0
is "sent back" "$(status --organisation supporting-people-team)" "2 1 0 1 0"
try shap --as partner
out "1 return was sent back" "SH5.2/5/1"
try shap digest --organisation supporting-people-team
out "Sent back: which tender?" "Said last: in progress, by supporting-people-team on 10"
serve_at 2011-01-17T09:00:00Z
try shap --as partner return submit SH5.2/5/1 --status in-progress --note "the first"
try shap --as home return submit SH4.3/2/1 --status in-progress --as-of 2010-12-31
is "late" "$(status)" "125 25 2 0 100"
try shap window status Q3 --organisation copeland --format json
is "the silent body and who answered" "$(cell '.milestones[] | select(.reference == "SH4.3/2/1") | "\(.state) \(.answered_by | join(","))"')" \
    "missing home-housing"
is "cycles that were let pass" "$(cell '[.milestones[] | select(.missed_cycles != []) | "\(.reference) \(.missed_cycles | join(" "))"] | join(", ")')" \
    "SH1.5/3/1 2010-10-31 2010-11-30, SH1.5/3/2 2010-10-31 2010-11-30"

try shap report reproduce "$published"
exits 0

# ---- shap window close, reopen, withdraw

try shap window close Q3
exits 0
err "Q3 is closed" "shap window status Q3" "shap report exceptions --as-at 2010-12-31"
try shap window close Q3
refused 7 "shap window reopen Q3"
try shap window reopen Q3
refused 2 --reason
try shap window reopen Q3 --reason "Copeland asked for a day more"
exits 0
err "Q3 is open again"
try shap window withdraw Q3 --reason "a rehearsal" --format json
is "withdrawn" "$(cell .withdrawn_on)" 2011-01-17
err "shap window open Q3"
is "no window is left" "$(shap --quiet window list --format json | jq length)" 0
is "known before it is there" "$(shap --quiet window list --known-at 2011-01-16 --format json | jq -r '.[].window')" Q3
is "without a window it is what is due and unanswered" "$(shap --as home --quiet outstanding --format json | jq length)" 0

# ---- one that is closed before its period has ended is reported as at a day that has come

try shap window open Q4 --due 2011-04-14
exits 0
try shap window close Q4
exits 0
err "Q4 is closed" "shap report exceptions --as-at 2011-01-17"
no_err 2011-03-31
try shap report exceptions --as-at 2011-01-17
exits 0
