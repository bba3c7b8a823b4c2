#!/usr/bin/env bash
# The certificates of a private authority: shapd cert makes, renews, revokes and refuses, and what it makes is good for
# what it is for and for nothing else.
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
is "the files" "$(names "$files")" "ca.crl ca.crt ca.key server.crt server.key"
for key in ca server; do is "the mode of $key.key" "$(mode "$files/$key.key")" 600; done
for file in ca.crl ca.crt server.crt; do is "the mode of $file" "$(mode "$files/$file")" 644; done
try openssl x509 -in "$files/server.crt" -noout -text
out "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1" "CA:FALSE" "ecdsa-with-SHA256" "NIST CURVE: P-256"
out "TLS Web Server Authentication" "Digital Signature"
no_out "CRL Distribution Points"
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
out "half/ca.crl"
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
is "nothing is left of it" "$(names "$work/half")" "ca.crl ca.crt ca.key"
rm "$work/half/ca.crt" "$work/half/ca.key"
cert init --dir "$work/half" --name other.example
refused 1 "$work/half/ca.crl exists already" "its authority is missing"
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
refused 2 "init, renew, client, revoke or crl" "shapd cert --help"
cert begin --dir "$files"
refused 2 "init, renew, client, revoke or crl"
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
refused 2 '"--organisation" does not belong to shapd cert renew'
cert renew --dir "$files" one.crt
refused 2 '"one.crt" does not belong to shapd cert renew'
cert revoke --dir "$files" --reason superseded
refused 2 "needs the FILE of a certificate"
cert revoke --dir "$files" --reason superseded one.crt two.crt
refused 2 '"two.crt" is a second one'
cert revoke --dir "$files" "$files/server.crt"
refused 2 "needs --reason WORD" "key-compromise"
cert revoke --dir "$files" --reason lost "$files/server.crt"
refused 2 "--reason takes key-compromise" 'not "lost"'
cert crl
refused 2 "needs --dir DIR"
for url in localhost/ca.crl ftp://localhost/ca.crl http:// "http://localhost/a,b" "http://localhost/a b" \
    "http://localhost/$(printf 'a%.0s' $(seq 300))"; do
    cert init --dir "$work/wrong" --name localhost --crl-url "$url"
    refused 1 "is no address where a list of revoked certificates can be fetched" "http://www.example.gov.uk/"
done
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
    out "shapd cert init --dir DIR" "shapd cert renew" "shapd cert client" "shapd cert revoke" "shapd cert crl" "--days N"
done
try shapd --help
out "shapd cert"

# ---- it serves, is renewed while it serves, and binds a partner's clients

cert client --dir "$files" --organisation copeland
exits 0
out "client-copeland.crt" "--client-ca $files/ca.crt --client-crl $files/ca.crl"
cert client --dir "$files" --organisation home-housing
exits 0
is "the mode of a client's key" "$(mode "$files/client-copeland.key")" 600
holds "it is a client's" good sslclient "$files/client-copeland.crt"
never "it is no server's" good sslserver "$files/client-copeland.crt"
before=$(sha256sum "$files"/*)
cert client --dir "$files" --organisation copeland
refused 1 "client-copeland.crt exists already"
is "the files are as before" "$(sha256sum "$files"/*)" "$before"
low=
if [ "$(id -u)" = 0 ]; then
    chown postgres "$files/server.key"
    low=127.77.$((RANDOM % 256)).$((RANDOM % 255)):$((600 + RANDOM % 400))
fi
found --listen 127.0.0.1:0 ${low:+--listen "$low"} --listen "unix:$work/data/shapd.sock" --tls-cert "$files/server.crt" --tls-key "$files/server.key" \
    --client-ca "$files/ca.crt" --client-crl "$files/ca.crl" --log-level info
never "nothing is to be warned of" grep -qE 'certificate-|client-crl-' "$log"
if [ -n "$low" ]; then
    holds "it listens below 1024" grep -q " listening address=$low$" "$log"
    holds "it has that right and no other" grep -qE '^CapEff:\s0{13}400$' "/proc/$server/status"
    holds "it is postgres" grep -qE "^Uid:(\s$(id -u postgres)){4}$" "/proc/$server/status"
fi
port=$(port_of_server)
whoami_by() { # NAME [ORGANISATION]
    try shap --as administrator whoami --server "$1:$port" --ca "$files/ca.crt" ${crl:+--crl "$crl"} \
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

# ---- who is revoked is refused, and nobody else

is_reloaded() { [ "$(grep -cE ' (reloaded|reload-failed) ' "$log")" -gt "$1" ]; }
reload() {
    local before
    before=$(grep -cE ' (reloaded|reload-failed) ' "$log" || true)
    kill -HUP "$server"
    await "the reload" is_reloaded "$before"
}
good_by_list() { openssl verify -CAfile "$files/ca.crt" -crl_check -CRLfile "$files/ca.crl" "$1"; }
lost_is_refused_and_others_are_not() {
    whoami_by localhost lost
    refused 8 "refused this connection" "your organisation's certificate was revoked"
    try shap doctor --as administrator --server "localhost:$port" --ca "$files/ca.crt" \
        --client-cert "$files/client-lost.crt" --client-key "$files/client-lost.key"
    exits 8
    out "gets one from the council"
    whoami_by localhost copeland
    exits 0
}
# connect NAME FD: a connection with a client's certificate that stays open, ready for calls; its process is $connected.
connect() {
    mkfifo "$work/$1.in"
    timeout 60 openssl s_client -quiet -connect "localhost:$port" -CAfile "$files/ca.crt" -alpn h2 \
        -cert "$files/client-$1.crt" -key "$files/client-$1.key" < "$work/$1.in" > "$work/$1.out" 2> /dev/null &
    connected=$!
    eval "exec $2> '$work/$1.in'"
    printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0' >&"$2"
    await "the server's word" test -s "$work/$1.out"
}

for file in crt key; do mv "$files/client-copeland.$file" "$files/client-lost.$file"; done
cert client --dir "$files" --organisation copeland
exits 0
out "the list of revoked certificates: 0"
for certificate in server client-lost client-copeland; do
    holds "$certificate is good by a list of nobody" good_by_list "$files/$certificate.crt"
done
whoami_by localhost lost
exits 0
connect copeland 7
other=$connected
connect lost 8
cert revoke --dir "$files" --reason key-compromise "$files/client-lost.crt"
exits 0
out "client-lost.crt" "key-compromise" "the list of revoked certificates: 1; good until $(date -u -d '+397 days' +%F)" "--client-crl"
cert revoke --dir "$files" --reason superseded "$files/client-lost.crt"
refused 1 "revoked already"
serial=$(openssl x509 -in "$files/client-lost.crt" -noout -serial)
cert crl --dir "$files" --days 31
exits 0
out "$(date -u +%F)  ${serial#*=}  key-compromise" "revoked certificates: 1; good until $(date -u -d '+31 days' +%F)"
try openssl crl -in "$files/ca.crl" -CAfile "$files/ca.crt" -noout -text
err "verify OK"
out "Version 2" "ecdsa-with-SHA256" "X509v3 CRL Number" "X509v3 Authority Key Identifier" "Key Compromise" "Serial Number: ${serial#*=}"
never "what is revoked is good" good_by_list "$files/client-lost.crt"
for certificate in server client-copeland client-home-housing; do
    holds "$certificate is still good" good_by_list "$files/$certificate.crt"
done
whoami_by localhost lost
exits 0 # the list is read at a HUP
reload
lost_is_refused_and_others_are_not
holds "the log says why" grep -q 'connection_failed .*client.s certificate: certificate revoked' "$log"
code=0
wait "$connected" || code=$?
never "its connection outlived the trust in it" test "$code" = 124
is "connections that were ended" "$(grep -c 'connection_failed .*trusted no more' "$log")" 1
holds "the connection of another stays" test -e "/proc/$other/fd/0"
kill "$other"
exec 7>&- 8>&-

# ---- a list that cannot be used changes nothing; an old one is used, and warned of

cp "$files/ca.crl" "$work/good.crl"
unusable() { # WHY
    reload
    holds "the log says $1" grep -qE " error reload-failed .*$files/ca.crl.*$1.*stays in use" "$log"
    lost_is_refused_and_others_are_not
}
echo nothing > "$files/ca.crl"
unusable "must be PEM or DER"
cert init --dir "$work/other" --name localhost
exits 0
cp "$work/other/ca.crl" "$files/ca.crl"
unusable "list of another authority"
cert crl --dir "$files"
refused 1 "not of this authority"
rm "$files/ca.crl"
reload
holds "a missing list is named" grep -q " error reload-failed .*cannot read the list of revoked certificates $files/ca.crl" "$log"
cp "$work/good.crl" "$files/ca.crl"
cert crl --dir "$files" --days 5
exits 0
reload
holds "an end that is near is warned of" grep -q " warning client-crl-expires day=$(date -u -d '+5 days' +%F)" "$log"
printf 'R\t300101000000Z\t200101000000Z\t%s\tunknown\t/CN=lost\n' "${serial#*=}" > "$work/index"
printf '[ca]\ndefault_ca=own\n[own]\ndatabase=%s/index\ndefault_md=sha256\n' "$work" > "$work/authority.cnf"
try openssl ca -config "$work/authority.cnf" -gencrl -keyfile "$files/ca.key" -cert "$files/ca.crt" -out "$work/old.crl" \
    -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z
exits 0
cp "$work/old.crl" "$files/ca.crl"
reload
holds "an end that is past is warned of" grep -q " warning client-crl-expired day=2020-02-01 .*stays refused" "$log"
lost_is_refused_and_others_are_not
cert crl --dir "$files"
refused 1 "none in DER"
cp "$work/good.crl" "$files/ca.crl"
cert revoke --dir "$files" --reason superseded "$files/ca.crt"
refused 1 "authority itself"
cert revoke --dir "$files" --reason superseded "$work/other/server.crt"
refused 1 "not made by this authority"
cert revoke --dir "$files" --reason superseded "$files/ca.key"
refused 1 "no certificate in PEM"
is "the list is as before" "$(sha256sum < "$files/ca.crl")" "$(sha256sum < "$work/good.crl")"
reload

# ---- shap refuses a server that is on the list it was given

try shap --as checking --quiet login --server "localhost:$port" --ca "$files/ca.crt" --crl "$files/ca.crl" \
    --token-file "$work/administrator.token"
exits 0
cp "$files/ca.crl" "$work/before.crl"
openssl crl -in "$files/ca.crl" -inform DER -out "$work/good.pem"
for list in good.crl good.pem; do
    crl=$work/$list whoami_by localhost
    exits 0
done
crl=$work/old.crl whoami_by localhost
refused 8 "CRL has expired" "newest list of its authority" "--crl FILE"
crl=$work/other/ca.crl whoami_by localhost
refused 8 "unable to get certificate CRL" "--crl FILE"
crl=$files/ca.crt whoami_by localhost
refused 8 "is not to be known" "PEM or DER, with --crl FILE"
crl=$work/missing.crl whoami_by localhost
refused 2 "cannot read the list of revoked certificates $work/missing.crl"
cert revoke --dir "$files" --reason key-compromise "$files/server.crt"
exits 0
SHAP_SERVER='' try shap --as checking whoami
refused 8 "certificate that its authority took back" "certificate revoked" "tell whoever runs the server"
whoami_by localhost
exits 0
cp "$work/before.crl" "$files/ca.crl"

# ---- a list that is published is found by those who look for it

mkdir "$work/published"
list_port=$(free_port)
url=http://127.0.0.1:$list_port/ca.crl
$python -m http.server --bind 127.0.0.1 --directory "$work/published" "$list_port" > /dev/null 2>&1 &
publisher=$!
cert init --dir "$work/public" --name localhost --crl-url "$url"
exits 0
out "publish" "$work/public/ca.crl at $url"
cert client --dir "$work/public" --organisation copeland
exits 0
out "$work/public/ca.crl at $url"
cert renew --dir "$work/public"
exits 0
out "$work/public/ca.crl at $url" "the list of revoked certificates: 0"
for certificate in server client-copeland; do
    try openssl x509 -in "$work/public/$certificate.crt" -noout -ext crlDistributionPoints
    out "URI:$url"
done
# Where the list is to be published is in server.crt: one that cannot be read is not taken for one that does not say it.
mv "$work/public/server.crt" "$work/server.crt"
echo junk > "$work/public/server.crt"
cert client --dir "$work/public" --organisation cumbria
refused 1 "$work/public/server.crt: the certificate cannot be read"
holds "nothing was made" test ! -e "$work/public/client-cumbria.crt"
cert crl --dir "$work/public"
exits 0
out "where the certificates say ($work/public/server.crt: the certificate cannot be read)"
mv "$work/server.crt" "$work/public/server.crt"
# OpenSSL's own client fetches the list from the address in the certificate.
good_by_url() { openssl verify -CAfile "$work/public/ca.crt" -crl_check -crl_download "$work/public/$1.crt"; }
publish() { cp "$work/public/ca.crl" "$work/published/ca.crl"; }
publish
await "the publisher" good_by_url server
holds "a client's certificate is good" good_by_url client-copeland
cert revoke --dir "$work/public" --reason superseded "$work/public/server.crt"
exits 0
out "a server's" "shapd cert init --dir $work/public" "$work/public/ca.crl at $url"
publish
never "a server that is revoked is good" good_by_url server
holds "the client's still is" good_by_url client-copeland
kill "$publisher"
cert renew --dir "$work/public"
refused 1 "is revoked, and its key is not renewed" "shapd cert init"
rm "$work/public"/server.*
cert init --dir "$work/public" --name localhost
exits 0
no_out "publish"
out "the list of revoked certificates: 1"

# ---- a server of another name, and an end that is near

cert renew --dir "$files" --name other.example --days 20
exits 0
out "other.example; good until $(date -u -d '+20 days' +%F)"
reload
await "the warning" grep -q ' warning certificate-expires ' "$log"
whoami_by localhost
refused 8 "for another name"
never "a half-made file was left" test -e "$files/server.crt.new"
