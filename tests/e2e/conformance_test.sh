#!/usr/bin/env bash
# Frame by frame: what shapd answers to every breach of RFC 9113, RFC 7541 and gRPC over HTTP/2 that a client can commit.
# Prints the matrix; the cases are in tests/conformance.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/server.key" -out "$work/server.pem" \
    -days 2 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" 2> /dev/null
serve --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 --tls-cert "$work/server.pem" --tls-key "$work/server.key" \
    --max-streams 16
try timeout 300 $python -B tests/conformance/http2.py "$work/data/shapd.sock" "$(port_of_server)" "$work/server.pem" "$server"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of the matrix" "$code" 0
holds "the sum of the matrix" grep -q '^[0-9]* cases, 0 failed$' "$work/out"
never "an error in the server's log" grep -q ' error ' "$log"
code=0
wait "$server" || code=$?
is "the exit code of the server that was told to stop" "$code" 0

# ---- the limits, small enough to be met in seconds

serve --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 --handshake-seconds 1 --request-seconds 1 \
    --write-seconds 1 --idle-seconds 2 --age-seconds 4 --grace-seconds 1 --ping-seconds 5 --max-idle-frames 50 \
    --resets-per-second 2 --max-header-bytes 1024 --max-message 1024 --max-connections-per-address 3 \
    --connects-per-second 1 --idle-ping-seconds 5 --call-seconds 2 --stream-seconds 3 --links 1 --queue 1 --max-streams 16 \
    --compress-from 1000 --max-connections 40 --max-bytes-per-address 1048576 --drain-seconds 2
try timeout 120 $python -B tests/conformance/limits.py "$(command -v shapd)" "$work/data/shapd.sock" "$(grep -o ' listening address=127.*' "$log" |
    tail -n 1 | sed 's/.*://')" "$server"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of the limits" "$code" 0
holds "the sum of the limits" grep -q '^[0-9]* limits, 0 failed$' "$work/out"
code=0
wait "$server" || code=$?
is "the exit code of a server that was told to stop" "$code" 0
holds "the log says why a connection was ended" grep -q 'connection_failed .*too_many_pings' "$log"
holds "the log says who was refused" grep -q 'connections_refused .*too many .*connections from this address' "$log"
