#!/usr/bin/env bash
# Posts as an officer types them: who holds one, whose milestones are whose, and a post that changes hands.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

export SHAP_PROFILE=coordinator
cell() { jq -r "$1" "$work/out"; }
# all ARGUMENT...: a list in JSON.
all() { shap --quiet "$@" --format json; }
owned() { all milestone list | jq "[.[] | select(.owners | index(\"$1\"))] | length"; }
holders() { all post holders "$@" | jq -r '[.[] | "\(.code) \(.person // "-")"] | join(", ")'; }

prepare_quarter
serve --clock 2011-01-10T10:00:00Z
is "nobody holds a post yet" "$(holders)" "EO -, HPO -, HRM -, HSM -"
try shap milestone list --mine
refused 6 "you hold no post as at 2011-01-10" "shap post holders"
try shap post hold HSM
refused 2 --person
try shap post hold SHP --person "Jo Brown"
refused 1 "SHP is no post but a body"
try shap post hold NOPE --person "Jo Brown"
refused 6 'the register does not hold "NOPE"'
try shap --as officer post hold HSM --person "Jo Brown"
refused 5
try shap post hold HSM --person "Copeland Housing Officer" --from "1 Apr 2010" --format json
exits 0
err "Copeland Housing Officer holds HSM from 2010-04-01 on; the post's milestones are theirs." 'shap milestone list --holder "Copeland Housing Officer"'
first=$(cell .record_id)
try shap post hold hrm --person "Jo Brown" --from 2010-04-01 --until 2010-12-31
exits 0
err "a name without a membership here"
is "the officer's own milestones" "$(shap --as officer --quiet milestone list --mine --format json | jq length)" "$(owned HSM)"
holds "they are many" test "$(owned HSM)" -gt 30
is "Jo Brown's, while she held the post" "$(all milestone list --holder "jo brown" --as-at 2010-12-31 | jq length)" "$(owned HRM)"
try shap milestone list --holder "Jo Brown"
refused 6 '"Jo Brown" holds no post as at 2011-01-10'
try shap milestone show SH1.1/2/1 --as-at 2010-12-31
out "Held by" "HSM: Copeland Housing Officer; HRM: Jo Brown"

# ---- it changes hands

try shap post hold HSM --person "Copeland Coordinator" --from 2011-01-03 --replaces "$first" --format json
exits 0
is "the milestones follow" "$(all milestone list --mine | jq length)" "$(owned HSM)"
is "as at the day before, the earlier holder shows" "$(holders --as-at 2011-01-02)" "EO -, HPO -, HRM -, HSM Copeland Housing Officer"
is "from that day the new one" "$(holders --as-at 2011-01-03)" "EO -, HPO -, HRM -, HSM Copeland Coordinator"
try shap --as officer milestone list --mine
refused 6 "you hold no post"
try shap post revoke "$first" --reason again
refused 7 "was revoked by Copeland Coordinator on 2011-01-03"
try shap post revoke "$(all post holders | jq '.[] | select(.code == "HSM").record_id')" --reason "left" --format json
exits 0
err "Ended; both records stay"
is "then nobody holds it" "$(holders)" "EO -, HPO -, HRM -, HSM -"
try shap post holders --all --format csv
is "all that was said" "$(wc -l < "$work/out")" 4
