#!/usr/bin/env bash
# Each kind of thing that shap and shapd do, once, in valgrind: a command there takes seconds, the end-to-end tests would
# take hours. Run by tests/analysis/run, which makes the programs that SHAP_BIN_DIR names.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/../e2e/harness.sh"

watcher=
before_end() { if [ -n "$watcher" ]; then kill -TERM "$watcher" 2> /dev/null; wait "$watcher"; fi; }

# does CODE COMMAND...
does() {
    try "${@:2}"
    exits "$1"
}

# ---- certificates of an authority

files=$work/authority
does 0 shapd cert init --dir "$files" --name localhost
does 0 shapd cert client --dir "$files" --organisation copeland
does 1 shapd cert client --dir "$files" --organisation copeland
if [ "$(id -u)" = 0 ]; then chown postgres "$files/server.key"; fi
quarter --listen "$SHAP_SERVER" --listen 127.0.0.1:0 --tls-cert "$files/server.crt" --tls-key "$files/server.key" \
    --client-ca "$files/ca.crt" --client-crl "$files/ca.crl" --handshake-seconds 120
address=localhost:$(port_of_server 1)

# ---- calls that are answered, and calls that are refused

does 0 shap --as partner milestone list
does 0 shap --as coordinator report exceptions --as-at 2010-12-31 --format html
does 0 shap --as coordinator report account --as-at 2010-12-31 --format csv
does 0 shap --as coordinator plan export
does 0 shap --as coordinator watch --once --since 2010-12-01
does 0 shap --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-31 --note "In valgrind."
does 3 shap --as officer return submit --file tests/data/copeland-2010-11-returns.csv
does 5 shap --as partner review accept 809
does 6 shap --as partner milestone show SH9.9/9/9
does 2 shap milestone lst
does 0 shap --as administrator audit verify
does 0 shap --as coordinator report publish exceptions --as-at 2010-12-31 --note "In valgrind."
does 0 shap help names
echo shap_no_such_token > "$work/wrong.token"
does 4 shap --as stranger login --token-file "$work/wrong.token"

# ---- TLS, with a client's certificate and without, and one that is revoked while the server runs

native=$SHAP_BIN_DIR/../check/client/cli/shap # in valgrind the other side of a handshake loses patience
over_tls() { does "$1" "$native" --as administrator --timeout 120 "${@:2}" --server "$address" --ca "$files/ca.crt"; }
as_copeland=(--client-cert "$files/client-copeland.crt" --client-key "$files/client-copeland.key")
over_tls 0 doctor
over_tls 0 whoami "${as_copeland[@]}"
does 0 shapd cert revoke --dir "$files" --reason superseded "$files/client-copeland.crt"
kill -HUP "$server"
await "the server to read its certificate again" grep -q ' reloaded ' "$log"
over_tls 8 whoami "${as_copeland[@]}"

# ---- a call that goes on: it is told, loses its links, and ends with the server

"$native" --as coordinator watch --cursor-file "$work/cursor" --format csv > "$work/watched" 2> /dev/null &
watcher=$!
await "the watch's first cursor" test -s "$work/cursor"
does 0 "$native" --as partner return submit SH5.2/6/1 --status in-progress --as-of 2010-12-31 --note "It is told."
await "what the watch is told" test -s "$work/watched"
database -c "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shap_server'" > /dev/null
await "the server to have links again" "$native" --as partner milestone show SH5.2/6/1
code=0
stop_server || code=$?
is "the server's exit code" "$code" 0
