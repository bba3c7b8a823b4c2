#!/usr/bin/python3
"""Every limit of shapd, as its options say it, seen from outside.

  limits.py UNIX-SOCKET TCP-PORT PROCESS

The server is started with the small limits that conformance_test.sh gives it; PROCESS is told to stop at the end. Prints
option, what is done and what came of it. Ends with 1 when one is not what it should be.
"""
import concurrent.futures
import struct
import sys
import time

from kit import (CANCEL, CHECK, DATA, EMPTY_MESSAGE, ENHANCE_YOUR_CALM, GOAWAY, NO_ERROR, PATIENCE, PING, RST_STREAM,
                 WATCH, WINDOW_UPDATE, Peer, is_drained, request, settings, u32)

CASES = []


def case(option, what):
    def add(run):
        CASES.append((option, what, run))
        return run
    return add


def shaken(address, payload=b""):
    peer = Peer(address)
    peer.shake_hands(payload)
    return peer


def ended(peer, seconds=PATIENCE):
    """Whether the server closes in time."""
    peer.read_until(lambda: False, seconds)
    return peer.is_gone


def calmed(peer, reason):
    return ended(peer) and peer.goaway == ENHANCE_YOUR_CALM and peer.seen[-1].payload[8:] == reason


@case("--handshake-seconds 1", "a client that says nothing")
def _(unix):
    return ended(Peer(unix))


@case("--request-seconds 1", "headers that never end")
def _(unix):
    peer = shaken(unix)
    peer.headers(flags=0)
    return ended(peer)


@case("--request-seconds 1", "a message that never ends: DEADLINE_EXCEEDED, and the next call is served")
def _(unix):
    peer = shaken(unix)
    slow = peer.headers()
    peer.send(DATA, 0, slow, EMPTY_MESSAGE[:3])
    peer.read_until(lambda: slow in peer.ended)
    good = peer.closed_call()
    return peer.answers[slow]["grpc-status"] == "4" and peer.answers[good]["grpc-status"] == "0"


@case("--write-seconds 1", "a reader that opens no window: its call is reset, and the next is served")
def _(unix):
    peer = shaken(unix, settings(window=0))
    stuck = peer.call()
    peer.read_until(lambda: stuck in peer.resets)
    good = peer.call()
    peer.send(WINDOW_UPDATE, 0, good, u32(100))
    peer.read_until(lambda: good in peer.ended)
    return peer.resets[stuck] == CANCEL and peer.answers[good]["grpc-status"] == "0"


@case("--idle-seconds 2", "a connection without calls: two GOAWAY, and the end")
def _(unix):
    peer = shaken(unix)
    peer.closed_call()
    return ended(peer) and peer.goaway == NO_ERROR and sum(got.type == GOAWAY for got in peer.seen) == 2


@case("--age-seconds 4", "a connection with a call that goes on: told, and cut off after --grace-seconds 1")
def _(unix):
    peer = shaken(unix)
    peer.open_call()
    begun = time.monotonic()
    return ended(peer, 15) and peer.goaway == NO_ERROR and time.monotonic() - begun > 4


@case("--ping-seconds 5", "eleven PINGs while a call waits")
def _(unix):
    peer = shaken(unix)
    peer.open_call()
    for number in range(11):
        peer.send(PING, 0, 0, struct.pack(">Q", number))
    return calmed(peer, b"too_many_pings") and sum(got.type == PING for got in peer.seen) == 10


@case("--max-idle-frames 50", "51 window updates, one after the other")
def _(unix):
    peer = shaken(unix)
    for _ in range(51):
        peer.send(WINDOW_UPDATE, 0, 0, u32(1))
    return calmed(peer, b"too many frames without work")


@case("--resets-per-second 2", "21 calls begun and reset: the first 20 may be")
def _(unix):
    peer = shaken(unix)
    for _ in range(25):
        peer.send(RST_STREAM, 0, peer.headers(request(WATCH)), u32(CANCEL))
    return calmed(peer, b"too many streams reset")


@case("--max-header-bytes 1024", "1,100 bytes of headers: RESOURCE_EXHAUSTED")
def _(unix):
    peer = shaken(unix)
    stream_id = peer.call(request(extra=[("x-long", "v" * 1000)]))
    peer.read_until(lambda: stream_id in peer.ended)
    return peer.answers[stream_id]["grpc-status"] == "8"


@case("--max-message 1024", "a message of 1,025 bytes: RESOURCE_EXHAUSTED")
def _(unix):
    peer = shaken(unix)
    stream_id = peer.call(request(CHECK), b"\0" + u32(1025) + bytes(1025))
    peer.read_until(lambda: stream_id in peer.ended)
    return peer.answers[stream_id]["grpc-status"] == "8"


def one_address(port):
    """Three connections of an address may be open; the fourth is closed, and so is whoever comes too fast."""
    address = ("127.0.0.1", port)
    held = [shaken(address) for _ in range(3)]
    fourth = Peer(address)
    is_bounded = ended(fourth) and all(peer.is_alive() for peer in held)
    for peer in held:
        peer.close()
    refused = 0
    for _ in range(40):
        peer = Peer(address)
        refused += ended(peer, 0.05)
        peer.close()
    return is_bounded, refused > 0


def main():
    unix, port, process = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        results = [(option, what, pool.submit(run, unix)) for option, what, run in CASES]
        results = [(option, what, result.result()) for option, what, result in results]
    most, fast = one_address(port)
    results += [("--max-connections-per-address 3", "a fourth connection", most),
                ("--connects-per-second 1", "forty connections in two seconds", fast),
                ("SIGTERM", "a call and a watch in flight: served, UNAVAILABLE, two GOAWAY, the end",
                 is_drained([shaken(unix)], process))]
    for option, what, is_right in results:
        print(f"  {'ok' if is_right else 'FAILED':6} {option:34} {what}")
    failed = sum(not is_right for _, _, is_right in results)
    print(f"\n{len(results)} limits, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
