"""Papers of ratings: how far behind a milestone is, what each of the three schemes makes of it, and who says otherwise."""
import collections
import fractions

from look import COORDINATOR
from oracle import DAY, begun_months, months_on

MARKS = {"green": "G", "amber": "A", "red": "R", "hashed": "#", "grey": "N"}  # in the order that counts are listed
DUE = ("overdue", "no_return")
DONE = ("complete", "signed_off")


def is_in(*classes):
    return lambda f: f["class"] in classes


def rated(word):
    return lambda f: f["officer"] == word


# The rows of each scheme: the first that fits gives the rating. True: it asks for the officer's own.
SCHEMES = {
    "months-behind": ("Months behind", (
        (is_in("will_not_be_delivered"), "red", False),
        (is_in("re_dated"), "hashed", False),
        (lambda f: f["class"] in DONE and f["months"] and f["months"] > 1, "red", False),
        (lambda f: f["class"] in DONE and f["months"] == 1, "amber", False),
        (is_in(*DONE), "green", False),
        (is_in("not_yet_due", "ongoing_answered"), "green", False),
        (lambda f: f["class"] in DUE and f["months"] > 1, "red", False),
        (is_in(*DUE), "amber", False),
        (is_in("undated"), "grey", False))),
    "date-and-judgement": ("Date and judgement", (
        (rated("red"), "red", True), (rated("amber"), "amber", True), (rated("green"), "green", True),
        (is_in("will_not_be_delivered"), "red", False),
        (is_in(*DUE), "red", False),
        (is_in("re_dated"), "amber", False),
        (is_in(*DONE, "not_yet_due", "ongoing_answered"), "green", False),
        (lambda f: True, "grey", False))),
    "figures": ("Tolerance for figures", (
        (is_in("will_not_be_delivered"), "red", False),
        (lambda f: f["percent"] is not None and f["percent"] >= 100, "green", False),
        (lambda f: f["percent"] is not None and f["percent"] >= 90, "amber", False),
        (lambda f: f["percent"] is not None, "red", False),
        (lambda f: True, "grey", False))),
    "our-rag": ("Our own", (  # the council's; it leaves some unrated
        (lambda f: f["status"] == "none", "grey", False),
        (lambda f: f["is_re_dated"] and f["class"] == "overdue", "red", False),
        (lambda f: f["days"] is not None and f["days"] > 60, "red", False),
        (lambda f: f["days"] is not None and 1 <= f["days"] <= 60, "amber", False),
        (is_in(*DONE, "not_yet_due", "ongoing_answered"), "green", False))),
}
OUR_ROWS = (  # the same as a file
    {"status": "none", "rating": "grey", "mark": "N", "rule": "Nobody has said anything."},
    {"class": "overdue", "re_dated": "yes", "rating": "red", "mark": "R", "rule": "Its new date has passed, too."},
    {"days": "61+", "rating": "red", "mark": "R", "rule": "It is more than sixty days behind."},
    {"days": "1-60", "rating": "amber", "mark": "A", "rule": "It is up to sixty days behind."},
    {"class": "signed_off;complete;not_yet_due;ongoing_answered", "rating": "green", "mark": "G", "rule": "It is on target."})


# ---- how far behind

def behind_since(look, milestone):
    """Behind the plan's own date; a new date makes no delay shorter. What recurs is behind since the end of the first cycle
    that no answer covers, of one that was given a date and missed it since that, "not started" since its last cycle's end."""
    stands, grants, word = look.stands(milestone), look.grants(milestone), look.word(milestone)
    new_day = grants[-1].new_day if grants else None
    if stands in DONE:
        return milestone.last or new_day
    if not milestone.recurrence:
        return min(d for d in (milestone.last, new_day) if d)
    if stands == "re_dated":
        return new_day
    ends = look.oracle.cycle_ends(milestone)
    if stands == "no_return":
        starts = [None] + [end + DAY for end in ends]
        return ends[0] if not word else next(e for s, e in zip(starts, ends) if s and s > word[0].day)
    cycle = look.oracle.last_cycle(milestone, look.day)
    return cycle[1] if word and word[1] == "not_started" and cycle and word[0].day >= cycle[0] else new_day


def measure(look, milestone):
    """Begun months and days behind; None where that is not measured."""
    stands = look.stands(milestone)
    if stands in ("not_yet_due", "ongoing_answered"):
        return 0, 0
    if stands in ("undated", "will_not_be_delivered"):
        return None, None
    since = behind_since(look, milestone)
    until = look.ask("completed_on", milestone) if stands in DONE else look.day
    if not since or not until:
        return None, None
    months = begun_months(since, until) if until > since else 0
    return max(months, 1) if stands in DUE else months, max((until - since).days, 0)


# ---- what is given besides

def latest(look, milestone, kind):
    found = look.oracle.of_kind(kind, milestone.reference, look.day, look.moment)
    return max(found, key=lambda r: (r.day, r.moment)) if found else None


def override(look, milestone):
    """The override in force, and the last day it stands in."""
    made = latest(look, milestone, "override")
    until = lapses(look, made) if made else None
    return (made, until) if made and until >= look.day else (None, None)


def lapses(look, made):
    """It lapses when a window of a later period than that of its day is opened, and at the latest when the quarter after its
    own ends; before any window was opened, when its own does."""
    opened = [w for w in look.oracle.windows if w.opened <= look.day and w.open_moment <= look.moment]
    quarter = made.day.replace(month=(made.day.month - 1) // 3 * 3 + 1, day=1)
    last = months_on(quarter, 6 if opened else 3) - DAY
    return min([last, *(w.opened - DAY for w in opened if w.first > made.day)])


def percent(figure):
    """A figure in percent of its target, cut off after one decimal."""
    if not figure:
        return None
    actual, target, lower_is_better = figure.figure
    share = 100 * fractions.Fraction(actual) / fractions.Fraction(target)
    return max(200 - share if lower_is_better else share, fractions.Fraction(0)) * 10 // 1 / fractions.Fraction(10)


def understood(written):
    word = (written or "").strip().lower()
    word = {"r": "red", "a": "amber", "g": "green"}.get(word, word)
    return word if word in MARKS else None


def facts(look, milestone, scheme):
    word = look.word(milestone)
    written = word[0].rating or None if word else None
    officer = understood(written)
    if officer not in ("red", "amber", "green", *(rating for _, rating, _ in SCHEMES[scheme][1])):
        officer = None
    months, days = measure(look, milestone)
    given, until = override(look, milestone)
    return {"class": look.stands(milestone), "officer": officer, "written": written, "said": word[0] if word else None,
            "months": months, "days": days, "status": word[1] if word else "none", "is_re_dated": bool(look.grants(milestone)),
            "percent": percent(latest(look, milestone, "figure")), "override": given, "until": until}


def row_that_fits(scheme, fact, without_officer=False):
    for place, (fits, rating, is_officers) in enumerate(SCHEMES[scheme][1], 1):
        if not (is_officers and without_officer) and fits(fact):
            return place, rating
    return None, None


def is_other(fact, computed):
    return bool(fact["officer"] and fact["officer"] != computed or fact["override"] and fact["override"].rating != computed)


# ---- the papers

def rating(look, scheme):
    name, rows = SCHEMES[scheme]
    every = [(m, facts(look, m, scheme)) for m in look.milestones]
    items = [item(look, m, fact, scheme) for m, fact in every]
    objectives = []
    for code, actions in look.by_action(look.milestones).items():
        of = collections.Counter(i["rating"] for i in items if i["reference"].split("/")[0] == code)
        objectives.append({"code": code, "title": next(iter(actions.values()))[0].row["objective_title"], "milestones": of.total(),
                           "ratings": ", ".join("%d %s" % (of[r], r or "unrated") for r in [*MARKS, None] if of[r])})
    return {"head": look.head(), "scheme": scheme, "scheme_name": name, "scheme_record_id": look.oracle.schemes.get(scheme),
            "rules": rules(scheme, every),
            "counts": counts(rows, every, items), "objectives": objectives, "milestones": items,
            "not_understood": [i for i in items if i["officer_understood"] is False], "total": len(items),
            "officer_ratings": sum(bool(f["written"]) for _, f in every), "overrides": sum(bool(f["override"]) for _, f in every),
            "disagreements": sum(i["disagrees"] for i in items)}


def rules(scheme, every):
    fits = collections.Counter(row_that_fits(scheme, fact)[0] for _, fact in every)
    return [{"place": n, "rating": given, "mark": MARKS[given], "milestones": fits[n]}
            for n, (_, given, _) in enumerate(SCHEMES[scheme][1], 1)]


def counts(rows, every, items):
    listed = [r for r in MARKS if r in {given for _, given, _ in rows}] + [None]
    return [{"rating": r or "unrated", "mark": MARKS.get(r), "milestones": sum(i["rating"] == r for i in items),
             "officer": sum(f["officer"] == r for _, f in every),
             "overridden": sum((f["override"].rating if f["override"] else None) == r for _, f in every)} for r in listed]


def item(look, milestone, fact, scheme):
    place, given = row_that_fits(scheme, fact)
    computed = row_that_fits(scheme, fact, without_officer=True)[1]
    made = fact["override"]
    share = fact["percent"]
    return {**look.cells(milestone, "reference", "milestone", "who", "when", "new_when", "milestone_class", "status"),
            "months_behind": fact["months"], "days_behind": fact["days"],
            "percent": None if share is None else ("%.1f" % share).removesuffix(".0"), "rating": given, "mark": MARKS.get(given),
            "rule_place": place, "computed": computed, "officer": fact["officer"] or fact["written"],
            "officer_understood": fact["officer"] is not None if fact["written"] else None,
            "override": made.rating if made else None, "override_reason": made.note if made else None,
            "override_by": COORDINATOR if made else None, "override_day": made.day if made else None,
            "override_until": fact["until"], "disagrees": is_other(fact, computed)}


def disagreements(look, scheme):
    every = [(m, facts(look, m, scheme)) for m in look.milestones]
    found = []
    for milestone, fact in every:
        computed = row_that_fits(scheme, fact, without_officer=True)[1]
        said, made = fact["said"], fact["override"]
        judged = []
        if fact["officer"]:
            judged.append(("officer", fact["officer"], fact["written"], said, said.note or said.reason))
        judged += [("override", made.rating, made.rating, made, made.note)] if made else []
        for kind, rating, written, record, reason in judged:
            if rating != computed:
                found.append({**look.cells(milestone, "reference", "milestone", "who", "milestone_class"), "computed": computed,
                              "computed_mark": MARKS.get(computed), "kind": kind, "judged": rating, "written": written,
                              "by": record.by, "day": record.day, "reason": reason, "record_id": record.record_id})
    return {"head": look.head(), "scheme": scheme, "scheme_name": SCHEMES[scheme][0],
            "scheme_record_id": look.oracle.schemes.get(scheme),
            "rules": rules(scheme, every), "disagreements": found,
            "officer_ratings": sum(bool(f["officer"]) for _, f in every), "overrides": sum(bool(f["override"]) for _, f in every)}
