#!/usr/bin/env python3
"""What the client makes of servers that are not ours: gRPC's own Python server, and one that breaks every rule.

    test_transport.py SHAP PROBE

SHAP is the program `shap`, PROBE calls libshap directly (probe.c).
"""
import signal
import socket
import subprocess
import sys
import threading
import time

import grpc

import frames
import kit
from kit import DIRECTORY

IDENTITY = b"\x0a\x03Kay"          # name = "Kay"
PERSON = b"\x08\x07\x12\x03Kay"    # membership_id = 7, name = "Kay"

EXITS = {"OK": 0, "CANCELLED": 1, "UNKNOWN": 1, "INVALID_ARGUMENT": 1, "DEADLINE_EXCEEDED": 9, "NOT_FOUND": 6,
         "ALREADY_EXISTS": 7, "PERMISSION_DENIED": 5, "RESOURCE_EXHAUSTED": 1, "FAILED_PRECONDITION": 7, "ABORTED": 7,
         "OUT_OF_RANGE": 1, "UNIMPLEMENTED": 1, "INTERNAL": 1, "UNAVAILABLE": 8, "DATA_LOSS": 1, "UNAUTHENTICATED": 4}


class Handler(grpc.GenericRpcHandler):
    """Answers in the way the caller's token asks for: shap passes the token on as it is."""

    def __init__(self):
        self.seen = {}
        self.timeouts = []
        self.peers = set()

    def service(self, details):
        self.seen = dict(details.invocation_metadata)
        behaviour = self.seen.get("authorization", "Bearer ok").removeprefix("Bearer ")
        if details.method == DIRECTORY + "ListPeople":
            return grpc.unary_stream_rpc_method_handler(lambda request, context: self.stream(behaviour, context))
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self.unary(behaviour, context))

    def unary(self, behaviour, context):
        self.timeouts.append(context.time_remaining())
        self.peers.add(context.peer())
        if behaviour == "slow":
            time.sleep(3)
        if behaviour in EXITS and behaviour != "OK":
            context.abort(grpc.StatusCode[behaviour], "no \u2013 100 %\nsecond line \x1b[31mred")
        return IDENTITY

    def stream(self, behaviour, context):
        for _ in range(1000):
            yield PERSON
        if behaviour == "breaks":
            context.abort(grpc.StatusCode.ABORTED, "changed meanwhile")


class Transport(kit.Case):
    @classmethod
    def make_handler(cls):
        return Handler()

    def test_an_answer_comes_over_a_unix_socket_loopback_and_tls(self):
        for server, more in ((self.unix, ()), (self.plain, ()), (self.tls["good"], ("--ca", self.home / "ca.pem"))):
            done = self.shap("whoami", "--server", server, *more)
            self.assertEqual((done.returncode, done.stdout.split()), (0, [b"Name", b"Kay"]), done.stderr)

    def test_each_of_several_servers_is_checked_for_its_own_name(self):
        others, ca = self.tls["other"], ("--ca", self.home / "ca.pem")
        done = self.shap("whoami", "--server", "%s,%s" % (others, self.tls["good"]), *ca)
        self.assertEqual((done.returncode, done.stdout.split()), (0, [b"Name", b"Kay"]), done.stderr)
        done = self.shap("whoami", "--server", "%s,unix:/nowhere" % others, *ca)
        self.assertEqual((done.returncode, done.stdout), (8, b""))
        self.assertRegex(done.stderr.decode(), "(?s)%s: no trusted TLS.*name.*unix:/nowhere: no server answers" % others)

    def test_the_request_carries_what_grpc_asks_for(self):
        self.shap("whoami", "--server", self.plain, "--timeout", "7.5")
        self.assertEqual(self.handler.seen["authorization"], "Bearer ok")
        self.assertAlmostEqual(self.handler.timeouts[-1], 7.5, delta=1)

    def test_every_status_has_its_exit_code_and_its_words(self):
        for status, code in EXITS.items():
            done = self.shap("whoami", "--server", self.plain, token=status)
            self.assertEqual(done.returncode, code, status)
            if status != "OK":
                self.assertIn("no \u2013 100 %\nsecond line \ufffd[31mred", done.stderr.decode(), status)

    def test_a_deadline_ends_the_call(self):
        started = time.monotonic()
        done = self.shap("whoami", "--server", self.plain, "--timeout", "0.3", token="slow")
        self.assertEqual(done.returncode, 9, done.stderr)
        self.assertLess(time.monotonic() - started, 2.5)

    def test_an_interrupt_ends_the_call(self):
        token_file = self.home / "slow"
        token_file.write_text("slow")
        token_file.chmod(0o600)
        child = subprocess.Popen([self.shap_path, "whoami", "--server", self.plain, "--token-file", token_file],
                                 env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        n_calls = len(self.handler.timeouts)
        while len(self.handler.timeouts) == n_calls and child.poll() is None:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        _, words = child.communicate(timeout=10)
        self.assertEqual(child.returncode, 130, words)
        self.assertIn(b"interrupted", words)

    def test_a_stream_is_printed_whole_or_its_failure_is_told(self):
        done = self.shap("person", "list", "--server", self.plain, "--format", "csv")
        self.assertEqual((done.returncode, done.stdout.count(b"\n7,Kay,,,,")), (0, 1000))
        done = self.shap("person", "list", "--server", self.plain, "--format", "json", token="breaks")
        self.assertEqual(done.returncode, 7)
        self.assertNotIn(b"]", done.stdout.replace(b"[\n", b"", 1))

    def test_a_second_plaintext_call_of_one_client_succeeds(self):
        for server in (self.plain, self.unix):
            lines, words = self.probe(server, count=20)
            self.assertEqual(lines, ["OK CALL 20 20"], words)

    def test_many_calls_are_in_flight_at_once(self):
        for server, ca in ((self.plain, None), (self.unix, None), (self.tls["good"], str(self.home / "ca.pem"))):
            self.handler.peers.clear()
            lines, words = self.probe(server, count=500, in_flight=64, ca=ca)
            self.assertEqual(lines, ["OK CALL 500 500"], words)
            self.assertEqual(len(self.handler.peers), 1, "all calls share one connection")
            lines, words = self.probe(server, "ListPeople", count=20, in_flight=8, ca=ca)
            self.assertEqual(lines, ["OK CALL 20 20000"], words)

    def test_a_certificate_for_another_name_is_refused(self):
        done = self.shap("whoami", "--server", self.tls["other"], "--ca", self.home / "ca.pem")
        self.assertEqual(done.returncode, 8)
        self.assertIn(b"no trusted TLS 1.3 connection", done.stderr)
        lines, _ = self.probe(self.tls["other"], ca=str(self.home / "ca.pem"))
        self.assertEqual(lines, ["UNAVAILABLE TLS 1 0"])

    def test_an_unknown_authority_is_refused(self):
        lines, words = self.probe(self.tls["good"])
        self.assertEqual(lines, ["UNAVAILABLE TLS 1 0"], words)

    def test_an_authoritys_file_that_is_none_is_named(self):
        path = self.home / "no.pem"
        path.write_text("nothing")
        done = self.shap("whoami", "--server", self.tls["good"], "--ca", path)
        self.assertEqual(done.returncode, 8)
        done = self.shap("whoami", "--server", self.tls["good"], "--ca", "/nonexistent.pem")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"/nonexistent.pem", done.stderr)

    def test_plaintext_to_another_machine_is_refused(self):
        done = self.shap("whoami", "--server", "http://192.0.2.1:80")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"without TLS", done.stderr)

    def test_nobody_listening_is_unreachable(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        for server in ("http://127.0.0.1:%d" % port, "localhost:%d" % port, "unix:%s/none" % self.home):
            done = self.shap("whoami", "--server", server)
            self.assertEqual(done.returncode, 8, server)
        done = self.shap("whoami", "--server", "name.invalid")
        self.assertEqual(done.returncode, 8)
        self.assertIn(b"name.invalid is not known", done.stderr)

    def test_a_server_that_says_nothing_runs_into_the_deadline(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            lines, _ = self.probe("http://127.0.0.1:%d" % port, timeout_ms=300)
            self.assertEqual(lines, ["DEADLINE_EXCEEDED CALL 1 0"])
            lines, _ = self.probe("127.0.0.1:%d" % port, timeout_ms=300)
            self.assertEqual(lines, ["UNAVAILABLE TLS 1 0"])

    def test_a_proxy_is_used_and_its_refusal_told(self):
        asked = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                asked.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                connection.close()
            threading.Thread(target=serve, daemon=True).start()
            proxy = "http://127.0.0.1:%d" % listener.getsockname()[1]
            done = self.shap("whoami", "--server", "shap.example:443", https_proxy=proxy)
            self.assertEqual(done.returncode, 8)
            self.assertIn(b"proxy", done.stderr)
            self.assertTrue(asked[0].startswith(b"CONNECT shap.example:443"), asked)
            done = self.shap("whoami", "--server", self.plain, https_proxy=proxy, http_proxy=proxy, all_proxy=proxy)
            self.assertEqual(done.returncode, 0)

    def test_a_call_goes_through_a_proxy_that_lets_it(self):
        def pump(source, sink):
            try:
                while piece := source.recv(65536):
                    sink.sendall(piece)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        asked = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                asked.append(connection.recv(4096))
                port = int(self.tls["good"].rpartition(":")[2])
                with connection, socket.create_connection(("127.0.0.1", port)) as server:
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    forward = threading.Thread(target=pump, args=(connection, server), daemon=True)
                    forward.start()
                    pump(server, connection)
                    forward.join()
            threading.Thread(target=serve, daemon=True).start()
            proxy = "http://127.0.0.1:%d" % listener.getsockname()[1]
            done = self.shap("whoami", "--server", self.tls["good"], "--ca", self.home / "ca.pem", https_proxy=proxy)
            self.assertEqual((done.returncode, done.stdout.split()), (0, [b"Name", b"Kay"]), done.stderr)
            self.assertTrue(asked[0].startswith(b"CONNECT " + self.tls["good"].encode()), asked)
            done = self.shap("whoami", "--server", self.tls["good"], "--ca", self.home / "ca.pem",
                             https_proxy="http://127.0.0.1:1", no_proxy="localhost")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_broken_answers_have_a_status_each(self):
        head, trailers = frames.GRPC_HEAD, frames.headers(("grpc-status", "0"), end=True)
        whole = frames.message(IDENTITY)
        cases = {
            "OK CALL 1 1": head + frames.data(whole) + trailers,
            "NOT_FOUND CALL 1 0": frames.headers((":status", "200"), ("content-type", "application/grpc"),
                                                 ("grpc-status", "5"), ("grpc-message", "gone"), end=True),
            "INTERNAL CALL 1 0": head + frames.data(whole[:-1]) + trailers,
            "UNKNOWN CALL 1 1": head + frames.data(whole, end=True),
            "UNAVAILABLE CALL 1 0": frames.headers((":status", "503"), ("content-type", "text/html"), end=True),
            "UNKNOWN CALL 1 0": frames.headers((":status", "200"), ("content-type", "text/html")) +
            frames.data(b"<html>", end=True),
            "PERMISSION_DENIED CALL 1 0": frames.headers((":status", "403"), end=True),
            "UNIMPLEMENTED CALL 1 0": frames.headers((":status", "404"), end=True),
            "RESOURCE_EXHAUSTED CALL 1 0": head + frames.data(b"\0\xff\xff\xff\xff") + trailers,
        }
        for expected, answer in cases.items():
            lines, words = self.probe(frames.FrameServer(answer).address, timeout_ms=5000)
            self.assertEqual(lines, [expected], words)
        for answer in (head + frames.data(b"\1" + whole[1:]) + trailers, head + frames.data(b"\7" + whole[1:]) + trailers,
                       head + frames.data(frames.message(b"\x0a\x7fx")) + trailers):
            lines, words = self.probe(frames.FrameServer(answer).address, timeout_ms=5000)
            self.assertEqual(lines, ["INTERNAL CALL 1 0"], words)

    def test_a_connection_that_ends_at_any_byte_is_a_failure_and_never_an_answer(self):
        answer = frames.GRPC_HEAD + frames.data(frames.message(IDENTITY)) + \
            frames.headers(("grpc-status", "0"), end=True)
        for length in range(0, len(answer), 3):
            lines, words = self.probe(frames.FrameServer(answer[:length]).address, timeout_ms=5000)
            self.assertRegex(lines[0], "^(UNAVAILABLE|INTERNAL|UNKNOWN) CALL 1 [01]$", (length, words))

    def test_a_reset_has_the_status_grpc_gives_it(self):
        for code, status in ((2, "INTERNAL"), (7, "UNAVAILABLE"), (8, "CANCELLED"), (11, "RESOURCE_EXHAUSTED")):
            reset = frames.frame(frames.RST_STREAM, 0, 1, bytes([0, 0, 0, code]))
            lines, words = self.probe(frames.FrameServer(frames.GRPC_HEAD + reset).address, timeout_ms=5000)
            self.assertEqual(lines, [status + " CALL 1 0"], words)

    def test_a_call_the_server_has_not_looked_at_is_made_again_once(self):
        refusal = frames.frame(frames.GOAWAY, 0, 0, bytes(8))
        answer = frames.GRPC_HEAD + frames.data(frames.message(IDENTITY)) + \
            frames.headers(("grpc-status", "0"), end=True)
        lines, words = self.probe(frames.FrameServer(refusal, then=answer).address, timeout_ms=5000)
        self.assertEqual(lines, ["OK CALL 1 1"], words)
        lines, words = self.probe(frames.FrameServer(refusal).address, timeout_ms=5000)
        self.assertEqual(lines, ["UNAVAILABLE CALL 1 0"], words)

    def test_a_goodbye_of_the_server_does_not_cost_the_answer(self):
        goodbye = frames.frame(frames.GOAWAY, 0, 0, b"\0\0\0\1\0\0\0\0")
        answer = frames.GRPC_HEAD + frames.data(frames.message(IDENTITY)) + \
            frames.headers(("grpc-status", "0"), end=True)
        for sent in (goodbye + answer, answer + goodbye):
            for closes in (True, False):
                lines, words = self.probe(frames.FrameServer(sent, closes).address, timeout_ms=5000)
                self.assertEqual(lines, ["OK CALL 1 1"], words)

    def test_a_web_server_without_http2_is_named_as_such(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                connection, _ = listener.accept()
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                connection.close()
            threading.Thread(target=serve, daemon=True).start()
            lines, words = self.probe("http://127.0.0.1:%d" % listener.getsockname()[1], timeout_ms=5000)
            self.assertRegex(lines[0], "^UNAVAILABLE CALL 1 0$", words)


if __name__ == "__main__":
    kit.main(sys.argv)
