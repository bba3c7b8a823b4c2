"""Papers of what is frozen and what is quoted: publications, and the check of a paper that somebody else wrote."""
import csv
import dataclasses
import hashlib
import json

from look import COORDINATOR, PLAN

COLUMNS = ("objective_code", "objective_title", "action", "milestones", "who", "when", "new_when", "measure")


# ---- publications

@dataclasses.dataclass
class Published:
    """A publication as it was made: what was asked for, the paper of that moment, and what the walk learns of it."""
    publication_id: int
    number: int
    report: str
    request: dict
    look: object
    paper: dict
    note: str
    made_on: object
    canonical: bytes = b""
    withdrawn: tuple = (None, None)  # when, and why

    @property
    def sha256(self):
        return hashlib.sha256(self.canonical).hexdigest()


def content(published):
    """The report as it is printed later: only that it was withdrawn is told besides."""
    head = {**published.paper["head"], "withdrawn_on": published.withdrawn[0], "withdrawn_because": published.withdrawn[1]}
    return {**published.paper, "head": head}


def publication(published, entry_before):
    look = published.look
    return {"publication_id": published.publication_id, "number": published.number, "plan": PLAN,
            "report": published.report.replace("-", "_"), "as_at": look.day, "known_at": look.known_at, "rule": "shap-rules-1",
            "sha256": published.sha256, "day": published.made_on, "by": COORDINATOR, "note": published.note,
            "recorded_at": published.made_on, "previous_sha256": entry_before,
            "request": json.dumps({"plan": PLAN, **published.request}, separators=(",", ":")),
            "withdrawn_on": published.withdrawn[0], "withdrawn_because": published.withdrawn[1], "canonical": None,
            "content": None}


def reproduction(published):
    return {"publication_id": published.publication_id, "report": published.report.replace("-", "_"),
            "as_at": published.look.day, "same": True,
            "published_sha256": published.sha256, "reproduced_sha256": published.sha256,
            "published_bytes": len(published.canonical), "reproduced_bytes": len(published.canonical),
            "published_rule": "shap-rules-1", "reproduced_rule": "shap-rules-1", "erased_texts": 0, "same_but_erased": True}


def verification(every, last_entry):
    return {"council": "copeland", "publications": len(every), "holds": True,
            **dict.fromkeys(("broken_number", "broken_publication_id", "fault")),
            "last_number": len(every), "last_entry_sha256": last_entry}


# ---- a paper that quotes the plan

def quotations(look):
    """Rows that quote the plan, one milestone each, and what is wrong with them: (rows, misquotes, wording, not compared)."""
    alone = [ms[0] for actions in look.by_action(look.milestones).values() for ms in actions.values()
             if len(ms) == 1 and ms[0].last and not ms[0].recurrence and not ms[0].completed and "\n" not in str(ms[0].row)
             and ms[0].when == ms[0].when.strip() and ms[0].who]
    given = [m for m in alone if look.grants(m)]
    plain = [m for m in alone if not look.grants(m)]
    new_dates = [look.grants(m)[-1] for m in given]
    changes = [
        (plain[0], {}, None), (given[0], {}, None),
        (plain[1], {"when": "January 2012"}, ("date", "when", plain[1].when, "2012-01-31", plain[1].last)),
        (plain[2], {"who": "XYZ"}, ("who", "who", plain[2].who, None, None)),
        (plain[3], {"new_when": "May 2013"}, ("new_date", "new_when", None, "2013-05-31", None)),
        (given[1], {"new_when": "May 2013"}, ("new_date", "new_when", new_dates[1].phrase, "2013-05-31", new_dates[1].new_day)),
        (plain[4], {"measure": "Something else."}, ("wording", "measure", plain[4].row["measure"], None, None)),
        (plain[5], {"action": "Nobody planned this.", "milestones": "Nor this."}, ("not_found", "action", None, None, None)),
    ]
    rows, findings = [], []
    for line, (milestone, change, wrong) in enumerate(changes, 2):
        grants = look.grants(milestone)
        rows.append({"objective_code": milestone.objective, "milestones": milestone.row["milestone"],
                     **{k: milestone.row[k] for k in ("objective_title", "action", "who", "when", "measure")},
                     "new_when": grants[-1].phrase if grants else "", **change})
        if wrong:
            keys = ("kind", "field", "planned", "quoted_day", "planned_day")
            reference = None if wrong[0] == "not_found" else milestone.reference
            if wrong[1] == "measure":  # may be printed once for all of an action
                reference = reference.rsplit("/", 1)[0]
            findings.append({"line": line, "reference": reference, "quoted": change[wrong[1]], **dict(zip(keys, wrong))})
    return rows, findings


def checked(look, file, rows, findings):
    kinds = [f["kind"] for f in findings]
    apart = ("wording", "count", "not_found", "several")
    return {"head": look.head(), "file": file, "rows": len(rows), "compared": len(rows) - kinds.count("not_found"),
            **{kind + "_misquotes": kinds.count(kind) for kind in ("date", "new_date", "who")},
            "misquotes": [f for f in findings if f["kind"] not in apart],
            "wording": [f for f in findings if f["kind"] in ("wording", "count")],
            "not_compared": [f for f in findings if f["kind"] in ("not_found", "several")]}


def sample_findings(plan):
    """What is to be said of the sample's report of the third quarter, read by eye: a row of five entries for four
    milestones, one date, one shortened cell."""
    whos = "; ".join(plan["SH1.2/2/%d" % n].who for n in (1, 2, 3, 4, 5))
    whens = "; ".join(plan["SH1.2/2/%d" % n].when for n in (1, 2, 3, 4, 5))
    none = {"quoted_day": None, "planned_day": None}
    return [
        {"line": 2, "kind": "count", "reference": "SH1.2/2", "field": "who", "quoted": whos, "planned": whos, **none},
        {"line": 2, "kind": "count", "reference": "SH1.2/2", "field": "when", "quoted": whens, "planned": whens, **none},
        {"line": 21, "kind": "date", "reference": "SH2.7/8/1", "field": "when", "quoted": "Dec 2010", "planned": "March 2011",
         "quoted_day": "2010-12-31", "planned_day": "2011-03-31"},
        {"line": 29, "kind": "wording", "reference": "SH5.2/6/1", "field": "when",
         "quoted": "September 2010 No bids were received.",
         "planned": "September 2010 No bids were received. This is being revisited with other Cumbria LAs", **none}]


def rows_in(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
