"""Where the milestones of a plan stand, worked out a second time: plain Python over plain records, one milestone at a
time, by the rules of the domain and by nothing of the database's. What WHEN means is taken from the table of readings
that was made by hand (tests/sql/when_copeland.csv); the rest is here. Slow and simple on purpose.
"""
import calendar
import collections
import csv
import dataclasses
import datetime
import re

DAY = datetime.timedelta(days=1)
CLASSES = ("signed_off", "complete", "will_not_be_delivered", "overdue", "re_dated", "ongoing_answered", "undated",
           "not_yet_due", "no_return")
FAVOUR = ("will_not_be_delivered", "not_started", "in_progress", "complete")  # the least favourable first
PARTNERS = {"Supporting People Team": "supporting-people-team", "Home Housing": "home-housing",
            "Impact HA": "impact-housing-association"}

REGISTER = {"SHP": "Strategic Housing Panel", "HPO": "Housing Research & Policy Officer",
            "HSM": "Strategic Housing Services Manager", "HRM": "Housing Renewal Manager", "EO": "Equality Officer",
            "Supporting People Team": "Supporting People Team", "Home Housing": "Home Housing",
            "Impact HA": "Impact Housing Association"}


def month_end(day):
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_on(day, n):
    """The same day n months on, or that month's last."""
    month = day.year * 12 + day.month - 1 + n
    year, month = divmod(month, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def whole_months(first, last):
    """Whole months from one day to another, negative backwards; a month's last day counts as its 31st."""
    if last < first:
        return -whole_months(last, first)
    n = (last.year - first.year) * 12 + last.month - first.month
    return n - (last.day < first.day and last != month_end(last))


def begun_months(first, last):
    """How many months have begun since a day: none on it, one up to the same day of the next month."""
    n = 0
    ends_month = first == month_end(first)
    while (month_end(months_on(first.replace(day=1), n)) if ends_month else months_on(first, n)) < last:
        n += 1
    return n


@dataclasses.dataclass(eq=False)
class Milestone:
    reference: str
    objective: str
    action: int
    place: int
    who: str
    when: str
    bodies: set
    first: datetime.date = None
    last: datetime.date = None
    recurrence: str = None
    completed: bool = False
    completed_on: datetime.date = None
    ongoing: bool = False
    understood: bool = True
    named: tuple = ()   # whom WHO names, as written
    owners: tuple = ()  # those of them that the register has
    row: dict = None    # of the plan's file
    cycles: list = None  # see cycle_ends
    since: "Version" = None  # the first version it is in


@dataclasses.dataclass(eq=False)
class Version:
    """A version of the plan that was adopted."""
    number: int
    milestones: dict  # by reference, in its order
    day: datetime.date
    moment: int
    recorded_on: datetime.date
    note: str = None


@dataclasses.dataclass
class Record:
    """Something that was said or decided. moment: when it was recorded, as a number that only grows."""
    kind: str            # return, review, grant, sign_off; after, independent; figure, override
    reference: str
    day: datetime.date
    moment: int
    organisation: str = None
    status: str = None   # of a return; of a review or sign-off its verdict
    of: "Record" = None  # the return it is about; of a return, the one it corrects
    new_day: datetime.date = None
    new_first: datetime.date = None  # of a grant: what its phrase begins with
    evidence: str = None
    undone: tuple = None  # day and moment of its counter-act
    undone_because: str = None
    recorded_on: datetime.date = None
    record_id: int = None
    rating: str = None   # of a return: the officer's own; of an override its rating
    by: str = None       # who recorded it
    figure: tuple = None  # what was reached, against what, and whether less is better
    note: str = None     # as written: of a return its note, of others their reason or comment
    reason: str = None   # of a return: why it asks for a new date
    step: str = None     # of a declared order: what the milestone follows, or is independent of
    phrase: str = None   # of a grant: the new date, as written; of a return: the one it asks for


def names_in(who):
    """Whom a cell names: what stands between its signs, but that a name of the register stands for itself wherever it
    begins or ends. "&" parts two only after initials: it may stand in a group's name."""
    names = []
    for part in re.split(r"\s*(?:[/,+]|\band\b|(?<=\b[A-Z]{3})\.|(?<=^[A-Z]{2}) &|(?<=^[A-Z]{3}) &)\s*", who):
        for known in REGISTER:
            part = re.sub(r"^%s\b|\b%s$" % (known, known), lambda found: "/%s/" % found[0], part)
        names += [name.strip() for name in part.split("/") if name.strip()]
    return names


def read_plan(plan_path, readings_path):
    date = lambda text: datetime.date.fromisoformat(text) if text else None
    with open(readings_path, newline="", encoding="utf-8") as file:
        readings = {row["phrase"]: row for row in csv.DictReader(file)}
    milestones = {}
    with open(plan_path, newline="", encoding="utf-8") as file:
        for place, row in enumerate(csv.DictReader(file), 1):
            reading = readings[row["when"]]
            others = row["who"]
            bodies = {code for name, code in PARTNERS.items() if name in row["who"]}
            for name in PARTNERS:
                others = others.replace(name, "")
            if not bodies or re.search(r"\w", others):
                bodies.add("copeland")
            reference = "%s/%s/%s" % (row["objective_code"], row["action_no"], row["milestone_no"])
            milestones[reference] = Milestone(
                reference, row["objective_code"], int(row["action_no"]), place, row["who"], row["when"], bodies,
                date(reading["first_day"]), date(reading["last_day"]), reading["recurrence"] or None,
                reading["completed"] == "t", date(reading["completed_on"]), reading["ongoing"] == "t",
                reading["understood"] == "t",
                tuple(named := names_in(row["who"])), tuple(n for n in named if n in REGISTER), row)
    return milestones


class Oracle:
    def __init__(self, milestones, adopted_on, year_start):
        self.milestones = milestones  # of all versions, in the order of the plan
        self.adopted_on = adopted_on  # the baseline
        self.versions = [Version(1, dict(milestones), adopted_on, 0, adopted_on)]
        for milestone in milestones.values():
            milestone.since = self.versions[0]
        self.year_start = year_start
        self.year_end = months_on(year_start, 12) - DAY
        self.title = self.lead_officer = self.author = None  # as the plan was described
        self.records = []
        self.about = collections.defaultdict(list)  # the same by kind and reference
        self.declared_same = []  # the same with their reasons
        self.dismissed = []  # doubts that were, see Dismissal
        self.shared = []  # milestones that were shared by hand, see Share
        self.schemes = {}  # of the council's own, their records
        self.windows = []
        self.same = []  # sets of references, with the day and moment of the declaration

    def adopt(self, milestones, day, moment, recorded_on, note):
        """A later version. What a milestone is programmed to be is as in its first one; one that was removed stays where it
        stood, for days on which it was in force."""
        version = Version(len(self.versions) + 1, {r: self.milestones.get(r, m) for r, m in milestones.items()}, day, moment,
                          recorded_on, note)
        order = list(version.milestones)
        before = None
        for reference in self.milestones:
            if reference not in version.milestones:
                order.insert(order.index(before) + 1 if before else 0, reference)
            before = reference
        every = {**self.milestones, **version.milestones}
        self.milestones = {reference: every[reference] for reference in order}
        for place, milestone in enumerate(self.milestones.values(), 1):
            milestone.place, milestone.since = place, milestone.since or version
        self.versions.append(version)

    def adopted(self, day, known):
        """The versions adopted, the one in force last."""
        return sorted((v for v in self.versions if v.day <= day and v.moment <= known), key=lambda v: (v.day, v.moment))

    def version(self, day, known):
        return (self.adopted(day, known) or self.versions[:1])[-1]

    def add(self, record):
        self.records.append(record)
        self.about[record.kind, record.reference].append(record)
        return record

    # ---- cycles

    def cycle_ends(self, milestone):
        """The ends of its cycles for two years, the first first."""
        if milestone.cycles is None:
            milestone.cycles = self.cycles_of(milestone)
        return milestone.cycles

    def cycles_of(self, milestone):
        months = {"monthly": range(1, 13), "two_monthly": (5, 7, 9, 11, 1, 3), "quarterly": (6, 9, 12, 3),
                  "yearly": ((milestone.last or self.year_start - DAY).month,)}[milestone.recurrence]
        ends = [milestone.last] if milestone.last else []
        for n in range(24):
            end = month_end(months_on(self.year_start, n))
            if end.month in months and (not milestone.last or end > milestone.last):
                ends.append(end)
        return ends

    def last_cycle(self, milestone, day):
        """The first and last day of the last cycle that closed; None before the first did."""
        closed = [end for end in self.cycle_ends(milestone) if end <= day]
        if not closed:
            return None
        if len(closed) > 1:
            return closed[-2] + DAY, closed[-1]
        return min(self.year_start, closed[-1].replace(day=1)), closed[-1]

    # ---- what stands on a day, as known at a moment

    def stands(self, record, day, known):
        return (record.day <= day and record.moment <= known
                and not (record.undone and record.undone[0] <= day and record.undone[1] <= known))

    def work(self, reference, day, known):
        for references, said_on, moment in self.same:
            if reference in references and said_on <= day and moment <= known:
                return references
        return {reference}

    def of_kind(self, kind, reference, day, known):
        work = self.work(reference, day, known)
        return sorted((r for other in work for r in self.about[kind, other] if self.stands(r, day, known)),
                      key=lambda r: r.moment)

    def verdict(self, record, day, known):
        reviews = [r for r in self.of_kind("review", record.reference, day, known) if r.of is record]
        return max(reviews, key=lambda r: (r.day, r.moment)).status if reviews else None

    def words(self, reference, day, known):
        """The returns that count, each with the status it counts as and whether that is a claim."""
        words = []
        for record in self.of_kind("return", reference, day, known):
            verdict = self.verdict(record, day, known)
            if verdict == "sent_back":
                continue
            claim = record.status in ("complete", "will_not_be_delivered") and verdict != "accepted"
            words.append((record, "in_progress" if claim else record.status, claim))
        corrected = {id(r.of) for r, _, _ in words if r.of is not None and r.of.day == r.day}
        return [word for word in words if id(word[0]) not in corrected]

    def word(self, reference, day, known):
        words = self.words(reference, day, known)
        return min(words, key=lambda w: (-w[0].day.toordinal(), FAVOUR.index(w[1]), w[2])) if words else None

    def grants(self, reference, day, known):
        return sorted(self.of_kind("grant", reference, day, known), key=lambda r: (r.day, r.moment))

    def sign_off(self, reference, day, known):
        found = self.of_kind("sign_off", reference, day, known)
        return max(found, key=lambda r: (r.day, r.moment)) if found else None

    # ---- the class, the first rule that applies

    def completed_by_text(self, milestone, day):
        return milestone.completed and (milestone.completed_on or milestone.since.day) <= day

    def class_of(self, reference, day, known):
        milestone = self.milestones[reference]
        word = self.word(reference, day, known)
        status = word[1] if word else None
        grants = self.grants(reference, day, known)
        sign_off = self.sign_off(reference, day, known)
        if sign_off and sign_off.status == "signed_off":
            return "signed_off"
        if self.completed_by_text(milestone, day) or (status == "complete" and not milestone.recurrence):
            return "complete"
        if status == "will_not_be_delivered":
            return "will_not_be_delivered"
        if grants:
            met = milestone.recurrence and any(s == "complete" and r.day >= grants[-1].day
                                               for r, s, _ in self.words(reference, day, known))
            if not met:
                return "overdue" if grants[-1].new_day <= day else "re_dated"
        if milestone.recurrence:
            cycle = self.last_cycle(milestone, day)
            if not cycle:
                return "not_yet_due"
            if not word or word[0].day < cycle[0]:
                return "no_return"
            return "overdue" if status == "not_started" else "ongoing_answered"
        if not milestone.last:
            return "undated"
        if milestone.last > day:
            return "not_yet_due"
        return "overdue" if word else "no_return"

    def is_noted(self, reference, day, known):
        sign_off = self.sign_off(reference, day, known)
        word = self.word(reference, day, known)
        return bool(sign_off and sign_off.status == "noted" and word and sign_off.day >= word[0].day)

    def is_changed_since(self, reference, day, known):
        """Signed off, and the word that counts is not that it is complete, and was said or recorded later."""
        sign_off = self.sign_off(reference, day, known)
        word = self.word(reference, day, known)
        return bool(sign_off and sign_off.status == "signed_off" and word and word[1] != "complete"
                    and (word[0].day > sign_off.day or word[0].moment > sign_off.moment))

    def is_exception(self, reference, day, known):
        found = self.class_of(reference, day, known)
        return found in ("overdue", "re_dated") or (found == "will_not_be_delivered"
                                                    and not self.is_noted(reference, day, known))

    def completed_on(self, reference, day, known):
        """From when on it was said to be complete and nothing else, where it is complete."""
        milestone = self.milestones[reference]
        if self.completed_by_text(milestone, day):
            return milestone.completed_on
        words = self.words(reference, day, known)
        open_days = [r.day for r, s, _ in words if s != "complete"]
        done = [r.day for r, s, _ in words if s == "complete" and (not open_days or r.day > max(open_days))]
        return min(done) if done else None


@dataclasses.dataclass
class Dismissal:
    """A doubt that was dismissed, and taken up again."""
    kind: str
    subject: str
    references: set
    day: datetime.date
    moment: int
    reason: str
    reopened: tuple = None  # day and moment
    reopened_because: str = None

    def stands(self, day, known):
        """None where it is not yet, else whether it was not taken back."""
        if self.day > day or self.moment > known:
            return None
        return not (self.reopened and self.reopened[0] <= day and self.reopened[1] <= known)


@dataclasses.dataclass
class Share:
    """A milestone that was shared by hand with a body that WHO does not name."""
    reference: str
    body: str
    day: datetime.date
    moment: int
    reason: str


@dataclasses.dataclass
class Window:
    name: str
    cycle: str
    first: datetime.date
    last: datetime.date
    due: datetime.date
    closed: datetime.date = None
    opened: datetime.date = None
    open_moment: int = None
    close_moment: int = None
    record_id: int = None
