#!/usr/bin/env bash
# Each kind of thing that shap and shapd do, once, in valgrind: a command there takes seconds, the end-to-end tests would
# take hours. Run by tests/analysis/run, which makes the programs that SHAP_BIN_DIR names.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/../e2e/harness.sh"

# does CODE COMMAND...
does() {
    try "${@:2}"
    exits "$1"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" \
    -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> /dev/null
chmod 644 "$work/key.pem"
port=$(free_port)
quarter --listen "$SHAP_SERVER" --listen "127.0.0.1:$port" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem" \
    --handshake-seconds 120

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
does 0 shap --as partner --timeout 120 doctor --server "localhost:$port" --ca "$work/cert.pem"
does 0 shap help names
does 0 shapd cert init --dir "$work/authority" --name localhost
kill -HUP "$server"
await "the server to read its certificate again" grep -q ' certificate-' "$log"
code=0
stop_server || code=$?
is "the server's exit code" "$code" 0
