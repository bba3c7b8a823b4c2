#!/usr/bin/env bash
# Server reflection as any gRPC tool uses it, with a client made by others (grpcio) that knows the contract by no other way.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

as_server=(--links 1 --stream-links 1)
if [ "$(id -u)" = 0 ]; then as_server+=(--user postgres); fi
database="host=$work/data/socket dbname=shap user=shap_server"
other=
before_end() { stop_other; }
stop_other() {
    if [ -n "$other" ]; then kill -TERM "$other" 2> /dev/null; wait "$other"; fi
    other=
}

# explore ADDRESS CASE...: prints a line for each case that holds, and fails at the first that does not.
explore() { try timeout 120 $python tests/e2e/reflection.py "$SHAP_BIN_DIR/proto/gen/shap.protoset" "$@"; }

# other_server ARGUMENT...: one more server on the same database, at $port.
other_server() {
    stop_other || true
    local embedded=$server
    start_server "$work/other.log" --database "$database" "${as_server[@]}" "$@"
    other=$server
    server=$embedded
    port=$(grep -o ' listening address=.*:[0-9]*$' "$work/other.log" | sed 's/.*://')
}

# ---- on a Unix socket: everything, by both names, without a token

serve
explore "$SHAP_SERVER" whole_contract calls_by_what_was_learned unknown_things many_requests long_conversation \
    clients_that_leave half_a_request
exits 0
out "7 cases held"
shapd --methods --database "$database" | awk 'NR > 1 { print $1 }' | sort > "$work/methods"
explore "$SHAP_SERVER" print_methods
exits 0
same "$work/out" "$work/methods"
holds "there are methods to compare" test -s "$work/methods"
SHAPD_PID=$server explore "$SHAP_SERVER" who_do_not_read
exits 0
cat "$work/out"
out "memory of the server: "

# ---- the switch, and what decides where nobody says

other_server --listen 127.0.0.1:0
explore "127.0.0.1:$port" is_on
exits 0
other_server --listen 127.0.0.1:0 --reflection off
explore "127.0.0.1:$port" is_off
exits 0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/server.key" -out "$work/server.pem" \
    -days 2 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" 2> /dev/null
with_tls=(--tls-cert "$work/server.pem" --tls-key "$work/server.key")
other_server --listen 127.0.0.1:0 --listen "unix:$work/data/other.sock" "${with_tls[@]}"
explore "localhost:$port" --authority "$work/server.pem" is_on
exits 0
other_server --listen "unix:$work/data/other.sock" --listen 0.0.0.0:0 "${with_tls[@]}"
explore "localhost:$port" --authority "$work/server.pem" is_off
exits 0
explore "unix:$work/data/other.sock" is_off
exits 0
other_server --listen 0.0.0.0:0 "${with_tls[@]}" --reflection on
explore "localhost:$port" --authority "$work/server.pem" is_on whole_contract
exits 0
try shapd --embedded "$work/data" --reflection perhaps
refused 2 "--reflection takes on or off, not \"perhaps\""

# ---- a conversation that stays open does not hold up the end of the server

stop_other
$python tests/e2e/reflection.py "$SHAP_BIN_DIR/proto/gen/shap.protoset" "$SHAP_SERVER" stays > "$work/stays" 2>&1 &
stays=$!
await "the conversation" grep -q open "$work/stays"
started=$SECONDS
code=0
stop_server || code=$?
is "the exit code of the server" "$code" 0
holds "the server ends within 20 s, not after the 30 of its drain" test $((SECONDS - started)) -lt 20
wait "$stays" || not_ok "the client that stayed: $(cat "$work/stays")"
is "what it was told" "$(tail -n 1 "$work/stays")" UNAVAILABLE
never "an error in the log" grep -hq ' error ' "$log" "$work/other.log"
