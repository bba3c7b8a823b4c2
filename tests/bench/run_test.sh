#!/usr/bin/env bash
# A short run of tests/bench/run: every figure is measured, none is void, and nothing is left behind. What the figures
# are is not judged here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() { printf 'FAIL: %s\n' "$*" >&2; exit 1; }

if refusal=$(./run speed 2>&1); then
    fail "it took \"speed\" for a figure"
fi
[[ $refusal == *'there is no figure speed; there are empty, '* ]] || fail "it refused with: $refusal"

printed=$(./run --rounds 1 --seconds 1 --rows 300000)
printf '%s\n' "$printed"
[[ $printed == *' fall short of the goal, 0 void' ]] || fail 'a figure is void'
n_figures=$(grep -cE ' (stretch|goal|no|-)  +' <<< "$printed") || true
[ "$n_figures" -ge 27 ] || fail "only $n_figures figures"
