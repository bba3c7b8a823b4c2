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

# ---- plaintext; PostgreSQL's processes are killed under its calls at the end

prepare_quarter
found_council "$work/barrow.log" "$work/data" "$work/barrow.token" Barrow
serve --connects-per-second 10000 --listen 127.0.0.1:0 --listen "$socket"

# ---- another council's coordinator guesses the numbers of our records

kept() { shap --as coordinator --quiet "$@" > /dev/null; }
invite panel "Petra Panel" copeland panel
kept window open Q3 --day 2010-12-13
kept window open Q2 --day 2010-09-13
kept window close Q2 --day 2010-10-30
kept cycle add half-year --months 6
kept meeting add --day 2010-09-15
kept milestone same SH3.3/5/1 SH3.4/2/1 --reason "HUSH, the same"
kept milestone after SH2.2/4/1 SH2.2/2/2 --reason "HUSH, an order"
shap --as panel --quiet signoff SH2.5/1/1 --meeting 2010-09-15 --without-evidence "HUSH, seen" > /dev/null
kept rating figure SH4.3/2/1 --actual 92 --target 98
kept rating override SH1.1/1/1 R --reason "HUSH, a rating"
kept scheme choose figures
kept post hold HSM --person "Copeland Housing Officer" --from 2010-04-01
kept report publish exceptions --as-at 2010-12-31 --note "HUSH, a note"
shap --as administrator-of-barrow --quiet login --token-file "$work/barrow.token" > /dev/null
invite stranger "Bob Barrow" barrow coordinator administrator-of-barrow
records_of_ours() { database -c "select count(*), max(number) from shap.link where council_id = 1"; }
before=$(records_of_ours)
try $python -B tests/e2e/guess.py "127.0.0.1:$(port_of_server)" "$XDG_CONFIG_HOME/shap/tokens/stranger" "$work" \
    "$(database -c "select min(record_id) from shap.\"window\"")" "$(($(database -c "select last_value from shap.record_id") + 1))"
exits 0
out " guesses at "
is "what our council recorded meanwhile" "$(records_of_ours)" "$before"

# ---- everything that may be sent

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

# ---- signals: PIPE is ignored; TERM drains, a second one stops at once, whatever is held open

kill -PIPE "$server"
holds "the server lives after SIGPIPE" shap --as coordinator whoami
hold_open "$work/open"
kill -TERM "$server"
await "the server to begin to stop" grep -q ' stopping signal=15 ' "$log"
holds "the server waits for the call in flight" kill -0 "$server"
kill -TERM "$server"
code=0
wait "$server" || code=$?
is "the exit code after a second signal" "$code" 0
rm "$work/open"
wait "$holder" || true

# ---- TLS

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null
chmod 644 "$work/key.pem"
serve --connects-per-second 10000 --listen 127.0.0.1:0 --listen "$socket" --tls-cert "$work/cert.pem" --tls-key "$work/key.pem"
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
