#!/usr/bin/python3
"""Frame-level conformance of a gRPC server with the health service and at most 16 streams a connection.

  http2.py UNIX-SOCKET [TLS-PORT CA-FILE PROCESS]

Each case of the tables (RFC 9113, RFC 7541, gRPC over HTTP/2) has a connection of its own, in plaintext; some are also
run over TLS; then PROCESS is told to stop, with calls on either. Prints section, what is sent, what is expected and what
came. Ends with 1 when one differs.
"""
import ssl
import sys
import traceback

import compression
import frames
import messages
import streams
from kit import Peer, is_drained, judge

TABLES = (("RFC 9113, connections and streams", streams.TABLE), ("RFC 9113, frames", frames.TABLE),
          ("RFC 9113, messages", messages.TABLE), ("RFC 7541", compression.TABLE), ("gRPC over HTTP/2", messages.GRPC))
OVER_TLS = ("3.4", "5.1.1", "6.7", "6.9.1")  # the sections that are run again


def run(case, address, tls):
    peer = Peer(address, tls)
    try:
        if case.options.get("hands", True):
            peer.shake_hands(case.options.get("settings", b""))
        case.send(peer)
        return judge(peer, case.expected)
    except AssertionError:
        return False, "broke the promise on line " + str(traceback.extract_tb(sys.exc_info()[2])[-1].lineno)
    finally:
        peer.close()


def shaken(address, tls=None):
    peer = Peer(address, tls)
    peer.shake_hands()
    return peer


def run_all(title, cases, address, tls=None):
    print(f"\n{title}")
    failed = 0
    for case in cases:
        is_right, came = run(case, address, tls)
        failed += not is_right
        print(f"  {'ok' if is_right else 'FAILED':6} {case.section:7} {case.what:78} {str(case.expected):50} {came}", flush=True)
    return failed


def main():
    address = sys.argv[1]
    failed = total = 0
    for title, table in TABLES:
        failed += run_all(title, table.cases, address)
        total += len(table.cases)
    if len(sys.argv) > 2:
        tls = ssl.create_default_context(cafile=sys.argv[3])
        tls.set_alpn_protocols(["h2"])
        cases = [case for _, table in TABLES for case in table.cases if case.section in OVER_TLS]
        failed += run_all("over TLS", cases, ("127.0.0.1", int(sys.argv[2])), tls)
        total += len(cases)
        is_right = is_drained([shaken(address), shaken(("127.0.0.1", int(sys.argv[2])), tls)], int(sys.argv[4]))
        print(f"\nSIGTERM, on both\n  {'ok' if is_right else 'FAILED':6} {'6.8':7} a call and a watch in flight: served, UNAVAILABLE, two GOAWAY, the end")
        failed, total = failed + (not is_right), total + 1
    print(f"\n{total} cases, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
