#!/usr/bin/python3
"""Every limit of shapd, as its options say it, seen from outside.

  limits.py SHAPD UNIX-SOCKET TCP-PORT PROCESS

The server is started with the small limits that conformance_test.sh gives it; PROCESS is told to stop at the end. Prints
option, what is done and what came of it. Ends with 1 when one is not what it should be, or when an option of SHAPD that is
a number has no row: here, or in the test that ELSEWHERE names.
"""
import concurrent.futures
import re
import struct
import subprocess
import sys
import time

from kit import (CANCEL, CHECK, DATA, EMPTY_MESSAGE, ENHANCE_YOUR_CALM, GOAWAY, NO_ERROR, PATIENCE, PING, PREFACE,
                 REFUSED_STREAM, RST_STREAM, SETTINGS, WATCH, WINDOW_UPDATE, Peer, frame, is_drained, request, settings, u32)

CASES = []
UNARY, LIST = "/shap.v1.Directory/WhoAmI", "/shap.v1.Directory/ListTokens"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
PLANS = b"\0" + u32(15) + b"\x22\x0dshap.v1.Plans"  # the file that has this symbol: a large answer
ELSEWHERE = {
    "loops": "tests/e2e/loops_test.sh",
    "links": "tests/e2e/database_test.sh",
    "stream-links": "tests/e2e/database_test.sh",
    "report-links": "tests/e2e/watch_test.sh",
    "streams-each": "tests/e2e/watch_test.sh",
    "watches": "tests/e2e/watch_test.sh",
    "watches-each": "tests/e2e/watch_test.sh",
    "watch-seconds": "tests/e2e/watch_test.sh",
    "wrong-tokens": "tests/e2e/wrong_tokens_test.sh",
    "wrong-token-seconds": "tests/e2e/wrong_tokens_test.sh",
}


def case(option, what):
    def add(run):
        CASES.append((option, what, run))
        return run
    return add


def shaken(address, payload=b"", source=None):
    peer = Peer(address, source=source)
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


@case("--age-seconds 4 --grace-seconds 1", "a connection with a call that goes on: told, and cut off")
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


@case("--idle-ping-seconds 5", "eleven PINGs without a call")
def _(unix):
    peer = shaken(unix)
    for number in range(11):
        peer.send(PING, 0, 0, struct.pack(">Q", number))
    return calmed(peer, b"too_many_pings")


@case("--call-seconds 2", "a call that never goes on: DEADLINE_EXCEEDED")
def _(unix):
    return is_over_in_time(unix, UNARY, 2)


@case("--stream-seconds 3", "the same of one that would stream: DEADLINE_EXCEEDED")
def _(unix):
    return is_over_in_time(unix, LIST, 3)


def is_over_in_time(unix, path, seconds):
    peer = shaken(unix)
    begun = time.monotonic()
    stream_id = peer.headers(request(path))
    peer.send(DATA, 0, stream_id, EMPTY_MESSAGE)
    peer.read_until(lambda: stream_id in peer.ended)
    said = peer.answers.get(stream_id, {})
    return (said.get("grpc-status") == "4" and said["grpc-message"] == "the time allowed for this call is over" and
            seconds <= time.monotonic() - begun < PATIENCE)


@case("--queue 1", "calls that all want PostgreSQL at once: some UNAVAILABLE")
def _(unix):
    peer = shaken(unix)
    calls = [peer.call(request(UNARY)) for _ in range(16)]
    peer.read_until(lambda: peer.ended.issuperset(calls))
    return {peer.answers[call]["grpc-status"] for call in calls} == {"14", "16"}


@case("--max-streams 16", "seventeen calls at once: the last is refused")
def _(unix):
    peer = Peer(unix)
    peer.raw(PREFACE + frame(SETTINGS))
    calls = [peer.call(request(WATCH)) for _ in range(17)]
    return peer.is_alive() and peer.resets == {calls[-1]: REFUSED_STREAM}


@case("--compress-from 1000", "a long answer comes as gzip, a short one as it is")
def _(unix):
    peer = shaken(unix)
    takes_gzip = [("grpc-accept-encoding", "gzip")]
    long = peer.call(request(REFLECTION, extra=takes_gzip), PLANS)
    short = peer.call(request(CHECK, extra=takes_gzip))
    peer.read_until(lambda: peer.ended.issuperset((long, short)))
    return peer.bodies[long][0] == 1 and peer.bodies[short][0] == 0


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


def bytes_of_one_address(port):
    """Answers that nobody takes: at some call of that address it is too much, and that one is refused; another's is served."""
    address, stuck = ("127.0.0.1", port), "127.0.2.1"
    readers = [shaken(address, settings(window=0), source=stuck) for _ in range(2)]
    n_asked = 0
    for reader in (reader for reader in readers for _ in range(16)):
        if reader.is_alive() and not reader.resets:
            reader.call(request(REFLECTION), 8 * PLANS)
            n_asked += 1
    readers[-1].read_until(lambda: readers[-1].resets)
    refusals = [code for reader in readers for code in reader.resets.values()]
    other = shaken(address, source="127.0.2.2")
    served = other.call()
    other.read_until(lambda: served in other.ended)
    return (set(refusals) == {REFUSED_STREAM} and n_asked > 1 + len(refusals) and
            other.answers[served]["grpc-status"] == "0")


def connections_of_all(port):
    """Three of each of many addresses: 45 come, and the server has 40 at most."""
    held = [shaken(("127.0.0.1", port), source=f"127.0.3.{1 + number // 3}") for number in range(30)]
    more = [Peer(("127.0.0.1", port), source=f"127.0.4.{1 + number // 3}") for number in range(15)]
    is_bounded = all([ended(peer, 0.5) for peer in more[10:]]) and all(peer.is_alive() for peer in held)
    for peer in held + more:
        peer.close()
    return is_bounded and has_room(port)


def has_room(port):
    """Whether four more are served, at the latest when those that were closed just now are gone."""
    for number in range(1, 200):
        more = [shaken(("127.0.0.1", port), source=f"127.0.{5 + at}.{number}") for at in range(4)]
        is_served = all([peer.is_alive() for peer in more])
        for peer in more:
            peer.close()
        if is_served:
            return True
        time.sleep(0.05)
    return False


def stops(unix, process):
    """What is in flight when the server is told to stop: the rows of it."""
    stuck = shaken(unix)
    stuck.headers()
    is_good = is_drained([shaken(unix)], process)
    begun = time.monotonic()
    return [("SIGTERM", "a call and a watch in flight: served, UNAVAILABLE, two GOAWAY, the end", is_good),
            ("--drain-seconds 2", "a call that does not end: cut off", ended(stuck) and time.monotonic() - begun < PATIENCE / 2)]


def options_without_a_row(shapd, tried):
    """Options of shapd that are numbers, not tried here, and not in the test that is said to try them."""
    said = subprocess.run([shapd, "--help"], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    for option in re.findall(r"^ +--([a-z-]+) (?:N|BYTES) ", said, re.MULTILINE):
        test = ELSEWHERE.get(option)
        if test:
            with open(test, encoding="utf-8") as text:
                is_tried = f"--{option} " in text.read()
        else:
            is_tried = any(f"--{option} " in name for name in tried)
        if not is_tried:
            yield f"--{option}"


def main():
    shapd, unix, port, process = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        results = [(option, what, pool.submit(run, unix)) for option, what, run in CASES]
        results = [(option, what, result.result()) for option, what, result in results]
    most, fast = one_address(port)
    results += [("--max-connections-per-address 3", "a fourth connection", most),
                ("--connects-per-second 1", "forty connections in two seconds", fast),
                ("--max-connections 40", "45 connections of many addresses", connections_of_all(port)),
                ("--max-bytes-per-address 1048576", "answers that nobody takes: the address has no other call",
                 bytes_of_one_address(port)),
                *stops(unix, process)]
    without = list(options_without_a_row(shapd, [option for option, _, _ in results]))
    results.append(("all options", f"have a row: {' '.join(without) or 'yes'}", not without))
    for option, what, is_right in results:
        print(f"  {'ok' if is_right else 'FAILED':6} {option:34} {what}")
    failed = sum(not is_right for _, _, is_right in results)
    print(f"\n{len(results)} limits, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
