#!/usr/bin/env bash
# Somebody asks to have what they wrote erased: it is found, shown where it stands, erased when that is said, and on record;
# the ledger holds, and published reports keep what they have.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=administrator
cell() { jq -r "$1" "$work/out"; }
quiet() { shap --quiet "$@"; }

quarter
invite sam "Sam Support" supporting-people-team contributor
today=$(quiet whoami --format json | jq -r .today)
record=$(quiet --as sam return submit SH5.2/6/1 --status in-progress --note "Mrs Hill is ill." --format json | jq .record_id)
quiet --as coordinator report publish history --with reference=SH5.2/6/1 --format json > "$work/published"
publication=$(jq .publication_id "$work/published")
kept=$(quiet audit digest --format json | jq -r .digest)
last_note() { quiet --as coordinator milestone show SH5.2/6/1 --format json | jq -r '[.events[] | select(.kind == "return")][-1].text'; }

# ---- found: where, not what

try shap text list --containing "mrs hill" --format json
exits 0
is "where it stands" "$(cell '.[] | "\(.kind) \(.record) \(.field) \(.reference) \(.by) \(.characters) \(.publications)"')" \
    "return $record note SH5.2/6/1 Sam Support 16 [$publication]"
no_out "Hill"
try shap text list
exits 1
err "which texts?"
try shap text list --containing "nobody at all"
exits 0
err "No personal text is there"
try shap --as coordinator text list "$record"
exits 5

# ---- asked before it is done

try shap text erase "$record" --reason "Asked by the writer."
exits 0
out "SH5.2/6/1" "$publication"
no_out "Hill"
err "no other act brings it back" "published reports contain some of it" "Nothing is erased." "--yes"
is "it is there" "$(last_note)" "Mrs Hill is ill."
try shap text erase "$record"
exits 2
try shap text erase 1 --reason "Nothing." --yes
exits 6
on_terminal() { printf '%s\n' "$1" | env TERM=xterm script -qec "shap text erase $record --reason Asked." "$work/shown" > /dev/null; }
on_terminal no
grep -q 'Nothing is erased' "$work/shown" || fail "It does not say that nothing is erased." ""
is "it is there still" "$(last_note)" "Mrs Hill is ill."
on_terminal erase
grep -q 'Erased: 1 text' "$work/shown" || fail "It does not say that it is erased." ""
grep -q "1 publication still contains some of it, first $publication" "$work/shown" || fail "It does not name the publication." ""
is "it is gone" "$(last_note)" "[erased on $today]"
is "from the database, too" "$(database -At -c "select count(*) from shap.personal_text where body ~ 'Hill'")" 0
try shap text erase "$record" --reason "Again." --yes
exits 6
err "there is no such text that is not erased"

# ---- what stays

try shap text erased --format json
exits 0
is "on record" "$(cell '.[] | "\(.by) \(.reason) \(.stood_in[0]) \(.publications[0]) \(.day)"')" \
    "Copeland Administrator Asked. return $record: note $publication $today"
no_out "Hill"
try shap audit verify --digest "$kept"
exits 0
try shap --as coordinator report published "$publication"
exits 0
out "Mrs Hill is ill."
try shap --as coordinator report reproduce "$publication"
exits 0
err "The same, but for personal text that was erased since (1)"
try shap --as coordinator report verify
exits 0

# ---- a name, when nobody can sign in by it

membership=$(quiet person list --format json | jq '.[] | select(.name == "Sam Support") | .membership_id')
try shap text erase --person "$membership" --reason "Left, and asked." --yes
exits 7
err "can still sign in" "shap token revoke"
quiet --as sam logout > "$work/ended"
try shap text erase --person "$membership" --reason "Left, and asked." --yes --format json
exits 0
is "name and address" "$(cell '"\(.council) \(.texts) \(.places) \(.reason)"')" "copeland 2 2 Left, and asked."
is "nobody is called so" "$(quiet person list --format json | jq -r ".[] | select(.membership_id == $membership) | .name")" "[erased on $today]"
try shap --as coordinator milestone show SH5.2/6/1
exits 0
out "[erased on $today]"
no_out "Sam Support"
try shap audit verify --digest "$kept"
exits 0
