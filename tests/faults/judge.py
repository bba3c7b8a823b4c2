"""Holds the table of returns against the journals of the clients that sent them."""
import collections
import pathlib

STATUSES = {1: "not_started", 2: "in_progress", 3: "complete"}

# How an attempt may fail that is made again: what happened to the client, or gRPC's status.
FAILURES = {-3: "died", -2: "silent", -1: "lost", 2: "UNKNOWN", 4: "DEADLINE_EXCEEDED", 8: "RESOURCE_EXHAUSTED", 10: "ABORTED",
            14: "UNAVAILABLE"}

# What a client meant to say, or what the table says.
Word = collections.namedtuple("Word", "reference status day note")

ROWS = """
    copy (select r.return_id, r.record_id, r.reference, r.status, r.day, t.body
            from shap."return" r
            left join shap.personal_text t on t.council_id = r.council_id and t.digest = r.note_digest
           where r.return_id between '{0}-0000-0000-0000-000000000000' and '{0}-ffff-ffff-ffff-ffffffffffff') to stdout"""

class Journal:
    """What stands in one client's."""

    def __init__(self, path):
        self.words, self.acknowledged, self.replayed, self.refused = {}, {}, set(), {}
        self.failures = collections.Counter()  # by status
        self.moments = []  # of first sending, and of acknowledgements, in microseconds
        for line in path.read_text(encoding="ascii").split("\n")[:-1]:
            self.take(*line.split("\t"))

    def take(self, kind, moment, identity, *rest):
        if kind == "S":
            self.words.setdefault(identity, Word(rest[0], STATUSES[int(rest[1])], rest[2], rest[3]))
            if not self.moments:
                self.moments.append(int(moment))
        elif kind == "A":
            self.acknowledged[identity] = int(rest[0])
            self.moments.append(int(moment))
            if rest[1] == "1":
                self.replayed.add(identity)
        elif kind == "F":
            self.failures[int(rest[0])] += 1
        elif kind == "X":
            self.refused[identity] = int(rest[0])
        else:
            raise ValueError(kind)


class Sum:
    """What runs came to."""

    WRONG = "lost doubled half stray unanswered refused".split()

    def __init__(self):
        self.counts = collections.Counter()
        self.failures = collections.Counter()
        self.gap = 0.0  # the longest, in seconds
        self.seconds = 0.0  # from the first sending to the last acknowledgement
        self.runs = 0
        self.n_rows = 0  # in the table
        self.examples = []

    def add(self, other):
        self.counts.update(other.counts)
        self.failures.update(other.failures)
        self.gap = max(self.gap, other.gap)
        self.seconds += other.seconds
        self.runs += 1
        self.n_rows += other.n_rows
        self.examples += other.examples

    @property
    def is_good(self):
        return not any(self.counts[name] for name in self.WRONG) and not self.examples


def rows_of(cluster, run):
    """The table's rows of a run: id to the list of (record, word)."""
    rows = collections.defaultdict(list)
    for line in cluster.sql(ROWS.format(f"{run:08x}")).split("\n"):
        if line:
            identity, record, reference, status, day, note = line.split("\t")
            rows[identity].append((int(record), Word(reference, status, day, note)))
    return rows


def time_taken(journals):
    """The longest time in which nobody's return was acknowledged, and the whole, in seconds."""
    moments = sorted(moment for journal in journals for moment in journal.moments)
    gap = max((after - before for before, after in zip(moments, moments[1:])), default=0)
    return gap / 1e6, (moments[-1] - moments[0]) / 1e6 if moments else 0


def judge(cluster, run, paths):
    """The sum of one run, with an example of each thing that is wrong."""
    journals = [Journal(pathlib.Path(path)) for path in paths]
    rows = rows_of(cluster, run)
    result = Sum()
    result.gap, result.seconds = time_taken(journals)
    words = {}
    for journal in journals:
        words.update(journal.words)
        result.failures.update(journal.failures)
        counts = {"sent": journal.words, "acknowledged": journal.acknowledged, "replayed": journal.replayed, "refused": journal.refused}
        result.counts.update({name: len(what) for name, what in counts.items()})
        result.counts["retried"] += journal.failures.total()
        result.counts["unanswered"] += len(journal.words) - len(journal.acknowledged) - len(journal.refused)
        for identity, record in journal.acknowledged.items():
            if identity not in rows:
                note(result, "lost", identity)
            elif all(kept != record for kept, _ in rows[identity]):
                note(result, "lost", f"{identity} as record {record}")
        if journal.words.keys() - journal.acknowledged.keys() - journal.refused.keys():
            result.examples.append(f"{len(journal.words) - len(journal.acknowledged)} unanswered")
        for identity, status in journal.refused.items():
            result.examples.append(f"refused with status {status}: {identity}")
    result.n_rows = sum(len(kept) for kept in rows.values())
    for identity, kept in rows.items():
        if len(kept) > 1:
            note(result, "doubled", identity)
        if identity not in words:
            note(result, "stray", identity)
        elif any(word != words[identity] for _, word in kept):
            note(result, "half", identity)
    return result


def note(result, name, what):
    result.counts[name] += 1
    result.examples.append(f"{name}: {what}")


def look_at_all(cluster, n_known, verify):
    """What can be said only of all runs together: nothing stands in the table but the n_known returns that they have
    found there, and the ledger, with its chain of hashes, is as it was made, which verify answers words against."""
    n_strangers = int(cluster.sql('select count(*) from shap."return"')) - n_known
    wrong = [f"{n_strangers} returns in the table that stand in no journal"] if n_strangers else []
    return wrong + verify()
