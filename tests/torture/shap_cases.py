"""What `shap` is tortured with: each command of its table once, and what people type besides.

Words in braces differ: `{n}` is another number at each run, `{day}` another day, `{word}` another word, so that what records
finds at each run what it found at the first; `{id}` is the record that `before` names; `{csv}` a file of `table`, `{out}` a
directory; the rest stands in torture_shap.py.
"""
import dataclasses

# What becomes of the server's data: nothing; an act is recorded; a return, which waits in the outbox when it could not be sent.
READS, ACTS, RETURNS, LOCAL = "reads", "acts", "returns", "local"
GROUPS = {READS: "shap, what reads", ACTS: "shap, what records", RETURNS: "shap, returns and their outbox", LOCAL: "shap, without a server"}


@dataclasses.dataclass(frozen=True)
class Case:
    words: str  # as typed, behind `shap`
    kind: str = READS
    profile: str = "coordinator"
    before: tuple = ()  # of (profile, words, column): commands that go before; {id} is what the last one answers in that column
    table: str = ""
    given: str = ""  # on standard input
    is_short: bool = False  # its every call site was played: what a short run draws of it depends on the build
    over_tls: bool = False
    codes: tuple = ()  # exit codes that are right, too
    starves: bool = False  # there is no memory from some call on, instead of one failure

    @property
    def group(self):
        return "shap, without memory from some moment on" if self.starves else GROUPS[self.kind]

    @property
    def name(self):
        return ("shap " + self.words).strip() + (" over TLS" if self.over_tls else "") + (", without memory from some moment on" if self.starves else "")


def reads(*lines, **more):
    return [Case(line, **more) for line in lines]


def acts(line, *before, profile="coordinator", **more):
    return Case(line, ACTS, profile, before, **more)


def may(profile, words):
    """A command that goes before, and may be refused."""
    return profile, words, None


RETURN = ("officer", "return submit SH3.2/5/1 --status complete --note n{n} --evidence e{n} --as-of 2010-12-17 --format csv", "record_id")
WISH = ("officer", "return submit SH3.2/5/1 --status in-progress --new-date 2011-03-31 --reason n{n} --as-of 2010-12-17 --format csv",
        "record_id")
GRANT = ("coordinator", "grant add --return {id} --new-day 2011-03-31 --day 2010-12-20 --format csv", "record_id")
REVIEW = ("coordinator", "review accept {id} --day 2010-12-31 --format csv", "record_id")
PUBLISH = ("coordinator", "report publish exceptions --as-at 2010-12-31 --note n{n} --format csv", "publication_id")
TOKEN = ("administrator", "token issue {membership} --format csv", "code")
ADOPTION = ("coordinator", "plan versions 2011-12 --format csv", "adoption_record_id")
SIGNED = ("panel", "signoff list SH2.5/1/1 --format csv", "record_id")
NOTED = ("panel", "signoff list SH5.2/6/1 --format csv", "record_id")
ORDER = ("coordinator", "milestone order SH2.2/4/1 --format csv", "record_id")
CARRIED = ("coordinator", "carry list 2011-12 --format csv", "record_id")
POST = ("coordinator", "register add P{n} Code-{n} --kind post --organisation copeland --format csv", "code")
WHY = "--reason n{n}"
REPORTS = ("extensions", "forward", "account", "no-return", "doubts", "rating", "disagreements", "knock-ons", "sign-off")

ALL = [
    *reads("version", "help", "help org add", "help settings", "help man", "completion bash", "completion words -- plan im",
           "completion words -- report exceptions --obj", kind=LOCAL, profile=None),
    *reads("plan list", "milestone show SH5.2/6/1", is_short=True),
    *reads("milestone list --format json", "report exceptions --as-at 2010-12-31"),
    *reads("whoami", "milestone list --class overdue --as-at 2010-12-31 --format csv", over_tls=True),
    Case("return submit SH3.2/5/1 --status in-progress --note n{n} --format csv", RETURNS, "officer", is_short=True),
    Case("return submit --file {csv}", RETURNS, "officer",
         table="reference,organisation,status,as_of,note\nSH1.2/2/2,copeland,in progress,2010-12-17,n{n}\n"
               "SH1.2/2/3,copeland,in progress,2010-12-17,n{n}\n"),
    Case("return submit SH3.2/5/1 --status in-progress --note n{n}", RETURNS, "officer", over_tls=True),
    acts("review accept {id} --day 2010-12-31", RETURN),
    acts("org add org-{n} Organisation-{n} --format csv", profile="administrator"),

    *reads("completion zsh", "completion fish", "help exit-codes", "help bulk", kind=LOCAL, profile=None),
    *reads("login --token-file {token} --as new", "logout --local --as new", kind=LOCAL, profile=None),
    acts("login --as new", TOKEN, profile=None, given="{id}\n"),
    acts("logout --as fresh", TOKEN, profile=None),
    *reads("", "doctor", "doctor --format json", "whoami --format json", "org list --format csv", "person list",
           "person list --format markdown", "token list", "text list --containing housing", "text erased",
           "audit list --since 2010-12-01", "audit refusals --since 2010-12-01", "audit verify", "audit digest",
           "audit check {digest}", profile="administrator"),
    *reads("doctor", "report exceptions --as-at 2010-12-31 --format html", over_tls=True),
    *reads("register list", "post holders", "plan show", "plan list --format json", "plan versions", "plan export",
           "plan export --original", "plan export -o {out}/plan.csv", "plan doubts --all --format csv",
           "plan roll 2011/12 --dry-run", "carry list 2011-12", "objective list", "objective show SH4.3",
           "milestone list --text tender", "milestone order", "milestone same", "return list",
           "return list SH5.2/6/1 --format csv", "review list", "review list --dates", "meeting list", "signoff list",
           "cycle list", "window list", "window status", "digest", "digest -o {out}/letters", "scheme list", "scheme show",
           "scheme show months-behind --format csv", "rating list", "outstanding", "outstanding --format csv",
           "watch --once --since 2010-01-01", "watch --once --since 2010-01-01 --cursor-file {out}/cursor --format json"),
    *reads("outbox list", "outbox list --format json", kind=LOCAL),
    *reads(*(f"report {report} --as-at 2010-12-31" for report in REPORTS), "report completed --since 2010-09-30 --as-at 2010-12-31",
           "report movement --from 2010-09-30 --as-at 2010-12-31", "report history SH4.3/2/1", "report outstanding",
           "report publications", "report verify", "report published {publication}", "report published {publication} --canonical",
           "report reproduce {publication}", "report since {publication}", "report councils --year 2010/11 --as-at 2010-12-31",
           "report check {report} --as-at 2010-12-31",
           *(f"report exceptions --as-at 2010-12-31 --format {name} -o {{out}}/report"
             for name in ("table", "csv", "json", "html", "markdown"))),
    Case("token revoke 999999 --reason x", profile="administrator", codes=(6,)),
    Case("milestone list", profile="officer", given=""),

    acts("return withdraw {id} --day 2010-12-31 " + WHY, RETURN, profile="officer"),
    acts("review send-back {id} --comment n{n} --day 2010-12-31", RETURN),
    acts("review import {csv} --day 2010-12-31", RETURN, table="return,verdict\n{id},accepted\n"),
    acts("review revoke {id} --day 2010-12-31 " + WHY, RETURN, REVIEW),
    acts("grant add --return {id} --new-day 2011-03-31 --day 2010-12-20", WISH),
    acts("grant import {csv} --day 2010-12-20", WISH, table="return,new_day\n{id},2011-03-31\n"),
    acts("grant revoke {id} " + WHY, WISH, GRANT),
    acts("org import {csv}", profile="administrator", table="code,name\norg-{n}-1,Organisation-{n}-1\norg-{n}-2,Organisation-{n}-2\n"),
    acts("person add Person-{n} --organisation copeland --role reader", profile="administrator"),
    acts("person import {csv}", profile="administrator", table="name,organisation,role\nPerson-{n}-1,copeland,reader\n"),
    acts("person invite {membership}", profile="administrator"),
    acts("token issue {membership}", profile="administrator"),
    acts("text erase {id} --yes " + WHY, RETURN, profile="administrator"),
    acts("register add C{n} Code-{n} --kind post --organisation copeland --alias A{n}"),
    acts("register import {csv}", table="code,name,kind,organisation,aliases\nI{n},Code-{n},post,copeland,B{n}\n"),
    acts("register revoke {id} " + WHY, ("coordinator", "register add R{n} Code-{n} --kind post --format csv", "record_id")),
    acts("post hold P{n} --person {officer} --from 2010-12-01 " + WHY, POST),
    acts("post revoke {id} " + WHY, POST, ("coordinator", "post hold P{n} --person {officer} --from 2010-12-01 --format csv", "record_id")),
    acts("plan import {plan} --year 2010/11 --dry-run"),
    acts("plan import {csv} --year 2012/13", table="objective_code,objective_title,action_no,action,milestone_no,milestone,who,when,measure\n"
         "H1,Homes,1,Build {n},1,Ten homes,HSM,June 2012,Ten\n"),
    acts("plan describe --title n{n}"),
    acts("plan roll 2011/12 --title n{n}", ADOPTION, may("coordinator", "plan revoke-adoption {id} " + WHY)),
    acts("plan adopt 2011-12 --day 2011-03-31", ADOPTION, may("coordinator", "plan revoke-adoption {id} " + WHY)),
    acts("plan revoke-adoption {id} " + WHY, may("coordinator", "plan adopt 2011-12 --day 2011-03-31"), ADOPTION),
    acts("meeting add --day {day}"),
    acts("meeting revoke {id} " + WHY, ("coordinator", "meeting add --day {day} --format csv", "record_id")),
    acts("signoff add SH2.5/1/1 --meeting 2010-09-15 --without-evidence n{n}", SIGNED, may("panel", "signoff revoke {id} --day 2010-09-15 " + WHY),
         profile="panel"),
    acts("signoff note SH5.2/6/1 --meeting 2010-12-31 --comment n{n}", NOTED, may("panel", "signoff revoke {id} --day 2010-12-31 " + WHY), profile="panel"),
    acts("signoff revoke {id} --day 2010-09-15 " + WHY, may("panel", "signoff add SH2.5/1/1 --meeting 2010-09-15 --without-evidence n{n}"), SIGNED,
         profile="panel"),
    acts("cycle add c-{word} --months 6"),
    acts("cycle revoke {id} " + WHY, ("coordinator", "cycle add c-{word} --months 6 --format csv", "record_id")),
    acts("window open Q2 --day 2010-12-13 --due 2011-01-14", may("coordinator", "window withdraw Q2 " + WHY)),
    acts("window close Q2", may("coordinator", "window open Q2 --day 2010-12-13 --due 2011-01-14"), may("coordinator", "window reopen Q2 " + WHY)),
    acts("window reopen Q2 " + WHY, may("coordinator", "window open Q2 --day 2010-12-13 --due 2011-01-14"), may("coordinator", "window close Q2")),
    acts("window withdraw Q2 " + WHY, may("coordinator", "window open Q2 --day 2010-12-13 --due 2011-01-14")),
    acts("milestone share SH1.2/2/2 --organisation home-housing " + WHY,
         may("coordinator", "milestone unshare SH1.2/2/2 --organisation home-housing " + WHY)),
    acts("milestone unshare SH1.2/2/2 --organisation home-housing " + WHY, may("coordinator", "milestone share SH1.2/2/2 --organisation home-housing")),
    acts("milestone after SH2.2/4/1 SH2.2/2/2 " + WHY, ORDER, may("coordinator", "milestone revoke-order {id} " + WHY)),
    acts("milestone independent SH2.2/4/1 SH2.2/2/2 " + WHY, ORDER, may("coordinator", "milestone revoke-order {id} " + WHY)),
    acts("milestone revoke-order {id} " + WHY, may("coordinator", "milestone after SH2.2/4/1 SH2.2/2/2"), ORDER),
    acts("milestone same SH3.3/5/1 SH3.4/2/1 " + WHY, may("coordinator", "milestone different SH3.3/5/1 " + WHY)),
    acts("milestone different SH3.3/5/1 " + WHY, may("coordinator", "milestone same SH3.3/5/1 SH3.4/2/1 " + WHY)),
    acts("carry add {new} --plan 2011-12 --from {new} " + WHY, CARRIED, may("coordinator", "carry revoke {id} " + WHY)),
    acts("carry revoke {id} " + WHY, may("coordinator", "carry add {new} --plan 2011-12 --from {new}"), CARRIED),
    acts("doubt settle {doubt} " + WHY, may("coordinator", "doubt reopen {doubt} " + WHY)),
    acts("doubt reopen {doubt} " + WHY, may("coordinator", "doubt settle {doubt} " + WHY)),
    acts("scheme add {scheme} --code our-rag --name n{n}"),
    acts("scheme choose months-behind", may("coordinator", "scheme choose figures")),
    acts("scheme revoke {id} " + WHY, ("coordinator", "scheme add {scheme} --code rag-{word} --name n{n} --format csv", "record_id")),
    acts("rating override SH1.1/1/1 R " + WHY),
    acts("rating figure SH4.3/2/1 --actual {n} --target 98"),
    acts("rating revoke {id} " + WHY, ("coordinator", "rating override SH1.1/1/1 R --format csv " + WHY, "record_id")),
    acts("report publish exceptions --as-at 2010-12-31 --note n{n}"),
    acts("report withdraw {id} " + WHY, PUBLISH),
    Case("answer", RETURNS, "officer", given="skip\nquit\n"),
    Case("outbox resume --moved", RETURNS, "officer", before=(("!officer", "return submit SH3.2/5/1 --status in-progress --note n{n}", None),)),
    Case("outbox drop --all --yes", LOCAL, "officer", before=(("!officer", "return submit SH3.2/5/1 --status in-progress --note n{n}", None),)),
    Case("outbox list --format csv", LOCAL, "officer", before=(("!officer", "return submit SH3.2/5/1 --status in-progress --note n{n}", None),)),
]
STARVED = ("version", "plan list", "whoami", "report exceptions --as-at 2010-12-31 --format html",
           "return submit SH3.2/5/1 --status in-progress --note n{n} --format csv", "review accept {id} --day 2010-12-31", "doctor",
           "login --as new", "outbox list --format csv", "digest -o {out}/letters")
ALL += [dataclasses.replace(case, starves=True, is_short=False) for case in ALL if case.words in STARVED]
