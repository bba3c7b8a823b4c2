"""Papers: the message each report must be, made from the oracle alone. Here those that say where milestones stand."""
import collections

from look import COORDINATOR, NAMES, PLAN, SETTLED
from oracle import CLASSES, DAY, REGISTER, months_on, whole_months

CLAIM_WORDS = {"deliver_within_year": "deliver within the year", "have_new_date": "have a new date",
               "failed_timetable": "had failed their timetable", "on_target": "on target"}


# ---- the exception report

def exceptions(look, claims=()):
    listed = [m for m in look.milestones if look.ask("is_exception", m)]
    objectives = []
    for code, actions in look.by_action(listed).items():
        row = next(iter(actions.values()))[0].row
        objectives.append({"code": code, "heading": row["objective_heading"], "title": row["objective_title"], "actions": [
            {"reference": "%s/%d" % (code, number), "action": milestones[0].row["action"],
             "milestones": [exception(look, m) for m in milestones]} for number, milestones in actions.items()]})
    return {"head": look.head(), "objectives": objectives, "account": account_of(look, listed),
            "claims": [claim_put(look, *c) for c in claims]}


def exception(look, milestone):
    due = look.due_day(milestone)
    return {**look.cells(milestone, "reference", "milestone", "who", "when", "new_when", "last_day", "new_day", "measure",
                         "milestone_class", "status", "claimed"),
            "not_yet_due": look.stands(milestone) == "re_dated" and due is not None and due > look.day,
            "extensions": len(look.grants(milestone)), "slip_months": look.slip(milestone)}


def account_of(look, listed):
    """What the exception report closes with."""
    return {"total": len(look.milestones),
            "classes": [{"milestone_class": c, "milestones": n} for c, n in look.counts().items()],
            "exception_milestones": len(listed),
            "exception_actions": len({m.reference.rsplit("/", 1)[0] for m in listed}),
            "exception_objectives": len({m.objective for m in listed}),
            "complete_late": len(late(look)),
            "no_return": named(look, [(g, [m for m in look.of_class("no_return") if silent_group(look, m) == g])
                                      for g in ("before_plan_year", "earlier_quarters", "this_quarter", "cycles")]),
            "undated": named(look, [("empty", [m for m in look.of_class("undated") if not m.when]),
                                    ("prose", [m for m in look.of_class("undated") if m.when])]),
            "claims": [claim(look, name, listed) for name in ("deliver_within_year", "have_new_date", "failed_timetable")],
            "settled": named(look, [("noted", [m for m in look.milestones if look.ask("is_noted", m)]),
                                    ("changed_since", [m for m in look.milestones if look.ask("is_changed_since", m)])]),
            "pieces_of_work": look.pieces_of_work()}


def named(look, groups):
    return [{"name": name, "milestones": [
        {**look.cells(m, "reference", "milestone", "who", "when"), "sent_back": was_sent_back(look, m)} for m in milestones]}
        for name, milestones in groups]


def was_sent_back(look, milestone):
    """Something was returned, of what recurs in or after the last cycle, and all of it was sent back."""
    cycle = look.oracle.last_cycle(milestone, look.day) if milestone.recurrence else None
    returns = [r for r in look.oracle.of_kind("return", milestone.reference, look.day, look.moment)
               if not cycle or r.day >= cycle[0]]
    return bool(returns) and all(look.oracle.verdict(r, look.day, look.moment) == "sent_back" for r in returns)


def silent_group(look, milestone):
    """Where one that nobody answered is listed."""
    if milestone.recurrence:
        return "cycles"
    if milestone.last < look.oracle.year_start:
        return "before_plan_year"
    quarter_start = look.day.replace(month=(look.day.month - 1) // 3 * 3 + 1, day=1)
    return "earlier_quarters" if milestone.last < quarter_start else "this_quarter"


def late(look):
    """Of the complete, those that were so after their programmed day."""
    return [m for m in look.of_class("complete", "signed_off")
            if m.last and (done := look.ask("completed_on", m)) and done > m.last]


def untrue(look, name, listed):
    """The milestones that a claim is not true of, and of how many it is judged."""
    if name == "on_target":
        due = [m for m in look.milestones if m.last and m.last <= look.day]
        return [m for m in due if not (look.stands(m) in ("complete", "signed_off") and (on := look.ask("completed_on", m))
                                       and on <= m.last)], len(due)

    def is_true(milestone):
        grants = look.grants(milestone)
        if name == "have_new_date":
            return bool(grants)
        if name == "deliver_within_year":
            return (bool(grants) and grants[-1].new_day <= look.oracle.year_end
                    and look.stands(milestone) != "will_not_be_delivered")
        due = look.due_day(milestone)
        return look.stands(milestone) == "overdue" or due is not None and due <= look.day
    return [m for m in listed if not is_true(m)], len(listed)


def claim(look, name, listed):
    false, total = untrue(look, name, listed)
    return {"name": name, "holds": not false, "satisfied": total - len(false), "of": total,
            "exceptions": [m.reference for m in false], "sentence": None, "percent": None}


def claims_to_put(look):
    """Sentences about a day, true and false ones, with their check and whether they hold by what they say."""
    listed = [m for m in look.milestones if look.ask("is_exception", m)]
    put = [("all deliver within the year", "deliver_within_year", None), ("how many are on target?", "on_target", "?")]
    for name, more in (("have_new_date", 0), ("failed_timetable", 1)):
        false, total = untrue(look, name, listed)
        said = total - len(false) - more
        if said >= 0:
            put.append(("%d of %d %s" % (said, total, CLAIM_WORDS[name]), name, said))
    return put


def claim_put(look, sentence, name, said):
    """said: of how many the sentence says it; None: of all; "?": it asks."""
    judged = claim(look, name, [m for m in look.milestones if look.ask("is_exception", m)])
    if said is not None:
        judged["holds"] = None if said == "?" else said == judged["satisfied"]
    return {**judged, "sentence": sentence, "percent": percent_of(judged["satisfied"], judged["of"])}


def percent_of(part, whole):
    """Rounded, but never up to all of it."""
    if not whole:
        return None
    return min((200 * part + whole) // (2 * whole), 99 if part < whole else 100)


# ---- lists

def extensions(look):
    moved = [m for m in look.milestones if look.grants(m)]
    slips = collections.Counter(look.slip(m) for m in moved)
    rows = []
    for milestone in moved:
        grants = look.grants(milestone)
        for n, grant in enumerate(grants, 1):
            until_then = grants[n - 2].new_day if n > 1 else look.due_day(milestone)
            rows.append({**look.cells(milestone, "reference", "milestone", "who", "when", "last_day", "milestone_class"),
                         "extensions": len(grants), "number": n, "new_when": grant.phrase, "new_day": grant.new_day,
                         "slip_months": whole_months(milestone.last, grant.new_day) if milestone.last else None,
                         "granted_on": grant.day, "grantor": COORDINATOR, "reason": grant.note,
                         "before_due": until_then is None or grant.day < until_then, "in_force": n == len(grants)})
            if until_then is None:
                rows[-1]["before_due"] = None
    return {"head": look.head(), "milestones": len(moved), "extensions": len(rows),
            "slip_months": sum(look.slip(m) or 0 for m in moved), "without_baseline": slips[None],
            "slips": [{"slip_months": s, "milestones": slips[s]}
                      for s in sorted((s for s in slips if slips[s]), key=lambda s: (s is None, s or 0))], "grants": rows}


def forward(look, months):
    until = months_on(look.day + DAY, months) - DAY
    days = []
    for milestone in look.milestones:
        stands, grants = look.stands(milestone), look.grants(milestone)
        if stands in SETTLED:
            continue
        coming = []
        if stands == "re_dated":
            coming.append((grants[-1].new_day, "new_date"))
        if milestone.recurrence:
            after = grants[-1].new_day if stands == "re_dated" else look.day
            coming += [(end, "cycle") for end in look.oracle.cycle_ends(milestone) if end > after]
        elif not grants and milestone.last:
            coming.append((milestone.last, "date"))
        days += [(due, milestone.place, why, milestone) for due, why in coming if look.day < due <= until]
    days.sort(key=lambda d: d[:2])
    kinds = collections.Counter(why for _, _, why, _ in days)
    counts = look.counts()
    return {"head": look.head(), "months": months, "until": until, "milestones": len({m.reference for *_, m in days}),
            "dates": kinds["date"], "new_dates": kinds["new_date"], "cycles": kinds["cycle"],
            **{c: counts[c] for c in ("overdue", "no_return", "undated")},
            "days": [{"month": due.strftime("%B %Y"), "due_day": due, "because": why,
                      **look.cells(m, "reference", "milestone", "who", "when", "new_when", "measure", "milestone_class",
                                   "status", "claimed")} for due, _, why, m in days]}


def completed(look, since):
    rows = []
    for milestone in look.of_class("complete", "signed_off"):
        done, sign_off = look.ask("completed_on", milestone), look.ask("sign_off", milestone)
        signed = sign_off.day if sign_off and sign_off.status == "signed_off" else None
        by_text = look.oracle.completed_by_text(milestone, look.day)
        counts = max((d for d in (done or (milestone.since.day if by_text else None), signed) if d), default=None)
        if counts and counts > since:
            rows.append({**look.cells(milestone, "reference", "milestone", "who", "when", "last_day", "new_day",
                                      "milestone_class"),
                         "completed_on": done, "signed_off_on": signed, "counts_from_day": counts,
                         "late": bool(done and milestone.last and done > milestone.last), **who_says_so(look, milestone),
                         "without_evidence": sign_off.note if signed else None})
    return {"head": look.head(), "since": since, "milestones": len(rows),
            "signed_off": sum(r["milestone_class"] == "signed_off" for r in rows), "late": sum(r["late"] for r in rows),
            "day_unknown": sum(r["completed_on"] is None for r in rows), "completed": rows}


def who_says_so(look, milestone):
    """Whose word it is that something is complete: the return that counts, where that says so."""
    word = look.word(milestone)
    said = word[0] if word and word[1] == "complete" else None
    if not said:
        return {"by_the_plan": look.stands(milestone) == "complete", **dict.fromkeys(("organisation", "by", "evidence", "note"))}
    return {"by_the_plan": False, "organisation": said.organisation, "by": said.by, "evidence": said.evidence or None,
            "note": said.note}


def no_return(look):
    groups = ("before_plan_year", "earlier_quarters", "this_quarter", "cycles")
    silent = sorted(look.of_class("no_return"), key=lambda m: (groups.index(silent_group(look, m)), m.place))
    rows = []
    for milestone in silent:
        cycle = look.oracle.last_cycle(milestone, look.day) if milestone.recurrence else None
        rows.append({"group": silent_group(look, milestone), **look.cells(milestone, "reference", "milestone", "who", "when"),
                     "due_day": cycle[1] if cycle else milestone.last, "recurrence": milestone.recurrence,
                     "cycle_starts_day": cycle[0] if cycle else None, "organisations": sorted(milestone.bodies),
                     "sent_back": was_sent_back(look, milestone)})
    return {"head": look.head(), "milestones": len(rows), "due_once": sum(not m.recurrence for m in silent),
            "from_a_day": sum(bool(m.recurrence and m.last) for m in silent),
            "no_day": sum(bool(m.recurrence and not m.last) for m in silent),
            "sent_back": sum(r["sent_back"] for r in rows), "silent": rows}


# ---- the account by groups

def account(look, by):
    of = {"objective": lambda m: [m.objective], "organisation": lambda m: sorted(m.bodies),
          "owner": lambda m: sorted(set(m.named)) or [None], "plan": lambda m: [PLAN]}[by]
    rows = {}
    for milestone in look.milestones:
        for code in of(milestone):
            rows.setdefault(code, []).append(milestone)
    in_several = sum(len(of(m)) > 1 for m in look.milestones)
    names = {"organisation": NAMES, "owner": REGISTER, "plan": {PLAN: look.oracle.title},
             "objective": {m.objective: m.row["objective_title"] for m in look.milestones}}[by]
    return {"head": look.head(), "by": by, "rows": [account_row(look, c, names.get(c), ms) for c, ms in rows.items()],
            "whole": account_row(look, PLAN, look.oracle.title, look.milestones), "overlaps": in_several > 0,
            "in_several": in_several, "pieces_of_work": look.pieces_of_work()}


def account_row(look, code, name, milestones):
    counts = collections.Counter(look.stands(m) for m in milestones)
    return {"code": code, "name": name, **{c: counts[c] for c in CLASSES}, "total": len(milestones)}


# ---- what waits for the panel

def sign_off(look):
    lists = {"complete": look.of_class("complete"),
             "undeliverable": [m for m in look.of_class("will_not_be_delivered") if not look.ask("is_noted", m)],
             "changed": [m for m in look.milestones if look.ask("is_changed_since", m)]}
    return {"head": look.head(), **{name: [panel_item(look, m) for m in of] for name, of in lists.items()},
            "signed_off": len(look.of_class("signed_off")),
            "noted": sum(look.ask("is_noted", m) for m in look.of_class("will_not_be_delivered"))}


def panel_item(look, milestone):
    is_complete = look.stands(milestone) == "complete"
    word, sign_off = look.word(milestone), look.ask("sign_off", milestone)
    said_so = word and word[1] == "complete" and not milestone.recurrence
    evidence = sorted({r.evidence for r, s, _ in look.ask("words", milestone) if s == "complete" and r.evidence
                       and r.day >= look.ask("completed_on", milestone)}) if is_complete and said_so else []
    return {**look.cells(milestone, "reference", "milestone", "who", "when", "status"),
            "completed_on": look.ask("completed_on", milestone) if is_complete else None,
            "ground": ("accepted_return" if said_so else "plan_text") if is_complete else None,
            "evidence": evidence, "lacks_evidence": is_complete and not evidence, "own_work": "SHP" in milestone.named,
            "said_on": word[0].day if word else None,
            "signed_off_on": sign_off.day if sign_off and sign_off.status == "signed_off" else None,
            "same_as": look.same_as(milestone)}
