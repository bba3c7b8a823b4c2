"""Papers of what moves: knock-ons, movement between two days, councils side by side."""
from look import COORDINATOR, SETTLED
from oracle import CLASSES
from papers import percent_of, untrue

DONE = ("complete", "signed_off")
ORDER = list(CLASSES)


# ---- knock-ons

def moved_until(look, milestone):
    """None where a milestone did not move, else until when it pushes; "ever" where no date stands."""
    stands, grants = look.stands(milestone), look.grants(milestone)
    if stands == "overdue" or stands == "will_not_be_delivered" and not grants:
        return "ever"
    if stands not in ("re_dated", "will_not_be_delivered"):
        return None
    return grants[-1].new_day if not milestone.last or grants[-1].new_day > milestone.last else None


def present_first(look, milestone):
    """The first day it has at present: that of the new date, where one was granted and is open."""
    grants = look.grants(milestone)
    return grants[-1].new_first if grants and look.stands(milestone) in ("re_dated", "overdue") else milestone.first


def can_be_pushed(look, milestone, until):
    first = present_first(look, milestone)
    return look.stands(milestone) not in SETTLED and (until == "ever" or not first or first <= until)


def by_plan_order(look, step, milestone):
    return (milestone.objective == step.objective and milestone.action > step.action and milestone.last is not None
            and (not step.last or milestone.last > step.last)
            and look.ask("work", milestone) != look.ask("work", step))


def declared(look, kind):
    """(milestone, step) -> the declaration that stands."""
    return {(r.reference, r.step): r for r in look.oracle.records
            if r.kind == kind and look.oracle.stands(r, look.day, look.moment)}


def knock_ons(look):
    """Nobody declared a chain in the walk: what follows something is followed by nothing."""
    every = [m for m in look.plan.values() if not look.body or look.body in m.bodies]
    follows, independent = declared(look, "after"), declared(look, "independent")
    steps, pushed, spared = [], [], []
    for step in every:
        until = moved_until(look, step)
        if until is None:
            continue
        own = {"candidates": 0, "certain": 0, "independent": 0}
        for milestone in look.milestones:
            after = follows.get((milestone.reference, step.reference))
            if not can_be_pushed(look, milestone, until) or not (after or by_plan_order(look, step, milestone)):
                continue
            apart = independent.get((milestone.reference, step.reference))
            (spared if apart else pushed).append(knock_on(look, step, until, milestone, after, apart))
            if apart:
                own["independent"] += 1
            else:
                own["candidates"] += 1
                own["certain"] += bool(after)
        steps.append({**look.cells(step, "reference", "milestone", "who", "when", "new_when", "last_day", "new_day",
                                   "milestone_class"),
                      "slip_months": look.slip(step), "reach_day": None if until == "ever" else until, **own})
    return {"head": look.head(), "candidates": len({k["reference"] for k in pushed}),
            "certain": len({k["reference"] for k in pushed if k["basis"] == "declared"}),
            "steps": [s for s in steps if s["candidates"] or s["independent"] or s["reference"] in look.references],
            "knock_ons": pushed, "independent": spared}


def knock_on(look, step, until, milestone, after, apart):
    said = apart or after
    return {"step": step.reference, "reach_day": None if until == "ever" else until,
            **look.cells(milestone, "reference", "milestone", "who", "when", "new_when", "last_day", "new_day", "milestone_class",
                         "status", "claimed"), "first_day": present_first(look, milestone),
            "basis": None if apart else "declared" if after else "plan_order", "follows": after.step if after else None,
            "record_id": said.record_id if said else None, "reason": said.note if said else None,
            "declared_on": said.day if said else None, "declared_by": said.by if said else None}


# ---- movement

def movement(before, after, known_from=None, from_as_closed=False, as_closed=False):
    pairs = [(m, before.stands(m), after.stands(m)) for m in after.milestones if m in before.milestones]
    added = [(m, None, after.stands(m)) for m in after.milestones if m not in before.milestones]
    removed = [(m, before.stands(m), None) for m in before.milestones if m not in after.milestones]
    every = sorted(pairs + added + removed, key=lambda p: p[0].place)
    changes = {}
    for milestone, was, now in every:
        changes.setdefault((was, now), []).append(milestone.reference)
    lists = {name: [moved(before, after, m) for m, was, now in pairs if is_so(before, after, m, was, now)]
             for name, is_so in MOVES.items()}
    return {"head": after.head(), "from_day": before.day, "known_from": known_from, "from_version": before.version.number,
            "from_as_closed": from_as_closed, "as_closed": as_closed, "total_before": len(before.milestones),
            "total_added": len(added), "total_removed": len(removed), "total_after": len(after.milestones),
            "exceptions_before": count_exceptions(before), "exceptions_after": count_exceptions(after),
            "classes": [class_movement(c, pairs, added, removed) for c in CLASSES],
            "changes": [{"class_before": was, "class_after": now, "milestones": len(references),
                         "references": references if was != now else []}
                        for (was, now), references in sorted(changes.items(), key=lambda c: [*map(place_of, c[0])])],
            **lists, "added": [moved(before, after, m) for m, *_ in added],
            "removed": [moved(before, after, m) for m, *_ in removed],
            "versions": [{"version": v.number, "day": v.day, "by": COORDINATOR, "note": v.note}
                         for v in after.oracle.adopted(after.day, after.moment)
                         if v not in before.oracle.adopted(before.day, before.moment)]}


def class_movement(name, pairs, added, removed):
    row = {"milestone_class": name, "came": sum(now == name != was for _, was, now in pairs),
           "went": sum(was == name != now for _, was, now in pairs), "added": sum(now == name for _, _, now in added),
           "removed": sum(was == name for _, was, _ in removed)}
    row["before"] = sum(was == name for _, was, _ in pairs) + row["removed"]
    row["after"] = sum(now == name for _, _, now in pairs) + row["added"]
    return row


def place_of(name):
    """Of a class; those that were added have none before, those that were removed none after, and come last."""
    return ORDER.index(name) if name else len(ORDER)


def count_exceptions(look):
    return sum(look.ask("is_exception", m) for m in look.milestones)


def moved(before, after, milestone):
    """One that is not in the plan on one of the days has no class, no date and no status then."""
    was_there, is_there = milestone in before.milestones, milestone in after.milestones
    grants = before.grants(milestone) if was_there else []
    now = after.cells(milestone, "new_when", "new_day", "status", "claimed")
    return {**after.cells(milestone, "reference", "milestone", "who", "when", "last_day"),
            **(now if is_there else dict.fromkeys(now)),
            "class_before": before.stands(milestone) if was_there else None,
            "class_after": after.stands(milestone) if is_there else None,
            "new_day_before": grants[-1].new_day if grants else None}


def fell_due(before, after, milestone, *_):
    due = after.due_day(milestone)
    return due is not None and before.day < due <= after.day


def got_date(before, after, milestone, *_):
    then, now = before.grants(milestone), after.grants(milestone)
    return bool(now) and (not then or now[-1] is not then[-1])


def was_answered(before, after, milestone, was, now):
    """Nothing that counts was said of it, or of its cycle; now something is."""
    if now == "ongoing_answered":
        if was != now:
            return True
    then, word = before.word(milestone), after.word(milestone)
    return bool(word) and now != "no_return" and (not then or was == "no_return" and then[0] is not word[0])


MOVES = {
    "newly_due": fell_due,
    "completed": lambda b, a, m, was, now: now in DONE and was not in DONE,
    "signed_off": lambda b, a, m, was, now: now == "signed_off" != was,
    "re_dated": got_date,
    "became_overdue": lambda b, a, m, was, now: now == "overdue" != was,
    "undeliverable": lambda b, a, m, was, now: now == "will_not_be_delivered" != was,
    "answered": was_answered,
    "fell_silent": lambda b, a, m, was, now: now == "no_return" != was,
    "reopened": lambda b, a, m, was, now: was in DONE and now not in DONE,
    "new_exceptions": lambda b, a, m, *_: a.ask("is_exception", m) and not b.ask("is_exception", m),
    "no_longer_exceptions": lambda b, a, m, *_: b.ask("is_exception", m) and not a.ask("is_exception", m),
}


# ---- councils

FIGURES = (*CLASSES, "covered", "total", "exceptions", "due", "on_target")


def councils(looks):
    """looks: of each council, as its figures are known; None: of one that has no plan for the year."""
    rows = [council(code, look) for code, look in looks]
    head = looks[-1][1].head(plan=None, council_name=None, title="Councils", lead_officer=None, author=None, version=None,
                             adopted_on=None, quarter=None)
    total = {f: sum(row[f] or 0 for row in rows) for f in FIGURES}
    n = sum(look is not None for _, look in looks)
    total.update(dict.fromkeys(("council", "plan", "version", "as_closed")), council_name="All %d" % n,
                 on_target_share=share(total))
    return {"head": {**head, "covered": total["covered"], "total": total["total"]}, "councils": rows, "total": total}


def council(code, look):
    row = {"council": code, "council_name": code.title(),
           **dict.fromkeys(("plan", "version", "as_closed", "on_target_share", *FIGURES))}
    if look:
        missed, due = untrue(look, "on_target", [])
        row.update(look.counts(), plan=code + "/2010-11", version=look.version.number, as_closed=bool(look.oracle.windows),
                   covered=len(look.milestones), total=len(look.milestones), exceptions=count_exceptions(look),
                   due=due, on_target=due - len(missed))
        row["on_target_share"] = share(row)
    return row


def share(row):
    if not row["due"]:
        return "0 of 0"
    return "%d%% (%d of %d)" % (percent_of(row["on_target"], row["due"]), row["on_target"], row["due"])
