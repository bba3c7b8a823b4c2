"""What people do in the year: each act is typed at the command line and recorded in the oracle."""
import datetime
import re

from look import COORDINATOR, PANEL, PEOPLE
from oracle import Record, Window
from world import PROFILES

MADE_UP = "Made up for the test of a year."
COLUMNS = ("reference", "status", "as_of", "note", "new_date", "reason", "evidence", "rating")
SENT_BACK = "Which report?"


def day(text):
    return datetime.date.fromisoformat(text)


class Acts:
    def __init__(self, world, oracle):
        self.world = world
        self.oracle = oracle

    @property
    def today(self):
        return self.world.today

    def now(self):
        return len(self.world.moments)

    def record(self, kind, reference, on, **more):
        return self.oracle.add(Record(kind, reference, on, self.world.act(), recorded_on=self.today, **more))

    def type(self, profile, *words):
        """The number of the record that a command makes."""
        made = self.world.ask(profile, *words)
        return (made[0] if isinstance(made, list) else made)["record_id"]

    # ---- returns and what is said to them

    def submit(self, organisation, rows):
        """rows: of a file of returns, each with reference, status, as_of ...; answers the records."""
        if not rows:
            return []
        path = self.world.write("returns.csv", COLUMNS, rows)
        receipts = self.world.ask(PROFILES[organisation], "return", "submit", "--file", path)
        sent = sorted(zip(rows, receipts, strict=True), key=lambda pair: pair[1]["record_id"])  # as they were recorded
        made = [self.record("return", row["reference"], day(str(row["as_of"])), organisation=organisation,
                            status=row["status"].replace(" ", "_"), evidence=row.get("evidence") or None,
                            rating=row.get("rating"), record_id=receipt["record_id"], by=PEOPLE[organisation],
                            note=row["note"] or None, reason=row.get("reason") or None, phrase=row.get("new_date") or None)
                for row, receipt in sent]
        return sorted(made, key=lambda r: self.oracle.milestones[r.reference].place)

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
