"""Papers of what was recorded: the history of a milestone, doubts, publications and what came after them, the roll."""
import collections

from contract import UNKNOWN
from look import COORDINATOR, PLAN, SETTLED
from oracle import REGISTER

NEXT_PLAN = "copeland/2011-12"
KINDS = {"return": "return", "review": "review", "grant": "grant", "sign_off": "sign_off", "override": "rating",
         "figure": "figure", "after": "order", "independent": "independence"}
SHARED_KINDS = ("return", "review", "grant", "sign_off")  # what is done to one piece of work is done to each milestone of it
DOUBTS = ("undefined_code", "probable_slip", "no_owner", "empty_date", "prose_date", "date_outside_year", "same_work",
          "complete_in_measure")
SAME_WORK_DOUBTS = (("SH2.1/5/1", "SH2.2/1/1"), ("SH3.3/5/1", "SH3.4/2/1"), ("SH3.3/6/1", "SH3.4/3/1"))
COMPLETE_IN_MEASURE = ("SH2.1/1/1", "SH3.2/3/1", "SH4.4/2/1")
SLIPS = ("SHM",)


# ---- history

def history(look, milestone):
    sign_off = look.ask("sign_off", milestone)
    grants = look.grants(milestone)
    return {"head": look.head(covered=None, total=None), "objective_heading": milestone.row["objective_heading"],
            "milestone": {"plan": PLAN, "objective_code": milestone.objective, "recurrence": milestone.recurrence,
                          **look.cells(milestone, "reference", "action", "milestone", "who", "when", "measure", "first_day",
                                       "last_day", "new_when", "new_day", "milestone_class", "status", "claimed"),
                          "ongoing": milestone.ongoing, "extensions": len(grants), "slip_months": look.slip(milestone),
                          "owners": list(milestone.owners), "organisations": sorted(milestone.bodies),
                          "same_as": look.same_as(milestone),
                          "signed_off_on": sign_off.day if sign_off and sign_off.status == "signed_off" else None},
            "events": events(look, milestone)}


def events(look, milestone):
    since = milestone.since
    none = dict.fromkeys(("day", "by", "organisation", "text", "of_record"))
    shared = [s for s in look.oracle.shared if s.reference == milestone.reference]
    found = [{**none, "record_id": UNKNOWN, "kind": "reading", "recorded_at": since.recorded_on}]
    found += [{**none, "record_id": UNKNOWN, "kind": "share", "day": since.day, "recorded_at": since.recorded_on,
               "organisation": body} for body in sorted(milestone.bodies - {s.body for s in shared})]
    later = [(s.moment, {**none, "record_id": UNKNOWN, "kind": "share", "day": s.day, "recorded_at": s.day, "by": COORDINATOR,
                         "organisation": s.body, "text": s.reason}) for s in shared]
    for doubt in look.oracle.dismissed:
        if milestone.reference in doubt.references:
            told = {**none, "record_id": UNKNOWN, "by": COORDINATOR, "of_record": UNKNOWN}
            later.append((doubt.moment, {**told, "kind": "settlement", "day": doubt.day, "recorded_at": doubt.day,
                                         "text": doubt.reason}))
            if doubt.reopened:
                on, moment = doubt.reopened
                later.append((moment, {**told, "kind": "revocation", "day": on, "recorded_at": on,
                                       "text": doubt.reopened_because}))
    for references, on, moment, reason in look.oracle.declared_same:
        if milestone.reference in references:
            told = {**none, "record_id": UNKNOWN, "day": on, "recorded_at": on, "by": COORDINATOR, "text": reason}
            later.append((moment, {**told, "kind": "same_work"}))
            if tuple(sorted(references)) in SAME_WORK_DOUBTS:
                later.append((moment, {**told, "kind": "settlement", "of_record": UNKNOWN}))
    for record in records_about(look, milestone):
        later += acts_of(look, record)
    return found + [event for _, event in sorted(later, key=lambda e: e[0])]


def records_about(look, milestone):
    work = look.ask("work", milestone)
    for record in look.oracle.records:
        own = record.reference == milestone.reference or record.step == milestone.reference
        if record.kind in KINDS and (own or record.reference in work and record.kind in SHARED_KINDS):
            yield record


def acts_of(look, record):
    """A record, and its counter-act, as events."""
    made = {"record_id": record.record_id, "kind": KINDS[record.kind], "day": record.day, "recorded_at": record.recorded_on,
            "by": record.by, "organisation": record.organisation, "text": record.note or record.reason,
            "of_record": record.of.record_id if record.of else None}
    if record.kind in ("after", "independent"):
        made["organisation"] = "copeland"
    if record.day <= look.day and record.moment <= look.moment:
        yield record.moment, made
    if record.undone and record.undone[0] <= look.day and record.undone[1] <= look.moment:
        on, moment = record.undone
        yield moment, {**made, "record_id": UNKNOWN, "kind": "withdrawal" if record.kind == "return" else "revocation", "day": on,
                       "recorded_at": on, "organisation": None, "text": record.undone_because, "of_record": record.record_id}


# ---- doubts

def doubts(look):
    every = [{**d, "references": [r for r in d["references"] if r in look.plan]} for d in doubts_of(look.oracle)
             if set(d["references"]) & set(look.references)]
    settled = {}
    for references, on, moment, reason in look.oracle.declared_same:
        if on <= look.day and moment <= look.moment:
            settled[tuple(sorted(references))] = (on, "declared the same work: " + reason)
    lists = collections.defaultdict(list)
    for doubt in every:
        is_declared = doubt["kind"] == "same_work" and tuple(sorted(doubt["references"])) in settled
        on, how = settled[tuple(sorted(doubt["references"]))] if is_declared else (None, None)
        reopened_on = None
        for said in look.oracle.dismissed:
            if (said.kind, said.subject) == (doubt["kind"], doubt["subject"]) and doubt["reference"] in said.references:
                stands = said.stands(look.day, look.moment)
                on, how = (said.day, "dismissed: " + said.reason) if stands else (None, None)
                reopened_on = said.reopened[0] if stands is False else None
        lists["settled" if on else "open"].append({**doubt, "settled_on": on, "settlement": how, "reopened_on": reopened_on})
    kinds = [{"kind": k, **{name: sum(d["kind"] == k for d in lists[name]) for name in ("open", "settled")}}
             for k in DOUBTS if any(d["kind"] == k for d in every)]
    return {"head": look.head(), "open_doubts": len(lists["open"]), "settled_doubts": len(lists["settled"]), "kinds": kinds,
            "open": lists["open"], "settled": lists["settled"]}


def doubts_of(oracle):
    """What is strange about the plan, in the order of its milestones: what can be counted is, the rest is read in it."""
    found = []
    naming = collections.defaultdict(list)
    for m in oracle.milestones.values():
        day = m.last or m.completed_on
        found += [(m, kind, subject, [m.reference]) for kind, subject, is_so in (
            ("no_owner", "", not m.who), ("empty_date", "", not m.when), ("prose_date", m.when, m.when and not m.understood),
            ("date_outside_year", m.when, day and not oracle.year_start <= day <= oracle.year_end),
            ("complete_in_measure", m.when, m.reference in COMPLETE_IN_MEASURE)) if is_so]
        for name in m.named:
            naming[name].append(m.reference)
    for name, references in naming.items():
        if name not in REGISTER:
            kind = "probable_slip" if name in SLIPS else "undefined_code"
            found.append((oracle.milestones[references[0]], kind, name, references))
    found += [(oracle.milestones[one], "same_work", other, [one, other]) for one, other in SAME_WORK_DOUBTS]
    found.sort(key=lambda d: (d[0].place, d[1], d[2]))
    return [{"kind": kind, "reference": m.reference, "subject": subject, "references": references}
            for m, kind, subject, references in found]


# ---- what arrived after a publication

def arrivals(look, moment):
    """Records that a publication of a day, as known at a moment, did not know, and that speak of that day or one before."""
    found = []
    for record in look.oracle.records:
        for when, event in acts_of(look, record):
            if when > moment:
                event = {k: v for k, v in event.items() if k != "text"}
                reference = ", ".join(sorted({record.reference, record.step or record.reference}))
                found.append((when, {**event, "reference": reference}))
    for window in look.oracle.windows:
        told = {"reference": None, "by": COORDINATOR, "organisation": None}
        if window.opened <= look.day and window.open_moment > moment:
            found.append((window.open_moment, {**told, "record_id": window.record_id, "kind": "window", "day": window.opened,
                                               "recorded_at": window.opened, "of_record": None}))
        if window.closed and window.closed <= look.day and window.close_moment > moment:
            found.append((window.close_moment, {**told, "record_id": UNKNOWN, "kind": "window close", "day": window.closed,
                                                "recorded_at": window.closed, "of_record": window.record_id}))
    return [event for _, event in sorted(found, key=lambda e: e[0])]


# ---- the next year

def rolled(look):
    """(milestone, whether it goes on): what is open or ongoing does; what comes round also where it will not be delivered
    this year."""
    return [(m, stands not in SETTLED or stands == "will_not_be_delivered" and m.recurrence is not None)
            for m in look.milestones for stands in [look.stands(m)]]


def roll(look):
    every = rolled(look)
    carried = [m for m, goes_on in every if goes_on]
    left = collections.Counter(look.stands(m) for m, goes_on in every if not goes_on)
    ongoing = sum(m.recurrence is not None for m in carried)
    return {"plan": NEXT_PLAN, "version": 1, "made": True, "from_plan": PLAN, "from_version": look.version.number,
            "as_at": look.day, "carried": len(carried), "open": len(carried) - ongoing, "ongoing": ongoing, "left": left.total(),
            **{c: left[c] for c in SETTLED}, "edited_version": None, "changes": [], **said_of(look, carried)}


def said_of(look, milestones):
    """What was declared of milestones that all go on, and so goes on with them."""
    go_on = {m.reference for m in milestones}
    orders = [r for r in look.oracle.records if r.kind in ("after", "independent") and look.oracle.stands(r, look.day, look.moment)]
    return {"orders": sum({r.reference, r.step} <= go_on for r in orders),
            "same_work": sum(references <= go_on for references, *_ in look.oracle.same),
            "shares": sum(s.reference in go_on for s in look.oracle.shared)}


def carried(look):
    rows = []
    for milestone, goes_on in rolled(look):
        grants = look.grants(milestone)
        is_moved = grants and look.stands(milestone) in ("overdue", "re_dated")
        rows.append({"outcome": "carried" if goes_on else "left", "plan": NEXT_PLAN,
                     "reference": milestone.reference if goes_on else None, "from_plan": PLAN,
                     "from_reference": milestone.reference, "milestone": milestone.row["milestone"],
                     "when": (grants[-1].phrase if is_moved else milestone.when) if goes_on else None,
                     "from_when": milestone.when, "from_class": look.stands(milestone),
                     "ongoing": milestone.recurrence is not None, "record_id": UNKNOWN if goes_on else None, "reason": None,
                     "revoked_on": None})
    return rows
