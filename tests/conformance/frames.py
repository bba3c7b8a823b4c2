"""RFC 9113, sections 6 and 7: frame by frame."""
from kit import (ACK, CANCEL, CONTINUATION, DATA, EMPTY_MESSAGE, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR,
                 FRAME_SIZE_ERROR, GOAWAY, HEADERS, IGNORED, NO_ERROR, PADDED, PING, PRIORITIZED, PRIORITY,
                 PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SERVED, SETTINGS, WATCH, WINDOW_UPDATE, Table, answered, connection,
                 frame, request, settings, stream, u32)

TABLE = Table()
case, rows = TABLE.case, TABLE.rows
PRIORITY_FIELDS = u32(0) + b"\x10"
MESSAGE = EMPTY_MESSAGE


# ---- 6.1: DATA

@case("6.1", "DATA on stream 0", connection(PROTOCOL_ERROR))
def _(peer):
    peer.send(DATA, 0, 0, b"x")


rows("6.1", connection(PROTOCOL_ERROR), (("padding as long as DATA", b"\x05abcd"), ("padding longer than DATA", b"\xff")),
     lambda peer, payload: peer.send(DATA, PADDED | END_STREAM, peer.headers(), payload))


@case("6.1", "padded DATA too short for its padding's length", connection(FRAME_SIZE_ERROR, PROTOCOL_ERROR))
def _(peer):
    peer.send(DATA, PADDED | END_STREAM, peer.headers(), b"")


@case("6.1", "DATA that is nothing but padding, then a message", SERVED)
def _(peer):
    stream_id = peer.headers()
    peer.send(DATA, PADDED, stream_id, b"\x09" + bytes(9))
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


@case("6.1", "a message a byte at a time", SERVED)
def _(peer):
    stream_id = peer.headers()
    for byte in MESSAGE:
        peer.send(DATA, 0, stream_id, bytes([byte]))
    peer.send(DATA, END_STREAM, stream_id)


# ---- 6.2: HEADERS

rows("6.2", connection(PROTOCOL_ERROR), (("padding as long as HEADERS", b"\x02\x82"), ("padding longer than HEADERS", b"\xff")),
     lambda peer, block: peer.headers(flags=END_HEADERS | PADDED, block=block))
rows("6.2", connection(FRAME_SIZE_ERROR, PROTOCOL_ERROR), (
    ("padded HEADERS too short for its padding's length", (PADDED, b"")),
    ("HEADERS too short for its priority", (PRIORITIZED, bytes(4)))),
     lambda peer, sent: peer.headers(flags=END_HEADERS | sent[0], block=sent[1]))


@case("6.2", "padded HEADERS with a priority", SERVED)
def _(peer):
    block = b"\x04" + PRIORITY_FIELDS + peer.encode(request()) + bytes(4)
    peer.send(DATA, END_STREAM, peer.headers(flags=END_HEADERS | PADDED | PRIORITIZED, block=block), MESSAGE)


# ---- 6.3: PRIORITY

rows("6.3", connection(PROTOCOL_ERROR), (("PRIORITY on stream 0", 0),),
     lambda peer, stream_id: peer.send(PRIORITY, 0, stream_id, PRIORITY_FIELDS))
rows("6.3", stream(FRAME_SIZE_ERROR), (("PRIORITY of 4 bytes", 4), ("PRIORITY of 6 bytes", 6)),
     lambda peer, size: peer.send(PRIORITY, 0, peer.headers(), bytes(size)))

# ---- 6.4: RST_STREAM

rows("6.4", connection(PROTOCOL_ERROR), (("RST_STREAM on stream 0", 0),),
     lambda peer, stream_id: peer.send(RST_STREAM, 0, stream_id, u32(CANCEL)))
rows("6.4", connection(FRAME_SIZE_ERROR), (("RST_STREAM of 3 bytes", 3), ("RST_STREAM of 5 bytes", 5)),
     lambda peer, size: peer.send(RST_STREAM, 0, peer.headers(), bytes(size)))
rows("7", IGNORED, (("RST_STREAM with NO_ERROR", NO_ERROR), ("RST_STREAM with an unknown error code", 0xabcdef01)),
     lambda peer, code: peer.send(RST_STREAM, 0, peer.headers(), u32(code)))

# ---- 6.5: SETTINGS

rows("6.5", connection(FRAME_SIZE_ERROR), (("SETTINGS of 5 bytes", (0, bytes(5))), ("SETTINGS of 7 bytes", (0, bytes(7))),
                                           ("an acknowledgement with a payload", (ACK, settings(window=1)))),
     lambda peer, sent: peer.send(SETTINGS, sent[0], 0, sent[1]))
rows("6.5", connection(PROTOCOL_ERROR), (("SETTINGS on a stream", 1),),
     lambda peer, stream_id: peer.send(SETTINGS, 0, stream_id, b""))
rows("6.5.2", connection(PROTOCOL_ERROR), (
    ("ENABLE_PUSH of 2", settings(push=2)), ("MAX_FRAME_SIZE of 16,383", settings(frame=16383)),
    ("MAX_FRAME_SIZE of 2^24", settings(frame=1 << 24)),
    ("NO_RFC7540_PRIORITIES of 2 (RFC 9218, 2.1)", settings(priorities=2)),
    ("ENABLE_CONNECT_PROTOCOL of 2 (RFC 8441, 3)", settings(connect=2))),
     lambda peer, payload: peer.send(SETTINGS, 0, 0, payload))
rows("6.5.2", connection(FLOW_CONTROL_ERROR), (("INITIAL_WINDOW_SIZE of 2^31", settings(window=1 << 31)),),
     lambda peer, payload: peer.send(SETTINGS, 0, 0, payload))
rows("6.5.2", IGNORED, (
    ("an unknown setting", b"\xab\xcd\xff\xff\xff\xff"), ("the same setting twice", settings(window=5) + settings(window=65535)),
    ("the largest values", settings(push=0, window=(1 << 31) - 1, frame=(1 << 24) - 1, list=0xffffffff)),
    ("ENABLE_PUSH of 1", settings(push=1)), ("MAX_CONCURRENT_STREAMS of 0, which bounds pushes", settings(streams=0)),
    ("HEADER_TABLE_SIZE of 0", settings(table=0)), ("HEADER_TABLE_SIZE of 2^32-1", settings(table=0xffffffff))),
     lambda peer, payload: peer.send(SETTINGS, 0, 0, payload))


@case("6.5.3", "each SETTINGS is acknowledged, in order with what follows", IGNORED)
def _(peer):
    before = sum(got.type == SETTINGS and got.flags & ACK for got in peer.seen)
    for size in range(1, 6):
        peer.send(SETTINGS, 0, 0, settings(window=size))
    peer.send(SETTINGS, 0, 0, settings(window=65535))
    assert peer.read_until(lambda: sum(got.type == SETTINGS and got.flags & ACK for got in peer.seen) == before + 6)


@case("6.5.3", "an acknowledgement nobody asked for (no answer is prescribed)", connection(PROTOCOL_ERROR))
def _(peer):
    peer.send(SETTINGS, ACK)


# ---- 6.6: PUSH_PROMISE

rows("6.6", connection(PROTOCOL_ERROR), (("PUSH_PROMISE on stream 0", 0), ("PUSH_PROMISE on an open stream", 1)),
     lambda peer, stream_id: (peer.headers(), peer.send(PUSH_PROMISE, END_HEADERS, stream_id, u32(2) + b"\x82")))

# ---- 6.7: PING

rows("6.7", connection(FRAME_SIZE_ERROR), (("PING of 7 bytes", 7), ("PING of 9 bytes", 9)),
     lambda peer, size: peer.send(PING, 0, 0, bytes(size)))
rows("6.7", connection(PROTOCOL_ERROR), (("PING on a stream", 1),),
     lambda peer, stream_id: peer.send(PING, 0, stream_id, bytes(8)))


@case("6.7", "PING is answered with its payload", IGNORED)
def _(peer):
    peer.send(PING, 0, 0, b"01234567")
    assert peer.read_until(lambda: any(got.type == PING and got.flags == ACK and got.payload == b"01234567"
                                       for got in peer.seen))


@case("6.7", "an answer to a PING is not answered", IGNORED)
def _(peer):
    peer.send(PING, ACK, 0, b"unasked!")
    peer.is_alive()
    assert not any(got.payload == b"unasked!" for got in peer.seen)


# ---- 6.8: GOAWAY

rows("6.8", connection(PROTOCOL_ERROR), (("GOAWAY on a stream", 1),),
     lambda peer, stream_id: peer.send(GOAWAY, 0, stream_id, bytes(8)))
rows("6.8", connection(FRAME_SIZE_ERROR), (("GOAWAY of 7 bytes", 7),),
     lambda peer, size: peer.send(GOAWAY, 0, 0, bytes(size)))


@case("6.8", "calls in flight are served after the client's GOAWAY", SERVED)
def _(peer):
    stream_id = peer.headers()
    peer.send(GOAWAY, 0, 0, u32(0) + u32(0xabcdef01) + b"an unknown code, and debug data")
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)
    peer.read_until(lambda: stream_id in peer.ended)


# ---- 6.9: WINDOW_UPDATE and flow control

rows("6.9", connection(FRAME_SIZE_ERROR), (("WINDOW_UPDATE of 3 bytes", 3), ("WINDOW_UPDATE of 5 bytes", 5)),
     lambda peer, size: peer.send(WINDOW_UPDATE, 0, 0, bytes(size)))
rows("6.9", connection(PROTOCOL_ERROR), (("an increment of 0 on the connection", u32(0)),
                                         ("an increment of 0 but for the reserved bit", u32(0x80000000))),
     lambda peer, payload: peer.send(WINDOW_UPDATE, 0, 0, payload))
rows("6.9", stream(PROTOCOL_ERROR), (("an increment of 0 on a stream", u32(0)),),
     lambda peer, payload: peer.send(WINDOW_UPDATE, 0, peer.headers(), payload))
rows("6.9.1", connection(FLOW_CONTROL_ERROR), (("a window of the connection beyond 2^31-1", u32(0x7fffffff)),),
     lambda peer, payload: peer.send(WINDOW_UPDATE, 0, 0, payload))
rows("6.9.1", stream(FLOW_CONTROL_ERROR), (("a window of a stream beyond 2^31-1", u32(0x7fffffff)),),
     lambda peer, payload: peer.send(WINDOW_UPDATE, 0, peer.headers(), payload))


@case("6.9.1", "no DATA without a window, all of it with one", SERVED, settings=settings(window=0))
def _(peer):
    stream_id = peer.call()
    peer.read_until(lambda: stream_id in peer.answers)
    peer.is_alive()
    assert not peer.bodies.get(stream_id)
    peer.send(WINDOW_UPDATE, 0, stream_id, u32(1))
    assert peer.read_until(lambda: len(peer.bodies.get(stream_id, b"")) == 1)
    peer.send(WINDOW_UPDATE, 0, stream_id, u32(100))


# A large message arrives as it is told to: the server holds eight of a connection, and the ninth waits with its window used up.

def waiting_stream(peer):
    begun = EMPTY_MESSAGE[:1] + u32(1 << 20)
    for _ in range(9):
        stream_id = peer.headers()
        peer.send(DATA, 0, stream_id, begun)
    return stream_id


def send_octets(peer, stream_id, size):
    for start in range(0, size, 16384):
        peer.send(DATA, 0, stream_id, bytes(min(16384, size - start)))


rows("6.9.1", IGNORED, (("DATA that uses up the window of a stream", 65535 - 5),),
     lambda peer, size: send_octets(peer, waiting_stream(peer), size))
rows("6.9.1", stream(FLOW_CONTROL_ERROR), (("an octet beyond the window of a stream", 65535 - 5 + 1),
                                           ("a frame beyond the window of a stream", 65535 - 5 + 16384)),
     lambda peer, size: send_octets(peer, waiting_stream(peer), size))


@case("6.9.1", "an octet of padding beyond the window of a stream", stream(FLOW_CONTROL_ERROR))
def _(peer):
    stream_id = waiting_stream(peer)
    send_octets(peer, stream_id, 65535 - 5 - 1)
    peer.send(DATA, PADDED, stream_id, b"\x01" + bytes(1))


@case("6.9.1", "the end of a stream needs no window (what came is no message)", answered(status=13))
def _(peer):
    stream_id = waiting_stream(peer)
    send_octets(peer, stream_id, 65535 - 5)
    peer.send(DATA, END_STREAM, stream_id)


@case("6.9.2", "a changed INITIAL_WINDOW_SIZE holds for open streams, below zero too", SERVED, settings=settings(window=3))
def _(peer):
    stream_id = peer.call()
    assert peer.read_until(lambda: len(peer.bodies.get(stream_id, b"")) == 3)
    peer.send(SETTINGS, 0, 0, settings(window=0))
    peer.send(WINDOW_UPDATE, 0, stream_id, u32(3))
    peer.is_alive()
    assert len(peer.bodies[stream_id]) == 3
    peer.send(SETTINGS, 0, 0, settings(window=100))


@case("6.9.2", "an INITIAL_WINDOW_SIZE that takes a stream beyond 2^31-1", connection(FLOW_CONTROL_ERROR))
def _(peer):
    peer.send(WINDOW_UPDATE, 0, peer.open_call(), u32(0x7fff0000))
    peer.send(SETTINGS, 0, 0, settings(window=0x7fffffff))


# ---- 6.10: CONTINUATION

rows("6.10", connection(PROTOCOL_ERROR), (("CONTINUATION on stream 0", 0), ("CONTINUATION without HEADERS", 1)),
     lambda peer, stream_id: peer.send(CONTINUATION, END_HEADERS, stream_id, b"\x82"))


@case("6.10", "CONTINUATION after END_HEADERS", connection(PROTOCOL_ERROR))
def _(peer):
    peer.send(CONTINUATION, END_HEADERS, peer.headers(), b"\x82")


@case("6.10", "CONTINUATION after DATA", connection(PROTOCOL_ERROR))
def _(peer):
    stream_id = peer.headers()
    peer.send(DATA, 0, stream_id, b"")
    peer.send(CONTINUATION, END_HEADERS, stream_id, b"\x82")


@case("6.10", "an empty CONTINUATION", SERVED)
def _(peer):
    stream_id = peer.headers(flags=0)
    peer.send(CONTINUATION, END_HEADERS, stream_id, b"")
    peer.send(DATA, END_STREAM, stream_id, MESSAGE)


@case("8.1", "a call that streams stays open while others are served", IGNORED)
def _(peer):
    peer.open_call()
    peer.headers(request(WATCH))
