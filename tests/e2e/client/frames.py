"""A server that speaks HTTP/2 by hand, to answer in ways no gRPC library would: one connection, one call."""
import socket
import struct
import threading

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def header_block(*pairs):
    """Literal fields without indexing, without Huffman (RFC 7541, 6.2.2)."""
    block = b""
    for name, value in pairs:
        block += b"\0" + header_string(name) + header_string(value)
    return block


def header_string(text):
    """RFC 7541, 5.1 and 5.2."""
    octets = text.encode("latin-1")
    left, length = len(octets) - 127, bytes([min(len(octets), 127)])
    while left >= 128:
        length, left = length + bytes([left % 128 + 128]), left // 128
    return length + (bytes([left]) if left >= 0 else b"") + octets


def headers(*pairs, end=False):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), 1, header_block(*pairs))


def data(payload, end=False):
    return frame(DATA, END_STREAM if end else 0, 1, payload)


def message(payload):
    return b"\0" + struct.pack(">I", len(payload)) + payload


GRPC_HEAD = headers((":status", "200"), ("content-type", "application/grpc"))


def read(connection, length):
    collected = b""
    while len(collected) < length:
        piece = connection.recv(length - len(collected))
        if not piece:
            raise OSError("closed")
        collected += piece
    return collected


def read_request(connection):
    """Until the client has ended its first stream; its SETTINGS are acknowledged."""
    is_whole = False
    while not is_whole:
        head = read(connection, 9)
        length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
        read(connection, length)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        is_whole = kind in (DATA, HEADERS) and bool(flags & END_STREAM)


class FrameServer:
    """Listens on a loopback port and answers with the same bytes, then closes; later connections with `then`."""

    def __init__(self, answer, closes=True, then=None):
        self.answer, self.closes, self.then = answer, closes, then or answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            read(connection, 24)
            connection.sendall(frame(SETTINGS, 0, 0))
            read_request(connection)
            answer, self.answer = self.answer, self.then
            connection.sendall(answer)
            if self.closes:
                connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except OSError:
            pass
        finally:
            connection.close()


class Peer:
    """One connection of a HostileServer, seen from its script."""

    def __init__(self, connection):
        self.connection = connection

    def send(self, payload):
        self.connection.sendall(payload)

    def greet(self, *settings):
        """The client's preface, and our SETTINGS: pairs of a number and a value."""
        read(self.connection, 24)
        self.send(frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in settings)))

    def take_request(self):
        read_request(self.connection)

    def stay(self):
        """Until the client goes."""
        while self.connection.recv(4096):
            pass


class HostileServer:
    """Listens on a loopback port and plays a script, a function of a Peer, on each connection; with TLS if it has a
    context. What the script does not end stays open until the client goes, or is closed at its end."""

    def __init__(self, script, tls=None, closes=False):
        self.script, self.tls, self.closes = script, tls, closes
        self.n_connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.n_connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            peer = Peer(connection)
            self.script(peer)
            if self.closes == "at once":
                return
            if self.closes:
                connection.shutdown(socket.SHUT_WR)
            peer.stay()
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def close(self):
        self.listener.close()
