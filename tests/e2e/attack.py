"""Attacks a running shapd, and judges it by what it does afterwards.

Usage: attack.py ADDRESS PID TOKEN_FILE DIRECTORY SEED ROUNDS [AUTHORITY]

After each attack an honest call must be answered; at the end the server holds no more descriptors than before, and no
request was answered as if it were the server's own fault. The same seed is the same attack.
"""
import os
import random
import socket
import ssl
import struct
import sys
import time

import attack_wire as wire
from attack_requests import Requests
from attack_wire import Connection, Refused, frame, head, message, settings, window

INTERNAL, UNKNOWN, EXHAUSTED, OK = 13, 2, 8, 0
LONGEST_REFUSAL = 1000
PATIENCE_SECONDS = 20
WHO_AM_I = "/shap.v1.Directory/WhoAmI"
LIST = "/shap.v1.Plans/ListMilestones"
PLAN = b"\x0a\x10copeland/2010-11"


class Attack:
    def __init__(self, address, process, token_file, directory, seed, rounds, authority=None):
        self.chance = random.Random(int(seed))
        self.rounds = int(rounds)
        self.target = wire.Target(address, authority)
        self.honest = wire.Target(address, authority, "127.0.0.2")
        self.process = process
        with open(token_file, encoding="ascii") as file:
            self.token = file.readline().strip()
        self.requests = Requests(self.chance, directory)
        self.n_calls = self.n_connections = 0

    # ---- what must hold

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process}/fd"))

    def memory(self):
        """KiB that the server holds."""
        with open(f"/proc/{self.process}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

    def is_sanitized(self):
        """AddressSanitizer holds on to what was freed."""
        with open(f"/proc/{self.process}/maps", encoding="ascii") as maps:
            return "libasan" in maps.read()

    def honest_call(self):
        """A caller of good will, on a connection of its own, from an address of its own."""
        with Connection(self.honest) as conn:
            assert conn.call(head(wire.HEALTH), message(b"")) == OK, "health was refused"
            assert conn.call(head(WHO_AM_I, self.token), message(b"")) == OK, "an honest call was refused"

    def await_descriptors(self, most):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.descriptors() > most:
            assert time.monotonic() < deadline, f"{self.descriptors()} descriptors are open, {most} were"
            time.sleep(0.05)

    def connect(self, **options):
        self.n_connections += 1
        return Connection(self.target, **options)

    def ends(self, raw, greets=True):
        """Sends bytes and then the end; the server closes in bounded time."""
        with self.connect(greets=greets) as conn:
            conn.send(raw)
            conn.end_then_drain()

    def is_cut_off(self, raw):
        """Sends bytes; the server itself ends the connection. Answers the error it named, if it did."""
        with self.connect() as conn:
            conn.send(raw)
            return conn.drain()

    def is_refused(self, raw):
        assert self.is_cut_off(raw), "the connection was ended without an error"

    def blames_nobody(self, status, what):
        self.n_calls += 1
        assert status not in (INTERNAL, UNKNOWN), f"{what} was answered with status {status}"

    def says_why(self, conn, stream, what):
        """A refusal says what is wrong and what to do, however much it was sent."""
        if conn.statuses.get(stream, OK) == OK:
            return
        words = conn.words.get(stream, "")
        assert words and len(words) < LONGEST_REFUSAL, f"{what} was refused with {len(words)} characters: {words[:200]}"
        assert "Tell the administrator" not in words, f"{what} was refused with: {words}"

    def token_for(self, path):
        """Nobody's, where chance would hit upon our own token's number."""
        return None if path.endswith("/RevokeToken") else self.token

    # ---- the attacks

    def garbage(self):
        """Bytes that are no HTTP/2 at all, and beginnings of what could be."""
        for raw in (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 4096,
                    wire.PREFACE + wire.PREFACE, b"\xff" * 70000):
            self.ends(raw, greets=False)
        for length in range(0, len(wire.PREFACE), 5):
            self.ends(wire.PREFACE[:length], greets=False)
        for _ in range(8 * self.rounds):
            self.ends(self.requests.random_bytes(4096), greets=False)
            self.ends(self.requests.random_bytes(4096))

    def frames(self):
        """Frames of any kind, flags, stream and length, true or not."""
        for _ in range(20 * self.rounds):
            raw = b""
            for _ in range(self.chance.randint(1, 8)):
                payload = self.requests.random_bytes(60)
                claimed = self.chance.choice([None, None, None, 0, len(payload) + 1, 16385, 0xFFFFFF])
                raw += frame(self.chance.randrange(12), self.chance.randrange(256),
                             self.chance.choice([0, 1, 1, 2, 3, 5, 2**31 - 1]), payload, claimed)
            self.ends(raw)

    def forbidden_frames(self):
        """Each breaks a MUST of RFC 9113: a connection error."""
        request = hpack_literal(head(WHO_AM_I))
        opened = frame(wire.HEADERS, wire.END_HEADERS, 3, request)
        for raw in (frame(wire.DATA, 0, 1, b"x"), frame(wire.DATA, 0, 0, b"x"), frame(wire.RST_STREAM, 0, 1, b"\0\0\0\x08"),
                    frame(wire.HEADERS, wire.END_HEADERS, 2, request), frame(wire.HEADERS, wire.END_HEADERS, 0, request),
                    opened + frame(wire.HEADERS, wire.END_HEADERS, 1, request), frame(wire.PING, 0, 0, b"x"),
                    frame(wire.SETTINGS, 0, 0, b"x"), frame(wire.SETTINGS, wire.ACK, 0, b"\0" * 6), window(0, 0),
                    window(0, 2**31 - 1), settings((4, 2**31)), settings((5, 1)), frame(wire.PUSH, 4, 1, b"\0" * 8),
                    frame(wire.CONTINUATION, 4, 1, request), frame(wire.HEADERS, 0, 1, request) + opened,
                    frame(wire.HEADERS, wire.END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"),
                    frame(wire.DATA, 0, 1, b"", claimed=16385)):
            self.is_refused(raw)

    def mutations(self):
        """A right connection's bytes, damaged, whole or in pieces; then only what its frames hold, so that an answer
        must come. What is asked to go on for ever has none to give."""
        paths = [path for path in self.requests.paths() if not path.endswith("/Watch")]
        for _ in range(25 * self.rounds):
            path = self.chance.choice(paths)
            fields, body = hpack_literal(head(path, self.token_for(path))), message(self.requests.plausible(path))
            raw = self.requests.damaged(wire.PREFACE + settings((4, 65535)) + call(fields, body))
            with self.connect(greets=False) as conn:
                step = self.chance.choice([1, 7, 100, len(raw) + 1]) if len(raw) < 400 else len(raw)
                for at in range(0, len(raw), step):
                    conn.send(raw[at:at + step])
                conn.end_then_drain()
            with self.connect() as conn:
                conn.send(call(*self.chance.choice([(self.requests.damaged(fields), body),
                                                    (fields, self.requests.damaged(body))])))
                try:
                    conn.answer(1)
                except Refused:
                    assert conn.goaway, "a damaged call ended the connection without an error"

    def floods(self):
        """Much of what is cheap to send: the server ends the connection, or forgets what it was sent."""
        request = hpack_literal(head(WHO_AM_I, self.token))
        resets = b"".join(frame(wire.HEADERS, wire.END_HEADERS, 2 * n + 1, request) +
                          frame(wire.RST_STREAM, 0, 2 * n + 1, b"\0\0\0\x08") for n in range(3000))
        for raw in (frame(wire.PING, 0, 0, b"12345678") * 5000, settings((3, 100)) * 5000,
                    frame(wire.HEADERS, 0, 1, b"") + frame(wire.CONTINUATION, 0, 1, b"") * 5000,
                    frame(wire.HEADERS, wire.END_HEADERS, 1, request) + frame(wire.DATA, 0, 1, b"") * 5000, resets):
            self.is_cut_off(raw)
        for raw in (window(0, 1) * 5000, frame(wire.PRIORITY, 0, 1, b"\0\0\0\0\x10") * 900, frame(0xfa, 0, 0, b"x") * 900):
            self.ends(raw)

    def headers(self):
        """Header lists that are too large, are large only when unpacked, or are not for gRPC."""
        with self.connect() as conn:
            stream = conn.open(head(WHO_AM_I, self.token, x_large="v" * 9000), message(b""))
            assert conn.answer(stream) == EXHAUSTED, "9 kB of headers were taken"
            assert conn.call(head(WHO_AM_I, self.token), message(b"")) == OK
        bomb = bytearray(hpack_literal(head(WHO_AM_I))) + b"\x40\x01x\x7f\xe1\x1e" + b"y" * 4000 + b"\xbe" * 10000
        self.ends(frame(wire.HEADERS, wire.END_HEADERS | wire.END_STREAM, 1, bytes(bomb)))
        block = hpack_literal([("x", "y" * 100)] * 2000)
        self.ends(frame(wire.HEADERS, 0, 1, block[:16384]) + b"".join(
            frame(wire.CONTINUATION, 0, 1, block[at:at + 16384]) for at in range(16384, len(block), 16384)))
        for fields in (head("no path"), head(WHO_AM_I, __method="GET"), head(WHO_AM_I, content_type="text/html"),
                       head(WHO_AM_I, content_type=None), head("/x" * 2000), head(WHO_AM_I, grpc_timeout="1x"),
                       head(WHO_AM_I, grpc_timeout="-1S"), head(WHO_AM_I, grpc_timeout="99999999999H"),
                       head(WHO_AM_I, grpc_encoding="snappy"), head(WHO_AM_I, authorization="Basic eDp5"),
                       head(WHO_AM_I, authorization="Bearer "), head(WHO_AM_I, authorization="Bearer \u00e9" + "x" * 7000),
                       head(WHO_AM_I, grpc_timeout="1n"), head(WHO_AM_I, Upper="x"), head(WHO_AM_I, x_y="a\r\nb"),
                       head(WHO_AM_I, connection="close"), head(WHO_AM_I, __path=None), head(WHO_AM_I, __extra="x")):
            with self.connect() as conn:
                try:
                    assert conn.call(fields, message(b"")) != OK, f"{fields} was served"
                except Refused:
                    assert conn.goaway, f"{fields} ended the connection without an error"

    def framing(self):
        """gRPC frames that lie."""
        for body in (b"", b"\0", message(b"", claimed=5), message(b"x", claimed=2**32 - 1), message(b"x", compressed=2),
                     message(b"x", compressed=1), message(b"") * 2, message(b"") + b"\0", message(b"x" * (1 << 20) + b"x"),
                     message(b"", claimed=1 << 20), self.requests.random_bytes(100)):
            for path in (WHO_AM_I, wire.HEALTH, LIST):
                with self.connect() as conn:
                    status = conn.call(head(path, self.token), body)
                    assert status != OK, f"{body[:20]} was served by {path}"
        bomb = b"\0" * (64 << 20)
        for body in (wire.zipped(bomb), wire.zipped(b"")[:-9] + b"\0" * 4, wire.zipped(b"") + b"x", message(b"x", 1),
                     message(b"", 1), message(self.requests.random_bytes(500), 1)):
            with self.connect() as conn:
                status = conn.call(head(WHO_AM_I, self.token, grpc_encoding="gzip"), body)
                assert status != OK, "a broken or too large compressed message was served"
        with self.connect() as conn:
            assert conn.call(head(WHO_AM_I, self.token, grpc_encoding="gzip"), wire.zipped(b"")) == OK

    def protobuf(self):
        """Requests of every method that are right in form, nearly right, or not."""
        for path in self.requests.paths():
            with self.connect() as conn:
                token = self.token_for(path)
                soon = {"grpc_timeout": "500m"} if path.endswith("/Watch") else {}  # which may have been asked to go on
                for _ in range(self.rounds):
                    streams = [conn.open(head(path, token, **soon), message(self.requests.any_of(path))) for _ in range(6)]
                    for stream in streams:
                        self.blames_nobody(conn.answer(stream), path)
                        self.says_why(conn, stream, path)
                for raw in self.requests.long_texts(path):
                    stream = conn.open(head(path, token, **soon), message(raw))
                    self.blames_nobody(conn.answer(stream), path)
                    self.says_why(conn, stream, path)
                for raw in self.requests.invalid_texts(path):
                    assert conn.call(head(path, token), message(raw)) == 3, f"{path} took {raw}"
        deep = b""
        for _ in range(10000):
            deep = b"\x0a" + varint(len(deep)) + deep
        many = b"\x0a\x00" * 500000
        for raw in (deep, many, b"\x7a\x00" * 500000):
            for path in (wire.HEALTH, "/shap.v1.Plans/SendImportPart", "/shap.v1.Returns/SubmitReturn"):
                with self.connect() as conn:
                    self.blames_nobody(conn.call(head(path, self.token), message(raw)), path)

    def streams(self):
        """Many calls at once, unfinished, reset and crossed."""
        with self.connect() as conn:
            streams = [conn.open(head(WHO_AM_I, self.token), message(b""), ends=False) for _ in range(256)]
            assert conn.answer(conn.open(head(WHO_AM_I, self.token), message(b""))) is None, "a 257th call was taken"
            for stream in self.chance.sample(streams, 128):
                conn.send(frame(wire.RST_STREAM, 0, stream, struct.pack(">I", self.chance.randrange(20))))
                streams.remove(stream)
            for stream in streams:
                conn.send(frame(wire.DATA, wire.END_STREAM, stream))
            assert all(conn.answer(stream) == OK for stream in streams), "a call among others was refused"
        for _ in range(4 * self.rounds):
            with self.connect() as conn:
                for _ in range(50):
                    stream = conn.open(head(LIST, self.token), message(PLAN))
                    if self.chance.random() < 0.7:
                        conn.send(frame(wire.RST_STREAM, 0, stream, b"\0\0\0\x08"))

    def weight(self):
        """Requests as large as they may be, never ended: only so many are held, and small ones find their place."""
        large = message(b"\x7a" + varint((1 << 20) - 8) + b"x" * ((1 << 20) - 8))
        with self.connect() as conn:
            streams = [conn.open(head(WHO_AM_I), large, ends=False) for _ in range(70)]
            self.honest_call()
            assert conn.answer(streams[-1]) == EXHAUSTED, "a 70th large request is held"
            assert streams[0] not in conn.statuses, "the first large request was not held"

    def hoard(self):
        """Requests as large as they may be, of which the end never comes, on many connections: few of them are held."""
        before, hoard = self.memory(), []
        for _ in range(50):
            hoard.append(self.connect())
            for _ in range(15):
                hoard[-1].open(head(WHO_AM_I), message(b"x" * 60000, claimed=1 << 20), ends=False)
        self.honest_call()
        grown = self.memory() - before
        assert grown < 64 << 10 or self.is_sanitized(), f"the server grew by {grown} KiB"
        assert any(self.refuses(conn) for conn in hoard), "all of them were held"
        for conn in hoard:
            abort(conn)

    @staticmethod
    def refuses(conn):
        """Whether a call of a connection is refused for what all of them hold: known when a PING sent now is answered."""
        conn.send(frame(wire.PING, 0, 0, b"is there"))
        while EXHAUSTED not in conn.statuses.values() and not conn.is_ponged:
            conn.receive()
        return EXHAUSTED in conn.statuses.values()

    def slow(self):
        """Readers that take nothing or a byte at a time, writers that do the same, and halves that were closed."""
        with self.connect() as conn:
            for byte in frame(wire.HEADERS, wire.END_HEADERS, 1, conn.encoder.encode(head(WHO_AM_I, self.token))):
                conn.send(bytes([byte]))
            for byte in message(b""):
                conn.send(frame(wire.DATA, 0, 1, bytes([byte])))
            conn.send(frame(wire.DATA, wire.END_STREAM, 1))
            assert conn.answer(1) == OK, "a slow call was refused"
        with self.connect(pairs=[(4, 0)]) as conn:
            stream = conn.open(head(WHO_AM_I, self.token), message(b""))
            others = [conn.open(head(LIST, self.token), message(PLAN)) for _ in range(20)]
            for _ in range(400):
                conn.send(window(stream, 1))
            assert conn.answer(stream) == OK, "a slow reader was refused"
            for other in others:
                conn.send(window(other, 1000))
        unread = []
        for _ in range(10):
            unread.append(self.connect(pairs=[(4, 2**31 - 1)]))
            unread[-1].send(window(0, 2**30))
            for _ in range(30):
                unread[-1].open(head(LIST, self.token), message(PLAN))
        self.honest_call()
        for conn in unread:
            abort(conn)
        for ends in (True, False):
            with self.connect() as conn:
                conn.open(head(LIST, self.token), message(PLAN), ends=ends)
                conn.end_then_drain()

    def crowd(self):
        """Some hundred connections: silent, greeted, or in the middle of something, then cut off."""
        crowd = []
        for n in range(300):
            self.n_connections += 1
            match n % 3:
                case 0:
                    crowd.append(self.target.connect_plain())
                    continue
                case 1:
                    crowd.append(Connection(self.target).socket)
                case _:
                    conn = Connection(self.target)
                    conn.open(head(LIST, self.token), message(PLAN), ends=n % 2 == 0)
                    crowd.append(conn.socket)
        self.honest_call()
        for connected in crowd:
            cut(connected)

    def tls(self):
        """Records that are none, versions that are past, and clients that do not speak h2."""
        for _ in range(10 * self.rounds):
            with self.target.connect_plain() as plain:
                plain.sendall(b"\x16\x03\x01" + struct.pack(">H", self.chance.randrange(20000)) +
                              self.requests.random_bytes(2000))
                plain.shutdown(socket.SHUT_WR)
                while read(plain):
                    pass
        for change in ({"maximum_version": ssl.TLSVersion.TLSv1_2}, {"protocols": ["http/1.1"]}, {"protocols": []}):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.maximum_version = change.get("maximum_version", context.maximum_version)
            if change.get("protocols"):
                context.set_alpn_protocols(change["protocols"])
            try:
                with context.wrap_socket(self.target.connect_plain()) as conn:
                    assert conn.recv(1) == b"", f"{change} was taken"
            except (ssl.SSLError, OSError):
                pass

    def run(self):
        self.honest_call()
        before = self.descriptors()
        attacks = [self.garbage, self.frames, self.forbidden_frames, self.mutations, self.floods, self.headers,
                   self.framing, self.protobuf, self.streams, self.weight, self.hoard, self.slow, self.crowd]
        if self.target.tls:
            attacks.append(self.tls)
        for attack in attacks:
            began = time.monotonic()
            attack()
            self.honest_call()
            self.await_descriptors(before)
            print(f"{attack.__name__}: {time.monotonic() - began:.1f} s", flush=True)
        print(f"survived {self.n_connections} connections and {self.n_calls} random requests")


def call(block, body):
    """The frames of a whole call."""
    return frame(wire.HEADERS, wire.END_HEADERS, 1, block) + frame(wire.DATA, wire.END_STREAM, 1, body[:16384])


def varint(number):
    made = b""
    while number > 127:
        made, number = made + bytes([number & 127 | 128]), number >> 7
    return made + bytes([number])


def hpack_literal(fields):
    """A header block that leaves both tables as they are (RFC 7541, 6.2.2)."""
    made = b""
    for name, value in fields:
        made += b"\0" + b"".join(string_of(text.encode()) for text in (name, value))
    return made


def string_of(raw):
    return (bytes([len(raw)]) if len(raw) < 127 else b"\x7f" + varint(len(raw) - 127)) + raw


def read(connected):
    try:
        return connected.recv(65536)
    except ConnectionError:
        return b""


def cut(connected):
    """Closes with a reset instead of an end."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connected.close()


def abort(conn):
    cut(conn.socket)


if __name__ == "__main__":
    Attack(*sys.argv[1:]).run()
