#!/usr/bin/env bash
# A client made by others (grpcio) over a Unix socket, loopback and TLS: every case in foreign.py over every transport.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

plain=
before_end() { if [ -n "$plain" ]; then kill -TERM "$plain" 2> /dev/null; wait "$plain"; fi; }

# ---- classes from the contract; the messages of health by themselves, for their directory is called like the library

classes=$work/classes
mkdir "$classes"
protoc -I proto --python_out="$classes" proto/shap/v1/*.proto
protoc -I proto/grpc/health/v1 --python_out="$classes" health.proto

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

# transport NAME ADDRESS LOG [AUTHORITY]: as JSON, with an invitation of its own.
transport() {
    local code
    code=$(shap --as administrator --quiet person add "Foreign $1" --organisation supporting-people-team \
        --role contributor --email "$1@example.org" --format csv | csv_column code)
    jq -n --arg address "$2" --arg log "$3" --arg invitation "$code" --arg authority "${4:-}" \
        --arg coordinator "$(cat "$XDG_CONFIG_HOME/shap/tokens/coordinator")" \
        '{($name): ({$address, $log, $invitation, $coordinator} + if $authority == "" then {} else {$authority} end)}' \
        --arg name "$1"
}
psql=$(find /usr/lib/postgresql/*/bin/psql | tail -n 1)
{
    transport unix "unix:$work/data/shapd.sock" "$log"
    transport tcp "127.0.0.1:$(port_of_server)" "$log"
    transport tls "localhost:$tls_port" "$work/tls.log" "$work/ca.pem"
} | jq -s --arg classes "$classes" --arg psql "$psql" --arg host "$work/data/socket" \
    '{$classes, transports: add, psql: [$psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", $host, "-U", "postgres", "-d", "shap"]}' \
    > "$work/settings.json"

try timeout 120 $python tests/e2e/foreign.py "$work/settings.json"
cat "$work/out"
exits 0
out "51 cells, 0 failed"
no_out FAILED

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
