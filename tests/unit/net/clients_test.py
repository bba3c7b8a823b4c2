#!/usr/bin/python3
"""Drives the echo server with clients that are not ours: gRPC's C core, h2load, nghttp and curl.

Each test runs in plaintext over loopback, over a Unix socket, and over TLS 1.3.
Usage: clients_test.py PATH-OF-ECHO-SERVER
"""
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc

ECHO_SERVER = sys.argv.pop(1)
MEGABYTE = 1024 * 1024


def as_is(message):
    return message


class Server:
    """An echo server that is stopped, and must have closed everything, when the block ends."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([ECHO_SERVER, *arguments], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise RuntimeError(f"the server said {line!r}")
        self.address = line.split()[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        return status


class Plaintext(unittest.TestCase):
    """Loopback TCP; the other transports inherit the tests."""

    @classmethod
    def arguments(cls):
        return ["127.0.0.1:0"]

    @classmethod
    def target(cls):
        return cls.server.address

    @classmethod
    def credentials(cls):
        return None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="shap-net-")
        cls.server = Server(*cls.arguments())

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        cls.directory.cleanup()
        assert status == 0, f"the server ended with {status}"

    def setUp(self):
        credentials = self.credentials()
        self.channel = (grpc.secure_channel(self.target(), credentials) if credentials
                        else grpc.insecure_channel(self.target()))
        self.say = self.channel.unary_unary("/test.Echo/Say", as_is, as_is)

    def tearDown(self):
        self.channel.close()

    def expect_status(self, code, call, *arguments, **options):
        with self.assertRaises(grpc.RpcError) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.code(), code)
        return caught.exception.details()

    def test_messages_of_any_size_up_to_the_limit_come_back(self):
        for size in (0, 1, 5, 16383, 16384, 65535, 65536, MEGABYTE):
            message = os.urandom(size)
            self.assertEqual(self.say(message), message)

    def test_a_larger_message_is_refused(self):
        details = self.expect_status(grpc.StatusCode.RESOURCE_EXHAUSTED, self.say, bytes(MEGABYTE + 1))
        self.assertIn("1048577 bytes", details)

    def test_gzip_is_read_and_capped(self):
        options = {"compression": grpc.Compression.Gzip}
        self.assertEqual(self.say(b"z" * 100000, **options), b"z" * 100000)
        self.expect_status(grpc.StatusCode.RESOURCE_EXHAUSTED, self.say, b"z" * (MEGABYTE + 1), **options)

    def test_an_encoding_we_lack_is_unimplemented(self):
        self.expect_status(grpc.StatusCode.UNIMPLEMENTED, self.say, b"z" * 1000,
                           compression=grpc.Compression.Deflate)

    def test_an_early_refusal_arrives_while_the_request_is_sent(self):
        refuse = self.channel.unary_unary("/test.Echo/Refuse", as_is, as_is)
        for _ in range(20):
            details = self.expect_status(grpc.StatusCode.NOT_FOUND, refuse, bytes(MEGABYTE))
            self.assertEqual(details, "nothing here: 100 % gone, \n€")

    def test_a_stream_is_complete_and_in_pieces(self):
        repeat = self.channel.unary_stream("/test.Echo/Repeat", as_is, as_is)
        self.assertEqual(sum(len(message) for message in repeat(b"2000 10000")), 20000000)

    def test_a_cancelled_stream_leaves_the_connection_usable(self):
        repeat = self.channel.unary_stream("/test.Echo/Repeat", as_is, as_is)
        for _ in range(20):
            messages = repeat(b"1000000 10000")
            next(messages)
            messages.cancel()
        self.assertEqual(self.say(b"after"), b"after")

    def test_both_sides_talk_in_turn(self):
        outgoing = queue.Queue()
        incoming = self.channel.stream_stream("/test.Echo/Say", as_is, as_is)(iter(outgoing.get, None))
        for number in range(100):
            outgoing.put(b"%d" % number)
            self.assertEqual(next(incoming), b"%d" % number)
        outgoing.put(None)
        self.assertEqual(list(incoming), [])

    def test_a_stream_without_messages_is_ok(self):
        talk = self.channel.stream_stream("/test.Echo/Say", as_is, as_is)
        self.assertEqual(list(talk(iter([]))), [])

    def test_a_deadline_reaches_the_server(self):
        wait = self.channel.unary_unary("/test.Echo/Wait", as_is, as_is)
        self.expect_status(grpc.StatusCode.DEADLINE_EXCEEDED, wait, b"", timeout=0.05)

    def test_metadata_comes_back_as_header_and_trailer(self):
        headers = self.channel.unary_unary("/test.Echo/Headers", as_is, as_is)
        sent = (("x-echo", "text"), ("x-echo-bin", b"\x00\xff"))
        _, call = headers.with_call(b"", metadata=sent)
        self.assertIn(sent[0], [tuple(pair) for pair in call.initial_metadata()])
        self.assertIn(sent[1], [tuple(pair) for pair in call.trailing_metadata()])

    def test_metadata_beyond_8_kib_is_refused(self):
        self.expect_status(grpc.StatusCode.RESOURCE_EXHAUSTED, self.say, b"",
                           metadata=(("x-echo", "v" * 7000), ("x-echo-2", "v" * 1000)))

    def test_a_thousand_calls_at_once_all_end_well(self):
        calls = [(b"%d" % number * 100, self.say.future(b"%d" % number * 100)) for number in range(1000)]
        for message, call in calls:
            self.assertEqual(call.result(timeout=30), message)


class UnixSocket(Plaintext):
    """A Unix socket."""

    @classmethod
    def arguments(cls):
        return [f"unix:{cls.directory.name}/socket"]


class Tls(Plaintext):
    """TLS 1.3 with a certificate made for the test."""

    @classmethod
    def arguments(cls):
        cls.certificate = f"{cls.directory.name}/certificate.pem"
        key = f"{cls.directory.name}/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", key, "-out", cls.certificate], check=True, capture_output=True)
        return ["127.0.0.1:0", cls.certificate, key]

    @classmethod
    def target(cls):
        return cls.server.address.replace("127.0.0.1", "localhost")

    @classmethod
    def credentials(cls):
        with open(cls.certificate, "rb") as file:
            return grpc.ssl_channel_credentials(file.read())


class OtherClients(unittest.TestCase):
    """Clients that speak HTTP/2 but not gRPC."""

    HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers"]

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="shap-net-")
        self.message = f"{self.directory.name}/message"
        with open(self.message, "wb") as file:
            file.write(b"\0\0\0\0\5hello")
        self.server = Server("127.0.0.1:0")
        self.url = f"http://{self.server.address}/test.Echo/Say"

    def tearDown(self):
        if self.server.process.returncode is None:
            self.assertEqual(self.server.stop(), 0)
        self.directory.cleanup()

    def run_client(self, *command):
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    def test_h2load_counts_no_failure(self):
        output = self.run_client("h2load", "-n", "5000", "-c", "10", "-m", "50", "-d", self.message,
                                 *self.HEADERS, self.url).decode()
        self.assertIn("5000 succeeded, 0 failed, 0 errored", output)

    def test_nghttp_reads_head_message_and_trailers(self):
        output = self.run_client("nghttp", "-v", "-d", self.message, *self.HEADERS,
                                 self.url).decode(errors="replace")
        for line in (":status: 200", "content-type: application/grpc", "grpc-status: 0"):
            self.assertRegex(output, rf"recv \(stream_id=13\) {re.escape(line)}")

    def test_curl_gets_the_message_back(self):
        output = self.run_client("curl", "-sS", "--http2-prior-knowledge", "--data-binary", f"@{self.message}",
                                 *self.HEADERS, self.url)
        self.assertEqual(output, b"\0\0\0\0\5hello")

    def test_curl_without_grpc_is_told_by_http_status(self):
        for arguments, status in ((["-d", "x"], b"415"), ([], b"405")):
            output = self.run_client("curl", "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w",
                                     "%{http_code}", *arguments, self.url)
            self.assertEqual(output, status)

    def test_curl_in_http_1_is_disconnected(self):
        result = subprocess.run(["curl", "-sS", "--http1.1", self.url], capture_output=True, timeout=60)
        self.assertNotEqual(result.returncode, 0)

    def test_streams_in_flight_are_served_to_their_end_when_the_server_drains(self):
        with grpc.insecure_channel(self.server.address) as channel:
            repeat = channel.unary_stream("/test.Echo/Repeat", as_is, as_is)
            streams = [repeat(b"300 10000") for _ in range(10)]
            for stream in streams:
                next(stream)
            self.server.process.send_signal(signal.SIGTERM)
            self.assertEqual([sum(1 for _ in stream) for stream in streams], [299] * 10)
        self.assertEqual(self.server.process.wait(timeout=20), 0)
        self.server.process.stdout.close()


if __name__ == "__main__":
    unittest.main()
