#!/usr/bin/env bash
# Returns, reviews and new dates: each counts once, whatever breaks; each act has its counter-act; and what was known at
# a moment stays as it was.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

partner() { shap --as partner "$@"; }
officer() { shap --as officer "$@"; }
coordinator() { shap --as coordinator "$@"; }
# cell FILTER: of the JSON the last command printed.
cell() { jq -r "$1" "$work/out"; }
return_numbered() { coordinator --quiet return list "$1" --format json | jq -c ".[] | select(.record_id == $2)"; }
status_of() { coordinator --quiet milestone show "$1" --as-at 2010-12-31 --format json | jq -r '.milestone | "\(.milestone_class) \(.status) \(.claimed)"'; }
n_returns() { database -c 'select count(*) from shap."return"'; }
# hold_the_ledger NAME: another session holds the head of the ledger, which every act needs, until let_go.
hold_the_ledger() {
    mkfifo "$work/hold.$1"
    database -c 'begin; lock table shap.ledger_head in access exclusive mode' -f - < "$work/hold.$1" > /dev/null &
    holder=$!
    exec 9> "$work/hold.$1"
    await "the lock" database -c "do \$\$ begin assert exists (select from pg_locks where relation =
        'shap.ledger_head'::regclass and mode = 'AccessExclusiveLock' and granted); end \$\$"
}
await_waiting() {
    await "$1 calls to wait" database -c "do \$\$ begin assert (select count(*) from pg_locks where relation =
        'shap.ledger_head'::regclass and not granted) >= $1; end \$\$"
}
let_go() {
    exec 9>&-
    wait "$holder"
}

quarter

# ---- one return with everything, its receipt, and the same again

id=11111111-1111-4111-8111-111111111111
everything=(return submit sh5.2.5.1 --status in-progress --note "Tenders, \"three\" of them" --as-of 2010-12-20
    --new-date "March 2011" --reason "The panel moved" --evidence https://example.org/minutes --rating green --id "$id")
try partner "${everything[@]}" --format json
exits 0
cp "$work/out" "$work/receipt"
record=$(cell .record_id)
is "the receipt" "$(cell '"\(.return_id) \(.reference) \(.replayed)"')" "$id SH5.2/5/1 false"
holds "the receipt has its moment" test "$(date -d "$(cell .recorded_at)" +%s)" -ge "$(($(date +%s) - 60))"
holds "the receipt has the server's number" test "$record" -gt 0
err "On record as $record" "shap return withdraw $record"
is "what is on record" "$(return_numbered SH5.2/5/1 "$record" | jq -r '[.plan, .organisation, .by, .entered_for, .status,
    .as_of, .note, .new_date, .reason, .evidence, .rating, .return_id] | join("|")')" \
    "copeland/2010-11|supporting-people-team|Supporting People Officer|false|in_progress|2010-12-20|Tenders, \"three\" of them|March 2011|The panel moved|https://example.org/minutes|green|$id"
n=$(n_returns)
try partner "${everything[@]}" --format json
exits 0
err "on record already" "counts once"
same <(jq .replayed=false "$work/out") <(jq . "$work/receipt")
is "returns after the second time" "$(n_returns)" "$n"
for other in --status=complete --note=other --as-of=2010-12-19 --new-date="April 2011" --reason=other --evidence=other --rating=red; do
    name=${other%%=*}
    changed=()
    previous=
    for word in "${everything[@]}"; do
        if [ "$previous" = "$name" ]; then changed+=("${other#*=}"); else changed+=("$word"); fi
        previous=$word
    done
    try partner "${changed[@]}"
    refused 7 "$id is on record already, with other content"
done
try partner return submit SH5.2/6/1 --status in-progress --id $id
refused 7 "$id is on record already, with other content"
is "returns after the refusals" "$(n_returns)" "$n"
# An id belongs to one organisation: another may have made the same.
try officer return submit SH2.4/9/1 --status in-progress --as-of 2010-12-20 --id $id --format json
exits 0
is "the other organisation's is new" "$(cell .replayed)" false
holds "the two have two records" test "$(cell .record_id)" != "$record"
try partner return submit SH5.2/5/1 --status in-progress --id 7
refused 2 '"7" is not a UUID'

today=$(coordinator whoami --format json | jq -r .today)
tomorrow=$(date -d "$today + 1 day" +%F)
try partner return submit SH5.2/5/1 --status complete --as-of "$tomorrow"
refused 1 "$tomorrow is still to come" "not after $today"
try partner return submit SH5.2/5/1 --status in-progress --new-date "March 2011"
refused 1 "without a reason"
try partner return submit SH5.2/5/1 --format json --status in-progress
exits 0
is "the day where none is given" "$(return_numbered SH5.2/5/1 "$(cell .record_id)" | jq -r .as_of)" "$today"
try partner return withdraw "$(cell .record_id)" --reason "the day was meant to be another"
exits 0
# A later word corrects the earlier, which stays on record.
try partner return submit SH5.2/5/1 --status in-progress --as-of 2010-12-20 --corrects $id --note "four of them" --format json
exits 0
is "the correction names what it corrects" "$(return_numbered SH5.2/5/1 "$(cell .record_id)" | jq -r .corrects)" $id
try partner return submit SH5.2/5/1 --status in-progress --corrects 22222222-2222-4222-8222-222222222222
refused 6 "to correct"

# ---- the coordinator enters a return for a body: both names are kept

try coordinator return submit SH5.2/5/1 --organisation supporting-people-team --status in-progress --note "by telephone" \
    --as-of 2010-12-21 --format json
exits 0
is "both names" "$(return_numbered SH5.2/5/1 "$(cell .record_id)" | jq -r '"\(.organisation), \(.by), \(.entered_for)"')" \
    "supporting-people-team, Copeland Coordinator, true"
try coordinator return submit SH5.2/5/1 --organisation home-housing --status in-progress
refused 7 "SH5.2/5/1 is not shared with Home Housing" "shap milestone share"
try coordinator return submit SH5.2/5/1 --organisation nobody --status in-progress
refused 6 'there is no organisation "nobody"'

# ---- a file: every row is answered on its own, and the whole again counts once

cat > "$work/returns.csv" << 'CSV'
reference,status,as_of,note,new_date,reason
SH5.2/5/1,in progress,2010-12-22,"kept, one",,
SH9.9/1/1,in progress,2010-12-22,no such milestone,,
SH5.2/6/1,banana,2010-12-22,no such status,,
SH5.2/6/1,complete,2999-12-31,a day to come,,
SH1.2/2/2,complete,2010-12-22,not theirs,,
SH5.2/6/1,in progress,2010-12-22,no reason,March 2011,
SH5.2/5/1,not started,2010-12-23,kept too,,
CSV
n=$(n_returns)
for time in first second; do
    try partner return submit --file "$work/returns.csv" --format csv
    exits 3
    is "$time time: rows kept" "$(csv_column reference < "$work/out" | xargs)" "SH5.2/5/1 SH5.2/5/1"
    is "$time time: rows refused" "$(grep -c '^shap: .*returns.csv, line ' "$work/err")" 5
    err 'returns.csv, line 3, SH9.9/1/1: there is no milestone "SH9.9/1/1"' \
        'returns.csv, line 4, SH5.2/6/1: "banana" is not a status' \
        'returns.csv, line 5, SH5.2/6/1: as of: 2999-12-31 is still to come' \
        'returns.csv, line 6, SH1.2/2/2: there is no milestone "SH1.2/2/2"' \
        'returns.csv, line 7, SH5.2/6/1: a new date is asked for without a reason' "5 refused"
    is "$time time: returns on record" "$(n_returns)" "$((n + 2))"
    csv_column record_id < "$work/out" > "$work/numbers.$time"
done
err "2 of them already"
same "$work/numbers.first" "$work/numbers.second"
sed -n '1p; 4,5p' "$work/returns.csv" > "$work/none.csv"
try partner return submit --file "$work/none.csv"
exits 1
try partner return submit --file "$work/returns.csv" --status complete
refused 2 "--status does not go with --file"

# ---- the server, or the client, is killed in the middle of a file: sent again, each row counts once

# file_of DAY: 1500 rows, over the officer's milestones.
officer --quiet milestone list --format json | jq -r '.[].reference' > "$work/references"
file_of() {
    echo reference,status,as_of,note > "$work/$1.csv"
    awk -v day="$1" '{ r[NR] = $0 } END { for (i = 1; i <= 1500; i++) print r[i % NR + 1] ",in progress," day ",row " i }' \
        "$work/references" >> "$work/$1.csv"
}
on_record() { database -c "select count(*) || ' ' || count(distinct return_id) from shap.\"return\" where day = '$1'"; }
some_on_record() { [ "$(on_record "$1")" != "0 0" ]; }
is_partly() { database -c "do \$\$ begin assert (select count(*) from shap.\"return\" where day = '$1') between 1 and 1499; end \$\$"; }

file_of 2010-11-01
officer return submit --file "$work/2010-11-01.csv" > "$work/out" 2> "$work/err" &
client=$!
await "the first rows" some_on_record 2010-11-01
kill -STOP "$client"
kill -9 "$server"
wait "$server" 2> /dev/null || true
kill -CONT "$client"
code=0
wait "$client" || code=$?
tried="the file whose server was killed"
exits 8
err "got no answer" "wait in the outbox. To send them, so that each counts once: shap outbox resume"
serve
holds "the server died in the middle of the file" is_partly 2010-11-01
kept=$(database -c "select md5(string_agg(r::text, ',' order by record_id)) from shap.\"return\" r where day < '2010-12-31'
    and record_id <= (select max(record_id) from shap.\"return\")")
before=$(on_record 2010-11-01)
last=$(database -c 'select max(record_id) from shap."return"')
try officer return submit --file "$work/2010-11-01.csv"
exits 0
err "1500 on record (${before% *} of them already)"
is "rows on record, and ids" "$(on_record 2010-11-01)" "1500 1500"
is "what was on record is as it was" "$(database -c "select md5(string_agg(r::text, ',' order by record_id))
    from shap.\"return\" r where day < '2010-12-31' and record_id <= $last")" "$kept"

file_of 2010-11-02
officer return submit --file "$work/2010-11-02.csv" > /dev/null 2>&1 &
client=$!
await "the first rows" some_on_record 2010-11-02
kill -9 "$client"
wait "$client" 2> /dev/null || true
holds "the client died in the middle of the file" is_partly 2010-11-02
try officer return submit --file "$work/2010-11-02.csv"
exits 0
is "rows on record, and ids" "$(on_record 2010-11-02)" "1500 1500"

# ---- reviews: accept, send back, revoke

submit() { partner --quiet return submit "$@" --format csv | csv_column record_id; }
n=$(coordinator --quiet review list --format json | jq 'map(select(.reference == "SH5.2/5/1" and .as_of == "2010-12-28")) | length')
one=$(submit SH5.2/5/1 --status complete --as-of 2010-12-28)
waiting() { coordinator --quiet review list --format json | jq "[.[] | select(.record_id == $1)] | length"; }
is "it waits for a review" "$n $(waiting "$one")" "0 1"
is "complete, while only claimed" "$(status_of SH5.2/5/1)" "overdue in_progress true"
try coordinator review accept "$one" --day 2010-12-27
refused 1 "before the day of the return"
try coordinator review accept "$one" --day "$tomorrow"
refused 1 "$tomorrow is still to come"
try coordinator review accept "$one" 999999 --day 2010-12-29 --format json
exits 3
review=$(cell '.[0].record_id')
err "return 999999: there is no return with the record number 999999" "1 of 2 accepted"
is "complete, and accepted" "$(status_of SH5.2/5/1)" "complete complete false"
is "it waits no longer" "$(waiting "$one")" 0
try coordinator review send-back "$one" --comment "which report?"
exits 7
err "Copeland Coordinator accepted this return on 2010-12-29" "shap review revoke $review"
try coordinator review revoke "$review" --reason " "
refused 1 "a reason is needed"
try coordinator review revoke "$review"
refused 2 "--reason"
try coordinator review revoke "$review" --reason "accepted by mistake" --day 2010-12-30
exits 0
is "after the review was revoked" "$(status_of SH5.2/5/1) $(waiting "$one")" "overdue in_progress true 1"
try coordinator review revoke "$review" --reason "again"
refused 7 "was revoked by Copeland Coordinator on 2010-12-30"
try coordinator review send-back "$one"
refused 2 "--comment"
try coordinator review send-back "$one" --comment "which report?" --day 2010-12-30
exits 0
is "the sender sees why" "$(partner --quiet return list SH5.2/5/1 --format json |
    jq -r ".[] | select(.record_id == $one) | \"\\(.verdict): \\(.comment)\"")" "sent_back: which report?"
is "the history has each record" "$(coordinator --quiet milestone show SH5.2/5/1 --format json |
    jq -r "[.events[] | select(.record_id == $one or .of_record == $one or .of_record == $review) | .kind] | join(\" \")")" \
    "return review revocation review"
try partner return withdraw "$one" --reason "sent for another quarter" --day 2010-12-30
exits 0
try partner return withdraw "$one" --reason "again"
refused 7 "withdrawn by Supporting People Officer on 2010-12-30"
try coordinator review accept "$one"
exits 7
err "withdrawn by Supporting People Officer"

# ---- new dates: granted once, for a reason; the first of two wins

request=$(submit SH5.2/5/1 --status in-progress --as-of 2010-12-28 --new-date "June 2010" --reason "as it was")
is "it waits for a date" "$(coordinator --quiet review list --dates --format json | jq "[.[] | select(.record_id == $request)] | length")" 1
is "asking is not granting" "$(status_of SH5.2/5/1)" "overdue in_progress false"
try coordinator grant add --return "$request" --day 2010-12-27
refused 1 "before the day of the request"
try coordinator grant add --return "$request" --day "$tomorrow"
refused 1 "still to come"
try coordinator grant add --return "$request" --day 2010-12-29 --format json
exits 0
grant=$(cell .record_id)
is "the same date is a grant with slip 0" "$(cell '"\(.new_day) \(.extensions) \(.slip_months) \(.reason)"')" "2010-06-30 1 0 as it was"
is "it waits no longer" "$(coordinator --quiet review list --dates --format json | jq "[.[] | select(.record_id == $request)] | length")" 0
try coordinator grant add --return "$request"
refused 7 "Copeland Coordinator granted SH5.2/5/1" "(record $grant)" "shap grant revoke $grant"
try coordinator grant revoke "$grant" --reason "not decided after all" --day 2010-12-30 --format json
exits 0
is "the milestone has no new date" "$(coordinator --quiet milestone show SH5.2/5/1 --as-at 2010-12-31 --format json | jq -r .milestone.new_day)" null
try coordinator grant revoke "$grant" --reason "again"
refused 7 "was revoked by Copeland Coordinator on 2010-12-30"
is "it waits again" "$(coordinator --quiet review list --dates --format json | jq "[.[] | select(.record_id == $request)] | length")" 1
try coordinator grant add SH5.2/5/1 --new-date "March 2011"
refused 1 "for a reason"
try coordinator grant add SH5.2/5/1 --new-date "in spring" --reason x
refused 1 '"in spring" names no day' "--new-day"
try coordinator grant add SH5.2/5/1 --new-date "March to May 2011" --reason x --new-day 2999-01-01
exits 1
is "the seed's phrases" "$(coordinator --quiet milestone show SH3.3/2/1 --as-at 2010-12-31 --format json | jq -r '.milestone | "\(.new_when): \(.new_day)"')" \
    "Link to service plan 2011/12 sign off in March 2011: 2011-03-31"

invite second "Second Coordinator" copeland coordinator
hold_the_ledger grants
for profile in coordinator second; do
    {
        code=0
        shap --as $profile --quiet grant add --return "$request" --new-date "March 2011" --reason "$profile" --format json \
            > "$work/out.$profile" 2> "$work/err.$profile" || code=$?
        echo "$code" > "$work/code.$profile"
    } 9>&- &
    eval "pid_$profile=$!"
done
await_waiting 2
let_go
# shellcheck disable=SC2154
wait "$pid_coordinator" "$pid_second"
is "exit codes of two coordinators at once" "$(cat "$work"/code.{coordinator,second} | sort | xargs)" "0 7"
winner=coordinator loser=second
if [ "$(cat "$work/code.second")" = 0 ]; then winner=second loser=coordinator; fi
cp "$work/err.$loser" "$work/err"
tried="the second of two grants"
err "granted SH5.2/5/1 the new date \"March 2011\" (2011-03-31)" "(record $(jq .record_id "$work/out.$winner"))"
is "grants in force" "$(coordinator --quiet milestone show SH5.2/5/1 --format json | jq -r '.milestone | "\(.extensions) \(.slip_months) \(.new_day)"')" "1 9 2011-03-31"
try shap --as $loser grant add SH5.2/5/1 --new-date "April 2011" --reason "one more" --replaces "$(jq .record_id "$work/out.$winner")" --format json
exits 0
is "a further grant, seen and replaced" "$(cell '"\(.extensions) \(.slip_months) \(.new_day)"')" "2 10 2011-04-30"
try coordinator grant add SH5.2/5/1 --new-date "May 2011" --reason "late" --replaces "$(jq .record_id "$work/out.$winner")"
refused 7 'the new date "April 2011"'

# ---- what was known at a moment stays as it was, whatever is recorded after it

for format in table markdown csv json html; do
    coordinator --quiet report exceptions --as-at 2010-12-31 --known-at "$today" --format $format > "$work/known.$format"
done
coordinator --quiet milestone show SH5.2/6/1 --as-at 2010-12-31 --known-at "$today" --format json > "$work/known.milestone"
coordinator --quiet milestone list --as-at 2010-12-31 --known-at "$today" --format csv > "$work/known.list"
coordinator --quiet return list SH5.2/6/1 --known-at "$today" --format csv > "$work/known.returns"
serve_at "${tomorrow}T12:00:00Z"
undelivered=$(coordinator --quiet return list SH5.2/6/1 --format json | jq '.[] | select(.verdict == "accepted") | .record_id')
acceptance=$(coordinator --quiet milestone show SH5.2/6/1 --format json | jq ".events[] | select(.of_record == $undelivered and .kind == \"review\") | .record_id")
granted=$(coordinator --quiet milestone show SH1.2/2/2 --format json | jq '[.events[] | select(.kind == "grant") | .record_id] | last')
try coordinator review revoke "$acceptance" --reason "the county reconsiders" --day 2010-12-31
exits 0
try coordinator grant revoke "$granted" --reason "withdrawn by the panel" --day 2010-12-31
exits 0
try partner return withdraw "$undelivered" --reason "it will be" --day 2010-12-31
exits 0
try officer return submit SH2.4/9/1 --status in-progress --as-of 2010-12-30
exits 0
for format in table markdown csv json html; do
    coordinator --quiet report exceptions --as-at 2010-12-31 --known-at "$today" --format $format > "$work/later"
    same "$work/known.$format" "$work/later"
done
coordinator --quiet milestone show SH5.2/6/1 --as-at 2010-12-31 --known-at "$today" --format json > "$work/later"
same "$work/known.milestone" "$work/later"
coordinator --quiet milestone list --as-at 2010-12-31 --known-at "$today" --format csv > "$work/later"
same "$work/known.list" "$work/later"
coordinator --quiet return list SH5.2/6/1 --known-at "$today" --format csv > "$work/later"
same "$work/known.returns" "$work/later"
coordinator --quiet report exceptions --as-at 2010-12-31 --format json > "$work/now"
is "what the acts changed" "$(jq -r '.account.classes | map({(.milestone_class): .milestones}) | add |
    "\(.re_dated) re-dated, \(.will_not_be_delivered) not delivered"' "$work/known.json" "$work/now" | paste -sd ';')" \
    "21 re-dated, 1 not delivered;20 re-dated, 0 not delivered"
stop_server
