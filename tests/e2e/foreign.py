#!/usr/bin/python3
"""A client that shares nothing with ours but the contract: grpcio, and classes that protoc made of proto/.

foreign.py SETTINGS.json runs every case over every transport and prints the table; it fails when a cell does. The
settings are written by foreign_test.sh: where the generated classes are, the transports, and psql's command line. Every
function named case_* is a case, and what it says of itself is its name in the table.
"""

import hashlib
import json
import secrets
import subprocess
import sys
import threading
import uuid

import grpc
from grpc import StatusCode

SETTINGS = json.load(open(sys.argv[1], encoding="utf-8"))
sys.path.insert(0, SETTINGS["classes"])

import health_pb2  # noqa: E402
from google.protobuf import message_factory  # noqa: E402
from shap.v1 import common_pb2, directory_pb2, plans_pb2, register_pb2, reports_pb2, returns_pb2, reviews_pb2  # noqa: E402

MODULES = (directory_pb2, plans_pb2, register_pb2, reports_pb2, returns_pb2, reviews_pb2, health_pb2)
METHODS = {method.name: method for module in MODULES for service in module.DESCRIPTOR.services_by_name.values()
           for method in service.methods}
CLASSES = message_factory.MessageFactory()
PLAN = "copeland/2010-11"
OURS, THEIRS = "SH5.2/6/1", "SH1.2/1/4"
PATIENCE_S = 20


class Failed(Exception):
    """What a cell shows when it is not as it should be."""


def check(is_so, what):
    if not is_so:
        raise Failed(what)


def same(got, wanted, what):
    check(got == wanted, "%s is %r, not %r" % (what, got, wanted))


class Held:
    """While inside, no call gets past the look at its token: another session holds the table."""

    def __enter__(self):
        self.psql = subprocess.Popen(SETTINGS["psql"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write("begin;\nlock table shap.token in access exclusive mode;\nselect 'held';\n")
        self.psql.stdin.flush()
        same(self.psql.stdout.readline(), "held\n", "the lock")

    def __exit__(self, *_):
        self.psql.stdin.close()
        same(self.psql.wait(timeout=PATIENCE_S), 0, "the end of the lock")
        self.psql.stdout.close()


class Session:
    """One transport: its channel, and the tokens of the people who call."""

    def __init__(self, transport):
        self.log = transport["log"]
        self.invitation = transport["invitation"]
        self.tokens = {"coordinator": transport["coordinator"]}
        self.channel = self.open(transport)

    @staticmethod
    def open(transport):
        if "authority" not in transport:
            return grpc.insecure_channel(transport["address"])
        with open(transport["authority"], "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        return grpc.secure_channel(transport["address"], credentials)

    def method(self, name):
        """The call of grpcio for the method of that name."""
        method = METHODS[name]
        kind = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        return kind("/%s/%s" % (method.containing_service.full_name, name),
                    request_serializer=CLASSES.GetPrototype(method.input_type).SerializeToString,
                    response_deserializer=CLASSES.GetPrototype(method.output_type).FromString)

    def start(self, how, name, by, fields, **options):
        """how: "with_call" or "future" of a unary method, "" of a stream."""
        call = getattr(self.method(name), how) if how else self.method(name)
        metadata = list(options.pop("metadata", ()))
        if by is not None:
            metadata.append(("authorization", "Bearer " + self.tokens.get(by, by)))
        options.setdefault("timeout", PATIENCE_S)
        request = CLASSES.GetPrototype(METHODS[name].input_type)(**fields)
        return call(request, metadata=metadata, **options)

    def ask(self, name, by="partner", options=None, /, **fields):
        """The answer of a unary method, the list of answers of a stream."""
        if METHODS[name].server_streaming:
            return list(self.start("", name, by, fields, **(options or {})))
        return self.start("with_call", name, by, fields, **(options or {}))[0]

    def refused(self, status, name, by="partner", options=None, /, **fields):
        """The words of the refusal, which has that status."""
        try:
            self.ask(name, by, options, **fields)
        except grpc.RpcError as error:
            same(error.code().name, status.name, name)
            check(error.details(), "%s is refused without a word" % name)
            return error.details()
        raise Failed("%s is not refused" % name)

    def submit(self, by="partner", options=None, **fields):
        values = {"plan": PLAN, "reference": OURS, "status": common_pb2.RETURN_STATUS_IN_PROGRESS,
                  "note": "From afar.", "as_of": "2010-12-17"}
        values.update(fields)
        return self.ask("SubmitReturn", by, options, **values)

    def returns(self, return_id):
        return [item for item in self.ask("ListReturns", plan=PLAN, reference=OURS) if item.return_id == return_id]

    def log_says(self, words):
        """Waits until the server's log has a line with all the words."""
        for _ in range(PATIENCE_S * 20):
            with open(self.log, encoding="utf-8") as file:
                if any(all(word in line for word in words) for line in file):
                    return
            threading.Event().wait(0.05)
        raise Failed("the server's log has no line with %s" % " ".join(words))


# ---- the cases, in the order they are run


def case_sign_in(session):
    """an invitation is exchanged for a token"""
    token = "shap_" + secrets.token_hex(32)
    hashed = hashlib.sha256(token.encode()).digest()
    accept = {"code": session.invitation, "token_hash": hashed}
    identity = session.ask("AcceptInvitation", None, **accept)
    same(identity.organisation, "supporting-people-team", "the organisation")
    same(identity.role, common_pb2.ROLE_CONTRIBUTOR, "the role")
    same(session.ask("AcceptInvitation", None, **accept).membership_id, identity.membership_id, "the same again")
    session.refused(StatusCode.UNAUTHENTICATED, "AcceptInvitation", None, code=session.invitation, token_hash=b"\1" * 32)
    session.tokens["partner"] = token
    same(session.ask("WhoAmI").membership_id, identity.membership_id, "who I am")


def case_plan(session):
    """a plan is read"""
    plan = session.ask("GetPlan", "coordinator", plan=PLAN)
    same(plan.plan, PLAN, "the plan")
    objective = session.ask("GetObjective", "coordinator", plan=PLAN, code="SH4.3")
    same(objective.code, "SH4.3", "the objective")
    check(objective.title and objective.actions, "the objective is empty")


def case_stream(session):
    """milestones are streamed, to each what is theirs"""
    references = [milestone.reference for milestone in session.ask("ListMilestones", "coordinator", plan=PLAN)]
    same(len(references), 171, "the number of milestones")
    same(len(set(references)), 171, "the number of references")
    seen = [milestone.reference for milestone in session.ask("ListMilestones", plan=PLAN)]
    check(OURS in seen, "the partner's milestone is not shown")
    check(THEIRS not in seen and set(seen) < set(references), "the partner sees what is not theirs")


def case_submit(session):
    """a return sent twice counts once, with the same receipt"""
    return_id = str(uuid.uuid4())
    first, second = (session.submit(return_id=return_id) for _ in range(2))
    same((first.return_id, first.reference, first.replayed), (return_id, OURS, False), "the receipt")
    same(second.replayed, True, "the second receipt's word for itself")
    same((second.record_id, second.recorded_at), (first.record_id, first.recorded_at), "the second receipt")
    same([item.record_id for item in session.returns(return_id)], [first.record_id], "the records")


def case_conflict(session):
    """the same id with other content is refused"""
    return_id = str(uuid.uuid4())
    session.submit(return_id=return_id)
    words = session.refused(StatusCode.ALREADY_EXISTS, "SubmitReturn", return_id=return_id, plan=PLAN, reference=OURS,
                            status=common_pb2.RETURN_STATUS_NOT_STARTED, as_of="2010-12-17")
    check("other content" in words, words)
    same([item.status for item in session.returns(return_id)], [common_pb2.RETURN_STATUS_IN_PROGRESS], "what is on record")


def case_not_found(session):
    """what is another's does not exist"""
    session.refused(StatusCode.NOT_FOUND, "GetMilestone", plan=PLAN, reference=THEIRS)
    session.refused(StatusCode.NOT_FOUND, "SubmitReturn", return_id=str(uuid.uuid4()), plan=PLAN, reference=THEIRS,
                    status=common_pb2.RETURN_STATUS_COMPLETE, as_of="2010-12-17")
    same(session.ask("GetMilestone", "coordinator", plan=PLAN, reference=THEIRS).milestone.reference, THEIRS, "to its owners")


def case_unauthenticated(session):
    """no token, and a wrong one"""
    for by in (None, "shap_" + "0" * 64, "x"):
        session.refused(StatusCode.UNAUTHENTICATED, "WhoAmI", by)
        session.refused(StatusCode.UNAUTHENTICATED, "ListMilestones", by, plan=PLAN)
        session.refused(StatusCode.UNAUTHENTICATED, "SubmitReturn", by, return_id=str(uuid.uuid4()), plan=PLAN,
                        reference=OURS, status=common_pb2.RETURN_STATUS_COMPLETE)


def case_permission(session):
    """a role that may not"""
    record = session.submit(return_id=str(uuid.uuid4())).record_id
    session.refused(StatusCode.PERMISSION_DENIED, "ReviewReturn", return_record_id=record, verdict=common_pb2.VERDICT_ACCEPTED)
    session.refused(StatusCode.PERMISSION_DENIED, "ListPeople", "coordinator")


def case_invalid(session):
    """bad requests: a date, an id, bytes that are no message"""
    good = {"plan": PLAN, "reference": OURS, "status": common_pb2.RETURN_STATUS_COMPLETE}
    session.refused(StatusCode.INVALID_ARGUMENT, "SubmitReturn", return_id=str(uuid.uuid4()), as_of="31/12/2010", **good)
    session.refused(StatusCode.INVALID_ARGUMENT, "SubmitReturn", return_id="mine", **good)
    raw = session.channel.unary_unary("/shap.v1.Returns/SubmitReturn")
    try:
        raw(b"\xff\xff\xff", metadata=[("authorization", "Bearer " + session.tokens["partner"])], timeout=PATIENCE_S)
    except grpc.RpcError as error:
        same(error.code().name, "INVALID_ARGUMENT", "no message")
    else:
        raise Failed("bytes that are no message are taken")


def case_large(session):
    """a message larger than the server takes"""
    session.refused(StatusCode.RESOURCE_EXHAUSTED, "SubmitReturn", return_id=str(uuid.uuid4()), plan=PLAN, reference=OURS,
                    status=common_pb2.RETURN_STATUS_COMPLETE, note="x" * (2 << 20))
    session.ask("WhoAmI")


def case_deadline(session):
    """a deadline ends the call, on the server too"""
    with Held():
        session.refused(StatusCode.DEADLINE_EXCEEDED, "GetPlan", "coordinator", {"timeout": 0.2}, plan=PLAN)
    # As metadata of ours: grpcio then keeps no clock of its own, so that it is the server that ends the call.
    soon = {"timeout": None, "metadata": [("grpc-timeout", "500m")]}
    with Held():
        session.refused(StatusCode.DEADLINE_EXCEEDED, "GetPlan", "coordinator", soon, plan=PLAN)
        session.refused(StatusCode.DEADLINE_EXCEEDED, "ListDoubts", "coordinator", soon, plan=PLAN)
    for name in ("GetPlan", "ListDoubts"):
        session.log_says((" call method=/shap.v1.Plans/%s " % name, "status=DEADLINE_EXCEEDED"))
    session.ask("GetPlan", "coordinator", plan=PLAN)


def case_cancel(session):
    """a call that is cancelled"""
    with Held():
        call = session.start("future", "GetMilestone", "coordinator", {"plan": PLAN, "reference": THEIRS})
        stream = session.start("", "ListVersions", "coordinator", {"plan": PLAN})
        check(not call.done(), "the call did not wait")
        call.cancel()
        stream.cancel()
    same(call.code().name, "CANCELLED", "the call")
    same(stream.code().name, "CANCELLED", "the stream")
    session.ask("GetMilestone", "coordinator", plan=PLAN, reference=THEIRS)
    stream = session.start("", "ListMilestones", "coordinator", {"plan": PLAN})
    same(bool(next(stream).reference), True, "the first of a stream")
    stream.cancel()
    same(stream.code().name, "CANCELLED", "a stream that is cancelled in its middle")
    session.ask("WhoAmI")


def case_health(session):
    """health: Check and Watch"""
    serving = health_pb2.HealthCheckResponse.SERVING
    for service in ("", "shap.v1.Returns", "grpc.health.v1.Health"):
        same(session.ask("Check", None, service=service).status, serving, "Check of %r" % service)
    session.refused(StatusCode.NOT_FOUND, "Check", None, service="shap.v9.Nothing")
    for service, status in (("", serving), ("shap.v9.Nothing", health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)):
        watch = session.start("", "Watch", None, {"service": service})
        same(next(watch).status, status, "Watch of %r" % service)
        watch.cancel()


def case_unknown(session):
    """methods that do not exist"""
    for path in ("/shap.v1.Returns/BurnReturn", "/shap.v9.Returns/SubmitReturn", "/nothing",
                 "/grpc.reflection.v1.ServerReflection/Nothing"):
        try:
            session.channel.unary_unary(path)(b"", timeout=PATIENCE_S)
        except grpc.RpcError as error:
            same(error.code().name, "UNIMPLEMENTED", path)
        else:
            raise Failed("%s is answered" % path)


def case_gzip(session):
    """a request compressed with gzip arrives whole; deflate is refused"""
    return_id = str(uuid.uuid4())
    note = "Reviews began in May; caf\u00e9 \u2013 \u00a35m. " * 400
    session.submit(return_id=return_id, note=note, options={"compression": grpc.Compression.Gzip})
    same([item.note for item in session.returns(return_id)], [note], "the note")
    session.refused(StatusCode.UNIMPLEMENTED, "WhoAmI", "partner", {"compression": grpc.Compression.Deflate})


def case_metadata(session):
    """metadata of others is passed over; words beyond ASCII come back"""
    metadata = [("x-trace", "a" * 1000), ("x-data-bin", bytes(range(256))), ("x-trace", "twice")]
    session.ask("WhoAmI", "partner", {"metadata": metadata})
    _, call = session.start("with_call", "WhoAmI", "partner", {})
    same((call.code(), dict(call.trailing_metadata()).get("grpc-message")), (StatusCode.OK, None), "the trailers")
    words = session.refused(StatusCode.NOT_FOUND, "GetPlan", "coordinator", plan="ch\u00e2teau/2010-11")
    check("ch\u00e2teau" in words, "the words are %r" % words)


def case_many(session):
    """200 calls in flight on one connection, each with its own answer"""
    ids = [str(uuid.uuid4()) for _ in range(200)]
    fields = {"plan": PLAN, "reference": OURS, "status": common_pb2.RETURN_STATUS_IN_PROGRESS, "as_of": "2010-12-18"}
    calls = [session.start("future", "SubmitReturn", "partner", dict(fields, return_id=item, note=item)) for item in ids]
    same([call.result().return_id for call in calls], ids, "the receipts")
    same(len({call.result().record_id for call in calls}), len(ids), "the number of records")
    noted = {item.return_id: item.note for item in session.ask("ListReturns", plan=PLAN, reference=OURS)}
    same([noted.get(item) for item in ids], ids, "the notes")


# ---- the table


def run(case, session):
    """Empty when all is well."""
    try:
        case(session)
        return ""
    except Failed as error:
        return str(error)
    except grpc.RpcError as error:
        return "%s: %s" % (error.code().name, error.details())
    except Exception as error:  # of the case itself: the others are run all the same
        return repr(error)


def main():
    cases = [value for name, value in globals().items() if name.startswith("case_")]
    transports = SETTINGS["transports"]
    sessions = {name: Session(transport) for name, transport in transports.items()}
    width = max(len(case.__doc__) for case in cases)
    print(" | ".join(["case".ljust(width)] + [name.ljust(6) for name in sessions]))
    problems = []
    for case in cases:
        cells = {name: run(case, session) for name, session in sessions.items()}
        print(" | ".join([case.__doc__.ljust(width)] + [("FAILED" if cell else "ok").ljust(6) for cell in cells.values()]))
        problems += ["%s, %s: %s" % (case.__doc__, name, cell) for name, cell in cells.items() if cell]
    for session in sessions.values():
        session.channel.close()
    print("%d cells, %d failed" % (len(cases) * len(sessions), len(problems)))
    print("\n".join(problems), file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
