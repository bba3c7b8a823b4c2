"""The interoperability cases of which only the frames tell: which messages are compressed, and what a status message
looks like on its way. Frames are written and read with python3-h2.

    frames_client.py ADDRESS CA|- CLASSES
"""
import gzip
import socket
import ssl
import struct
import sys

import h2.config
import h2.connection
import h2.events

sys.path.insert(0, sys.argv[3])
import messages_pb2 as pb  # noqa: E402
from kit import run_cases, same  # noqa: E402

SECONDS = 60
YES, NO = pb.BoolValue(value=True), pb.BoolValue(value=False)
INVALID_ARGUMENT = "3"


class Answer:
    """What came back: the fields of head and trailers, and each message with its compressed flag."""

    def __init__(self):
        self.fields, self.body, self.is_whole = {}, b"", False

    def messages(self):
        body = self.body
        while body:
            flag, length = struct.unpack(">BI", body[:5])
            assert flag in (0, 1) and len(body) >= 5 + length, "the answer is not framed as gRPC asks"
            yield flag, gzip.decompress(body[5:5 + length]) if flag else body[5:5 + length]
            body = body[5 + length:]


class Connection:
    def __init__(self, address, authority):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=SECONDS)
        if authority != "-":
            context = ssl.create_default_context(cafile=authority)
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def receive(self, answer):
        received = self.socket.recv(65536)
        assert received, "the server closed the connection"
        for event in self.h2.receive_data(received):
            if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                answer.fields.update(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                answer.body += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                answer.is_whole = True
            assert not isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)), repr(event)
        self.flush()

    def send(self, stream, body, answer):
        while body and not answer.is_whole:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body))
            if room == 0:
                self.receive(answer)
                continue
            self.h2.send_data(stream, body[:room])
            body = body[room:]
            self.flush()

    def call(self, method, messages):
        """One call; each message comes with its compressed flag."""
        stream, answer = self.h2.get_next_available_stream_id(), Answer()
        self.h2.send_headers(stream, [
            (":method", "POST"), (":scheme", "http"), (":path", "/grpc.testing.TestService/" + method),
            (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc"),
            ("grpc-encoding", "gzip"), ("grpc-accept-encoding", "identity,gzip")])
        for flag, message in messages:
            bytes_ = gzip.compress(message.SerializeToString()) if flag else message.SerializeToString()
            self.send(stream, struct.pack(">BI", flag, len(bytes_)) + bytes_, answer)
        if not answer.is_whole:
            self.h2.end_stream(stream)
            self.flush()
        while not answer.is_whole:
            self.receive(answer)
        return answer


def simple(**fields):
    return pb.SimpleRequest(payload=pb.Payload(body=bytes(271828)), response_size=314159, **fields)


def large_answer(answer, flag):
    same(answer.fields["grpc-status"], "0")
    (found_flag, message), = answer.messages()
    same((found_flag, pb.SimpleResponse.FromString(message).payload.body), (flag, bytes(314159)))


def server_compressed_unary(connection):
    for flag, wanted in (1, YES), (0, NO), (1, YES):
        answer = connection.call("UnaryCall", [(0, simple(response_compressed=wanted))])
        large_answer(answer, flag)
        if flag:
            same(answer.fields["grpc-encoding"], "gzip")


def server_compressed_streaming(connection):
    request = pb.StreamingOutputCallRequest(response_parameters=[
        pb.ResponseParameters(size=31415, compressed=YES), pb.ResponseParameters(size=92653, compressed=NO)])
    answer = connection.call("StreamingOutputCall", [(0, request)])
    same(answer.fields["grpc-status"], "0")
    same([(flag, pb.StreamingOutputCallResponse.FromString(message).payload.body)
          for flag, message in answer.messages()], [(1, bytes(31415)), (0, bytes(92653))])


def client_compressed_unary(connection):
    for flag, expected in (0, YES), (1, NO):
        answer = connection.call("UnaryCall", [(flag, simple(expect_compressed=expected))])
        same((answer.fields["grpc-status"], list(answer.messages())), (INVALID_ARGUMENT, []))
    for flag, expected in (1, YES), (0, NO):
        large_answer(connection.call("UnaryCall", [(flag, simple(expect_compressed=expected))]), 0)


def client_compressed_streaming(connection):
    def request(size, expected):
        return pb.StreamingInputCallRequest(payload=pb.Payload(body=bytes(size)), expect_compressed=expected)

    probe = connection.call("StreamingInputCall", [(0, request(27182, YES))])
    same((probe.fields["grpc-status"], list(probe.messages())), (INVALID_ARGUMENT, []))
    answer = connection.call("StreamingInputCall", [(1, request(27182, YES)), (0, request(45904, NO))])
    same(answer.fields["grpc-status"], "0")
    (flag, message), = answer.messages()
    same((flag, pb.StreamingInputCallResponse.FromString(message).aggregated_payload_size), (0, 73086))


def special_status_message(connection):
    """Percent-encoded: all but the printable characters of ASCII, and the percent sign."""
    status = pb.EchoStatus(code=2, message="\ta tab, 100 %, a line\r\na snowman \u2603, a bee \U0001F41D\t\n")
    answer = connection.call("UnaryCall", [(0, pb.SimpleRequest(response_status=status))])
    same((answer.fields["grpc-status"], answer.fields["grpc-message"]),
         ("2", "%09a tab, 100 %25, a line%0D%0Aa snowman %E2%98%83, a bee %F0%9F%90%9D%09%0A"))


CASES = [server_compressed_unary, server_compressed_streaming, client_compressed_unary, client_compressed_streaming,
         special_status_message]


if __name__ == "__main__":
    sys.exit(run_cases(CASES, lambda: Connection(sys.argv[1], sys.argv[2])))
