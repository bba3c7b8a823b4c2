"""What `shap` is tortured with: each command of its table once, and what people type besides.

`{n}` is another number at each run, `{day}` another day, `{word}` another word, `{id}` the record that `before` made; so what records finds at each
run what it found at the first.
"""
import dataclasses

# What becomes of the server's data: nothing; an act is recorded; a return, which waits in the outbox when it could not be sent.
READS, ACTS, RETURNS, LOCAL = "reads", "acts", "returns", "local"


@dataclasses.dataclass(frozen=True)
class Case:
    words: str  # as typed, behind `shap`
    kind: str = READS
    profile: str = "coordinator"
    before: tuple = ()  # (profile, words, column): a command that goes before; the column of its answer is {id}
    given: str = ""  # on standard input
    is_short: bool = False  # played in the short run, too
    over_tls: bool = False
    codes: tuple = ()  # exit codes that are right, too

    @property
    def name(self):
        return "shap " + self.words + (" over TLS" if self.over_tls else "")


PLAN_2011 = "--plan 2011-12"
RETURN = ("officer", "return submit SH3.2/5/1 --status complete --note n{n} --evidence e{n} --as-of 2010-12-17 --format csv", "record_id")
WORD = "--reason n{n} --day 2010-12-31"


def reads(*lines, **more):
    return [Case(line, **more) for line in lines]


ALL = [
    *reads("version", "help", "help org add", "help settings", "help man", "completion bash", "completion words -- plan im",
           "completion words -- report exceptions --obj", kind=LOCAL, profile=None, is_short=True),
    *reads("plan list", "milestone show SH5.2/6/1", "milestone list --format json", "report exceptions --as-at 2010-12-31",
           is_short=True),
    *reads("whoami", "milestone list --class overdue --as-at 2010-12-31 --format csv", over_tls=True, is_short=True),
    *reads("login --token-file {token} --as new", "logout --local --as new", kind=LOCAL, profile=None),
    Case("login --as new", ACTS, None, before=("administrator", "token issue {membership} --format csv", "code"), given="{id}\n"),
    Case("logout --as fresh", ACTS, None, before=("administrator", "token issue {membership} --format csv", "code")),
    *reads("", "doctor", "whoami --format json", "org list --format csv", "person list", "person list --format markdown", "token list",
           "text list --containing done", "text erased", profile="administrator"),
    *reads("audit list --since 2010-12-01", "audit refusals --since 2010-12-01", "audit verify", "audit digest", profile="administrator"),
    *reads("register list", "post holders", "plan show", "plan list --format json", "plan versions", "plan export",
           "plan export --original", "plan export -o {out}/plan.csv", "plan doubts --all --format csv",
           "plan roll 2011/12 --dry-run"),
    Case("plan import tests/data/copeland-2010-11.csv --year 2010/11 --dry-run", ACTS),
    *reads("objective list", "objective show SH4.3", "milestone list --text tender",
           "milestone order", "return list", "return list SH5.2/6/1 --format csv", "review list", "meeting list", "signoff list",
           "cycle list", "window list", "window status", "digest", "digest -o {out}/letters", "scheme list",
           "scheme show months-behind --format csv", "rating list", "outstanding"),
    *reads("outbox list", "outbox list --format json", kind=LOCAL),
    *reads(*(f"report {report} --as-at 2010-12-31" for report in (
        "extensions", "forward", "account", "no-return", "doubts", "rating", "disagreements", "knock-ons", "sign-off")),
        "report completed --since 2010-09-30 --as-at 2010-12-31", "report movement --from 2010-09-30 --as-at 2010-12-31",
        "report history SH4.3/2/1", "report outstanding", "report publications", "report verify", "report published {publication}",
        "report published {publication} --canonical", "report reproduce {publication}", "report since {publication}",
        *(f"report exceptions --as-at 2010-12-31 --format {name} -o {{out}}/report" for name in ("table", "csv", "json", "html", "markdown"))),
    Case("return submit SH3.2/5/1 --status in-progress --note n{n} --format csv", RETURNS, "officer", is_short=True),
    Case("return submit --file {file}", RETURNS, "officer", is_short=True),
    Case("return submit SH3.2/5/1 --status in-progress --note n{n}", RETURNS, "officer", over_tls=True),
    Case("return withdraw {id} " + WORD, ACTS, "officer", before=RETURN),
    Case("review accept {id} --day 2010-12-31", ACTS, before=RETURN, is_short=True),
    Case("review send-back {id} --comment n{n} --day 2010-12-31", ACTS, before=RETURN),
    Case("org add org-{n} Organisation-{n} --format csv", ACTS, "administrator", is_short=True),
    Case("org import {organisations}", ACTS, "administrator"),
    Case("person add Person-{n} --organisation copeland --role reader", ACTS, "administrator"),
    Case("register add C{n} Code-{n} --kind post --organisation copeland --alias A{n}", ACTS),
    Case("register revoke {id} --reason n{n}", ACTS,
         before=("coordinator", "register add R{n} Code-{n} --kind post --format csv", "record_id")),
    Case("meeting add --day {day}", ACTS),
    Case("meeting revoke {id} --reason n{n}", ACTS, before=("coordinator", "meeting add --day {day} --format csv", "record_id")),
    Case("cycle add c-{word} --months 6", ACTS),
    Case("cycle revoke {id} --reason n{n}", ACTS, before=("coordinator", "cycle add c-{word} --months 6 --format csv", "record_id")),
    Case("milestone share SH1.2/2/2 --organisation org-{n} --reason n{n}", ACTS,
         before=("administrator", "org add org-{n} Organisation-{n} --format csv", "code")),
    Case("rating override SH1.1/1/1 R --reason n{n}", ACTS),
    Case("rating figure SH4.3/2/1 --actual {n} --target 98", ACTS),
    Case("report publish exceptions --as-at 2010-12-31 --note n{n}", ACTS),
]
