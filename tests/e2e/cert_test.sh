#!/usr/bin/env bash
# The certificates of a first installation: shapd cert makes, renews and refuses, and what it makes is good for what it
# is for and for nothing else.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

files=$work/tls
cert() { try shapd cert "$@"; }
names() { (cd "$1" && echo *); }
mode() { stat -c %a "$1"; }

# ---- what is made

cert init --dir "$files" --name localhost,127.0.0.1,::1
exits 0
out "ca.crt" "server.key" "--tls-cert $files/server.crt --tls-key $files/server.key" "shap login --server localhost --ca ca.crt"
out "shapd cert renew --dir $files" "shapd cert client --dir $files" "good until $(date -u -d '+397 days' +%F)"
out "good until $(date -u -d '+3650 days' +%F)"
is "the files" "$(names "$files")" "ca.crt ca.key server.crt server.key"
for key in ca server; do is "the mode of $key.key" "$(mode "$files/$key.key")" 600; done
for certificate in ca server; do is "the mode of $certificate.crt" "$(mode "$files/$certificate.crt")" 644; done
try openssl x509 -in "$files/server.crt" -noout -text
out "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1" "CA:FALSE" "ecdsa-with-SHA256" "NIST CURVE: P-256"
out "TLS Web Server Authentication" "Digital Signature"
try openssl x509 -in "$files/ca.crt" -noout -text
out "CA:TRUE, pathlen:0" "Certificate Sign, CRL Sign"
good() { openssl verify -x509_strict -CAfile "$files/ca.crt" -purpose "$1" "$2"; }
holds "it is a server's" good sslserver "$files/server.crt"
never "it is no client's" good sslclient "$files/server.crt"
never "it issues nothing" good crlsign "$files/server.crt"

# ---- nothing is overwritten; what is there of an authority is used

before=$(sha256sum "$files"/*)
cert init --dir "$files" --name localhost
refused 1 "$files/server.crt exists already" "shapd cert renew"
is "the files are as before" "$(sha256sum "$files"/*)" "$before"
mkdir "$work/half"
cp "$files/ca.crt" "$work/half"
cert init --dir "$work/half" --name localhost
refused 1 "$work/half/ca.crt exists already" "ca.key is missing"
cp "$files/ca.key" "$work/half"
cert init --dir "$work/half" --name other.example --days 20
exits 0
no_out "half/ca.key"
holds "the authority that was there is used" good sslserver "$work/half/server.crt"
rm "$work/half"/server.*
cp "$files/server.key" "$work/half/ca.key"
cert init --dir "$work/half" --name other.example
refused 1 "do not belong together"
cp "$files/server.crt" "$work/half/ca.crt"
cert init --dir "$work/half" --name other.example
refused 1 "not that of an authority"
echo nothing > "$work/half/ca.key"
cert client --dir "$work/half" --organisation copeland
refused 1 "cannot be read" "PEM"
is "nothing is left of it" "$(names "$work/half")" "ca.crt ca.key"
cert init --dir "$work/none/none" --name localhost
refused 1 "cannot make the directory $work/none/none" "No such file"
if [ "$(id -u)" = 0 ]; then
    cert init --dir "$work/given" --name localhost --user postgres
    exits 0
    is "whose the key is" "$(stat -c %U "$work/given/server.key")" postgres
    cert init --dir "$work/nobody" --name localhost --user nobody-such
    refused 1 'no user "nobody-such"'
fi

# ---- what is typed wrong

cert
refused 2 "init, renew or client" "shapd cert --help"
cert begin --dir "$files"
refused 2 "init, renew or client"
cert init --dir "$files"
refused 2 "needs --name HOST"
cert init --name localhost
refused 2 "needs --dir DIR"
cert init --dir "$files" --names localhost
refused 2 'no option "--names"'
cert init --dir "$files" --name
refused 2 "--name needs a value"
cert init --dir="$work/wrong" --name=localhost --days=0
refused 2 "--days takes a number from 1 to 3650"
cert client --dir "$files"
refused 2 "needs --organisation CODE"
cert renew --dir "$files" --organisation home-housing
refused 2 "--organisation belongs to shapd cert client"
for name in "local host" "" "a,,b" ".example" "a..b" "https://localhost" "$(printf 'a%.0s' $(seq 300))"; do
    cert init --dir "$work/wrong" --name="${name:-,}"
    refused 1 "neither a host name nor an IP address"
done
cert client --dir "$files" --organisation "Home Housing"
refused 1 "not an organisation's code"
cert renew --dir "$work/wrong"
refused 1 "$work/wrong/server.crt" "nothing to renew" "shapd cert init"
is "nothing is left of what was refused" "$(names "$work/wrong")" "*"
for help in "cert --help" "cert init --help" "cert -h"; do
    # shellcheck disable=SC2086
    try shapd $help
    exits 0
    out "shapd cert init --dir DIR" "shapd cert renew" "shapd cert client" "--days N"
done
try shapd --help
out "shapd cert"

# ---- it serves, is renewed while it serves, and binds a partner's clients

cert client --dir "$files" --organisation copeland
exits 0
out "client-copeland.crt" "--client-ca $files/ca.crt"
cert client --dir "$files" --organisation home-housing
exits 0
is "the mode of a client's key" "$(mode "$files/client-copeland.key")" 600
holds "it is a client's" good sslclient "$files/client-copeland.crt"
never "it is no server's" good sslserver "$files/client-copeland.crt"
before=$(sha256sum "$files"/*)
cert client --dir "$files" --organisation copeland
refused 1 "client-copeland.crt exists already"
is "the files are as before" "$(sha256sum "$files"/*)" "$before"
if [ "$(id -u)" = 0 ]; then chown postgres "$files/server.key"; fi
found --listen 127.0.0.1:0 --listen "unix:$work/data/shapd.sock" --tls-cert "$files/server.crt" --tls-key "$files/server.key" \
    --client-ca "$files/ca.crt"
never "nothing is to be warned of" grep -q 'certificate-' "$log"
port=$(port_of_server)
whoami_by() { # NAME [ORGANISATION]
    try shap --as administrator whoami --server "$1:$port" --ca "$files/ca.crt" \
        ${2:+--client-cert "$files/client-$2.crt" --client-key "$files/client-$2.key"}
}
for name in localhost 127.0.0.1; do
    whoami_by $name
    exits 0
done
whoami_by localhost copeland
exits 0
whoami_by localhost home-housing
refused 4 'the certificate of "home-housing"'
key=$(sha256sum "$files/server.key")
cert renew --dir "$files" --days 100
exits 0
out "localhost,127.0.0.1,::1; good until $(date -u -d '+100 days' +%F)" "HUP"
is "the key stays" "$(sha256sum "$files/server.key")" "$key"
kill -HUP "$server"
await "the reload" grep -q ' info reloaded ' "$log"
try shap doctor --as administrator --server "localhost:$port" --ca "$files/ca.crt"
exits 0
out "$(date -u -d '+100 days' +%F)"
cert renew --dir "$files" --name other.example --days 20
exits 0
out "other.example; good until $(date -u -d '+20 days' +%F)"
kill -HUP "$server"
await "the warning" grep -q ' warning certificate-expires ' "$log"
whoami_by localhost
refused 8 "for another name"
never "a half-made file was left" test -e "$files/server.crt.new"
