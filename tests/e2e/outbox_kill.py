"""Kills `shap` at chosen moments while it submits, over a slow line to the real server, and lets it resume: each return that
was made is on record exactly once. outbox_kill.py PORT DIRECTORY RUNS SEED, with `shap` in PATH and the profile "partner"
signed in; PORT is shapd's. A seed plays the same moments again."""

import csv
import io
import json
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

PORT, DIRECTORY, RUNS, SEED = int(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
MILESTONE = "SH5.2/6/1"
PIECE, DELAY_S = 200, 0.004
chance = random.Random(SEED)
problems = []


def check(is_so, what):
    if not is_so:
        problems.append(what)


def pump(source, target):
    """Passes pieces on, each a little late."""
    try:
        while piece := source.recv(PIECE):
            time.sleep(DELAY_S)
            target.sendall(piece)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(listener):
    while True:
        client = listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", PORT))
        for ends in ((client, server), (server, client)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


slow = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(slow,), daemon=True).start()
SHAP = "shap", "--as", "partner"
SLOWLY = *SHAP, "--server", "http://127.0.0.1:%d" % slow.getsockname()[1]


def shap(*words, begin=SHAP):
    done = subprocess.run([*begin, *words], capture_output=True, text=True, timeout=120, check=False)
    check("Sanitizer" not in done.stderr, done.stderr)
    return done


def submit_words(number):
    """A return alone, or a file of 30; every third time a correction is among them. And what is said in them."""
    if number % 2 == 0:
        note = "killed %d" % number
        return ["return", "submit", MILESTONE, "--status", "in-progress", "--as-of", "2010-12-20", "--note", note], [note]
    path = DIRECTORY / "killed.csv"
    notes = ["killed %d row %d" % (number, row) for row in range(30)]
    first = "00000000-0000-4000-8000-%012d" % (number + 100)
    rows = ["%s,in-progress,2010-12-20,%s,%s,%s" % (MILESTONE, note, first if row == 0 else "", first if row == 29 and number % 3 == 0 else "")
            for row, note in enumerate(notes)]
    path.write_text("reference,status,as_of,note,id,corrects\n" + "\n".join(rows) + "\n")
    return ["return", "submit", "--file", str(path)], notes


def waiting():
    done = shap("--quiet", "outbox", "list", "--format", "json")
    check(done.returncode == 0, "outbox list: " + done.stderr)
    return [entry["said"]["note"] for entry in json.loads(done.stdout)]


def on_record():
    rows = csv.DictReader(io.StringIO(shap("return", "list", MILESTONE, "--format", "csv").stdout))
    counts = {}
    for row in rows:
        counts[row["note"]] = counts.get(row["note"], 0) + 1
    return counts


def measure(number):
    words, _ = submit_words(number)
    begun = time.monotonic()
    done = shap(*words, begin=SLOWLY)
    check(done.returncode == 0, "not killed: " + done.stderr)
    return time.monotonic() - begun


def kill_after(seconds, words):
    """Whether it was killed, before it had ended by itself."""
    with subprocess.Popen([*SLOWLY, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def resume(n_waiting):
    """Resumes, killed once more every other time, until nothing waits."""
    if n_waiting and chance.random() < 0.5:
        kill_after(chance.uniform(0, 0.2), ["outbox", "resume"])
    done = shap("outbox", "resume", begin=SLOWLY)
    check(done.returncode == 0, "resume: %d %s" % (done.returncode, done.stderr))
    check(waiting() == [], "after it was resumed something waits")


def run(number, longest_s):
    """One submission, killed; what was killed, how many waited."""
    words, notes = submit_words(number)
    was_killed = kill_after(chance.uniform(0, longest_s), words)
    left = waiting()
    check(len(left) in (0, len(notes)), "%d of %d wait" % (len(left), len(notes)))
    before = on_record()
    resume(len(left))
    counts = on_record()
    for note in notes:
        n = counts.get(note, 0)
        must = note in left or not was_killed
        check(n == 1 if must else n <= 1, "%s: on record %d times, %s before it was resumed" % (note, n, before.get(note, 0)))
        check(must or n == before.get(note, 0), "%s: recorded by nobody" % note)
    return was_killed, bool(left), any(before.get(note, 0) for note in left)


longest = [max(measure(-2), measure(-4)), max(measure(-1), measure(-3))]
ends = [run(number, longest[number % 2] * 1.05) for number in range(RUNS)]
print("%d runs (seed %d): %d killed, %d with returns that waited, %d of them with some on record already; %d problems" %
      (RUNS, SEED, *(sum(column) for column in zip(*ends)), len(problems)))
print("\n".join(problems), file=sys.stderr)
sys.exit(1 if problems else 0)
