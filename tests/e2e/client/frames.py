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
        name, value = name.encode(), value.encode()
        assert len(name) < 127 and len(value) < 127
        block += b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
    return block


def headers(*pairs, end=False):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), 1, header_block(*pairs))


def data(payload, end=False):
    return frame(DATA, END_STREAM if end else 0, 1, payload)


def message(payload):
    return b"\0" + struct.pack(">I", len(payload)) + payload


GRPC_HEAD = headers((":status", "200"), ("content-type", "application/grpc"))


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
            self.read(connection, 24)
            connection.sendall(frame(SETTINGS, 0, 0))
            self.read_request(connection)
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

    def read_request(self, connection):
        is_whole = False
        while not is_whole:
            head = self.read(connection, 9)
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            self.read(connection, length)
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            is_whole = kind in (DATA, HEADERS) and bool(flags & END_STREAM)

    @staticmethod
    def read(connection, length):
        collected = b""
        while len(collected) < length:
            piece = connection.recv(length - len(collected))
            if not piece:
                raise OSError("closed")
            collected += piece
        return collected
