"""The tools of attack.py: HTTP/2 frames written by hand, so that they may lie, and requests that are nearly right."""
import gzip
import socket
import ssl
import struct
import urllib.parse

import hpack

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ANSWER_SECONDS = 20
HEALTH = "/grpc.health.v1.Health/Check"


def frame(kind, flags=0, stream=0, payload=b"", claimed=None):
    """claimed: the length it states, where that is to be a lie."""
    length = len(payload) if claimed is None else claimed
    return struct.pack(">I", length & 0xFFFFFF)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


def window(stream, size):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", size))


def message(payload, compressed=0, claimed=None):
    """A gRPC frame."""
    return struct.pack(">BI", compressed, len(payload) if claimed is None else claimed) + payload


def zipped(payload):
    return message(gzip.compress(payload), compressed=1)


def head(path, token=None, **more):
    """A request's header list; more: further headers, or other values; None leaves one out."""
    fields = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost",
              "content-type": "application/grpc", "te": "trailers",
              "authorization": f"Bearer {token}" if token else None}
    fields.update({name.replace("__", ":").replace("_", "-"): value for name, value in more.items()})
    return [(name, value) for name, value in fields.items() if value is not None]


class Refused(Exception):
    """The server ended the connection."""


class Connection:
    """One connection; writes what it is told, and understands what comes back."""

    def __init__(self, target, greets=True, **window_sizes):
        self.socket = target.connect()
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.buffer, self.statuses, self.messages, self.words = b"", {}, {}, {}
        self.resets, self.goaway = {}, None
        self.is_ponged = False
        self.next_stream = 1
        self.may_send, self.begin_with = {0: 65535}, 65535
        if greets:
            self.send(PREFACE + settings(*window_sizes.get("pairs", ())))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, raw):
        """The server may have closed already: what matters is what it does afterwards."""
        try:
            self.socket.sendall(raw)
        except (OSError, ssl.SSLError):
            return False
        return True

    def open(self, fields, body=b"", ends=True):
        """Begins a call, and ends its request; answers its stream."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        self.may_send[stream] = self.begin_with
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if ends and not body else 0), stream,
                        self.encoder.encode(fields)))
        while body and stream not in self.resets:
            room = min(self.may_send[0], self.may_send[stream], 16384)
            if room <= 0:
                self.receive()
                continue
            piece, body = body[:room], body[room:]
            self.may_send[0] -= len(piece)
            self.may_send[stream] -= len(piece)
            self.send(frame(DATA, END_STREAM if ends and not body else 0, stream, piece))
        return stream

    def receive(self):
        """Handles one frame; raises Refused at the end of the connection."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            try:
                more = self.socket.recv(65536)
            except TimeoutError as cause:
                raise AssertionError(f"no answer within {ANSWER_SECONDS} s") from cause
            except (OSError, ssl.SSLError) as cause:
                raise Refused(str(cause)) from cause
            if not more:
                raise Refused("closed")
            self.buffer += more
        length = int.from_bytes(self.buffer[:3], "big")
        kind, flags = self.buffer[3], self.buffer[4]
        stream = int.from_bytes(self.buffer[5:9], "big")
        payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
        self.take(kind, flags, stream, payload)

    def take(self, kind, flags, stream, payload):
        if kind == HEADERS:
            for name, value in self.decoder.decode(payload):
                if name == "grpc-status":
                    self.statuses[stream] = int(value)
                elif name == "grpc-message":
                    self.words[stream] = urllib.parse.unquote(value)
        elif kind == DATA and payload:
            self.messages[stream] = self.messages.get(stream, b"") + payload
            self.send(window(stream, len(payload)) + window(0, len(payload)))
        elif kind == RST_STREAM:
            self.resets[stream] = int.from_bytes(payload, "big")
        elif kind == GOAWAY:
            self.goaway = int.from_bytes(payload[4:8], "big")
        elif kind == SETTINGS and not flags & ACK:
            self.take_settings(payload)
            self.send(frame(SETTINGS, ACK))
        elif kind == WINDOW_UPDATE:
            self.may_send[stream] = self.may_send.get(stream, 0) + int.from_bytes(payload, "big")
        elif kind == PING and flags & ACK:
            self.is_ponged = True
        elif kind == PING:
            self.send(frame(PING, ACK, 0, payload))

    def take_settings(self, payload):
        for name, value in struct.iter_unpack(">HI", payload):
            if name == 4:
                for stream in self.may_send.keys() - {0}:
                    self.may_send[stream] += value - self.begin_with
                self.begin_with = value

    def answer(self, stream):
        """The status of a call; None when its stream was reset."""
        while stream not in self.statuses and stream not in self.resets:
            self.receive()
        return self.statuses.get(stream)

    def call(self, fields, body):
        return self.answer(self.open(fields, body))

    def drain(self):
        """Reads until the server closes."""
        try:
            while True:
                self.receive()
        except Refused:
            return self.goaway

    def end_then_drain(self):
        """Nothing more will come from us; the server must close, whatever it thinks of what came."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(65536):
                pass
        except TimeoutError as cause:
            raise AssertionError(f"a connection was not closed within {ANSWER_SECONDS} s") from cause
        except OSError:
            pass


class Target:
    """The server under attack: host:port, with a certificate authority when it speaks TLS; from an address of ours."""

    def __init__(self, address, authority=None, source=""):
        host, port = address.rsplit(":", 1)
        self.address = (host, int(port))
        self.source = (source, 0)
        self.tls = None
        if authority:
            self.tls = ssl.create_default_context(cafile=authority)
            self.tls.set_alpn_protocols(["h2"])

    def connect(self):
        connected = self.connect_plain()
        if self.tls:
            connected = self.tls.wrap_socket(connected, server_hostname="localhost")
        return connected

    def connect_plain(self):
        connected = socket.create_connection(self.address, ANSWER_SECONDS, self.source)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected
