"""Papers of windows and of what waits for people: what each body is asked, owes and is told, what a coordinator and the
panel have to do."""
import dataclasses
import datetime

from look import NAMES, SETTLED
from oracle import DAY, Record
from papers import sign_off
from world import PROFILES

EVER = datetime.date.max
KINDS = ("return", "sent_back", "review", "new_date", "sign_off", "note")
OWED = ("missing", "sent_back")


@dataclasses.dataclass
class Asked:
    """What a window asks of a body about a milestone, and what it got."""
    milestone: object
    body: str
    due_day: datetime.date
    state: str                # received, late, sent_back, missing
    answer: Record = None     # the latest that counts, else the latest that was sent back
    answered_by: tuple = ()   # other bodies
    missed: tuple = ()        # days on which earlier cycles ended in the period that the body let pass
    window: object = None


@dataclasses.dataclass
class Demand:
    """What is asked about: a window, or what is due on a day where none is open (window None)."""
    first: datetime.date
    last: datetime.date
    since: datetime.date      # from that day on a return answers what is due once
    until: datetime.date
    window: object = None


def demand_of(window, windows):
    earlier = [w.due + DAY for w in windows if w.cycle == window.cycle and w.last < window.first]
    return Demand(window.first, window.last, max([window.first, *earlier]),
                  max(window.closed, window.last) if window.closed else EVER, window)


def asked(look, demand):
    """By place in the plan, then by body."""
    oracle = look.oracle
    then = look.at(max(min(demand.last, look.day), oracle.adopted_on))
    before = look.at(demand.first - DAY)
    found = []
    for milestone in then.milestones:  # also what a later version leaves out
        stands, grants = then.stands(milestone), then.grants(milestone)
        is_dated = not milestone.recurrence or bool(grants) and stands in ("overdue", "re_dated")
        cycle = None if is_dated else oracle.last_cycle(milestone, demand.last)
        due_day = cycle and cycle[1] if not is_dated else grants[-1].new_day if grants else milestone.last
        if not is_due(demand, is_dated, bool(grants), due_day):
            continue
        since = cycle[0] if cycle else demand.since
        if is_dated and grants and not demand.window:
            since = grants[-1].day + DAY
        answers = {body: answers_of(look, milestone, body, since, demand.until) for body in milestone.bodies}
        for body in sorted(milestone.bodies):
            counted, returned = answers[body]
            if stands in SETTLED and not (counted and before.stands(milestone) not in SETTLED):
                continue
            others = tuple(sorted(b for b, (c, _) in answers.items() if b != body and c))
            found.append(Asked(milestone, body, due_day, state_of(demand, counted, returned), last_of(counted or returned),
                               others, missed_cycles(look, demand, milestone, body), demand.window))
    return found


def is_due(demand, is_dated, is_granted, due_day):
    if due_day is None:
        return False
    if not is_dated:
        return not demand.window or due_day >= demand.first
    return due_day <= demand.last or is_granted and demand.window is not None


def answers_of(look, milestone, body, since, until):
    """A body's returns within reach: those that count, and those sent back."""
    said = [r for r in look.ask("of_kind_return", milestone) if r.organisation == body and since <= r.day <= until]
    is_returned = [look.oracle.verdict(r, look.day, look.moment) == "sent_back" for r in said]
    return [r for r, back in zip(said, is_returned) if not back], [r for r, back in zip(said, is_returned) if back]


def last_of(returns):
    return max(returns, key=lambda r: (r.day, r.record_id), default=None)


def state_of(demand, counted, returned):
    if not counted:
        return "sent_back" if returned else "missing"
    first = min(counted, key=lambda r: r.moment)
    return "late" if demand.window and first.recorded_on > demand.window.due else "received"


def missed_cycles(look, demand, milestone, body):
    if not milestone.recurrence or not demand.window:
        return ()
    ends = [e for e in look.oracle.cycle_ends(milestone) if e <= demand.last]
    missed = []
    for end, following in zip(ends, ends[1:]):
        start = look.oracle.last_cycle(milestone, end)[0]
        if end >= demand.first and not answers_of(look, milestone, body, start, following - DAY)[0]:
            missed.append(end)
    return tuple(missed)


# ---- the status of a window

def window_status(look, window):
    rows = sorted(asked(look, demand_of(window, look.oracle.windows)), key=lambda a: (a.body, a.milestone.place))
    if look.filters["organisation"] or look.body:
        rows = [a for a in rows if a.body == (look.filters["organisation"] or look.body)]
    bodies = [{"organisation": body, "name": NAMES[body], **tally([a for a in rows if a.body == body])}
              for body in sorted({a.body for a in rows})]
    is_closed = window.closed and window.closed <= look.day and window.close_moment <= look.moment
    return {"head": look.head(), "window": window.name, "cycle": window.cycle, "first_day": window.first,
            "last_day": window.last, "opened_on": window.opened, "due_on": window.due,
            "closed_on": window.closed if is_closed else None,
            **tally(rows), "bodies": bodies, "milestones": [
                {"organisation": a.body, **look.cells(a.milestone, "reference", "milestone", "who", "when", "new_when"),
                 "due_day": a.due_day, "state": a.state, "record_id": a.answer.record_id if a.answer else None,
                 "answered_by": list(a.answered_by), "missed_cycles": [str(d) for d in a.missed]} for a in rows]}


def tally(rows):
    states = [a.state for a in rows]
    return {"asked": len(rows), "received": states.count("received") + states.count("late"), "late": states.count("late"),
            "sent_back": states.count("sent_back"), "missing": states.count("missing")}


# ---- what bodies owe

def owed(look):
    """By place in the plan, then by body: (what is asked, whether the last word was sent back). What was sent back waits to
    be sent anew, whether a window asks for it or not; of several windows the one that is due first asks."""
    opened = [w for w in look.oracle.windows if w.opened <= look.day and not (w.closed and w.closed <= look.day)]
    demands = [demand_of(w, look.oracle.windows) for w in sorted(opened, key=lambda w: w.due)]
    found = {}
    for demand in demands or [Demand(look.day, look.day, datetime.date.min, look.day)]:
        for a in asked(look, demand):
            if a.state in OWED:
                found.setdefault((a.milestone.place, a.body), a)
    rows = {}
    for milestone in look.milestones:
        for body in sorted(milestone.bodies):
            a = found.get((milestone.place, body))
            said = [r for r in look.ask("of_kind_return", milestone) if r.organisation == body]
            last = max(said, key=lambda r: (r.day, r.moment), default=None)
            is_returned = bool(last) and look.oracle.verdict(last, look.day, look.moment) == "sent_back"
            if is_returned and look.stands(milestone) not in SETTLED:
                a = a or Asked(milestone, body, present_due(look, milestone), "sent_back")
                rows[milestone.place, body] = (dataclasses.replace(a, answer=last), True)
            elif a:
                rows[milestone.place, body] = (a, a.state == "sent_back")
    return [rows[key] for key in sorted(rows)]


def present_due(look, milestone):
    grants = look.grants(milestone)
    return grants[-1].new_day if grants else look.due_day(milestone)


def owed_items(look, bodies):
    rows = [(a, returned) for a, returned in owed(look) if a.body in bodies]
    return [item(look, a.milestone, "sent_back" if returned else "return", a.body, a.answer if a.answer else None, a)
            for a, returned in rows]


def item(look, milestone, kind, organisation, record=None, a=None):
    """What waits for somebody."""
    due_day = a.due_day if a else present_due(look, milestone)
    due_on = a.window.due if a and a.window else None
    last = max(look.ask("of_kind_return", milestone), key=lambda r: (r.day, r.moment), default=None)
    comment = [r for r in look.ask("of_kind_review", milestone) if r.of is record] if kind == "sent_back" else []
    asks = record if kind == "new_date" else None
    return {"kind": kind, "plan": look.head()["plan"], "organisation": organisation,
            **look.cells(milestone, "reference", "action", "milestone", "who", "when", "new_when", "measure"),
            "due_day": due_day, "window": a.window.name if a and a.window else None, "due_on": due_on,
            "late": bool(a) and (due_on or due_day) < look.day, "record_id": record.record_id if record else None,
            "last_status": last.status if last else None, "last_note": last.note if last else None,
            "last_day": last.day if last else None, "last_by": last.organisation if last else None,
            "last_plan": None,  # every word is of the plan itself
            "comment": comment[-1].note if comment else None, "asked_date": asks.phrase if asks else None,
            "asked_reason": asks.reason if asks else None, "answered_by": list(a.answered_by) if a else []}


# ---- what waits for coordinator and panel

def coordinator_items(look):
    """Each body's last word on a milestone, if nobody said anything to it; those that ask for a new date are asked about it."""
    granted = {id(g.of) for m in look.milestones for g in look.grants(m)}
    items = []
    for milestone in look.milestones:
        last = {}
        for said in sorted(look.oracle.about["return", milestone.reference], key=lambda r: (r.day, r.moment)):
            if look.oracle.stands(said, look.day, look.moment):
                last[said.organisation] = said
        waiting = []
        for body, said in last.items():
            verdict = look.oracle.verdict(said, look.day, look.moment)
            if said.phrase and id(said) not in granted and verdict != "sent_back":
                waiting.append(("new_date", body, said))
            elif verdict is None and not said.phrase:
                waiting.append(("review", body, said))
        items += [item(look, milestone, *w) for w in sorted(waiting, key=lambda w: (KINDS.index(w[0]), w[1]))]
    return items


def panel_items(look):
    waiting = sign_off(look)
    kinds = {i["reference"]: kind for kind, of in (("sign_off", "complete"), ("note", "undeliverable")) for i in waiting[of]}
    return [item(look, m, kinds[m.reference], None) for m in look.milestones if m.reference in kinds]


# ---- the papers

def to_do(look, profile):
    bodies = {p: b for b, p in PROFILES.items()}
    if profile in bodies:
        return owed_items(look, {bodies[profile]})
    if profile == "coordinator":
        places = {m.reference: m.place for m in look.milestones}
        return sorted(owed_items(look, {"copeland"}) + coordinator_items(look),
                      key=lambda i: (places[i["reference"]], KINDS.index(i["kind"])))
    return panel_items(look) if profile == "panel" else []


def outstanding(look):
    left = ("plan", "action", "measure", "last_note", "comment", "asked_date", "asked_reason")
    shown = lambda items: [{k: v for k, v in i.items() if k not in left} for i in
                           sorted(items, key=lambda i: i["organisation"] or "")]
    bodies = {look.body or look.filters["organisation"]} if look.body or look.filters["organisation"] else set(NAMES)
    returns = owed_items(look, bodies)
    owing = sorted({i["organisation"] for i in returns})
    coordinator = [i for i in coordinator_items(look) if i["organisation"] in bodies]
    return {"head": look.head(), "owed": len(returns),
            "bodies": [{"organisation": body, "name": NAMES[body], "owed": len(of),
                        "sent_back": sum(i["kind"] == "sent_back" for i in of), "late": sum(i["late"] for i in of)}
                       for body in owing if (of := [i for i in returns if i["organisation"] == body])],
            "returns": shown(returns), "coordinator": [] if look.body else shown(coordinator),
            "panel": [] if look.body else shown(panel_items(look))}


def digests(look):
    """One for each body that owes something, none when nothing is."""
    every = {body: owed_items(look, {body}) for body in sorted(NAMES)}
    return [{"council_name": NAMES["copeland"], "organisation": body, "organisation_name": NAMES[body],
             "addresses": [PROFILES[body] + "@example.org"], "items": items} for body, items in every.items() if items]
