"""The cases that every client of others goes through: each function named case_* is one, and what it says of itself is its
name in the table. What a client cannot do stands in CANNOT, with the reason."""

import base64
import concurrent.futures
import hashlib
import json
import os
import secrets
import subprocess
import tempfile
import time
import uuid

from client import Failed

PLAN = "copeland/2010-11"
OURS, THEIRS = "SH5.2/6/1", "SH1.2/1/4"
PATIENCE_S = 20
SERVICES = {"shap.v1.Directory": "WhoAmI AcceptInvitation ListPeople", "shap.v1.Reviews": "ReviewReturn",
            "shap.v1.Returns": "SubmitReturn ListReturns", "grpc.health.v1.Health": "Check Watch",
            "shap.v1.Plans": "GetPlan GetObjective GetMilestone ListMilestones ListDoubts ListVersions"}
PATHS = {name: "/%s/%s" % (service, name) for service, names in SERVICES.items() for name in names.split()}


def check(is_so, what):
    if not is_so:
        raise Failed(what)


def same(got, wanted, what):
    check(got == wanted, "%s is %.300r, not %r" % (what, got, wanted))


class Held:
    """While inside, no call gets past the look at its token: another session holds the table."""

    def __init__(self, psql):
        self.psql = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.psql.stdin.write("begin;\nlock table shap.token in access exclusive mode;\nselect 'held';\n")
        self.psql.stdin.flush()
        same(self.psql.stdout.readline(), "held\n", "the lock")
        return self

    def await_waiting(self):
        """Until a call waits for the lock; the server's own tally may, too."""
        until = time.monotonic() + PATIENCE_S
        found = "0\n"
        while found == "0\n" and time.monotonic() < until:
            time.sleep(0.02)
            self.psql.stdin.write("select count(*) from pg_locks l join pg_stat_activity a using (pid)"
                                   " where not l.granted and a.query not like '%keep_tally%';\n")
            self.psql.stdin.flush()
            found = self.psql.stdout.readline()
        check(found == "1\n", "no call reached the database")

    def __exit__(self, *_):
        self.psql.stdin.close()
        same(self.psql.wait(timeout=PATIENCE_S), 0, "the end of the lock")
        self.psql.stdout.close()


class Session:
    """A client over a transport, and the tokens of the people who call."""

    def __init__(self, client, settings):
        self.client, self.log, self.psql = client, settings["log"], settings["psql"]
        self.invitation = settings["invitation"]
        self.tokens = {"coordinator": settings["coordinator"]}

    def prepare(self, name, by="partner", options=None, /, **fields):
        """A call of the method of that name, or of that path, by somebody, or with a text instead of a token."""
        call = {"method": PATHS.get(name, name), "request": json.dumps(fields), "timeout_ms": PATIENCE_S * 1000}
        call.update(options or {})
        if by is not None:
            call["metadata"] = call.get("metadata", []) + [["authorization", "Bearer " + self.tokens.get(by, by)]]
        return {name: value for name, value in call.items() if value is not None}

    def ask_all(self, name, /, *by, **fields):
        """The answers, of a call that succeeds."""
        [result] = self.client.call([self.prepare(name, *by, **fields)])
        same((result.status, result.message), ("OK", ""), name)
        return result.answers

    def ask(self, name, /, *by, **fields):
        answers = self.ask_all(name, *by, **fields)
        same(len(answers), 1, "the number of answers of " + name)
        return answers[0]

    def ended(self, wanted, name, /, *by, **fields):
        """The result of a call that ends with that status."""
        [result] = self.client.call([self.prepare(name, *by, **fields)])
        same(result.status, wanted, name + " (%s)" % result.message)
        return result

    def refused(self, wanted, name, /, *by, **fields):
        """The words of a refusal that has that status."""
        words = self.ended(wanted, name, *by, **fields).message
        check(words, "%s is refused without a word" % name)
        return words

    def submit(self, by="partner", options=None, **fields):
        values = {"plan": PLAN, "reference": OURS, "status": "RETURN_STATUS_IN_PROGRESS", "note": "From afar.", "as_of": "2010-12-17"}
        values.update(fields)
        return self.ask("SubmitReturn", by, options, **values)

    def returns(self, return_id):
        return [item for item in self.ask_all("ListReturns", plan=PLAN, reference=OURS) if item["return_id"] == return_id]

    def log_says(self, *words):
        """Waits until the server's log has a line with all the words that it had not when the case began."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with open(self.log, encoding="utf-8") as file:
                file.seek(self.log_size)
                if any(all(word in line for word in words) for line in file):
                    return
            time.sleep(0.05)
        raise Failed("the server's log has no line with %s" % " ".join(words))


# ---- the cases, in the order they are run


def case_sign_in(session):
    """an invitation is exchanged for a token"""
    token = "shap_" + secrets.token_hex(32)
    hashed = base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()
    accept = {"code": session.invitation, "token_hash": hashed}
    identity = session.ask("AcceptInvitation", None, **accept)
    same(identity["organisation"], "supporting-people-team", "the organisation")
    same(identity["role"], "ROLE_CONTRIBUTOR", "the role")
    same(session.ask("AcceptInvitation", None, **accept)["membership_id"], identity["membership_id"], "the same again")
    other = base64.b64encode(b"\1" * 32).decode()
    session.refused("UNAUTHENTICATED", "AcceptInvitation", None, code=session.invitation, token_hash=other)
    session.tokens["partner"] = token
    same(session.ask("WhoAmI")["membership_id"], identity["membership_id"], "who I am")


def case_plan(session):
    """a plan is read"""
    same(session.ask("GetPlan", "coordinator", plan=PLAN)["plan"], PLAN, "the plan")
    objective = session.ask("GetObjective", "coordinator", plan=PLAN, code="SH4.3")
    same(objective["code"], "SH4.3", "the objective")
    check(objective["title"] and objective["actions"], "the objective is empty")


def case_stream(session):
    """milestones are streamed, to each what is theirs"""
    references = [milestone["reference"] for milestone in session.ask_all("ListMilestones", "coordinator", plan=PLAN)]
    same(len(references), 171, "the number of milestones")
    same(len(set(references)), 171, "the number of references")
    seen = [milestone["reference"] for milestone in session.ask_all("ListMilestones", plan=PLAN)]
    check(OURS in seen, "the partner's milestone is not shown")
    check(THEIRS not in seen and set(seen) < set(references), "the partner sees what is not theirs")


def case_submit(session):
    """a return sent twice counts once, with the same receipt"""
    return_id = str(uuid.uuid4())
    first, second = (session.submit(return_id=return_id) for _ in range(2))
    same((first["return_id"], first["reference"]), (return_id, OURS), "the receipt")
    same((first.get("replayed", False), second.get("replayed")), (False, True), "what the receipts say of themselves")
    same((second["record_id"], second["recorded_at"]), (first["record_id"], first["recorded_at"]), "the second receipt")
    same([item["record_id"] for item in session.returns(return_id)], [first["record_id"]], "the records")


def case_conflict(session):
    """the same id with other content is refused"""
    return_id = str(uuid.uuid4())
    session.submit(return_id=return_id)
    words = session.refused("ALREADY_EXISTS", "SubmitReturn", return_id=return_id, plan=PLAN, reference=OURS,
                            status="RETURN_STATUS_NOT_STARTED", as_of="2010-12-17")
    check("other content" in words, words)
    same([item["status"] for item in session.returns(return_id)], ["RETURN_STATUS_IN_PROGRESS"], "what is on record")


def case_not_found(session):
    """what is another's does not exist"""
    session.refused("NOT_FOUND", "GetMilestone", plan=PLAN, reference=THEIRS)
    session.refused("NOT_FOUND", "SubmitReturn", return_id=str(uuid.uuid4()), plan=PLAN, reference=THEIRS,
                    status="RETURN_STATUS_COMPLETE", as_of="2010-12-17")
    same(session.ask("GetMilestone", "coordinator", plan=PLAN, reference=THEIRS)["milestone"]["reference"], THEIRS, "to its owners")


def case_unauthenticated(session):
    """no token, and a wrong one"""
    for by in (None, "shap_" + "0" * 64, "x"):
        session.refused("UNAUTHENTICATED", "WhoAmI", by)
        session.refused("UNAUTHENTICATED", "ListMilestones", by, plan=PLAN)
        session.refused("UNAUTHENTICATED", "SubmitReturn", by, return_id=str(uuid.uuid4()), plan=PLAN, reference=OURS,
                        status="RETURN_STATUS_COMPLETE")


def case_permission(session):
    """a role that may not"""
    record = session.submit(return_id=str(uuid.uuid4()))["record_id"]
    session.refused("PERMISSION_DENIED", "ReviewReturn", return_record_id=record, verdict="VERDICT_ACCEPTED")
    session.refused("PERMISSION_DENIED", "ListPeople", "coordinator")


def case_invalid(session):
    """bad requests: a date, an id"""
    good = {"plan": PLAN, "reference": OURS, "status": "RETURN_STATUS_COMPLETE"}
    session.refused("INVALID_ARGUMENT", "SubmitReturn", return_id=str(uuid.uuid4()), as_of="31/12/2010", **good)
    session.refused("INVALID_ARGUMENT", "SubmitReturn", return_id="mine", **good)


def case_malformed(session):
    """bytes that are no message"""
    for name in ("SubmitReturn", "GetPlan", "ListMilestones"):
        for digits in ("ffffff", "0a7f78", "0a01ff", "0a0361"):
            session.refused("INVALID_ARGUMENT", name, "partner", {"bytes": digits, "request": None})
    session.ask("WhoAmI")


def case_large(session):
    """a message larger than the server takes"""
    session.refused("RESOURCE_EXHAUSTED", "SubmitReturn", return_id=str(uuid.uuid4()), plan=PLAN, reference=OURS,
                    status="RETURN_STATUS_COMPLETE", note="x" * (2 << 20))
    session.ask("WhoAmI")


def end_late(session, name):
    with Held(session.psql):
        session.refused("DEADLINE_EXCEEDED", name, "coordinator", {"timeout_ms": 300}, plan=PLAN)
    session.ask("GetPlan", "coordinator", plan=PLAN)


def case_deadline(session):
    """a deadline ends a call"""
    end_late(session, "GetPlan")


def case_deadline_of_stream(session):
    """a deadline ends a stream before its first message"""
    end_late(session, "ListDoubts")


def case_server_deadline(session):
    """the server keeps to the deadline by itself"""
    soon = {"timeout_ms": None, "metadata": [["grpc-timeout", "400m"]]}  # of which the library knows nothing
    with Held(session.psql):
        for name in ("GetPlan", "ListDoubts"):
            session.refused("DEADLINE_EXCEEDED", name, "coordinator", soon, plan=PLAN)
    for name in ("GetPlan", "ListDoubts"):
        session.log_says(" call method=/shap.v1.Plans/%s " % name, "status=DEADLINE_EXCEEDED")
    session.ask("GetPlan", "coordinator", plan=PLAN)


def cancel(session, name):
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor() as others, Held(session.psql) as held:
        path = os.path.join(directory, "cancel")
        running = others.submit(session.ended, "CANCELLED", name, "coordinator", {"cancel_at": path}, plan=PLAN)
        try:
            held.await_waiting()
        finally:
            open(path, "w", encoding="utf-8").close()
        running.result()
        session.log_says(" call method=/shap.v1.Plans/%s " % name, "status=CANCELLED")  # while it could not have ended otherwise
    session.ask("GetPlan", "coordinator", plan=PLAN)


def case_cancel(session):
    """a call is cancelled, and the server hears of it"""
    cancel(session, "GetPlan")


def case_cancel_stream(session):
    """a stream is cancelled before its first message"""
    cancel(session, "ListVersions")


def case_cancel_midway(session):
    """a stream is cancelled in its middle"""
    answers = session.ended("CANCELLED", "ListMilestones", "coordinator", {"most": 1}, plan=PLAN).answers
    check(answers and answers[0]["reference"], "nothing came before")
    session.ask("WhoAmI")


def case_health(session):
    """health: Check and Watch"""
    for service in ("", "shap.v1.Returns", "grpc.health.v1.Health"):
        same(session.ask("Check", None, service=service)["status"], "SERVING", "Check of %r" % service)
    session.refused("NOT_FOUND", "Check", None, service="shap.v9.Nothing")
    for service, status in (("", "SERVING"), ("shap.v9.Nothing", "SERVICE_UNKNOWN")):
        watched = session.ended("CANCELLED", "Watch", None, {"most": 1}, service=service)
        same([answer["status"] for answer in watched.answers], [status], "Watch of %r" % service)


def case_unknown(session):
    """methods that do not exist"""
    for path in ("/shap.v1.Returns/BurnReturn", "/shap.v9.Returns/SubmitReturn", "/nothing", "/grpc.reflection.v1.ServerReflection/Nothing"):
        session.refused("UNIMPLEMENTED", path, None, {"bytes": "", "request": None})


def case_gzip(session):
    """a request compressed with gzip arrives whole; deflate is refused"""
    return_id = str(uuid.uuid4())
    note = "Reviews began in May; caf\u00e9 \u2013 \u00a35m. " * 400
    session.submit(return_id=return_id, note=note, options={"compression": "gzip"})
    same([item["note"] for item in session.returns(return_id)], [note], "the note")
    session.refused("UNIMPLEMENTED", "WhoAmI", "partner", {"compression": "deflate"})


def case_metadata(session):
    """metadata of others is passed over"""
    pairs = [["x-trace", "a" * 1000], ["x-data-bin", bytes(range(256)).hex()], ["x-trace", "twice"], ["x-empty", ""]]
    session.ask("WhoAmI", "partner", {"metadata": pairs})


def case_words(session):
    """words beyond ASCII arrive and come back, in a refusal too"""
    words = session.refused("INVALID_ARGUMENT", "GetPlan", "coordinator", plan="ch\u00e2teau/2010-11 %41")
    check("ch\u00e2teau/2010-11 %41" in words, "the words are %r" % words)
    return_id, note = str(uuid.uuid4()), "Caf\u00e9 \u2013 \u00a35m\n\t\"quoted\" \U0001f3e0 %41"
    session.submit(return_id=return_id, note=note)
    same([item["note"] for item in session.returns(return_id)], [note], "the note")


def case_many(session):
    """100 calls in flight at once, each with its own answer"""
    ids = [str(uuid.uuid4()) for _ in range(100)]
    fields = {"plan": PLAN, "reference": OURS, "status": "RETURN_STATUS_IN_PROGRESS", "as_of": "2010-12-18"}
    results = session.client.call([session.prepare("SubmitReturn", **fields, return_id=item, note=item) for item in ids])
    same({result.status for result in results}, {"OK"}, "the statuses")
    same([result.answers[0]["return_id"] for result in results], ids, "the receipts")
    same(len({result.answers[0]["record_id"] for result in results}), len(ids), "the number of records")
    noted = {item["return_id"]: item["note"] for item in session.ask_all("ListReturns", plan=PLAN, reference=OURS)}
    same([noted.get(item) for item in ids], ids, "the notes")


CASES = [value for name, value in globals().items() if name.startswith("case_")]

# By client and case.
CANNOT = {
    ("ruby", case_deadline_of_stream): "does not know how a stream ended that it ended itself before its first message",
    ("ruby", case_cancel_stream): "the same",
    ("buf", case_malformed): "makes its messages itself",
    ("buf", case_server_deadline): "keeps grpc-timeout to itself",
    ("buf", case_unknown): "asks reflection first, and calls nothing that the server does not have",
    ("buf", case_gzip): "does not compress what it sends",
    ("buf", case_many): "makes a call a run",
}
