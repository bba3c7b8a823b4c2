#!/usr/bin/env bash
# Scanners that are not ours look at what shapd offers with the certificates that shapd makes: sslscan and testssl.sh,
# with --tls-min 1.2 and by default. SHAP_SCAN_ALL: testssl.sh, which takes its time, looks twice, too.
# shellcheck source=tests/e2e/harness.sh
. "$(dirname "$0")/harness.sh"

testssl=$(command -v testssl testssl.sh | head -n 1)
files=$work/tls
shapd cert init --dir "$files" --name localhost,127.0.0.1 > "$work/made"
chmod 644 "$files/server.key"
found --listen "unix:$work/data/shapd.sock"
for least in 1.2 1.3; do
    stop_server
    serve --listen 127.0.0.1:0 --tls-cert "$files/server.crt" --tls-key "$files/server.key" --tls-min $least
    address=localhost:$(port_of_server)
    try sslscan --no-colour "--xml=$work/sslscan.xml" "$address"
    exits 0
    looked=()
    if [ $least = 1.2 ] || [ -n "${SHAP_SCAN_ALL:-}" ]; then
        # Its exit code is the number of what it does not like; what that is stands in the file.
        (cd "$work" && timeout 500 "$testssl" --quiet --color 0 --warnings off --ip 127.0.0.1 --nodns none --fast \
            --add-ca "$files/ca.crt" -p -s -f -S -P -U --jsonfile "$work/testssl-$least.json" "$address") \
            > "$work/testssl.out" 2>&1 || true
        looked=("$work/testssl-$least.json")
    fi
    try $python tests/e2e/scan.py $least "$work/sslscan.xml" "${looked[@]}"
    exits 0
    cat "$work/out"
    # A judge that sees nothing finds nothing.
    try $python tests/e2e/scan.py "$([ $least = 1.2 ] && echo 1.3 || echo 1.2)" "$work/sslscan.xml" "${looked[@]}"
    exits 1
done
