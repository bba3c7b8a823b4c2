"""Random plans with random histories: what must hold whatever happens.

Each plan is drawn from the phrases of Copeland's, and a history is made up for it: returns that claim, correct and
contradict, reviews, new dates, sign-offs, what is the same work, and counter-acts to some of all. Then, on days all over
the year and after it:
  * every milestone stands where the oracle says, so in exactly one class, and classes add up to the plan;
  * totals equal the sums of their parts, by objective and in what moved between two days;
  * returns that are sent again change nothing;
  * a report as at a day and as known at a day is the same, byte for byte, after all that came later;
  * the same acts recorded in another order give the same classes.

    random_plans.py BIN_DIRECTORY [SEED [PLANS]]
"""
import csv
import datetime
import pathlib
import random
import sys
import tempfile
import uuid

from oracle import CLASSES, DAY, Oracle, Record, read_plan
from world import DATA, PROFILES, Failure, World, rows_of

READINGS = pathlib.Path("tests/sql/when_copeland.csv")
START = datetime.date(2010, 7, 14)
NOW = datetime.date(2011, 6, 1)


def make_plan(chance, path):
    """A plan of a few dozen milestones, with every WHEN and WHO of Copeland's as likely as any other."""
    sample = rows_of("copeland-2010-11.csv")
    whens = sorted({row["when"] for row in sample})
    whos = sorted({row["who"] for row in sample})
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sample[0], restval="")
        writer.writeheader()
        for objective in range(1, chance.randint(2, 5) + 1):
            for action in range(1, chance.randint(1, 4) + 1):
                for milestone in range(1, chance.randint(1, 4) + 1):
                    code = "SH1.%d" % objective
                    writer.writerow({"objective_code": code, "objective_heading": code + " Made up", "action_no": action,
                                     "objective_title": "Made up", "action": "Action %d" % action, "milestone_no": milestone,
                                     "milestone": "Step %d of %s/%d" % (milestone, code, action), "when": chance.choice(whens),
                                     "who": chance.choice(whos), "measure": "Made up"})


class History:
    """One plan's acts. They are made up once, and recorded in any order that lets each come after what it is about."""

    def __init__(self, chance, milestones):
        self.chance = chance
        self.references = sorted(milestones)
        self.returns = []  # dicts, as rows of a file
        self.reviews, self.withdrawn, self.grants, self.revoked = [], [], [], []
        for _ in range(len(self.references) * 4):
            self.make_return(milestones)
        for row in self.returns:
            if chance.random() < 0.6:
                verdict = "sent_back" if chance.random() < 0.25 else "accepted"
                self.reviews.append({"return": row["id"], "verdict": verdict, "day": self.later(row["as_of"])})
            if chance.random() < 0.1:
                self.withdrawn.append({"return": row["id"], "day": self.later(row["as_of"])})
        for reference in chance.sample(self.references, len(self.references) // 3):
            on = self.any_day()
            self.grants.append({"reference": reference, "day": on, "new_day": on + datetime.timedelta(chance.randint(-40, 250))})
        self.same = chance.sample(self.references, 2)
        self.revoked = [grant for grant in self.grants if chance.random() < 0.2]

    def any_day(self):
        return START + datetime.timedelta(self.chance.randint(0, (NOW - START).days - 30))

    def later(self, on):
        return min(on + datetime.timedelta(self.chance.choice((0, 0, 3, 20, 60))), NOW)

    def make_return(self, milestones):
        reference = self.chance.choice(self.references)
        row = {"id": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)), "reference": reference, "as_of": self.any_day(),
               "body": self.chance.choice(sorted(milestones[reference].bodies)), "note": "Made up.",
               "status": self.chance.choice(("not started", "in progress", "complete", "complete", "will not be delivered"))}
        earlier = [r for r in self.returns if r["reference"] == reference and r["body"] == row["body"]]
        if earlier and self.chance.random() < 0.2:
            corrected = self.chance.choice(earlier)
            row.update(corrects=corrected["id"], as_of=max(row["as_of"], corrected["as_of"]))
            if self.chance.random() < 0.7:
                row["as_of"] = corrected["as_of"]
        self.returns.append(row)


class Played:
    """A history recorded in a world of its own."""

    def __init__(self, world, plan, history, order):
        self.world = world
        self.history = history
        self.order = order  # draws the order of arrival
        self.oracle = Oracle(read_plan(plan, READINGS), START, datetime.date(2010, 4, 1))
        self.records = {}
        world.found(str(START), plan)
        world.go_to(NOW)

    def record(self, kind, reference, on, **more):
        record = Record(kind, reference, on, self.world.act(), recorded_on=self.world.today, **more)
        return self.oracle.add(record)

    def shuffled(self, rows):
        return self.order.sample(rows, len(rows))

    def bulk(self, profile, words, columns, rows):
        if not rows:
            return []
        path = self.world.write("acts.csv", columns, rows)
        return self.world.ask(profile, *words, "--file", path)

    def arrange(self, rows):
        """In any order, but a correction after what it corrects."""
        waiting, done, arranged = self.shuffled(rows), set(), []
        while waiting:
            ready = [r for r in waiting if r.get("corrects") in (None, *done)]
            arranged += ready
            done.update(r["id"] for r in ready)
            waiting = [r for r in waiting if r["id"] not in done]
        return arranged

    def send_returns(self):
        for body in self.shuffled(sorted(PROFILES)):
            rows = self.arrange([r for r in self.history.returns if r["body"] == body])
            columns = ("id", "reference", "status", "as_of", "note", "corrects")
            receipts = self.bulk(PROFILES[body], ("return", "submit"), columns, rows)
            for row, receipt in zip(rows, receipts, strict=True):
                self.records[row["id"]] = self.record(
                    "return", row["reference"], row["as_of"], organisation=body, status=row["status"].replace(" ", "_"),
                    of=self.records.get(row.get("corrects")), record_id=receipt["record_id"])
            again = self.bulk(PROFILES[body], ("return", "submit"), columns, self.arrange(rows))
            self.world.check("returns of %s sent again" % body, sorted((r["record_id"], r["replayed"]) for r in again),
                             sorted((r["record_id"], True) for r in receipts))

    def review(self):
        for verdict, verb in self.shuffled([("accepted", "accept"), ("sent_back", "send-back")]):
            rows = self.shuffled([r for r in self.history.reviews if r["verdict"] == verdict])
            acts = [{"return": self.records[r["return"]].record_id, "day": r["day"], "comment": "Made up."} for r in rows]
            made = self.bulk("coordinator", ("review", verb), ("return", "comment", "day"), acts)
            for row, _ in zip(rows, made, strict=True):
                about = self.records[row["return"]]
                self.record("review", about.reference, row["day"], status=verdict, of=about)

    def grant(self):
        rows = self.shuffled(self.history.grants)
        acts = [{"milestone": r["reference"], "new_date": "later", "new_day": r["new_day"], "reason": "Made up.", "day": r["day"]}
                for r in rows]
        made = self.bulk("coordinator", ("grant", "add"), ("milestone", "new_date", "new_day", "reason", "day"), acts)
        for row, grant in zip(rows, made, strict=True):
            row_record = self.record("grant", row["reference"], row["day"], new_day=row["new_day"], record_id=grant["record_id"])
            self.records["grant " + row["reference"]] = row_record

    def undo(self):
        for key, kind, words in (("withdrawn", "return", ("return", "withdraw")), ("revoked", "grant", ("grant", "revoke"))):
            rows = getattr(self.history, key)
            about = [self.records[r["return"] if kind == "return" else "grant " + r["reference"]] for r in rows]
            days = [r["day"] if kind == "return" else r["day"] + datetime.timedelta(30) for r in rows]
            acts = [{"record": a.record_id, "reason": "Made up.", "day": d} for a, d in zip(about, days)]
            for body in sorted(PROFILES) if kind == "return" else ["copeland"]:
                chosen = [(a, act) for a, act in zip(about, acts) if kind == "grant" or a.organisation == body]
                self.bulk(PROFILES[body] if kind == "return" else "coordinator", words, ("record", "reason", "day"),
                          [act for _, act in chosen])
                for record, act in chosen:
                    record.undone = (act["day"], self.world.act())

    def join_work(self):
        self.world.shap("coordinator", "milestone", "same", *self.history.same, "--reason", "Made up.", "--day", NOW - 120 * DAY)
        self.oracle.same.append((set(self.history.same), NOW - 120 * DAY, self.world.act()))

    def sign_off(self):
        held_on = NOW - 40 * DAY
        self.world.shap("coordinator", "meeting", "add", "--day", held_on)
        signed = set()
        for reference in self.history.references[::2]:
            stands = self.oracle.class_of(reference, held_on, len(self.world.moments))
            if stands == "complete" and reference not in signed:
                self.world.shap("panel", "signoff", "add", reference, "--meeting", held_on, "--without-evidence", "Made up.")
                self.record("sign_off", reference, held_on, status="signed_off")
                signed |= self.oracle.work(reference, held_on, len(self.world.moments))

    def play(self):
        for act in self.shuffled([self.grant, self.send_returns, self.join_work]):
            act()
        self.review()
        self.undo()
        self.sign_off()

    # ---- what must hold

    def classes(self, day):
        report = self.world.ask("reader", "milestone", "list", "--as-at", day)
        return {m["reference"]: m["milestone_class"] for m in report}

    def check_day(self, day):
        oracle, world, now = self.oracle, self.world, len(self.world.moments)
        expected = {r: oracle.class_of(r, day, now) for r in oracle.milestones}
        world.check("as at %s where milestones stand" % day, self.classes(day), expected)
        account = world.ask("reader", "report", "exceptions", "--as-at", day)["account"]
        world.check("as at %s what the classes add up to" % day, sum(c["milestones"] for c in account["classes"]), len(expected))
        groups = world.ask("reader", "report", "account", "--by", "objective", "--as-at", day)
        for name in CLASSES + ("total",):
            world.check("as at %s the sum of %s over objectives" % (day, name), sum(row[name] for row in groups["rows"]),
                        groups["whole"][name])
        moved = world.ask("reader", "report", "movement", "--from", START, "--as-at", day)
        world.check("what moved until %s adds up" % day, [
            (c["before"] + c["came"] - c["went"] + c["added"] - c["removed"] == c["after"]) for c in moved["classes"]],
            [True] * len(CLASSES))
        world.check("what moved until %s is all of it" % day, sum(c["after"] for c in moved["classes"]), len(expected))
        return expected

    def frozen(self, days):
        return {d: self.world.shap("reader", "report", "exceptions", "--as-at", d, "--known-at", NOW, "--format", "json").stdout
                for d in days}


def check_plan(world_of, seed):
    chance = random.Random(seed)
    first = world_of("first")
    plan = first.directory / "plan.csv"
    make_plan(chance, plan)
    history = History(chance, read_plan(plan, READINGS))
    days = sorted(START + datetime.timedelta(chance.randint(0, (NOW - START).days)) for _ in range(6))
    played = Played(first, plan, history, random.Random(seed + 1))
    played.play()
    stands = {d: played.check_day(d) for d in days}

    frozen = played.frozen(days)
    first.go_to(NOW + 30 * DAY)
    for reference in history.references:
        body = sorted(played.oracle.milestones[reference].bodies)[0]
        first.shap(PROFILES[body], "return", "submit", reference, "--status", "complete", "--as-of", chance.choice(days))
    first.check("reports of days that are closed, after what came later", played.frozen(days) == frozen, True)
    first.stop()

    second = world_of("second")
    other = Played(second, plan, history, random.Random(seed + 2))
    other.play()
    for d in days:
        second.check("as at %s, the same acts in another order" % d, other.classes(d), stands[d])
    second.stop()
    return first, second


def main(bin_directory, seed="1", plans="1"):
    worlds = []
    with tempfile.TemporaryDirectory(prefix="shap-random.", dir="/tmp") as directory:
        pathlib.Path(directory).chmod(0o755)

        def world_of(name):
            place = pathlib.Path(directory, "%s-%d" % (name, len(worlds)))
            place.mkdir()
            worlds.append(World(place, bin_directory))
            return worlds[-1]
        failed = False
        for n in range(int(plans)):
            try:
                check_plan(world_of, int(seed) + n)
            except Failure as failure:
                failed = True
                print("FAILED: seed %d: %s" % (int(seed) + n, failure), file=sys.stderr)
            finally:
                for world in worlds:
                    world.stop()
        n_checked = sum(world.n_checked for world in worlds)
        n_failed = sum(len(world.differences) for world in worlds) + failed
        print("%d passed, %d failed" % (n_checked - n_failed + failed, n_failed))
        return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
