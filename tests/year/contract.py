"""Every field of every report, read from the contract (proto/shap/v1/*.proto), and whether the walk compared it.

A report is compared with a paper, the message the oracle makes by itself: field by field, as the contract lists them, so
that a field the oracle says nothing of is a difference, and so is one that the contract does not have. Two short lists
except something, each entry with its reason: NOT_COMPARED, whatever it holds, and NEVER_SAID, fields that must stay empty
or zero all through the walk. At the end every other field of every report must have been compared while it said something
(a number above zero, a yes): uncovered() names those that were not. A report that is added to the contract is named there,
until a paper is made for it.
"""
import datetime
import functools
import pathlib
import re

UNKNOWN = object()  # what the oracle cannot know in one place, and says in others

PROTO = pathlib.Path("proto/shap/v1")
MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (optional|repeated) ([\w.]+) (\w+) = \d+;", re.MULTILINE)

# What the commands that report answer, each by the name of its paper.
REPORTS = {
    "exceptions": "ExceptionReport", "extensions": "ExtensionReport", "forward": "ForwardReport",
    "completed": "CompletedReport", "account": "AccountReport", "no-return": "NoReturnReport", "doubts": "DoubtReport",
    "history": "HistoryReport", "sign-off": "SignOffReport", "knock-ons": "KnockOnReport", "movement": "MovementReport",
    "councils": "CouncilsReport", "rating": "RatingReport", "disagreements": "DisagreementReport",
    "outstanding": "OutstandingReport", "window status": "WindowStatus", "check": "CheckedReport",
    "to do": "OutstandingItem", "digest": "Digest", "publication": "Publication", "reproduction": "Reproduction",
    "arrival": "Arrival", "verification": "Verification", "roll": "Roll", "carried": "CarriedMilestone",
}

# By message and field: what is not compared, and why.
NOT_COMPARED = {
    "ReportHead.known_link": "the ledger's own count; that it grows with each act, and with nothing else, is compared apart",
    "MovementReport.from_link": "as known_link",
    "CouncilAccount.known_link": "as known_link",
    "Publication.known_link": "as known_link",
    "Reproduction.known_link": "as known_link",
    "RatingRuleCount.rule": "the scheme's own sentence; which row it is of is compared",
    "RatingRuleCount.condition": "the scheme's own row, in words",
    "RatedMilestone.rule": "the scheme's own sentence",
    "Disagreement.rule": "the scheme's own sentence",
    "Doubt.doubt_id": "the number of a record that an import made, as the server counts",
    "Doubt.detail": "a sentence; what it is about is compared",
    "HistoryEvent.summary": "a sentence; kind, day and what is said are compared",
    "Arrival.summary": "a sentence",
    "Publication.entry_sha256": "how an entry is hashed is the server's; that the next entry names it is compared",
    "CarriedMilestone.record_id": "the number of a record that the roll made, as the server counts",
    "Roll.doubts_open": "of the next year's draft, which is another plan",
    "CheckFinding.detail": "a sentence",
    "CouncilAccount.note": "a sentence: why a council has no figures",
    "CouncilsReport.without_figures": "the same sentence",
}

# By report, message and field: what is empty in all of the walk, and why.
NEVER_SAID = {
    r"publication: (?!Publication\.).*": "a list of publications is without their content, which is compared as the report it is",
    r"publication: Publication\.canonical": "as the content; its hash is compared",
    r"reproduction: Reproduction\.erased_texts": "no text is erased in the walk",
    r"digest: OutstandingItem\.asked_(date|reason)": "a digest asks for returns; what asks for a date waits for the coordinator",
    r".*: OutstandingItem\.last_plan": "the next year's draft is made last and asks nobody, so nothing was said in the year before",
    r"carried: CarriedMilestone\.(reason|revoked_on)": "nobody declares or revokes where a milestone comes from",
    r"roll: (PlanChange\..*|Roll\.edited_version)": "the draft is rolled once, and nobody edits it",
    r"verification: Verification\.(broken_number|broken_publication_id|fault)": "no publication is tampered with",
}


def read_contract():
    """message -> its fields, each with label, type and name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PROTO.glob("*.proto")))
    return {name: FIELD.findall(body) for name, body in MESSAGE.findall(text)}


class Contract:
    def __init__(self):
        self.messages = read_contract()
        self.said = set()  # fields that were compared while they said something, see key()
        self.n_compared = 0

    def compare(self, report, got, expected):
        """What of a report is other than its paper: a list of sentences."""
        differences = []
        self.message(report, REPORTS[report], got, expected, differences)
        return differences

    def message(self, path, name, got, expected, differences):
        fields = self.messages[name]
        for stranger in set(got) - {field for _, _, field in fields}:
            differences.append("%s.%s is not in the contract" % (path, stranger))
        for label, kind, field in fields:
            if "%s.%s" % (name, field) in NOT_COMPARED:
                continue
            where = "%s.%s" % (path, field)
            if field not in got or field not in expected:
                differences.append("%s is not said by %s" % (where, "the report" if field not in got else "the oracle"))
            elif got[field] is None or expected[field] in (None, UNKNOWN):
                self.leaf(where, key(path, name, field), kind, got[field], expected[field], differences)
            elif label == "repeated":
                self.items(where, key(path, name, field), kind, got[field], expected[field], differences)
            else:
                self.value(where, key(path, name, field), kind, got[field], expected[field], differences)

    def items(self, path, field, kind, got, expected, differences):
        if len(got) != len(expected):
            differences.append("%s: %s" % (path, apart(got, expected)))
            return
        for n, (one, other) in enumerate(zip(got, expected)):
            found = []
            self.value(path, field, kind, one, other, found)
            differences += ["%s: %s" % (name_of(one) or "no. %d" % (n + 1), f) for f in found]

    def value(self, path, field, kind, got, expected, differences):
        if kind in self.messages:
            self.message(path, kind, got, expected, differences)
        else:
            self.leaf(path, field, kind, got, expected, differences)

    def leaf(self, path, field, kind, got, expected, differences):
        if expected is UNKNOWN:
            return
        self.n_compared += 1
        if kind.endswith("Timestamp") and got is not None:
            got = got[:10]  # the walk knows the day
        if isinstance(expected, datetime.date):
            expected = str(expected)
        if got != expected:
            differences.append("%s is %r, by the oracle %r" % (path, got, expected))
        elif got:
            self.said.add(field)

    # ---- at the end

    def paths(self, path, name):
        for _, kind, field in self.messages[name]:
            if "%s.%s" % (name, field) in NOT_COMPARED:
                continue
            where = "%s.%s" % (path, field)
            if kind in self.messages:
                yield from self.paths(where, kind)
            else:
                yield key(path, name, field)

    def uncovered(self):
        """Fields of reports that were never compared while they said something, and exceptions that except nothing."""
        every = {p for report, name in REPORTS.items() for p in self.paths(report, name)}
        silent = {p for p in every if any(re.fullmatch(pattern, p) for pattern in NEVER_SAID)}
        fields = {"%s.%s" % (name, field) for name, of in self.messages.items() for _, _, field in of}
        unused = [pattern for pattern in NEVER_SAID if not any(re.fullmatch(pattern, p) for p in silent - self.said)]
        named = set(REPORTS.values())
        unnamed = [m for m in self.messages if m.endswith("Report") and m not in named and m != "PublishedReport"]
        return (sorted(every - self.said - silent) + sorted(silent & self.said) + unused + unnamed
                + sorted(set(NOT_COMPARED) - fields))


@functools.cache
def key(path, message, field):
    """What is covered: a field of a message of a report, wherever it stands in that; of the head, whatever the report."""
    return "%s: %s.%s" % ("every" if message == "ReportHead" else path.split(".")[0], message, field)


def name_of(item):
    """How an item of a list is called."""
    if isinstance(item, dict):
        return " ".join(str(item[k]) for k in ("organisation", "step", "reference", "name", "code", "rating", "record_id", "line")
                        if item.get(k))
    return str(item)


def apart(got, expected):
    """What two lists of other lengths do not share."""
    ours, theirs = [name_of(x) for x in got], [name_of(x) for x in expected]
    return "%d, by the oracle %d; only the report has %s, only the oracle %s" % (
        len(got), len(expected), [x for x in ours if x not in theirs][:8], [x for x in theirs if x not in ours][:8])
