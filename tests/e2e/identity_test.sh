#!/usr/bin/env bash
# Who is who: invitations, tokens, profiles, and what each role sees and may do; another council sees nothing of it.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# code_for NAME ORGANISATION ROLE [ADMINISTRATOR]: a new person's invitation.
code_for() {
    shap --as "${4:-administrator}" --quiet person add "$1" --organisation "$2" --role "$3" --format csv
}
# login_with PROFILE CODE
login_with() { shap --as "$1" --quiet login <<< "$2"; }
token_of() { head -n 1 "$XDG_CONFIG_HOME/shap/tokens/$1" | tr -d '\n'; }
later() { date -u -d "$1 + $2" +%FT%TZ; }

quarter
holds "what the server was told is in its log" test -s "$log"

# ---- an invitation is good once, and for seven days

code_for "Sam Jones" home-housing contributor > "$work/invitation"
code=$(csv_column code < "$work/invitation")
expires=$(csv_column expires_at < "$work/invitation")
invitation=$code
is "days an invitation is valid" "$((($(date -d "$expires" +%s) - $(date +%s) + 60) / 86400))" 7
try login_with home-housing "  $invitation "
exits 0
out "Sam Jones" contributor home-housing
is "the mode of the token's file" "$(stat -c %a "$XDG_CONFIG_HOME/shap/tokens/home-housing")" 600
is "the mode of its directory" "$(stat -c %a "$XDG_CONFIG_HOME/shap/tokens")" 700
never "the answer was kept pending" test -e "$XDG_CONFIG_HOME/shap/tokens/home-housing.pending"
no_out "$(token_of home-housing)" "$invitation"
no_err "$(token_of home-housing)" "$invitation"
try login_with second "$invitation"
refused 4 "this invitation has been used" "new invitation"
try login_with second "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"
refused 4 "this invitation is not known" "Ask your council's administrator"
never "a refused invitation made a profile" test -e "$XDG_CONFIG_HOME/shap/tokens/second"
try shap --as second login < /dev/null
refused 2 "nothing was given"

replaced=$(code_for "Lee Brown" home-housing reader | csv_column code)
membership=$(shap --as administrator --quiet person list --format json | jq '.[] | select(.name == "Lee Brown").membership_id')
later_one=$(shap --as administrator --quiet person invite "$membership" --format csv | csv_column code)
try login_with lee "$replaced"
refused 4 "a later invitation has replaced this one"
try login_with lee "$later_one"
exits 0

code_for "In Time" home-housing reader > "$work/invitation"
in_time=$(csv_column code < "$work/invitation")
too_late=$(code_for "Too Late" home-housing reader | csv_column code)
expires=$(csv_column expires_at < "$work/invitation")
serve_at "$(later "$expires" "-100 seconds")"
try login_with in-time "$in_time"
exits 0
serve_at "$(later "$expires" "+1 second")"
try login_with too-late "$too_late"
refused 4 "this invitation has expired" "new invitation"

# ---- a token lives a year; wrong, expired, revoked or missing it is one message with its cure

valid_until=$(shap --as partner whoami --format json | jq -r .token_expires_at)
serve_at "$(later "$valid_until" "-100 seconds")"
try shap --as partner whoami
exits 0
serve_at "$(later "$valid_until" "+1 second")"
for words in whoami "milestone list" "return submit SH5.2/6/1 --status complete"; do
    # shellcheck disable=SC2086
    try shap --as partner $words
    refused 4 "this token has expired" "shap login"
done
stop_server
serve

(umask 077 && echo "shap_$(printf '%064d' 7)" > "$work/wrong.token" && : > "$work/empty.token" &&
    printf 'shap_\001\n' > "$work/broken.token")
try shap --token-file "$work/wrong.token" whoami
refused 4 "this token is not known here" "shap login"
try shap --token-file "$work/empty.token" milestone list
refused 4 "there is no token in $work/empty.token" "shap login"
try shap --token-file "$work/broken.token" milestone list
refused 4 "there is no token in $work/broken.token" "shap login"
try shap --token-file "$work/missing.token" milestone list
refused 4 "there is no token file $work/missing.token" "--token-file" "shap login"
try shap --as nobody milestone list
refused 4 'nobody is signed in as "nobody"' "shap login --as nobody"
try shap --as in-time logout
exits 0
never "a profile that signed out keeps its token" test -e "$XDG_CONFIG_HOME/shap/tokens/in-time"

cp "$XDG_CONFIG_HOME/shap/tokens/lee" "$work/lee.token"
try shap --as administrator token list --format json
exits 0
is "what a token's row tells" "$(jq -r '.[0] | keys | join(" ")' "$work/out")" \
    "created_at expires_at membership_id name revoked_at token_id used_on"
is "tokens that ended" "$(jq -r '[.[] | select(.revoked_at) | .name] | join(", ")' "$work/out")" "In Time"
number=$(jq '.[] | select(.name == "Lee Brown").token_id' "$work/out")
officers=$(jq '.[] | select(.name == "Copeland Housing Officer").token_id' "$work/out")
try shap --as lee token revoke "$officers"
refused 6 "there is no token $officers here"
try shap --as administrator token revoke "$number" --reason "left the organisation"
exits 0
try shap --as lee milestone list
refused 4 "this token has been revoked" "shap login"
try shap --as administrator token revoke "$number"
exits 0
try shap --as administrator token revoke 999999
refused 6 "there is no token 999999 here" "shap token list"
holds "another's token still works" shap --as officer whoami
# Two logins of one membership are two tokens: the one that ends leaves the other.
again=$(shap --as administrator --quiet token issue "$membership" --format csv | csv_column code)
login_with lee "$again" > /dev/null
holds "the person is in again" shap --as lee whoami
never "the revoked token is good again" shap --token-file "$work/lee.token" whoami

# ---- two memberships are two profiles

invite contributor "Kay Smith" home-housing contributor
shap --as administrator --quiet person add "Kay Smith" --organisation impact-housing-association --role reader \
    --email contributor@example.org --format csv | csv_column code | shap --as reader --quiet login > /dev/null
invite panel "Panel Member" copeland panel
who() { shap --as "$1" whoami --format json | jq -r '[.name, .role, .organisation] | join(" ")'; }
is "the first profile" "$(who contributor)" "Kay Smith contributor home-housing"
is "the second profile" "$(who reader)" "Kay Smith reader impact-housing-association"
is "people called Kay Smith" "$(database -c "select count(distinct person_id) from shap.membership m
    where m.id in ($(shap --as contributor whoami --format json | jq .membership_id),
                   $(shap --as reader whoami --format json | jq .membership_id))")" 1
never "the two have one token" cmp -s "$XDG_CONFIG_HOME/shap/tokens/contributor" "$XDG_CONFIG_HOME/shap/tokens/reader"
SHAP_PROFILE=reader try shap whoami --format csv
out impact-housing-association

# ---- each role may exactly this: every other call of it ends with 5

# The arguments name what is not there, so that a call that is permitted changes nothing: it ends with another code.
everybody="contributor reader panel coordinator"
while IFS='|' read -r may words; do
    for role in contributor reader panel coordinator administrator; do
        # shellcheck disable=SC2086
        try shap --quiet --as $role $words
        is "\"$words\" permitted to $role" "$([ "$code" = 5 ] && echo no || echo yes)" \
            "$(grep -qw $role <<< "$may" && echo yes || echo no)"
        if [ "$code" = 5 ]; then refused 5 "your role may not do this"; fi
    done
done << TABLE
$everybody administrator|whoami
$everybody administrator|org list
$everybody administrator|token revoke 999999
administrator|org add - -
administrator|person list
administrator|person add X --organisation nowhere --role reader
administrator|person invite 999999
administrator|token list
$everybody|register list
$everybody|plan list
$everybody|plan show
$everybody|objective list
$everybody|objective show SH9.9
$everybody|milestone list
$everybody|milestone show SH9.9/9/9
$everybody|return list
$everybody|review list
$everybody|report exceptions
reader panel coordinator|plan versions
reader panel coordinator|plan export
reader panel coordinator|plan export --original
reader panel coordinator|plan doubts
contributor coordinator|return submit SH9.9/9/9 --status complete
contributor coordinator|return withdraw 999999 --reason x
coordinator|register add X X --kind post --organisation nowhere
coordinator|plan import $data/copeland-2010-11.csv --council nowhere --year 2010/11
coordinator|plan adopt 1999-00
coordinator|plan describe 1999-00 --title x
coordinator|doubt settle 999999 --reason x
coordinator|milestone share SH9.9/9/9 --organisation home-housing
coordinator|review accept 999999
coordinator|review send-back 999999 --comment x
coordinator|review revoke 999999 --reason x
coordinator|grant add --return 999999
coordinator|grant revoke 999999 --reason x
TABLE

# ---- a contributor sees what their organisation owns or shares, and the headings it stands under

shap --as coordinator --quiet milestone list --format json > "$work/all"
sees() { shap --as "$1" --quiet milestone list --format json | jq -c '[.[].reference] | sort'; }
shared_with() { jq -c --arg o "$1" '[.[] | select(.organisations | index($o)) | .reference] | sort' "$work/all"; }
is "milestones in all" "$(jq length "$work/all")" 171
for role in reader panel; do is "what the $role sees" "$(sees $role)" "$(sees coordinator)"; done
is "what the partner sees" "$(sees partner)" '["SH5.2/5/1","SH5.2/6/1"]'
is "what the partner shares" "$(shared_with supporting-people-team)" "$(sees partner)"
is "what the officer sees" "$(sees officer)" "$(shared_with copeland)"
is "what the other partner sees" "$(sees contributor)" "$(shared_with home-housing)"
is "the partner's objectives" "$(shap --as partner --quiet objective list --format json | jq -c '[.[].code]')" '["SH5.2"]'
is "the partner's actions" "$(shap --as partner --quiet objective show SH5.2 --format json |
    jq -c '[.actions[] | [.reference, [.milestones[].reference]]]')" '[["SH5.2/5",["SH5.2/5/1"]],["SH5.2/6",["SH5.2/6/1"]]]'
try shap --as partner objective show SH5.2 --format json
out "Review the Current working arrangements with the home Improvement Agency" "Expressions of interest received"
no_out "Specification written" "SH5.2/3"
is "the partner's report is of theirs" "$(shap --as partner --quiet report exceptions --as-at 2010-12-31 --format json |
    jq -c '[.account.total, [.objectives[].actions[].milestones[].reference]]')" '[2,["SH5.2/6/1"]]'
is "the partner's returns" "$(shap --as partner --quiet return list --format json | jq -c '[.[].reference]')" '["SH5.2/6/1"]'
return_of_officer=$(shap --as coordinator --quiet return list SH1.2/2/2 --format csv | csv_column record_id)
for words in "milestone show SH1.2/2/2" "objective show SH1.2" "return withdraw $return_of_officer --reason x" \
    "return submit SH1.2/2/2 --status complete"; do
    # shellcheck disable=SC2086
    try shap --as partner $words
    refused 6 "there is no"
    cp "$work/err" "$work/err.hidden"
    # What is not theirs is refused in the words for what is not there.
    # shellcheck disable=SC2001,SC2046
    try shap --as partner $(sed "s|SH1.2/2/2|SH9.9/2/2|; s|SH1.2|SH9.9|; s|$return_of_officer|999999|" <<< "$words")
    same <(sed "s|SH1.2|SH9.9|g; s|$return_of_officer|999999|g" "$work/err.hidden") "$work/err"
done
try shap --as partner return list SH1.2/2/2
no_out SH1.2/2/2 Copeland
try shap --as partner return submit SH5.2/6/1 --status complete --organisation copeland
refused 5 "Copeland is entered by its own people, or by a coordinator"
shap --as coordinator --quiet milestone share SH1.2/2/2 --organisation supporting-people-team --reason "they host it" > /dev/null
is "what the partner sees once it is shared" "$(sees partner)" '["SH1.2/2/2","SH5.2/5/1","SH5.2/6/1"]'

# ---- another council sees nothing of the first, and the first nothing of it

stop_server
found_council "$work/second.log" "$work/data" "$work/allerdale.token" Allerdale
serve
shap --as allerdale --quiet login --token-file "$work/allerdale.token" > /dev/null
invite foreign "Foreign Coordinator" allerdale coordinator allerdale
invite guest "Guest Reader" supporting-people-team contributor allerdale
is "its people" "$(shap --as allerdale --quiet person list --format json | jq -c '[.[].name]')" \
    '["Allerdale Administrator","Foreign Coordinator","Guest Reader"]'
is "its tokens" "$(shap --as allerdale --quiet token list --format json | jq -c '[.[].name]')" \
    '["Allerdale Administrator","Foreign Coordinator","Guest Reader"]'
never "the first council's people are those of before" grep -q Allerdale <(shap --as administrator person list)
try shap --as allerdale token revoke "$officers"
refused 6 "there is no token $officers here"
try shap --as allerdale person invite "$membership"
refused 6 "there is no membership $membership here"
for words in "plan list" "register list"; do
    # shellcheck disable=SC2086
    is "\"$words\" of another council" "$(shap --as foreign --quiet $words --format json | jq length)" 0
done
for words in "plan show" "plan export" "plan doubts" "plan versions" "objective list" "objective show SH5.2" \
    "milestone list" "milestone show SH5.2/6/1" "return list" "review list" "report exceptions" \
    "return submit SH5.2/6/1 --status complete" "milestone share SH5.2/6/1 --organisation allerdale" \
    "return withdraw $return_of_officer --reason x" "review accept $return_of_officer" \
    "grant add --return $return_of_officer" "doubt settle 501 --reason x"; do
    for profile in foreign guest; do
        # shellcheck disable=SC2086
        try shap --as $profile $words
        if [ "$profile $code" = "guest 5" ]; then continue; fi
        refused 6 "there is no"
    done
done
# The same reference, code and plan name in two councils are two things.
shap --as foreign --quiet plan import $data/copeland-2010-11.csv --council allerdale --year 2010/11 > /dev/null
shap --as foreign --quiet plan adopt allerdale/2010-11 > /dev/null
is "the second council's plans" "$(shap --as foreign --quiet plan list --format json | jq -c '[.[].plan]')" '["allerdale/2010-11"]'
is "the first council's plans" "$(shap --as coordinator --quiet plan list --format json | jq -c '[.[].plan]')" '["copeland/2010-11"]'
try shap --as coordinator plan show allerdale/2010-11
refused 6 "there is no council"
is "returns of the second council" "$(shap --as foreign --quiet return list --plan allerdale/2010-11 --format json | jq length)" 0

# ---- a token and an invitation are nowhere but with their owner

mkfifo "$work/hold"
database -c 'begin; lock table shap.token in access exclusive mode' -f - < "$work/hold" > /dev/null &
holder=$!
exec 9> "$work/hold"
await "the lock" database -c "do \$\$ begin assert exists (select from pg_locks where relation =
    'shap.token'::regclass and mode = 'AccessExclusiveLock' and granted); end \$\$"
shap --as officer milestone list > /dev/null 9>&- &
caller=$!
await "the call" database -c "do \$\$ begin assert exists (select from pg_locks where relation =
    'shap.token'::regclass and not granted); end \$\$"
secrets=("$(token_of officer)" "$(token_of administrator)" "$(token_of foreign)")
cat /proc/"$caller"/{cmdline,environ} /proc/"$server"/{cmdline,environ} /proc/[0-9]*/cmdline > "$work/processes" 2> /dev/null || true
holds "the caller was looked at" grep -qaE 'shap.--as.officer.milestone.list' "$work/processes"
for secret in "${secrets[@]}"; do never "a token stands in /proc" grep -qaF -- "$secret" "$work/processes"; done
exec 9>&-
wait "$holder"
wait "$caller"
for secret in "${secrets[@]}"; do
    is "hashes of a token in the database" "$(database -c "select count(*) from shap.token
        where hash = '\\x$(printf %s "$secret" | sha256sum | cut -c 1-64)'")" 1
done
for file in "$log" "$work/init.log" "$work/second.log"; do [ ! -e "$file" ] || cat "$file"; done > "$work/told"
stop_server
holds "names are in the data directory" grep -rqaF "Foreign Coordinator" "$work/data"
for secret in "${secrets[@]}" "${secrets[0]#shap_}" "$invitation" "${invitation//-/}"; do
    never "a secret stands in the data directory" grep -rqaF -- "$secret" "$work/data"
    never "a secret stands in the log" grep -qF -- "$secret" "$work/told"
    never "a secret stands in the settings" grep -qF -- "$secret" "$XDG_CONFIG_HOME/shap/config"
done
