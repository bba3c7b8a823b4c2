#!/usr/bin/env bash
# A short run of tests/bench/scale: what is made has ledgers that hold, every report is measured over it, the same seed
# makes the same again, and nothing is left behind. What the times are is not judged here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

export TMPDIR
TMPDIR=$(mktemp -d /tmp/shap-scale-test.XXXXXX)
chmod 755 "$TMPDIR"
trap 'rm -rf "$TMPDIR"' EXIT

if refusal=$(./scale speed 2>&1); then fail 'it took "speed" for a report'; fi
[[ $refusal == *'there is no report speed; there are exceptions, '* ]] || fail "it refused with: $refusal"

printed=$(./scale --councils 4 --years 2 --runs 1)
printf '%s\n' "$printed"
[ "$(grep -c 'are as they were made;' <<< "$printed")" = 3 ] || fail 'a ledger was not looked through'
[[ $printed == *'4 councils, 2 years, seed 1: 1360 milestones, '* ]] || fail 'it did not make 170 milestones for each council and year'
[ "$(grep -cE ' (stretch|goal|no)  +[0-9]' <<< "$printed")" = 50 ] || fail 'a report was not measured'
[ -z "$(ls -A "$TMPDIR")" ] || fail "it left $(ls -A "$TMPDIR")"

# Its last year was made three times.
[ "$(grep -o "last year: .*" <<< "$printed" | sort | uniq -c | tr -s ' ' | cut -d ' ' -f 2)" = 3 ] || fail 'the same seed made something else'
