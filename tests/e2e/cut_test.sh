#!/usr/bin/env bash
# Returns whose answers are lost on the way count once when they are sent again: cut.py, against the real server.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

quarter --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0
try timeout 200 $python -B tests/e2e/cut.py "$(port_of_server)" "$work"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of cut.py" "$code" 0
holds "its sum" grep -qE '^[0-9]{2,} ways to lose an answer, 3 to lose a file.s, 0 problems$' "$work/out"
never "an error in the server's log" grep -q ' error ' "$log"
