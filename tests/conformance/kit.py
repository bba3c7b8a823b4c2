"""What the tables of cases are written with: a client that sends whatever bytes it is told to, and what may be expected.

A case is a function that gets a Peer whose connection has shaken hands and sends something. Then the Peer looks at what
came of it: the connection ended with an error code, the stream did, a call was answered, or nothing happened, and a
call on the same connection works. Every wait is bounded.
"""
import collections
import contextlib
import os
import signal
import socket
import ssl
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 0x1, 0x1, 0x4, 0x8, 0x20
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)
NAMES = ("NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR "
         "REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM").split()
CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
EMPTY_MESSAGE = bytes(5)
PATIENCE = 10

Frame = collections.namedtuple("Frame", "type flags stream payload")
Case = collections.namedtuple("Case", "section what expected send options")


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(**values):
    numbers = {"table": 1, "push": 2, "streams": 3, "window": 4, "frame": 5, "list": 6, "connect": 8, "priorities": 9}
    return b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items())


def u32(number):
    return struct.pack(">I", number)


def request(path=CHECK, changed=(), extra=()):
    """The fields of a good request: with some changed (None: left out), and some added at the end."""
    fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
              ("te", "trailers"), ("content-type", "application/grpc")]
    changed = dict(changed)
    return [(name, changed.get(name, value)) for name, value in fields if changed.get(name, value) is not None] + list(extra)


class Expected:
    """What a case may come to."""

    def __init__(self, kind, codes=(), says=None):
        self.kind, self.codes, self.says = kind, codes, says

    def __str__(self):
        if self.says:
            return self.says
        return f"{self.kind} {'/'.join(NAMES[code] for code in self.codes)}".strip()


def connection(*codes):
    """A connection error: GOAWAY with one of the codes, and the end."""
    return Expected("connection error", codes)


def stream(*codes):
    """A stream error. An endpoint may treat it as a connection error of the same code (5.4.1)."""
    return Expected("stream error", codes)


ENDED = Expected("connection ended")  # with or without a GOAWAY
IGNORED = Expected("ignored")         # a call on the same connection works afterwards
SERVED = Expected("served")           # the case's own call is answered with OK


def answered(**fields):
    """The case's own call is answered: status (grpc-status), http (:status)."""
    return Expected("answered", says="answered " + " ".join(f"{name}={value}" for name, value in fields.items()),
                    codes=fields)


class Gone(Exception):
    """The server has closed the connection."""


class Peer:
    """The client's side of one connection."""

    def __init__(self, address, tls=None, source=None):
        self.socket = socket.socket(socket.AF_UNIX) if isinstance(address, str) else socket.socket()
        self.socket.settimeout(PATIENCE)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(address)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""
        self.seen = []          # frames from the server
        self.goaway = None      # the code of its last GOAWAY
        self.resets = {}        # stream: code
        self.answers = {}       # stream: {name: value} of headers and trailers
        self.bodies = {}        # stream: bytes
        self.ended = set()      # streams the server has ended
        self.is_gone = False
        self.next_id = 1
        self.case_stream = None
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.block = b""

    def close(self):
        self.socket.close()

    # ---- sending

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.is_gone = True

    def send(self, kind, flags=0, stream=0, payload=b""):
        self.raw(frame(kind, flags, stream, payload))

    def shake_hands(self, payload=b""):
        self.raw(PREFACE + frame(SETTINGS, 0, 0, payload))
        self.read_until(lambda: any(got.type == SETTINGS and got.flags & ACK for got in self.seen))
        self.send(SETTINGS, ACK)

    def encode(self, fields):
        return self.encoder.encode(fields)

    def new_id(self):
        self.case_stream, self.next_id = self.next_id, self.next_id + 2
        return self.case_stream

    def headers(self, fields=None, flags=END_HEADERS, stream=None, block=None):
        """Sends a request's head on a new stream, or on the one given; returns the stream."""
        stream = self.new_id() if stream is None else stream
        self.send(HEADERS, flags, stream, self.encode(request() if fields is None else fields) if block is None else block)
        return stream

    def call(self, fields=None, body=EMPTY_MESSAGE):
        stream = self.headers(fields)
        self.send(DATA, END_STREAM, stream, body)
        return stream

    def open_call(self):
        """A call whose answer stays open: half-closed on the client's side."""
        stream = self.call(request(WATCH))
        self.read_until(lambda: self.bodies.get(stream))
        return stream

    def closed_call(self):
        """A call that is over on both sides."""
        stream = self.call()
        self.read_until(lambda: stream in self.ended)
        return stream

    # ---- what comes back

    def take(self, got):
        self.seen.append(got)
        if got.type == GOAWAY:
            self.goaway = struct.unpack(">I", got.payload[4:8])[0]
        elif got.type == RST_STREAM:
            self.resets[got.stream] = struct.unpack(">I", got.payload)[0]
        elif got.type in (HEADERS, CONTINUATION):
            self.block += got.payload
            if got.flags & END_HEADERS:
                self.answers.setdefault(got.stream, {}).update(self.decoder.decode(self.block))
                self.block = b""
        elif got.type == DATA:
            self.bodies[got.stream] = self.bodies.get(got.stream, b"") + got.payload
        if got.type in (HEADERS, DATA) and got.flags & END_STREAM:
            self.ended.add(got.stream)

    def read(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError) as error:
            if isinstance(error, TimeoutError):
                raise
            data = b""
        if not data:
            self.is_gone = True
            raise Gone
        self.buffer += data
        while len(self.buffer) >= 9:
            size = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < 9 + size:
                break
            kind, flags, stream_id = struct.unpack(">BBI", self.buffer[3:9])
            payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
            self.take(Frame(kind, flags, stream_id, payload))

    def read_until(self, condition, seconds=PATIENCE):
        """True when the condition came true in time; False when the server closed or time is over."""
        deadline = time.monotonic() + seconds
        with contextlib.suppress(Gone):
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self.socket.settimeout(left)
                with contextlib.suppress(TimeoutError):
                    self.read()
        return condition()

    def is_alive(self):
        """Whether the server answers a PING sent now: everything before it has been read then."""
        mark = struct.pack(">Q", len(self.seen) + 1)
        self.send(PING, 0, 0, mark)
        self.read_until(lambda: self.is_over() or any(got.type == PING and got.payload == mark for got in self.seen))
        return not self.is_over()

    def is_over(self):
        return self.is_gone or (self.goaway not in (None, NO_ERROR))

    def outcome(self, seconds=0.0):
        """("connection", code or None), ("stream", code), ("status", fields), or ("nothing", None)."""
        case = self.case_stream
        if case in self.ended and self.goaway in (None, NO_ERROR) and self.is_gone:
            return ("status", self.answers[case])
        if not self.is_over():
            self.read_until(lambda: self.is_over() or case in self.resets or case in self.ended, seconds)
        if self.is_over():
            self.read_until(lambda: False)
            return ("connection" if self.is_gone else "not closed", self.goaway)
        if self.resets.get(case, NO_ERROR) != NO_ERROR:
            return ("stream", self.resets[case])
        if case in self.ended:
            return ("status", self.answers[case])
        return ("nothing", None)


def is_call_served(peer):
    stream_id = peer.call()
    peer.read_until(lambda: peer.is_over() or stream_id in peer.ended or stream_id in peer.resets)
    return peer.answers.get(stream_id, {}).get("grpc-status") == "0"


def judge(peer, expected):
    """Whether what is expected came, and what came."""
    peer.is_alive()
    wait = 0 if expected.kind == "ignored" else PATIENCE
    kind, what = peer.outcome(wait)
    if kind == "connection":
        name = "ended" if what is None else NAMES[what]
        is_right = (expected.kind == "connection ended" or
                    (expected.kind in ("connection error", "stream error") and what in expected.codes))
        return is_right, f"connection: {name}"
    if kind == "stream":
        return expected.kind == "stream error" and what in expected.codes, f"stream: {NAMES[what]}"
    if expected.kind == "ignored":
        return is_call_served(peer), "nothing"
    if kind == "status":
        said = {"status": what.get("grpc-status"), "http": what.get(":status")}
        text = " ".join(f"{name}={value}" for name, value in said.items())
        if expected.kind == "served":
            return said["status"] == "0", text
        is_right = expected.kind == "answered" and all(said[name] == str(value) for name, value in expected.codes.items())
        return is_right, text
    return False, kind


class Table:
    """Cases in the order they are written."""

    def __init__(self):
        self.cases = []

    def case(self, section, what, expected, **options):
        """A decorator for what is sent. options: hands=False (the case shakes hands itself), settings=bytes."""
        def add(send):
            self.cases.append(Case(section, what, expected, send, options))
            return send
        return add

    def rows(self, section, expected, rows, send):
        """Cases that differ in one value: rows are (what, value), send(peer, value) sends it."""
        for what, value in rows:
            self.cases.append(Case(section, what, expected, lambda peer, value=value: send(peer, value), {}))


def is_drained(peers, process):
    """SIGTERM, and what each of the connections sees of it: a notice, a call that had begun served, the last GOAWAY, a
    watch ended with UNAVAILABLE, and the end."""
    watches = [peer.open_call() for peer in peers]
    begun = [peer.headers() for peer in peers]
    are_alive = all([peer.is_alive() for peer in peers])
    os.kill(process, signal.SIGTERM)
    for peer, call in zip(peers, begun):
        peer.read_until(lambda: peer.goaway is not None)
        peer.send(DATA, END_STREAM, call, EMPTY_MESSAGE)
    for peer in peers:
        peer.read_until(lambda: False)
    lasts = [[int.from_bytes(got.payload[:4], "big") for got in peer.seen if got.type == GOAWAY] for peer in peers]
    statuses = [(peer.answers[watch]["grpc-status"], peer.answers.get(call, {}).get("grpc-status"))
                for peer, watch, call in zip(peers, watches, begun)]
    return (are_alive and all(peer.is_gone for peer in peers) and statuses == [("14", "0")] * len(peers) and
            lasts == [[0x7fffffff, call] for call in begun])
