"""Judges what two scanners found of a server's TLS, whose authority they were told to trust: nothing above LOW.

Usage: scan.py LEAST SSLSCAN_XML TESTSSL_JSON. LEAST is the least version the server is to speak, 1.2 or 1.3.
"""
import json
import sys
import xml.etree.ElementTree as xml

SUITES = {"TLSv1.3": {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"},
          "TLSv1.2": {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}}
GOOD = {"OK", "INFO", "LOW", "DEBUG"}
# What testssl cannot try: its OpenSSL has no such ciphers, what it connects and resumes without offering h2 is closed, and
# nobody is asked whether the key is known elsewhere.
NOT_TRIED = {"engine_problem", "RC4", "optimal_proto", "sessionresumption_ticket", "pwnedkeys"}
# Findings without which it has not looked.
SEEN = {"SSLv2": "not offered", "SSLv3": "not offered", "TLS1": "not offered", "TLS1_1": "not offered",
        "TLS1_3": "offered", "ALPN_HTTP2": "h2", "cipherlist_NULL": "not offered", "cipherlist_AVERAGE": "not offered",
        "cipherlist_STRONG": "offered", "cert_keySize": "EC 256", "cert_chain_of_trust": "passed",
        "cert_trust": "Ok via SAN", "cert_crlRevoked": "not revoked", "heartbleed": "not vulnerable", "CCS": "not vulnerable",
        "secure_client_renego": "not vulnerable", "CRIME_TLS": "not vulnerable", "BEAST": "not vulnerable",
        "LUCKY13": "not vulnerable"}


def judge_sslscan(tree, least):
    spoken = {f"TLSv{row.get('version')}" for row in tree.iter("protocol") if row.get("enabled") == "1"}
    wanted = {"TLSv1.3"} | ({"TLSv1.2"} if least == "1.2" else set())
    if spoken != wanted:
        yield f"it speaks {spoken}, not {wanted}"
    for version in wanted:
        found = {row.get("cipher") for row in tree.iter("cipher") if row.get("sslversion") == version}
        if found != SUITES[version]:
            yield f"the suites of {version} are {found}"
    yield from (f"the strength of {row.get('cipher')} is {row.get('strength')}" for row in tree.iter("cipher")
                if row.get("strength") not in ("strong", "acceptable"))
    if {row.get("name") for row in tree.iter("group")} != {"x25519", "secp256r1 (NIST P-256)"}:
        yield "other groups than X25519 and P-256"
    yield from (f"{row.tag} {row.attrib}" for row in tree.iter()
                if (row.tag, row.get("vulnerable"), row.get("supported")) in
                (("heartbleed", "1", None), ("renegotiation", None, "1"), ("compression", None, "1")))


def judge_testssl(rows, least):
    found = {row["id"]: row["finding"] for row in rows}
    wanted = dict(SEEN, TLS1_2="offered" if least == "1.2" else "not offered")
    yield from (f"{name} is {found.get(name)!r}, not {text!r}" for name, text in wanted.items()
                if not found.get(name, "").startswith(text))
    yield from (f"{row['severity']}: {row['id']}: {row['finding']}" for row in rows
                if row["severity"] not in GOOD
                and not (row["severity"] == "WARN" and row["id"] in NOT_TRIED))


def main(least, sslscan, testssl):
    with open(testssl, encoding="utf-8") as file:
        wrong = [*judge_sslscan(xml.parse(sslscan), least), *judge_testssl(json.load(file), least)]
    print(*wrong, f"TLS {least}: {len(wrong)} findings", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
