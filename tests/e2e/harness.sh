# shellcheck shell=bash
# Sourced first by every test here: a private place, servers in it, assertions, and the tidying up.
#
# SHAP_BIN_DIR names the build (server/shapd and client/cli/shap in it). SHAP_E2E_TEMPLATE, where set, is a directory
# with the prepared `quarter`, to be copied instead of being played anew. Assertions are counted and the test goes on;
# it fails at its end when one failed, when a sanitizer spoke, or when a process was left running. Everything works as
# root (shapd becomes postgres then) and as anybody else.
set -Eeuo pipefail

: "${SHAP_BIN_DIR:?is to name the build directory}"
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$SHAP_BIN_DIR/client/cli:$SHAP_BIN_DIR/server:$PATH
python=/usr/bin/python3
work=$(mktemp -d /tmp/shap-e2e.XXXXXX)
chmod 755 "$work"
mkdir -m 1777 "$work/sanitizer"
mkdir "$work/home"
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(SHAP_|SHAPD_|PG)|_proxy$|_PROXY$|^(NO_COLOR|XDG_STATE_HOME)$' |
    grep -vxE 'SHAP_BIN_DIR|SHAP_E2E_TEMPLATE|SHAP_E2E_KEEP')
export HOME=$work/home XDG_CONFIG_HOME=$work/config LC_ALL=C.UTF-8 TZ=UTC
export SHAP_SERVER=unix:$work/data/shapd.sock SHAP_PLAN=copeland/2010-11
export ASAN_OPTIONS=log_path=$work/sanitizer/log UBSAN_OPTIONS=log_path=$work/sanitizer/log:print_stacktrace=1
export TSAN_OPTIONS=log_path=$work/sanitizer/log VALGRIND_OPTS=--log-file=$work/sanitizer/valgrind.%p
log=$work/shapd.log
n_asserted=0
n_failed=0
code=0

say() { :; }

# fail CAUSE CURE: the test cannot go on.
fail() {
    printf 'FAILED: %s %s\n' "$1" "${2:-}" >&2
    exit 1
}

# shellcheck source=tests/e2e/sample.sh
. tests/e2e/sample.sh

# ---- tidying up

# Processes that work in our directory, by their working directory, program line or environment.
processes_left() {
    local pid
    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}
        case $(readlink "/proc/$pid/cwd" 2> /dev/null) in "$work"*) echo "$pid"; continue ;; esac
        case $(tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline") in *"$work"*) echo "$pid" ;; esac
    done
}

# Servers that were stopped a moment ago get one to be gone; what is left then is named and killed.
await_no_processes() {
    local pid
    for _ in $(seq 50); do
        [ -n "$(processes_left)" ] || return 0
        sleep 0.1
    done
    for pid in $(processes_left); do
        echo "left running: $(tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | cut -c 1-100)" >&2
        kill -9 "$pid" 2> /dev/null || true
    done
    return 1
}

sanitizer_words='AddressSanitizer|ThreadSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:'

sanitizers_are_silent() {
    local files
    files=$(find "$work/sanitizer" -type f -size +0; grep -rlIE "$sanitizer_words" "$work" --include='*.log' --include='err*' || true)
    [ -n "$files" ] || return 0
    echo "a sanitizer spoke:" >&2
    # shellcheck disable=SC2086
    head -n 40 $files >&2
    return 1
}

finish() {
    local status=$?
    trap - EXIT ERR
    set +e
    declare -F before_end > /dev/null && before_end
    stop_server
    # shellcheck disable=SC2046
    if [ "$status" != 0 ]; then kill -TERM $(processes_left) 2> /dev/null; fi
    await_no_processes || status=1
    sanitizers_are_silent || status=1
    if [ "$status" = 0 ] && [ "$n_failed" != 0 ]; then status=1; fi
    if [ "$status" != 0 ] && [ "$status" != 77 ] && [ -s "$log" ]; then
        echo "the server's last lines:" >&2
        tail -n 15 "$log" >&2
    fi
    if [ -n "${SHAP_E2E_KEEP:-}" ]; then echo "kept: $work" >&2; else rm -rf "$work"; fi
    echo "$n_asserted assertions, $n_failed failed"
    exit "$status"
}
trap finish EXIT
trap 'echo "stopped at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT TERM HUP

# ---- servers

# serve [ARGUMENT...]: starts the server on the data of this test.
serve() { start_server "$log" --embedded "$work/data" "$@"; }

# serve_at MOMENT: stops it and starts it with the clock at MOMENT.
serve_at() {
    stop_server || true
    serve --clock "$1"
}

# The council with nobody but its administrator, signed in as "administrator".
found() {
    found_council "$work/init.log" "$work/data" "$work/administrator.token"
    serve "$@"
    shap --as administrator --quiet login --token-file "$work/administrator.token" > /dev/null
}

play_the_quarter() {
    found_council "$work/init.log" "$work/data" "$work/administrator.token"
    serve
    people_of_the_sample "$work/administrator.token"
    plan_of_the_sample
    returns_of_the_sample
    stop_server
}

# The sample as at the end of the quarter: data and profiles; the server is not started.
prepare_quarter() {
    if [ -e "${SHAP_E2E_TEMPLATE:-}/ready" ]; then
        cp -a "$SHAP_E2E_TEMPLATE/data" "$SHAP_E2E_TEMPLATE/config" "$SHAP_E2E_TEMPLATE/administrator.token" "$work/"
    else
        play_the_quarter
    fi
}

quarter() {
    prepare_quarter
    serve "$@"
}

# database ARGUMENT...: psql as the superuser of the embedded cluster.
database() {
    "$(find /usr/lib/postgresql/*/bin/psql | tail -n 1)" -XAtq -v ON_ERROR_STOP=1 -h "$work/data/socket" -U postgres -d shap "$@"
}

not() { ! "$@"; }

# await WHAT COMMAND...: until the command succeeds, for a minute.
await() {
    local waited
    for waited in $(seq 600); do
        "${@:2}" > /dev/null 2>&1 && return 0
        sleep 0.1
    done
    fail "waited $((waited / 10)) s for $1."
}

# A TCP port that was free a moment ago.
free_port() { $python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# The port of the server's n-th (default: first) address on TCP, from its log.
port_of_server() { grep -o ' listening address=.*:[0-9]*$' "$log" | grep -v unix: | sed -n "${1:-1}s/.*://p"; }

# ---- assertions; each is counted, prints what it saw when it fails, and lets the test go on

# try COMMAND...: runs it; its exit code is $code, what it wrote is in $work/out and $work/err.
try() {
    tried="$*"
    code=0
    "$@" > "$work/out" 2> "$work/err" || code=$?
}

not_ok() {
    n_failed=$((n_failed + 1))
    local at=1
    while [[ ${BASH_SOURCE[at]} == */harness.sh ]]; do at=$((at + 1)); done
    {
        echo "not ok: ${BASH_SOURCE[at]##*/}:${BASH_LINENO[at - 1]}: $1"
        if [ -n "${2:-}" ]; then
            echo "   after: ${tried:0:300}"
            cut -c 1-200 "$work/out" | sed -n '1,12s/^/   out: /p'
            cut -c 1-200 "$work/err" | sed -n '1,12s/^/   err: /p'
        fi
    } >&2
}

# is WHAT GOT WANTED
is() {
    n_asserted=$((n_asserted + 1))
    [ "$2" = "$3" ] || not_ok "$1 is \"$2\", not \"$3\""
}

# holds WHAT COMMAND...: the command succeeds.
holds() {
    n_asserted=$((n_asserted + 1))
    "${@:2}" > /dev/null 2>&1 || not_ok "$1"
}

# never WHAT COMMAND...: the command fails.
never() {
    n_asserted=$((n_asserted + 1))
    if "${@:2}" > /dev/null 2>&1; then not_ok "$1"; fi
}

exits() {
    n_asserted=$((n_asserted + 1))
    [ "$code" = "$1" ] || not_ok "exit code $code, not $1" seen
}

# out TEXT..., err TEXT...: each text stands in what was written there.
out() { in_file out "$@"; }
err() { in_file err "$@"; }
in_file() {
    local text
    for text in "${@:2}"; do
        n_asserted=$((n_asserted + 1))
        grep -qF -- "$text" "$work/$1" || not_ok "std$1 has no \"$text\"" seen
    done
}

no_out() { not_in_file out "$@"; }
no_err() { not_in_file err "$@"; }
not_in_file() {
    local text
    for text in "${@:2}"; do
        n_asserted=$((n_asserted + 1))
        if grep -qF -- "$text" "$work/$1"; then not_ok "std$1 has \"$text\"" seen; fi
    done
}

# refused CODE TEXT...: exit CODE, nothing on stdout, one message of shap on stderr with all the texts.
refused() {
    exits "$1"
    err "${@:2}"
    n_asserted=$((n_asserted + 2))
    [ ! -s "$work/out" ] || not_ok "a refused command wrote to stdout" seen
    [ "$(grep -cE '^shapd?: ' "$work/err")" = 1 ] || not_ok "not exactly one message on stderr" seen
}

same() {
    n_asserted=$((n_asserted + 1))
    cmp -s "$1" "$2" || not_ok "$1 and $2 differ: $(diff -a "$1" "$2" | head -n 6)"
}
