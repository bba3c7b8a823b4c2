"""Where the milestones of a plan stand, worked out a second time: plain Python over plain records, one milestone at a
time, by the rules of the domain and by nothing of the database's. What WHEN means is taken from the table of readings
that was made by hand (tests/sql/when_copeland.csv); the rest is here. Slow and simple on purpose.
"""
import calendar
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


@dataclasses.dataclass
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


@dataclasses.dataclass
class Record:
    """Something that was said or decided. moment: when it was recorded, as a number that only grows."""
    kind: str            # return, review, grant, sign_off
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
    recorded_on: datetime.date = None
    record_id: int = None
    rating: str = None   # of a return: the officer's own


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
                reading["completed"] == "t", date(reading["completed_on"]))
    return milestones


class Oracle:
    def __init__(self, milestones, adopted_on, year_start):
        self.milestones = milestones
        self.adopted_on = adopted_on
        self.year_start = year_start
        self.records = []
        self.same = []  # sets of references, with the day and moment of the declaration

    # ---- cycles

    def cycle_ends(self, milestone):
        """The ends of its cycles for two years, the first first."""
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
        return [r for r in self.records if r.kind == kind and r.reference in work and self.stands(r, day, known)]

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
        return milestone.completed and (milestone.completed_on or self.adopted_on) <= day

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

    def complete_late(self, day, known):
        late = []
        for reference, milestone in self.milestones.items():
            if self.class_of(reference, day, known) in ("complete", "signed_off"):
                done = self.completed_on(reference, day, known)
                if done and milestone.last and done > milestone.last:
                    late.append(reference)
        return late

    def is_exception(self, reference, day, known):
        found = self.class_of(reference, day, known)
        return found in ("overdue", "re_dated") or (found == "will_not_be_delivered"
                                                    and not self.is_noted(reference, day, known))

    # ---- figures

    def classes(self, day, known):
        counts = dict.fromkeys(CLASSES, 0)
        for reference in self.milestones:
            counts[self.class_of(reference, day, known)] += 1
        return counts

    def exceptions(self, day, known):
        return [r for r in self.milestones if self.is_exception(r, day, known)]

    def slip(self, reference, day, known):
        grants = self.grants(reference, day, known)
        last = self.milestones[reference].last
        return whole_months(last, grants[-1].new_day) if grants and last else None

    def completed_on(self, reference, day, known):
        """From when on it was said to be complete and nothing else, where it is complete."""
        milestone = self.milestones[reference]
        if self.completed_by_text(milestone, day):
            return milestone.completed_on
        words = self.words(reference, day, known)
        open_days = [r.day for r, s, _ in words if s != "complete"]
        done = [r.day for r, s, _ in words if s == "complete" and (not open_days or r.day > max(open_days))]
        return min(done) if done else None

    def claims(self, day, known, year_end):
        """Of the exceptions: those that each sentence is not true of."""
        listed = self.exceptions(day, known)
        new_day = {r: g[-1].new_day if (g := self.grants(r, day, known)) else None for r in listed}
        undeliverable = {r for r in listed if self.class_of(r, day, known) == "will_not_be_delivered"}

        def was_due(reference):
            milestone = self.milestones[reference]
            due = milestone.last
            if milestone.recurrence:
                due = self.cycle_ends(milestone)[0]
            return self.class_of(reference, day, known) == "overdue" or (due is not None and due <= day)
        return {"deliver_within_year": [r for r in listed if not new_day[r] or new_day[r] > year_end or r in undeliverable],
                "have_new_date": [r for r in listed if not new_day[r]],
                "failed_timetable": [r for r in listed if not was_due(r)]}

    # ---- windows

    def asked(self, window, windows, day, known):
        """What a window asks of every body and what it got, looked at from a day: (body, reference) -> state."""
        asking_day = max(min(window.last, day), self.adopted_on)
        earlier = [w.due + DAY for w in windows if w.cycle == window.cycle and w.last < window.first]
        answers_from = max([window.first, *earlier])
        answers_until = max(window.closed, window.last) if window.closed else datetime.date.max
        states = {}
        for reference, milestone in self.milestones.items():
            stands = self.class_of(reference, asking_day, known)
            grants = self.grants(reference, asking_day, known)
            is_dated = not milestone.recurrence or (bool(grants) and stands in ("overdue", "re_dated"))
            if is_dated:
                from_day = answers_from
                is_due = bool(grants) or (milestone.last is not None and milestone.last <= window.last)
            else:
                cycle = self.last_cycle(milestone, window.last)
                is_due = cycle is not None and cycle[1] >= window.first
                from_day = cycle[0] if cycle else None
            if not is_due:
                continue
            settled = ("complete", "signed_off", "will_not_be_delivered")
            for body in milestone.bodies:
                returns = [r for r in self.of_kind("return", reference, day, known)
                           if r.organisation == body and from_day <= r.day <= answers_until]
                counted = [r for r in returns if self.verdict(r, day, known) != "sent_back"]
                if stands in settled and not (counted and self.class_of(reference, window.first - DAY, known) not in settled):
                    continue
                if counted:
                    first = min(counted, key=lambda r: r.moment)
                    states[body, reference] = "late" if first.recorded_on > window.due else "received"
                else:
                    states[body, reference] = "sent_back" if returns else "missing"
        return states

    # ---- ratings

    def months_behind(self, reference, day, known):
        """The rating by the scheme of months behind; where what recurs is late, how late is not worked out here."""
        milestone = self.milestones[reference]
        stands = self.class_of(reference, day, known)
        grants = self.grants(reference, day, known)
        plain = {"will_not_be_delivered": "red", "re_dated": "hashed", "not_yet_due": "green", "ongoing_answered": "green",
                 "undated": "grey"}
        if stands in plain:
            return plain[stands]
        if stands in ("complete", "signed_off"):
            done = self.completed_on(reference, day, known)
            due = milestone.last or (grants[-1].new_day if grants else None)
            n = begun_months(due, done) if done and due else 0
        elif milestone.recurrence:
            return "amber or red"
        else:
            n = max(1, begun_months(min(d for d in (milestone.last, grants[-1].new_day if grants else None) if d), day))
        return ("green", "amber", "red")[min(n, 2)]

    # ---- lists of reports

    def is_done(self, reference, day, known):
        return self.class_of(reference, day, known) in ("signed_off", "complete", "will_not_be_delivered")

    def due_days(self, day, known, until):
        """(due day, why, reference) after a day: the date that holds, or the ends of cycles. What recurs and was given a
        new date is due on that first."""
        days = []
        for reference, milestone in self.milestones.items():
            if self.is_done(reference, day, known):
                continue
            stands = self.class_of(reference, day, known)
            grants = self.grants(reference, day, known)
            if grants and (stands == "re_dated" or not milestone.recurrence):
                candidates = [(grants[-1].new_day, "new_date")]
            else:
                candidates = []
            if milestone.recurrence:
                after = grants[-1].new_day if stands == "re_dated" else day
                candidates += [(end, "cycle") for end in self.cycle_ends(milestone) if end > after]
            elif not grants:
                candidates.append((milestone.last, "date"))
            days += [(due, why, reference) for due, why in candidates if due and day < due <= until]
        return sorted(days)

    def completed_since(self, day, known, since):
        """What was completed, or signed off, after a day; by the day that is known, else that of the adoption."""
        found = []
        for reference in self.milestones:
            if self.class_of(reference, day, known) not in ("complete", "signed_off"):
                continue
            done = self.completed_on(reference, day, known)
            if done is None and self.completed_by_text(self.milestones[reference], day):
                done = self.adopted_on
            sign_off = self.sign_off(reference, day, known)
            signed = sign_off.day if sign_off and sign_off.status == "signed_off" else None
            counts = max((d for d in (done, signed) if d), default=None)
            if counts and counts > since:
                found.append(reference)
        return found

    def on_target(self, day, known):
        """Of what is due by the day: that which was complete by the programmed last day, and all of it."""
        due = [r for r, m in self.milestones.items() if m.last and m.last <= day]
        done = [r for r in due if self.class_of(r, day, known) in ("complete", "signed_off")
                and (on := self.completed_on(r, day, known)) is not None and on <= self.milestones[r].last]
        return done, due

    def knock_ons(self, day, known):
        """(step, candidate): the dated milestones of later actions of the same objective that a step which moved may
        reach. Nobody declared an order here. A granted date begins with the month it names; one that is to come "by" a
        month has no first day; one that has passed stands no more."""
        found = []
        for step in self.milestones:
            moved = self.milestones[step]
            if self.class_of(step, day, known) not in ("overdue", "re_dated", "will_not_be_delivered"):
                continue
            grants = self.grants(step, day, known)
            reach = grants[-1].new_day if grants and self.class_of(step, day, known) != "overdue" else None
            if reach and moved.last and reach <= moved.last:
                continue
            for reference, later in self.milestones.items():
                if (later.objective != moved.objective or later.action <= moved.action or not later.last
                        or moved.last and later.last <= moved.last
                        or self.work(reference, day, known) == self.work(step, day, known)
                        or self.class_of(reference, day, known) in ("signed_off", "complete", "will_not_be_delivered")):
                    continue
                own = self.grants(reference, day, known)
                first = own[-1].new_first if own else later.first
                if not reach or not first or first <= reach:
                    found.append((step, reference))
        return found


@dataclasses.dataclass
class Window:
    name: str
    cycle: str
    first: datetime.date
    last: datetime.date
    due: datetime.date
    closed: datetime.date = None
