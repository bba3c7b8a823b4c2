"""What is compared after each stage: every report with the paper that the oracle makes of it."""
import collections
import datetime
import itertools

import papers
import papers_frozen
import papers_moves
import papers_ratings
import papers_records
import papers_windows
from contract import Contract, apart
from look import Look
from oracle import months_on
from world import DATA, PROFILES, rows_of

# What each stage looks at besides the whole plan: one filter, or one body's own sight, in turn.
NARROWED = ({"objective": "SH1.2"}, {"organisation": "home-housing"}, {"owner": "SHP"}, {"body": "supporting-people-team"},
            {"objective": "SH3.4"}, {"owner": "HPO"}, {"body": "impact-housing-association"}, {"organisation": "copeland"},
            {"objective": "SH5.4", "owner": "HSM"}, {"body": "copeland"})


def spelled(day):
    return "%d %s" % (day.day, day.strftime("%B %Y"))


class Checks:
    def __init__(self, world, oracle, windows):
        self.world = world
        self.oracle = oracle
        self.windows = windows
        self.contract = Contract()
        self.barrow = None  # the oracle of another council, which never has a window
        self.links = {}  # of each moment, as reports tell it
        self.steps = itertools.cycle(range(0, 57, 5))
        self.schemes = itertools.cycle(papers_ratings.SCHEMES)
        self.groups = itertools.cycle(("objective", "organisation", "owner", "objective", "plan"))
        self.narrowed = itertools.cycle(NARROWED)

    def look(self, day, known=None, **more):
        """known: a day, asked for; absent: everything recorded."""
        return Look(more.pop("oracle", self.oracle), day, self.world.known_at(known or self.world.today), known, **more)

    def compare(self, report, got, expected, about):
        differences = self.contract.compare(report, got, expected)
        shown = "; ".join(differences[:5]) + ("; and %d more" % (len(differences) - 5) if len(differences) > 5 else "")
        self.world.check("%s: %s" % (report, about), shown, "")

    def paper(self, report, expected, look, *words, exits=0):
        """Asks for a report as a look has it, and compares it with its paper."""
        asked = ["--as-at", look.day]
        asked += ["--known-at", look.known_at] if look.known_at else []
        for name, value in look.filters.items():
            asked += ["--" + name, value] if value else []
        profile = PROFILES[look.body] if look.body else "reader"
        command = ("window", "status") if report == "window status" else ("report", report)
        got = self.world.ask(profile, *command, *words, *asked, exits=exits)
        self.compare(report, got, expected, " ".join(map(str, [*words, *asked, "by", profile])))
        self.note_link(look, got["head"]["known_link"])
        return got

    def note_link(self, look, link):
        """The last entry of the ledger a report knows goes with the acts that were recorded: the same for the same acts."""
        if link is not None:
            self.world.check("the ledger's last entry of moment %d" % look.moment, self.links.setdefault(look.moment, link), link)

    def all(self, day):
        """Every report as at a day, as known now and as known on the day itself; and a part of the plan as known now."""
        looks = [self.look(day)] + ([self.look(day, day)] if day < self.world.today else [])
        for look in [*looks, self.look(day, **next(self.narrowed))]:
            self.standing(look)
            self.moves(look)
            self.ratings(look, next(self.schemes))
            self.heading(look)
        self.ratings(looks[0], "months-behind")
        self.records(day)

    def heading(self, look):
        """What a printed copy says at its top: its days, and how much of the plan it covers."""
        words = ["--as-at", look.day, *(["--known-at", look.known_at] if look.known_at else [])]
        words += [w for name, value in look.filters.items() if value for w in ("--" + name, value)]
        text = self.world.shap(PROFILES[look.body] if look.body else "reader", "report", "exceptions", *words, "--format",
                               "markdown").stdout
        said = {"**As at:** " + spelled(look.day): True, "**As known at:**": look.known_at is not None,
                "covers %d of the plan's %d milestones" % (len(look.milestones), len(look.plan)):
                len(look.milestones) < len(look.plan),
                "Of its %d milestone" % len(look.milestones): any(look.ask("is_exception", m) for m in look.milestones)}
        if look.known_at:
            said["by the end of " + spelled(look.known_at)] = True
        self.world.check("the heading of a copy: " + " ".join(map(str, words)), {s: s in text for s in said}, said)

    def standing(self, look):
        self.paper("exceptions", papers.exceptions(look), look)
        self.paper("extensions", papers.extensions(look), look)
        self.paper("forward", papers.forward(look, 3), look, "--months", 3)
        since = months_on(look.day, -3)
        self.paper("completed", papers.completed(look, since), look, "--since", since)
        self.paper("no-return", papers.no_return(look), look)
        self.paper("sign-off", papers.sign_off(look), look)
        for by in itertools.islice(self.groups, 2):
            self.paper("account", papers.account(look, by), look, "--by", by)

    def moves(self, look):
        self.paper("knock-ons", papers_moves.knock_ons(look), look)

    def ratings(self, look, scheme):
        self.paper("rating", papers_ratings.rating(look, scheme), look, "--scheme", scheme)
        self.paper("disagreements", papers_ratings.disagreements(look, scheme), look, "--scheme", scheme)

    def claims(self, day):
        look = self.look(day)
        put = papers.claims_to_put(look)
        words = [word for sentence, _, _ in put for word in ("--claim", sentence)]
        self.paper("exceptions", papers.exceptions(look, put), look, *words, exits=(0, 10))

    def movement(self, before, known_before, after, known_after, **more):
        """What moved between two days, each as known at a day of its own; absent: at the close of its window."""
        earlier, later = self.look(before, known_before, **more), self.look(after, known_after, **more)
        closed = {}
        for look, known in ((earlier, known_before), (later, known_after)):
            moments = [w.close_moment for w in self.windows if w.last == look.day and w.closed and w.closed >= w.last]
            closed[look] = known is None and bool(moments)
            if closed[look]:
                look.moment = max(moments)
        if known_before is None and not closed[earlier]:
            earlier.moment = later.moment
        expected = papers_moves.movement(earlier, later, known_before, closed[earlier], closed[later])
        self.paper("movement", expected, later, "--from", before, *(["--known-from", known_before] if known_before else []))

    def councils(self, window):
        """The council beside none: the period as it was known at the close of its window, whatever came since."""
        look = self.look(window.last)
        look.moment = window.close_moment
        others = [("barrow", self.look(window.last, oracle=self.barrow)), ("carlisle", None)]
        for profile, beside in (("reader", []), ("region", others)):
            got = self.world.ask(profile, "report", "councils", "--year", "2010/11", "--as-at", window.last)
            self.compare("councils", got, papers_moves.councils([*beside, ("copeland", look)]),
                         "as at %s by %s" % (window.last, profile))

    def window(self, window):
        """Body by body, what the window asked and got, as it is known now; and of one body, by its own sight."""
        for more in ({}, {"organisation": "home-housing"}, {"body": "impact-housing-association"}):
            look = self.look(self.world.today, **more)
            self.paper("window status", papers_windows.window_status(look, window), look, window.name)

    def outstanding(self):
        """What waits for each person, for all of them together, and what each body is written."""
        look = self.look(self.world.today)
        for profile in (*PROFILES.values(), "coordinator", "panel", "reader"):
            got = self.world.ask(profile, "outstanding")
            self.compare_list("to do", got, papers_windows.to_do(look, profile), "of " + profile)
        self.paper("outstanding", papers_windows.outstanding(look), look)
        narrowed = self.look(look.day, **next(self.narrowed))
        self.paper("outstanding", papers_windows.outstanding(narrowed), narrowed)
        digests = papers_windows.digests(look)
        self.compare_list("digest", self.world.ask("coordinator", "digest"), digests, "to all")
        letters = self.world.shap("coordinator", "digest", "--quiet").stdout.splitlines()
        subjects = ["Subject: Copeland: %d return%s due by %s" % (
            len(d["items"]), "s" if len(d["items"]) > 1 else "", spelled(self.windows[-1].due)) for d in digests]
        self.world.check("the letters to bodies", [line for line in letters if line.startswith(("To:", "Subject:"))],
                         [line for d, s in zip(digests, subjects) for line in ("To: " + d["addresses"][0], s)])
        quiet = [b for b in PROFILES if b not in [d["organisation"] for d in digests]]
        for body in quiet:
            self.world.check("nothing is written to %s, which owes nothing" % body,
                             self.world.shap("coordinator", "digest", "--organisation", body, "--quiet").stdout, "")

    def compare_list(self, report, got, expected, about):
        self.world.check("%s %s: how many" % (report, about), apart(got, expected) if len(got) != len(expected) else "", "")
        for one, other in zip(got, expected):
            self.compare(report, one, other, about)

    def records(self, day):
        """The doubts, and the history of some milestones: some of all, in turn, and those with most to tell."""
        look = self.look(self.world.today)
        told = collections.Counter(r.reference for r in self.oracle.records)
        step = next(self.steps)
        chosen = {r for r, _ in told.most_common(2)} | {m.reference for m in look.milestones if m.place % 57 == step}
        chosen |= set([m.reference for m in look.milestones if look.cells(m, "claimed")["claimed"]][:1])
        for milestone in [m for m in look.milestones if m.reference in chosen]:
            self.paper("history", papers_records.history(look, milestone), look, milestone.reference)
        narrowed = next(n for n in self.narrowed if "body" not in n)  # contributors are shown no doubts
        for look in (self.look(day, day if day < self.world.today else None), self.look(day, **narrowed)):
            self.paper("doubts", papers_records.doubts(look), look)

    def roll(self, made, rows):
        look = self.look(self.world.today)
        self.compare("roll", made, papers_records.roll(look), "to the next year")
        self.compare_list("carried", rows, papers_records.carried(look), "to the next year")

    def check(self, look):
        """A paper that quotes the plan wrongly in known places; the sample's own, as at the end of the third quarter."""
        rows, findings = papers_frozen.quotations(look)
        path = self.world.write("quoted.csv", papers_frozen.COLUMNS, rows)
        self.checked(look, path, papers_frozen.checked(look, path.name, rows, findings))
        look = self.look(datetime.date(2010, 12, 31))
        path = DATA / "copeland-2010-11-exception-report.csv"
        self.checked(look, path, papers_frozen.checked(look, path.name, rows_of(path.name),
                                                       papers_frozen.sample_findings(self.oracle.milestones)))

    def checked(self, look, path, expected):
        got = self.world.ask("reader", "report", "check", path, "--as-at", look.day, exits=(0, 3))
        self.compare("check", got, expected, "%s as at %s" % (path.name, look.day))

    def published(self, every):
        """Each publication is printed as it was and made again, byte for byte; what came since is listed; no link of the
        chain was changed."""
        listed = self.world.ask("reader", "report", "publications")
        for published in every:
            number = published.publication_id
            published.canonical = self.world.shap("reader", "report", "published", number, "--canonical").stdout.encode()
            got = self.world.ask("reader", "report", "published", number)
            self.compare(published.report, got, papers_frozen.content(published), "publication %d" % number)
            got = self.world.ask("reader", "report", "reproduce", number)
            self.compare("reproduction", got, papers_frozen.reproduction(published), "publication %d" % number)
            got = self.world.ask("reader", "report", "since", number)
            then = published.look
            now = Look(self.oracle, then.day, len(self.world.moments))
            self.compare_list("arrival", got, papers_records.arrivals(now, then.moment), "since publication %d" % number)
        entries = [""] + [p["entry_sha256"] for p in listed]
        self.compare_list("publication", listed, [papers_frozen.publication(p, e) for p, e in zip(every, entries)], "in the list")
        self.world.check("no two entries are the same", len(set(entries)), len(every) + 1)
        self.compare("verification", self.world.ask("reader", "report", "verify")[0],
                     papers_frozen.verification(every, entries[-1]), "of the chain")

    def meeting(self, held_on, record_id):
        """What the panel did at a meeting, and that it did something."""
        did = collections.Counter(r.status for r in self.oracle.records if r.kind == "sign_off" and str(r.day) == held_on)
        listed = {m["record_id"]: m for m in self.world.ask("reader", "meeting", "list")}
        self.world.check("what was signed off and noted on " + held_on,
                         [listed[record_id][k] for k in ("held_on", "signed_off", "noted")],
                         [held_on, did["signed_off"], did["noted"]])
        self.world.check("there was business on " + held_on, did.total() > 0, True)

    def finish(self):
        """Nothing that a report says was left out."""
        links = [self.links[moment] for moment in sorted(self.links)]
        self.world.check("the ledger grows with each act", links == sorted(set(links)), True)
        self.world.check("fields of reports that were never compared", self.contract.uncovered(), [])
