"""RFC 9113, section 8: what a request may look like; and gRPC over HTTP/2 (PROTOCOL-HTTP2.md) on top of it."""
import gzip

from kit import (CANCEL, CHECK, DATA, EMPTY_MESSAGE, END_HEADERS, END_STREAM, HEADERS, IGNORED, PROTOCOL_ERROR,
                 RST_STREAM, SERVED, STREAM_CLOSED, WATCH, Table, answered, request, settings,
                 stream, u32)

TABLE = Table()
GRPC = Table()
MALFORMED = stream(PROTOCOL_ERROR)
MESSAGE = EMPTY_MESSAGE


def raw(*fields):
    """Literal fields without indexing, as they are: what an encoder would refuse to write."""
    return b"".join(b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields)


def send_fields(peer, fields):
    peer.call(fields)


def send_extra(peer, field):
    """A good request with one more field, written as it is."""
    stream_id = peer.headers(block=peer.encode(request()) + raw(field))
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


# ---- 8.1: framing of a request

@TABLE.case("8.1", "a request with trailers", SERVED)
def _(peer):
    stream_id = peer.headers()
    peer.send(DATA, 0, stream_id, MESSAGE)
    peer.headers([("x-checksum", "1")], END_HEADERS | END_STREAM, stream_id)


@TABLE.case("8.1", "trailers that do not end the request", MALFORMED)
def _(peer):
    stream_id = peer.headers()
    peer.send(DATA, 0, stream_id, MESSAGE)
    peer.headers([("x-checksum", "1")], END_HEADERS, stream_id)


@TABLE.case("8.1", "a pseudo-header in trailers", MALFORMED)
def _(peer):
    stream_id = peer.headers()
    peer.send(DATA, 0, stream_id, MESSAGE)
    peer.headers([(":path", "/")], END_HEADERS | END_STREAM, stream_id)


@TABLE.case("8.1", "HEADERS after trailers", stream(STREAM_CLOSED))
def _(peer):
    stream_id = peer.headers(request(WATCH))
    peer.send(DATA, 0, stream_id, MESSAGE)
    peer.headers([("x", "1")], END_HEADERS | END_STREAM, stream_id)
    peer.headers([("x", "1")], END_HEADERS | END_STREAM, stream_id)


@TABLE.case("8.1", "a request without a body: gRPC misses its message", answered(status=12))
def _(peer):
    peer.headers(flags=END_HEADERS | END_STREAM)


@TABLE.case("8.1", "an early answer, and the rest of the request goes on", answered(status=12))
def _(peer):
    stream_id = peer.headers(request("/no.such/Method"))
    for _ in range(4):
        peer.send(DATA, 0, stream_id, bytes(10000))


def send_length(peer, length):
    stream_id = peer.headers(request(extra=[("content-length", length)]))
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


TABLE.rows("8.1.1", SERVED, (("a content-length that is right", "5"),), send_length)
TABLE.rows("8.1.1", MALFORMED, (
    ("more DATA than content-length says", "4"), ("less DATA than content-length says", "6"),
    ("a content-length that is no number", "five"), ("a content-length below zero", "-5"), ("an empty content-length", "")),
           send_length)


@TABLE.case("8.1.1", "two different content-lengths", MALFORMED)
def _(peer):
    stream_id = peer.headers(request(extra=[("content-length", "5"), ("content-length", "6")]))
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


@TABLE.case("8.1.1", "DATA against the content-length in several frames", MALFORMED)
def _(peer):
    stream_id = peer.headers(request(extra=[("content-length", "5")]))
    peer.send(DATA, 0, stream_id, MESSAGE)
    peer.send(DATA, END_STREAM, stream_id, b"x")


# ---- 8.2: fields

TABLE.rows("8.2.1", MALFORMED, [(f"a field name with {what}", (name, b"v")) for what, name in (
    ("an upper-case letter", b"Name"), ("a space", b"na me"), ("a NUL", b"na\0me"), ("a line feed", b"na\nme"),
    ("a carriage return", b"na\rme"), ("a byte of 0x7f", b"na\x7fme"), ("a byte above 0x7f", b"na\xffme"),
    ("a colon", b"na:me"), ("nothing in it", b""))], send_extra)
TABLE.rows("8.2.1", MALFORMED, [(f"a field value with {what}", (b"name", value)) for what, value in (
    ("a NUL", b"va\0lue"), ("a line feed", b"va\nlue"), ("a carriage return", b"va\rlue"),
    ("a space before it", b" value"), ("a space after it", b"value "),
    ("a tab before it", b"\tvalue"), ("a tab after it", b"value\t"))], send_extra)
TABLE.rows("8.2.1", SERVED, [(f"a field value with {what}", (b"name", value)) for what, value in (
    ("spaces and tabs inside", b"va \t lue"), ("bytes above 0x7f", b"va\xfflue"), ("nothing in it", b""))], send_extra)
TABLE.rows("8.2.2", MALFORMED, [(f"the connection-specific field {name.decode()}", (name, value)) for name, value in (
    (b"connection", b"close"), (b"proxy-connection", b"close"), (b"keep-alive", b"timeout=5"),
    (b"transfer-encoding", b"chunked"), (b"upgrade", b"h2c"))], send_extra)
TABLE.rows("8.2.2", MALFORMED, (("te with more than trailers", (b"te", b"trailers, deflate")), ("te: gzip", (b"te", b"gzip"))),
           send_extra)
TABLE.rows("8.2.3", SERVED, (("a cookie in crumbs", [("cookie", "a=b"), ("cookie", "c=d")]),),
           lambda peer, crumbs: send_fields(peer, request(extra=crumbs)))

# ---- 8.3: pseudo-header fields

TABLE.rows("8.3", MALFORMED, (
    ("a pseudo-header after a field", [*request()[:3], ("x", "y"), *request()[3:]]),
    ("an unknown pseudo-header", [(":protocol-buffer", "1"), *request()]),
    ("a pseudo-header of answers", [(":status", "200"), *request()]),
    ("an empty pseudo-header name", [(":", "x"), *request()])), send_fields)
TABLE.rows("8.3.1", MALFORMED, [(f"{name} twice", [(name, value), *request()]) for name, value in request()[:4]],
           send_fields)
TABLE.rows("8.3.1", MALFORMED, [(f"no {name}", request(changed=[(name, None)])) for name in (":method", ":scheme", ":path")],
           send_fields)
TABLE.rows("8.3.1", MALFORMED, (("an empty :path", request("")), ("a :path that does not begin with a slash", request("x"))),
           send_fields)
TABLE.rows("8.3.1", MALFORMED, (("neither :authority nor host", request(changed=[(":authority", None)])),
                                ("an :authority with userinfo", request(changed=[(":authority", "me@localhost")])),
                                ("a :method with a space", request(changed=[(":method", "PO ST")]))), send_fields)
TABLE.rows("8.3.1", SERVED, (("no :authority but host",
                              request(changed=[(":authority", None)], extra=[("host", "localhost")])),
                             ("the scheme https behind a proxy", request(changed=[(":scheme", "https")]))), send_fields)
TABLE.rows("8.5", MALFORMED, (
    ("CONNECT with :scheme and :path", request(changed=[(":method", "CONNECT")])),
    ("CONNECT without :authority", [(":method", "CONNECT")]),
    ("extended CONNECT, which was not offered (RFC 8441)",
     [(":method", "CONNECT"), (":protocol", "websocket"), *request()[1:4]])), send_fields)


@TABLE.case("8.5", "CONNECT: no tunnel is made", answered(http=405))
def _(peer):
    peer.headers([(":method", "CONNECT"), (":authority", "localhost:1")])


# ---- gRPC: requests

GRPC.rows("request", answered(http=405, status=13), (("GET", "GET"), ("PUT", "PUT"), ("OPTIONS", "OPTIONS")),
          lambda peer, method: send_fields(peer, request(changed=[(":method", method)])))
GRPC.rows("request", answered(http=415), (
    ("no content-type", None), ("application/json", "application/json"), ("application/grpc-web", "application/grpc-web"),
    ("application/grpc+json", "application/grpc+json"), ("text/html", "text/html")),
          lambda peer, kind: send_fields(peer, request(changed=[("content-type", kind)])))
GRPC.rows("request", SERVED, (
    ("application/grpc+proto", "application/grpc+proto"), ("application/grpc; charset=utf-8", "application/grpc; charset=utf-8"),
    ("application/grpc+proto;x=y", "application/grpc+proto;x=y")),
          lambda peer, kind: send_fields(peer, request(changed=[("content-type", kind)])))
GRPC.rows("request", SERVED, (("no te: proxies drop it", None),),
          lambda peer, te: send_fields(peer, request(changed=[("te", te)])))
GRPC.rows("request", answered(http=200, status=12), (
    ("an unknown service", "/shap.v1.Nobody/Check"), ("an unknown method", "/grpc.health.v1.Health/Nothing"),
    ("a path without a method", "/grpc.health.v1.Health"), ("the path /", "/"), ("a path with a query", CHECK + "?x")),
          lambda peer, path: send_fields(peer, request(path)))
GRPC.rows("timeout", SERVED, [(f"grpc-timeout: {text}", text) for text in (
    "1H", "5M", "30S", "20000m", "20000000u", "99999999n", "00000010S", "99999999H")],
          lambda peer, text: send_fields(peer, request(extra=[("grpc-timeout", text)])))
GRPC.rows("timeout", answered(http=200, status=13), [(f"grpc-timeout: {text!r}", text) for text in (
    "", "S", "10", "10s", "123456789S", "-1S", "+1S", "1.5S", "1 S", "1SS", "0x1S")],
          lambda peer, text: send_fields(peer, request(extra=[("grpc-timeout", text)])))
GRPC.rows("timeout", answered(http=200, status=4), [(f"a watch with grpc-timeout: {text}", text) for text in (
    "1n", "200u", "20m", "0S")],
          lambda peer, text: send_fields(peer, request(WATCH, extra=[("grpc-timeout", text)])))


@GRPC.case("cancel", "RST_STREAM ends a call, and others are served", IGNORED)
def _(peer):
    peer.send(RST_STREAM, 0, peer.open_call(), u32(CANCEL))


# ---- gRPC: messages

def send_body(peer, body):
    peer.call(body=body)


def send_gzip(peer, body):
    peer.call(request(extra=[("grpc-encoding", "gzip")]), body)


def framed(message, flag=0):
    return bytes([flag]) + u32(len(message)) + message


GRPC.rows("message", SERVED, (("fields that nobody knows", framed(b"\xf8\x07\x01")),), send_body)
GRPC.rows("message", answered(http=200, status=13), (
    ("a request that ends inside a frame's head", bytes(3)), ("a request that ends inside a message", b"\0" + u32(9) + b"x"),
    ("a flag that is neither 0 nor 1", framed(b"", 2)), ("a compressed message without grpc-encoding", framed(b"", 1))),
          send_body)
GRPC.rows("message", answered(http=200, status=12), (("two messages where one is due", framed(b"") * 2),), send_body)
GRPC.rows("message", answered(http=200, status=3), (("bytes that are no message", framed(b"\xff\xff")),), send_body)
GRPC.rows("message", answered(http=200, status=8), (("a message of 2^32-1 bytes", b"\0\xff\xff\xff\xff"),
                                                    ("a message of 1 MiB and a byte", b"\0" + u32((1 << 20) + 1))),
          send_body)
GRPC.rows("encoding", SERVED, (("gzip", framed(gzip.compress(b""), 1)), ("gzip announced, and a plain message", framed(b""))),
          send_gzip)
GRPC.rows("encoding", answered(http=200, status=13), (
    ("gzip that is cut", framed(gzip.compress(b"")[:-1], 1)), ("gzip with a byte after it", framed(gzip.compress(b"") + b"x", 1)),
    ("something that is not gzip", framed(b"something", 1)), ("nothing at all", framed(b"", 1))), send_gzip)
GRPC.rows("encoding", answered(http=200, status=8), (("a bomb: 64 MiB of zeros in 64 KiB", framed(gzip.compress(bytes(1 << 26), 9), 1)),),
          lambda peer, body: send_bomb(peer, body))
GRPC.rows("encoding", SERVED, (("identity", "identity"),),
          lambda peer, name: send_fields(peer, request(extra=[("grpc-encoding", name)])))


def send_bomb(peer, body):
    stream_id = peer.headers(request(extra=[("grpc-encoding", "gzip")]))
    for at in range(0, len(body), 16384):
        peer.send(DATA, 0, stream_id, body[at:at + 16384])


@GRPC.case("encoding", "an unknown encoding: the answer names those that are taken", answered(http=200, status=12))
def _(peer):
    stream_id = peer.call(request(extra=[("grpc-encoding", "snappy")]))
    assert peer.read_until(lambda: "identity,gzip" == peer.answers.get(stream_id, {}).get("grpc-accept-encoding"))


# The descriptor of the reports, asked of reflection: an answer of tens of kilobytes.
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
LARGE_ANSWER = framed(b"\x22\x0fshap.v1.Reports")


def ask_large(peer, accepted):
    """Its flag on the wire, its length there, and what it says."""
    stream_id = peer.call(request(REFLECTION, extra=accepted), LARGE_ANSWER)
    assert peer.read_until(lambda: stream_id in peer.ended)
    body = peer.bodies[stream_id]
    size = int.from_bytes(body[1:5], "big")
    message = gzip.decompress(body[5:5 + size]) if body[0] else body[5:5 + size]
    assert b"GetExceptionReport" in message
    return body[0], size, message


@GRPC.case("encoding", "a large answer to who accepts gzip is gzip on the wire, shorter, and the same", SERVED,
           settings=settings(window=1 << 20))
def _(peer):
    plain = ask_large(peer, [])
    zipped = ask_large(peer, [("grpc-accept-encoding", "identity,deflate,gzip")])
    fields = peer.answers[peer.case_stream]
    assert plain[:2] == (0, len(plain[2])) and zipped[0] == 1 and zipped[1] < len(plain[2]) // 2
    assert fields["grpc-encoding"] == "gzip" and zipped[2] == plain[2]


@GRPC.case("encoding", "a large answer to who accepts something else goes plain", SERVED, settings=settings(window=1 << 20))
def _(peer):
    assert ask_large(peer, [("grpc-accept-encoding", "identity,deflate")])[0] == 0
    assert peer.answers[peer.case_stream].get("grpc-encoding", "identity") == "identity"


# ---- gRPC: metadata and answers

GRPC.rows("metadata", SERVED, [(f"-bin metadata: {text!r}", text) for text in (
    "", "AAEC", "AAE=", "AAE", "q6ur", "AAEC,AAE,AA==", "AAEC, AAE")],
          lambda peer, text: send_fields(peer, request(extra=[("x-trace-bin", text)])))
GRPC.rows("metadata", answered(http=200, status=13), [(f"-bin metadata: {text!r}", text) for text in (
    "A", "AAECA", "AA=C", "A===", "!", "AA-_", "AAEC,!", "AA=====")],
          lambda peer, text: send_fields(peer, request(extra=[("x-trace-bin", text)])))
GRPC.rows("metadata", answered(http=200, status=8), (("headers of more than 8 KiB", "v" * 9000),),
          lambda peer, text: send_fields(peer, request(extra=[("x-long", text)])))


@GRPC.case("answer", "an error before any message is trailers only: one HEADERS", answered(http=200, status=12))
def _(peer):
    stream_id = peer.call(request("/no.such/Method"))
    peer.read_until(lambda: stream_id in peer.ended)
    ours = [got for got in peer.seen if got.stream == stream_id]
    assert len(ours) == 1 and ours[0].type == HEADERS and ours[0].flags & END_STREAM


@GRPC.case("answer", "a message, and trailers after it: HEADERS, DATA, HEADERS", SERVED)
def _(peer):
    stream_id = peer.closed_call()
    kinds = [got.type for got in peer.seen if got.stream == stream_id and (got.type != DATA or got.payload)]
    assert kinds == [HEADERS, DATA, HEADERS]


@GRPC.case("answer", "a status message is percent-encoded ASCII", answered(http=200, status=3))
def _(peer):
    stream_id = peer.call(body=framed(b"\xff\xff"))
    peer.read_until(lambda: stream_id in peer.ended)
    text = peer.answers[stream_id]["grpc-message"]
    assert text and text.isascii() and text.isprintable()
