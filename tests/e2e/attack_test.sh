#!/usr/bin/env bash
# shapd under attack: bytes, frames and requests that are wrong by chance (the same chance each time) or by intent, in
# plaintext and TLS. It must live on, answer honest calls, hold no more descriptors than before, and stop when told.
# SHAP_ATTACK_ROUNDS repeats what is left to chance; SHAP_ATTACK_SEED chooses another chance.
rounds=${SHAP_ATTACK_ROUNDS:-3}
seed=${SHAP_ATTACK_SEED:-2010}
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

socket=unix:$work/data/shapd.sock

# attack WHAT ADDRESS [AUTHORITY]: with the coordinator's rights, who may change most.
attack() {
    try $python -B tests/e2e/attack.py "$2" "$server" "$XDG_CONFIG_HOME/shap/tokens/coordinator" "$work" "$seed" \
        "$rounds" "${@:3}"
    exits 0
    out "survived"
    sed "s/^/$1: /" "$work/out"
    holds "an honest client is served after the attack in $1" shap --as coordinator milestone list
    never "the server met something it had not foreseen" grep -E ' (failure|bad-answer|bad-ordinal|stopping) ' "$log"
}

# hold_open FILE: a connection with a call that does not end, until the file is removed.
hold_open() {
    touch "$1"
    $python -B - "$1" "127.0.0.1:$(port_of_server)" > "$1.held" << 'TEXT' &
import os, sys, time
sys.path.insert(0, "tests/e2e")
from attack_wire import Connection, Target, head
with Connection(Target(sys.argv[2])) as held:
    held.open(head("/shap.v1.Directory/WhoAmI"), ends=False)
    held.receive()
    print("held", flush=True)
    while os.path.exists(sys.argv[1]):
        time.sleep(0.02)
TEXT
    holder=$!
    await "the connection that is held" grep -q held "$1.held"
}

# ---- plaintext; then PostgreSQL's processes are killed under its calls

quarter --listen 127.0.0.1:0 --listen "$socket"
attack plaintext "127.0.0.1:$(port_of_server)"

n_lost=$(grep -c ' database-lost ' "$log" || true)
try shap --as coordinator milestone list
exits 0
cp "$work/out" "$work/whole"
for _ in 1 2 3; do
    callers=()
    for n in 1 2 3 4; do
        shap --as coordinator milestone list > "$work/call.$n" 2>&1 &
        callers+=($!)
    done
    database -c "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shap_server'" > /dev/null
    for caller in "${callers[@]}"; do wait "$caller" || true; done
    await "the links to come back" shap --as coordinator milestone list
done
is "the server says that it lost its database" "$(($(grep -c ' database-lost ' "$log") > n_lost))" 1
try shap --as coordinator milestone list
exits 0
same "$work/out" "$work/whole"

# ---- signals: PIPE is ignored; HUP drains, a second one stops at once, whatever is held open

kill -PIPE "$server"
holds "the server lives after SIGPIPE" shap --as coordinator whoami
hold_open "$work/open"
kill -HUP "$server"
await "the server to begin to stop" grep -q ' stopping signal=1 ' "$log"
holds "the server waits for the call in flight" kill -0 "$server"
kill -HUP "$server"
code=0
wait "$server" || code=$?
is "the exit code after a second signal" "$code" 0
rm "$work/open"
wait "$holder" || true

# ---- TLS

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
chmod 644 "$work/key.pem"
serve --listen 127.0.0.1:0 --listen "$socket" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem"
port=$(port_of_server)
attack TLS "127.0.0.1:$port" "$work/cert.pem"

# s_client OPTION...: what is agreed on with the server.
s_client() { openssl s_client -connect "127.0.0.1:$port" -CAfile "$work/cert.pem" -verify_return_error "$@" < /dev/null; }
try s_client -alpn h2
exits 0
out "New, TLSv1.3" "ALPN protocol: h2"
for arguments in "-tls1_2 -alpn h2" "-alpn http/1.1"; do
    # shellcheck disable=SC2086
    try s_client $arguments
    never "openssl s_client $arguments was served" test "$code" = 0
done
try nghttp -vn -H ":method: POST" "http://127.0.0.1:$port/"
no_out ":status: 200"
code=0
stop_server || code=$?
is "the exit code after SIGTERM" "$code" 0
