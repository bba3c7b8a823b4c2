"""A year of Copeland's plan, walked through at the command line with the embedded server's clock moved from day to day:
four windows, six meetings with business, year end and roll-over. Returns of the third quarter are the sample's; where the
seeds are silent everything is made up, by a generator with a fixed seed, and says so in its notes. After each stage every
field of every report is compared with the paper that the oracle makes of it by itself: contract.py says which are not.

    year.py BIN_DIRECTORY [SEED]
"""
import itertools
import pathlib
import random
import sys
import tempfile

import papers
import papers_moves
import papers_ratings
import papers_records
from acts import MADE_UP, NEW_DATES, Acts, day
from checks import Checks
from oracle import DAY, Oracle, read_plan
from papers_frozen import Published
from papers_windows import asked, demand_of, owed_items
from world import DATA, PROFILES, Failure, World, rows_of

MEETINGS = ("2010-07-14", "2010-09-15", "2010-11-17", "2011-01-19", "2011-03-16", "2011-05-18")
SAME_WORK = (("SH3.3/5/1", "SH3.4/2/1"), ("SH3.3/6/1", "SH3.4/3/1"))
READINGS = pathlib.Path("tests/sql/when_copeland.csv")
# Reports that are published: the paper, what is typed, and what the request says besides.
PUBLISHED = (
    ("account", lambda look: papers.account(look, "organisation"), ("--with", "by=organisation"), {"by": "organisation"}),
    ("forward", lambda look: papers.forward(look, 6), ("--with", "months=6"), {"months": "6"}),
    ("extensions", papers.extensions, (), {}),
    ("no-return", papers.no_return, (), {}),
    ("knock-ons", papers_moves.knock_ons, (), {}),
    ("rating", lambda look: papers_ratings.rating(look, "months-behind"), (), {}),
    ("sign-off", papers.sign_off, (), {}),
    ("doubts", papers_records.doubts, (), {}),
)


class Year(Acts):
    def __init__(self, world, seed):
        plan = read_plan(DATA / "copeland-2010-11.csv", READINGS)
        super().__init__(world, Oracle(plan, day("2010-07-14"), day("2010-04-01")), random.Random(seed))
        self.seed = seed
        self.barrow = None  # see found_others
        self.windows = self.oracle.windows
        self.meetings = {}  # their days -> their records
        self.publications = []
        self.papers = itertools.cycle(PUBLISHED)
        self.sample = {row["reference"] for row in rows_of("copeland-2010-11-returns.csv")}
        self.checks = Checks(world, self.oracle, self.windows)

    def found(self):
        self.world.found("2010-07-14", DATA / "copeland-2010-11.csv")
        self.found_others()
        self.describe("Strategic Housing Action Plan", "Pat Smith", "Sam Jones")
        for held_on in MEETINGS:
            self.meetings[held_on] = self.meet(held_on)
        for references in SAME_WORK:
            self.join(references)
        self.add_scheme("our-rag", "Our own", papers_ratings.OUR_ROWS)

    def found_others(self):
        """Two councils beside Copeland, one with a small plan and no windows, one without any; and a region of all."""
        rows = [r for r in rows_of("copeland-2010-11.csv") if r["objective_code"] in ("SH1.1", "SH2.4")]
        path = self.world.write("barrow.csv", list(rows[0]), rows)
        barrow = Oracle(read_plan(path, READINGS), self.oracle.adopted_on, self.oracle.year_start)
        self.checks.barrow = barrow
        self.barrow = Acts(self.world, barrow, random.Random(self.seed), "barrow/2010-11",
                           {"coordinator": "barrow", "officer": "barrow"})
        self.world.found_beside("Barrow", self.today, path)
        self.world.found_beside("Carlisle", self.today, None)
        self.world.found_region(self.today, "copeland", "barrow", "carlisle")

    def panel_meets(self, meeting):
        """The panel signs off most of what is complete by its meeting, at least the first, and notes what will not be
        delivered."""
        self.world.go_to(day(meeting) + DAY)
        n_signed = 0
        for milestone in self.checks.look(self.today).plan.values():
            look = self.checks.look(day(meeting))
            stands = look.stands(milestone)
            of = word[0] if (word := look.word(milestone)) and word[1] in ("complete", "will_not_be_delivered") else None
            if stands == "complete" and (self.random.random() < 0.6 or not n_signed):
                n_signed += 1
                self.sign_off(milestone.reference, meeting, papers.panel_item(look, milestone)["evidence"], of)
            elif stands == "will_not_be_delivered" and not look.ask("is_noted", milestone):
                self.take_note(milestone.reference, meeting, of)
        self.checks.meeting(meeting, self.meetings[meeting])
        self.checks.all(day(meeting))

    # ---- a window

    def returns_of(self, part):
        """What the bodies say to what the last window asks and they have not answered, each with some chance."""
        window, look = self.windows[-1], self.checks.look(self.today)
        states = {(a.body, a.milestone.reference): a.state for a in asked(look, demand_of(window, self.windows))}
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

    def answer_all(self, body):
        """A body says something to all that it owes: nothing is written to it any more."""
        owed = owed_items(self.checks.look(self.today), {body})
        rows = [{"reference": i["reference"], "status": "in progress", "as_of": self.today, "note": MADE_UP} for i in owed
                if i["reference"] not in self.sample]
        self.submit(body, rows)
        if len(rows) == len(owed):
            self.world.check("%s answered all, and is written to no more" % body,
                             self.world.shap("coordinator", "digest", "--organisation", body, "--quiet").stdout, "")

    def barrow_says(self, on):
        """Barrow's own returns, and what its coordinator says to them on the same day."""
        said = [self.barrow.made_up(reference, on) for reference in self.barrow.oracle.milestones
                if self.barrow.random.random() < 0.5]
        self.barrow.judge(self.barrow.submit("copeland", [row for row in said if row]), on)

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
        self.barrow_says(min(self.windows[-1].last, self.today))
        made = self.returns_of(0.6)
        self.world.go_to(judged)
        self.judge(made, self.today)
        self.say_more()
        self.checks.outstanding()
        self.world.go_to(late)
        made = self.returns_of(0.3)
        self.answer_all("home-housing")
        self.answer_all("supporting-people-team")
        self.world.go_to(closed)
        self.judge(made, self.today)
        self.close()
        self.checks.window(self.windows[-1])
        if self.windows[-1].last >= self.oracle.adopted_on:
            self.checks.councils(self.windows[-1])
        if len(self.windows) > 2:  # before the first one's last day no plan was in force
            earlier = self.windows[-2]
            self.checks.movement(earlier.last, earlier.closed, self.windows[-1].last, self.today)
            self.checks.movement(earlier.last, None, self.windows[-1].last, None)
            self.checks.movement(earlier.last, None, self.today, None, owner="HRM")
        self.checks.all(max(day(last), self.oracle.adopted_on))
        self.checks.claims(max(day(last), self.oracle.adopted_on))
        self.publish_quarter(max(day(last), self.oracle.adopted_on))

    def say_more(self):
        """Figures, and ratings by judgement."""
        plan = sorted(self.checks.look(self.today).plan)
        for reference in self.random.sample(plan, 3):
            self.figure(reference, str(self.random.randint(0, 130)), self.random.choice(("100", "80", "12.5")),
                        self.random.random() < 0.4)
        for reference in self.random.sample(plan, 3):
            self.override(reference, self.random.choice(("red", "amber", "green")))

    def publish(self, report, look, make, *words, **request):
        """make: of the paper. A report that is published knows everything recorded until then."""
        words += ("--known-at", look.known_at) if look.known_at else ()
        made = self.world.ask("coordinator", "report", "publish", report, "--as-at", look.day, *words, "--note", MADE_UP)
        request = {"as_at": str(look.day), **({"known_at": str(look.known_at)} if look.known_at else {}), **request}
        self.publications.append(Published(made["publication_id"], len(self.publications) + 1, report, request, look,
                                           make(look), MADE_UP, self.today))
        self.world.act()

    def publish_quarter(self, last):
        """What a committee gets: the exceptions as at the quarter's end, and two reports more, in turn."""
        look = self.checks.look(last)
        self.publish("exceptions", look, papers.exceptions)
        for _ in range(2):
            report, make, words, request = next(self.papers)
            self.publish(report, self.checks.look(last, self.today), make, *words, **request)

    def withdraw(self):
        """A publication is withdrawn; it stays readable."""
        published = self.publications[1]
        self.world.shap("coordinator", "report", "withdraw", published.publication_id, "--reason", MADE_UP)
        self.world.act()
        published.withdrawn = (self.today, MADE_UP)

    def walk(self):
        self.found()
        self.checks.all(self.today)
        self.panel_meets("2010-07-14")
        self.quarter("Q1", "2010-04-01", "2010-06-30", "2010-07-30",
                     ("2010-07-16", "2010-07-26", "2010-08-04", "2010-08-09", "2010-08-13"))
        self.panel_meets("2010-09-15")
        self.quarter("Q2", "2010-07-01", "2010-09-30", "2010-10-15",
                     ("2010-10-01", "2010-10-11", "2010-10-18", "2010-10-25", "2010-10-29"))
        self.panel_meets("2010-11-17")
        self.take_back()
        self.sample_quarter()
        self.quarter("Q3", "2010-10-01", "2010-12-31", "2011-01-12",
                     ("2011-01-03", "2011-01-10", "2011-01-13", "2011-01-17", "2011-01-18"))
        self.panel_meets("2011-01-19")
        self.second_thoughts()
        self.panel_meets("2011-03-16")
        self.quarter("Q4", "2011-01-01", "2011-03-31", "2011-04-15",
                     ("2011-04-01", "2011-04-11", "2011-04-18", "2011-04-26", "2011-04-29"))
        self.panel_meets("2011-05-18")
        self.late_returns()
        self.withdraw()
        self.checks.check(self.checks.look(self.today))
        self.checks.published(self.publications)
        self.roll()
        self.checks.finish()

    def take_back(self):
        """Counter-acts: a review, a new date, a return, a noting and a rating are taken back; an order is declared, a doubt
        dismissed, and the plan has a second version."""
        self.world.go_to("2010-11-22")
        standing = {kind: [r for r in self.oracle.records if r.kind == kind and not r.undone] for kind in
                    ("review", "grant", "return", "sign_off", "override", "figure")}
        accepted = {id(r.of) for r in standing["review"]}
        self.undo(next(r for r in standing["review"] if r.status == "accepted" and self.checks.look(self.today).stands(
            self.oracle.milestones[r.reference]) == "complete"), "coordinator", "review", "revoke")
        self.undo(standing["grant"][0], "coordinator", "grant", "revoke")
        unanswered = [r for r in standing["return"] if r.organisation == "copeland" and id(r) not in accepted]
        self.undo(next(r for r in unanswered if not r.phrase), "officer", "return", "withdraw")
        self.undo(next(r for r in standing["sign_off"] if r.status == "noted"), "panel", "signoff", "revoke")
        self.undo(standing["override"][-1], "coordinator", "rating", "revoke")
        self.undo(standing["figure"][-1], "coordinator", "rating", "revoke")
        said = self.submit("copeland", [{"reference": "SH3.4/2/1", "status": "complete", "as_of": self.today, "note": MADE_UP}])
        self.accept(said[0], self.today)
        self.order("after", "SH5.4/2/1", "SH2.2/3/1")  # the sample tells of both: they stay open
        self.order("independent", "SH2.2/5/1", "SH2.2/3/1")
        self.dismiss("complete_in_measure", "SH2.1/1/1")
        self.second_version()
        self.checks.all(self.today)

    def second_version(self):
        """What the panel decided at its last meeting: a milestone is left out, one is added in the midst, one at the end."""
        rows = rows_of("copeland-2010-11.csv")
        first, last = rows[1], rows[-1]
        added = {**first, "milestone_no": "3", "milestone": "Tenants ring as a trial.", "who": "HRM / Home Housing",
                 "when": "March 2011", "measure": "Calls that were answered."}
        new = {**last, "action_no": "4", "action": "Publish what was saved.", "milestone_no": "1",
               "milestone": "Figures stand in Copeland Matters.", "who": "HSM / HRM", "when": "December 2010", "measure": ""}
        path = self.world.write("second.csv", list(first), [*rows[:2], added, *rows[2:-1], new])
        self.adopt(path, read_plan(path, READINGS), day("2010-11-17"))
        on = ("--as-at", "2010-11-16"), ("--as-at", "2010-11-17"), ("--as-at", "2010-11-17", "--known-at", "2010-11-17")
        self.world.check("how many milestones there are before, from that day on, and as known on it",
                         [self.world.ask("reader", "report", "exceptions", *words)["account"]["total"] for words in on],
                         [171, 172, 171])

    def second_thoughts(self):
        """Two milestones that the panel signed off are said to be in progress after all; another is complete, and one that
        had no date is given one. A doubt that was settled is open again."""
        self.world.go_to("2011-02-01")
        signed = [r for r, m in self.checks.look(self.today).plan.items() if "copeland" in m.bodies and not m.recurrence
                  and self.oracle.class_of(r, self.today, self.now()) == "signed_off"]
        self.submit("copeland", [{"reference": r, "status": "in progress", "as_of": self.today, "note": MADE_UP}
                                 for r in signed[:2]])
        said = self.submit("copeland", [{"reference": "SH1.5/1/1", "status": "complete", "as_of": self.today, "note": MADE_UP}])
        self.accept(said[0], self.today)
        self.reopen(self.oracle.dismissed[0])
        undated = next(m for m in self.checks.look(self.today).of_class("undated") if "copeland" in m.bodies)
        said = self.submit("copeland", [{"reference": undated.reference, "status": "in progress", "as_of": self.today,
                                         "note": MADE_UP, "new_date": "June 2011", "reason": MADE_UP}])
        self.grant(said[0], "June 2011", NEW_DATES["June 2011"], self.today)
        self.world.check("two milestones are changed since sign-off",
                         sum(self.oracle.is_changed_since(r, self.today, self.now()) for r in signed), 2)
        self.checks.all(self.today)

    def late_returns(self):
        """What is said in June of days long reported on changes no report as it was known then."""
        self.world.go_to("2011-06-10")
        window = self.windows[1]
        frozen = self.world.shap("reader", "report", "exceptions", "--as-at", window.last, "--known-at", window.closed).stdout
        rows = [{"reference": a.milestone.reference, "status": "complete", "as_of": window.last, "note": "Late. " + MADE_UP}
                for a in asked(self.checks.look(self.today), demand_of(window, self.windows))
                if a.body == "copeland" and a.state == "missing"]
        made = self.submit("copeland", rows)
        for record in made[::3]:
            self.accept(record, self.today)
        for record in made[1::3]:  # as it was decided then
            self.accept(record, window.last)
        self.world.check("as at %s, known at %s, the report after late returns" % (window.last, window.closed),
                         self.world.shap("reader", "report", "exceptions", "--as-at", window.last, "--known-at",
                                         window.closed).stdout == frozen, True)
        self.checks.standing(self.checks.look(window.last, window.closed))
        self.checks.standing(self.checks.look(window.last))
        for closed in self.windows[1:]:
            self.checks.councils(closed)

    def roll(self):
        """The next year's draft; of two that go on it was said before that they are the same work, and one is shared by
        hand."""
        self.join(("SH5.4/1/1", "SH5.4/1/2"))
        self.share("SH5.4/2/1", "home-housing")
        look = self.checks.look(self.today)
        for reference in ("SH5.4/1/1", "SH5.4/2/1"):
            self.checks.paper("history", papers_records.history(look, look.plan[reference]), look, reference)
        self.checks.roll(self.world.ask("coordinator", "plan", "roll", "2011/12"),
                         self.world.ask("coordinator", "carry", "list", "2011-12"))


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
