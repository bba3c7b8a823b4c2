#!/usr/bin/env bash
# A short run of tests/bench/rights: it says that definers and invokers answered alike, prints a whole table, and leaves
# nothing behind. What the figures are is not judged here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/shap-bench.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
chmod 755 "$TMPDIR"

if refusal=$(./rights --seconds soon 2>&1); then
    fail "it took \"soon\" for a number of seconds"
fi
[[ $refusal == *'"--seconds soon" is not understood. Usage: '* ]] || fail "it refused with: $refusal"

printed=$(./rights --seconds 1 --rounds 1)
printf '%s\n' "$printed"
[[ $printed == '8 answers are the same from definers and from invokers.'* ]] || fail 'the answers were not compared'
[[ $printed == *' returns were submitted to either, and recorded.'* ]] || fail 'the returns were not compared'
for call in get_milestone list_milestones submit_return; do
    for side in A B C D; do
        row=$(awk -v call="$call" -v side="$side" '$1 == call && $2 == side' <<<"$printed")
        awk 'NF > 7 && $(NF - 3) > 0 && $(NF - 2) > 0 && $(NF - 1) ~ /^[0-9]+-[0-9]+$/ && $NF > 0 { n++ }
             END { exit n != 1 }' <<<"$row" || fail "side $side of $call has the row \"$row\""
        [ "$side" != A ] || [[ $row == *' 1.00' ]] || fail "side A of $call is not the measure: \"$row\""
    done
done
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls -A "$TMPDIR")"
