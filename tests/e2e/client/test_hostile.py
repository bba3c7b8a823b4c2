#!/usr/bin/env python3
"""`shap` against servers that break off, lie, drown it or say nothing: a table, printed, that ends with an exit code.

    test_hostile.py SHAP PROBE [WORD]

Each row is a server, and what three commands make of it: `shap whoami` (a call), `shap person list` (a stream) and `shap
return submit` (a record). Each must end in time with the row's exit code and words, print nothing a terminal would obey,
and, where the return may have arrived, the id that makes it safe to send again. With WORD only the rows that have it.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import ssl
import subprocess
import sys
import tempfile
import time
import zlib

import kit
from frames import (ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, GRPC_HEAD, HEADERS, PING, RST_STREAM, SETTINGS, HostileServer, data,
                    frame, header_block, headers, message)

CONTINUATION, PUSH_PROMISE, WINDOW_UPDATE = 9, 5, 8
OK_TRAILERS = headers(("grpc-status", "0"), end=True)
COMMANDS = {  # the words of each, and a good answer: an identity, a person, a receipt
    "call": (["whoami"], b"\x0a\x03Kay"),
    "stream": (["person", "list"], b"\x08\x07\x12\x03Kay"),
    "record": (["return", "submit", "SH1.1/1/1", "--status", "complete", "--plan", "x/2010-11"], b"\x10\x07\x2a\x09SH1.1/1/1"),
}
ID = re.compile("in the outbox as ([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})")
WORST_S = 20
MOST_MB = 1500  # three times as much as without the sanitizers
HARD = "at once"  # with a reset, for what the client said last was not read
# Whether the return has arrived, as the outbox knows it; where it has an answer, the answer tells.
MAYBE, NO, REFUSED = "may_have_arrived", "not_arrived", "refused"
ROWS = []


class Row:
    """play(peer, answer) is the server; code and words are what comes of it, `stream` where a stream is told otherwise."""

    def __init__(self, name, play, code, words="", arrived=MAYBE, stream=None, timeout="10", tls=None, closes=False):
        self.name, self.play, self.code, self.words, self.arrived = name, play, code, words, arrived
        self.stream = stream or (code, words)
        self.timeout, self.tls, self.closes = timeout, tls, closes
        ROWS.append(self)


def answering(*parts):
    """Takes the request, and sends the parts: bytes, or a function of the good answer that gives them."""
    def play(peer, answer):
        peer.greet()
        peer.take_request()
        for part in parts:
            peer.send(part(answer) if callable(part) else part)
    return play


def row(name, *parts, code, words="", closes=True, **more):
    Row(name, answering(*parts), code, words, closes=closes, **more)


def whole(answer):
    return data(message(answer))


def trailers(*pairs):
    return headers(*pairs, end=True)


def goaway(last, code=0, debug=b""):
    return frame(GOAWAY, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big") + debug)


def reset(code):
    return frame(RST_STREAM, 0, 1, code.to_bytes(4, "big"))


def headers_in_pieces(block, flags=0):
    pieces = [block[at:at + 16384] for at in range(0, len(block), 16384)]
    kinds = [HEADERS] + [CONTINUATION] * (len(pieces) - 1)
    return b"".join(frame(kind, (END_HEADERS if piece is pieces[-1] else 0) | (flags if kind == HEADERS else 0), 1, piece)
                    for kind, piece in zip(kinds, pieces))


def for_ever(part):
    def play(peer, answer):
        peer.greet()
        peer.take_request()
        peer.send(GRPC_HEAD)
        while True:
            peer.send(part(answer) if callable(part) else part)
    return play


# ---- GOAWAY

BROKE_OFF = "broke off: it is not known whether the request was carried out; try again"
UNSEEN = "has not looked at this one; try again"


def goaway_at_once(peer, _):
    peer.greet()
    peer.send(goaway(0))


Row("GOAWAY at once", goaway_at_once, 8, UNSEEN)
row("GOAWAY, nothing seen", goaway(0), code=8, words=UNSEEN)
row("GOAWAY, nothing seen, stays open", goaway(0), code=8, words=UNSEEN, closes=False)
row("GOAWAY with an error", goaway(0, 2), code=8, words=UNSEEN)
row("GOAWAY with words for a terminal", goaway(1, 11, b"\x1b]0;calm\x07\x1b[31m" * 100), code=8, words=BROKE_OFF)
row("GOAWAY, the call seen, then the end", goaway(1), code=8, words=BROKE_OFF)
row("GOAWAY between headers and message", GRPC_HEAD, goaway(1), code=8, words=BROKE_OFF)
row("GOAWAY in the middle of an answer that goes on", GRPC_HEAD, goaway(1), whole, OK_TRAILERS, code=0)
row("GOAWAY before an answer that comes", goaway(1), GRPC_HEAD, whole, OK_TRAILERS, code=0)
row("GOAWAY after the answer", GRPC_HEAD, whole, OK_TRAILERS, goaway(1), code=0)
row("GOAWAY twice, then silence", goaway(2147483647), goaway(1), code=9, words="no answer within", closes=False, timeout="1")
row("GOAWAY that is cut", goaway(1)[:12], code=8, words=BROKE_OFF)


def refuse_all(peer, _):
    peer.greet()
    for stream in range(1, 100, 2):
        peer.take_request()
        peer.send(frame(RST_STREAM, 0, stream, bytes([0, 0, 0, 7])))


# ---- resets, at every point, with every code of RFC 9113 and two that it has not

RESETS = {0: (1, "without an answer|before its status"), 7: (8, UNSEEN), 8: (1, "cancelled the call; try again"),
          11: (1, "too many calls from here"), 12: (5, "better encryption")}
for number in (*range(14), 99, 0xffffffff):
    ended, words = RESETS.get(number, (1, "HTTP/2 error %d.: it is not known" % number))
    Row("reset 7, always", refuse_all, 8, UNSEEN) if number == 7 else \
        row("reset %d before headers" % number, reset(number), code=ended, words=words, closes=False)
    row("reset %d after headers" % number, GRPC_HEAD, reset(number), code=ended, words=words, closes=False)
    row("reset %d after the message" % number, GRPC_HEAD, whole, reset(number), code=ended, words=words, closes=False)
    row("reset %d after the trailers" % number, GRPC_HEAD, whole, OK_TRAILERS, reset(number), code=0, closes=False)

# ---- the end of the connection

CUT = "in the middle of a message; try again"
Row("closed before the preface", lambda peer, _: None, 8, "does not speak HTTP/2", closes=True)
Row("closed after SETTINGS", lambda peer, _: peer.greet(), 8, BROKE_OFF, closes=True)
row("closed after the request", code=8, words=BROKE_OFF)
row("closed after headers", GRPC_HEAD, code=8, words=BROKE_OFF)
row("closed after the message", GRPC_HEAD, whole, code=8, words=BROKE_OFF)
row("closed in the trailers", GRPC_HEAD, whole, OK_TRAILERS[:-3], code=8, words=BROKE_OFF)
row("closed hard after the answer", GRPC_HEAD, whole, OK_TRAILERS, code=0, closes=HARD)
row("closed hard after GOAWAY and the answer", goaway(1), GRPC_HEAD, whole, OK_TRAILERS, code=0, closes=HARD)
row("the head of a message is cut", GRPC_HEAD, data(b"\0\0\0"), OK_TRAILERS, code=1, words=CUT)
row("a message is cut", GRPC_HEAD, lambda answer: data(message(answer)[:-1]), OK_TRAILERS, code=1, words=CUT)
row("a message is longer than it says", GRPC_HEAD, lambda answer: data(message(answer) + b"\0\0"), OK_TRAILERS, code=1, words=CUT)
row("a message that says to be shorter", GRPC_HEAD, lambda answer: data(b"\0\0\0\0\3" + answer), OK_TRAILERS, code=1,
    words="is not a [A-Z]")
row("a message that says to have 4 GB", GRPC_HEAD, data(b"\0\xff\xff\xff\xff"), OK_TRAILERS, code=1, words="more than the")
row("a message that says to have 60 MB", GRPC_HEAD, data(b"\0\3\x93\x87\0abc"), OK_TRAILERS, code=1, words=CUT)
row("a message of an unknown kind", GRPC_HEAD, lambda answer: data(b"\7" + message(answer)[1:]), OK_TRAILERS, code=1,
    words="not framed as gRPC asks")
row("compressed, but with what is not said", GRPC_HEAD, lambda answer: data(b"\1" + message(answer)[1:]), OK_TRAILERS, code=1,
    words="not framed as gRPC asks")
row("bytes that are no message", GRPC_HEAD, data(message(b"\x0a\x7fx")), OK_TRAILERS, code=1, words="is not a [A-Z]")
row("no message where one is due", GRPC_HEAD, OK_TRAILERS, code=1, words="nothing where one message was due", stream=(0, ""))
row("two messages where one is due", GRPC_HEAD, whole, whole, OK_TRAILERS, code=1, words="with more where one message was due", stream=(0, ""))

# ---- trailers

NO_STATUS = "before its status: it is not known whether the request was carried out; try again"
row("no trailers", GRPC_HEAD, lambda answer: data(message(answer), end=True), code=1, words=NO_STATUS)
row("trailers without a status", GRPC_HEAD, whole, trailers(("grpc-message", "fine")), code=1, words=NO_STATUS)
for value in ("abc", "", "-1", "17", "0x0", "0 0", "99999999999999999999", "%30"):
    row("status \"%s\"" % value, GRPC_HEAD, whole, trailers(("grpc-status", value)), code=1, words="UNKNOWN")
row("two statuses", GRPC_HEAD, whole, trailers(("grpc-status", "0"), ("grpc-status", "13")), code=1, words="INTERNAL")
row("a refusal after a good message", GRPC_HEAD, whole, trailers(("grpc-status", "10"), ("grpc-message", "changed")), code=7,
    words="changed", arrived=NO)
for name, value, words in (
        ("escapes", "%1b[31mred%1b]0;title%07%0d%9b2J", "red"), ("broken percents", "%zz 100%% %4", "%zz 100%% %4"),
        ("bytes that are not UTF-8", "caf%e9 %ff%fe %c3", "caf"), ("an encoded NUL", "before%00after", "before"),
        ("raw UTF-8", "caf\xc3\xa9 x", "caf"), ("overlong and surrogate", "%c0%80%ed%a0%80%f4%90%80%80 end", "end"),
        ("direction marks", "%e2%80%aegnp.exe end", "end"), ("C1 controls", "%c2%9b31m end", "end"),
        ("3,900 letters", "x" * 3900, "x{3900}"), ("20,000 letters", "y" * 20000, "y{4000}"),
        ("20,000 of three bytes", "%e2%82%ac" * 6000, "\u20ac{1000}")):
    row("a message with " + name, headers_in_pieces(header_block((":status", "200"), ("content-type", "application/grpc"),
        ("grpc-status", "5"), ("grpc-message", value)), END_STREAM), code=6, words=words, arrived=REFUSED)

# ---- what is not gRPC

HTML = data(b"<html>\x1b[31m<h1>Error</h1></html>", end=True)
for status, ended in ((301, 1), (400, 1), (401, 4), (403, 5), (404, 1), (418, 1), (429, 8), (500, 1), (502, 8), (503, 8), (504, 8)):
    row("HTTP %d with a page" % status, headers((":status", str(status)), ("content-type", "text/html")), HTML, code=ended,
        words="answered HTTP status %d" % status)
    row("HTTP %d and nothing" % status, headers((":status", str(status)), end=True), code=ended, words="HTTP status %d" % status)
row("HTTP 200 with a page", headers((":status", "200"), ("content-type", "text/html")), HTML, code=1, words="other than shapd")
row("HTTP 200 of no type", headers((":status", "200")), whole, OK_TRAILERS, code=1, words="other than shapd")
row("HTTP 200 of another type, and all is well", headers((":status", "200"), ("content-type", "application/json")), data(b"[]"),
    OK_TRAILERS, code=1, words="other than shapd")
row("HTTP 500, and all is well", headers((":status", "500"), ("content-type", "application/grpc"), ("grpc-status", "0"), end=True),
    code=1, words="HTTP status 500")
row("interim answers first", headers((":status", "100")), headers((":status", "103"), ("grpc-status", "13")), GRPC_HEAD, whole,
    OK_TRAILERS, code=0)
row("a page without end", headers((":status", "502"), ("content-type", "text/html")), data(b"x" * 16384) * 200, code=8,
    words="", closes=True)
for name, text in (("HTTP/1.1", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), ("a mail server", b"220 \x1b[31mmail ESMTP\r\n"),
                   ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"), ("noise", bytes(range(256)) * 100)):
    Row(name + " answers", lambda peer, _, text=text: peer.send(text), 8, "does not speak HTTP/2", closes=True)

# ---- breaches of HTTP/2

for name, part in (
        ("an answer to a stream that is not", frame(HEADERS, END_HEADERS, 3, b"\x88")), ("a promise", frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2\x88")),
        ("a frame too large", frame(DATA, 0, 1, b"x" * 16385)), ("headers that do not decode", frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\x7f")),
        ("a table too large", frame(HEADERS, END_HEADERS, 1, b"\x3f\xe1\xff\x03\x88")), ("a window too large", frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff")),
        ("SETTINGS of a wrong length", frame(SETTINGS, 0, 0, b"abc")), ("a PING of a wrong length", frame(PING, 0, 0, b"abc")),
        ("data on stream 0", frame(DATA, 0, 0, b"abc")), ("CONTINUATION of nothing", frame(CONTINUATION, END_HEADERS, 1, b"\x88"))):
    row(name, part, GRPC_HEAD, whole, OK_TRAILERS, code=8, words=BROKE_OFF, closes=False)
row("data before headers", data(message(b"")), GRPC_HEAD, whole, OK_TRAILERS, code=8, words=BROKE_OFF, closes=False)
row("headers without a status", headers(("content-type", "application/grpc")), whole, OK_TRAILERS, code=1, words="HTTP/2 error 1", closes=False)
row("a name in capitals", headers((":status", "200"), ("Content-Type", "application/grpc")), whole, OK_TRAILERS, code=1,
    words="HTTP/2 error 1|other than shapd", closes=False)
for name, text in (("NUL", "a\0b"), ("a line feed", "a\nb"), ("an escape", "\x1b[31m"), ("DEL", "\x7f")):
    row("a field with %s as it is" % name, headers((":status", "200"), ("content-type", "application/grpc"), ("x", text)), whole, OK_TRAILERS,
        code=1, words="HTTP/2 error 1", closes=False)
row("frames of unknown kinds", frame(0xee, 0xff, 1, b"abc"), GRPC_HEAD, frame(0x42, 1, 0, b""), whole, OK_TRAILERS, code=0)
row("frames after the trailers", GRPC_HEAD, whole, OK_TRAILERS, data(b"more"), OK_TRAILERS, code=0)
row("padding", GRPC_HEAD, lambda answer: frame(DATA, 8, 1, b"\x05" + message(answer) + b"\0" * 5), OK_TRAILERS, code=0)

# ---- floods and silence

LATE = "no answer within"
Row("nothing at all", lambda peer, _: None, 9, LATE, timeout="1")
Row("SETTINGS, and nothing", lambda peer, _: peer.greet(), 9, LATE, timeout="1")
row("the request is taken, and nothing", code=9, words=LATE, closes=False, timeout="1")
row("headers, and nothing", GRPC_HEAD, code=9, words=LATE, closes=False, timeout="1")
row("a message, and nothing", GRPC_HEAD, whole, code=9, words=LATE, closes=False, timeout="1")
Row("no calls are allowed", lambda peer, _: peer.greet((3, 0)), 9, LATE, timeout="1")
Row("no window for the request", lambda peer, _: peer.greet((4, 0)), 9, LATE, timeout="1")


def bytewise(peer, answer):
    peer.greet()
    peer.take_request()
    for octet in GRPC_HEAD + whole(answer) + OK_TRAILERS:
        peer.send(bytes([octet]))
        time.sleep(0.002)


Row("an answer, one byte at a time", bytewise, 0)
Row("messages without end", for_ever(lambda answer: whole(answer) * 1000), 1, "where one message was due", stream=(9, LATE),
    timeout="3")
Row("empty frames without end", for_ever(data(b"") * 1000), 9, LATE, timeout="1")
Row("PING without end", for_ever(frame(PING, 0, 0, b"12345678") * 5000), 8, "broke off", timeout="10")
Row("SETTINGS without end", for_ever(frame(SETTINGS, 0, 0) * 5000), 8, "broke off", timeout="10")
Row("60 MB of one message, and no end", for_ever(lambda answer: data(b"\0\3\x93\x87\0") + data(b"x" * 16384) * 4000), 1, "more than the",
    timeout="60")

deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
BOMB = deflate.compress(b"\0" * (100 << 20)) + deflate.flush()
GZIP_HEAD = headers((":status", "200"), ("content-type", "application/grpc"), ("grpc-encoding", "gzip"))
bomb = b"\1" + len(BOMB).to_bytes(4, "big") + BOMB
row("a gzip bomb", GZIP_HEAD, b"".join(data(bomb[at:at + 16384]) for at in range(0, len(bomb), 16384)), OK_TRAILERS, code=1,
    words="more than the")
row("gzip that is none", GZIP_HEAD, lambda answer: data(b"\1" + message(answer)[1:]), OK_TRAILERS, code=1, words="damaged")
# Sub-messages of no bytes, which take 150 times as many in memory: 30 MB of them in an identity's, a person's, a receipt's.
row("a message that swells", GRPC_HEAD, lambda answer: swelling(), OK_TRAILERS, code=1, words="more than the")


def swelling():
    body = b"\x32\x00\x3a\x00\x1a\x00" * (5 << 20)
    framed = b"\0" + len(body).to_bytes(4, "big") + body
    return b"".join(data(framed[at:at + 16384]) for at in range(0, len(framed), 16384))


fields = [("x-%d" % number, "v" * 100) for number in range(100)]
row("100 fields", GRPC_HEAD, whole, headers_in_pieces(header_block(*fields, ("grpc-status", "0")), END_STREAM), code=0)
row("a field of 100 KB", headers_in_pieces(header_block((":status", "200"), ("x", "v" * 100000))), whole, OK_TRAILERS, code=8,
    words=BROKE_OFF, closes=False)
# A field of 3,000 bytes is put into the table, then named 60,000 times by one byte each: 180 MB of fields.
row("fields that swell", headers_in_pieces(b"\x88\x40" + header_block(("x", "v" * 3000))[1:] + b"\xbe" * 60000), whole, OK_TRAILERS,
    code=1, words=".", closes=False)
row("CONTINUATION without end", frame(HEADERS, 0, 1, b"\x88") + frame(CONTINUATION, 0, 1, b"") * 5000, code=8, words=BROKE_OFF, closes=False)

# ---- certificates and TLS

NOT_TRUSTED = "no trusted TLS 1.3 connection"


def good(peer, answer):
    answering(GRPC_HEAD, whole, OK_TRAILERS)(peer, answer)


Row("TLS, all is well", good, 0, tls="good")
Row("a certificate for another name", good, 8, NOT_TRUSTED + ".*name", arrived=NO, tls="other")
Row("a certificate that has expired", good, 8, NOT_TRUSTED + ".*expired", arrived=NO, tls="expired")
Row("a certificate of next century", good, 8, NOT_TRUSTED + ".*not yet valid", arrived=NO, tls="early")
Row("a certificate of an unknown authority", good, 8, NOT_TRUSTED + ".*--ca FILE", arrived=NO, tls="stranger")
Row("a certificate signed by itself", good, 8, NOT_TRUSTED + ".*--ca FILE", arrived=NO, tls="itself")
Row("TLS 1.2 at most", good, 8, NOT_TRUSTED, arrived=NO, tls="old")
Row("TLS without HTTP/2 (no ALPN)", good, 8, "HTTP/2 is not offered", arrived=NO, tls="no_alpn")
Row("TLS with HTTP/1.1 only", good, 8, "HTTP/2 is not offered|no trusted TLS", arrived=NO, tls="http1")
Row("TLS, then HTTP/1.1", lambda peer, _: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 8, "does not speak HTTP/2", tls="good", closes=True)
Row("TLS, then the end", lambda peer, _: None, 8, "does not speak HTTP/2", tls="good", closes=True)
Row("plaintext where TLS is asked for", lambda peer, _: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 8, "does not speak TLS", arrived=NO,
    tls="none", closes=True)
Row("closed in the handshake", lambda peer, _: peer.connection.recv(100), 8, NOT_TRUSTED, arrived=NO, tls="none", closes=True)
Row("silent in the handshake", lambda peer, _: peer.connection.recv(100), 8, NOT_TRUSTED + ".*no answer in time", arrived=NO, tls="none",
    timeout="1")
Row("noise in the handshake", lambda peer, _: peer.send(b"\x16\x03\x03\x40\x00" + bytes(range(256)) * 64), 8, NOT_TRUSTED, arrived=NO,
    tls="none", closes=True)


def contexts(home):
    """TLS as it should be, and otherwise, by the words of the rows."""
    found = {"none": None}
    for name in ("good", "other", "expired", "early", "stranger", "itself", "old", "no_alpn", "http1"):
        context = found[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = name if (home / (name + ".pem")).exists() else "good"
        context.load_cert_chain(home / (certificate + ".pem"), home / (certificate + ".key"))
        if name != "no_alpn":
            context.set_alpn_protocols(["http/1.1" if name == "http1" else "h2"])
        if name == "old":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
    return found


# ---- the table

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def judge_outbox(row, err, env):
    """What is wrong with what waits after a return that was not answered."""
    listed = subprocess.run([kit.Case.shap_path, "outbox", "list", "--format", "json"], capture_output=True, env=env, check=False)
    waiting = [(entry["said"]["return_id"], entry["arrival"]) for entry in json.loads(listed.stdout)]
    named = ID.search(err)
    wanted = [] if row.arrived == REFUSED else [(named and named[1], row.arrived)]
    return "" if waiting == wanted else "%s waits, not %s: %.300s" % (waiting, wanted, err)


def judge(row, kind, code, out, err, elapsed_s, env):
    """What is wrong with an end; empty when nothing is."""
    wanted, words = row.stream if kind == "stream" else (row.code, row.words)
    if code != wanted:
        return "exit code %d, not %d: %.300s" % (code, wanted, err)
    if re.search("Sanitizer|runtime error", err):
        return err
    if not re.search(words, err, re.S):
        return "the words are: %.300s" % err
    if OBEYED.search(out) or OBEYED.search(err):
        return "a terminal would obey: %.300r" % (out + err)
    if "\ufffe" in out + err:
        return "not UTF-8: %.300r" % (out + err)
    if code != 0 and (out or len(re.findall("(?m)^shap: ", err)) != 1):
        return "not one message: %.300r" % (out + err)
    if kind == "record" and code != 0 and (problem := judge_outbox(row, err, env)):
        return problem
    return "took %.1f s" % elapsed_s if elapsed_s > WORST_S else ""


def run(row, kind, home, tls):
    words, answer = COMMANDS[kind]
    server = HostileServer(lambda peer: row.play(peer, answer), tls[row.tls] if row.tls else None, row.closes)
    where = "localhost:%d" if row.tls else "http://127.0.0.1:%d"
    options = ["--ca", home / "ca.pem"] if row.tls else []
    env = {"HOME": str(home), "XDG_STATE_HOME": tempfile.mkdtemp(dir=home)}
    started = time.monotonic()
    try:
        done = subprocess.run([kit.Case.shap_path, *words, "--server", where % server.port, "--token-file", home / "token",
                               "--timeout", row.timeout, *options], capture_output=True, timeout=90, env=env,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "does not end"
    finally:
        server.close()
    # What is not UTF-8 becomes a character that no server here sends.
    out, err = (text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
    out, err = (re.sub("[\udc80-\udcff]", "\ufffe", text) for text in (out, err))
    return judge(row, kind, done.returncode, out, err, time.monotonic() - started, env)


def run_all(rows, home):
    problems, tls = [], contexts(home)
    width = max(len(row.name) for row in rows)
    print("%s | exit | %s" % ("server".ljust(width), " | ".join(kind.ljust(6) for kind in COMMANDS)))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ends = [[pool.submit(run, row, kind, home, tls) for kind in COMMANDS] for row in rows]
        for row, cells in zip(rows, ends):
            found = [cell.result() for cell in cells]
            codes = str(row.code) if row.stream[0] == row.code else "%d/%d" % (row.code, row.stream[0])
            print("%s | %s | %s" % (row.name.ljust(width), codes.ljust(4), " | ".join(("FAILED" if cell else "ok").ljust(6) for cell in found)))
            problems += ["%s, %s: %s" % (row.name, kind, cell) for kind, cell in zip(COMMANDS, found) if cell]
    largest_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    problems += ["the largest needed %d MB" % largest_mb] if largest_mb > MOST_MB else []
    print("%d cells, %d failed; the largest needed %d MB" % (len(rows) * len(COMMANDS), len(problems), largest_mb))
    print("\n".join(problems), file=sys.stderr)
    return len(problems)


def main():
    kit.Case.shap_path = os.path.abspath(sys.argv[1])
    rows = [row for row in ROWS if len(sys.argv) < 4 or sys.argv[3] in row.name]
    with tempfile.TemporaryDirectory(prefix="shap-") as directory:
        home = pathlib.Path(directory)
        kit.make_certificates(home)
        kit.make_bad_certificates(home)
        (home / "token").write_text("shap_secret\n")
        (home / "token").chmod(0o600)
        failed = run_all(rows, home)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
