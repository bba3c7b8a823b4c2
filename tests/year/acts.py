"""What people do in the year: each act is typed at the command line and recorded in the oracle."""
import datetime
import re

from look import COORDINATOR, PANEL, PEOPLE, PLAN
from oracle import Dismissal, Record, Share, Window
from world import PROFILES

MADE_UP = "Made up for the test of a year."
COLUMNS = ("reference", "status", "as_of", "note", "new_date", "reason", "evidence", "rating")
SENT_BACK = "Which report?"
NEW_DATES = {"March 2011": datetime.date(2011, 3, 31), "June 2011": datetime.date(2011, 6, 30),
             "August 2011": datetime.date(2011, 8, 31)}


def day(text):
    return datetime.date.fromisoformat(text)


class Acts:
    """Copeland's, or of a council beside: there one person is coordinator and officer."""

    def __init__(self, world, oracle, chance, plan=PLAN, people=None):
        self.world = world
        self.oracle = oracle
        self.random = chance
        self.plan = plan
        self.people = people or {}  # profiles of Copeland's, and who does there what they do here

    @property
    def today(self):
        return self.world.today

    def now(self):
        return len(self.world.moments)

    def record(self, kind, reference, on, **more):
        return self.oracle.add(Record(kind, reference, on, self.world.act(), recorded_on=self.today, **more))

    def ask(self, profile, *words):
        return self.world.ask(self.people.get(profile, profile), *words, SHAP_PLAN=self.plan)

    def type(self, profile, *words):
        """The number of the record that a command makes."""
        made = self.ask(profile, *words)
        return (made[0] if isinstance(made, list) else made)["record_id"]

    # ---- returns and what is said to them

    def submit(self, organisation, rows):
        """rows: of a file of returns, each with reference, status, as_of ...; answers the records."""
        if not rows:
            return []
        path = self.world.write("returns.csv", COLUMNS, rows)
        receipts = self.ask(PROFILES[organisation], "return", "submit", "--file", path)
        sent = sorted(zip(rows, receipts, strict=True), key=lambda pair: pair[1]["record_id"])  # as they were recorded
        made = [self.record("return", row["reference"], day(str(row["as_of"])), organisation=organisation,
                            status=row["status"].replace(" ", "_"), evidence=row.get("evidence") or None,
                            rating=row.get("rating"), record_id=receipt["record_id"], by=PEOPLE[organisation],
                            note=row["note"] or None, reason=row.get("reason") or None, phrase=row.get("new_date") or None)
                for row, receipt in sent]
        return sorted(made, key=lambda r: self.oracle.milestones[r.reference].place)

    def made_up(self, reference, as_of):
        """A return, or none."""
        chance = self.random.random()
        row = {"reference": reference, "as_of": as_of, "note": "%s Said on %s." % (MADE_UP, self.today), "status": "in progress"}
        if chance < 0.2:
            return None
        if self.random.random() < 0.3:
            row["rating"] = self.random.choice(("green", "amber", "red", "A", "purple"))
        if chance < 0.5:
            row.update(status="complete", evidence="" if chance < 0.26 else "https://example.org/" + reference)
        elif chance < 0.58:
            row.update(status="not started")
        elif chance < 0.72:
            row.update(new_date=self.random.choice(sorted(NEW_DATES)), reason=MADE_UP)
        elif chance < 0.75:
            row.update(status="will not be delivered")
        return row

    def accept(self, record, on):
        number = self.type("coordinator", "review", "accept", record.record_id, "--day", on)
        return self.record("review", record.reference, on, status="accepted", of=record, record_id=number, by=COORDINATOR)

    def send_back(self, record, on):
        number = self.type("coordinator", "review", "send-back", record.record_id, "--comment", SENT_BACK, "--day", on)
        return self.record("review", record.reference, on, status="sent_back", of=record, record_id=number, by=COORDINATOR,
                           note=SENT_BACK)

    def grant(self, record, phrase, new_day, on, reason=MADE_UP):
        number = self.type("coordinator", "grant", "add", "--return", record.record_id, "--new-date", phrase, "--new-day", new_day,
                           "--day", on, "--reason", reason)
        named = re.search(r"([A-Z][a-z]+) (\d{4})", phrase)
        first = None if " by " in phrase else datetime.datetime.strptime(named[1][:3] + named[2], "%b%Y").date()
        return self.record("grant", record.reference, on, new_day=new_day, new_first=first, of=record, record_id=number,
                           by=COORDINATOR, note=reason, phrase=phrase)

    def undo(self, record, profile, *words):
        """The counter-act of a record."""
        self.world.shap(profile, *words, record.record_id, "--reason", MADE_UP, "--day", self.today)
        record.undone, record.undone_because = (self.today, self.world.act()), MADE_UP

    def judge(self, records, on):
        for record in records:
            chance = self.random.random()
            if record.status in ("complete", "will_not_be_delivered"):
                if chance < 0.75:
                    self.accept(record, on)
                elif chance < 0.88:
                    self.send_back(record, on)
            elif record.phrase and chance < 0.8:
                self.grant(record, record.phrase, NEW_DATES[record.phrase], on)

    # ---- the plan

    def adopt(self, path, milestones, on):
        """A later version."""
        note = "Strategic Housing Panel, " + MADE_UP
        self.world.shap("coordinator", "plan", "import", path, "--year", "2010/11")
        self.world.shap("coordinator", "plan", "adopt", "--day", on, "--note", note)
        self.oracle.adopt(milestones, on, self.world.act(), self.today, note)

    def doubt(self, kind, reference):
        return next(d for d in self.world.ask("coordinator", "plan", "doubts", "--all")
                    if d["kind"] == kind and d["reference"] == reference)

    def dismiss(self, kind, reference):
        """A doubt is settled: nothing is to be done about it."""
        found = self.doubt(kind, reference)
        self.world.shap("coordinator", "doubt", "settle", found["doubt_id"], "--reason", MADE_UP)
        self.oracle.dismissed.append(Dismissal(kind, found["subject"], set(found["references"]), self.today, self.world.act(),
                                               MADE_UP))

    def reopen(self, dismissal):
        found = self.doubt(dismissal.kind, min(dismissal.references))
        self.world.shap("coordinator", "doubt", "reopen", found["doubt_id"], "--reason", "It is not so. " + MADE_UP)
        dismissal.reopened, dismissal.reopened_because = (self.today, self.world.act()), "It is not so. " + MADE_UP

    def share(self, reference, body):
        self.world.shap("coordinator", "milestone", "share", reference, "--organisation", body, "--reason", MADE_UP)
        self.oracle.shared.append(Share(reference, body, self.today, self.world.act(), MADE_UP))
        self.oracle.milestones[reference].bodies.add(body)

    # ---- the panel

    def meet(self, held_on):
        return self.type("coordinator", "meeting", "add", "--day", held_on)

    def sign_off(self, reference, meeting, evidence, of):
        number = self.type("panel", "signoff", "add", reference, "--meeting", meeting, "--without-evidence",
                           "Seen by the panel itself.")
        return self.record("sign_off", reference, day(meeting), status="signed_off", of=of, record_id=number, by=PANEL,
                           note=None if evidence else "Seen by the panel itself.")

    def take_note(self, reference, meeting, of):
        number = self.type("panel", "signoff", "note", reference, "--meeting", meeting, "--comment", "Members regret it.")
        return self.record("sign_off", reference, day(meeting), status="noted", of=of, record_id=number, by=PANEL,
                           note="Members regret it.")

    # ---- what is said of milestones besides

    def join(self, references):
        reason = "One piece of work under two objectives."
        self.world.shap("coordinator", "milestone", "same", *references, "--reason", reason)
        self.oracle.same.append((set(references), self.today, self.world.act()))
        self.oracle.declared_same.append((*self.oracle.same[-1], reason))

    def order(self, kind, reference, step):
        number = self.type("coordinator", "milestone", kind, reference, step, "--reason", MADE_UP)
        return self.record(kind, reference, self.today, step=step, record_id=number, by=COORDINATOR, note=MADE_UP)

    def override(self, reference, rating):
        number = self.type("coordinator", "rating", "override", reference, rating, "--reason", MADE_UP)
        return self.record("override", reference, self.today, rating=rating, record_id=number, by=COORDINATOR, note=MADE_UP)

    def figure(self, reference, actual, target, lower_is_better):
        number = self.type("coordinator", "rating", "figure", reference, "--actual", actual, "--target", target,
                           *(["--lower-is-better"] if lower_is_better else []))
        return self.record("figure", reference, self.today, figure=(actual, target, lower_is_better), record_id=number,
                           by=COORDINATOR)

    def describe(self, title, lead_officer, author):
        self.world.shap("coordinator", "plan", "describe", "--title", title, "--lead-officer", lead_officer, "--author", author)
        self.oracle.title, self.oracle.lead_officer, self.oracle.author = title, lead_officer, author

    def add_scheme(self, code, name, rows):
        columns = ("class", "status", "re_dated", "months", "days", "officer", "percent", "rating", "mark", "rule")
        path = self.world.write("scheme.csv", columns, rows)
        self.oracle.schemes[code] = self.type("coordinator", "scheme", "add", path, "--code", code, "--name", name)
        self.world.act()

    # ---- windows

    def open(self, quarter, first, last, due):
        number = self.type("coordinator", "window", "open", quarter, "--due", due)
        self.oracle.windows.append(Window(quarter, "quarter", day(first), day(last), day(due), opened=self.today,
                                          open_moment=self.world.act(), record_id=number))

    def close(self):
        window = self.oracle.windows[-1]
        self.world.shap("coordinator", "window", "close", window.name)
        window.closed = self.today
        window.close_moment = self.world.act()
