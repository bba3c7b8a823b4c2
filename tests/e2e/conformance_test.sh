#!/usr/bin/env bash
# Frame by frame: what shapd answers to every breach of RFC 9113, RFC 7541 and gRPC over HTTP/2 that a client can commit.
# Prints the matrix; the cases are in tests/conformance.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/server.key" -out "$work/server.pem" \
    -days 2 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" 2> /dev/null
serve --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 --tls-cert "$work/server.pem" --tls-key "$work/server.key" \
    --max-streams 16
try timeout 300 $python -B tests/conformance/http2.py "$work/data/shapd.sock" "$(port_of_server)" "$work/server.pem"
cat "$work/out"
[ "$code" = 0 ] || cat "$work/err" >&2
is "the exit code of the matrix" "$code" 0
holds "the sum of the matrix" grep -q '^[0-9]* cases, 0 failed$' "$work/out"
never "an error in the server's log" grep -q ' error ' "$log"
