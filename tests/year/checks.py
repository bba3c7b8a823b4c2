"""What is compared after each stage: the figures of the reports with the oracle's."""
import collections
import datetime

from oracle import CLASSES, DAY, months_on


class Checks:
    def __init__(self, world, oracle, windows):
        self.world = world
        self.oracle = oracle
        self.windows = windows

    def report(self, name, *words, profile="reader"):
        return self.world.ask(profile, "report", name, *words)

    def all(self, day):
        """Every report as at a day, as known now and as known on the day itself."""
        for known in sorted({day, self.world.today}):
            self.exceptions(day, known)
            self.lists(day, known)
            self.ratings(day, known)
            self.panel(day, known)
        self.histories(day)

    def exceptions(self, day, known):
        oracle, check = self.oracle, self.world.check
        moment = oracle_moment = self.world.known_at(known)
        about = "as at %s, known at %s, " % (day, known)
        report = self.report("exceptions", "--as-at", day, "--known-at", known)
        account = report["account"]
        check(about + "the classes", {c["milestone_class"]: c["milestones"] for c in account["classes"]},
              oracle.classes(day, moment))
        listed = [m["reference"] for o in report["objectives"] for a in o["actions"] for m in a["milestones"]]
        check(about + "the exceptions", listed, oracle.exceptions(day, moment))
        check(about + "the total", account["total"], 171)
        check(about + "pieces of work", account["pieces_of_work"],
              len({min(oracle.work(r, day, oracle_moment)) for r in oracle.milestones}))
        claims = oracle.claims(day, moment, datetime.date(2011, 3, 31))
        check(about + "the claims", {c["name"]: c["exceptions"] for c in account["claims"] if c["name"] in claims}, claims)
        actions = {r.rsplit("/", 1)[0] for r in listed}
        check(about + "how many exceptions there are",
              (account["exception_milestones"], account["exception_actions"], account["exception_objectives"]),
              (len(listed), len(actions), len({a.split("/")[0] for a in actions})))
        check(about + "completed late", account["complete_late"], len(oracle.complete_late(day, moment)))
        settled = {g["name"]: [m["reference"] for m in g["milestones"]] for g in account["settled"]}
        check(about + "noted, by name", settled["noted"], [r for r in oracle.milestones if oracle.is_noted(r, day, moment)])
        check(about + "changed since sign-off", settled["changed_since"],
              [r for r in oracle.milestones if oracle.is_changed_since(r, day, moment)])
        undated = [m["reference"] for g in account["undated"] for m in g["milestones"]]
        check(about + "undated, by name", sorted(undated),
              sorted(r for r in oracle.milestones if oracle.class_of(r, day, moment) == "undated"))
        silent = [m["reference"] for g in account["no_return"] for m in g["milestones"]]
        check(about + "no return, by name", sorted(silent),
              sorted(r for r in oracle.milestones if oracle.class_of(r, day, moment) == "no_return"))
        for o in report["objectives"]:
            for a in o["actions"]:
                for m in a["milestones"]:
                    check(about + "the slip of " + m["reference"], m["slip_months"], oracle.slip(m["reference"], day, moment))

    def lists(self, day, known):
        """The reports that are lists."""
        oracle, check, moment = self.oracle, self.world.check, self.world.known_at(known)
        about = "as at %s, known at %s, " % (day, known)
        days = ("--as-at", day, "--known-at", known)

        grants = [(g.reference, str(g.new_day), str(g.day)) for r in oracle.milestones for g in oracle.grants(r, day, moment)]
        report = self.report("extensions", *days)
        check(about + "the extensions", sorted((g["reference"], g["new_day"], g["granted_on"]) for g in report["grants"]),
              sorted((r, n, d) for r in oracle.milestones for _, n, d in
                     ((g.reference, str(g.new_day), str(g.day)) for g in oracle.grants(r, day, moment))))
        re_dated = {r for r in oracle.milestones if oracle.grants(r, day, moment)}
        slips = collections.Counter(oracle.slip(r, day, moment) for r in re_dated)
        check(about + "how many there are", (report["milestones"], report["extensions"], report["without_baseline"]),
              (len(re_dated), len(grants), slips[None]))
        check(about + "how far they slip", {c["slip_months"]: c["milestones"] for c in report["slips"]}, dict(slips))
        check(about + "the slip in all", report["slip_months"],
              sum(oracle.slip(r, day, moment) or 0 for r in oracle.milestones))

        until = months_on(day + DAY, 3) - DAY
        report = self.report("forward", "--months", 3, *days)
        stands = collections.Counter(oracle.class_of(r, day, moment) for r in oracle.milestones)
        check(about + "what is not to come", (report["overdue"], report["no_return"], report["undated"]),
              (stands["overdue"], stands["no_return"], stands["undated"]))
        check(about + "of how many something is due", report["milestones"], len({d["reference"] for d in report["days"]}))
        kinds = collections.Counter(why for _, why, _ in oracle.due_days(day, moment, until))
        check(about + "how many days come", (report["dates"], report["new_dates"], report["cycles"]),
              (kinds["date"], kinds["new_date"], kinds["cycle"]))
        check(about + "the days that come", sorted((d["due_day"], d["because"], d["reference"]) for d in report["days"]),
              [(str(d), why, r) for d, why, r in oracle.due_days(day, moment, until)])

        since = months_on(day, -3)
        report = self.report("completed", "--since", since, *days)
        check(about + "completed since " + str(since), sorted(m["reference"] for m in report["completed"]),
              sorted(oracle.completed_since(day, moment, since)))

        late = set(oracle.complete_late(day, moment))
        check(about + "how many were completed, signed off, late", (report["milestones"], report["signed_off"], report["late"]),
              (len(completed := oracle.completed_since(day, moment, since)),
               sum(1 for r in completed if oracle.class_of(r, day, moment) == "signed_off"),
               sum(1 for r in completed if r in late)))

        done, due = oracle.on_target(day, moment)
        claim = self.world.ask("reader", "report", "exceptions", "--claim", "all on target", *days, exits=(0, 10))["claims"][0]
        check(about + "on target", (claim["satisfied"], claim["of"]), (len(done), len(due)))

        report = self.report("knock-ons", *days)
        check(about + "the knock-ons", sorted((k["step"], k["reference"]) for k in report["knock_ons"]),
              sorted(oracle.knock_ons(day, moment)))

        check(about + "how many may be late by others", (report["candidates"], report["certain"]),
              (len({c for _, c in oracle.knock_ons(day, moment)}), 0))

        report = self.report("no-return", *days)
        silent = [oracle.milestones[r] for r in oracle.milestones if oracle.class_of(r, day, moment) == "no_return"]
        check(about + "how many are silent", (report["milestones"], report["due_once"], report["from_a_day"], report["no_day"]),
              (len(silent), sum(1 for m in silent if not m.recurrence), sum(1 for m in silent if m.recurrence and m.last),
               sum(1 for m in silent if m.recurrence and not m.last)))
        check(about + "the silent", sorted(m["reference"] for m in report["silent"]),
              sorted(r for r in oracle.milestones if oracle.class_of(r, day, moment) == "no_return"))
        self.groups(day, moment, about, days)

    def groups(self, day, moment, about, days):
        """The account by objective and by organisation."""
        stands = {r: self.oracle.class_of(r, day, moment) for r in self.oracle.milestones}
        members = {"objective": lambda m: {m.objective}, "organisation": lambda m: m.bodies}
        for by, of in members.items():
            expected = {}
            for reference, milestone in self.oracle.milestones.items():
                for code in of(milestone):
                    row = expected.setdefault(code, dict.fromkeys(CLASSES, 0))
                    row[stands[reference]] += 1
            report = self.report("account", "--by", by, *days)
            self.world.check(about + "the account by " + by,
                             {row["code"]: {c: row[c] for c in CLASSES} for row in report["rows"]}, expected)
            self.world.check(about + "the whole by " + by, report["whole"]["total"], len(stands))

    def movement(self, before, known_before, after, known_after):
        """What moved between two days, each as known at a moment of its own."""
        oracle, check = self.oracle, self.world.check
        then, now = self.world.known_at(known_before), self.world.known_at(known_after)
        about = "from %s (known at %s) to %s, " % (before, known_before, after)
        report = self.report("movement", "--from", before, "--known-from", known_before, "--as-at", after,
                             "--known-at", known_after)
        pairs = {r: (oracle.class_of(r, before, then), oracle.class_of(r, after, now)) for r in oracle.milestones}
        changes = {}
        for pair in pairs.values():
            changes[pair] = changes.get(pair, 0) + 1
        check(about + "the changes", {(c["class_before"], c["class_after"]): c["milestones"] for c in report["changes"]},
              changes if len(report["changes"]) == len(changes) else {p: n for p, n in changes.items() if p[0] != p[1]})
        check(about + "each class before and after", {c["milestone_class"]: (c["before"], c["after"]) for c in report["classes"]},
              {c: (sum(1 for a, _ in pairs.values() if a == c), sum(1 for _, b in pairs.values() if b == c)) for c in CLASSES})
        check(about + "the exceptions", (report["exceptions_before"], report["exceptions_after"]),
              (len(oracle.exceptions(before, then)), len(oracle.exceptions(after, now))))

        def named(field):
            return sorted(m["reference"] for m in report[field])
        done = ("complete", "signed_off")
        check(about + "completed", named("completed"), sorted(r for r, (a, b) in pairs.items() if a not in done and b in done))
        check(about + "signed off", named("signed_off"),
              sorted(r for r, (a, b) in pairs.items() if a != "signed_off" and b == "signed_off"))
        check(about + "overdue now", named("became_overdue"),
              sorted(r for r, (a, b) in pairs.items() if a != "overdue" and b == "overdue"))
        due = {r: m.last if not m.recurrence else oracle.cycle_ends(m)[0] for r, m in oracle.milestones.items()}
        check(about + "newly due", named("newly_due"), sorted(r for r, d in due.items() if d and before < d <= after))
        in_force = lambda r, day, moment: [id(g) for g in oracle.grants(r, day, moment)[-1:]]
        check(about + "re-dated", named("re_dated"),
              sorted(r for r in pairs if in_force(r, after, now) and in_force(r, before, then) != in_force(r, after, now)))

    def ratings(self, day, known):
        oracle, moment = self.oracle, self.world.known_at(known)
        report = self.report("rating", "--scheme", "months-behind", "--as-at", day, "--known-at", known)
        expected = {r: oracle.months_behind(r, day, moment) for r in oracle.milestones}
        got = {m["reference"]: m["rating"] for m in report["milestones"]}
        self.world.check("as at %s, known at %s, the ratings" % (day, known),
                         {r: "amber or red" if expected[r] == "amber or red" and v in ("amber", "red") else v
                          for r, v in got.items()}, expected)
        self.world.check("as at %s how many have each rating" % day,
                         {c["rating"]: c["milestones"] for c in report["counts"] if c["milestones"]},
                         dict(collections.Counter(got.values())))
        self.world.check("as at %s what the ratings add up to" % day, sum(c["milestones"] for c in report["counts"]), 171)

    def panel(self, day, known):
        """What waits for the panel, and where officers rate otherwise than the scheme."""
        oracle, check, moment = self.oracle, self.world.check, self.world.known_at(known)
        about = "as at %s, known at %s, " % (day, known)
        stands = {r: oracle.class_of(r, day, moment) for r in oracle.milestones}
        report = self.report("sign-off", "--as-at", day, "--known-at", known)
        for field, expected in (
                ("complete", [r for r, c in stands.items() if c == "complete"]),
                ("undeliverable", [r for r, c in stands.items()
                                   if c == "will_not_be_delivered" and not oracle.is_noted(r, day, moment)]),
                ("changed", [r for r in stands if oracle.is_changed_since(r, day, moment)])):
            check(about + "what waits for the panel: " + field, [i["reference"] for i in report[field]], expected)
        check(about + "what the panel did", (report["signed_off"], report["noted"]),
              (sum(1 for c in stands.values() if c == "signed_off"),
               sum(1 for r in stands if oracle.is_noted(r, day, moment))))

        report = self.report("disagreements", "--scheme", "months-behind", "--as-at", day, "--known-at", known)
        rated = {r: w[0].rating for r in stands if (w := oracle.word(r, day, moment)) and w[0].rating}
        other = {r: v for r, v in rated.items() if v not in oracle.months_behind(r, day, moment)}
        vague = {r for r in rated if oracle.months_behind(r, day, moment) == "amber or red"}
        check(about + "the officers' ratings", report["officer_ratings"], len(rated))
        check(about + "who rates otherwise", {d["reference"]: d["judged"] for d in report["disagreements"]
                                              if d["reference"] not in vague},
              {r: v for r, v in other.items() if r not in vague})

    def histories(self, day):
        """Of some milestones, every record that is about them; and the doubts of the plan."""
        known = self.world.known_at(self.world.today)
        for reference in list(self.oracle.milestones)[::40]:
            report = self.report("history", reference, "--as-at", self.world.today)
            got = collections.Counter(e["kind"] for e in report["events"])
            expected = collections.Counter(r.kind for r in self.oracle.records
                                           if r.reference == reference and r.moment <= known)
            self.world.check("the history of " + reference, {k: got[k] for k in ("return", "review", "grant", "sign_off")},
                             {k: expected[k] for k in ("return", "review", "grant", "sign_off")})
        report = self.report("doubts", "--as-at", day)
        self.world.check("as at %s the doubts, open and settled" % day, (report["open_doubts"], report["settled_doubts"]), (76, 2))
        self.world.check("as at %s what the doubts add up to" % day, sum(k["open"] for k in report["kinds"]), 76)

    def councils(self, window):
        """The council beside none: the period as it was known at the close of its window, whatever came since."""
        oracle, known = self.oracle, window.close_moment
        report = self.report("councils", "--year", "2010/11", "--as-at", window.last)
        done, due = oracle.on_target(window.last, known)
        expected = {**oracle.classes(window.last, known), "due": len(due), "on_target": len(done), "total": 171,
                    "exceptions": len(oracle.exceptions(window.last, known))}
        for row in [*report["councils"], report["total"]]:
            self.world.check("the councils as at %s" % window.last, {k: row[k] for k in expected}, expected)

    def window(self, window):
        """Body by body, what the window asked and got, as it is known now."""
        states = self.oracle.asked(window, self.windows, self.world.today, self.world.known_at(self.world.today))
        status = self.world.ask("reader", "window", "status", window.name)
        about = "in window %s " % window.name
        self.world.check(about + "who was asked what, and answered",
                         {(m["organisation"], m["reference"]): m["state"] for m in status["milestones"]}, states)
        for body in status["bodies"]:
            counts = collections.Counter(s for (b, _), s in states.items() if b == body["organisation"])
            counts["received"] += counts["late"]  # in time or late
            for state in ("received", "late", "sent_back", "missing"):
                self.world.check("%s%s of %s" % (about, state, body["organisation"]), body[state], counts[state])
        self.world.check(about + "all that was asked", status["asked"], len(states))

    def outstanding(self, profiles):
        """What waits for each contributor: what the open window asks of the own body and did not get; to be sent anew where
        the body's last word was sent back."""
        window, today = self.windows[-1], self.world.today
        now = self.world.known_at(today)
        states = self.oracle.asked(window, self.windows, today, now)
        for body, profile in profiles.items():
            owed = {r for (b, r), s in states.items() if b == body and s in ("missing", "sent_back")}
            again = set()
            for reference in owed:
                said = [r for r in self.oracle.of_kind("return", reference, today, now) if r.organisation == body]
                last = max(said, key=lambda r: (r.day, r.moment), default=None)
                if last and self.oracle.verdict(last, today, now) == "sent_back":
                    again.add(reference)
            items = self.world.ask(profile, "outstanding")
            for kind, expected in (("return", owed - again), ("sent_back", again)):
                self.world.check("what is outstanding for %s: %s" % (body, kind),
                                 sorted(i["reference"] for i in items if i["kind"] == kind), sorted(expected))

    def outstanding_report(self):
        """The same for the whole plan, and what waits for coordinator and panel."""
        today, oracle = self.world.today, self.oracle
        now = self.world.known_at(today)
        states = oracle.asked(self.windows[-1], self.windows, today, now)
        report = self.report("outstanding")
        self.world.check("what all bodies owe", sorted((m["organisation"], m["reference"]) for m in report["returns"]),
                         sorted(k for k, s in states.items() if s in ("missing", "sent_back")))
        last = {}  # each body's last word on a milestone; those before it wait for nobody
        for said in sorted((r for r in oracle.records if r.kind == "return" and oracle.stands(r, today, now)),
                           key=lambda r: (r.day, r.moment)):
            last[said.reference, said.organisation] = said
        review = [r.record_id for r in last.values() if oracle.verdict(r, today, now) is None and not r.asks]
        self.world.check("what is to be reviewed", sorted(m["record_id"] for m in report["coordinator"] if m["kind"] == "review"),
                         sorted(review))
        granted = {id(g.of) for g in oracle.records if g.kind == "grant"}
        asking = [r.record_id for r in last.values()
                  if r.asks and id(r) not in granted and oracle.verdict(r, today, now) != "sent_back"]
        stands = {r: oracle.class_of(r, today, now) for r in oracle.milestones}
        panel = [r for r, c in stands.items()
                 if c == "complete" or c == "will_not_be_delivered" and not oracle.is_noted(r, today, now)]
        self.world.check("what waits for the panel", sorted(m["reference"] for m in report["panel"]), sorted(panel))
        self.world.check("how much is owed", report["owed"], len(report["returns"]))
        self.world.check("what asks for a new date", sorted(m["record_id"] for m in report["coordinator"]
                                                            if m["kind"] == "new_date"), sorted(asking))

    def published(self, publications):
        """Each report that was published can be made again, byte for byte, and nothing in the chain was changed."""
        for number in publications:
            answer = self.world.ask("reader", "report", "reproduce", number)
            self.world.check("publication %s is made again the same" % number, answer["same"], True)
        self.world.check("the chain of publications", self.world.shap("reader", "report", "verify").returncode, 0)
