#!/usr/bin/env bash
# Every act has its counter-act: an adoption, the settlement of a doubt, a share and an entry of the register are taken
# back by a coordinator, with a reason; what was known the day before still shows the act, and both records stay.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
before=$(date -u -d '+1 day' +%F) # the acts below are recorded by then, the counter-acts two days later
field() { jq -r "$1" "$work/out"; }
sees() { shap --as "$1" --quiet milestone list --format json | jq -c '[.[].reference] | sort'; }
organisations_of() { shap --quiet milestone show "$@" --format json | jq -c '.milestone.organisations'; }
events_of() { shap --quiet milestone show "$@" --format json | jq -r '.events[] | [.kind, .summary, .text // ""] | join("|")'; }
doubt_of() { shap --quiet plan doubts --all --format json | jq -r ".[] | select(.subject == \"$1\") | .doubt_id"; }
entry_of() { shap --quiet register list --format json | jq -r ".[] | select(.code == \"$1\") | .record_id"; }
report() { shap --quiet report exceptions --as-at 2010-12-31 --format json "$@"; }

# again COMMAND...: the same again is a conflict that names who undid it and when.
again() {
    try shap "$@" --reason again
    refused 7 "by Copeland Coordinator on $today" "(record "
}

quarter
n_returns=$(shap --quiet return list --format json | jq length)
report > "$work/report"

# ---- what is done first: a milestone is shared, two doubts are settled, a code is entered wrongly

shap --quiet milestone share SH1.2/2/2 --organisation supporting-people-team --reason "they host it" > /dev/null
slip=$(doubt_of SHM)
prose=$(shap --quiet plan doubts --format json | jq -r '.[] | select(.reference == "SH2.3/1/1" and .kind == "prose_date") | .doubt_id')
shap --quiet doubt settle "$slip" --code HSM --reason "a slip" > /dev/null
shap --quiet doubt settle "$prose" --date 2010-11-30 --reason "minute 4" > /dev/null
shap --quiet register add KS "Supporting People Team" --kind organisation --organisation supporting-people-team > /dev/null
n_of_partner=$(sees partner | jq length)
holds "the wrong code gives the partner more than it asked for" test "$n_of_partner" -gt 3
sed '2s/ the / that /' $data/copeland-2010-11.csv > "$work/second.csv"
shap --quiet plan import "$work/second.csv" --council copeland --year 2010/11 > /dev/null
shap --quiet plan adopt --version 2 --note "the wrong file" > /dev/null
try shap plan versions --format json
is "versions adopted" "$(field '[.[].version, (.[] | .adopted_on != null)] | tostring')" '[1,2,true,true]'
first=$(field '.[0].adoption_record_id')
second=$(field '.[1].adoption_record_id')

# ---- three days later

serve_at "$(date -u -d '+3 days' +%FT12:00:00Z)"
today=$(date -u -d '+3 days' +%F)
tomorrow=$(date -u -d '+4 days' +%F)

for words in "plan revoke-adoption $second" "doubt reopen $slip" "register revoke $(entry_of KS)" \
    "milestone unshare SH1.2/2/2 --organisation supporting-people-team"; do
    # shellcheck disable=SC2086
    try shap $words
    refused 2 "--reason"
    # shellcheck disable=SC2086
    try shap $words --reason early --day "$tomorrow"
    refused 1 "day: $tomorrow is still to come"
    for role in officer partner administrator; do
        # shellcheck disable=SC2086
        try shap --as $role $words --reason mine
        refused 5 "your role may not do this"
    done
    # shellcheck disable=SC2046
    try shap $(sed -E 's/[0-9]+$/999999/; s|SH1.2/2/2|SH9.9/2/2|' <<< "$words") --reason nothing
    refused 6 "there is no"
    # shellcheck disable=SC2086,SC2046
    try shap $(cut -d ' ' -f 1,2 <<< "$words") --help
    exits 0
    out "--reason TEXT" "--day DAY" "Example"
done

# ---- an adoption: the one before it is in force again, then the plan is a draft, and is adopted anew

try shap plan revoke-adoption "$first" --reason early
refused 7 "version 2 was adopted after it" "shap plan revoke-adoption $second"
try shap plan revoke-adoption "$second" --reason "the wrong file" --format json
exits 0
is "the version's adoption" "$(field '[.version, .adopted_on, .revoked_on] | tostring')" "[2,null,\"$today\"]"
again plan revoke-adoption "$second"
is "in force" "$(shap --quiet plan show --format json | jq .version)" 1
is "in force as known before" "$(shap --quiet plan show --format json --known-at "$before" | jq .version)" 2
is "versions as known before" "$(shap --quiet plan versions --format json --known-at "$before" |
    jq -c '[.[] | [.version, .adopted_on != null, .revoked_on]]')" '[[1,true,null],[2,true,null]]'
try shap plan versions
out Adoption Revoked "$second" "$today"
try shap plan revoke-adoption "$first" --reason "not decided yet"
exits 0
try shap plan show
out "Strategic Housing Action Plan"
err "It is a draft"
never "the partner sees a draft" shap --as partner milestone show SH5.2/6/1
try shap --as officer return submit SH1.2/2/2 --status complete
exits 6
try shap report exceptions --as-at 2010-12-31
exits 0
try shap report exceptions --as-at "$today"
refused 7 "was not adopted as at $today"
report --known-at "$before" > "$work/report.known"
is "exceptions as known before" "$(jq -c '[.account.total, .adopted_on]' "$work/report.known")" \
    "$(jq -c '[.account.total, .adopted_on]' "$work/report")"
is "returns on record" "$(shap --quiet return list --format json | jq length)" "$n_returns"
shap --quiet plan adopt --version 1 --note "decided now" > /dev/null
is "in force once it is adopted anew" "$(shap --quiet plan show --format json | jq -c '[.version, .adopted_on]')" "[1,\"$today\"]"
is "what the partner sees then" "$(sees partner | jq length)" "$n_of_partner"

# ---- a share

try shap milestone unshare SH5.2/6/1 --organisation supporting-people-team --reason "not theirs"
refused 7 "WHO of SH5.2/6/1 names Supporting People Team"
try shap milestone unshare SH1.2/2/2 --organisation home-housing --reason "never was"
refused 6 "SH1.2/2/2 is not shared with Home Housing"
holds "the partner sees it" shap --as partner milestone show SH1.2/2/2
try shap milestone unshare SH1.2/2/2 --organisation supporting-people-team --reason "another building"
exits 0
err "Shared with them no more"
again milestone unshare SH1.2/2/2 --organisation supporting-people-team
try shap --as partner milestone show SH1.2/2/2
refused 6 "there is no milestone"
is "shared with" "$(organisations_of SH1.2/2/2)" '["copeland"]'
is "shared with, as known before" "$(organisations_of SH1.2/2/2 --known-at "$before" --as-at "$before")" \
    '["copeland","supporting-people-team"]'
events_of SH1.2/2/2 > "$work/out"
out "share|added|they host it" "revocation|the share is revoked|another building"

# ---- the settlement of a doubt: of an owner, of a date

try shap doubt reopen "$slip" --reason "the sheds' manager" --format json
exits 0
is "the doubt" "$(field '[.kind, .settled_on, .settlement, .reopened_on] | tostring')" "[\"probable_slip\",null,null,\"$today\"]"
again doubt reopen "$slip"
is "the milestone's owners" "$(shap --quiet milestone show SH4.3/3/1 --format json | jq -c .milestone.owners)" '[]'
is "the owners as known before" "$(shap --quiet milestone show SH4.3/3/1 --format json --known-at "$before" --as-at "$before" |
    jq -c .milestone.owners)" '["HSM"]'
is "the doubt as known before" "$(shap --quiet plan doubts --all --known-at "$before" --format json |
    jq -r ".[] | select(.doubt_id == $slip) | .settlement")" "means HSM: a slip"
try shap doubt reopen "$prose" --reason "minute 5 says otherwise"
exits 0
err "Reopened; both records stay"
is "the day it is due" "$(shap --quiet milestone show SH2.3/1/1 --format json | jq -c .milestone.last_day)" null
is "the day as known before" "$(shap --quiet milestone show SH2.3/1/1 --format json --known-at "$before" --as-at "$before" |
    jq -r .milestone.last_day)" 2010-11-30
events_of SH2.3/1/1 > "$work/out"
out "settlement|prose date: due 2010-11-30|minute 4" "revocation|the settlement is revoked|minute 5 says otherwise" \
    "revocation|the reading is revoked"
try shap plan doubts
out SHM
is "it is settled anew" "$(shap --quiet doubt settle "$slip" --code HRM --format json | jq -r .settlement)" "means HRM"
try shap doubt reopen "$(shap --quiet plan doubts --format json | jq '.[0].doubt_id')" --reason "too early"
refused 7 "nobody settled doubt"

# ---- an entry of the register

try shap register revoke "$(entry_of HRM)" --reason "wrong post"
refused 7 "doubt $slip was settled with HRM" "shap doubt reopen $slip"
wrong=$(entry_of KS)
try shap register revoke "$wrong" --reason "an officer, no team"
exits 0
again register revoke "$wrong"
is "the code now" "$(entry_of KS)" ""
is "the code as known before" "$(shap --quiet register list --known-at "$before" --format json |
    jq -r '.[] | select(.code == "KS") | .record_id')" "$wrong"
is "it is in doubt again" "$(shap --quiet plan doubts --format json | jq -r '.[] | select(.subject == "KS") | .kind')" undefined_code
is "what the partner sees" "$(sees partner)" '["SH5.2/5/1","SH5.2/6/1"]'
shap --quiet register add HSM "Somebody Else" --kind post > /dev/null
shap --quiet register revoke "$(entry_of HSM)" --reason "typed into the wrong row" > /dev/null
is "the entry before counts again" "$(shap --quiet register list --format json | jq -r '.[] | select(.code == "HSM") | .name')" \
    "Strategic Housing Services Manager"

# ---- the ledger: a link for each act, none for what was refused, nothing taken away

is "counter-acts without a link of their author's" "$(database -c "select count(*) from shap.counter_act u
    left join shap.link l on l.council_id = u.council_id and l.number = u.link and l.membership_id = u.membership_id
    where l.number is null")" 0
is "acts that were undone and are gone" "$(database -c "select count(*) from shap.counter_act u where u.kind = 'adoption'
    and not exists (select from shap.adoption a where a.record_id = u.of_record)")" 0
links=$(database -c "select max(number) from shap.link")
again register revoke "$wrong"
is "the ledger after a refusal" "$(database -c "select max(number) from shap.link")" "$links"
