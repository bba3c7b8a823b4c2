"""`shap` itself, killed: what it was to send is in its outbox, and counts once when it is resumed and sent again."""
import collections
import csv
import json
import subprocess
import time

import judge
from scenarios import scenario
from world import MOST_SECONDS, Trouble

ROWS = 40
MOMENTS = 3  # in which such a file is sent when nothing breaks; a command that sends nothing takes one

NOTES = """
    copy (select t.body, r.record_id, r.reference, r.status, r.day
            from shap."return" r
            join shap.personal_text t on t.council_id = r.council_id and t.digest = r.note_digest
           where starts_with(t.body, '{}')) to stdout"""


def make_file(stage, chance, run):
    """A file of returns: its path, and note to word."""
    references = (stage.world.template / "references").read_text(encoding="ascii").split()
    words = {}
    for n in range(ROWS):
        note = f"{run:08x} {n}: {'a word and ' * chance.randint(0, 100)}the end."
        words[note] = judge.Word(chance.choice(references), "in_progress", f"2010-12-{chance.randint(1, 28):02d}", note)
    path = stage.directory / "returns.csv"
    with open(path, "w", encoding="ascii", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("reference", "status", "as_of", "note"))
        writer.writerows((word.reference, "in progress", word.day, word.note) for word in words.values())
    return path, words


def run_shap(stage, *words, kill_after=MOST_SECONDS):
    """Its exit code, and what it wrote; None when it was killed."""
    command, environment = stage.shap("--as", "officer", *words)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=kill_after, check=False, env=environment)
    except subprocess.TimeoutExpired:  # it is killed with SIGKILL
        return None, ""
    return done.returncode, done.stdout


def must(stage, *words):
    code, out = run_shap(stage, *words)
    if code != 0:
        raise Trouble(f"shap {' '.join(map(str, words))}: exit code {code}")
    return out


def moment_of(stage):
    """How long a command takes that sends nothing, now, on this machine, as it was built."""
    before = time.monotonic()
    must(stage, "outbox", "list")
    return time.monotonic() - before


def told_apart(cluster, run, words, result):
    """Counts what is wrong with the table, and gives the notes in it."""
    rows = collections.defaultdict(list)
    for line in cluster.sql(NOTES.format(f"{run:08x} ")).split("\n")[:-1]:
        note, _, reference, status, day = line.split("\t")
        rows[note].append(judge.Word(reference, status, day, note))
    for note, kept in rows.items():
        if note not in words:
            judge.note(result, "half", note[:40])  # the beginning of a note, or another
        elif any(word != words[note] for word in kept):
            judge.note(result, "half", note[:40])
        if len(kept) > 1:
            judge.note(result, "doubled", note[:40])
    result.n_rows = sum(len(kept) for kept in rows.values())
    return rows


@scenario("kill-shap", runs=200, short=2, is_whole=True)
def kill_shap(stage, chance, run):
    """While it sends a file, and while it resumes; then it resumes to the end, and at last the same file is sent again."""
    path, words = make_file(stage, chance, run)
    result = judge.Sum()
    result.counts["sent"] = len(words)
    submit, resume = ("return", "submit", "--file", path), ("outbox", "resume")
    for n in range(chance.randint(1, 3)):
        kill_after = chance.uniform(0, MOMENTS) * moment_of(stage)
        code, _ = run_shap(stage, *(submit if n == 0 else resume), kill_after=kill_after)
        result.failures[-3] += code is None
    waiting = [entry["said"]["note"] for entry in json.loads(must(stage, "outbox", "list", "--format", "json"))]
    must(stage, *resume)
    rows = told_apart(stage.cluster, run, words, judge.Sum())
    for note in waiting:
        if note not in rows:
            judge.note(result, "lost", f"{note[:40]}, which waited in the outbox")
    receipts = json.loads(must(stage, *submit, "--format", "json"))
    result.counts["acknowledged"] = len(receipts)
    result.counts["replayed"] = sum(bool(receipt["replayed"]) for receipt in receipts)
    result.counts["retried"] = len(waiting)
    result.counts["lost"] += len(words) - len(told_apart(stage.cluster, run, words, result))
    return result
