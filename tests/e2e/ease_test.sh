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
printf '[%s]\nserver = localhost\n' xyz coordinator officer > "$work/profiles"
SHAP_CONFIG=$work/profiles try shap whoami --as xyz
refused 4 'nobody is signed in as "xyz"' "shap login --as xyz" \
    "or name another of the profiles here: --as coordinator, --as officer"

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

printf 'plan,author\n2010-11,B. Writer\n2010-11,C. Writer\n' > "$work/describe.csv"
try shap plan describe --file "$work/describe.csv"
exits 0
err "2 of 2 rows are on record" "shap plan show"
try shap plan show --format json
out "C. Writer"
printf 'code,day\nfigures,2010-12-01\nno-scheme,2010-12-02\n' > "$work/schemes.csv"
try shap scheme choose --file "$work/schemes.csv"
exits 3
err "1 of 2 rows" "schemes.csv, line 3"
printf 'report\naccount\nexceptions\n' > "$work/publish.csv"
try shap report publish --file "$work/publish.csv" --plan 2010-11 --as-at 2010-12-31 --format json
exits 0
is "published" "$(cell 'length')" 2

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

# ---- completion knows what the server knows

# words WANTED WORD...: what the last word can become.
words() { try shap completion words -- "${@:2}"; is "what ${*:2} becomes" "$(cut -f 1 "$work/out" | paste -sd ' ')" "$1"; }
words "SH1.2/1/1 SH1.2/1/2 SH1.2/1/3 SH1.2/1/4" --as coordinator milestone show sh1.2/1/
words "home-care home-housing" --as coordinator milestone share SH1.1/1/1 --organisation home
words "copeland/2010-11" --as coordinator plan show ""
words "post body organisation" register add KS "An officer" --kind ""
words "" --as nobody milestone show SH5
words "" --as coordinator milestone show SH5.2/6/1 SH
is "a word with what it is about" "$(shap completion words -- --as partner milestone show SH5.2/5 | cut -f 2)" "Tender advertised"
SHAP_SERVER=unix:/nonexistent words "" --as coordinator milestone show SH5
exits 0

# ---- shap answer: through a pipe, on a terminal, left and taken up again

export SHAP_PROFILE=coordinator
printf 'reference\nSH1.2/1/4\nSH1.2/3/5\nSH2.4/9/1\n' > "$work/shares.csv"
shap --quiet milestone share --file "$work/shares.csv" --organisation supp > /dev/null
export SHAP_PROFILE=partner
kept() { find "$work/home/.local/state/shap/answers" -type f 2> /dev/null; }
# answer LINE...: a session in which these lines are typed.
answer() {
    printf '%s\n' "$@" > "$work/typed"
    try shap answer --format csv < "$work/typed"
}
returns_on() { shap --quiet --as coordinator return list "$1" --organisation supp --format json | jq length; }

answer 2 "Two of four are done." "March 2011" "The panel moved." quit
exits 0
err "4 returns are owed." "1 of 4: SH1.2/1/4" "Action: " "Milestone: " "Who: " "When: " "Nothing has been said on it yet." \
    "2 of 4: SH1.2/3/5" "Nothing was sent. 1 of 4 is answered, and kept. To go on: shap answer"
is "nothing on stdout" "$(wc -c < "$work/out")" 0
is "nothing is sent" "$(returns_on SH1.2/1/4)" 0
is "the answers are for their owner's eyes" "$(kept | xargs stat -c %a)" 600
is "in the state directory, by whose they are" "$(kept | xargs basename)" partner-copeland-4.csv

# On a terminal, where the last lines are typed and the input ends: what is shown is plain.
printf '%s\n' complete "" "the minutes" skip | env TERM=xterm script -qec "shap answer" "$work/shown" > /dev/null
holds "it goes on where it was left" grep -q "1 is answered already, and kept" "$work/shown"
holds "the third of four" grep -q "3 of 4: SH2.4/9/1" "$work/shown"
never "a cursor is moved, or a colour set" grep -q $'\033' "$work/shown"
holds "the end of the input leaves" grep -q "Nothing was sent. 2 of 4 are answered, and kept." "$work/shown"

# Ctrl-C leaves, too. Long lines and lines that are no text are survived.
cat > "$work/interrupt.py" << 'PY'
import os, pty, subprocess, sys
terminal, end = pty.openpty()
child = subprocess.Popen(["setsid", "--ctty", "--wait", "shap", "answer"], stdin=end, stdout=end, stderr=end)
os.close(end)
shown = b""
while b"Status: " not in shown:
    shown += os.read(terminal, 4096)
os.write(terminal, b"\x03")
try:
    while piece := os.read(terminal, 4096):
        shown += piece
except OSError:
    pass
sys.stdout.write(shown.decode())
sys.exit(child.wait(60))
PY
try $python "$work/interrupt.py"
exits 130
out "Nothing was sent. 2 of 4 are answered, and kept. To go on: shap answer"
long=$(head -c 30000 /dev/zero | tr '\0' x)
answer 4 $'caf\xe9' "$long" "${long:0:20000}" quit
exits 0
err "That line is not text (UTF-8). Type it again." "That has 30000 characters; at most 20000 are kept." "3 of 4 are answered"
answer back "" - quit # the 20,000 letters are taken back
exits 0

# What was owed is answered by all, seen, and confirmed.
answer skip no
exits 0
err "Your answers:" "1. SH1.2/1/4: in progress" 'because: "The panel moved."' "2. SH1.2/3/5: complete" "Proof: the minutes" \
    "Not answered: SH5.2/5/1" "Send these 3 returns? yes or no: " "Nothing was sent. 3 of 4 are answered, and kept."
is "still nothing is sent" "$(returns_on SH1.2/1/4)" 0

# The line breaks between yes and the receipts: the answers stay, and are sent again under their ids.
answered=$(kept)
mkfifo "$work/lines"
shap answer --as-of "31 Dec 2010" --format csv < "$work/lines" > "$work/out" 2> "$work/err" &
session=$!
exec 7> "$work/lines"
echo skip >&7
await "the question" grep -q "Send these 3 returns?" "$work/err"
stop_server
echo yes >&7
exec 7>&-
code=0
wait "$session" || code=$?
exits 8
err "3 not answered for, and kept. To send them again, so that each counts once: shap answer"
cp "$answered" "$work/answered.csv"
is "marked as sent" "$(tail -n +2 "$answered" | cut -d , -f 6 | paste -sd ' ')" "yes yes yes"
serve
answer quit
exits 0
err "3 returns were on the way when the line broke; sent again, each counts once." "1 return is owed."
is "receipts" "$(csv_column reference < "$work/out" | paste -sd ' ')" "SH1.2/1/4 SH1.2/3/5 SH2.4/9/1"
is "they speak of the day that was named" "$(shap --as coordinator return list SH1.2/1/4 --format json 2> /dev/null | jq -r '.[].as_of')" 2010-12-31
is "what is on record is no draft" "$(kept)" ""
# The receipts were lost, not the returns.
cp "$work/answered.csv" "$answered"
answer quit
exits 0
is "known again" "$(csv_column replayed < "$work/out" | paste -sd ' ')" "true true true"
is "each counts once" "$(returns_on SH1.2/1/4) $(returns_on SH1.2/3/5) $(returns_on SH2.4/9/1)" "1 1 1"

# One is sent back: it comes again, with what the reviewer said. One is refused: it is kept.
sent=$(shap --as coordinator return list SH1.2/3/5 --format json 2> /dev/null | jq '.[0].record_id')
shap --as coordinator --quiet review send-back "$sent" --comment "Which minutes?" > /dev/null
answer 3 "Those of July." "minutes.pdf" 2 "" "" no
exits 0
err "2 returns are owed." 'Your return was sent back: "Which minutes?"' "Last said on 31 December 2010 by supporting-people-team: complete."
shap --as coordinator --quiet milestone unshare SH1.2/3/5 --organisation supp --reason "shared by mistake" > /dev/null
other=$(sed -n '2s|copeland/2010-11|copeland/2009-10|p' "$(kept)") # an answer to another plan, not shown here
echo "$other" >> "$(kept)"
answer yes
exits 0
err "SH1.2/3/5 is not asked for any more; your answer to it was not sent: \"Those of July.\"" "1 on record. Next: the coordinator reviews"
answer quit
exits 0
err "Nothing is owed. What you said is listed by: shap return list"
err "What you answered and was not asked for is kept in"
is "what was not shown is not sent" "$(tail -n +2 "$(kept)" | cut -d , -f 1,6)" "copeland/2009-10,"
rm "$(kept)"
# What the server refuses is told with the reason, kept, and can be mended.
shap --as coordinator --quiet milestone share SH3.3/3/1 --organisation supp > /dev/null
shap answer < "$work/lines" > "$work/out" 2> "$work/err" &
session=$!
exec 7> "$work/lines"
printf '%s\n' 3 "" "" >&7
await "the question" grep -q "Send this return?" "$work/err"
shap --as coordinator --quiet milestone unshare SH3.3/3/1 --organisation supp --reason "not theirs" > /dev/null
echo yes >&7
exec 7>&-
code=0
wait "$session" || code=$?
exits 1
err 'SH3.3/3/1: there is no milestone "SH3.3/3/1" for you' "1 refused, and kept. To mend them: shap answer"
is "it is no longer on its way" "$(tail -n +2 "$(kept)" | cut -d , -f 2,6)" "SH3.3/3/1,"
rm "$(kept)"
try shap answer --as-of "31 Dec 2099"
exits 0 # nothing is owed, whatever the day
echo nonsense > "$answered"
try shap answer
refused 1 "the answers kept here cannot be read" "Move $answered away to begin anew."
