"""The interoperability cases with gRPC's C core (python3-grpcio), each looking at everything that came back.

    grpcio_client.py ADDRESS CA|- CLASSES
"""
import collections
import queue
import sys

import grpc

sys.path.insert(0, sys.argv[3])
import empty_pb2  # noqa: E402
import messages_pb2 as pb  # noqa: E402
from kit import run_cases, same  # noqa: E402

SERVICE = "/grpc.testing.TestService/"
SECONDS = 60
TYPES = {
    "EmptyCall": (empty_pb2.Empty, "unary_unary"),
    "UnimplementedCall": (empty_pb2.Empty, "unary_unary"),
    "UnaryCall": (pb.SimpleResponse, "unary_unary"),
    "StreamingOutputCall": (pb.StreamingOutputCallResponse, "unary_stream"),
    "StreamingInputCall": (pb.StreamingInputCallResponse, "stream_unary"),
    "FullDuplexCall": (pb.StreamingOutputCallResponse, "stream_stream"),
}
SIZES = [(27182, 31415), (8, 9), (1828, 2653), (45904, 58979)]
INITIAL, TRAILING = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"


def method(channel, name, service=SERVICE):
    answer, kind = TYPES[name]
    return getattr(channel, kind)(service + name, request_serializer=lambda message: message.SerializeToString(),
                                  response_deserializer=answer.FromString)


def simple(request_size=271828, answer_size=314159, **fields):
    return pb.SimpleRequest(response_size=answer_size, payload=pb.Payload(body=bytes(request_size)), **fields)


def output(answer_sizes, request_size=0, **fields):
    return pb.StreamingOutputCallRequest(response_parameters=[pb.ResponseParameters(size=n) for n in answer_sizes],
                                         payload=pb.Payload(body=bytes(request_size)), **fields)


def refused(call, code, details=None):
    """What call() raises must be a status: code, and these details where given."""
    try:
        call()
    except grpc.RpcError as error:
        same(error.code(), code)
        if details is not None:
            same(error.details(), details)
    else:
        raise AssertionError(f"it went well, instead of {code}")


class Requests:
    """Requests of a stream that are thought of while it runs; ended by None."""

    def __init__(self):
        self.queue = queue.Queue()
        self.send = self.queue.put

    def __iter__(self):
        return iter(self.queue.get, None)


def empty_unary(channel):
    same(method(channel, "EmptyCall")(empty_pb2.Empty(), timeout=SECONDS), empty_pb2.Empty())


def large_unary(channel):
    same(method(channel, "UnaryCall")(simple(), timeout=SECONDS).payload.body, bytes(314159))


def client_compressed_unary(channel):
    call = method(channel, "UnaryCall")
    refused(lambda: call(simple(expect_compressed=pb.BoolValue(value=True)), timeout=SECONDS),
            grpc.StatusCode.INVALID_ARGUMENT)
    for compression, is_compressed in (grpc.Compression.Gzip, True), (grpc.Compression.NoCompression, False):
        answer = call(simple(expect_compressed=pb.BoolValue(value=is_compressed)), timeout=SECONDS,
                      compression=compression)
        same(answer.payload.body, bytes(314159))


def client_streaming(channel):
    requests = (pb.StreamingInputCallRequest(payload=pb.Payload(body=bytes(size))) for size, _ in SIZES)
    same(method(channel, "StreamingInputCall")(requests, timeout=SECONDS).aggregated_payload_size, 74922)


def server_streaming(channel):
    answers = method(channel, "StreamingOutputCall")(output([size for _, size in SIZES]), timeout=SECONDS)
    same([answer.payload.body for answer in answers], [bytes(size) for _, size in SIZES])


def ping_pong(channel):
    requests = Requests()
    answers = method(channel, "FullDuplexCall")(iter(requests), timeout=SECONDS)
    for request_size, answer_size in SIZES:
        requests.send(output([answer_size], request_size))
        same(next(answers).payload.body, bytes(answer_size))
    requests.send(None)
    same(list(answers), [])


def empty_stream(channel):
    same(list(method(channel, "FullDuplexCall")(iter([]), timeout=SECONDS)), [])


def custom_metadata(channel):
    sent = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\x00\xff\x0a"))
    unary = method(channel, "UnaryCall").future(simple(), metadata=sent, timeout=SECONDS)
    same(len(unary.result().payload.body), 314159)
    duplex = method(channel, "FullDuplexCall")(iter([output([314159], 271828)]), metadata=sent, timeout=SECONDS)
    same([len(answer.payload.body) for answer in duplex], [314159])
    for call in unary, duplex:
        same([pair for pair in call.initial_metadata() if pair[0] == INITIAL], [sent[0]])
        same([pair for pair in call.trailing_metadata() if pair[0] == TRAILING], [sent[1]])


def echoes_status(channel, message):
    status = pb.EchoStatus(code=2, message=message)
    refused(lambda: method(channel, "UnaryCall")(simple(1, 1, response_status=status), timeout=SECONDS),
            grpc.StatusCode.UNKNOWN, message)
    requests = iter([output([1], 1, response_status=status)])
    refused(lambda: list(method(channel, "FullDuplexCall")(requests, timeout=SECONDS)), grpc.StatusCode.UNKNOWN, message)


def status_code_and_message(channel):
    echoes_status(channel, "test status message")


def special_status_message(channel):
    echoes_status(channel, "\ta tab, 100 %, a line\r\na snowman \u2603, a bee \U0001F41D\t\n")


def unimplemented_method(channel):
    refused(lambda: method(channel, "UnimplementedCall")(empty_pb2.Empty(), timeout=SECONDS),
            grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service(channel):
    call = method(channel, "UnimplementedCall", "/grpc.testing.UnimplementedService/")
    refused(lambda: call(empty_pb2.Empty(), timeout=SECONDS), grpc.StatusCode.UNIMPLEMENTED)


def cancel_after_begin(channel):
    requests = Requests()
    call = method(channel, "StreamingInputCall").future(iter(requests), timeout=SECONDS)
    call.cancel()
    same(call.code(), grpc.StatusCode.CANCELLED)
    requests.send(None)


def cancel_after_first_response(channel):
    requests = Requests()
    call = method(channel, "FullDuplexCall")(iter(requests), timeout=SECONDS)
    requests.send(output([31415], 27182))
    same(next(call).payload.body, bytes(31415))
    call.cancel()
    same(call.code(), grpc.StatusCode.CANCELLED)
    requests.send(None)


def timeout_on_sleeping_server(channel):
    requests = Requests()
    requests.send(output([], 27182))
    refused(lambda: list(method(channel, "FullDuplexCall")(iter(requests), timeout=0.001)),
            grpc.StatusCode.DEADLINE_EXCEEDED)
    requests.send(None)


def concurrent_large_unary(channel):
    """A thousand on one channel, more of them at a time than a connection may have calls."""
    call, request, running = method(channel, "UnaryCall"), simple(), collections.deque()
    for _ in range(1000):
        if len(running) == 300:
            same(len(running.popleft().result().payload.body), 314159)
        running.append(call.future(request, timeout=SECONDS))
    same([len(future.result().payload.body) for future in running], [314159] * 300)


CASES = [empty_unary, large_unary, client_compressed_unary, client_streaming, server_streaming, ping_pong, empty_stream,
         custom_metadata, status_code_and_message, special_status_message, unimplemented_method, unimplemented_service,
         cancel_after_begin, cancel_after_first_response, timeout_on_sleeping_server, concurrent_large_unary]


def connect(address, authority):
    if authority == "-":
        return grpc.insecure_channel(address)
    with open(authority, "rb") as file:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(file.read()))


if __name__ == "__main__":
    sys.exit(run_cases(CASES, lambda: connect(sys.argv[1], sys.argv[2])))
