#!/usr/bin/env bash
# TLS from end to end: whom shap trusts, whom shapd answers, and what both say when it is not to be.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

# authority NAME: a certificate authority of its own.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" \
        -days 30 -subj "/CN=$1" 2> /dev/null
}
# issue FILE NAMES DAYS: a server's certificate, by the authority "council".
issue() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" \
        -subj "/CN=$1" -addext "subjectAltName=$2" 2> /dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/council.pem" -CAkey "$work/council.key" -CAcreateserial \
        -out "$work/$1.pem" -days "$3" -copy_extensions copy 2> /dev/null
}
authority council
authority stranger
issue server DNS:localhost,IP:127.0.0.1 30
issue other DNS:other.example 30
issue expired DNS:localhost -1
readable() { if [ "$(id -u)" = 0 ]; then chmod 644 "$@"; else chmod 600 "$@"; fi; } # shapd leaves root
readable "$work"/*.key
with() { echo --tls-cert "$work/$1.pem" --tls-key "$work/$1.key"; }
whoami_at() { try shap --as administrator --quiet whoami --server "$1" "${@:2}"; }
trusting=(--ca "$work/council.pem")

# ---- what shapd refuses to start with; each names the file and what to do

found
stop_server
refuses_to_start() { try timeout 60 shapd --embedded "$work/data" --listen 127.0.0.1:0 "$@"; }
echo nothing > "$work/junk.pem"
cp "$work/server.key" "$work/closed.key"
refuses_to_start --listen 0.0.0.0:0
refused 1 "refusing plaintext on 0.0.0.0:0" "certificate and key" "127.0.0.1 or a Unix socket"
refuses_to_start --listen '[::]:0'
refused 1 "refusing plaintext on [::]:0"
refuses_to_start --tls-cert "$work/server.pem"
refused 2 "--tls-cert and --tls-key go together"
refuses_to_start --tls-key "$work/server.key"
refused 2 "--tls-cert and --tls-key go together"
refuses_to_start --tls-cert "$work/missing.pem" --tls-key "$work/server.key"
refused 1 "cannot read the certificate $work/missing.pem" "No such file"
refuses_to_start --tls-cert "$work/server.pem" --tls-key "$work/missing.key"
refused 1 "cannot read the private key $work/missing.key" "No such file"
refuses_to_start --tls-cert "$work/server.pem" --tls-key "$work/other.key"
refused 1 "$work/other.key holds no usable private key for $work/server.pem" "belong to the certificate"
refuses_to_start --tls-cert "$work/junk.pem" --tls-key "$work/server.key"
refused 1 "$work/junk.pem holds no usable certificate" "must be PEM"
refuses_to_start --tls-cert "$work/server.pem" --tls-key "$work/junk.pem"
refused 1 "$work/junk.pem holds no usable private key" "must be PEM"
chmod 000 "$work/closed.key"
if [ "$(id -u)" != 0 ]; then
    refuses_to_start --tls-cert "$work/server.pem" --tls-key "$work/closed.key"
    refused 1 "cannot read the private key $work/closed.key" "Permission denied"
fi
never "a refused server listens" grep -q ' listening ' "$work/err"

# ---- on loopback and on every address, to a client that trusts its authority

# shellcheck disable=SC2046
serve --listen 127.0.0.1:0 --listen 0.0.0.0:0 $(with server)
loopback=$(port_of_server 1)
everywhere=$(port_of_server 2)
for address in "localhost:$loopback" "127.0.0.1:$loopback" "https://localhost:$loopback" "localhost:$everywhere"; do
    whoami_at "$address" "${trusting[@]}"
    exits 0
    out "Copeland Administrator"
done
SHAP_CA=$work/council.pem whoami_at "localhost:$loopback"
exits 0
SHAP_SERVER=localhost:$loopback try shap --quiet --as tls login --token-file "$work/administrator.token" "${trusting[@]}"
exits 0
# The profile remembers the server and its authority.
SHAP_SERVER='' try shap --as tls whoami
exits 0
out "Copeland Administrator"
try shap --as tls doctor --server "localhost:$loopback"
exits 0
out "TLS 1.3; certificate of CN = server" "ok    token"
try shap --as administrator whoami --server "localhost:$loopback" --ca "$work/council.pem" --format json
exits 0

# ---- whom shap does not trust: one message with the cure

for ca in "" stranger; do
    # shellcheck disable=SC2086
    whoami_at "localhost:$loopback" ${ca:+--ca "$work/$ca.pem"}
    refused 8 "no trusted TLS 1.3 connection to localhost port $loopback" "issuer" "--ca FILE"
done
whoami_at "127.0.0.2:$everywhere" "${trusting[@]}"
refused 8 "no trusted TLS 1.3 connection to 127.0.0.2" "no alternative certificate subject name" "for another name"
whoami_at "localhost:$loopback" --ca "$work/missing.pem"
refused 2 "$work/missing.pem"
whoami_at "localhost:$loopback" --ca "$work/junk.pem"
refused 8 "$work/junk.pem"
holds "the log names the refusal" grep -q 'connection_failed peer=127.0.0.1:.*reason="TLS: .*unknown ca"' "$log"

# ---- whom shapd does not answer

# handshake ARGUMENT...: what openssl's client says of it; -ign_eof waits for the server's word.
handshake() { timeout 20 openssl s_client -connect "127.0.0.1:$loopback" -CAfile "$work/council.pem" "$@" < /dev/null > "$work/out" 2> "$work/err" || true; }
handshake -alpn h2
out "ALPN protocol: h2" "TLSv1.3" "Verify return code: 0 (ok)"
refusals() { grep -c "connection_failed .*reason=\"TLS: $1\"" "$log" || true; }
# is_refused REASON ARGUMENT...
is_refused() {
    local before
    before=$(refusals "$1")
    handshake "${@:2}"
    await "the refusal" test "$(refusals "$1")" -gt "$before"
    no_out "ALPN protocol: h2"
}
is_refused "unsupported protocol" -tls1_2 -alpn h2
in_file err "alert protocol version"
is_refused "the client did not offer h2"
is_refused "no application protocol" -alpn http/1.1
in_file err "alert no application protocol"
# A line "K" has openssl's client ask for new keys, once for all that it reads at a time.
is_ended_for_it() { grep -q 'connection_failed .*too many messages that carry nothing' "$log"; }
ask_for_keys() {
    for _ in $(seq 3000); do
        if is_ended_for_it; then return; fi
        echo K
        sleep 0.02
    done
}
ask_for_keys | timeout 60 openssl s_client -connect "127.0.0.1:$loopback" -alpn h2 > "$work/out" 2>&1 || true
n_asked=$(grep -c KEYUPDATE "$work/out" || true)
holds "a client may ask for new keys some thirty times" test "$n_asked" -ge 32
holds "a client that goes on asking is ended" is_ended_for_it
holds "the server still answers" shap --as administrator whoami --server "localhost:$loopback" "${trusting[@]}"

# ---- a new certificate without an end to what is served; a wrong one changes nothing

issue renewed DNS:localhost,IP:127.0.0.1 20
readable "$work/renewed.key"
n_reloads() { grep -cE " (reloaded|reload-failed) " "$log" || true; }
reload() {
    local before
    before=$(n_reloads)
    kill -HUP "$server"
    await "the reload" test_reloads "$before"
}
test_reloads() { [ "$(n_reloads)" -gt "$1" ]; }
$python -B tests/e2e/tls_reload.py "127.0.0.1:$loopback" "$work/council.pem" "$work/go-on" > "$work/names" &
holder=$!
await "the connection that stays" grep -q . "$work/names"
cp "$work/renewed.pem" "$work/server.pem"
reload
holds "the log says what is wrong, and the cure" grep -q ' error reload-failed .*server.key holds no usable private key.*belong to the certificate.*stays in use' "$log"
handshake -alpn h2
out "CN = server"
cp "$work/renewed.key" "$work/server.key"
reload
holds "the log says that the new one ends soon" grep -qE ' warning certificate-expires day=20.*cert renew' "$log"
touch "$work/go-on"
wait "$holder" || not_ok "the connection that was open before the reload is not served"
is "who was served" "$(tr '\n' ' ' < "$work/names")" "server server renewed resumed "
rm "$work/server.key"
reload
holds "a missing file is named" grep -q " error reload-failed .*cannot read the private key $work/server.key" "$log"
handshake -alpn h2
out "CN = renewed"

# ---- TLS 1.2 for those who need it, and nothing older

stop_server
serve_tls() {
    # shellcheck disable=SC2046
    serve --listen 127.0.0.1:0 $(with renewed) "$@"
    loopback=$(port_of_server 1)
}
serve_tls --tls-min 1.2
handshake -tls1_2 -alpn h2
out "ALPN protocol: h2" "TLSv1.2" "ECDHE-ECDSA-AES128-GCM-SHA256" "Compression: NONE"
handshake -alpn h2
out "New, TLSv1.3"
is_refused "unsupported protocol" -tls1_1 -cipher ALL:@SECLEVEL=0 -alpn h2
is_refused "no shared cipher" -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256 -alpn h2
stop_server
refuses_to_start --tls-min 1.1
refused 2 "--tls-min takes 1.3 or 1.2"

# ---- a client's certificate binds its connection to an organisation

issue_client() { # FILE URI
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" \
        -subj "/CN=$1" -addext "subjectAltName=URI:$2" -addext extendedKeyUsage=clientAuth 2> /dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/${3:-council}.pem" -CAkey "$work/${3:-council}.key" -CAcreateserial \
        -out "$work/$1.pem" -days 30 -copy_extensions copy 2> /dev/null
    chmod 600 "$work/$1.key"
}
issue_client copeland urn:shap:organisation:copeland
issue_client partner urn:shap:organisation:home-housing
issue_client nameless https://example.org/
issue_client foreign urn:shap:organisation:copeland stranger
showing() { echo --client-cert "$work/$1.pem" --client-key "$work/$1.key"; }
# shellcheck disable=SC2046
as_client() { whoami_at "localhost:$loopback" "${trusting[@]}" $(showing "$1"); }
serve_tls --client-ca "$work/council.pem"
whoami_at "localhost:$loopback" "${trusting[@]}"
exits 0
as_client copeland
exits 0
as_client partner
refused 4 'this connection has the certificate of "home-housing"' "this token is of another organisation"
for name in foreign nameless; do
    as_client $name
    refused 8 "refused this connection" "alert" "--client-cert FILE"
done
holds "the log says why: who made it" grep -q 'connection_failed .*client.s certificate: unable to get local issuer' "$log"
holds "the log says why: whose it is" grep -q 'connection_failed .*names not one organisation' "$log"
whoami_at "localhost:$loopback" "${trusting[@]}" --client-cert "$work/copeland.pem"
refused 2 "--client-cert" "--client-key" "go together"
chmod 640 "$work/copeland.key"
as_client copeland
refused 2 "others can read the client's key $work/copeland.key: chmod 600 it"
chmod 600 "$work/copeland.key"
whoami_at "localhost:$loopback" "${trusting[@]}" --client-cert "$work/copeland.pem" --client-key "$work/missing.key"
refused 2 "cannot read the client's key $work/missing.key"
stop_server
serve_tls --client-ca "$work/council.pem" --client-cert required --listen "unix:$work/data/shapd.sock"
whoami_at "localhost:$loopback" "${trusting[@]}"
refused 8 "refused this connection" "certificate required" "--client-cert FILE"
as_client copeland
exits 0
holds "a Unix socket asks for none" shap --as administrator whoami
# shellcheck disable=SC2046
try shap --quiet --as bound login --token-file "$work/administrator.token" --server "localhost:$loopback" "${trusting[@]}" $(showing copeland)
exits 0
SHAP_SERVER='' try shap --as bound whoami
exits 0
SHAP_CLIENT_CERT=$work/partner.pem SHAP_CLIENT_KEY=$work/partner.key SHAP_SERVER='' try shap --as bound whoami
refused 4 "this token is of another organisation"
stop_server
refuses_to_start --client-ca "$work/council.pem"
refused 2 "--client-ca needs --tls-cert and --tls-key"
# shellcheck disable=SC2046
refuses_to_start $(with renewed) --client-cert required
refused 2 "--client-cert required needs --client-ca FILE"
# shellcheck disable=SC2046
refuses_to_start $(with renewed) --client-ca "$work/junk.pem"
refused 1 "$work/junk.pem holds no usable certificate" "authorities"

# ---- plaintext and TLS mixed up

serve_tls
whoami_at "http://127.0.0.1:$loopback"
refused 8 "127.0.0.1:$loopback" "asks for TLS (leave http:// out)"
whoami_at "http://192.0.2.1:$loopback"
refused 2 "without TLS"
stop_server
serve --listen 127.0.0.1:0
plain=$(port_of_server)
whoami_at "localhost:$plain" "${trusting[@]}"
refused 8 "what answers at localhost port $plain does not speak TLS" "http://localhost:$plain"
whoami_at "http://127.0.0.1:$plain"
exits 0
stop_server

# ---- a certificate that has expired, or is for another name

# shellcheck disable=SC2046
serve --listen 127.0.0.1:0 $(with expired)
holds "the server warns of it" grep -q ' warning certificate-expired day=20' "$log"
whoami_at "localhost:$(port_of_server)" "${trusting[@]}"
refused 8 "certificate has expired" "tell whoever runs the server"
try shap doctor --as administrator --server "localhost:$(port_of_server)" "${trusting[@]}"
exits 8
out "fail  tls" "certificate has expired" "cure:" "renewed"
stop_server
# shellcheck disable=SC2046
serve --listen 127.0.0.1:0 $(with other)
whoami_at "localhost:$(port_of_server)" "${trusting[@]}"
refused 8 "no trusted TLS 1.3 connection to localhost" "'localhost'" "for another name"
stop_server
