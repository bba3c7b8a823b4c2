#!/usr/bin/python3
"""`buf curl`, which knows of the contract what the server's reflection tells it; see client.py."""

import base64
import json
import os
import signal
import subprocess
import sys
import time

SETTINGS = json.load(open(sys.argv[1], encoding="utf-8"))
NAMES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED "
         "FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED").split()


def where():
    """The beginning of the URL, and the options that go with the transport."""
    if SETTINGS["kind"] == "tls":
        return "https://" + SETTINGS["address"], ["--cacert", SETTINGS["authority"]]
    if SETTINGS["kind"] == "unix":
        return "http://localhost", ["--unix-socket", SETTINGS["address"].removeprefix("unix:")]
    return "http://" + SETTINGS["address"], []


def start(call):
    url, options = where()
    lines = ["%s: %s" % (name, base64.b64encode(bytes.fromhex(value)).decode() if name.endswith("-bin") else value)
             for name, value in call.get("metadata", [])]
    if lines:
        options += ["--header", "@-"]
    if "timeout_ms" in call:
        options += ["--timeout", "%dms" % call["timeout_ms"]]
    process = subprocess.Popen([SETTINGS["modules"] + "/.bin/buf", "curl", "--protocol", "grpc", *options, "--data", "@-",
                                url + call["method"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)
    process.stdin.write("".join(line + "\n" for line in [*lines, *([""] if lines else []), call["request"]]).encode())
    process.stdin.close()
    return process


def documents(text):
    """Those that are there whole."""
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        try:
            value, length = decoder.raw_decode(text)
        except ValueError:
            break
        found.append(json.dumps(value))
        text = text[length:]
    return found


def read_some(process, n_wanted):
    """Until there are so many answers, or the end."""
    text = b""
    while len(documents(text.decode(errors="replace"))) < n_wanted and (part := process.stdout.read1()):
        text += part
    return text


def await_file(process, path):
    while not os.path.exists(path) and process.poll() is None:
        time.sleep(0.02)


def words_of(err):
    try:
        return json.loads(err)["message"]
    except (ValueError, KeyError, TypeError):
        return err.decode(errors="replace")


def end(call, process):
    """What is cancelled is interrupted, as at a terminal."""
    is_cut = "most" in call or "cancel_at" in call
    text = read_some(process, call["most"]) if "most" in call else b""
    if "cancel_at" in call:
        await_file(process, call["cancel_at"])
    if is_cut:
        os.killpg(process.pid, signal.SIGINT)  # what npm puts in the path is a script that runs the program
    with process:
        text, err = text + process.stdout.read(), process.stderr.read()
    code = process.returncode
    if is_cut:
        status = "CANCELLED"
    else:
        status = NAMES[code >> 3] if code & 7 == 0 else "exit code %d" % code
    return {"status": status, "message": "" if code == 0 else words_of(err), "answers": documents(text.decode(errors="replace"))}


for line in sys.stdin:
    batch = json.loads(line)
    print(json.dumps([end(*pair) for pair in [(call, start(call)) for call in batch]]), flush=True)
