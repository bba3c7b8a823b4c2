#!/usr/bin/env bash
# foreign_test.sh [CLIENT...]: clients made by others (grpcio, c++, ruby, grpc-js, buf) over a Unix socket, loopback and
# TLS: every case in foreign/cases.py, by every client, over every transport. Those from npm are installed first.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

[ $# -gt 0 ] || set -- grpcio c++ ruby
foreign=tests/e2e/foreign
modules=$SHAP_BIN_DIR/tests/e2e/foreign/npm
psql=$(find /usr/lib/postgresql/*/bin/psql | tail -n 1)
plain=
before_end() { if [ -n "$plain" ]; then kill -TERM "$plain" 2> /dev/null; wait "$plain"; fi; }

command_of() {
    case $1 in
        grpcio) jq -nc '$ARGS.positional' --args "$python" $foreign/grpcio_client.py ;;
        c++) jq -nc '$ARGS.positional' --args "$SHAP_BIN_DIR/tests/e2e/foreign/foreign_cpp" ;;
        ruby) jq -nc '$ARGS.positional' --args ruby $foreign/ruby_client.rb ;;
        grpc-js) jq -nc '$ARGS.positional' --args node $foreign/grpc_js_client.js ;;
        buf) jq -nc '$ARGS.positional' --args "$python" $foreign/buf_client.py ;;
        *) fail "There is no client \"$1\"." ;;
    esac
}

# What the lock file says, and no program of theirs is run meanwhile.
install_modules() {
    mkdir -p "$modules"
    cmp -s $foreign/package-lock.json "$modules/installed" && return
    cp $foreign/package.json $foreign/package-lock.json "$modules"
    timeout 300 npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund > "$work/npm.log" 2>&1 ||
        { tail -n 20 "$work/npm.log" >&2; fail "The packages of npm could not be installed."; }
    cp "$modules/package-lock.json" "$modules/installed"
}
case " $* " in *" grpc-js "* | *" buf "*) install_modules ;; esac

# ---- classes from the contract; the messages of health by themselves, for their directory is called like the library

classes=$work/classes
mkdir "$classes"
protoc -I proto --python_out="$classes" --ruby_out="$classes" proto/shap/v1/*.proto
protoc -I proto/grpc/health/v1 --python_out="$classes" --ruby_out="$classes" health.proto

# ---- two servers over one database: in plaintext on two addresses, and with TLS

openssl_quietly() { openssl "$@" 2> /dev/null; }
openssl_quietly req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" \
    -days 2 -subj "/CN=Test Authority"
openssl_quietly req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/server.key" -out "$work/server.csr" \
    -subj "/CN=localhost"
openssl_quietly x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -out "$work/server.pem" -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")

quarter --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0
plain=$server
server=
as_server=(--links 2 --stream-links 2)
if [ "$(id -u)" = 0 ]; then as_server+=(--user postgres); fi
start_server "$work/tls.log" --database "host=$work/data/socket dbname=shap user=shap_server" "${as_server[@]}" \
    --listen 127.0.0.1:0 --tls-cert "$work/server.pem" --tls-key "$work/server.key"
tls_port=$(grep -o ' listening address=.*:[0-9]*$' "$work/tls.log" | sed 's/.*://')

# session CLIENT KIND ADDRESS LOG: as JSON, with an invitation of its own.
session() {
    local code
    code=$(shap --as administrator --quiet person add "Foreign $1 $2" --organisation supporting-people-team \
        --role contributor --email "$1.$2@example.org" --format csv | csv_column code)
    jq -n --arg name "$1 $2" --arg kind "$2" --arg address "$3" --arg log "$4" --arg invitation "$code" \
        --arg coordinator "$(head -n 1 "$XDG_CONFIG_HOME/shap/tokens/coordinator")" --arg authority "$work/ca.pem" \
        --arg protos "$PWD/proto" --arg classes "$classes" --arg protoset "$SHAP_BIN_DIR/proto/gen/shap.protoset" \
        --arg modules "$modules/node_modules" --arg psql "$psql" --arg host "$work/data/socket" \
        '{($name): {$kind, $address, $log, $invitation, $coordinator, $authority, $protos, $classes, $protoset, $modules,
          psql: [$psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", $host, "-U", "postgres", "-d", "shap"]}}'
}
{
    for client in "$@"; do
        session "$client" unix "unix:$work/data/shapd.sock" "$log"
        session "$client" tcp "127.0.0.1:$(port_of_server)" "$log"
        session "$client" tls "localhost:$tls_port" "$work/tls.log"
    done
} | jq -s add > "$work/sessions.json"
for client in "$@"; do jq -n --arg client "$client" --argjson command "$(command_of "$client")" '{($client): $command}'; done |
    jq -s --slurpfile sessions "$work/sessions.json" '{clients: add, sessions: $sessions[0]}' > "$work/settings.json"

try timeout 400 $python -B $foreign/matrix.py "$work/settings.json"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of the matrix" "$code" 0
holds "the sum of the matrix" grep -q '^[0-9]* cells, 0 failed$' "$work/out"

# ---- neither server found anything wrong with itself

for file in "$log" "$work/tls.log"; do never "an error in ${file##*/}" grep -q ' error ' "$file"; done
server_tls=$server
code=0
stop_server || code=$?
is "the exit code of the server with TLS ($server_tls)" "$code" 0
server=$plain
plain=
code=0
stop_server || code=$?
is "the exit code of the server without" "$code" 0
