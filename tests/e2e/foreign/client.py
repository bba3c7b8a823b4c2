"""A client of others, seen from the runner: a program that makes the calls it is told of, a transport each.

It is started with the name of a file of settings (JSON): "kind" of the transport (unix, tcp, tls), "address", with tls
"authority" (a PEM file), "protos", "classes" and "protoset" (the contract, as sources, Python's and Ruby's classes, and
descriptors). It reads a line for each batch of calls, a JSON array, makes them all at once, and writes a line with the
results, in the same order. A call has

    method      "/package.Service/Method"
    request     the message in protobuf's JSON, itself a string; or "bytes": the message as it is, in hexadecimal
    metadata    pairs; the values of names that end in -bin are hexadecimal
    timeout_ms  the deadline, kept by the library; absent: none
    compression "gzip" or "deflate", of the request; absent: none
    cancel_at   the call is cancelled once there is a file of that name
    most        the call is cancelled after so many messages

and a result has "status" ("NOT_FOUND"), "message" and "answers": messages in protobuf's JSON, each a string.
"""

import json
import re
import select
import subprocess

PATIENCE_S = 60


class Failed(Exception):
    """What a cell shows when it is not as it should be."""


def snake(value):
    """The names of fields as the contract has them; some clients write them in camelCase."""
    if isinstance(value, dict):
        return {re.sub("[A-Z]", lambda match: "_" + match[0].lower(), name): snake(item) for name, item in value.items()}
    return [snake(item) for item in value] if isinstance(value, list) else value


class Result:
    def __init__(self, raw):
        self.status, self.message = raw["status"], raw["message"]
        self.answers = [snake(json.loads(answer)) for answer in raw["answers"]]


class Client:
    def __init__(self, name, command, settings):
        self.name = name
        self.process = subprocess.Popen([*command, settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, calls):
        try:
            self.process.stdin.write(json.dumps(calls) + "\n")
            self.process.stdin.flush()
            is_ready = select.select([self.process.stdout], [], [], PATIENCE_S)[0]
            line = self.process.stdout.readline() if is_ready else ""
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failed("the client %s" % ("has ended" if self.process.poll() is not None else "does not answer"))
        results = [Result(raw) for raw in json.loads(line)]
        if len(results) != len(calls):
            raise Failed("%d results for %d calls" % (len(results), len(calls)))
        return results

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        return self.process.returncode
