"""The plan as at a day, as known at a moment, as far as somebody sees it or asks for it: what every paper begins with."""
import functools

from oracle import CLASSES, whole_months

QUARTER_ENDS = {6: 1, 9: 2, 12: 3, 3: 4}
NAMES = {"copeland": "Copeland", "supporting-people-team": "Supporting People Team", "home-housing": "Home Housing",
         "impact-housing-association": "Impact Housing Association"}
PEOPLE = {"copeland": "Copeland Housing Officer", "supporting-people-team": "Supporting People Officer",
          "home-housing": "Home Housing Officer", "impact-housing-association": "Impact Officer"}
COORDINATOR, PANEL = "Copeland Coordinator", "Panel Clerk"
PLAN = "copeland/2010-11"
SETTLED = ("complete", "signed_off", "will_not_be_delivered")


class Look:
    """body: whose contributor looks, and sees what is shared with that body; the other filters are asked for."""

    def __init__(self, oracle, day, moment, known_at=None, body=None, objective=None, organisation=None, owner=None):
        self.oracle, self.day, self.moment, self.known_at, self.body = oracle, day, moment, known_at, body
        self.filters = {"objective": objective, "organisation": organisation, "owner": owner}
        self.classes = {}
        self.words = {}
        self.granted = {}
        self.others = {}

    @functools.cached_property
    def version(self):
        return self.oracle.version(self.day, self.moment)

    @property
    def plan(self):
        """All milestones of the version in force, by reference."""
        return self.version.milestones

    @functools.cached_property
    def milestones(self):
        objective, organisation, owner = (self.filters[name] for name in ("objective", "organisation", "owner"))
        return [m for m in self.plan.values()
                if (not self.body or self.body in m.bodies) and (not objective or m.objective == objective)
                and (not organisation or organisation in m.bodies) and (not owner or owner in m.owners)]

    @property
    def references(self):
        return [m.reference for m in self.milestones]

    def stands(self, milestone):
        if milestone.reference not in self.classes:
            self.classes[milestone.reference] = self.oracle.class_of(milestone.reference, self.day, self.moment)
        return self.classes[milestone.reference]

    def word(self, milestone):
        if milestone.reference not in self.words:
            self.words[milestone.reference] = self.oracle.word(milestone.reference, self.day, self.moment)
        return self.words[milestone.reference]

    def grants(self, milestone):
        if milestone.reference not in self.granted:
            self.granted[milestone.reference] = self.oracle.grants(milestone.reference, self.day, self.moment)
        return self.granted[milestone.reference]

    def of_class(self, *names):
        return [m for m in self.milestones if self.stands(m) in names]

    def at(self, day):
        """The same as at another day."""
        if day not in self.others:
            self.others[day] = self if day == self.day else Look(
                self.oracle, day, self.moment, body=self.body, **self.filters)
        return self.others[day]

    def ask(self, name, milestone):
        """One of the oracle's questions about a milestone, as it stands here; of_kind_return: its returns."""
        if name.startswith("of_kind_"):
            return self.oracle.of_kind(name.removeprefix("of_kind_"), milestone.reference, self.day, self.moment)
        return getattr(self.oracle, name)(milestone.reference, self.day, self.moment)

    def slip(self, milestone):
        grants = self.grants(milestone)
        return whole_months(milestone.last, grants[-1].new_day) if grants and milestone.last else None

    def due_day(self, milestone):
        """By the plan's own text: the programmed last day; of what recurs the end of the first cycle."""
        return self.oracle.cycle_ends(milestone)[0] if milestone.recurrence else milestone.last

    def same_as(self, milestone):
        """The other milestones of its piece of work, as far as they are seen, in the order of the plan."""
        work = self.ask("work", milestone) - {milestone.reference}
        return [m.reference for m in self.oracle.milestones.values()
                if m.reference in work and (not self.body or self.body in m.bodies)]

    def pieces_of_work(self):
        return len({min(self.oracle.work(r, self.day, self.moment)) for r in self.references})

    def cells(self, milestone, *names):
        """What is told of a milestone in every report that tells it."""
        word, grants = self.word(milestone), self.grants(milestone)
        every = {"reference": milestone.reference, "milestone": milestone.row["milestone"], "who": milestone.who,
                 "when": milestone.when, "measure": milestone.row["measure"], "action": milestone.row["action"],
                 "first_day": milestone.first, "last_day": milestone.last,
                 "new_when": grants[-1].phrase if grants else None, "new_day": grants[-1].new_day if grants else None,
                 "milestone_class": self.stands(milestone), "status": word[1] if word else None,
                 "claimed": bool(word and word[2])}
        return {name: every[name] for name in names}

    def head(self, **more):
        quarter = QUARTER_ENDS[self.day.month] if self.day.month % 3 == 0 and (self.day.replace(day=28).month
                  != self.day.fromordinal(self.day.toordinal() + 1).month) else None
        return {"plan": PLAN, "council_name": "Copeland", "year": "2010/11", "title": self.oracle.title,
                "lead_officer": self.oracle.lead_officer, "author": self.oracle.author, "as_at": self.day,
                "known_at": self.known_at, "version": self.version.number, "adopted_on": self.version.day,
                "rule": "shap-rules-1", "covered": len(self.milestones), "total": len(self.plan),
                "quarter": quarter if self.day <= self.oracle.year_end else None, "withdrawn_on": None,
                "withdrawn_because": None, **self.filters, **more}

    def counts(self):
        counts = dict.fromkeys(CLASSES, 0)
        for milestone in self.milestones:
            counts[self.stands(milestone)] += 1
        return counts

    def by_action(self, milestones):
        """objective -> action -> milestones, each in the order of the plan."""
        tree = {}
        for milestone in milestones:
            tree.setdefault(milestone.objective, {}).setdefault(milestone.action, []).append(milestone)
        return tree
