"""Returns whose answers are lost on the way: sent through a proxy that passes them on and cuts the answer at every point,
then once more. cut.py PORT DIRECTORY, with `shap` in PATH and the profile "partner" signed in; PORT is shapd's."""

import csv
import io
import itertools
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading

PORT, DIRECTORY = int(sys.argv[1]), pathlib.Path(sys.argv[2])
HEADERS, END_STREAM = 1, 1
ID = re.compile("in the outbox as ([0-9a-f-]{36})")
MILESTONE = "SH5.2/6/1"
problems = []
turns = itertools.cycle((False, True))


def check(is_so, what):
    if not is_so:
        problems.append(what)


class Proxy:
    """Passes connections on. Of an answer it waits for the end, passes `most` bytes on, and ends the connection, or with
    `is_mute` keeps it open. With `takes` False nothing reaches the server; with `waits` False it does not wait."""

    def __init__(self, most, is_mute=False, takes=True, waits=True):
        self.most, self.is_mute, self.takes, self.waits = most, is_mute, takes, waits
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.length = 0  # of the last answer
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()
        except OSError:
            pass

    def serve(self, client):
        with client, socket.create_connection(("127.0.0.1", PORT)) as server:
            for end in (client, server):
                end.settimeout(30)
            if self.takes:
                threading.Thread(target=self.pass_on, args=(client, server), daemon=True).start()
            try:
                self.answer(client, server)
                for end in (client, server):  # closing them is not enough while the other thread reads
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def pass_on(self, client, server):
        try:
            while part := client.recv(65536):
                server.sendall(part)
        except OSError:
            pass

    def answer(self, client, server):
        if not self.takes:
            client.recv(65536)
            return
        left, seen = self.most, b""
        while (not has_ended(seen) if self.waits else left > 0) and (part := server.recv(65536)):
            seen += part
            self.length = len(seen)
            # SETTINGS and what else comes before the answer are passed on at once, or the client would not ask.
            client.sendall(part[:max(left, 0)])
            left -= len(part)
        if self.is_mute:
            while client.recv(65536):
                pass


def has_ended(answer):
    """Whether the trailers are there."""
    while len(answer) >= 9:
        length = int.from_bytes(answer[:3], "big")
        if answer[3] == HEADERS and answer[4] & END_STREAM and len(answer) >= 9 + length:
            return True
        answer = answer[9 + length:]
    return False


def shap(*words):
    done = subprocess.run(["shap", "--as", "partner", *words], capture_output=True, text=True, timeout=60, check=False)
    check("Sanitizer" not in done.stderr, done.stderr)
    return done


def submit(note, *more):
    return shap("return", "submit", MILESTONE, "--status", "in-progress", "--as-of", "2010-12-20", "--note", note, *more)


def notes():
    return [row["note"] for row in csv.DictReader(io.StringIO(shap("return", "list", MILESTONE, "--format", "csv").stdout))]


def waiting(server=None):
    entries = json.loads(shap("outbox", "list", "--format", "json").stdout)
    return [(entry["said"]["return_id"], entry["arrival"]) for entry in entries if server in (None, entry["server"])]


def resume():
    """Sends what waits. It was for a proxy that is gone."""
    return shap("outbox", "resume", "--moved")


def lose(name, note, code, proxy, is_there, *more):
    """Sends a return whose answer is lost, then the same again: from the outbox, or first by its id."""
    lost = submit(note, "--server", proxy.address, *more)
    found = ID.search(lost.stderr)
    proxy.listener.close()
    check(lost.returncode == code, "%s: exit code %d, not %d: %s" % (name, lost.returncode, code, lost.stderr))
    check(lost.stdout == "", "%s: a lost answer is shown: %s" % (name, lost.stdout))
    check(notes().count(note) == is_there, "%s: on record %d times before it is sent again" % (name, notes().count(note)))
    if found is None:
        problems.append("%s: no id: %s" % (name, lost.stderr))
        return
    check(waiting() == [(found[1], "may_have_arrived")], "%s: %s waits, not %s" % (name, waiting(), found[1]))
    if next(turns):
        again = submit(note, "--id", found[1])
        words = "on record already" if is_there else "On record as"
        check(again.returncode == 0 and words in again.stderr, "%s, again: %d %s" % (name, again.returncode, again.stderr))
        is_there = 1
    again = resume()
    words = "1 on record (%d of them already)" % is_there
    check(again.returncode == 0 and words in again.stderr, "%s, resumed: %d %s" % (name, again.returncode, again.stderr))
    check(notes().count(note) == 1, "%s: on record %d times" % (name, notes().count(note)))
    check(waiting() == [], "%s: %s waits" % (name, waiting()))


def answer_length():
    """Of the bytes of a whole answer, with what comes before."""
    proxy = Proxy(1 << 20)
    done = submit("whole", "--server", proxy.address)
    proxy.listener.close()
    check(done.returncode == 0, "through the proxy: " + done.stderr)
    return proxy.length


def lose_at_every_point():
    length = answer_length()
    check(length > 60, "an answer of %d bytes" % length)
    length -= 8  # the moment in a receipt takes a byte more or less; this is within the trailers of them all
    points = [*range(0, length, 12), length]
    for at in points:
        lose("cut after %d of %d bytes" % (at, length), "cut %d" % at, 8, Proxy(at), 1)
    for at in (0, length // 2, length):
        lose("mute after %d bytes" % at, "mute %d" % at, 9, Proxy(at, is_mute=True), 1, "--timeout", "3")
    lose("never passed on", "never", 8, Proxy(0, takes=False), 0)
    return len(points) + 4


def lose_a_file():
    """A file is cut somewhere in its answers, and sent again whole."""
    path = DIRECTORY / "returns.csv"
    rows = ["row %d" % number for number in range(60)]
    path.write_text("reference,status,as_of,note\n" + "".join("%s,in-progress,2010-12-21,%s\n" % (MILESTONE, row) for row in rows))
    for most in (60, 500, 2500):
        proxy = Proxy(most, waits=False)
        lost = shap("return", "submit", "--file", str(path), "--server", proxy.address)
        proxy.listener.close()
        check(lost.returncode == 8, "a file cut after %d bytes: %d %s" % (most, lost.returncode, lost.stderr))
        n = len(waiting(proxy.address))
        check("%d wait in the outbox" % n in lost.stderr, "a file, %d wait: %s" % (n, lost.stderr))
    again = resume()
    check(again.returncode == 0 and " 0 refused." in again.stderr, "what waited: %d %s" % (again.returncode, again.stderr))
    check(waiting() == [], "the file's: %s waits" % waiting())
    again = shap("return", "submit", "--file", str(path))
    check(again.returncode == 0 and "60 on record (60 of them already)" in again.stderr, "the file again: " + again.stderr)
    on_record = [note for note in notes() if note.startswith("row ")]
    check(sorted(on_record) == sorted(rows), "the file is on record as %d rows" % len(on_record))


n_points = lose_at_every_point()
lose_a_file()
print("%d ways to lose an answer, 3 to lose a file's, %d problems" % (n_points, len(problems)))
print("\n".join(problems), file=sys.stderr)
sys.exit(1 if problems else 0)
