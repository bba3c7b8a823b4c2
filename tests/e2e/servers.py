"""Servers that fail in front of one that does not: servers.py DIRECTORY SERVER, with `shap` in PATH, the profiles "partner"
and "coordinator" signed in, and SERVER an address that serves. Each failing server is the first of two addresses."""

import concurrent.futures
import csv
import io
import pathlib
import socket
import subprocess
import sys
import threading
import time

import grpc

DIRECTORY, SERVER = pathlib.Path(sys.argv[1]), sys.argv[2]
MILESTONE = "SH5.2/6/1"
problems, n_ways = [], 0


def check(is_so, what):
    if not is_so:
        problems.append(what)


def shap(*words):
    done = subprocess.run(["shap", *words], capture_output=True, text=True, timeout=60, check=False)
    check("Sanitizer" not in done.stderr, done.stderr)
    return done


class Answering(grpc.GenericRpcHandler):
    """Answers every call with a status, and counts them."""

    def __init__(self, status):
        self.status, self.n_calls = status, 0

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(self.answer)

    def answer(self, _, context):
        self.n_calls += 1
        context.abort(self.status, "not now")


def answering(status):
    """A gRPC server that answers so, and its address."""
    handler = Answering(status)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, handler, "http://127.0.0.1:%d" % port


class Failing:
    """Passes connections on to SERVER; after `most` bytes of the answer it ends them, or with most None at once, unread."""

    def __init__(self, most):
        self.most = most
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            while True:
                self.serve(self.listener.accept()[0])
        except OSError:
            pass

    def serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server:
            if self.most is None:
                return
            server.connect(SERVER.removeprefix("unix:"))
            threading.Thread(target=self.pass_on, args=(client, server), daemon=True).start()
            left = self.most
            while left > 0 and (part := server.recv(left)):
                client.sendall(part)
                left -= len(part)
            # The call is carried out all the same, though its answer goes nowhere.
            server.settimeout(1)
            try:
                while server.recv(65536):
                    pass
            except OSError:
                pass
            client.shutdown(socket.SHUT_RDWR)

    def pass_on(self, client, server):
        try:
            while part := client.recv(65536):
                server.sendall(part)
        except OSError:
            pass


def notes():
    rows = csv.DictReader(io.StringIO(shap("--as", "partner", "return", "list", MILESTONE, "--format", "csv").stdout))
    return [row["note"] for row in rows]


def submit(address, note):
    return shap("--as", "partner", "return", "submit", MILESTONE, "--status", "in-progress", "--as-of", "2010-12-22", "--note", note,
                "--server", "%s,%s" % (address, SERVER))


def meetings():
    return shap("--as", "coordinator", "meeting", "list", "--format", "csv").stdout.count("\n")


def moves_over(name, address, act_code, act_is_done):
    """A read and a return go on to the other server; another act does not, once it may have been carried out."""
    global n_ways  # pylint: disable=global-statement
    n_ways += 1
    done = shap("--as", "partner", "milestone", "list", "--server", "%s,%s" % (address, SERVER))
    check(done.returncode == 0 and MILESTONE in done.stdout, "%s, a list: %d %s" % (name, done.returncode, done.stderr))
    done = submit(address, name)
    check(done.returncode == 0, "%s, a return: %d %s" % (name, done.returncode, done.stderr))
    check(notes().count(name) == 1, "%s: on record %d times" % (name, notes().count(name)))
    before = meetings()
    done = shap("--as", "coordinator", "meeting", "add", "--day", "2010-11-%02d" % n_ways, "--server", "%s,%s" % (address, SERVER))
    check(done.returncode == act_code, "%s, an act: %d, not %d: %s" % (name, done.returncode, act_code, done.stderr))
    if act_is_done is not None:
        check(meetings() == before + act_is_done, "%s: %d meetings more" % (name, meetings() - before))


server, handler, address = answering(grpc.StatusCode.UNAVAILABLE)
moves_over("answers UNAVAILABLE", address, 8, 0)
check(handler.n_calls == 3, "%d calls, not each once" % handler.n_calls)
done = shap("--as", "partner", "whoami", "--server", "%s,%s,unix:/nowhere" % (address, address.replace("127.0.0.1", "localhost")))
check(done.returncode == 8 and done.stderr.count("not now") == 2 and "unix:/nowhere: no server answers" in done.stderr,
      "all of three: %d %s" % (done.returncode, done.stderr))
server.stop(None)

for status, code in ((grpc.StatusCode.UNAUTHENTICATED, 4), (grpc.StatusCode.INTERNAL, 1), (grpc.StatusCode.NOT_FOUND, 6)):
    server, handler, address = answering(status)
    done = submit(address, "refused %s" % code)
    check(done.returncode == code and handler.n_calls == 1, "%s is the answer: %d %s" % (status, done.returncode, done.stderr))
    n_ways += 1
    server.stop(None)
shap("outbox", "drop", "--all", "--yes")

moves_over("is gone at once", Failing(None).address, 8, 0)
for most in (9, 60):
    moves_over("is gone after %d bytes" % most, Failing(most).address, 8, None)

# A server that takes no notice of anybody costs its part of the time, not all of it.
mute = socket.create_server(("127.0.0.1", 0), backlog=1)
filler = [socket.socket() for _ in range(8)]
for one in filler:
    one.setblocking(False)
    one.connect_ex(mute.getsockname())
started = time.monotonic()
done = shap("--as", "partner", "whoami", "--timeout", "8", "--server", "http://127.0.0.1:%d,%s" % (mute.getsockname()[1], SERVER))
elapsed = time.monotonic() - started
check(done.returncode == 0 and 3 < elapsed < 8, "a server that is mute: %d after %.1f s: %s" % (done.returncode, elapsed, done.stderr))
n_ways += 1

print("%d ways for a server to fail, %d problems" % (n_ways, len(problems)))
print("\n".join(problems), file=sys.stderr)
sys.exit(1 if problems else 0)
