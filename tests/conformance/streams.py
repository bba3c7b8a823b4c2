"""RFC 9113, sections 3 to 5: connections, frames, streams."""
from kit import (ACK, CANCEL, CONTINUATION, DATA, EMPTY_MESSAGE, END_HEADERS, END_STREAM, ENDED, FRAME_SIZE_ERROR,
                 GOAWAY, HEADERS, IGNORED, PADDED, PING, PREFACE, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM,
                 RST_STREAM, SERVED, SETTINGS, STREAM_CLOSED, WATCH, WINDOW_UPDATE, Table, connection, frame,
                 request, stream, u32)

TABLE = Table()
case, rows = TABLE.case, TABLE.rows
PRIORITY_FIELDS = u32(0) + b"\x10"
MESSAGE = EMPTY_MESSAGE


# ---- 3.4: the connection preface

@case("3.4", "HTTP/1.1", ENDED, hands=False)
def _(peer):
    peer.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


@case("3.1", "an upgrade from HTTP/1.1 to h2c, which 9113 takes back", ENDED, hands=False)
def _(peer):
    peer.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
             b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")


@case("3.4", "a preface with one wrong byte", ENDED, hands=False)
def _(peer):
    peer.raw(PREFACE[:-1] + b"!" + frame(SETTINGS))


@case("3.4", "a preface without SETTINGS after it", connection(PROTOCOL_ERROR), hands=False)
def _(peer):
    peer.raw(PREFACE + frame(PING, 0, 0, bytes(8)))


@case("3.4", "a first SETTINGS that is an acknowledgement", connection(PROTOCOL_ERROR), hands=False)
def _(peer):
    peer.raw(PREFACE + frame(SETTINGS, ACK))


@case("3.4", "a preface and SETTINGS a byte at a time", IGNORED, hands=False)
def _(peer):
    for byte in PREFACE + frame(SETTINGS):
        peer.raw(bytes([byte]))


@case("3.4", "a call at once, without awaiting the server's SETTINGS", SERVED, hands=False)
def _(peer):
    peer.raw(PREFACE + frame(SETTINGS))
    peer.call()


@case("3.4", "the server's first frame is SETTINGS", IGNORED)
def _(peer):
    assert peer.seen[0].type == SETTINGS and not peer.seen[0].flags & ACK


# ---- 4.1: frame format

rows("4.1", IGNORED, (("an unknown type on stream 0", 0), ("an unknown type on an idle stream", 7)),
     lambda peer, stream_id: peer.send(0xbb, 0xff, stream_id, b"what is this?"))
rows("4.1", IGNORED, (("undefined flags of SETTINGS", SETTINGS), ("undefined flags of WINDOW_UPDATE", WINDOW_UPDATE)),
     lambda peer, kind: peer.send(kind, 0xfe, 0, u32(1) if kind == WINDOW_UPDATE else b""))


@case("4.1", "an unknown type on an open stream", SERVED)
def _(peer):
    stream_id = peer.headers()
    peer.send(0xbb, 0xff, stream_id, b"what is this?")
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


@case("4.1", "undefined flags of HEADERS and DATA", SERVED)
def _(peer):
    stream_id = peer.headers(flags=END_HEADERS | 0xd2)
    peer.send(DATA, END_STREAM | 0xf6, stream_id, MESSAGE)


@case("4.1", "undefined flags of PING: it is answered", IGNORED)
def _(peer):
    peer.send(PING, 0xfe, 0, b"flagged!")
    assert peer.read_until(lambda: any(got.type == PING and got.payload == b"flagged!" for got in peer.seen))


@case("4.1", "the reserved bit of a stream id", SERVED)
def _(peer):
    stream_id = peer.new_id()
    peer.send(HEADERS, END_HEADERS, stream_id | 0x80000000, peer.encode(request()))
    peer.send(DATA, END_STREAM, stream_id | 0x80000000, MESSAGE)


# ---- 4.2: frame size

@case("4.2", "a DATA frame of 16,384 bytes", SERVED)
def _(peer):
    stream_id = peer.headers(request("/grpc.health.v1.Health/Check"))
    peer.send(DATA, END_STREAM | PADDED, stream_id, bytes([255]) + MESSAGE + bytes(255))


@case("4.2", "a DATA frame beyond 16,384 bytes", stream(FRAME_SIZE_ERROR))
def _(peer):
    peer.send(DATA, 0, peer.headers(), bytes(16385))


rows("4.2", connection(FRAME_SIZE_ERROR), (("HEADERS beyond 16,384 bytes", HEADERS), ("SETTINGS beyond it", SETTINGS),
                                           ("an unknown type beyond it", 0xbb)),
     lambda peer, kind: peer.send(kind, END_HEADERS if kind == HEADERS else 0,
                                  peer.new_id() if kind == HEADERS else 0, bytes(16386)))


@case("4.2", "CONTINUATION beyond 16,384 bytes", connection(FRAME_SIZE_ERROR))
def _(peer):
    peer.send(CONTINUATION, END_HEADERS, peer.headers(flags=0), bytes(16385))


# ---- 4.3: field section compression (more in RFC 7541)

@case("4.3", "a field block that cannot be decompressed", connection(9))
def _(peer):
    peer.headers(block=b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")


@case("4.3", "a field block that is not complete", connection(9))
def _(peer):
    peer.headers(block=peer.encode(request())[:-3])


def interrupt(peer, interruption):
    peer.headers(flags=0)
    peer.send(*interruption)


rows("4.3", connection(PROTOCOL_ERROR), (
    ("DATA inside a field block", (DATA, 0, 1, b"x")),
    ("PING inside a field block", (PING, 0, 0, bytes(8))),
    ("SETTINGS inside a field block", (SETTINGS, 0, 0, b"")),
    ("PRIORITY inside a field block", (PRIORITY, 0, 1, PRIORITY_FIELDS)),
    ("RST_STREAM inside a field block", (RST_STREAM, 0, 1, u32(CANCEL))),
    ("WINDOW_UPDATE inside a field block", (WINDOW_UPDATE, 0, 0, u32(1))),
    ("GOAWAY inside a field block", (GOAWAY, 0, 0, bytes(8))),
    ("an unknown type inside a field block (5.5)", (0xbb, 0, 1, b"x")),
    ("HEADERS of another stream inside a field block", (HEADERS, END_HEADERS, 3, b"\x82")),
    ("HEADERS of the same stream inside a field block", (HEADERS, END_HEADERS, 1, b"\x82")),
    ("CONTINUATION of another stream inside a field block", (CONTINUATION, END_HEADERS, 3, b"\x82"))), interrupt)


@case("4.3", "a field block in HEADERS and five CONTINUATION, cut anywhere", SERVED)
def _(peer):
    block = peer.encode(request())
    stream_id = peer.headers(flags=0, block=block[:1])
    for at in range(1, 5):
        peer.send(CONTINUATION, 0, stream_id, block[at:at + 1])
    peer.send(CONTINUATION, END_HEADERS, stream_id, block[5:])
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


@case("4.3", "the field block of a stream that is refused still changes the table", SERVED, hands=False)
def _(peer):
    extra = [("x-first", "seen only on the stream that was refused")]
    peer.raw(PREFACE + frame(SETTINGS))
    watches = [peer.open_call() for _ in range(16)]
    refused = peer.headers(request(extra=extra))
    assert peer.read_until(lambda: peer.resets.get(refused) == REFUSED_STREAM)
    for watch in watches:
        peer.send(RST_STREAM, 0, watch, u32(CANCEL))
    peer.is_alive()
    peer.call(request(extra=extra))


# ---- 5.1: stream states

rows("5.1", connection(PROTOCOL_ERROR), (
    ("DATA on an idle stream", (DATA, 0, 1, b"x")),
    ("RST_STREAM on an idle stream (6.4)", (RST_STREAM, 0, 1, u32(CANCEL))),
    ("WINDOW_UPDATE on an idle stream", (WINDOW_UPDATE, 0, 1, u32(1))),
    ("CONTINUATION on an idle stream", (CONTINUATION, END_HEADERS, 1, b"\x82"))),
     lambda peer, sent: peer.send(*sent))


@case("5.1", "PRIORITY on an idle stream", IGNORED)
def _(peer):
    peer.send(PRIORITY, 0, 7, PRIORITY_FIELDS)


@case("5.1", "DATA on a stream that is half-closed by the client", stream(STREAM_CLOSED))
def _(peer):
    peer.send(DATA, END_STREAM, peer.open_call(), MESSAGE)


@case("5.1", "HEADERS on a stream that is half-closed by the client", stream(STREAM_CLOSED))
def _(peer):
    peer.headers([("x", "y")], END_HEADERS | END_STREAM, peer.open_call())


@case("5.1", "CONTINUATION on a stream that is half-closed by the client", connection(PROTOCOL_ERROR))
def _(peer):
    peer.send(CONTINUATION, END_HEADERS, peer.open_call(), b"")


rows("5.1", IGNORED, (
    ("WINDOW_UPDATE on a stream that is half-closed by the client", (WINDOW_UPDATE, u32(1))),
    ("PRIORITY on a stream that is half-closed by the client", (PRIORITY, PRIORITY_FIELDS)),
    ("RST_STREAM on a stream that is half-closed by the client", (RST_STREAM, u32(CANCEL)))),
     lambda peer, sent: peer.send(sent[0], 0, peer.open_call(), sent[1]))


@case("5.1", "DATA on a stream that is closed", stream(STREAM_CLOSED))
def _(peer):
    peer.send(DATA, END_STREAM, peer.closed_call(), MESSAGE)


@case("5.1", "HEADERS on a stream that is closed", connection(STREAM_CLOSED))
def _(peer):
    peer.headers(None, END_HEADERS | END_STREAM, peer.closed_call())


@case("5.1", "CONTINUATION on a stream that is closed", connection(PROTOCOL_ERROR))
def _(peer):
    peer.send(CONTINUATION, END_HEADERS, peer.closed_call(), b"")


rows("5.1", IGNORED, (
    ("WINDOW_UPDATE on a stream that is closed", (WINDOW_UPDATE, u32(1))),
    ("PRIORITY on a stream that is closed", (PRIORITY, PRIORITY_FIELDS)),
    ("RST_STREAM on a stream that is closed", (RST_STREAM, u32(CANCEL)))),
     lambda peer, sent: peer.send(sent[0], 0, peer.closed_call(), sent[1]))


def after_own_reset(peer, sent):
    stream_id = peer.headers()
    peer.send(RST_STREAM, 0, stream_id, u32(CANCEL))
    peer.send(sent[0], sent[1], stream_id, sent[2])


rows("5.1", stream(STREAM_CLOSED), (
    ("DATA on a stream the client has reset", (DATA, END_STREAM, MESSAGE)),
    ("HEADERS on a stream the client has reset", (HEADERS, END_HEADERS | END_STREAM, b"\x40\x01x\x01y"))), after_own_reset)
rows("5.1", IGNORED, (
    ("PRIORITY on a stream the client has reset", (PRIORITY, 0, PRIORITY_FIELDS)),
    ("RST_STREAM on a stream the client has reset", (RST_STREAM, 0, u32(CANCEL))),
    ("WINDOW_UPDATE on a stream the client has reset", (WINDOW_UPDATE, 0, u32(1)))), after_own_reset)


def after_our_reset(peer, sent):
    """The server resets a stream; what the client had sent before it knew is ignored."""
    stream_id = peer.headers([(":method", "POST")])
    peer.read_until(lambda: stream_id in peer.resets)
    peer.send(sent[0], sent[1], stream_id, sent[2])
    peer.case_stream = None


rows("5.1", IGNORED, (
    ("DATA on a stream the server has reset", (DATA, END_STREAM, MESSAGE)),
    ("HEADERS on a stream the server has reset", (HEADERS, END_HEADERS | END_STREAM, b"\x40\x01x\x01y")),
    ("RST_STREAM on a stream the server has reset", (RST_STREAM, 0, u32(CANCEL))),
    ("WINDOW_UPDATE on a stream the server has reset", (WINDOW_UPDATE, 0, u32(1)))), after_our_reset)

# ---- 5.1.1: stream identifiers

rows("5.1.1", connection(PROTOCOL_ERROR), (("HEADERS on an even stream id", 2), ("HEADERS on stream 0 (6.2)", 0)),
     lambda peer, stream_id: peer.headers(stream=stream_id))


@case("5.1.1", "HEADERS on a smaller stream id, never opened", connection(PROTOCOL_ERROR))
def _(peer):
    peer.headers(stream=9)
    peer.headers(stream=5)


@case("5.1.1", "the same after many gaps", connection(PROTOCOL_ERROR, STREAM_CLOSED))
def _(peer):
    for stream_id in range(5, 5 + 4 * 40, 4):
        peer.headers(stream=stream_id)
        peer.send(RST_STREAM, 0, stream_id, u32(CANCEL))
    peer.headers(stream=3)


@case("5.1.1", "DATA on a smaller stream id, never opened", connection(STREAM_CLOSED, PROTOCOL_ERROR))
def _(peer):
    peer.headers(stream=9)
    peer.send(DATA, 0, 5, b"x")


@case("5.1.1", "stream ids with gaps", SERVED)
def _(peer):
    for peer.next_id in (7, 21, 1001):
        peer.call()


@case("5.1.1", "the largest stream id", SERVED)
def _(peer):
    peer.next_id = 0x7fffffff
    peer.call()
    peer.read_until(lambda: 0x7fffffff in peer.ended)


@case("5.1.2", "more calls than SETTINGS_MAX_CONCURRENT_STREAMS, before it is acknowledged", stream(REFUSED_STREAM),
      hands=False)
def _(peer):
    peer.raw(PREFACE + frame(SETTINGS))
    for _ in range(17):
        peer.call(request(WATCH))


@case("5.1.2", "more calls than SETTINGS_MAX_CONCURRENT_STREAMS", stream(REFUSED_STREAM, PROTOCOL_ERROR))
def _(peer):
    for _ in range(16):
        peer.open_call()
    peer.call()


@case("5.1.2", "as many calls again after they are over", SERVED)
def _(peer):
    for stream_id in [peer.open_call() for _ in range(16)]:
        peer.send(RST_STREAM, 0, stream_id, u32(CANCEL))
    peer.call()


# ---- 5.4: a connection error is told by GOAWAY with the last stream, and no frame after it

@case("5.4.1", "GOAWAY names the last stream that was served", connection(PROTOCOL_ERROR))
def _(peer):
    stream_id = peer.closed_call()
    peer.send(DATA, 0, 0, b"x")
    peer.read_until(lambda: peer.goaway is not None)
    assert peer.seen[-1].payload[:4] == u32(stream_id)


@case("5.4.2", "a stream error leaves the other calls alone", IGNORED)
def _(peer):
    peer.headers(request(extra=[("Upper", "case")]))
    assert peer.read_until(lambda: peer.resets.get(1) == PROTOCOL_ERROR)
    peer.resets.clear()
