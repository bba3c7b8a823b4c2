"""A year of Copeland's plan, walked through at the command line with the embedded server's clock moved from day to day:
four windows, six meetings, year end and roll-over. Returns of the third quarter are the sample's; where the seeds are
silent everything is made up, by a generator with a fixed seed, and says so in its notes. After each stage every figure of
every report is compared with what the oracle works out by itself.

    year.py BIN_DIRECTORY [SEED]
"""
import datetime
import pathlib
import random
import re
import sys
import tempfile

from checks import Checks
from oracle import Oracle, Record, Window, read_plan
from world import DATA, PROFILES, Failure, World, rows_of

MADE_UP = "Made up for the test of a year."
MEETINGS = ("2010-07-14", "2010-09-15", "2010-11-17", "2011-01-19", "2011-03-16", "2011-05-18")
COLUMNS = ("reference", "status", "as_of", "note", "new_date", "reason", "evidence", "rating")
SAME_WORK = (("SH3.3/5/1", "SH3.4/2/1"), ("SH3.3/6/1", "SH3.4/3/1"))
def day(text):
    return datetime.date.fromisoformat(text)


class Year:
    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.windows = []
        self.publications = []
        self.sample = {row["reference"] for row in rows_of("copeland-2010-11-returns.csv")}
        plan = read_plan(DATA / "copeland-2010-11.csv", pathlib.Path("tests/sql/when_copeland.csv"))
        self.oracle = Oracle(plan, day("2010-07-14"), day("2010-04-01"))
        self.checks = Checks(world, self.oracle, self.windows)

    @property
    def today(self):
        return self.world.today

    def now(self):
        return len(self.world.moments)

    def record(self, kind, reference, on, **more):
        record = Record(kind, reference, on, self.world.act(), recorded_on=self.today, **more)
        self.oracle.records.append(record)
        return record

    # ---- acts

    def found(self):
        world = self.world
        world.found("2010-07-14", DATA / "copeland-2010-11.csv")
        for held_on in MEETINGS:
            world.shap("coordinator", "meeting", "add", "--day", held_on)
        for references in SAME_WORK:
            world.shap("coordinator", "milestone", "same", *references, "--reason", "One piece of work under two objectives.")
            self.oracle.same.append((set(references), self.today, world.act()))

    def submit(self, organisation, rows):
        """rows: of a file of returns, each with reference, status, as_of ...; answers the records."""
        if not rows:
            return []
        path = self.world.write("returns.csv", COLUMNS, rows)
        receipts = self.world.ask(PROFILES[organisation], "return", "submit", "--file", path)
        records = []
        for row, receipt in zip(rows, receipts, strict=True):
            records.append(self.record("return", row["reference"], day(str(row["as_of"])), organisation=organisation,
                                       status=row["status"].replace(" ", "_"), evidence=row.get("evidence"),
                                       rating=row.get("rating"), record_id=receipt["record_id"]))
            records[-1].asks = row.get("new_date")
        return records

    def accept(self, record, on):
        self.world.shap("coordinator", "review", "accept", record.record_id, "--day", on)
        self.record("review", record.reference, on, status="accepted", of=record)

    def send_back(self, record, on):
        self.world.shap("coordinator", "review", "send-back", record.record_id, "--comment", "Which report?", "--day", on)
        self.record("review", record.reference, on, status="sent_back", of=record)

    def grant(self, record, phrase, new_day, on, reason=MADE_UP):
        self.world.shap("coordinator", "grant", "add", "--return", record.record_id, "--new-date", phrase, "--new-day", new_day,
                        "--day", on, "--reason", reason)
        named = re.search(r"([A-Z][a-z]+) (\d{4})", phrase)
        first = None if " by " in phrase else datetime.datetime.strptime(named[1][:3] + named[2], "%b%Y").date()
        self.record("grant", record.reference, on, new_day=new_day, new_first=first, of=record)

    def sign_off(self, meeting):
        """The panel signs off most of what is complete by its meeting, and notes what will not be delivered."""
        held_on = day(meeting)
        for reference in self.oracle.milestones:
            stands = self.oracle.class_of(reference, held_on, self.now())
            is_noted = self.oracle.is_noted(reference, held_on, self.now())
            if stands == "complete" and self.random.random() < 0.7:
                self.world.shap("panel", "signoff", "add", reference, "--meeting", meeting,
                                "--without-evidence", "Seen by the panel itself. " + MADE_UP)
                self.record("sign_off", reference, held_on, status="signed_off")
            elif stands == "will_not_be_delivered" and not is_noted:
                self.world.shap("panel", "signoff", "note", reference, "--meeting", meeting)
                self.record("sign_off", reference, held_on, status="noted")

    # ---- a window

    def open(self, quarter, first, last, due):
        self.world.shap("coordinator", "window", "open", quarter, "--due", due)
        self.windows.append(Window(quarter, "quarter", day(first), day(last), day(due)))
        self.world.act()

    def close(self):
        self.world.shap("coordinator", "window", "close", self.windows[-1].name)
        self.windows[-1].closed = self.today
        self.windows[-1].close_moment = self.world.act()

    def made_up(self, reference, as_of):
        """A return, or none; what a milestone of the sample's exceptions says is left to the sample."""
        chance = self.random.random()
        row = {"reference": reference, "as_of": as_of, "note": "%s Said on %s." % (MADE_UP, self.today), "status": "in progress"}
        if chance < 0.2:
            return None
        if self.random.random() < 0.3:
            row["rating"] = self.random.choice(("green", "amber", "red"))
        if chance < 0.5:
            row.update(status="complete", evidence="" if chance < 0.26 else "https://example.org/" + reference)
        elif chance < 0.58:
            row.update(status="not started")
        elif chance < 0.72:
            row.update(new_date="June 2011", reason=MADE_UP)
        elif chance < 0.75:
            row.update(status="will not be delivered")
        return row

    def returns_of(self, part):
        """What the bodies say to what the last window asks and they have not answered, each with some chance."""
        window = self.windows[-1]
        states = self.oracle.asked(window, self.windows, self.today, self.now())
        made = []
        for body in sorted(PROFILES):
            rows = []
            for reference in self.oracle.milestones:
                wanted = states.get((body, reference)) in ("missing", "sent_back")
                if wanted and reference not in self.sample and self.random.random() < part:
                    row = self.made_up(reference, min(window.last, self.today))
                    rows += [row] if row else []
            made += self.submit(body, rows)
        return made

    def judge(self, records, on):
        for record in records:
            chance = self.random.random()
            if record.status in ("complete", "will_not_be_delivered"):
                if chance < 0.75:
                    self.accept(record, on)
                elif chance < 0.88:
                    self.send_back(record, on)
            elif record.asks and chance < 0.8 and not self.oracle.grants(record.reference, on, self.now()):
                self.grant(record, record.asks, day("2011-06-30"), on)

    def sample_quarter(self):
        """What really happened in the third quarter."""
        self.world.go_to("2010-12-17")
        records = {}
        for body in ("copeland", "supporting-people-team"):
            rows = [r for r in rows_of("copeland-2010-11-returns.csv") if r["organisation"] == body]
            records.update({r.reference: r for r in self.submit(body, rows)})
        self.world.go_to("2010-12-21")
        for row in rows_of("copeland-2010-11-grants.csv"):
            self.grant(records[row["reference"]], row["new_date"], day(row["new_day"]), day(row["day"]), row["reason"])
        self.world.go_to("2010-12-31")
        self.accept(records["SH5.2/6/1"], self.today)

    def quarter(self, name, first, last, due, days):
        """days: opened, first returns, judged, late returns, judged and closed."""
        opened, first_returns, judged, late, closed = days
        self.world.go_to(opened)
        self.open(name, first, last, due)
        self.world.go_to(first_returns)
        made = self.returns_of(0.6)
        self.world.go_to(judged)
        self.judge(made, self.today)
        self.checks.outstanding(PROFILES)
        self.checks.outstanding_report()
        self.world.go_to(late)
        made = self.returns_of(0.3)
        self.world.go_to(closed)
        self.judge(made, self.today)
        self.close()
        self.checks.window(self.windows[-1])
        if self.windows[-1].last >= self.oracle.adopted_on:
            self.checks.councils(self.windows[-1])
        if len(self.windows) > 2:  # before the first one's last day no plan was in force
            earlier = self.windows[-2]
            self.checks.movement(earlier.last, earlier.closed, self.windows[-1].last, self.today)
        self.checks.all(max(day(last), self.oracle.adopted_on))
        self.publish("exceptions", "--as-at", max(day(last), self.oracle.adopted_on))
        self.publish("account", "--as-at", self.today)

    def publish(self, *words):
        made = self.world.ask("coordinator", "report", "publish", *words, "--note", MADE_UP)
        self.world.act()
        self.publications.append(made["publication_id"])

    def meet(self, held_on):
        self.world.go_to(day(held_on) + datetime.timedelta(days=1))
        self.sign_off(held_on)
        self.checks.all(day(held_on))

    def walk(self):
        self.found()
        self.checks.all(self.today)
        self.quarter("Q1", "2010-04-01", "2010-06-30", "2010-07-30",
                     ("2010-07-16", "2010-07-26", "2010-08-04", "2010-08-09", "2010-08-13"))
        self.meet("2010-09-15")
        self.quarter("Q2", "2010-07-01", "2010-09-30", "2010-10-15",
                     ("2010-10-01", "2010-10-11", "2010-10-18", "2010-10-25", "2010-10-29"))
        self.meet("2010-11-17")
        self.sample_quarter()
        self.quarter("Q3", "2010-10-01", "2010-12-31", "2011-01-12",
                     ("2011-01-03", "2011-01-10", "2011-01-13", "2011-01-17", "2011-01-18"))
        self.meet("2011-01-19")
        self.second_thoughts()
        self.meet("2011-03-16")
        self.quarter("Q4", "2011-01-01", "2011-03-31", "2011-04-15",
                     ("2011-04-01", "2011-04-11", "2011-04-18", "2011-04-26", "2011-04-29"))
        self.meet("2011-05-18")
        self.late_returns()
        self.roll()
        self.checks.published(self.publications)

    def second_thoughts(self):
        """Two milestones that the panel signed off are said to be in progress after all."""
        self.world.go_to("2011-02-01")
        signed = [r for r, m in self.oracle.milestones.items() if "copeland" in m.bodies and not m.recurrence
                  and self.oracle.class_of(r, self.today, self.now()) == "signed_off"]
        self.submit("copeland", [{"reference": r, "status": "in progress", "as_of": self.today, "note": MADE_UP}
                                 for r in signed[:2]])
        self.world.check("two milestones are changed since sign-off",
                         sum(self.oracle.is_changed_since(r, self.today, self.now()) for r in signed), 2)
        self.checks.all(self.today)

    def late_returns(self):
        """What is said in June of days long reported on changes no report as it was known then."""
        self.world.go_to("2011-06-10")
        window = self.windows[1]
        frozen = self.world.shap("reader", "report", "exceptions", "--as-at", window.last, "--known-at", window.closed).stdout
        rows = [{"reference": r, "status": "complete", "as_of": window.last, "note": "Late. " + MADE_UP}
                for (body, r), state in self.oracle.asked(window, self.windows, self.today, self.now()).items()
                if body == "copeland" and state == "missing"]
        for record in self.submit("copeland", rows)[::2]:
            self.accept(record, self.today)
        self.world.check("as at %s, known at %s, the report after late returns" % (window.last, window.closed),
                         self.world.shap("reader", "report", "exceptions", "--as-at", window.last, "--known-at",
                                         window.closed).stdout == frozen, True)
        self.checks.exceptions(window.last, window.closed)
        self.checks.exceptions(window.last, self.today)
        for closed in self.windows[1:]:
            self.checks.councils(closed)

    def roll(self):
        """The next year's draft has everything open or ongoing, and nothing else: what comes round goes on, also where it
        will not be delivered this year."""
        made = self.world.ask("coordinator", "plan", "roll", "2011/12")
        stands = {r: self.oracle.class_of(r, self.today, self.now()) for r in self.oracle.milestones}
        goes_on = [r for r, c in stands.items() if c not in ("complete", "signed_off", "will_not_be_delivered")
                   or c == "will_not_be_delivered" and self.oracle.milestones[r].recurrence]
        carried = [m["reference"] for m in self.world.ask("coordinator", "milestone", "list", "--plan", "copeland/2011-12")]
        self.world.check("what is carried over", carried, goes_on)
        self.world.check("how much is carried, and left", (made["carried"], made["left"]),
                         (len(carried), len(stands) - len(carried)))


def main(bin_directory, seed="2010"):
    with tempfile.TemporaryDirectory(prefix="shap-year.", dir="/tmp") as directory:
        pathlib.Path(directory).chmod(0o755)
        world = World(directory, bin_directory)
        try:
            Year(world, int(seed)).walk()
        except Failure as failure:
            print("FAILED: %s" % failure, file=sys.stderr)
            world.differences.append("the walk")
        finally:
            world.stop()
        print("%d passed, %d failed" % (world.n_checked - len(world.differences), len(world.differences)))
        return 1 if world.differences else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
