#!/usr/bin/env bash
# Scanners that are not ours look at what shapd offers with the certificates that shapd makes: sslscan and testssl.sh, by
# default and with --tls-min 1.2, both servers at a time. The list of revoked certificates is where the certificate says.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

testssl=$(command -v testssl testssl.sh | head -n 1)
files=$work/tls
with=(--tls-cert "$files/server.crt" --tls-key "$files/server.key")

# ---- where the list is published. testssl.sh asks strangers for their opinion, too, when it may fetch the list: not here

mkdir "$work/published" "$work/bin"
list_port=$(free_port)
$python -m http.server --bind 127.0.0.1 --directory "$work/published" "$list_port" > /dev/null 2>&1 &
publisher=$!
cat > "$work/bin/curl" << TEXT
#!/bin/sh
for url; do :; done
case \$url in http://127.0.0.1:$list_port/*) exec $(command -v curl) "\$@" ;; esac
exit 7
TEXT
chmod +x "$work/bin/curl"
shapd cert init --dir "$files" --name localhost,127.0.0.1 --crl-url "http://127.0.0.1:$list_port/ca.crl" > "$work/made"
cp "$files/ca.crl" "$work/published"
await "the publisher" curl --silent --fail --output /dev/null "http://127.0.0.1:$list_port/ca.crl"
chmod 644 "$files/server.key"

# ---- one server of each, on the same database

found --listen "unix:$work/data/shapd.sock" --listen 127.0.0.1:0 "${with[@]}"
address=(localhost:"$(port_of_server)")
first=$server
as_server=(--links 2 --stream-links 1)
if [ "$(id -u)" = 0 ]; then as_server+=(--user postgres); fi
start_server "$work/second.log" --database "host=$work/data/socket dbname=shap user=shap_server" "${as_server[@]}" \
    --listen 127.0.0.1:0 "${with[@]}" --tls-min 1.2
second=$server
server=$first
address+=(localhost:"$(log=$work/second.log port_of_server)")
least=(1.3 1.2)

# look I: its exit code is the number of what it does not like; what that is stands in the file.
look() {
    mkdir "$work/testssl-$1"
    (cd "$work/testssl-$1" && PATH=$work/bin:$PATH timeout 500 "$testssl" --quiet --color 0 --warnings off \
        --ip 127.0.0.1 --nodns none --fast --phone-out --add-ca "$files/ca.crt" -p -s -f -S -P -U \
        --jsonfile "$work/testssl-$1.json" "${address[$1]}") > "$work/testssl-$1.out" 2>&1 || true
}
look 0 &
looking=$!
look 1
wait "$looking"

for i in 0 1; do
    try sslscan --no-colour "--xml=$work/sslscan-$i.xml" "${address[i]}"
    exits 0
    try $python tests/e2e/scan.py "${least[i]}" "$work/sslscan-$i.xml" "$work/testssl-$i.json"
    exits 0
    cat "$work/out"
    # A judge that sees nothing finds nothing.
    try $python tests/e2e/scan.py "${least[1 - i]}" "$work/sslscan-$i.xml" "$work/testssl-$i.json"
    exits 1
done
kill "$publisher" "$second"
